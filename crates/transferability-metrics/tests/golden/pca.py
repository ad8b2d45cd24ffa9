"""Principal components by SVD, with scikit-learn. Writes pca.json."""

import datetime

import golden_file
import numpy as np
import sklearn
from sklearn.decomposition import PCA

SEED = 20260926
PROVENANCE = {
    "tool": "scikit-learn",
    "version": sklearn.__version__,
    "script": "crates/transferability-metrics/tests/golden/pca.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "PCA(svd_solver='full').fit_transform, by count and by explained variance.",
}
TOLERANCE = {
    "rtol": 1e-10,
    "atol": 1e-11,
    "reason": "scores of order 1; eigh of the covariance squares the condition number (10) of the SVD",
}


def main():
    rng = np.random.default_rng(SEED)
    tall = rng.normal(size=(25, 6)) * np.geomspace(3.0, 0.3, 6) + 5.0
    wide = rng.normal(size=(9, 14)) * np.geomspace(3.0, 0.3, 14) - 2.0
    values = {"tall.features": tall.tolist(), "wide.features": wide.tolist()}
    for name, features in [("tall", tall), ("wide", wide)]:
        for components in (3, 0.8, 0.95):
            fitted = PCA(n_components=components, svd_solver="full").fit(features)
            values[f"{name}.{components}"] = fitted.transform(features).tolist()
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
