"""Exact effects by enumeration of all joint states, checked against pgmpy's variable elimination. Writes effects.json."""

import datetime
import logging
import warnings

import golden_file
import numpy as np
import pgmpy
from pgmpy.inference import VariableElimination
from pgmpy.utils import get_example_model

PROVENANCE = {
    "tool": "numpy and pgmpy",
    "version": f"{np.__version__} and {pgmpy.__version__}",
    "script": "crates/causal-graph/tests/golden/effects.py",
    "seed": None,
    "date": datetime.date.today().isoformat(),
    "note": "The tables are those of the networks that pgmpy carries, rows divided by their sums where those are off by more "
    "than 1e-12. Every number is a sum over all joint states in numpy; effects and conditional distributions agree "
    "with pgmpy's variable elimination to 1e-12. `X.effects` has P(y = 0 | do(x = 0)) - P(y = 0 | do(x = 1)) in row x and column "
    "y, the nodes of sachs in alphabetical order; direct and indirect effects are by the mediation formula.",
}
TOLERANCE = {"rtol": 0.0, "atol": 1e-12, "reason": "probabilities summed in another order"}
NETWORKS = ["asia", "cancer", "earthquake", "survey", "sachs"]
ORDERS = {
    "asia": ["asia", "tub", "smoke", "lung", "bronc", "either", "xray", "dysp"],
    "cancer": ["Pollution", "Smoker", "Cancer", "Xray", "Dyspnoea"],
    "earthquake": ["Burglary", "Earthquake", "Alarm", "JohnCalls", "MaryCalls"],
    "survey": ["A", "S", "E", "O", "R", "T"],
}
AGREEMENT = 1e-12


class Enumeration:
    """The joint distribution of a network, a dimension for each node."""

    def __init__(self, model, nodes):
        self.nodes = nodes
        self.tables = {}
        for cpd in model.get_cpds():
            values = cpd.values
            axes = [nodes.index(variable) for variable in cpd.variables]
            shape = [1] * len(nodes)
            for axis, size in zip(axes, values.shape):
                shape[axis] = size
            self.tables[cpd.variables[0]] = values.transpose(np.argsort(axes)).reshape(shape)

    def joint(self, do=None):
        """P(v | do), zero where the nodes that are set are in other states."""
        do = do or {}
        product = np.ones([1] * len(self.nodes))
        for node, table in self.tables.items():
            if node in do:
                axis = self.nodes.index(node)
                size = table.shape[axis]
                shape = [1] * len(self.nodes)
                shape[axis] = size
                table = (np.arange(size) == do[node]).astype(float).reshape(shape)
            product = product * table
        return product

    def query(self, targets, evidence=None, do=None):
        """P(targets | do, evidence) and P(evidence | do)."""
        joint = self.joint(do)
        index = [slice(None)] * len(self.nodes)
        for node, state in (evidence or {}).items():
            index[self.nodes.index(node)] = slice(state, state + 1)
        joint = joint[tuple(index)]
        axes = [self.nodes.index(target) for target in targets]
        rest = tuple(axis for axis in range(len(self.nodes)) if axis not in axes)
        marginal = joint.sum(axis=rest)
        marginal = marginal.transpose([sorted(axes).index(axis) for axis in axes])
        return marginal / marginal.sum(), marginal.sum()


def rescaled(model):
    """The model with rows that sum to 1; the state of a node is the first axis of its table."""
    for cpd in model.get_cpds():
        sums = cpd.values.sum(axis=0, keepdims=True)
        cpd.values = np.where(abs(sums - 1.0) > 1e-12, cpd.values / sums, cpd.values)
    return model


def effects(model, enumeration):
    nodes = enumeration.nodes
    matrix = np.zeros((len(nodes), len(nodes)))
    for row, x in enumerate(nodes):
        both = [enumeration.joint({x: state}) for state in (0, 1)]
        mutilated = model.do([x])
        engine = VariableElimination(mutilated)
        names = model.get_cpds(x).state_names[x]
        for column, y in enumerate(nodes):
            if x == y:
                continue
            rest = tuple(axis for axis in range(len(nodes)) if axis != column)
            first, second = (joint.sum(axis=rest)[0] for joint in both)
            matrix[row, column] = first - second
            order = model.get_cpds(y).state_names[y]
            peer = [engine.query([y], {x: name}, show_progress=False) for name in names[:2]]
            peer = [factor.values[factor.state_names[y].index(order[0])] for factor in peer]
            assert abs(matrix[row, column] - (peer[0] - peer[1])) < AGREEMENT, (x, y)
    return matrix


def peer_query(model, targets, evidence):
    """The same query by pgmpy, states in the order of the tables."""
    names = {node: model.get_cpds(node).state_names[node] for node in model.nodes()}
    named = {node: names[node][state] for node, state in evidence.items()}
    factor = VariableElimination(model).query(targets, named, show_progress=False)
    values = factor.values.transpose([factor.variables.index(target) for target in targets])
    for axis, target in enumerate(targets):
        values = values.take([factor.state_names[target].index(name) for name in names[target]], axis=axis)
    return values


def mediation(enumeration, x, mediators, y):
    """Natural direct and indirect effects of x from state 1 to state 0, and of the way back."""
    result = {}
    for name, (before, after) in {"": (1, 0), ".back": (0, 1)}.items():
        m_before, _ = enumeration.query(mediators, do={x: before})
        m_after, _ = enumeration.query(mediators, do={x: after})
        direct = indirect = 0.0
        for states in np.ndindex(m_before.shape):
            set_to = dict(zip(mediators, states))
            y_before = enumeration.query([y], do={x: before, **set_to})[0][0]
            y_after = enumeration.query([y], do={x: after, **set_to})[0][0]
            direct += (y_after - y_before) * m_before[states]
            indirect += y_before * (m_after[states] - m_before[states])
        result[f"direct{name}"], result[f"indirect{name}"] = direct, indirect
    return result


def main():
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore", FutureWarning)
    values = {}
    models = {name: rescaled(get_example_model(name)) for name in NETWORKS}
    enumerations = {name: Enumeration(model, ORDERS.get(name, sorted(model.nodes()))) for name, model in models.items()}
    for name in NETWORKS:
        values[f"{name}.effects"] = effects(models[name], enumerations[name]).tolist()

    queries = {
        "asia.tub_lung_given_xray_dysp": ("asia", ["tub", "lung"], {"xray": 0, "dysp": 0}),
        "asia.smoke_given_xray_no_tub": ("asia", ["smoke"], {"xray": 0, "tub": 1}),
        "survey.travel_age_given_big": ("survey", ["T", "A"], {"R": 1}),
        "sachs.akt_given_raf_jnk": ("sachs", ["Akt"], {"Raf": 0, "Jnk": 2}),
    }
    for key, (name, targets, evidence) in queries.items():
        distribution, probability = enumerations[name].query(targets, evidence)
        assert abs(distribution - peer_query(models[name], targets, evidence)).max() < AGREEMENT, key
        values[key] = distribution.tolist()
        values[f"{key}.probability"] = float(probability)
    distributions = [enumerations["survey"].query(["T"], do={"A": age})[0] for age in range(3)]
    values["survey.travel_do_age"] = np.array(distributions).tolist()
    for key, effect in mediation(enumerations["asia"], "smoke", ["bronc"], "dysp").items():
        values[f"asia.smoke_bronc_dysp.{key}"] = effect
    for key, effect in mediation(enumerations["sachs"], "PKA", ["Raf", "Mek"], "Erk").items():
        values[f"sachs.pka_raf_mek_erk.{key}"] = effect
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
