#!/usr/bin/env python3
"""Factorisations and functions of small matrices, in 50 digits by mpmath."""

import argparse
import datetime
import json
import pathlib

import mpmath
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20261124
ORDER = 6
RANK = 4
DIGITS = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=HERE, help="folder to write into")
    out = parser.parse_args().out
    mpmath.mp.dps = DIGITS

    rng = np.random.default_rng(SEED)
    # Integers, so that every matrix is the same on both sides to the last bit.
    root = rng.integers(-9, 10, size=(ORDER, ORDER))
    narrow = rng.integers(-9, 10, size=(ORDER, RANK))
    features = rng.integers(-9, 10, size=(9, ORDER))
    definite = root @ root.T + np.eye(ORDER, dtype=int)
    deficient = narrow @ narrow.T
    b = rng.integers(-9, 10, size=ORDER)
    weights = rng.integers(0, 5, size=9)

    eigenvalues, vectors = mpmath.eigsy(mpmath.matrix(definite.tolist()))
    values = {
        "definite": definite.tolist(),
        "definite/eigenvalues": numbers(eigenvalues),
        "definite/cholesky": rows(mpmath.cholesky(mpmath.matrix(definite.tolist()))),
        "definite/logdet": float(mpmath.log(mpmath.det(mpmath.matrix(definite.tolist())))),
        "definite/inverse": rows(mpmath.matrix(definite.tolist()) ** -1),
        "definite/sqrt": rows(spectral(eigenvalues, vectors, mpmath.sqrt)),
        "b": b.tolist(),
        "definite/solution": numbers(mpmath.lu_solve(mpmath.matrix(definite.tolist()), mpmath.matrix(b.tolist()))),
        "deficient": deficient.tolist(),
        "deficient/rank": RANK,
        "deficient/pinv": rows(pseudo_inverse(deficient)),
        "features": features.tolist(),
        "features/singular_values": numbers(mpmath.svd_r(mpmath.matrix(features.tolist()), compute_uv=False)),
        "features/gram": exact(features.T @ features),
        "weights": weights.tolist(),
        "features/weighted_gram": exact(features.T @ np.diag(weights) @ features),
    }
    provenance = {
        "tool": "mpmath",
        "version": f"{mpmath.__version__}, NumPy {np.__version__}",
        "script": "crates/tensor-core/tests/golden/linalg.py",
        "seed": SEED,
        "date": datetime.date.today().isoformat(),
        "note": f"integer matrices of order {ORDER}, computed in {DIGITS} digits and rounded to double precision",
    }
    tolerance = {
        "rtol": 1e-12,
        "atol": 1e-14,
        "reason": "order times epsilon times the condition number, which is below 200; entries of a root or an inverse "
        "that cancel are off by epsilon times the largest, below 30",
    }
    document = {"provenance": provenance, "tolerance": tolerance, "values": values}
    (out / "linalg.json").write_text(json.dumps(document, indent=1) + "\n")


def pseudo_inverse(a: np.ndarray) -> mpmath.matrix:
    """The eigenvalues that are zero in exact arithmetic are zero to about 48 digits here."""
    eigenvalues, vectors = mpmath.eigsy(mpmath.matrix(a.tolist()))
    cut = mpmath.mpf(10) ** (-DIGITS // 2)
    return spectral(eigenvalues, vectors, lambda value: 1 / value if abs(value) > cut else mpmath.mpf(0))


def spectral(eigenvalues: mpmath.matrix, vectors: mpmath.matrix, function) -> mpmath.matrix:
    return vectors * mpmath.diag([function(value) for value in eigenvalues]) * vectors.T


def exact(matrix: np.ndarray) -> dict:
    return {"value": matrix.tolist(), "rtol": 0.0, "atol": 0.0, "reason": "sums of small integers are exact"}


def numbers(vector: mpmath.matrix) -> list[float]:
    return [float(value) for value in vector]


def rows(matrix: mpmath.matrix) -> list[list[float]]:
    return [[float(matrix[i, j]) for j in range(matrix.cols)] for i in range(matrix.rows)]


if __name__ == "__main__":
    main()
