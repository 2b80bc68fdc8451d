"""Names, indices and sources, as they are written."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnc.language.references import (
    Index,
    IndexTerm,
    Source,
    check_name,
    parse_index,
    parse_source,
    read_port_source,
    read_source,
    uses_i,
)
from nnc.numbers.exact import Quoted, Refused


@pytest.mark.parametrize("name", ["a", "_", "on", "null", "비", "é", "x" * 200, "名前", "ª"])
def test_names(name: str) -> None:
    assert check_name(name) == name
    assert type(check_name(Quoted(name))) is str


@pytest.mark.parametrize(
    ("name", "rule", "fix"),
    [
        ("my-neuron", "bad-name", "write `my_neuron`"), ("two words", "bad-name", "`two_words`"),
        ("3a", "bad-name", "`_3a`"), ("", "bad-name", "a1"), ("a.b", "bad-name", "`a_b`"),
        ("€", "bad-name", "a1"), ("a" * 201, "bad-name", "shorter"),
        ("e\u0301", "name-not-nfc", "NFC"), (None, "wrong-type", ""), (["a"], "wrong-type", ""),
    ],
)  # fmt: skip
def test_no_names(name: object, rule: str, fix: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_name(name)
    assert refusal.value.rule == rule
    assert fix in refusal.value.help


@given(st.text(max_size=8))
def test_a_name_is_a_normal_identifier(text: str) -> None:
    import unicodedata

    try:
        check_name(text)
    except Refused:
        assert not (text.isidentifier() and unicodedata.is_normalized("NFC", text))
    else:
        assert text.isidentifier()


# --------------------------------------------------------------------------------- indices


def term(factor: int, offset: int) -> IndexTerm:
    return IndexTerm(factor, offset)


def at(number: int) -> IndexTerm:
    return term(0, number)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("0", Index(at(0))), ("3", Index(at(3))), ("0:4", Index(at(0), at(4))),
        ("0:56:8", Index(at(0), at(56), 8)), ("999999999999999999", Index(at(10**18 - 1))),
        ("i", Index(term(1, 0))), ("i+1", Index(term(1, 1))), ("i-1", Index(term(1, -1))),
        ("4*i", Index(term(4, 0))), ("4*i+3", Index(term(4, 3))), ("1*i-0", Index(term(1, 0))),
        ("28*i:28*i+84", Index(term(28, 0), term(28, 84))),
        ("i:i+57:28", Index(term(1, 0), term(1, 57), 28)), ("0:i", Index(at(0), term(1, 0))),
    ],
)  # fmt: skip
def test_indices(text: str, index: Index) -> None:
    assert parse_index(text) == index
    assert index.uses_i == ("i" in text)
    assert parse_source(f"a({text})") == Source("a", index)
    assert parse_source(f"비.é({text})") == Source("비", None, "é", index)


NO_INDICES = (
    "", "-1", "01", "1 ", " 1", "0: 4", ":4", "0:", "0:4:", "::2", "0:4:0", "0:4:-1", "0:1:2:3",
    "1.0", "1e3", "+1", "a", "I", "j", "i+", "i+01", "i + 1", "i*2", "2i", "0*i", "01*i", "-i",
    "i+i", "2*i*3", "i+1+1", "٣", "1" * 19, "i:i+2:i", "a:b",
)  # fmt: skip


@pytest.mark.parametrize("text", NO_INDICES)
def test_no_indices(text: str) -> None:
    assert parse_index(text) is None
    with pytest.raises(Refused) as refusal:
        parse_source(f"a({text})")
    assert refusal.value.rule == "bad-source"


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("a(-1)", "never negative"),
        ("a(01)", "without leading zeros"),
        ("a(i*i)", "`k*i`"),
        ("a(7-i)", "`k*i`"),
        ("a(x)", "`i` is the number of each"),
        ("a()", "an element `a(3)`"),
        ("a[3]", "write `a(3)`"),
        ("a[0:4]", "write `a(0:4)`"),
    ],
)
def test_how_to_mend_an_index(text: str, fix: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_source(text)
    assert fix in refusal.value.help


LOWEST = "`; LOWEST is the least value of `age`"


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("age >= 75", "75: points}`"), ("age≥75", "75: points}`"), ("75 <= age", "75: points}`"),
        ("age 75+", "75: points}`"), ("age > 7.5", "above 7.5: points}`"),
        ("age over 75", "above 75: points}`"),
        ("age < 75", "LOWEST: points, 75: 0}" + LOWEST),
        ("75 > age", "LOWEST: points, 75: 0}" + LOWEST),
        ("age<=75", "LOWEST: points, above 75: 0}" + LOWEST),
        ("age = 75", "75: points, above 75: 0}`"), ("age == 75", "75: points, above 75: 0}`"),
        ("age != 75", "LOWEST: points, 75: 0, above 75: points}" + LOWEST),
    ],
)  # fmt: skip
def test_a_comparison_is_written_as_steps(text: str, steps: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_source(text)
    assert refusal.value.rule == "bad-source"
    assert refusal.value.help == f"among the weights, write steps: `age: {{{steps}"


@pytest.mark.parametrize("text", ["age >= limit", "age >= 65 and b", "not b", "a - 3"])
def test_what_is_no_comparison_with_a_number(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_source(text)
    assert "steps" not in refusal.value.help


@given(st.integers(0, 50), st.integers(0, 9), st.integers(-9, 9))
def test_the_number_of_an_element(element: int, factor: int, offset: int) -> None:
    assert term(factor, offset).at(element) == factor * element + offset
    written = f"{factor}*i{offset:+d}" if factor else f"{abs(offset)}"
    index = parse_index(written)
    assert index is not None
    assert index.start.at(element) == (factor * element + offset if factor else abs(offset))


# --------------------------------------------------------------------------------- sources


def test_sources_are_taken_apart() -> None:
    three = Index(at(3))
    assert parse_source("a") == Source("a")
    assert parse_source("1") == Source("1")
    assert parse_source("i") == Source("i")
    assert parse_source("score.spam") == Source("score", port="spam")
    assert parse_source("비.é") == Source("비", port="é")
    assert parse_source("adder(3).cout") == Source("adder", three, "cout")
    assert parse_source("adder.sum(3)") == Source("adder", None, "sum", three)
    both = Source("adder", Index(at(0), at(4)), "sum", three)
    assert parse_source("adder(0:4).sum(3)") == both
    assert not both.uses_i
    assert parse_source("adder.sum(i)").uses_i


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a[3]", "square-bracket-index"), ("a[0:4]", "square-bracket-index"),
        ("2", "bad-source"), ("-a", "bad-source"), ("a.b.c", "bad-source"), ("a.", "bad-source"),
        (".a", "bad-source"), ("a b", "bad-source"), ("", "bad-source"), ("a+b", "bad-source"),
        ("1.0", "bad-source"), ("e\u0301", "name-not-nfc"), ("a.e\u0301", "name-not-nfc"),
        ("e\u0301(1)", "name-not-nfc"), ("a(", "bad-source"), ("a()b", "bad-source"),
        ("a(1)(2)", "bad-source"), ("a((1))", "bad-source"), ("(1)", "bad-source"),
        ("0(1)", "bad-source"), ("1.a", "bad-source"), ("a(1", "bad-source"), ("a)", "bad-source"),
        ("a(1).b(", "bad-source"), ("a.1", "bad-source"),
    ],
)  # fmt: skip
def test_no_sources(text: str, rule: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_source(text)
    assert refusal.value.rule == rule


@pytest.mark.parametrize("read", [read_source, read_port_source])
def test_constants_in_python(read: Any) -> None:
    assert read(1) == "1"
    assert read(0) == "0"
    for wrong in (True, 2, -1, None, 1.0, ["a"]):
        with pytest.raises(Refused):
            read(wrong)


def test_an_i_stands_in_the_wiring_of_parts_only() -> None:
    assert read_port_source("a(i)") == "a(i)"
    assert read_port_source(Quoted("a(2*i-1).b")) == "a(2*i-1).b"
    assert read_source("i") == "i"
    assert read_source("i(3).i") == "i(3).i"
    for text in ("a(i)", "a.b(i+1)", "a(0:i)", "a(i:4).b"):
        assert uses_i(text)
        with pytest.raises(Refused, match="only in the wiring of a repeated part"):
            read_source(text)
    assert not any(map(uses_i, ("i", "a", "a(3)", "i.i", "a(x)", "a(i", "i(3)")))


@given(st.text(st.sampled_from("ab01i.():*+- [],é"), max_size=12))
def test_any_text_is_a_source_or_refused(text: str) -> None:
    refused = None
    try:
        assert parse_source(text).name == text.partition("(")[0].partition(".")[0]
    except Refused as refusal:
        refused = refusal
    if refused is not None:
        assert refused.rule in ("bad-source", "square-bracket-index", "name-not-nfc")
        assert refused.help
