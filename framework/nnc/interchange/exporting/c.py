"""Gates -> one C99 header without allocation: integers in 64 bits, real numbers as doubles."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

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
    total_of,
    variables,
    wrapped,
)
from nnc.language.network import BITS, Input, States
from nnc.rows.options import Floats

_KEYWORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int
long register restrict return short signed sizeof static struct switch typedef union unsigned void
volatile while int64_t uint64_t uint8_t in out asm typeof errno main NULL
""".split()  # noqa: SIM905
_WIDEST = 64
_CHUNK = 64
"""Neurons of a function, where they are more than four times as many: compilers take long for one
function of thousands of lines.
"""


def c_text(gates: Gates, top: str, header: str) -> str:
    """Write a header with a struct of inputs, one of outputs, and a function from one to the other.

    The function returns 0, or the place, from 1, of the first input that the network refuses. A
    choice is the place of its value, a label the place in an array of texts.
    """
    return "\n".join(_Header(gates, top).lines(header))


class _Header:
    def __init__(self, gates: Gates, top: str) -> None:
        self._gates = gates
        names = Names(_KEYWORDS)
        self._top = names.made(top)
        fields, results = Names(_KEYWORDS), Names(_KEYWORDS)
        self._inputs = {name: fields.made(name) for name in gates.plan.inputs}
        self._outputs = {tap.alias: results.made(tap.alias) for tap in gates.plan.outputs}
        self._read = {s for gate in gates.gates for s in gate.sources}
        self._read |= {s for tap in gates.plan.outputs if tap.kind not in ("sum", "largest")
                       for s in tap.signals}  # fmt: skip
        self._counts = {"v": 0, "t": 0}
        self._is_large = len(gates.gates) > 4 * _CHUNK
        self._signals, self._totals = variables(
            gates, self._element, lambda name, gate: self._value(names, name, gate)
        )

    def _value(self, names: Names, name: str, gate: Gate | None) -> str:
        """Name a value: a place of an array where there are very many."""
        if not self._is_large:
            return names.made(name)
        array = "t" if gate is not None and gate.is_real else "v"
        self._counts[array] += 1
        return f"{array}[{self._counts[array] - 1}]"

    def _element(self, element: Element) -> str:
        name, input_, place = element
        field = f"in->{self._inputs[name]}"
        if input_.of is not None:
            return f"({field} == {place})"
        if _is_word(input_):
            return f"(int64_t)({field} >> {place} & 1)"
        value = f"{field}[{place}]" if input_.size is not None else field
        if input_.type == "bit" and input_.state_values != BITS:
            return f"({value} == {_number(input_.state_values[1])})"
        return value

    def lines(self, header: str) -> Iterator[str]:
        guard = f"{self._top.upper()}_H"
        yield "/*\n" + header.replace("*/", "* /").rstrip() + "\n*/"
        yield f"#ifndef {guard}\n#define {guard}\n#include <stdint.h>\n"
        yield "typedef struct {"
        for name, input_ in self._gates.plan.inputs.items():
            yield f"  {_declared(self._inputs[name], input_)}"
        if not self._gates.plan.inputs:
            yield "  char none; /* a struct has a member */"
        yield f"}} {self._top}_in;\n"
        yield "typedef struct {"
        for tap in self._gates.plan.outputs:
            yield f"  {self._result(tap)}"
        yield f"}} {self._top}_out;\n"
        for tap in self._gates.plan.outputs:
            if tap.labels:
                texts = ", ".join(map(_text, tap.labels))
                yield f"static const char *const {self._labels(tap)}[] = {{{texts}}};\n"
        arrays = f"const {self._top}_in *in, int64_t *v, double *t"
        chunks = [self._gates.gates[k : k + _CHUNK] for k in range(0, self._large, _CHUNK)]
        for k, chunk in enumerate(chunks):
            yield f"static void {self._top}_{k}({arrays}) {{"
            yield "  (void)in, (void)v, (void)t;"
            for gate in chunk:
                yield from self._gate(gate)
            yield "}\n"
        arguments = f"const {self._top}_in *in, {self._top}_out *out"
        yield f"static inline int {self._top}_row({arguments}) {{"
        for place, (name, input_) in enumerate(self._gates.plan.inputs.items(), 1):
            yield from self._check(place, self._inputs[name], input_)
        if not self._gates.plan.inputs:
            yield "  (void)in;"
        if chunks:
            yield f"  int64_t v[{self._counts['v']}];"
            yield f"  double t[{self._counts['t'] or 1}];"
            yield from (f"  {self._top}_{k}(in, v, t);" for k in range(len(chunks)))
        else:
            for gate in self._gates.gates:
                yield from self._gate(gate)
        for tap in self._gates.plan.outputs:
            yield from self._output(tap)
        yield "  return 0;\n}\n\n#endif\n"

    @property
    def _large(self) -> int:
        """How many neurons stand in functions of their own: all, or none."""
        return len(self._gates.gates) if self._is_large else 0

    def _labels(self, tap: Tap) -> str:
        return f"{self._top}_{self._outputs[tap.alias]}"

    def _result(self, tap: Tap) -> str:
        field = self._outputs[tap.alias]
        if tap.kind in ("level", "largest"):
            comment = f" /* of {self._labels(tap)} */" if tap.labels else ""
            return f"int {field};{comment}"
        size = f"[{len(tap.signals)}]" if tap.is_bus else ""
        if tap.kind == "sum":
            made = [self._gates.maker[signal] for signal in tap.signals]
            is_double = any(gate.is_real or gate.value[2] != 1 for gate in made)
            return f"{'double' if is_double else 'int64_t'} {field}{size};"
        if tap.is_integer and len(tap.signals) <= _WIDEST:
            return f"uint64_t {field};"
        kinds = {self._kind(tap, place) for place in range(len(tap.signals))}
        kind = kinds.pop() if len(kinds) == 1 else "double" if "double" in kinds else "int64_t"
        return f"{kind} {field}{size};"

    def _kind(self, tap: Tap, place: int) -> str:
        states = tap.states_of(place)
        if states is not None:
            return "uint8_t" if states == BITS else _kind_of_states(states)
        return _kind_of(self._gates.elements[tap.signals[place]].input)

    def _check(self, place: int, field: str, input_: Input) -> Iterator[str]:
        value = f"in->{field}"
        if _is_word(input_):
            if input_.size is not None and input_.size < _WIDEST:
                yield f"  if ({value} >> {input_.size}) return {place};"
            return
        is_bus = input_.size is not None
        element = f"{value}[i]" if is_bus else value
        texts = list(_refused(element, input_, self._gates.floats))
        if not texts:
            return
        loop = f"for (int i = 0; i < {input_.size}; i++) " if is_bus else ""
        yield wrapped(f"{loop}if ({' || '.join(texts)}) return {place};", "  ")

    def _gate(self, gate: Gate) -> Iterator[str]:
        total = total_of(gate, self._signals.__getitem__)
        integer, real = ("", "") if self._is_large else ("const int64_t ", "const double ")
        if gate.first in self._totals:
            kind = real if gate.is_real else integer
            yield wrapped(f"{kind}{self._totals[gate.first]} = {total};", "  ")
            total = self._totals[gate.first]
        compared = comparisons(gate, self._signals.__getitem__, total, self._gates.floats)
        for signal, text in zip(gate.signals, compared, strict=True):
            yield wrapped(f"{integer}{self._signals[signal]} = {text};", "  ")
            if not self._is_large and signal not in self._read:
                yield f"  (void){self._signals[signal]};"

    def _output(self, tap: Tap) -> Iterator[str]:
        field = f"out->{self._outputs[tap.alias]}"
        values = [self._signals[signal] for signal in tap.signals]
        if tap.kind == "sum":
            for place, signal in enumerate(tap.signals):
                index = f"[{place}]" if tap.is_bus else ""
                yield wrapped(f"{field}{index} = {self._sum(signal)};", "  ")
            return
        if tap.kind == "largest":
            ranks, sums = rank_texts(self._gates, tap, self._totals), f"{field[5:]}_sums"
            kind = "double" if self._gates.ranks(tap) is None else "int64_t"
            yield wrapped(f"const {kind} {sums}[] = {{{', '.join(ranks)}}};", "  ")
            yield f"  {field} = 0;"
            yield f"  for (int i = 1; i < {len(ranks)}; i++)"
            yield f"    if ({sums}[i] > {sums}[{field}]) {field} = i;"
            return
        if tap.kind == "level":
            yield wrapped(f"{field} = (int)({' + '.join(values)});", "  ")
            return
        bits = [self._shown(tap, place, value) for place, value in enumerate(values)]
        if tap.is_integer and len(bits) <= _WIDEST:
            text = " | ".join(f"(uint64_t){bit} << {place}" for place, bit in enumerate(bits))
            yield wrapped(f"{field} = {text};", "  ")
        elif tap.is_bus:
            for place, bit in enumerate(bits):
                yield f"  {field}[{place}] = {bit};"
        else:
            yield f"  {field} = {bits[0]};"

    def _shown(self, tap: Tap, place: int, value: str) -> str:
        states = tap.states_of(place)
        if states is None:
            return value
        if states == BITS:
            return value if tap.is_integer else f"(uint8_t)({value})"
        return f"{value} ? {_number(states[1])} : {_number(states[0])}"

    def _sum(self, signal: int) -> str:
        gate = self._gates.maker[signal]
        total = self._totals[gate.first]
        if gate.is_real:
            return real_sum_text(gate, total)
        factor, offset, unit = gate.value
        text = scaled_text(total, factor, offset)
        return text if unit == 1 else f"(double)({text}) / {unit}"


