"""Similarities to the nearest references by numpy, scipy and scikit-learn. Writes nearest.json."""

import datetime

import golden_file
import numpy as np
import scipy
import sklearn
from scipy.spatial.distance import cdist
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.neighbors import NearestNeighbors

SEED = 20261124
BANDWIDTH = 1.5
K = 5
PROVENANCE = {
    "tool": "numpy, scipy, scikit-learn",
    "version": f"{np.__version__}, {scipy.__version__}, {sklearn.__version__}",
    "script": "crates/hard-subset/tests/golden/nearest.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "cosine_similarity, cdist and NearestNeighbors on rectified normal activations that f32 holds exactly. "
    f"Aggregated over all references, the {K} most similar and the most similar; bandwidth {BANDWIDTH}.",
}
TOLERANCE = {
    "rtol": 1e-13,
    "atol": 1e-14,
    "reason": "double precision on both sides; sums of at most 23 terms of size 1",
}
SINGLE = {"rtol": 0.0, "atol": 5e-7, "reason": "cosines of f32 rows from f32 products: a few units of 6e-8"}
MEAN_DISTANCE = {
    "rtol": 1e-12,
    "atol": 0.0,
    "reason": "square distances near 1 as differences of squares near 1, about the mean of the references",
}


def aggregate(similarities):
    ordered = np.sort(similarities, axis=1)[:, ::-1]
    return {"mean": ordered.mean(1), f"top{K}": ordered[:, :K].mean(1), "max": ordered[:, 0]}


def unit(rows):
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 1e-12)


def disagreement(rows, labels, k, metric):
    finder = NearestNeighbors(n_neighbors=k, metric=metric, algorithm="brute").fit(rows)
    neighbours = finder.kneighbors(return_distance=False)
    return (labels[neighbours] != labels[:, None]).mean(1)


def main():
    rng = np.random.default_rng(SEED)
    source = np.maximum(rng.normal(size=(23, 6)) + 0.3, 0.0).astype(np.float32).astype(np.float64)
    target = np.maximum(rng.normal(size=(17, 6)) + 0.3, 0.0).astype(np.float32).astype(np.float64)
    labels = rng.integers(0, 3, size=17)
    mean = unit(source).mean(0)
    distances = cdist(target, source)
    similarities = {
        "cosine": cosine_similarity(target, source),
        "centred": cosine_similarity(unit(target) - mean, unit(source) - mean),
        "euclidean": -distances,
        "rbf": np.exp(-(distances**2) / (2.0 * BANDWIDTH**2)),
    }
    values = {"source": source.tolist(), "target": target.tolist(), "labels": labels.tolist()}
    for kernel, table in similarities.items():
        for name, aggregated in aggregate(table).items():
            is_mean_distance = kernel in ("euclidean", "rbf") and name == "mean"
            value = aggregated.tolist()
            values[f"{kernel}.{name}"] = {"value": value, **MEAN_DISTANCE} if is_mean_distance else value
            if kernel in ("cosine", "centred"):
                values[f"{kernel}.{name}.single"] = {"value": value, **SINGLE}
    for metric in ("euclidean", "cosine"):
        values[f"neighbours.{metric}"] = disagreement(target, labels, 4, metric).tolist()
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
