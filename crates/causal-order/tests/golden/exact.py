"""The best DAGs by causal-learn's (MIT) dynamic programming, on tables that SplitMix64 makes. Writes exact.json."""

import datetime
import importlib.metadata

import golden_file
import numpy as np
import seeded_tables
from causallearn.search.ScoreBased.ExactSearch import bic_exact_search, bic_score_node

PROVENANCE = {
    "tool": "causal-learn",
    "version": importlib.metadata.version("causal-learn"),
    "script": "crates/causal-order/tests/golden/exact.py",
    "seed": 0,
    "date": datetime.date.today().isoformat(),
    "note": "Random Gaussian tables, columns centred; keys have the number of nodes, rows, degree and seed, and the most "
    "parents if there is a limit. The score is the sum over the nodes of n ln(RSS / n) + k ln n for k parents.",
}
TOLERANCE = {"rtol": 1e-10, "atol": 0.0, "reason": "least squares there, a Cholesky factor of correlations here"}
CASES = [((6, 300, 2, 1), None), ((8, 200, 3, 2), None), ((9, 500, 3, 3), None), ((9, 500, 4, 4), 2)]


def main():
    values = {}
    for case, limit in CASES:
        rows = seeded_tables.random_gaussian(*case).to_numpy()
        rows = rows - rows.mean(axis=0)
        found, _ = bic_exact_search(rows, search_method="dp", max_parents=limit)
        total = sum(bic_score_node(rows, node, np.flatnonzero(found[:, node])) for node in range(case[0]))
        values[" ".join(map(str, case + ((limit,) if limit else ())))] = float(total)
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
