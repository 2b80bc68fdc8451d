"""Texts read by regular expressions: the same values and places as libyaml's events give."""

import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from nnc.language.document import places, reader, regular
from nnc.language.document.parser import events
from nnc.language.document.places import find_stretches
from nnc.language.document.reader import read_document
from nnc.language.document.regular import read_regular, sections
from nnc.language.document.text import Document
from nnc.numbers.exact import Quoted
from tests.fuzz.mutants import mutated

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "configs").rglob("*.nn.yaml"))


@pytest.fixture(autouse=True)
def _of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "LEAST", 1)
    monkeypatch.setattr(regular, "_FEW", 0)


def blocks(depth: int, below: str = "1") -> str:
    """Write mappings in block style, one in the other."""
    return "".join(f"{' ' * i}k:\n" for i in range(depth)) + f"{' ' * depth}k: {below}\n"


def by_events(data: bytes, monkeypatch: pytest.MonkeyPatch) -> Document:
    with monkeypatch.context() as patch:
        patch.setattr(reader, "_read_regularly", lambda _: False)
        return read_document(data, "f")


def in_one(data: bytes, monkeypatch: pytest.MonkeyPatch) -> Document:
    """Read a text as a small one: all of it is regular, or libyaml reads it."""
    with monkeypatch.context() as patch:
        patch.setattr(reader, "LEAST", 1 << 30)
        patch.setattr(regular, "_FEW", 1 << 30)
        return read_document(data, "f")


def in_pieces(data: bytes, monkeypatch: pytest.MonkeyPatch) -> Document:
    """Read a text with all braces, brackets and lists in pieces of a few characters."""
    with monkeypatch.context() as patch:
        patch.setattr(regular, "_AT_ONCE", 3)
        patch.setattr(regular, "_LONG", 6)
        return read_document(data, "f")


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the paths to all parts of a value, and to one that is not there."""
    yield path
    if isinstance(value, dict):
        yield from ((*path, name) for name in ("missing", "a", "threshold") if name not in value)
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from paths(inner, (*path, i))
            if type(inner) is str:
                yield (*path, inner)


def is_same(data: bytes, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Compare what is read; return whether any of it was read by regular expressions."""
    ours, right = read_document(data, "f"), by_events(data, monkeypatch)
    for each in (ours, in_one(data, monkeypatch), in_pieces(data, monkeypatch)):
        assert repr(each.value) == repr(right.value), data
        assert _quoted(each.value) == _quoted(right.value), data
        assert (each.complete, each.diagnostics) == (right.complete, right.diagnostics), data
    assert list(ours.line_starts) == [
        0, *(i + 1 for i, c in enumerate(ours.text) if c == "\n" or (
            c == "\r" and ours.text[i : i + 2] != "\r\n"))], data  # fmt: skip
    parts = [(path, key) for path in paths(ours.value) for key in (False, True)]
    found = [(place.start, place.end) for place in ours.locate(parts)]
    assert found == find_stretches(right.parsed, parts), data
    return any(is_regular for _, is_regular in ours.sections)


def _quoted(value: Any) -> list[bool]:
    return [type(value) is Quoted for _, value in _scalars(value, ())]


