"""What a page calculates with: exactly what nnc gives, on cut-offs and beside them."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from nnc.compiler.plan import build_plan
from nnc.drawing.graphics.tables import brief_number
from nnc.drawing.page import input_texts
from nnc.drawing.page.numbers import plan_numbers
from nnc.numbers.exact import read_number
from nnc.opening.checking import Checked, check_file
from nnc.rows.columns import Batch
from nnc.rows.inputs.row import row_from_values
from tests.drawing.elements.test_declared import CONFIGS, ROOT, batches
from tests.support import everywhere
from tests.support.drawn_convolutions import as_text, drawn_file, drawn_rows
from tests.support.networks import checked
from tests.support.pages import expected, rows_at_cutoffs
from tests.support.strategies import Example, examples

RUN = """({ data, rows }) => {
  const network = nnc.compile(data);
  return rows.map((row) => {
    const read = (input) => [input.name, nnc.readInput(input, row[input.name])];
    const state = nnc.run(network, new Map(network.inputs.map(read)));
    const output = (each) => [each.name, nnc.outputOf(network, each, state)];
    return Object.fromEntries(network.outputs.map(output));
  });
}"""


def check_rows(engine: Any, checked_: Checked, rows: list[Batch]) -> None:
    assert checked_.graph is not None
    plan = build_plan(checked_.graph)
    texts = [input_texts(plan, row) for row in rows]
    results = engine.evaluate(RUN, {"data": plan_numbers(plan), "rows": texts})
    assert results == [expected(plan, row) for row in rows]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_the_engine_gives_what_nnc_gives(path: Path, engine: Any, full: bool) -> None:
    checked_ = check_file(str(path), root=ROOT)
    of_cases = batches(checked_, 500 if full else 10)
    count = 1000 - len(of_cases) if full else 10
    check_rows(engine, checked_, of_cases + rows_at_cutoffs(checked_, count, Random(0)))


def check_example(engine: Any, folder: Path, example: Example) -> None:
    checked_ = check_file(str(example.put(folder)), root=folder)
    assert checked_.graph is not None
    rows = [row_from_values(row, checked_.graph.inputs) for row in example.rows]
    check_rows(engine, checked_, rows + rows_at_cutoffs(checked_, 4, Random(0)))


@given(example=examples())
@settings(
    max_examples=300 if everywhere.is_full else 15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_engine_on_drawn_networks(
    engine: Any, tmp_path_factory: pytest.TempPathFactory, example: Example
) -> None:
    check_example(engine, tmp_path_factory.mktemp("drawn"), example)


NETWORKS = {
    "large": (
        "inputs: [a, b]\nneurons: {n: {weights: {a: 9007199254740993, b: -9007199254740992}, "
        "threshold: 1, fires: at_least}}\noutputs: {n: n, s: {sum: n}}\n"
    ),
    "fractions": (
        "fires: at_least\ninputs: {x: {type: real}, y: {type: real, min: 0, max: 1}}\n"
        "neurons: {n: {weights: {x: 0.1, y: -1/3}, thresholds: {a: 0.3, b: above 0.3}}}\n"
        "outputs: {n: n, s: {sum: n}, l: {level: n, labels: [low, on, high]}}\n"
    ),
    "counts": (
        "fires: at_least\ninputs: {p: bit(3), x: integer}\n"
        "layers: {h: {wiring: [p, x], weights: [[1, 2, -1, 1], [0.5, 1/3, 1, -1]], "
        "thresholds: [[0, 1, 2], [-1, 0.5, 0.5]]}, "
        "g: {wiring: [h, p], weights: [[1, -1, 1, 0, 2], [2, 1, 1, 1, -1]], "
        "thresholds: [[0, 2], [1, 3]], fires: below}}\n"
        "neurons: {n: {weights: {h(1): {1: 1, 3: 2}, g: 1}, threshold: 2}}\n"
        "outputs: {h: h, g: g, n: n, one: g(1), s: {sum: g}, l: {level: h(0)}, m: [x, h(1), p(0)], "
        "k: {largest: h}}\n"
    ),
    "states": (
        "states: [-1, 1]\nfires: above\ninputs: {a: bit(3), c: {type: choice, of: [x, y]}}\n"
        "layers: {h: {wiring: [a], weights: [[1, -1, 1], [0.5, 2, 1/3]], thresholds: [0, -1/3]}}\n"
        "neurons: {n: {weights: {h: [1, -1], c.y: 0.5}, threshold: 0}}\n"
        "outputs: {h: h, n: n, s: {sum: n}, k: {largest: h}, a: a}\n"
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_numbers_of_every_kind(name: str, engine: Any, tmp_path: Path) -> None:
    checked_ = checked(tmp_path, NETWORKS[name])
    check_rows(engine, checked_, rows_at_cutoffs(checked_, 40, Random(0)))


def test_what_is_alike_is_in_it_once() -> None:
    checked_ = check_file(str(ROOT / "configs/arithmetic/adder_64bit.nn.yaml"), root=ROOT)
    assert checked_.graph is not None
    numbers = plan_numbers(build_plan(checked_.graph))
    shapes = numbers["shapes"]
    assert len(shapes) < 6
    assert sum(len(block["names"]) for block in numbers["blocks"]) == len(checked_.graph.nodes)


def test_the_words_of_numbers(engine: Any) -> None:
    shown = """(texts) => texts.map(nnc.readNumber)
      .map((number) => number && nnc.showNumber(number))"""
    brief = "(texts) => texts.map((text) => dom.brief(nnc.readNumber(text)))"
    numbers = [
        "1234567890123456", "12345678901234567", "-1e40", "1e-30", "-99999999999999999999/7",
        "999999999999999999999999", "9.9994999999999999999999", "1/123456789123456789", "-1/3",
    ]  # fmt: skip
    assert engine.evaluate(brief, numbers) == [brief_number(read_number(text)) for text in numbers]
    texts = ["3", "-0.10", ".5", "5.", "1e-3", "-2/6", "6/3", "1/0", "x", "1.2.3", "", "0x1", "1e2"]
    assert engine.evaluate(shown, texts) == [
        "3", "-0.1", "0.5", "5", "0.001", "-1/3", "2", None, None, None, None, None, "100"
    ]  # fmt: skip


def test_convolutions_share_their_weights(engine: Any, tmp_path: Path, full: bool) -> None:
    random = Random(0)
    for _ in range(300 if full else 20):
        file = drawn_file(random)
        path = tmp_path / "drawn.nn.yaml"
        path.write_text(as_text(file), "utf-8")
        checked_ = check_file(str(path), root=tmp_path)
        assert checked_.network is not None
        assert checked_.graph is not None
        rows = drawn_rows(random, checked_.network, 4)
        check_rows(engine, checked_, [row_from_values(row, checked_.graph.inputs) for row in rows])
        blocks = plan_numbers(build_plan(checked_.graph))["blocks"]
        assert sum("window" in block for block in blocks) == len(file["layers"])
