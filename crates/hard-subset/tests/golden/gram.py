"""Gram statistics, bounds and deviations from whole Gram matrices, by numpy. Writes gram.json."""

import datetime
import hashlib

import golden_file
import numpy as np

SEED = 20261125
PROVENANCE = {
    "tool": "numpy",
    "version": np.__version__,
    "script": "crates/hard-subset/tests/golden/gram.py",
    "seed": SEED,
    "date": datetime.date.today().isoformat(),
    "note": "Whole Gram matrices in double precision, row sums by numpy. Validation rows by SplitMix64 from a number that "
    "hashlib's SHA-256 derives from seed 7. The one row of class 3 is a validation row, so that its bounds are its own; "
    "class 4 has no source row, so that bounds over all classes stand in for its.",
}
TOLERANCE = {
    "rtol": 1e-10,
    "atol": 1e-13,
    "reason": "signed sums of some 100 products in another order; a root at odd orders magnifies what cancels",
}
ORDERS = [1, 2, 3, 4, 5, 7, 8, 10]
FRACTION = 0.25
MASK = 2**64 - 1


def statistics(maps):
    n, c = maps.shape[:2]
    maps = maps.reshape(n, c, -1)
    result = []
    for order in ORDERS:
        powers = maps**order
        sums = (powers @ powers.transpose(0, 2, 1)).sum(axis=2)
        result.append(np.sign(sums) * np.abs(sums) ** (1.0 / order))
    return np.stack(result, axis=1)


def is_validation(seed, n):
    label = b"hard-subset/gram"
    text = b"tensor-core/derive/1" + seed.to_bytes(8, "little") + len(label).to_bytes(8, "little") + label
    start = int.from_bytes(hashlib.sha256(text).digest()[:8], "little")
    keys = []
    for row in range(n):
        state = (start + row * 0x9E3779B97F4A7C15) & MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & MASK
        keys.append(state ^ (state >> 31))
    return np.array([key < FRACTION * 2**64 for key in keys])


def deviations(sample, low, high):
    below = np.maximum(low - sample, 0.0) / np.abs(low + 1e-6)
    above = np.maximum(sample - high, 0.0) / np.abs(high + 1e-6)
    return (below + above).sum()


def layer_hardness(source, predicted, validation, target, target_predicted):
    source, target = statistics(source), statistics(target)
    bounds = {}
    for c in set(predicted.tolist()):
        rows = (predicted == c) & ~validation
        rows = rows if rows.any() else predicted == c
        bounds[c] = source[rows].min(axis=0), source[rows].max(axis=0)
    bounds[4] = np.min([low for low, _ in bounds.values()], axis=0), np.max([high for _, high in bounds.values()], axis=0)
    own = [c for c in set(predicted.tolist()) if ((predicted == c) & ~validation).any()]
    held_out = [i for i in np.flatnonzero(validation) if predicted[i] in own]
    mean = np.mean([deviations(source[i], *bounds[predicted[i]]) for i in held_out])
    hardness = [deviations(row, *bounds[c]) / (mean + 1e-7) for row, c in zip(target, target_predicted)]
    return np.array(hardness), mean, len(held_out)


def main():
    rng = np.random.default_rng(SEED)
    source_maps = np.maximum(rng.normal(loc=0.2, size=(60, 5, 3, 7)), 0.0)
    target_maps = np.maximum(rng.normal(loc=0.2, scale=1.3, size=(20, 5, 3, 7)), 0.0)
    source_fc, target_fc = rng.normal(size=(60, 6)), rng.normal(size=(20, 6))
    validation = is_validation(7, 60)
    predicted = rng.integers(0, 3, 60)
    predicted[np.flatnonzero(validation)[0]] = 3
    target_predicted = rng.integers(0, 5, 20)
    conv, conv_mean, n_validation = layer_hardness(source_maps, predicted, validation, target_maps, target_predicted)
    fc, fc_mean, _ = layer_hardness(source_fc, predicted, validation, target_fc, target_predicted)
    signed_maps = rng.normal(size=(4, 3, 2, 9))
    golden_file.write(
        PROVENANCE,
        TOLERANCE,
        {
            "signed_maps": signed_maps.tolist(),
            "orders": ORDERS,
            "signed_statistics": statistics(signed_maps).tolist(),
            "source_conv": source_maps.tolist(),
            "target_conv": target_maps.tolist(),
            "source_fc": source_fc.tolist(),
            "target_fc": target_fc.tolist(),
            "predicted": predicted.tolist(),
            "target_predicted": target_predicted.tolist(),
            "n_validation_rows": n_validation,
            "n_fallbacks": int((target_predicted == 4).sum()),
            "mean_deviations": [float(conv_mean), float(fc_mean)],
            "hardness_conv": conv.tolist(),
            "hardness_fc": fc.tolist(),
            "hardness": ((conv + fc) / 2.0).tolist(),
        },
    )


if __name__ == "__main__":
    main()
