"""p-values of independence tests by causal-learn (MIT), and of the t-test by numpy and scipy. Writes independence.json.

A query is a row [x, y, members of the conditioning set, -1 ...].
"""

import datetime
import importlib.metadata

import golden_file
import numpy as np
import scipy
import seeded_tables
from causallearn.utils.cit import CIT
from scipy.special import stdtr

SEED = 31
PROVENANCE = {
    "tool": "causal-learn",
    "version": importlib.metadata.version("causal-learn"),
    "script": "crates/causal-order/tests/golden/independence.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "gaussian: a random network of 13 nodes, 400 rows, degree 2.5, seed 21; fisher_z where p is above 1e-6, as "
    f"causal-learn takes one less the lower tail. t: residuals by numpy {np.__version__} least squares, Student's t by "
    f"scipy {scipy.__version__}. discrete: 9 nodes, 1500 rows, degree 2.5, seed 22, node k cut into 2 + k mod 4 states.",
}
TOLERANCE = {
    "rtol": 1e-9,
    "atol": 1e-300,
    "reason": "tails magnify the rounding of correlations and sums by up to a few hundred, 1 - cdf by up to 1e6 times 1e-16",
}
CUTS = [[0.2], [-0.5, 0.6], [-0.9, 0.0, 0.8], [-1.1, -0.4, 0.3, 1.0]]
LONGEST = 6


def discrete():
    values = seeded_tables.random_gaussian(9, 1500, 2.5, 22).to_numpy()
    return np.column_stack([np.digitize(values[:, node], CUTS[node % 4]) for node in range(9)])


def queries(n_nodes, sizes, n_each):
    draws = seeded_tables.SplitMix64(SEED)
    rows = []
    for size in sizes:
        for _ in range(n_each):
            nodes = list(range(n_nodes))
            chosen = [nodes.pop(int(draws.uniform() * len(nodes))) for _ in range(size + 2)]
            rows.append(chosen[:2] + sorted(chosen[2:]) + [-1] * (LONGEST - size))
    return rows


def given(query):
    return [node for node in query[2:] if node >= 0]


def t_test(data, query):
    x, y, members = query[0], query[1], given(query)
    n_rows = len(data)
    design = np.column_stack([np.ones(n_rows), data[:, members]])
    left = [data[:, node] - design @ np.linalg.lstsq(design, data[:, node], rcond=None)[0] for node in (x, y)]
    r = left[0] @ left[1] / np.sqrt((left[0] @ left[0]) * (left[1] @ left[1]))
    freedom = n_rows - len(members) - 2
    t = r * np.sqrt(freedom / ((1 - r) * (1 + r)))
    return float(t), float(2 * stdtr(freedom, -abs(t)))


def main():
    gaussian = seeded_tables.random_gaussian(13, 400, 2.5, 21).to_numpy()
    fisher = CIT(gaussian, "fisherz")
    by_fisher = [(query, float(fisher(query[0], query[1], given(query)))) for query in queries(13, range(7), 14)]
    by_fisher = [(query, p) for query, p in by_fisher if p > 1e-6]
    t_queries = queries(13, range(7), 8)
    t_results = [t_test(gaussian, query) for query in t_queries]
    codes = discrete()
    discrete_queries = queries(9, range(7), 12)

    def by(name):
        test = CIT(codes, name)
        return [float(test(query[0], query[1], given(query))) for query in discrete_queries]

    golden_file.write(
        PROVENANCE,
        TOLERANCE,
        {
            "fisher_z_queries": [query for query, _ in by_fisher],
            "fisher_z": [p for _, p in by_fisher],
            "t_queries": t_queries,
            "t_statistic": [t for t, _ in t_results],
            "t": [p for _, p in t_results],
            "discrete_queries": discrete_queries,
            "chi2": by("chisq"),
            "g2": by("gsq"),
        },
    )


if __name__ == "__main__":
    main()
