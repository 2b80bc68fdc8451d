"""Tasks that an editor asks for by a command: cases, proofs, reasons, pictures, blanks.

They run in the process that checks, on the texts of the editor, and answer with plain values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from nnc.diagnostics.diagnostic import NncError
from nnc.drawing.page.views import view
from nnc.filling.answer import solve
from nnc.filling.questions import with_numbers_in_place
from nnc.language.network import Network, Property
from nnc.language.references import name_in
from nnc.lsp.texts import Answer
from nnc.numbers.exact import Refused
from nnc.opening.api import evaluate
from nnc.opening.cases.results import CaseResult, result_of
from nnc.opening.checking import Checked, check_built
from nnc.opening.testing import CaseSuite
from nnc.proofs.answer import ProofSuite
from nnc.reasons.answer import why

MAX_CASES = 100  # that are run with each check, and neurons of the network
MAX_NODES = 2000
_PROOF_WORK = 2.0  # seconds of work for a row that a new case is made of
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
    """Run the cases that a network has, and return the result of each."""
    suite = CaseSuite(checked)
    if suite.errors:
        return []
    done = suite.run(lambda row: result_of(row, *suite.place_of(row)))
    return [result for result, _ in done.entries if result is not None]


def words_of_cases(checked: Checked) -> dict[int, str]:
    """Say of each case that stands in the file what it gives now, by its line from 0."""
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
    """Write cases for the thresholds of neurons that no case has on one of their sides."""
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
    values = value.tolist() if hasattr(value, "tolist") else value  # an array, or a number of one
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
"""The tasks by their names, which are those of the commands `nnc.test`, …"""
