"""Which inputs of two networks are compared, and what people are told of it."""

from fractions import Fraction

import pytest

from nnc.language.network import Input
from nnc.proofs.plans.domain import Axis, Domain, Interval, build_domain, read_within, size_of
from tests.support.comparing import compared, integers, reals

ALONE = "input `x` exists only before: it"
APART = "no value of input `x` is allowed in both networks"


def domain(before: Input | None, after: Input | None, *limits: str) -> Domain:
    """Pair one input `x`, which either network may lack."""
    sides = [{} if one is None else {"x": one} for one in (before, after)]
    return build_domain(sides[0], sides[1], read_within(limits, {**sides[1], **sides[0]}))


def integer(least: float | None = None, greatest: float | None = None) -> Input:
    ends = [None if end is None else Fraction(end) for end in (least, greatest)]
    return Input(type="integer", min=ends[0], max=ends[1])


def real(least: str | None = None, greatest: str | None = None) -> Input:
    ends = [None if end is None else Fraction(end) for end in (least, greatest)]
    return Input(type="real", min=ends[0], max=ends[1])


BIT, SPIN = Input(type="bit"), Input(type="bit", states=(-1, 1))
BUS = Input(type="bit", size=3)


@pytest.mark.parametrize(
    ("before", "after", "limits", "values"),
    [
        (integer(0, 9), integer(3, 20), [], integers(3, 9)),
        (integer(0.5, 9.5), integer(), [], integers(1, 9)),
        (integer(0, 9), real("0.5", "99"), [], integers(1, 9)),
        (real("0.7"), real(None, "1.5"), [], reals(Fraction(7, 10), Fraction(3, 2))),
        (real(), real(), ["x=-1..1/3"], reals(-1, Fraction(1, 3))),
        (integer(0, 9), integer(3, 20), ["x=..5"], integers(3, 5)),
        (integer(0, 9), integer(3, 20), ["x=1|4|8"], (4, 8)),
        (real("0"), integer(), ["x=0.5|1|2"], (1, 2)),
        (BIT, integer(), [], (0, 1)),
        (real("0.5"), BIT, [], (1,)),
        (BIT, SPIN, [], (1,)),
        (SPIN, SPIN, ["x=-1"], (-1,)),
        (SPIN, integer(0), [], (1,)),
        (Input(type="choice", of=("a", "b", "c")), Input(type="choice", of=("c", "d", "a")), [],
         ("a", "c")),
    ],
)  # fmt: skip
def test_values_that_both_take(
    before: Input, after: Input, limits: list[str], values: object
) -> None:
    assert domain(before, after, *limits).axes == (Axis("x", _element(before), values),)


def _element(one: Input) -> int | None:
    return None if one.of else 0


@pytest.mark.parametrize(
    ("before", "after", "limits", "axes"),
    [
        (BUS, BUS, [], [(2, (0, 1)), (1, (0, 1)), (0, (0, 1))]),
        (BUS, BUS, ["x=0..7"], [(2, (0, 1)), (1, (0, 1)), (0, (0, 1))]),
        (BUS, BUS, ["x=5"], [(2, (1,)), (1, (0,)), (0, (1,))]),
        (BUS, BUS, ["x=2..5"], [(None, range(2, 6))]),
        (BUS, BUS, ["x=2.."], [(None, range(2, 8))]),
        (BUS, BUS, ["x=6|1"], [(None, (1, 6))]),
        (BUS, Input(type="bit", size=2), [], [(1, (0, 1)), (0, (0, 1))]),
        (BUS, Input(type="bit", size=2), ["x=2..7"], [(None, range(2, 4))]),
        (Input(type="bit", size=2, states=(-1, 1)), Input(type="bit", size=2, states=(-1, 1)),
         ["x=1"], [(1, (1,)), (0, (1,))]),
        (Input(type="integer", size=2), Input(type="bit", size=2), ["x=1"],
         [(1, (1,)), (0, (1,))]),
        (BUS, Input(type="integer", size=3, min=1), ["x=2.."], [(2, (1,)), (1, (1,)), (0, (1,))]),
        (Input(type="bit", size=1), Input(type="bit", size=1), ["x=1.."], [(0, (1,))]),
    ],
)  # fmt: skip
def test_the_axes_of_a_bus(
    before: Input, after: Input, limits: list[str], axes: list[tuple[int | None, object]]
) -> None:
    found = domain(before, after, *limits)
    assert [(axis.element, axis.values) for axis in found.axes] == axes
    assert found.axis_of("x", 0) == len(axes) - 1


def test_an_element_beyond_the_narrower_bus_has_no_axis() -> None:
    assert domain(BUS, Input(type="bit", size=2)).axis_of("x", 2) is None


@pytest.mark.parametrize(
    ("before", "after", "limits"),
    [
        (real("0.7"), real(None, "0.3"), []),
        (integer(0, 3), integer(5, 9), []),
        (integer(0, 9), integer(5, 9), ["x=0..3"]),
        (integer(0, 9), integer(5, 9), ["x=1|2"]),
        (SPIN, Input(type="bit", states=(2, 3)), []),
        (BUS, Input(type="bit", size=2), ["x=7"]),
        (BUS, Input(type="integer", size=3, min=1), ["x=3"]),
        (Input(type="choice", of=("a", "b")), Input(type="choice", of=("c", "d")), []),
    ],
)
def test_inputs_that_never_fit(before: Input, after: Input, limits: list[str]) -> None:
    found = domain(before, after, *limits)
    assert found.axes == ()
    assert found.apart == {"x": APART}
    assert found.notes[-1] == APART
    assert found.axis_of("x", 0) is None


