"""A repair as text for people, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from typing_extensions import TypedDict

from nnc.numbers.exact import counted, show_number
from nnc.printable import line
from nnc.repairs.answer import NumberChange, Repair, Way
from nnc.terminal.findings.findings import Report
from nnc.terminal.findings.json import ReportRecord, report_record


class ChangeRecord(TypedDict):
    """One number, and its new value; `file` is null for the network itself."""

    name: str
    file: str | None
    old: str
    new: str


class WayRecord(TypedDict):
    """A number that is enough by itself; `new` is null where no value has so few decimals."""

    name: str
    file: str | None
    old: str
    new: str | None
    values: str


class OverlayRecord(TypedDict):
    """An overlay, and the file that it extends."""

    file: str
    overlay: str


class RepairReport(ReportRecord):
    """What `nnc repair` found."""

    rows: int
    failing: int
    guarded: int
    numbers: int
    proof: str
    fewest: int
    repaired: bool
    changes: list[ChangeRecord]
    overlays: list[OverlayRecord]
    ways: list[WayRecord]


def as_json(repair: Repair | None, findings: Report, form: str = "json") -> str:
    """Return a repair as JSON, in its shape where there is none, too; or in a line each."""
    whole: RepairReport = {
        **report_record(findings),
        "rows": repair.rows if repair else 0,
        "failing": repair.failing if repair else 0,
        "guarded": repair.guarded if repair else 0,
        "numbers": repair.numbers if repair else 0,
        "proof": repair.proof if repair else "not decided",
        "fewest": repair.fewest if repair else 0,
        "repaired": repair is not None and (repair.holds or bool(repair.changes)),
        "changes": [_change(each) for each in repair.changes] if repair else [],
        "overlays": [{"file": file, "overlay": text} for file, text in repair.overlays.items()]
        if repair
        else [],
        "ways": [_way(each) for each in repair.ways] if repair else [],
    }
    if form == "json-lines":
        lines = [*whole["changes"], *whole["ways"], *whole["overlays"], *whole["diagnostics"]]
        return "".join(json.dumps(record) + "\n" for record in lines)
    return json.dumps(whole, indent=2) + "\n"


def _change(change: NumberChange) -> ChangeRecord:
    old, new = show_number(change.old), show_number(change.new)
    return {"name": change.name, "file": change.file, "old": old, "new": new}


def _way(way: Way) -> WayRecord:
    return {
        "name": way.name,
        "file": way.file,
        "old": show_number(way.old),
        "new": None if way.new is None else show_number(way.new),
        "values": way.values,
    }


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
    used = dict.fromkeys(change.file for change in repair.changes if change.file)
    for file in used:
        yield f"  the overlay extends {file}: let `use` name it in the place of that file"
    if repair.fewest > 1 and repair.proof != "searched":
        yield f"  no change of one number will do: {tried} tried"
    if repair.in_files:
        numbers = counted(repair.in_files, "number")
        verb = "stays" if repair.in_files == 1 else "stay"
        yield f"  {numbers} in weight files {verb} unchanged"


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
