"""Entropic transport by POT: balanced, unbalanced, semi-relaxed, and the debiased divergence. Writes sinkhorn.json."""

import datetime

import golden_file
import numpy as np
import ot

SEED = 20261124
PROVENANCE = {
    "tool": "POT",
    "version": ot.__version__,
    "script": "crates/ot-transferability/tests/golden/sinkhorn.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "ot.bregman.sinkhorn_log, ot.unbalanced.sinkhorn_unbalanced (reg_type kl) and three sinkhorn_log problems "
    "for the divergence, all iterated to 1e-14 or 100 000 iterations; n = 9, m = 7, weights drawn. `emd2x3` and `two` "
    "are small enough to check by hand.",
}
TOLERANCE = {
    "rtol": 1e-9,
    "atol": 1e-11,
    "reason": "both sides stop at marginal errors of about 1e-13, which the potentials multiply by up to some thousands",
}


def balanced(a, b, cost, epsilon):
    plan = ot.bregman.sinkhorn_log(a, b, cost, epsilon, numItermax=100_000, stopThr=1e-14, warn=False)
    independent = np.outer(a, b)
    entropy = np.sum(np.where(plan > 0, plan * np.log(np.maximum(plan, 1e-300) / independent), 0.0) - plan + independent)
    return plan, float(np.sum(plan * cost)), float(np.sum(plan * cost) + epsilon * entropy)


def unbalanced(a, b, cost, epsilon, reach):
    return ot.unbalanced.sinkhorn_unbalanced(
        a, b, cost, epsilon, reach, reg_type="kl", numItermax=100_000, stopThr=1e-15
    )


def main():
    rng = np.random.default_rng(SEED)
    source = rng.normal(size=(9, 3))
    target = rng.normal(size=(7, 3)) + 0.5
    a = rng.uniform(0.2, 1.0, size=9)
    b = rng.uniform(0.2, 1.0, size=7)
    a, b = a / a.sum(), b / b.sum()
    cost = ot.dist(source, target)
    values = {
        "source": source.tolist(),
        "target": target.tolist(),
        "a": a.tolist(),
        "b": b.tolist(),
        "cost": cost.tolist(),
    }
    for epsilon in (2.0, 0.5, 0.1):
        plan, transport, regularized = balanced(a, b, cost, epsilon)
        values[f"balanced.{epsilon}.plan"] = plan.tolist()
        values[f"balanced.{epsilon}.cost"] = transport
        values[f"balanced.{epsilon}.regularized"] = regularized
    heavier = 1.7 * b
    values["unbalanced.plan"] = unbalanced(a, heavier, cost, 0.3, 1.5).tolist()
    values["unbalanced.two_reaches.plan"] = unbalanced(a, heavier, cost, 0.3, (1.5, 0.4)).tolist()
    values["semi_relaxed.plan"] = unbalanced(a, heavier, cost, 0.3, (float("inf"), 0.8)).tolist()
    terms = [
        balanced(p, q, ot.dist(x, y), 0.5)[2]
        for x, p, y, q in ((source, a, target, b), (source, a, source, a), (target, b, target, b))
    ]
    values["divergence.0.5"] = terms[0] - (terms[1] + terms[2]) / 2
    small = ot.unbalanced.sinkhorn_unbalanced(
        np.array([1.0, 0.5]), np.array([0.3, 0.7]), np.array([[0.0, 1.0], [1.0, 0.0]]), 0.1, 1.0, stopThr=1e-15,
        numItermax=100_000,
    )
    values["unbalanced.two.plan"] = small.tolist()
    a2, b3, cost23 = np.array([0.5, 0.5]), np.array([0.25, 0.25, 0.5]), np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 1.0]])
    for epsilon in (1.0, 0.1, 0.01):
        values[f"emd2x3.{epsilon}.cost"] = balanced(a2, b3, cost23, epsilon)[1]
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
