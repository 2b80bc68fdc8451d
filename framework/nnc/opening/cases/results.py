"""Results of cases for Python users, and diagnostics of failed cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, Label
from nnc.language.network import Network
from nnc.numbers.exact import Number, shorten, show_number, text_of
from nnc.opening.cases.checking import help_for_sum
from nnc.opening.cases.running import Row
from nnc.rows.elements import element_of
from nnc.run.engines import input_values

Value = Number | str | list[Number]
"""The value of an input or output; that of a bus is an unsigned integer or a list."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The result of one case or of one row of a case file.

    `expected` and `actual` map the same aliases of outputs to values of the same types: `int`,
    `Fraction` or `str`. A bus of bits is an unsigned integer, any other bus a list. `inputs` has
    every input in a form that `nnc.evaluate` accepts. `file` and `line` say where the case begins,
    if that is known, and `row` is its number in a case file, from 1. `failure` is the diagnostic
    that `nnc test` reports if the case does not hold.
    """

    name: str
    inputs: Mapping[str, Value]
    expected: Mapping[str, Value]
    actual: Mapping[str, Value]
    file: str | None = None
    line: int | None = None
    row: int | None = None
    failure: Diagnostic | None = field(default=None, repr=False, compare=False)

    @property
    def holds(self) -> bool:
        """True if all actual values equal the expected ones."""
        return self.expected == self.actual

    def __str__(self) -> str:
        """Return a line that says the case holds, or else the report of `nnc test`."""
        if self.failure is None:
            return f"{self.name} {'holds' if self.holds else 'fails'}"
        return self.failure.in_full().rstrip()


def result_of(row: Row, file: str | None, line: int | None) -> CaseResult:
    """Return the result of a row, which begins on `line` of `file`."""
    buses = {
        name
        for name, input_ in row.inputs.items()
        if input_.size is not None and not input_.is_integer_bus
    }
    expected = _whole(row.expected, row.lists)
    actual = _whole({alias: row.got[alias] for alias in row.expected}, row.lists)
    return CaseResult(row.name, _whole(row.given, buses), expected, actual, file, line, row.row)


def _whole(values: Mapping[str, Number | str], lists: Collection[str]) -> dict[str, Value]:
    """Collect the elements of the buses in `lists` into lists."""
    result: dict[str, Value] = {}
    for name, value in values.items():
        bus, _ = element_of(name) or (name, 0)
        elements = result.setdefault(bus, []) if bus in lists and bus != name else None
        if isinstance(elements, list):
            assert not isinstance(value, str)
            elements.append(value)
        else:
            result[name] = value
    return result


_MAX_DETAILED = 50
"""The maximum number of failures per file with details: as many as a report shows."""
_MAX_NEURONS = 30
"""The maximum number of neurons shown with a failure: those nearest to the outputs."""


class Failures:
    """Describe the failed cases of one network."""

    def __init__(self, plan: Plan, network: Network) -> None:
        self._plan, self._network = plan, network
        self._detailed: Counter[str | None] = Counter()
        self._on_the_way: dict[frozenset[str], set[str]] = {}

    def describe(self, row: Row) -> Diagnostic:
        """Return a diagnostic of a failed case, with the neurons its wrong outputs depend on.

        It has a span if the case is in a case file, else only its path in the network file.
        """
        wrong = ", ".join(
            f"`{alias}` is {_quoted(row.got[alias])}, expected {_quoted(row.expected[alias])}"
            for alias in row.wrong
        )
        first, *others = row.wrong
        hint = help_for_sum(self._network, first)
        got = {alias: f"got {_quoted(row.got[alias])}" for alias in row.wrong}
        diagnostic = Diagnostic(
            "case-failed",
            f"{row.name}: {wrong}",
            row.where(first),
            caret=got[first],
            labels=tuple(Label(got[alias], row.where(alias)) for alias in others),
            help="fix the network, or what the case expects" + (hint and f"; {hint}"),
            details=self._details(row),
        )
        return diagnostic if row.file is None else _in_case_file(diagnostic, row, got)

    def _details(self, row: Row) -> tuple[str, ...]:
        """Return lines on the neurons behind a failure, for the first `_MAX_DETAILED` failures."""
        from nnc.run.trace import neuron_lines, trace

        self._detailed[row.file] += 1
        if self._detailed[row.file] > _MAX_DETAILED:
            return ()
        lines = [
            "given " + ", ".join(f"{name}={text_of(value)}" for name, value in row.given.items())
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
        """Return the names of the neurons that some outputs depend on."""
        from nnc.run.trace import on_the_way

        if aliases not in self._on_the_way:
            outputs = {tap.alias for tap in self._plan.outputs}
            whole = {alias if alias in outputs else alias.partition("(")[0] for alias in aliases}
            self._on_the_way[aliases] = on_the_way(self._plan, whole)
        return self._on_the_way[aliases]


def _in_case_file(diagnostic: Diagnostic, row: Row, got: dict[str, str]) -> Diagnostic:
    """Point a failure at its cells in the case file, and at the `file` key of the case."""
    (span, excerpt), *others = (row.place(alias) or (None, None) for alias in got)
    labels = [
        Label(text, file=row.file, span=place[0], excerpt=place[1])
        for text, place in zip([*got.values()][1:], others, strict=True)
    ]
    labels.append(Label("the case file", (*row.path, "file")))
    return replace(diagnostic, file=row.file, span=span, excerpt=excerpt, labels=tuple(labels))


def _quoted(value: Number | str) -> str:
    return f"`{shorten(value)}`" if isinstance(value, str) else show_number(value)
