"""The text for people: a line for each commit, and below it what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nnc.printable import line
from nnc.proving.verdicts import Behaviour, Verdict
from nnc.reports.diffs.compared import inputs_words, verdict_words
from nnc.reports.diffs.full import structure_lines
from nnc.reports.logs.told import compared, notes, title_words
from nnc.run.trace import show_value
from nnc.versions.history import Change


def render(changes: Iterable[Change]) -> Iterator[str]:
    """Give the text of each commit, with a blank line between."""
    for place, change in enumerate(changes):
        yield "\n" * (place > 0) + "".join(f"{line(one)}\n" for one in _lines(change))


def _lines(change: Change) -> Iterator[str]:
    yield " ".join(title_words(change))
    yield from (f"  {note}" for note in notes(change))
    if change.comparison is None:
        return
    structure, behaviour = change.comparison.structure, change.comparison.behaviour
    otherwise = ", written otherwise" if structure.is_same and structure.count else ""
    yield f"  {compared(change, change.comparison).headline}{otherwise}"
    if not structure.is_same:
        yield from structure_lines(structure, "    ")
    yield from _behaviour_lines(behaviour)


def _behaviour_lines(behaviour: Behaviour) -> Iterator[str]:
    """Tell the verdict in short: of outputs that are not equal, and with one example each."""
    if behaviour.is_equal:
        ways = dict.fromkeys(one.how for one in behaviour.verdicts)
        yield f"  behaviour equal ({', '.join(ways)})"
    elif len(behaviour.verdicts) == 1:
        yield f"  behaviour {_verdict(behaviour.verdicts[0])}"
    else:
        yield f"  behaviour {'differs' if behaviour.differs else 'unknown'}"
        told_of = [one for one in behaviour.verdicts if one.kind != "equal"]
        width = max(len(one.output) for one in told_of)
        yield from (f"    {one.output:<{width}}  {_verdict(one)}" for one in told_of)
    yield from (f"    note: {note}" for note in behaviour.notes)


def _verdict(verdict: Verdict) -> str:
    found, words = verdict.counterexample, verdict_words(verdict)
    if found is None:
        return words
    given = inputs_words(found.inputs) or "no inputs"
    return f"{words}, e.g. {given}: {show_value(found.before)} -> {show_value(found.after)}"
