"""Scores of NCE, LEEP, LogME, H-score and regularised H-score by their published formulas, in plain NumPy.

Everything is written out from the papers and from the behaviour of two public packages, tllib.ranking and
thuml/LogME, and shares no code with either or with the Rust crate: dense matrices, explicit inverses, loops over
classes. Inputs are rounded to three decimals (features) or are ratios of small integers (probabilities), so that
they are short in JSON and the same bits on both sides.
"""

import argparse
import datetime
import json
import pathlib
import platform

import numpy as np
import scipy
from scipy import optimize

SEED = 20211101
CASES = {"40x6": (40, 6, 3), "20x50": (20, 50, 3), "200x16": (200, 16, 5)}
N_SOURCE_CLASSES = 7


def draw(rng, n_samples, n_features, n_classes):
    """Class-dependent features, labels with every class present, and integer counts whose ratios are probabilities."""
    labels = np.concatenate([np.arange(n_classes), rng.integers(0, n_classes, n_samples - n_classes)])
    means = rng.normal(size=(n_classes, n_features))
    mixing = rng.normal(size=(n_features, n_features)) / np.sqrt(n_features)
    features = 0.45 * means[labels] + rng.normal(size=(n_samples, n_features)) @ mixing + 0.5
    counts = rng.integers(0, 4, size=(n_samples, N_SOURCE_CLASSES))
    counts[np.arange(n_samples), labels % N_SOURCE_CLASSES] += 1
    return np.round(features, 3), labels, counts


def nce(predictions, labels):
    score = 0.0
    for z in np.unique(predictions):
        inside = labels[predictions == z]
        for y in np.unique(inside):
            cell = np.mean((labels == y) & (predictions == z))
            score += cell * np.log(cell / np.mean(predictions == z))
    return score


def leep(probabilities, labels):
    probabilities = probabilities.astype(np.float64)
    one_hot = np.eye(labels.max() + 1)[labels]
    joint = one_hot.T @ probabilities / len(labels)
    mass = joint.sum(axis=0)
    label_given_source = np.divide(joint, mass, out=np.zeros_like(joint), where=mass > 0)
    return np.mean(np.log(np.sum(one_hot * (probabilities @ label_given_source.T), axis=1)))


def log_evidence(features, target, alpha, beta, squared_error, squared_weights, log_determinant):
    n, d = features.shape
    return 0.5 * (d * np.log(alpha) + n * np.log(beta) - log_determinant - beta * squared_error
                  - alpha * squared_weights - n * np.log(2 * np.pi)) / n


def log_me(features, labels, tolerance, rounds, guard=0.0, log_terms=None):
    """The mean over classes after fixed-point rounds on alpha and beta, with dense posterior means.

    `log_terms` limits the sum of log(alpha + beta sigma) to that many of the largest eigenvalues.
    """
    features = features.astype(np.float64)
    n, d = features.shape
    gram = features.T @ features
    sigma = np.linalg.eigvalsh(gram)[::-1].clip(min=0.0)
    evidences = []
    for c in range(labels.max() + 1):
        target = (labels == c).astype(np.float64)
        alpha = beta = 1.0
        for _ in range(rounds):
            ratio = alpha / beta
            gamma = np.sum(sigma / (sigma + ratio))
            mean = np.linalg.solve(gram + ratio * np.eye(d), features.T @ target)
            squared_weights = mean @ mean
            squared_error = np.sum((target - features @ mean) ** 2)
            alpha = gamma / (squared_weights + guard)
            beta = (n - gamma) / (squared_error + guard)
            if abs(alpha / beta - ratio) / ratio <= tolerance:
                break
        log_determinant = np.sum(np.log(alpha + beta * sigma[:log_terms]))
        evidences.append(
            log_evidence(features, target, alpha, beta, squared_error, squared_weights, log_determinant))
    return np.array(evidences)


def greatest_evidence(features, labels):
    """The greatest log density of each class under N(0, v (I + F F^T / t)), over v in closed form and over t."""
    features = features.astype(np.float64)
    n = len(features)
    kernel = features @ features.T
    evidences = []
    for c in range(labels.max() + 1):
        target = (labels == c).astype(np.float64)

        def loss(log_t):
            covariance = np.eye(n) + kernel / np.exp(log_t)
            variance = target @ np.linalg.solve(covariance, target) / n
            return 0.5 * (np.linalg.slogdet(covariance)[1] / n + np.log(2 * np.pi * variance) + 1)

        grid = np.arange(-30.0, 45.0, 0.25)
        start = grid[np.argmin([loss(log_t) for log_t in grid])]
        evidences.append(-optimize.minimize_scalar(
            loss, bounds=(start - 0.25, start + 0.25), method="bounded", options={"xatol": 1e-10}).fun)
    return np.array(evidences)


