"""N-LEEP with scikit-learn's PCA and GaussianMixture, started from given clusters. Writes n_leep.json."""

import datetime

import golden_file
import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

SEED = 20260927
RIDGE = 1e-6
PROVENANCE = {
    "tool": "scikit-learn",
    "version": sklearn.__version__,
    "script": "crates/transferability-metrics/tests/golden/n_leep.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "GaussianMixture(covariance_type='full') from the weights, means and precisions of the clusters in `start`, "
    "on PCA(0.8) of the features; then the mean log expected empirical prediction from its posteriors.",
}
TOLERANCE = {
    "rtol": 1e-8,
    "atol": 1e-9,
    "reason": "some 20 rounds of expectation-maximisation amplify rounding; components hold 10 rows or more",
}


def fit(scores, start, iterations):
    """scikit-learn's mixture, started from hard clusters."""
    k = start.max() + 1
    clusters = [scores[start == c] for c in range(k)]
    d = scores.shape[1]
    mixture = GaussianMixture(
        n_components=k,
        max_iter=iterations,
        reg_covar=RIDGE,
        weights_init=np.bincount(start) / len(start),
        means_init=np.stack([c.mean(axis=0) for c in clusters]),
        precisions_init=np.stack(
            [np.linalg.inv(np.cov(c.T, bias=True).reshape(d, d) + RIDGE * np.eye(d)) for c in clusters]
        ),
    )
    return mixture.fit(scores)


def leep(posteriors, labels):
    joint = np.stack([posteriors[labels == c].sum(axis=0) for c in np.unique(labels)])
    conditional = joint / joint.sum(axis=0)
    return np.mean(np.log(np.sum(posteriors * conditional[labels], axis=1)))


def main():
    rng = np.random.default_rng(SEED)
    labels = np.array([0] * 70 + [1] * 90)
    features = rng.normal(size=(160, 5)) * [1.5, 1.2, 1.0, 0.5, 0.3] + 0.8 * rng.normal(size=(2, 5))[labels]
    scores = PCA(n_components=0.8, svd_solver="full").fit_transform(features)
    start = KMeans(n_clusters=6, n_init=1, random_state=0).fit(scores).labels_
    values = {
        "labels": labels.tolist(),
        "features": features.tolist(),
        "scores": scores.tolist(),
        "start": start.tolist(),
    }
    for name, iterations in [("three", 3), ("converged", 100)]:
        mixture = fit(scores, start, iterations)
        posteriors = mixture.predict_proba(scores)
        values[f"{name}.iterations"] = mixture.n_iter_
        values[f"{name}.has_converged"] = int(mixture.converged_)
        values[f"{name}.lower_bound"] = mixture.lower_bound_
        values[f"{name}.posteriors"] = posteriors.tolist()
        values[f"{name}.n_leep"] = leep(posteriors, labels)
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
