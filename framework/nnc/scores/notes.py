"""Notes on a fit: rows that contradict each other, and numbers that no row decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath
from nnc.numbers.exact import Number, counted, show_number
from nnc.opening.checking import Checked

if TYPE_CHECKING:
    from nnc.compiler.blanks import OpenNumber
    from nnc.scores.samples import Sample


def notes_of(
    samples: Sequence[Sample],
    undecided: Sequence[OpenNumber],
    values: Mapping[KeyPath, Number],
    checked: Checked,
) -> tuple[Diagnostic, ...]:
    """Return notes of rows that contradict each other, and of numbers that nothing decides."""
    notes = [_contradiction(samples), _undecided(undecided, values, checked) if undecided else None]
    return tuple(note for note in notes if note is not None)


def advice_of(*, is_proved: bool) -> str:
    """Return how better numbers might be found."""
    return "widen the bounds with --points" if is_proved else "give it longer with --budget"


def _contradiction(samples: Sequence[Sample]) -> Diagnostic | None:
    """Return a note of rows with the same inputs and other labels; None where there are none."""
    wrong = sum(min(tally) for sample in samples for tally in sample.tallies)
    if not wrong:
        return None
    rows = sum(len(sample.places) for sample in samples)
    what = counted(rows, "row" if len(samples) == 1 else "label")
    message = f"rows with the same inputs have different labels: of {what} at least {wrong:,} "
    message += f"{'is' if wrong == 1 else 'are'} judged wrongly, whatever the numbers are"
    hint = "another input may tell these rows apart"
    return Diagnostic("rows-contradict", message, help=hint)


def _undecided(
    numbers: Sequence[OpenNumber], values: Mapping[KeyPath, Number], checked: Checked
) -> Diagnostic:
    """Return a note of open numbers that no row and no case says anything about."""
    from nnc.compiler.blanks import format_blank

    names = [f"`{format_blank(number.path)}`" for number in numbers]
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if names[3:] else "")
    worth = {values[number.path] for number in numbers}
    message = f"no row decides {listed}"
    if len(worth) == 1:
        message += f": {show_number(worth.pop())}"
    message += " was taken" if len(numbers) == 1 else " were taken"
    hint = "write the number, or give rows in which its source is not 0"
    return Diagnostic("undecided-number", message, file=checked.file, help=hint)
