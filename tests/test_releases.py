"""Files of past releases are read, and give what they gave; `releases/README.md` says more."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.language.document.reader import FORMAT_VERSION

RELEASES = Path(__file__).parent / "releases"
FILES = sorted(RELEASES.glob("*/*.nn.yaml"))


def exact(value: Any) -> Any:
    """Give a value as numbers, whatever holds it: a label or a choice is a text that is none."""
    if isinstance(value, list | np.ndarray):
        return [exact(one) for one in value]
    try:
        return Fraction(value.item() if isinstance(value, np.generic) else value)
    except ValueError:
        return value


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".nn.yaml"))
def test_a_file_means_what_it_meant(file: Path) -> None:
    beside = file.with_name(file.name.replace(".nn.yaml", ".expected.json"))
    plan = nnc.compile(nnc.load(file))
    rows = json.loads(beside.read_text("utf-8"))
    assert rows
    for row in rows:
        given = {name: [exact(value)] for name, value in row["given"].items()}
        found = {alias: exact(values[0]) for alias, values in nnc.evaluate(plan, given).items()}
        assert found == {alias: exact(value) for alias, value in row["outputs"].items()}, row


def test_every_version_has_files() -> None:
    versions = {int(file.parent.name) for file in FILES}
    assert versions == set(range(1, int(FORMAT_VERSION) + 1))


def test_columns_are_read_by_the_names_that_inputs_declare() -> None:
    results = nnc.run_cases(RELEASES / "1" / "columns.nn.yaml")
    assert [result.holds for result in results] == [True, True, True]
