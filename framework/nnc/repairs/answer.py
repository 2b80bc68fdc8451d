"""Repair a network so that rows hold, for `nnc repair` and `nnc.repair`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from numbers import Integral
from pathlib import Path
from typing import Literal, NamedTuple

from nnc.compiler.graph import written_out
from nnc.compiler.linking import Linked
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import InvalidNetworkError, InvalidRowsError, did_you_mean
from nnc.filling.blanks import refuse_counts
from nnc.language.formatting.networks import to_overlay
from nnc.language.network import Network
from nnc.numbers.exact import Number, first_names, shorten, show_number, simplest
from nnc.opening.checking import Checked, check
from nnc.opening.testing import CaseSuite, no_cases, suite_of
from nnc.repairs.problem.circuit import Circuit
from nnc.repairs.problem.demands import Constant, Example, joined, state_and_demands
from nnc.repairs.problem.examples import check_size, every_row, guarded, of_cases, of_values
from nnc.repairs.problem.numbers import WrittenNumber, written_numbers
from nnc.repairs.problem.problem import Changed, Problem
from nnc.repairs.repair import Answer, Impossible, after_search, before_search, search
from nnc.repairs.replay import failing_rows, repaired
from nnc.run.tables import Reading, Rows, batches_of
from nnc.selecting import selected, unmatched

KINDS = ("weights", "thresholds")


@dataclass(frozen=True, kw_only=True)
class RepairSettings:
    """The numbers that may change, and by how much.

    `change` names kinds of numbers, or numbers by their names or patterns, as `keep` does.
    `decimals` is how many decimals new values have, None for as many as their neuron has.
    """

    change: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    decimals: int | None = None
    budget: float = 60  # seconds

    @property
    def kinds(self) -> tuple[str, ...]:
        """The categories of numbers that may change."""
        return tuple(word for word in self.change if word in KINDS) or KINDS

    @property
    def only(self) -> tuple[str, ...]:
        """Names and patterns of the numbers that may change; empty for all."""
        return tuple(word for word in self.change if word not in KINDS)


class Target(NamedTuple):
    """The path of an overlay, or None for a path next to the extended file, and its root."""

    path: Path | None = None
    root: Path | None = None


NOWHERE = Target()


@dataclass(frozen=True)
class NumberChange:
    """One number of a network file, or of a file that it uses, and its new value."""

    name: str
    old: Number
    new: Number
    file: str | None = None

    def __str__(self) -> str:
        where = f"{self.file}: " if self.file else ""
        return f"{where}{self.name}  {show_number(self.old)} -> {show_number(self.new)}"


@dataclass(frozen=True)
class Way:
    """A number that repairs all rows alone: all sufficient values in words, and the least change.

    `new` is None if no value has as few decimals as requested.
    """

    name: str
    old: Number
    values: str
    new: Number | None
    file: str | None = None

    def __str__(self) -> str:
        where = f"{self.file}: " if self.file else ""
        new = f" -> {show_number(self.new)}" if self.new is not None else ""
        return f"{where}{self.name}  {show_number(self.old)}{new}  ({self.values})"


@dataclass(frozen=True, kw_only=True)
class Repair:
    """A repair; `changes` is empty if all rows passed, or if no repair is known.

    `overlays` are texts by the file that each extends, None for a network built in Python, where
    only `network` tells. `proof` says what is proved: `proved`, `searched`, or
    `not decided`; `fewest` is how many numbers are needed at least. `ways` are all repairs by one
    number. Of `rows`, `failing` failed before; `guarded` of them are there to stay as they are.
    `constant` is the answer that most of the others expect.
    `is_interrupted` says that Ctrl-C has ended the search, and this is the best so far.
    """

    changes: tuple[NumberChange, ...]
    network: Network | None
    overlays: Mapping[str, str]
    proof: str
    fewest: int
    rows: int
    failing: int
    guarded: int
    numbers: int
    in_files: int
    constant: Constant
    ways: tuple[Way, ...] = ()
    impossible: Impossible | None = None
    is_interrupted: bool = False
    answer: Answer | None = field(default=None, repr=False, compare=False)

    @property
    def holds(self) -> bool:
        """Return whether all rows passed before any change."""
        return not self.failing

    @property
    def why(self) -> str | None:
        """The reason why no repair exists, as a sentence; None if that is not proved."""
        return self.impossible.why if self.impossible else None

    @property
    def overlay(self) -> str | None:
        """The only overlay; None if there is none, or if there are several."""
        texts = list(self.overlays.values())
        return texts[0] if len(texts) == 1 else None


def find_repair(
    checked: Checked,
    plan: Plan,
    example: Example,
    settings: RepairSettings,
    guarded: int = 0,
    target: Target = NOWHERE,
) -> Repair:
    """Search for the fewest numbers, then the least change, so that all rows of an example pass.

    Raises InvalidRowsError if there are too many rows, InvalidNetworkError if an overlay cannot be
    written to the target, and ValueError for a pattern without a match.
    """
    refuse_counts(checked)
    assert checked.linked is not None
    assert checked.graph is not None
    deadline = time.monotonic() + settings.budget
    check_size(checked.graph, example.batch.count)
    everything, elsewhere = written_numbers(written_out(checked.linked), checked.graph)
    numbers = _allowed(everything, settings)
    state, demands = state_and_demands(Circuit.of(checked.graph), example)
    problem = Problem(
        state.circuit, state, demands, numbers, everything, elsewhere, example,
        settings.decimals, deadline,
    )  # fmt: skip
    finished = _Finished(checked, example, problem, guarded, target)
    finished.check_target()
    impossible = before_search(plan, example, problem)
    answer = None
    if len(problem.failing):
        answer = search(problem) if impossible is None else Answer(proof="proved")
    return finished.repair(answer, impossible)


def _allowed(numbers: Sequence[WrittenNumber], settings: RepairSettings) -> list[WrittenNumber]:
    """Return the numbers that may change. Raises ValueError for a pattern without a match."""
    names = dict.fromkeys(number.name for number in numbers)
    for option, words in (("change", settings.only), ("keep", settings.keep)):
        for word in unmatched(words, names):
            message = f"no number has the name `{shorten(word)}`"
            raise ValueError(f"{option}: {message}; {_names_like(word, names)}")
    allowed = set(selected(settings.only or ["*"], names))
    allowed.difference_update(selected(settings.keep, names))
    return [each for each in numbers if each.kind in settings.kinds and each.name in allowed]


def _names_like(pattern: str, names: Iterable[str]) -> str:
    """Return the help for a pattern without a match: a similar number, or a group of numbers."""
    groups: dict[str, None] = {}
    for name in names:
        steps = name.split(".")
        groups |= {".".join(steps[:end]): None for end in range(1, len(steps))}
    end = ".*" if pattern.endswith(".*") else ""
    near = did_you_mean(pattern.removesuffix(".*"), [*names, *groups])
    return near.replace("`?", f"{end}`?") or f"the numbers are {first_names(names)}"


class _Finished:
    """Converts an answer to a `Repair`, and replays it first."""

    def __init__(
        self, checked: Checked, example: Example, problem: Problem, guarded: int, target: Target
    ) -> None:
        self._checked, self._example, self._problem = checked, example, problem
        self._guarded, self._target = guarded, target

    def repair(self, answer: Answer | None, impossible: Impossible | None) -> Repair:
        """Return the repair. A wrong answer is a bug, and raises AssertionError."""
        checked, problem = self._checked, self._problem
        changed = answer.changed if answer is not None else None
        network, overlays = checked.network, dict[str, str]()
        if changed is not None:
            network, overlays = self._replayed(changed)
        elif answer is not None and answer.proof == "proved":
            impossible = impossible or after_search(problem, answer)
        return Repair(
            changes=tuple(self._change(number, value) for number, value in changed or ()),
            network=network if changed is not None or answer is None else None,
            overlays=overlays,
            proof=answer.proof if answer is not None else "proved",
            fewest=answer.fewest if answer is not None else 0,
            rows=problem.state.count,
            failing=len(problem.failing),
            guarded=self._guarded,
            numbers=len(problem.numbers),
            in_files=problem.elsewhere.numbers,
            constant=Constant.of(self._example, self._guarded),
            ways=tuple(self._ways(answer)) if answer is not None else (),
            impossible=impossible,
            is_interrupted=answer is not None and answer.is_interrupted,
            answer=answer,
        )

    def _file(self, number: WrittenNumber) -> str | None:
        """Return the file of a number, unless it is the file of the network."""
        linked = number.linked
        return None if linked is self._checked.linked else linked.file

    def _change(self, number: WrittenNumber, value: Fraction) -> NumberChange:
        return NumberChange(number.name, number.value, simplest(value), self._file(number))

    def _ways(self, answer: Answer) -> Iterable[Way]:
        for number, intervals in answer.fixes:
            value = self._problem.value_in(number, intervals)
            values = "; ".join(map(str, intervals))
            new = None if value is None else simplest(value)
            yield Way(number.name, number.value, values, new, self._file(number))

    def _replayed(self, changed: Changed) -> tuple[Network, dict[str, str]]:
        """Evaluate the repaired network, and read its overlays back."""
        assert self._checked.linked is not None
        linked, networks = repaired(self._checked.linked, changed)
        failing = failing_rows(linked, self._example)
        assert not failing, f"rows {failing[:5]} fail in the repaired network"
        overlays: dict[str, str] = {}
        for before in self._checked.linked.all():
            after = networks.get(id(before))
            if after is None or self._checked.document.value is None:
                continue
            file = self._path_of(before)
            text = to_overlay(self._extends(file), before.network, after)
            self._read_back(text, file, after)
            overlays[str(file)] = text
        return linked.network, overlays

    def _path_of(self, linked: Linked) -> Path:
        if linked is self._checked.linked or linked.file is None:
            assert self._checked.path is not None
            return self._checked.path
        return Path(linked.file)

    def check_target(self) -> None:
        """Raise InvalidNetworkError if an overlay cannot be written to its target."""
        if self._target.path is not None and self._checked.path is not None:
            empty = f"nnc: 1\nextends: {json.dumps(self._extends(self._checked.path))}\n"
            self._read(empty, self._checked.path)

    def _extends(self, file: Path) -> str:
        """Return the path by which an overlay names the file that it extends."""
        path = self._target.path
        if path is None:
            return file.name
        return os.path.relpath(file.resolve(), path.resolve().parent).replace(os.sep, "/")

    def _read_back(self, text: str, file: Path, after: Network) -> None:
        """Check that an overlay, read back, has the new numbers."""
        network = self._read(text, file)
        for kind in ("neurons", "layers"):
            assert getattr(network, kind) == getattr(after, kind), f"other {kind}"

    def _read(self, text: str, file: Path) -> Network:
        path, root = self._target
        if path is None:
            path, root = file.with_name("repair.nn.yaml"), self._checked.root
        read = check(text.encode(), str(path), path=path, root=root)
        if read.network is None:
            raise InvalidNetworkError(read.errors)
        return read.network


def repair(
    network: Network | str | Path,
    rows: Rows | None = None,
    *,
    labels: Mapping[str, object] | None = None,
    guard: Rows | Literal["all"] | None = None,
    change: str | Sequence[str] = (),
    keep: str | Sequence[str] = (),
    decimals: int | None = None,
    seconds: float = 60.0,
    root: str | Path | None = None,
) -> Repair:
    """Find the fewest numbers to change, and of these the least change, so that rows hold.

    `rows` are as for `nnc.evaluate`, and `labels` has for each output what it has to be, a value a
    row, None where nothing is; without them the cases of the network have to hold. `guard` are rows
    whose outputs must stay, those that are spoken of; `"all"` is the truth table of at most 2**20
    rows. `change` and `keep` name numbers that may, or may not, change: `score.weights.AGE`, or
    a pattern; `change` may also be "weights" or "thresholds".

    The result has the `changes`, the repaired `network`, the `overlay` of a file, what is proved,
    and in `ways` every number that is enough by itself, with all its values. That there is none is
    a value, too: then `network` is None.

    Raises FileError and InvalidNetworkError as `nnc.load`, InvalidRowsError where rows or labels
    mean nothing, or there are no cases, and ValueError for a setting that names nothing.

    >>> import nnc
    >>> network = nnc.load("configs/gates/and.nn.yaml")
    >>> rows = {"a": [0, 1, 1], "b": [0, 0, 1]}
    >>> for change in nnc.repair(network, rows, labels={"out": [0, 1, 1]}).changes:
    ...     print(change)
    out.threshold  2 -> 1
    """
    change, keep = ((names,) if isinstance(names, str) else names for names in (change, keep))
    if decimals is not None and (not isinstance(decimals, Integral) or decimals < 0):
        raise ValueError(f"decimals is {decimals!r}; write a whole number from 0 on")
    if (rows is None) != (labels is None):
        raise ValueError("rows and labels go together: give both, or neither for the cases")
    suite = suite_of(network, Path(root) if root is not None else None)
    example, count = _example_of(suite, rows, labels), 0
    if guard is not None:
        if isinstance(guard, str) and guard != "all":
            raise ValueError(f'guard is {guard!r}; write "all", or give rows')
        inputs = suite.plan.inputs
        kept = every_row(inputs) if guard == "all" else batches_of(inputs, guard, Reading())
        example, count = guarded(suite, example, kept)
    settings = RepairSettings(
        change=tuple(change), keep=tuple(keep), decimals=decimals, budget=seconds
    )
    return find_repair(suite.checked, suite.plan, example, settings, count)


def _example_of(
    suite: CaseSuite, rows: Rows | None, labels: Mapping[str, object] | None
) -> Example:
    """Return the rows with their labels, else the cases. Raises InvalidRowsError."""
    if rows is not None and labels is not None:
        batches = batches_of(suite.plan.inputs, rows, Reading())
        whole = joined([Example(batch, {}) for batch in batches]).batch
        return of_values(suite.plan, whole, labels)
    done = suite.run(lambda row: row)
    if done.mistakes:
        raise InvalidRowsError(done.mistakes)
    example = of_cases(row for row, _ in done.entries if row is not None)
    if example is None:
        raise InvalidRowsError([no_cases([suite.checked.file])])
    return example
