"""Network -> YAML: a network built in Python, written as a file that reads as the same network."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeVar

from nnc.language.formatting.layout import Node, lay_out, mapping, sequence
from nnc.language.keys import CLAIM_FORMS, CLAIMS, NEARNESS, SPARSE
from nnc.language.network import (
    AnyLayer,
    Case,
    Claim,
    Condition,
    Convolution,
    Counts,
    Entry,
    Input,
    Layer,
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
from nnc.language.network.model import Model
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
            fields.append(("weights", _numbers(after.weights)))
    if after.threshold is not None and after.threshold != before.threshold:
        fields.append(("threshold", _number(after.threshold)))
    if after.thresholds is not None and after.thresholds != before.thresholds:
        ports = before.thresholds or {}
        changed = {port: x for port, x in after.thresholds.items() if x != ports[port]}
        fields.append(("thresholds", _numbers(changed)))
    return mapping(fields)


def _new_tensors(before: AnyLayer, after: AnyLayer) -> Node:
    fields: Fields = [
        (key, _numbers(getattr(after, key)))
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
        yield "states", _numbers(network.states)
    if all(i == Input(type="bit") for i in network.inputs.values()):
        yield "inputs", sequence(network.inputs)
    else:
        yield "inputs", _section("input", network.inputs, _input)
    for key, declared, write in (
        ("neurons", network.neurons, _declaration),
        ("layers", network.layers, _declaration),
        ("parts", network.parts, _declaration),
        ("outputs", network.outputs, _output),
    ):
        if declared:
            yield key, _section(key[:-1], declared, write)  # type: ignore[arg-type]
    inputs = network.typed_inputs()
    for key in CLAIMS:
        if claims := getattr(network, key):
            yield key, sequence(_claim(claim, inputs) for claim in claims)
    if network.unknown is not None:
        yield "unknown", _declaration(network.unknown)
    if network.cases:
        yield "cases", sequence(_case(case, inputs) for case in network.cases)


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
    kind: str = input_.type
    if input_.size is not None and input_.shape is None:
        kind = f"{input_.type}({input_.size})"
    fields = list(_fields(input_, "shape", "of", "min", "max"))
    if input_.default is not None:
        fields.append(("default", _default(input_.default, input_)))
    fields += _fields(input_, "states", "column", "columns", "description")
    return mapping([("type", kind), *fields]) if fields else kind


def _default(value: Number | tuple[Number, ...] | str, input_: Input) -> Node:
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return _numbers(value)
    is_unsigned = input_.type == "bit" and input_.size is not None
    return show_number(value) if is_unsigned else _number(value)


_KEYS: Mapping[type[Model], tuple[str, ...]] = {
    Neuron: ("wiring", "weights", "threshold", "thresholds", "fires", "states"),
    Layer: ("wiring", "weights", "thresholds", "size", "fires", "states"),
    Convolution: (
        "convolve", "kernel", "stride", "padding", "outside", "groups", "features",
        "weights", "thresholds", "fires", "states",
    ),
    Part: ("use", "repeat", "wiring", "first", "last"),
    Output: ("sum", "level", "largest", "labels"),
    TensorFile: ("file", "tensor", "sha256"),
    Sparse: SPARSE,
    Unknown: tuple(Unknown.readers),
}  # fmt: skip
"""The keys of each declaration, in the order in which they are written."""
_LEFT_OUT = {"stride": (1, 1), "padding": (0, 0), "outside": 0, "groups": 1}
"""The values of keys that are not written."""


def _declaration(declared: Model) -> Node:
    """Write a declaration, its keys in order. Raises Refused where no text can hold it."""
    return mapping(_fields(declared, *_KEYS[type(declared)], "description"))


def _fields(declared: Model, *keys: str) -> Iterator[tuple[str, Node]]:
    """Yield the keys of a declaration, with their values."""
    for key in keys:
        value = getattr(declared, key, None)
        if value is not None and not (key in _LEFT_OUT and value == _LEFT_OUT[key]):
            yield key, _field(key, value)


def _field(key: str, value: Any) -> Node:
    if key in _TEXTS:
        return sequence(map(_text, value)) if isinstance(value, tuple) else _text(value)
    if key in ("wiring", "of", "level"):
        return _ports(value) if isinstance(value, dict) else _listed(value)
    if key in ("first", "last"):
        return _ports(value)
    if key == "largest":
        return _source(value)
    if key in ("kernel", "stride", "padding") and value[0] == value[1]:
        return _number(value[0])
    if key == "use" and not isinstance(value, str):
        message = "it uses a network that is not in a file"
        hint = "write that into another file, and name that file in `use`"
        raise Refused("not-representable", message, hint)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _text(value) if key == "use" else value
    return _numbers(value)


_TEXTS = ("name", "description", "file", "tensor", "sha256", "column", "columns", "labels")


def _numbers(value: Any) -> Node:
    """Write numbers: one, a list, rows, by name, or those of files.

    Raises Refused where no text can hold them.
    """
    if isinstance(value, Sparse):
        return mapping([("sparse", _declaration(value))])
    if isinstance(value, TensorFile):
        return _declaration(value)
    if is_array(value):
        return _array(value)
    if isinstance(value, Mapping):
        names = ((key if isinstance(key, str) else _limit(key)) for key in value)
        return mapping(zip(names, map(_numbers, value.values()), strict=True))
    if isinstance(value, (tuple, list)):
        return sequence(map(_numbers, value))
    return _limit(value)


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


def _ports(ports: Mapping[str, tuple[str, ...]]) -> Node:
    return mapping((port, _source(sources)) for port, sources in ports.items())


def _listed(sources: str | tuple[str, ...]) -> Node:
    return sources if isinstance(sources, str) else sequence(sources)


def _source(sources: tuple[str, ...]) -> Node:
    """Write a source, or a list of them."""
    return sources[0] if len(sources) == 1 else sequence(sources)


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


def _output(output: Output) -> Node:
    if output.sources is not None:
        return sequence(output.sources) if output.is_bus else output.sources[0]
    return _declaration(output)


def _claim(claim: Claim, inputs: Mapping[str, Input]) -> Node:
    """Write an assumption or a property."""
    fields = list(_fields(claim, "name"))
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
    return mapping([*fields, *_fields(claim, "description")])


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
    rows = {key: getattr(case, key) for key in ("given", "expect")}
    given = [(key, _given(row, inputs)) for key, row in rows.items() if row is not None]
    return mapping([*_fields(case, "name", "file"), *given, *_fields(case, "description")])


def _given(values: Mapping[str, object], inputs: Mapping[str, Input]) -> Node:
    return mapping(
        (name, _value(value, inputs.get(name.partition("(")[0]))) for name, value in values.items()
    )


def _value(value: object, input_: Input | None) -> Node:
    """Write a value of a case; `input_` is its input."""
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


def _text(text: str) -> str:
    """Write a text plain where YAML reads it back as it is, else in double quotes."""
    if _PLAIN_TEXT.fullmatch(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(
        "[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda m: f"\\u{ord(m[0]):04x}", quoted
    )
