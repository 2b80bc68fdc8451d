"""What is imported as files: provenance, long lists of numbers beside, all of them or none."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

import nnc
from nnc.interchange.importing.imported import TENSORS, Imported

AND = b"aag 3 2 0 1 1\n2\n4\n6\n6 2 4\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def wide(rows: int) -> nnc.Network:
    weights = np.arange(rows * 200, dtype=np.int64).reshape(rows, 200) % 7 - 3
    layer = nnc.Layer(wiring="x", weights=weights, thresholds=np.zeros(rows, np.int64))
    return nnc.Network(inputs={"x": "bit(200)"}, layers={"h": layer}, outputs={"o": "h"})


def test_a_file_says_where_it_comes_from() -> None:
    Path("folder").mkdir()
    Path("folder/and.aig").write_bytes(AND)
    found = nnc.import_file("folder/and.aig")
    found.save("and.nn.yaml")
    text = Path("and.nn.yaml").read_text()
    version = nnc.__version__
    assert text.splitlines()[:3] == [
        f"# Read from and.aig, an AIGER file, by nnc {version}: exact on every row.",
        f"# sha256 {hashlib.sha256(AND).hexdigest()}",
        "nnc: 1",
    ]
    assert nnc.digest(nnc.load("and.nn.yaml")) == nnc.digest(found.network)
    assert nnc.check_file("and.nn.yaml").diagnostics == []


def test_long_lists_go_into_a_file_beside() -> None:
    imported = Imported(wide(100))
    imported.save("wide.nn.yaml")
    assert sorted(path.name for path in Path().iterdir()) == ["wide.nn.yaml", "wide.safetensors"]
    digest = hashlib.sha256(Path("wide.safetensors").read_bytes()).hexdigest()
    text = Path("wide.nn.yaml").read_text()
    assert "tensor: h.weights" in text
    assert digest in text
    rows = {"x": np.eye(200, dtype=np.int64)}
    expected = nnc.evaluate(imported.network, rows)["o"]
    assert np.array_equal(nnc.evaluate(nnc.load("wide.nn.yaml"), rows)["o"], expected)
    assert imported.texts("w.yaml") == imported.texts("w.yaml")


def test_short_lists_stay_in_the_text() -> None:
    assert [*Imported(wide(2)).texts("a.nn.yaml")] == ["a.nn.yaml"]


def test_a_reader_names_tensors() -> None:
    files = [nnc.TensorFile(file=TENSORS, tensor=name) for name in ("p", "i", "v")]
    sparse = nnc.Sparse(indptr=files[0], indices=files[1], values=files[2])
    layer = nnc.Layer(wiring="x", weights=sparse, thresholds=0)
    network = nnc.Network(inputs={"x": "bit(3)"}, layers={"h": layer}, outputs={"o": "h"})
    arrays = {"p": np.array([0, 1, 3]), "i": np.array([2, 0, 1]), "v": np.array([1, -1, 1])}
    Imported(network, tensors=arrays, files={"more.csv": "a,b\n"}).save("s.nn.yaml")
    assert Path("s.more.csv").read_text() == "a,b\n"
    answers = nnc.evaluate(nnc.load("s.nn.yaml"), {"x": [4, 2, 3]})["o"]
    assert answers.tolist() == [[1, 0], [0, 1], [0, 0]]


def test_nothing_is_written_where_one_file_cannot_be() -> None:
    Path("s.more.csv").mkdir()
    network = nnc.Network(inputs=["a"], outputs=["a"])
    with pytest.raises(nnc.FileError):
        Imported(network, files={"more.csv": "a\n"}).save("s.nn.yaml")
    assert [path.name for path in Path().iterdir()] == ["s.more.csv"]
