"""One JSON object with all comparisons; its schema is published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from typing_extensions import TypedDict

from nnc.differences.diffs.compared import Compared
from nnc.differences.row_changes import RowChanges
from nnc.differences.structure import Change, Structure
from nnc.numbers.exact import Number
from nnc.proofs.comparison import Behaviour, Condition, Counterexample, Region
from nnc.records import JsonNumber, json_text
from nnc.remaining import Remaining
from nnc.terminal.reports.traces import (
    NeuronRecord,
    json_number,
    json_value,
    neuron_record,
)
from nnc.version import VERSION


class DetailRecord(TypedDict):
    """One thing that changed; of many numbers, the largest change, and how many of how many."""

    what: str
    subject: str
    before: str | None
    after: str | None
    changed: int | None
    total: int | None


class ChangeRecord(TypedDict):
    """One declaration that was `added`, `removed` or `changed`."""

    place: str
    name: str
    kind: str
    text: str
    details: list[DetailRecord]


class RenamedRecord(TypedDict):
    """A declaration with another name, its wiring and numbers the same."""

    place: str
    before: str
    after: str


class UsedRecord(TypedDict):
    """What changed inside a file that parts use."""

    file: str
    changes: list[ChangeRecord]
    renamed: list[RenamedRecord]
    notes: list[str]


class StructureRecord(TypedDict):
    """What is different in what both networks say."""

    is_same: bool
    changes: list[ChangeRecord]
    renamed: list[RenamedRecord]
    notes: list[str]
    used: list[UsedRecord]


class PartedRecord(TypedDict):
    """One neuron in both networks, which gives something else in each."""

    before: NeuronRecord
    after: NeuronRecord


Value = JsonNumber | list[JsonNumber]


class CounterexampleRecord(TypedDict):
    """Inputs for which an output differs, what it gives, and the neurons where that begins.

    What it gives does not depend on the `others`, which had these values when it was replayed.
    """

    inputs: dict[str, Value]
    others: dict[str, Value]
    before: Value
    after: Value
    parted: list[PartedRecord]


class ConditionRecord(TypedDict):
    """What an input is, or an element of a bus: one of `values`, or between two ends."""

    input: str
    element: int | None
    values: list[JsonNumber]
    at_least: JsonNumber | None
    above: JsonNumber | None
    at_most: JsonNumber | None
    below: JsonNumber | None


class RegionRecord(TypedDict):
    """Where an output differs, whatever the other inputs are; if it is whole, nowhere else.

    The conditions `all` hold; of those in `some`, if any, from `least` to `most`; and all
    conditions of one of the lists in `either`, if any.
    """

    all: list[ConditionRecord]
    some: list[ConditionRecord]
    least: int
    most: int
    either: list[list[ConditionRecord]]
    is_whole: bool


class VerdictRecord(TypedDict):
    """Whether one output is the same function in both networks.

    What was tried, and what differs, are counts of inputs; with the unit `range` of combinations of
    ranges, within each of which nothing changes. `left` is what is left of an unknown output.
    """

    output: str
    kind: str
    how: str
    tried: JsonNumber | None
    total: JsonNumber | None
    differing: JsonNumber | None
    unit: str
    region: RegionRecord | None
    counterexample: CounterexampleRecord | None
    left: Remaining | None


class BehaviourRecord(TypedDict):
    """The verdicts on the outputs."""

    is_equal: bool
    verdicts: list[VerdictRecord]
    notes: list[str]


class MoveRecord(TypedDict):
    """How many rows went from one value to another, and the first of them, from 1."""

    before: JsonNumber
    after: JsonNumber
    times: int
    rows: list[int]


class OutputRowsRecord(TypedDict):
    """In how many rows an output changes, and how; the most frequent moves first."""

    output: str
    changed: int
    moves: list[MoveRecord]


class RowsRecord(TypedDict):
    """Of the rows of a file, how many change."""

    file: str
    rows: int
    changed: int
    outputs: list[OutputRowsRecord]


class ComparisonRecord(TypedDict):
    """Two networks compared: `changed`; or one that was `added` or `removed`."""

    before: str
    after: str
    kind: str
    structure: StructureRecord
    behaviour: BehaviourRecord
    moved: RowsRecord | None


class DiffReport(TypedDict):
    """What `nnc diff` found."""

    format_version: int
    nnc_version: str
    comparisons: list[ComparisonRecord]


def render(comparisons: Sequence[Compared]) -> str:
    """Return the comparisons as indented JSON."""
    report: DiffReport = {
        "format_version": 1,
        "nnc_version": VERSION,
        "comparisons": [comparison_record(compared) for compared in comparisons],
    }
    return json_text(report)


def comparison_record(compared: Compared) -> ComparisonRecord:
    """Return a comparison as plain data."""
    structure, behaviour, moved = compared.comparison[:3]
    return {
        "before": str(compared.before),
        "after": str(compared.after),
        "kind": compared.kind,
        "structure": _structure(structure),
        "behaviour": _behaviour(behaviour),
        "moved": None if moved is None else _moved(moved),
    }


def _structure(structure: Structure) -> StructureRecord:
    used: list[UsedRecord] = []
    waiting = list(structure.used.items())
    for file, inside in waiting:
        waiting += inside.used.items()
        used.append({"file": file, **_own(inside)})
    return {"is_same": structure.is_same, **_own(structure), "used": used}


class _Own(TypedDict):
    changes: list[ChangeRecord]
    renamed: list[RenamedRecord]
    notes: list[str]


def _own(structure: Structure) -> _Own:
    return {
        "changes": [_change(change) for change in structure.changes],
        "renamed": [cast("RenamedRecord", pair._asdict()) for pair in structure.renamed],
        "notes": list(structure.notes),
    }


def _change(change: Change) -> ChangeRecord:
    return {
        "place": change.place,
        "name": change.name,
        "kind": change.kind,
        "text": change.text,
        "details": [cast("DetailRecord", detail._asdict()) for detail in change.details],
    }


def _behaviour(behaviour: Behaviour) -> BehaviourRecord:
    return {
        "is_equal": behaviour.is_equal,
        "verdicts": [
            {
                "output": verdict.output,
                "kind": verdict.kind,
                "how": verdict.how,
                "tried": _count(verdict.tried),
                "total": _count(verdict.total),
                "differing": _count(verdict.differing),
                "unit": verdict.unit,
                "region": None if verdict.region is None else _region(verdict.region),
                "counterexample": _counterexample(verdict.counterexample),
                "left": verdict.left,
            }
            for verdict in behaviour.verdicts
        ],
        "notes": list(behaviour.notes),
    }


def _moved(changes: RowChanges) -> RowsRecord:
    return {
        "file": changes.file,
        "rows": changes.rows,
        "changed": changes.changed,
        "outputs": [
            {
                "output": output.output,
                "changed": output.changed,
                "moves": [
                    {
                        "before": _value(move.before),
                        "after": _value(move.after),
                        "times": move.times,
                        "rows": list(move.rows),
                    }
                    for move in output.moves
                ],
            }
            for output in changes.outputs
        ],
    }


def _value(value: Number | str) -> JsonNumber:
    return value if isinstance(value, str) else json_number(value)


def _count(number: int | None) -> JsonNumber | None:
    return None if number is None else json_number(number)


def _region(region: Region) -> RegionRecord:
    return {
        "all": list(map(condition_record, region.all)),
        "some": list(map(condition_record, region.some)),
        "least": region.least,
        "most": region.most,
        "either": [list(map(condition_record, group)) for group in region.either],
        "is_whole": region.is_whole,
    }


def condition_record(condition: Condition) -> ConditionRecord:
    """Return a condition as plain data."""
    ends = {end[0]: json_number(end[1]) for end in (condition.low, condition.high) if end}
    return {
        "input": condition.input,
        "element": condition.element,
        "values": list(map(_value, condition.values)),
        "at_least": ends.get("at_least"),
        "above": ends.get("above"),
        "at_most": ends.get("at_most"),
        "below": ends.get("below"),
    }


def _counterexample(example: Counterexample | None) -> CounterexampleRecord | None:
    if example is None:
        return None
    return {
        "inputs": {name: json_value(value) for name, value in example.inputs.items()},
        "others": {name: json_value(value) for name, value in example.others.items()},
        "before": json_value(example.before),
        "after": json_value(example.after),
        "parted": [
            {"before": neuron_record(parted.before), "after": neuron_record(parted.after)}
            for parted in example.parted
        ],
    }
