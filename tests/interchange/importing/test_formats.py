"""How the format of a file is recognised, and what is told where it is not."""

import pytest

from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.files.other_tools import OTHER_FILES
from nnc.interchange.importing.settings import Settings
from nnc.interchange.imports import FORMATS, format_of, read_bytes_as


@pytest.mark.parametrize(
    ("file", "data", "name"),
    [
        ("a.aig", b"", "aiger"),
        ("A.AAG", b"", "aiger"),
        ("a.txt", b"aag 0 0 0 0 0\n", "aiger"),
        ("-", b"aig 0 0 0 0 0\n", "aiger"),
    ],
)
def test_the_name_tells_else_how_it_begins(file: str, data: bytes, name: str) -> None:
    assert format_of(file, data) == name


def test_what_tells_nothing() -> None:
    with pytest.raises(InvalidNetworkError, match="neither the name of the file") as caught:
        read_bytes_as(b"hello", "a.txt")
    assert "aiger" in str(caught.value)


def test_a_format_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="there is no format 'aigr': did you mean `aiger`"):
        read_bytes_as(b"", "a", "aigr")


def test_every_reader_is_there() -> None:
    assert list(FORMATS) == list(OTHER_FILES)
    for name in FORMATS:
        with pytest.raises(InvalidNetworkError):
            read_bytes_as(b"\0", "a", name, Settings())
        assert OTHER_FILES[name].words.startswith(("a ", "an "))
