"""One JSON object with all comparisons; its schema is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nnc.differences.diffs.compared import Compared
from nnc.differences.row_changes import RowChanges
from nnc.differences.structure import Change, Renamed, Structure
from nnc.numbers.exact import Number
from nnc.proofs.comparison import Condition, Counterexample, Region, Verdict
from nnc.records import Versioned, json_text
from nnc.remaining import Remaining
from nnc.run.trace import PlainValue
from nnc.terminal.reports.traces import NeuronRecord, neuron_record


@dataclass(frozen=True, slots=True)
class UsedRecord:
    """The changes inside a file that parts use."""

    file: str
    """The file, as it was named."""
    changes: tuple[Change, ...]
    """Every declaration that was added, removed or changed."""
    renamed: tuple[Renamed, ...]
    """Declarations with another name, which never changes the meaning."""
    notes: tuple[str, ...]
    """Changes that never change the meaning, in words."""


@dataclass(frozen=True, slots=True)
class StructureRecord:
    """The differences in what both networks say."""

    is_same: bool
    """True if they mean the same; then changes are only in spelling."""
    changes: tuple[Change, ...]
    """Every declaration that was added, removed or changed."""
    renamed: tuple[Renamed, ...]
    """Declarations with another name, which never changes the meaning."""
    notes: tuple[str, ...]
    """Changes that never change the meaning, in words."""
    used: tuple[UsedRecord, ...]
    """The changes inside files that parts use, each file once."""


@dataclass(frozen=True, slots=True)
class PartedRecord:
    """One neuron in both networks, which gives something else in each."""

    before: NeuronRecord
    """The neuron before."""
    after: NeuronRecord
    """The neuron after."""


@dataclass(frozen=True, slots=True)
class CounterexampleRecord:
    """Inputs for which an output differs, its values, and the neurons where that begins."""

    inputs: Mapping[str, PlainValue]
    """The value of each input that it depends on."""
    others: Mapping[str, PlainValue]
    """The other inputs in the replay, of which it does not depend on any."""
    before: PlainValue
    """The value of the output before."""
    after: PlainValue
    """The value of the output after."""
    parted: tuple[PartedRecord, ...]
    """The neurons in which the networks diverge."""


@dataclass(frozen=True, slots=True)
class ConditionRecord:
    """The values of an input, or of an element of a bus: listed, or between two ends."""

    input: str
    """The name of an input."""
    element: int | None
    """The element of a bus; null for an input that is no bus, or for all of it."""
    values: tuple[Number | str, ...]
    """The values that it may have; empty where it is between ends."""
    at_least: Number | None = None
    """It is this number or more; null where there is no such end."""
    above: Number | None = None
    """It is above this number; null where there is no such end."""
    at_most: Number | None = None
    """It is this number or less; null where there is no such end."""
    below: Number | None = None
    """It is below this number; null where there is no such end."""


@dataclass(frozen=True, slots=True)
class RegionRecord:
    """The rows in which an output differs, whatever the other inputs are."""

    all: tuple[ConditionRecord, ...]
    """The conditions that all hold."""
    some: tuple[ConditionRecord, ...]
    """The conditions of which a number holds."""
    least: int
    """The least number of conditions in `some` that hold."""
    most: int
    """The greatest number of conditions in `some` that hold."""
    either: tuple[tuple[ConditionRecord, ...], ...]
    """Lists of conditions: where there are any, all of one of the lists hold."""
    is_whole: bool
    """True if it differs nowhere else."""


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """The verdict on one output: whether it is the same function in both networks."""

    output: str
    """The alias of the output."""
    kind: str
    """`equal`, `differs`, `unknown`, `added`, `removed` or `changed-type`."""
    how: str
    """The proof in a few words, or what was tried."""
    tried: int | None
    """The number of inputs that were tried; null where they were not counted."""
    total: int | None
    """The total number."""
    differing: int | None
    """For how many of those tried it differs; null where that was not counted."""
    unit: str
    """The unit of the counts: `input`, or `range` for combinations of ranges of values."""
    region: RegionRecord | None
    """The rows in which it differs, whatever the other inputs are; null where none are known."""
    counterexample: CounterexampleRecord | None
    """Inputs for which it differs; null where none are known."""
    left: Remaining | None
    """The part of an unknown one that is still open; null for others."""


@dataclass(frozen=True, slots=True)
class BehaviourRecord:
    """The verdicts on the outputs."""

    is_equal: bool
    """True if every output was proved to be the same."""
    verdicts: tuple[VerdictRecord, ...]
    """The verdict on each output."""
    notes: tuple[str, ...]
    """Remarks on the comparison, in words."""


@dataclass(frozen=True, slots=True)
class ComparisonRecord:
    """Two networks compared, or one that was added or removed."""

    before: str
    """The name of the network before."""
    after: str
    """The name of the network after."""
    kind: str
    """`changed`, `added` or `removed`."""
    structure: StructureRecord
    """Differences in structure."""
    behaviour: BehaviourRecord
    """Differences in behaviour."""
    moved: RowChanges | None
    """The changes in the rows of a file; null where none was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffReport(Versioned):
    """The findings of `nnc diff`."""

    comparisons: tuple[ComparisonRecord, ...]
    """Each two networks that were compared."""


