#!/usr/bin/env python3
"""Correlations, quantiles, moments, bootstrap intervals and permutation p-values, by SciPy and by exact fractions."""

import argparse
import datetime
import decimal
import fractions
import json
import pathlib

import numpy as np
import scipy
from scipy import special, stats

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20261124
LEVELS = [0.5, 0.9, 0.95, 0.99]
PROBABILITIES = [0.0, 0.025, 0.1, 0.25, 1 / 3, 0.5, 0.9, 0.975, 1.0]
ALTERNATIVES = ["greater", "less", "two-sided"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=HERE, help="folder to write into")
    out = parser.parse_args().out

    rng = np.random.default_rng(SEED)
    values = {}
    for name, (x, y) in samples(rng).items():
        values |= {f"{name}/x": x.tolist(), f"{name}/y": y.tolist()}
        values[f"{name}/correlations"] = correlations(x, y)
    values |= one_vector(rng)
    values |= exact(rng)
    values |= intervals(rng)
    values |= permutations()

    provenance = {
        "tool": "SciPy",
        "version": f"{scipy.__version__}, NumPy {np.__version__}",
        "script": "crates/tensor-core/tests/golden/statistics.py",
        "seed": SEED,
        "date": datetime.date.today().isoformat(),
        "note": "correlations: Pearson, Spearman, Kendall tau-b, weighted tau by both rankings, by x, by y; "
        "exact/...: rational arithmetic on the doubles as stored, rounded once",
    }
    tolerance = {
        "rtol": 1e-13,
        "atol": 1e-14,
        "reason": "sums of up to a million terms in different orders; correlations near zero cancel",
    }
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(value)}" for name, value in values.items())
    text = (
        f'{{\n  "provenance": {json.dumps(provenance)},\n  "tolerance": {json.dumps(tolerance)},\n'
        f'  "values": {{\n{lines}\n  }}\n}}\n'
    )
    (out / "statistics.json").write_text(text, encoding="utf-8")


