"""TransRate by the determinant of the D x D matrix, with numpy. Writes transrate.json."""

import datetime

import golden_file
import numpy as np

SEED = 20260921
PROVENANCE = {
    "tool": "numpy",
    "version": np.__version__,
    "script": "crates/transferability-metrics/tests/golden/transrate.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "R(Z) - mean over classes of R(Z_c), by slogdet of I + Z'Z / (n eps). The `uniform` values agree within "
    "2e-12 with tllib/ranking/transrate.py of thuml/Transfer-Learning-Library at commit "
    "c4aa59eb565650a552b809411601d0589efbbfe4.",
}
TOLERANCE = {
    "rtol": 1e-11,
    "atol": 1e-12,
    "reason": "a difference of log-determinants of order 10; slogdet by LU there, Cholesky here",
}


def coding_rate(z, epsilon):
    n, d = z.shape
    return 0.5 * np.linalg.slogdet(np.eye(d) + z.T @ z / (n * epsilon))[1]


def transrate(features, labels, epsilon, by_frequency):
    z = features - features.mean(axis=0)
    classes, counts = np.unique(labels, return_counts=True)
    weights = counts / counts.sum() if by_frequency else np.full(len(classes), 1 / len(classes))
    conditional = sum(w * coding_rate(z[labels == c], epsilon) for c, w in zip(classes, weights))
    return coding_rate(z, epsilon) - conditional


def main():
    rng = np.random.default_rng(SEED)
    four = np.array([[0.0, 1.0], [2.0, 0.0], [2.0, 1.0], [4.0, 3.0]])
    halves = np.array([0, 0, 1, 1])
    labels = np.array([0] * 4 + [1] * 23 + [2] * 13)
    tall = rng.normal(size=(40, 6)) + 1.5 * rng.normal(size=(3, 6))[labels] + 3.0
    wide = rng.normal(size=(40, 60)) + 0.7 * rng.normal(size=(3, 60))[labels]
    values = {
        "four.uniform.1e-4": transrate(four, halves, 1e-4, False),
        "four.uniform.1": transrate(four, halves, 1.0, False),
        "labels": labels.tolist(),
        "tall.features": tall.tolist(),
        "wide.features": wide.tolist(),
    }
    for name, features in [("tall", tall), ("wide", wide)]:
        for text, epsilon in [("1e-4", 1e-4), ("0.5", 0.5)]:
            values[f"{name}.uniform.{text}"] = transrate(features, labels, epsilon, False)
            values[f"{name}.frequency.{text}"] = transrate(features, labels, epsilon, True)
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
