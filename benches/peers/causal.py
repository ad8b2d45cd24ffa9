#!/usr/bin/env python3
"""The peers of causal discovery, timed: `cargo xtask peers causal` runs this beside `benches/peer_causal.rs`.

    causal.py --dir DIR --scale full --case inputs                   writes the inputs of all cases as npy files
    causal.py --dir DIR --scale full --case causal-learn-pc-1000-50  reads them, prints one JSON object

One thread. `seconds` is the least CPU time of the repetitions, from data in memory, in the form that the peer takes
them in, to the graph. A first run on a small problem keeps imports and compilation out of the time. `value` is the
structural Hamming distance to the CPDAG of the true graph for constraint-based methods, the BIC of the graph for score
searches, a checksum of the order for LiNGAM, and the objective for NOTEARS.

bnlearn is run in an environment of its own: it is GPL, and nothing here reads or links it.
"""

import argparse
import gzip
import importlib.util
import json
import os
import pathlib
import re
import sys
import time
import types
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[variable] = "1"
for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(variable, None)

import numpy as np  # noqa: E402

warnings.filterwarnings("ignore")

ALPHA = 0.01
# Repetitions stop after this many, or when this many seconds have passed.
REPETITIONS = 5
BUDGET = 20.0
NETWORK = pathlib.Path(".local/data/networks/alarm.bif.gz")

# Of every data set: variables, rows, average degree, noise.
LINEAR = {
    "full": [
        *((p, n, 4.0, "normal") for p in (50, 100) for n in (1000, 10000)),
        *((p, 1000, 4.0, "laplace") for p in (50, 100)),
        (20, 1000, 4.0, "normal"),
        (500, 1000, 4.0, "normal"),
        (1000, 2000, 2.0, "normal"),
    ],
    "quick": [
        *((p, n, 2.0, "normal") for p in (5, 10) for n in (1000, 10000)),
        *((p, 1000, 2.0, "laplace") for p in (5, 10)),
        (2, 1000, 1.0, "normal"),
        (50, 1000, 2.0, "normal"),
        (100, 2000, 2.0, "normal"),
    ],
}
ALARM = {"full": (1000, 5000, 10000), "quick": (100, 500, 1000)}


def order_of(dag):
    """A topological order: always the least node without parents among the rest."""
    left, order = list(range(len(dag))), []
    while left:
        first = next(v for v in left if not dag[left, v].any())
        order.append(first)
        left.remove(first)
    return order


def linear_model(p, n, degree, noise):
    """Rows of a linear model on an Erdos-Renyi graph; weights of either sign between 0.3 and 0.8."""
    rng = np.random.default_rng(1000 + p)
    upper = np.triu(rng.random((p, p)) < degree / (p - 1), 1)
    places = rng.permutation(p)
    dag = np.zeros((p, p), int)
    dag[np.ix_(places, places)] = upper
    weights = dag * rng.uniform(0.3, 0.8, dag.shape) * rng.choice([-1.0, 1.0], dag.shape)
    rows = getattr(rng, noise)(size=(n, p))
    for v in order_of(dag):
        rows[:, v] += rows @ weights[:, v]
    return rows, dag


def read_alarm():
    """Names, numbers of states, parents and tables of the network, from its file."""
    text = gzip.open(NETWORK, "rt").read()
    states, parents, tables = {}, {}, {}
    for name, listed in re.findall(r"variable (\S+) \{[^[]*\[ *\d+ *\] *\{([^}]*)\}", text):
        states[name] = [state.strip() for state in listed.split(",")]
    for head, body in re.findall(r"probability \(([^)]*)\) \{(.*?)\n\}", text, re.S):
        name, _, given = head.partition("|")
        name, given = name.strip(), [parent.strip() for parent in given.split(",") if parent.strip()]
        shape = [len(states[parent]) for parent in given]
        table = np.zeros((int(np.prod(shape)), len(states[name])))
        for row in body.strip().rstrip(";").split(";"):
            key, numbers = re.fullmatch(r"\s*(?:table|\(([^)]*)\))\s*(.*)", row, re.S).groups()
            places = [states[q].index(s.strip()) for q, s in zip(given, key.split(","))] if key else []
            table[int(np.ravel_multi_index(places, shape)) if shape else 0] = [float(x) for x in numbers.split(",")]
        parents[name], tables[name] = given, table / table.sum(1, keepdims=True)
    return states, parents, tables


