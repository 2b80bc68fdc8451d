"""The header of a CSV file: which column holds which input."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from nnc.diagnostics import Diagnostic, Label
from nnc.rows.cells import is_number
from nnc.rows.csv_text import records
from nnc.rows.names import about_left_out, match_names
from nnc.rows.reading import Findings, Place, Reading, Text


@dataclass(frozen=True)
class Header:
    """Which column holds which input; `kept` are the extras, `width` counts all columns."""

    width: int
    columns: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)


def read_header(text: Text, reading: Reading, findings: Findings) -> tuple[Header, int]:
    """Read the first record; gives the header, and where the rows start."""
    record = next(records(text, findings))
    whole = text.place(record.start, record.end)
    names = [unicodedata.normalize("NFC", name) for name in record.cells]
    header = Header(len(names))
    if not record.is_sound:
        findings.stop()
    if problem := _no_header(names, reading):
        findings.add("no-header", problem[0], whole, help=problem[1])
        findings.stop()
    places = [text.place(*stretch) for stretch in record.stretches]
    _check_twice(names, places, reading.file, findings)
    left_out: list[int] = []
    for rule, message, help_, at in match_names(
        names, reading.inputs, noun="column", extra=reading.extra, also=reading.also
    ):
        if rule == "unknown-column" and at is not None:
            left_out.append(at)
        else:
            findings.add(rule, message, whole if at is None else places[at], help=help_)
    if left_out:
        place = places[left_out[0]]
        message, help_ = about_left_out([names[at] for at in left_out], "column")
        reading.report(
            Diagnostic(
                "unknown-column",
                message,
                help=help_,
                file=reading.file,
                span=place.span,
                excerpt=place.excerpt,
            )
        )
    for at, name in enumerate(names):
        if name in reading.inputs:
            header.columns.setdefault(name, at)
        elif name in reading.also or reading.extra == "keep":
            header.kept.setdefault(name, at)
    return header, record.end + 1


def _no_header(names: list[str], reading: Reading) -> tuple[str, str] | None:
    wanted = ",".join(list(reading.inputs)[:8]) + (",…" if len(reading.inputs) > 8 else "")
    if names == [""]:
        return "the first line is blank; expected a header", f"write the names first: {wanted}"
    if all(map(is_number, names)):
        return (
            "the first line holds numbers; expected a header",
            f"write the names first: {wanted}",
        )
    for mark in ";\t|":
        parts = [part.strip(' "') for name in names for part in name.split(mark)]
        if len(parts) > len(names) and any(part in reading.inputs for part in parts):
            shown = "a tab" if mark == "\t" else f"`{mark}`"
            return (
                f"the columns are separated by {shown}; expected commas",
                "save the file with commas between the cells",
            )
    return None


def _check_twice(names: list[str], places: list[Place], file: str, findings: Findings) -> None:
    first: dict[str, int] = {}
    for at, name in enumerate(names):
        if name in first:
            before = places[first[name]]
            label = Label("first here", file=file, span=before.span, excerpt=before.excerpt)
            findings.add(
                "duplicate-column",
                f"column `{name}` stands twice",
                places[at],
                help="remove one of them, or rename it",
                labels=(label,),
            )
        first.setdefault(name, at)
