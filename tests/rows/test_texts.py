"""Places in the text of a file of rows."""

from typing import Any

import pytest

from nnc.diagnostics.diagnostic import Span
from nnc.rows.texts import Text
from tests.support.reading import messages


def test_a_place_in_a_long_line_costs_no_more_than_what_is_shown() -> None:
    class Watched(str):
        __slots__ = ()

        def find(self, *_: Any) -> int:
            raise AssertionError

        def __getitem__(self, at: Any) -> str:
            cut = super().__getitem__(at)
            assert len(cut) < 2000
            return cut

    text = Text(Watched("x" * 9000 + "\n" + "y" * 9000))
    assert text.place(20, 21) == (Span(1, 21, 1, 22), "x" * 199 + "…")
    assert text.place(9001, 9003) == (Span(2, 1, 2, 3), "y" * 199 + "…")
    assert text.place(8000, 9002) == (Span(1, 8001, 2, 2), None)


def test_lines_are_counted_as_far_as_a_place_is() -> None:
    text = Text("a\nbc\n\nd")
    places = [(0, 1), (6, 7), (2, 4), (1, 2), (5, 6), (3, 3)]
    assert [text.place(*place).span for place in places] == [
        Span(1, 1, 1, 2), Span(4, 1, 4, 2), Span(2, 1, 2, 3), Span(1, 2, 2, 1), Span(3, 1, 4, 1),
        Span(2, 2, 2, 2),
    ]  # fmt: skip
    many = Text("\n".join("abc"))
    assert many.place(0, 1).span == Span(1, 1, 1, 2)
    assert next(many._ends).end() == 4, "the lines after it are not looked at"


@pytest.mark.parametrize("form", ["csv", "jsonl", "json"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
@pytest.mark.parametrize("order", ["le", "be"])
def test_the_encoding_of_a_mark_is_named(form: str, encoding: str, order: str) -> None:
    text = "a,b,n\n1,0,2\n" if form == "csv" else '{"a": 1, "b": 0, "n": 2}\n'
    [found] = messages(f"\ufeff{text}".encode(f"{encoding}-{order}"), form)
    name = encoding.upper()
    excel = ", in Excel as `CSV UTF-8`" if form == "csv" else ""
    hint = f"save the file as UTF-8{excel}, or convert it: iconv -f {name} -t UTF-8 FILE > NEW"
    assert f"the text is {name}, not UTF-8 | {hint}" in found


def test_a_file_that_excel_saved_in_korean_is_recognised() -> None:
    hint = (
        "save the file as UTF-8, in Excel as `CSV UTF-8`, or if it is Korean, convert it: "
        "iconv -f CP949 -t UTF-8 FILE > NEW"
    )
    [found] = messages("a,b,n,환자\n1,0,2,김\n".encode("cp949"), "csv")
    assert found.endswith(f"the byte 0xC0 is not UTF-8 | {hint}")
    [found] = messages("a,b,n,Größe\n1,0,2,3\n".encode("latin-1"), "csv")
    assert found.endswith("is not UTF-8 | save the file as UTF-8, in Excel as `CSV UTF-8`")