def _text(label: str) -> str:
    """Write a text in UTF-8: ASCII as it is, but for what a compiler reads as something else."""
    plain = (chr(b) if 32 <= b < 127 and b not in b'"\\?' else f"\\{b:03o}" for b in label.encode())
    return f'"{"".join(plain)}"'


def _is_word(input_: Input) -> bool:
    return input_.is_integer_bus and input_.size is not None and input_.size <= _WIDEST


def _kind_of_states(states: States) -> str:
    return "int64_t" if all(isinstance(state, int) for state in states) else "double"


def _kind_of(input_: Input) -> str:
    if input_.type == "bit":
        return "uint8_t" if input_.state_values == BITS else _kind_of_states(input_.state_values)
    return {"integer": "int64_t", "real": "double", "choice": "int"}[input_.type]


def _declared(field: str, input_: Input) -> str:
    if _is_word(input_):
        return f"uint64_t {field}; /* bit({input_.size}) */"
    if input_.of is not None:
        places = ", ".join(f"{place} {value}" for place, value in enumerate(input_.of))
        return f"int {field}; /* {places} */"
    size = f"[{input_.size}]" if input_.size is not None else ""
    return f"{_kind_of(input_)} {field}{size};"


def _refused(value: str, input_: Input, floats: Floats) -> Iterator[str]:
    """Yield the comparisons of which one is true for a value that is refused."""
    if input_.of is not None:
        yield f"{value} < 0"
        yield f"{value} >= {len(input_.of)}"
    elif input_.type == "bit":
        off, on = map(_number, input_.state_values)
        yield (
            f"{value} > 1"
            if input_.state_values == BITS
            else f"({value} != {off} && {value} != {on})"
        )
    else:
        is_real = input_.type == "real"
        if is_real:
            yield f"{value} - {value} != 0"
        if input_.min is not None:
            yield f"{value} < {bound_text('>=', input_.min, floats, is_real=is_real)}"
        if input_.max is not None:
            yield f"{value} > {bound_text('<=', input_.max, floats, is_real=is_real)}"


def _number(value: Number) -> str:
    if isinstance(value, Fraction):
        return double_text(float(value))
    return f"INT64_C({value})" if abs(value) >= 1 << 31 else str(value)
