"""Orders and weights by the lingam package (MIT), on data that SplitMix64 makes. Writes lingam_models.json."""

import datetime
import importlib.metadata
import math
import sys
import types

import golden_file
import numpy as np
from seeded_tables import SIX_EDGES, SplitMix64

# Packages that lingam imports for models that are not used here.
for package in ("semopy", "psy", "pygam"):
    stand_in = types.ModuleType(package)
    stand_in.__getattr__ = lambda _: None
    sys.modules[package] = stand_in

import lingam  # noqa: E402

PROVENANCE = {
    "tool": "lingam",
    "version": importlib.metadata.version("lingam"),
    "script": "crates/causal-order/tests/golden/lingam_models.py",
    "seed": 7,
    "date": datetime.date.today().isoformat(),
    "note": f"numpy {np.__version__}, scikit-learn {importlib.metadata.version('scikit-learn')}. Matrices have a row for each "
    "effect and a column for each cause. ICALiNGAM must give the same for three random states.",
}
TOLERANCE = {
    "rtol": 1e-9,
    "atol": 1e-12,
    "reason": "least squares by normal equations here and by singular values there, of correlation matrices with condition "
    "numbers below 1e3",
}


def laplace(draws):
    v = draws.uniform() - 0.5
    return -math.copysign(1.0, v) * math.log(1.0 - 2.0 * abs(v))


def centred(draws):
    return 2.0 * draws.uniform() - 1.0


def six_nodes(n_rows, seed):
    draws = SplitMix64(seed)
    rows = np.zeros((n_rows, 6))
    for row in rows:
        for node in range(6):
            row[node] = laplace(draws) + sum(w * row[cause] for cause, effect, w in SIX_EDGES if effect == node)
    return rows


def random_model(n_nodes, n_rows, degree, noise, seed):
    """A random graph: the k-th node of the order is (7 k + 3) mod n."""
    draws = SplitMix64(seed)
    order = [(7 * k + 3) % n_nodes for k in range(n_nodes)]
    parents = [[] for _ in order]
    for k, effect in enumerate(order):
        for cause in order[:k]:
            present, size, sign = draws.uniform(), draws.uniform(), draws.uniform()
            if present < degree / (n_nodes - 1):
                parents[effect].append((cause, math.copysign(0.3 + 0.5 * size, sign - 0.5)))
    rows = np.zeros((n_rows, n_nodes))
    for row in rows:
        for node in order:
            row[node] = noise(draws) + sum(w * row[cause] for cause, w in parents[node])
    return rows


def direct(rows, **settings):
    model = lingam.DirectLiNGAM(**settings).fit(rows)
    return [int(node) for node in model.causal_order_], model.adjacency_matrix_.tolist()


def by_components(rows):
    models = [lingam.ICALiNGAM(random_state=state).fit(rows) for state in range(3)]
    for model in models[1:]:
        assert model.causal_order_ == models[0].causal_order_, [model.causal_order_ for model in models]
    return [int(node) for node in models[0].causal_order_], models[0].adjacency_matrix_.tolist()


def main():
    six = six_nodes(1000, 7)
    prior = np.full((6, 6), -1)
    prior[0, 1] = 0
    prior[1, 2] = 0
    prior[5, 4] = 0
    prior[3, 4] = 1
    thirty = random_model(30, 500, 4.0, laplace, 30)
    fifty = random_model(50, 1000, 4.0, laplace, 50)
    eight = random_model(8, 2000, 3.0, centred, 8)
    values = {"prior": prior.tolist()}
    results = {
        "six": direct(six),
        "six_known": direct(six, prior_knowledge=prior),
        "thirty": direct(thirty),
        "fifty": direct(fifty),
        "six_components": by_components(six),
        "eight_components": by_components(eight),
    }
    for name, (order, weights) in results.items():
        values[f"{name}_order"] = order
        values[f"{name}_weights"] = weights
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
