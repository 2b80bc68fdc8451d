"""Logic of bits -> C that evaluates a word of rows at a time, of what the engine would run.

Each operation is a few statements on an array of words, in functions of 64 operations: compilers
take long for one function of thousands of lines.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np

from nnc.interchange.exporting.logic import Logic, bit_of, states_of, wire_text
from nnc.interchange.exporting.wording import wrapped
from nnc.language.network import COMPARISONS
from nnc.numbers.exact import Refused
from nnc.run.engines.program import (
    FUNCTIONS,
    MAX_PLANES,
    SUM,
    Neurons,
    Program,
    build_program,
    planes_of,
)

_CHUNK = 64
_VECTORS = (("__AVX512F__", 64), ("__AVX2__", 32), ("__SSE2__", 16), ("__ARM_NEON", 16))
"""Macros of compilers for processors, and the bytes of their vectors."""
_NAME = re.compile(r"[xcd]\d+")  # of a bit on the way to a sum


def word_lines(logic: Logic, top: str) -> Iterator[str]:
    """Write `top_words`, from a word of each bit of the inputs to one of each bit of the outputs.

    Raises Refused for a network of anything but bits.
    """
    outputs = _outputs(logic)
    made = sorted({net for net in outputs if net in logic.maker})
    program = build_program(_neurons(logic), logic.plan.signals, made)
    word, slots = f"{top}_word", program.slots
    yield f"/* 8 * sizeof({word}) rows at a time: bit k of each word is of row k."
    yield wrapped(f"in: {', '.join(_ranges(logic))}", "   ")
    yield wrapped(f"out: {', '.join(_ranges_of_outputs(logic))} */", "   ")
    yield from _word_types(top)
    chunks = list(_chunks(program))
    for place, lines in enumerate(chunks):
        yield f"static void {top}_words_{place}({top}_bits *s) {{"
        yield from (line.replace("WORD", f"{top}_bits") for line in lines)
        yield "}\n"
    first = logic.plan.first_made - len(logic.elements)
    yield f"static inline void {top}_words(const {word} *in, {word} *out) {{"
    yield f"  {top}_bits s[{slots}];"
    yield f"  const {top}_bits none = {{0}};\n  (void)in, (void)s, s[0] = none, s[1] = ~none;"
    pairs = zip(program.loaded.tolist(), program.load_slots.tolist(), strict=True)
    yield from (
        f"  s[{slot}] = {'~' * logic.is_inverted(signal)}in[{signal - first}];"
        for signal, slot in pairs
    )
    yield from (f"  {top}_words_{place}(s);" for place in range(len(chunks)))
    slot_of = dict(zip(program.stored.tolist(), program.store_slots.tolist(), strict=True))
    for place, signal in enumerate(outputs):
        if signal in slot_of or signal < 2:
            negated = "~" * logic.is_inverted(signal)
            yield f"  out[{place}] = {negated}s[{slot_of.get(signal, signal)}];"
        else:
            yield f"  out[{place}] = in[{signal - first}];"
    yield "}\n"


def _word_types(top: str) -> Iterator[str]:
    """Declare the words that are given, anywhere in memory, and those that are calculated with.

    They are as wide as the processor that is compiled for allows, where nothing else is defined.
    """
    name = f"{top.upper()}_WORD"
    yield f"#if defined {name}\ntypedef {name} {top}_bits, {top}_word;"
    for processor, size in _VECTORS:
        yield f"#elif defined __GNUC__ && defined {processor}"
        yield f"typedef uint64_t {top}_bits __attribute__((vector_size({size})));"
        yield f"typedef {top}_bits {top}_word __attribute__((aligned(8), may_alias));"
    yield f"#else\ntypedef uint64_t {top}_bits, {top}_word;\n#endif\n"


def _outputs(logic: Logic) -> list[int]:
    """Return the nets of the outputs. Raises Refused for one that is no bits."""
    for name, input_ in logic.plan.inputs.items():
        if input_.type not in ("bit", "choice"):
            raise _refused(f"the input `{name}` is a number")
    for port in logic.outputs:
        noun = logic.netlist.noun(port)
        if noun not in ("bit", "bus"):
            described = "the place of the largest" if noun == "largest" else f"a {noun}"
            raise _refused(f"the output `{port.name}` is {described}")
    return [bit_of(value) for port in logic.outputs for value in port.numbers]


def _refused(message: str) -> Refused:
    return Refused(
        "not-exportable",
        f"{message}, and words hold bits alone",
        "export to C, which takes a row at a time",
    )


def _neurons(logic: Logic) -> Neurons:
    """Return the cells as the arrays that a program is made of."""
    kept = logic.cells
    for cell in kept:
        if planes_of(sum(abs(factor) for _, factor in cell.terms)) > MAX_PLANES:
            raise Refused(
                "not-exportable",
                f"the weights of `{cell.name}` are too large to be added up bit by bit",
                "export to C, which takes a row at a time",
            )
    most = 1 << MAX_PLANES
    limits = [max(-most, min(most, int(test.limit))) for cell in kept for test in cell.tests]
    up, down = COMPARISONS.index("at_least"), COMPARISONS.index("at_most")
    return Neurons(
        levels=np.array([cell.level for cell in kept], np.int64),
        fires=np.array([up if cell.tests[0].is_rising else down for cell in kept], np.int64),
        indptr=np.cumsum([0, *(len(cell.terms) for cell in kept)]),
        sources=np.array([net for cell in kept for net, _ in cell.terms], np.int64),
        weights=np.array([factor for cell in kept for _, factor in cell.terms], np.int64),
        limit_ptr=np.cumsum([0, *(len(cell.tests) for cell in kept)]),
        limits=np.array(limits, np.int64),
        first=np.array([cell.first for cell in kept], np.int64),
    )


def _ranges(logic: Logic) -> Iterator[str]:
    """Describe the words of each input."""
    at = 0
    for name, input_ in logic.plan.inputs.items():
        values = f" ({', '.join(input_.of)})" if input_.of is not None else ""
        about = wire_text([input_.state_values]) if input_.type == "bit" else ""
        values += f" ({about})" if about else ""
        yield f"{_range(at, input_.width)} {name}{values}".replace("*/", "* /")
        at += input_.width


def _ranges_of_outputs(logic: Logic) -> Iterator[str]:
    at = 0
    for port in logic.outputs:
        about = wire_text(map(states_of, port.numbers))
        yield f"{_range(at, len(port.values))} {port.name}{f' ({about})' if about else ''}"
        at += len(port.values)


def _range(at: int, width: int) -> str:
    return f"{at} to {at + width - 1}" if width > 1 else str(at)


# ----------------------------------------------------------------------------- operations


class _Text:
    """An expression of C that grows as operators are used on it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __and__(self, other: _Text) -> _Text:
        return _Text(f"({self.text} & {other.text})")

    def __or__(self, other: _Text) -> _Text:
        return _Text(f"({self.text} | {other.text})")

    def __invert__(self) -> _Text:
        return _Text(f"~{self.text}")


