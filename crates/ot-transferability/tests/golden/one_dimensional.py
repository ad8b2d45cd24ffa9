"""Transport on the line by POT. Writes one_dimensional.json."""

import datetime

import golden_file
import numpy as np
import ot

SEED = 20261124
PROVENANCE = {
    "tool": "POT",
    "version": ot.__version__,
    "script": "crates/ot-transferability/tests/golden/one_dimensional.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "ot.wasserstein_1d, which returns W_p^p, and the plan of ot.emd_1d; 23 points against 17.",
}
TOLERANCE = {
    "rtol": 1e-12,
    "atol": 1e-14,
    "reason": "sums of some 40 products; the plan's masses are differences of sums of weights",
}


def main():
    rng = np.random.default_rng(SEED)
    x, y = rng.normal(size=23), 0.5 + 2 * rng.normal(size=17)
    a, b = rng.dirichlet(np.ones(23)), rng.dirichlet(np.ones(17))
    values = {"x": x.tolist(), "y": y.tolist(), "a": a.tolist(), "b": b.tolist()}
    for p in (1, 1.5, 2, 3):
        values[f"uniform.{p}"] = float(ot.wasserstein_1d(x, y, p=p))
        values[f"weighted.{p}"] = float(ot.wasserstein_1d(x, y, a, b, p=p))
    values["plan"] = ot.emd_1d(x, y, a, b, metric="sqeuclidean").tolist()
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
