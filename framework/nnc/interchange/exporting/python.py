"""Gates -> one file of Python without imports but of `fractions`: exact at any size."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from fractions import Fraction

from nnc.compiler.graph import Tap
from nnc.exact import Number, simplest
from nnc.interchange.exporting.gates import Element, Gate, Gates
from nnc.interchange.exporting.wording import (
    Names,
    scaled_text,
    state_texts,
    total_text,
    variables,
    wrapped,
)
from nnc.language.network import BITS, Input

_CHECKS = {
    "bit": """\
def _bit(name, value, off=0, on=1):
    if value == on:
        return 1
    if value == off:
        return 0
    raise ValueError(f"{name}: {value!r} is not {off} or {on}")
""",
    "bits": """\
def _bits(name, value, size):
    if isinstance(value, int):
        if not 0 <= value < 1 << size:
            raise ValueError(f"{name}: {value} is not an integer of {size} bits")
        return [value >> place & 1 for place in range(size)]
    return _list(name, value, size, _bit)
""",
    "list": """\
def _list(name, value, size, check, *limits):
    if len(value) != size:
        raise ValueError(f"{name}: {len(value)} values, not {size}")
    return [check(f"{name}({place})", one, *limits) for place, one in enumerate(value)]
""",
    "integer": """\
def _integer(name, value, least=None, greatest=None):
    number = _real(name, value, least, greatest)
    if number.denominator != 1:
        raise ValueError(f"{name}: {value!r} is not an integer")
    return number.numerator
""",
    "real": """\
def _real(name, value, least=None, greatest=None):
    number = Fraction(FLOAT)
    if least is not None and number < least:
        raise ValueError(f"{name}: {value!r} is below {least}")
    if greatest is not None and number > greatest:
        raise ValueError(f"{name}: {value!r} is above {greatest}")
    return number
""",
    "choice": """\
def _choice(name, value, values):
    if value not in values:
        raise ValueError(f"{name}: {value!r} is not one of {', '.join(values)}")
    return value
