"""Names, sums as text, and doubles, which the languages share."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from nnc.compiler.netlist import Affine, Cell
from nnc.interchange.exporting.layers import LayerBlock
from nnc.interchange.exporting.logic import Element, Logic
from nnc.numbers.exact import Number, Refused, show_number
from nnc.rows.options import Floats

_WORDS = {">=": "_ge_", "<=": "_le_", ">": "_gt_", "<": "_lt_", "-": "m"}
_IDENTIFIER = re.compile(r"(?!__|_[A-Z])[A-Za-z_][0-9A-Za-z_]*")
_WIDTH = 96
_ATOMS = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s"'])+""")
_QUOTED = re.compile(r"""\"(?:[^"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'""")
SQL_ATOMS = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s"'])+""")
"""Texts that no line is broken in; in SQL a backslash is a character like others."""
WORDS = re.compile(r"\S+")
"""Texts that no line is broken in where there are none in quotes."""


class Names:
    """Names that are different, and none of those that are reserved."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = set(reserved)

    def is_legal(self, name: str) -> bool:
        """Return whether a name can stay as it is."""
        return bool(name)

    def stem(self, name: str) -> str:
        """Return the legal name that is most like a name."""
        return name

    def made(self, name: str) -> str:
        """Return a name like this one that is not taken, and take it."""
        free = stem = self.stem(name)
        count = 1
        while free in self._taken:
            count += 1
            free = f"{stem}_{count}"
        self._taken.add(free)
        return free

    def chosen(self, wanted: Sequence[str]) -> list[str]:
        """Return a name for each that is wanted, and take them.

        Legal names stay as they are, before others get names that nothing else has.
        """
        kept = set()
        for place, name in enumerate(wanted):
            if self.is_legal(name) and name not in self._taken:
                self._taken.add(name)
                kept.add(place)
        return [name if place in kept else self.made(name) for place, name in enumerate(wanted)]


class Identifiers(Names):
    """The names that a language takes: ASCII, and never a keyword."""

    def is_legal(self, name: str) -> bool:
        """Return whether a name is an identifier, and not one that C keeps for compilers."""
        return _IDENTIFIER.fullmatch(name) is not None

    def stem(self, name: str) -> str:
        """Return the identifier that is most like a name."""
        for sign, word in _WORDS.items():
            name = name.replace(sign, word)
        stem = re.sub(r"[^0-9A-Za-z_]+", "_", name).strip("_") or "n"
        return f"n_{stem}" if stem[0].isdigit() else stem


def block_comment(header: str) -> str:
    """Write a header as a comment of C, which nothing inside it ends."""
    return "/*\n" + header.replace("*/", "* /").rstrip() + "\n*/"


def line_comments(header: str, mark: str) -> list[str]:
    """Write a header as comments of one line each."""
    return [f"{mark} {line}".rstrip() for line in header.splitlines()]


def variables(
    logic: Logic,
    element: Callable[[Element], str],
    made: Callable[[str, Cell | None], str],
    place_names: Callable[[LayerBlock], Iterable[str]] = lambda _: (),
) -> tuple[dict[int, str], dict[int, str]]:
    """Name every net, and by the first net of its cell every total that is kept.

    `element` gives the text of an element of an input; `made` makes a name of another one, and of
    the cell whose total it is for; `place_names` gives the texts of the nets of a block.
    """
    nets = {0: "0", 1: "1"} | {place: element(which) for place, which in logic.elements.items()}
    totals = {}
    for cell in logic.cells:
        for net in cell.nets:
            nets[net] = made(logic.name_of(net), None)
        if logic.has_total(cell):
            totals[cell.first] = made(f"total_{cell.name}", cell)
    for block in logic.blocks:
        nets |= zip(block.nets, place_names(block), strict=True)
    return nets, totals


def total_text(cell: Cell, value: Callable[[int], str], weight: Callable[[int], str] = str) -> str:
    """Write the total of a cell as a sum of products: `3*a + b - 2*c`."""
    terms = []
    for net, w in cell.terms:
        number = weight(abs(w))
        size = "" if number in ("1", "1.0e0") else f"{number}*"
        terms.append(f"{'-' if w < 0 else '+'} {size}{value(net)}")
    text = " ".join(terms)
    text = text.removeprefix("+ ") if text.startswith("+") else text.replace("- ", "-", 1)
    return text or weight(0)


def scaled_text(total: str, factor: int, offset: int) -> str:
    """Write a total times a factor, and more: `2*total - 3`."""
    text = total if factor == 1 else f"{factor}*{total}"
    return f"{text} {'-' if offset < 0 else '+'} {abs(offset)}" if offset else text


def real_sum_text(value: Affine, total: str) -> str:
    """Write a sum of real numbers whose total is the sum but for what is constant."""
    if not value.constant:
        return total
    size = double_text(float(Fraction(abs(value.constant), value.unit)))
    return f"{total} {'-' if value.constant < 0 else '+'} {size}"


def wrapped(
    text: str, indent: str, *, atoms: re.Pattern[str] = _ATOMS, in_brackets: bool = False
) -> str:
    """Break a long statement at its spaces, but never inside a text in quotes.

    With `in_brackets` it is broken only there, as Python has it.
    """
    if len(indent) + len(text) <= _WIDTH:
        return indent + text
    lines, line, depth = [], indent, 0
    for match in atoms.finditer(text):
        can_break = depth > 0 or not in_brackets
        if line.strip() and can_break and len(line) + len(match[0]) >= _WIDTH:
            lines.append(line)
            line = f"{indent}    "
        code = _QUOTED.sub("", match[0])
        depth += sum(map(code.count, "([{")) - sum(map(code.count, ")]}"))
        line += match[0] if not line.strip() else f" {match[0]}"
    return "\n".join([*lines, line])


def double_of(op: str, limit: Number, floats: Floats = "binary") -> float:
    """Return the double that decides doubles as a limit does: infinite where it is beyond all."""
    try:
        near = float(Fraction(limit))
    except OverflowError:
        return math.inf if limit > 0 else -math.inf
    beside = [math.nextafter(near, -math.inf), near, math.nextafter(near, math.inf)]
    finite = [double for double in beside if math.isfinite(double)]
    meant = [Fraction(double if floats == "binary" else repr(double)) for double in finite]
    if op in (">", "<="):  # the last double up to the limit, else the first from it on
        return beside[sum(value <= limit for value in meant) - 1]
    return beside[sum(value < limit for value in meant)]


def bound_text(op: str, bound: Number, floats: Floats, *, is_real: bool) -> str:
    """Write a bound of an input. Raises Refused where no double lies within it."""
    if not is_real:
        return str(math.ceil(bound) if op == ">=" else math.floor(bound))
    number = double_of(op, bound, floats)
    if math.isinf(number):
        message = f"the bound {show_number(bound)} of an input is beyond every double"
        raise Refused("not-exportable", message, "leave it out, or export to Python")
    return double_text(number)


def _constant_of(op: str, limit: float) -> bool | None:
    """Return what a comparison with an infinite limit gives for every double; None of others."""
    if math.isinf(limit):
        return (limit < 0) == (op in (">", ">="))
    return None


def comparisons(cell: Cell, value: Callable[[int], str], total: str, floats: Floats) -> list[str]:
    """Write what a cell compares, in what C, JavaScript and SQL have in common.

    Real numbers are doubles: the limit of one number is moved to the double that decides alike.
    """
    if not cell.is_real:
        compared = total if cell.operand is None else value(cell.operand)
        return [f"{compared} {op} {limit}" for op, limit in cell.tests]
    texts = []
    for op, limit in cell.tests:
        if cell.operand is None:
            texts.append(f"{total} {op} {double_text(float(limit * cell.unit))}")
            continue
        number = double_of(op, limit, floats)
        known = _constant_of(op, number)
        text = f"{value(cell.operand)} {op} {double_text(number)}"
        texts.append(text if known is None else "1 >= 0" if known else "0 >= 1")
    return texts


def total_of(cell: Cell, value: Callable[[int], str]) -> str:
    """Write a total in what C, JavaScript and SQL share: of real numbers it is the sum itself."""
    if not cell.is_real:
        return total_text(cell, value)
    return total_text(cell, value, lambda weight: double_text(float(weight * cell.unit)))


def double_text(value: float) -> str:
    """Write a double so that every language reads this very one, and as a double."""
    text = repr(value)
    return text if "e" in text else f"{text}e0"
