"""Tables that SplitMix64 makes, as tests/it/seeded_tables.rs makes them."""

import math

import pandas as pd

MASK = 2**64 - 1
ASIA_NODES = ["asia", "tub", "smoke", "lung", "bronc", "either", "xray", "dysp"]
ASIA_EDGES = [
    ("asia", "tub"),
    ("smoke", "lung"),
    ("smoke", "bronc"),
    ("tub", "either"),
    ("lung", "either"),
    ("either", "xray"),
    ("bronc", "dysp"),
    ("either", "dysp"),
]
SIX_EDGES = [(0, 2, 0.8), (1, 2, -0.6), (2, 3, 0.7), (2, 4, 0.5), (3, 5, 0.9), (4, 5, -0.4)]


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return ((z ^ (z >> 31)) >> 11) * 2.0**-53

    def normal(self):
        u1, u2 = self.uniform(), self.uniform()
        return math.sqrt(-2.0 * math.log(1.0 - u1)) * math.cos(2.0 * math.pi * u2)


def asia(n_rows=2000, seed=42):
    """Rows of the asia network (Lauritzen and Spiegelhalter 1988), state 0 is yes."""
    draws = SplitMix64(seed)

    def yes(probability):
        return draws.uniform() < probability

    rows = []
    for _ in range(n_rows):
        asia = yes(0.01)
        tub = yes(0.05 if asia else 0.01)
        smoke = yes(0.5)
        lung = yes(0.1 if smoke else 0.01)
        bronc = yes(0.6 if smoke else 0.3)
        either = yes(1.0 if tub or lung else 0.0)
        xray = yes(0.98 if either else 0.05)
        if bronc:
            dysp = yes(0.9 if either else 0.8)
        else:
            dysp = yes(0.7 if either else 0.1)
        rows.append([0 if state else 1 for state in (asia, tub, smoke, lung, bronc, either, xray, dysp)])
    frame = pd.DataFrame(rows, columns=ASIA_NODES)
    return frame.apply(lambda codes: pd.Categorical.from_codes(codes, categories=["yes", "no"]))


def six_nodes(n_rows=1000, seed=7):
    """Rows of a linear Gaussian network of six nodes."""
    draws = SplitMix64(seed)
    rows = []
    for _ in range(n_rows):
        row = [0.0] * 6
        for node in range(6):
            noise = draws.normal()
            row[node] = noise + sum(weight * row[cause] for cause, effect, weight in SIX_EDGES if effect == node)
        rows.append(row)
    return pd.DataFrame(rows, columns=[f"X{node}" for node in range(6)])


def random_gaussian(n_nodes, n_rows, degree, seed):
    """Rows of a random linear Gaussian network: the k-th node of its order is (7 k + 3) mod n. n is no multiple of 7."""
    draws = SplitMix64(seed)
    order = [(7 * k + 3) % n_nodes for k in range(n_nodes)]
    parents = [[] for _ in order]
    for k, effect in enumerate(order):
        for cause in order[:k]:
            present, size, sign = draws.uniform(), draws.uniform(), draws.uniform()
            if present < degree / (n_nodes - 1):
                parents[effect].append((cause, math.copysign(0.3 + 0.5 * size, sign - 0.5)))
    rows = []
    for _ in range(n_rows):
        row = [0.0] * n_nodes
        for node in order:
            row[node] = draws.normal() + sum(weight * row[cause] for cause, weight in parents[node])
        rows.append(row)
    return pd.DataFrame(rows, columns=[f"X{node}" for node in range(n_nodes)])
