"""Networks and rows at random: every engine gives what the oracle gives, in every form of rows."""

import io
import json
import math
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnc
from nnc.compiler.plan import Plan
from nnc.numbers.exact import show_number, simplest
from nnc.rows.formats import read_rows
from nnc.rows.session import Session
from nnc.run.engines import done_work
from nnc.run.evaluation import evaluate_batch
from tests.support import oracle
from tests.support.everywhere import WAYS, Rows, expected, only, reloaded, some_of
from tests.support.networks import configs
from tests.support.oracle import Oracle
from tests.support.strategies import EVERY, Example, Kind, example, examples

ROOT = Path(__file__).parents[1]
CONFIGS = configs()
PLAIN, WHOLE = 70, 40  # networks in a chunk, of five rows each: without files, and of everything
ROWS = 5
MANY = 14  # times the same rows, so that they fill more than a word


# ------------------------------------------------------------------------------ what nnc gives


def in_terms_of_the_oracle(value: Any, *, is_integer: bool) -> Any:
    """Give a value as the oracle tells it: a bus of bits as its integer, a bus of one by itself."""
    if not isinstance(value, list):
        return value if isinstance(value, str) else Fraction(value)
    if is_integer:
        return Fraction(sum(bit << place for place, bit in enumerate(value)))
    numbers = [Fraction(one) for one in value]
    return numbers if len(numbers) > 1 else numbers[0]


def given_by(plan: Plan, rows: dict[str, Any], count: int) -> dict[str, list[Any]]:
    """Give what `nnc.evaluate` gives for rows from Python."""
    results = nnc.evaluate(plan, rows, floats="binary")
    found = {}
    for tap in plan.outputs:
        values = results[tap.alias]
        listed = values.tolist() if isinstance(values, np.ndarray) else values
        if not rows:
            listed = [listed] * count
        found[tap.alias] = [
            in_terms_of_the_oracle(one, is_integer=tap.is_integer) for one in listed
        ]
    return found


def read_by(plan: Plan, format_: str, data: bytes) -> dict[str, list[Any]]:
    """Give what comes of a file of rows."""
    found: dict[str, list[Any]] = {tap.alias: [] for tap in plan.outputs}
    batches = read_rows(
        io.BytesIO(data), format_, Session(plan.inputs, file="f", report=print, batch_size=32)
    )
    for batch in batches:
        results = evaluate_batch(plan, batch)
        for tap in plan.outputs:
            if tap.is_bus and not tap.is_integer:
                columns = [results[f"{tap.alias}({i})"].values() for i in range(tap.width)]
                values: list[Any] = list(map(list, zip(*columns, strict=True)))
            else:
                values = list(results[tap.alias].values())
            found[tap.alias] += [in_terms_of_the_oracle(one, is_integer=False) for one in values]
    return found


# ------------------------------------------------------------------------------ forms of rows


def columns(rows: Rows) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def converted(value: Any, read: Any, kind: Kind) -> Any:
    if isinstance(value, list):
        return [read(one) for one in value]
    return value if kind.of else read(value)


def number(text: str) -> Any:
    """Give an int, a Decimal where it has a finite one, else a Fraction."""
    value = Fraction(text)
    below = value.denominator
    for factor in (2, 5):
        while below % factor == 0:
            below //= factor
    if value.denominator == 1:
        return int(value)
    return value if below > 1 or "/" in text else Decimal(text)


def csv_text(plan: Plan, rows: Rows, rng: Random) -> bytes:
    """Write rows as CSV: a bus as columns or, of bits, as its integer; in any order of columns."""
    table: list[list[str]] = []
    for name in rows[0]:
        one = plan.inputs[name]
        values = [row[name] for row in rows]
        if not isinstance(values[0], list):
            table.append([name, *(f'"{v}"' if one.of else v for v in values)])
        elif one.is_integer_bus and rng.random() < 0.5:
            whole = [
                sum(int(Fraction(bit)) << k for k, bit in enumerate(value)) for value in values
            ]
            table.append([name, *map(str, whole)])
        else:
            table += [[f"{name}({k})", *(value[k] for value in values)] for k in range(one.width)]
    rng.shuffle(table)
    lines = [",".join(cells) for cells in zip(*table, strict=True)]
    return ("\n".join(lines) + "\n").encode()


def json_number(text: str) -> str:
    """Write a number: as it is where JSON has it, else as a fraction in quotes."""
    shown = show_number(simplest(Fraction(text)))
    return f'"{shown}"' if "/" in shown else shown


def json_object(plan: Plan, row: dict[str, Any], rng: Random) -> str:
    members = []
    for name, value in row.items():
        key = json.dumps(name, ensure_ascii=rng.random() < 0.5)
        if plan.inputs[name].of:
            members.append(f"{key}: {json.dumps(value)}")
        elif not isinstance(value, list):
            members.append(f"{key}: {json_number(value)}")
        elif rng.random() < 0.5:
            members.append(f"{key}: [{', '.join(map(json_number, value))}]")
        else:
            members += [
                f"{json.dumps(f'{name}({k})')}: {json_number(v)}" for k, v in enumerate(value)
            ]
    return "{" + ", ".join(members) + "}"


