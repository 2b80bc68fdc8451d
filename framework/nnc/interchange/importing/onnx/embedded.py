"""The network that a model of ONNX carries, where the graph and the network are still the same."""

from __future__ import annotations

from pathlib import Path

from nnc.compiler.graph import build_graph
from nnc.compiler.linking import Linker
from nnc.compiler.plan import Plan, build_plan
from nnc.interchange.exporting.embedded import one_text, unpacked
from nnc.interchange.exporting.logic import logic_of
from nnc.interchange.exporting.onnx import onnx_graph
from nnc.interchange.exporting.onnx_model import graph_digest
from nnc.interchange.importing.onnx.graph import Model
from nnc.interchange.importing.places import damaged, refused
from nnc.language.document import read_document
from nnc.language.library import Library
from nnc.language.network import Network
from nnc.language.validation import validate
from nnc.numbers.exact import Refused
from nnc.rows.options import Floats
from nnc.run.digests.digests import structure_digest

_HINT = "delete `nnc.network` from its metadata to read the graph itself"


def is_embedded(model: Model) -> bool:
    """Check if a model carries its network."""
    return "nnc.network" in model.metadata and "nnc.graph" in model.metadata


def embedded_network(model: Model) -> Network:
    """Return the network that a model carries.

    Raises InvalidNetworkError where it has mistakes or needs other files, and where it, or the
    graph, was changed: the network is exported anew, and has to give the graph.
    """
    if graph_digest(model.graph) != model.metadata["nnc.graph"]:
        message = "the graph was changed since nnc wrote the model, and the network in it was not"
        raise refused(message, _HINT)
    network = _read(model.metadata["nnc.network"])
    plan = _compiled(network)
    stated = model.metadata.get("nnc.structure")
    if stated != f"sha256:{structure_digest(plan)}":
        message = "the network in the metadata was changed since nnc wrote the model, and the graph"
        raise refused(f"{message} was not", _HINT)
    if not _gives(plan, model):
        message = "the network in the metadata of the model does not give its graph"
        raise refused(message, f"{_HINT}, or export the network anew")
    return network


def _read(text: str) -> Network:
    """Read the text of a network. Nothing that it names is opened."""
    try:
        document = read_document(unpacked(text).encode(), "network")
    except ValueError:
        raise damaged("the network in the metadata of the model is not what nnc wrote") from None
    value = document.value
    if isinstance(value, dict) and "extends" in value:
        message = "the network in the metadata of the model extends another file"
        raise refused(message, _HINT)
    result = validate(document)
    if result.network is None or any(diagnostic.is_error for diagnostic in result.diagnostics):
        raise damaged("the network in the metadata of the model is not what nnc wrote", hint=_HINT)
    if one_text(result.network) is None:
        raise refused("the network in the metadata of the model needs other files", _HINT)
    return result.network


def _compiled(network: Network) -> Plan:
    linker = Linker(Library(Path()))
    graph, _, diagnostics = build_graph(linker.link(network, Path()))
    if graph is None or any(each.is_error for each in (*linker.diagnostics, *diagnostics)):
        raise damaged("the network in the metadata of the model has mistakes", hint=_HINT)
    return build_plan(graph, "network")


def _gives(plan: Plan, model: Model) -> bool:
    """Check if a plan is exported as the graph of the model, with either meaning of floats."""
    kinds: tuple[Floats, ...] = ("binary", "decimal")
    for floats in kinds:
        try:
            graph = onnx_graph(logic_of(plan, floats, shares="convolutions"), model.name)
        except Refused:
            continue
        if graph.encoded() == model.graph:
            return True
    return False
