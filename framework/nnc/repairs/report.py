"""Write a repair as text for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nnc.numbers.exact import counted, show_number
from nnc.printable import line
from nnc.records import json_lines, json_text
from nnc.repairs.answer import NumberChange, Repair, Way
from nnc.repairs.problem.demands import Constant
from nnc.terminal.findings.findings import Report
from nnc.terminal.findings.json import FindingsReport


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """One number, and its new value."""

    name: str
    """The name of the number, as --change takes it."""
    file: str | None
    """The file that the number is in; null for the network itself."""
    old: str
    """The number as it is."""
    new: str
    """The number that it becomes."""


@dataclass(frozen=True, slots=True)
class WayRecord:
    """A number whose change is enough by itself."""

    name: str
    """The name of the number, as --change takes it."""
    file: str | None
    """The file that the number is in; null for the network itself."""
    old: str
    """The number as it is."""
    new: str | None
    """The number that changes least; null where none has as few decimals as was asked for."""
    values: str
    """All values that it may have, in words."""


@dataclass(frozen=True, slots=True)
class OverlayRecord:
    """An overlay, and the file that it extends."""

    file: str
    """The file that is extended."""
    overlay: str
    """The text of the overlay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairReport(FindingsReport):
    """The result of `nnc repair`."""

    rows: int = 0
    """The number of rows that have to hold, guarded ones among them."""
    failing: int = 0
    """The number of them that fail."""
    guarded: int = 0
    """The number of rows whose outputs have to stay."""
    constant: Constant | None = None
    """The constant answer that is right in the most rows; null where nothing was read."""
    numbers: int = 0
    """The number of numbers that may change."""
    proof: str = "not decided"
    """`proved`, `searched` or `not decided`."""
    fewest: int = 0
    """A lower bound of the number of changes."""
    repaired: bool = False
    """True where all rows hold in the end."""
    changes: tuple[ChangeRecord, ...] = ()
    """The numbers that change."""
    overlays: tuple[OverlayRecord, ...] = ()
    """An overlay for each file whose numbers change."""
    ways: tuple[WayRecord, ...] = ()
    """Every number that is enough by itself."""


def as_json(repair: Repair | None, findings: Report, form: str = "json") -> str:
    """Return a repair as JSON, in its shape where there is none, too; or in a line each."""
    whole = RepairReport.of(findings) if repair is None else _record(repair, findings)
    if form == "json-lines":
        return json_lines([*whole.changes, *whole.ways, *whole.overlays, *whole.diagnostics])
    return json_text(whole)


def _record(repair: Repair, findings: Report) -> RepairReport:
    return RepairReport.of(
        findings,
        rows=repair.rows,
        failing=repair.failing,
        guarded=repair.guarded,
        constant=repair.constant,
        numbers=repair.numbers,
        proof=repair.proof,
        fewest=repair.fewest,
        repaired=repair.holds or bool(repair.changes),
        changes=tuple(map(_change, repair.changes)),
        overlays=tuple(OverlayRecord(*overlay) for overlay in repair.overlays.items()),
        ways=tuple(map(_way, repair.ways)),
    )


def _change(change: NumberChange) -> ChangeRecord:
    old, new = show_number(change.old), show_number(change.new)
    return ChangeRecord(change.name, change.file, old, new)


def _way(way: Way) -> WayRecord:
    new = None if way.new is None else show_number(way.new)
    return WayRecord(way.name, way.file, show_number(way.old), new, way.values)


def summary(repair: Repair) -> str:
    """Return what was found, one line each: how many rows, which numbers, and what is proved."""
    return "".join(f"{line(text)}\n" for text in _summary(repair))


def _summary(repair: Repair) -> Iterator[str]:
    rows = counted(repair.rows, "row")
    guarded = f" ({repair.guarded:,} guarded)" if repair.guarded else ""
    if repair.holds:
        yield f"nothing to repair: {rows}{guarded}, and no failure"
        return
    fails = f"{repair.failing:,} of {rows}{guarded} {'fails' if repair.failing == 1 else 'fail'}"
    tried = counted(repair.numbers, "number")
    if not repair.changes:
        yield fails
        return
    count = len(repair.changes)
    yield f"{fails}; {counted(count, 'number')} changed: {_proved(repair)}"
    for change in repair.changes:
        yield f"  {change}"
    yield f"  {_constant(repair.constant)}"
    used = dict.fromkeys(change.file for change in repair.changes if change.file)
    for file in used:
        yield f"  the overlay extends {file}: let `use` name it in the place of that file"
    if repair.fewest > 1 and repair.proof != "searched":
        yield f"  no change of one number will do: {tried} tried"
    if repair.in_files:
        numbers = counted(repair.in_files, "number")
        verb = "stays" if repair.in_files == 1 else "stay"
        yield f"  {numbers} in weight files {verb} unchanged"


def _constant(constant: Constant) -> str:
    """Return the line on the constant answer, to compare a network with."""
    texts = [f"{v}" if isinstance(v, str) else show_number(v) for v in constant.values.values()]
    always = texts[0] if len(texts) == 1 else "the most frequent values"
    return f"always {always}: right in {constant.right:,} of {counted(constant.rows, 'row')}"


def _proved(repair: Repair) -> str:
    if repair.proof == "searched":
        if len(repair.changes) == repair.fewest:
            return "proved to be the fewest; a smaller change of as many is not excluded"
        return f"searched, not proved; at least {repair.fewest} are needed"
    return "proved to be the fewest, and the least change"


def ways_text(repair: Repair) -> str:
    """Return every repair by one number, with all its values."""
    if not repair.ways:
        return f"{line('no change of one number will do')}\n"
    return "".join(f"{line(str(way))}\n" for way in repair.ways)
