"""An exported file and its plan -> a check: the tool for its language runs the file on rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

from nnc.compiler.netlist import Affine, Argmax, Cell, Net, Netlist
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.interchange.checking.rows import (
    Row,
    Tool,
    accepted,
    answers_of,
    listed,
    meaning,
    row_of_signals,
    signals_of,
    table_rows,
)
from nnc.interchange.exporting.exactness import Exactness
from nnc.interchange.languages import LANGUAGES, named
from nnc.interchange.programs import ToolFailed, ToolMissing, ToolTooSlow, workshop
from nnc.language.network import Input
from nnc.numbers.exact import Number, counted, shorten, show_number, simplest
from nnc.rows.options import Floats
from nnc.run.trace import FollowedRow

ROWS = 1000  # that are generated if the truth table is too large
MIN_ROWS = 100  # of these, for the largest networks
MAX_PRODUCTS = 1_000_000_000  # of weights of layers, in these rows
_WIDE = 1 << 20  # the range of a number without a bound
_TRIES = 8


def made_rows(
    plan: Plan, *, has_doubles: bool, floats: Floats = "binary", count: int = ROWS
) -> list[Row]:
    """Generate rows, always the same ones. Real numbers are doubles if the language has them."""
    return _Samples(Netlist(plan), floats, has_doubles=has_doubles).rows(count)


class _Samples:
    """Draws rows as the signals of the inputs, bits as 0 or 1."""

    def __init__(self, netlist: Netlist, floats: Floats, *, has_doubles: bool) -> None:
        self._plan, self._floats, self._has_doubles = netlist.plan, floats, has_doubles
        self._random = Random("rows of nnc")
        self._inputs: dict[Net, Input] = {}
        for name, input_ in self._plan.inputs.items():
            first = self._plan.first_of[name]
            self._inputs.update(dict.fromkeys(range(first, first + input_.width), input_))
        self._cuts: dict[Net, list[Number]] = {}
        self._sums: list[Cell] = []
        roots = [net for tap in self._plan.outputs for net in tap.signals]
        for cell in netlist.cells([*roots, *(violation.net for violation in netlist.violated)]):
            if cell.operand is not None:
                limits = [test.limit for test in cell.tests]
                self._cuts.setdefault(cell.operand, []).extend(limits)
            elif cell.terms and all(net in self._inputs for net, _ in cell.terms):
                self._sums.append(cell)

    def rows(self, count: int) -> list[Row]:
        if not self._inputs:
            return [{}]
        rows = []
        for number in range(count):
            signals: list[Number] = [0, 1]
            for input_ in self._plan.inputs.values():
                signals += self._values(input_, len(signals))
            if self._sums and number % 2:
                self._to_threshold(signals, self._sums[number // 2 % len(self._sums)])
            rows.append(row_of_signals(self._plan, signals))
        return rows

    def _values(self, input_: Input, first: Net) -> list[Number]:
        if input_.of is not None:
            chosen = self._random.randrange(len(input_.of))
            return [int(place == chosen) for place in range(len(input_.of))]
        if input_.type == "bit":
            return [self._random.randrange(2) for _ in range(input_.width)]
        return [self._number(input_, first + place) for place in range(input_.width)]

    def _number(self, input_: Input, net: Net) -> Number:
        cuts = self._cuts.get(net, ())
        for _ in range(_TRIES):
            near = cuts and self._random.random() < 0.5
            value = self._near(input_, self._random.choice(cuts)) if near else self._any(input_)
            if input_.refuses(value) is None:
                return value
        low, high = _range(input_)
        if input_.type == "integer":
            return math.ceil(low)
        middle = (Fraction(low) + Fraction(high)) / 2
        value = self._real(middle)
        return simplest(middle) if input_.refuses(value) is not None else value

    def _near(self, input_: Input, cut: Number) -> Number:
        """Draw the number at a cut-off, a neighbour on either side, or one further away."""
        if input_.type == "integer":
            return math.floor(cut) + self._random.choice((-1, 0, 0, 1, 1, 2))
        step = self._random.choice((-1, 0, 0, 1))
        if self._random.random() < 0.25:
            return self._real(Fraction(cut) + Fraction(step or 1, 10))
        try:
            near = float(cut)
        except OverflowError:
            return self._any(input_)
        beside = math.nextafter(near, step * math.inf) if step else near
        if self._has_doubles or self._random.random() < 0.5:
            return meaning(beside, self._floats)
        # exactly the cut-off, or halfway to the next double
        return simplest((Fraction(near) + Fraction(beside)) / 2 if step else Fraction(cut))

    def _any(self, input_: Input) -> Number:
        low, high = _range(input_)
        if input_.type == "integer":
            return self._random.randint(math.ceil(low), math.floor(high))
        first, last = math.ceil(low * 1000), math.floor(high * 1000)
        return self._real(Fraction(self._random.randint(first, max(first, last)), 1000))

    def _real(self, value: Fraction) -> Number:
        return meaning(float(value), self._floats) if self._has_doubles else simplest(value)

    def _to_threshold(self, signals: list[Number], cell: Cell) -> None:
        """Move inputs until their sum is at a limit, or next to it, as far as possible."""
        test = self._random.choice(cell.tests)
        if cell.is_real:  # doubles differ within rounding: most rows lie a little further away
            size = sum(abs(factor) for _, factor in cell.terms) * self._random.choice((0, -1, 1))
            beside = Fraction(size, 1 << self._random.randint(16, 44))
        else:
            beside = Fraction(self._random.choice((0, 0, -1 if test.is_rising else 1)))
        left = test.limit + beside - sum(signals[net] * factor for net, factor in cell.terms)
        for _ in range(_TRIES):
            terms = self._random.sample(cell.terms, len(cell.terms))
            for net, factor in terms:
                left -= factor * self._move(signals, net, Fraction(left) / factor) if left else 0
            if not left:
                return
            net, factor = terms[-1]  # from another number the rest may be one that can be divided
            left -= factor * self._move(signals, net, Fraction(self._random.randint(-9, 9)))

    def _move(self, signals: list[Number], net: Net, wanted: Fraction) -> Fraction:
        """Move an input by an amount, as far as its bounds allow, and return the change."""
        input_, before = self._inputs[net], Fraction(signals[net])
        if input_.of is not None:
            return Fraction(0)
        if input_.type == "bit":
            step = 1 - 2 * before
            if abs(wanted - step) >= abs(wanted):
                return Fraction(0)
            signals[net] = int(before + step)
            return step
        goal = before + wanted
        goal = max(goal, Fraction(goal if input_.min is None else input_.min))
        goal = min(goal, Fraction(goal if input_.max is None else input_.max))
        value = self._real(goal) if input_.type == "real" else math.floor(goal)
        if input_.refuses(value) is not None:
            return Fraction(0)
        signals[net] = value
        return Fraction(value) - before


def _range(input_: Input) -> tuple[Number, Number]:
    low, high = input_.min, input_.max
    if low is None:
        return (-_WIDE, _WIDE) if high is None else (high - 2 * _WIDE, high)
    return low, low + 2 * _WIDE if high is None else high


_MAX_CHARACTERS = 300  # of the values in a message
_MAX_DIGITS = 24  # of a number in a message
DOUBLES = Fraction(1, 1 << 53)  # their unit roundoff


@dataclass(frozen=True)
class Difference:
    """A row for which a file and its network have different answers.

    `row` has a value for each input, as `nnc.evaluate` takes it. `expected` is what the network
    gives for the `output`, and `actual` what the file does, None where it refuses the row.
    """

    row: Row = field(repr=False)
    output: str
    expected: Any
    actual: Any

    def about(self, tool: str) -> str:
        """Describe the difference in one line."""
        values = " ".join(f"{name}={_text(value)}" for name, value in self.row.items())
        actual = "refuses the row" if self.actual is None else f"gives {_text(self.actual)}"
        where = shorten(values, _MAX_CHARACTERS) or "there is no input"
        return f"`{self.output}` is {_text(self.expected)}, and {tool} {actual}, where {where}"


def _text(value: Any) -> str:
    """Write a value as the command line takes it; a double as its shortest decimal."""
    if isinstance(value, list):
        return shorten(f"[{','.join(map(_text, value))}]", _MAX_CHARACTERS)
    if isinstance(value, Fraction):
        text = show_number(value)
        is_long = len(text) > _MAX_DIGITS and value == Fraction(float(value))
        return repr(float(value)) if is_long else text
    return str(value)


def agree(expected: Any, actual: Any, *, has_doubles: bool) -> bool:
    """Return whether two values of an output are the same.

    Where the language has doubles, a sum that is no integer is the nearest double.
    """
    if expected == actual or not has_doubles:
        return bool(expected == actual)
    ones, others = listed(expected), listed(actual)
    try:
        return len(ones) == len(others) and all(
            first == other or (not isinstance(first, str) and Fraction(float(first)) == other)
            for first, other in zip(ones, others, strict=True)
        )
    except (OverflowError, TypeError):  # beyond all doubles, or a row that is refused
        return False


def is_rounded(
    difference: Difference, netlist: Netlist, floats: Floats, roundoff: Fraction = DOUBLES
) -> bool:
    """Check if rounding can explain a difference: |margin| <= B on the way.

    B = (2n + 16) u sum |w x|, for a sum of n products of floats whose unit roundoff is u.
    """
    if difference.actual is None or difference.expected is None:
        return False
    plan = netlist.plan
    tap = next(tap for tap in plan.outputs if tap.alias == difference.output)
    run = FollowedRow(plan, signals_of(difference.row, plan, floats))
    for cell in netlist.cells(tap.signals):
        if cell.is_real and cell.operand is None:
            total, bound = _total(run, cell, roundoff)
            if any(abs(total - test.limit) <= bound for test in cell.tests):
                return True
    port = netlist.port(tap)
    if isinstance(port.values[0], Argmax):
        sums = [_number(run, netlist, number, roundoff) for number in port.values[0].of]
        best, best_bound = max(sums)
        return sum(best - total <= bound + best_bound for total, bound in sums) > 1
    values = zip(port.numbers, listed(difference.expected), listed(difference.actual), strict=True)
    return tap.kind == "sum" and all(
        other is not None and abs(wanted - other) <= _number(run, netlist, number, roundoff)[1]
        for number, wanted, other in values
    )


def _number(
    run: FollowedRow, netlist: Netlist, number: Affine, roundoff: Fraction
) -> tuple[Fraction, Fraction]:
    """Return the value of a sum, and how far rounding may have moved it."""
    total, bound = Fraction(number.constant), Fraction(0)
    for net, factor in number.terms:
        own, rounding = _total(run, netlist.cell(net), roundoff)
        total, bound = total + factor * own, bound + abs(factor) * rounding
    return total / number.unit, bound / number.unit


def _total(run: FollowedRow, cell: Cell, roundoff: Fraction) -> tuple[Fraction, Fraction]:
    """Return the sum of a cell, and how far rounding may have moved it."""
    products = [Fraction(run.values[net] * factor) for net, factor in cell.terms]
    largest = max((abs(factor) for _, factor in cell.exact.terms), default=1)
    size = sum(map(abs, products)) + abs(Fraction(cell.exact.constant, largest))
    return sum(products, Fraction(0)), (2 * len(products) + 16) * roundoff * size


class Checking(NamedTuple):
    """The language of a file, its dialect of SQL, and what a float means in rows."""

    language: str
    dialect: str | None = None
    floats: Floats = "binary"


def tool_of(language: str, dialect: str | None = None) -> Tool:
    """Return the tool that runs files of a language. Raises ToolMissing where there is none."""
    about = LANGUAGES[language]
    if about.runner is None:
        message = f"no program runs files of --to {language} on rows"
        raise ToolMissing(message, "check --to aiger, the same network as a circuit")
    tool: Tool = named(about.runner)
    form = dialect or (about.dialects[0] if about.dialects else language)
    return tool._replace(form=form)


@dataclass(frozen=True)
class ExportCheck:
    """The result of running an exported file.

    `tool` is the program that ran it, with its version; None if it is not installed or did not
    finish, and then `missing` says why. It ran `rows` generated rows, which are the truth table if
    `is_whole`, the rows of `cases`, and `given` rows of the user. `left_out` rows have a number
    that the language does not have. For `near_ties` rows rounding explains another answer.
    `difference` is a row with another answer that it does not explain, and `refusal` the message
    of a tool that rejects the file. `as_doubles` is the first of `changed` cases and rows of the
    user whose decimals give another answer once they are doubles.
    """

    language: str
    exactness: str
    tool: str | None = None
    rows: int = 0
    cases: int = 0
    given: int = 0
    is_whole: bool = False
    left_out: int = 0
    near_ties: int = 0
    difference: Difference | None = None
    as_doubles: Difference | None = None
    changed: int = 0
    refusal: str | None = None
    missing: str | None = None
    help: str | None = None

    @property
    def agrees(self) -> bool:
        """True if the file was run, and gave the answers of the network."""
        return self.tool is not None and self.difference is None and self.refusal is None

    def __str__(self) -> str:
        if not self.agrees:
            return f"{self.exactness}; {'; '.join(map(str, self.diagnostics()))}"
        rows = counted(self.rows, "row")
        parts = [f"all {rows}" if self.is_whole else rows]
        parts += [counted(self.cases, "case")] if self.cases else []
        parts += [f"{counted(self.given, 'row')} of yours"] if self.given else []
        listed = " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)
        more = f", but for {counted(self.near_ties, 'near tie')}" if self.near_ties else ""
        left = f"; {counted(self.left_out, 'row')} cannot be given" if self.left_out else ""
        return f"{self.exactness}; {listed} agree with {self.tool}{more}{left}"

    def diagnostics(self, file: str | None = None) -> list[Diagnostic]:
        """Return the problems: a difference, or that the file was not checked."""
        if self.missing is not None:
            message = f"it was not run: {self.missing}"
            return [Diagnostic("not-checked", message, file=file, help=self.help)]
        if self.refusal is not None:
            message = f"{self.tool} does not run it: {self.refusal}"
            hint = "do not use the file, and report this"
            return [Diagnostic("export-differs", message, file=file, help=hint)]
        if self.difference is not None:
            message = self.difference.about(str(self.tool))
            hint = "do not use the file; `nnc why` says how the network gets there"
            return [Diagnostic("export-differs", message, file=file, help=hint)]
        if self.as_doubles is not None:
            rows = f"{counted(self.changed, 'row')} with decimals"
            message = f"{rows} have another answer as doubles: {self.as_doubles.about('the file')}"
            hint = "--floats decimal reads a double as its shortest decimal, as it stands in a text"
            return [Diagnostic("float-reading", message, file=file, help=hint)]
        return []


def check_file(
    data: bytes,
    plan: Plan,
    exactness: Exactness,
    checking: Checking,
    *,
    cases: Sequence[Row] = (),
    rows: Sequence[Row] = (),
) -> ExportCheck:
    """Run an exported file on generated rows, cases and other rows, and compare the answers."""
    language, dialect, floats = checking
    largest = LANGUAGES[language].largest
    table = table_rows(plan)
    generated = table
    if generated is None:
        weights = sum(layer.synapses for layer in plan.layers)
        count = max(MIN_ROWS, min(ROWS, MAX_PRODUCTS // max(weights, 1)))
        generated = made_rows(plan, has_doubles=largest is not None, floats=floats, count=count)
    parts = [
        [accepted(row, plan, floats, largest) for row in part] for part in (generated, cases, rows)
    ]
    given = [row for part in parts for row in part if row is not None]
    counts = [sum(row is not None for row in part) for part in parts]
    check = ExportCheck(
        language,
        exactness.words,
        rows=counts[0],
        cases=counts[1],
        given=counts[2],
        is_whole=table is not None,
        left_out=sum(map(len, parts)) - len(given),
    )
    try:
        tool = tool_of(language, dialect)
        check = replace(check, tool=tool.title(tool.form))
        with workshop() as folder:
            actual = tool.run(data, plan, given, folder)
    except ToolMissing as missing:
        return replace(check, tool=None, missing=missing.message, help=missing.hint)
    except ToolTooSlow as slow:
        hint = "check another language, or a part of the network"
        return replace(check, tool=None, missing=f"{check.tool} took it, but {slow}", help=hint)
    except ToolFailed as failed:
        return replace(check, refusal=str(failed))
    except (ArithmeticError, AttributeError, LookupError, StopIteration, TypeError, ValueError):
        # the file prints something, or gives values of other types
        return replace(check, refusal="it writes something else than answers for rows")
    if len(actual) != len(given):
        return replace(check, refusal=f"it gives {len(actual):,} rows for {len(given):,}")
    netlist, has_near_ties = Netlist(plan), exactness.kind == "near ties"
    wanted = answers_of(plan, given, floats, refuses=LANGUAGES[language].refuses)
    if largest is not None and floats == "binary":
        check = _with_changed(check, plan, [*cases, *rows], [*parts[1], *parts[2]])
    near = 0
    for row, expected, other in zip(given, wanted, actual, strict=True):
        differing = [
            Difference(row, name, value, other[name])
            for name, value in expected.items()
            if not agree(value, other[name], has_doubles=largest is not None)
        ]
        for difference in differing:
            if not (has_near_ties and is_rounded(difference, netlist, floats)):
                return replace(check, near_ties=near, difference=difference)
        near += bool(differing)
    return replace(check, near_ties=near)


def _with_changed(
    check: ExportCheck, plan: Plan, rows: Sequence[Row], taken: Sequence[Row | None]
) -> ExportCheck:
    """Add the rows whose answers change once their real numbers are doubles.

    Sums of real numbers change by rounding alone, and do not count.
    """
    pairs = [
        (row, doubles)
        for row, doubles in zip(rows, taken, strict=True)
        if doubles is not None and any(row[name] != doubles[name] for name in row)
    ]
    if not pairs:
        return check
    exact, rounded = (
        answers_of(plan, each, "binary", refuses=False) for each in zip(*pairs, strict=True)
    )
    differences = [
        Difference(row, name, value, other[name])
        for (row, _), one, other in zip(pairs, exact, rounded, strict=True)
        for name, value in one.items()
        if value != other[name] and not any(isinstance(x, Fraction) for x in listed(other[name]))
    ]
    changed = len({id(difference.row) for difference in differences})
    return replace(check, changed=changed, as_doubles=next(iter(differences), None))
