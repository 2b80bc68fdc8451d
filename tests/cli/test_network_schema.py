"""The schema of network files in editors: meanings, one mark for one mistake."""

from typing import Any

import pytest
from jsonschema import Draft7Validator

from nnc.cli.schema import SCHEMAS
from nnc.language.network import FIRING
from nnc.language.network.inputs import INPUT_TYPES
from tests.support.yaml_core import core_value

NETWORK = Draft7Validator(SCHEMAS["network"]())


def test_each_word_says_what_it_means() -> None:
    found = []

    def look(schema: Any) -> None:
        if isinstance(schema, dict):
            if "enumDescriptions" in schema:
                assert len(schema["enumDescriptions"]) == len(schema["enum"])
                found.append(schema["enum"])
            for item in schema.values():
                look(item)
        elif isinstance(schema, list):
            for item in schema:
                look(item)

    look(SCHEMAS["network"]())
    assert [*FIRING, "all", "any"] in found
    assert list(INPUT_TYPES) in found


def test_editors_offer_each_key_once() -> None:
    """They offer the keys of `properties`, also of those in `then` and `else`."""

    def look(schema: Any) -> None:
        if isinstance(schema, dict):
            assert "properties" not in schema, schema
            for key, item in schema.items():
                if key != "if":
                    look(item)

    look(SCHEMAS["network"]()["else"])


@pytest.mark.parametrize(
    "text",
    [
        "{nnc: 1, inputs: [a], neurons: {n: {weights: {a: 1}, treshold: 1}}, outputs: [n]}",
        "{nnc: 1, inputs: [a], outputs: {o: {argmax: [a]}}}",
        "{nnc: 1, inputs: {a: {tipe: bit}}, outputs: [a]}",
        "{nnc: 1, inputs: [a], output: [a]}",
        "{nnc: 1, inputs: [a], outputs: {o: {sum: a, level: a}}}",
        "{nnc: 1, inputs: {a: {type: bit, min: 1}}, outputs: [a]}",
    ],
)
def test_one_mistake_is_one_mark(text: str) -> None:
    marks: list[str] = []

    def look(error: Any) -> None:
        for one in error.context or ():
            look(one)
        if not error.context:
            marks.append(error.message)

    for error in NETWORK.iter_errors(core_value(text)):
        look(error)
    others = ("is not of type", "is not one of")  # the other forms that stand there
    assert sum(not any(words in mark for words in others) for mark in set(marks)) == 1, marks
