"""OSBORN, its baselines, selection truth and evaluation, by loops over samples, classes and pairs. Writes ensembles.json.

Nothing here is shared with the crate: joint distributions are dictionaries, intersections and unions are sets, and the
optimal couplings are POT's.
"""

import datetime
import itertools
import math

import golden_file
import numpy as np
import ot
import scipy
from scipy import stats

SEED = 20261124
N_MEMBERS, N_CLASSES, N_SAMPLES, N_SOURCE, SIZE = 5, 3, 40, 18, 3
PROVENANCE = {
    "tool": "POT, scipy, numpy",
    "version": f"{ot.__version__}, {scipy.__version__}, {np.__version__}",
    "script": "crates/ot-transferability/tests/golden/ensembles.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "Definitions by plain loops; couplings by ot.emd, correlations by scipy.stats.",
}
TOLERANCE = {
    "rtol": 1e-11,
    "atol": 1e-13,
    "reason": "sums of some hundred terms, divided by a standard deviation; marginals of 1/18 and 1/40 in the couplings",
}


def joint_of(pairs):
    """Weighted pairs (row, column, weight) as a dictionary of masses that sum to 1."""
    total = sum(weight for _, _, weight in pairs)
    joint = {}
    for row, column, weight in pairs:
        joint[row, column] = joint.get((row, column), 0.0) + weight / total
    return {cell: mass for cell, mass in joint.items() if mass > 0}


def conditional_entropy(joint, given, form, n_classes, n_samples):
    """H(row | column) for given = 1, H(column | row) for given = 0."""
    masses = {}
    for cell, mass in joint.items():
        masses[cell[given]] = masses.get(cell[given], 0.0) + mass
    entropy = -sum(mass * math.log(mass / masses[cell[given]]) for cell, mass in joint.items())
    if form == "miller-madow":
        return entropy + (len(joint) - len(masses)) / (2 * n_samples)
    if form == "per-log-classes":
        return entropy / math.log(n_classes)
    return entropy


def expected_predictions(probabilities, labels):
    m, k = probabilities.shape
    eep = np.zeros((m, N_CLASSES))
    for z in range(k):
        mass = sum(probabilities[j, z] for j in range(m))
        for c in range(N_CLASSES):
            share = sum(probabilities[j, z] for j in range(m) if labels[j] == c) / mass
            for j in range(m):
                eep[j, c] += share * probabilities[j, z]
    return eep


def mean_iou(predicted, labels, n_classes):
    ious = []
    for c in range(n_classes):
        p = {j for j, value in enumerate(predicted) if value == c}
        y = {j for j, value in enumerate(labels) if value == c}
        if p | y:
            ious.append(len(p & y) / len(p | y))
    return sum(ious) / len(ious)


def soft_iou(vectors, labels):
    ious = []
    for c in range(N_CLASSES):
        both = either = 0.0
        for j, label in enumerate(labels):
            p, y = vectors[j, c], 1.0 if label == c else 0.0
            both += p * y
            either += p + y - p * y
        ious.append(both / either)
    return sum(ious) / len(ious)


def softmax(logits):
    rows = np.exp(logits - logits.max(axis=1, keepdims=True))
    return rows / rows.sum(axis=1, keepdims=True)


