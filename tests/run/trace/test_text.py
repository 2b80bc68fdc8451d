"""The text of a trace: outputs first, then the way down, on one screen."""

from pathlib import Path
from typing import Any

import pytest

import nnc
from nnc.run.trace import FollowedRow, follow, neuron_lines, trace
from nnc.run.trace.text import SCREEN, WIDTH
from tests.support.networks import plan_of
from tests.support.traced import MAIL, ROW, inputs_of, trace_of, whole_plan

CONFIGS = Path(__file__).parents[3] / "configs"


def lines_of(network: Any, row: dict[str, Any], **settings: Any) -> list[str]:
    return str(trace_of(network, row, **settings)).splitlines()


def test_a_row_of_several_outputs() -> None:
    row = {"listed": [1], "bayes": [9], "unused": [0]}
    assert lines_of(MAIL, row) == [
        "row 1: listed=1, bayes=9, unused=0",
        "  spam = 0      score.spam silent: sum 4.7, needs ≥ 5, margin 0.3",
        "  alarm = 1     fires: sum 2, needs ≥ 1, margin 1",
        "  points = 4.7  the sum of score",
        "  other = 0     silent: sum 0, needs ≥ 1, margin 1",
        "  in = 1        the input listed",
        "",
        "  alarm: sum 2",
        "      bayes  +2  = 9 ≥ 9",
        "      and 1 at 0: score.spam",
        "  score: sum 4.7",
        "      bayes     +3  = 1/3 × 9",
        "      listed  +1.7  = 1.7 × 1",
        "  other: sum 0",
        "      and 1 at 0: unused",
    ]
    assert lines_of(MAIL, row, only=["spam"]) == [
        "row 1: listed=1, bayes=9, unused=0",
        "  spam = 0  score.spam silent: sum 4.7, needs ≥ 5, margin 0.3",
        "      bayes     +3  = 1/3 × 9",
        "      listed  +1.7  = 1.7 × 1",
    ]


def test_every_neuron_with_each_threshold() -> None:
    traced = trace_of(MAIL, {"listed": [1], "bayes": [9], "unused": [0]}, only=["spam"])
    assert traced.text(full=True).splitlines()[2:] == [
        "  score.suspicious = 1  fires: sum 4.7, needs ≥ 2, margin 2.7",
        "  score.spam = 0  silent: sum 4.7, needs ≥ 5, margin 0.3",
        "      bayes     +3  = 1/3 × 9",
        "      listed  +1.7  = 1.7 × 1",
    ]


def test_states_and_layers(tmp_path: Path) -> None:
    assert lines_of(whole_plan(tmp_path), ROW, only=["h0"]) == [
        "row 1: a=13, s=[-1,1], c=green, r=[0.1,3]",
        "  h0 = 0  h(0) silent: sum -1.5, needs ≥ 0, margin 1.5",
        "      s(1)    -1  = -1 × 1",
        "      s(0)  -0.5  = 0.5 × -1",
        "      and 1 at 0: p(1).n.hi",
        "  p(1).n: sum 3.5 passes lo > 1, not hi > 6; margin 2.5",
        "      a(3)    +2  = 2 × 1",
        "      a(2)    +1  = 1 × 1",
        "      1     +0.5  = 0.5 × 1",
    ]


def test_of_many_sources_the_largest(tmp_path: Path) -> None:
    """Those that add or take most, the largest first; and what the others come to."""
    weights = [1, -50, *([0] * 30), *range(40)]
    plan = plan_of(tmp_path, f"""\
inputs: {{a: bit({len(weights)})}}
neurons: {{n: {{weights: {{a: {weights}}}, threshold: 0}}}}
outputs: [n]
""")  # fmt: skip
    (neuron,) = trace(plan, (0, 1, *([1] * len(weights))))
    lines = neuron_lines(neuron)
    assert [line.split()[0] for line in lines[1:-2]] == [
        "a(1)", *(f"a({k})" for k in range(71, 40, -1))]  # fmt: skip
    assert lines[-2] == f"      … and 9 more: +{1 + sum(range(9))}"
    zeros = ", ".join(f"a({k})" for k in range(2, 11))
    assert lines[-1] == f"      and 31 at 0: {zeros}, …"


def test_a_wide_bus_is_cut() -> None:
    plan = nnc.compile(nnc.loads("nnc: 1\ninputs: {v: integer(40)}\noutputs: [v]\n"))
    text = " ".join(str(trace_of(plan, {"v": [list(range(40))]})).split())
    assert text.startswith(f"row 1: v=[{','.join(map(str, range(32)))},…] v = [0,1,2")


