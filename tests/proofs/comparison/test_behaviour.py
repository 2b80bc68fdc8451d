"""Verdicts on the behaviour of two networks: what is proved, found and told."""

import pytest

import nnc
from nnc.proofs.comparison.behaviour import compare_behaviour
from tests.support.comparing import compared, verdict

AND = "inputs: [a, b]\nneurons: {n: {weights: {a: 1, b: 1}, threshold: 2}}\noutputs: {out: n}\n"


@pytest.mark.parametrize(
    "after",
    [
        AND.replace("n:", "both:").replace("out: n", "out: both"),
        AND.replace("{a: 1, b: 1}, threshold: 2", "{b: 2.5, a: 3}, threshold: 4"),
        AND.replace("{a: 1, b: 1}, threshold: 2", "{a: 1, b: 1}, threshold: 1.5, fires: above"),
        AND.replace("weights: {a: 1, b: 1}, threshold: 2", "wiring: [a, b], fires: all"),
        AND.replace(
            "n: {weights: {a: 1, b: 1}, threshold: 2}",
            "no: {weights: {a: -1, b: -1}, threshold: -1}, n: {weights: {no: 1}, threshold: 0,"
            " fires: at_most}",
        ),
        AND.replace("threshold: 2", "threshold: 2, states: [0, 1]"),
    ],
)
def test_the_same_function_has_the_same_normal_form(after: str) -> None:
    found = verdict(AND, after)
    assert (found.kind, found.how) == ("equal", "same normal form")


def test_a_difference_is_counted_and_the_first_one_replayed() -> None:
    found = verdict(AND, AND.replace("threshold: 2", "threshold: 1"))
    assert (found.kind, found.how) == ("differs", "all 4 rows tried")
    assert (found.tried, found.total, found.differing) == (4, 4, 2)
    example = found.counterexample
    assert example is not None
    assert example.inputs == {"a": 0, "b": 1}
    assert (example.before, example.after) == (0, 1)
    (parted,) = example.parted
    assert parted.before.name == parted.after.name == "n"
    assert parted.before.sum == parted.after.sum == 1
    assert parted.thresholds == (("n", "n"),)
    sides = parted.before, parted.after
    assert [side.limits[0].threshold for side in sides] == [2, 1]
    assert [side.limits[0].fired for side in sides] == [False, True]


def test_outputs_are_paired_by_alias() -> None:
    before = AND.replace("{out: n}", "{gone: a, out: n, wide: [a, b]}")
    after = AND.replace("{out: n}", "{wide: [a, b, a], new: b, out: n}")
    found = compared(before, after)
    assert [(one.output, one.kind, one.how) for one in found.verdicts] == [
        ("gone", "removed", "only before"),
        ("out", "equal", "same normal form"),
        ("wide", "changed-type", "a bus of 2 before, a bus of 3 after"),
        ("new", "added", "only after"),
    ]
    assert found.differs
    assert not found.is_equal


def test_the_first_neurons_of_one_name_that_part_are_told_in_order() -> None:
    chain = (
        "inputs: {a: bit(3)}\nneurons:\n  one: {weights: {a: [1, 1, 1]}, threshold: 2}\n"
        "  two: {weights: {one: 1}, threshold: 1}\n  out: {weights: {two: 1}, threshold: 1}\n"
        "outputs: [out]\n"
    )
    found = verdict(chain, chain.replace("threshold: 2", "threshold: 3"))
    assert found.counterexample is not None
    assert found.counterexample.inputs == {"a": 3}
    assert [one.before.name for one in found.counterexample.parted] == ["one", "two", "out"]


def test_sums_levels_and_largest_are_compared_by_value() -> None:
    base = (
        "inputs: {a: bit(4)}\nneurons:\n"
        "  n: {weights: {a: [1, 2, 3, 4]}, thresholds: {low: 2, high: 5}}\n"
        "  m: {weights: {a: [1, 0, 2, 3]}, threshold: 1}\n"
        "outputs:\n  s: {sum: n}\n  v: {level: n, labels: [none, some, many]}\n"
        "  big: {largest: [n, m], labels: [x, y]}\n"
    )
    assert compared(base, base).is_equal
    doubled = base.replace("[1, 2, 3, 4]", "[2, 4, 6, 8]").replace("2, high: 5", "4, high: 9.5")
    s, v, _ = compared(base, doubled).verdicts
    assert (s.kind, s.differing, s.total) == ("differs", 15, 16)
    assert s.counterexample is not None
    assert (s.counterexample.before, s.counterexample.after) == (1, 2)
    assert v.kind == "equal"
    other = compared(base, base.replace("[x, y]", "[x, z]")).verdicts[2]
    assert (other.kind, other.how) == ("equal", "all 8 rows tried")  # both add `a(0)` alike


def test_sums_whose_common_denominator_is_beyond_int64() -> None:
    before = (
        "inputs: [a, b]\n"
        "neurons:\n"
        "  p: {weights: {a: 1/100000000000000003, b: 1/100000000000000013}, threshold: 0}\n"
        "outputs: {s: {sum: p}}\n"
    )
    after = before.replace("1/100000000000000003", "0").replace("1/100000000000000013", "0")
    found = verdict(before, after)
    assert (found.kind, found.differing, found.total) == ("differs", 3, 4)
    assert compared(before, before).is_equal


def test_networks_without_neurons_and_a_value_in_common() -> None:
    text = "inputs: {{a: {{type: bit, states: {}}}}}\noutputs: [a]\n"
    found = verdict(text.format("[1, 0]"), text.format("[1.5, -1]"), budget=1)
    assert (found.kind, found.how) == (
        "unknown", "it depends on `a`, of which no value is allowed in both networks"
    )  # fmt: skip


def test_integers_of_more_values_than_a_sequence_can_have() -> None:
    text = (
        "inputs: {{a: {{type: integer, min: 0, max: 9223372036854775809}}}}\n"
        "neurons: {{m: {{weights: {{a: 2}}, threshold: {}}}}}\noutputs: {{s: {{sum: m}}, m: m}}\n"
    )
    kinds = {one.output: one.kind for one in compared(text.format(5), text.format(7)).verdicts}
    assert kinds == {"s": "equal", "m": "differs"}


def test_numbers_of_cells_are_ranges() -> None:
    text = """\
nnc: 1
fires: at_least
inputs: {a: {type: integer, min: 0, max: 2}, b: bit}
neurons: {k: {weights: {a: 1, b: 1}, threshold: 1}}
outputs: [k]
"""
    one, two = (
        nnc.compile(nnc.loads(text.replace("threshold: 1", f"threshold: {threshold}")))
        for threshold in (1, 2)
    )
    (rows,) = compare_behaviour(one, two).verdicts
    assert (rows.unit, rows.how) == ("input", "all 6 rows tried")
    (ranges,) = compare_behaviour(one, two, cells=["a"]).verdicts
    assert (ranges.unit, ranges.how) == ("range", "all 6 combinations of ranges tried")
