"""Inputs and cells of rows at random, each cell with what it means: None where it is refused."""

from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any

import nnc
from nnc.diagnostics.diagnostic import InvalidRowsError, Span
from tests.support.reading import batches, seen
from tests.support.strategies import NAMES, number, spelled

BROKEN = (
    "x", " 1", "1 ", "1_0", "0x1F", "nan", "-inf", "1e401", "+1", "1/0", "--1", "1.2.3", "٣", "1:3",
    "é", "1e", "/", "1/-2", "𝟙", "\u200b1",
)  # fmt: skip
"""Texts that mean nothing to any input of these."""

Place = tuple[int, int]
"""The line and the column where something starts."""


@dataclass(frozen=True)
class Rows:
    """Some inputs, the columns they stand in, and for each row what is written and meant.

    An input of a bus may stand in one column, as its integer, or in one for each element.
    """

    inputs: dict[str, nnc.Input]
    columns: list[tuple[str, nnc.Input]]  # by the name in the header: what its cells hold
    cells: list[list[str]] = field(default_factory=list)
    meant: list[list[Any]] = field(default_factory=list)

    def row(self, place: int) -> tuple[Any, ...]:
        """Give one row as `rows.reading.seen` does, the inputs in order."""
        by_name = {name: self.meant[place][at] for at, (name, _) in enumerate(self.columns)}
        found: list[Any] = []
        for name, one in self.inputs.items():
            if name in by_name:
                found.append(by_name[name])
            else:
                elements = [by_name[f"{name}({i})"] for i in range(one.size or 0)]
                if one.is_integer_bus:
                    elements = [sum(int(bit) << i for i, bit in enumerate(elements))]
                found += elements
        return tuple(found)


def drawn_rows(rng: Random, counts: tuple[int, ...], *, broken: bool) -> Rows:
    """Draw inputs, and rows of them; some cells broken, if so wanted."""
    names = rng.sample(NAMES, rng.randint(1, 6))
    inputs = {name: _input(rng) for name in names}
    columns: list[tuple[str, nnc.Input]] = []
    for name, one in inputs.items():
        if one.size is not None and not (one.is_integer_bus and rng.random() < 0.5):
            element = one.model_copy(update={"size": None, "default": None})
            columns += [(f"{name}({i})", element) for i in range(one.size)]
        else:
            columns.append((name, one))
    rng.shuffle(columns)
    pools = [[_cell(one, rng) for _ in range(rng.randint(1, 12))] for _, one in columns]
    count = rng.choice(counts)
    drawn = [[rng.choice(pool) for pool in pools] for _ in range(count)]
    rows = Rows(
        inputs, columns, [[text for text, _ in row] for row in drawn],
        [[value for _, value in row] for row in drawn],
    )  # fmt: skip
    for _ in range(rng.randint(1, 5) if broken and count else 0):
        row, at = rng.randrange(count), rng.randrange(len(columns))
        rows.cells[row][at], rows.meant[row][at] = _broken(columns[at][1], rng), None
    return rows


def _input(rng: Random) -> nnc.Input:
    kind = rng.randrange(9)
    if kind < 2:
        return nnc.Input(type="bit", default=rng.choice((None, None, 0, 1)))
    if kind == 2:
        return nnc.Input(
            type="bit", states=rng.choice(([-1, 1], [1, -1], [1, 0], [0, "1/3"], [2, 5]))
        )
    if kind == 3:
        size = rng.choice((1, 2, 8, 31, 32, 33, 63, 64, 65))
        return nnc.Input(type="bit", size=size)
    if kind == 4:
        return nnc.Input(type="choice", of=rng.sample(NAMES, rng.randint(1, 4)))
    ends = sorted((number(rng), number(rng)))
    bounds: dict[str, Any] = {}
    if rng.random() < 0.5 and ends[0] // 1 != ends[1] // 1:
        bounds = {"min": ends[0], "max": ends[1]}
    size = rng.choice((None, None, None, 2))
    return nnc.Input(type=rng.choice(("integer", "real")), size=size, **bounds)


def _cell(one: nnc.Input, rng: Random) -> tuple[str, Any]:
    """Draw a cell that is sound, and its value."""
    if one.default is not None and rng.random() < 0.2:
        return "", one.default
    if one.of is not None:
        value = rng.choice(one.of)
        return value, value
    if one.size is not None:
        whole = rng.getrandbits(one.size)
        return rng.choice(("", "", "", "000")) + str(whole), whole
    value = _number(one, rng)
    text = spelled(rng, value, quotes=False)
    if text[0].isdigit() and "/" not in text and rng.random() < 0.05:
        text = f"00{text}"
    return text, value


def _number(one: nnc.Input, rng: Random) -> Fraction:
    if one.type == "bit":
        return Fraction(rng.choice(one.state_values))
    value = number(rng)
    if one.min is not None and one.max is not None:
        value = rng.choice((Fraction(one.min), Fraction(one.max), value))
        value = min(max(value, Fraction(one.min)), Fraction(one.max))
    if one.type == "integer":
        value = Fraction(-(-value // 1))
        if one.max is not None and value > one.max:
            value -= 1
    return value


def _broken(one: nnc.Input, rng: Random) -> str:
    """Draw a cell that is refused."""
    kinds = [*rng.sample(BROKEN, 2)]
    if one.default is None:
        kinds.append("")
    if one.of is not None:
        kinds.append("no value")
    elif one.size is not None:
        kinds += ["-1", "1.5", str(1 << one.size), "9" * 450]
    elif one.type == "bit":
        kinds += ["7", "-7", "0.7"]
    elif one.type == "integer":
        kinds += ["1/3", "0.1", "1e-3"]
    if one.max is not None:
        kinds += [spelled(rng, Fraction(one.max) + 1, quotes=False)]
    if one.min is not None:
        kinds += [spelled(rng, Fraction(one.min) - 1, quotes=False)]
    return rng.choice([text for text in kinds if text not in (one.of or ())])


# ----------------------------------------------------------------------------- what is read

Told = tuple[list[tuple[Any, ...]], list[str], set[Place]]
"""The rows that were read; or the mistakes, as they are told, and where they start."""


def read(text: str | bytes, form: str, inputs: dict[str, nnc.Input], **options: Any) -> Told:
    """Read rows; there is no exception but the one that tells of mistakes, each with a place."""
    warned: list[str] = []
    try:
        found = batches(text, form, inputs, report=lambda one: warned.append(str(one)), **options)
        return seen(found, inputs), warned, set()
    except InvalidRowsError as error:
        places = set()
        for one in error.diagnostics:
            assert one.message
            assert one.file == "r"
            span = one.span
            assert span is None or _is_whole(span), one
            places.add((span.line, span.column) if span else (0, 0))
        return [], [*warned, *map(str, error.diagnostics)], places


def _is_whole(span: Span) -> bool:
    begin, end = (span.line, span.column), (span.end_line, span.end_column)
    return begin >= (1, 1) and begin <= end
