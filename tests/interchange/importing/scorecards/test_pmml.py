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
from tests.support.refusals import refusal

CARD = (Path(__file__).parents[1] / "files/card.pmml").read_text()


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
    told = refusal(lambda: imported(text))
    assert message in told
    assert told[0].isdigit()  # the place


PREPARED = """<PMML version="4.4"><DataDictionary>
<DataField name="x" optype="continuous" dataType="double">{data}</DataField></DataDictionary>
<Scorecard functionName="regression"><MiningSchema><MiningField name="x" {mining}/></MiningSchema>
<Characteristics><Characteristic>
<Attribute partialScore="1"><SimplePredicate field="x" operator="isMissing"/></Attribute>
<Attribute partialScore="2"><SimplePredicate field="x" operator="lessThan" value="0"/></Attribute>
<Attribute partialScore="3">
<SimplePredicate field="x" operator="greaterOrEqual" value="0"/></Attribute>
</Characteristic></Characteristics></Scorecard></PMML>"""
INTERVAL = '<Interval closure="closedOpen" leftMargin="-5" rightMargin="5"/>'
CODES = '<Value value="-999" property="missing"/><Value value="9" property="invalid"/>'
NUMBERS = ["-999", "-6", "-5", "-1", "0", "4.9", "5", "9"]


@pytest.mark.parametrize(
    ("data", "mining", "points"),
    [
        (CODES, 'invalidValueTreatment="asMissing"', [1, 2, 2, 2, 3, 3, 3, 1, 1]),
        (
            CODES,
            'invalidValueTreatment="asValue" invalidValueReplacement="-1"',
            [1, 2, 2, 2, 3, 3, 3, 2, 1],
        ),
        (CODES, 'invalidValueTreatment="asIs"', [1, 2, 2, 2, 3, 3, 3, 3, 1]),
        (
            CODES,
            'invalidValueTreatment="asMissing" missingValueReplacement="7"',
            [3, 2, 2, 2, 3, 3, 3, 3, 3],
        ),
        (INTERVAL, 'invalidValueTreatment="asMissing"', [1, 1, 2, 2, 3, 3, 1, 1, 1]),
        (
            "",
            'outliers="asMissingValues" lowValue="-5" highValue="5"',
            [1, 1, 2, 2, 3, 3, 3, 1, 1],
        ),
        ("", 'outliers="asExtremeValues" lowValue="0" highValue="5"', [3] * 8 + [1]),
        ("", 'outliers="asExtremeValues" highValue="-2"', [2] * 8 + [1]),
    ],
)
def test_a_field_is_prepared_before_it_counts(data: str, mining: str, points: list[int]) -> None:
    got = imported(PREPARED.format(data=data, mining=mining))
    counted = nnc.evaluate(got.network, {"x": [*NUMBERS, None]})["points"]
    assert [int(each) for each in counted.tolist()] == points
    assert got.exactness == "exact on every row"


def test_numbers_that_a_scorecard_refuses_are_refused() -> None:
    interval = INTERVAL.replace("closedOpen", "closedClosed")
    treatment = 'missingValueTreatment="returnInvalid"'
    got = imported(PREPARED.format(data=interval, mining=treatment))
    about = got.network.inputs["x"]
    assert (about.min, about.max, about.default) == (-5, 5, None)
    assert got.notes == ()


def test_numbers_that_only_the_network_counts_are_told() -> None:
    got = imported(PREPARED.format(data=INTERVAL, mining=""))
    assert got.exactness == "exact on every row that the scorecard scores"
    assert [note.message for note in got.notes] == [
        "counted, though the scorecard has no score for them: `x` outside [-5,5)"
    ]


def test_values_of_a_text_that_count_as_missing_or_not_at_all() -> None:
    text = """<PMML version="4.4"><DataDictionary><DataField name="s" optype="categorical">
    <Value value="a"/><Value value="b"/><Value value="bad" property="invalid"/>
    <Value value="NA" property="missing"/></DataField></DataDictionary>
    <Scorecard functionName="regression"><Characteristics><Characteristic>
    <Attribute partialScore="1">
    <SimplePredicate field="s" operator="notEqual" value="a"/></Attribute>
    <Attribute partialScore="7"><True/></Attribute>
    </Characteristic></Characteristics></Scorecard></PMML>"""
    network = imported(text).network
    assert list(network.inputs["s"].of or ()) == ["a", "b", "NA", "missing"]
    counted = nnc.evaluate(network, {"s": ["a", "b", "NA", None]})["points"]
    assert counted.tolist() == [7, 1, 7, 7]
    open_ended = imported(text.replace('<Value value="a"/><Value value="b"/>', ""))
    assert [note.message for note in open_ended.notes] == [
        "left out: other values than the file names, of `s`"
    ]


