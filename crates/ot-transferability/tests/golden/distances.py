"""Dataset distances and metrics from transport plans, with POT, numpy and scipy. Writes distances.json."""

import datetime

import golden_file
import numpy as np
import ot
import scipy
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist
from scipy.special import entr, logsumexp

SEED = 20261124
PROVENANCE = {
    "tool": "POT, numpy, scipy",
    "version": f"{ot.__version__}, {np.__version__}, {scipy.__version__}",
    "script": "crates/ot-transferability/tests/golden/distances.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "Plans by ot.emd on scipy's cdist; joints by a loop over the pairs of classes; the Bures term by sqrtm, or by the singular values of the product of the roots where a "
    "covariance is singular; "
    "coefficients by numpy.linalg.lstsq.",
}
TOLERANCE = {
    "rtol": 1e-10,
    "atol": 1e-12,
    "reason": "sums over some hundred pairs of points; traces of matrix square roots cancel to some 1e-12",
}


def joint_of(plan, source_labels, target_labels):
    return np.array(
        [
            [plan[np.ix_(source_labels == k, target_labels == c)].sum() for c in np.unique(target_labels)]
            for k in np.unique(source_labels)
        ]
    )


def conditional_entropy(joint, given):
    """H(other | given), for given = 0 (rows) or 1 (columns)."""
    return entr(joint).sum() - entr(joint.sum(axis=1 - given)).sum()


def singular_root(covariance):
    """The square root of a singular covariance, for which sqrtm warns."""
    values, vectors = np.linalg.eigh(covariance)
    values[values < 1e-12 * values.max()] = 0.0
    return (vectors * np.sqrt(values)) @ vectors.T


def squared_bures_wasserstein(mean_1, covariance_1, mean_2, covariance_2):
    if min(np.linalg.matrix_rank(c) for c in (covariance_1, covariance_2)) == len(mean_1):
        root = sqrtm(covariance_1)
        overlap = np.trace(sqrtm(root @ covariance_2 @ root)).real
    else:
        overlap = np.linalg.svd(singular_root(covariance_1) @ singular_root(covariance_2), compute_uv=False).sum()
    return np.sum((mean_1 - mean_2) ** 2) + np.trace(covariance_1) + np.trace(covariance_2) - 2 * overlap


def moments(points, weights):
    weights = weights / weights.sum()
    mean = weights @ points
    return mean, (weights[:, None] * (points - mean)).T @ (points - mean)


def label_distances(method, source, target, p):
    """D^p between each pair of classes; a side is (features, labels, weights)."""
    table = []
    for k in np.unique(source[1]):
        row = []
        for c in np.unique(target[1]):
            x, a = source[0][source[1] == k], source[2][source[1] == k]
            z, b = target[0][target[1] == c], target[2][target[1] == c]
            if method == "exact":
                row.append(ot.emd2(a / a.sum(), b / b.sum(), cdist(x, z) ** p))
                continue
            mean_1, covariance_1 = moments(x, a)
            mean_2, covariance_2 = moments(z, b)
            if method == "means":
                square = np.sum((mean_1 - mean_2) ** 2)
            elif method == "diagonal":
                deviations = np.sqrt(np.diag(covariance_1)) - np.sqrt(np.diag(covariance_2))
                square = np.sum((mean_1 - mean_2) ** 2) + np.sum(deviations**2)
            else:
                square = squared_bures_wasserstein(mean_1, covariance_1, mean_2, covariance_2)
            row.append(square ** (p / 2))
        table.append(row)
    return np.array(table)


def labelled_cost(method, source, target, p, feature_weight, label_weight):
    table = label_distances(method, source, target, p)
    rows = np.searchsorted(np.unique(source[1]), source[1])
    columns = np.searchsorted(np.unique(target[1]), target[1])
    return feature_weight * cdist(source[0], target[0]) ** p + label_weight * table[np.ix_(rows, columns)]


def entropic(a, b, cost, epsilon):
    """<C, P> + epsilon KL(P | a b^T), by log-domain iterations."""
    f, g = np.zeros(len(a)), np.zeros(len(b))
    previous = np.inf
    while np.abs(f - previous).max() > 1e-13 * np.abs(cost).max():
        previous = f
        f = -epsilon * logsumexp((g - cost) / epsilon + np.log(b), axis=1)
        g = -epsilon * logsumexp((f[:, None] - cost) / epsilon + np.log(a)[:, None], axis=0)
    plan = np.exp((f[:, None] + g - cost) / epsilon) * np.outer(a, b)
    return np.sum(plan * cost) + epsilon * np.sum(plan * np.log(plan / np.outer(a, b)))


