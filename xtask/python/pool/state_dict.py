"""Reads pickled arrays and PyTorch state dictionaries with numpy alone.

A pickle can name any function for its reader to call. The readers here look up a closed list of names and refuse a
file that asks for another, so that an unknown file runs no code of its own.
"""

import collections
import io
import pickle
import struct
import zipfile

import numpy as np

# Element types of PyTorch's storages.
STORAGES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "LongStorage": "<i8"}
# First number of a file in PyTorch's format from before version 1.6.
OLD_MAGIC = 0x1950A86A20F9469CFC6C


class Refused(pickle.UnpicklingError):
    """The file asks for something that no array needs."""


class Unpickler(pickle.Unpickler):
    """Knows numpy's arrays and PyTorch's tensors, nothing else."""

    def __init__(self, file, storage=None):
        super().__init__(file)
        self.storage = storage

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) in (("numpy", "ndarray"), ("numpy", "dtype")):
            return getattr(np, name)
        if name == "_reconstruct" and module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            return np._core.multiarray._reconstruct
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return strided
        if module == "torch" and name in STORAGES:
            return np.dtype(STORAGES[name])
        raise Refused(f"{module}.{name} is not part of an array")

    def persistent_load(self, identity):
        if self.storage is None or identity[0] != "storage":
            raise Refused("a reference outside the file")
        _, dtype, key, _, length = identity[:5]
        return self.storage(dtype, key, length)


def strided(storage, offset, shape, strides, *_):
    """A tensor as a view of its storage, strides in elements."""
    if shape and max(shape) > 0:
        last = offset + sum((n - 1) * step for n, step in zip(shape, strides))
        if min(strides) < 0 or not 0 <= offset <= last < storage.size:
            raise Refused("a tensor that reaches outside its storage")
    bytes_apart = [step * storage.itemsize for step in strides]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, bytes_apart)


def read_arrays(data):
    """What a pickle of numpy arrays holds."""
    return Unpickler(io.BytesIO(data)).load()


def read_state_dict(data):
    """Arrays by name, from the bytes of a state dictionary in either of PyTorch's formats."""
    if zipfile.is_zipfile(io.BytesIO(data)):
        return read_zipped(zipfile.ZipFile(io.BytesIO(data)))
    return read_sequence(io.BytesIO(data))


def read_zipped(archive):
    """The format since PyTorch 1.6: `NAME/data.pkl`, and a file `NAME/data/KEY` for each storage."""
    (pickled,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]
    folder = pickled.removesuffix(".pkl")

    def storage(dtype, key, length):
        return np.frombuffer(archive.read(f"{folder}/{key}"), dtype, length)

    return dict(Unpickler(io.BytesIO(archive.read(pickled)), storage).load())


def read_sequence(file):
    """The format before: magic number, version, system, tensors, storage keys, then each storage with its length.

    The storages come last, so the tensors are first read with storages of zeros that are filled afterwards.
    """
    magic, _version, system = (Unpickler(file).load() for _ in range(3))
    if magic != OLD_MAGIC or not system["little_endian"]:
        raise Refused("not a state dictionary")
    storages = {}

    def storage(dtype, key, length):
        return storages.setdefault(key, np.zeros(length, dtype))

    tensors = Unpickler(file, storage).load()
    for key in Unpickler(file).load():
        (length,) = struct.unpack("<q", file.read(8))
        if length != storages[key].size:
            raise Refused(f"a storage of {length} elements, expected {storages[key].size}")
        storages[key][:] = np.frombuffer(file.read(storages[key].nbytes), storages[key].dtype)
    return dict(tensors)
