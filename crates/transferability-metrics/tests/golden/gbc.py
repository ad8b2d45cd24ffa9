"""Gaussian Bhattacharyya coefficients from covariance matrices, with numpy and scikit-learn. Writes gbc.json."""

import datetime

import golden_file
import numpy as np
import sklearn
from sklearn.decomposition import PCA

SEED = 20260923
FLOOR = 1e-4
PROVENANCE = {
    "tool": "numpy, scikit-learn",
    "version": f"{np.__version__}, {sklearn.__version__}",
    "script": "crates/transferability-metrics/tests/golden/gbc.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "Bhattacharyya distances of multivariate Gaussians by solve and slogdet of full matrices. The `diagonal` "
    "and `spherical_log_once` values with population variance agree within 3e-16 with compute_bhattacharyya_distance of "
    "stable_transfer/transferability/gbc.py (google-research, commit 1d4d2f1aa6f2883a790d2ae46a6ee8ab150d8f31), its "
    "TensorFlow calls replaced by the numpy functions of the same name.",
}
TOLERANCE = {
    "rtol": 1e-11,
    "atol": 1e-14,
    "reason": "the exponential of a sum of some 20 logarithms; principal components by SVD there, eigh here",
}


def distance(mean_1, mean_2, covariance_1, covariance_2, logs):
    """`logs` multiplies the log-determinant term: 1 in the formula."""
    average = (covariance_1 + covariance_2) / 2
    gap = mean_1 - mean_2
    log_determinants = [np.linalg.slogdet(m)[1] for m in (average, covariance_1, covariance_2)]
    log_ratio = log_determinants[0] - (log_determinants[1] + log_determinants[2]) / 2
    return gap @ np.linalg.solve(average, gap) / 8 + logs * log_ratio / 2


def gbc(features, labels, shape, ddof=0):
    dimension = features.shape[1]
    classes = [features[labels == c] for c in np.unique(labels)]
    means = [c.mean(axis=0) for c in classes]
    covariances = []
    for rows in classes:
        variances = np.maximum(rows.var(axis=0, ddof=ddof), FLOOR)
        if shape != "diagonal":
            variances = np.full(dimension, variances.mean())
        covariances.append(np.diag(variances))
    logs = 1 / dimension if shape == "spherical_log_once" else 1
    return -sum(
        np.exp(-distance(means[i], means[j], covariances[i], covariances[j], logs))
        for i in range(len(classes))
        for j in range(len(classes))
        if i != j
    )


def main():
    rng = np.random.default_rng(SEED)
    labels = np.array([0] * 6 + [1] * 25 + [2] * 14 + [3] * 2)
    spread = np.array([2.0, 1.5, 1.2, 1.0, 0.8, 0.6, 0.4])
    features = (rng.normal(size=(47, 7)) + rng.normal(size=(4, 7))[labels]) * spread
    values = {
        "two_points": gbc(np.array([[-1.0], [1.0], [1.0], [3.0]]), np.array([0, 0, 1, 1]), "diagonal"),
        "labels": labels.tolist(),
        "features": features.tolist(),
    }
    reduced = PCA(n_components=3, svd_solver="full").fit_transform(features)
    for shape in ("diagonal", "spherical", "spherical_log_once"):
        values[f"raw.{shape}.population"] = gbc(features, labels, shape)
        values[f"raw.{shape}.sample"] = gbc(features, labels, shape, ddof=1)
        values[f"pca3.{shape}.population"] = gbc(reduced, labels, shape)
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
