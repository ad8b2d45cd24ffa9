"""SFDA through the generalised eigenproblem, with scipy. Writes sfda.json."""

import datetime

import golden_file
import numpy as np
import scipy
from scipy.linalg import eigh
from scipy.special import softmax

SEED = 20260925
PROVENANCE = {
    "tool": "numpy, scipy",
    "version": f"{np.__version__}, {scipy.__version__}",
    "script": "crates/transferability-metrics/tests/golden/sfda.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "Regularised FDA, ConfMix, FDA again, mean probability of the true class. The `fixed` values agree within "
    "1e-14 with the class SFDA and the steps of SFDA_Score in metrics.py of TencentARC/SFDA at commit "
    "3b7edf76bd682acb1eba4f4c5eb7ea7f3f7f6c59 given the same shrinkage; its adaptive shrinkage takes the largest "
    "eigenvalue from three power iterations and is off by the relative amount stored as `power_iteration_gap`.",
}
TOLERANCE = {
    "rtol": 1e-9,
    "atol": 1e-12,
    "reason": "a generalised eigenproblem there, a Cholesky solve here, with a within-class scatter of condition 1e3",
}


def discriminant_probabilities(features, labels, shrinkage):
    n, d = features.shape
    classes, counts = np.unique(labels, return_counts=True)
    priors = counts / n
    means = np.stack([features[labels == c].mean(axis=0) for c in classes])
    within = sum(p * np.cov(features[labels == c].T, bias=True) for c, p in zip(classes, priors))
    total = np.cov(features.T, bias=True)
    if shrinkage is None:
        shrinkage = max(np.exp(-5.0 * np.linalg.eigvalsh(within)[-1]), 1e-10)
    shrunk = [
        (1.0 - shrinkage) * m + shrinkage * np.trace(m) / d * np.eye(d) for m in (within, total)
    ]
    _, vectors = eigh(shrunk[1] - shrunk[0], shrunk[0])
    coefficients = means @ vectors @ vectors.T
    intercepts = -0.5 * np.sum(means * coefficients, axis=1) + np.log(priors)
    return softmax(features @ coefficients.T + intercepts, axis=1), means, shrinkage


def sfda(features, labels, shrinkage):
    own = np.arange(len(labels)), labels
    probabilities, means, shrinkage = discriminant_probabilities(features, labels, shrinkage)
    confidence = softmax(probabilities, axis=1)[own][:, None]
    others = (means.sum(axis=0) - means) / (len(means) - 1)
    mixed = confidence * features + (1.0 - confidence) * others[labels]
    return discriminant_probabilities(mixed, labels, shrinkage)[0][own].mean(), shrinkage


def power_iteration_gap(features, labels):
    """Relative error of the largest eigenvalue of the within-class scatter after three double steps of a power iteration."""
    classes, counts = np.unique(labels, return_counts=True)
    within = sum(c / len(labels) * np.cov(features[labels == k].T, bias=True) for k, c in zip(classes, counts))
    x = within.sum(axis=1)
    for _ in range(3):
        y = within @ x / np.linalg.norm(within @ x)
        x = within @ y / np.linalg.norm(within @ y)
    return float(1.0 - x @ within @ y / np.linalg.eigvalsh(within)[-1])


def main():
    rng = np.random.default_rng(SEED)
    labels = np.array([0] * 7 + [1] * 14 + [2] * 9)
    tall = (0.5 * rng.normal(size=(30, 6)) + 0.4 * rng.normal(size=(3, 6))[labels]) * np.geomspace(2.0, 0.1, 6)
    wide = 0.2 * rng.normal(size=(30, 40)) + 0.05 * rng.normal(size=(3, 40))[labels] + 1.0
    values = {
        "labels": labels.tolist(),
        "tall.features": tall.tolist(),
        "wide.features": wide.tolist(),
        "tall.fixed.0.1": sfda(tall, labels, 0.1)[0],
        "tall.fixed.1e-10": sfda(tall, labels, 1e-10)[0],
        "wide.fixed.0.9": sfda(wide, labels, 0.9)[0],
        "tall.power_iteration_gap": power_iteration_gap(tall, labels),
        "wide.power_iteration_gap": power_iteration_gap(wide, labels),
    }
    for name, features in [("tall", tall), ("wide", wide)]:
        values[f"{name}.adaptive"], values[f"{name}.shrinkage"] = sfda(features, labels, None)
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