def _scalars(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from _scalars(inner, (*path, key))
    else:
        yield path, value


def test_the_networks_of_configs(monkeypatch: pytest.MonkeyPatch, full: bool) -> None:
    seen = [is_same(file.read_bytes(), monkeypatch) for file in FILES[:: 1 if full else 2]
            if full or file.stat().st_size < 8_000]  # fmt: skip
    assert sum(seen) > len(seen) / 2


def test_mutants(monkeypatch: pytest.MonkeyPatch, full: bool) -> None:
    rng = Random(16)
    small = [file.read_bytes().replace(b"\r", b"") for file in FILES if file.stat().st_size < 2_500]
    seen = [is_same(mutated(rng.choice(small), rng), monkeypatch)
            for _ in range(20_000 if full else 120)]  # fmt: skip
    assert sum(seen) > len(seen) / 10


PIECES = (
    "a", "x(3)", "-0.5", "1", "b c", "a.b", "-", "- ", ": ", ":", ", ", ",", "{", "}", "[", "]",
    "{a: 1}", "[1, 2]", "{a: 1, b: {c: 2}}", "{}", "[]", "'q'", '"q"', "#", " #c", " ", "\n",
    "\n  ", "\n    ", "\n  n: ", "\n    weights: ", "\n    threshold: 2", "\n  - ", "\n- ", "é",
    "\nk:", "\nk: ", "? ", "...", "\n...\n", "\n---\n", "|", ">", "&a", "*", "<<", "=", "%", "a:b",
)  # fmt: skip


LINES = (
    "  n: {weights: {a: 1, x(3): -0.5}, threshold: 2}", "  m:", "  o: {weights: {threshold: 1}}",
    "    weights: {a: 1,", "      b: 2}", "    weights:", "      a: 1", "      b: -2/3 # c",
    "    threshold: 2", "    threshold: above 2", "    description: a, b }", '    name: "n: 1"',
    "    wiring: [a, b(0:2)]", "    wiring:", "    - a", "    - {b: 1}", "# threshold: 3", "",
    "outputs: [n]", "outputs:", "  p: n", "    thresholds: {low: 1, high: {low: 2}}", "  q: 1",
)  # fmt: skip


def test_drawn_lines(monkeypatch: pytest.MonkeyPatch, full: bool) -> None:
    rng = Random(18)
    seen = 0
    for _ in range(50_000 if full else 400):
        lines = rng.choices(LINES, k=rng.randint(1, 9))
        text = "neurons:\n" + "".join(f"{line}\n" for line in lines)
        seen += is_same(text.encode(), monkeypatch)
    assert seen > 20


def test_drawn_texts(monkeypatch: pytest.MonkeyPatch, full: bool) -> None:
    rng = Random(17)
    seen = 0
    for _ in range(100_000 if full else 800):
        text = rng.choice(
            ("neurons:\n  n:", "neurons:\n  n: {", "neurons: [", "", "a: 1\nneurons:\n")
        )
        text += "".join(rng.choices(PIECES, k=rng.randint(1, 9))) + rng.choice(
            ("", "\n", "}\n", "]\n")
        )
        seen += is_same(text.encode(), monkeypatch)
    assert seen > 3


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n:\n  a: {x: 1, y: [a, b c]}\n", {"n": {"a": {"x": "1", "y": ["a", "b c"]}}}),
        ("n:\n  a: [1,\n    2]  # c\n", None),  # a comment where the brackets close on another line
        ("n:\n  a: [1,\n    2]\n", {"n": {"a": ["1", "2"]}}),
        ("n: # c\n\n  # c\n  a: 1 # c\n  b: x, y\n", {"n": {"a": "1", "b": "x, y"}}),
        ("n:\n- a\n- {b: 1}\n", {"n": ["a", {"b": "1"}]}),
        ("n:\n  a: 1\n  a: 2\n", None),
        ("n:\n  a: {b: 1, b: 2}\n", None),
        ("n:\n  a: 1\n    2\n", None),
        ("n:\n  a:\n  b: 1\n", None),
        ("n:\n  a: [1,000, 2]\n", {"n": {"a": ["1", "000", "2"]}}),
        ("n:\n  a: {b:1}\n", None),
        ("n:\n  a: {b: 1}, {c: 1}\n", None),
        ("n:\n  a: " + "[" * 30 + "]" * 30 + "\n", None),
        ("n:\n  a: {" + "b" * 300 + ": 1}\n", None),
        ("n:\n  a: &b 1\n", None),
        ("n:\n   a: 1\n  b: 1\n", None),
        (blocks(60), None),
    ],
)  # fmt: skip
def test_what_is_regular(text: str, value: Any) -> None:
    assert read_regular(text) == value


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("# c\n\na: 1\nb:\n- 1\n\n# c\nc: 1", ["a", "b", "c"]),
        ("a: 1\na: 2\n", []), ("---\na: 1\n", []), ("a: 1\n...\n", []), ("%YAML 1.2\na: 1\n", []),
        (" a: 1\n", []), ("a: 1\r\n", []), ("a:\tb\n", []), ("a: 1\n'b': 2\n", []), ("", []),
        ("- a\n", []), ("- a\nb: 1\n", []), ("# c\n x\na: 1\n", []),
    ],
)  # fmt: skip
def test_sections(text: str, keys: list[str]) -> None:
    found = sections(text)
    assert [section.key for section in found] == keys
    assert "".join(text[section.start : section.end] for section in found) == (text if keys else "")


