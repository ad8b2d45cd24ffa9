"""NOTEARS by gcastle and DAGMA by dagma (both Apache-2.0), on data that SplitMix64 makes. Writes notears_dagma.json."""

import datetime
import importlib.metadata
import importlib.util
import logging
import pathlib

import golden_file
import numpy as np
from castle.algorithms.gradient.notears.linear import Notears
from seeded_tables import random_gaussian

PROVENANCE = {
    "tool": "gcastle and dagma",
    "version": f"{importlib.metadata.version('gcastle')}, {importlib.metadata.version('dagma')}",
    "script": "crates/causal-order/tests/golden/notears_dagma.py",
    "seed": 20,
    "date": datetime.date.today().isoformat(),
    "note": f"numpy {np.__version__}, scipy {importlib.metadata.version('scipy')}. Rows of a matrix are causes. An objective is "
    "1/2n |X - XW|^2 + penalty |W|_1 of all weights, before the threshold. gcastle's constraint is the polynomial one.",
}
TOLERANCE = {
    "rtol": 1e-4,
    "atol": 0.0,
    "reason": "objectives of minimisers that stop at relative decreases of 1e-9 and below, of a sequence of problems",
}


def dagma_linear():
    """The module alone: the package imports PyTorch, which the linear models do not use."""
    folder = pathlib.Path(importlib.util.find_spec("dagma").origin).parent
    spec = importlib.util.spec_from_file_location("dagma_linear", folder / "linear.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def objective(rows, weights, penalty):
    centred = rows - rows.mean(axis=0)
    residuals = centred - centred @ weights
    return float(0.5 / len(rows) * (residuals**2).sum() + penalty * np.abs(weights).sum())


def edges(weights):
    return [[int(cause), int(effect)] for cause, effect in zip(*np.nonzero(weights))]


def main():
    logging.disable(logging.CRITICAL)
    values = {}
    for n_nodes, seed in ((20, 20), (30, 31), (50, 50)):
        rows = random_gaussian(n_nodes, 1000, 2.0, seed).to_numpy()
        model = Notears()
        model.learn(rows)
        weights = np.asarray(model.weight_causal_matrix)
        values[f"notears_{n_nodes}_objective"] = objective(rows, weights, 0.1)
        values[f"notears_{n_nodes}_edges"] = edges(np.asarray(model.causal_matrix))
    for n_nodes, seed in ((10, 12), (20, 20)):
        rows = random_gaussian(n_nodes, 1000, 2.0, seed).to_numpy()
        model = dagma_linear().DagmaLinear(loss_type="l2")
        weights = model.fit(rows.copy(), lambda1=0.03)
        values[f"dagma_{n_nodes}_loss"] = float(model.score_final)
        values[f"dagma_{n_nodes}_acyclicity"] = {
            "value": float(model.h_final),
            "rtol": 1e-3,
            "atol": 1e-9,
            "reason": "a small difference of a determinant from 1",
        }
        values[f"dagma_{n_nodes}_edges"] = edges(weights)
        values[f"dagma_{n_nodes}_weights"] = [float(weights[cause, effect]) for cause, effect in edges(weights)]
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
