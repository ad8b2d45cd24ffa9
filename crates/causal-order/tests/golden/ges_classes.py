"""Classes by the ges package (BSD) and causal-learn (MIT), on tables that SplitMix64 makes. Writes ges_classes.json."""

import datetime
import importlib.metadata

import ges
import golden_file
import numpy as np
import seeded_tables
from causallearn.search.ScoreBased.GES import ges as causallearn_ges

PROVENANCE = {
    "tool": "ges",
    "version": importlib.metadata.version("ges"),
    "script": "crates/causal-order/tests/golden/ges_classes.py",
    "seed": 0,
    "date": datetime.date.today().isoformat(),
    "note": f"With causal-learn {importlib.metadata.version('causal-learn')}, which must find the same classes. Random Gaussian "
    "tables; keys have the number of nodes, rows, degree and seed. A matrix has 1 in row i and column j for an edge from i to "
    "j, and both ways for one without direction.",
}
TOLERANCE = {"rtol": 0.0, "atol": 0.0, "reason": "edges are there or not"}
CASES = [(8, 500, 2, 1), (8, 2000, 3, 2), (10, 1000, 2, 3), (10, 1000, 3, 4), (12, 1000, 2, 5), (12, 300, 3, 6)]


def by_causallearn(rows):
    found = causallearn_ges(rows, score_func="local_score_BIC")
    # Entry (i, j) is 1 for an arrowhead at i of the edge between i and j.
    ends = found["G"].graph
    return ((ends == -1) & ((ends.T == 1) | (ends.T == -1))).astype(int)


def main():
    values = {}
    for case in CASES:
        rows = seeded_tables.random_gaussian(*case).to_numpy()
        found, _ = ges.fit_bic(rows, phases=["forward", "backward"], iterate=False)
        found = (found != 0).astype(int)
        other = by_causallearn(rows)
        if not np.array_equal(found, other):
            print("differ", case, found.sum(), other.sum())
        values[" ".join(map(str, case))] = found.tolist()
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
