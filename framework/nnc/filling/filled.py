"""A network with open numbers: checked with its cases, then with its numbers found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, KeyPath
from nnc.language.document import Document
from nnc.language.firing import Limit, show_limit
from nnc.language.network import Case, Network
from nnc.numbers.exact import show_number
from nnc.opening.cases.checking import check_cases
from nnc.opening.cases.running import run_cases
from nnc.opening.checking import Checked, check_built, check_file


def checked_of(network: Network | str | Path) -> Checked:
    """Check a network, or a file, with its cases. Raises FileError and InvalidNetworkError."""
    checked = check_built(network) if isinstance(network, Network) else check_file(str(network))
    wrong = checked.errors or checked.case_errors
    if wrong or checked.network is None:
        raise InvalidNetworkError(wrong)
    return with_cases(checked, network.cases) if isinstance(network, Network) else checked


def with_cases(checked: Checked, cases: tuple[Case, ...]) -> Checked:
    """Return a checked network with other cases. Raises InvalidNetworkError for their mistakes."""
    assert checked.network is not None
    assert checked.linked is not None
    network = checked.network.model_copy(update={"cases": cases})
    graph = checked.wiring
    mistakes = check_cases(network, graph.outputs if graph else (), checked.path, checked.root)
    if mistakes:
        raise InvalidNetworkError(mistakes)
    linked = replace(checked.linked, network=network, document=None, file=None)
    return replace(checked, network=network, linked=linked, document=Document(checked.file, ""))


def replay_cases(checked: Checked, filled: Network, examples: int) -> None:
    """Evaluate every case exactly. Raises AssertionError where one of so many does not hold."""
    built = check_built(filled)
    assert built.graph is not None, [str(each) for each in built.diagnostics]
    plan = build_plan(built.graph, filled.name or "")
    path = checked.path or (filled.folder / "network" if filled.folder else None)
    count = 0
    for row in run_cases(filled, plan, path, checked.root or filled.root):
        assert not isinstance(row, Diagnostic)
        assert not row.wrong, f"{row.name}: {row.wrong}"
        count += 1
    assert count == examples


def with_numbers_in_place(checked: Checked, network: Network) -> str:
    """Return the text of the file with numbers in the place of its blanks.

    Raises InvalidNetworkError where a blank stands in a file that it extends.
    """
    linked = checked.linked
    assert linked is not None
    assert linked.document is not None
    blanks = checked.network.open if checked.network is not None else ()
    edits: list[tuple[int, int, str]] = []
    for blank, place in zip(
        blanks, linked.document.locate([(blank.path, False) for blank in blanks]), strict=True
    ):
        if place.document is not checked.document:
            message = f"the blank `{'.'.join(map(str, blank.path))}` stands in another file"
            hint = f"write an overlay with -o, or solve {place.document.file} by itself"
            raise InvalidNetworkError(
                [Diagnostic("wrong-usage", message, file=checked.file, help=hint)]
            )
        edits.append((place.start, place.end, _spelled(value_at(network, blank.path))))
    text = checked.document.text
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def base_of(checked: Checked) -> Network | None:
    """Return the network that a file extends; None for one that extends none."""
    document = checked.linked.document if checked.linked is not None else None
    documents: Sequence[Document] = getattr(document, "documents", ())
    if len(documents) < 2:
        return None
    return check_file(documents[1].file, root=checked.root).network


def value_at(network: Network, path: KeyPath) -> Any:
    """Return what stands at the path of a blank; None where there is nothing."""
    section, name, key, *rest = path
    value: Any = getattr(getattr(network, str(section)).get(str(name)), str(key), None)
    for step in rest:
        if isinstance(value, dict):
            named = {show_limit(k) if isinstance(k, Limit) else k: v for k, v in value.items()}
            value = named.get(step)
        elif isinstance(value, tuple):
            value = dict(enumerate(value)).get(int(step))
    return value


def _spelled(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_spelled, value))}]"
    return show_number(value)
