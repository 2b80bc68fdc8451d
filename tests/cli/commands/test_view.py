"""`nnc view`: a page of a network; and what is in the way."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.pages import data_of
from tests.support.running import BAD, MAIL, XOR, Nnc, rules


@pytest.fixture(autouse=True)
def _networks(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    for name, text in (("xor", XOR), ("mail", MAIL), ("bad", BAD)):
        Path(f"{name}.nn.yaml").write_text(text)
    Path("rows.csv").write_text("a,b\n0,0\n1,0\n")


def test_a_page_to_a_pipe_and_to_a_file(nnc: Nnc) -> None:
    code, out, err = nnc("view", "xor.nn.yaml")
    assert (code, err) == (0, "")
    assert out.startswith("<!DOCTYPE html>")
    assert data_of(out)["rows"] == []
    assert nnc("view", "xor.nn.yaml", "-o", "xor.html") == (0, "", "")
    assert Path("xor.html").read_text() == out


def start(nnc: Nnc, *arguments: str) -> Any:
    return data_of(nnc("view", *arguments).out)["start"]


def test_where_it_begins(nnc: Nnc) -> None:
    assert start(nnc, "xor.nn.yaml") == {"a": "0", "b": "0"}
    assert start(nnc, "xor.nn.yaml", "--set", "b=1") == {"a": "0", "b": "1"}
    assert nnc("view", "xor.nn.yaml", "b=1") == nnc("view", "xor.nn.yaml", "--set", "b=1")
    rows = data_of(nnc("view", "xor.nn.yaml", "rows.csv").out)["rows"]
    assert rows == [{"inputs": ["0", "0"]}, {"inputs": ["1", "0"]}]
    assert start(nnc, "mail.nn.yaml")["links"] == "0"


def test_of_many_rows_the_first_1000_are_in_it(nnc: Nnc) -> None:
    Path("many.csv").write_text("a,b\n" + "0,1\n" * 1500)
    rows = data_of(nnc("view", "xor.nn.yaml", "many.csv").out)["rows"]
    assert rows == [{"inputs": ["0", "1"]}] * 1000
    Path("many.csv").write_text("a,b\n" + "0,1\n" * 1500 + "2,0\n")
    code, out, err = nnc("view", "xor.nn.yaml", "many.csv")
    assert (code, out, rules(err)) == (1, "", ["bad-value"])


def test_it_is_opened(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses: list[str] = []
    monkeypatch.setattr("webbrowser.open", addresses.append)
    code, out, err = nnc("view", "xor.nn.yaml", "--open")
    assert (code, out) == (0, "")
    (address,) = addresses
    assert Path(address.removeprefix("file://")).read_text().startswith("<!DOCTYPE html>")
    assert err.startswith("opened ")
    assert nnc("view", "xor.nn.yaml", "--open", "-o", "xor.html").code == 0
    assert addresses[1] == Path("xor.html").resolve().as_uri()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("-", "-"), 2, "only one of NETWORK and ROWS can be standard input"),
        (("xor.nn.yaml", "-o", "xor.nn.yaml"), 2, "-o and NETWORK name the same file"),
        (("xor.nn.yaml", "--set", "a=2"), 1, "2 is not 0 or 1"),
        (("xor.nn.yaml", "--set", "aa=1"), 1, "the inputs are a, b"),
        (("bad.nn.yaml",), 1, "missing-key"),
        (("none.nn.yaml",), 2, "cannot-open"),
    ],
)
def test_what_cannot_be(nnc: Nnc, arguments: tuple[str, ...], code: int, message: str) -> None:
    result = nnc("view", *arguments, stdin=b"")
    assert (result.code, result.out) == (code, "")
    assert message in result.err
