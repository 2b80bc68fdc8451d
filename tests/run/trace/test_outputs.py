"""The reason of each output, in one line and as data."""

from typing import Any

import pytest

from nnc.run.trace import Ranked
from tests.support.traced import trace_of

NETWORK = """\
nnc: 1
fires: at_least
inputs: {a: integer, b: bit(4), r: real(2), c: {type: choice, of: [red, green]}}
neurons:
  n: {weights: {a: 1}, threshold: 2}
  cold: {weights: {a: 1}, threshold: 3, fires: below}
  score: {weights: {a: 1}, thresholds: {low: 1, mid: above 2, high: 4}}
  many: {weights: {a: 1}, thresholds: {t1: 1, t2: 2, t3: 3, t4: 4, t5: 5, t6: 6}}
  t: {weights: {a: 2}, threshold: 0}
  l: {weights: {a: 1, b: 1}, threshold: 0}
  i: {weights: {a: -1}, threshold: 0}
layers: {pair: {wiring: [a, 1], weights: [[2, 0], [-1, 1]], thresholds: 0}}
outputs:
  n: n
  cold: cold
  warm: score.mid
  one: 1
  a: a
  b: b
  r: r
  c: c
  both: [n, cold]
  points: {sum: score}
  sums: {sum: pair}
  level: {level: score}
  tier: {level: [score.low, score.high], labels: [x, y, z]}
  of_many: {level: many}
  shape: {largest: [t, l, i], labels: [T, L, I]}
  place: {largest: [i, l]}
"""


@pytest.mark.parametrize(
    ("output", "a", "value", "reason"),
    [
        ("n", 2, 1, "fires: sum 2, needs ≥ 2, margin 0"),
        ("n", -1, 0, "silent: sum -1, needs ≥ 2, margin 3"),
        ("cold", 1, 1, "fires: sum 1, needs < 3, margin 2"),
        ("cold", 4, 0, "silent: sum 4, needs < 3, margin 1"),
        ("warm", 2, 0, "score.mid silent: sum 2, needs > 2, margin 0"),
        ("one", 0, 1, "the constant 1"),
        ("a", 7, 7, "the input a"),
        ("b", 0, 5, "2 of 4 bits are on: b(0), b(2)"),
        ("r", 0, [1, 2], "the inputs r(0), r(1)"),
        ("c", 0, 2, "1 of 2 bits is on: c.green"),
        ("both", 5, 1, "1 of 2 bits is on: n"),
        ("points", 5, 5, "the sum of score"),
        ("sums", 5, [10, -4], "the sums of pair(0), pair(1)"),
        ("level", 3, 2, "score: sum 3 passes low ≥ 1, mid > 2, not high ≥ 4; margin 1"),
        ("level", 0, 0, "score: sum 0 not low ≥ 1, mid > 2, high ≥ 4; margin 1"),
        ("tier", 4, "z", "score: sum 4 passes low ≥ 1, high ≥ 4; margin 0"),
        ("of_many", 3, 3, "many: sum 3 passes t2 ≥ 2, t3 ≥ 3, …, not t4 ≥ 4, t5 ≥ 5, …; margin 0"),
        ("shape", 4, "T", "because T 8 > L 6 > I -4"),
        ("shape", 2, "T", "because T 4 = L 4 > I -2"),
        ("shape", -4, "I", "because I 4 > L -2 > T -8"),
        ("place", -1, 0, "because i 1 = l 1"),
    ],
)
def test_the_reason(output: str, a: int, value: Any, reason: str) -> None:
    row = {"a": [a], "b": [5], "r": [[1, 2]], "c": ["green"]}
    (traced,) = trace_of(NETWORK, row, only=[output]).outputs
    assert (traced.name, traced.value, traced.reason) == (output, value, reason)


def test_as_data() -> None:
    row = {"a": [4], "b": [5], "r": [[1, 2]], "c": ["green"]}
    outputs = {output.name: output for output in trace_of(NETWORK, row).outputs}
    assert outputs["shape"].ranking == (
        Ranked("t", "T", 8), Ranked("l", "L", 6), Ranked("i", "I", -4))  # fmt: skip
    assert outputs["place"].ranking == (Ranked("l", "", 6), Ranked("i", "", -4))
    assert [limit.name for limit in outputs["tier"].limits] == ["score.low", "score.high"]
    assert [limit.fired for limit in outputs["tier"].limits] == [True, True]
    assert [limit.name for limit in outputs["warm"].limits] == ["score.mid"]
    assert outputs["points"].sources == outputs["warm"].sources == ("score",)
    assert outputs["b"].sources == ("b(0)", "b(1)", "b(2)", "b(3)")
    assert outputs["n"].limits
    assert not outputs["points"].limits


def test_of_many_the_first_are_ranked() -> None:
    neurons = ", ".join(f"n{i}: {{weights: {{a: {i}}}, threshold: 0}}" for i in range(8))
    text = f"nnc: 1\nfires: above\ninputs: {{a: integer}}\nneurons: {{{neurons}}}\n"
    text += f"outputs: {{o: {{largest: [{', '.join(f'n{i}' for i in range(8))}]}}}}\n"
    (output,) = trace_of(text, {"a": [1]}).outputs
    assert output.reason == "because n7 7 > n6 6 > n5 5 > n4 4 > n3 3, and 3 less or equal"
    assert len(output.ranking) == 8
