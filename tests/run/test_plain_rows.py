"""One plain row, beside the oracle and the general way, which engine="numpy" takes."""

import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.run.engines import How
from nnc.run.plain_rows import plain_row
from tests.support import oracle
from tests.support.drawn_rows import draw_row

EVERYTHING = """\
nnc: 1
fires: at_least
inputs:
  number: integer
  dose: {type: real, min: 0, max: 50.5}
  other: {type: real, default: 1.25}
  turned: {type: bit, states: [1, 0]}
  signed: {type: bit, states: [-1, 1], default: -1}
  plain: bit
  bus: {type: bit(5), default: 6}
  colour: {type: choice, of: [red, green, blue], default: green}
neurons:
  bands: {weights: {number: {0: 1, 10: 3, 9223372036854775808: 7}}, thresholds: {a: 1, b: 3, c: 7}}
  mixed:
    weights: {dose: 0.5, other: -1/3, turned: 2, signed: 3, colour.blue: 1.5}
    thresholds: {low: 1, high: 4}
    states: [-1, 2]
  value: {weights: {number: 2, plain: 1}, threshold: 20, fires: below}
  count: {weights: {bus: 1, colour.red: 1}, thresholds: {one: 1, two: 2, four: 4}}
  last: {weights: {bands.a: 1, mixed.high: 0.5, value: -1, count.two: 2}, threshold: 1.5}
outputs:
  last: last
  state: mixed.high
  mixed_sum: {sum: mixed}
  total: {sum: value}
  level: {level: bands}
  label: {level: count, labels: [none, one, some, many]}
  largest: {largest: [mixed, value, count]}
  named: {largest: [last, count], labels: [a, b]}
  bits: bus(1:4)
  seen: dose
  sign: signed
"""
NETWORK = nnc.loads(EVERYTHING)
PLAN = nnc.compile(NETWORK)
ROW = {"number": 12, "dose": 3, "turned": 1, "plain": 0}


def is_plain(plan: nnc.Plan, rows: Any, floats: Any = None) -> bool:
    return plain_row(plan, rows, floats, How()) is not None


