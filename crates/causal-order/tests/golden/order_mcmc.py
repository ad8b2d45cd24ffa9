"""R-hat and effective sample sizes by ArviZ (Apache-2.0) of chains that SplitMix64 makes. Writes order_mcmc.json."""

import datetime
import importlib.metadata

import arviz
import golden_file
import numpy as np
from seeded_tables import SplitMix64

PROVENANCE = {
    "tool": "arviz",
    "version": importlib.metadata.version("arviz"),
    "script": "crates/causal-order/tests/golden/order_mcmc.py",
    "seed": 1,
    "date": datetime.date.today().isoformat(),
    "note": "Autoregressive chains; keys have the number of chains, the draws of each, the coefficient and the step of "
    "rounding, if any. The k-th chain begins k / 5 off.",
}
TOLERANCE = {"rtol": 1e-9, "atol": 0.0, "reason": "autocovariances by FFT there, directly here"}
CASES = [(4, 100, 0.0, 0.0), (4, 100, 0.7, 0.0), (3, 201, 0.9, 0.0), (2, 60, -0.4, 0.0), (4, 150, 0.5, 1.0)]


def chains(n_chains, n_draws, coefficient, step):
    draws = SplitMix64(1)
    rows = np.zeros((n_chains, n_draws))
    for chain in range(n_chains):
        value = chain / 5
        for draw in range(n_draws):
            value = coefficient * value + draws.normal()
            rows[chain, draw] = np.floor(value / step) * step if step else value
    return rows


def main():
    values = {}
    for case in CASES:
        rows = chains(*case)
        name = " ".join(map(str, case))
        values[f"{name} r_hat"] = float(arviz.rhat(rows, method="rank"))
        values[f"{name} ess"] = float(arviz.ess(rows, method="bulk"))
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
