"""Headers of C99, compiled with warnings as errors and run with a sanitizer.

Rows go in as numbers with blanks between them, answers come out with a NUL behind each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nnc.compiler.plan import Plan
from nnc.interchange import programs
from nnc.interchange.checking.rows import Row, Values, blocks, flat_row, grouped

COMPILER = programs.Program(("gcc", "clang"), "install gcc or clang, or check the export to Python")
FLAGS = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O0")
_SANITIZER = ("-fsanitize=undefined", "-fno-sanitize-recover=all")
_MEMBER = re.compile(r"^  (\w+) (\w+)(?:\[(\d+)\])?;(?: /\* (?:of (\w+)|.*) \*/)?$", re.MULTILINE)
_WIDEST = 64  # bits of a bus that is one integer
_MAIN = """\
#include <stdio.h>
#include "network.h"

int main(void) {{
  {top}_in in = {{0}};
  {top}_out out = {{0}};
  unsigned long long whole;
  double real = 0;
  (void)real;
  while (scanf("%llu", &whole) == 1) {{
{reads}
    printf("%d", {top}_row(&in, &out));
    putchar(0);
{writes}
  }}
  return 0;
}}
"""


class _Member(NamedTuple):
    """A member of a struct: its type, its name, its size if it is an array, and its labels."""

    type: str
    name: str
    size: str
    labels: str

    def _loop(self, statement: str) -> str:
        return f"    for (int i = 0; i < {self.size or 1}; i++) {{ {statement} }}"

    @property
    def _element(self) -> str:
        return f"{self.name}[i]" if self.size else self.name

    def read(self) -> str:
        """Write what reads a member of `in`."""
        form, variable = ("lf", "real") if self.type == "double" else ("llu", "whole")
        scanned = f'if (scanf("%{form}", &{variable}) != 1) return 1;'
        return self._loop(f"{scanned} in.{self._element} = {variable};")

    def write(self) -> str:
        """Write what prints a member of `out`."""
        if self.labels:
            return self._loop(f'printf("%s", {self.labels}[out.{self._element}]); putchar(0);')
        form, type_ = ("a", "double") if self.type == "double" else ("llu", "unsigned long long")
        return self._loop(f'printf("%{form}", ({type_})out.{self._element}); putchar(0);')


def run_c(data: bytes, plan: Plan, rows: Sequence[Row], folder: Path) -> Iterator[Values | None]:
    """Compile a header and run it on rows. Raises ToolMissing and ToolFailed."""
    text = data.decode()
    top = programs.found(r"^static inline int (\w+)_row\(", text, "it has no function of a row")
    inputs = _members(text, f"{top}_in", len(plan.inputs))
    outputs = _members(text, f"{top}_out", len(plan.outputs))
    main = _MAIN.format(
        top=top,
        reads="\n".join(member.read() for member in inputs),
        writes="\n".join(member.write() for member in outputs),
    )
    (folder / "network.h").write_bytes(data)
    (folder / "main.c").write_text(main, encoding="utf-8")
    flags = [*FLAGS, *_SANITIZER, "-o", "main", "main.c"]
    programs.run([COMPILER.path(), *flags], folder)
    lines = [" ".join(["0", *_words_of(plan, row)]) for row in rows]
    texts = programs.run([folder / "main"], folder, "\n".join(lines).encode()).decode().split("\0")
    kinds = [member for member in outputs for _ in range(int(member.size or 1))]
    for code, *values in blocks(texts[:-1], len(kinds) + 1):
        flat = [_value(text, member) for text, member in zip(values, kinds, strict=True)]
        yield None if code != "0" else grouped(plan, flat, _WIDEST)


def _members(text: str, name: str, count: int) -> list[_Member]:
    """Return the members of a struct. Raises ToolFailed where there are fewer than are wanted."""
    body = text.partition(f"}} {name};")[0].rpartition("typedef struct {")[2]
    members = [_Member(*parts) for parts in _MEMBER.findall(body)]
    if len(members) < count:
        raise programs.ToolFailed(f"`{name}` has {len(members)} members, not {count}")
    return members[:count]


def _words_of(plan: Plan, row: Row) -> Iterator[str]:
    """Write the values of a row so that C reads them exactly; a choice by its place."""
    places = {
        name: input_.of.index(row[name])
        for name, input_ in plan.inputs.items()
        if input_.of is not None
    }
    for value in flat_row(plan, row | places, _WIDEST):
        yield value.hex() if isinstance(value, float) else str(value)


def _value(text: str, member: _Member) -> Any:
    if member.labels:
        return text
    if member.type == "double":
        return float.fromhex(text)
    number = int(text)
    return number - (1 << 64) if number >> 63 and member.type != "uint64_t" else number
