#!/usr/bin/env python3
"""The peers of optimal transport, timed: `cargo xtask peers ot` runs this beside `benches/peer_ot.rs`.

The peers are POT and scipy's assignment solver. A case is named by its work and the number of points on either side:

    ot.py --dir DIR --scale full --case inputs                        writes the inputs of all cases as npy files
    ot.py --dir DIR --scale full --case emd2-gaussian-uniform-1000    reads them, prints one JSON object

`emd2-*`, `assignment-*`, `sinkhorn-lazy-*`, `sliced-*` and `bures-*` are timed from points in memory, the matrix of costs
included; the others from the matrix of costs. `sinkhorn-log`, `sinkhorn-knopp` and `sinkhorn-lazy` make a fixed number
of iterations; their `seconds` are those of one iteration, with a share of what comes before and after. Otherwise
`seconds` is the least CPU time of the repetitions. One thread.
"""

import argparse
import json
import os
import pathlib
import sys
import time
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(variable, None)
# This file has the name of the package that it times.
sys.path = [entry for entry in sys.path if pathlib.Path(entry).resolve() != pathlib.Path(__file__).resolve().parent]

import numpy as np  # noqa: E402
import ot  # noqa: E402
import scipy  # noqa: E402
from scipy.optimize import linear_sum_assignment  # noqa: E402
from threadpoolctl import threadpool_info  # noqa: E402

# Points on either side, and features.
SCALES = {"full": ((1000, 2000, 5000), 512), "quick": ((100, 200, 500), 64)}
# Repetitions stop after this many, or when this many seconds have passed.
REPETITIONS = 5
BUDGET = 20.0
# Regularisation as a share of the largest cost.
EPSILON = 0.01
SMALL_EPSILON = 1e-3
# Regularisation of the cases that POT gives no plan for, or another objective: shares of the largest cost.
UNBALANCED = (0.05, 1.0)
FROBENIUS = 0.01


def write_inputs(folder, scale):
    sizes, d = SCALES[scale]
    folder.mkdir(parents=True, exist_ok=True)
    for n in sizes:
        rng = np.random.default_rng(n)
        clouds = {
            "gaussian": (rng.standard_normal((n, d)), rng.standard_normal((n, d)) * 1.1 + 0.3 / np.sqrt(d)),
            "clustered": clustered(rng, n, d),
        }
        for name, (source, target) in clouds.items():
            np.save(folder / f"{name}-{n}-source.npy", source)
            np.save(folder / f"{name}-{n}-target.npy", target)
        for side in ("source", "target"):
            weights = rng.uniform(0.2, 1.8, n)
            np.save(folder / f"weights-{n}-{side}.npy", weights / weights.sum())


def clustered(rng, n, d, n_clusters=10):
    """Rectified features of ten classes; those of the target have all moved."""
    means = 2.0 * rng.standard_normal((n_clusters, d))

    def points(shift):
        return np.maximum(means[rng.integers(0, n_clusters, n)] + rng.standard_normal((n, d)) + shift, 0.0)

    return points(0.0), points(0.2)


