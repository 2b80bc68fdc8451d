"""Layers of counts in proofs: against the same written out as neurons, and against all rows."""

from itertools import product
from random import Random
from typing import Any

import nnc
from nnc.language.network import Layer, Network, Neuron
from tests.support.certificates import certificate_of, certified, is_refused, shown_by
from tests.support.drawn_layers import FIRES
from tests.support.oracle import COMPARE

BITS = ("a", "b", "c", "d")
Drawn = list[tuple[str, list[list[int]], list[list[int]]]]  # fires, weights and thresholds


def drawn(rng: Random) -> Drawn:
    """Draw two layers over four bits, the second over the counts of the first."""
    layers, fan_in = [], len(BITS)
    for _ in range(2):
        size, m = rng.randint(1, 3), rng.randint(1, 3)
        weights = [[rng.randint(-3, 3) for _ in range(fan_in)] for _ in range(size)]
        limits = [sorted(rng.randint(-3, 5) for _ in range(m)) for _ in range(size)]
        layers.append((rng.choice(FIRES), weights, limits))
        fan_in = size
    return layers


def as_layers(layers: Drawn) -> Network:
    names = ["f", "g"][: len(layers)]
    sources: list[Any] = [list(BITS), "f"]
    declared = {
        name: Layer(wiring=source, weights=weights, thresholds=limits, fires=fires)
        for name, source, (fires, weights, limits) in zip(names, sources, layers, strict=True)
    }
    size = len(layers[-1][1])
    neurons = {
        f"value{i}": Neuron(weights={f"g({i})": 1}, threshold=1, fires="at_least")
        for i in range(size)
    }
    return network(layers=declared, neurons=neurons, sums={f"g{i}": f"g({i})" for i in range(size)})


def network(sums: dict[str, str], **declared: Any) -> Network:
    values = {f"y{i}": {"sum": f"value{i}"} for i in range(len(sums))}
    outputs = values | {alias: {"sum": name} for alias, name in sums.items()}
    return Network(inputs=list(BITS), outputs=outputs, **declared)


def as_neurons(layers: Drawn) -> Network:
    """Write out every threshold as a neuron of its own."""
    neurons: dict[str, Neuron] = {}
    sources = [[name] for name in BITS]
    for letter, (fires, weights, limits) in zip("fg", layers, strict=True):
        made = []
        for i, (row, own) in enumerate(zip(weights, limits, strict=True)):
            each = zip(row, sources, strict=True)
            wires = {name: w for w, names in each for name in names}
            names = [f"{letter}{i}_{k}" for k in range(len(own))]
            for name, limit in zip(names, own, strict=True):
                neurons[name] = Neuron(weights=dict(wires), threshold=limit, fires=fires)
            made.append(names)
        sources = made
    for i, names in enumerate(sources):
        wires = dict.fromkeys(names, 1)
        neurons[f"value{i}"] = Neuron(weights=wires, threshold=1, fires="at_least")
    return network(neurons=neurons, sums={f"g{i}": own[0] for i, own in enumerate(sources)})


def values_of(layers: Drawn) -> list[list[int]]:
    """Give what the last layer is, and its sums, for every row."""
    rows = []
    for row in product((0, 1), repeat=len(BITS)):
        values, sums = list(row), list[int]()
        for fires, weights, limits in layers:
            sums = [sum(w * x for w, x in zip(own, values, strict=True)) for own in weights]
            values = [
                sum(COMPARE[fires](total, limit) for limit in own)
                for total, own in zip(sums, limits, strict=True)
            ]
        rows.append([*values, *sums])
    return rows


def test_layers_are_equal_to_their_neurons_and_to_no_others(chunk: int) -> None:
    rng = Random(f"counts {chunk}")
    for _ in range(3):
        layers = drawn(rng)
        found = nnc.compare(as_layers(layers), as_neurons(layers)).behaviour
        assert {verdict.kind for verdict in found.verdicts} == {"equal"}
        fires, weights, limits = layers[0]
        limits = [[limit + (rng.random() < 0.4) for limit in own] for own in limits]
        other = [(fires, weights, limits), layers[1]]
        found = nnc.compare(as_layers(layers), as_layers(other)).behaviour
        before, after = values_of(layers), values_of(other)
        for verdict, old, new in zip(
            found.verdicts, zip(*before, strict=True), zip(*after, strict=True), strict=True
        ):
            assert verdict.kind == ("equal" if old == new else "differs")
            if verdict.kind == "differs":
                inputs = verdict.counterexample.inputs
                row = int("".join(str(inputs.get(name, 0)) for name in BITS), 2)
                assert old[row] != new[row]


LAYERS = """\
nnc: 1
fires: at_least
inputs: {p: bit(20)}
layers:
  hidden: {wiring: p, thresholds: [[5, 10, 15], [6, 11, 16]]}
  second: {wiring: hidden, weights: [[1, 1], [1, -1]], thresholds: [[2, 4, 6], [0, 1, 2]]}
outputs: {level: second(0), sums: {sum: second}}
"""


def test_a_certificate_of_counts() -> None:
    doubled = LAYERS.replace("p, thresholds: [[5, 10, 15], [6, 11, 16]]",
                             "p, weights: 2, thresholds: [[9, 20, 30], [12, 22, 32]]")  # fmt: skip
    pair = certified(LAYERS), certified(doubled)
    text = certificate_of(*pair).text
    assert text is not None
    (shown,) = shown_by(text, *pair)
    assert shown.outputs == ("level", "sums")
    assert is_refused(text, pair[0], certified(doubled.replace("[9,", "[8,")))


def test_properties_of_a_count(chunk: int) -> None:
    rng = Random(f"properties of counts {chunk}")
    for _ in range(2):
        layers = drawn(rng)
        most = rng.randint(0, len(layers[1][2][0]))
        one = Network(
            inputs=list(BITS),
            layers=as_layers(layers).layers,
            outputs={"y": "g(0)"},
            properties=[{"never": {"y": most}}, {"increasing": "y", "in": "a"}],
        )
        rows = [row[0] for row in values_of(layers)]
        half = len(rows) // 2  # `a` is the first input, and so the slowest
        rises = all(x <= y for x, y in zip(rows[:half], rows[half:], strict=True))
        right = ["proved" if holds else "refuted" for holds in (most not in rows, rises)]
        assert [result.kind for result in nnc.prove(one)] == right
