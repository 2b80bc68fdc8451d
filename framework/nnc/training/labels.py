"""Columns of labels -> Targets: the signals that represent each label."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nnc.compiler.graph import Tap
from nnc.diagnostics.diagnostic import (
    Diagnostic,
    InvalidNetworkError,
    InvalidRowsError,
    did_you_mean,
)
from nnc.lazy import np
from nnc.numbers.exact import counted, names_and_more, shorten, text_of
from nnc.numbers.integers import Array
from nnc.opening.cases.confusion import ComparedColumn, Value
from nnc.rows.elements import element_of
from nnc.training.samples import Samples

Refusal = Callable[[str, str], Diagnostic]
"""Makes a diagnostic about the network's file from a message and its help."""


@dataclass(frozen=True, slots=True)
class Target:
    """A label and the signals that represent it: bits, or sums of which the largest counts."""

    column: str
    output: str
    tap: Tap
    signals: tuple[int, ...]
    values: tuple[Value, ...]

    @property
    def is_class(self) -> bool:
        """True if the label is the index of the largest sum."""
        return self.tap.kind == "largest"

    def codes(self, wanted: Sequence[Value], file: str | None) -> Array:
        """Return the class of each row, or the bits, rows x signals.

        Raises InvalidRowsError for a label that the output never gives.
        """
        places = {value: place for place, value in enumerate(self.values)}
        known = set(wanted)
        if self.tap.is_integer and len(self.signals) > 1:
            strange = [
                v for v in known if not isinstance(v, int) or not 0 <= v < 1 << self.tap.width
            ]
        else:
            strange = [value for value in known if value not in places]
        if strange:
            raise InvalidRowsError([self._strange(strange, known, file)])
        if self.tap.is_integer and len(self.signals) > 1:
            return np.array([[int(v) >> i & 1 for i in range(len(self.signals))] for v in wanted])
        codes = np.array([places[value] for value in wanted], np.int64)
        return codes if self.is_class else codes[:, None]

    def _strange(self, strange: Sequence[Value], known: set[Value], file: str | None) -> Diagnostic:
        head = f"the label, column `{shorten(self.column)}`,"
        texts = sorted(map(text_of, strange))
        if self.is_class and len(known) > len(self.values):
            message = f"{head} has {counted(len(known), 'value')}, and output `{self.output}` "
            message += f"{len(self.values):,}: {names_and_more(list(map(text_of, self.values)))}"
            hint = "give the layer a neuron for each value of the label"
        else:
            message = (
                f"{head} has {names_and_more(texts)}, which output `{self.output}` never gives"
            )
            hint = f"it gives {names_and_more(list(map(text_of, self.values)))}"
        return Diagnostic("bad-label", message, help=hint, file=file)


def compared_columns(
    labels: Mapping[str, str | None], taps: Mapping[str, Tap], refusal: Refusal
) -> list[ComparedColumn]:
    """Return the output of each label: the one named, that of the column's name, or the only one.

    Raises InvalidNetworkError where there is none.
    """
    columns = []
    for column, wanted in labels.items():
        name = wanted or column
        if wanted is None and name not in taps and len(taps) == 1 == len(labels):
            name = next(iter(taps))
        bus, place = element_of(name) or (name, -1)
        tap = taps.get(name) or taps.get(bus)
        if tap is None or place >= (tap.width if tap.is_bus else 0):
            message = (
                f"there is no output `{shorten(name)}` for the label, column `{shorten(column)}`"
            )
            hint = did_you_mean(name, taps, f"the outputs are {names_and_more(list(taps))}")
            if wanted is None:
                hint = f"write --label {shorten(column)}=OUTPUT; {hint}"
            raise InvalidNetworkError([refusal(message, hint or "")])
        columns.append(ComparedColumn(column, name))
    outputs = [each.output for each in columns]
    if twice := next((output for output in outputs if outputs.count(output) > 1), None):
        message = f"two labels are for output `{twice}`"
        raise InvalidNetworkError([refusal(message, "give each label an output of its own")])
    return columns


def targets_of(
    columns: Sequence[ComparedColumn], taps: Mapping[str, Tap], refusal: Refusal
) -> list[Target]:
    """Find the signals of each label. Raises InvalidNetworkError for unsuitable outputs."""
    targets = []
    for column, output in columns:
        bus, place = element_of(output) or (output, -1)
        tap = taps.get(output) or taps[bus]
        element = max(place, 0)
        states = tap.states_of(element) if tap.kind in ("bit", "bus") else None
        if tap.kind == "largest":
            values: tuple[Value, ...] = tap.labels or tuple(range(tap.width))
            targets.append(Target(column, output, tap, tuple(tap.signals), values))
        elif states is None or (tap.is_bus and place < 0 and not tap.is_integer):
            message = f"output `{output}` cannot be trained: it is neither a bit nor a `largest`"
            hint = f"name neurons as an output, or write `{output}: {{largest: LAYER}}`"
            if tap.is_bus and states is not None:
                message = f"output `{output}` has {counted(tap.width, 'bit')}"
                hint = f"label them one by one: --label '{shorten(column)}={output}(0)'"
            raise InvalidNetworkError([refusal(message, hint)])
        else:
            signals = tuple(tap.signals) if tap.is_bus and place < 0 else (tap.signals[element],)
            targets.append(Target(column, output, tap, signals, tuple(states)))
    return targets


def most_common(values: Sequence[Value]) -> Value:
    """Return the most frequent label; ties go to the first in text order."""
    counts: dict[Value, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return max(sorted(counts, key=text_of), key=counts.__getitem__)


def check_rows(targets: Sequence[Target], samples: Samples) -> None:
    """Raise InvalidRowsError if each label has one value in all training rows."""
    if all(len(set(values)) < 2 for values in samples.expected):
        names = names_and_more([target.column for target in targets])
        message = f"all rows to learn from have the same label, column {names}"
        hint = "give rows of several labels"
        raise InvalidRowsError([Diagnostic("bad-label", message, help=hint, file=samples.file)])
