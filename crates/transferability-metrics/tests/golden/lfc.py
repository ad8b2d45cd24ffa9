"""LFC by its N x N definition, with numpy. Writes lfc.json."""

import datetime

import golden_file
import numpy as np

SEED = 20260922
PROVENANCE = {
    "tool": "numpy",
    "version": np.__version__,
    "script": "crates/transferability-metrics/tests/golden/lfc.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "np.corrcoef of the entries of F F' and of the matrix that is 1 for rows of one class and -1 for others.",
}
TOLERANCE = {
    "rtol": 1e-12,
    "atol": 1e-13,
    "reason": "a correlation; the definition loses digits where the closed form does not (`offset` has a tolerance "
    "of its own)",
}


def lfc(features, labels):
    kernel = features @ features.T
    same = np.where(labels[:, None] == labels[None, :], 1.0, -1.0)
    return np.corrcoef(kernel.ravel(), same.ravel())[0, 1]


def main():
    rng = np.random.default_rng(SEED)
    labels = np.array([0] * 5 + [1] * 20 + [2] * 12 + [3] * 1)
    tall = rng.normal(size=(38, 5)) + rng.normal(size=(4, 5))[labels]
    wide = rng.normal(size=(38, 50)) + rng.normal(size=(4, 50))[labels]
    offset = np.maximum(tall, 0.0) + 20.0
    values = {
        "labels": labels.tolist(),
        "tall.features": tall.tolist(),
        "wide.features": wide.tolist(),
        "offset.features": offset.tolist(),
        "tall": lfc(tall, labels),
        "wide": lfc(wide, labels),
        "offset": {
            "value": lfc(offset, labels),
            "rtol": 1e-9,
            "atol": 0.0,
            "reason": "the kernel's mean is 1e3 times its spread",
        },
    }
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
