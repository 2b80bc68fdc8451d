"""Headers of C99, compiled with warnings as errors and run with a sanitizer.

Rows and answers go through pipes as the structs that the header declares.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nnc.compiler.plan import Plan
from nnc.interchange import programs
from nnc.interchange.checking.rows import (
    Answer,
    Row,
    answer_of_members,
    answers_of,
    in_form,
    members_of,
    signals_of,
)
from nnc.numbers.exact import Number

FLAGS = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O0")
_SANITIZED = (*FLAGS, "-fsanitize=undefined", "-fno-sanitize-recover=all")
_FIELD = re.compile(r"^  (\w+) (\w+)(?:\[(\d+)\])?;", re.MULTILINE)
_WIDEST = 64  # bits of a bus that is one integer
_CODES = {"double": "d", "int64_t": "q", "uint64_t": "Q", "uint8_t": "B", "int": "i", "char": "c"}
"""The types of a header, as `struct` calls them."""
_MAIN = """\
#include <stdio.h>
#include <string.h>
#include "network.h"

int main(void) {
  TOP_in in;
  TOP_out out = {0};
  const char *label = "";
  (void)label;
LABELS
  while (fread(&in, sizeof in, 1, stdin) == 1) {
    putchar(TOP_row(&in, &out) ? 1 : 0);
    fwrite(&out, sizeof out, 1, stdout);
  }
  return 0;
}
"""
_LABELS = """\
  for (int i = 0; i < COUNT; i++) {
    label = NAME[i];
    fwrite(label, 1, strlen(label) + 1, stdout);
  }"""
_WORDS_MAIN = """\
#include <stdint.h>
#include <stdio.h>
typedef uint64_t wide WIDE;
#define UPPER_WORD wide
#include "network.h"