def covariances(features, labels):
    features = features.astype(np.float64)
    class_means = np.stack([features[labels == c].mean(axis=0) for c in range(labels.max() + 1)])
    return np.cov(features, rowvar=False), np.cov(class_means[labels], rowvar=False)


def h_score(features, labels):
    total, between = covariances(features, labels)
    cut = max(features.shape) * np.finfo(np.float64).eps
    return np.trace(np.linalg.pinv(total, rcond=cut, hermitian=True) @ between)


def ledoit_wolf(features):
    """The shrinkage and the shrunk covariance, with the sum over all products of squares written out."""
    x = features.astype(np.float64) - features.astype(np.float64).mean(axis=0)
    n, d = x.shape
    covariance = x.T @ x / n
    mu = np.trace(covariance) / d
    delta = np.sum((covariance - mu * np.eye(d)) ** 2) / d
    products = (x ** 2).T @ (x ** 2) / n - covariance ** 2
    beta = min(np.sum(products) / (n * d), delta)
    shrinkage = 0.0 if beta == 0 else beta / delta
    return shrinkage, (1 - shrinkage) * covariance + shrinkage * mu * np.eye(d)


def regularized_h_score(features, labels):
    shrinkage, covariance = ledoit_wolf(features)
    return np.trace(np.linalg.inv(covariance) @ ((1 - shrinkage) * covariances(features, labels)[1]))



def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    out = parser.parse_args().out
    rng = np.random.default_rng(SEED)
    values = {}
    for case, shape in CASES.items():
        features, labels, counts = draw(rng, *shape)
        probabilities = counts / counts.sum(axis=1, keepdims=True)
        n, d = features.shape
        values[f"features_{case}"] = features.tolist()
        values[f"labels_{case}"] = labels.tolist()
        values[f"counts_{case}"] = counts.tolist()
        values[f"nce_{case}"] = nce(counts.argmax(axis=1), labels)
        for kind in (np.float64, np.float32):
            name = f"{case}_{np.dtype(kind).name}"
            f, p = features.astype(kind), probabilities.astype(kind)
            values[f"leep_{name}"] = leep(p, labels)
            converged = greatest_evidence(f, labels)
            values[f"logme_per_class_{name}"] = converged.tolist()
            values[f"logme_{name}"] = converged.mean()
            values[f"logme_tllib_{name}"] = log_me(f, labels, tolerance=1e-2, rounds=11).mean()
            # The default routine of thuml/LogME: the sum of logarithms stops at the rank.
            values[f"logme_thuml_{name}"] = log_me(
                f, labels, tolerance=1e-3, rounds=11, guard=1e-5, log_terms=min(n, d)).mean()
            values[f"hscore_{name}"] = h_score(f, labels)
            values[f"shrinkage_{name}"] = ledoit_wolf(f)[0]
            values[f"hscore_reg_{name}"] = regularized_h_score(f, labels)
    golden = {
        "provenance": {
            "tool": "NumPy, SciPy",
            "version": f"{np.__version__}, {scipy.__version__} (CPython {platform.python_version()})",
            "script": "crates/transferability-metrics/tests/golden/published_formulas.py",
            "seed": SEED,
            "date": datetime.date.today().isoformat(),
            "note": NOTE,
        },
        "tolerance": {
            "rtol": 1e-10,
            "atol": 0.0,
            "reason": "normal equations on both sides: condition numbers up to 1e5 times the f64 rounding",
        },
        "values": values,
    }
    (out / "published_formulas.json").write_text(to_text(golden))


def to_text(golden):
    """JSON with one value a line."""
    entries = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in golden["values"].items())
    head = json.dumps({key: golden[key] for key in ("provenance", "tolerance")}, indent=1)
    return head[:-2] + ',\n "values": {\n' + entries + "\n }\n}\n"


NOTE = (
    "Published formulas written out. Compared once with the packages themselves, on these inputs: tllib.ranking at "
    "commit c4aa59eb565650a552b809411601d0589efbbfe4 (NCE, LEEP, LogME, H-score, regularised H-score) and "
    "thuml/LogME at 56551ca94a3295bcc37e6a01b1291911af985f07 (default routine): they agree within a relative 3e-13, "
    "but for tllib's LogME of 20x50 (2e-11: its null eigenvalues are rounding) and tllib's LEEP and H-score of f32 "
    "inputs (2e-7: it computes them in f32). The converged LogME is the maximum of a dense Gaussian log density."
)

if __name__ == "__main__":
    main()
