"""The schema of network files in editors: snippets, meanings, one mark for one mistake."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft7Validator

import nnc
from nnc.cli.json_schema import SCHEMAS
from nnc.language.network import FIRING, INPUT_TYPES
from tests.support.yaml_core import core_value

NETWORK = Draft7Validator(SCHEMAS["network"]())


def filled(body: Any) -> Any:
    """Give what a snippet inserts: `${1:a}` is a, and `${1|all,any|}` is all."""
    if isinstance(body, dict):
        return {filled(key): filled(item) for key, item in body.items()}
    if isinstance(body, list):
        return [filled(item) for item in body]
    if isinstance(body, str):
        return re.sub(r"\$\{\d+[:|](\w+)[^}]*\}", r"\1", body)
    return body


def placed(kind: str, declaration: Any) -> dict[str, Any]:
    """Give a network with one declaration of a kind, whole as far as the structure goes."""
    network: dict[str, Any] = {"nnc": 1, "inputs": ["a"], "outputs": ["a"]}
    keys = {"Neuron": "neurons", "Layer": "layers", "Part": "parts"} | {
        "Input": "inputs",
        "Output": "outputs",
    }
    if kind == "Case":
        return network | {"cases": [declaration]}
    return network | {keys[kind]: {"x": declaration}}


SNIPPETS = [
    (name, one["label"], one["body"])
    for name, schema in SCHEMAS["network"]()["definitions"].items()
    for one in schema.get("defaultSnippets", ())
]


@pytest.mark.parametrize(("kind", "label", "body"), SNIPPETS, ids=[one[1] for one in SNIPPETS])
def test_a_snippet_has_all_that_is_required(kind: str, label: str, body: Any) -> None:
    assert label
    NETWORK.validate(placed(kind, filled(body)))


def test_the_first_snippet_is_a_network_whose_case_holds() -> None:
    [first] = SCHEMAS["network"]()["defaultSnippets"]
    network = nnc.loads(json.dumps(filled(first["body"])))
    [case] = nnc.run_cases(network)
    assert case.holds


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