def n_iterations(n):
    """As in benches/peer_ot.rs."""
    return max(10, min(50, 50_000 // n))


class Inputs:
    """The files of a case."""

    def __init__(self, folder, n):
        self.folder = folder
        self.n = n

    def points(self, cloud="gaussian"):
        return (np.load(self.folder / f"{cloud}-{self.n}-{side}.npy") for side in ("source", "target"))

    def weights(self, kind="uniform"):
        if kind == "uniform":
            return np.full(self.n, 1 / self.n), np.full(self.n, 1 / self.n)
        return (np.load(self.folder / f"weights-{self.n}-{side}.npy") for side in ("source", "target"))

    def cost(self):
        """Squared distances over the largest."""
        cost = ot.dist(*self.points())
        return cost / cost.max()


def emd2(cloud, kind):
    def prepare(inputs):
        source, target = inputs.points(cloud)
        a, b = inputs.weights(kind)
        return lambda: ot.emd2(a, b, ot.dist(source, target), numItermax=100_000_000)

    return prepare


def assignment(cloud):
    def prepare(inputs):
        source, target = inputs.points(cloud)

        def run():
            cost = ot.dist(source, target)
            return cost[linear_sum_assignment(cost)].mean()

        return run

    return prepare


def fixed_iterations(solve):
    """A fixed number of iterations; the cost of the plan, with the number to divide the time by."""

    def prepare(inputs):
        cost = inputs.cost()
        a, b = inputs.weights()
        count = n_iterations(inputs.n)

        def run():
            plan = solve(a, b, cost, EPSILON, numItermax=count, stopThr=0.0, warn=False)
            return {"value": (plan * cost).sum(), "iterations": count}

        return run

    return prepare


def lazy(inputs):
    source, target = inputs.points()
    epsilon = EPSILON * ot.dist(source, target).max()

    def run():
        value = ot.bregman.empirical_sinkhorn2(
            source, target, epsilon, numIterMax=10, stopThr=0.0, isLazy=True, batchSize=500, warn=False
        )
        return {"value": value, "iterations": 10}

    return run


def small_epsilon(inputs):
    cost = inputs.cost()
    a, b = inputs.weights()

    def run():
        plan, log = ot.bregman.sinkhorn_stabilized(
            a, b, cost, SMALL_EPSILON, numItermax=1000, stopThr=1e-9, log=True, warn=False
        )
        error = np.abs(plan.sum(1) - a).sum() + np.abs(plan.sum(0) - b).sum()
        iterations = int(log.get("n_iter", log.get("niter", 1000)))
        return {"value": (plan * cost).sum(), "marginal_error": error, "total_iterations": iterations}

    return run


def unbalanced(inputs):
    cost = inputs.cost()
    a, b = inputs.weights()
    epsilon, reach = UNBALANCED

    def run():
        plan = ot.unbalanced.sinkhorn_unbalanced(a, b, cost, epsilon, reach, numItermax=1000, stopThr=1e-9)
        return (plan * cost).sum()

    return run


def frobenius(inputs):
    cost = inputs.cost()
    a, b = inputs.weights()

    def run():
        plan = ot.smooth.smooth_ot_dual(a, b, cost, FROBENIUS, reg_type="l2", numItermax=500, stopThr=1e-9)
        error = np.abs(plan.sum(1) - a).sum() + np.abs(plan.sum(0) - b).sum()
        return {"value": (plan * cost).sum(), "marginal_error": error}

    return run


def sliced(inputs):
    source, target = inputs.points()
    return lambda: ot.sliced_wasserstein_distance(source, target, n_projections=100, seed=0) ** 2


def one_dimensional(inputs):
    source, target = (points[:, 0].copy() for points in inputs.points())
    return lambda: ot.wasserstein_1d(source, target, p=2)


def bures(inputs):
    source, target = inputs.points()
    return lambda: ot.gaussian.empirical_bures_wasserstein_distance(source, target, reg=0.0) ** 2


CASES = {
    **{
        f"emd2-{cloud}-{kind}": emd2(cloud, kind)
        for cloud in ("gaussian", "clustered")
        for kind in ("uniform", "weighted")
    },
    **{f"assignment-{cloud}": assignment(cloud) for cloud in ("gaussian", "clustered")},
    "sinkhorn-log": fixed_iterations(ot.bregman.sinkhorn_log),
    "sinkhorn-knopp": fixed_iterations(ot.bregman.sinkhorn_knopp),
    "sinkhorn-lazy": lazy,
    "small-epsilon": small_epsilon,
    "unbalanced": unbalanced,
    "frobenius": frobenius,
    "sliced": sliced,
    "one-dimensional": one_dimensional,
    "bures": bures,
}


def least_cpu_time(run):
    """The result of `run`, the least CPU seconds of its repetitions, and their number."""
    times = []
    started = time.perf_counter()
    while len(times) < REPETITIONS and (not times or time.perf_counter() - started < BUDGET):
        before = time.process_time()
        result = run()
        times.append(time.process_time() - before)
    return result, min(times), len(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=pathlib.Path, required=True, help="folder of the npy inputs")
    parser.add_argument("--case", required=True, help=f"inputs, or one of {', '.join(CASES)} with -POINTS")
    parser.add_argument("--scale", choices=SCALES, default="full")
    arguments = parser.parse_args()
    if arguments.case == "inputs":
        write_inputs(arguments.dir, arguments.scale)
        return
    warnings.filterwarnings("ignore")
    case, _, n = arguments.case.rpartition("-")
    if case not in CASES or not n.isdigit():
        parser.error(f"case `{arguments.case}` is not known")
    result, seconds, repetitions = least_cpu_time(CASES[case](Inputs(arguments.dir, int(n))))
    if not isinstance(result, dict):
        result = {"value": result}
    iterations = result.pop("iterations", None)
    total_iterations = result.pop("total_iterations", None)
    # numpy and scipy bring a BLAS each; the products above are numpy's.
    loaded = [info for info in threadpool_info() if info["user_api"] == "blas"]
    blas = next((info for info in loaded if "numpy" in info["filepath"]), {})
    record = {
        "case": arguments.case,
        # JSON has no NaN: what is no number is null.
        **{name: float(number) if np.isfinite(number) else None for name, number in result.items()},
        "seconds": seconds / (iterations or 1),
        "iterations": iterations or total_iterations,
        "repetitions": repetitions,
        "threads": blas.get("num_threads"),
        "tool": f"POT {ot.__version__}, numpy {np.__version__}, scipy {scipy.__version__}, "
        f"{blas.get('internal_api')} {blas.get('version')} {blas.get('architecture')}",
    }
    print(json.dumps(record))


if __name__ == "__main__":
    main()
