"""Logic -> one file of Python without imports but of `fractions`: exact at any size."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterator, Sequence
from fractions import Fraction

from nnc.compiler.netlist import Argmax, Cell, Port
from nnc.interchange.exporting.layers import NUMBERS, LayerBlock
from nnc.interchange.exporting.logic import Logic
from nnc.interchange.exporting.wording import total_text, wrapped
from nnc.interchange.exporting.writing import Script
from nnc.interchange.languages import FileContents, Wishes
from nnc.language.network import Input
from nnc.numbers.exact import Number, simplest

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
    if not isinstance(value, (list, tuple)) and not hasattr(value, "__len__"):
        value = _integer(name, value)
        if not 0 <= value < 1 << size:
            raise ValueError(f"{name}: {value} is not an integer of {size} bits")
        return [value >> place & 1 for place in range(size)]
    return _list(name, value, size, _bit)
""",
    "list": """\
def _list(name, value, size, check, *limits):
    if not hasattr(value, "__len__") or isinstance(value, str) or len(value) != size:
        raise ValueError(f"{name}: {value!r} is not a list of {size} values")
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
    if hasattr(value, "dtype"):
        value = value.item()
    if isinstance(value, (bool, str)):
        raise ValueError(f"{name}: {value!r} is not a number")
    if hasattr(value, "adjusted") and abs(value.adjusted()) > 9999:  # a Decimal
        raise ValueError(f"{name}: {value!r} has an exponent beyond 9999")
    try:
        number = Fraction(FLOAT)
    except (TypeError, OverflowError, ZeroDivisionError):
        raise ValueError(f"{name}: {value!r} is not a number") from None
    if least is not None and number < least:
        raise ValueError(f"{name}: {value!r} is below {least}")
    if greatest is not None and number > greatest:
        raise ValueError(f"{name}: {value!r} is above {greatest}")
    return number
""",
    "convolve": f"""\
def _convolve(picture, kernel, limits, places, numbers):
    {", ".join(NUMBERS)} = numbers
    elements = [sum(picture[i : i + count]) for i in range(0, len(picture), count)]
    out = []
    for place in range(lines * line):
        y, x = place // line * down - top, place % line * across - left
        own = (places[place] if places else 0) * features * width
        taps = [
            ((i * breadth + j) * depth, ((y + i) * columns + x + j) * channels)
            for i in range(max(0, -y), min(height, rows - y))
            for j in range(max(0, -x), min(breadth, columns - x))
        ]
        for f in range(features):
            first, channel = f * height * breadth * depth, f // group * depth
            total = 0
            for tap, start in taps:
                weights = kernel[first + tap : first + tap + depth]
                values = elements[start + channel : start + channel + depth]
                total += sum(w * value for w, value in zip(weights, values))
            own_limits = limits[own + f * width : own + (f + 1) * width]
            out += [int(total >= limit if rising else total <= limit) for limit in own_limits]
    return out
""",
    "choice": """\
def _choice(name, value, values):
    if value not in values:
        raise ValueError(f"{name}: {value!r} is not one of {', '.join(values)}")
    return value
""",
}
_RESERVED = (*keyword.kwlist, *dir(builtins), "Fraction", "row")
_NEEDS = {"bits": ("list", "bit", "integer"), "integer": ("real",)}


def write(logic: Logic, wishes: Wishes, header: str) -> FileContents:
    """Write a module with one function, from a dict of inputs to a dict of outputs.

    Numbers may be ints, floats, Fractions and Decimals, and count as exactly what they are. What
    a network refuses raises ValueError.
    """
    return FileContents("\n".join(_Module(logic, wishes.top).lines(header)))


