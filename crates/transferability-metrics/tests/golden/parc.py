"""PARC by np.corrcoef and scipy's spearmanr. Writes parc.json."""

import datetime

import golden_file
import numpy as np
import scipy
import sklearn
from scipy.stats import spearmanr
from sklearn.decomposition import PCA

SEED = 20260924
PROVENANCE = {
    "tool": "numpy, scipy, scikit-learn",
    "version": f"{np.__version__}, {scipy.__version__}, {sklearn.__version__}",
    "script": "crates/transferability-metrics/tests/golden/parc.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "100 Spearman correlation of 1 - corrcoef of standardised features and of one-hot labels, over pairs i < j. "
    "The values without PCA are those of PARC in metrics.py of TencentARC/SFDA at commit "
    "3b7edf76bd682acb1eba4f4c5eb7ea7f3f7f6c59 to the last bit, once its label distances are rounded to 12 digits as "
    "here; unrounded, corrcoef breaks their ties and `raw.three` and `constant.three` move by 0.04 and 0.08. Its PCA is "
    "randomised with one power iteration, the one here exact: 2.0 apart in `pca4.three`.",
}
TOLERANCE = {
    "rtol": 1e-11,
    "atol": 1e-10,
    "reason": "a rank correlation times 100; no two distances lie so close that rounding can swap them",
}


def parc(features, labels):
    scale = features.std(axis=0)
    scale[scale == 0.0] = 1.0
    standardised = (features - features.mean(axis=0)) / scale
    classes, indices = np.unique(labels, return_inverse=True)
    one_hot = np.eye(len(classes))[indices]
    upper = np.triu_indices(len(labels), 1)
    distances = (1.0 - np.corrcoef(standardised))[upper]
    label_distances = (1.0 - np.corrcoef(one_hot))[upper]
    return 100.0 * spearmanr(distances, label_distances.round(12)).statistic


def main():
    rng = np.random.default_rng(SEED)
    three = np.array([0] * 11 + [1] * 17 + [2] * 8)
    two = np.minimum(three, 1)
    features = (rng.normal(size=(36, 10)) + rng.normal(size=(3, 10))[three]) * np.geomspace(4.0, 0.3, 10)
    constant = features.copy()
    constant[:, 4] = 2.5
    reduced = PCA(n_components=4, svd_solver="full").fit_transform(features)
    values = {
        "three": three.tolist(),
        "two": two.tolist(),
        "features": features.tolist(),
        "constant.features": constant.tolist(),
        "raw.three": parc(features, three),
        "raw.two": parc(features, two),
        "constant.three": parc(constant, three),
        "pca4.three": parc(reduced, three),
        "pca4.two": parc(reduced, two),
    }
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
