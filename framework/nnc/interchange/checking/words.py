"""A header of C that takes words of rows: both of its functions, the one of words in two widths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.interchange import programs
from nnc.interchange.checking.c import FLAGS, compiler, run_c
from nnc.interchange.checking.rows import Answer, Row, answers_of, in_form, signals_of
from nnc.interchange.exporting.gates import Gates, gates_of, wire_values

_BLOCK = 512
_WORDS = _BLOCK // 64
_MAIN = """\
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <stdint.h>
typedef uint64_t wide WIDE;
#define UPPER_WORD wide
#include "network.h"

enum { LANES = sizeof(TOP_word) / 8 };
static uint64_t given[COUNT_IN][8], told[COUNT_OUT][8];

int main(void) {
  for (;;) {
    for (int i = 0; i < COUNT_IN; i++)
      for (int k = 0; k < 8; k++)
        if (scanf("%" SCNx64, &given[i][k]) != 1) return 0;
    for (int k = 0; k < 8; k += LANES) {
      TOP_word in[COUNT_IN], out[COUNT_OUT];
      for (int i = 0; i < COUNT_IN; i++) memcpy(&in[i], &given[i][k], sizeof in[i]);
      TOP_words(in, out);
      for (int i = 0; i < COUNT_OUT; i++) memcpy(&told[i][k], &out[i], sizeof out[i]);
    }
    for (int i = 0; i < COUNT_OUT; i++)
      for (int k = 0; k < 8; k++) printf("%" PRIx64 "\\n", told[i][k]);
  }
}
"""
_WIDTHS = ("", "__attribute__((vector_size(16)))")
"""A word, and a vector that nearly every processor has: for others compilers write much text."""


def run_words(text: str, plan: Plan, rows: Sequence[Row], folder: Path) -> list[Answer]:
    """Return what a header gives for rows: of its functions, what a wrong one gives.

    Raises ToolMissing and ToolFailed.
    """
    match = re.search(r"^static inline void (\w+)_words\(", text, re.MULTILINE)
    if match is None:
        raise programs.ToolFailed("it has no function of words")
    gates = gates_of(plan)
    data = "".join(_blocks(gates, rows)).encode()
    answers = run_c(text, plan, rows, folder)
    wanted = answers_of(gates, rows)
    for width in _WIDTHS:
        main = (
            _MAIN.replace("COUNT_IN", str(len(gates.elements) or 1))
            .replace("COUNT_OUT", str(sum(len(tap.signals) for tap in plan.outputs)))
            .replace("WIDE", width)
            .replace("UPPER", match[1].upper())
            .replace("TOP", match[1])
        )
        (folder / "words.c").write_text(main, encoding="utf-8")
        program = folder / "words"
        # nothing of what words do is undefined, and a sanitizer takes long for that much text
        programs.run([compiler(), *FLAGS, "-o", program, folder / "words.c"], folder)
        lines = iter(programs.run([program], folder, data).split())
        other = islice(_answers(plan, lines), len(rows))
        answers = [b if b != own else a for a, b, own in zip(answers, other, wanted, strict=True)]
    return answers


def _blocks(gates: Gates, rows: Sequence[Row]) -> Iterator[str]:
    """Write the rows of each block as a line of words for each bit of the inputs."""
    for start in range(0, len(rows), _BLOCK):
        signals = [signals_of(row, gates) for row in rows[start : start + _BLOCK]]
        for element in gates.elements or [0]:
            is_inverted = gates.is_inverted(element)
            whole = sum((int(row[element]) ^ is_inverted) << k for k, row in enumerate(signals))
            words = (whole >> 64 * k & (1 << 64) - 1 for k in range(_WORDS))
            yield " ".join(f"{word:x}" for word in words) + "\n"


def _answers(plan: Plan, words: Iterator[bytes]) -> Iterator[Answer]:
    """Yield the rows of every block that was written."""
    count = sum(len(tap.signals) for tap in plan.outputs) * _WORDS
    while block := [int(word, 16) for word in islice(words, count)]:
        wholes = [
            sum(word << 64 * k for k, word in enumerate(block[at : at + _WORDS]))
            for at in range(0, count, _WORDS)
        ]
        for row in range(_BLOCK):
            bits = iter([whole >> row & 1 for whole in wholes])
            yield {tap.alias: in_form(tap, _value(plan, tap, bits)) for tap in plan.outputs}


def _value(plan: Plan, tap: Tap, bits: Iterator[int]) -> Any:
    values = [wire_values(plan.states_of(signal))[next(bits)] for signal in tap.signals]
    return values if tap.is_bus else values[0]