""",
}
_NEEDS = {"bits": ("list", "bit"), "integer": ("real",)}


def python_text(gates: Gates, top: str, header: str) -> str:
    """Write a module with one function, from a dict of inputs to a dict of outputs.

    Numbers may be ints, floats, Fractions and Decimals, and count as exactly what they are. What
    a network refuses raises ValueError.
    """
    return "\n".join(_Module(gates, top).lines(header))


class _Module:
    def __init__(self, gates: Gates, top: str) -> None:
        self._gates = gates
        names = Names(
            [
                *keyword.kwlist,
                *(f"_{check}" for check in _CHECKS),
                "Fraction",
                "row",
                "int",
                "max",
                "enumerate",
            ]
        )
        self._top = names.made(top)
        self._inputs = {name: names.made(name) for name in gates.plan.inputs}
        self._signals, self._totals = variables(
            gates, self._element, lambda name, _: names.made(name)
        )
        self._used: set[str] = set()
        is_binary = gates.floats == "binary"
        self._float = "value" if is_binary else "repr(value) if isinstance(value, float) else value"

    def _element(self, element: Element) -> str:
        name, input_, place = element
        variable = self._inputs[name]
        if input_.of is not None:
            return f"int({variable} == {input_.of[place]!r})"
        return f"{variable}[{place}]" if input_.size is not None else variable

    def lines(self, header: str) -> Iterator[str]:
        body = [*self._body()]
        needed = {more for check in self._used for more in (check, *_NEEDS.get(check, ()))}
        yield '"""' + header.replace("\\", "\\\\").replace('"""', "'''").rstrip() + '\n"""\n'
        if any("Fraction" in line for line in body) or "real" in needed:
            yield "from fractions import Fraction\n\n"
        for check, text in _CHECKS.items():
            if check in needed:
                yield text.replace("FLOAT", self._float) + "\n"
        yield from body
        yield ""

    def _body(self) -> Iterator[str]:
        inputs = self._gates.plan.inputs
        yield f"def {self._top}(row):"
        outputs = ", ".join(tap.alias for tap in self._gates.plan.outputs)
        yield wrapped(f'"""Return a dict of the outputs: {outputs}."""', "    ")
        for name, input_ in inputs.items():
            yield wrapped(self._check(name, input_), "    ")
        for gate in self._gates.gates:
            yield from self._gate(gate)
        yield "    return {"
        for tap in self._gates.plan.outputs:
            yield wrapped(f"{tap.alias!r}: {self._output(tap)},", "        ")
        yield "    }"

    def _check(self, name: str, input_: Input) -> str:
        variable, is_list = self._inputs[name], input_.size is not None
        value = (
            f"row.get({name!r}, {_default(input_)})"
            if input_.default is not None
            else f"row[{name!r}]"
        )
        limits: list[str] = []
        check = input_.type
        if check == "choice":
            return self._call(variable, "choice", name, [value, repr(input_.of)])
        if check == "bit":
            if input_.is_integer_bus:
                return self._call(variable, "bits", name, [value, str(input_.size)])
            if input_.state_values != BITS:
                limits = [_number(state) for state in input_.state_values]
        elif input_.min is not None or input_.max is not None:
            limits = [_number(bound) for bound in (input_.min, input_.max)]
        if is_list:
            self._used.add(check)
            listed = [value, str(input_.size), f"_{check}", *limits]
            return self._call(variable, "list", name, listed)
        return self._call(variable, check, name, [value, *limits])

    def _call(self, variable: str, check: str, name: str, arguments: list[str]) -> str:
        self._used.add(check)
        return f"{variable} = _{check}({', '.join([repr(name), *arguments])})"

    def _gate(self, gate: Gate) -> Iterator[str]:
        total = total_text(gate, self._signals.__getitem__)
        if gate.first in self._totals:
            yield wrapped(f"{self._totals[gate.first]} = ({total})", "    ")
            total = self._totals[gate.first]
        compared = self._signals[gate.sources[0]] if gate.is_cutoff else total
        for signal, (op, limit) in zip(gate.signals, gate.tests, strict=True):
            text = f"{self._signals[signal]} = int({compared} {op} {_number(limit)})"
            yield wrapped(text, "    ")

    def _output(self, tap: Tap) -> str:
        values = [self._signals[signal] for signal in tap.signals]
        if tap.kind in ("sum", "largest"):
            sums = list(map(self._sum, tap.signals))
            listed = f"[{', '.join(sums)}]"
            if tap.kind == "largest":
                first = f"max(enumerate({listed}), key=lambda one: (one[1], -one[0]))[0]"
                return _labelled(first, tap)
            return listed if tap.is_bus else sums[0]
        if tap.kind == "level":
            return _labelled(" + ".join(values), tap)
        if tap.kind == "number":
            return values[0]
        texts = state_texts(tap, values, _chosen)
        if tap.kind == "bit":
            return texts[0]
        if tap.is_integer:
            return " + ".join(f"({text} << {place})" if place else text
                              for place, text in enumerate(texts))  # fmt: skip
        return f"[{', '.join(texts)}]"

    def _sum(self, signal: int) -> str:
        gate = self._gates.maker[signal]
        total = self._totals[gate.first]
        factor, offset, unit = gate.value
        text = scaled_text(total, factor, offset)
        return text if unit == 1 else f"Fraction({text}, {unit})"


def _chosen(value: str, off: Number, on: Number) -> str:
    return f"({_number(on)} if {value} else {_number(off)})"


def _labelled(index: str, tap: Tap) -> str:
    return f"{list(tap.labels)!r}[{index}]" if tap.labels else index


def _number(value: Number | None) -> str:
    if isinstance(value, Fraction):
        value = simplest(value)
    if isinstance(value, Fraction):
        return f"Fraction({value.numerator}, {value.denominator})"
    return str(value)


def _default(input_: Input) -> str:
    default = input_.default
    if isinstance(default, str):
        return repr(default)
    if isinstance(default, tuple):
        return f"({', '.join(map(_number, default))},)"
    if input_.size is not None and not input_.is_integer_bus:
        return f"({_number(default)},) * {input_.size}"
    return _number(default)