def main():
    rng = np.random.default_rng(SEED)
    n, m = 24, 18
    source_labels = np.arange(n) % 3
    target_labels = np.where(np.arange(m) == 7, 9, np.arange(m) % 4)
    narrow_means, wide_means = rng.normal(size=(10, 3)) * 2, rng.normal(size=(10, 40))
    weights = rng.uniform(0.2, 3.0, size=m)
    sides = {
        "narrow": (rng.normal(size=(n, 3)) + narrow_means[source_labels], rng.normal(size=(m, 3)) + narrow_means[target_labels]),
        "wide": (rng.normal(size=(n, 40)) + wide_means[source_labels], rng.normal(size=(m, 40)) + wide_means[target_labels]),
    }
    values = {
        "source.labels": source_labels.tolist(),
        "target.labels": target_labels.tolist(),
        "weights": weights.tolist(),
    }
    a = np.full(n, 1 / n)
    for name, (x, z) in sides.items():
        values[f"{name}.source"], values[f"{name}.target"] = x.tolist(), z.tolist()
        for mass, b in [("uniform", np.full(m, 1 / m)), ("weighted", weights / weights.sum())]:
            key = f"{name}.{mass}"
            source, target = (x, source_labels, a), (z, target_labels, b)
            cost = cdist(x, z, "sqeuclidean")
            plan = ot.emd(a, b, cost)
            joint = joint_of(plan, source_labels, target_labels)
            values[f"{key}.domain"] = np.sum(plan * cost)
            values[f"{key}.joint"] = joint.tolist()
            values[f"{key}.target_given_source"] = conditional_entropy(joint, 0)
            values[f"{key}.source_given_target"] = conditional_entropy(joint, 1)
            values[f"{key}.mutual_information"] = entr(joint.sum(axis=0)).sum() - conditional_entropy(joint, 0)

            unit_x, unit_z = (points / np.linalg.norm(points, axis=1, keepdims=True) for points in (x, z))
            values[f"{key}.domain.unit_rows"] = ot.emd2(a, b, cdist(unit_x, unit_z, "sqeuclidean"))
            mixture = np.trace(moments(np.concatenate([x, z]), np.concatenate([a, b]))[1])
            values[f"{key}.total_variance"] = mixture
            values[f"{key}.domain.total_variance"] = np.sum(plan * cost) / mixture
            values[f"{key}.domain.euclidean"] = ot.emd2(a, b, cdist(x, z))
            values[f"{key}.domain.bures"] = squared_bures_wasserstein(*moments(x, a), *moments(z, b))
            epsilon = 0.2 * cost.mean()
            values[f"{key}.epsilon"] = epsilon
            values[f"{key}.domain.sinkhorn_divergence"] = entropic(a, b, cost, epsilon) - 0.5 * (
                entropic(a, a, cdist(x, x, "sqeuclidean"), epsilon) + entropic(b, b, cdist(z, z, "sqeuclidean"), epsilon)
            )

            for method in ["means", "diagonal", "full", "exact"]:
                hybrid = labelled_cost(method, source, target, 2, 0.5, 0.5)
                plan = ot.emd(a, b, hybrid)
                values[f"{key}.jc_nce.{method}.cost"] = np.sum(plan * hybrid)
                values[f"{key}.jc_nce.{method}.entropy"] = conditional_entropy(
                    joint_of(plan, source_labels, target_labels), 0
                )
                for p in [1, 2, 3]:
                    values[f"{key}.otdd.{method}.{p}"] = ot.emd2(a, b, labelled_cost(method, source, target, p, 1, 1)) ** (
                        1 / p
                    )

    transfers = rng.uniform(0, 5, size=(8, 2))
    accuracy = 0.9 - 0.03 * transfers[:, 0] - 0.08 * transfers[:, 1] + rng.normal(size=8) * 0.02
    design = np.column_stack([transfers, np.ones(8)])
    coefficients, residual, _, _ = np.linalg.lstsq(design, accuracy)
    standardized = (transfers - transfers.mean(axis=0)) / transfers.std(axis=0)
    values |= {
        "otce.domain": transfers[:, 0].tolist(),
        "otce.task": transfers[:, 1].tolist(),
        "otce.accuracy": accuracy.tolist(),
        "otce.coefficients": coefficients.tolist(),
        "otce.standardized": np.linalg.lstsq(np.column_stack([standardized, np.ones(8)]), accuracy)[0].tolist(),
        "otce.r_squared": 1 - residual[0] / np.sum((accuracy - accuracy.mean()) ** 2),
        "otce.predicted": coefficients @ [2.0, 1.5, 1.0],
    }
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
