"""Network -> YAML: a network built in Python, written as a file that reads as the same network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from nnc.exact import MOST_DIGITS, MOST_EXPONENT, Number, Quoted, exact_number, show_number
from nnc.network import Case, Input, Network, Neuron, Output

_PLAIN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*(?: [A-Za-z0-9_.-]+)*")
_PIECES = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^",])+,?')
_WIDEST = 96


def to_yaml(network: Network) -> str:
    """Write a network as the text of a file: reading it gives an equal network.

    Neurons stand in one line each where they fit. `meta` is left out.
    """
    return "\n".join(_lines(network)) + "\n"


def _lines(network: Network) -> Iterator[str]:
    yield "nnc: 1"
    for key in ("name", "description"):
        if (text := getattr(network, key)) is not None:
            yield f"{key}: {_text(text)}"
    if network.fires is not None:
        yield f"fires: {network.fires}"
    if all(one == Input(type="bit") for one in network.inputs.values()):
        yield from _entry("inputs", f"[{', '.join(network.inputs)}]", 0)
    else:
        yield "inputs:"
        for name, one in network.inputs.items():
            yield from _entry(name, _input(one), 2)
    if network.neurons:
        yield "neurons:"
        for name, neuron in network.neurons.items():
            yield from _entry(name, _neuron(neuron), 2)
    yield "outputs:"
    for name, output in network.outputs.items():
        yield from _entry(name, _output(output), 2)
    if network.cases:
        yield "cases:"
        for case in network.cases:
            yield f"  - {_case(case)}"


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
    fields = [
        f"{key}: {_number(value)}"
        for key in ("min", "max", "default")
        if (value := getattr(one, key)) is not None
    ]
    if not fields and one.description is None:
        return one.type
    return _mapping([f"type: {one.type}", *fields, *_description(one.description)])


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
    return _mapping([*fields, *_description(neuron.description)])


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
        return f"[{', '.join(map(_number, value))}]"
    assert isinstance(value, Number)
    return _number(value)


def _output(output: Output) -> str:
    if output.sources is not None:
        return f"[{', '.join(output.sources)}]" if output.is_bus else output.sources[0]
    fields = [f"{key}: {value}" for key in ("sum", "level") if (value := getattr(output, key))]
    if output.labels is not None:
        fields.append(f"labels: [{', '.join(map(_text, output.labels))}]")
    return _mapping([*fields, *_description(output.description)])


def _case(case: Case) -> str:
    fields = [] if case.name is None else [f"name: {_text(case.name)}"]
    if case.file is not None:
        fields.append(f"file: {_text(case.file)}")
    for key in ("given", "expect"):
        values = getattr(case, key)
        if values is not None:
            told = [f"{name}: {_value(value)}" for name, value in values.items()]
            fields.append(f"{key}: {_mapping(told)}")
    return _mapping([*fields, *_description(case.description)])


def _value(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):
        if isinstance(value, Quoted) or not re.fullmatch(r"[-0-9./eE+]+", value):
            return _text(str(value))
        return value
    return _number(exact_number(int(value) if isinstance(value, bool) else value))


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