class _Module(Script):
    checks, needs = _CHECKS, _NEEDS
    prefix, nothing, indent = "_", "()", "    "
    is_exact = True
    bit, quotient = "int({0})", "Fraction({0}, {1})"
    chosen, is_choice = "({2} if {0} else {1})", "int({0} == {1})"
    slice, table = "*{0}[{1}:{2}]", ("{0} = (", ")\n")

    def __init__(self, logic: Logic, top: str) -> None:
        super().__init__(logic, top, _RESERVED)
        is_binary = logic.floats == "binary"
        self._float = "value" if is_binary else "repr(value) if isinstance(value, float) else value"

    def lines(self, header: str) -> Iterator[str]:
        tables = [*self._tables()]
        body = [*self._body()]
        functions = list(self._functions())
        yield '"""' + header.replace("\\", "\\\\").replace('"""', "'''").rstrip() + '\n"""\n'
        if any("Fraction" in text for text in (*functions, *body)):
            yield "from fractions import Fraction\n\n"
        for text in functions:
            yield text.replace("FLOAT", self._float) + "\n"
        yield from tables
        yield from body
        yield ""

    def _body(self) -> Iterator[str]:
        yield f"def {self._top}(row):"
        outputs = ", ".join(port.name for port in self._logic.outputs)
        yield wrapped(f'"""Return a dict of the outputs: {outputs}."""', "    ")
        for name, input_ in self._logic.plan.inputs.items():
            yield _wrapped(self._check(name, input_), "    ")
        for step in self._logic.steps:
            lines = self._block(step) if isinstance(step, LayerBlock) else self._cell(step)
            yield from (_wrapped(line, "    ") for line in lines)
        for each in self._logic.assumed:
            message = f"the row breaks the assumption {each.words}"
            yield f"    if {self._nets[each.net]}:"
            yield _wrapped(f"raise ValueError({message!r})", "        ")
        yield "    return {"
        for port in self._logic.outputs:
            values = ", ".join(self._values(port))
            value = f"[{values}]" if self._is_list(port) else values
            yield _wrapped(f"{port.name!r}: {value},", "        ")
        yield "    }"

    def _let(self, name: str, text: str, cell: Cell | None = None) -> str:
        return f"{name} = {text}" if cell is None else f"{name} = ({text})"

    def _label(self, index: str, port: Port) -> str:
        return f"{list(port.labels)!r}[{index}]" if port.labels else index

    def _first_largest(self, largest: Argmax, port: Port) -> str:
        sums = ", ".join(map(self._sum, largest.of))
        return self._label(f"max(enumerate([{sums}]), key=lambda one: (one[1], -one[0]))[0]", port)

    def _word(self, bits: Sequence[str]) -> str:
        return " + ".join(f"({bit} << {i})" if i else bit for i, bit in enumerate(bits))

    # --------------------------------------------------------- real numbers, which are exact

    def _total(self, cell: Cell) -> str:
        return total_text(cell, self._nets.__getitem__)

    def _compared(self, cell: Cell, total: str) -> list[str]:
        compared = total if cell.operand is None else self._nets[cell.operand]
        return [f"{compared} {op} {self._number(limit)}" for op, limit in cell.tests]

    # -------------------------------------------------------------------------------- inputs

    def _given(self, name: str, input_: Input) -> str:
        return (
            f"row[{name!r}]"
            if input_.default is None
            else f"row.get({name!r}, {self._default(input_)})"
        )

    def _default(self, input_: Input) -> str:
        default = input_.default
        if isinstance(default, str):
            return repr(default)
        if isinstance(default, tuple):
            return f"({', '.join(map(self._number, default))},)"
        assert default is not None
        if input_.size is not None and not input_.is_integer_bus:
            return f"({self._number(default)},) * {input_.size}"
        return self._number(default)

    def _bound(self, input_: Input, op: str, bound: Number | None) -> str:
        del input_, op
        return "None" if bound is None else self._number(bound)

    def _number(self, value: Number) -> str:
        value = simplest(Fraction(value))
        if isinstance(value, Fraction):
            return f"Fraction({value.numerator}, {value.denominator})"
        return str(value)

    def _text(self, value: str) -> str:
        return repr(value)

    def _texts(self, values: Sequence[str]) -> str:
        return repr(tuple(values))


def _wrapped(text: str, indent: str) -> str:
    return wrapped(text, indent, in_brackets=True)
