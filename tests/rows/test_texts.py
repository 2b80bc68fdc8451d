"""Places in the text of a file of rows."""

from typing import Any

from nnc.diagnostics.diagnostic import Span
from nnc.rows.texts import Text


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
