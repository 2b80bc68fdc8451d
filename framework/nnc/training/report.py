"""A trained network as text for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nnc.numbers.exact import Number, counted, rounded_percent
from nnc.printable import line
from nnc.records import json_lines, json_text
from nnc.scores.neuron import GoalName, Proof, Status
from nnc.terminal.findings.findings import Report
from nnc.terminal.findings.json import FindingsReport
from nnc.terminal.reports.confusions import ComparedRecord, compared_record
from nnc.terminal.reports.confusions import as_text as confusion
from nnc.training.answer import Judged, Training


@dataclass(frozen=True, slots=True)
class ConstantRecord:
    """The most frequent label of the training rows, as the answer for every row."""

    always: Number | str
    """The answer."""
    right: int
    """The number of rows that have it as their label."""


@dataclass(frozen=True, slots=True)
class JudgedRecord:
    """The comparison of an output with its label."""

    compared: ComparedRecord
    """The label compared with its output."""
    constant: ConstantRecord
    """The constant answer beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainReport(FindingsReport):
    """The report of `nnc train`."""

    method: str
    """`gradient`, or `exact` for one neuron."""
    seed: int
    """The seed of the random numbers."""
    epochs: int
    """The number of times that each row was visited."""
    proof: Status | None
    """The state of the proof for one neuron: `proved` or `stopped`; null for layers."""
    weights: int
    """The number of open weights."""
    zeros: int
    """The number of open weights that became 0."""
    bytes: int
    """The size of the files that were written: the overlay, and the numbers beside it."""
    train: tuple[JudgedRecord, ...]
    """The comparison for each label on the training rows."""
    test: tuple[JudgedRecord, ...]
    """The comparison for each label on the test rows."""


def as_json(training: Training, size: int, form: str = "json") -> str:
    """Return the report for programs; as JSON lines, a line for each label and diagnostic."""
    report = TrainReport.of(
        Report(training.notes, 1),
        method=training.method,
        seed=training.settings.seed,
        epochs=training.epochs,
        proof=None if training.proof is None else training.proof.status,
        weights=training.weights,
        zeros=training.zeros,
        bytes=size,
        train=tuple(map(_record, training.train)),
        test=tuple(map(_record, training.test)),
    )
    if form == "json-lines":
        return json_lines([*report.train, *report.test, *report.diagnostics])
    return json_text(report)


def _record(judged: Judged) -> JudgedRecord:
    constant = ConstantRecord(judged.constant, judged.constant_right)
    return JudgedRecord(compared_record(judged.comparison), constant)


def as_text(training: Training, size: int | None = None) -> str:
    """Return the report for people; `size` is that of the files, in bytes, where there are any."""
    return "".join(f"{text}\n" for text in _lines(training, size))


def _lines(training: Training, size: int | None) -> Iterator[str]:
    zeros = f", {training.zeros:,} of them 0" if training.zeros else ""
    end = ", interrupted" if training.is_interrupted else ""
    end += f": {counted(size, 'byte')}" if size is not None else ""
    weights = counted(training.weights, "weight")
    if training.proof is None:
        epochs = counted(training.epochs, "epoch")
        yield f"trained {weights}{zeros} in {epochs}{end}"
    else:
        yield f"decided {weights}{zeros}{end}"
        yield _proved(training.proof, training.settings.goal.name)
    yield from _judged("train", training.train)
    yield from _judged("test", training.test)
    judged_rows = training.test or training.train
    yield ""
    yield confusion([each.comparison for each in judged_rows]).rstrip("\n")


def _judged(name: str, labels: Sequence[Judged]) -> Iterator[str]:
    for judged in labels:
        share = rounded_percent(judged.right, judged.rows)
        base = rounded_percent(judged.constant_right, judged.rows)
        rows = f"{judged.right:,} of {counted(judged.rows, 'row')} right ({share} %)"
        output = f" {judged.comparison.output}" if len(labels) > 1 else ""
        yield line(f"{name}{output}: {rows}; always {judged.constant}: {base} %")


def _proved(proof: Proof, goal: GoalName) -> str:
    """Return the line about the proof for one neuron."""
    if proof.status == "proved":
        better = {
            "loss": "less loss",
            "accuracy": "a lower cost of mistakes",
            "auc": "a greater AUC",
        }
        return f"proved: no numbers within the bounds have {better[goal]}"
    return "not proved: time ended the search, and other numbers may be better"
