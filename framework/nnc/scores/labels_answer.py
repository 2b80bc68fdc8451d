"""Columns of rows that say what outputs of a network should be: a Label for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnc.diagnostics.diagnostic import (
    Diagnostic,
    InvalidNetworkError,
    InvalidRowsError,
    did_you_mean,
)
from nnc.numbers.exact import Number, counted, names_and_more, shorten
from nnc.rows.elements import element_of
from nnc.scores.baseline import Baseline

if TYPE_CHECKING:
    from nnc.compiler.graph import Graph, Tap
    from nnc.compiler.plan import Plan
    from nnc.language.network import Input
    from nnc.scores.fitting import FitOptions
    from nnc.scores.odds import Quality
    from nnc.scores.samples import Sample
    from nnc.scores.table import Table

_KINDS = {
    "number": "the number of an input",
    "sum": "a sum",
    "level": "a level",
    "largest": "the place of the largest sum",
}
Refusal = Callable[[str, str], Diagnostic]
"""Makes a diagnostic of the file from a message and its help."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How well an output says a label in some rows."""

    rows: int
    ones: int
    misses: int
    false_alarms: int

    @classmethod
    def of(cls, quality: Quality) -> Counts:
        """Return what counts in the quality of a score."""
        return cls(quality.rows, quality.ones, quality.misses, quality.false_alarms)

    @property
    def baseline(self) -> Baseline:
        """The better of always 0 and always 1."""
        return Baseline.of(self.rows, self.ones)

    @property
    def wrong(self) -> int:
        """How many rows are judged wrongly."""
        return self.misses + self.false_alarms

    @property
    def accuracy(self) -> float:
        """The share of rows that are judged rightly; 1 where there are none."""
        return 1 - self.wrong / self.rows if self.rows else 1.0


@dataclass(frozen=True, eq=False)
class Label:
    """A column, its value that counts as 1, and the output that is to say it.

    `train` are the rows to learn from, `test` others; both have each different row once.
    """

    column: str
    positive: str
    output: str
    tap: Tap
    train: Sample
    test: Sample | None

    @property
    def element(self) -> int:
        """The place of the bit among those of its output."""
        return _element(self.output, self.tap)

    @property
    def signal(self) -> int:
        """The signal that the output gives."""
        return self.tap.signals[self.element]

    def judged(self, plan: Plan, sample: Sample) -> Counts:
        """Evaluate a plan for all rows, and count where the output is not what the label says."""
        states = self.tap.states_of(self.element)
        assert states is not None
        values = sample.outputs(plan)[self.output].values()
        return Counts(
            *sample.counts([(value == states[1]) == self.is_one_firing for value in values])
        )

    @property
    def is_one_firing(self) -> bool:
        """Return whether the output counts as 1 where its neuron fires, not where it is silent."""
        return self.tap.is_one_firing(self.element)


def _element(output: str, tap: Tap) -> int:
    return (element_of(output) or ("", 0))[1] if tap.is_bus else 0


def labels_of(
    wiring: Graph,
    inputs: Mapping[str, Input],
    options: FitOptions,
    tables: tuple[Table, Table | None],
    refusal: Refusal,
) -> list[Label]:
    """Return what the columns that are to be predicted want of outputs.

    `tables` are the rows to learn from, and others. Raises InvalidNetworkError where an output is
    not there or is no bit, and InvalidRowsError for a column that is not there, or has not two
    values.
    """
    from nnc.scores.labels import same_label
    from nnc.scores.samples import sample_of

    train, test = tables
    labels: list[Label] = []
    for column, wanted in options.labels:
        tap, output = _output(wiring, column, wanted, len(options.labels), refusal)
        other = next((each for each in labels if output == each.output), None)
        if other is not None:
            message = f"columns `{shorten(other.column)}` and `{shorten(column)}` both label"
            raise InvalidNetworkError([refusal(f"{message} output `{output}`", "name each once")])
        values = tap.zero_and_one(_element(output, tap))
        positive = _positive(train, column, options.positive, values)
        samples = [
            None if table is None else sample_of(table, inputs, column, positive)
            for table in (train, test)
        ]
        assert samples[0] is not None
        labels.append(Label(column, positive, output, tap, samples[0], samples[1]))
    if not any(label.train.is_mixed for label in labels):
        raise InvalidRowsError([same_label([label.column for label in labels], train.file)])
    return labels


def _output(
    wiring: Graph, column: str, wanted: str | None, count: int, refusal: Refusal
) -> tuple[Tap, str]:
    """Return the output of a label, and its name. Raises InvalidNetworkError."""
    taps = {tap.alias: tap for tap in wiring.outputs}
    bits = [tap.alias for tap in taps.values() if tap.kind in ("bit", "bus")]
    name = wanted or column
    bus, place = element_of(name) or (name, None)
    tap = taps.get(name) or taps.get(bus)
    if tap is None and wanted is None and count == 1 and len(bits) == 1:
        tap, name, place = taps[bits[0]], bits[0], None
    if tap is None or (place is not None and not tap.is_bus):
        hint = did_you_mean(name, bits, f"such outputs are {names_and_more(bits)}")
        if wanted is None:
            hint = f"write --label {shorten(column)}=OUTPUT; {hint}"
        message = f"no output `{shorten(name)}` says the label, column `{shorten(column)}`"
        raise InvalidNetworkError([refusal(message, hint or "")])
    if tap.kind in _KINDS:
        message = f"output `{name}` is {_KINDS[tap.kind]}, and fit finds numbers for bits only"
        hint = f"name a neuron as an output: `{name}: …`"
        if tap.kind == "largest":
            hint = (
                "name each neuron that is compared as an output, with a column of 0 and 1 for each"
            )
        raise InvalidNetworkError([refusal(message, hint)])
    if tap.is_bus and (place is None or place >= tap.width):
        message = f"output `{bus}` has {counted(tap.width, 'bit')}"
        hint = f"label them one by one: --label '{shorten(column)}={bus}(0)'"
        raise InvalidNetworkError([refusal(message, hint)])
    return tap, name


def _positive(table: Table, column: str, asked: str | None, values: tuple[Number, Number]) -> str:
    """Return the value that counts as 1, also where no row has another. Raises InvalidRowsError."""
    from nnc.scores.labels import positive_of
    from nnc.scores.terms import number_of

    texts: Sequence[str] = ()
    if column in table.columns:
        of = table.columns[column]
        texts = [text for text, n in zip(of.texts, of.counts.tolist(), strict=True) if n]
    if len(texts) == 1 and asked is None and (only := number_of(texts[0])) in (0, 1):
        return texts[0] if only else "1"
    return positive_of(table, column, asked, values)
