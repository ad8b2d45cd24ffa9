"""Local scores by pgmpy (MIT), on tables that SplitMix64 makes. Writes score.json."""

import datetime
import importlib.metadata
import itertools
import warnings

import golden_file
import seeded_tables
from pgmpy import structure_score

PROVENANCE = {
    "tool": "pgmpy",
    "version": importlib.metadata.version("pgmpy"),
    "script": "crates/causal-order/tests/golden/score.py",
    "seed": 42,
    "date": datetime.date.today().isoformat(),
    "note": "Asia: 2000 rows, seed 42. Six nodes: 1000 rows, seed 7. A row for each child, a column for each set of at most two "
    "(asia) or three (six nodes) parents among the other nodes: smaller sets first, in lexicographic order.",
}
TOLERANCE = {
    "rtol": 1e-11,
    "atol": 0.0,
    "reason": "sums of some hundred terms of up to 1e4; iteratively reweighted least squares there, Cholesky factors here",
}


def by_families(score, names, max_parents):
    rows = []
    for child in names:
        others = [name for name in names if name != child]
        families = itertools.chain.from_iterable(itertools.combinations(others, k) for k in range(max_parents + 1))
        rows.append([float(score.local_score(child, family)) for family in families])
    return rows


def main():
    warnings.filterwarnings("ignore")
    asia = seeded_tables.asia()
    six = seeded_tables.six_nodes()
    names = seeded_tables.ASIA_NODES
    values = {
        "loglik": by_families(structure_score.LogLikelihood(asia), names, 2),
        "aic": by_families(structure_score.AIC(asia), names, 2),
        "bic": by_families(structure_score.BIC(asia), names, 2),
        "k2": by_families(structure_score.K2(asia), names, 2),
        "bdeu 10": by_families(structure_score.BDeu(asia, equivalent_sample_size=10), names, 2),
        "bdeu 1": by_families(structure_score.BDeu(asia, equivalent_sample_size=1), names, 2),
        "loglik-g": by_families(structure_score.LogLikelihoodGauss(six), list(six.columns), 3),
        "aic-g": by_families(structure_score.AICGauss(six), list(six.columns), 3),
        "bic-g": by_families(structure_score.BICGauss(six), list(six.columns), 3),
    }
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
