"""The outline of a text follows its changes, whatever is wrong in it."""

from hypothesis import given
from hypothesis import strategies as st

from nnc.language.mentions import Outline

LINES = """\
nnc: 1
inputs:
  a: bit
  "b": {type: bit,
    default: 0}
neurons:
  # a comment
  n: {wir
  m:
    weights: {a: 1}

    threshold: 1
cases:
- {given: {}}
- file: x.csv
""".splitlines(keepends=True)


def test_sections_and_entries() -> None:
    outline = Outline(LINES)
    assert [section.key for section in outline.sections] == ["nnc", "inputs", "neurons", "cases"]
    neurons = outline.section("neurons")
    assert neurons is not None
    assert [(entry.name, entry.first, entry.stop) for entry in outline.entries(neurons)] == [
        ("n", 7, 8), ("m", 8, 12),
    ]  # fmt: skip
    inputs, cases = outline.section("inputs"), outline.section("cases")
    assert inputs is not None
    assert cases is not None
    assert list(outline.names(inputs)) == ["a", "b"]
    assert list(outline.names(cases)) == ["-", "-"]
    found = outline.find(neurons, "m")
    assert found is not None
    assert outline.entry_at(11) == found
    last = outline.entry_at(14)
    assert last is not None
    assert outline.items_before(last) == 1
    assert outline.find(neurons, "weights") is None
    assert outline.entry_at(0) is None


@given(st.data())
def test_a_change_is_that_of_the_whole_text(data: st.DataObject) -> None:
    lines = list(LINES)
    outline = Outline(lines)
    for _ in range(3):
        first = data.draw(st.integers(0, len(lines)))
        removed = data.draw(st.integers(0, len(lines) - first))
        new = data.draw(st.lists(st.sampled_from([*LINES, "x: 1\n", "\n"]), max_size=4))
        lines[first : first + removed] = new
        outline.replace(first, removed, new)
        whole = Outline(lines)
        assert outline.sections == whole.sections
        assert [outline.entry_at(i) for i in range(len(lines))] == [
            whole.entry_at(i) for i in range(len(lines))
        ]
