"""Network -> YAML: a network built in Python, written as a file that reads as the same network."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeVar

from nnc.exact import (
    MOST_DIGITS,
    MOST_EXPONENT,
    Number,
    Quoted,
    Refused,
    counted,
    exact_number,
    read_number,
    show_number,
    simplest,
)
from nnc.network import (
    Case,
    Input,
    Layer,
    Network,
    Neuron,
    Output,
    Part,
    Sparse,
    TensorFile,
    is_array,
)

T = TypeVar("T")

_PLAIN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*(?: [A-Za-z0-9_.-]+)*")
_PIECES = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^",])+,?')
_WIDEST = 96
MOST_INLINE = 10_000
"""The most numbers of an array that are written out in the text."""


def to_yaml(network: Network) -> str:
    """Write a network as the text of a file: reading it gives an equal network.

    Neurons stand in one line each where they fit. `meta` is left out. Files that the network names
    are named as they are: the text belongs into its `folder`. NumPy arrays are written out, number
    by number.

    Raises ValueError where one text cannot hold the network: an array is too large, or a part uses
    a network that stands in no file.
    """
    return "\n".join(_lines(network)) + "\n"


def _lines(network: Network) -> Iterator[str]:
    yield "nnc: 1"
    for key in ("name", "description"):
        if (text := getattr(network, key)) is not None:
            yield f"{key}: {_text(text)}"
    if network.fires is not None:
        yield f"fires: {network.fires}"
    if network.states is not None:
        yield f"states: {_list(network.states)}"
    if all(one == Input(type="bit") for one in network.inputs.values()):
        yield from _entry("inputs", f"[{', '.join(network.inputs)}]", 0)
    else:
        yield from _section("inputs", network.inputs, _input)
    yield from _section("neurons", network.neurons, _neuron)
    yield from _section("layers", network.layers, _layer)
    yield from _section("parts", network.parts, _part)
    yield from _section("outputs", network.outputs, _output)
    if network.cases:
        yield "cases:"
        inputs = network.typed_inputs()
        for case in network.cases:
            yield f"  - {_case(case, inputs)}"


def _section(key: str, declared: Mapping[str, T], write: Callable[[T], str]) -> Iterator[str]:
    """Give the lines of all that is declared under a key; none where that is nothing."""
    if declared:
        yield f"{key}:"
    for name, one in declared.items():
        try:
            yield from _entry(name, write(one), 2)
        except Refused as error:
            message = f"{key[:-1]} `{name}` cannot be written: {error.message}; {error.help}"
            raise ValueError(message) from None


def _entry(key: str, value: str, indent: int) -> Iterator[str]:
    """Give `key: value`, broken after commas outside quotes where it is too long."""
    line = f"{' ' * indent}{key}:"
    pieces = [value]
    if len(line) + len(value) >= _WIDEST:
        pieces = [one.strip() for one in _PIECES.findall(value)]
    for i, piece in enumerate(pieces):
        if i and len(line) + len(piece) >= _WIDEST:
            yield line
            line = " " * (indent + 3)
        line += f" {piece}"
    yield line


def _input(one: Input) -> str:
    fields = [] if one.of is None else [f"of: [{', '.join(one.of)}]"]
    if one.min is not None:
        fields.append(f"min: {_number(one.min)}")
    if one.max is not None:
        fields.append(f"max: {_number(one.max)}")
    if one.default is not None:
        fields.append(f"default: {_default(one.default, one)}")
    if one.states is not None:
        fields.append(f"states: {_list(one.states)}")
    kind = one.type if one.size is None else f"{one.type}({one.size})"
    if not fields and one.description is None:
        return kind
    return _mapping([f"type: {kind}", *fields, *_description(one.description)])


def _default(value: Number | tuple[Number, ...] | str, one: Input) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return _list(value)
    return show_number(value) if one.type == "bit" and one.size is not None else _number(value)


def _neuron(neuron: Neuron) -> str:
    fields = []
    if neuron.wiring is not None:
        fields.append(f"wiring: [{', '.join(neuron.wiring)}]")
    if isinstance(neuron.weights, dict):
        fields.append(f"weights: {_numbers(neuron.weights)}")
    elif neuron.weights is not None:
        fields.append(f"weights: {_weight(neuron.weights)}")
    if neuron.threshold is not None:
        fields.append(f"threshold: {_number(neuron.threshold)}")
    if neuron.thresholds is not None:
        fields.append(f"thresholds: {_numbers(neuron.thresholds)}")
    if neuron.fires is not None:
        fields.append(f"fires: {neuron.fires}")
    if neuron.states is not None:
        fields.append(f"states: {_list(neuron.states)}")
    return _mapping([*fields, *_description(neuron.description)])


def _layer(layer: Layer) -> str:
    fields = [
        f"wiring: [{', '.join(layer.wiring)}]",
        f"weights: {_numbers_of_layer(layer.weights)}",
        f"thresholds: {_numbers_of_layer(layer.thresholds)}",
    ]
    if layer.size is not None:
        fields.append(f"size: {layer.size}")
    if layer.fires is not None:
        fields.append(f"fires: {layer.fires}")
    if layer.states is not None:
        fields.append(f"states: {_list(layer.states)}")
    return _mapping([*fields, *_description(layer.description)])


def _numbers_of_layer(value: Any) -> str:
    """Write the weights or thresholds of a layer. Raises Refused where no text can hold them."""
    if isinstance(value, Sparse):
        files = [f"{key}: {_file(getattr(value, key))}" for key in ("indptr", "indices", "values")]
        return f"{{sparse: {_mapping([*files, *_description(value.description)])}}}"
    if isinstance(value, TensorFile):
        return _file(value)
    if is_array(value):
        return _array(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_numbers_of_layer, value))}]"
    return _number(value)


_IN_A_FILE = "save it with numpy.save, and name the file: TensorFile(file=...)"


def _array(array: Any) -> str:
    """Write every number of an array exactly."""
    if array.size > MOST_INLINE:
        message = f"an array of {counted(array.size, 'number')} is too long for a text"
        raise Refused("not-representable", message, _IN_A_FILE)
    return _nested(array.tolist())


def _nested(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_nested, value))}]"
    number = int(value) if isinstance(value, int) else simplest(Fraction(value))
    text = _number(number)
    try:
        read_number(text)
    except Refused:
        message = f"the number {value!r} has too many digits for a text"
        raise Refused("not-representable", message, _IN_A_FILE) from None
    return text


def _file(one: TensorFile) -> str:
    fields = [
        f"{key}: {_text(value)}"
        for key in ("file", "tensor", "sha256", "description")
        if (value := getattr(one, key)) is not None
    ]
    return _mapping(fields)


def _part(part: Part) -> str:
    if not isinstance(part.use, str):
        message = "it uses a network that stands in no file"
        fix = "write that into a file of its own, and name the file in `use`"
        raise Refused("not-representable", message, fix)
    fields = [f"use: {_text(part.use)}"]
    if part.repeat is not None:
        fields.append(f"repeat: {part.repeat}")
    for key in ("wiring", "first", "last"):
        if (ports := getattr(part, key)) is not None:
            told = [f"{port}: {_source(sources)}" for port, sources in ports.items()]
            fields.append(f"{key}: {_mapping(told)}")
    return _mapping([*fields, *_description(part.description)])


def _source(sources: tuple[str, ...]) -> str:
    """Write a source, or a list of them."""
    return sources[0] if len(sources) == 1 else f"[{', '.join(sources)}]"


def _list(numbers: Iterable[Number]) -> str:
    return f"[{', '.join(map(_number, numbers))}]"


def _number(value: Number) -> str:
    """Write a number as a file may have it: with an exponent where it has over 400 digits."""
    text = show_number(value)
    if len(text) <= MOST_DIGITS or "/" in text:
        return text
    sign = "-" if text.startswith("-") else ""
    whole, _, places = text.lstrip("-").partition(".")
    digits = (whole + places).lstrip("0")
    power = max(-MOST_EXPONENT, min(MOST_EXPONENT, len(digits) - len(places) - 1))
    shift = len(digits) - len(places) - power  # digits before the point
    if shift <= 0:
        digits, shift = "0" * (1 - shift) + digits, 1
    mantissa = f"{digits[:shift]}.{digits[shift:]}".rstrip("0").rstrip(".")
    return f"{sign}{mantissa}e{power}"


def _numbers(mapping: Mapping[str, object]) -> str:
    return _mapping([f"{key}: {_weight(value)}" for key, value in mapping.items()])


def _weight(value: object) -> str:
    if isinstance(value, dict):
        return _mapping([f"{_number(k)}: {_number(v)}" for k, v in value.items()])
    if isinstance(value, tuple):
        return _list(value)
    assert isinstance(value, Number)
    return _number(value)


def _output(output: Output) -> str:
    if output.sources is not None:
        return f"[{', '.join(output.sources)}]" if output.is_bus else output.sources[0]
    fields = [f"{key}: {value}" for key in ("sum", "level") if (value := getattr(output, key))]
    if output.largest is not None:
        fields.append(f"largest: {_source(output.largest)}")
    if output.labels is not None:
        fields.append(f"labels: [{', '.join(map(_text, output.labels))}]")
    return _mapping([*fields, *_description(output.description)])


def _case(case: Case, inputs: Mapping[str, Input]) -> str:
    fields = [] if case.name is None else [f"name: {_text(case.name)}"]
    if case.file is not None:
        fields.append(f"file: {_text(case.file)}")
    for key in ("given", "expect"):
        values = getattr(case, key)
        if values is not None:
            told = [
                f"{name}: {_value(value, inputs.get(name.partition('(')[0]))}"
                for name, value in values.items()
            ]
            fields.append(f"{key}: {_mapping(told)}")
    return _mapping([*fields, *_description(case.description)])


def _value(value: Any, one: Input | None) -> str:
    """Write a value of a case; `one` is the input that it is given."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(item, one) for item in value)}]"
    if isinstance(value, str):
        if isinstance(value, Quoted) or not re.fullmatch(r"[-0-9./eE+]+", value):
            return _text(str(value))
        return value
    if isinstance(value, bool):
        return _number(one.state_values[value] if one is not None else int(value))
    if isinstance(value, float):
        return _number(simplest(Fraction(value)))  # exactly the binary number
    return _number(exact_number(value))


def _description(text: str | None) -> list[str]:
    return [] if text is None else [f"description: {_text(text)}"]


def _mapping(fields: list[str]) -> str:
    return "{" + ", ".join(fields) + "}"


def _text(text: str) -> str:
    """Write a text plain where YAML reads it back as it is, else in double quotes."""
    if _PLAIN_TEXT.fullmatch(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(
        "[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda m: f"\\u{ord(m[0]):04x}", quoted
    )
