"""Logic -> one C99 header without allocation: integers in 64 bits, real numbers as doubles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from nnc.compiler.netlist import Affine, Argmax, Cell, Port, Value
from nnc.interchange.exporting.layers import NUMBERS, LayerBlock, stretches, table_lines
from nnc.interchange.exporting.logic import Element, Logic, bit_of, states_of
from nnc.interchange.exporting.wording import (
    Identifiers,
    block_comment,
    bound_text,
    double_text,
    variables,
    wrapped,
)
from nnc.interchange.exporting.writing import Writer
from nnc.interchange.languages import Change, FileContents, Wishes
from nnc.language.network import BITS, Input, States
from nnc.numbers.exact import Number
from nnc.rows.options import Floats

_KEYWORDS = """
auto break case char const continue default do double else enum extern float for goto if inline int
long register restrict return short signed sizeof static struct switch typedef union unsigned void
volatile while linux unix i386 near far bool true false int8_t int16_t int32_t uint8_t uint16_t
uint32_t int64_t uint64_t uint8_t in out asm typeof errno main NULL
EOF BUFSIZ FILENAME_MAX FOPEN_MAX TMP_MAX L_tmpnam SEEK_SET SEEK_CUR SEEK_END stdin stdout stderr
SIZE_MAX PTRDIFF_MIN PTRDIFF_MAX WCHAR_MIN WCHAR_MAX WINT_MIN WINT_MAX SIG_ATOMIC_MIN SIG_ATOMIC_MAX
NAN INFINITY HUGE_VAL
""".split()
_KEYWORDS += [
    f"{sign}INT{kind}_{end}"
    for sign in ("", "U")
    for kind in (
        "MAX",
        "PTR",
        *(f"{k}{w}" for k in ("", "_LEAST", "_FAST") for w in (8, 16, 32, 64)),
    )
    for end in ("MIN", "MAX", "WIDTH")
]
"""Words of C, and macros of headers that may stand before this one."""
_WIDEST = 64
_LARGEST_INTEGER = (1 << 63) - 1  # every integer of 64 bits is up to it
_CONVOLVE = """\
static void TOP_convolve_TYPE(const int64_t *picture, const TYPE *kernel, const int64_t *limits,
                              const int32_t *places, const int32_t *n, int64_t *out) {
  const int64_t NAMES;
  for (int64_t y = 0; y < lines; y++)
    for (int64_t x = 0; x < line; x++) {
      const int64_t *own = limits + (places ? places[y * line + x] : 0) * features * width;
      for (int64_t f = 0; f < features; f++) {
        int64_t sum = 0;
        for (int64_t i = 0; i < height; i++) {
          const int64_t row = y * down - top + i;
          if (row < 0 || row >= rows) continue;
          for (int64_t j = 0; j < breadth; j++) {
            const int64_t column = x * across - left + j;
            if (column < 0 || column >= columns) continue;
            const TYPE *w = kernel + ((f * height + i) * breadth + j) * depth;
            const int64_t pixel = (row * columns + column) * channels + f / group * depth;
            for (int64_t d = 0; d < depth; d++)
              for (int64_t k = 0; k < count; k++)
                sum += w[d] * picture[(pixel + d) * count + k];
          }
        }
        for (int64_t k = 0; k < width; k++)
          *out++ = rising ? sum >= own[f * width + k] : sum <= own[f * width + k];
      }
    }
}
"""
_CHUNK = 64  # neurons of a function: compilers take long for one of thousands of lines


def write(logic: Logic, wishes: Wishes, header: str) -> FileContents:
    """Write a header with a struct of inputs, one of outputs, and a function from one to the other.

    The function returns 0, or the place, from 1, of the first input that the network refuses, or
    behind those of all inputs the place of the first assumption that the row breaks. A
    choice is the place of its value, a label the place in an array of texts.
    """
    text = _Header(logic, wishes.top)
    return FileContents("\n".join(text.lines(header)), text.changes())


class _Header(Writer):
    widest = _WIDEST
    bit, chosen, quotient = "{0}", "{0} ? {2} : {1}", "(double)({0}) / {1}"

    def __init__(self, logic: Logic, top: str) -> None:
        names = Identifiers(_KEYWORDS)
        self._top = names.made(top)
        reserved = {*_KEYWORDS, f"{self._top.upper()}_H"} - {"in", "out"}
        inputs, outputs = list(logic.plan.inputs), [port.name for port in logic.outputs]
        self._inputs = dict(zip(inputs, Identifiers(reserved).chosen(inputs), strict=True))
        self._outputs = dict(zip(outputs, Identifiers(reserved).chosen(outputs), strict=True))
        others = Identifiers(f"{self._top}_{word}" for word in ("in", "out", "row"))
        self._labels = {
            port.name: others.made(f"{self._top}_{self._outputs[port.name]}")
            for port in logic.outputs
            if port.labels
        }
        self._finders = {
            "int64_t": others.made(f"{self._top}_largest"),
            "double": others.made(f"{self._top}_largest_real"),
        }
        self._read = {net for cell in logic.cells for net, _ in cell.terms}
        self._read |= {
            net
            for port in logic.outputs
            for value in port.values
            if isinstance(value, Affine)
            for net, _ in value.terms
        }
        self._read |= {each.net for each in logic.assumed}
        self._counts = {"v": 0, "t": 0}
        self._is_large = len(logic.cells) > 4 * _CHUNK or bool(logic.blocks)
        self._bases: dict[int, int] = {}
        made = variables(
            logic,
            self._element,
            lambda name, cell: self._value(names, name, cell),
            self._block_places,
        )
        super().__init__(logic, *made)

    def changes(self) -> Iterator[Change]:
        """Yield the names of inputs and outputs in the network, and in the structs."""
        yield from (("input", old, new) for old, new in self._inputs.items())
        yield from (("output", old, new) for old, new in self._outputs.items())

    def _value(self, names: Identifiers, name: str, cell: Cell | None) -> str:
        """Name a value: a place of an array where there are very many."""
        if not self._is_large:
            return names.made(name)
        array = "t" if cell is not None and cell.is_real else "v"
        self._counts[array] += 1
        return f"{array}[{self._counts[array] - 1}]"

    def _block_places(self, block: LayerBlock) -> Iterator[str]:
        """Give the bits of a block a stretch of the array of values."""
        base = self._bases[block.first] = self._counts["v"]
        self._counts["v"] += len(block.nets)
        return (f"v[{place}]" for place in range(base, self._counts["v"]))

    def _element(self, element: Element) -> str:
        return self._element_at(element.name, element.input, str(element.place))

    def _element_at(self, name: str, input_: Input, place: str) -> str:
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
        yield block_comment(header)
        yield f"#ifndef {guard}\n#define {guard}\n#include <stdint.h>\n"
        yield "typedef struct {"
        for name, input_ in self._logic.plan.inputs.items():
            yield f"  {_declared(self._inputs[name], input_)}"
        if not self._logic.plan.inputs:
            yield "  char none; /* a struct has a member */"
        yield f"}} {self._top}_in;\n"
        yield "typedef struct {"
        for port in self._logic.outputs:
            yield f"  {self._result(port)}"
        yield f"}} {self._top}_out;\n"
        for port in self._logic.outputs:
            if port.labels:
                texts = ", ".join(map(_text, port.labels))
                yield f"static const char *const {self._labels[port.name]}[] = {{{texts}}};\n"
        yield from self._find_largest()
        arrays = f"const {self._top}_in *in, int64_t *v, double *t"
        chunks = list(self._chunks())
        if self._logic.blocks:
            yield from self._loops()
        for k, chunk in enumerate(chunks):
            yield f"static void {self._top}_{k}({arrays}) {{"
            yield "  (void)in, (void)v, (void)t;"
            for step in chunk:
                if isinstance(step, LayerBlock):
                    yield from self._block(step)
                else:
                    yield from self._statements(step)
            yield "}\n"
        arguments = f"const {self._top}_in *in, {self._top}_out *out"
        yield f"static inline int {self._top}_row({arguments}) {{"
        inputs = enumerate(self._logic.plan.inputs.items(), 1)
        checks = [
            line
            for place, (name, input_) in inputs
            for line in self._check(place, self._inputs[name], input_)
        ]
        yield from checks or ["  (void)in;"]
        if chunks:
            yield f"  int64_t v[{self._counts['v']}];"
            yield f"  double t[{self._counts['t'] or 1}];"
            yield from (f"  {self._top}_{k}(in, v, t);" for k in range(len(chunks)))
        else:
            for cell in self._logic.cells:
                yield from self._statements(cell)
        yield from self._assumptions()
        for port in self._logic.outputs:
            yield from self._output(port)
        yield "  return 0;\n}\n"
        yield "#endif\n"

    def _assumptions(self) -> Iterator[str]:
        """Write what returns the place of the first assumption that is broken."""
        for place, each in enumerate(self._logic.assumed, 1 + len(self._logic.plan.inputs)):
            words = each.words.replace("*/", "* /").replace("/*", "/ *")
            yield f"  if ({self._nets[each.net]}) return {place}; /* assumed: {words} */"

    def _chunks(self) -> Iterator[list[Cell | LayerBlock]]:
        """Yield the steps of each function of its own: a block, or some cells."""
        chunk: list[Cell | LayerBlock] = []
        for step in self._logic.steps if self._is_large else ():
            is_block = isinstance(step, LayerBlock)
            if chunk and (is_block or len(chunk) == _CHUNK or isinstance(chunk[0], LayerBlock)):
                yield chunk
                chunk = []
            chunk.append(step)
        if chunk:
            yield chunk

    def _loops(self) -> Iterator[str]:
        """Write the function that calculates blocks, once for each type of weights."""
        for type_ in sorted({_type_of(block.kernel) for block in self._logic.blocks}):
            names = ", ".join(f"{name} = n[{i}]" for i, name in enumerate(NUMBERS))
            text = _CONVOLVE.replace("NAMES", names).replace("TYPE", type_)
            yield text.replace("TOP", self._top)

    def _block(self, block: LayerBlock) -> Iterator[str]:
        """Write the tables of a block, the picture that it reads, and the call of its loops."""
        limits = [limit for row in block.limits for limit in row]
        type_ = _type_of(block.kernel)
        tables = [("kernel", type_, block.kernel), ("limits", "int64_t", limits)]
        tables += [("n", "int32_t", block.numbers)]
        tables += [("places", "int32_t", block.places)] if block.places else []
        for name, type_of_table, values in tables:
            yield f"  static const {type_of_table} {name}[] = {{"
            yield from table_lines(values, "    ")
            yield "  };"
        yield from self._picture(block)
        places = "places" if block.places else "0"
        base = self._bases[block.first]
        yield f"  {self._top}_convolve_{type_}(x, kernel, limits, {places}, n, v + {base});"

    def _picture(self, block: LayerBlock) -> Iterator[str]:
        """Write what a block reads as the array `x`."""
        buses = {self._logic.plan.first_of[name]: name for name in self._inputs}
        parts = [
            (part, next((array.start for array in self._logic.arrays if part[0] in array), None))
            for part in stretches(block.sources, self._logic.arrays)
        ]
        part, start = parts[0]
        if len(parts) == 1 and start is not None and start in self._bases:
            yield f"  const int64_t *x = v + {self._bases[start] + part.start - start};"
            return
        yield f"  int64_t x[{len(block.sources)}];"
        at = 0
        for part, start in parts:
            if start is None or len(part) == 1:
                yield f"  x[{at}] = {self._nets[part[0]]};"
            else:
                place = f"(i + {part.start - start})"
                text = f"v[{self._bases[start]} + {place}]" if start in self._bases else ""
                if not text:
                    name = buses[start]
                    text = self._element_at(name, self._logic.plan.inputs[name], place)
                yield f"  for (int i = 0; i < {len(part)}; i++) x[{at} + i] = {text};"
            at += len(part)

    def _result(self, port: Port) -> str:
        """Declare the field of an output."""
        size = f"[{len(port.values)}]" if self._is_list(port) else ""
        comment = f" /* of {self._labels[port.name]} */" if port.labels else ""
        return f"{self._kind(port)} {self._outputs[port.name]}{size};{comment}"

    def _kind(self, port: Port) -> str:
        """Return the type of an output, or of its elements."""
        if self._is_word(port):
            return "uint64_t"
        kinds = {self._kind_of_value(value, port) for value in port.values}
        return kinds.pop() if len(kinds) == 1 else "double" if "double" in kinds else "int64_t"

    def _kind_of_value(self, value: Value, port: Port) -> str:
        if not isinstance(value, Affine) or self._logic.is_level(value, port):
            return "int"
        if value.is_sum:
            is_double = value.unit != 1 or self._logic.rank(value).cell.is_real
            return "double" if is_double else "int64_t"
        if self._logic.is_number(value):
            return _kind_of(self._logic.elements[bit_of(value)].input)
        return _kind_of_states(states_of(value))

    def _kind_of_ranks(self, largest: Argmax) -> str:
        is_real = any(rank.cell.is_real for rank in self._logic.ranks(largest))
        return "double" if is_real else "int64_t"

    def _find_largest(self) -> Iterator[str]:
        """Write the functions that find the largest of some sums."""
        values = (value for port in self._logic.outputs for value in port.values)
        kinds = {self._kind_of_ranks(value) for value in values if isinstance(value, Argmax)}
        for kind in sorted(kinds):
            yield f"static inline int {self._finders[kind]}(const {kind} *sums, int count) {{"
            yield "  int first = 0;"
            yield "  for (int i = 1; i < count; i++)"
            yield "    if (sums[i] > sums[first]) first = i;"
            yield "  return first;\n}\n"

    def _check(self, place: int, field: str, input_: Input) -> Iterator[str]:
        value = f"in->{field}"
        if _is_word(input_):
            if input_.size is not None and input_.size < _WIDEST:
                yield f"  if ({value} >> {input_.size}) return {place};"
            return
        is_bus = input_.size is not None
        element = f"{value}[i]" if is_bus else value
        texts = list(_refused(element, input_, self._logic.floats))
        if not texts:
            return
        loop = f"for (int i = 0; i < {input_.size}; i++) " if is_bus else ""
        yield wrapped(f"{loop}if ({' || '.join(texts)}) return {place};", "  ")

    def _statements(self, cell: Cell) -> Iterator[str]:
        yield from (wrapped(line, "  ") for line in self._cell(cell))
        if not self._is_large:
            unread = [net for net in cell.nets if net not in self._read]
            yield from (f"  (void){self._nets[net]};" for net in unread)

    def _let(self, name: str, text: str, cell: Cell | None = None) -> str:
        if self._is_large:
            return f"{name} = {text};"
        is_real = cell is not None and cell.is_real
        return f"const {'double' if is_real else 'int64_t'} {name} = {text};"

    def _number(self, value: Number) -> str:
        return _number(value)

    def _label(self, index: str, port: Port) -> str:
        del port
        return index

    def _first_largest(self, largest: Argmax, port: Port) -> str:
        del port
        kind, ranks = self._kind_of_ranks(largest), self._ranks(largest)
        return f"{self._finders[kind]}((const {kind}[]){{{', '.join(ranks)}}}, {len(ranks)})"

    def _word(self, bits: Sequence[str]) -> str:
        return " | ".join(f"(uint64_t){bit} << {place}" for place, bit in enumerate(bits))

    def _output(self, port: Port) -> Iterator[str]:
        field, kind = f"out->{self._outputs[port.name]}", self._kind(port)
        for place, value in enumerate(self._values(port)):
            index = f"[{place}]" if self._is_list(port) else ""
            text = f"({kind})({value})" if kind in ("int", "uint8_t") else value
            yield wrapped(f"{field}{index} = {text};", "  ")


def _text(label: str) -> str:
    """Write a text in UTF-8: ASCII as it is, but for what a compiler reads as something else."""
    plain = (chr(b) if 32 <= b < 127 and b not in b'"\\?' else f"\\{b:03o}" for b in label.encode())
    return f'"{"".join(plain)}"'


def _type_of(values: Sequence[int]) -> str:
    """Return the smallest type that holds some integers."""
    largest = max(map(abs, values), default=0)
    return next((f"int{bits}_t" for bits in (8, 16, 32) if largest >> (bits - 1) == 0), "int64_t")


def _is_word(input_: Input) -> bool:
    return input_.is_integer_bus and input_.size is not None and input_.size <= _WIDEST


def _kind_of_states(states: States) -> str:
    if states == BITS:
        return "uint8_t"
    return "int64_t" if all(isinstance(state, int) for state in states) else "double"


def _kind_of(input_: Input) -> str:
    if input_.type == "bit":
        return _kind_of_states(input_.state_values)
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
        if input_.min is not None and (is_real or input_.min > -_LARGEST_INTEGER - 1):
            yield f"{value} < {bound_text('>=', input_.min, floats, is_real=is_real)}"
        if input_.max is not None and (is_real or input_.max < _LARGEST_INTEGER):
            yield f"{value} > {bound_text('<=', input_.max, floats, is_real=is_real)}"


def _number(value: Number) -> str:
    if isinstance(value, Fraction):
        return double_text(float(value))
    return f"INT64_C({value})" if abs(value) >= 1 << 31 else str(value)
