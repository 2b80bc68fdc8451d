"""C that takes a word of rows at once gives what the oracle gives, also by wider words."""

import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from random import Random
from shutil import which
from typing import Any

import pytest

import nnc
from nnc.interchange.exporting.languages import export_plan
from nnc.numbers.exact import Refused
from tests.support import oracle
from tests.support.exports import rows_near
from tests.support.oracle import Oracle
from tests.support.strategies import example

ROOT = Path(__file__).parents[3]
CONFIGS = sorted((ROOT / "configs").rglob("*.nn.yaml"))
HARD = """\
nnc: 1
fires: at_least
inputs: {a: bit(6), s: {type: bit, states: [-1, 1]}, kind: {type: choice, of: [x, y, z]}, b: bit}
neurons:
  many:
    weights: {a: [9, -7, 5, 3, -2, 1], s: 2, kind.y: -4}
    thresholds: {p: -3, q: 2, r: 8, t: 90}
  few: {weights: {a: [1, 0, 0, 0, 0, -2], b: 3}, threshold: 1, fires: below}
  more: {weights: {many.p: 1, many.q: -2, many.r: 3, few: 1, b: 0.5, kind.z: 1}, threshold: 1.5}
outputs: {more: more, few: few, q: many.q, never: many.t, a: a, both: [few, b, more]}
"""


def bits_of(plan: nnc.Plan, row: dict[str, Any]) -> Iterator[int]:
    for name, one in plan.inputs.items():
        if one.of is not None:
            yield from (int(row[name] == value) for value in one.of)
        else:
            values = row[name] if isinstance(row[name], list) else [row[name]]
            yield from (int(value == max(one.state_values)) for value in values)


