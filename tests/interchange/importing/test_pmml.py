"""PMML scorecards: each row as an evaluator by the book has it, and what no network can hold."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.formats import read_bytes_as
from nnc.interchange.importing.imported import Imported
from tests.support.pmml import Scorecard
from tests.support.pmml import points as points_of

CARD = (Path(__file__).parent / "files/card.pmml").read_text()


def imported(text: str) -> Imported:
    return read_bytes_as(text.encode(), "card.pmml", "pmml")


def score(text: str, row: dict[str, str]) -> Fraction:
    return points_of(Scorecard(text).card, row) / 10


def test_a_card_gives_what_the_standard_says(chunk: int) -> None:
    random = Random(f"pmml{chunk}")
    network = imported(CARD).network
    for _ in range(40):
        row: dict[str, str] = {"sector": random.choice(["public", "private", "own"])}
        if random.random() < 0.8:
            age = random.choice([18, 25, 40, 60]) + random.choice([0, Fraction(1, 10), -1])
            row["age"] = str(float(age))
        if random.random() < 0.8:
            row["income"] = str(random.choice([0, 999, 1000, 1001, 5000]))
        given = {name: [value] for name, value in row.items()}
        assert Fraction(str(nnc.evaluate(network, given)["points"].tolist()[0])) == score(CARD, row)


def test_what_is_left_out_is_named() -> None:
    assert [note.message for note in imported(CARD).notes] == ["left out: reason codes"]


def card(characteristics: str, more: str = "", fields: str = "") -> str:
    fields = fields or '<DataField name="x" optype="continuous" dataType="double"/>'
    return (
        f"<PMML><DataDictionary>{fields}</DataDictionary><Scorecard {more}>"
        f"<Characteristics>{characteristics}</Characteristics></Scorecard></PMML>"
    )


def one(*attributes: str) -> str:
    return f"<Characteristic>{''.join(attributes)}</Characteristic>"


def points(score: str, operator: str, value: str = "0", field: str = "x") -> str:
    predicate = f'<SimplePredicate field="{field}" operator="{operator}" value="{value}"/>'
    return f'<Attribute partialScore="{score}">{predicate}</Attribute>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<x/>", "1:1: NNC941 expected <PMML>, found <x>"),
        ("<PMML><TreeModel/></PMML>", "1:1: NNC940 the file has <TreeModel>, not one <Scorecard>"),
        ("<PMML><Scorecard/></PMML>", "NNC941 the scorecard has no <Characteristics>"),
        (card(one(points("1", "lessThan", field="y"))), "NNC940 `y` is no <DataField>"),
        (card(one(points("a", "lessThan"), points("1", "greaterOrEqual"))), "expected a number"),
        (card(one(points("1", "like"))), "NNC941 there is no operator `like`"),
        (card(one(points("1", "lessThan"))), "NNC940 the bins of `x` end at 0, without it"),
        (card(one(points("1", "lessThan"), points("2", "greaterThan"))), "leave numbers between"),
        (card(one("<Attribute><ComplexPartialScore/></Attribute>")), "is an expression"),
        (card(one("<Attribute/>")), "NNC941 an attribute needs one predicate"),
        (card(""), "NNC940 no field changes the points"),
        (card(one(points("1", "lessThan"), points("1", "equal", field="z"))), "several"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(text: str, message: str) -> None:
    with pytest.raises(InvalidNetworkError) as caught:
        imported(text)
    [found] = caught.value.diagnostics
    assert found.span is not None
    assert message in f"{found.span.line}:{found.span.column}: {found.about.code} {found.message}"
