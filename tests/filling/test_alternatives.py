"""Whether other numbers hold for the cases too and do something else: against all small numbers."""

import json
import os
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

import nnc
from nnc.filling.alternatives import Alternatives
from nnc.filling.answer import Solution, solve
from tests.support.running import Nnc

ROWS = list(product((0, 1), repeat=2))
HIDDEN = """\
nnc: 1
fires: at_least
inputs: [a, b, c]
neurons:
  h: {weights: {a: _, b: _}, threshold: _}
  out: {weights: {h: _, a: _, b: _, c: 0}, threshold: _}
outputs: [out]
cases:
  - {given: {a: 0, b: 0, c: 0}, expect: {out: 0}}
  - {given: {a: 0, b: 1, c: 0}, expect: {out: 1}}
  - {given: {a: 1, b: 0, c: 0}, expect: {out: 1}}
  - {given: {a: 1, b: 1, c: 0}, expect: {out: 0}}
"""


@pytest.fixture
def nnc_run(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Nnc:
    return Nnc(capsysbinary, monkeypatch, tmp_path)


def alternatives_of(text: str) -> Alternatives | None:
    solution = solve(nnc.loads(text))
    assert isinstance(solution, Solution)
    assert solution.network is not None
    return solution.others


def test_the_cases_decide_rows_that_differ_in_what_nothing_reads() -> None:
    others = alternatives_of(HIDDEN)
    assert others == Alternatives(8)
    assert str(others) == "other answers: the same outputs in all 8 rows of inputs, proved"


def test_another_answer_gives_another_output() -> None:
    others = alternatives_of(HIDDEN.replace("c: 0}, t", "c: _}, t"))
    assert others is not None
    assert not others.is_same
    assert others.given["c"] == 1
    assert (others.output, {others.own, others.value}) == ("out", {0, 1})


def test_a_row_that_is_not_allowed_decides_nothing() -> None:
    never = HIDDEN.replace("c: 0}, t", "c: _}, t") + "assume: [{never: {c: 1}}]\n"
    assert alternatives_of(never) is None  # the cases have all four rows that are left
    one = HIDDEN.replace("c: 0}, t", "c: 1}, t") + (
        "  - {given: {a: 0, b: 0, c: 1}, expect: {out: 1}}\nassume: [{never: {a: 1, c: 1}}]\n"
    )
    others = alternatives_of(one)
    assert others is not None
    assert others.rows == 6


def test_an_output_that_no_case_expects_is_open() -> None:
    text = HIDDEN.replace("outputs: [out]", "outputs: [out, h]").replace("c: 0}, t", "c: _}, t")
    others = alternatives_of(text.replace("inputs: [a, b, c]", "inputs: [a, b]").replace(
        ", c: _", "").replace(", c: 0", ""))  # fmt: skip
    assert others is not None
    assert others.output == "h"  # turned round, it does as well


def test_nothing_is_said_of_numbers_and_sums() -> None:
    assert alternatives_of(HIDDEN.replace("[a, b, c]", "{a: bit, b: bit, c: integer}")) is None
    assert (
        alternatives_of(HIDDEN.replace("outputs: [out]", "outputs: {out: out, s: {sum: out}}"))
        is None
    )


@pytest.mark.parametrize("levels", ["{level: h}", "{level: h, labels: [none, one, two]}"])
def test_levels_and_buses(levels: str) -> None:
    text = f"""\
nnc: 1
fires: at_least
inputs: {{x: bit(2), y: bit}}
neurons:
  h: {{weights: {{x: 1..1, y: 0..1}}, thresholds: {{one: _, two: _}}}}
outputs: {{l: {levels}, both: [h.one, x(0)]}}
cases:
  - {{given: {{x: [0, 0], y: 0}}, expect: {{both: [0, 0]}}}}
  - {{given: {{x: [1, 0], y: 0}}, expect: {{both: [1, 1]}}}}
  - {{given: {{x: [1, 1], y: 0}}, expect: {{both: [1, 1]}}}}
"""
    others = alternatives_of(text)
    assert others is not None
    assert not others.is_same
    assert others.given.keys() == {"x", "y"}


def networks(random: Random, *, is_bounded: bool) -> tuple[str, int, int]:
    """Draw a network of two inputs, with or without a hidden neuron, and some of its rows."""
    low, high = (-1, 1) if is_bounded else (-2, 2)
    blank = f"{low}..{high}" if is_bounded else "_"
    has_hidden = random.random() < 0.5
    rows = random.sample(ROWS, random.choice([2, 3, 3]))
    lines = "".join(
        f"  - {{given: {{a: {a}, b: {b}}}, expect: {{out: {random.randrange(2)}}}}}\n"
        for a, b in rows
    )
    b_of_out = "" if has_hidden and random.random() < 0.5 else f", b: {blank}"
    hidden = f"  h: {{weights: {{a: {blank}, b: {blank}}}, threshold: _}}\n" if has_hidden else ""
    first = "h" if has_hidden else "a"
    out = f"  out: {{weights: {{{first}: {blank}{b_of_out}}}, threshold: _}}\n"
    text = f"nnc: 1\nfires: at_least\ninputs: [a, b]\nneurons:\n{hidden}{out}outputs: [out]\n"
    return f"{text}cases:\n{lines}", low, high


def behaviours(network: nnc.Network, low: int, high: int) -> Iterator[tuple[int, ...]]:
    """Give what all numbers within bounds do in every row, where the cases hold."""
    neurons = network.neurons

    def of(name: str) -> list[tuple[tuple[str, ...], tuple[int, ...], int]]:
        weights = neurons[name].weights
        assert isinstance(weights, Mapping)
        span = range(low, high + 1)
        reach = len(weights) * max(-low, high)
        return [
            (tuple(weights), each, t)
            for each in product(span, repeat=len(weights))
            for t in range(-reach, reach + 2)
        ]

    columns: dict[str, set[tuple[int, ...]]] = {}
    for name in neurons:
        columns[name] = set()
        inner = columns.get("h", {()}) if name == "out" else {()}
        for hidden, (sources, each, t) in product(inner, of(name)):
            worth = [{"a": a, "b": b, "h": h} for (a, b), h in
                     zip(ROWS, hidden or (0,) * 4, strict=True)]  # fmt: skip
            columns[name].add(tuple(
                int(sum(w * row[s] for w, s in zip(each, sources, strict=True)) >= t)
                for row in worth
            ))  # fmt: skip
    for column in columns["out"]:
        got: dict[Any, int] = dict(zip(ROWS, column, strict=True))
        if all(got[int(case.given["a"]), int(case.given["b"])] == int(case.expect["out"])
               for case in network.cases if case.given and case.expect):  # fmt: skip
            yield column


@pytest.mark.parametrize("is_bounded", [False, True])
def test_all_small_numbers_agree(is_bounded: bool, chunk: int) -> None:
    random = Random(f"{os.environ['NNC_FUZZ_SEED']} {chunk} {is_bounded}")
    for _ in range(6):
        text, low, high = networks(random, is_bounded=is_bounded)
        network = nnc.loads(text)
        found = set(behaviours(network, low, high))
        solution = solve(network)
        assert (solution.network is None) == (not found)
        if solution.network is None:
            continue
        others = solution.others
        if others is not None and not others.is_same:
            row = ROWS.index((int(others.given["a"]), int(others.given["b"])))
            assert {column[row] for column in found} == {0, 1}
        elif others is not None or not is_bounded:
            assert len(found) == 1


def test_columns_that_no_numbers_give_are_not_the_end(nnc_run: Nnc) -> None:
    """One term and weights of 0 or 1 leave few numbers for the columns that are possible."""
    Path("net.nn.yaml").write_text("""\
nnc: 1
fires: at_least
inputs: [a, b]
neurons:
  h: {weights: {a: _, b: _}, threshold: _}
  out: {weights: {h: _}, threshold: _}
outputs: [out]
cases:
  - {given: {a: 0, b: 0}, expect: {out: 0}}
  - {given: {a: 1, b: 1}, expect: {out: 1}}
unknown: {range: 0..1, terms: 1}
""")
    ran = nnc_run("solve", "net.nn.yaml", "--report", "json")
    report = json.loads(ran.out)
    assert (report["size"], report["bound"]) == (2, 2)
    assert report["others"]["output"] == "out"
    assert {report["others"]["own"], report["others"]["other"]} == {"0", "1"}


def test_what_is_told(nnc_run: Nnc) -> None:
    Path("net.nn.yaml").write_text(HIDDEN.replace("c: 0}, t", "c: _}, t"))
    ran = nnc_run("solve", "net.nn.yaml", "-o", "out.nn.yaml")
    assert ran.code == 0
    assert (
        "other answers: no case decides a=0, b=0, c=1, where another answer gives out=" in ran.out
    )
