"""The oracle by hand, and what is drawn is valid: it checks nothing, so these tests do."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support import oracle
from tests.support.oracle import Circuit, Neuron, Oracle, Row, Signal, limit
from tests.support.strategies import ALL, SIDES, Example, example

FILES = {
    "parts/cell.nn.yaml": """
nnc: 1
fires: at_least
inputs: {x: bit(2), carry: bit, more: {type: integer, default: 5}}
neurons: {next: {weights: {x: [1, 2], carry: 1}, thresholds: {some: 1, most: 3}}}
outputs: {out: next.most, points: {sum: next}, verdict: {level: next, labels: [no, so, yes]},
          more: more}
""",
    "base.nn.yaml": """
nnc: 1
fires: at_least
states: [-1, 1]
inputs: [a, b]
neurons:
  n: {weights: {a: 1, b: 2}, threshold: 1}
  m: {wiring: [a, b], weights: [1, 1], threshold: 0}
outputs: [n, m]
""",
}
BY_HAND = [
    ("inputs: {c: {type: choice, of: [x, y, z]}}\noutputs: {y: c.y, c: c, last: c(1:3)}",
     {"c": "z"}, {"y": 0, "c": 4, "last": 2}),
    (("inputs: {a: {type: bit(4), default: 10}, v: integer(2)}\n"
     "outputs: {a: a, odd: a(1:4:2), v: v, one: v(1)}"),
     {"v": ["7", "-2"]}, {"a": 10, "odd": 3, "v": [7, -2], "one": -2}),
    (("states: [-1, 1]\nfires: above\ninputs: [a, b]\n"
     "neurons: {n: {wiring: [a, b], thresholds: {p: -1, q: 1}}}\n"
     "outputs: {n: n, s: {sum: n}, l: {level: n}}"),
     {"a": 1, "b": -1}, {"n": [1, -1], "s": 0, "l": 1}),
    (("inputs: {a: bit(2)}\n"
     "layers: {h: {wiring: a, weights: [[1, 0], [0, 3], [1/2, 5/2]], thresholds: [0, 3, 2]}}\n"
     "outputs: {h: h, top: {largest: h}, first: {largest: [h(1), h(2)], labels: [p, q]},"
     " sums: {sum: h(1:3)}}"),
     {"a": 3}, {"h": 5, "top": 1, "first": "p", "sums": [3, 3]}),
    (("inputs: {x: bit(6)}\n"
     "parts: {p: {use: parts/cell.nn.yaml, repeat: 3,"
     " wiring: {x: x(2*i:2*i+2), carry: p(i-1).out}, first: {carry: 1}, last: {more: 1}}}\n"
     "outputs: {all: p.out, two: p(0:2).out, v: p(1).verdict, s: p.points, more: p.more}"),
     {"x": 0b10_01_10}, {"all": 1, "two": 1, "v": "so", "s": [3, 2, 2], "more": [5, 5, 1]}),
    (("inputs: []\n"
     "parts: {p: {use: parts/cell.nn.yaml, repeat: 1,"
     " wiring: {x: 0}, first: {carry: 1}, last: {carry: 0, x: 1}}}\n"
     "outputs: {s: p(0).points}"),
     {}, {"s": 4}),
    (("extends: base.nn.yaml\nfires: below\n"
     "neurons: {n: {weights: {b: 3}}, m: {weights: {a: 1}}, k: {wiring: a, threshold: 1}}\n"
     "outputs: {k: k, s: {sum: n}}"),
     {"a": 1, "b": -1}, {"n": -1, "m": 1, "k": -1, "s": -2}),
]  # fmt: skip
IN_A_CHUNK = 20
ALWAYS = dict.fromkeys(ALL, 1.0)
KEYS = {"nnc", "description", "fires", "states", "extends", "inputs", "neurons", "layers", "parts",
        "outputs", "meta"}  # fmt: skip


@pytest.fixture(autouse=True)
def _strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the oracle refuse an index out of range and a neuron that waits for itself."""
    picked, total = oracle.picked, Neuron.sum
    waiting: set[Neuron] = set()

    def strictly_picked(items: list[Any], index: str | None, i: int) -> list[Any]:
        if index is not None:
            start, *rest = (oracle.affine(text, i) for text in index.split(":"))
            stop, *step = rest or [start + 1]
            assert 0 <= start < stop <= len(items), (index, i, len(items))
            assert all(one > 0 for one in step)
        return picked(items, index, i)

    def strictly_summed(neuron: Neuron, row: Row) -> Fraction:
        assert neuron not in waiting, "a cycle"
        waiting.add(neuron)
        found = total(neuron, row)
        waiting.remove(neuron)
        return found

    monkeypatch.setattr(oracle, "picked", strictly_picked)
    monkeypatch.setattr(Neuron, "sum", strictly_summed)


