"""Transport regularised by squared masses, by POT, made exact by numpy, checked by scipy. Writes frobenius.json."""

import datetime

import golden_file
import numpy as np
import ot
import scipy
from scipy.optimize import minimize

SEED = 20261126
PROVENANCE = {
    "tool": "POT, numpy, scipy",
    "version": f"{ot.__version__}, {np.__version__}, {scipy.__version__}",
    "script": "crates/ot-transferability/tests/golden/frobenius.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "ot.smooth.smooth_ot_dual with reg_type l2 gives the support of the plan, on which the optimality conditions are a "
    "linear system; the script checks that the solution is feasible, and that SLSQP finds the same plan to 1e-6.",
}
TOLERANCE = {
    "rtol": 1e-9,
    "atol": 1e-11,
    "reason": "the solver stops at a marginal error of 1e-13; potentials and masses amplify it by the condition of the system",
}


def exact(a, b, cost, gamma):
    n, m = cost.shape
    rough = ot.smooth.smooth_ot_dual(a, b, cost, gamma, reg_type="l2", stopThr=1e-15, numItermax=100_000)
    support = rough > 1e-7
    # gamma a_i = sum over the support of f_i + g_j - C_ij, and the same for b_j.
    system = np.block([[np.diag(support.sum(1)), support], [support.T, np.diag(support.sum(0))]]).astype(float)
    right = np.concatenate([gamma * a + (support * cost).sum(1), gamma * b + (support * cost).sum(0)])
    potentials = np.linalg.lstsq(system, right, rcond=None)[0]
    slack = potentials[:n, None] + potentials[None, n:] - cost
    plan = np.where(support, slack / gamma, 0.0)
    assert (plan >= 0).all() and (slack[~support] <= 1e-12).all()
    assert np.abs(plan.sum(1) - a).max() < 1e-13 and np.abs(plan.sum(0) - b).max() < 1e-13
    assert np.abs(plan - rough).max() < 1e-6
    return plan


def by_quadratic_programming(a, b, cost, gamma):
    n, m = cost.shape
    marginals = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))[:-1]])
    found = minimize(
        lambda p: cost.ravel() @ p + gamma / 2 * p @ p,
        np.outer(a, b).ravel(),
        jac=lambda p: cost.ravel() + gamma * p,
        bounds=[(0, None)] * (n * m),
        constraints={"type": "eq", "fun": lambda p: marginals @ p - np.concatenate([a, b[:-1]]), "jac": lambda p: marginals},
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 1000},
    )
    return found.x.reshape(n, m)


def main():
    rng = np.random.default_rng(SEED)
    x, y = rng.normal(size=(8, 2)), 0.5 + rng.normal(size=(6, 2))
    a, b = rng.dirichlet(np.ones(8)), rng.dirichlet(np.ones(6))
    cost = ot.dist(x, y)
    values = {"cost": cost.tolist(), "a": a.tolist(), "b": b.tolist()}
    for gamma in (1.0, 10.0, 1000.0):
        plan = exact(a, b, cost, gamma)
        assert np.abs(plan - by_quadratic_programming(a, b, cost, gamma)).max() < 1e-6
        values[f"plan.{gamma:g}"] = plan.tolist()
        values[f"cost.{gamma:g}"] = float((plan * cost).sum())
        values[f"regularized_cost.{gamma:g}"] = float((plan * cost).sum() + gamma / 2 * (plan**2).sum())
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
