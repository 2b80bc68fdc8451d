"""Logic -> one SELECT: integers as BIGINT, real numbers as doubles; one CTE for each level."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import accumulate, count
from typing import NamedTuple

from nnc.compiler.netlist import Affine, Argmax, Cell, Net, Port
from nnc.interchange.exporting.exactness import defaults_in_doubles
from nnc.interchange.exporting.logic import Logic, nets_of
from nnc.interchange.exporting.wording import (
    SQL_ATOMS,
    bound_text,
    double_text,
    line_comments,
    total_of,
    variables,
    wrapped,
)
from nnc.interchange.exporting.writing import Writer
from nnc.interchange.languages import DIALECTS, FileContents, Wishes
from nnc.language.network import BITS, Input
from nnc.numbers.exact import Number, Refused, shorten
from nnc.printable import printable
from nnc.rows.options import Floats

_DOUBLE = {"duckdb": "DOUBLE", "sqlite": "REAL", "postgres": "DOUBLE PRECISION"}
_WIDEST = 62  # bits of a bus that is one integer column
_LARGEST_INTEGER = 9223372036854774784  # the largest double that is an integer of 64 bits
_MAX_COLUMNS = {"duckdb": 5000, "sqlite": 2000, "postgres": 1600}
_MAX_CHAIN = 500  # parts that are joined without brackets: expressions are at most 1,000 deep

_Bounds = tuple[int | None, int | None]


def sql_name(name: str) -> str:
    """Quote the name of a table or column."""
    return '"' + name.replace('"', '""') + '"'


def sql_literal(value: object) -> str:
    """Write a value as a text in quotes, which a column of numbers reads as a number; or NULL."""
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def write(logic: Logic, wishes: Wishes, header: str) -> FileContents:
    """Write a query that gives the outputs for each row of the table `top`.

    A bus of up to 62 bits is one integer column, a wider one, or one of numbers, a column for each
    element: `a_0`, `a_1`. Columns to `keep` come first. A row that the network refuses has NULL in
    every output. Raises Refused for a network too large for a database, and for a kept column that
    is called like an output.
    """
    top, dialect, keep = wishes.top, wishes.dialect or DIALECTS[0], wishes.keep
    is_packed = _is_packed(logic, dialect, len(keep))
    texts = [
        top,
        *keep,
        *(port.name for port in logic.outputs),
        *(label for port in logic.outputs for label in port.labels),
    ]
    for text in texts:
        if printable(text) != text:
            message = f"`{shorten(text)}` has a character that SQL cannot write visibly"
            raise Refused("not-exportable", message, "choose another name")
    _check_columns(logic)
    return FileContents(
        "\n".join(_Query(logic, top, dialect, keep, is_packed=is_packed).lines(header))
    )


def _check_columns(logic: Logic) -> None:
    """Refuse inputs, or outputs, two of which would be one column, upper case or not."""
    for what, columns in (("inputs", _columns_read(logic)), ("outputs", _columns_made(logic))):
        named: dict[str, str] = {}
        for column, name in columns:
            other = named.setdefault(column.lower(), name)
            if other != name:
                raise Refused(
                    "not-exportable",
                    f"the {what} `{other}` and `{name}` would both be the column `{column}` in SQL",
                    "give one of them another name",
                )


def _columns_read(logic: Logic) -> Iterator[tuple[str, str]]:
    for name, input_ in logic.plan.inputs.items():
        is_word = input_.is_integer_bus and input_.width <= _WIDEST
        if input_.size is None or is_word:
            yield name, name
        else:
            yield from ((f"{name}_{place}", name) for place in range(input_.width))


def _columns_made(logic: Logic) -> Iterator[tuple[str, str]]:
    for port in logic.outputs:
        is_word = port.shape == "word" and len(port.values) <= _WIDEST
        if port.shape == "scalar" or is_word:
            yield port.name, port.name
        else:
            yield from ((f"{port.name}_{place}", port.name) for place in range(len(port.values)))


def _is_packed(logic: Logic, dialect: str, kept: int) -> bool:
    """Return whether bits share columns, as there are more than a database has.

    Raises Refused for a network that is too large even so.
    """
    numbers = sum(map(logic.netlist.is_number, logic.elements))
    bits = len(logic.elements) - numbers + sum(len(cell.tests) for cell in logic.cells)
    most = _MAX_COLUMNS[dialect]
    if 1 + kept + numbers + bits + sum(map(logic.has_total, logic.cells)) <= most:
        return False
    shared = bits // _WIDEST + len({cell.level for cell in logic.cells}) + 1
    for what, size in (
        ("columns of inputs", len({*_columns_read(logic)})),
        ("columns of outputs", len({*_columns_made(logic)}) + kept),
        ("numbers", 1 + kept + numbers + shared + len(logic.summed)),
    ):
        if size > most:
            message = f"{size:,} {what} are too many for SQL of {dialect}: at most {most:,}"
            raise Refused("not-exportable", message, "export to C or Python")
    return True


class _Step(NamedTuple):
    """A comparison with a limit of a number, the bit that it gives, and the weight of that."""

    limit: Fraction
    is_past: bool
    text: str
    net: Net = 0
    factor: int = 0


class _Query(Writer):
    widest = _WIDEST
    bit = "CASE WHEN {0} THEN 1 ELSE 0 END"
    chosen = "CASE {0} WHEN 1 THEN {2} ELSE {1} END"

    def __init__(
        self, logic: Logic, top: str, dialect: str, keep: Sequence[str], *, is_packed: bool
    ) -> None:
        self._top, self._keep = top, dict.fromkeys(keep)
        self._dialect, self._double = dialect, _DOUBLE[dialect]
        self.quotient = f"CAST({{0}} AS {self._double}) / {{1}}"
        numbered = count(2)
        nets, totals = variables(
            logic,
            lambda element: f"i{logic.plan.first_of[element.name] + element.place}",
            lambda _, __: f"s{next(numbered)}",
        )
        self._slots: dict[str, tuple[str, int]] = {}
        """The column that has a bit among others, and its place there, by the text of the bit."""
        if is_packed:
            nets |= self._packed(logic)
            totals = {first: name for first, name in totals.items() if first in logic.summed}
        super().__init__(logic, nets, totals)
        self._ranges: dict[str, tuple[int, int]] = {}
        """The least and greatest total of bits, by its column."""
        self._least = {self._nets[net]: each.input.min for net, each in logic.elements.items()}
        """The least value of each element of an input, by its column."""
        self._added = {net for cell in logic.cells if cell.operand is None for net, _ in cell.terms}
        self._conditions: dict[Net, str] = {}
        """The comparison that gives a bit, if it is of a column."""
        self._steps = dict(self._rising())
        self._read = {each.net for each in logic.assumed}
        for port in logic.outputs:
            if not self._level_steps(port):
                self._read.update(nets_of(port))
        for cell in logic.cells:
            choices = self._alternatives(cell)
            self._read.update(net for net in choices if net not in self._conditions)
            if not choices:
                self._total(cell)  # which notes the bits that it reads as they are

    def _packed(self, logic: Logic) -> Iterator[tuple[Net, str]]:
        """Yield each bit, and its text as one of the bits of a column of its level."""
        levels = [[net for net in logic.elements if not logic.netlist.is_number(net)]]
        levels += [[net for cell in cells for net in cell.nets] for _, cells, _ in logic.levels()]
        numbered = count()
        for bits in levels:
            for at in range(0, len(bits), _WIDEST):
                column = f"b{next(numbered)}"
                for place, net in enumerate(bits[at : at + _WIDEST]):
                    text = f"(({column} >> {place}) & 1)"
                    self._slots[text] = column, place
                    yield net, text

    def _joined_bits(self, columns: Iterable[str]) -> Iterator[str]:
        """Yield columns, and in place of those of packed bits the columns that these share."""
        shared: dict[str, list[str]] = {}
        for text in columns:
            value, _, name = text.rpartition(" AS ")
            if name in self._slots:
                column, place = self._slots[name]
                shared.setdefault(column, []).append(f"({value})*{1 << place}")
            else:
                yield text
        yield from (f"{' + '.join(parts)} AS {column}" for column, parts in shared.items())

    def _rising(self) -> Iterator[tuple[Net, tuple[str, _Step]]]:
        """Yield the bits that are 1 from a limit of a number on, with the column of the number."""
        for cell in self._logic.cells:
            total = self._totals.get(cell.first, "")
            name = total if cell.operand is None else self._nets[cell.operand]
            texts = self._compared(cell, total) if name else ()
            self._conditions |= zip(cell.nets, texts, strict=False)
            for net, test, text in zip(cell.nets, cell.tests, texts, strict=False):
                if test.is_rising:
                    yield net, (name, _Step(Fraction(test.limit), test.op == ">", text))

    def _level_steps(self, port: Port) -> list[_Step]:
        """Return the limits of a level, in their order, where all of them are of one number."""
        (value, *others) = port.values
        if others or not isinstance(value, Affine) or not self._logic.is_level(value, port):
            return []
        steps = [self._steps.get(net) for net, _ in value.terms]
        known = [step for step in steps if step is not None]
        is_one = len(known) == len(steps) and len({name for name, _ in known}) == 1
        return sorted(step for _, step in known) if is_one else []

    def lines(self, header: str) -> Iterator[str]:
        yield from line_comments(header, "--")
        yield from (f"-- assumed: {each.words}" for each in self._logic.assumed)
        outputs = [column for port in self._logic.outputs for column in self._columns(port)]
        self._check_kept(name for name, _ in outputs)
        # a column of the table may be called like one of the query, such as `taken`
        columns = [f"t.{sql_name(name)} AS k{i}" for i, name in enumerate(self._keep)]
        columns += self._joined_bits(self._given())
        name = self._level_name()
        # DuckDB reads each level once by itself, and is 2.5 times as fast without storing it
        as_stored = "AS" if self._dialect == "duckdb" else "AS MATERIALIZED"
        yield f"WITH {name}_0 {as_stored} ("
        yield from _select(columns, f"FROM {sql_name(self._top)} AS t")
        before = f"{name}_0"
        for number, (_, level, _) in enumerate(self._logic.levels(), 1):
            totals = [line for cell in level for line in self._kept_total(cell)]
            tests = list(self._joined_bits(line for cell in level for line in self._tests(cell)))
            for after, columns in ((f"{name}_{number}t", totals), (f"{name}_{number}", tests)):
                if columns:
                    yield f"), {after} {as_stored} ("
                    yield from _select(["*", *columns], f"FROM {before}")
                    before = after
        yield ")"
        kept = [f"k{i} AS {sql_name(name)}" for i, name in enumerate(self._keep)]
        taken = " AND ".join(
            ["taken", *(f"{self._nets[each.net]} = 0" for each in self._logic.assumed)]
        )
        given = [f"CASE WHEN {taken} THEN {text} END AS {sql_name(n)}" for n, text in outputs]
        yield from _select([*kept, *given], f"FROM {before};", "")
        yield ""

    def _level_name(self) -> str:
        """Return what the parts of the query are called, none of them like the table."""
        return "stage" if self._top.lower().startswith("level_") else "level"

    def _check_kept(self, outputs: Iterable[str]) -> None:
        """Refuse a kept column called like an output, upper case or not."""
        taken = {name.lower() for name in outputs}
        for name in self._keep:
            if name.lower() in taken:
                raise Refused(
                    "not-exportable",
                    f"the column `{name}` cannot be kept: an output has its name",
                    "give the output an alias, or the column another name in a view",
                )

    # ------------------------------------------------------------------------------- inputs

    def _given(self) -> Iterator[str]:
        """Yield a column for each element of an input, and one that says whether all are taken."""
        taken = []
        for name, input_ in self._logic.plan.inputs.items():
            first = self._logic.plan.first_of[name]
            if input_.of is not None:
                value = self._with_default(
                    f"t.{sql_name(name)}", sql_literal(input_.default) if input_.default else None
                )
                taken.append(f"{value} IN ({', '.join(map(sql_literal, input_.of))})")
                for place, choice in enumerate(input_.of):
                    is_it = f"CASE WHEN {value} = {sql_literal(choice)} THEN 1 ELSE 0 END"
                    yield f"{is_it} AS {self._nets[first + place]}"
            elif input_.is_integer_bus and input_.width <= _WIDEST:
                default = input_.default_values()
                whole = (
                    None
                    if default is None
                    else str(sum(int(bit) << i for i, bit in enumerate(default)))
                )
                value = self._with_default(f"t.{sql_name(name)}", whole)
                bounds = (0, (1 << input_.width) - 1)
                whole_value = self._whole(value, bounds)
                taken += self._is_whole(value, bounds)
                for place in range(input_.width):
                    yield f"({whole_value} >> {place}) & 1 AS {self._nets[first + place]}"
            else:
                yield from self._elements(name, input_, first, taken)
        yield f"{_joined(taken, 'AND') or '1 = 1'} AS taken"

    def _elements(self, name: str, input_: Input, first: int, taken: list[str]) -> Iterator[str]:
        defaults = defaults_in_doubles(self._logic, name)
        for place in range(input_.width):
            net = self._nets[first + place]
            column = f"t.{sql_name(f'{name}_{place}' if input_.size is not None else name)}"
            default = None if defaults is None else self._number(defaults[place])
            if input_.type == "bit" and input_.state_values == BITS:
                value = self._boolean(column, default)
                taken.append(f"{value} IN {self._bits[0]}")
                yield f"CASE WHEN {value} {self._bits[1]} THEN 1 ELSE 0 END AS {net}"
                continue
            value = self._with_default(column, default)
            if input_.type == "bit":
                off, on = map(self._number, input_.state_values)
                taken.append(f"{value} IN ({off}, {on})")
                # with DuckDB, `=` would round a text, but `>=` takes none
                op = ">=" if input_.state_values[0] < input_.state_values[1] else "<="
                yield f"CASE WHEN {value} {op} {on} THEN 1 ELSE 0 END AS {net}"
                continue
            if input_.type == "integer":
                low = None if input_.min is None else math.ceil(input_.min)
                high = None if input_.max is None else math.floor(input_.max)
                if self._dialect == "duckdb" and first + place not in self._added:
                    cast = f"TRY_CAST({value} AS BIGINT)"  # which needs no guard where no sum is
                    if low is None and high is None:
                        low = -(1 << 63)  # a comparison takes no text, which `=` would round
                    taken += [f"{value} = {cast}", *_compared(value, (low, high))]
                    yield f"{cast} AS {net}"
                    continue
                taken += self._is_whole(value, (low, high))
                yield f"{self._whole(value, (low, high))} AS {net}"
                continue
            number = value
            if self._dialect == "sqlite":  # where a column of texts would compare bounds as texts
                number = f"CAST({value} AS NUMERIC)"
                taken.append(f"{value} = {number}")
            taken += _limits(number, input_, self._logic.floats)
            yield f"CAST({value} AS {self._double}) AS {net}"

    def _whole(self, value: str, bounds: _Bounds) -> str:
        """Write a number as an integer within its bounds: no row may end the query, or overflow."""
        if self._dialect == "sqlite":  # which goes on with doubles where integers overflow
            return f"CAST({value} AS BIGINT)"
        low, high = bounds
        cast = f"TRY_CAST({value} AS BIGINT)"
        if self._dialect == "postgres":
            low = -_LARGEST_INTEGER if low is None else max(low, -_LARGEST_INTEGER)
            high = _LARGEST_INTEGER if high is None else min(high, _LARGEST_INTEGER)
            cast = f"CAST({value} AS BIGINT)"
        within = " AND ".join(_compared(value, (low, high)))
        return f"CASE WHEN {within} THEN {cast} END" if within else cast

    def _is_whole(self, value: str, bounds: _Bounds) -> Iterator[str]:
        """Yield what holds of a number that is an integer within its bounds."""
        whole = self._whole(value, bounds)
        yield f"{value} = {whole}"
        if self._dialect == "sqlite":
            yield from _compared(whole, bounds)

    @property
    def _bits(self) -> tuple[str, str]:
        """Write a list of what a bit may be, and the comparison that says it is 1."""
        if self._dialect == "postgres":
            return "('0', '1', 'false', 'true')", "IN ('1', 'true')"
        return "(0, 1)", "= 1" if self._dialect == "sqlite" else ">= 1"

    def _boolean(self, column: str, default: str | None) -> str:
        """Write a bit, a number or a boolean, as what is compared with `_bits`, never rounded.

        A default stands for NULL alone, not for a text that is no number. JSON is the one type
        that PostgreSQL makes of both numbers and booleans, and 1.00 of it is 1.
        """
        if self._dialect == "postgres":
            own = f"to_jsonb({column})"
            return self._with_default(own, None if default is None else f"'{default}'")
        return self._with_default(column, default)

    def _with_default(self, column: str, default: str | None) -> str:
        return column if default is None else f"COALESCE({column}, {default})"

    # -------------------------------------------------------------------- cells and outputs

    def _columns(self, port: Port) -> Iterator[tuple[str, str]]:
        """Yield the name of each column of an output, and what it holds."""
        for place, text in enumerate(self._values(port)):
            yield f"{port.name}_{place}" if self._is_list(port) else port.name, text

    def _values(self, port: Port) -> list[str]:
        steps = self._level_steps(port)
        if not steps:
            return super()._values(port)
        whens = [f"WHEN {step.text} THEN {_named(i, port)}" for i, step in enumerate(steps, 1)]
        return [f"CASE {' '.join(reversed(whens))} ELSE {_named(0, port)} END"]

    def _tests(self, cell: Cell) -> Iterator[str]:
        lines: Iterable[str] = super()._tests(cell)
        choices = self._alternatives(cell)
        if choices:
            texts = [self._conditions.get(net, f"{self._nets[net]} = 1") for net in choices]
            lines = [self._let(self._nets[cell.first], self.bit.format(" OR ".join(texts)))]
        return (line for net, line in zip(cell.nets, lines, strict=True) if net in self._read)

    def _alternatives(self, cell: Cell) -> list[Net]:
        """Return the bits of a cell that is 1 where any of them is, or nothing for other cells."""
        bits = [net for net, factor in cell.terms if factor == 1]
        is_any = cell.tests == ((">=", 1),) and cell.first not in self._totals
        is_of_bits = len(bits) == len(cell.terms) and not any(
            map(self._logic.netlist.is_number, bits)
        )
        return bits if is_any and is_of_bits and 1 < len(bits) <= _MAX_CHAIN else []

    def _total(self, cell: Cell) -> str:
        """Write a sum: the bits of one number as one CASE of it, and chunks of the other terms."""
        steps: dict[str, list[_Step]] = {}
        for net, factor in cell.terms if not cell.is_real else ():
            if net in self._steps:
                name, step = self._steps[net]
                steps.setdefault(name, []).append(step._replace(net=net, factor=factor))
        steps = {name: sorted(some) for name, some in steps.items() if len(some) > 1}
        parts = [
            _as_case(name, some, self._ranges.get(name), self._least.get(name))
            for name, some in steps.items()
        ]
        apart = {step.net for some in steps.values() for step in some}
        rest = [term for term in cell.terms if term[0] not in apart]
        self._read.update(net for net, _ in rest)
        if not any(net in self._logic.sizes for net, _ in rest) and not cell.is_real:
            sums = [[0, *accumulate(step.factor for step in some)] for some in steps.values()]
            sums += [[0, factor] for _, factor in rest]
            self._ranges[self._totals.get(cell.first, "")] = (
                sum(map(min, sums)),
                sum(map(max, sums)),
            )
        for at in range(0, len(rest) or not parts, _MAX_CHAIN):
            chunk = cell._replace(terms=tuple(rest[at : at + _MAX_CHAIN]))
            parts.append(total_of(chunk, self._nets.__getitem__))
        return parts[0] if len(parts) == 1 else " + ".join(f"({part})" for part in parts)

    def _let(self, name: str, text: str, cell: Cell | None = None) -> str:
        del cell
        return f"{text} AS {name}"

    def _number(self, value: Number | float) -> str:
        return str(value) if isinstance(value, int) else double_text(float(value))

    def _label(self, index: str, port: Port) -> str:
        if not port.labels:
            return index
        whens = " ".join(
            f"WHEN {i} THEN {sql_literal(label)}" for i, label in enumerate(port.labels)
        )
        return f"CASE {index} {whens} END"

    def _first_largest(self, largest: Argmax, port: Port) -> str:
        sums = [f"({text})" for text in self._ranks(largest)]
        whens = []
        for place, text in enumerate(sums[:-1]):
            others = " AND ".join(f"{text} >= {other}" for other in sums[place + 1 :])
            whens.append(f"WHEN {others} THEN {_named(place, port)}")
        last = _named(len(sums) - 1, port)
        return f"CASE {' '.join(whens)} ELSE {last} END" if whens else last

    def _word(self, bits: Sequence[str]) -> str:
        return " + ".join(f"{bit}*{1 << i}" if i else bit for i, bit in enumerate(bits))


def _as_case(
    name: str, steps: Sequence[_Step], ends: tuple[int, int] | None, least: Number | None
) -> str:
    """Write the sum of what a number gives from several limits on, in their order.

    A count of integers from a limit on, up to the greatest there is, is a difference.
    """
    totals = [0, *accumulate(step.factor for step in steps)]
    whens = [
        f"WHEN {step.text} THEN {total}" for step, total in zip(steps, totals[1:], strict=True)
    ]
    always = sum(least is not None and step.limit + step.is_past <= least for step in steps)
    first = steps[0].limit - 1
    counted = [(first + place, 1) for place in range(1, len(steps) + 1)]
    if ends is not None and counted == [(step.limit, step.factor) for step in steps]:
        text = f"{name} - {first}" if first > 0 else f"{name} + {-first}" if first else name
        if first <= ends[0] and ends[1] <= steps[-1].limit:
            return text
        if ends[1] <= steps[-1].limit:
            whens = [f"WHEN {steps[0].text} THEN {text}"]
    whens = whens[always:]
    rest = str(totals[always])
    return f"CASE {' '.join(reversed(whens))} ELSE {rest} END" if whens else rest


def _joined(parts: Sequence[str], sign: str) -> str:
    """Join parts by an operator, in brackets where they are many."""
    starts = range(0, len(parts), _MAX_CHAIN)
    chunks = [f" {sign} ".join(parts[at : at + _MAX_CHAIN]) for at in starts]
    return (
        f" {sign} ".join(f"({chunk})" for chunk in chunks) if len(chunks) > 1 else "".join(chunks)
    )


def _select(columns: Sequence[str], source: str, indent: str = "  ") -> Iterator[str]:
    yield f"{indent}SELECT"
    for i, column in enumerate(columns):
        yield wrapped(
            column + ("," if i + 1 < len(columns) else ""), f"{indent}  ", atoms=SQL_ATOMS
        )
    yield f"{indent}{source}"


def _compared(value: str, bounds: _Bounds) -> Iterator[str]:
    low, high = bounds
    if low is not None and high is not None:
        yield f"{value} BETWEEN {low} AND {high}"
    elif low is not None:
        yield f"{value} >= {low}"
    elif high is not None:
        yield f"{value} <= {high}"


def _limits(value: str, input_: Input, floats: Floats) -> Iterator[str]:
    is_real = input_.type == "real"
    if is_real and (input_.min is None or input_.max is None):
        yield f"{value} BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308"
    for op, limit in ((">=", input_.min), ("<=", input_.max)):
        if limit is not None:
            yield f"{value} {op} {bound_text(op, limit, floats, is_real=is_real)}"


def _named(place: int, port: Port) -> str:
    return sql_literal(port.labels[place]) if port.labels else str(place)
