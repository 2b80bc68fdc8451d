"""The reasons for the values of outputs, as text for people and as JSON for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from nnc.differences.diffs.compared import condition_words
from nnc.numbers.exact import Number, counted
from nnc.printable import line, printable
from nnc.proofs.comparison import Condition
from nnc.proofs.plans import exact_values
from nnc.reasons.answer import OutputReason, Reasons
from nnc.reasons.answers import Alteration, NearRow
from nnc.records import json_lines, json_text
from nnc.run.trace import PlainValue, show_value
from nnc.terminal.findings.findings import Report
from nnc.terminal.findings.json import FindingsReport
from nnc.terminal.pictures import lines_of, picture_lines, picture_width, shades

_WIDTH = 80  # columns
_MAX_WAY = 6  # neurons
_MAX_LISTED = 32  # inputs, if none of them is known to be needless


@dataclass(frozen=True, slots=True)
class OutputReasonRecord:
    """Why one output decides as it does."""

    name: str
    """The name."""
    value: PlainValue
    """The value of the output in the row."""
    reason: str
    """Why, in one line."""
    way: tuple[str, ...]
    """The neurons that decided, from the output down, by name."""
    conditions: tuple[Condition, ...]
    """While all of these hold, the output stays, whatever all other inputs are."""
    is_smallest: bool
    """True if it is proved that no fewer inputs force it."""
    least: int
    """The least number of inputs that force it, as far as that is proved."""
    depends_on: int
    """On how many inputs, or elements of buses, the output depends."""
    would: PlainValue | None
    """The value that the nearest rows have to give; null for any other."""
    nearest: tuple[NearRow, ...]
    """Rows with the fewest changes, of each choice of inputs the nearest."""
    is_nearest: bool
    """True if it is proved that none has fewer changes; without rows, that there is none."""
    are_more: bool
    """True if there are more of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyReport(FindingsReport):
    """The reasons of `nnc why`."""

    row: int = 0
    """The number of the row, from 1; 0 where there is none."""
    inputs: Mapping[str, PlainValue] = field(default_factory=dict)
    """The value of each input."""
    outputs: tuple[OutputReasonRecord, ...] = ()
    """Each output of which it was asked."""


# ------------------------------------------------------------------------------------ JSON


def as_json(reasons: Reasons | None, findings: Report, form: str = "json") -> str:
    """Return reasons as JSON, also if there are none, or as JSON Lines."""
    whole = WhyReport.of(findings)
    if reasons is not None:
        outputs = tuple(map(_output, reasons.outputs))
        whole = replace(whole, row=reasons.row, inputs=reasons.inputs, outputs=outputs)
    if form == "json-lines":
        return json_lines([*whole.outputs, *whole.diagnostics])
    return json_text(whole)


def _output(output: OutputReason) -> OutputReasonRecord:
    forced, near = output.forced, output.near
    return OutputReasonRecord(
        name=output.name,
        value=output.value,
        reason=output.reason,
        way=tuple(output.way),
        conditions=forced.conditions,
        is_smallest=forced.is_smallest,
        least=forced.least,
        depends_on=forced.inputs,
        would=output.wanted,
        nearest=near.rows,
        is_nearest=near.is_proved,
        are_more=near.are_more,
    )


# ------------------------------------------------------------------------------------ text


def as_text(reasons: Reasons) -> str:
    """Return reasons as text for people."""
    lines = [*_row(reasons)]
    for output in reasons.outputs:
        lines += _output_lines(reasons, output)
    return "".join(f"{line(text)}\n" for text in lines)


def _row(reasons: Reasons) -> list[str]:
    zeros = [name for name, value in reasons.inputs.items() if value == 0]
    are_many = 2 < len(zeros) < len(reasons.inputs) and len(reasons.inputs) > 8
    words = [
        f"{name}={show_value(value)}"
        for name, value in reasons.inputs.items()
        if not (are_many and value == 0)
    ]
    if are_many:
        words.append(f"and 0 for the other {len(zeros):,}")
    return _wrapped(f"row {reasons.row}: {', '.join(words)}", "    ")