def samples(rng: np.random.Generator) -> dict:
    """Pairs of vectors: the smallest, textbook ones with and without ties, and long ones."""
    thousand = np.round(rng.normal(size=1000), 6)
    noisy = np.round(0.5 * thousand + rng.normal(size=1000), 6)
    grades = rng.integers(0, 21, size=1000)
    coarse = np.clip(grades // 3 + rng.integers(-2, 3, size=1000), 0, 9)
    pairs = {
        "two": ([1, 2], [2, 1]),
        "five": ([1, 2, 3, 4, 5], [1, 3, 2, 5, 4]),
        "five_tied": ([1, 2, 2, 4, 5], [1, 3, 2, 5, 4]),
        "one_apart": ([0, 0, 0, 0, 1], [3, 1, 2, 2, 3]),
        "twelve_tied": ([12, 2, 1, 12, 2, 7, 7, 7, 3, 1, 5, 5], [1, 4, 7, 1, 0, 7, 7, 2, 3, 3, 5, -1]),
        "thousand": (thousand, noisy),
        "thousand_tied": (grades, coarse),
    }
    return {name: (np.asarray(x, float), np.asarray(y, float)) for name, (x, y) in pairs.items()}


def correlations(x: np.ndarray, y: np.ndarray) -> list:
    return [
        stats.pearsonr(x, y).statistic,
        stats.spearmanr(x, y).statistic,
        stats.kendalltau(x, y, variant="b").statistic,
        stats.weightedtau(x, y, rank=True).statistic,
        stats.weightedtau(x, y, rank=None).statistic,
        stats.weightedtau(y, x, rank=None).statistic,
    ]


def one_vector(rng: np.random.Generator) -> dict:
    x = np.round(rng.normal(size=101) ** 3, 3)
    logits = np.round(np.concatenate([rng.normal(size=40) * 200 - 900, [-1200.0, 650.25, 649.5]]), 3)
    return {
        "skewed/x": x.tolist(),
        "skewed/ranks": stats.rankdata(x).tolist(),
        "skewed/probabilities": PROBABILITIES,
        "skewed/quantiles": np.quantile(x, PROBABILITIES).tolist(),
        "logits/x": logits.tolist(),
        "logits/logsumexp": float(special.logsumexp(logits)),
        "logits/softmax": {
            "value": special.softmax(logits).tolist(),
            "rtol": 1e-12,
            "atol": 0.0,
            "reason": "an exponent of up to 2000 is rounded to 2e-13, and so is its exponential, relatively",
        },
    }


def exact(rng: np.random.Generator) -> dict:
    """A spread of 16 ulps and less about a large mean, and entries of very different size."""
    pairs = {
        "ulps": (1e9 + np.round(rng.normal(size=50) * 4) * 2.0**-23, -3e5 + np.round(rng.normal(size=50) * 4) * 2.0**-34),
        "mixed": (rng.normal(size=50) * 10.0 ** rng.integers(-8, 9, size=50), rng.normal(size=50)),
        "huge": (rng.normal(size=50) * 1e200, rng.normal(size=50) * 1e-300),
    }
    values = {}
    for name, (x, y) in pairs.items():
        values |= {f"exact/{name}/x": x.tolist(), f"exact/{name}/y": y.tolist()}
        values[f"exact/{name}/pearson"] = {
            "value": exact_pearson(x, y),
            "rtol": 1e-14,
            "atol": 1e-16,
            "reason": "sums of 50 products",
        }
    for name in ["ulps", "mixed"]:
        x = list(map(fractions.Fraction, pairs[name][0]))
        mean = sum(x) / len(x)
        squares = sum((x_i - mean) ** 2 for x_i in x)
        values[f"exact/{name}/moments"] = {
            "value": [float(mean), float(squares / len(x)), float(squares / (len(x) - 1))],
            "rtol": 1e-14,
            "atol": 0.0,
            "reason": "two passes over 50 numbers",
        }
    return values


def exact_pearson(x: np.ndarray, y: np.ndarray) -> float:
    def centred(v: np.ndarray) -> list:
        v = list(map(fractions.Fraction, v))
        mean = sum(v) / len(v)
        return [v_i - mean for v_i in v]

    x, y = centred(x), centred(y)
    xy, xx, yy = (sum(a * b for a, b in zip(u, v)) for u, v in ((x, y), (x, x), (y, y)))
    with decimal.localcontext() as context:
        context.prec = 60
        square = xy * xy / (xx * yy)
        root = (decimal.Decimal(square.numerator) / decimal.Decimal(square.denominator)).sqrt()
        return float(root if xy > 0 else -root)


def intervals(rng: np.random.Generator) -> dict:
    """SciPy's intervals from replicates drawn here, so that only the arithmetic of the intervals is compared."""
    x = np.round(rng.exponential(size=25), 3)
    y = np.round(x + rng.exponential(size=25), 3)
    few = np.array([1.0, 2, 3, 4, 5, 6, 7, 8]), np.array([2.0, 1, 1, 4, 3, 6, 8, 7])
    cases = {
        "pearson": (x, y, lambda x, y: stats.pearsonr(x, y).statistic),
        "kendall": (*few, lambda x, y: stats.kendalltau(x, y).statistic),
    }
    values = {}
    for name, (x, y, statistic) in cases.items():
        n = len(x)
        rows = rng.integers(0, n, size=(999, n))
        replicates = np.array([statistic(x[r], y[r]) for r in rows])
        replicates = replicates[np.isfinite(replicates)]
        left_out = [np.delete(np.arange(n), i) for i in range(n)]
        given = stats._resampling.BootstrapResult(None, replicates, None)
        for method, key in (("percentile", "percentile"), ("BCa", "bca")):
            ends = [
                stats.bootstrap(
                    (x, y), statistic, paired=True, vectorized=False, n_resamples=0,
                    bootstrap_result=given, confidence_level=level, method=method,
                ).confidence_interval
                for level in LEVELS
            ]
            values[f"bootstrap/{name}/{key}"] = {
                "value": [[low, high] for low, high in ends],
                "rtol": 1e-10,
                "atol": 0.0,
                "reason": "Rust's statrs has the normal distribution function to 1e-10 of itself; an end moves by "
                "that times the number of replicates times the gap of two neighbours",
            }
        values |= {
            f"bootstrap/{name}/estimate": float(statistic(x, y)),
            f"bootstrap/{name}/replicates": replicates.tolist(),
            f"bootstrap/{name}/jackknife": [float(statistic(x[r], y[r])) for r in left_out],
        }
    return values | {"bootstrap/levels": LEVELS}


def permutations() -> dict:
    """Exact tests over all pairings."""
    cases = {
        "six": ([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5]),
        "six_tied": ([1, 1, 2, 3, 3, 5], [0.1, 0.7, 0.1, 0.1, 0.9, 0.7]),
        "seven_against": ([1, 2, 3, 4, 5, 6, 7], [7.5, 5, 6, 5, 3.25, 1, 2]),
    }
    statistics = {
        "pearson": lambda x, y: stats.pearsonr(x, y).statistic,
        "spearman": lambda x, y: stats.spearmanr(x, y).statistic,
        "kendall": lambda x, y: stats.kendalltau(x, y).statistic,
    }
    values = {}
    for name, (x, y) in cases.items():
        x, y = np.asarray(x, float), np.asarray(y, float)
        values |= {f"permutation/{name}/x": x.tolist(), f"permutation/{name}/y": y.tolist()}
        for key, statistic in statistics.items():
            values[f"permutation/{name}/{key}"] = [
                float(
                    stats.permutation_test(
                        (x,), lambda x: statistic(x, y), permutation_type="pairings", vectorized=False,
                        n_resamples=np.inf, alternative=alternative,
                    ).pvalue
                )
                for alternative in ALTERNATIVES
            ]
    return values


if __name__ == "__main__":
    main()
