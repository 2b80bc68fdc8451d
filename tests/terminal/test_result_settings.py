"""What the options of a command say of the results out."""

import click
import pytest

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.terminal.result_settings import ResultSettings, form_to_write


def settings(**values: object) -> ResultSettings:
    defaults: dict[str, object] = {
        "target": None,
        "output": None,
        "trace": False,
        "numbers": None,
        "bits": False,
        "count": False,
        "with_inputs": None,
        "flush": False,
        "expected": (),
        "exit_code": False,
    }
    return ResultSettings(**(defaults | values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "form"),
    [
        ({}, "csv"),
        ({"target": "npy", "output": "y.csv"}, "npy"),
        ({"output": "y.jsonl.gz"}, "jsonl"),
        ({"trace": True}, "table"),
        ({"trace": True, "output": "y.json"}, "json"),
        ({"trace": True, "output": "why.txt"}, "table"),
        ({"trace": True, "output": "why"}, "table"),
    ],
)
def test_the_format_as_asked_else_as_named_else_as_suits(
    values: dict[str, object], form: str
) -> None:
    assert form_to_write(settings(**values), is_machine=False) == form


def test_a_program_gets_json() -> None:
    assert form_to_write(settings(), is_machine=True) == "json"
    assert form_to_write(settings(trace=True), is_machine=True) == "json"


def test_a_format_that_cannot_hold_what_is_asked() -> None:
    with pytest.raises(click.UsageError, match="a trace cannot be written as csv"):
        form_to_write(settings(trace=True, target="csv"), is_machine=False)
    with pytest.raises(InvalidRowsError, match="the name does not say the format"):
        form_to_write(settings(trace=True, output="y.log"), is_machine=False)
    with pytest.raises(click.UsageError, match="--numbers goes with rows --to json or jsonl"):
        form_to_write(settings(numbers="float"), is_machine=False)


def test_a_file_of_the_name_of_standard_output() -> None:
    assert settings(output="-").file is None
    assert settings(output="y.csv").file == "y.csv"
