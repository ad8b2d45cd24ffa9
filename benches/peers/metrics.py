#!/usr/bin/env python3
"""The peers of the metrics, timed: `cargo xtask peers metrics` runs this beside `benches/peer_metrics.rs`.

The peers (tllib.ranking of the Transfer-Learning-Library, LogME.py of thuml/LogME) are files in repositories and not
packages that can be installed. The functions below restate their published algorithms, step for step as the peers
run them, in numpy, scipy and scikit-learn. The one departure: the peers compile the loop of LogME with numba; here it
is plain numpy, whose time is spent in the same matrix-vector products.

    metrics.py --dir DIR --scale full --case inputs     writes the inputs of all cases as npy files
    metrics.py --dir DIR --scale full --case logme      reads them, prints one JSON object

One thread. `seconds` is the least CPU time of the repetitions, from arrays in memory to the score.
"""

import argparse
import json
import os
import pathlib
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(variable, None)

import numpy as np  # noqa: E402
import scipy  # noqa: E402
import sklearn  # noqa: E402
from sklearn.covariance import LedoitWolf  # noqa: E402
from threadpoolctl import threadpool_info  # noqa: E402

# (n, d, c) of the feature metrics and (n, k, c) of those on probabilities.
SCALES = {
    "full": ((10_000, 2048, 100), (50_000, 1000, 100)),
    "quick": ((2_000, 256, 20), (5_000, 200, 20)),
}
# Repetitions stop after this many, or when this many seconds have passed.
REPETITIONS = 5
BUDGET = 20.0


def write_inputs(folder, scale):
    rng = np.random.default_rng(1)
    (n, d, c), (n_rows, k, c_rows) = SCALES[scale]
    labels = labels_of(rng, n, c)
    means = rng.standard_normal((c, d))
    features = np.maximum(rng.standard_normal((n, d)) + 0.5 * means[labels], 0.0)
    scores = rng.standard_normal((n_rows, k))
    probabilities = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)

    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "features.npy", features)
    np.save(folder / "feature_labels.npy", labels)
    np.save(folder / "probabilities.npy", probabilities)
    np.save(folder / "probability_labels.npy", labels_of(rng, n_rows, c_rows))
    np.save(folder / "predictions.npy", probabilities.argmax(axis=1))


def labels_of(rng, n, c):
    labels = rng.integers(0, c, n)
    labels[:c] = np.arange(c)
    return labels


def logme(features, labels):
    """tllib.ranking.logme: SVD of F^T F, then per class a loop over the full posterior mean."""
    n, d = features.shape
    v, s, vh = np.linalg.svd(features.T @ features, full_matrices=True)
    evidences = []
    for c in range(labels.max() + 1):
        y = (labels == c).astype(np.float64)
        rotated = vh @ (features.T @ y)
        alpha = beta = ratio = 1.0
        for _ in range(11):
            gamma = (s / (s + ratio)).sum()
            mean = v @ (rotated * beta / (alpha + beta * s))
            length = (mean * mean).sum()
            alpha = gamma / length
            misfit = ((y - features @ mean) ** 2).sum()
            beta = (n - gamma) / misfit
            if abs(alpha / beta - ratio) / ratio < 0.01:
                break
            ratio = alpha / beta
        evidence = d / 2 * np.log(alpha) + n / 2 * np.log(beta) - 0.5 * np.log(alpha + beta * s).sum()
        evidence -= beta / 2 * misfit + alpha / 2 * length + n / 2 * np.log(2 * np.pi)
        evidences.append(evidence / n)
    return np.mean(evidences)


def logme_fixed_point(features, labels):
    """LogME._fit_fixed_point of thuml/LogME: left singular vectors by way of F^T F, then scalars per class."""
    n, d = features.shape
    if n > d:
        _, s, vh = np.linalg.svd(features.T @ features)
        s = np.sqrt(s)
        u = features @ vh.T
        rank = (s > 1e-10).sum()
        s, vh = s[:rank], vh[:rank]
        u = u[:, :rank] / s
    else:
        u, s, vh = np.linalg.svd(features, full_matrices=False)
    sigma = s**2
    evidences = []
    for c in range(labels.max() + 1):
        y = (labels == c).astype(np.float64)
        x = u.T @ y
        x2 = x**2
        rest = (y**2).sum() - x2.sum()
        alpha = beta = 1.0
        for _ in range(11):
            t = alpha / beta
            gamma = (sigma / (sigma + t)).sum()
            length = (sigma * x2 / (t + sigma) ** 2).sum()
            misfit = (x2 / (1 + sigma / t) ** 2).sum() + rest
            alpha = gamma / (length + 1e-5)
            beta = (n - gamma) / (misfit + 1e-5)
            evidence = d / 2 * np.log(alpha) + n / 2 * np.log(beta) - 0.5 * np.log(alpha + beta * sigma).sum()
            evidence -= beta / 2 * misfit + alpha / 2 * length + n / 2 * np.log(2 * np.pi)
            if abs(alpha / beta - t) / t <= 1e-3:
                break
        _weights = vh.T @ (s * x / (t + sigma))
        evidences.append(evidence / n)
    return np.mean(evidences)


