"""Build a graph: resolve every network once, expand every instance, and order the nodes."""

from __future__ import annotations

from collections.abc import Sequence

from nnc.compiler.graph.budget import over_budget
from nnc.compiler.graph.checks import check_columns, check_declarations, check_sizes
from nnc.compiler.graph.claims import Claims
from nnc.compiler.graph.flattening import Flat
from nnc.compiler.graph.graph import Graph, Tap, Template
from nnc.compiler.graph.layers import Layers
from nnc.compiler.graph.neurons import Neurons
from nnc.compiler.graph.ordering import in_order
from nnc.compiler.graph.outputs import Outputs
from nnc.compiler.graph.parts import Parts
from nnc.compiler.graph.resolver import Resolver
from nnc.compiler.linking import Linked
from nnc.diagnostics.diagnostic import Diagnostic, closest
from nnc.language.keys import CLAIMS
from nnc.language.network import Network
from nnc.language.references import name_in


def build_graph(linked: Linked) -> tuple[Graph | None, list[Tap], list[Diagnostic]]:
    """Resolve the names of a network and all it uses, and order its neurons.

    If there are mistakes, return None, the outputs whose form is known, and all mistakes except
    those that only follow from mistakes reported earlier. Open numbers are 0 in the graph, which
    then only shows how the neurons are wired.
    """
    diagnostics = over_budget(linked)
    if diagnostics:
        return None, [], diagnostics
    templates: dict[int, Template] = {}
    for used in linked.all():
        template = _resolve(used, templates)
        more = [finding for finding in template.diagnostics if not _follows(used, finding)]
        diagnostics += more
        if used is linked or (not more and not template.diagnostics):
            templates[id(used)] = template
    template = templates[id(linked)]
    outputs = [port.tap for port in template.outputs.values()]
    if template.diagnostics and not diagnostics:
        return None, outputs, []
    if diagnostics or linked.broken:
        circles = _circles(template) if not template.parts else []
        return (
            None,
            outputs,
            diagnostics + [finding for finding in circles if not _follows(linked, finding)],
        )
    flat = Flat(template)
    diagnostics += flat.diagnostics
    ordered = None if diagnostics else in_order(flat, diagnostics)
    if ordered is None:
        return None, outputs, _first_circles(linked, templates) or diagnostics
    nodes, levels = ordered
    graph = Graph(
        template.inputs,
        tuple(nodes),
        tuple(levels),
        flat.taps(),
        flat.types,
        flat.claims(),
        tuple(flat.owed()),
    )
    return graph, outputs, []


def written_out(linked: Linked) -> Flat:
    """Resolve a valid network and expand every instance of its parts."""
    templates: dict[int, Template] = {}
    for used in linked.all():
        templates[id(used)] = _resolve(used, templates)
    return Flat(templates[id(linked)])


def _first_circles(linked: Linked, templates: dict[int, Template]) -> list[Diagnostic]:
    """Return the cycles within a used network, which are reported once, in its file."""
    for used in linked.all():
        if used is not linked and (circles := _circles(templates[id(used)])):
            return circles
    return []


def _circles(template: Template) -> list[Diagnostic]:
    """Return the cycles in a network that has other mistakes."""
    flat = Flat(template)
    diagnostics = list(flat.diagnostics)
    if not diagnostics:
        in_order(flat, diagnostics)
    return diagnostics


def _resolve(linked: Linked, templates: dict[int, Template]) -> Template:
    """Resolve one network, after those that it uses; networks with mistakes are skipped."""
    linked = linked.closed
    children = {
        name: templates[id(used)] for name, used in linked.parts.items() if id(used) in templates
    }
    network = linked.network
    resolver = Resolver(linked, children)
    layers = Layers(linked) if network.layers else None
    check_declarations(resolver)
    resolver.declare_inputs()
    resolver.declare_neurons()
    if layers is not None:
        resolver.declare_layers(layers.sizes, layers.counted, layers.shapes)
    resolver.declare_parts()
    neurons = Neurons(resolver)
    template = Template(linked, resolver.inputs, resolver.types)
    template.nodes = neurons.resolve()
    if layers is not None:
        template.layers = layers.resolve(resolver)
    if network.parts:
        parts = Parts(resolver)
        template.parts = parts.resolve()
        template.nodes += parts.nodes
    template.outputs = Outputs(resolver).resolve()
    if network.assume or network.properties:
        template.claims = Claims(resolver, template.outputs).resolve()
    if linked.blanks:
        check_sizes(resolver)
    if any(input_.column or input_.columns for input_ in network.inputs.values()):
        check_columns(resolver)
    template.diagnostics = resolver.diagnostics

    def slots_of(text: str) -> Sequence[int]:
        bundle = resolver.peek(text)
        return bundle.slots if bundle is not None else ()

    template.slots_of = slots_of
    return template


# ---------------------------------------------------------------------------- consequences


def _follows(linked: Linked, finding: Diagnostic) -> bool:
    """Return True if a finding may only follow from a declaration that could not be read."""
    valid, needs = linked.valid, finding.about.needs
    if valid is None or not needs:
        return False
    if "names" in needs:
        return not valid.names_known
    if "states" in needs and not valid.states_known:
        return True
    if "fires" in needs:
        return any(map(_is_about_fires, valid.diagnostics))
    fixed = valid.fixed | linked.broken
    if "numbers" in needs:
        fixed |= valid.revalued
    elif "declarations" not in needs:
        return False
    if not fixed:
        return False
    if str(finding.path[1]) in fixed:
        return True
    return any(name_in(source) in fixed for source in _sources_of(linked.network, finding))


def _is_about_fires(finding: Diagnostic) -> bool:
    """Return True if a finding is about a firing rule, or a misspelled key for one."""
    return bool(finding.path) and closest("fires", [str(finding.path[-1])]) is not None


def _sources_of(network: Network, finding: Diagnostic) -> tuple[str, ...]:
    """Return the sources that a finding depends on."""
    section, name = str(finding.path[0]), str(finding.path[1])
    if section == "neurons" and name in network.neurons:
        if finding.rule == "gate-needs-bits":
            return (network.neurons[name].reads()[int(finding.path[-1])],)
        if finding.rule == "steps-need-number":
            return (str(finding.path[-1]),)
    if section in CLAIMS:
        return ()  # its sources are looked up there
    declared = getattr(network, section, {}).get(name)
    return () if declared is None or section == "inputs" else declared.reads()
