"""Plain CSV text read from its bytes: always what the slower readers give, or nothing at all."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nnc.diagnostics.diagnostic import InvalidRowsError
from nnc.language.network import Input
from nnc.numbers.exact import read_number
from nnc.rows.columns import Column, Labels
from nnc.rows.csv import plain
from nnc.rows.csv.plain import PlainCsv
from tests.support.reading import batches, messages

INPUTS = {
    "a": Input(type="bit"),
    "b": Input(type="bit"),
    "d": Input(type="bit", default=1),
    "s": Input(type="bit", states=[-1, "0.5"]),
    "n": Input(type="integer", min=-5, max=10**12),
    "m": Input(type="integer", default=7),
    "r": Input(type="real"),
    "q": Input(type="real", default="0.1"),
    "c": Input(type="choice", of=["alert", "voice", "größe"]),
    "k": Input(type="choice", of=["yes", "a_very_long_value_that_takes_five_words"], default="yes"),
    "w": Input(type="bit", size=40),
    "e": Input(type="bit", size=2),
    "v": Input(type="real", size=2, default=[1, "2.5"]),
    "z": Input(type="real", default=3),
}
HEADER = "v(1),x,c,n,a,b,w,q,d,s,r,m,k,v(0),e(1),e(0),y"
"""Has no `z`, and the extras x and y."""

DECIMALS = ["0", "-0", "0.1", "-.5", "5.", "12.50", "1e-3", "1/3", "007", "123456789012345678",
            "-123456789012345678", "0.00000000000000001", "1234567890123456789", "9.5"]  # fmt: skip
CELLS = {
    "a": ["0", "1", "1.0"], "b": ["0", "1"], "d": ["0", "1", ""], "s": ["-1", "0.5", "1/2"],
    "n": ["-5", "0", "10", "1000000000000", "3.0", "0012"], "m": ["", "-7", "99999999999"],
    "r": DECIMALS, "q": ["", *DECIMALS], "c": ["alert", "voice", "größe", "gro\u0308\u00dfe"],
    "k": ["", "yes", "a_very_long_value_that_takes_five_words"],
    "w": ["0", "255", "1099511627775", "1e3"], "e(0)": ["0", "1", "00"], "e(1)": ["0", "1"],
    "v(0)": ["", "0.25", "-3"], "v(1)": ["", "1", "1/7"], "x": ["", "é", "n 1"], "y": ["", "0"],
}  # fmt: skip
ROWS = st.lists(st.tuples(*(st.sampled_from(CELLS[name]) for name in HEADER.split(","))))


def told(column: Column | Labels) -> Any:
    if isinstance(column, Labels):
        return column.values()
    flat = Column(column.numerators.reshape(-1), column.denominator)
    return (column.numerators.shape, column.numerators.dtype.kind, column.denominator,
            flat.values())  # fmt: skip


def quote(text: str, is_quoted: bool) -> str:
    return f'"{text}"' if is_quoted else text


def read(text: str, **options: Any) -> list[Any]:
    found = batches(text, "csv", INPUTS, extra="keep", **options)
    return [
        (one.count, *map(told, one.columns), {name: list(x) for name, x in one.extras.items()})
        for one in found
    ]


@given(ROWS, st.sets(st.sampled_from(HEADER.split(",")), max_size=3))
def test_both_readers_give_the_same(rows: list[tuple[str, ...]], quoted: set[str]) -> None:
    is_quoted = [name in quoted for name in HEADER.split(",")]
    lines = (map(quote, row, is_quoted) for row in rows)
    text = "\n".join([HEADER, *map(",".join, lines)]) + "\n"
    fast = read(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlainCsv, "batch", lambda *_: None)
        assert fast == read(text)


@pytest.mark.parametrize("value", ["", "2", "x", "-", ".", "1.2.3", "--1", "1-", " 1", "+1", "1_0",
                                   "0x1", "1,1", "٣", "nan", "\0"])  # fmt: skip
def test_a_mistake_in_one_cell_leaves_all_to_the_reader_that_tells(value: str) -> None:
    text = "a,b\n" + "0,1\n" * 40 + f"1,{value}\n" + "1,1\n" * 40
    inputs = {"a": INPUTS["a"], "b": INPUTS["b"]}
    fast = messages(text, "csv", inputs)
    assert len(fast) == 1
    assert "r:42:" in fast[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlainCsv, "batch", lambda *_: None)
        assert messages(text, "csv", inputs) == fast


def test_unusual_numbers_in_one_column_do_not_slow_the_others() -> None:
    text = "a,r\n" + "".join(f"{i % 2},{i}/3\n" for i in range(300))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nnc.rows.csv.reading.Rows", None)
        [batch] = batches(text, "csv", {"a": INPUTS["a"], "r": INPUTS["r"]})
    assert batch.columns[0].values() == [i % 2 for i in range(300)]
    assert batch.columns[1].denominator == 3


QUOTED = ["0", '"0"', '""', '"', '"1', '1"', '"1"2', '1"2"', '"1,0"', '"0\n"', '"""1"""', "1"]


@given(st.lists(st.tuples(st.sampled_from(QUOTED), st.sampled_from(QUOTED)), min_size=1))
@example([('"', "0"), ("1", '"')])
@example([('"1"', '"0"')])
@example([('"0"', '""')])
def test_quotes_are_seen_as_by_the_slower_reader(rows: list[tuple[str, str]]) -> None:
    text = "\n".join(["a,d", *map(",".join, rows)]) + "\n"
    inputs = {name: INPUTS[name] for name in "ad"}

    def outcome() -> Any:
        try:
            return [(one.count, *map(told, one.columns)) for one in batches(text, "csv", inputs)]
        except InvalidRowsError:
            return messages(text, "csv", inputs)

    with pytest.MonkeyPatch.context() as patch:
        fast = outcome()
        patch.setattr(PlainCsv, "batch", lambda *_: None)
        assert fast == outcome()


def test_cells_in_quotes_are_read_from_their_bytes() -> None:
    text = "a,c\n" + "".join(f'"{i % 2}","voice"\n' for i in range(300))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nnc.rows.csv.reading.Rows", None)
        [batch] = batches(text, "csv", {name: INPUTS[name] for name in "ac"})
    assert batch.columns[0].values() == [i % 2 for i in range(300)]
    assert set(batch.columns[1].values()) == {"voice"}


def test_kept_texts_are_taken_when_asked_for() -> None:
    text = "note,a\né 1,0\n,1\nlast,0\n"
    [batch] = batches(text, "csv", {"a": INPUTS["a"]}, extra="keep")
    notes = batch.extras["note"]
    assert (len(notes), notes[0], list(notes[1:]), list(notes)) == (
        3, "é 1", ["", "last"], ["é 1", "", "last"])  # fmt: skip
    assert list(batch.cut(1, 3).extras["note"]) == ["", "last"]


def test_texts_decode_no_more_than_holds_them() -> None:
    class Whole(bytes):
        def decode(self, *_: Any) -> str:
            raise AssertionError

    whole = Whole("é,1/3,ü,\n".encode() * 3)
    starts = np.array([3, 14])
    texts = plain.Texts(whole, starts, starts + 3)
    assert list(texts) == ["1/3", "1/3"]
    assert list(texts[::-1]) == ["1/3", "1/3"]
    assert list(plain.Texts(whole, starts - 3, starts + 3)) == ["é,1/3", "é,1/3"]
    assert list(texts[:0]) == []


def test_places_of_kept_cells() -> None:
    [batch] = batches("é,a\n\u00e9x,0\ny,1\n", "csv", {"a": INPUTS["a"]}, also=["é"])
    assert batch.places is not None
    span, excerpt = batch.places(1, "é")
    assert (span.line, span.column, span.end_column, excerpt) == (3, 1, 2, "y,1")
    assert batch.places(0, "é")[0].end_column == 3


def test_kept_cells_in_quotes_have_the_places_of_the_slower_reader() -> None:
    text = 'é,a,z\n"\u00e9x","0",1\ny,1,"z 2"\n"",0,""\n'

    def kept() -> list[Any]:
        [batch] = batches(text, "csv", {"a": INPUTS["a"]}, extra="keep", also=["é", "z"])
        assert batch.places is not None
        places = [batch.places(row, name) for row in range(3) for name in "éz"]
        return [*(list(texts) for texts in batch.extras.values()), places]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nnc.rows.csv.reading.Rows", None)
        fast = kept()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlainCsv, "batch", lambda *_: None)
        assert fast == kept()


@given(st.lists(st.integers(-(10**17), 10**17) | st.integers(-9, 9), min_size=1), st.integers(0, 9))
def test_decimals_are_read_exactly(numerators: list[int], places: int) -> None:
    scale = 10**places
    texts = [f"{'-' if n < 0 else ''}{abs(n) // scale}.{abs(n) % scale:0{places}d}"[:19]
             if places else str(n) for n in numerators]  # fmt: skip
    [batch] = batches("x\n" + "\n".join(texts) + "\n", "csv", {"x": INPUTS["r"]})
    assert batch.columns[0].values() == [read_number(text, lenient=True) for text in texts]


def test_ten_thousand_scalars_are_read_together() -> None:
    inputs = {f"x{i}": Input(type="bit") for i in range(10_000)}
    rng = np.random.default_rng(1)
    table = rng.integers(0, 2, (50, 10_000))
    text = ",".join(inputs) + "\n" + "\n".join(",".join(map(str, row)) for row in table.tolist())
    text = text.replace(",1,", ",01,", 1) + "\n"  # so that not every cell is one digit
    [batch] = batches(text, "csv", inputs)
    assert np.array_equal([column.numerators for column in batch.columns], table.T)