@pytest.mark.parametrize(("text", "row", "wanted"), BY_HAND)
def test_the_oracle_gives_what_comes_out_by_hand(
    text: str, row: dict[str, Any], wanted: dict[str, Any], tmp_path: Path
) -> None:
    path = Example(f"nnc: 1\n{text}", {}, [], dict(FILES)).put(tmp_path)
    assert oracle.evaluate(oracle.load(path), row, tmp_path) == wanted


def test_the_oracle_goes_deep() -> None:
    chain = "".join(f"  n{k + 1}: {{wiring: n{k}, threshold: 0}}\n" for k in range(5000))
    network = oracle.loads(f"inputs: [n0]\nneurons:\n{chain}outputs: [n5000]")
    assert Oracle(network).evaluate({"n0": 1}) == {"n5000": 1}


@pytest.mark.parametrize("features", [ALL, ALWAYS], ids=["some", "every"])
def test_what_is_drawn_is_valid(chunk: int, features: dict[str, float], tmp_path: Path) -> None:
    rng = Random(f"strategies {chunk}")
    for place in range(IN_A_CHUNK):
        one = example(rng, 3, features)
        path = one.put(tmp_path / str(place))
        try:
            check(one, path)
        except Exception as error:
            raise AssertionError(f"{error!r}: {one.text}\n{one.files}") from error


def test_a_feature_comes_only_when_it_is_asked_for() -> None:
    rng = Random(0)
    for _ in range(100):
        assert oracle.loads(example(rng).text).keys() <= KEYS - {"states", "extends", "layers",
                                                                 "parts"}  # fmt: skip
    only = [example(rng, features={"layers": 1}) for _ in range(30)]
    assert any("layers" in oracle.loads(one.text) for one in only)
    assert not any(one.files for one in only)
    assert all(example(rng, features=("parts",)).text for _ in range(30))


def check(one: Example, path: Path) -> None:
    network = Oracle(oracle.load(path), path.parent)
    assert list(network.file["inputs"]) == list(one.kinds)
    for row in one.rows:
        network.evaluate(row)
        check_row(network, row)
    for name, content in one.files.items():
        if isinstance(content, str):
            alone = Oracle(oracle.load(path.parent / name), (path.parent / name).parent)
            check_row(alone, {n: any_value(one) for n, one in alone.file["inputs"].items()})
        else:
            assert content
    for name in (path.name, *(name for name in one.files if name.endswith(".nn.yaml"))):
        check_file(path.parent / name)


def any_value(one: dict[str, Any]) -> Any:
    least = one.get("min", one.get("max", "0"))
    value = {"choice": one.get("of", [""])[-1], "bit": one["states"][0]}.get(one["type"], least)
    return [value] * int(one["size"]) if "size" in one else value


# ------------------------------------------------------------------------ files as written


def check_file(path: Path) -> None:
    """Look at what does not show when the network is evaluated."""
    written = oracle.load(path)
    assert written.keys() <= KEYS
    assert "fires" in written or not has_states(written)
    base: dict[str, Any] = oracle.START
    if "extends" in written:
        under = path.parent / written["extends"]
        base = oracle.whole(oracle.load(under), under.parent)
    else:
        assert written["outputs"]
    inputs = written.get("inputs", {})
    declared = inputs if isinstance(inputs, dict) else dict.fromkeys(inputs, "bit")
    for name, one in declared.items():
        assert name in base["inputs"] or isinstance(one, str) or "type" in one
    for name, one in written.get("neurons", {}).items():
        assert name in base["neurons"] or (one.keys() & {"weights", "wiring"})
    for name, one in written.get("layers", {}).items():
        assert name in base["layers"] or {"wiring", "thresholds"} <= one.keys()
    for name, one in written.get("parts", {}).items():
        assert name in base["parts"] or {"use", "wiring"} <= one.keys()
        repeats = "repeat" in {**base["parts"].get(name, {}), **one}
        assert repeats or not one.keys() & {"first", "last"}


def has_states(written: Any) -> bool:
    declared = written.get("inputs", {})
    kinds = [one for one in declared.values() if isinstance(one, dict)] \
        if isinstance(declared, dict) else []  # fmt: skip
    for section in ("neurons", "layers"):
        kinds += written.get(section, {}).values()
    return "states" in written or any("states" in one for one in kinds)


# ---------------------------------------------------------------------- files when evaluated


def check_row(network: Oracle, row: Mapping[str, Any]) -> None:
    inputs = network.file["inputs"]
    values: Row = {n: oracle.elements(one, row.get(n, one.get("default")))
                   for n, one in inputs.items()}  # fmt: skip
    for circuit in circuits(network.circuit):
        check_names(circuit.file)
        for name, one in circuit.file["inputs"].items():
            check_port(one, [signal.value(values) for signal in circuit.port(name)])
        for name, one in circuit.file["neurons"].items():
            check_neuron(circuit, one, circuit.named(name), values)
        for name, one in circuit.file["layers"].items():
            check_layer(circuit, one, circuit.named(name), values)
        for alias, one in circuit.file["outputs"].items():
            assert circuit.output(alias)
            check_output(circuit, one)


