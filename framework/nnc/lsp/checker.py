"""Check whole networks in a separate process, including unsaved texts of the editor.

It is spawned, not forked, because a fork would copy the locks of the server's threads. It also runs
the tasks behind editor commands: cases, proofs, reasons, pictures, blanks.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, NncError
from nnc.drawing.page.views import view
from nnc.files.opening import Unsaved
from nnc.filling.answer import solve
from nnc.filling.questions import with_numbers_in_place
from nnc.language.network import Network, Property
from nnc.language.references import name_in
from nnc.lsp.facts import facts_of
from nnc.lsp.texts import Answer
from nnc.numbers.exact import Refused
from nnc.opening.api import evaluate
from nnc.opening.cases.results import CaseResult, result_of
from nnc.opening.checking import Checked, check, check_built
from nnc.opening.settings import Projects
from nnc.opening.testing import CaseSuite
from nnc.opening.using import users_of
from nnc.proofs.answer import ProofSuite
from nnc.reasons.answer import why

MAX_CASES = 100  # cases run with each check
MAX_NODES = 2000
_PROOF_WORK = 2.0  # seconds of work to find a row for a new case
_FILLING_SECONDS = 30.0


def run_task(name: str, checked: Checked, line: int) -> Answer:
    """Run a task on a network; `line` is that of a case, from 0."""
    if checked.graph is None and not (name in ("fill", "draw") and checked.linked is not None):
        return {"error": "; ".join(item.message for item in checked.obstacles[:3])}
    try:
        return _TASKS[name](checked, line)
    except (NncError, Refused) as error:
        return {"error": str(error)}


def results_of(checked: Checked) -> list[CaseResult]:
    """Run the cases of a network and return their results."""
    suite = CaseSuite(checked)
    if suite.errors:
        return []
    done = suite.run(lambda row: result_of(row, *suite.place_of(row)))
    return [result for result, _ in done.entries if result is not None]


def words_of_cases(checked: Checked) -> dict[int, str]:
    """Return a text on the current result of each case in the file, by line from 0."""
    graph, network = checked.graph, checked.network
    if graph is None or network is None or checked.case_errors:
        return {}
    if len(network.cases) > MAX_CASES or len(graph.nodes) > MAX_NODES:
        return {}
    if any(case.file is not None for case in network.cases):
        return {}
    return {
        result.line - 1: _given(result)
        for result in results_of(checked)
        if result.line is not None and result.file == checked.file
    }


def _given(result: CaseResult) -> str:
    values = ", ".join(f"{name}: {_show(value)}" for name, value in result.actual.items())
    return f"gives {values}{', as expected' if result.holds else ', which is not expected'}"


def _test(checked: Checked, line: int) -> Answer:
    del line
    results = results_of(checked)
    failed = [result for result in results if not result.holds]
    lines = [f"{len(results) - len(failed)} of {len(results)} cases hold"]
    lines += [f"line {result.line}: {result.name} {_given(result)}" for result in failed[:10]]
    return {"passed": len(results) - len(failed), "failed": len(failed), "text": "\n".join(lines)}


def _prove(checked: Checked, line: int) -> Answer:
    del line
    suite = ProofSuite(checked)
    if suite.errors:
        return {"error": suite.errors[0].message}
    results = list(suite.run())
    lines = [
        f"{result.name}: {result.kind}" + (f", {_row(result.rows[0])}" if result.rows else "")
        for result in results
    ]
    held = sum(result.kind == "proved" for result in results)
    return {"passed": held, "failed": len(results) - held, "text": "\n".join(lines)}


def _why(checked: Checked, line: int) -> Answer:
    network = checked.network
    assert network is not None
    here = (checked.file, line + 1)
    places = CaseSuite(checked).places
    case = next((case for case, at in zip(network.cases, places, strict=True) if at == here), None)
    if case is None:
        return {"error": "there is no case on this line any more"}
    return {"text": str(why(network, dict(case.given or {})))}


def _draw(checked: Checked, line: int) -> Answer:
    del line
    network = checked.network
    assert network is not None
    return {"title": network.name or "network", "html": view(network).html}


def _fill(checked: Checked, line: int) -> Answer:
    del line
    network = checked.network
    assert network is not None
    solution = solve(network, seconds=_FILLING_SECONDS)
    if solution.network is None:
        return {"error": str(solution)}
    return {"text": str(solution), "content": with_numbers_in_place(checked, solution.network)}


def _cover(checked: Checked, line: int) -> Answer:
    """Return new cases for the sides of thresholds that no case covers."""
    del line
    network = checked.network
    assert network is not None
    cases = list(dict.fromkeys(_missing(checked, network)))
    if not cases:
        return {"error": "no case is missing: each neuron is on both sides of its thresholds"}
    return {"text": f"{len(cases)} new cases", "cases": cases}


def _missing(checked: Checked, network: Network) -> Iterator[str]:
    suite = CaseSuite(checked)
    if suite.errors:
        return
    coverage = suite.coverage()
    suite.run(lambda _: None, coverage=coverage)
    declared = {*network.neurons, *network.layers}
    unseen = [item for item in coverage.unseen() if name_in(item[0]) in declared]
    claims = tuple(Property(never={name: str(bit)}) for name, bit in unseen)
    claimed = network.model_copy(update={"properties": claims})
    for result in ProofSuite(check_built(claimed), budget=_PROOF_WORK).run(["*"]):
        if result.kind == "refuted":
            row = {name: value for name, value in result.rows[0].items() if name in network.inputs}
            values = ", ".join(f"{name}: {_show(value)}" for name, value in row.items())
            outputs = evaluate(network, row)
            expect = ", ".join(f"{name}: {_show(value)}" for name, value in outputs.items())
            yield f"{{given: {{{values}}}, expect: {{{expect}}}}}"


def _row(row: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={_show(value)}" for name, value in row.items())


def _show(value: object) -> str:
    values = value.tolist() if hasattr(value, "tolist") else value  # a NumPy array or scalar
    if isinstance(values, (list, tuple)):
        return f"[{', '.join(map(_show, values))}]"
    return str(values)


_TASKS: dict[str, Callable[[Checked, int], Answer]] = {
    "test": _test,
    "prove": _prove,
    "why": _why,
    "draw": _draw,
    "fill": _fill,
    "cover": _cover,
}
"""The tasks by name; the commands are called `nnc.test`, …."""


MAX_LISTED = 500  # the maximum number of diagnostics per file
_NICENESS = 5  # niceness of the checking process, so that the server takes precedence


class Task(NamedTuple):
    """A command of an editor on a network; `line` is that of a case, from 0."""

    name: str
    network: str
    line: int = 0


class Order(NamedTuple):
    """The networks to check by name, and the texts that have changed since the last order.

    A text of None means that the file was closed, so its content on disk counts again. A name that
    is not a path belongs to a text that is not in a file.
    """

    networks: tuple[str, ...] = ()
    texts: Mapping[str, bytes | None] = {}
    task: Task | None = None


@dataclass(frozen=True)
class Findings:
    """The diagnostics of a network, errors first if there are too many, and its files.

    `facts` is the result of `facts_of`, or None if the network has errors or they were not
    requested; `cases` has a text on the result of each case in the file, by line.
    """

    network: str
    diagnostics: tuple[Diagnostic, ...]
    unlisted: int = 0
    files: tuple[Path, ...] = ()
    facts: str | None = None
    cases: Mapping[int, str] = field(default_factory=dict)


def findings_of(
    network: str, data: bytes, texts: Mapping[Path, bytes], *, with_facts: bool = False
) -> Findings:
    """Check a network; `texts` are unsaved texts of other files.

    Rules have the severities of the project's settings, as in `nnc validate`.
    """
    checked = _checked(network, data, texts)
    results = Projects().applied(checked.diagnostics)
    listed = sorted(results, key=lambda diagnostic: not diagnostic.is_error)[:MAX_LISTED]
    unlisted = len(results) - len(listed)
    findings = Findings(network, tuple(listed), unlisted, checked.files)
    if not with_facts or checked.wiring is None:
        return findings
    return replace(findings, facts=facts_of(checked.wiring), cases=words_of_cases(checked))


def _checked(network: str, data: bytes, texts: Mapping[Path, bytes]) -> Checked:
    path = Path(network)
    return check(data, network, path=path if path.is_absolute() else None, files=Unsaved(texts))


class Checker:
    """The checking process, started on first use."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def ask(self, order: Order) -> list[Findings] | Answer:
        """Send an order and return the findings, or the answer of a task.

        Raises OSError or EOFError if the process has died.
        """
        if self._process is None or not self._process.is_alive():
            self._start()
        assert self._connection is not None
        self._connection.send(order)
        results: list[Findings] | Answer = self._connection.recv()
        return results

    def stop(self) -> None:
        """Kill the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        self._process = process  # only when started: another thread may stop it
        theirs.close()


def _serve(connection: Connection) -> None:
    """Answer orders until the server ends.

    From the second order on, the server takes precedence if processors are scarce; for the first
    one, which opens a file, the editor is waiting.
    """
    sys.stdout = sys.stderr  # standard output belongs to the protocol
    texts: dict[str, bytes] = {}
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        for number in count():
            order: Order = connection.recv()
            if number == 1 and hasattr(os, "nice"):
                os.nice(_NICENESS)
            for name, text in order.texts.items():
                if text is None:
                    texts.pop(name, None)
                else:
                    texts[name] = text
            connection.send(_answer(order, texts))


def _answer(order: Order, texts: Mapping[str, bytes]) -> list[Findings] | Answer:
    unsaved = {Path(name): text for name, text in texts.items()}
    if order.task is not None:
        name, network, line = order.task
        return run_task(name, _checked(network, texts[network], unsaved), line)
    results = [
        findings_of(name, texts[name], unsaved, with_facts=True)
        for name in order.networks
        if name in texts
    ]
    opened = {item.network for item in results}
    return [*results, *_of_users(opened, texts, unsaved)]


def _of_users(
    opened: Collection[str], texts: Mapping[str, bytes], unsaved: Mapping[Path, bytes]
) -> Iterator[Findings]:
    """Check the project's files that use or extend the open ones and are not open."""
    paths = {path for path in map(Path, opened) if path.is_absolute()}
    for user in sorted(users_of(paths)):
        if str(user) in texts:
            continue
        with contextlib.suppress(OSError):
            yield findings_of(str(user), user.read_bytes(), unsaved)
