"""Scores by bnlearn through bnlearn-port (GPL: run, never linked), on tables that SplitMix64 makes. Writes gpl_score.json."""

import datetime
import importlib.metadata
import math

import golden_file
import pybnlearn
import seeded_tables

PROVENANCE = {
    "tool": "bnlearn-port",
    "version": importlib.metadata.version("bnlearn-port"),
    "script": "crates/causal-order/tests/golden/gpl_score.py",
    "seed": 42,
    "date": datetime.date.today().isoformat(),
    "note": "bnlearn 5.2.1. Asia: 2000 rows, seed 42; six nodes: 1000 rows, seed 7; each with its true network and with the "
    "network without edges, asia then with two edges more. The networks that hill climbing and tabu search find are scored the same way.",
}
TOLERANCE = {"rtol": 1e-11, "atol": 0.0, "reason": "sums of some hundred terms of up to 1e4"}


# Configurations of the parents of xray that no row is in.
DENSER = [("tub", "xray"), ("lung", "xray")]


def network(names, edges):
    def node(name):
        causes = [cause for cause, effect in edges if effect == name]
        return f"[{name}|{':'.join(causes)}]" if causes else f"[{name}]"

    return pybnlearn.model2network("".join(node(name) for name in names))


def main():
    asia, six = seeded_tables.asia(), seeded_tables.six_nodes()
    asia_networks = [
        network(seeded_tables.ASIA_NODES, seeded_tables.ASIA_EDGES),
        network(seeded_tables.ASIA_NODES, []),
        network(seeded_tables.ASIA_NODES, seeded_tables.ASIA_EDGES + DENSER),
    ]
    six_edges = [(f"X{cause}", f"X{effect}") for cause, effect, _ in seeded_tables.SIX_EDGES]
    six_networks = [network(list(six.columns), six_edges), network(list(six.columns), [])]

    def scores(networks, table, **settings):
        return [float(pybnlearn.score(network, table, **settings)) for network in networks]

    values = {
        "loglik": scores(asia_networks, asia, type="loglik"),
        "aic": scores(asia_networks, asia, type="aic"),
        "bic": scores(asia_networks, asia, type="bic"),
        "bic penalty 2": scores(asia_networks, asia, type="bic", k=math.log(2000)),
        "k2": scores(asia_networks, asia, type="k2"),
        "bdeu 10": scores(asia_networks, asia, type="bde", iss=10),
        "bdeu 1": scores(asia_networks, asia, type="bde", iss=1),
        "bds 10": scores(asia_networks, asia, type="bds", iss=10),
        "bds 1": scores(asia_networks, asia, type="bds", iss=1),
        "loglik-g": scores(six_networks, six, type="loglik-g"),
        "aic-g": scores(six_networks, six, type="aic-g"),
        "bic-g": scores(six_networks, six, type="bic-g"),
        "bge": scores(six_networks, six, type="bge"),
        "bge 5 10": scores(six_networks, six, type="bge", **{"iss.mu": 5, "iss.w": 10}),
    }
    searches = {
        "hc bic": (asia, dict(type="bic"), pybnlearn.hc(asia, score="bic")),
        "hc bdeu 10": (asia, dict(type="bde", iss=10), pybnlearn.hc(asia, score="bde", iss=10)),
        "tabu bic": (asia, dict(type="bic"), pybnlearn.tabu(asia, score="bic")),
        "hc bic-g": (six, dict(type="bic-g"), pybnlearn.hc(six, score="bic-g")),
    }
    for name, (table, settings, found) in searches.items():
        values[name] = float(pybnlearn.score(found, table, **settings))
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