def main():
    rng = np.random.default_rng(SEED)
    labels = rng.permutation(np.arange(N_SAMPLES) % N_CLASSES)
    values = {"labels": labels.tolist()}
    domain, tables, predictions, eeps, head_sizes = [], [], [], [], []
    forms = ("plug-in", "miller-madow", "per-log-classes")
    task = {}

    for member in range(N_MEMBERS):
        k = member + 2
        head_sizes.append(k)
        source_labels = rng.permutation(np.arange(N_SOURCE) % k)
        source = rng.normal(size=(N_SOURCE, 3)) + rng.normal(size=(k, 3))[source_labels]
        target = rng.normal(size=(N_SAMPLES, 3)) + rng.normal(size=(N_CLASSES, 3))[labels]
        probabilities = softmax(rng.normal(size=(N_SAMPLES, k)) + 1.5 * rng.normal(size=(N_CLASSES, k))[labels])
        name = f"member{member}"
        values[f"{name}.source"] = source.tolist()
        values[f"{name}.source_labels"] = source_labels.tolist()
        values[f"{name}.target"] = target.tolist()
        values[f"{name}.probabilities"] = probabilities.tolist()

        cost = np.array([[sum((x - z) ** 2) for z in target] for x in source])
        plan = ot.emd(np.full(N_SOURCE, 1 / N_SOURCE), np.full(N_SAMPLES, 1 / N_SAMPLES), cost)
        domain.append(float((plan * cost).sum()))
        hard = [int(row.argmax()) for row in probabilities]
        predictions.append(hard)
        eeps.append(expected_predictions(probabilities, labels))
        joints = {
            "coupling": joint_of(
                [
                    (int(source_labels[i]), int(labels[j]), plan[i, j])
                    for i in range(N_SOURCE)
                    for j in range(N_SAMPLES)
                    if plan[i, j] > 1e-12
                ]
            ),
            "hard-predictions": joint_of([(hard[j], int(labels[j]), 1.0) for j in range(N_SAMPLES)]),
            "soft-predictions": joint_of(
                [(z, int(labels[j]), probabilities[j, z]) for j in range(N_SAMPLES) for z in range(k)]
            ),
        }
        for source_name, joint in joints.items():
            for form in forms:
                for direction, given, n_classes in (("pred-given-true", 1, k), ("true-given-pred", 0, N_CLASSES)):
                    entropy = conditional_entropy(joint, given, form, n_classes, N_SAMPLES)
                    task.setdefault(f"task.{source_name}.{direction}.{form}", []).append(entropy)

    values["domain"] = domain
    values.update(task)
    for form in forms:
        table = np.zeros((N_MEMBERS, N_MEMBERS))
        for a, b in itertools.permutations(range(N_MEMBERS), 2):
            joint = joint_of([(predictions[a][j], predictions[b][j], 1.0) for j in range(N_SAMPLES)])
            table[a, b] = conditional_entropy(joint, 1, form, head_sizes[a], N_SAMPLES)
        tables.append(table)
        values[f"conditional_entropy.{form}"] = table.tolist()

    # Scores of all ensembles of three, in lexicographic order.
    ensembles = list(itertools.combinations(range(N_MEMBERS), SIZE))
    table = tables[0]
    ordered = {(a, b): table[a, b] + table[b, a] for a, b in itertools.combinations(range(N_MEMBERS), 2)}
    unordered = {(a, b): table[a, b] for a, b in itertools.combinations(range(N_MEMBERS), 2)}

    def sums(column, scale="none"):
        mean, spread = np.mean(column), np.std(column)
        if scale == "none":
            mean, spread = 0.0, 1.0
        elif scale == "scale":
            mean = 0.0
        return [sum((column[v] - mean) / spread for v in ensemble) for ensemble in ensembles]

    def pair_sums(pairs, scale="none"):
        spread = 1.0 if scale == "none" else np.std(list(pairs.values()))
        return [sum(pairs[p] / spread for p in itertools.combinations(ensemble, 2)) for ensemble in ensembles]

    def negative(weights, *columns):
        return [-sum(w * t for w, t in zip(weights, terms)) for terms in zip(*columns)]

    paper = task["task.coupling.pred-given-true.plug-in"]
    otce = task["task.coupling.true-given-pred.plug-in"]
    nce = task["task.hard-predictions.true-given-pred.plug-in"]
    for scale in ("none", "scale", "z-score"):
        values[f"osborn.paper.{scale}"] = negative(
            (1, 1, 1), sums(domain, scale), sums(paper, scale), pair_sums(ordered, scale)
        )
    values["osborn.otce.weighted"] = negative(
        (2.0, 0.5, -0.25), sums(domain, "scale"), sums(otce, "scale"), pair_sums(ordered, "scale")
    )
    values["osborn.nce.unordered"] = negative((1, 1, 1), sums(domain), sums(nce), pair_sums(unordered))
    z = [(np.array(t) - np.mean(t)) / np.std(t) for t in (sums(domain), sums(paper), pair_sums(ordered))]
    values["osborn.paper.standardized"] = negative((1, 1, 1), *z)
    values["osborn.paper.terms"] = [sums(domain, "scale")[1], sums(paper, "scale")[1], pair_sums(ordered, "scale")[1]]
    values["otce-sum"] = negative((1, 1), sums(domain, "scale"), sums(otce, "scale"))

    leep = [float(np.mean([math.log(eep[j, labels[j]]) for j in range(N_SAMPLES)])) for eep in eeps]
    values["leep"] = leep
    values["ms-leep"] = sums(leep)
    e_leep = []
    iou, soft = [], []
    for ensemble in ensembles:
        average = sum(eeps[v] for v in ensemble) / SIZE
        e_leep.append(float(np.mean([math.log(average[j, labels[j]]) for j in range(N_SAMPLES)])))
        iou.append(mean_iou([int(row.argmax()) for row in average], labels, N_CLASSES))
        soft.append(soft_iou(average, labels))
    values["e-leep"] = e_leep
    values["iou-eep"] = iou
    values["soft-iou-eep"] = soft
    cohesion = pair_sums(ordered, "scale")
    values["ms-leep+cohesion"] = [s / np.std(leep) - c for s, c in zip(values["ms-leep"], cohesion)]
    values["e-leep+cohesion"] = [s / np.std(leep) - c for s, c in zip(e_leep, cohesion)]

    # The truth: members fine-tuned on another sample, four classes of which the labels have three.
    test_labels = rng.integers(0, 3, size=30)
    fine_tuned = [softmax(rng.normal(size=(30, 4)) + 1.2 * np.eye(4)[test_labels]) for _ in range(N_MEMBERS)]
    values["test_labels"] = test_labels.tolist()
    values["fine_tuned"] = np.array(fine_tuned).tolist()
    accuracy, truth_iou = [], []
    for ensemble in ensembles:
        average = sum(fine_tuned[v] for v in ensemble) / SIZE
        predicted = [int(row.argmax()) for row in average]
        accuracy.append(sum(p == y for p, y in zip(predicted, test_labels)) / len(test_labels))
        truth_iou.append(mean_iou(predicted, test_labels, 4))
    values["accuracy"] = accuracy
    values["mean-iou"] = truth_iou

    top = sorted(range(len(ensembles)), key=lambda i: (-e_leep[i], i))[:2]
    best = max(accuracy)
    picked = max(accuracy[i] for i in top)
    values["agreement"] = [
        float(stats.pearsonr(e_leep, accuracy)[0]),
        float(stats.kendalltau(e_leep, accuracy)[0]),
        float(stats.weightedtau(e_leep, accuracy)[0]),
        picked / best,
        best - picked,
        1.0 if sum(a > accuracy[top[0]] for a in accuracy) < 2 else 0.0,
    ]
    golden_file.write(PROVENANCE, TOLERANCE, values)


if __name__ == "__main__":
    main()
