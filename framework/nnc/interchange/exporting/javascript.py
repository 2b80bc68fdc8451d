"""Logic -> one JavaScript module without imports: integers up to 2^53, real numbers as doubles."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from nnc.compiler.netlist import Argmax, Cell, Port
from nnc.interchange.exporting.exactness import defaults_in_doubles
from nnc.interchange.exporting.layers import NUMBERS, LayerBlock
from nnc.interchange.exporting.logic import Logic
from nnc.interchange.exporting.wording import block_comment, bound_text, double_text, wrapped
from nnc.interchange.exporting.writing import Script
from nnc.interchange.languages import FileContents, Wishes
from nnc.language.network import Input
from nnc.numbers.exact import Number

_KEYWORDS = """
abstract arguments await break case catch class const continue debugger default delete do else enum
eval export extends false finally for function if implements import in instanceof interface let new
null package private protected public return static super switch this throw true try typeof var void
while with yield undefined NaN Infinity Number BigInt Array String RangeError Math
Object JSON Symbol Boolean Error
""".split()
_INHERITED = """
constructor hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf
__proto__ __defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__
""".split()
"""Properties of every object, which a row seems to have even if they are left out."""
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
  return Array.from(value, (one, place) => check(`${name}(${place})`, one, ...limits));
}
""",
    "integer": """\
function integer(name, value, least = -Infinity, greatest = Infinity) {
  const isHeld = Number.isInteger(value) && Math.abs(value) <= 2 ** 53;
  if (!isHeld) refuse(name, value, "an integer");
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
    "convolve": f"""\
function convolve(picture, kernel, limits, places, numbers) {{
  const [{", ".join(NUMBERS)}] = numbers;
  const elements = Array.from({{length: picture.length / count}}, (_, i) => {{
    let sum = 0;
    for (let k = 0; k < count; k++) sum += picture[i * count + k];
    return sum;
  }});
  const out = [];
  for (let y = 0; y < lines; y++) for (let x = 0; x < line; x++) {{
    const own = (places === null ? 0 : places[y * line + x]) * features * width;
    for (let f = 0; f < features; f++) {{
      let sum = 0;
      for (let i = 0; i < height; i++) {{
        const row = y * down - top + i;
        if (row < 0 || row >= rows) continue;
        for (let j = 0; j < breadth; j++) {{
          const column = x * across - left + j;
          if (column < 0 || column >= columns) continue;
          const w = ((f * height + i) * breadth + j) * depth;
          const from = (row * columns + column) * channels + Math.floor(f / group) * depth;
          for (let d = 0; d < depth; d++) sum += kernel[w + d] * elements[from + d];
        }}
      }}
      for (let k = 0; k < width; k++) {{
        const limit = limits[own + f * width + k];
        out.push((rising ? sum >= limit : sum <= limit) ? 1 : 0);
      }}
    }}
  }}
  return out;
}}
""",
    "choice": """\