def class_means(features, labels):
    """Every row replaced by the mean of its class."""
    means = np.zeros_like(features)
    for c in range(labels.max() + 1):
        means[labels == c] = features[labels == c].mean(axis=0)
    return means


def h_score(features, labels):
    """tllib.ranking.hscore.h_score."""
    covariance = np.cov(features, rowvar=False)
    between = np.cov(class_means(features, labels), rowvar=False)
    return np.trace(np.linalg.pinv(covariance, rcond=1e-15) @ between)


def regularized_h_score(features, labels):
    """tllib.ranking.hscore.regularized_h_score."""
    centred = features.astype(np.float64)
    centred = centred - centred.mean(axis=0, keepdims=True)
    estimate = LedoitWolf(assume_centered=False).fit(centred)
    between = np.cov(class_means(centred, labels), rowvar=False)
    inverse = np.linalg.pinv(estimate.covariance_, rcond=1e-15)
    return np.trace(inverse @ ((1 - estimate.shrinkage_) * between))


def coding_rate(rows, epsilon=1e-4):
    n, d = rows.shape
    return 0.5 * np.linalg.slogdet(np.eye(d) + 1 / (n * epsilon) * rows.T @ rows)[1]


def transrate(features, labels):
    """tllib.ranking.transrate: a d x d determinant for every class, however few its rows."""
    centred = features - features.mean(axis=0, keepdims=True)
    n_classes = labels.max() + 1
    within = sum(coding_rate(centred[labels == c]) for c in range(n_classes))
    return coding_rate(centred) - within / n_classes


def leep(probabilities, labels):
    """tllib.ranking.leep: the full n x C matrix of expectations, of which one entry a row is read."""
    n, k = probabilities.shape
    shares = probabilities / float(n)
    joint = np.zeros((labels.max() + 1, k))
    for c in range(joint.shape[0]):
        joint[c] = shares[labels == c].sum(axis=0)
    expectations = probabilities @ (joint / joint.sum(axis=0, keepdims=True)).T
    return np.log(np.array([row[label] for row, label in zip(expectations, labels)])).mean()


def nce(predictions, labels):
    """tllib.ranking.nce: counts in a Python loop over the samples."""
    n = len(labels)
    joint = np.zeros((labels.max() + 1, predictions.max() + 1))
    for prediction, label in zip(predictions, labels):
        joint[int(label), int(prediction)] += 1.0 / n
    mass = joint.sum(axis=0)
    with np.errstate(invalid="ignore"):
        conditional = (joint / mass).T[mass != 0] + 1e-20
    return -((-conditional * np.log(conditional)).sum(axis=1) * mass[mass != 0]).sum()


CASES = {
    "logme": (logme, "features", "feature_labels"),
    "logme-fixed-point": (logme_fixed_point, "features", "feature_labels"),
    "hscore": (h_score, "features", "feature_labels"),
    "hscore-reg": (regularized_h_score, "features", "feature_labels"),
    "transrate": (transrate, "features", "feature_labels"),
    "leep": (leep, "probabilities", "probability_labels"),
    "nce": (nce, "predictions", "probability_labels"),
}


def least_cpu_time(run):
    """The result of `run`, the least CPU seconds of its repetitions, and their number."""
    times = []
    started = time.perf_counter()
    while len(times) < REPETITIONS and (not times or time.perf_counter() - started < BUDGET):
        before = time.process_time()
        result = run()
        times.append(time.process_time() - before)
    return result, min(times), len(times)


def record(case, value, seconds, repetitions):
    """What a case prints."""
    # numpy and scipy bring a BLAS each; the products of the peers are numpy's.
    loaded = [info for info in threadpool_info() if info["user_api"] == "blas"]
    blas = next((info for info in loaded if "numpy" in info["filepath"]), {})
    return {
        "case": case,
        "value": float(value),
        "seconds": seconds,
        "repetitions": repetitions,
        "threads": blas.get("num_threads"),
        "tool": f"restated in numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}, "
        f"{blas.get('internal_api')} {blas.get('version')} {blas.get('architecture')}",
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=pathlib.Path, required=True, help="folder of the npy inputs")
    parser.add_argument("--case", choices=["inputs", *CASES], required=True)
    parser.add_argument("--scale", choices=SCALES, default="full")
    arguments = parser.parse_args()
    if arguments.case == "inputs":
        write_inputs(arguments.dir, arguments.scale)
        return
    run, *inputs = CASES[arguments.case]
    inputs = [np.load(arguments.dir / f"{name}.npy") for name in inputs]
    score, seconds, repetitions = least_cpu_time(lambda: run(*inputs))
    print(json.dumps(record(arguments.case, score, seconds, repetitions)))


if __name__ == "__main__":
    main()
