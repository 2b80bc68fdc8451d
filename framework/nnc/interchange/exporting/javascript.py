"""Gates -> one JavaScript module without imports: integers up to 2^53, real numbers as doubles."""

from __future__ import annotations

import json
from collections.abc import Iterator

from nnc.compiler.graph import Tap
from nnc.exact import Number
from nnc.interchange.exporting.gates import Element, Gate, Gates
from nnc.interchange.exporting.wording import (
    Names,
    bound_text,
    comparisons,
    double_text,
    rank_texts,
    real_sum_text,
    scaled_text,
    state_texts,
    total_of,
    variables,
    wrapped,
)
from nnc.language.network import BITS, Input

_KEYWORDS = """
abstract arguments await break case catch class const continue debugger default delete do else enum
eval export extends false finally for function if implements import in instanceof interface let new
null package private protected public return static super switch this throw true try typeof var void
while with yield undefined NaN Infinity Number BigInt Array String RangeError
""".split()  # noqa: SIM905
_WIDEST = 53
_CHECKS = {
    "refuse": """\
function refuse(name, value, what) {
  throw new RangeError(`${name}: ${value} is not ${what}`);
}
""",
    "bit": """\
function bit(name, value, off = 0, on = 1) {
  if (value === on || (on === 1 && value === true)) return 1;
  if (value === off || (off === 0 && value === false)) return 0;
  return refuse(name, value, `${off} or ${on}`);
}
""",
    "bits": """\
function bits(name, value, size) {
  if (Array.isArray(value)) return list(name, value, size, bit);
  const known = typeof value === "bigint" || Number.isSafeInteger(value);
  if (!known || value < 0 || BigInt(value) >> BigInt(size)) {
    refuse(name, value, `an integer of ${size} bits`);
  }
  return Array.from({length: size}, (_, place) => Number(BigInt(value) >> BigInt(place) & 1n));
}
""",
    "list": """\
function list(name, value, size, check, ...limits) {
  if (!Array.isArray(value) || value.length !== size) refuse(name, value, `a list of ${size}`);
  return value.map((one, place) => check(`${name}(${place})`, one, ...limits));
}
""",
    "integer": """\
function integer(name, value, least = -Infinity, greatest = Infinity) {
  if (!Number.isSafeInteger(value)) refuse(name, value, "an integer");
  return real(name, value, least, greatest);
}
""",
    "real": """\
function real(name, value, least = -Infinity, greatest = Infinity) {
  if (typeof value !== "number" || !Number.isFinite(value)) refuse(name, value, "a number");
  if (value < least || value > greatest) refuse(name, value, `${least} to ${greatest}`);
  return value;
}
""",
    "choice": """\
function choice(name, value, values) {
  return values.includes(value) ? value : refuse(name, value, `one of ${values.join(", ")}`);
}
""",
}
_NEEDS = {
    "bit": ("refuse",), "bits": ("refuse", "list", "bit"), "list": ("refuse",),
    "integer": ("refuse", "real"), "real": ("refuse",), "choice": ("refuse",),
}  # fmt: skip


def javascript_text(gates: Gates, top: str, header: str) -> str:
    """Write a module that exports one function, from an object of inputs to one of outputs.

    What a network refuses throws a RangeError. A bus wider than 53 bits is a BigInt.
    """
    return "\n".join(_Module(gates, top).lines(header))


