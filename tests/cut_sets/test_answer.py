"""`nnc.cuts`: what it takes, and what it gives."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

import nnc

ROOT = Path(__file__).parents[2]
TREE = ROOT / "configs/safety/cooling_fault_tree.nn.yaml"


def test_a_file_and_a_network_give_the_same() -> None:
    of_file = nnc.cuts(TREE, "cooling_lost")
    assert nnc.cuts(nnc.load(TREE), "cooling_lost") == of_file
    assert (of_file.total, of_file.inputs, of_file.value) == (5, 7, 1)
    assert {frozenset(each.on) for each in of_file.sets} == {
        frozenset(("tank", "backup")),
        frozenset(("grid", "diesel", "backup")),
        frozenset(("pump_a", "pump_b", "backup")),
        frozenset(("pump_a", "pump_c", "backup")),
        frozenset(("pump_b", "pump_c", "backup")),
    }


def test_path_sets_are_of_inputs_that_are_off() -> None:
    result = nnc.cuts(TREE, "cooling_lost", paths=True)
    assert (result.kind, result.value) == ("path sets", 0)
    assert result.sets[0].off == ("backup",)
    assert all(not each.on for each in result.sets)


def test_probabilities_are_exact_in_any_form() -> None:
    network = nnc.loads("""\
{nnc: 1, fires: at_least, inputs: {a: bit(3)}, outputs: [n],
 neurons: {n: {wiring: a, threshold: 3}}}
""")
    forms: dict[str, object] = {"a(0)": "1/3", "a(1)": Decimal("0.1"), "a(2)": Fraction(3, 7)}
    result = nnc.cuts(network, probabilities=forms)
    assert result.probability == Fraction(1, 70)
    assert result.sets[0].probability == Fraction(1, 70)
    assert nnc.cuts(network, probabilities={"a": 0.5}).probability == Fraction(1, 8)
    with pytest.raises(nnc.InvalidRowsError, match="NNC214"):
        nnc.cuts(network, probabilities={"a": 0.1})
    with pytest.raises(nnc.InvalidRowsError, match="twice"):
        nnc.cuts(network, probabilities={"a": 0.5, "a(2)": 0})


def test_a_layer() -> None:
    network = nnc.Network(
        inputs={"a": nnc.Input(type="bit", size=4)},
        layers={
            "l": nnc.Layer(wiring="a", weights=[[1, 1, 0, 0], ["0.5", 0, 1, -1]],
                           thresholds=[1, 1], fires="at_least"),
        },
        outputs={"one": "l(0)", "other": "l(1)"},
    )  # fmt: skip
    assert nnc.cuts(network, "one").counts == {1: 2}
    other = nnc.cuts(network, "other")
    assert {(each.on, each.off) for each in other.sets} == {(("a(2)",), ("a(3)",))}


def test_probabilities_that_leave_no_row() -> None:
    network = nnc.loads("""\
{nnc: 1, inputs: [a, b], neurons: {n: {wiring: [a, b], fires: any}}, outputs: [n],
 assume: [{at_least_one: [a, b]}]}
""")
    with pytest.raises(nnc.InvalidNetworkError, match="leave no row that `assume` allows"):
        nnc.cuts(network, probabilities={"a": 0, "b": 0})
    result = nnc.cuts(network, probabilities={"a": "0.5", "b": 0})
    assert result.probability == 1
    assert {each.input: each.birnbaum for each in result.importance} == {"a": None, "b": 0}
