"""PMML scorecards: each row as an evaluator by the book has it, and what no network can hold."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape, quoteattr

import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.imported import Imported
from nnc.interchange.imports import read_bytes_as
from nnc.language.formatting.networks import to_yaml
from tests.support.pmml import Scorecard, Value
from tests.support.pmml import points as points_of
from tests.support.refusals import refusal

FILES = Path(__file__).parents[1] / "files"
CARD = (FILES / "card.pmml").read_text("utf-8")
RULED = (FILES / "ruled.pmml").read_text("utf-8")
LABELS = ['<b>&"q"', "a -- b-->", "]]>", "ü β", "it's", "low", "-", "&amp;", "none", "a\nb\u202e"]


def imported(text: str) -> Imported:
    return read_bytes_as(text.encode(), "card.pmml", "pmml")


def score(text: str, row: dict[str, str]) -> Fraction:
    return points_of(Scorecard(text).card, row)


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
        assert Fraction(str(nnc.evaluate(network, given)["units"].tolist()[0])) == score(CARD, row)


def test_what_is_left_out_is_named() -> None:
    messages = [note.message for note in imported(CARD).notes]
    assert messages == ["left out, of the outputs: `points`"]


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
        ("<PMML><TreeModel/></PMML>", "1:7: NNC941 the tree has no <Node>"),
        ("<PMML><ClusteringModel/></PMML>", "NNC940 <ClusteringModel> is no model that a network"),
        ("<PMML/>", "NNC940 the file has no model"),
        ("<PMML><Scorecard/></PMML>", "NNC941 the scorecard has no <Characteristics>"),
        (card(one(points("1", "lessThan", field="y"))), "NNC941 `y` is no field"),
        (card(one(points("a", "lessThan"), points("1", "greaterOrEqual"))), "expected a number"),
        (card(one(points("1", "like"))), "NNC941 there is no operator `like`"),
        (card(one(points("1", "lessThan"))), "NNC940 the bins of `x` end at 0, without it"),
        (card(one(points("1", "lessThan"), points("2", "greaterThan"))), "leave numbers between"),
        (card(one("<Attribute><ComplexPartialScore/></Attribute>")), "needs one predicate"),
        (card(one("<Attribute/>")), "NNC941 <Attribute> needs one predicate"),
        (card(""), "NNC940 no field changes the points"),
        (card(one(points("1", "lessThan")), 'initalScore="3"'), "unknown attribute: `initalScore`"),
        (card(one(points("1", "lessThan")), 'functionName="regresion"'), "`regresion`"),
        (card(one(points("1", "lessThan"), points("1", "equal", field="z"))), "NNC941 `z` is no"),
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
        "counted, though the model gives them nothing: `x` outside [-5,5)"
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


def test_several_outputs_of_the_points() -> None:
    text = PREPARED.format(data="", mining="")
    field = next(name for name in ("x", "a", "n") if f'<DataField name="{name}"' in text)
    outputs = OUTPUTS.replace('field="x"', f'field="{field}"')
    found = imported(text.replace("<Characteristics>", f"{outputs}<Characteristics>"))
    assert list(found.network.outputs) == ["units"]
    [note] = [each for each in found.notes if each.rule == "output-left-out"]
    assert note.message == "left out, of the outputs: `p`, `again`, `half`, `x2`, `l`"


# ------------------------------------------------------- what an engine does, row by row


def predicate(field: str, operator: str, value: str, points: int) -> str:
    about = f"field={quoteattr(field)} operator={quoteattr(operator)} value={quoteattr(value)}"
    return f'<Attribute partialScore="{points}"><SimplePredicate {about}/></Attribute>'


def values_of(random: Random, name: str) -> tuple[str, str, list[str]]:
    """Draw a field of some values: its declaration, its attributes, and what rows have there."""
    kind, values = random.choice(
        [("string", ["if", "b", "c"]), ("integer", ["0", "1"]), ("integer", ["-1", "1"])]
    )
    declared = "".join(f'<Value value="{value}"/>' for value in values)
    attributes = [predicate(name, "equal", value, random.randint(-9, 9)) for value in values]
    field = (
        f'<DataField name="{name}" optype="categorical" dataType="{kind}">{declared}</DataField>'
    )
    return field, "".join(attributes), values


def numbers_of(random: Random, name: str) -> tuple[str, str, list[str]]:
    """Draw a field of numbers in bins, which lie within its bounds, if it has any."""
    cuts = sorted(random.sample(["0", "0.1", "0.3", "1", "12.5", "33.3"], 3), key=Fraction)
    operators = [random.choice(["lessThan", "lessOrEqual"]) for _ in cuts]
    attributes = [
        predicate(name, operator, cut, random.randint(-9, 9))
        for operator, cut in zip(operators, cuts, strict=True)
    ]
    rest = "greaterOrEqual" if operators[-1] == "lessThan" else "greaterThan"
    attributes.append(predicate(name, rest, cuts[-1], 5))
    bounds = random.choice(
        ["", '<Interval closure="closedClosed" leftMargin="-2" rightMargin="64"/>']
    )
    field = f'<DataField name="{name}" optype="continuous" dataType="double">{bounds}</DataField>'
    near = [str(float(Fraction(cut) + step)) for cut in cuts for step in (-1, Fraction(1, 10))]
    return field, "".join(attributes), [*cuts, *near, "-2", "64"]


def label_of(starts: Sequence[int], labels: Sequence[str]) -> str:
    """Write which of some labels stands from which points on."""
    constants = [f'<Constant dataType="string">{escape(label)}</Constant>' for label in labels]
    text = constants[0]
    for start, constant in zip(starts, constants[1:], strict=True):
        limit = f'<FieldRef field="units"/><Constant dataType="double">{start}</Constant>'
        reached = f'<Apply function="greaterOrEqual">{limit}</Apply>'
        text = f'<Apply function="if">{reached}{constant}{text}</Apply>'
    return text


def drawn(random: Random) -> tuple[str, dict[str, list[str]], set[str]]:
    """Draw a scorecard: its text, the values of its fields, and those that may be missing."""
    fields, mining, characteristics, known = "", "", "", dict[str, list[str]]()
    optional: set[str] = set()
    for place in range(random.randint(1, 5)):
        name = random.choice(["a", "class", "été", "_x", "on"]) + str(place)
        draw = numbers_of if place == 0 else random.choice([numbers_of, values_of])
        field, attributes, known[name] = draw(random, name)
        fields += field
        about = 'missingValueTreatment="returnInvalid"'
        if random.random() < 0.4:
            optional.add(name)
            about = f'missingValueTreatment="asValue" missingValueReplacement="{known[name][0]}"'
        mining += f'<MiningField name="{name}" invalidValueTreatment="returnInvalid" {about}/>'
        characteristics += f"<Characteristic>{attributes}</Characteristic>"
    starts = sorted(random.sample(range(-6, 12), random.randint(1, 3)))
    label = label_of(starts, random.sample(LABELS, len(starts) + 1))
    share = f'<FieldRef field="units"/><Constant dataType="double">{random.choice([2, 10, 30])}'
    text = f"""<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4">
    <DataDictionary>{fields}</DataDictionary>
    <Scorecard functionName="regression" initialScore="{random.randint(-5, 5)}">
    <MiningSchema>{mining}</MiningSchema><Output>
    <OutputField name="units" feature="predictedValue" dataType="double" optype="continuous"/>
    <OutputField name="p" feature="transformedValue"><Apply function="/">{share}</Constant></Apply>
    </OutputField><OutputField name="label" feature="transformedValue">{label}</OutputField>
    </Output><Characteristics>{characteristics}</Characteristics></Scorecard></PMML>"""
    return text, known, optional


def compare(text: str, rows: Sequence[dict[str, str]]) -> None:
    """Compare the outputs of a network with those of an engine by the book."""
    network, engine = imported(text).network, Scorecard(text, Fraction)
    wanted = [engine.evaluate(row) for row in rows]
    called = {name: name.replace("(", "_").replace(")", "") for row in rows for name in row}
    results = nnc.evaluate(
        network,
        {
            new: [row.get(old) for row in rows]
            for old, new in called.items()
            if new in network.inputs
        },
    )
    for alias, column in results.items():
        given: list[Value] = [
            value if isinstance(answers[alias], str) else Fraction(str(value))
            for value, answers in zip(column.tolist(), wanted, strict=True)
        ]
        assert given == [answers[alias] for answers in wanted], (alias, text)


def test_drawn_cards_give_what_the_standard_says(chunk: int) -> None:
    random = Random(f"drawn pmml {chunk}")
    for _ in range(10):
        text, known, optional = drawn(random)
        rows = [
            {
                name: random.choice(values)
                for name, values in known.items()
                if name not in optional or random.random() < 0.8
            }
            for _ in range(30)
        ]
        compare(text, rows)


def test_states_defaults_and_levels_of_a_card() -> None:
    random = Random("ruled")
    known = {"class": ["if", "été"], "x": ["0.3", "0.7", "0.71", "11.9", "12", "100.7"],
             "n": ["9", "9.5", "10", "-4", "3000000000"], "b(0)": ["0", "1"], "b(1)": ["0", "1"],
             "s": ["-1", "1"]}  # fmt: skip
    rows = [{name: random.choice(values) for name, values in known.items()} for _ in range(200)]
    rows += [{"n": "9", "s": "1"}]
    compare(RULED, rows)
    found = imported(RULED)
    assert to_yaml(found.network).partition("neurons:")[0] == INPUTS
    assert [note.message for note in found.notes] == [
        "some names differ in the network: `b(0)` is `b_0`, `b(1)` is `b_1`",
        "left out, of the outputs: `sum`, `level`, `label`, `units`",
    ]


INPUTS = """\
nnc: 1
fires: at_least
inputs:
  class: {type: choice, of: [if, été], default: été}
  x:     {type: real, min: 0.3, max: 100.7, default: 2}
  n:     {type: real, max: 3000000000}
  b_0:   {type: bit, default: 0}
  b_1:   {type: bit, default: 1}
  s:     {type: bit, states: [-1, 1]}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('partialScore="-21"', 'partialScore="-20"'),
        ('"lessOrEqual"', '"lessThan"'),
    ],
)
def test_a_fault_of_one_is_found(old: str, new: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = imported(RULED.replace(old, new))
    monkeypatch.setattr(f"{__name__}.imported", lambda _: wrong)
    with pytest.raises(AssertionError):
        test_states_defaults_and_levels_of_a_card()
