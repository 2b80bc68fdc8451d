"""Which engine calculates, and what all of them share.

The choice is by the rows, the work done before, and what is asked for.
"""

import os
from fractions import Fraction

import numpy as np
import pytest

import nnc
from nnc.compiler.plan import Plan
from nnc.language.network import Input
from nnc.rows.columns import Column, Labels
from nnc.run.engine_names import ENGINE_NAMES
from nnc.run.engines import ENGINES, How, choose, element_columns, native
from nnc.run.engines.engine import FEW_ROWS, LITTLE_WORK, MANY_ROWS
from tests.support.both import plan


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setattr(native, "is_missed", False)
    return plan("n: {wiring: [a, b], threshold: 1}, m: {weights: {n: 2}, threshold: 1}")


@pytest.mark.parametrize("kind", [None, 0, 3])
def test_few_rows_are_calculated_one_by_one(
    kind: int | None, one: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "KIND", kind)
    for rows in (0, 1, FEW_ROWS):
        assert choose(one, rows, How()).engine == "scalar"
    assert choose(one, FEW_ROWS + 1, How()).engine != "scalar"


@pytest.mark.parametrize(
    ("kind", "engine", "rows", "chosen", "is_native"),
    [
        (3, "auto", FEW_ROWS + 1, "packed", True), (0, "auto", 10**6, "packed", True),
        (3, "native", 10**6, "packed", True), (3, "numpy", FEW_ROWS + 1, "packed", False),
        (3, "numpy", MANY_ROWS, "packed", False), (None, "auto", FEW_ROWS + 1, "packed", False),
        (None, "auto", MANY_ROWS - 1, "packed", False), (None, "auto", MANY_ROWS, "packed", False),
        (None, "native", MANY_ROWS, "packed", False), (None, "native", 100, "packed", False),
    ],
)  # fmt: skip
def test_many_rows(
    kind: int | None, engine: str, rows: int, chosen: str, is_native: bool, one: Plan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(native, "KIND", kind)
    found = choose(one, rows, How(engine, 3))  # type: ignore[arg-type]
    assert (found.engine, found.native, found.threads) == (chosen, is_native, 3)
    assert found.engine in ENGINES
    assert found.why
    assert engine in ENGINE_NAMES


def test_who_asks_for_one_row_often_gets_a_program(
    one: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work that is done one by one is counted with the plan."""
    monkeypatch.setattr(native, "KIND", 1)
    synapses = len(one.neurons.sources)
    engines = [choose(one, 1, How()).engine for _ in range(LITTLE_WORK // synapses + 2)]
    assert set(engines[: LITTLE_WORK // synapses]) == {"scalar"}
    assert engines[-1] == "packed"
    assert choose(one, 1, How("numpy")).engine == "scalar"
    monkeypatch.setattr(native, "KIND", None)
    assert choose(one, 1, How()).engine == "scalar"


def test_threads_are_those_of_the_process(one: Plan) -> None:
    assert choose(one, 10**6, How("auto", 0)).threads == len(os.sched_getaffinity(0))
    assert choose(one, 10**6, How("auto", 1)).threads == 1


@pytest.mark.parametrize("engine", ENGINE_NAMES)
@pytest.mark.parametrize("threads", [0, 1, 3])
def test_the_result_depends_on_neither(engine: str, threads: int, one: Plan) -> None:
    for rows in (1, 30, 200):
        given = {"a": [0, 1] * rows, "b": [1, 1] * rows}
        found = nnc.evaluate(one, given, engine=engine, threads=threads)  # type: ignore[arg-type]
        assert found["n"].tolist() == [0, 1] * rows


def test_elements_of_every_kind_of_input() -> None:
    inputs = {
        "a": Input(type="bit"), "v": Input(type="real", size=2), "one": Input(type="bit", size=1),
        "c": Input(type="choice", of=["x", "y", "z"]), "i": Input(type="integer"),
    }  # fmt: skip
    columns = [
        Column(np.array([0, 1], np.uint8)), Column(np.array([[1, 2], [3, 10]]), 10),
        Column(np.array([[1], [0]], np.uint8)), Labels(np.array([2, 0]), ("x", "y", "z")),
        Column(np.array([7, -1])),
    ]  # fmt: skip
    found = element_columns(inputs, columns)
    assert [one.values() for one in found] == [
        [0, 1], [Fraction(1, 10), Fraction(3, 10)], [Fraction(1, 5), 1], [1, 0],
        [0, 1], [0, 0], [1, 0], [7, -1]]  # fmt: skip
    assert all(one.numerators.ndim == 1 for one in found)
    assert found[4].numerators.dtype == np.uint8


def test_no_rows_and_no_inputs() -> None:
    assert element_columns({}, []) == []
    inputs = {"v": Input(type="bit", size=2), "c": Input(type="choice", of=["x", "y"])}
    empty = [Column(np.zeros((0, 2), np.uint8)), Labels(np.zeros(0, int), ("x", "y"))]
    assert [one.values() for one in element_columns(inputs, empty)] == [[]] * 4