int main(void) {
  TOP_word in[COUNT_IN], out[COUNT_OUT];
  while (fread(in, sizeof in, 1, stdin) == 1) {
    TOP_words(in, out);
    fwrite(out, sizeof out, 1, stdout);
  }
  return 0;
}
"""
_WIDTHS = {8: "", 16: "__attribute__((vector_size(16)))"}
"""The sizes of words in bytes: a number, and a vector that nearly every processor has."""


Labels = dict[str, list[str]]


class _Field(NamedTuple):
    """A member of a struct: its type, name and, of an array, its size."""

    type: str
    name: str
    size: int | None

    @property
    def layout(self) -> str:
        return f"{self.size or 1}{_CODES[self.type]}"


def compiler() -> str:
    """Return a compiler of C. Raises ToolMissing."""
    return programs.find(["gcc", "clang"], "install gcc or clang, or check the export to Python")


def compiler_title() -> str:
    """Name the compiler with its version."""
    path = Path(compiler())
    return programs.titled(path.stem, programs.version_of(str(path)))


def run_c(data: bytes, plan: Plan, rows: Sequence[Row], folder: Path) -> list[Answer]:
    """Compile a header and run it on rows. Raises ToolMissing and ToolFailed."""
    text = data.decode()
    match = re.search(r"^static inline int (\w+)_row\(", text, re.MULTILINE)
    if match is None:
        raise programs.ToolFailed("it has no function of a row")
    top = match[1]
    inputs = _fields(text, f"{top}_in", max(len(plan.inputs), 1))
    outputs = _fields(text, f"{top}_out", len(plan.outputs))
    labelled = [
        _LABELS.replace("COUNT", str(len(tap.labels))).replace("NAME", f"{top}_{field.name}")
        for tap, field in zip(plan.outputs, outputs, strict=True)
        if tap.labels
    ]
    main = _MAIN.replace("TOP", top).replace("LABELS", "\n".join(labelled))
    program = _compiled(main, data, folder, _SANITIZED)
    layout = _layout(inputs)
    packed = b"".join(struct.pack(layout, *_members(plan, row)) for row in rows)
    *texts, answers = programs.run([program], folder, packed).split(
        b"\0", sum(len(tap.labels) for tap in plan.outputs)
    )
    labels = iter(texts)
    names = {tap.alias: [next(labels).decode() for _ in tap.labels] for tap in plan.outputs}
    size = struct.calcsize(_layout(outputs))
    return [
        _answer(plan, outputs, names, answers[start : start + size + 1])
        for start in range(0, len(answers), size + 1)
    ]


def _compiled(main: str, data: bytes, folder: Path, flags: Sequence[str]) -> Path:
    (folder / "network.h").write_bytes(data)
    (folder / "main.c").write_text(main, encoding="utf-8")
    programs.run([compiler(), *flags, "-o", folder / "main", folder / "main.c"], folder)
    return folder / "main"


def _fields(text: str, name: str, count: int) -> list[_Field]:
    """Return the members of a struct. Raises ToolFailed where there are fewer than are wanted."""
    body = text.partition(f"}} {name};")[0].rpartition("typedef struct {")[2]
    fields = [_Field(k, n, int(s) if s else None) for k, n, s in _FIELD.findall(body)]
    if len(fields) < count:
        raise programs.ToolFailed(f"`{name}` has {len(fields)} members, not {count}")
    return fields[:count]


def _layout(fields: Sequence[_Field]) -> str:
    """Return the layout of a struct, with the padding after its last member."""
    largest = max((_CODES[field.type] for field in fields), key=struct.calcsize)
    return "@" + "".join(field.layout for field in fields) + f"0{largest}"


def _members(plan: Plan, row: Row) -> list[Any]:
    values: list[Any] = []
    for name, input_ in plan.inputs.items():
        value = row[name] if input_.of is None else input_.of.index(row[name])
        values += [value] if input_.of is not None else members_of(input_, value, _WIDEST)
    return values or [b"\0"]  # a struct has a member


def _answer(plan: Plan, fields: Sequence[_Field], labels: Labels, data: bytes) -> Answer:
    if data[0]:
        return dict.fromkeys(tap.alias for tap in plan.outputs)
    left = iter(struct.unpack(_layout(fields), data[1:]))
    values: list[Any] = []
    for tap, field in zip(plan.outputs, fields, strict=True):
        own = [next(left) for _ in range(field.size or 1)]
        values += [labels[tap.alias][own[0]]] if tap.labels else own
    return answer_of_members(plan, values, _WIDEST)


# ---------------------------------------------------------------------------------- words


def run_words(data: bytes, plan: Plan, rows: Sequence[Row], folder: Path) -> list[Answer]:
    """Run both functions of a header on rows; if one of them is wrong, its answers are returned.

    Raises ToolMissing and ToolFailed.
    """
    match = re.search(r"^static inline void (\w+)_words\(", data.decode(), re.MULTILINE)
    if match is None:
        raise programs.ToolFailed("it has no function of words")
    answers = run_c(data, plan, rows, folder)
    wanted = answers_of(plan, rows, "binary")
    signals = [signals_of(row, plan, "binary") for row in rows]
    count = plan.first_made - 2
    outputs = sum(len(tap.signals) for tap in plan.outputs)
    for size, attribute in _WIDTHS.items():
        main = (
            _WORDS_MAIN.replace("COUNT_IN", str(count or 1))
            .replace("COUNT_OUT", str(outputs))
            .replace("WIDE", attribute)
            .replace("UPPER", match[1].upper())
            .replace("TOP", match[1])
        )
        # nothing that words do is undefined, and a sanitizer takes long for that much text
        program = _compiled(main, data, folder, FLAGS)
        blocks = [signals[start : start + 8 * size] for start in range(0, len(rows), 8 * size)]
        packed = b"".join(
            _packed(plan, block, net).to_bytes(size, "little")
            for block in blocks
            for net in range(2, 2 + max(count, 1))
        )
        output = programs.run([program], folder, packed)
        words = [
            int.from_bytes(output[at : at + size], "little") for at in range(0, len(output), size)
        ]
        other = [
            _answer_of_words(plan, words[number * outputs : (number + 1) * outputs], row)
            for number, block in enumerate(blocks)
            for row in range(len(block))
        ]
        answers = [b if b != own else a for a, b, own in zip(answers, other, wanted, strict=True)]
    return answers


def _packed(plan: Plan, block: Sequence[Sequence[Number]], net: int) -> int:
    """Return a bit of each row of a block as one integer: the wire is 0 for the lesser value."""
    if net >= plan.first_made:  # a network without inputs has one that is never read
        return 0
    off, on = plan.states_of(net)
    return sum((int(row[net]) ^ (off > on)) << place for place, row in enumerate(block))


def _answer_of_words(plan: Plan, words: Sequence[int], row: int) -> Answer:
    left = iter(words)
    answer: Answer = {}
    for tap in plan.outputs:
        values = [sorted(plan.states_of(signal))[next(left) >> row & 1] for signal in tap.signals]
        answer[tap.alias] = in_form(tap, values if tap.is_bus else values[0])
    return answer