def sample_alarm(n):
    states, parents, tables = read_alarm()
    names = list(states)
    dag = np.array([[a in parents[b] for b in names] for a in names], int)
    rng = np.random.default_rng(7)
    columns = {}
    for v in order_of(dag):
        name = names[v]
        rows = np.zeros(n, int)
        for parent in parents[name]:
            rows = rows * len(states[parent]) + columns[parent]
        cumulative = tables[name].cumsum(1)[rows]
        columns[name] = np.minimum((rng.random((n, 1)) > cumulative).sum(1), len(states[name]) - 1)
    return np.stack([columns[name] for name in names], 1), dag, [len(states[name]) for name in names]


def write_inputs(folder, scale):
    folder.mkdir(parents=True, exist_ok=True)
    for p, n, degree, noise in LINEAR[scale]:
        rows, dag = linear_model(p, n, degree, noise)
        np.save(folder / f"{noise}_{p}_{n}.npy", rows)
        np.save(folder / f"{noise}_{p}_{n}_dag.npy", dag)
    for n in ALARM[scale]:
        codes, dag, n_states = sample_alarm(n)
        np.save(folder / f"alarm_{n}.npy", codes)
        np.save(folder / "alarm_dag.npy", dag)
        np.save(folder / "alarm_states.npy", np.array(n_states))


def cpdag(dag):
    """Endpoints of the CPDAG: both [a, b] and [b, a] for an undirected edge. Colliders, then Meek's first three rules."""
    p = len(dag)
    joined = (dag + dag.T) > 0
    directed = np.zeros((p, p), bool)
    for v in range(p):
        parents = np.flatnonzero(dag[:, v])
        for a in parents:
            if any(not joined[a, b] for b in parents if b != a):
                directed[a, v] = True
    undirected = joined & ~directed & ~directed.T
    changed = True
    while changed:
        changed = False
        for a, b in np.argwhere(undirected):
            if not undirected[a, b]:
                continue
            mates = np.flatnonzero(undirected[a] & directed[:, b])
            away = (directed[:, a] & ~joined[:, b]).any()
            around = (directed[a] & directed[:, b]).any()
            fan = any(not joined[c, d] for i, c in enumerate(mates) for d in mates[i + 1 :])
            if away or around or fan:
                directed[a, b] = True
                undirected[a, b] = undirected[b, a] = False
                changed = True
    return (directed | undirected).astype(int)


def hamming(a, b):
    differs = (a != b) | (a.T != b.T)
    return int(np.triu(differs, 1).sum())


def is_directed(graph):
    return not (graph & graph.T).any()


def linear_bic(rows, dag):
    """Log-likelihood less half of log n for each coefficient, intercept and variance; unbiased residual variances."""
    n = len(rows)
    total = 0.0
    for v in range(rows.shape[1]):
        parents = np.flatnonzero(dag[:, v])
        design = np.column_stack([np.ones(n), rows[:, parents]])
        residuals = rows[:, v] - design @ np.linalg.lstsq(design, rows[:, v], rcond=None)[0]
        sum_of_squares = residuals @ residuals
        variance = sum_of_squares / (n - len(parents) - 1)
        total -= 0.5 * n * np.log(2 * np.pi * variance) + 0.5 * sum_of_squares / variance
        total -= 0.5 * np.log(n) * (len(parents) + 2)
    return total


def discrete_bic(codes, n_states, dag):
    n = len(codes)
    total = 0.0
    for v in range(codes.shape[1]):
        parents = np.flatnonzero(dag[:, v])
        configurations = np.zeros(n, int)
        n_configurations = 1
        for parent in parents:
            configurations = configurations * n_states[parent] + codes[:, parent]
            n_configurations *= n_states[parent]
        _, configurations = np.unique(configurations, return_inverse=True)
        counts = np.zeros((configurations.max() + 1, n_states[v]))
        np.add.at(counts, (configurations, codes[:, v]), 1)
        shares = counts / counts.sum(1, keepdims=True)
        total += (counts[counts > 0] * np.log(shares[counts > 0])).sum()
        total -= 0.5 * np.log(n) * n_configurations * (n_states[v] - 1)
    return total


def causal_learn_graph(graph):
    """causal-learn: [a, b] = -1 and [b, a] = 1 for a -> b, both -1 for an undirected edge, both 1 for two heads."""
    ends = graph.graph
    return ((ends == -1) & (ends.T != 0) | (ends == 1) & (ends.T == 1)).astype(int)


def causal_learn_pc(test):
    from causallearn.search.ConstraintBased.PC import pc

    return lambda data: causal_learn_graph(pc(data, ALPHA, test, stable=True, uc_rule=0, show_progress=False).G)


def causal_learn_boss():
    from causallearn.search.PermutationBased.BOSS import boss

    return lambda data: causal_learn_graph(boss(data, verbose=False))


def from_names(edges, p):
    graph = np.zeros((p, p), int)
    for a, b in edges:
        graph[int(str(a)[1:]), int(str(b)[1:])] = 1
    return graph