class _Module:
    def __init__(self, gates: Gates, top: str) -> None:
        self._gates = gates
        names = Names([*_KEYWORDS, *_CHECKS])
        self._top = names.made(top)
        self._inputs = {name: names.made(name) for name in gates.plan.inputs}
        self._signals, self._totals = variables(
            gates, self._element, lambda name, _: names.made(name)
        )
        self._largest = names.made("largest")
        self._used: set[str] = set()

    def _element(self, element: Element) -> str:
        name, input_, place = element
        variable = self._inputs[name]
        if input_.of is not None:
            return f"({variable} === {json.dumps(input_.of[place])} ? 1 : 0)"
        return f"{variable}[{place}]" if input_.size is not None else variable

    def lines(self, header: str) -> Iterator[str]:
        body = [*self._body()]
        needed = {more for check in self._used for more in (check, *_NEEDS.get(check, ()))}
        yield "/*\n" + header.replace("*/", "* /").rstrip() + "\n*/\n"
        for check, text in _CHECKS.items():
            if check in needed:
                yield text
        if any(tap.kind == "largest" for tap in self._gates.plan.outputs):
            yield f"const {self._largest} = (sums) => sums.indexOf(Math.max(...sums));\n"
        yield from body
        yield ""

    def _body(self) -> Iterator[str]:
        inputs = self._gates.plan.inputs
        outputs = ", ".join(tap.alias for tap in self._gates.plan.outputs)
        yield wrapped(f"/** Returns the outputs: {outputs}. */", "")
        fields = [
            json.dumps(n) + f": {self._inputs[n]}" + self._default(i) for n, i in inputs.items()
        ]
        yield wrapped(f"export function {self._top}({{{', '.join(fields)}}}) {{", "")
        for name, input_ in inputs.items():
            yield wrapped(self._check(name, input_), "  ")
        for gate in self._gates.gates:
            yield from self._gate(gate)
        yield "  return {"
        for tap in self._gates.plan.outputs:
            yield wrapped(f"{json.dumps(tap.alias)}: {self._output(tap)},", "    ")
        yield "  };\n}"

    def _default(self, input_: Input) -> str:
        default = input_.default
        if default is None:
            return ""
        if isinstance(default, str):
            return f" = {json.dumps(default)}"
        if isinstance(default, tuple) or (input_.size is not None and not input_.is_integer_bus):
            values = default if isinstance(default, tuple) else (default,) * input_.width
            return f" = [{', '.join(map(_number, values))}]"
        is_wide = isinstance(default, int) and abs(default) >> _WIDEST
        return f" = {_number(default)}{'n' if is_wide else ''}"

    def _check(self, name: str, input_: Input) -> str:
        variable, check = self._inputs[name], input_.type
        arguments = [json.dumps(name), variable]
        if check == "choice":
            return self._call(variable, "choice", [*arguments, json.dumps(input_.of)])
        if input_.is_integer_bus:
            return self._call(variable, "bits", [*arguments, str(input_.size)])
        limits: list[str] = []
        if check == "bit" and input_.state_values != BITS:
            limits = [_number(state) for state in input_.state_values]
        elif input_.min is not None or input_.max is not None:
            is_real, floats = check == "real", self._gates.floats
            limits = [
                "undefined" if bound is None else bound_text(op, bound, floats, is_real=is_real)
                for op, bound in ((">=", input_.min), ("<=", input_.max))
            ]
        if input_.size is not None:
            self._used.add(check)
            return self._call(variable, "list", [*arguments, str(input_.size), check, *limits])
        return self._call(variable, check, [*arguments, *limits])

    def _call(self, variable: str, check: str, arguments: list[str]) -> str:
        self._used.add(check)
        if check in ("bits", "list"):
            self._used.update(_NEEDS[check])
        return f"{variable} = {check}({', '.join(arguments)});"

    def _gate(self, gate: Gate) -> Iterator[str]:
        total = total_of(gate, self._signals.__getitem__)
        if gate.first in self._totals:
            yield wrapped(f"const {self._totals[gate.first]} = {total};", "  ")
            total = self._totals[gate.first]
        compared = comparisons(gate, self._signals.__getitem__, total, self._gates.floats)
        for signal, text in zip(gate.signals, compared, strict=True):
            yield wrapped(f"const {self._signals[signal]} = {text} ? 1 : 0;", "  ")

    def _output(self, tap: Tap) -> str:
        values = [self._signals[signal] for signal in tap.signals]
        if tap.kind == "largest":
            ranks = ", ".join(rank_texts(self._gates, tap, self._totals))
            return _labelled(f"{self._largest}([{ranks}])", tap)
        if tap.kind == "sum":
            sums = list(map(self._sum, tap.signals))
            return f"[{', '.join(sums)}]" if tap.is_bus else sums[0]
        if tap.kind == "level":
            return _labelled(" + ".join(values), tap)
        if tap.kind == "number":
            return values[0]
        texts = state_texts(tap, values, _chosen)
        if tap.kind == "bit":
            return texts[0]
        if not tap.is_integer:
            return f"[{', '.join(texts)}]"
        if len(texts) > _WIDEST:
            return " + ".join(f"(BigInt({text}) << {place}n)" for place, text in enumerate(texts))
        return " + ".join(
            f"{text}*{1 << place}" if place else text for place, text in enumerate(texts)
        )

    def _sum(self, signal: int) -> str:
        gate = self._gates.maker[signal]
        total = self._totals[gate.first]
        if gate.is_real:
            return real_sum_text(gate, total)
        factor, offset, unit = gate.value
        text = scaled_text(total, factor, offset)
        return text if unit == 1 else f"({text})/{unit}"


def _chosen(value: str, off: Number, on: Number) -> str:
    return f"({value} ? {_number(on)} : {_number(off)})"


def _labelled(index: str, tap: Tap) -> str:
    return f"{json.dumps(list(tap.labels))}[{index}]" if tap.labels else index


def _number(value: Number) -> str:
    return str(value) if isinstance(value, int) else double_text(float(value))