def test_a_row_with_what_tells_it_apart() -> None:
    plan, extra = nnc.compile(nnc.loads(MAIL)), {"bed": "12", "name": "x\x1b[1m"}
    first, *_ = str(follow(plan, (0, 1, 0, 0, 0), row=7, extra=extra)).splitlines()
    assert first == "row 7 (bed=12, name=x\\x1b[1m): listed=0, bayes=0, unused=0"


STEPS = """\
nnc: 1
fires: at_least
inputs: {rate: integer, vip: bit}
neurons:
  breath: {weights: {rate: {0: 3, 9: 1, 12: 0, 21: 2, above 24: 3}}, thresholds: {one: 1, two: 2}}
  score: {weights: {breath: 1, vip: 3}, thresholds: {a: 1, b: 2, c: 3, d: 4, e: 5}}
outputs: {tier: {level: score}, words: {level: [score.b, score.e], labels: [x, y, z]}}
"""


@pytest.mark.parametrize(
    ("rate", "points"),
    [(8, "rate  +3  = 8 ≥ 0"), (10, "rate  +1  = 10 ≥ 9"), (25, "rate  +3  = 25 > 24"),
     (24, "rate  +2  = 24 ≥ 21"), (15, "and 1 at 0: rate"), (-1, "and 1 at 0: rate")],
)  # fmt: skip
def test_steps_are_one_line(rate: int, points: str) -> None:
    traced = trace_of(STEPS, {"rate": [rate], "vip": [0]}, depth=3)
    assert str(traced).splitlines()[-1].strip() == points


def test_thresholds_of_one_neuron_are_one_line() -> None:
    assert lines_of(STEPS, {"rate": [8], "vip": [1]}) == [
        "row 1: rate=8, vip=1",
        "  tier = 5   score: sum 5 passes d ≥ 4, e ≥ 5, …; margin 0",
        "  words = z  score: sum 5 passes b ≥ 2, e ≥ 5; margin 0",
        "",
        "  score: sum 5",
        "      vip     +3  = 3 × 1",
        "      breath  +2  = one, two",
        "  breath: sum 3 passes one ≥ 1, two ≥ 2; margin 1",
        "      rate  +3  = 8 ≥ 0",
    ]


@pytest.mark.parametrize(
    ("file", "row"),
    [
        ("medicine/news2", {"respiration": 25, "saturation": 91, "oxygen": 1, "systolic": 220,
                            "pulse": 131, "cvpu": 1, "temperature": "35.0"}),
        ("medicine/news2", {"respiration": 14, "saturation": 99, "oxygen": 0, "systolic": 120,
                            "pulse": 70, "cvpu": 0, "temperature": "37"}),
        ("digits/digits", {f"p{y}{x}": int(x in (3, 4)) for y in range(8) for x in range(8)}),
        ("digits/digits_layers", {f"p{y}{x}": int(x != 4) for y in range(8) for x in range(8)}),
        ("safety/cooling_fault_tree", dict.fromkeys(
            ["pump_a", "pump_b", "pump_c", "grid", "diesel", "tank", "backup"], 1)),
        ("arithmetic/adder_64bit", {"a": 2**64 - 1, "b": 1}),
        ("arithmetic/multiplier_8x8", {"a": 255, "b": 201}),
    ],
)  # fmt: skip
def test_one_screen(file: str, row: dict[str, Any]) -> None:
    network = nnc.load(CONFIGS / f"{file}.nn.yaml", root=CONFIGS)
    for only in [[], *([alias] for alias in list(network.outputs)[:3])]:
        lines = str(nnc.trace(network, row, only=only)).splitlines()
        assert 3 <= len(lines) <= SCREEN
        assert max(map(len, lines)) <= WIDTH


def test_a_row_is_followed_only_as_far_as_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """No object is made for each weight of a layer."""
    asked = []
    real = FollowedRow.contributions

    def contributions(self: FollowedRow, signal: int) -> Any:
        asked.append(signal)
        return real(self, signal)

    monkeypatch.setattr(FollowedRow, "contributions", contributions)
    network = nnc.load(CONFIGS / "digits/digits_layers.nn.yaml")
    row = {f"p{y}{x}": int(x in (3, 4)) for y in range(8) for x in range(8)}
    assert str(nnc.trace(network, row))
    assert len(asked) < 20
    plan = nnc.compile(network)
    assert len(trace(plan, inputs_of(plan, row))) == 41 + 45 + 10


def test_a_note_stands_behind_the_number_of_the_row() -> None:
    traced = trace_of(MAIL, {"listed": [1], "bayes": [9], "unused": [0]})
    assert traced.text(note="bayes was 2").startswith("row 1 (bayes was 2): listed=1, bayes=9")