@pytest.mark.parametrize(
    ("data", "mining", "message"),
    [
        (CODES, "", "`x` has no score for its value 9"),
        ("", 'outliers="clip"', "`x`: `outliers` is one of asIs, asMissingValues"),
        ("", 'outliers="asExtremeValues"', "`outliers=\"asExtremeValues\"` without `lowValue`"),
        ("", 'invalidValueTreatment="asValue"', "needs `invalidValueReplacement`"),
        ("", 'missingValueTreatment="asMean"', "needs `missingValueReplacement`"),
        ("", 'x-map="1"', "`x`: unknown attributes: `x-map`"),
        ('<Value value="3"/>', "", "`x`: a list of valid numbers"),
        (CODES.replace("invalid", "odd"), "", "`x`: there is no `property` odd"),
        (INTERVAL.replace("closedOpen", "half"), "", "`x`: `closure` is one of"),
        (INTERVAL.replace('"5"', '"five"'), "", "`x`: "),
        (
            INTERVAL,
            'outliers="asExtremeValues" lowValue="0" invalidValueTreatment="asIs"',
            "with `invalidValueTreatment=\"asIs\"`",
        ),
        ("", 'optype="categorical" outliers="asExtremeValues"', "of texts"),
    ],
)  # fmt: skip
def test_how_a_field_cannot_be_prepared(data: str, mining: str, message: str) -> None:
    with pytest.raises(InvalidNetworkError) as caught:
        imported(PREPARED.format(data=data, mining=mining))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('functionName="regression"', 'functionName="classification"', "`functionName="),
        ("<Scorecard ", '<Scorecard isScorable="false" ', "not for scoring"),
        (
            "<Characteristics>",
            """<Output><OutputField name="p" feature="transformedValue">
            <NormContinuous/></OutputField></Output><Characteristics>""",
            "<NormContinuous> changes the points",
        ),
    ],
)
def test_what_makes_something_else_of_the_points_is_refused(
    old: str, new: str, message: str
) -> None:
    with pytest.raises(InvalidNetworkError) as caught:
        imported(PREPARED.format(data="", mining="").replace(old, new))
    assert message in str(caught.value)


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16"])
def test_a_long_list_is_not_cut(encoding: str) -> None:
    values = [f"v{number:05}" for number in range(1800)]
    text = f"""<?xml version="1.0" encoding="{encoding}"?><PMML version="4.4"><DataDictionary>
    <DataField name="s" optype="categorical"/></DataDictionary>
    <Scorecard functionName="regression"><Characteristics><Characteristic>
    <Attribute partialScore="5"><SimpleSetPredicate field="s" booleanOperator="isIn"><Array
    type="string">{" ".join(values)}</Array></SimpleSetPredicate></Attribute>
    </Characteristic></Characteristics></Scorecard></PMML>"""
    network = read_bytes_as(text.encode(encoding), "card.pmml", "pmml").network
    assert list(network.inputs["s"].of or ()) == values


OUTPUTS = """<Output><OutputField name="units" feature="predictedValue"/>
<OutputField name="p" feature="transformedValue"><Apply function="/"><FieldRef field="units"/>
<Constant>2</Constant></Apply></OutputField>
<OutputField name="again" feature="transformedValue"><FieldRef field="p"/></OutputField>
<OutputField name="half" feature="transformedValue"><Apply function="*"><FieldRef field="p"/>
<Constant>0.5</Constant></Apply></OutputField>
<OutputField name="x2" feature="transformedValue"><FieldRef field="x"/></OutputField>
<OutputField name="l" feature="transformedValue"><Apply function="if">
<Apply function="greaterOrEqual"><FieldRef field="p"/>
<Constant dataType="double">1</Constant></Apply>
<Constant dataType="string"> yes  </Constant>
<Constant dataType="string">
  no
</Constant></Apply></OutputField></Output>"""


def test_several_outputs_of_the_points_and_blanks_in_labels() -> None:
    text = PREPARED.format(data="", mining="")
    field = next(name for name in ("x", "a", "n") if f'<DataField name="{name}"' in text)
    outputs = OUTPUTS.replace('field="x"', f'field="{field}"')
    found = imported(text.replace("<Characteristics>", f"{outputs}<Characteristics>"))
    assert list(found.network.outputs) == ["p", "again", "l"]
    assert found.network.outputs["l"].labels == ("no", " yes  ")
    [note] = [each for each in found.notes if each.rule == "output-left-out"]
    assert note.message == "left out, of the outputs: `x2`, `half`"
    wrong = outputs.replace('<Apply function="/"><FieldRef field="units"/>',
                            f'<Apply function="/"><FieldRef field="{field}"/>')  # fmt: skip
    with pytest.raises(InvalidNetworkError, match="an output that reads an input"):
        imported(text.replace("<Characteristics>", f"{wrong}<Characteristics>"))
