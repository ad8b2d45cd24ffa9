"""Classes found by flopsearch (MPL-2.0) and by causal-learn's BOSS (MIT), on tables that SplitMix64 makes. Writes
order_search.json."""

import datetime
import importlib.metadata

import golden_file
import numpy as np
import seeded_tables
from causallearn.search.PermutationBased.BOSS import boss
from flopsearch import flop

PROVENANCE = {
    "tool": "flopsearch",
    "version": importlib.metadata.version("flopsearch"),
    "script": "crates/causal-order/tests/golden/order_search.py",
    "seed": None,
    "date": datetime.date.today().isoformat(),
    "note": f"With causal-learn {importlib.metadata.version('causal-learn')}. Random Gaussian tables; keys have the number of "
    "nodes, rows, degree and seed. flopsearch takes no seed: the classes are those of one run. A matrix has 1 in row i and "
    "column j for an edge from i to j, and both ways for one without direction.",
}
TOLERANCE = {"rtol": 0.0, "atol": 0.0, "reason": "edges are there or not"}
CASES = [(15, 500, 3, 1), (20, 1000, 4, 2), (30, 1000, 4, 3)]


def main():
    values = {}
    for case in CASES:
        rows = np.ascontiguousarray(seeded_tables.random_gaussian(*case).to_numpy())
        name = " ".join(map(str, case))
        found = np.asarray(flop(rows, 2.0, restarts=10))
        values[f"{name} flop"] = ((found == 1) | (found == 2) | (found.T == 2)).astype(int).tolist()
        # Entry (i, j) is 1 for an arrowhead at i of the edge between i and j.
        ends = boss(rows, parameters={"lambda_value": 2.0}, verbose=False).graph
        values[f"{name} boss"] = ((ends == -1) & ((ends.T == 1) | (ends.T == -1))).astype(int).tolist()
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
