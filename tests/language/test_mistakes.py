"""The mistakes in one value, raised together."""

import pytest
from pydantic import ValidationError

from nnc.language.mistakes import Mistakes, validator
from nnc.language.readers import read_size


def test_all_mistakes_are_raised_together() -> None:
    mistakes = Mistakes()
    mistakes.stop()
    assert mistakes.read(read_size, "3", "size") == 3
    assert mistakes.read(read_size, "0", "size") is None
    mistakes.exclude("size", "there are two", "keep one")
    with pytest.raises(ValidationError) as raised:
        mistakes.stop()
    assert [line["type"] for line in raised.value.errors()] == ["bad-size", "exclusive-keys"]


def test_what_a_reader_refuses_is_an_error_of_pydantic() -> None:
    with pytest.raises(ValidationError, match="not a size"):
        validator(read_size)("0")