def render(comparisons: Sequence[Compared]) -> str:
    """Return the comparisons as indented JSON."""
    return json_text(DiffReport(comparisons=tuple(map(comparison_record, comparisons))))


def comparison_record(compared: Compared) -> ComparisonRecord:
    """Return the record of a comparison."""
    structure, behaviour, moved = compared.comparison[:3]
    names = str(compared.before), str(compared.after)
    verdicts = BehaviourRecord(
        behaviour.is_equal, tuple(map(_verdict, behaviour.verdicts)), behaviour.notes
    )
    return ComparisonRecord(*names, compared.kind, _structure(structure), verdicts, moved)


def _structure(structure: Structure) -> StructureRecord:
    used: list[UsedRecord] = []
    waiting = list(structure.used.items())
    for file, inside in waiting:
        waiting += inside.used.items()
        used.append(UsedRecord(file, inside.changes, inside.renamed, inside.notes))
    return StructureRecord(
        structure.is_same, structure.changes, structure.renamed, structure.notes, tuple(used)
    )


def _verdict(verdict: Verdict) -> VerdictRecord:
    return VerdictRecord(
        output=verdict.output,
        kind=verdict.kind,
        how=verdict.how,
        tried=verdict.tried,
        total=verdict.total,
        differing=verdict.differing,
        unit=verdict.unit,
        region=None if verdict.region is None else _region(verdict.region),
        counterexample=_counterexample(verdict.counterexample),
        left=verdict.left,
    )


def _region(region: Region) -> RegionRecord:
    return RegionRecord(
        all=_conditions(region.all),
        some=_conditions(region.some),
        least=region.least,
        most=region.most,
        either=tuple(map(_conditions, region.either)),
        is_whole=region.is_whole,
    )


def _conditions(conditions: Sequence[Condition]) -> tuple[ConditionRecord, ...]:
    return tuple(map(condition_record, conditions))


def condition_record(condition: Condition) -> ConditionRecord:
    """Return the record of a condition."""
    ends = {end[0]: end[1] for end in (condition.low, condition.high) if end is not None}
    return ConditionRecord(
        condition.input,
        condition.element,
        condition.values,
        at_least=ends.get("at_least"),
        above=ends.get("above"),
        at_most=ends.get("at_most"),
        below=ends.get("below"),
    )


def _counterexample(example: Counterexample | None) -> CounterexampleRecord | None:
    if example is None:
        return None
    return CounterexampleRecord(
        example.inputs,
        example.others,
        example.before,
        example.after,
        tuple(
            PartedRecord(neuron_record(parted.before), neuron_record(parted.after))
            for parted in example.parted
        ),
    )
