"""Skeletons made in tests, and what numbers do in them, worked out plainly."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product

from nnc.filling.search.skeleton import Bit, Blank, Cell, Place, Row, Skeleton
from nnc.language.firing import Fires
from nnc.numbers.exact import Number

Function = Callable[[Sequence[int]], object]
DIGITS = [
    "1110111", "0010010", "1011101", "1011011", "0111010",
    "1101011", "1101111", "1010010", "1111111", "1111011",
]  # fmt: skip
"""The segments of each digit: top, upper left and right, middle, lower left and right, bottom."""


def layered(
    inputs: int,
    hidden: int,
    functions: Sequence[Function],
    *,
    skips: bool = False,
    rows: Iterable[Sequence[int]] | None = None,
    fires: Fires = "at_least",
) -> Skeleton:
    """Make a skeleton with hidden neurons, and an output for each function."""
    blanks: list[Blank] = []
    cells: list[Cell] = []

    def cell(name: str, sources: Sequence[int]) -> int:
        places = []
        for source in sources:
            blanks.append(Blank(f"{name}.{source}"))
            places.append(Place(len(blanks) - 1))
        blanks.append(Blank(f"{name}.threshold", is_weight=False))
        threshold = Place(len(blanks) - 1)
        first = 2 + inputs + len(cells)
        cells.append(Cell(name, tuple(sources), tuple(places), (threshold,), (fires,), first))
        return first

    bits = list(range(2, 2 + inputs))
    inner = [cell(f"h{i}", bits) for i in range(hidden)]
    read = inner + bits if skips or not hidden else inner
    outputs = [cell(f"out{i}", read) for i in range(len(functions))]
    examples = [
        Row(
            {2 + i: value for i, value in enumerate(values)},
            tuple(
                Bit(output, bool(function(values)))
                for output, function in zip(outputs, functions, strict=True)
            ),
        )
        for values in rows or product((0, 1), repeat=inputs)
    ]
    return Skeleton(tuple(blanks), tuple(cells), {}, tuple(examples))


def within(skeleton: Skeleton, low: int, high: int) -> Skeleton:
    """Give all weights bounds."""
    blanks = [replace(b, low=low, high=high) if b.is_weight else b for b in skeleton.blanks]
    return replace(skeleton, blanks=tuple(blanks))


def holds(skeleton: Skeleton, numbers: Mapping[int, Number]) -> bool:
    """Whether every row gets what it expects: worked out here, for thresholds of `at_least`."""
    for row in skeleton.rows:
        values = dict(row.known)
        for cell in skeleton.cells:
            assert cell.rules == ("at_least",)
            of = [numbers[w.blank] if isinstance(w, Place) else w for w in cell.weights]
            total = sum(w * values[s] for w, s in zip(of, cell.sources, strict=True))
            (limit,) = cell.thresholds
            number = numbers[limit.blank] if isinstance(limit, Place) else limit
            values[cell.first] = int(total >= number)
        for demand in row.demands:
            assert isinstance(demand, Bit)
            if values[demand.signal] != demand.fires:
                return False
    return True


def parity(values: Sequence[int]) -> bool:
    return sum(values) % 2 == 1


def segments(hidden: int, *, skips: bool = False) -> Skeleton:
    """Make the seven segments of a digit from its four bits."""
    rows = [tuple(map(int, f"{digit:04b}")) for digit in range(10)]

    def segment(i: int) -> Function:
        return lambda values: DIGITS[int("".join(map(str, values)), 2)][i] == "1"

    return layered(4, hidden, [segment(i) for i in range(7)], skips=skips, rows=rows)


def product_bit(i: int) -> Function:
    """One bit of the product of two numbers of two bits."""
    return lambda v: (2 * v[0] + v[1]) * (2 * v[2] + v[3]) >> i & 1


def sum_bit(i: int, bits: int) -> Function:
    """One bit of the sum of two numbers of so many bits."""
    half = slice(None, bits), slice(bits, None)
    return lambda v: sum(int("".join(map(str, v[part])), 2) for part in half) >> i & 1
