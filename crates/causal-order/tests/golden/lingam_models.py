"""Orders and weights by the lingam package (MIT), on data that SplitMix64 makes. Writes lingam_models.json."""

import datetime
import importlib.metadata
import math

import golden_file
import lingam
import numpy as np

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
MASK = 2**64 - 1


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return ((z ^ (z >> 31)) >> 11) * 2.0**-53

    def laplace(self):
        v = self.uniform() - 0.5
        return -math.copysign(1.0, v) * math.log(1.0 - 2.0 * abs(v))

    def centred(self):
        return 2.0 * self.uniform() - 1.0


def six_nodes(n_rows, seed):
    edges = [(0, 2, 0.8), (1, 2, -0.6), (2, 3, 0.7), (2, 4, 0.5), (3, 5, 0.9), (4, 5, -0.4)]
    draws = SplitMix64(seed)
    rows = np.zeros((n_rows, 6))
    for row in rows:
        for node in range(6):
            row[node] = draws.laplace() + sum(w * row[cause] for cause, effect, w in edges if effect == node)
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
            row[node] = getattr(draws, noise)() + sum(w * row[cause] for cause, w in parents[node])
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
    thirty = random_model(30, 500, 4.0, "laplace", 30)
    fifty = random_model(50, 1000, 4.0, "laplace", 50)
    eight = random_model(8, 2000, 3.0, "centred", 8)
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