def names_of(data):
    return [f"X{v}" for v in range(data.shape[1])]


def bnlearn(algorithm, **options):
    import pybnlearn

    def run(frame):
        return from_names(getattr(pybnlearn, algorithm)(frame, **options).arcs, frame.shape[1])

    return run


def pgmpy_hill_climbing(score):
    from pgmpy.causal_discovery import HillClimbSearch

    def run(frame):
        search = HillClimbSearch(scoring_method=score, return_type="dag", show_progress=False)
        search.fit(frame)
        return from_names(search.causal_graph_.edges(), frame.shape[1])

    return run


def pyagrum(algorithm):
    import pyagrum as gum

    def run(frame):
        gum.setNumberOfThreads(1)
        learner = gum.BNLearner(frame)
        learner.setNumberOfThreads(1)
        learner.useScoreBIC()
        getattr(learner, algorithm)()
        names = list(learner.names())
        return from_names([(names[a], names[b]) for a, b in learner.learnDAG().arcs()], frame.shape[1])

    return run


def flopsearch():
    from flopsearch import flop

    return lambda data: (np.asarray(flop(np.ascontiguousarray(data), 2.0, restarts=0)) > 0).astype(int)


def stand_in(*packages):
    """Modules that a package imports and does not use for what is run here."""
    for package in packages:
        module = types.ModuleType(package)
        module.__getattr__ = lambda _: None
        sys.modules[package] = module


def lingam(algorithm):
    stand_in("semopy", "psy", "pygam")
    import lingam as package

    options = {"ICALiNGAM": {"random_state": 0}}.get(algorithm, {})

    def run(data):
        model = getattr(package, algorithm)(**options)
        model.fit(data)
        return [int(v) for v in model.causal_order_]

    return run


PENALTY = 0.1


