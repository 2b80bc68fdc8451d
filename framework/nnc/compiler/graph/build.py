"""Linked -> Graph: every network resolved once, every instance written out, the order found."""

from __future__ import annotations

from collections.abc import Sequence

from nnc.compiler.consequences import follows
from nnc.compiler.graph.budget import over_budget
from nnc.compiler.graph.flattening import Flat
from nnc.compiler.graph.graph import Graph, Tap
from nnc.compiler.graph.layers import Layers
from nnc.compiler.graph.neurons import Neurons
from nnc.compiler.graph.ordering import in_order
from nnc.compiler.graph.outputs import Outputs
from nnc.compiler.graph.parts import Parts
from nnc.compiler.graph.resolver import Resolver
from nnc.compiler.graph.template import Template
from nnc.compiler.linking import Linked
from nnc.diagnostics.diagnostic import Diagnostic


def build_graph(linked: Linked) -> tuple[Graph | None, list[Tap], list[Diagnostic]]:
    """Resolve the names of a network and all it uses, and order its neurons.

    Gives no graph, but all that is in the way, where there are mistakes; and then those outputs of
    which it is known what they give. What only follows from a mistake told before is left out.
    """
    found = over_budget(linked)
    if found:
        return None, [], found
    templates: dict[int, Template] = {}
    for one in linked.all():
        template = _resolve(one, templates)
        more = [each for each in template.found if not follows(one, each)]
        found += more
        if one is linked or (not more and not template.found):
            templates[id(one)] = template
    template = templates[id(linked)]
    outputs = [port.tap for port in template.outputs.values()]
    if template.found and not found:
        return None, outputs, []
    if found or linked.broken:
        circles = _circles(template) if not template.parts else []
        return None, outputs, found + [one for one in circles if not follows(linked, one)]
    flat = Flat(template)
    found += flat.found
    ordered = None if found else in_order(flat, found)
    if ordered is None:
        return None, outputs, _first_circles(linked, templates) or found
    nodes, levels = ordered
    graph = Graph(template.inputs, tuple(nodes), tuple(levels), flat.taps(), flat.types)
    return graph, outputs, []


def _first_circles(linked: Linked, templates: dict[int, Template]) -> list[Diagnostic]:
    """Look for the cycles that a used network has by itself: they are told there, once."""
    for one in linked.all():
        if one is not linked and (found := _circles(templates[id(one)])):
            return found
    return []


def _circles(template: Template) -> list[Diagnostic]:
    """Look for cycles in a network that has other mistakes."""
    flat = Flat(template)
    found = list(flat.found)
    if not found:
        in_order(flat, found)
    return found


def _resolve(linked: Linked, templates: dict[int, Template]) -> Template:
    """Resolve one network whose used networks are resolved; those with mistakes are left out."""
    children = {
        name: templates[id(used)] for name, used in linked.parts.items() if id(used) in templates
    }
    layers = Layers(linked)
    resolver = Resolver(linked, children)
    resolver.declare(layers.sizes)
    neurons = Neurons(resolver)
    parts = Parts(resolver)
    template = Template(linked, resolver.inputs, resolver.types)
    template.nodes = neurons.resolve()
    template.layers = layers.resolve(resolver)
    template.parts = parts.resolve()
    template.nodes += parts.nodes
    template.outputs = Outputs(resolver).resolve()
    template.found = resolver.found

    def slots_of(text: str) -> Sequence[int]:
        bundle = resolver.quiet(text)
        return bundle.slots if bundle is not None else ()

    template.slots_of = slots_of
    return template