def test_a_large_file_is_regular(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    lines = [f"  n{i}: {{weights: {{a: {i}, b: -1}}, threshold: 2}}" for i in range(1000)]
    text = "\n".join(
        ["nnc: 1", "description: >", "  Words: many", "inputs: [a, b]", "neurons:", *lines]
    )
    text += "\noutputs: [n1]\n"
    document = read_document(text.encode(), "f")
    assert {section.key for section, is_regular in document.sections if is_regular} == {"neurons"}
    assert document.value == by_events(text.encode(), monkeypatch).value


def test_a_mistake_is_looked_for_in_its_own_section(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "nnc: 1\nfires: abov\nmeta:\n  list: [" + "1, " * 50 + "1]\noutputs: [n1]\n"
    document = read_document(text.encode(), "f")
    read: list[str] = []
    monkeypatch.setattr(places, "events", lambda part: read.append(part) or events(part))
    found = document.locate([(("fires",), False), ((), True), (("outputs", 0), False)])
    assert [text[place.start : place.end] for place in found] == ["abov", "nnc", "n1"]
    assert read == ["fires: abov\n", "nnc: 1\n", "outputs: [n1]\n"]


@pytest.mark.parametrize("below", ["1", "[" * 20 + "]" * 20, "\n" + " " * 70 + "- {a: [1]}"])
@pytest.mark.parametrize("depth", [1, 38, 39, 40, 41, 43, 61, 62, 63, 64, 65, 150])
def test_what_nests_too_deep_is_told(
    depth: int, below: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = blocks(depth, below).encode()
    right = by_events(data, monkeypatch)
    for each in (read_document(data, "f"), in_one(data, monkeypatch)):
        assert (each.value, each.diagnostics) == (right.value, right.diagnostics)
    assert (depth < 65) or right.diagnostics[0].rule == "nesting-too-deep"


@pytest.mark.parametrize("most_shared", [0, 1 << 16])
def test_long_lists_are_read_in_pieces(most_shared: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regular, "_AT_ONCE", 20)
    monkeypatch.setattr(regular, "_LONG", 40)
    monkeypatch.setattr(regular, "_MOST_SHARED", most_shared)
    words = [str(number % 30 or "a word") for number in range(100)]
    for between in (", ", ",\n    "):
        assert read_regular(f"meta: {{list: [{between.join(words)}]}}\n") is not None
        assert read_regular(f"meta:\n  list: [{between.join(words)}]\n") == {
            "meta": {"list": words}
        }
    pairs = ", ".join(f"[{{{word}: 1, b: {word}}}, c]" for word in range(30))
    assert read_regular(f"meta:\n  list: {{a: [{pairs}], b: c}}\n") == {
        "meta": {"list": {
            "a": [[{str(word): "1", "b": str(word)}, "c"] for word in range(30)], "b": "c"}}
    }  # fmt: skip
    keys = ", ".join(f"a{number}: 1" for number in range(30))
    assert read_regular(f"meta:\n  list: {{{keys}, a30: 1}}\n") is not None
    assert read_regular(f"meta:\n  list: {{{keys}, a0: 1}}\n") is None
    assert read_regular(f"meta:\n  list: [[{pairs}], {pairs}]]\n") is None
    assert read_regular(f"meta:\n  list: [{pairs}], [{pairs}]\n") is None
    assert read_regular(f"meta:\n  list: [{','.join(words)}]\n") == {"meta": {"list": words}}
    assert read_regular(f"meta:\n  list: [{', '.join(words)}, ]\n") is None
    assert read_regular(f"meta:\n  list: [{', '.join(words)}, a: b]\n") is None
    assert read_regular(f"meta:\n  list: [{'a' * 99}, b]\n") == {"meta": {"list": ["a" * 99, "b"]}}
    items = "".join(f"    - {word}\n" for word in words)
    value = read_regular(f"meta:\n  list:\n{items}")
    assert value == {"meta": {"list": words}}
    if most_shared:
        assert len({id(item) for item in value["meta"]["list"]}) == 30


@pytest.mark.parametrize(
    "form", ["[{}]", "{{a: [{}]}}", "[\n    {}\n    ]", "[[{}]]", "\n  - [{}]"]
)
def test_a_long_list_takes_little_more_than_its_text_and_items(form: str) -> None:
    numbers = [str(number) for number in range(1_000_000, 1_300_000)]
    text = f"meta:\n  list: {form.format(', '.join(numbers))}\n"
    items = sum(map(sys.getsizeof, numbers)) + sys.getsizeof(numbers)
    tracemalloc.start()
    value = read_regular(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert repr(numbers)[1:-1] in repr(value)
    assert peak < 1.2 * items
