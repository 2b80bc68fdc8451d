"""What several versions of a text share is read once, and means what it would mean read alone."""

import random
from collections.abc import Callable

import pytest

from nnc.compiler import graph
from nnc.compiler.graph import build_graph
from nnc.differences.versions.merging import MarkerLabels, three_way
from nnc.language.document import read_document, reread_document, share_entries
from nnc.opening import checking
from nnc.opening.checking import check

Lines = list[str]
HEAD = ["nnc: 1", "# the top", "inputs: [a, b]", "neurons:"]


def entry(name: str, source: str = "a", weight: int = 1, threshold: int = 0) -> str:
    return f"  {name}: {{weights: {{{source}: {weight}, b: -1/3}}, threshold: {threshold}}}"


def entries(first: int, last: int) -> Lines:
    return [entry(f"n{i}", f"n{i - 1}" if i else "a") for i in range(first, last)]


def text(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def test_only_the_ends_of_shared_lines_are_left_and_they_come_back() -> None:
    before = text(*HEAD, *entries(0, 30), "outputs: [n29]")
    after = before.replace("n15: {weights: {n14: 1", "n15: {weights: {n14: 2")
    shared = share_entries([before, after])
    assert shared is not None
    assert [len(run.lines) for run in shared.runs] == [15, 14]
    for place, whole in enumerate((before, after)):
        left = shared.texts[place]
        assert left.count("\n") == 4 + 5 + 1
        assert shared.stand_in(place, read_document(left.encode(), ""))
        assert shared.whole(left) == whole
    assert shared.names() == [f"n{i}" for i in range(30) if i not in (0, 14, 15, 16, 29)]


def test_lines_that_moved_are_shared_too() -> None:
    before = text(*HEAD, *entries(0, 30), "outputs: [n29]")
    after = text(*HEAD, *entries(20, 30), *entries(0, 20), "outputs: [n29]")
    shared = share_entries([before, after])
    assert shared is not None
    for place, whole in enumerate((before, after)):
        assert shared.stand_in(place, read_document(shared.texts[place].encode(), ""))
        assert shared.whole(shared.texts[place]) == whole


BLOCK = text("nnc: 1", "description: |", *entries(0, 20), "inputs: [a, b]", "neurons:", entry("x"))
QUOTED = text("nnc: 1", 'description: "x', "neurons:", *entries(0, 20), '"', "neurons:", entry("x"))
PARTS = text("nnc: 1", "parts:", *entries(0, 20), "neurons:", entry("x"), "outputs: [x]")
TWICE = text(*HEAD, *entries(0, 20), "  n7: {wiring: [a], threshold: 0}", "outputs: [n19]")
AGAIN = text(*HEAD, *entries(0, 20), "  n0: {wiring: [a], threshold: 0}", "outputs: [n19]")


@pytest.mark.parametrize("whole", [BLOCK, QUOTED, PARTS, TWICE, AGAIN])
def test_lines_that_only_look_like_neurons_are_not_shared(whole: str) -> None:
    shared = share_entries([whole, whole + "# the end\n"])
    assert shared is not None
    assert not shared.stand_in(0, read_document(shared.texts[0].encode(), ""))


def test_what_a_line_lacks_is_seen() -> None:
    lines = entries(0, 20)
    lines[9] = "  n9: {weights: {a: 1, a: 2}, threshold: 0}"
    shared = share_entries([text(*HEAD, *lines), text(*HEAD, *lines, "outputs: [n19]")])
    assert shared is not None
    assert not shared.are_valid()


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole.replace("\n", "\r\n"),
        lambda whole: whole[:-1],
        lambda whole: whole.replace("threshold", "'threshold'"),
        lambda whole: whole.replace("\n  n", "\n   n"),
    ],
)
def test_texts_that_are_written_otherwise_share_nothing(change: Callable[[str], str]) -> None:
    whole = change(text(*HEAD, *entries(0, 20)))
    assert share_entries([whole, whole]) is None


# ---------------------------------------------------------------------- two versions of a file