_FUNCTIONS = dict(FUNCTIONS.values())


def _chunks(program: Program) -> Iterator[list[str]]:
    """Yield the statements of each function."""
    ops = program.ops.tolist()
    at, count = 0, 0
    lines: list[str] = []
    while at < len(ops):
        if ops[at] == SUM:
            op = ops[at : at + ops[at + 1]]
            lines += _sum(op)
        else:
            op = ops[at : at + 7]
            lines.append(f"  {_function(op)}")
        at, count = at + len(op), count + 1
        if count % _CHUNK == 0:
            yield lines
            lines = []
    if lines:
        yield lines


def _function(op: Sequence[int]) -> str:
    """Write a function of up to four bits."""
    code, target, turned = op[:3]
    sources = [_Text(_slot(slot, turned >> i & 1)) for i, slot in enumerate(op[3:])]
    text = _FUNCTIONS[code](*sources).text
    whole = text[1:-1] if text.startswith("(") and not turned >> 4 else text
    return f"s[{target}] = {'~' if turned >> 4 else ''}{whole};"


def _slot(slot: int, turned: int) -> str:
    return f"{'~' if turned else ''}s[{slot}]"


def _sum(op: Sequence[int]) -> Iterator[str]:
    """Write a sum: its bits by full adders, then a comparison for each limit."""
    _, length, _, groups, limits = op[:5]
    columns: list[deque[str]] = []
    at = 5
    for _ in range(groups):
        place, turned, count = op[at : at + 3]
        columns += [deque() for _ in range(place + 1 - len(columns))]
        columns[place] += (_slot(slot, turned) for slot in op[at + 3 : at + 3 + count])
        at += 3 + count
    bits, statements = _added(columns)
    compared = []
    for place in range(length - 4 * limits, length, 4):
        target, turned, low, high = op[place : place + 4]
        text = _reached(bits, (low & 0xFFFFFFFF) | high << 32)
        compared.append(f"    s[{target}] = {f'~({text})' if turned else text};")
    needed = {name for text in compared for name in _NAME.findall(text)}
    kept = []
    for name, text in reversed(statements):  # bits below all limits are not needed
        if name in needed:
            needed.update(_NAME.findall(text))
            kept.append(f"    const WORD {name} = {text};")
    yield from ("  {", *reversed(kept), *compared, "  }")


def _added(columns: list[deque[str]]) -> tuple[list[str], list[tuple[str, str]]]:
    """Add up bits by full adders: the bits of the sum, and what is named on the way."""
    bits: list[str] = []
    statements: list[tuple[str, str]] = []
    while len(bits) < len(columns):
        column = columns[len(bits)]
        if len(column) > 1 and len(bits) + 1 == len(columns):
            columns.append(deque())
        while len(column) > 1:
            first, second, count = column.popleft(), column.popleft(), len(statements)
            unlike, digit, carry = f"x{count}", f"d{count}", f"c{count}"
            statements.append((unlike, f"{first} ^ {second}"))
            if column:
                third = column.popleft()
                statements.append((digit, f"{unlike} ^ {third}"))
                statements.append((carry, f"({first} & {second}) | ({unlike} & {third})"))
            else:
                digit = unlike
                statements.append((carry, f"{first} & {second}"))
            column.append(digit)
            columns[len(bits) + 1].append(carry)
        if column and not _NAME.fullmatch(column[0]):  # a slot, which a limit may write to
            statements.append((f"d{len(statements)}", column[0]))
            column[0] = statements[-1][0]
        bits.append(column[0] if column else "")
    return bits, statements


def _reached(bits: Sequence[str], limit: int) -> str:
    """Write where a number reaches a limit, from its lowest bit on."""
    reached = "s[1]"
    for place in range(max(len(bits), limit.bit_length())):
        own = bits[place] if place < len(bits) else ""
        if limit >> place & 1:
            reached = "s[0]" if not own else own if reached == "s[1]" else f"({own} & {reached})"
        elif own and reached != "s[1]":
            reached = own if reached == "s[0]" else f"({own} | {reached})"
    return reached
