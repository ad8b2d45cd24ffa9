"""SCORE restated in numpy from the paper's equations, and F tests of additive models by scipy's splines. Writes
score_matching.json."""

import datetime
import math

import golden_file
import numpy as np
import scipy
from scipy.interpolate import BSpline
from scipy.stats import f as f_distribution
from seeded_tables import SplitMix64

PROVENANCE = {
    "tool": "numpy and scipy",
    "version": f"{np.__version__}, {scipy.__version__}",
    "script": "crates/causal-order/tests/golden/score_matching.py",
    "seed": 11,
    "date": datetime.date.today().isoformat(),
    "note": "Written from Rolland et al. 2022, equations 9 to 14, with all differences of rows in memory; no code of the authors "
    "was read. The splines are scipy's BSpline, the residual sums are of least squares by singular values.",
}
TOLERANCE = {
    "rtol": 1e-7,
    "atol": 0.0,
    "reason": "the kernel matrix has condition numbers of some 1e5, and distances are added up and taken away again",
}
RIDGE = 1e-3
N_FUNCTIONS = 10
# Causes of each node, in an order that is not that of the columns.
PARENTS = {3: [], 0: [3], 4: [3, 0], 1: [4], 2: [0, 1]}


def additive_noise(n_rows, seed):
    draws = SplitMix64(seed)
    rows = np.zeros((n_rows, len(PARENTS)))
    for row in rows:
        for node, parents in PARENTS.items():
            signal = sum(math.sin(2.0 * row[parent]) + 0.3 * row[parent] ** 2 for parent in parents)
            row[node] = signal + 0.5 * draws.normal()
    return rows


def leaf_variances(rows):
    """Variances of the diagonal of the Hessian of the log-density, over the rows."""
    n_rows = len(rows)
    differences = rows[:, None, :] - rows[None, :, :]
    distances = np.sqrt((differences**2).sum(axis=2))
    s = np.median(distances[np.triu_indices(n_rows, 1)])
    kernel = np.exp(-(distances**2) / (2.0 * s**2)) / s
    first = np.einsum("ik,ikj->ij", kernel, differences) / s**2
    second = np.einsum("ik,ikj->ij", kernel, differences**2 / s**4 - 1.0 / s**2)
    shifted = kernel + RIDGE * np.eye(n_rows)
    gradient = np.linalg.solve(shifted, first)
    hessian = -(gradient**2) + np.linalg.solve(shifted, second)
    return hessian.var(axis=0)


def score_order(rows):
    remaining = list(range(rows.shape[1]))
    order, variances = [], []
    while len(remaining) > 1:
        of_all = leaf_variances(rows[:, remaining])
        place = int(np.argmin(of_all))
        variances.append(float(of_all[place]))
        order.append(remaining.pop(place))
    return (order + remaining)[::-1], variances[::-1]


def spline_term(x, n_functions):
    inner = np.quantile(x, np.arange(1, n_functions - 3) / (n_functions - 3))
    knots = np.concatenate([[x.min()] * 4, inner, [x.max()] * 4])
    functions = BSpline.design_matrix(x, knots, 3).toarray()
    return (functions - functions.mean(axis=0))[:, :-1]


def additive_p_values(rows, target, candidates):
    y = rows[:, target] - rows[:, target].mean()
    terms = [spline_term(rows[:, node], min(N_FUNCTIONS, -(-len(rows) // (3 * len(candidates))))) for node in candidates]

    def residual_sum(some):
        if not some:
            return y @ y
        design = np.concatenate(some, axis=1)
        residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        return residual @ residual

    free = len(rows) - 1 - sum(term.shape[1] for term in terms)
    full = residual_sum(terms)
    p_values = []
    for k, term in enumerate(terms):
        gain = residual_sum(terms[:k] + terms[k + 1 :]) - full
        statistic = gain / term.shape[1] / (full / free)
        p_values.append(float(f_distribution.sf(statistic, term.shape[1], free)))
    return p_values


def main():
    rows = additive_noise(400, 11)
    order, variances = score_order(rows)
    golden_file.write(
        PROVENANCE,
        TOLERANCE,
        {
            "order": order,
            "leaf_variances": variances,
            "p_values": additive_p_values(rows, 2, [3, 0, 4, 1]),
            "p_values_few_rows": additive_p_values(rows[:60], 2, [3, 0, 4, 1]),
        },
    )


if __name__ == "__main__":
    main()
