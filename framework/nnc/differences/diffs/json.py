"""One JSON object with all comparisons; its schema is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nnc.differences.diffs.compared import Compared
from nnc.differences.row_changes import RowChanges
from nnc.differences.structure import Change, Renamed, Structure
from nnc.proofs.comparison import Counterexample, Region, Verdict
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
    """The differences between the declarations of two networks."""

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
    """A neuron whose value differs between the two networks."""

    before: NeuronRecord
    """The neuron before."""
    after: NeuronRecord
    """The neuron after."""


@dataclass(frozen=True, slots=True)
class CounterexampleRecord:
    """Inputs for which an output differs, its values, and the first neurons that differ."""

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
    region: Region | None
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
        region=verdict.region,
        counterexample=_counterexample(verdict.counterexample),
        left=verdict.left,
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
