"""Failed cases -> diagnostics: the value given, the value expected, and the neurons behind it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, Label
from nnc.numbers.exact import Number, shorten, show_number
from nnc.opening.cases.running import Row
from nnc.run.engines import input_values

_MAX_DETAILED = 50
"""The most failures of a file with details: as many as a report shows."""
_MAX_NEURONS = 30
"""The most neurons shown with a failure, those nearest to the outputs."""


class Failures:
    """Describes the failed cases of one network."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._detailed: Counter[str | None] = Counter()
        self._on_the_way: dict[frozenset[str], set[str]] = {}

    def describe(self, row: Row) -> Diagnostic:
        """Describe a failed case, with the neurons that its wrong outputs depend on.

        What stands in the network file has its path only.
        """
        wrong = ", ".join(
            f"`{alias}` is {_quoted(row.got[alias])}, expected {_quoted(row.expected[alias])}"
            for alias in row.wrong
        )
        first, *others = row.wrong
        got = {alias: f"got {_quoted(row.got[alias])}" for alias in row.wrong}
        diagnostic = Diagnostic(
            "case-failed",
            f"{row.name}: {wrong}",
            row.where(first),
            caret=got[first],
            labels=tuple(Label(got[alias], row.where(alias)) for alias in others),
            help="fix the network, or what the case expects",
            details=self._details(row),
        )
        return diagnostic if row.file is None else _in_case_file(diagnostic, row, got)

    def _details(self, row: Row) -> tuple[str, ...]:
        """Return the neurons that led to a failure, for the failures that a report shows."""
        from nnc.run.trace import neuron_lines, trace

        self._detailed[row.file] += 1
        if self._detailed[row.file] > _MAX_DETAILED:
            return ()
        lines = [
            "given " + ", ".join(f"{name}={_plain(value)}" for name, value in row.given.items())
        ]
        values = next(input_values(self._plan, row.one_row()))
        neurons = trace(self._plan, values, self._names(frozenset(row.wrong)))
        if len(neurons) > _MAX_NEURONS:
            before = len(neurons) - _MAX_NEURONS
            lines.append(f"  … {before:,} neurons before; see nnc eval --trace")
        for neuron in neurons[-_MAX_NEURONS:]:
            lines += neuron_lines(neuron)
        return tuple(lines)

    def _names(self, aliases: frozenset[str]) -> set[str]:
        """Name the neurons that some outputs depend on."""
        from nnc.run.trace import on_the_way

        if aliases not in self._on_the_way:
            outputs = {tap.alias for tap in self._plan.outputs}
            whole = {alias if alias in outputs else alias.partition("(")[0] for alias in aliases}
            self._on_the_way[aliases] = on_the_way(self._plan, whole)
        return self._on_the_way[aliases]


def _in_case_file(diagnostic: Diagnostic, row: Row, got: dict[str, str]) -> Diagnostic:
    """Place a failure at its cells in the case file, with the file's name as the last place."""
    (span, excerpt), *others = (row.place(alias) or (None, None) for alias in got)
    labels = [
        Label(text, file=row.file, span=place[0], excerpt=place[1])
        for text, place in zip([*got.values()][1:], others, strict=True)
    ]
    labels.append(Label("the case file", (*row.path, "file")))
    return replace(diagnostic, file=row.file, span=span, excerpt=excerpt, labels=tuple(labels))


def _quoted(value: Number | str) -> str:
    return f"`{shorten(value)}`" if isinstance(value, str) else show_number(value)


def _plain(value: Number | str) -> str:
    return value if isinstance(value, str) else show_number(value)
