"""CPDAGs by causal-learn and separations by networkx, of random DAGs. Writes equivalence.json."""

import datetime
import importlib.metadata

import golden_file
import networkx as nx
import numpy as np
from causallearn.graph.Dag import Dag
from causallearn.graph.Endpoint import Endpoint
from causallearn.graph.GraphNode import GraphNode
from causallearn.utils.DAG2CPDAG import dag2cpdag

SEED = 20261124
N_GRAPHS = 12
N_NODES = 24
N_EDGES = [18, 30, 48, 80]
N_QUERIES = 40
PROVENANCE = {
    "tool": "causal-learn and networkx",
    "version": f"{importlib.metadata.version('causal-learn')} and {nx.__version__}",
    "script": "crates/causal-graph/tests/golden/equivalence.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "`K.edges` are the edges of graph K, from node to node, `K.undirected` says which of them have no direction in "
    "the CPDAG. A row of `K.queries` is x, y and four nodes given, a number possibly more than once; `K.separated` says "
    "whether these separate x from y, `K.separable` whether any of the nodes of lower number than 16 do.",
}
TOLERANCE = {"rtol": 0.0, "atol": 0.0, "reason": "graphs and answers, no arithmetic"}
N_OBSERVED = 16


def random_edges(random, n_edges):
    order = random.permutation(N_NODES)
    pairs = [(int(order[a]), int(order[b])) for b in range(N_NODES) for a in range(b)]
    chosen = random.choice(len(pairs), size=n_edges, replace=False)
    return sorted(pairs[idx] for idx in chosen)


def undirected(edges):
    nodes = [GraphNode(str(node)) for node in range(N_NODES)]
    dag = Dag(nodes)
    for a, b in edges:
        dag.add_directed_edge(nodes[a], nodes[b])
    cpdag = dag2cpdag(dag)
    is_undirected = []
    for a, b in edges:
        ends = cpdag.get_endpoint(nodes[b], nodes[a]), cpdag.get_endpoint(nodes[a], nodes[b])
        assert ends in [(Endpoint.TAIL, Endpoint.TAIL), (Endpoint.TAIL, Endpoint.ARROW)]
        is_undirected.append(int(ends[1] == Endpoint.TAIL))
    return is_undirected


def main():
    random = np.random.default_rng(SEED)
    values = {}
    for graph in range(N_GRAPHS):
        edges = random_edges(random, N_EDGES[graph % len(N_EDGES)])
        dag = nx.DiGraph(edges)
        dag.add_nodes_from(range(N_NODES))
        queries, separated, separable = [], [], []
        for _ in range(N_QUERIES):
            x, y, *given = (int(node) for node in random.permutation(N_NODES)[:6])
            given = given[: random.integers(1, 5)]
            queries.append([x, y, *given, *[given[-1]] * (4 - len(given))])
            separated.append(int(nx.is_d_separator(dag, {x}, {y}, set(given))))
            allowed = set(range(N_OBSERVED)) - {x, y}
            separator = nx.find_minimal_d_separator(dag, {x}, {y}, restricted=allowed)
            separable.append(int(separator is not None))
        values[f"{graph}.edges"] = edges
        values[f"{graph}.undirected"] = undirected(edges)
        values[f"{graph}.queries"] = queries
        values[f"{graph}.separated"] = separated
        values[f"{graph}.separable"] = separable
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
