"""The outputs of a PMML scorecard -> names of its points, and what these are multiplied by."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from fractions import Fraction
from typing import NamedTuple

from nnc.interchange.importing.naming import Names
from nnc.interchange.importing.xml import Element, Tree
from nnc.language.network import Network, Output
from nnc.numbers.exact import Number, shorten, simplest

_SCORE = "score"

Read = Callable[[str, Element], Number]


class Outputs(NamedTuple):
    """The names of the points, and the factor of these; other outputs are `left_out`."""

    names: Sequence[str]
    unit: Number
    left_out: Sequence[str] = ()


def read_outputs(tree: Tree, model: Element, read: Read, inputs: Container[str] = ()) -> Outputs:
    """Read the outputs of a scorecard, whose fields are `inputs`.

    They are the points, or these in another unit: the first quotient or product decides the unit.
    Raises InvalidNetworkError.
    """
    scales: dict[str, Fraction] = {}
    left_out: list[str] = []
    points = quotient = None
    output = model.child("Output")
    for field in () if output is None else output.all("OutputField"):
        name = tree.attribute(field, "name")
        feature = field.attributes.get("feature", "predictedValue")
        scale = None
        if feature == "predictedValue":
            scale, points = Fraction(1), points or name
        elif feature == "transformedValue":
            scale = _scale_of(tree, field, read, scales, inputs)
            if scale is not None and field.child("Apply") is not None:
                quotient = quotient or name
        if scale is not None:
            scales[name] = scale
        elif feature != "reasonCode":
            left_out.append(name)
    first = quotient or points or "points"
    unit = scales.get(first, Fraction(1))
    names = [first, *(name for name, scale in scales.items() if scale == unit and name != first)]
    left_out += [name for name, scale in scales.items() if scale != unit and name != points]
    return Outputs(names, simplest(unit), left_out)


def _scale_of(
    tree: Tree, element: Element, read: Read, scales: dict[str, Fraction], inputs: Container[str]
) -> Fraction | None:
    """Return the factor of the points in a copy, a product or a quotient of them, else None."""
    children = [each for each in element.children if each.name not in ("Extension", "Value")]
    kinds = [child.name for child in children]
    if kinds == ["Apply"]:
        apply = children[0]
        function = tree.attribute(apply, "function")
        if function not in ("/", "*") or [x.name for x in apply.children] != [
            "FieldRef",
            "Constant",
        ]:
            return None
        scale = _scale_of(tree, Element("", {}, 0, 0, apply.children[:1]), read, scales, inputs)
        number = Fraction(read(apply.children[1].text, apply))
        if number == 0:
            raise tree.damaged("a factor of the points is 0", apply)
        return None if scale is None else scale * (number if function == "*" else 1 / number)
    if kinds != ["FieldRef"]:
        return None
    name = tree.attribute(children[0], "field")
    return scales.get(name, None if name in inputs else Fraction(1))


def with_outputs(network: Network, outputs: Outputs) -> tuple[Network, list[str]]:
    """Name the outputs of the points of a scorecard, and return the names that are new."""
    names = Names([*network.inputs, _SCORE])
    chosen = {names.new(name, "output"): name for name in outputs.names}
    renamed = [f"`{shorten(old)}` is `{new}`" for new, old in chosen.items() if old != new]
    sums = {name: Output(sum=_SCORE) for name in chosen}
    return network.model_copy(update={"outputs": sums}), renamed