@pytest.mark.parametrize(
    ("before", "after", "limits", "note"),
    [
        (integer(0, 9), integer(0, 9), [], None),
        (integer(0, 9), integer(3, 20), [],
         "input `x` is compared where both networks take it: 3..9"),
        (real("0.5"), real(), [], "input `x` is compared where both networks take it: 0.5.."),
        (Input(type="choice", of=("a", "b", "c")), Input(type="choice", of=("c", "b", "a")), [],
         None),
        (Input(type="choice", of=("a", "b", "c")), Input(type="choice", of=("c", "b")), [],
         "input `x` is compared where both networks take it: b|c"),
        (BUS, Input(type="bit", size=2), [],
         "input `x` is compared up to 3, as its narrower bus goes"),
        (Input(type="integer", size=3), Input(type="integer", size=2), [],
         "input `x` has 3 elements before and 2 after: no row is valid in both"),
        (Input(type="choice", of=("a", "b")), BIT, [],
         "input `x` is a choice before and none after: no row is valid in both"),
        (BIT, None, [], f"{ALONE} takes every value there"),
        (BIT, None, ["x=1"], f"{ALONE} takes the values of its limit there"),
        (None, BIT, [], "input `x` exists only after: it takes every value there"),
        (Input(type="real", default=Fraction(1, 2)), None, [],
         f"{ALONE} has its default, 0.5"),
        (Input(type="integer", size=2, default=(1, 2)), None, [],
         f"{ALONE} has its default, [1,2]"),
        (Input(type="bit", size=3, default=5), None, [], f"{ALONE} has its default, 5"),
        (Input(type="choice", of=("a", "b"), default="b"), None, [],
         f"{ALONE} has its default, b"),
        (Input(type="bit", default=1), Input(type="bit"), [], None),
    ],
)  # fmt: skip
def test_notes(before: Input | None, after: Input | None, limits: list[str], note: str) -> None:
    assert domain(before, after, *limits).notes == (() if note is None else (note,))


def test_an_input_that_one_network_has_is_held_at_its_default() -> None:
    bus = domain(Input(type="bit", size=3, default=5), None)
    assert [axis.values for axis in bus.axes] == [(1,), (0,), (1,)]
    assert domain(Input(type="choice", of=("a", "b"), default="b"), None).axes[0].values == ("b",)
    limited = domain(Input(type="integer", default=5), None, "x=1..3")
    assert limited.axes[0].values == integers(1, 3)


@pytest.mark.parametrize(
    ("values", "size"),
    [
        (integers(0, 9), 10),
        (integers(0, None), None),
        (reals(0, 9), None),
        (reals(HALF := Fraction(1, 2), HALF), 1),
        (reals(Fraction(7, 10), Fraction(3, 10)), 0),
        (integers(5, 3), 0),
        ((), 0),
        (range(2, 1 << 80), (1 << 80) - 2),
    ],
)
def test_sizes(values: Interval | range, size: int | None) -> None:
    assert size_of(values) == size


def net(inputs: str, weights: str, threshold: str = "1") -> str:
    return (
        f"inputs: {{{inputs}}}\nneurons: {{n: {{weights: {{{weights}}}, threshold: {threshold}}}}}"
        "\noutputs: {out: n}\n"
    )


def test_what_depends_on_an_input_that_never_fits_is_unknown() -> None:
    before = net("x: {type: real, min: 0.7}, b: bit", "x: 1, b: 1")
    after = net("x: {type: real, max: 0.3}, b: bit", "x: 1, b: 1")
    (found,) = compared(before, after).verdicts
    assert (found.kind, found.how) == (
        "unknown",
        "it depends on `x`, of which no value is allowed in both networks",
    )
    without = [text.replace("x: 1, b: 1", "b: 1") for text in (before, after)]
    assert compared(*without).is_equal


def test_an_input_that_one_network_has_counts_where_it_matters() -> None:
    before = net("b: bit", "b: 1")
    weighs = net("b: bit, c: bit", "b: 1, c: 1")
    (found,) = compared(before, weighs).verdicts
    assert found.counterexample is not None
    assert found.counterexample.inputs == {"b": 0, "c": 1}
    assert compared(before, weighs.replace("c: bit", "c: {type: bit, default: 0}")).is_equal
    assert compared(before, weighs.replace("c: 1", "c: 0.5")).is_equal
    assert compared(before, weighs, within=["c=0"]).is_equal


def test_limits_decide_between_equal_and_different() -> None:
    before = net("age: {type: integer, min: 0}", "age: {65: 1}")
    after = net("age: {type: integer, min: 0}", "age: {65: 1, 80: 0}")
    assert compared(before, after, within=["age=..79"]).is_equal
    (found,) = compared(before, after, within=["age=..80"]).verdicts
    assert found.counterexample is not None
    assert (found.counterexample.inputs, found.how) == (
        {"age": 80},
        "all 3 combinations of ranges tried",
    )
