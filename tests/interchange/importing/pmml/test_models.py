"""PMML trees, rules, regressions and models of models, beside what JPMML-Evaluator 1.7.7 gives.

Each `files/pmml/NAME.csv` has rows on and beside the cut-offs of `NAME.pmml`, and in its last
column what JPMML predicts for them.
"""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.naming import plain_name
from nnc.interchange.importing.settings import Settings
from nnc.interchange.imports import read_bytes_as
from nnc.language.firing import Threshold

FILES = Path(__file__).parents[1] / "files/pmml"
MODELS = sorted(path.stem for path in FILES.glob("*.pmml"))
LEAST = Fraction(1, 10**9)
FIELD = '<DataField name="x" optype="continuous" dataType="double"/>'
LEFT = '<SimplePredicate field="x" operator="lessThan" value="1"/>'
RIGHT = '<SimplePredicate field="x" operator="greaterOrEqual" value="1"/>'


def refused(body: str, top: str | None = None) -> str:
    """Return the one finding with which a file is refused, and what it says to do."""
    with pytest.raises(InvalidNetworkError) as caught:
        imported(body, top=top)
    [found] = caught.value.diagnostics
    return f"{found.about.code} {found.message}; {found.help}"


def imported(body: str, fields: str = FIELD, top: str | None = None) -> Imported:
    text = f"<PMML><DataDictionary>{fields}</DataDictionary>{body}</PMML>"
    return read_bytes_as(text.encode(), "x.pmml", "pmml", Settings(top=top))


