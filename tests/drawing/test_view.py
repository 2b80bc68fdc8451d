"""`nnc view`: a page of a network; and what is in the way."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.pages import data_of
from tests.support.repositories import Repo
from tests.support.running import BAD, MAIL, XOR, Nnc, rules, wrote


@pytest.fixture(autouse=True)
def _networks(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    for name, text in (("xor", XOR), ("mail", MAIL), ("bad", BAD)):
        Path(f"{name}.nn.yaml").write_text(text)
    Path("rows.csv").write_text("a,b\n0,0\n1,0\n")
    Path("bus.nn.yaml").write_text("nnc: 1\ninputs: {p: bit(6)}\noutputs: {p: p}\n")


def test_a_page_to_a_pipe_and_to_a_file(nnc: Nnc) -> None:
    code, out, err = nnc("view", "xor.nn.yaml")
    assert (code, err) == (0, "")
    assert out.startswith("<!DOCTYPE html>")
    assert data_of(out)["rows"] == []
    assert nnc("view", "xor.nn.yaml", "-o", "xor.html") == (0, "", wrote("xor.html"))
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
    message = "the page has the first 1,000 of 1,500 rows\n"
    assert nnc("view", "xor.nn.yaml", "many.csv").err == message
    Path("many.csv").write_text("a,b\n" + "0,1\n" * 1500 + "2,0\n")
    code, out, err = nnc("view", "xor.nn.yaml", "many.csv")
    assert (code, out, rules(err)) == (1, "", ["bad-value"])


def test_rows_that_are_not_as_expected(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a,b,label\n0,0,0\n1,0,0\n1,1,\n")
    data = data_of(nnc("view", "xor.nn.yaml", "rows.csv", "--expected", "label=xor").out)
    assert data["rows"] == [
        {"inputs": ["0", "0"], "expected": {"xor": "0"}, "fails": False},
        {"inputs": ["1", "0"], "expected": {"xor": "0"}, "fails": True},
        {"inputs": ["1", "1"]},
    ]


def test_cases(nnc: Nnc) -> None:
    cases = "cases:\n  - {name: both, given: {a: 1, b: 1}, expect: {xor: 1}}\n"
    Path("xor.nn.yaml").write_text(XOR + cases)
    (row,) = data_of(nnc("view", "xor.nn.yaml", "--case", "*").out)["rows"]
    assert row == {
        "inputs": ["1", "1"], "name": "both", "expected": {"xor": "1"}, "fails": True
    }  # fmt: skip


def test_the_first_case_is_what_it_begins_with(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR + "cases:\n  - {given: {a: 0, b: 1}, expect: {xor: 1}}\n")
    assert data_of(nnc("view", "xor.nn.yaml").out)["start"] == {"a": "0", "b": "1"}
    assert data_of(nnc("view", "xor.nn.yaml", "a=1").out)["start"] == {"a": "1", "b": "0"}


def test_a_change(nnc: Nnc) -> None:
    Path("or.nn.yaml").write_text(XOR.replace("both: -2", "both: 0"))
    code, out, err = nnc("view", "xor.nn.yaml", "--against", "or.nn.yaml")
    assert (code, err) == (0, "")
    data = data_of(out)
    assert [view["title"] for view in data["views"]] == ["Change", "Before", "After"]
    assert data["start"] == {"a": "1", "b": "1"}
    assert data_of(nnc("view", "xor.nn.yaml", "--against", "or.nn.yaml", "a=1").out)["start"] == {
        "a": "1", "b": "0"
    }  # fmt: skip


def test_since_a_revision(nnc: Nnc, repo: Repo) -> None:
    repo.write("xor.nn.yaml", XOR)
    repo.commit("first")
    Path("xor.nn.yaml").write_text(XOR.replace("both: -2", "both: 0"))
    data = data_of(nnc("view", "xor.nn.yaml", "--against", "HEAD").out)
    assert [each["output"] for each in data["against"]["examples"]] == ["xor"]


def test_shapes(nnc: Nnc) -> None:
    assert data_of(nnc("view", "bus.nn.yaml", "--shape", "p=3x2").out)["shapes"] == {"p": [3, 2]}


def test_numbers_left_open(nnc: Nnc) -> None:
    text = "nnc: 1\ninputs: [a]\nfires: above\nneurons: {n: {weights: {a: _}, threshold: 0}}\n"
    Path("open.nn.yaml").write_text(f"{text}outputs: [n]\n")
    code, out, err = nnc("view", "open.nn.yaml")
    assert (code, err) == (0, "")
    assert "is left open" in data_of(out)["open"]
    for more in (("a=1",), ("--against", "xor.nn.yaml"), ("rows.csv",)):
        code, out, err = nnc("view", "open.nn.yaml", *more)
        assert (code, out, rules(err)) == (1, "", ["open-number"])
    result = nnc("view", "xor.nn.yaml", "--against", "open.nn.yaml")
    assert (result.code, rules(result.err)) == (1, ["open-number"])


def test_it_is_opened(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses: list[str] = []
    monkeypatch.setattr("webbrowser.open", addresses.append)
    monkeypatch.setattr("nnc.drawing.view.sys.stdout.isatty", lambda: True)
    code, out, err = nnc("view", "xor.nn.yaml")
    assert (code, out) == (0, "")
    (address,) = addresses
    assert Path(address.removeprefix("file://")).read_text().startswith("<!DOCTYPE html>")
    assert err.startswith("opened ")
    assert nnc("view", "xor.nn.yaml", "-o", "xor.html").code == 0
    assert len(addresses) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("-", "-"), 2, "only one of NETWORK and ROWS can be standard input"),
        (("xor.nn.yaml", "-o", "xor.nn.yaml"), 2, "-o and NETWORK name the same file"),
        (("xor.nn.yaml", "--set", "a=2"), 1, "2 is not 0 or 1"),
        (("xor.nn.yaml", "--set", "aa=1"), 1, "the inputs are a, b"),
        (("bad.nn.yaml",), 1, "missing-key"),
        (("xor.nn.yaml", "--against", "bad.nn.yaml"), 1, "missing-key"),
        (("xor.nn.yaml", "--expected", "out"), 2, "--expected compares a column of a file"),
        (("xor.nn.yaml", "rows.csv", "--expected", "b=xo"), 2, "did you mean `xor`?"),
        (("xor.nn.yaml", "rows.csv", "--case", "*"), 2, "remove ROWS"),
        (("xor.nn.yaml", "--case", "*"), 2, "the network has no cases"),
        (("xor.nn.yaml", "--shape", "a"), 2, "write BUS=WIDTHxHEIGHT"),
        (("xor.nn.yaml", "--shape", "c=1x1"), 2, "there is no input `c`"),
        (("xor.nn.yaml", "--shape", "a=1x1"), 2, "`a` is not a bus of bits"),
        (("bus.nn.yaml", "--shape", "p=2x2"), 2, "2 x 2 are 4 pixels, and `p` has 6 bits"),
        (("none.nn.yaml",), 2, "cannot-open"),
    ],
)
def test_what_cannot_be(nnc: Nnc, arguments: tuple[str, ...], code: int, message: str) -> None:
    result = nnc("view", *arguments, stdin=b"")
    assert (result.code, result.out) == (code, "")
    assert message in result.err
