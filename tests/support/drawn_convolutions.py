"""Convolutional networks drawn at random: strides, padding, groups, states, several thresholds."""

from math import prod
from pathlib import Path
from random import Random
from typing import Any

import nnc
from nnc import Network, Neuron, Output
from nnc.compiler.graph import LayerNode, build_graph
from nnc.compiler.linking import Linker
from nnc.language.library import Library
from tests.support.oracle import COMPARE
from tests.support.stated import Stated, states_of

File = dict[str, Any]
_STATES = ([0, 1], [0, 1], [-1, 1], [1, 0], [2, 5], ["1/2", -1])
_KINDS = ("bit", "bit", "bit", "integer", "integer", "real")


def drawn_file(random: Random) -> File:
    """Draw a network as a file has it: one to three convolutions, and what reads them."""
    kind = random.choice(_KINDS)
    shape = [random.randint(1, 6), random.randint(1, 6)]
    channels = random.choice([1, 1, 2, 3, 4])
    if channels > 1 or random.random() < 0.3:
        shape.append(channels)
    image: File = {"type": kind, "shape": shape}
    if kind == "bit":
        image["states"] = random.choice(_STATES)
    if kind == "integer":
        image |= {"min": -3, "max": random.choice([3, 255])}
    layers: File = {}
    source, size = "image", (shape[0], shape[1], channels)
    for place in range(random.randint(1, 3)):
        layer, size = _convolution(random, source, size)
        source = f"c{place}"
        layers[source] = layer
    rows, columns, features = size
    reading = {"wiring": source, "weights": _numbers(random, rows * columns * features, 2)}
    outputs = {
        "last": source,
        "first": "c0",
        "one": f"{source}({rows - 1}, {columns - 1}, {features - 1})",
        "sums": {"sum": source},
        "best": {"largest": source},
        "n": "n",
    }
    return {
        "nnc": 1,
        "fires": random.choice(["above", "at_least", "below", "at_most"]),
        "inputs": {"image": image},
        "layers": layers,
        "neurons": {"n": {**reading, "threshold": random.randint(-2, 2), "states": [0, 1]}},
        "outputs": outputs,
    }


def _convolution(
    random: Random, source: str, size: tuple[int, int, int]
) -> tuple[File, tuple[int, int, int]]:
    rows, columns, channels = size
    groups = random.choice([g for g in (1, 1, channels, 2) if channels % g == 0])
    features = groups * random.randint(1, 3)
    padding = [random.choice([0, 0, 1, 2]) for _ in range(2)]
    kernel = [
        random.randint(1, min(3, n + 2 * p)) for n, p in zip((rows, columns), padding, strict=True)
    ]
    stride = [random.choice([1, 1, 2, 3]) for _ in range(2)]
    depth = channels // groups
    layer: File = {
        "convolve": source,
        "kernel": _pair(random, kernel),
        "thresholds": random.randint(-2, 2),
        "states": random.choice(_STATES),
    }
    if stride != [1, 1]:
        layer["stride"] = _pair(random, stride)
    if padding != [0, 0]:
        layer["padding"] = _pair(random, padding)
        if random.random() < 0.5:
            layer["outside"] = random.choice([-1, 1, "1/2", 3])
    if groups > 1:
        layer["groups"] = groups
    if random.random() < 0.8:
        numbers = iter(_numbers(random, features * kernel[0] * kernel[1] * depth, 3))
        layer["weights"] = [
            [
                [[next(numbers) for _ in range(depth)] for _ in range(kernel[1])]
                for _ in range(kernel[0])
            ]
            for _ in range(features)
        ]
    else:
        layer |= {"features": features, "weights": random.choice([1, -2, "1/3"])}
    form = random.random()
    if form < 0.4:
        layer["thresholds"] = _numbers(random, features, 4)
    elif form < 0.7:
        width = random.randint(1, 3)
        layer["thresholds"] = [
            sorted(random.randint(-4, 4) for _ in range(width)) for _ in range(features)
        ]
        del layer["states"]
    if random.random() < 0.5:
        layer["fires"] = random.choice(["above", "at_least", "below", "at_most"])
    places = [
        (n + 2 * p - k) // s + 1
        for n, p, k, s in zip((rows, columns), padding, kernel, stride, strict=True)
    ]
    return layer, (places[0], places[1], features)


