"""Limits as they are written, and every message about one that means nothing."""

from collections.abc import Mapping
from fractions import Fraction

import pytest

from nnc import InvalidRowsError
from nnc.language.network import Input
from nnc.proofs.plans.domain import Values, read_within
from nnc.rows.inputs.value import REAL_INSTEAD
from tests.support.comparing import integers, reals

INPUTS = {
    "age": Input(type="integer", min=0, max=120),
    "dose": Input(type="real"),
    "smoker": Input(type="bit"),
    "spin": Input(type="bit", states=(-1, 1)),
    "a": Input(type="bit", size=8),
    "spins": Input(type="bit", size=3, states=(-1, 1)),
    "counts": Input(type="integer", size=2, min=0),
    "pupils": Input(type="choice", of=("equal", "wide", "none")),
}


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (["age=65"], {"age": (65,)}),
        (["age=65.0"], {"age": (65,)}),
        (["age=3|1|2|1"], {"age": (1, 2, 3)}),
        (["age=0..64"], {"age": integers(0, 64)}),
        (["age=65.."], {"age": integers(65, None)}),
        (["age=..64"], {"age": integers(None, 64)}),
        (["age=7..7"], {"age": integers(7, 7)}),
        (["dose=-0.5..1/3"], {"dose": reals(Fraction(-1, 2), Fraction(1, 3))}),
        (["dose=0.1|.2"], {"dose": (Fraction(1, 10), Fraction(1, 5))}),
        (["smoker=1"], {"smoker": (1,)}),
        (["spin=-1"], {"spin": (-1,)}),
        (["a=200"], {"a": (200,)}),
        (["a=0..9"], {"a": integers(0, 9)}),
        (["spins=1"], {"spins": (1,)}),
        (["counts=1..2"], {"counts": integers(1, 2)}),
        (["pupils=none|equal"], {"pupils": ("equal", "none")}),
        (["age=1", "dose=2", "age=3"], {"age": (3,), "dose": (2,)}),
        ({"age": range(65), "pupils": ["wide"]}, {"age": integers(0, 64),
                                                  "pupils": ("wide",)}),
        ({"age": 65, "dose": Fraction(1, 3)}, {"age": (65,), "dose": (Fraction(1, 3),)}),
        ({"age": {1, 2}, "dose": "0..1"}, {"age": (1, 2), "dose": reals(0, 1)}),
        ([], {}),
    ],
)  # fmt: skip
def test_limits(limits: list[str] | Mapping[str, object], expected: dict[str, Values]) -> None:
    assert read_within(limits, INPUTS) == expected


@pytest.mark.parametrize(
    ("limit", "message", "fix"),
    [
        ("agee=1", "`agee` is not an input", "did you mean `age`?"),
        ("zzz=1", "`zzz` is not an input",
         "the inputs are age, dose, smoker, spin, a, spins, counts, pupils"),
        ("age", "the limit `age` has no `=`", "write --within age=0..64"),
        ("", "the limit `` has no `=`", "write --within age=0..64"),
        ("age=", "the limit of `age`: there is no value", "FORMS"),
        ("age=..", "the limit of `age`: `..` has no end", "write 0..5, 0.. or ..5"),
        ("age=1..2|4", "the limit of `age`: `1..2|4` is not a range", "FORMS"),
        ("age=1|", "the limit of `age`: a value is missing beside `|` or `..`", "FORMS"),
        ("age=64..0", "the limit of `age`: the range `64..0` is empty: it ends before it starts",
         "write `0..64`"),
        ("age=130", "the limit of `age`: 130 is above max 120", "write an integer from 0 to 120"),
        ("age=-1..5", "the limit of `age`: in the range `-1..5`, -1 is below min 0",
         "write an integer from 0 to 120"),
        ("age=1.5", "the limit of `age`: 1.5 is not an integer",
         "write an integer from 0 to 120" + REAL_INSTEAD),
        ("age=old", "the limit of `age`: expected a number, found `old`",
         "write an integer, a decimal such as 0.1, or a fraction such as 1/3"),
        ("age= 5", "the limit of `age`: expected a number, found ` 5`", "remove the spaces: 5"),
        ("smoker=2", "the limit of `smoker`: 2 is not 0 or 1", "write 0 or 1"),
        ("smoker=yes", "the limit of `smoker`: `yes` is not a number",
         "write 1; `{type: choice, of: [no, yes]}` declares an input of texts"),
        ("smoker=0..1", "the limit of `smoker`: a bit has no range, found `0..1`",
         "write one value"),
        ("spins=0..1", "the limit of `spins`: a bit has no range, found `0..1`",
         "write one value"),
        ("a=256", "the limit of `a`: 256 is above 255, the largest value of 8 bits",
         "write an integer from 0 to 255"),
        ("a=-1", "the limit of `a`: -1 is below 0", "write an integer from 0 to 255"),
        ("a (0)=1", "`a (0)` is an element; limits are those of a whole input",
         "write --within a=…"),
        (" age=1", "` age` is not an input", "remove the spaces: `age`"),
        ("a[0]=1", "`a[0]` is an element; limits are those of a whole input", "write --within a=…"),
        ("a(0)=1", "`a(0)` is an element; limits are those of a whole input", "write --within a=…"),
        ("pupils=wied", "the limit of `pupils`: `wied` is not a value of the choice",
         "did you mean `wide`?"),
        ("pupils=equal..wide", "the limit of `pupils`: `equal..wide` is not a value of the choice",
         "write `equal`, `wide` or `none`"),
    ],
)  # fmt: skip
def test_messages(limit: str, message: str, fix: str) -> None:
    with pytest.raises(InvalidRowsError) as caught:
        read_within([limit], INPUTS)
    (found,) = caught.value.diagnostics
    if fix == "FORMS":
        fix = "write a value, several as 1|2|3, or a range as 0..64, 65.. or ..64"
    assert (found.message, found.help) == (message, fix)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InvalidRowsError) as caught:
        read_within(["nothing", "agee=1", "dose=high", "a=1"], INPUTS)
    assert [one.rule for one in caught.value.diagnostics] == [
        "bad-value",
        "column-not-input",
        "not-a-number",
    ]
