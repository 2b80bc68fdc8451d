"""From a file to what was checked in it: names, places, and what lies beside it."""

import gc
import hashlib
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.language.document.reader import read_document
from nnc.language.document.text import Document
from nnc.opening import checking
from nnc.opening.checking import check, check_file
from nnc.opening.loading import load_plan
from tests.support.networks import checked as check_in
from tests.support.networks import place, put

AND = "nnc: 1\ninputs: [a, b]\nneurons: {n: {weights: {a: 1, b: 1}, threshold: 1, fires: above}}\n"
TEXT = AND + "outputs: [n]\n"

CELL = "inputs: {x: bit(2)}\nneurons: {n: {weights: {x: [1, 2]}, threshold: 1}}\noutputs: {o: n}\n"
USER = """\
inputs: {a: bit(4)}
parts: {p: {use: cell.nn.yaml, repeat: 2, wiring: {x: a(2*i:2*i+2)}}}
layers: {h: {wiring: p.o, weights: {file: w.npy}, thresholds: 0}}
outputs: {h: h, o: p.o}
"""
FILES = {"cell": CELL, "w": np.array([[1, -1], [1, 1]])}


def test_what_was_checked_prints_in_one_line() -> None:
    text = b"nnc: 1\ninputs: [a]\noutputs: [b, c]\n"
    assert repr(check(text, "a\n.nn.yaml")) == "<Checked a\\n.nn.yaml: 2 errors>"
    assert repr(check(text.replace(b"b, c", b"a"), "f")) == "<Checked f: no problems>"


def test_a_valid_file_is_read_as_far_as_its_graph() -> None:
    checked = check(TEXT.encode(), "dir/and.nn.yaml")
    assert checked.diagnostics == checked.errors == []
    assert checked.network is not None
    assert checked.graph is not None
    assert checked.network.name == "and"


@pytest.mark.parametrize(
    ("file", "name"),
    [("xor.nn.yaml", "xor"), ("a/b.nn.yml", "b"), ("x.yaml", "x"), ("x.y.nn.yaml", "x.y"),
     ("plain", "plain"), (".nn.yaml", "")],
)  # fmt: skip
def test_the_name_is_the_stem(file: str, name: str) -> None:
    network = check(TEXT.encode(), file).network
    assert network is not None
    assert network.name == name


def test_a_name_of_its_own_wins() -> None:
    network = check(f"name: mine\n{TEXT}".encode(), "x.nn.yaml").network
    assert network is not None
    assert network.name == "mine"


def test_warnings_are_for_files_without_errors() -> None:
    warned = TEXT.replace("threshold: 1", "threshold: 5")
    assert [one.rule for one in check(warned.encode(), "f").diagnostics] == ["never-fires"]
    wrong = warned.replace("outputs: [n]", "outputs: [m]")
    assert [one.rule for one in check(wrong.encode(), "f").diagnostics] == ["unknown-source"]


def test_a_network_of_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = check_in(tmp_path, USER, FILES)
    assert checked.diagnostics == []
    assert checked.network is not None
    assert (checked.network.folder, checked.network.root) == (tmp_path, tmp_path)
    assert checked.digests == {
        (tmp_path / f"{stem}.nn.yaml").resolve(): hashlib.sha256(
            (tmp_path / f"{stem}.nn.yaml").read_bytes()).hexdigest()
        for stem in ("main", "cell")
    }  # fmt: skip
    monkeypatch.chdir("/")  # it knows where it lies
    found = nnc.evaluate(checked.network, {"a": [0b1011, 0b0010]})
    assert found["h"].tolist() == [[0, 1], [1, 1]]
    plan = load_plan(str(tmp_path / "main.nn.yaml"), root=tmp_path, max_bytes=10**6).plan
    assert plan == nnc.compile(checked.network)


