"""Moments, effects and conditional distributions of a linear Gaussian network by matrix algebra. Writes network.json."""

import datetime

import golden_file
import numpy as np

SEED = 20261124
PROVENANCE = {
    "tool": "numpy",
    "version": np.__version__,
    "script": "crates/causal-graph/tests/golden/network.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "x = intercepts + B x + noise, so that x = (I - B)^-1 (intercepts + noise): mean, covariance and total effects by the "
    "inverse, paths of length k by powers of B; the conditional distribution by numpy.linalg.solve.",
}
TOLERANCE = {"rtol": 1e-11, "atol": 1e-12, "reason": "an inverse of a triangular matrix of 9 rows against sums over paths"}
N_NODES = 9


def main():
    rng = np.random.default_rng(SEED)
    order = rng.permutation(N_NODES)
    coefficients = np.zeros((N_NODES, N_NODES))
    for place, child in enumerate(order):
        for parent in order[:place]:
            if rng.random() < 0.45:
                coefficients[child, parent] = rng.uniform(-2.0, 2.0)
    intercepts = rng.normal(size=N_NODES)
    deviations = rng.uniform(0.3, 2.0, size=N_NODES)
    deviations[order[4]] = 0.0

    effects = np.linalg.inv(np.eye(N_NODES) - coefficients)
    mean = effects @ intercepts
    covariance = effects @ np.diag(deviations**2) @ effects.T

    seen = [order[2], order[6]]
    values_seen = [0.7, -1.3]
    others = [node for node in range(N_NODES) if node not in seen]
    gain = np.linalg.solve(covariance[np.ix_(seen, seen)], covariance[np.ix_(seen, others)]).T
    conditional_mean = mean[others] + gain @ (values_seen - mean[seen])
    conditional_covariance = covariance[np.ix_(others, others)] - gain @ covariance[np.ix_(seen, others)]

    # Effects through all nodes but one: the powers of B without its row and column.
    avoided = order[5]
    open_edges = coefficients.copy()
    open_edges[avoided], open_edges[:, avoided] = 0.0, 0.0
    around = sum(np.linalg.matrix_power(open_edges, power) for power in range(N_NODES))

    golden_file.write(
        PROVENANCE,
        TOLERANCE,
        {
            "coefficients": coefficients.tolist(),
            "intercepts": intercepts.tolist(),
            "deviations": deviations.tolist(),
            "mean": mean.tolist(),
            "covariance": covariance.tolist(),
            "effects": effects.T.tolist(),
            "seen": [int(node) for node in seen],
            "values_seen": values_seen,
            "conditional_mean": conditional_mean.tolist(),
            "conditional_covariance": conditional_covariance.tolist(),
            "avoided": int(avoided),
            "effects_around": around.T.tolist(),
        },
    )


if __name__ == "__main__":
    main()
