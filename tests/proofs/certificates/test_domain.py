"""The values of inputs that two networks share, within limits."""

from fractions import Fraction

import pytest

from nnc.language.network import Input
from nnc.proofs.certificates.domain import Interval, fields, limits_of, written_within
from nnc.proofs.certificates.refusal import RefusedError

INTEGER = Input(type="integer", min=0, max=9)
CHOICE = Input(type="choice", of=["day", "night", "off"])


def test_bounds_are_what_both_take() -> None:
    other = Input(type="integer", min=3)
    field = fields([{"n": INTEGER}, {"n": other}])["n"]
    assert field.interval == Interval(is_integer=True, least=3, greatest=9)
    assert field.fixed == (None,)
    assert fields([{"n": INTEGER}, {"n": Input(type="integer", min=9)}])["n"].fixed == (9,)


def test_an_input_of_one_network_stands_at_its_default() -> None:
    more = {
        "n": INTEGER.model_copy(update={"default": 4}),
        "b": Input(type="bit", default=1),
        "c": CHOICE.model_copy(update={"default": "off"}),
        "free": Input(type="bit"),
    }
    found = fields([{}, more])
    assert [found[name].fixed for name in ("n", "b", "free")] == [(4,), (1,), (None,)]
    assert found["c"].allowed == ("off",)
    assert fields([more])["b"].fixed == (None,)
    assert fields([{}, more], {"n": ["2..3"]})["n"].fixed == (None,)


@pytest.mark.parametrize(
    ("input_", "limit", "values"),
    [
        (INTEGER, "2..5", Interval(is_integer=True, least=2, greatest=5)),
        (INTEGER, "1/2..", Interval(is_integer=True, least=1, greatest=9)),
        (INTEGER, "7", Interval(is_integer=True, least=7, greatest=7)),
        (Input(type="real"), "..0.5", Interval(is_integer=False, greatest=Fraction(1, 2))),
        (CHOICE, "off|day", ("day", "off")),
        (Input(type="bit"), "1", (1,)),
        (Input(type="bit", states=[-1, 1]), "..0", (0,)),
    ],
)
def test_limits(input_: Input, limit: str, values: object) -> None:
    field = fields([{"x": input_}], written_within([f"x={limit}"]))["x"]
    assert values in (field.interval, field.allowed, field.fixed)


BUS = Input(type="bit", size=2)


def test_limits_of_buses() -> None:
    numbers = Input(type="integer", size=3, min=0)
    limited = fields([{"v": BUS, "n": numbers}] * 2, {"v": ["2"], "n": ["1..4"]})
    assert limited["v"].fixed == (0, 1)
    assert limited["n"].interval == Interval(is_integer=True, least=1, greatest=4)
    assert limited["n"].fixed == (None,) * 3
    assert fields([{"n": numbers}], {"n": ["7"]})["n"].fixed == (7,) * 3


@pytest.mark.parametrize(
    ("before", "after", "limits", "message"),
    [
        (INTEGER, Input(type="real"), {}, "input `x` is of another kind in the other network"),
        (Input(type="bit", size=2), Input(type="bit", size=3), {}, "of another kind"),
        (Input(type="bit", states=[-1, 1]), Input(type="bit"), {}, "of another kind"),
        (INTEGER, Input(type="integer", min=10), {}, "input `x` has no value"),
        (INTEGER, INTEGER, {"x": ["10.."]}, "input `x` has no value"),
        (CHOICE, CHOICE, {"x": ["none"]}, "input `x` has no value"),
        (INTEGER, INTEGER, {"x": ["1", "2"]}, "the limit of `x` is not one range"),
        (BUS, BUS, {"x": ["1..2"]}, "the limit of the bus `x` is not one of its values"),
        (BUS, BUS, {"x": ["4"]}, "the limit of the bus `x` is not one of its values"),
        (INTEGER, INTEGER, {"x": ["1e999999"]}, "the limit of `x` is not a range"),
        (INTEGER, INTEGER, {"x": 7}, "the limit of `x` is not a list of texts"),
        (INTEGER, INTEGER, {"y": ["7"]}, "a limit is about an input that there is not"),
    ],
)
def test_what_is_wrong_is_said(
    before: Input, after: Input, limits: dict[str, object], message: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        fields([{"x": before}, {"x": after}], limits_of({"within": limits}))
    assert message in caught.value.message
