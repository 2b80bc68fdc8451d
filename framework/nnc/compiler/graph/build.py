"""Build a graph: resolve and check every network once, expand every instance, order the nodes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from nnc.compiler.graph.budget import over_budget
from nnc.compiler.graph.claims import Claims
from nnc.compiler.graph.flattening import Flat
from nnc.compiler.graph.graph import Graph, Tap, Template
from nnc.compiler.graph.layers import Layers
from nnc.compiler.graph.neurons import Neurons
from nnc.compiler.graph.ordering import in_order
from nnc.compiler.graph.outputs import Outputs
from nnc.compiler.graph.parts import Parts
from nnc.compiler.graph.resolver import NOUNS, Resolver
from nnc.compiler.linking import Linked
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, Label, closest
from nnc.language.keys import CLAIMS
from nnc.language.network import BITS, GATES, Input, Network, Sparse, TensorFile, is_array
from nnc.language.references import name_in
from nnc.numbers.exact import shorten


def check_declarations(resolver: Resolver) -> None:
    """Report duplicate names, states without a firing rule, and invalid defaults."""
    _check_duplicates(resolver)
    _check_states(resolver)
    for name, input_ in resolver.inputs.items():
        _check_default(resolver, name, input_)


def _check_duplicates(resolver: Resolver) -> None:
    for section in ("neurons", "layers", "parts"):
        for name in getattr(resolver.network, section):
            first = resolver.sections[name]
            if first != section:
                label = Label(f"the {first[:-1]}", (first, name), key=True, file=resolver.file)
                resolver.report(
                    "duplicate-name",
                    f"`{name}` is declared as {NOUNS[first]} and as {NOUNS[section]}",
                    (section, name),
                    "give one of them another name",
                    key=True,
                    labels=(label,),
                )


def _check_states(resolver: Resolver) -> None:
    """Report declarations without a firing rule if states are not 0 and 1."""
    network = resolver.network
    silent = [
        (section, name)
        for section in ("neurons", "layers")
        for name, declared in getattr(network, section).items()
        if declared.fires is None and network.fires is None
    ]
    if not silent:
        return
    with_states: list[KeyPath] = [("states",)] if network.states not in (None, BITS) else []
    with_states += [
        (section, name, "states")
        for section in ("inputs", "neurons", "layers")
        for name, declared in getattr(network, section).items()
        if declared.states not in (None, BITS)
    ]
    if with_states:
        _, name = silent[0]
        resolver.report(
            "states-need-fires",
            f"with states other than 0 and 1 you must write `fires`; `{name}` has none",
            with_states[0],
            "write `fires: above` at the top of the file, or the rule you mean",
            labels=(Label("no `fires` here", silent[0], key=True, file=resolver.file),),
        )


def _check_default(resolver: Resolver, name: str, input_: Input) -> None:
    """Report an invalid default of a bit, which depends on the states of the network."""
    if input_.type == "bit":
        for message, hint, *element in input_.wrong_default():
            path: KeyPath = ("inputs", name, "default", *element)
            resolver.report("default-out-of-bounds", message, path, hint)


_ELEMENT = re.compile(r"(.+)\((0|[1-9][0-9]{0,8})\)")


def check_columns(resolver: Resolver) -> None:
    """Report each column that two inputs are read from."""
    inputs = resolver.network.inputs
    owners: dict[str, tuple[str, KeyPath]] = {}
    buses: dict[str, Input] = {}
    for name, input_ in inputs.items():
        if input_.column is None and input_.columns is None:
            owners[name] = name, ("inputs", name)
        if input_.size is not None and input_.columns is None:
            buses[_composed(input_.column or name)] = input_
    for name, input_ in inputs.items():
        for place, (element, text) in enumerate(input_.declared_columns(name)):
            path: KeyPath = ("inputs", name, "column")
            if input_.columns is not None:
                path = ("inputs", name, "columns", place)
            column = _composed(text)
            owner = owners.setdefault(column, (element, path))
            match = _ELEMENT.fullmatch(column)
            bus = buses.get(match[1]) if match else None
            if match and bus is not None and int(match[2]) < bus.width and bus is not input_:
                other = next(
                    name_of_other for name_of_other, declared in inputs.items() if declared is bus
                )
                owner = f"{other}({match[2]})", ("inputs", other)
            if owner != (element, path):
                _report(resolver, (element, path), owner, text)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _report(
    resolver: Resolver, mine: tuple[str, KeyPath], owner: tuple[str, KeyPath], column: str
) -> None:
    (element, path), (other, where) = mine, owner
    is_name = len(where) == 2
    label = Label(f"`{shorten(other)}` is read from it", where, key=is_name, file=resolver.file)
    resolver.report(
        "duplicate-name",
        f"`{shorten(element)}` and `{shorten(other)}` are both read from column "
        f"`{shorten(column)}`",
        path,
        f"give `{shorten(element)}` a column of its own",
        labels=(label,),
    )


_OF_SIZES = ("weight-count", "index-out-of-range")
"""Rules that only follow from an unknown size of a layer."""


def check_sizes(resolver: Resolver) -> None:
    """Report every layer of open size that is not read as a whole with one weight."""
    open_ = [blank.path for blank in resolver.linked.blanks if blank.kind == "size"]
    if not open_:
        return
    wrong: dict[str, tuple[str, KeyPath, bool]] = {}
    for name, why, path, key in _readings(resolver.network):
        wrong.setdefault(name, (why, path, key))
    for path in open_:
        name = str(path[1])
        if name in wrong:
            why, where, key = wrong[name]
            resolver.diagnostics = [
                finding
                for finding in resolver.diagnostics
                if finding.path[:2] != where[:2] or finding.rule not in _OF_SIZES
            ]
            resolver.report(
                "misplaced-blank",
                f"the size of layer `{name}` is open, but {why}",
                path,
                "write the size as a number, or read the whole layer with one weight or `_` for "
                "all of it",
                labels=(Label("here", where, key=key, file=resolver.file),),
            )


def _readings(network: Network) -> Iterator[tuple[str, str, KeyPath, bool]]:
    """Yield the names of sources whose size matters, with the reason and the path."""
    for name, neuron in network.neurons.items():
        path: KeyPath = ("neurons", name)
        reader = f"neuron `{name}`"
        if isinstance(neuron.weights, dict):
            for text, weight in neuron.weights.items():
                is_one = not isinstance(weight, (tuple, dict))
                if why := _why(text, reader, is_one=is_one):
                    yield name_in(text), why, (*path, "weights", text), True
            continue
        is_gate = network.fires_of(neuron) in GATES
        is_one = not is_gate and not isinstance(neuron.weights, tuple)
        yield from _of_wiring(neuron.wiring or (), reader, path, is_one=is_one)
    for name, layer in network.layers.items():
        is_one = _is_one(layer.weights)
        yield from _of_wiring(layer.wiring, f"layer `{name}`", ("layers", name), is_one=is_one)
    for name, part in network.parts.items():
        for key in ("wiring", "first", "last"):
            for port, texts in (getattr(part, key) or {}).items():
                for text in texts:
                    yield name_in(text), f"part `{name}` takes it", ("parts", name, key, port), True
    for alias, output in network.outputs.items():
        for text in output.reads():
            yield name_in(text), f"output `{alias}` gives it", ("outputs", alias), True


def _is_one(weights: object) -> bool:
    """Return True if one number or blank is the weight of all sources."""
    return not isinstance(weights, (tuple, TensorFile, Sparse)) and not is_array(weights)


def _of_wiring(
    texts: Iterable[str], reader: str, path: KeyPath, *, is_one: bool
) -> Iterator[tuple[str, str, KeyPath, bool]]:
    for i, text in enumerate(texts):
        if why := _why(text, reader, is_one=is_one):
            yield name_in(text), why, (*path, "wiring", i), False


def _why(text: str, reader: str, *, is_one: bool) -> str:
    """Return why the size of a source matters, or an empty text."""
    if name_in(text) != text:
        return f"{reader} reads `{text}` of it"
    return "" if is_one else f"{reader} does not read it with one weight for all of it"


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
