"""Edges: the nearest values on both sides of thresholds, against every row of small networks."""

# ruff: noqa: E501

from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnc
from nnc.numbers.exact import show_number
from nnc.opening.cases.coverage import edges_of
from tests.support.oracle import COMPARE, Oracle, loads

STEPS = "age: {type: integer, min: 0, max: 120}, t: real, h: {type: real, min: 0}"


def edges(neuron: str, inputs: str = STEPS) -> list[tuple[str, Any, Any]]:
    text = (
        f"nnc: 1\nfires: at_least\ninputs: {{{inputs}}}\nneurons: {{n: {neuron}}}\noutputs: [n]\n"
    )
    plan = nnc.compile(nnc.loads(text))

    def told(ends: tuple[Any, Any] | None) -> str | None:
        if ends is None:
            return None
        first, last = map(show_number, ends)
        return first if first == last else f"{first} to {last}"

    return [
        (plan.name_of(each.signal), told(each.silent), told(each.firing)) for each in edges_of(plan)
    ]


def test_a_range_longer_than_an_index_can_be_is_not_listed() -> None:
    wide = "x: {type: integer, min: 0, max: 1e300}"
    assert edges("{weights: {x: 1}, threshold: 3}", wide) == []


@pytest.mark.parametrize(
    ("neuron", "expected"),
    [
        ("{weights: {age: {65: 1}}, threshold: 1}", [("age>=65", "64", "65"), ("n", "0", "1")]),
        ("{weights: {age: {above 65: 1}}, threshold: 1}", [("age>65", "65", "66"), ("n", "0", "1")]),
        ("{weights: {age: {64.5: 1}}, threshold: 1}", [("age>=64.5", "64", "65"), ("n", "0", "1")]),
        ("{weights: {age: {0: 1, 9: 2}}, threshold: 1}",
         [("age>=0", None, "0"), ("age>=9", "8", "9")]),
        ("{weights: {age: {above 120: 1}}, threshold: 1}", [("age>120", "120", None)]),
        ("{weights: {t: {38.3: 1}}, threshold: 1}", [("t>=38.3", "38.2 to 38.3", "38.3"),
                                                     ("n", "0", "1")]),
        ("{weights: {t: {above 38: 1}}, threshold: 1}", [("t>38", "38", "38 to 39"),
                                                         ("n", "0", "1")]),
        ("{weights: {t: {1/3: 1}}, threshold: 1}", [("t>=1/3", "0 to 1/3", "1/3"),
                                                    ("n", "0", "1")]),
        ("{weights: {h: {0: 1, 1: 2}}, threshold: 2}", [("h>=0", "-1 to 0", "0"),
                                                        ("h>=1", "0 to 1", "1"), ("n", "1", "2")]),
        ("{weights: {age: {65: 1, 80: 2}, t: {above 38.5: 3}}, thresholds: {a: 2, b: above 3}}",
         [("age>=65", "64", "65"), ("age>=80", "79", "80"),
          ("t>38.5", "38.5", "38.5 to 38.6"), ("n.a", "1", "2"), ("n.b", "3", "4")]),
        ("{weights: {t: 1}, threshold: 1}", []),
        ("{weights: {age: {65: 1}, t: 1}, threshold: 1}", [("age>=65", "64", "65")]),
    ],
)  # fmt: skip
def test_the_nearest_values(
    neuron: str, expected: list[tuple[str, str | None, str | None]]
) -> None:
    assert edges(neuron) == expected


def test_sums_that_are_many_or_depend_on_neurons_are_not_asked_for() -> None:
    many = ", ".join(f"x{i}" for i in range(14))
    weights = ", ".join(f"x{i}: {2**i}" for i in range(14))
    assert edges(f"{{weights: {{{weights}}}, threshold: 5}}", f"{many}: bit".replace(
        ", ", ": bit, ")) == []  # fmt: skip
    plan = nnc.compile(nnc.load("configs/gates/xor.nn.yaml"))
    assert {plan.name_of(each.signal) for each in edges_of(plan)} < {
        name for step in plan.steps for name in [step.name]
    }


