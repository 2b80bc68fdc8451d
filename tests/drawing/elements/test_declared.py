"""What is drawn of a network: everything that it declares, and what a run does with it."""

import re
from fractions import Fraction
from html import unescape
from operator import attrgetter
from pathlib import Path

import pytest
from hypothesis import given

from nnc.compiler.graph import written_out
from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.drawing.elements.declared import picture
from nnc.drawing.elements.run import Run, Scene, Unfolding
from nnc.drawing.graphics.model import Element, Picture
from nnc.drawing.graphics.svg import render
from nnc.language.network import COMPARISONS, Convolution
from nnc.numbers.exact import show_number
from nnc.opening.cases.running import run_cases
from nnc.opening.checking import Checked, check_file
from nnc.rows.columns import Batch
from nnc.rows.inputs.row import row_from_values
from nnc.run.engines import input_values
from nnc.run.trace import trace
from tests.support.networks import checked, configs
from tests.support.strategies import Example, examples

ROOT = Path(__file__).parents[3]
CONFIGS = configs()
SCORE = """\
nnc: 1
fires: at_least
inputs: {age: {type: integer, min: 0}, sex: bit, drug: {type: choice, of: [none, low, high]}}
neurons:
  points:
    weights: {age: {0: 0, 65: 1, above 75: 2}, sex: -1, drug: [0, 1, 2]}
    thresholds: {some: 1, many: above 2}
  both: {wiring: [points.some, sex], fires: all}
outputs: {total: {sum: points}, risk: {level: points, labels: [low, middle, high]}, both: both}
"""


def drawn(checked_: Checked, batch: Batch | None = None, depth: int = 0) -> Picture:
    assert checked_.linked is not None
    assert checked_.graph is not None
    run = None if batch is None else Run(checked_.graph, batch)
    return picture(Scene(written_out(checked_.linked), run), "it", Unfolding(depth))


def element(picture_: Picture, name: str, kind: str | None = None) -> Element:
    return next(
        each for each in picture_.elements
        if each.name == name and (kind is None or each.kind == kind)
    )  # fmt: skip


