"""PC by causal-learn (MIT), and by the published pseudo-code restated here, on tables that SplitMix64 makes.

Writes pc.json. A graph is the list of its pairs (a, b), a < b, in lexicographic order:
0 not adjacent, 1 a -> b, 2 b -> a, 3 a - b, 4 a <-> b.
"""

import datetime
import importlib.metadata
import itertools
import warnings

import golden_file
import numpy as np
import seeded_tables
from causallearn.utils.cit import CIT
from causallearn.utils.PCUtils import Meek, SkeletonDiscovery, UCSepset

PROVENANCE = {
    "tool": "causal-learn",
    "version": importlib.metadata.version("causal-learn"),
    "script": "crates/causal-order/tests/golden/pc.py",
    "seed": 1,
    "date": datetime.date.today().isoformat(),
    "note": "Graphs by test, nodes, rows, seed, alpha, rule and priority of causal-learn; rule 2 without the last sweep of "
    "Meek's rules, which ignores what is ambiguous. `published`: the pseudo-code restated in the script, with causal-learn's "
    "p-values. Gaussian: random networks of degree 2.5. Discrete: their values cut at -0.6 and 0.6. Asia: seed 42.",
}
TOLERANCE = {"rtol": 0.0, "atol": 0.0, "reason": "graphs and counts"}

GAUSSIAN = [(10, 500, 1), (10, 500, 2), (13, 1000, 3), (13, 1000, 4), (16, 2000, 5), (16, 300, 6)]
DISCRETE = [(8, 1000, 11), (8, 2000, 12), (9, 3000, 13)]
ALPHAS = [0.01, 0.05]
DEGREE = 2.5


def gaussian(n_nodes, n_rows, seed):
    return seeded_tables.random_gaussian(n_nodes, n_rows, DEGREE, seed).to_numpy()


def discrete(n_nodes, n_rows, seed):
    return np.digitize(gaussian(n_nodes, n_rows, seed), [-0.6, 0.6])


def asia():
    return seeded_tables.asia().apply(lambda column: column.cat.codes).to_numpy().astype(int)


# causal-learn


def causal_learn(data, test, alpha, rule, priority):
    cit = CIT(data, test)
    graph = SkeletonDiscovery.skeleton_discovery(data, alpha, cit, True, show_progress=False)
    if rule == 0:
        return matrix_code(Meek.meek(UCSepset.uc_sepset(graph, priority)))
    if rule == 1:
        return matrix_code(Meek.meek(UCSepset.maxp(graph, priority)))
    return matrix_code(Meek.definite_meek(UCSepset.definite_maxp(graph, alpha, priority)))


def matrix_code(graph):
    marks = graph.G.graph
    codes = {(0, 0): 0, (-1, 1): 1, (1, -1): 2, (-1, -1): 3, (1, 1): 4}
    return [codes[marks[a, b], marks[b, a]] for a, b in itertools.combinations(range(len(marks)), 2)]


# The published algorithms


def near(adjacent, node, without):
    return [other for other in sorted(adjacent[node]) if other != without]


def published_skeleton(cit, n_nodes, alpha, stable):
    """Colombo and Maathuis 2014, algorithms 3.2 and 4.1, an unordered pair at a time; counts distinct tests."""
    adjacent = {a: set(range(n_nodes)) - {a} for a in range(n_nodes)}
    separators, n_tests, depth = {}, [], 0
    while True:
        at_start = {a: set(adjacent[a]) for a in adjacent}
        pairs = [(a, b) for a, b in itertools.combinations(range(n_nodes), 2) if b in at_start[a]]
        pairs = [(a, b) for a, b in pairs if max(len(at_start[a]), len(at_start[b])) - 1 >= depth]
        if not pairs:
            return adjacent, separators, n_tests
        n_tests.append(0)
        for a, b in pairs:
            where = at_start if stable else adjacent
            sets = itertools.chain(
                itertools.combinations(near(where, a, b), depth), itertools.combinations(near(where, b, a), depth)
            )
            for given in dict.fromkeys(sets):
                n_tests[depth] += 1
                if cit(a, b, given) > alpha:
                    adjacent[a].discard(b)
                    adjacent[b].discard(a)
                    separators[a, b] = given
                    break
        depth += 1


def unshielded(adjacent):
    for middle in sorted(adjacent):
        for a, b in itertools.combinations(sorted(adjacent[middle]), 2):
            if b not in adjacent[a]:
                yield a, middle, b