def same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Compare outputs with their types."""
    assert list(found) == list(expected)
    for alias, value in expected.items():
        assert type(found[alias]) is type(value), alias
        if isinstance(value, np.ndarray):
            assert found[alias].dtype == value.dtype, alias
            assert found[alias].shape == value.shape, alias
            assert list(map(type, found[alias].flat)) == list(map(type, value.flat)), alias
            assert (found[alias] == value).all(), alias
        else:
            assert found[alias] == value, alias


def told(value: Any) -> Any:
    """Return an output in the form of the oracle: a bus is an integer."""
    if isinstance(value, np.ndarray):
        return sum(int(bit) << i for i, bit in enumerate(value))
    return value


def draw(random: Random) -> dict[str, Any]:
    number = random.choice([random.randint(-5, 15), 1 << 63, (1 << 63) - 1, -(1 << 70), 10**30])
    reals = [
        Fraction(random.randint(0, 300), 7),
        Decimal(random.randint(0, 500)) / 10,
        random.randint(0, 50),
        random.randint(0, 200) / 4,
        random.random() * 50,
    ]
    row = {
        "number": number,
        "dose": random.choice(reals),
        "other": random.choice([*reals, Decimal("-12.5E+2"), 1 << 80, -3.75]),
        "turned": random.choice([0, 1]),
        "signed": random.choice([-1, 1]),
        "plain": random.choice([0, 1]),
        "bus": random.randint(0, 31),
        "colour": random.choice(["red", "green", "blue"]),
    }
    for name in ("other", "signed", "bus", "colour"):
        if random.random() < 0.3:
            del row[name]
    return row


@pytest.mark.parametrize("seed", range(60))
def test_drawn_rows_give_what_the_oracle_gives(seed: int) -> None:
    random = Random(seed)
    exact = oracle.Oracle(oracle.loads(EVERYTHING))
    row = draw(random)
    plain = plain_row(PLAN, row, "binary", How())
    assert plain is not None
    expected = exact.evaluate({name: _exact(value) for name, value in row.items()})
    assert {alias: told(value) for alias, value in plain.items()} == expected
    for rows in (row, [row]):
        same(
            nnc.evaluate(PLAN, rows, floats="binary"),
            nnc.evaluate(PLAN, rows, floats="binary", engine="numpy"),
        )
        same(
            nnc.evaluate(PLAN, rows, floats="decimal"),
            nnc.evaluate(PLAN, rows, floats="decimal", engine="numpy"),
        )


def _exact(value: Any) -> Any:
    return value if isinstance(value, str) else Fraction(value)


@pytest.mark.parametrize("seed", range(60))
def test_drawn_networks_give_what_the_oracle_gives(seed: int) -> None:
    drawn = draw_row(Random(seed))
    plan = nnc.compile(nnc.loads(drawn.text))
    rows = drawn.rows()
    assert is_plain(plan, rows[0]) == (not drawn.assumed)
    for row in Random(seed).sample(rows, min(len(rows), 20)):
        expected = drawn.evaluate(row)
        assert nnc.evaluate(plan, row) == expected
        arrays = nnc.evaluate(plan, [row])
        assert {alias: array.tolist() for alias, array in arrays.items()} == {
            alias: [value] for alias, value in expected.items()
        }


@pytest.mark.parametrize(
    "row",
    [
        ROW | {"dose": -1},
        ROW | {"dose": 51},
        ROW | {"dose": float("nan")},
        ROW | {"dose": Decimal("1E-900")},
        ROW | {"dose": "x", "plain": 2},
        ROW | {"number": 1.5, "colour": "rd"},
        ROW | {"number": Decimal("NaN")},
        ROW | {"number": True},
        ROW | {"plain": -1, "bus": 32},
        ROW | {"turned": 2, "signed": 0},
        {"number": 1},
        {},
    ],
    ids=repr,
)
def test_mistakes_are_those_of_the_general_way(row: dict[str, Any]) -> None:
    for rows in (row, [row]):
        with pytest.raises(nnc.InvalidRowsError) as found:
            nnc.evaluate(PLAN, rows)
        with pytest.raises(nnc.InvalidRowsError) as expected:
            nnc.evaluate(PLAN, rows, engine="numpy")
        assert found.value.diagnostics == expected.value.diagnostics


@pytest.mark.parametrize(
    "row",
    [
        ROW | {"dose": "3.5", "number": "12"},
        ROW | {"bus": None, "other": None},
        ROW | {"plain": True, "turned": False, "signed": True},
        ROW | {"dose": 2.0, "number": 3.0, "plain": 1.0},
        ROW | {"dose": np.float64(2.5), "number": np.int64(3)},
        ROW | {"number": [1, 2, 3]},
        ROW | {"bus(0)": 1, "bus(1)": 0, "bus(2)": 0, "bus(3)": 0, "bus(4)": 1},
        ROW | {"dose": 1e-40, "other": 1e300},
    ],
    ids=repr,
)
def test_other_forms_give_the_same(row: dict[str, Any]) -> None:
    same(nnc.evaluate(PLAN, row), nnc.evaluate(PLAN, row, engine="numpy"))


def test_true_is_the_state_of_a_bit_that_is_on() -> None:
    row = ROW | {"turned": True, "signed": False}
    assert is_plain(PLAN, row)
    same(nnc.evaluate(PLAN, row), nnc.evaluate(PLAN, row | {"turned": 0, "signed": -1}))


def test_names_that_are_no_inputs_are_warned_of() -> None:
    with pytest.warns(UserWarning, match="`id` is not an input") as caught:
        nnc.evaluate(PLAN, ROW | {"id": 7})
    assert caught[0].filename == __file__
    with pytest.raises(nnc.InvalidRowsError, match="`id` is not an input"):
        nnc.evaluate(PLAN, ROW | {"id": 7}, extra="error")


@pytest.mark.parametrize("output", ["n", "{sum: m}", "{level: n}", "{largest: [k, m]}"])
def test_floats_are_warned_of_where_a_row_depends_on_their_reading(output: str) -> None:
    plan = nnc.compile(
        nnc.loads(
            f"{{nnc: 1, fires: at_least, inputs: {{x: real, y: real}}, outputs: {{o: {output}}},"
            " neurons: {n: {weights: {x: 1}, threshold: 0.7},"
            " m: {weights: {n: 2}, threshold: 1}, k: {weights: {n: 1}, threshold: -1}}}"
        )
    )
    with pytest.warns(UserWarning, match="depends on how floats are read"):
        nnc.evaluate(plan, {"x": 0.7, "y": 1})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert nnc.evaluate(plan, {"x": 0.7, "y": 1}, floats="decimal") != nnc.evaluate(
            plan, {"x": 0.7, "y": 1}, floats="binary"
        )
        nnc.evaluate(plan, {"x": 0.8, "y": 0.7})
    assert is_plain(plan, {"x": 0.8, "y": 0.7})
    assert not is_plain(plan, {"x": 0.7, "y": 1})


def test_a_plan_is_copied_with_what_is_kept_and_used_by_threads() -> None:
    random = Random(1)
    rows = [draw(random) for _ in range(200)]
    expected = [nnc.evaluate(PLAN, row, floats="binary") for row in rows]
    copy = pickle.loads(pickle.dumps(PLAN))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda row: nnc.evaluate(copy, row, floats="binary"), rows))
    for one, other in zip(found, expected, strict=True):
        same(one, other)


def test_arguments_are_checked_as_everywhere() -> None:
    out = nnc.evaluate(PLAN, [ROW])
    with pytest.raises(ValueError, match="all values are scalars"):
        nnc.evaluate(PLAN, ROW, out=out)
    with pytest.raises(ValueError, match="floats is 'x'"):
        nnc.evaluate(PLAN, ROW, floats="x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='extra="keep" needs a table'):
        nnc.evaluate(PLAN, ROW, extra="keep")  # type: ignore[arg-type]


def test_a_score_is_read_plainly() -> None:
    plan = nnc.compile(nnc.load(Path("configs/medicine/news2.nn.yaml")))
    row = {"respiration": 20, "saturation": 95, "oxygen": 0, "systolic": 120, "pulse": 80,
           "cvpu": 0, "temperature": 38.4}  # fmt: skip
    assert is_plain(plan, row)
    assert nnc.evaluate(plan, row) == {"points": 2, "red": 0, "risk": "low"}
