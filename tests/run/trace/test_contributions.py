"""What sources add: exact, the largest found without an object for each weight."""

from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from nnc.run.trace import Contribution, Contributions, FollowedRow
from tests.support.networks import plan_of
from tests.support.traced import ROW, inputs_of, whole_plan

DTYPES = ("int8", "int64", "uint64", "float16", "float32", "float64", "bool")
LAYER = """\
inputs: {{x: {kind}({width})}}
layers: {{h: {{wiring: x, weights: {{file: w.npy}}, thresholds: 0}}}}
outputs: [h]
"""


def contributions_of(folder: Path, weights: Any, kind: str, values: list[Any]) -> Contributions:
    plan = plan_of(folder, LAYER.format(kind=kind, width=len(values)), {"w": weights[None, :]})
    row = FollowedRow(plan, inputs_of(plan, {"x": [values]}))
    return row.contributions(plan.layers[0].first)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["bit", "integer", "real"])
def test_the_largest_are_those_that_sorting_finds(dtype: str, kind: str, tmp_path: Path) -> None:
    rng = Random(f"{dtype} {kind}")
    lowest = 0 if dtype in ("uint64", "bool") else -3
    weights = np.array([rng.randint(lowest, 3) for _ in range(200)], dtype)
    if dtype.startswith("float"):
        weights /= 7
    elif dtype.endswith("64"):
        weights[:3] = np.iinfo(dtype).max - np.array([1, 0, 1], dtype)
        weights[3:5] = np.iinfo(dtype).min
    values = [rng.randint(0, 1) for _ in weights]
    if kind != "bit":
        values = [rng.choice((value, 2, -5)) for value in values]
    found = contributions_of(tmp_path, weights, kind, values)
    amounts = [Fraction(w) * v for w, v in zip(weights.tolist(), values, strict=True)]
    assert [part.amount for part in found] == amounts
    places = sorted(range(len(amounts)), key=lambda i: -abs(amounts[i]))
    places = [i for i in places if amounts[i]]
    assert found.largest() == places
    assert found.largest(7) == places[:7]
    terms = found.terms(7, sum(amounts))
    assert [term.amount for term in terms.largest] == [amounts[i] for i in places[:7]]
    assert terms.more == len(places) - 7
    assert terms.zeros == len(amounts) - len(places)
    assert terms.rest == sum(amounts[i] for i in places[7:])


def test_a_sequence(tmp_path: Path) -> None:
    parts = contributions_of(tmp_path, np.array([1, -2, 3]), "integer", [5, 0, 2])
    expected = (
        Contribution("x(0)", 5, 1), Contribution("x(1)", 0, -2), Contribution("x(2)", 2, 3),
    )  # fmt: skip
    assert tuple(parts) == expected
    assert parts == expected
    assert parts != expected[:2]
    assert repr(parts) == repr(expected)
    assert (parts[-1], parts[1:]) == (expected[2], expected[1:])
    assert expected[2] in parts
    with pytest.raises(IndexError):
        parts[3]
    with pytest.raises(IndexError):
        parts[-4]


def test_states_and_sparse_rows(tmp_path: Path) -> None:
    """The weight is the one that is written, whatever a bit changes."""
    plan = whole_plan(tmp_path)
    row = FollowedRow(plan, inputs_of(plan, ROW))
    layer = plan.layers[0]
    assert [(c.source, c.value, c.weight) for c in row.contributions(layer.first)] == [
        ("s(0)", -1, Fraction(1, 2)), ("s(1)", 1, -1), ("p(1).n.hi", 0, 2)]  # fmt: skip
    np.save(tmp_path / "ptr.npy", np.array([0, 2, 3]))
    np.save(tmp_path / "at.npy", np.array([0, 2, 1]))
    np.save(tmp_path / "v.npy", np.array([0.5, -3, 7]))
    sparse = plan_of(
        tmp_path,
        """\
fires: at_least
inputs: {x: real(3)}
layers:
  h:
    wiring: x
    weights: {sparse: {indptr: {file: ptr.npy}, indices: {file: at.npy}, values: {file: v.npy}}}
    thresholds: 0
outputs: [h]
""",
    )
    row = FollowedRow(sparse, inputs_of(sparse, {"x": [["0.1", 2, 3]]}))
    first = sparse.layers[0].first
    assert [[(c.source, c.amount) for c in row.contributions(first + i)] for i in (0, 1)] == [
        [("x(0)", Fraction(1, 20)), ("x(2)", -9)], [("x(1)", 14)]]  # fmt: skip
    assert row.contributions(first).largest() == [1, 0]