def published_verdicts(cit, adjacent, separators, alpha, rule):
    """`sepset`; `conservative` (Ramsey, Zhang, Spirtes 2006); `majority` (Colombo and Maathuis 2014)."""
    colliders, undecided = [], set()
    for a, middle, b in unshielded(adjacent):
        if rule == "sepset":
            if middle not in separators[a, b]:
                colliders.append((a, middle, b))
            continue
        lists = (near(adjacent, a, b), near(adjacent, b, a))
        sets = {given for nodes in lists for k in range(len(nodes) + 1) for given in itertools.combinations(nodes, k)}
        separating = [given for given in sets if cit(a, b, given) > alpha]
        share = np.mean([middle in given for given in separating]) if separating else 0.5
        if rule == "conservative":
            is_collider, is_undecided = share == 0.0, 0.0 < share < 1.0
        else:
            is_collider, is_undecided = share < 0.5, share == 0.5
        if is_collider:
            colliders.append((a, middle, b))
        if is_undecided:
            undecided.add((a, middle, b))
    return colliders, undecided


def published_graph(adjacent, colliders, undecided):
    """Colliders, the first of two that clash; then Meek's rules 1-3, none from an undecided triple."""
    arrows = set()
    for a, middle, b in colliders:
        if (middle, a) not in arrows and (middle, b) not in arrows:
            arrows |= {(a, middle), (b, middle)}
    nodes = sorted(adjacent)

    def is_open(a, b):
        return b in adjacent[a] and (a, b) not in arrows and (b, a) not in arrows

    def is_non_collider(a, middle, b):
        return b not in adjacent[a] and (min(a, b), middle, max(a, b)) not in undecided

    def follows(a, b):
        return (
            any((c, a) in arrows and c != b and is_non_collider(c, a, b) for c in nodes)
            or any((a, c) in arrows and (c, b) in arrows for c in nodes)
            or any(
                is_open(a, c) and is_open(a, d) and (c, b) in arrows and (d, b) in arrows and is_non_collider(c, a, d)
                for c, d in itertools.combinations(nodes, 2)
            )
        )

    is_done = False
    while not is_done:
        is_done = True
        for a, b in itertools.permutations(nodes, 2):
            if is_open(a, b) and follows(a, b):
                arrows.add((a, b))
                is_done = False
    return [
        0 if b not in adjacent[a] else 1 if (a, b) in arrows else 2 if (b, a) in arrows else 3
        for a, b in itertools.combinations(nodes, 2)
    ]


def published(data, test, alpha, stable, rule):
    cit = CIT(data, test)
    adjacent, separators, n_tests = published_skeleton(cit, data.shape[1], alpha, stable)
    graph = published_graph(adjacent, *published_verdicts(cit, adjacent, separators, alpha, rule))
    return graph, n_tests


def main():
    warnings.filterwarnings("ignore")
    values = {}
    rules = [(0, priority) for priority in range(5)] + [(1, priority) for priority in range(5)] + [(2, 2), (2, 3), (2, 4)]
    for n_nodes, n_rows, seed in GAUSSIAN:
        data = gaussian(n_nodes, n_rows, seed)
        for alpha in ALPHAS:
            key = f"fisherz {n_nodes} {n_rows} {seed} {alpha}"
            for rule, priority in rules:
                values[f"{key} {rule} {priority}"] = causal_learn(data, "fisherz", alpha, rule, priority)
            for stable in (True, False):
                for rule in ("sepset", "conservative", "majority"):
                    name = f"{key} published {'stable' if stable else 'original'}"
                    values[f"{name} {rule}"], values[f"{name} tests"] = published(data, "fisherz", alpha, stable, rule)
    for n_nodes, n_rows, seed in DISCRETE:
        data = discrete(n_nodes, n_rows, seed)
        for test, alpha in itertools.product(("chisq", "gsq"), ALPHAS):
            key = f"{test} {n_nodes} {n_rows} {seed} {alpha}"
            for rule, priority in [(0, 2), (0, 4), (1, 2), (2, 3)]:
                values[f"{key} {rule} {priority}"] = causal_learn(data, test, alpha, rule, priority)
            name = f"{key} published stable"
            values[f"{name} sepset"], values[f"{name} tests"] = published(data, test, alpha, True, "sepset")
    for test, alpha in itertools.product(("chisq", "gsq"), ALPHAS):
        values[f"{test} asia {alpha} 0 2"] = causal_learn(asia(), test, alpha, 0, 2)
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
