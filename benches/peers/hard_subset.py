#!/usr/bin/env python3
"""The peers of hard subsets, timed: `cargo xtask peers hard-subset` runs this beside `benches/peer_hard_subset.rs`.

No package selects a hard subset, so the peers are what its user would write: similarities and Gram statistics in numpy, and
the hardest half of each class handed to the metrics of `metrics.py`, which restate tllib.

    hard_subset.py --dir DIR --scale full --case inputs     writes the inputs of all cases as npy files
    hard_subset.py --dir DIR --scale full --case top-k      reads them, prints one JSON object

One thread. `seconds` is the least CPU time of the repetitions, from arrays in memory to the value.
"""

import argparse
import json
import pathlib

import metrics  # Sets the number of threads before numpy is loaded.
import numpy as np

# Rows on either side and features of the similarities; samples, channels and places of the activations.
SCALES = {
    "full": (5000, 512, (200, 256, 14, 14)),
    "quick": (500, 64, (20, 16, 7, 7)),
}
TOP_K = 10
ORDERS = range(1, 11)
SHARE = 0.5


def write_inputs(folder, scale):
    metrics.write_inputs(folder, scale)
    n, d, activations = SCALES[scale]
    rng = np.random.default_rng(2)
    np.save(folder / "source.npy", np.maximum(rng.standard_normal((n, d), dtype=np.float32), 0))
    np.save(folder / "target.npy", np.maximum(rng.standard_normal((n, d), dtype=np.float32) + 0.2, 0))
    np.save(folder / "activations.npy", np.maximum(rng.standard_normal(activations, dtype=np.float32), 0))
    for name in ("feature", "probability"):
        n_labels = len(np.load(folder / f"{name}_labels.npy"))
        np.save(folder / f"{name}_hardness.npy", rng.random(n_labels))


def unit_rows(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def top_k(source, target):
    similarities = unit_rows(target) @ unit_rows(source).T
    return (1 - np.partition(similarities, -TOP_K, axis=1)[:, -TOP_K:].mean(axis=1)).mean()


def mean(source, target):
    return (1 - unit_rows(target) @ unit_rows(source).mean(axis=0)).mean()


def summary(sums):
    """A number that depends on every statistic."""
    return np.mean([np.mean(np.sign(s) * np.abs(s) ** (1 / order)) for order, s in zip(ORDERS, sums)])


def gram(activations):
    """The Gram matrix of every order, summed over its rows."""
    maps = activations.reshape(*activations.shape[:2], -1)
    sums = []
    for order in ORDERS:
        powers = maps**order
        sums.append((powers @ powers.transpose(0, 2, 1)).sum(axis=2))
    return summary(sums)


def gram_associative(activations):
    """The same without a matrix of channels by channels."""
    maps = activations.reshape(*activations.shape[:2], -1)
    powers = np.ones_like(maps)
    sums = []
    for _ in ORDERS:
        powers = powers * maps
        sums.append((powers @ powers.sum(axis=1)[:, :, None])[:, :, 0])
    return summary(sums)


def hardest_half(hardness, labels):
    kept = []
    for c in range(labels.max() + 1):
        members = np.flatnonzero(labels == c)
        order = members[np.argsort(-hardness[members], kind="stable")]
        kept.append(order[: int(np.ceil(SHARE * len(members)))])
    return np.sort(np.concatenate(kept))


def on_half(metric):
    def run(rows, labels, hardness):
        kept = hardest_half(hardness, labels)
        return metric(rows[kept], labels[kept])

    return run


FEATURES = ("features", "feature_labels", "feature_hardness")
CASES = {
    "top-k": (top_k, "source", "target"),
    "mean": (mean, "source", "target"),
    "gram": (gram, "activations"),
    "gram-associative": (gram_associative, "activations"),
    "half-logme": (on_half(metrics.logme), *FEATURES),
    "half-hscore": (on_half(metrics.h_score), *FEATURES),
    "half-hscore-reg": (on_half(metrics.regularized_h_score), *FEATURES),
    "half-transrate": (on_half(metrics.transrate), *FEATURES),
    "half-leep": (on_half(metrics.leep), "probabilities", "probability_labels", "probability_hardness"),
    "half-nce": (on_half(metrics.nce), "predictions", "probability_labels", "probability_hardness"),
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
    value, seconds, repetitions = metrics.least_cpu_time(lambda: run(*inputs))
    print(json.dumps(metrics.record(arguments.case, value, seconds, repetitions)))


if __name__ == "__main__":
    main()