def test_a_version_is_the_same_read_beside_another_and_alone(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawn edits, some of which make a file invalid: then all is told as it is without another."""
    monkeypatch.setattr(checking, "_SMALL", 0)
    reread = 0
    for number in range(8):
        draw = random.Random(f"{chunk}:{number}")
        base = drawn(draw, 30)
        before = check(text(*base).encode(), "before")
        data = text(*edited(draw, base)).encode()
        alone, beside = check(data, "after"), check(data, "after", like=before)
        assert beside.document.value == alone.document.value
        assert list(alone.document.value["neurons"]) == list(beside.document.value["neurons"])
        assert beside.diagnostics == alone.diagnostics
        assert beside.network == alone.network
        assert beside.graph == alone.graph
        if alone.network is not None and beside.network is not None:
            assert list(beside.network.neurons) == list(alone.network.neurons)
            assert before.network is not None
            shared = [
                name
                for name, neuron in beside.network.neurons.items()
                if neuron is before.network.neurons.get(name)
            ]
            reread += len(shared) > 8
    assert chunk or reread >= 2


@pytest.mark.parametrize(
    ("old", "new", "is_made_anew"),
    [
        ("n15: {weights: {n14: 1", "n15: {weights: {n14: 7/3", False),
        ("b: -1/3}, threshold: 0}", "b: 2}, threshold: 1.5}", False),
        ("n15: {weights: {n14: 1", "n15: {weights: {n13: 1", True),
        ("n15: {weights: {n14: 1", "n15: {fires: at_least, weights: {n14: 1", True),
        ("n15: {weights: {n14: 1", "n15: {weights: {n14: 1, c: 1", True),
        ("fires: above", "fires: at_least", True),
        ("[a, b]", "{a: bit, b: bit, c: integer}", True),
        ("outputs: [n29]", "outputs: [n28]", True),
        ("n15: {weights: {n14: 1", "n15: {weights: {n14: _", True),
    ],
)
def test_where_only_numbers_change_the_graph_is_that_with_other_numbers(
    old: str, new: str, is_made_anew: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "_SMALL", 0)
    head = ["nnc: 1", "fires: above", "inputs: [a, b]", "neurons:"]
    base = text(*head, *entries(0, 30), "outputs: [n29]")
    changed = base.replace(old, new, 3)
    assert changed != base
    before, alone = check(base.encode(), "before"), check(changed.encode(), "after")
    built = []
    monkeypatch.setattr(graph, "build_graph", lambda linked: built.append(1) or build_graph(linked))
    after = check(changed.encode(), "after", like=before)
    assert bool(built) == is_made_anew
    assert (after.graph, after.wiring, after.errors) == (alone.graph, alone.wiring, alone.errors)


def test_a_version_beside_one_with_mistakes_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_SMALL", 0)
    base = text(*HEAD, *entries(0, 30), "outputs: [n29]", "more: 1")
    before = check(base.encode(), "before")
    assert before.network is None
    after = check(base.replace("more: 1", "").encode(), "after", like=before)
    assert after.network is not None
    assert not after.errors


@pytest.mark.parametrize("whole", [BLOCK, QUOTED, PARTS, TWICE, AGAIN])
def test_what_only_looks_like_neurons_is_read_whole(whole: str) -> None:
    before = read_document(whole.encode(), "")
    assert reread_document((whole + "# the end\n").encode(), "", before) is None


AROUND = {
    "neurons": (["neurons:"], [], []),
    "a text": (["description: |"], ["neurons:", entry("n3", weight=5)], []),
    "a text in quotes": (['description: "x'], ['  "', "neurons:", entry("n3", weight=5)], []),
    "notes": (["meta:"], ["neurons:", entry("n3", weight=5)], []),
    "a flow": (["meta: {so:"], ["  }", "neurons:", entry("n3", weight=5)], []),
}
"""What stands before some entries, between them and others, and after these."""


@pytest.mark.parametrize("old", AROUND)
@pytest.mark.parametrize("new", AROUND)
def test_entries_that_stand_elsewhere_in_one_version_are_read_as_they_stand(
    old: str, new: str, chunk: int
) -> None:
    """Entries in a text, or in notes, before, after or in both, of which some are others."""
    draw = random.Random(f"{old}:{new}:{chunk}")
    versions = []
    for kind in (old, new):
        first, between, last = AROUND[kind]
        some = entries(0, 20)
        some[draw.randrange(20)] = entry("n3", "b", draw.randint(1, 3))
        lines = [*first, *some, *between, *entries(20, 40), *last]
        versions.append(text("nnc: 1", "inputs: [a, b]", *lines).encode())
    before, alone = (read_document(version, "") for version in versions)
    reread = reread_document(versions[1], "", before)
    if reread is not None:
        assert not alone.diagnostics
        assert reread.document.value == alone.value


# --------------------------------------------------------------------------------- merging


def drawn(draw: random.Random, count: int) -> Lines:
    """Draw a network, most of whose neurons stand in one line."""
    lines = [*HEAD]
    for i in range(count):
        source = f"n{i - 1}" if i else "a"
        lines += ["  # why"] * (draw.random() < 0.05) + [""] * (draw.random() < 0.03)
        if draw.random() < 0.95:
            lines.append(entry(f"n{i}", source, draw.randint(-2, 2), draw.randint(0, 2)))
        else:
            lines += [f"  n{i}:", f"    weights: {{{source}: 1}}", "    threshold: 0"]
    in_lines = ["outputs:", f"  y: n{count - 1}"]
    return [*lines, *(in_lines if draw.random() < 0.3 else [f"outputs: [n{count - 1}]"])]


def edited(draw: random.Random, lines: Lines) -> Lines:
    """Change, add, delete, move and comment lines."""
    lines = [*lines]
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(4, len(lines) - 2)
        kind = draw.choice(
            ["change", "change", "add", "delete", "blank", "comment", "move", "twin"]
        )
        if kind == "change":
            lines[at] = lines[at].replace("threshold: 1", "threshold: 7").replace("b: -1", "b: 5")
        elif kind == "add":
            lines.insert(at, entry(f"m{draw.randint(0, 9)}", weight=draw.randint(1, 2)))
        elif kind == "blank":
            lines.insert(at, "")
        elif kind == "comment":
            lines[at] += "  # so"
        elif kind == "twin" and draw.random() < 0.3:
            lines.insert(at, lines[at])
        elif kind in ("delete", "move") and lines[at].startswith("  n"):
            line = lines.pop(at)
            if kind == "move":
                lines.insert(draw.randrange(4, len(lines) - 2), line)
    return lines


def test_a_merge_is_the_same_with_what_is_shared_and_without(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[bool] = []
    merge_left = three_way._merge_what_is_left

    def watched(*arguments: object) -> object:
        merged = merge_left(*arguments)  # type: ignore[arg-type]
        used.append(merged is not None)
        return merged

    for number in range(8):
        draw = random.Random(f"{chunk}/{number}")
        base = drawn(draw, 30)
        texts = [text(*lines) for lines in (base, edited(draw, base), edited(draw, base))]
        labels = MarkerLabels(shows_base=draw.random() < 0.5)
        with monkeypatch.context() as patch:
            patch.setattr(three_way, "_merge_what_is_left", watched)
            ours = three_way.merge(*texts, labels)
            patch.setattr(three_way, "share_entries", lambda _: None)
            assert ours == three_way.merge(*texts, labels), number
    assert chunk or used.count(True) >= 2
