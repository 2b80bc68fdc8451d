"""The lines of an open file follow what is changed in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from nnc.lsp.texts import Text, path_of

PIECES = st.text(alphabet="ab\r\n é😋", max_size=8)


def offset(text: str, units: int, encoding: str) -> int:
    """Find the character before which so many units of an encoding stand."""
    size = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    codec = encoding if size == 1 else f"{encoding}-le"
    return len(text.encode(codec)[: units * size].decode(codec, "ignore"))


@given(PIECES, PIECES, st.data(), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_a_change_is_that_of_the_whole_text(
    before: str, new: str, data: st.DataObject, encoding: str
) -> None:
    text = Text("untitled:1", before, 1, encoding)
    lines = list(text.lines)
    ends = sorted(data.draw(st.lists(st.integers(0, len(before)), min_size=2, max_size=2)))
    positions, characters = [], []
    for end in ends:
        line = 0
        while line + 1 < len(lines) and end >= sum(map(len, lines[: line + 1])):
            line += 1
        start = sum(map(len, lines[:line]))
        place = text.place(text.position(line, end - start))
        assert place[0] == line
        positions.append(text.position(*place))
        characters.append(start + place[1])
    change = types.TextDocumentContentChangePartial(types.Range(*positions), new)
    replaced = text.apply(change)
    assert text.text == before[: characters[0]] + new + before[characters[1] :]
    assert text.lines == Text("untitled:1", text.text, 1).lines
    assert "".join(lines[: replaced.first]) == "".join(text.lines[: replaced.first])
    assert (
        lines[replaced.first + replaced.removed :] == text.lines[replaced.first + replaced.added :]
    )


def test_the_whole_text_may_be_sent() -> None:
    text = Text("untitled:1", "a\nb", 1)
    change = text.apply(types.TextDocumentContentChangeWholeDocument("c\r\nd\n"))
    assert text.lines == ["c\r\n", "d\n", ""]
    assert change == (0, 2, 3)


@pytest.mark.parametrize("uri", ["untitled:Untitled-1", "git:/a.nn.yaml?HEAD"])
def test_a_text_may_lie_nowhere(uri: str) -> None:
    assert path_of(uri) is None


@pytest.mark.parametrize(
    "text", ["", "# a\nnnc: 1\n", "{nnc: 1,\n" + "\n" * 6000 + "}", "x:\n" + "\n" * 6000]
)
def test_every_line_is_in_its_piece(text: str) -> None:
    opened = Text("untitled:1", text, 1)
    for line in (0, len(opened.lines) // 2, len(opened.lines) - 1):
        assert opened.piece_at(line).index(line, 0) >= 0
