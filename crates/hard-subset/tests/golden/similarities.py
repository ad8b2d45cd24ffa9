"""Hardness by cosines to prototypes and to target classes, by numpy and scikit-learn. Writes similarities.json."""

import datetime

import golden_file
import numpy as np
import sklearn
from sklearn.metrics import silhouette_samples
from sklearn.metrics.pairwise import cosine_similarity

SEED = 20261124
PROVENANCE = {
    "tool": "scikit-learn, numpy",
    "version": f"{sklearn.__version__}, {np.__version__}",
    "script": "crates/hard-subset/tests/golden/similarities.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "Means over matrices of cosines of all pairs (cosine_similarity), silhouettes by silhouette_samples. Class 3 of "
    "the source is empty, row 5 of the target is zero, class 2 of the target has one sample. `conv_*` are maps, averaged "
    "over their places first. `centred`: unit vectors less the mean unit vector of the source.",
}
TOLERANCE = {
    "rtol": 1e-13,
    "atol": 1e-14,
    "reason": "sums of some 40 products of about 1 in another order; 0 is the silhouette of a sample without another of its class",
}
N_CLASSES = 4


def rectified(rng, *shape):
    return np.maximum(rng.normal(loc=0.3, size=shape), 0.0)


def units(rows):
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)


def to_classes(source, classes, target):
    """Mean cosine of each target row to each source class, to all rows where there are none."""
    cosines = cosine_similarity(target, source)
    of_class = [cosines[:, classes == c] if (classes == c).any() else cosines for c in range(N_CLASSES)]
    return np.stack([of.mean(axis=1) for of in of_class], axis=1)


def to_target_classes(target, labels):
    """Mean cosine of each row to the other rows of its class, and to the nearest other class."""
    cosines = cosine_similarity(target)
    own, nearest = [], []
    for row, label in enumerate(labels):
        others = np.flatnonzero((labels == label) & (np.arange(len(labels)) != row))
        own.append(cosines[row, others].mean() if len(others) else 0.0)
        nearest.append(max(cosines[row, labels == c].mean() for c in set(labels.tolist()) - {label}))
    return np.array(own), np.array(nearest)


def main():
    rng = np.random.default_rng(SEED)
    source, target = rectified(rng, 40, 7), rectified(rng, 30, 7)
    source_maps, target_maps = rectified(rng, 40, 3, 2, 5), rectified(rng, 30, 3, 2, 5)
    target[5] = 0.0
    classes, labels = rng.integers(0, 3, 40), rng.integers(0, 2, 30)
    labels[11] = 2
    probabilities = rng.dirichlet(np.full(N_CLASSES, 0.7), 30)
    predictions = probabilities.argmax(axis=1)
    classifier = rng.normal(size=(N_CLASSES, 7))

    rows = np.arange(30)
    fc = to_classes(source, classes, target)
    conv = to_classes(source_maps.mean(axis=(2, 3)), classes, target_maps.mean(axis=(2, 3)))
    mean = units(source).mean(axis=0)
    centred_source, centred_target = units(units(source) - mean), units(target) - mean
    centred_target[5] = 0.0
    own, nearest = to_target_classes(target, labels)
    distances = 1.0 - cosine_similarity(target)
    np.fill_diagonal(distances, 0.0)

    golden_file.write(
        PROVENANCE,
        TOLERANCE,
        {
            "source_fc": source.tolist(),
            "target_fc": target.tolist(),
            "source_conv": source_maps.tolist(),
            "target_conv": target_maps.tolist(),
            "classes": classes.tolist(),
            "labels": labels.tolist(),
            "probabilities": probabilities.tolist(),
            "classifier": classifier.tolist(),
            "agnostic_fc": (1.0 - cosine_similarity(target, source).mean(axis=1)).tolist(),
            "hard_fc": (1.0 - fc[rows, predictions]).tolist(),
            "hard_conv": (1.0 - conv[rows, predictions]).tolist(),
            "soft_fc": (1.0 - (probabilities * fc).sum(axis=1)).tolist(),
            "soft_conv": (1.0 - (probabilities * conv).sum(axis=1)).tolist(),
            "n_fallbacks": int((predictions == 3).sum()),
            "centred_agnostic_fc": (1.0 - cosine_similarity(centred_target, centred_source).mean(axis=1)).tolist(),
            "centred_hard_fc": (1.0 - to_classes(centred_source, classes, centred_target)[rows, predictions]).tolist(),
            "classifier_hard_fc": (1.0 - cosine_similarity(target, classifier)[rows, predictions]).tolist(),
            "target_prototype_fc": (1.0 - own).tolist(),
            "target_margin_fc": (nearest - own).tolist(),
            "target_silhouette_fc": (-silhouette_samples(distances, labels, metric="precomputed")).tolist(),
        },
    )


if __name__ == "__main__":
    main()
