"""Optimal costs by POT and scipy. Writes exact.json."""

import datetime

import golden_file
import numpy as np
import ot
import scipy
from scipy.optimize import linear_sum_assignment, linprog
from scipy.sparse import coo_array

PROVENANCE = {
    "tool": "POT, scipy",
    "version": f"{ot.__version__}, {scipy.__version__}",
    "script": "crates/ot-transferability/tests/golden/exact.py",
    "seed": None,
    "date": datetime.date.today().isoformat(),
    "note": "Costs ((7919 i + 104729 j + 31 i j) mod q) / q + offset between n and m points; weights 1/n and 1/m, or in "
    "proportion to 1 + (37 i mod 11) and 1 + (53 j mod 7). ot.emd and linprog by HiGHS agree within 1e-12 on every case, "
    "and linear_sum_assignment on the square ones of equal weights.",
}
TOLERANCE = {
    "rtol": 1e-12,
    "atol": 1e-14,
    "reason": "a sum of at most n + m products of numbers below 1, on a vertex that may differ",
}

# name: n, m, q, offset, whether the weights differ
CASES = {
    "general": (60, 45, 1009, 0, True),
    "tall": (300, 20, 1009, 0, True),
    "wide": (5, 960, 1009, 0, True),
    "wide_uniform": (5, 960, 1009, 0, False),
    "few_values": (40, 40, 5, 0, True),
    "few_values_uniform": (30, 45, 3, 0, False),
    "one_value": (12, 18, 1, 0, True),
    "negative": (35, 50, 1009, -0.5, True),
    "one_source": (1, 20, 1009, 0, True),
    "square": (120, 120, 10007, 0, False),
    "square_negative": (50, 50, 1009, -1, False),
    "square_few_values": (64, 64, 4, 0, False),
}


def problem(n, m, q, offset, weighted):
    i, j = np.arange(n)[:, None], np.arange(m)[None, :]
    cost = (7919 * i + 104729 * j + 31 * i * j) % q / q + offset
    a, b = (1.0 + 37 * i.ravel() % 11, 1.0 + 53 * j.ravel() % 7) if weighted else (np.ones(n), np.ones(m))
    return cost, a / a.sum(), b / b.sum()


def linear_programme(cost, a, b):
    n, m = cost.shape
    variables = np.arange(n * m)
    rows = np.concatenate([variables // m, n + variables % m])
    equalities = coo_array((np.ones(2 * n * m), (rows, np.concatenate([variables, variables]))), (n + m, n * m))
    solved = linprog(cost.ravel(), A_eq=equalities.tocsr()[:-1], b_eq=np.concatenate([a, b])[:-1], method="highs")
    assert solved.status == 0
    return solved.fun


def main():
    values = {}
    for name, case in CASES.items():
        cost, a, b = problem(*case)
        plan, log = ot.emd(a, b, cost, numItermax=10_000_000, log=True)
        assert log["warning"] is None
        values[name] = float(np.sum(plan * cost))
        np.testing.assert_allclose(values[name], linear_programme(cost, a, b), rtol=1e-12, atol=1e-14)
        if name.startswith("square"):
            rows, columns = linear_sum_assignment(cost)
            np.testing.assert_allclose(values[name], cost[rows, columns].mean(), rtol=1e-12, atol=1e-14)
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