def _pair(random: Random, pair: list[int]) -> Any:
    return pair[0] if pair[0] == pair[1] and random.random() < 0.5 else pair


def _numbers(random: Random, count: int, most: int) -> list[Any]:
    kinds = random.choices(["integers", "fractions", "large"], [6, 2, 1])[0]
    if kinds == "integers":
        return [random.randint(-most, most) for _ in range(count)]
    if kinds == "large":
        ends = [sign << bits for sign in (-1, 1) for bits in (31, 53, 63)]
        return [random.choice(ends) + random.randint(-1, 1) for _ in range(count)]
    return [f"{random.randint(-most, most)}/{random.choice([2, 3, 5])}" for _ in range(count)]


def drawn_rows(random: Random, network: Network, count: int) -> list[dict[str, Any]]:
    """Draw rows of a network with the one input `image`."""
    image = network.typed_inputs()["image"]
    if image.type == "bit":
        values: list[Any] = list(image.state_values)
    else:
        values = [-3, -2, -1, 0, 0, 1, 2, 3] + ([255] if image.max == 255 else [])
        values += ["1/2", "-7/3", "0.1"] if image.type == "real" else []
    return [{"image": [random.choice(values) for _ in range(image.width)]} for _ in range(count)]


def as_text(file: File) -> str:
    """Write a file as YAML, in flow style."""
    return f"{_written(file)}\n"


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    text = str(value)
    return f'"{text}"' if "," in text else text


def drawn_stated(random: Random) -> Stated:
    """Draw a small picture of bits and convolutions of it, for the surfaces of bits."""
    one = Stated()
    shape = random.choice([[1, 3], [2, 2], [2, 3], [3, 2], [1, 5], [2, 1, 2], [1, 2, 3]])
    size, states = prod(shape), states_of(random)
    one.inputs["image"] = {"type": "bit", "shape": shape, "size": size, "states": list(states)}
    one.states |= {f"image({i})": states for i in range(size)}
    source, sizes = "image", (shape[0], shape[1], [*shape, 1][2])
    for place in range(random.randint(1, 2)):
        layer, sizes = _convolution(random, source, sizes)
        if isinstance(layer["thresholds"], list):
            layer["thresholds"] = [random.randint(-3, 3) for _ in layer["thresholds"]]
        own = states_of(random)
        source = f"h{place}"
        layer |= {"fires": random.choice([*COMPARE]), "states": list(own)}
        one.layers[source] = layer
        one.states |= {f"{source}({i})": own for i in range(prod(sizes))}
        one.outputs |= {f"o_{source}": source, f"top_{source}": {"largest": source}}
    one.outputs |= {"passed": "image", "one": f"{source}(0)"}
    return one


def written_out(network: Network) -> Network:
    """Give the network with a neuron for each element of its convolutions."""
    plan = nnc.compile(network)
    names = {0: "0", 1: "1"}
    names |= {signal: plan.name_of(signal) for signal in range(2, plan.first_made)}
    neurons: dict[str, Neuron] = {}
    graph, _, _ = build_graph(Linker(Library(Path())).link(network, Path()))
    assert graph is not None
    for node in graph.nodes:
        assert isinstance(node, LayerNode)
        for i in range(node.size):
            names[node.first + i] = f"{node.name}_{i}"
            own = node.neuron(i)
            neurons[f"{node.name}_{i}"] = Neuron(
                weights={names[s]: w for s, w in zip(own.sources, own.weights, strict=True)},
                threshold=own.thresholds[0],
                fires=own.fires,
                states=own.states,
            )
    outputs: dict[str, Any] = {}
    for tap in graph.outputs:
        listed = [names[signal] for signal in tap.signals]
        if tap.kind == "largest":
            outputs[tap.alias] = Output(largest=listed)
        else:
            outputs[tap.alias] = listed if tap.is_bus else listed[0]
    return Network(inputs=network.inputs, neurons=neurons, outputs=outputs, fires=network.fires)
