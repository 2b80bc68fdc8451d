"""A model of ONNX -> a network: constants are folded, products become sums, and chains thresholds.

What stands between an integer sum and the next product is run by onnxruntime for every value that
the sum may have; where it switches is a threshold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import prod
from typing import Any, NamedTuple

import numpy as np

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, did_you_mean
from nnc.interchange.importing.buses import renamed
from nnc.interchange.importing.imported import EXACT, Imported
from nnc.interchange.importing.models.conversion import imported_model
from nnc.interchange.importing.onnx.estimators import description_of, estimator_of
from nnc.interchange.importing.onnx.graph import SMALLER, Model, Node, Value, read_model
from nnc.interchange.importing.onnx.layers import Draft
from nnc.interchange.importing.onnx.operators import Operators
from nnc.interchange.importing.onnx.values import Choice, Pool, Sums, Tensor
from nnc.interchange.importing.places import damaged, refused
from nnc.interchange.importing.settings import Settings
from nnc.language.network import Input
from nnc.numbers.exact import first_names, shorten
from nnc.printable import printable

NEAR = (
    "sums of real numbers are rounded in the model: rows within rounding of a threshold, or of two "
    "sums that are equal, may differ"
)
_INTEGERS = {"uint8": (0, 255), "int8": (-128, 127), "uint16": (0, 65535), "int16": (-32768, 32767)}
_MAX_ELEMENTS = 1 << 20
_STATE = "export the model with fixed sizes: only the number of rows may be open"
_ANOTHER = "name another value: --output NAME"
LAST = ("Softmax", "LogSoftmax", "Sigmoid")
"""Operators at the end of a model that keep the order of its sums."""


def read(data: bytes, settings: Settings) -> Imported:
    """Read a model. Raises InvalidNetworkError where it is damaged, or no network can hold it."""
    model = read_model(data)
    if settings.output is not None:
        model = replace(model, outputs=[_chosen(model, settings.output)])
    node = estimator_of(model) if settings.output is None else None
    if node is not None:
        return _of_estimator(model, node, settings)
    reader = _Reader(model, settings.inputs or {})
    return reader.read()


def _chosen(model: Model, name: str) -> Value:
    """Return the output of a name, or the value that a node gives."""
    known = {value.name: value for value in model.outputs}
    inner = {each: Value(each, "", ()) for node in model.nodes for each in node.outputs if each}
    if name not in known and name not in inner:
        near = did_you_mean(name, {**known, **inner}) or f"there are {first_names(known)}"
        raise refused(f"the model has no value `{printable(shorten(name))}`", printable(near))
    return known.get(name) or inner[name]


def _of_estimator(model: Model, node: Node, settings: Settings) -> Imported:
    """Return the network of a model of ai.onnx.ml: trees, or linear sums."""
    description, others = description_of(model, node, settings.names)
    imported = imported_model(description, "onnxruntime", settings)
    left_out = tuple(
        Diagnostic(
            "output-left-out",
            f"output `{printable(shorten(name))}` is left out: it is not "
            f"the first that {node.op} gives",
        )
        for name in others
    )
    return replace(imported, notes=(*imported.notes, *left_out))


class _Reader:
    def __init__(self, model: Model, ranges: Mapping[str, str]) -> None:
        self._model = model
        kept = [value.name for value in (*model.inputs, *model.outputs)]
        self._draft = Draft(kept, sum(each.size for each in model.constants.values()))
        self._operators = Operators(model, self._draft)
        self._makers = {name: node for node in model.nodes for name in node.outputs if name}
        self._done: set[int] = set()
        names = [value.name for value in model.inputs]
        for name in ranges:
            if name not in names:
                hint = did_you_mean(name, names) or f"there are {', '.join(names)}"
                raise refused(f"the model has no input `{name}`", printable(hint))
        for value in model.inputs:
            self._add_input(value, ranges.get(value.name) or model.ranges.get(value.name))

    def read(self) -> Imported:
        """Read the nodes of each output; outputs that fail are noted, if others do not."""
        lost: dict[str, InvalidNetworkError] = {}
        outputs = {value.name: value for value in self._model.outputs}
        for value in outputs.values():
            try:
                self._add_output(value)
            except InvalidNetworkError as error:
                lost[value.name] = error
        notes = []
        if len(lost) == len(outputs):
            notes = [note for name in outputs for note in self._as_largest(name)]
            lost = {} if notes else lost
        if len(lost) == len(outputs):
            raise next(iter(lost.values())) if lost else damaged("the model has no outputs")
        notes += [
            Diagnostic(
                "output-left-out",
                f"output `{printable(shorten(name))}` is left out: {error.diagnostics[0].message}",
            )
            for name, error in lost.items()
        ]
        exactness = NEAR if self._operators.steps.is_near else EXACT
        network = self._draft.network(printable(self._model.name))
        notes += renamed(self._draft.changes)
        return Imported(network, exactness, tuple(notes), self._draft.tensors)

    # ---------------------------------------------------------------------------- inputs

    def _add_input(self, value: Value, words: str | None) -> None:
        name = printable(shorten(value.name))
        if not value.dtype or value.dtype == "object":
            raise refused(
                f"input `{name}` is no tensor of numbers", "turn texts into numbers before"
            )
        if any(size < 1 for size in value.shape[1:]):
            raise refused(f"input `{name}` has a size that the model does not state", _STATE)
        shape = tuple(size or 1 for size in value.shape)
        count = prod(shape)
        if not 0 < count <= _MAX_ELEMENTS:
            raise refused(
                f"input `{name}` has {count:,} elements, expected 1 to {_MAX_ELEMENTS:,}", SMALLER
            )
        domain = _domain(value, words)
        declared = domain.fields if count == 1 else domain.fields | {"size": count}
        atoms = self._draft.add_input(value.name, Input(**declared), domain.ends)
        self._operators.of_input(value.name, shape, value.dtype, atoms, is_exact=domain.is_known)

    # --------------------------------------------------------------------------- outputs

    def _add_output(self, output: Value) -> None:
        for node in self._needed(output.name):
            try:
                self._operators.apply(node)
            except InvalidNetworkError as error:
                raise self._with_hint(error, node) from None
        value = self._operators.unpooled(output.name)
        if value is None or isinstance(value, (np.ndarray, Pool)):
            name = printable(shorten(output.name))
            raise refused(f"output `{name}` does not depend on the row", _ANOTHER)
        if isinstance(value, Choice):
            layer = self._draft.add_sums(value.tensor.root, value.tensor.sums)
            self._draft.add_output(output.name, value, layer)
            return
        self._add_numbers(output.name, value)

    def _with_hint(self, error: InvalidNetworkError, node: Node) -> InvalidNetworkError:
        """Return an error with what to do, where it does not say: import what comes before."""
        (diagnostic,) = error.diagnostics
        if diagnostic.help is not None:
            return error
        inner = [
            name for name in node.inputs if isinstance(self._operators.values.get(name), Tensor)
        ]
        hint = "replace it by sums with constant weights, such as MatMul and Conv"
        if inner and inner[0] in self._makers:
            hint = f"import what comes before: --output {printable(shorten(inner[0]))}"
        return InvalidNetworkError([replace(diagnostic, help=hint)])

    def _as_largest(self, name: str) -> Iterator[Diagnostic]:
        """Add the place of the largest of a last Softmax or Sigmoid, with a note."""
        last = self._makers.get(name)
        if last is None or last.op not in LAST:
            return
        value = self._operators.values.get(last.inputs[0])
        if not isinstance(value, Tensor) or not 1 < value.shape[-1] == len(value.sums):
            return
        self._operators.steps.is_near = True
        ranked = self._operators.ranked(value)
        layer = self._draft.add_sums(ranked.root, ranked.sums)
        self._draft.add_output(name, Choice(ranked), layer)
        message = (
            f"output `{printable(shorten(name))}` is the place of the largest: its numbers, "
            f"by {last.op}, are not read"
        )
        hint = "--output names another value of the model to be read"
        yield Diagnostic("left-out", message, help=hint)

    def _add_numbers(self, name: str, tensor: Tensor) -> None:
        operators = self._operators
        if tensor.chain:
            tensor = operators.steps.plain(tensor)
        sums = tensor.sums
        is_atoms = sums.weights.shape[1] == 1 and sums.unit == 1 and sums.is_exact
        if is_atoms and (sums.weights == 1).all() and not sums.base.any():
            self._draft.add_output(name, Sums(sums.rows(), sums.weights, sums.base))
            return
        if not sums.is_exact:
            operators.steps.is_near = True
        self._draft.add_output(name, sums, self._draft.add_sums(tensor.root, sums))

    def _needed(self, name: str) -> list[Node]:
        """Return the nodes that a value needs and that were not applied, in their order."""
        waiting, needed = [name], set()
        while waiting:
            node = self._makers.get(waiting.pop())
            if node is not None and id(node) not in needed and id(node) not in self._done:
                needed.add(id(node))
                waiting += node.inputs
        nodes = [node for node in self._model.nodes if id(node) in needed]
        self._done |= needed
        return nodes


class _Domain(NamedTuple):
    """The values of an input: the fields of an Input, its bounds, and if these are known."""

    fields: dict[str, Any]
    ends: tuple[int, int]
    is_known: bool = True


def _domain(value: Value, words: str | None) -> _Domain:
    """Return the domain of an input, as stated, or by its type."""
    if words is not None:
        return _stated(value, words)
    if value.dtype == "bool":
        return _Domain({"type": "bit"}, (0, 1))
    if value.dtype in _INTEGERS:
        least, greatest = _INTEGERS[value.dtype]
        return _Domain({"type": "integer", "min": least, "max": greatest}, (least, greatest))
    kind = "integer" if value.dtype in ("int32", "int64") else "real"
    return _Domain({"type": kind}, (0, 0), is_known=False)


def _stated(value: Value, words: str) -> _Domain:
    """Read `0..255`, or the two values of a bit: `-1|1`."""
    match = re.fullmatch(r" *(-?[0-9]{1,6}) *(\.\.|\|) *(-?[0-9]{1,6}) *", words)
    if match is None or not int(match[1]) < int(match[3]):
        name = printable(shorten(value.name))
        hint = f"write --within {name}=0..255, or the two values of a bit: --within {name}='-1|1'"
        raise refused(f"`{printable(shorten(words))}` is no range of integers", hint)
    least, greatest = int(match[1]), int(match[3])
    if match[2] == "|" or (least, greatest) == (0, 1):
        states = {} if (least, greatest) == (0, 1) else {"states": (least, greatest)}
        return _Domain({"type": "bit", **states}, (least, greatest))
    return _Domain({"type": "integer", "min": least, "max": greatest}, (least, greatest))