@pytest.mark.parametrize("name", MODELS)
def test_a_model_gives_what_jpmml_gives(name: str) -> None:
    network = nnc.import_file(FILES / f"{name}.pmml").network
    with (FILES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    columns = {
        column: [plain_name(row[k]) if network.inputs[column].of else row[k] for row in rows]
        for k, column in enumerate(header[:-1])
        if column in network.inputs
    }
    [values] = nnc.evaluate(network, columns).values()
    for ours, row in zip(values.tolist(), rows, strict=True):
        if isinstance(ours, str):
            assert ours == row[-1]
        else:
            assert abs(Fraction(str(ours)) - Fraction(row[-1])) <= LEAST * max(1, abs(ours))


def test_cuts_of_single_floats_lie_where_evaluators_round() -> None:
    tree = f"<TreeModel functionName='regression'><Node><True/><Node score='1'>{LEFT}</Node>"
    tree += f"<Node score='2'>{RIGHT}</Node></Node></TreeModel>"
    network = imported(tree.replace('"1"', '"0.1"'), FIELD.replace("double", "float")).network
    [limit] = (network.neurons["x_is"].thresholds or {}).values()
    between = (float(np.float32(0.1)) + float(np.nextafter(np.float32(0.1), np.float32(0)))) / 2
    assert float(limit.number if isinstance(limit, Threshold) else str(limit)) == between
    single = np.float32(between) >= np.float32(0.1)
    values = nnc.evaluate(network, {"x": [repr(between), "0.0999", "0.1"]})["value"]
    assert values.tolist() == [1 + single, 1, 2]


def test_the_first_model_is_read_or_the_one_that_is_named() -> None:
    tree = f"<Node><True/><Node score='1'>{LEFT}</Node><Node score='2'>{RIGHT}</Node></Node>"
    models = "".join(
        f"<TreeModel modelName='{name}' functionName='regression'>{tree}</TreeModel>"
        for name in ("one", "two")
    )
    assert any("left out: `two`" in note.message for note in imported(models).notes)
    assert not any("`one`" in note.message for note in imported(models, top="two").notes)
    assert "did you mean `two`" in refused(models, top="twoo")


def test_rows_without_an_answer_and_missing_values_are_told() -> None:
    body = f"<TreeModel functionName='regression'><Node><True/><Node score='1'>{LEFT}</Node></Node>"
    messages = [note.message for note in imported(f"{body}</TreeModel>").notes]
    assert messages == [
        "left out: missing values of `x`",
        "counted, though the model gives them nothing: rows that no node, rule or segment is for",
    ]


CHOICE = (
    '<DataField name="y" optype="categorical" dataType="string"><Value value="yes"/>'
    '<Value value="no"/></DataField>'
)
TREE = (
    "<TreeModel functionName='regression'><MiningSchema><MiningField name='y' {}/></MiningSchema>"
    "<Node score='1'><True/><Node score='2'>"
    "<SimplePredicate field='y' operator='equal' value='YES'/></Node>"
    "<Node score='3'><True/></Node></Node></TreeModel>"
)


@pytest.mark.parametrize("body", [
    TREE.format(""),
    ("<Scorecard functionName='regression'><Characteristics><Characteristic><Attribute "
    "partialScore='3'><SimplePredicate field='y' operator='equal' value='YES'/></Attribute>"
    "<Attribute partialScore='2'><SimplePredicate field='y' operator='equal' value='no'/>"
    "</Attribute><Attribute partialScore='1'><True/></Attribute></Characteristic>"
    "</Characteristics></Scorecard>"),
])  # fmt: skip
def test_a_value_that_a_field_does_not_list_is_reported(body: str) -> None:
    notes = imported(body, CHOICE).notes
    told = [note.help for note in notes if "`YES`, which <DataField> `y` does not" in note.message]
    assert told == ["did you mean `yes`?"]


def test_values_that_count_as_they_are() -> None:
    body = TREE.format("invalidValueTreatment='asIs'")
    network = imported(body, CHOICE).network
    assert nnc.evaluate(network, {"y": ["YES", "yes"]})["value"].tolist() == [2, 3]


def test_a_class_that_the_target_does_not_list() -> None:
    table = "<RegressionTable intercept='{}' targetCategory='{}'/>"
    body = (
        "<RegressionModel functionName='classification'><MiningSchema><MiningField name='y' "
        "usageType='target'/></MiningSchema><RegressionTable intercept='1' targetCategory='yess'>"
        "<NumericPredictor name='x' coefficient='1'/></RegressionTable>"
        f"{table.format(0, 'no')}</RegressionModel>"
    )
    with pytest.raises(InvalidNetworkError) as caught:
        imported(body, FIELD + CHOICE)
    [found] = caught.value.diagnostics
    assert found.message == "`yess` is no class of the target `y`"
    assert found.help == "did you mean `yes`?"
    assert imported(body.replace("yess", "yes"), FIELD + CHOICE).network.outputs


def regression(inner: str, more: str = "functionName='regression'") -> str:
    table = f'<RegressionTable intercept="0">{inner}</RegressionTable>'
    return f"<RegressionModel {more}>{table}</RegressionModel>"


def apply(function: str) -> str:
    return (
        "<TransformationDictionary><DerivedField name='d' optype='continuous' dataType='double'>"
        f"<Apply function='{function}'><FieldRef field='x'/><FieldRef field='x'/></Apply>"
        "</DerivedField></TransformationDictionary>"
        + regression("<NumericPredictor name='d' coefficient='1'/>")
    )


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        (regression("<NumericPredictor name='x' coefficient='1' exponent='2'/>"),
         "NNC940 `x` to the power of 2", "compute it before"),
        (regression("", "functionName='regression' normalizationMethod='logit'"),
         "NNC940 `logit` of a sum is no number of a network", 'write normalizationMethod="none"'),
        (apply("*"), "NNC940 `*` of two numbers that depend on the row", "compute it before"),
        (apply("max"), "NNC940 the function `max` is nothing", "compute it before"),
        ("<TreeModel><Node score='1'/></TreeModel>", "NNC941 <Node> needs one predicate", ""),
        (regression("<NumericPredictor name='y' coefficient='1'/>"), "NNC941 `y` is no field", ""),
        (regression("").replace(' intercept="0"', ""),
         "NNC941 <RegressionTable> has no `intercept`", 'write intercept="0" if it has none'),
        (apply("+").replace("'double'", "'doulbe'"), "NNC941 `dataType` is `doulbe`",
         "did you mean `double`?"),
    ],
)  # fmt: skip
def test_what_a_network_cannot_hold_is_told_with_what_to_do(
    body: str, message: str, hint: str
) -> None:
    told = refused(body)
    assert message in told
    assert hint in told
