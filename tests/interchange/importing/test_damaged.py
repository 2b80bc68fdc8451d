"""Ten thousand damaged files of each format, with `--all-examples`: a diagnostic each."""

from __future__ import annotations

from random import Random

import pytest

from nnc.interchange.imports import FORMATS as ALL
from tests.fuzz import imports

EACH, EVERY_DAY = 100, 30
"""So many files of each format a chunk has, of which there are a hundred."""


@pytest.mark.parametrize("name", imports.FORMATS)
def test_a_damaged_file_is_told(name: str, chunk: int, full: bool) -> None:
    refused, count = 0, EACH if full else EVERY_DAY
    for place in range(count):
        data = imports.damaged(name, Random(f"{name} {chunk} {place}"))
        try:
            refused += imports.read(name, data)
        except BaseException as error:
            error.add_note(f"the file: {data!r}")
            raise
    assert refused > count // 4


def test_every_format_of_this_kind_is_damaged() -> None:
    others = {"xgboost", "lightgbm", "onnx"}  # which have tests of their own
    assert imports.FORMATS.keys() >= ALL.keys() - others
    for name, files in imports.FORMATS.items():
        for file in files:
            assert not imports.read(name, (imports.FILES / file).read_bytes())
