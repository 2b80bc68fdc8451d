"""A header of C99, compiled with every warning an error, and run with what is undefined one too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.interchange import programs
from nnc.interchange.checking.rows import Answer, Row, in_form
from nnc.language.network import Input

_WORD = 64
FLAGS = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O0")
_SANITIZED = (*FLAGS, "-fsanitize=undefined", "-fno-sanitize-recover=all")
_FIELD = re.compile(r"^  (\w+) (\w+)(?:\[(\d+)\])?;", re.MULTILINE)
_MAIN = """\
#include <inttypes.h>
#include <stdio.h>
#include "network.h"

static int whole(int64_t *value) { return scanf("%" SCNd64, value) == 1; }
static int word(uint64_t *value) { return scanf("%" SCNu64, value) == 1; }
static int real(double *value) { return scanf("%la", value) == 1; }
static void text(const char *p) { for (printf(" s"); *p; p++) printf("%02x", (unsigned char)*p); }

static int row(TOP_in *in) {
  int64_t w = 0; uint64_t u = 0; double d = 0;
  if (!whole(&w)) return 0;
  (void)w, (void)u, (void)d, (void)in, (void)word, (void)real;
READS
  return 1;
}

int main(void) {
  TOP_in in = {0};
  (void)text;
  while (row(&in)) {
    TOP_out o;
    int code = TOP_row(&in, &o);
    if (code) { printf(" r%d\\n", code); continue; }
WRITES
    printf("\\n");
  }
  return 0;
}
"""


class _Field(NamedTuple):
    kind: str
    name: str
    size: int | None


def compiler() -> str:
    """Return a compiler of C. Raises ToolMissing."""
    return programs.find(["gcc", "clang"], "install gcc or clang, or check the export to Python")


def compiler_title() -> str:
    """Name the compiler with its version."""
    path = Path(compiler())
    return programs.titled(path.stem, programs.version_of(str(path)))


def run_c(text: str, plan: Plan, rows: Sequence[Row], folder: Path) -> list[Answer]:
    """Return what a header gives for rows. Raises ToolMissing and ToolFailed."""
    match = re.search(r"^static inline int (\w+)_row\(", text, re.MULTILINE)
    if match is None:
        raise programs.ToolFailed("it has no function of a row")
    top = match[1]
    fields = _fields(text, f"{top}_in", len(plan.inputs))
    results = _fields(text, f"{top}_out", len(plan.outputs))
    reads = "\n".join(_read(field) for field in fields)
    labels = [
        f"{top}_{field.name}" if tap.labels else ""
        for tap, field in zip(plan.outputs, results, strict=True)
    ]
    writes = "\n".join(_write(field, label) for field, label in zip(results, labels, strict=True))
    main = _MAIN.replace("TOP", top).replace("READS", reads).replace("WRITES", writes)
    (folder / "network.h").write_text(text, encoding="utf-8")
    (folder / "main.c").write_text(main, encoding="utf-8")
    program = folder / "main"
    programs.run([compiler(), *_SANITIZED, "-o", program, folder / "main.c"], folder)
    data = "".join("1 " + " ".join(_words(plan, row)) + "\n" for row in rows)
    output = programs.run([program], folder, data.encode())
    return [_answer(plan, results, line.split()) for line in output.decode().splitlines()]


def _fields(text: str, name: str, count: int) -> list[_Field]:
    """Return the members of a struct. Raises ToolFailed where there are fewer than are wanted."""
    body = text.partition(f"}} {name};")[0].rpartition("typedef struct {")[2]
    fields = [_Field(k, n, int(s) if s else None) for k, n, s in _FIELD.findall(body)]
    if len(fields) < count:
        raise programs.ToolFailed(f"`{name}` has {len(fields)} members, not {count}")
    return fields[:count]


def _read(field: _Field) -> str:
    call, variable = {"double": ("real", "d"), "uint64_t": ("word", "u")}.get(
        field.kind, ("whole", "w")
    )
    if field.size is None:
        return (
            f"  if (!{call}(&{variable})) return 0;\n  in->{field.name} = ({field.kind}){variable};"
        )
    return (
        f"  for (int i = 0; i < {field.size}; i++) {{ if (!{call}(&{variable})) return 0; "
        f"in->{field.name}[i] = ({field.kind}){variable}; }}"
    )


def _write(field: _Field, labels: str) -> str:
    if labels:
        return f"    text({labels}[o.{field.name}]);"
    form, cast = {"double": ('" %a"', "double"), "uint64_t": ('" %" PRIu64', "uint64_t")}.get(
        field.kind, ('" %" PRId64', "int64_t")
    )
    if field.size is None:
        return f"    printf({form}, ({cast})o.{field.name});"
    return f"    for (int i = 0; i < {field.size}; i++) printf({form}, ({cast})o.{field.name}[i]);"


def _words(plan: Plan, row: Row) -> Iterator[str]:
    for name, input_ in plan.inputs.items():
        value = row[name]
        if input_.of is not None:
            yield str(input_.of.index(value))
        elif input_.is_integer_bus and input_.width <= _WORD:
            yield str(sum(bit << place for place, bit in enumerate(value)))
        else:
            yield from (
                _number(each, input_) for each in (value if isinstance(value, list) else [value])
            )


def _number(value: Any, input_: Input) -> str:
    has_doubles = input_.type == "real" or not all(
        isinstance(state, int) for state in input_.state_values
    )
    return float(value).hex() if has_doubles else str(int(value))


def _answer(plan: Plan, fields: Sequence[_Field], words: Sequence[str]) -> Answer:
    if words and words[0].startswith("r"):
        return dict.fromkeys(tap.alias for tap in plan.outputs)
    left = iter(words)
    answer: Answer = {}
    for tap, field in zip(plan.outputs, fields, strict=True):
        if tap.labels:
            answer[tap.alias] = bytes.fromhex(next(left)[1:]).decode()
        elif field.size is None:
            answer[tap.alias] = _in_form(tap, field, next(left))
        else:
            values = [_value(field, next(left)) for _ in range(field.size)]
            answer[tap.alias] = in_form(tap, values)
    return answer


def _in_form(tap: Tap, field: _Field, word: str) -> Any:
    return in_form(tap, _value(field, word))


def _value(field: _Field, word: str) -> int | float:
    return float.fromhex(word) if field.kind == "double" else int(word)