def texts(plan: Plan, rows: Rows, rng: Random) -> Iterator[tuple[str, bytes]]:
    """Write the rows in every format of text."""
    if not rows[0]:
        return
    yield "csv", csv_text(plan, rows, rng)
    objects = [json_object(plan, row, rng) for row in rows]
    yield "json", f"[{', '.join(objects)}]".encode()
    yield "jsonl", "".join(f"{one}\n" for one in objects).encode()


def array(values: list[Fraction], kind: Kind, rng: Random) -> np.ndarray[Any, Any]:
    """Give an array of a type that can hold the values, or, of reals, floats close to them."""
    if kind.type == "bit":
        small = (np.uint8, np.int64, np.float16) if set(kind.states) == {0, 1} else (np.float64,)
        if kind.states == (0, 1):  # true is what fires, whatever its value is
            small = (*small, bool)
        return np.array(list(map(float, values)), rng.choice(small))
    if kind.type == "integer" and all(abs(value) < 2**63 for value in values):
        exact = all(abs(value) <= 2**53 for value in values)
        return np.array(
            list(map(int, values)), rng.choice((np.int64, float)) if exact else np.int64
        )
    dtype = rng.choice((np.float64, np.float64, np.float32))
    rounded = []
    for value in values:
        close = dtype(float(value))
        for bound, towards in ((kind.least, math.inf), (kind.greatest, -math.inf)):
            outside = bound is not None and (
                Fraction(float(close)) < bound if towards > 0 else Fraction(float(close)) > bound
            )
            if outside:
                close = np.nextafter(close, dtype(towards))
        rounded.append(close if kind.type == "real" else dtype(round(float(close))))
    return np.array(rounded, dtype)


def has_arrays(kind: Kind, values: list[Any]) -> bool:
    """Whether there are floats, or integers, that a row of this kind may have."""
    if kind.of or (kind.least is not None and kind.greatest is not None):
        return False
    if kind.type == "bit":
        return all(Fraction(float(state)) == state for state in kind.states)
    return kind.type == "real" or all(abs(Fraction(v)) < 2**63 for v in values)


