"""A plan as text: the golden prints, and each form of a line."""

from pathlib import Path

import numpy as np
import pytest

import nnc
from nnc.compiler.plan import formula
from tests.support.networks import plan_of

TESTS = Path(__file__).parents[2]
GOLDEN = [
    "gates/xor", "medicine/news2", "mail/spam_score", "arithmetic/adder_8bit",
    "digits/digits_layers",
    "digits/binarised", "medicine/glasgow_coma_scale", "grids/outline_sparse",
]  # fmt: skip
MIXED = """\
fires: at_least
states: [-1, 1]
inputs:
  pace: {type: choice, of: [slow, fast]}
  light: {type: bit, default: -1}
  mode: {type: bit(2), states: [0, 1], default: 2}
  level: {type: real, min: 0, max: 1/3}
neurons:
  go: {weights: {pace: [1, 2], light: 0.5, mode: 3}, thresholds: {some: 1, most: 2.5}}
  stop: {weights: {go: [-1, -1], level: {0.1: 2, 0.2: 3}}, threshold: 0, fires: below,
         states: [0, 5]}
layers:
  seen: {wiring: [light, go], weights: [[1, 2, 3], [0.5, -1, 0]], thresholds: [0, 1/3]}
  turned: {wiring: stop, thresholds: 1, size: 2, states: [2, 0]}
outputs:
  go: go
  stop: stop
  pace: pace
  all: [stop, light, level, 1]
  sum: {sum: go}
  sums: {sum: seen}
  step: {level: go, labels: [none, some, most]}
  best: {largest: [stop, turned(1)]}
"""


def compare(text: str, name: str, *, update: bool) -> None:
    golden = TESTS / f"golden/{name}.plan.txt"
    if update:
        golden.write_text(text, "utf-8")
    assert golden.read_text("utf-8") == text


@pytest.mark.parametrize("name", GOLDEN)
def test_the_print_of_a_plan(name: str, update: bool) -> None:
    plan = nnc.compile(nnc.load(TESTS.parent / f"configs/{name}.nn.yaml"))
    compare(str(plan), Path(name).name, update=update)


def test_the_print_of_states_choices_layers_and_every_kind_of_output(
    update: bool, tmp_path: Path
) -> None:
    compare(str(plan_of(tmp_path, MIXED)), "mixed", update=update)


def test_every_golden_text_belongs_to_a_plan() -> None:
    names = {Path(name).name for name in GOLDEN} | {"mixed"}
    assert {path.name for path in (TESTS / "golden").iterdir()} == {f"{n}.plan.txt" for n in names}


@pytest.mark.parametrize(
    ("neuron", "text"),
    [
        ("weights: {a: 1, b: -2}, threshold: 3", "n = a - 2*b > 3"),
        ("weights: {a: -1}, threshold: 0, fires: at_least", "n = - a >= 0"),
        ("weights: {}, threshold: 0, fires: at_most", "n = 0 <= 0"),
        ("weights: {a: 0.1}, threshold: 0.3, fires: below", "n = a < 3 [1/10]"),
        ("weights: {a: 1}, thresholds: {x: 0, y: 1}", "n = a: x > 0, y > 1"),
        ("weights: {r: {2: 3}}, threshold: 1", "n = 3*(r>=2) > 1"),
        ("weights: {v(1): 2, c.x: 1, 1: 4}, threshold: 1", "n = 2*v(1) + c.x + 4*1 > 1"),
        ("wiring: [v, c], threshold: 0", "n = v(0) + v(1) + c.x + c.y > 0"),
        ("weights: {s: 3}, threshold: 1", "n = 6*s > 4"),
    ],
)
def test_the_formula_of_a_step(neuron: str, text: str, tmp_path: Path) -> None:
    one = plan_of(tmp_path,
                  "inputs: {a: bit, b: bit, r: real, v: bit(2), s: {type: bit, states: [-1, 1]}, "
                  f"c: {{type: choice, of: [x, y]}}}}\nneurons: {{n: {{{neuron}}}}}\noutputs: "
                  f"[n]\n")  # fmt: skip
    assert formula(one.steps[-1], one.name_of) == text
    assert f"  {text}  [" in str(one)


@pytest.mark.parametrize(
    ("layer", "line"),
    [
        ("weights: [[1, 2, 3], [4, 5, -6]], thresholds: 0",
         "h: 2 x 3 dense int8 of [a(0), a(1), a(2)] > 0  [-6, 9] float32"),
        ("weights: [[0.1, 0, 0], [1, 1, 1]], thresholds: [1, 2.5]",
         "h: 2 x 3 dense int8 of [a(0), a(1), a(2)] > 2 to 10  [0, 3] float32"),
        ("weights: {file: w.npy}, thresholds: {file: t.npy}, fires: below",
         "h: 2 x 3 dense float64 of [a(0), a(1), a(2)] < 0.5 to 3  [-1, 4] float64"),
        ("thresholds: 1, size: 2, states: [-1, 1]",
         "h: 2 x 3 dense int8 of [a(0), a(1), a(2)] > 1  [0, 3] float32 states [-1, 1]"),
    ],
)  # fmt: skip
def test_the_line_of_a_layer(layer: str, line: str, tmp_path: Path) -> None:
    files = {"w": np.array([[0.5, 1, 0], [0, 2, 1]]), "t": np.array([0.5, 3])}
    text = f"inputs: {{a: bit(3)}}\nlayers: {{h: {{wiring: a, {layer}}}}}\noutputs: [h]\n"
    lines = str(plan_of(tmp_path, text, files)).splitlines()
    assert f"  {line}" in lines


def test_inputs_and_levels_of_every_form(tmp_path: Path) -> None:
    text = """\
inputs:
  a: {type: bit(3), default: [1, 0, 1]}
  v: {type: integer(2), min: -1, default: 5}
  c: {type: choice, of: [x, y], default: y}
neurons: {n: {wiring: a, thresholds: {p: 1, q: 2}}, m: {wiring: a, threshold: 1}}
layers: {h: {wiring: a, thresholds: 0, size: 2}}
outputs: {one: {level: n.q}, all: {level: n}, single: {level: m}, of: {level: h(1)}, v: v}
"""
    lines = str(plan_of(tmp_path, text)).splitlines()
    assert lines[1:4] == [
        "input a: bit(3) default [1, 0, 1]",
        "input v: integer(2) min -1 default 5",
        "input c: choice of x, y default y",
    ]
    assert lines[-5:] == [
        "output one = level n.q",
        "output all = level n",
        "output single = level m",
        "output of = level h(1)",
        "output v = [v(0), v(1)]",
    ]


def test_long_lists_of_names_are_cut(tmp_path: Path) -> None:
    text = "inputs: {a: bit(64), b: bit(65)}\noutputs: [a, b]\n"
    lines = str(plan_of(tmp_path, text)).splitlines()
    assert lines[-2].count(",") == 63
    assert lines[-1] == "output b = [b(0), b(1), …, b(64)]"
