"""Network -> YAML: a network built in Python, written as a file that reads as the same network."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeVar

from nnc.language.formatting.layout import lay_out
from nnc.language.formatting.tree import Node, mapping, sequence
from nnc.language.keys import CLAIM_FORMS, CLAIMS, NEARNESS, SPARSE, TENSORS
from nnc.language.network import (
    AnyLayer,
    Case,
    Claim,
    Condition,
    Convolution,
    Counts,
    Entry,
    Input,
    Limit,
    Network,
    Neuron,
    Open,
    Output,
    Part,
    Sparse,
    TensorFile,
    Threshold,
    Unknown,
    Values,
    Within,
    is_array,
)
from nnc.numbers.exact import (
    MAX_DIGITS,
    MAX_EXPONENT,
    Number,
    Quoted,
    Refused,
    counted,
    exact_number,
    read_number,
    show_number,
    simplest,
)

T = TypeVar("T")

_PLAIN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*(?: [A-Za-z0-9_.-]+)*")
_PLAIN_VALUES = re.compile(r"[0-9.][0-9./eE+|-]*|-[.0-9][0-9./eE+|-]*")
MAX_INLINE = 10_000
"""The most numbers of an array that are written out in the text."""

Fields = list[tuple[str, Node]]


def to_yaml(network: Network, *, meta: bool = False) -> str:
    """Write a network as the text of a file: reading it gives an equal network.

    It is laid out as `nnc fmt` does. `meta` is left out, unless it is asked for; then it is made of
    mappings, lists, texts and integers. Files that the network names
    are named as they are: the text belongs into its `folder`. NumPy arrays are written out, number
    by number.

    Raises ValueError where one text cannot hold the network: an array is too large, or a part uses
    a network that stands in no file. More in docs/python.md, under "Write a network".

    >>> import nnc
    >>> network = nnc.Network(inputs=["a"], outputs={"out": "a"})
    >>> print(nnc.to_yaml(network), end="")
    nnc: 1
    inputs: [a]
    outputs: {out: a}
    """
    entries = list(_file(network))
    if meta and network.meta is not None:
        entries.append(("meta", _anything(network.meta)))
    return lay_out(mapping(entries))


def _anything(value: object) -> Node:
    """Write what stands in `meta`."""
    if isinstance(value, Mapping):
        return mapping((_text(str(key)), _anything(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return sequence(map(_anything, value))
    return str(value) if isinstance(value, int) else _text(str(value))


def to_overlay(
    extends: str, before: Network, after: Network, *, meta: Mapping[str, object] | None = None
) -> str:
    """Write the numbers of neurons and layers that differ, as an overlay of the file before.

    What an overlay replaces as a whole is written whole: a list, steps, and weights by place with
    their wiring. Raises ValueError where one text cannot hold them.
    """
    neurons = {
        name: (before.neurons[name], neuron)
        for name, neuron in after.neurons.items()
        if neuron is not before.neurons[name]
    }
    layers = {
        name: (before.layers[name], layer)
        for name, layer in after.layers.items()
        if layer is not before.layers[name]
    }
    fields: Fields = [("nnc", "1"), ("extends", _text(extends))]
    if neurons:
        fields.append(("neurons", _section("neuron", neurons, lambda pair: _new_numbers(*pair))))
    if layers:
        fields.append(("layers", _section("layer", layers, lambda pair: _new_tensors(*pair))))
    if meta is not None:
        fields.append(("meta", _anything(meta)))
    return lay_out(mapping(fields))


def _new_numbers(before: Neuron, after: Neuron) -> Node:
    fields: Fields = []
    if after.weights != before.weights:
        if isinstance(after.weights, dict):
            assert isinstance(before.weights, dict)
            old = before.weights
            new = {name: number for name, number in after.weights.items() if number != old[name]}
            fields.append(("weights", _numbers(new)))
        else:
            fields.append(("wiring", sequence(after.wiring or ())))
            fields.append(("weights", _weight(after.weights)))
    if after.threshold is not None and after.threshold != before.threshold:
        fields.append(("threshold", _number(after.threshold)))
    if after.thresholds is not None and after.thresholds != before.thresholds:
        ports = before.thresholds or {}
        changed = {port: x for port, x in after.thresholds.items() if x != ports[port]}
        fields.append(("thresholds", mapping((port, _limit(x)) for port, x in changed.items())))
    return mapping(fields)


def _new_tensors(before: AnyLayer, after: AnyLayer) -> Node:
    fields: Fields = [
        (key, _numbers_of_layer(getattr(after, key)))
        for key in ("weights", "thresholds")
        if getattr(after, key) is not getattr(before, key)
    ]
    if after.size is not None and after.size != before.size:
        fields.append(("size", _number(after.size)))
    return mapping(fields)


def _file(network: Network) -> Iterator[tuple[str, Node]]:
    yield "nnc", "1"
    for key in ("name", "description"):
        if (text := getattr(network, key)) is not None:
            yield key, _text(text)
    if network.fires is not None:
        yield "fires", network.fires
    if network.states is not None:
        yield "states", _list(network.states)
    if all(i == Input(type="bit") for i in network.inputs.values()):
        yield "inputs", sequence(network.inputs)
    else:
        yield "inputs", _section("input", network.inputs, _input)
    for key, declared, write in (
        ("neurons", network.neurons, _neuron),
        ("layers", network.layers, _layer),
        ("parts", network.parts, _part),
        ("outputs", network.outputs, _output),
    ):
        if declared:
            yield key, _section(key[:-1], declared, write)  # type: ignore[arg-type]
    inputs = network.typed_inputs()
    for key in CLAIMS:
        if claims := getattr(network, key):
            yield key, sequence(_claim(claim, inputs) for claim in claims)
    if network.unknown is not None:
        yield "unknown", mapping(_unknown(network.unknown))
    if network.cases:
        yield "cases", sequence(_case(case, inputs) for case in network.cases)


def _unknown(unknown: Unknown) -> Iterator[tuple[str, Node]]:
    for key in Unknown.readers:
        value = getattr(unknown, key)
        if isinstance(value, bool):
            yield key, str(value).lower()
        elif value is not None:
            yield key, value if isinstance(value, str) else _number(value)


def _section(kind: str, declared: Mapping[str, T], write: Callable[[T], Node]) -> Node:
    """Return all that is declared of a kind. Raises ValueError where a text cannot hold it."""
    entries: Fields = []
    for name, declaration in declared.items():
        try:
            entries.append((name, write(declaration)))
        except Refused as error:
            message = f"{kind} `{name}` cannot be written: {error.message}; {error.help}"
            raise ValueError(message) from None
    return mapping(entries)


def _input(input_: Input) -> Node:
    fields: Fields = [] if input_.of is None else [("of", sequence(input_.of))]
    ends = (("min", input_.min), ("max", input_.max))
    fields += [(key, _number(end)) for key, end in ends if end is not None]
    if input_.default is not None:
        fields.append(("default", _default(input_.default, input_)))
    fields += _states(input_)
    if input_.column is not None:
        fields.append(("column", _text(input_.column)))
    if input_.columns is not None:
        fields.append(("columns", sequence([_text(column) for column in input_.columns])))
    kind: str = input_.type
    if input_.shape is not None:
        fields.insert(0, ("shape", _list(input_.shape)))
    elif input_.size is not None:
        kind = f"{input_.type}({input_.size})"
    if not fields and input_.description is None:
        return kind
    return mapping([("type", kind), *fields, *_description(input_)])


def _default(value: Number | tuple[Number, ...] | str, input_: Input) -> Node:
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return _list(value)
    is_unsigned = input_.type == "bit" and input_.size is not None
    return show_number(value) if is_unsigned else _number(value)


def _neuron(neuron: Neuron) -> Node:
    fields: Fields = []
    if neuron.wiring is not None:
        fields.append(("wiring", sequence(neuron.wiring)))
    if isinstance(neuron.weights, dict):
        fields.append(("weights", _numbers(neuron.weights)))
    elif neuron.weights is not None:
        fields.append(("weights", _weight(neuron.weights)))
    if neuron.threshold is not None:
        fields.append(("threshold", _number(neuron.threshold)))
    if neuron.thresholds is not None:
        limits = ((port, _limit(limit)) for port, limit in neuron.thresholds.items())
        fields.append(("thresholds", mapping(limits)))
    return mapping([*fields, *_firing(neuron), *_description(neuron)])


def _layer(layer: AnyLayer) -> Node:
    if isinstance(layer, Convolution):
        return _convolution(layer)
    fields: Fields = [
        ("wiring", sequence(layer.wiring)),
        ("weights", _numbers_of_layer(layer.weights)),
        ("thresholds", _numbers_of_layer(layer.thresholds)),
    ]
    if layer.size is not None:
        fields.append(("size", _number(layer.size)))
    return mapping([*fields, *_firing(layer), *_description(layer)])


def _convolution(layer: Convolution) -> Node:
    fields: Fields = [("convolve", layer.convolve), ("kernel", _pair(layer.kernel))]
    fields += [
        (key, _pair(getattr(layer, key)))
        for key, default in (("stride", (1, 1)), ("padding", (0, 0)))
        if getattr(layer, key) != default
    ]
    if layer.outside:
        fields.append(("outside", _number(layer.outside)))
    if layer.groups != 1:
        fields.append(("groups", _number(layer.groups)))
    if layer.features is not None:
        fields.append(("features", _number(layer.features)))
    fields += [(key, _numbers_of_layer(getattr(layer, key))) for key in TENSORS]
    return mapping([*fields, *_firing(layer), *_description(layer)])


def _pair(pair: tuple[int, int]) -> Node:
    return _number(pair[0]) if pair[0] == pair[1] else _list(pair)


def _numbers_of_layer(value: Any) -> Node:
    """Write the weights or thresholds of a layer. Raises Refused where no text can hold them."""
    if isinstance(value, Sparse):
        files: Fields = [(key, _weight_file(getattr(value, key))) for key in SPARSE]
        return mapping([("sparse", mapping([*files, *_description(value)]))])
    if isinstance(value, TensorFile):
        return _weight_file(value)
    if is_array(value):
        return _array(value)
    if isinstance(value, tuple):
        return sequence(map(_numbers_of_layer, value))
    return _number(value)


_IN_A_FILE = "save it with numpy.save, and name the file: TensorFile(file=...)"


def _array(array: Any) -> Node:
    """Write every number of an array exactly."""
    if array.size > MAX_INLINE:
        message = f"an array of {counted(array.size, 'number')} is too long for a text"
        raise Refused("not-representable", message, _IN_A_FILE)
    return _nested(array.tolist())


def _nested(value: Any) -> Node:
    if isinstance(value, list):
        return sequence(map(_nested, value))
    number = int(value) if isinstance(value, int) else simplest(Fraction(value))
    text = _number(number)
    try:
        read_number(text)
    except Refused:
        message = f"the number {value!r} has too many digits for a text"
        raise Refused("not-representable", message, _IN_A_FILE) from None
    return text


def _weight_file(file: TensorFile) -> Node:
    return mapping(
        (key, _text(value))
        for key in ("file", "tensor", "sha256", "description")
        if (value := getattr(file, key)) is not None
    )


def _part(part: Part) -> Node:
    if not isinstance(part.use, str):
        message = "it uses a network that is not in a file"
        hint = "write that into another file, and name that file in `use`"
        raise Refused("not-representable", message, hint)
    fields: Fields = [("use", _text(part.use))]
    if part.repeat is not None:
        fields.append(("repeat", str(part.repeat)))
    for key in ("wiring", "first", "last"):
        if (ports := getattr(part, key)) is not None:
            fields.append((key, mapping((p, _source(sources)) for p, sources in ports.items())))
    return mapping([*fields, *_description(part)])


def _source(sources: tuple[str, ...]) -> Node:
    """Write a source, or a list of them."""
    return sources[0] if len(sources) == 1 else sequence(sources)


def _list(numbers: Iterable[Number]) -> Node:
    return sequence(map(_number, numbers))


def _number(value: Entry) -> str:
    """Write a number as a file may have it: with an exponent where it has over 400 digits."""
    if isinstance(value, Open):
        ends = ("" if end is None else _number(end) for end in (value.low, value.high))
        return "..".join(ends) if value != Open() else "_"
    text = show_number(value)
    if len(text) <= MAX_DIGITS or "/" in text:
        return text
    sign = "-" if text.startswith("-") else ""
    digits_before, _, places = text.lstrip("-").partition(".")
    digits = (digits_before + places).lstrip("0")
    power = max(-MAX_EXPONENT, min(MAX_EXPONENT, len(digits) - len(places) - 1))
    shift = len(digits) - len(places) - power  # digits before the point
    if shift <= 0:
        digits, shift = "0" * (1 - shift) + digits, 1
    mantissa = f"{digits[:shift]}.{digits[shift:]}".rstrip("0").rstrip(".")
    return f"{sign}{mantissa}e{power}"


def _limit(limit: Limit | Open) -> str:
    """Write a threshold or cut-off, and its own rule."""
    if isinstance(limit, Threshold):
        return f"{limit.rule} {_number(limit.number)}"
    return _number(limit)


def _numbers(numbers: Mapping[str, object]) -> Node:
    return mapping((key, _weight(value)) for key, value in numbers.items())


def _weight(value: object) -> Node:
    if isinstance(value, dict):
        return mapping((_limit(cutoff), _number(points)) for cutoff, points in value.items())
    if isinstance(value, tuple):
        return _list(value)
    assert isinstance(value, (Number, Open))
    return _number(value)


def _output(output: Output) -> Node:
    if output.sources is not None:
        return sequence(output.sources) if output.is_bus else output.sources[0]
    fields: Fields = [] if output.sum is None else [("sum", output.sum)]
    if output.level is not None:
        level = output.level
        fields.append(("level", level if isinstance(level, str) else sequence(level)))
    if output.largest is not None:
        fields.append(("largest", _source(output.largest)))
    if output.labels is not None:
        fields.append(("labels", sequence(map(_text, output.labels))))
    return mapping([*fields, *_description(output)])


def _claim(claim: Claim, inputs: Mapping[str, Input]) -> Node:
    """Write an assumption or a property."""
    fields: Fields = [] if claim.name is None else [("name", _text(claim.name))]
    for key in (*CLAIM_FORMS, "in_", "of", *NEARNESS, "when"):
        value = getattr(claim, key, None)
        if isinstance(value, str):
            fields.append((key, _text(value) if key in ("equal", "case") else value))
        elif isinstance(value, Within):
            fields.append((key, _within(value)))
        elif isinstance(value, tuple):
            fields.append((key.rstrip("_"), _source(value)))
        elif key == "equal" and value is not None:
            fields.append((key, mapping(value.items())))
        elif key == "given" and value is not None:
            fields.append((key, _given(value, inputs)))
        elif value is not None:
            fields.append((key, _condition(value)))
    return mapping([*fields, *_description(claim)])


def _within(within: Within) -> Node:
    limits = (("changes", within.changes), ("each", within.each))
    fields: Fields = [(key, _number(limit)) for key, limit in limits if limit is not None]
    return mapping([*fields, *([("of", _source(within.of))] if within.of else [])])


def _condition(condition: Condition) -> Node:
    return mapping((source, _allowed(values)) for source, values in condition.items())


def _allowed(values: Values | Counts) -> Node:
    """Write the values of a condition, or the bits that it counts."""
    if isinstance(values, dict):
        return mapping((str(number), _source(bits)) for number, bits in values.items())
    if isinstance(values, tuple):
        return sequence(map(_allowed, values))
    return values if _PLAIN_VALUES.fullmatch(values) else _text(values)


def _case(case: Case, inputs: Mapping[str, Input]) -> Node:
    fields: Fields = [] if case.name is None else [("name", _text(case.name))]
    if case.file is not None:
        fields.append(("file", _text(case.file)))
    for key in ("given", "expect"):
        if (values := getattr(case, key)) is not None:
            fields.append((key, _given(values, inputs)))
    return mapping([*fields, *_description(case)])


def _given(values: Mapping[str, object], inputs: Mapping[str, Input]) -> Node:
    return mapping(
        (name, _value(value, inputs.get(name.partition("(")[0]))) for name, value in values.items()
    )


def _value(value: object, input_: Input | None) -> Node:
    """Write a value of a case; `input_` is the one that it is given to."""
    if isinstance(value, (list, tuple)):
        return sequence(_value(item, input_) for item in value)
    if isinstance(value, str):
        if isinstance(value, Quoted) or not re.fullmatch(r"[-.]*[0-9][-0-9./eE+]*", value):
            return _text(str(value))
        return value
    if isinstance(value, bool):
        return _number(input_.state_values[value] if input_ is not None else int(value))
    if isinstance(value, float):
        return _number(simplest(Fraction(value)))  # exactly the binary number
    return _number(exact_number(value))


def _firing(declaration: AnyLayer | Neuron) -> Fields:
    fires: Fields = [] if declaration.fires is None else [("fires", declaration.fires)]
    return fires + _states(declaration)


def _states(declaration: Input | AnyLayer | Neuron) -> Fields:
    return [] if declaration.states is None else [("states", _list(declaration.states))]


def _description(declaration: Any) -> Fields:
    text = declaration.description
    return [] if text is None else [("description", _text(text))]


def _text(text: str) -> str:
    """Write a text plain where YAML reads it back as it is, else in double quotes."""
    if _PLAIN_TEXT.fullmatch(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(
        "[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda m: f"\\u{ord(m[0]):04x}", quoted
    )