def batches(checked_: Checked, most: int) -> list[Batch]:
    """Give some rows of the cases of a network, from all over them."""
    assert checked_.network is not None
    assert checked_.graph is not None
    plan = build_plan(checked_.graph)
    rows = [row for row in run_cases(checked_.network, plan, checked_.path, checked_.root)
            if not isinstance(row, Diagnostic)]  # fmt: skip
    return [row.one_row() for row in rows[:: max(1, len(rows) // most)][:most]]


def test_a_score(tmp_path: Path) -> None:
    picture_ = drawn(checked(tmp_path, SCORE))
    assert [(each.kind, each.name, each.note) for each in picture_.elements] == [
        ("input", "age", "integer 0…"),
        ("input", "sex", "bit"),
        ("input", "drug", "choice"),
        ("neuron", "points", "Σ ≥ 1, > 2"),
        ("neuron", "both", "all of 2"),
        ("output", "total", "sum of points"),
        ("output", "risk", "level of points"),
        ("output", "both", ""),
    ]
    points = element(picture_, "points")
    assert [(row.source, row.weights, row.cutoffs) for row in points.rows] == [
        ("age", (0, 1, 2), ("65", ">75")), ("sex", (-1,), ()), ("drug", (0, 1, 2), ()),
    ]  # fmt: skip
    assert points.scale is not None
    assert (points.scale.least, points.scale.greatest) == (-1, 5)
    assert [(limit.name, limit.number, limit.sign) for limit in points.scale.limits] == [
        ("some", 1, "≥"), ("many", 2, ">"),
    ]  # fmt: skip
    assert element(picture_, "both", "neuron").scale is None
    assert "{0: 0, 65: 1, >75: 2}" in points.title


def test_wires(tmp_path: Path) -> None:
    picture_ = drawn(checked(tmp_path, SCORE))
    names = [each.name for each in picture_.elements]
    wires = {
        (names[wire.source], picture_.elements[wire.source].outlets[wire.outlet],
         names[wire.target], wire.row): (wire.sign, wire.is_bus)
        for wire in picture_.wires
    }  # fmt: skip
    assert wires == {
        ("age", "", "points", 0): (0, False),
        ("sex", "", "points", 1): (-1, False),
        ("drug", "", "points", 2): (1, True),
        ("points", "some", "both", 0): (1, False),
        ("sex", "", "both", 1): (1, False),
        ("points", "", "total", 0): (0, True),
        ("points", "", "risk", 0): (0, True),
        ("both", "", "both", 0): (0, False),
    }


def test_a_run(tmp_path: Path) -> None:
    checked_ = checked(
        tmp_path, SCORE + "cases: [{given: {age: 80, sex: 1, drug: high}, expect: {}}]\n"
    )
    (batch,) = batches(checked_, 1)
    picture_ = drawn(checked_, batch)
    points = element(picture_, "points")
    assert [(row.amount, row.stretch) for row in points.rows] == [(2, 2), (-1, None), (2, None)]
    assert points.scale is not None
    assert points.scale.sum == 3
    assert [limit.fires for limit in points.scale.limits] == [True, True]
    assert points.fires is True
    assert element(picture_, "total").value == "3"
    risk, drug = element(picture_, "risk"), element(picture_, "drug")
    assert (risk.label, drug.label) == (2, 2)
    assert element(picture_, "age").value == "80"


def test_a_part_that_is_unfolded() -> None:
    path = ROOT / "configs/arithmetic/adder_8bit.nn.yaml"
    checked_ = check_file(str(path), root=ROOT)
    folded, unfolded = drawn(checked_), drawn(checked_, depth=1)
    adder = element(folded, "adder ×8")
    assert (adder.inner, adder.count) == (None, 8)
    assert [(row.source, row.note) for row in adder.rows] == [
        ("a", ""), ("b", ""), ("cin", "↺ (i-1).cout · first 0"),
    ]  # fmt: skip
    inner = element(unfolded, "adder ×8").inner
    assert inner is not None
    assert [each.name for each in inner.elements] == [
        "a", "b", "cin", "cout", "sum", "sum", "cout",
    ]  # fmt: skip


def test_a_grid_and_neurons_that_are_drawn_as_a_layer() -> None:
    digits, layers = (
        drawn(check_file(str(ROOT / f"configs/digits/{name}.nn.yaml"), root=ROOT))
        for name in ("digits", "digits_layers")
    )
    kinds = ["inputs", "neurons", "neurons", "neurons", *["output"] * 10]
    assert [each.kind for each in digits.elements] == kinds
    assert [each.kind for each in layers.elements] == [
        kind.replace("neurons", "layer") for kind in kinds
    ]
    for by_hand, layer in zip(digits.elements[1:4], layers.elements[1:4], strict=True):
        assert by_hand.matrix is not None
        assert layer.matrix is not None
        assert by_hand.matrix.weights.shape == layer.matrix.weights.shape


def test_of_very_many_sources_the_heaviest_are_drawn(tmp_path: Path) -> None:
    weights = ", ".join(f"x{i}: {i}" for i in range(40))
    inputs = ", ".join(f"x{i}: integer" for i in range(40))
    text = (
        f"nnc: 1\ninputs: {{{inputs}}}\noutputs: [n]\n"
        f"neurons: {{n: {{weights: {{{weights}}}, threshold: 0}}}}\n"
    )
    picture_ = drawn(checked(tmp_path, text))
    n = element(picture_, "n", "neuron")
    assert [row.source for row in n.rows] == [*(f"x{i}" for i in range(24, 40)), "and 24 more"]
    assert all(f"{i} x{i}" in n.title for i in range(40))
    rows = [wire.row for wire in picture_.wires if picture_.elements[wire.target] is n]
    assert rows == [16] * 24 + list(range(16))


def test_constants_have_no_wires(tmp_path: Path) -> None:
    text = (
        "nnc: 1\ninputs: [a]\noutputs: [n]\nneurons: {n: {weights: {1: 1, a: 2}, threshold: 2}}\n"
    )
    picture_ = drawn(checked(tmp_path, text))
    assert [row.source for row in element(picture_, "n").rows] == ["1", "a"]
    assert [wire.row for wire in picture_.wires] == [1, 0]


# ------------------------------------------------------------- everything that is declared


def words(checked_: Checked) -> set[str]:
    """Every name, source, weight and threshold that a file writes, as text."""
    network = checked_.network
    assert network is not None
    found = {*network.inputs, *network.neurons, *network.layers, *network.parts, *network.outputs}
    for neuron in network.neurons.values():
        found |= set(neuron.reads())
        numbers = [neuron.threshold or 0]
        weights = neuron.weights
        for weight in weights.values() if isinstance(weights, dict) else ():
            if isinstance(weight, dict):
                numbers += weight.values()
            elif isinstance(weight, tuple):
                numbers += weight
            else:
                numbers.append(weight)
        if network.fires_of(neuron) not in ("all", "any"):
            found |= {show_number(number) for number in numbers}
    return found


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_everything_in_a_file_is_in_its_picture(path: Path) -> None:
    checked_ = check_file(str(path), root=ROOT)
    text = unescape(" ".join(re.findall(r">([^<>]+)<", render(drawn(checked_)))))
    missing = {word for word in words(checked_) if word not in text}
    assert not missing


# ------------------------------------------------------------------------------ the values


def check_values(checked_: Checked, batch: Batch) -> None:
    """Compare the sums, what fires and the amounts with the trace."""
    assert checked_.graph is not None
    plan = build_plan(checked_.graph)
    (values,) = input_values(plan, batch)
    neurons = {neuron.name: neuron for neuron in trace(plan, values)}
    assert checked_.network is not None
    layers = checked_.network.layers
    convolutions = {name for name, layer in layers.items() if isinstance(layer, Convolution)}
    for each in drawn(checked_, batch).elements:
        if each.kind == "neuron":
            neuron = neurons[each.name]
            assert each.fires == any(limit.fired for limit in neuron.limits)
            assert sum(row.amount or 0 for row in each.rows) == neuron.sum
            if each.scale is not None:
                assert each.scale.sum == neuron.sum
                assert [limit.fires for limit in each.scale.limits] == [
                    limit.fired for limit in neuron.limits
                ]
                for end, sign in ((each.scale.least, 1), (each.scale.greatest, -1)):
                    assert end is None or sign * (Fraction(neuron.sum) - end) >= 0
        elif each.kind in ("neurons", "layer"):
            assert each.matrix is not None
            if each.name in convolutions:  # a map of each feature, which fires in places
                assert each.matrix.fired is None
                continue
            names = each.names
            if each.kind == "layer":
                names = tuple(f"{each.name}({i})" for i in range(each.count))
            fired = tuple(sum(limit.fired for limit in neurons[name].limits) for name in names)
            assert each.matrix.fired == fired
            limits = [min(neurons[name].limits, key=attrgetter("margin")) for name in names]
            if {limit.fires for limit in limits} <= set(COMPARISONS):
                assert each.matrix.margins == tuple(
                    neurons[name].sum - limit.threshold
                    for name, limit in zip(names, limits, strict=True)
                )
            else:
                assert each.matrix.margins is None


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_a_run_shows_what_the_trace_shows(path: Path, full: bool) -> None:
    checked_ = check_file(str(path), root=ROOT)
    most = 1 if path.name == "binarised.nn.yaml" else 5
    for batch in batches(checked_, 1000 if full else most):
        check_values(checked_, batch)


@given(example=examples())
def test_runs_of_drawn_networks(tmp_path_factory: pytest.TempPathFactory, example: Example) -> None:
    folder = tmp_path_factory.mktemp("drawn")
    checked_ = check_file(str(example.put(folder)), root=folder)
    assert checked_.graph is not None
    from nnc.rows.inputs.row import row_from_values

    for row in example.rows[:2]:
        check_values(checked_, row_from_values(row, checked_.graph.inputs))


def test_sums_that_a_part_passes_on(tmp_path: Path) -> None:
    cell = "inputs: [a]\nneurons: {n: {weights: {a: 2}, threshold: 1}}\noutputs: {s: {sum: n}}\n"
    text = (
        "inputs: {a: bit(3)}\noutputs: {s: c.s, one: c(2).s}\n"
        "parts: {c: {use: cell.nn.yaml, repeat: 3, wiring: {a: a(i)}}}\n"
    )
    checked_ = checked(tmp_path, text, {"cell": cell})
    assert checked_.graph is not None
    picture_ = drawn(checked_, row_from_values({"a": 5}, checked_.graph.inputs))
    assert element(picture_, "s", "output").value == "2,0,2"
    assert element(picture_, "one", "output").value == "2"


def test_a_run_of_layers_in_parts(tmp_path: Path) -> None:
    """Of one level, the layers of a plan come last: its signals are not in the order of a graph."""
    cell = (
        "fires: at_least\ninputs: [a, b]\nneurons: {n: {weights: {a: 1, b: -1}, threshold: 1}}\n"
        "layers: {h: {wiring: [a, b], weights: [[1, 1], [0, 1]], thresholds: 1}}\n"
        "outputs: {n: n, h: h}\n"
    )
    text = (
        "inputs: [a, b]\noutputs: {n: c.n, h: c.h}\n"
        "parts: {c: {use: cell.nn.yaml, repeat: 2, wiring: {a: a, b: b}}}\n"
    )
    checked_ = checked(tmp_path, text, {"cell": cell})
    assert checked_.graph is not None
    picture_ = drawn(checked_, row_from_values({"a": 1, "b": 0}, checked_.graph.inputs))
    assert element(picture_, "n", "output").value == "3"
    assert element(picture_, "h", "output").value == str(0b0101)
