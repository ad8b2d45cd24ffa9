"""Bures-Wasserstein distances by POT. Writes gaussian.json."""

import datetime

import golden_file
import numpy as np
import ot

SEED = 20261125
PROVENANCE = {
    "tool": "POT, numpy",
    "version": f"{ot.__version__}, {np.__version__}",
    "script": "crates/ot-transferability/tests/golden/gaussian.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "Squares of ot.gaussian.bures_wasserstein_distance and empirical_bures_wasserstein_distance. `few` is of fewer "
    "points than features, where POT's root fails: the d x d covariances by numpy, and the trace of the root of their "
    "product from its largest eigenvalues, as many as its rank.",
}
TOLERANCE = {
    "rtol": 1e-11,
    "atol": 0.0,
    "reason": "a difference of traces about as large as the result; POT takes the root of a product of matrices",
}


def of_few_points(x, y):
    s1, s2 = np.cov(x.T, bias=True), np.cov(y.T, bias=True)
    rank = min(len(x), len(y)) - 1
    eigenvalues = np.sort(np.linalg.eigvals(s1 @ s2).real)[-rank:]
    between_means = np.sum((x.mean(0) - y.mean(0)) ** 2)
    return float(between_means + np.trace(s1 + s2) - 2 * np.sqrt(eigenvalues).sum())


def main():
    rng = np.random.default_rng(SEED)
    m1, m2 = np.zeros(2), np.array([1.0, 2.0])
    s1, s2 = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[1.0, -0.3], [-0.3, 2.0]])
    x = rng.normal(size=(30, 5)) @ rng.normal(size=(5, 5)) + 3.0
    y = rng.normal(size=(40, 5)) @ rng.normal(size=(5, 5))
    a, b = rng.dirichlet(np.ones(30)), rng.dirichlet(np.ones(40))
    few_x, few_y = rng.normal(size=(4, 7)), 1.0 + 2.0 * rng.normal(size=(6, 7))

    def empirical(x, y, **options):
        return float(ot.gaussian.empirical_bures_wasserstein_distance(x, y, **options)) ** 2

    values = {
        "closed_form": float(ot.gaussian.bures_wasserstein_distance(m1, m2, s1, s2)) ** 2,
        "x": x.tolist(),
        "y": y.tolist(),
        "a": a.tolist(),
        "b": b.tolist(),
        "few_x": few_x.tolist(),
        "few_y": few_y.tolist(),
        "uniform": empirical(x, y, reg=1e-6),
        "weighted": empirical(x, y, reg=0.1, ws=a[:, None], wt=b[:, None]),
        "few": of_few_points(few_x, few_y),
    }
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