function choice(name, value, values) {
  return values.includes(value) ? value : refuse(name, value, `one of ${values.join(", ")}`);
}
""",
}
_NEEDS = {
    "bit": ("refuse",),
    "bits": ("refuse", "list", "bit"),
    "list": ("refuse",),
    "integer": ("refuse", "real"),
    "real": ("refuse",),
    "choice": ("refuse",),
}


def write(logic: Logic, wishes: Wishes, header: str) -> FileContents:
    """Write a module that exports one function, from an object of inputs to one of outputs.

    What a network refuses throws a RangeError. A bus wider than 53 bits is a BigInt.
    """
    return FileContents("\n".join(_Module(logic, wishes.top).lines(header)))


class _Module(Script):
    checks, needs = _CHECKS, _NEEDS
    bit, quotient = "{0} ? 1 : 0", "({0})/{1}"
    chosen, is_choice = "({0} ? {2} : {1})", "({0} === {1} ? 1 : 0)"
    slice, table = "...{0}.slice({1}, {2})", ("const {0} = [", "];\n")

    def __init__(self, logic: Logic, top: str) -> None:
        super().__init__(logic, top, _KEYWORDS)
        self._largest = self._names.made("largest")
        self._row = self._names.made("row")

    def lines(self, header: str) -> Iterator[str]:
        tables = [*self._tables()]
        body = [*self._body()]
        yield block_comment(header) + "\n"
        yield from self._functions()
        yield from tables
        if any(isinstance(port.values[0], Argmax) for port in self._logic.outputs if port.values):
            yield f"const {self._largest} = (sums) => sums.indexOf(Math.max(...sums));\n"
        yield from body
        yield ""

    def _body(self) -> Iterator[str]:
        inputs = self._logic.plan.inputs
        outputs = ", ".join(port.name for port in self._logic.outputs)
        yield wrapped(f"/** Returns the outputs: {outputs}. */", "")
        fields = [
            f"{self._text(name)}: {self._inputs[name]}{self._default(name, input_)}"
            for name, input_ in inputs.items()
        ]
        has_inherited = any(inputs[name].default is not None for name in {*_INHERITED} & {*inputs})
        if has_inherited:
            yield f"export function {self._top}({self._row}) {{"
            own = f"{{__proto__: null, ...{self._row}}}"
            yield wrapped(f"let {{{', '.join(fields)}}} = {own};", "  ")
        else:
            yield wrapped(f"export function {self._top}({{{', '.join(fields)}}}) {{", "")
        for name, input_ in inputs.items():
            yield wrapped(f"{self._check(name, input_)};", "  ")
        for step in self._logic.steps:
            lines = self._block(step) if isinstance(step, LayerBlock) else self._cell(step)
            yield from (wrapped(line, "  ") for line in lines)
        for each in self._logic.assumed:
            message = self._text(f"the row breaks the assumption {each.words}")
            signal = self._nets[each.net]
            yield f"  if ({signal}) throw new RangeError({message});"  # no line ends with `throw`
        yield "  return {"
        for port in self._logic.outputs:
            values = ", ".join(self._values(port))
            value = f"[{values}]" if self._is_list(port) else values
            key = self._text(port.name)
            key = f"[{key}]" if port.name == "__proto__" else key  # which would be no property
            yield wrapped(f"{key}: {value},", "    ")
        yield "  };\n}"

    def _default(self, name: str, input_: Input) -> str:
        default = input_.default
        if default is None:
            return ""
        if isinstance(default, str):
            return f" = {self._text(default)}"
        if input_.type == "real":
            doubles = defaults_in_doubles(self._logic, name) or ()
            texts = ", ".join(double_text(float(double)) for double in doubles)
            return f" = [{texts}]" if input_.size is not None else f" = {texts}"
        if isinstance(default, tuple) or (input_.size is not None and not input_.is_integer_bus):
            values = default if isinstance(default, tuple) else (default,) * input_.width
            return f" = [{', '.join(map(self._number, values))}]"
        is_wide = isinstance(default, int) and abs(default) >> _WIDEST
        return f" = {self._number(default)}{'n' if is_wide else ''}"

    def _let(self, name: str, text: str, cell: Cell | None = None) -> str:
        del cell
        return f"const {name} = {text};"

    def _label(self, index: str, port: Port) -> str:
        return f"{self._texts(port.labels)}[{index}]" if port.labels else index

    def _first_largest(self, largest: Argmax, port: Port) -> str:
        return self._label(f"{self._largest}([{', '.join(self._ranks(largest))}])", port)

    def _word(self, bits: Sequence[str]) -> str:
        if len(bits) > _WIDEST:
            return " + ".join(f"(BigInt({text}) << {place}n)" for place, text in enumerate(bits))
        return " + ".join(f"{bit}*{1 << i}" if i else bit for i, bit in enumerate(bits))

    def _given(self, name: str, input_: Input) -> str:
        del input_
        return self._inputs[name]

    def _bound(self, input_: Input, op: str, bound: Number | None) -> str:
        if bound is None:
            return "undefined"
        return bound_text(op, bound, self._logic.floats, is_real=input_.type == "real")

    def _number(self, value: Number) -> str:
        return str(value) if isinstance(value, int) else double_text(float(value))

    def _text(self, value: str) -> str:
        return json.dumps(value)

    def _texts(self, values: Sequence[str]) -> str:
        return json.dumps(list(values))