@given(st.randoms(use_true_random=False))
def test_edges_of_sums_are_those_of_every_row(rng: Random) -> None:
    text, values = _drawn(rng)
    plan = nnc.compile(nnc.loads(text))
    exact = Oracle(loads(text))
    rows = [dict(zip(values, row, strict=True)) for row in product(*values.values())]
    sums = {exact.evaluate(row)["total"] for row in rows}
    limits = {"n.first": rng, "n.second": rng}
    for edge in edges_of(plan):
        if edge.step.is_cutoff:
            continue
        limits.pop(plan.name_of(edge.signal))
        fires = COMPARE[edge.step.fires]
        on = [total for total in sums if fires(total, Fraction(edge.threshold))]
        off = [total for total in sums if not fires(total, Fraction(edge.threshold))]
        if fires(1, 0):
            assert (edge.silent, edge.firing) == ((max(off),) * 2, (min(on),) * 2)
        else:
            assert (edge.silent, edge.firing) == ((min(off),) * 2, (max(on),) * 2)
    for name in limits:  # without an edge, all rows are on one side
        assert len({exact.evaluate(row)[name.partition(".")[2]] for row in rows}) == 1


def _drawn(rng: Random) -> tuple[str, dict[str, list[Any]]]:
    """Draw a network of one neuron, and all values of its inputs."""

    def weight() -> str:
        return rng.choice(("1", "-1", "2", "0.5", "-1.5", "1/3", "0"))

    inputs = {
        "a": ("bit", ["0", "1"]), "b": ("bit(2)", ["0", "1", "2", "3"]),
        "s": ("{type: bit, states: [-1, 1]}", ["-1", "1"]),
        "c": ("{type: choice, of: [x, y, z]}", ["x", "y", "z"]),
        "i": ("{type: integer, min: -2, max: 3}", ["-2", "-1", "0", "1", "2", "3"]),
        "j": ("{type: integer, min: 1, max: 5}", ["1", "2", "3", "4", "5"]),
    }  # fmt: skip
    cuts = sorted(rng.sample(("-0.5", "1", "1.5", "3", "4", "above 4", "6"), rng.randint(1, 3)),
                  key=lambda cut: Fraction(cut.split()[-1]))  # fmt: skip
    if "4" in cuts and "above 4" in cuts:
        cuts = ["4", "above 4"]
    steps = ", ".join(f"{cut}: {weight()}" for cut in cuts)
    weights = {
        "a": weight(), "b": rng.choice((weight(), f"[{weight()}, {weight()}]")), "s": weight(),
        "c": f"[{weight()}, {weight()}, {weight()}]", "c.y": weight(), "i": weight(),
        "j": f"{{{steps}}}",
    }  # fmt: skip
    names = rng.sample(list(weights), rng.randint(1, 4))
    if "c" in names and "c.y" in names:
        names.remove("c")
    used = {name: inputs[name.partition(".")[0]] for name in names}
    used = {name.partition(".")[0]: value for name, value in used.items()}
    rule = rng.choice(("above", "at_least", "below", "at_most"))
    limits = sorted(rng.sample(("-2", "-1", "0", "1/3", "1", "2", "3.5"), 2), key=Fraction)
    text = (
        f"nnc: 1\nfires: {rule}\n"
        f"inputs: {{{', '.join(f'{name}: {declared}' for name, (declared, _) in used.items())}}}\n"
        f"neurons: {{n: {{weights: {{{', '.join(f'{name}: {weights[name]}' for name in names)}}}, "
        f"thresholds: {{first: {limits[0]}, second: {limits[1]}}}}}}}\n"
        "outputs: {total: {sum: n}, first: n.first, second: n.second}\n"
    )
    return text, {name: values for name, (_, values) in used.items()}
