"""Headers of C99, compiled with warnings as errors and run with a sanitizer.

Rows go in as numbers with blanks between them, answers come out with a NUL behind each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from nnc.compiler.plan import Plan
from nnc.interchange import programs
from nnc.interchange.checking.rows import Row, Task, Tool, Values, flat_row, grouped

_COMPILER = programs.Program(
    ("gcc", "clang"), "install gcc or clang, or check the export to Python"
)
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

    def loop(self, statement: str) -> str:
        """Write a statement for each element, which it calls `element`."""
        element = f"{self.name}[i]" if self.size else self.name
        text = statement.replace("element", element)
        return f"    for (int i = 0; i < {self.size or 1}; i++) {{ {text} }}"

    def read(self) -> str:
        """Write what reads a member of `in`."""
        form, variable = ("lf", "real") if self.type == "double" else ("llu", "whole")
        return self.loop(
            f'if (scanf("%{form}", &{variable}) != 1) return 1; in.element = {variable};'
        )

    def write(self) -> str:
        """Write what prints a member of `out`."""
        form, value = "llu", "(unsigned long long)out.element"
        if self.labels:
            form, value = "s", f"{self.labels}[out.element]"
        elif self.type == "double":
            form, value = "a", "out.element"
        return self.loop(f'printf("%{form}", {value}); putchar(0);')


def _run(task: Task) -> Iterator[Values | None]:
    """Compile a header, and run it on rows. Raises ToolMissing and ToolFailed."""
    text, plan, folder = task.data.decode(), task.plan, task.folder
    top = programs.found(r"^static inline int (\w+)_row\(", text, "it has no function of a row")
    inputs = _members(text, f"{top}_in", len(plan.inputs))
    outputs = _members(text, f"{top}_out", len(plan.outputs))
    main = _MAIN.format(
        top=top,
        reads="\n".join(member.read() for member in inputs),
        writes="\n".join(member.write() for member in outputs),
    )
    (folder / "network.h").write_bytes(task.data)
    (folder / "main.c").write_text(main, encoding="utf-8")
    programs.run([_COMPILER.path(), *FLAGS, *_SANITIZER, "-o", "main", "main.c"], folder)
    lines = [" ".join(["0", *_words_of(plan, row)]) for row in task.rows]
    printed = programs.run([folder / "main"], folder, "\n".join(lines).encode())
    texts = iter(printed.decode().split("\0")[:-1])
    kinds = [member for member in outputs for _ in range(int(member.size or 1))]
    for code in texts:
        flat = [_value(next(texts), member) for member in kinds]
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


COMPILED = Tool(lambda _: _COMPILER.title(), _run)