def told(plan: nnc.Plan, bits: list[int]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for tap in plan.outputs:
        own, bits = bits[: tap.width], bits[tap.width :]
        states = [tap.states_of(place) or (0, 1) for place in range(tap.width)]
        if tap.kind == "bus" and tap.width > 1 and all(one == (0, 1) for one in states):
            row[tap.alias] = Fraction(sum(bit << place for place, bit in enumerate(own)))
            continue
        values = [Fraction(sorted(one)[bit]) for one, bit in zip(states, own, strict=True)]
        row[tap.alias] = values if len(values) > 1 else values[0]
    return row


def check(
    plan: nnc.Plan, exact: Oracle, rng: Random, folder: Path, width: int = 64, flag: str = ""
) -> bool:
    """Compare rows, in words that a definition or else a flag of the compiler makes so wide."""
    try:
        text = export_plan(plan, "c-words", top="network").text
    except Refused:
        return False
    rows = rows_near(plan, rng, 40)
    given = [list(bits_of(plan, row)) for row in rows]
    count = sum(one.width for one in plan.inputs.values())
    results = sum(tap.width for tap in plan.outputs)
    words = [
        [sum(given[k][i] << k % 64 for k in range(start, min(start + 64, len(rows))))
         for start in range(0, width, 64)]
        for i in range(count)
    ]  # fmt: skip
    listed = ", ".join(f"{word}u" for own in words for word in own) or "0"
    vector = " __attribute__((vector_size(64)))" if width > 64 else ""
    wide = f"typedef uint64_t wide{vector};\n#define NETWORK_WORD wide\n"
    # the words that a header chooses may lie anywhere
    call = (
        f"""
  static uint64_t told[{results} * {width} / 64], words[{count + 1} * {width} / 64 + 1];
  memcpy(words + 1, given, sizeof given);
  network_words((network_word *)(words + 1), (network_word *)told);"""
        if flag
        else f"""
  network_word in[{count or 1}], out[{results}];
  uint64_t told[{results} * sizeof(network_word) / 8];
  memset(in, 0, sizeof in);
  memcpy(in, given, {count} * sizeof(network_word));
  network_words(in, out);
  memcpy(told, out, sizeof told);"""
    )
    (folder / "network.h").write_text(text)
    (folder / "main.c").write_text(f"""\
#include <stdint.h>
#include <stdio.h>
#include <string.h>
{wide if not flag else ""}#include "network.h"
static const uint64_t given[] = {{{listed}}};
int main(void) {{
{call}
  for (unsigned i = 0; i < sizeof told / 8; i++) printf("%llu\\n", (unsigned long long)told[i]);
  return 0;
}}
""")
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O0", *flag.split()]
    built = subprocess.run(["gcc", *flags, "-o", folder / "main", folder / "main.c"],
                           capture_output=True, text=True, check=False)  # fmt: skip
    assert built.returncode == 0, built.stderr[:2000]
    lines = subprocess.run([folder / "main"], capture_output=True, text=True, check=True).stdout
    found = [int(line) for line in lines.split()]
    each = width // 64
    for k, row in enumerate(rows):
        bits = [found[i * each + k // 64] >> k % 64 & 1 for i in range(results)]
        assert told(plan, bits) == exact.evaluate(row), (row, text)
    return True


@pytest.mark.skipif(which("gcc") is None, reason="gcc is missing")
@pytest.mark.parametrize(
    ("width", "flag"), [(64, ""), (512, ""), (128, "-msse2"), (256, "-mavx2"), (512, "-mavx512f")]
)
def test_hard_sums(width: int, flag: str, tmp_path: Path) -> None:
    features = Path("/proc/cpuinfo")
    if flag and (not features.exists() or flag.removeprefix("-m") not in features.read_text()):
        pytest.skip(f"the processor does not take {flag}")
    plan, exact = nnc.compile(nnc.loads(HARD)), Oracle(oracle.loads(HARD))
    assert check(plan, exact, Random(2), tmp_path, width, flag)


@pytest.mark.skipif(which("gcc") is None, reason="gcc is missing")
def test_outputs_that_are_inputs(tmp_path: Path) -> None:
    text = "nnc: 1\nfires: above\ninputs: {a: bit(3)}\nneurons: {}\noutputs: {b: a}\n"
    plan, exact = nnc.compile(nnc.loads(text)), Oracle(oracle.loads(text))
    assert check(plan, exact, Random(4), tmp_path)


@pytest.mark.skipif(which("gcc") is None, reason="gcc is missing")
def test_networks_of_the_configs(full: bool, tmp_path: Path) -> None:
    names = ("multiplier_8x8", "seven_segment", "parity_8", "life_cell")
    seen = 0
    for path in CONFIGS:
        if (full and len(path.name) % 2) or path.name.split(".")[0] in names:
            plan = nnc.compile(nnc.load(path, root=ROOT))
            exact = Oracle(oracle.load(path), path.parent)
            seen += check(plan, exact, Random(path.name), tmp_path)
    assert seen >= len(names)


@pytest.mark.skipif(which("gcc") is None, reason="gcc is missing")
def test_drawn_networks(full: bool, tmp_path: Path) -> None:
    rng, seen = Random("words"), 0
    for k in range(30 if full else 8):
        one = example(rng, 1, ("buses", "choice", "states", "rules"))
        folder = tmp_path / str(k)
        path = one.put(folder)
        plan, exact = nnc.compile(nnc.load(path, root=folder)), Oracle(oracle.load(path), folder)
        seen += check(plan, exact, rng, folder)
    assert seen


def test_a_fault_of_one_is_found(tmp_path: Path) -> None:
    """A limit of a sum, off by one."""
    if which("gcc") is None:
        pytest.skip("gcc is missing")
    wrong = nnc.compile(nnc.loads(HARD.replace("q: 2", "q: 3")))
    with pytest.raises(AssertionError):
        check(wrong, Oracle(oracle.loads(HARD)), Random(2), tmp_path)


def test_what_is_no_bits_is_refused() -> None:
    for output, what in (("{sum: n}", "a sum"), ("{level: n}", "a level")):
        text = f"""\
nnc: 1
fires: above
inputs: [a]
neurons: {{n: {{weights: {{a: 1}}, thresholds: {{x: 0, y: 1}}}}}}
outputs: {{o: {output}}}
"""
        with pytest.raises(Refused, match=f"the output `o` is {what}, and words hold bits alone"):
            export_plan(nnc.compile(nnc.loads(text)), "c-words")
