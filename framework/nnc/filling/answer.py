"""Solve a network that leaves numbers open, for `nnc solve` and `nnc.solve`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from numbers import Integral
from pathlib import Path
from time import monotonic
from typing import Any, Literal, get_args

from nnc.compiler.graph import Graph
from nnc.compiler.linking import Linked
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, InvalidRowsError, KeyPath
from nnc.filling.blanks import refuse_counts
from nnc.filling.proofs import Reason, diagnostic_of, reason_of
from nnc.filling.questions import (
    Example,
    Question,
    base_of,
    checked_of,
    examples_of,
    question_of,
    replay_cases,
    with_cases,
)
from nnc.filling.search.conduct import fill
from nnc.filling.search.outcomes import Outcome, Request
from nnc.language.network import Case, Network, Open, Unknown
from nnc.language.ranges import open_number
from nnc.language.readers import read_declared
from nnc.numbers.exact import Number, Refused, counted, show_number
from nnc.opening.checking import Checked, check_built, located
from nnc.records import NOT_WRITTEN
from nnc.solvers.bounded import version

Goal = Literal["weights", "total", "terms"]


@dataclass(frozen=True, kw_only=True)
class SolveSettings:
    """Settings of a search for numbers; None takes the setting from `unknown` in the file."""

    range: Open | None = None
    decimals: int | None = None
    terms: int | None = None
    minimize: Goal | None = None
    margin: int | Literal["max"] | None = None
    budget: float = 60  # seconds


@dataclass(frozen=True)
class Proof:
    """The reason why no numbers satisfy the cases, or why a layer cannot be smaller."""

    kind: str
    """The kind of proof: `sums` of rows, a `clash` of two, `fixed` numbers, `states`,
    `clauses`, or that all was `tried`."""
    message: str
    """The proved claim, in a line."""
    why: str
    """The rows or numbers that contradict each other."""
    rows: tuple[str, ...]
    """The cases that the proof is about, by file and line."""
    for_all: bool
    """True where bounds and decimals of the numbers do not matter."""
    diagnostic: Diagnostic = field(repr=False, compare=False, metadata=NOT_WRITTEN)

    def __str__(self) -> str:
        return f"{self.message}: {self.why}" if self.why else self.message


@dataclass(frozen=True, kw_only=True)
class Solution:
    """The result for a network that leaves numbers open.

    `network` has all numbers; it is None where none will do, for which `proof` is the reason, and
    where it is not decided, without a `proof`. With a network, `proof` is why its layers of open
    size cannot be smaller, if there are any. `values` are the numbers by their paths, `size` is
    the sum of the sizes of the weights among them, and `bound` what it is at least; `least` says
    of what they are proved to be least: each `neuron` for what it does, the whole `network`, or
    nothing. `cases` counts the rows that were asked for, which all hold. Where it is not decided,
    CP-SAT has found no numbers whose size is up to `within`, `sizes` are those of the layers that
    are not decided, and `excluded` the smaller ones that are proved to be too small.
    """

    network: Network | None = None
    proof: Proof | None = None
    bound: Number = 0
    size: Number = 0
    values: Mapping[KeyPath, Number] = field(default_factory=dict)
    least: Literal["neuron", "network", ""] = ""
    by: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    cases: int = 0
    open: int = 0
    margin: int = 1
    is_interrupted: bool = False
    seconds: float = 60
    within: Number | None = None
    excluded: tuple[Mapping[str, int], ...] = ()

    def __str__(self) -> str:
        """Return the report of `nnc solve`."""
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """Return the lines of the report: the result, and its proved quality."""
        if self.network is None:
            return [str(self.proof) if self.proof else self.undecided]
        numbers = counted(self.open, "number")
        lines = [f"solved: {numbers}, sum of weights {show_number(self.size)}; {self._words()}"]
        lines += [f"size of `{name}`: {size}" for name, size in self.sizes.items()]
        if self.by and (self.least == "network" or 0 < self.bound < self.size):
            lines.append(f"trusted: {self.by} says that no sum is below {show_number(self.bound)}")
        if self.margin > 1:
            lines.append(f"margin: sums stay {self.margin:,} units from the thresholds")
        if self.proof is not None:
            lines.append(f"fewer: {self.proof}")
        return lines

    @property
    def undecided(self) -> str:
        """The message if there are neither numbers nor a proof."""
        text = f"not decided within {self.seconds:g} s whether such numbers exist"
        if self.within is not None:
            size = show_number(self.within)
            text = f"not decided: by CP-SAT no weights up to {size} will do; greater were not tried"
        if not self.sizes:
            return text
        text += f", with {_sized(self.sizes)}"
        if self.excluded:
            text += f"; proved to be too small: {_sized(self.excluded[-1])}"
            more = len(self.excluded) - 1
            text += f", and {counted(more, 'smaller choice')}" if more else ""
        return text

    def _words(self) -> str:
        if self.least == "network":
            by = f" by {self.by}" if self.by else ""
            return f"proved{by} to be the smallest of the whole network"
        if self.least == "neuron":
            return "proved to be the smallest of each neuron"
        if self.bound and self.bound < self.size:
            gap = float((self.size - self.bound) / self.size) * 100
            return f"searched, not proved: gap {gap:.1f} %"
        return "searched, not proved to be the smallest"


def solve(
    network: Network | str | Path,
    cases: Sequence[Case | Mapping[str, Any]] | None = None,
    *,
    range: Open | str | None = None,
    decimals: int | None = None,
    terms: int | None = None,
    minimize: Goal | None = None,
    margin: int | Literal["max"] | None = None,
    seconds: float = 60,
) -> Solution:
    """Find the numbers that a network, or a file, leaves open, so that all its cases hold.

    `cases` stand in the place of its own. What is left out is as the file's `unknown` says, else
    integers without bounds, the least sum of weights of each neuron, and a margin of 1; `range`
    is an `Open`, or a text such as "-5..5". That there are none is a value: `network` is None, and
    `proof` the reason; without a proof it was not decided within `seconds`.

    Raises FileError where a file cannot be opened, InvalidNetworkError where the network has
    mistakes, leaves nothing open or has no cases, InvalidRowsError for mistakes in case files, and
    ValueError for a setting that means nothing. More in docs/solving.md.

    >>> import nnc
    >>> table = [(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 1)]
    >>> rows = [{"given": {"a": a, "b": b}, "expect": {"out": out}} for a, b, out in table]
    >>> neuron = nnc.Neuron(weights={"a": "_", "b": "_"}, threshold="_", fires="at_least")
    >>> network = nnc.Network(inputs=["a", "b"], neurons={"out": neuron}, outputs=["out"])
    >>> nnc.solve(network, rows).network.neurons["out"].weights
    {'a': 1, 'b': 1}
    """
    _check_settings(decimals=decimals, terms=terms, minimize=minimize, margin=margin)
    span = None if range is None else _span_of(range)
    settings = SolveSettings(
        range=span,
        decimals=decimals,
        terms=terms,
        minimize=minimize,
        margin=margin,
        budget=seconds,
    )
    checked = checked_of(network)
    if cases is not None:
        own = tuple(case if isinstance(case, Case) else Case(**case) for case in cases)
        checked = with_cases(checked, own)
    return find_solution(checked, settings)


def _check_settings(**settings: object) -> None:
    """Raise ValueError for a setting that means nothing."""
    minimize = settings["minimize"]
    for name, least in (("decimals", 0), ("terms", 1), ("margin", 1)):
        value = settings[name]
        if value is None or (name, value) == ("margin", "max"):
            continue
        if not isinstance(value, Integral) or int(value) < least:
            more = ", or max" if name == "margin" else ""
            raise ValueError(f"{name} is {value!r}; write a whole number from {least} on{more}")
    if minimize is not None and minimize not in get_args(Goal):
        raise ValueError(f"minimize is {minimize!r}; write one of {', '.join(get_args(Goal))}")


def _span_of(range: object) -> Open:
    """Return the bounds of a setting. Raises ValueError."""
    if isinstance(range, Open):
        return range
    try:
        span = open_number(range, read_declared) if isinstance(range, str) else None
    except Refused as error:
        raise ValueError(f"range is {range!r}: {error.message}") from None
    if span is None:
        raise ValueError(f"range is {range!r}; write a text such as '-5..5', or an nnc.Open")
    return span


def find_solution(checked: Checked, settings: SolveSettings) -> Solution:
    """Fill the open numbers of a checked network so that all its cases hold.

    Every answer is evaluated again. Raises InvalidNetworkError if nothing is open, if there are no
    cases, or if the goal has no bound, and InvalidRowsError for errors in case files.
    """
    linked, wiring, network = checked.linked, checked.wiring, checked.network
    if linked is None or wiring is None or network is None or not checked.is_open:
        raise InvalidNetworkError(checked.errors or [_nothing_open(checked)])
    refuse_counts(checked)
    if network.unknown is not None and network.unknown.zero is False:
        message = "`zero: false` is for layers that nnc train fills from rows"
        hint = "remove it, or run nnc train"
        [mistake] = located(
            linked, [Diagnostic("wrong-usage", message, ("unknown", "zero"), help=hint)]
        )
        raise InvalidNetworkError([mistake])
    path = checked.path or (network.folder / "network" if network.folder else None)
    examples, mistakes = examples_of(linked, wiring, path, checked.root or network.root)
    if mistakes:
        raise InvalidRowsError(located(linked, mistakes))
    if not examples:
        message = "the network has no cases, so nothing says which numbers are right"
        hint = "write an example with `given` and `expect` under `cases`"
        base = base_of(checked)
        if base is not None and base.cases:
            hint = "the overlay changes more than numbers: copy those of the base that still hold"
        raise InvalidNetworkError([Diagnostic("no-cases", message, file=linked.file, help=hint)])
    return _Solving(checked, settings, examples).run()


def find_obstacle(checked: Checked, bounds: Open | None, *, seconds: float) -> Diagnostic | None:
    """Return why no numbers within bounds satisfy the cases, if that is proved in time.

    Raises the errors of `find_solution`.
    """
    solution = find_solution(checked, SolveSettings(range=bounds, budget=seconds))
    if solution.network is None and solution.proof is not None:
        return solution.proof.diagnostic
    return None


def _nothing_open(checked: Checked) -> Diagnostic:
    hint = "write `_` for a number that is to be found; nnc test runs the cases"
    file = None if checked.path is None else checked.file
    return Diagnostic("wrong-usage", "the network leaves no numbers open", file=file, help=hint)


class _Solving:
    """One network, its settings and its cases."""

    def __init__(
        self,
        checked: Checked,
        settings: SolveSettings,
        examples: Sequence[Example],
    ) -> None:
        assert checked.network is not None
        self._checked, self._examples = checked, examples
        self._seconds = settings.budget
        self._end = monotonic() + settings.budget
        self._network = _with_unknown(checked.network, settings)
        self._request = self._requested(settings)

    def _requested(self, settings: SolveSettings) -> Request:
        unknown = self._network.unknown
        margin = settings.margin or (unknown.margin if unknown else None) or 1
        minimize = settings.minimize or (unknown.minimize if unknown else None)
        return Request(
            decimals=(unknown.decimals if unknown else None) or 0,
            terms=settings.terms or (unknown.terms if unknown else None),
            minimize="terms" if minimize == "terms" else "weights",
            margin=None if margin == "max" else int(margin),
            is_total=minimize == "total",
            seconds=settings.budget,
        )

    def _is_over(self) -> bool:
        return monotonic() > self._end

    def run(self) -> Solution:
        """Try the choices of sizes in ascending order."""
        smaller: Proof | None = None
        excluded: list[Mapping[str, int]] = []
        for sizes, linked, wiring in self._choices():
            question = question_of(linked, wiring, self._examples)
            self._check(question)
            outcome = fill(question.skeleton, self._request, self._is_over)
            if outcome.values is not None:
                return self._solution(question, outcome, sizes, smaller)
            if outcome.proof is None:
                return Solution(
                    is_interrupted=outcome.is_interrupted,
                    seconds=self._seconds,
                    cases=len(self._examples),
                    within=outcome.within,
                    sizes=sizes,
                    excluded=tuple(excluded),
                )
            excluded += [sizes] if sizes else []
            smaller = self._proof(question, outcome, sizes)
        return Solution(proof=smaller, cases=len(self._examples), seconds=self._seconds)

    def _choices(self) -> Iterator[tuple[dict[str, int], Linked, Graph]]:
        """Yield the network with each choice of sizes, or unchanged if no size is open."""
        layers = {
            str(blank.path[1]): range(int(blank.low), int(blank.high) + 1)
            for blank in self._network.open
            if blank.kind == "size"
        }
        linked, wiring = self._checked.linked, self._checked.wiring
        assert linked is not None
        assert wiring is not None
        if not layers:
            yield {}, replace(linked, network=self._network), wiring
            return
        for choice in sorted(product(*layers.values()), key=lambda choice: (sum(choice), choice)):
            sizes = dict(zip(layers, choice, strict=True))
            network = self._network.filled({("layers", n, "size"): s for n, s in sizes.items()})
            built = check_built(network.model_copy(update={"cases": ()}))
            assert built.linked is not None
            graph = built.wiring
            assert graph is not None
            yield sizes, replace(built.linked, network=network), graph

    def _refused(self, message: str, hint: str) -> InvalidNetworkError:
        file = None if self._checked.path is None else self._checked.file
        return InvalidNetworkError([Diagnostic("wrong-usage", message, file=file, help=hint)])

    def _check(self, question: Question) -> None:
        """Refuse a goal without bound: the greatest margin of unbounded numbers."""
        free = [b.name for b in question.skeleton.blanks if b.is_weight and None in (b.low, b.high)]
        if self._request.margin is None and free:
            message = f"the greatest margin of weights without bounds has no end: `{free[0]}`"
            hint = "give them bounds: --range -9..9, or `unknown: {range: -9..9}`"
            raise self._refused(message, hint)

    def _proof(self, question: Question, outcome: Outcome, sizes: Mapping[str, int]) -> Proof:
        linked = self._checked.linked
        assert linked is not None
        reason: Reason = reason_of(question, outcome, self._request.decimals)
        if sizes:
            layer = ("layers", next(iter(sizes)))
            message = f"{_sized(sizes)} cannot: {reason.message}"
            reason = reason._replace(message=message, blank=layer)
        diagnostic = diagnostic_of(question, reason, linked.file)
        if (self._request.margin or 1) > 1 and not reason.for_all:
            smaller = f"ask for a margin below {self._request.margin:,}"
            diagnostic = replace(diagnostic, help=f"{smaller}, or {diagnostic.help}")
        [diagnostic] = located(linked, [diagnostic])
        rows = tuple(_place_of(question.examples[i], self._checked) for i, _ in reason.rows)
        kind = _KINDS[type(outcome.proof).__name__]
        return Proof(kind, reason.message, reason.why, rows, reason.for_all, diagnostic)

    def _solution(
        self,
        question: Question,
        outcome: Outcome,
        sizes: Mapping[str, int],
        smaller: Proof | None,
    ) -> Solution:
        """Insert the numbers, and evaluate all cases again."""
        assert outcome.values is not None
        values = {number.path: outcome.values[i] for i, number in enumerate(question.numbers)}
        whole: dict[KeyPath, object] = {("layers", n, "size"): s for n, s in sizes.items()}
        network = self._checked.network
        assert network is not None
        sized = network.filled(whole) if whole else network
        filled = sized.filled(values)
        replay_cases(self._checked, filled, len(self._examples))
        return Solution(
            network=filled,
            proof=smaller,
            bound=outcome.bound,
            size=outcome.size,
            values=values,
            least=outcome.least,
            by=f"CP-SAT {version()}" if outcome.is_by_solver else "",
            sizes=dict(sizes),
            cases=len(self._examples),
            open=len(values) + len(sizes),
            margin=outcome.margin,
            is_interrupted=outcome.is_interrupted,
            seconds=self._seconds,
        )


_KINDS = {
    "Clash": "clash",
    "Fixed": "fixed",
    "Contradiction": "sums",
    "Coarse": "tried",
    "Crowd": "states",
    "Refutation": "clauses",
    "Exhausted": "tried",
}


def _sized(sizes: Mapping[str, int]) -> str:
    """Describe the sizes of layers in words."""
    return ", ".join(f"{size} of `{name}`" for name, size in sizes.items())


def _place_of(example: Example, checked: Checked) -> str:
    """Return the file and line of an example, or its name."""
    if example.file is not None:
        return f"{example.file}:{example.span.line}" if example.span else example.name
    if checked.document.value is None:
        return example.name
    [place] = checked.document.locate([(example.path, False)])
    return f"{checked.file}:{place.span.line}"


def _with_unknown(network: Network, settings: SolveSettings) -> Network:
    """Return the network with other settings for its open numbers."""
    if settings.range is None and settings.decimals is None:
        return network
    unknown = network.unknown or Unknown()
    update: dict[str, object] = {}
    if settings.range is not None:
        update["range"] = settings.range
    if settings.decimals is not None:
        update["decimals"] = settings.decimals
    return network.model_copy(update={"unknown": unknown.model_copy(update=update)})