def flat(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def as_arrays(one: Example, rng: Random) -> tuple[dict[str, Any], Rows] | None:
    """Give rows as arrays, and as the numbers that are stored in them."""
    names = list(one.rows[0])
    if not all(has_arrays(one.kinds[n],
                          [v for row in one.rows for v in flat(row[n])]) for n in names
               if not one.kinds[n].of):  # fmt: skip
        return None
    arrays: dict[str, Any] = {}
    stored: Rows = [{} for _ in one.rows]
    for name in names:
        kind = one.kinds[name]
        if kind.of:
            arrays[name] = [row[name] for row in one.rows]
            for row, value in zip(stored, arrays[name], strict=True):
                row[name] = value
            continue
        flattened = [Fraction(v) for row in one.rows for v in flat(row[name])]
        found = array(flattened, kind, rng)
        if kind.size is not None:
            found = found.reshape(len(one.rows), kind.size)
        arrays[name] = found
        for row, value in zip(stored, found.tolist(), strict=True):
            row[name] = list(map(Fraction, value)) if isinstance(value, list) else Fraction(value)
    return arrays, stored


def npy(plan: Plan, rows: Rows) -> bytes | None:
    """Write rows whose numbers are floats as an NPY array; none where that cannot hold them."""
    if (
        set(rows[0]) != set(plan.inputs)
        or any(one.of for one in plan.inputs.values())
        or not rows[0]
    ):
        return None
    table = [[float(v) for name in plan.inputs for v in flat(row[name])] for row in rows]
    exact = [[v for name in plan.inputs for v in flat(row[name])] for row in rows]
    if [[Fraction(v) for v in row] for row in table] != exact:
        return None
    stream = io.BytesIO()
    np.save(stream, np.array(table))
    return stream.getvalue()


# -------------------------------------------------------------------------------------- tests


def check(one: Example, rng: Random, folder: Path) -> None:
    path = one.put(folder)
    exact = Oracle(oracle.load(path), folder)
    plan = nnc.compile(nnc.load(path, root=folder))
    again = reloaded(plan)
    count = len(one.rows)
    written = expected(exact, one.rows)
    read = rng.choice((Fraction, number))
    rows = [{n: converted(v, read, one.kinds[n]) for n, v in row.items()} for row in one.rows]
    forms = [(columns(one.rows), written), (columns(rows), written)]
    files = [(name, data, written) for name, data in texts(plan, one.rows, rng)]
    many = {alias: values * MANY for alias, values in written.items()}
    files += [(name, data, many) for name, data in texts(plan, one.rows * MANY, rng)][:1]
    arrays = as_arrays(one, rng)
    if arrays is not None:
        stored = expected(exact, arrays[1])
        forms.append((arrays[0], stored))
        if arrays[0]:
            ask_one_by_one(again, arrays[0], stored, one.text)
        data = npy(plan, arrays[1])
        files += [("npy", data, stored)] if data is not None else []
    for way in WAYS:
        for each in some_of((plan, again)):
            with only(*way):
                for form, wanted in forms:
                    assert given_by(each, form, count) == wanted, (way, one.text, one.files, form)
                for name, data, wanted in files:
                    assert read_by(each, name, data) == wanted, (way, one.text, one.files, data)


def ask_one_by_one(plan: Plan, arrays: dict[str, Any], wanted: dict[str, Any], text: str) -> None:
    """Ask for one row after the other until what is kept of the plan answers, in bytes if possible.

    The same values follow as scalars.
    """
    done_work(plan).synapses = 1 << 60
    narrow = {name: narrowed(values) for name, values in arrays.items()}
    count = len(next(iter(narrow.values())))
    for i in [*range(count)] * 2:
        right = {alias: values[i : i + 1] for alias, values in wanted.items()}
        row = {name: values[i : i + 1] for name, values in narrow.items()}
        assert given_by(plan, row, 1) == right, (text, row)
        scalars = {name: scalar(value[0], plan.inputs[name]) for name, value in row.items()}
        found = nnc.evaluate(plan, scalars, floats="binary")
        told = {tap.alias: [told_of(found[tap.alias], tap)] for tap in plan.outputs}
        assert told == right, (text, scalars)


def scalar(value: Any, one: nnc.Input) -> Any:
    """Give a value as Python has it: a bus as a tuple, or as its integer."""
    value = value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
    if one.is_integer_bus:
        return sum(int(bit) << place for place, bit in enumerate(value))
    return tuple(value) if isinstance(value, list) else value


def told_of(value: Any, tap: Any) -> Any:
    """Give the value of an output of scalars as the oracle tells it."""
    listed = value.tolist() if isinstance(value, np.ndarray) else value
    return in_terms_of_the_oracle(listed, is_integer=tap.is_integer)


def narrowed(values: Any) -> Any:
    """Give bytes where they hold the values."""
    if isinstance(values, list):
        return values
    is_fit = ((values >= 0) & (values < 256)).all() and (values == np.floor(values)).all()
    return values.astype(np.uint8) if is_fit else values


def test_seeded_networks_of_one_file(chunk: int, tmp_path: Path) -> None:
    rng = Random(f"networks {chunk}")
    for k in range(PLAIN):
        check(
            example(rng, ROWS, ("buses", "choice", "states", "layers", "largest")),
            rng,
            tmp_path / str(k),
        )


def test_seeded_networks_of_everything(chunk: int, tmp_path: Path) -> None:
    rng = Random(f"everything {chunk}")
    for k in range(WHOLE):
        check(example(rng, ROWS, EVERY), rng, tmp_path / str(k))


@given(examples(EVERY), st.integers(0, 99))
def test_networks_that_shrink(
    tmp_path_factory: pytest.TempPathFactory, one: Example, seed: int
) -> None:
    check(one, Random(seed), tmp_path_factory.mktemp("shrinks"))


@pytest.mark.seconds(120)
@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name.removesuffix(".nn.yaml"))
def test_the_networks_people_use(path: Path, full: bool) -> None:
    exact, rng = Oracle(oracle.load(path), path.parent), Random(path.name)
    plan = nnc.compile(nnc.load(path, root=ROOT))
    synapses = len(plan.neurons.sources) + sum(layer.synapses for layer in plan.layers)
    count = 10 if full or synapses < 20_000 else 2
    rows = [{name: drawn(one, rng) for name, one in plan.inputs.items()} for _ in range(count)]
    wanted = expected(exact, rows)
    files = list(texts(plan, rows, rng))
    many = {alias: values * MANY for alias, values in wanted.items()}
    for way in WAYS:
        with only(*way):
            assert given_by(plan, columns(rows), count) == wanted
            for name, data in files:
                assert read_by(plan, name, data) == wanted
            assert given_by(plan, columns(rows * MANY), count * MANY) == many


def drawn(one: nnc.Input, rng: Random) -> Any:
    """Draw a value of an input, as it is written in a file of rows."""
    if one.of is not None:
        return rng.choice(one.of)
    if one.size is not None:
        return [drawn(one.model_copy(update={"size": None}), rng) for _ in range(one.size)]
    if one.type == "bit":
        return show_number(rng.choice(one.state_values))
    least = math.ceil(one.min) if one.min is not None else -100
    most = math.floor(one.max) if one.max is not None else max(least, 0) + 300
    value = rng.randint(least, max(least, most))
    return f"{value}.{rng.randint(0, 9)}" if one.type == "real" and value < most else str(value)