def _output_lines(reasons: Reasons, output: OutputReason) -> Iterator[str]:
    yield ""
    yield from _wrapped(f"{output.name} = {show_value(output.value)}  {output.reason}", "    ")
    if output.way:
        more = ", …" if output.way[_MAX_WAY:] else ""
        yield from _wrapped(f"  decided by {', '.join(output.way[:_MAX_WAY])}{more}", "    ")
    yield from _forced_lines(reasons, output)
    yield from _near_lines(reasons, output)


def _forced_lines(reasons: Reasons, output: OutputReason) -> Iterator[str]:
    forced = output.forced
    if not forced.conditions:
        yield "  whatever the inputs are: proved"
        return
    count = len(forced.conditions)
    what = f"{count:,} of {counted(forced.inputs, 'input')}"
    how = "proved to be the fewest" if forced.is_smallest else "none smaller found"
    if count == forced.inputs > _MAX_LISTED and not forced.is_smallest:
        yield f"  no fewer than all {count:,} inputs were found to force it"
        return
    yield f"  stays so, whatever the others are, while ({what}, {how})"
    drawn = {
        name: width
        for name, input_ in reasons.declared.items()
        if (width := picture_width(input_)) is not None
    }
    for name, width in drawn.items():
        pixels: list[Number | None] = [None] * reasons.declared[name].width
        for each in forced.conditions:
            if each.input == name and each.element is not None:
                pixels[each.element] = next(iter(exact_values(each.values)), None)
        yield from lines_of(name, width, [shades(reasons.declared[name], pixels)])
    others = [each for each in forced.conditions if each.input not in drawn or not each.values]
    for words in _conditions(tuple(others)):
        yield from _wrapped(f"    {words}", "    ")
    if not forced.is_smallest and forced.least > 1:
        yield f"    at least {forced.least:,} inputs are needed for that: proved"


def _conditions(conditions: tuple[Condition, ...]) -> list[str]:
    """Return conditions in lines: single values side by side, ranges on separate lines."""
    ranges = [condition_words(each) for each in conditions if not each.values]
    single = [condition_words(each) for each in conditions if each.values]
    return [*ranges, *([", ".join(single)] if single else [])]


def _near_lines(reasons: Reasons, output: OutputReason) -> Iterator[str]:
    near = output.near
    goal = "is another value" if output.wanted is None else f"is {show_value(output.wanted)}"
    if not near.rows:
        verdict = "none, which is proved" if near.is_proved else "none found, which proves nothing"
        yield f"  another row in which it {goal}: {verdict}"
        return
    count = counted(len(near.rows[0].changes), "change")
    how = "proved to be the fewest" if near.is_proved else "none fewer found"
    yield f"  {goal} after {count} ({how})"
    for row in near.rows:
        yield from _wrapped(f"    {_changes(row)}", "      ")
        yield from picture_lines(reasons.declared, reasons.inputs, _changed(reasons, row))
    if near.are_more:
        yield "    and more"


def _changed(reasons: Reasons, row: NearRow) -> Mapping[str, PlainValue]:
    """Return the inputs of a near row."""
    inputs = dict(reasons.inputs)
    for change in row.changes:
        value = inputs[change.input]
        if change.element is None:
            inputs[change.input] = change.after
        elif isinstance(value, list):
            assert not isinstance(change.after, str)
            inputs[change.input] = [
                change.after if place == change.element else now for place, now in enumerate(value)
            ]
        else:
            assert isinstance(value, int)
            inputs[change.input] = value ^ 1 << change.element
    return inputs


def _changes(row: NearRow) -> str:
    words = ", ".join(
        f"{_name(each)} = {show_value(each.after)} (is {show_value(each.before)})"
        for each in row.changes
    )
    return f"{words}: {show_value(row.value)}"


def _name(change: Alteration) -> str:
    return change.input if change.element is None else f"{change.input}({change.element})"


def _wrapped(text: str, indent: str) -> list[str]:
    joined = printable(text).replace(" = ", "\0=\0").replace("margin ", "margin\0")
    lines = textwrap.wrap(
        joined, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return [each.replace("\0", " ") for each in lines]