def test_the_root_bounds_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    put(tmp_path, CELL, FILES)
    path = put(tmp_path / "sub", USER.replace("cell.nn", "../cell.nn").replace("w.npy", "../w.npy"))
    assert check_file(str(path), root=tmp_path).errors == []
    assert nnc.evaluate(nnc.load(path, root=tmp_path), {"a": 3})["o"].tolist() == [1, 0]
    for root in (None, tmp_path / "sub"):
        assert [one.rule for one in check_file(str(path), root=root).errors] == [
            "outside-project"
        ] * 2
    (tmp_path / ".git").mkdir()
    assert check_file(str(path)).errors == []


def test_mistakes_are_in_the_order_of_files_and_places(tmp_path: Path) -> None:
    files: dict[str, Any] = {
        "bad": "inputs: [x]\nneurons: {n: {wiring: z, threshold: 0}, m: {wiring: y, threshold: "
               "0}}\n"
               "outputs: {o: n}\n",
        "cell": CELL,
    }  # fmt: skip
    text = """\
inputs: [a]
neurons: {n: {wiring: [z, p.o], threshold: 0}}
parts: {p: {use: bad.nn.yaml, wiring: {x: b}}, q: {use: cell.nn.yaml, wiring: {x: a}}}
outputs: {o: q.o, n: m}
"""
    found = check_in(tmp_path, text, files).diagnostics
    assert [(one.rule, place(one)) for one in found] == [
        ("unknown-source", "bad:4:23"), ("unknown-source", "bad:4:53"),
        ("unknown-source", "main:4:24"), ("unknown-source", "main:5:43"),
        ("size-mismatch", "main:5:83"), ("unknown-source", "main:6:22"),
    ]  # fmt: skip
    assert [one.file for one in found] == sorted(one.file or "" for one in found)


def test_labels_are_placed_in_their_own_file(tmp_path: Path) -> None:
    text = (
        "inputs: [a]\nparts: {p: {use: cell.nn.yaml, wiring: {x: [a, 1, 0]}}}\noutputs: {o: p.o}\n"
    )
    (one,) = check_in(tmp_path, text, FILES).errors
    assert (one.rule, place(one)) == ("size-mismatch", "main:4:44")
    assert [(place(label), label.excerpt) for label in one.labels] == [
        ("cell:3:10", "inputs: {x: bit(2)}")]  # fmt: skip


# ------------------------------------------------------------------------------- collector


class Circle:
    """What only the garbage collector finds."""

    def __init__(self) -> None:
        self.own = self


def test_what_a_server_drops_between_networks_is_collected() -> None:
    dropped = []
    thresholds = gc.get_threshold()
    gc.set_threshold(700, 10, 10)  # Python's own; commands that ran in this process set others
    try:
        for _ in range(2_000):
            dropped.append(weakref.ref(Circle()))
            nnc.loads(TEXT)
    finally:
        gc.set_threshold(*thresholds)
    assert sum(each() is not None for each in dropped) < 500


def test_nothing_that_was_checked_is_in_a_circle(tmp_path: Path) -> None:
    """Without the collector, too, it ends with its last user."""
    gc.disable()
    try:
        kept = [weakref.ref(check_in(tmp_path, text, FILES).document) for text in (USER, TEXT, "a")]
        assert [each() for each in kept] == [None] * 3
    finally:
        gc.enable()


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_rests_for_large_data_only(
    monkeypatch: pytest.MonkeyPatch, enabled: bool
) -> None:
    found = []

    def read(data: bytes, file: str) -> Document:
        found.append(gc.isenabled())
        if len(found) == 3:
            raise KeyError
        return read_document(data[:100], file)

    monkeypatch.setattr(checking, "read_document", read)
    (gc.enable if enabled else gc.disable)()
    try:
        check(b"1" * (1 << 16), "f")
        check(b"1" * ((1 << 16) + 1), "f")
        assert gc.isenabled() == enabled
        with pytest.raises(KeyError):
            check(b"1" * ((1 << 16) + 1), "f")
        assert gc.isenabled() == enabled
    finally:
        gc.enable()
    assert found == [enabled, False, False]