def gcastle_notears():
    """The one module of gcastle that is run; the package as a whole imports PyTorch."""
    stand_in("torch")
    package = types.ModuleType("castle")
    package.__path__ = list(importlib.util.find_spec("castle").submodule_search_locations)
    sys.modules["castle"] = package
    path = pathlib.Path(package.__path__[0]) / "algorithms/gradient/notears/linear.py"
    spec = importlib.util.spec_from_file_location("notears_linear", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(data):
        search = module.Notears(lambda1=PENALTY)
        search.learn(data - data.mean(0))
        return np.asarray(search.weight_causal_matrix)

    return run


def notears_objective(data, weights):
    centred = data - data.mean(0)
    return 0.5 / len(data) * ((centred - centred @ weights) ** 2).sum() + PENALTY * np.abs(weights).sum()


def as_rows(data):
    return data


def as_frame(data):
    import pandas

    return pandas.DataFrame(data, columns=names_of(data))


def as_categories(data):
    frame = as_frame(data)
    for name in frame.columns:
        frame[name] = frame[name].astype(str).astype("category")
    return frame


def as_text(data):
    return as_frame(data).astype(str)


# By the beginning of the case's name: how the peer is made, its form of the data, the data set, what is valued.
# The size that the name ends in is the number of rows of alarm, and otherwise of variables.
CASES = {
    "causal-learn-pc-fisher-z-1000": (lambda: causal_learn_pc("fisherz"), as_rows, "normal_{}_1000", "pdag"),
    "causal-learn-pc-fisher-z-10000": (lambda: causal_learn_pc("fisherz"), as_rows, "normal_{}_10000", "pdag"),
    "bnlearn-pc-fisher-z-1000": (lambda: bnlearn("pc_stable", test="zf", alpha=ALPHA), as_frame, "normal_{}_1000", "pdag"),
    "bnlearn-pc-fisher-z-10000": (lambda: bnlearn("pc_stable", test="zf", alpha=ALPHA), as_frame, "normal_{}_10000", "pdag"),
    "causal-learn-pc-chi2": (lambda: causal_learn_pc("chisq"), as_rows, "alarm_{}", "pdag"),
    "causal-learn-pc-g2": (lambda: causal_learn_pc("gsq"), as_rows, "alarm_{}", "pdag"),
    "bnlearn-pc-chi2": (lambda: bnlearn("pc_stable", test="x2-adf", alpha=ALPHA), as_categories, "alarm_{}", "pdag"),
    "bnlearn-hc": (lambda: bnlearn("hc", score="bic"), as_categories, "alarm_{}", "dag"),
    "bnlearn-tabu": (lambda: bnlearn("tabu", score="bic"), as_categories, "alarm_{}", "dag"),
    "bnlearn-hc-gaussian": (lambda: bnlearn("hc", score="bic-g"), as_frame, "normal_{}_1000", "dag"),
    "pyagrum-hc": (lambda: pyagrum("useGreedyHillClimbing"), as_text, "alarm_{}", "dag"),
    "pyagrum-tabu": (lambda: pyagrum("useLocalSearchWithTabuList"), as_text, "alarm_{}", "dag"),
    "pgmpy-hc": (lambda: pgmpy_hill_climbing("bic-d"), as_categories, "alarm_{}", "dag"),
    "causal-learn-boss": (causal_learn_boss, as_rows, "normal_{}_1000", "dag"),
    "flopsearch": (flopsearch, as_rows, "normal_{}_1000", "dag"),
    "direct-lingam": (lambda: lingam("DirectLiNGAM"), as_rows, "laplace_{}_1000", "order"),
    "ica-lingam": (lambda: lingam("ICALiNGAM"), as_rows, "laplace_{}_1000", "order"),
    "notears": (gcastle_notears, as_rows, "normal_{}_1000", "weights"),
}


def member(graph):
    """A DAG of a graph with undirected edges (Dor and Tarsi): a sink at a time."""
    left = set(range(len(graph)))
    undirected = (graph & graph.T).astype(bool)
    directed = (graph == 1) & ~undirected
    dag = directed.astype(int)
    while left:
        for v in sorted(left):
            mates = {w for w in left if undirected[v, w]}
            around = {w for w in left if undirected[v, w] or directed[w, v]}
            is_sink = not any(directed[v, w] for w in left)
            if is_sink and all(graph[m, w] or graph[w, m] for m in mates for w in around if w != m):
                break
        else:
            raise ValueError("the graph stands for no DAG")
        for w in mates:
            dag[w, v] = 1
        left.remove(v)
    return dag


def least_cpu_time(run):
    """What the first run returns, and the least CPU seconds of the repetitions."""
    start, times, first = time.perf_counter(), [], None
    while not times or len(times) < REPETITIONS and time.perf_counter() - start < BUDGET:
        before = time.process_time()
        result = run()
        times.append(time.process_time() - before)
        first = result if first is None else first
    return first, min(times), len(times)


def valued(kind, result, data, truth, n_states):
    if kind == "order":
        return float(sum((place + 1) * v for place, v in enumerate(result))), None
    if kind == "weights":
        return notears_objective(data, result), None
    graph = cpdag(result) if is_directed(result) and kind == "dag" else result
    distance = hamming(graph, cpdag(truth))
    if kind == "pdag":
        return float(distance), distance
    dag = result if is_directed(result) else member(result)
    score = linear_bic(data, dag) if n_states is None else discrete_bic(data, n_states, dag)
    return score, distance


def small(name, n_states):
    """A problem that takes no time, for the first run."""
    rng = np.random.default_rng(0)
    if name.startswith("alarm"):
        return rng.integers(0, 2, (200, 4))
    rows = rng.laplace(size=(200, 4))
    rows[:, 1] += rows[:, 0]
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=pathlib.Path, required=True, help="folder of the npy inputs")
    parser.add_argument("--case", required=True)
    parser.add_argument("--scale", choices=LINEAR, default="full")
    arguments = parser.parse_args()
    if arguments.case == "inputs":
        write_inputs(arguments.dir, arguments.scale)
        return
    name, _, size = arguments.case.rpartition("-")
    if name not in CASES:
        parser.error(f"there is no case {name}: expected one of {', '.join(CASES)}, and a size")
    make, form, pattern, kind = CASES[name]
    stem = pattern.format(size)
    data = np.load(arguments.dir / f"{stem}.npy")
    is_discrete = stem.startswith("alarm")
    truth = np.load(arguments.dir / ("alarm_dag.npy" if is_discrete else f"{stem}_dag.npy"))
    n_states = np.load(arguments.dir / "alarm_states.npy") if is_discrete else None

    # Whatever peers print goes to standard error: standard output is for the result.
    output = os.dup(1)
    os.dup2(2, 1)
    run = make()
    run(form(small(stem, n_states)))
    taken = form(data)
    result, seconds, repetitions = least_cpu_time(lambda: run(taken))
    os.dup2(output, 1)
    value, distance = valued(kind, result, data, truth, n_states)
    record = {"case": arguments.case, "value": value, "seconds": seconds, "repetitions": repetitions, "threads": 1}
    if distance is not None:
        record["hamming_distance"] = distance
    record["tool"] = TOOLS
    print(json.dumps(record))


TOOLS = (
    "causal-learn 0.1.4.8, pgmpy 1.1.2, lingam 1.13.0, pyAgrum 3.3.1, flopsearch 0.3.0, gcastle 1.0.4, "
    "bnlearn 5.2.1's C core (bnlearn-port 0.1.0a1)"
)

if __name__ == "__main__":
    main()
