"""Check for columns that are read twice, and for layers of open size that are read in part.

Two inputs must not be read from one column, as no row could distinguish them. A layer of open size
must be read as a whole, whatever its size.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from nnc.compiler.graph.resolver import NOUNS, Element, Resolver
from nnc.diagnostics.diagnostic import KeyPath, Label
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


def check_twice(
    resolver: Resolver, path: KeyPath, texts: Iterable[str], hint: str, *, by_name: bool
) -> None:
    """Report sources that a neuron or layer reads twice, except constants."""
    seen: dict[Element, KeyPath] = {}
    for i, text in enumerate(texts):
        where: KeyPath = (*path, "weights", text) if by_name else (*path, "wiring", i)
        elements = [element for element in resolver.elements(text) if element not in (0, 1)]
        again = next((seen[element] for element in elements if element in seen), None)
        if again is not None:
            resolver.report(
                "duplicate-source",
                f"{str(path[0])[:-1]} `{path[1]}` reads `{text}` twice",
                where,
                hint,
                key=by_name,
                labels=(Label("first here", again, key=by_name, file=resolver.file),),
            )
        seen |= dict.fromkeys(elements, where)


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
