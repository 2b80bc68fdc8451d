"""The steps in order: text -> Document -> Network -> Graph -> Plan -> outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnc.diagnostics import (
    Diagnostic,
    InvalidNetworkError,
    in_file_order,
)
from nnc.document import Document, read_document, wrong_version
from nnc.paths import MOST_BYTES, STDIN, STDIN_NAME, project_root, read_bytes

if TYPE_CHECKING:
    from nnc.graph import Graph
    from nnc.network import Network
    from nnc.plan import Plan
    from nnc.validation import Validated


@dataclass(frozen=True, slots=True)
class Checked:
    """A network file read as far as it goes; `graph` is there where it has no errors.

    `path` is where it lies and `root` the project root, for the files it names; `path` is None
    for a text that lies nowhere.
    """

    file: str
    document: Document
    network: Network | None
    graph: Graph | None
    diagnostics: list[Diagnostic]
    path: Path | None = None
    root: Path | None = None

    @property
    def errors(self) -> list[Diagnostic]:
        """The diagnostics that are errors."""
        return [one for one in self.diagnostics if one.is_error]


def check(data: bytes, file: str, *, path: Path | None = None, root: Path | None = None) -> Checked:
    """Read and check the bytes of a network file called `file` in messages.

    `path` is where it lies, and `root` the project root, for the files it names; without it, that
    of `path`.
    """
    if root is None and path is not None:
        root = project_root(path)
    document = read_document(data, file)
    version = wrong_version(document)
    if version is not None or not document.complete or document.value is None:
        found = (document.located([version]) if version else []) or document.diagnostics
        return Checked(file, document, None, None, in_file_order(found), path, root)
    from nnc.validation import validate

    valid = validate(document)
    network, found = valid.network, valid.diagnostics
    graph = None
    if network is not None:
        graph, more = _check_network(valid, network, path, root)
        found = found + document.located(more)
    if any(one.is_error for one in found):
        network = graph = None
    elif network is not None and network.name is None and not file.startswith("<"):
        network = network.model_copy(update={"name": _stem(file)})
    return Checked(file, document, network, graph, in_file_order(found), path, root)


def _check_network(
    valid: Validated, network: Network, path: Path | None, root: Path | None
) -> tuple[Graph | None, list[Diagnostic]]:
    """Check names, wiring and cases, and, where there are no errors, look for warnings."""
    from nnc.cases import check_cases
    from nnc.graph import build_graph, plain_outputs

    graph, found = build_graph(network, valid.broken)
    found = [one for one in found if not _follows(one, network, valid)]
    if valid.names_known:
        outputs = graph.outputs if graph else plain_outputs(network, valid.broken)
        found += check_cases(
            network, outputs, path, root, valid.broken | valid.mended | valid.revalued
        )
    if graph is not None and not valid.diagnostics and not found:
        from nnc.lint import lint

        found += lint(network, graph)
    return graph, found


_ABOUT_VALUES = {
    "weight-count",
    "thresholds-not-ascending",
    "label-count",
    "bus-needs-bits",
    "steps-need-number",
    "gate-needs-bits",
    "common-denominator-too-large",
    "no-sum",
    "unknown-port",
}


_ABOUT_NUMBERS = {"thresholds-not-ascending", "common-denominator-too-large"}


def _follows(one: Diagnostic, network: Network, valid: Validated) -> bool:
    """Tell whether a finding may only follow from a declaration that could not be read whole."""
    mended = valid.mended
    if one.rule in _ABOUT_NUMBERS:
        mended |= valid.revalued
    if one.rule in ("unknown-source", "alias-of-other-name"):
        return not valid.names_known
    if one.rule not in _ABOUT_VALUES or not mended:
        return False
    name = str(one.path[1])
    if name in mended:
        return True
    output = network.outputs.get(name) if one.path[0] == "outputs" else None
    neuron = network.neurons.get(name) if one.path[0] == "neurons" else None
    reads: list[str] = []
    if output is not None:
        reads = [*(output.sources or ()), output.sum or "", output.level or ""]
    elif neuron is not None and one.rule == "gate-needs-bits":
        reads = [(neuron.wiring or ())[int(one.path[-1])]]
    elif neuron is not None and one.rule == "steps-need-number":
        reads = [str(one.path[-1])]
    elif neuron is not None:
        reads = [
            *(neuron.weights if isinstance(neuron.weights, dict) else ()),
            *(neuron.wiring or ()),
        ]
    return any(text.partition(".")[0] in mended for text in reads)


def check_file(file: str, *, root: Path | None = None, max_bytes: int = MOST_BYTES) -> Checked:
    """Read and check a network file. Raises FileError where it cannot be opened.

    Standard input counts as a file in the current folder, which is its project root too.
    """
    data = read_bytes(file, max_bytes)
    if file == STDIN:
        return check(data, STDIN_NAME, path=Path(STDIN_NAME), root=root or Path())
    return check(data, file, path=Path(file), root=root)


def load(file: str | Path, *, root: str | Path | None = None) -> Network:
    """Load a network from a file.

    Raises FileError where it cannot be opened, and InvalidNetworkError, with every mistake, where
    it is not valid. Warnings are not told; see `nnc.check_file`.
    """
    checked = check_file(str(file), root=Path(root) if root is not None else None)
    if checked.network is None:
        raise InvalidNetworkError(checked.errors)
    return checked.network


def load_checked(file: str, *, root: Path | None, max_bytes: int) -> tuple[Graph, str]:
    """Give the graph and the name of a valid network file; raises as `load` does."""
    checked = check_file(file, root=root, max_bytes=max_bytes)
    if checked.graph is None or checked.network is None:
        raise InvalidNetworkError(checked.diagnostics)
    return checked.graph, checked.network.name or ""


def loads(text: str) -> Network:
    """Read a network from a text, as `load` does from a file."""
    checked = check(text.encode("utf-8", "surrogatepass"), "<text>")
    if checked.network is None:
        raise InvalidNetworkError(checked.errors)
    return checked.network


def compile(network: Network) -> Plan:  # noqa: A001
    """Compile a network into a plan. Raises InvalidNetworkError where its wiring is wrong."""
    from nnc.graph import build_graph
    from nnc.plan import build_plan

    graph, found = build_graph(network)
    if graph is None:
        raise InvalidNetworkError(found)
    return build_plan(graph, network.name or "network")


def evaluate(network: Network | Plan, rows: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Evaluate a network for some rows, exactly.

    `rows` has for each input a scalar, or a list or array with one value a row; scalars go with
    every row. Gives for each output an array with one value a row, or, where all was scalar, one
    value: bits as uint8, integers as int64, other numbers as int or Fraction, labels as str; a
    bus has a second dimension, its size. A float means exactly the number stored.

    Raises InvalidRowsError where a value means nothing, InvalidNetworkError as `compile` does.
    """
    from nnc.evaluation import as_array, evaluate_batch
    from nnc.network import Network
    from nnc.rows import batch_from_arrays

    plan = compile(network) if isinstance(network, Network) else network
    batch, scalar = batch_from_arrays(rows or {}, plan.inputs)
    results = evaluate_batch(plan, batch, bits=True)
    outputs = {tap.alias: as_array(tap, results) for tap in plan.outputs}
    if not scalar:
        return outputs
    return {alias: _plain(array[0]) for alias, array in outputs.items()}


def _plain(value: Any) -> Any:
    """Give a NumPy scalar as Python's own number; a bus stays an array."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


def _stem(file: str) -> str:
    name = Path(file).name
    for suffix in (".nn.yaml", ".nn.yml", ".yaml", ".yml"):
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name
