#!/usr/bin/env python3
"""Array files written by NumPy, by Python's safetensors and by hand (IDX), and the numbers in them."""

import argparse
import datetime
import gzip
import hashlib
import json
import pathlib
import struct

import numpy as np
import safetensors
from numpy.lib import format as npy
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).resolve().parent
FLOATS = [0.0, -0.0, 1.5, -2.25, 1 / 3, np.inf, -np.inf, np.nan]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=HERE, help="folder to write into")
    out = parser.parse_args().out
    files = out / "arrays"
    files.mkdir(parents=True, exist_ok=True)

    values = {}
    for name, array in plain().items():
        np.save(files / f"{name}.npy", array)
        values |= described(f"{name}.npy", array)
    for name, (array, version) in variants().items():
        with open(files / f"{name}.npy", "wb") as file:
            npy.write_array(file, array, version=version)
        values |= described(f"{name}.npy", array)

    tensors = {name: array for name, array in plain().items() if name != "aligned"}
    save_file(tensors, files / "plain.safetensors", metadata={"format": "np"})

    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    content = b"\0\0\x08\3" + struct.pack(">3I", *images.shape) + images.tobytes()
    (files / "images-idx3-ubyte.gz").write_bytes(gzip.compress(content, mtime=0))
    values |= described("images-idx3-ubyte.gz", images)
    reals = np.array(FLOATS, ">f4")
    (files / "reals-idx1-float").write_bytes(b"\0\0\x0d\1" + struct.pack(">I", reals.size) + reals.tobytes())
    values |= described("reals-idx1-float", reals)

    provenance = {
        "tool": "NumPy",
        "version": f"{np.__version__}, safetensors {safetensors.__version__}",
        "script": "crates/tensor-core/tests/golden/arrays.py",
        "seed": None,
        "date": datetime.date.today().isoformat(),
        "note": "of each file in arrays/: its elements, its shape, and the SHA-256 of its elements, row-major and little-endian",
    }
    tolerance = {"rtol": 0.0, "atol": 0.0, "reason": "a file is read to the last bit"}
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(value)}" for name, value in values.items())
    text = (
        f'{{\n  "provenance": {json.dumps(provenance)},\n  "tolerance": {json.dumps(tolerance)},\n'
        f'  "values": {{\n{lines}\n  }}\n}}\n'
    )
    (out / "arrays.json").write_text(text, encoding="utf-8")


def plain() -> dict:
    """Arrays as `numpy.save` writes them here: version 1.0, C order, little-endian."""
    return {
        "float16": np.array(FLOATS, np.float16),
        "float32": np.array(FLOATS, np.float32).reshape(2, 4),
        "float64": np.array([*FLOATS, 5e-324, 1.7976931348623157e308]),
        "int8": np.array([-128, 127], np.int8),
        "int16": np.array([-(2**15), 2**15 - 1], np.int16),
        "int32": np.array([-(2**31), 2**31 - 1], np.int32),
        "int64": np.array([-(2**63), 2**63 - 1, 0], np.int64),
        "uint8": np.arange(12, dtype=np.uint8).reshape(2, 3, 2),
        "bool": np.array([True, False, True]),
        "scalar": np.array(-2.5),
        "empty": np.zeros((0, 5), np.float32),
        # The header ends on a multiple of 64 before it is padded.
        "aligned": np.zeros((1,) * 13 + (123,), np.uint8),
    }


def variants() -> dict:
    """The other versions, the other byte order, the other order of the elements."""
    matrix = np.arange(12, dtype=np.float32).reshape(3, 4) / 8
    cube = np.arange(24, dtype=np.int64).reshape(2, 3, 4) - 12
    return {
        "version_2": (matrix, (2, 0)),
        "version_3": (cube, (3, 0)),
        "big_float64": (matrix.astype(">f8"), None),
        "big_int32": (cube.astype(">i4"), None),
        "fortran_float32": (np.asfortranarray(matrix), None),
        "fortran_big_int64": (np.asfortranarray(cube.astype(">i8")), None),
    }


def described(name: str, array: np.ndarray) -> dict:
    numbers = array.astype(np.uint8) if array.dtype == bool else array
    digest = hashlib.sha256(array.astype(array.dtype.newbyteorder("<")).tobytes()).digest()
    return {name: spelled(numbers.tolist()), f"{name}/shape": list(array.shape), f"{name}/sha256": list(digest)}


def spelled(value: object) -> object:
    """NaN and the infinities as text: JSON has no numbers for them."""
    if isinstance(value, list):
        return [spelled(entry) for entry in value]
    return value if np.isfinite(value) else str(value)


if __name__ == "__main__":
    main()