def circuits(circuit: Circuit) -> Iterator[Circuit]:
    yield circuit
    for elements in circuit.parts.values():
        for element in elements:
            yield from circuits(element)


def check_names(file: dict[str, Any]) -> None:
    names = [name for key in ("inputs", "neurons", "layers", "parts") for name in file[key]]
    assert len(set(names)) == len(names)
    assert all(alias not in names or spec == alias for alias, spec in file["outputs"].items())
    assert not file["outputs"].keys() & file["parts"].keys()


def check_port(one: dict[str, Any], values: list[Fraction]) -> None:
    size = len(one["of"]) if "of" in one else int(one.get("size", 1))
    assert len(values) == size, (one, values)
    if one["type"] == "choice":
        assert sorted(values) == [0] * (size - 1) + [1]
    elif one["type"] == "bit":
        assert {*values} <= {*map(Fraction, one["states"])}, (one, values)
    elif one["type"] == "integer":
        assert all(value.denominator == 1 for value in values)
    assert all(value >= Fraction(one.get("min", value)) for value in values)
    assert all(value <= Fraction(one.get("max", value)) for value in values)


def check_neuron(circuit: Circuit, one: dict[str, Any], signals: list[Signal], values: Row) -> None:
    wiring = one["wiring"] if "wiring" in one else list(one["weights"])
    check_elements(circuit, wiring)
    states = [*map(Fraction, one["states"])]
    assert states[0] != states[1]
    assert {signal.value(values) for signal in signals} <= {*states}
    neuron = signals[0].neuron
    assert neuron
    if one["fires"] in ("all", "any"):
        assert one["wiring"]
        assert not one.keys() & {"weights", "threshold", "thresholds"}
        assert all(signal.is_bit for signal, _ in neuron.wires())
    else:
        assert ("threshold" in one) != ("thresholds" in one)
    for source, weight in one["weights"].items() if "wiring" not in one else ():
        if isinstance(weight, dict):
            (signal,) = circuit._sources(source)
            cutoffs = [position(*limit(text), "at_least") for text in weight]
            assert not signal.is_bit
            assert all(a < b for a, b in pairwise(cutoffs))
    for rule in filter(None, neuron.stated):
        assert any({rule, one["fires"]} <= {*side} for side in SIDES)


def position(number: Fraction, stated: str | None, rule: str) -> tuple[Fraction, bool]:
    """Give the place of a threshold in its order; of one that can never ascend for a gate."""
    return number, (stated or rule) in ("above", "at_most")


def check_layer(circuit: Circuit, one: dict[str, Any], signals: list[Signal], values: Row) -> None:
    check_elements(circuit, one["wiring"])
    size = len(signals)
    assert int(one.get("size", size)) == size
    assert one["fires"] in oracle.COMPARE
    for key in ("weights", "thresholds"):
        stored = oracle.stored(one.get(key, "1"))
        assert not isinstance(stored, list) or len(stored) == size
    assert {signal.value(values) for signal in signals} <= {*map(Fraction, one["states"])}


def check_elements(circuit: Circuit, wiring: Any) -> None:
    """Look for an element that appears twice: of parts by its place, else by its signal."""
    elements: list[Any] = []
    for source in oracle.aslist(wiring):
        name, index, alias, within = oracle.groups(oracle.SOURCE, source)
        if name in circuit.parts:
            places = list(range(len(circuit.parts[name])))
            ports = [(name, place, alias, k) for place in oracle.picked(places, index, 0)
                     for k in range(len(circuit.parts[name][place].output(alias)))]  # fmt: skip
            elements += oracle.picked(ports, within, 0)
        elif name not in ("0", "1"):
            elements += circuit._sources(source)
    assert len(set(elements)) == len(elements), wiring


def check_output(circuit: Circuit, one: Any) -> None:
    if isinstance(one, list):
        signals = circuit._sources(one)
        assert all(s.is_bit == signals[0].is_bit for s in signals)
        return
    if isinstance(one, str):
        return
    (kind,) = one.keys() & {"sum", "level", "largest"}
    signals = circuit._sources(one[kind])
    neurons = [signal.neuron for signal in signals if signal.neuron]
    assert len(neurons) == len(signals)
    labels = one.get("labels", [])
    assert len(set(labels)) == len(labels)
    if kind == "level":
        assert len(set(neurons)) == 1
        assert not labels or len(labels) == len(signals) + 1
        (neuron,) = set(neurons)
        both = zip(neuron.thresholds, neuron.stated, strict=True)
        positions = [position(*limit, neuron.rule) for limit in both]
        if isinstance(one[kind], list):
            ports = [*circuit.file["neurons"][one[kind][0].partition(".")[0]]["thresholds"]]
            positions = [positions[ports.index(text.partition(".")[2])] for text in one[kind]]
        if isinstance(one[kind], list) or len(signals) == len(neuron.thresholds):
            assert all(a < b for a, b in pairwise(positions))
    elif kind == "largest":
        assert not labels or len(labels) == len(set(neurons))
