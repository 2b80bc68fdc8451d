"""A network moved to another folder names the same files, or is refused."""

import re
from pathlib import Path
from random import Random

import numpy as np
import pytest
from safetensors.numpy import save_file

import nnc
from nnc import FileError
from nnc.language.formatting.moving import moved
from nnc.language.formatting.networks import to_yaml
from tests.support.strategies import EVERY, example

CELL = "nnc: 1\ninputs: [a, b]\nneurons: {n: {wiring: [a, b], fires: any}}\noutputs: [n]\n"
NETWORK = """\
nnc: 1
fires: at_least
inputs: [a, b]
parts: {p: {use: ../cells/or.nn.yaml, wiring: {a: a, b: b}}}
layers:
  dense: {wiring: [a, b], weights: {file: w.npy}, thresholds: {file: s.safetensors, tensor: t}}
  rows:
    wiring: [a, b]
    weights:
      sparse:
        indptr: {file: s.safetensors, tensor: indptr}
        indices: {file: s.safetensors, tensor: indices}
        values: {file: s.safetensors, tensor: values}
    thresholds: 1
  inline: {wiring: [a, b], weights: [[1, 2]], thresholds: [2]}
outputs: {y: p.n, dense: dense, rows: rows, inline: inline}
cases:
  - {file: rows.csv}
  - {given: {a: 1, b: 0}, expect: {y: 1}}
"""
NAMES = ["nets/w.npy", *["nets/s.safetensors"] * 4, "cells/or.nn.yaml", "nets/rows.csv"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Write the network and its files into a folder of a project."""
    for folder in (".git", "cells", "nets", "made/deep"):
        (tmp_path / folder).mkdir(parents=True)
    home = tmp_path / "nets"
    (tmp_path / "cells/or.nn.yaml").write_text(CELL)
    (home / "net.nn.yaml").write_text(NETWORK)
    (home / "rows.csv").write_text("a,b,y\n1,1,1\n")
    np.save(home / "w.npy", np.array([[1, 2]], np.int8))
    numbers = {"t": [1], "indptr": [0, 1], "indices": [1], "values": [3]}
    save_file({key: np.array(value) for key, value in numbers.items()}, home / "s.safetensors")
    return home


def test_every_name_of_a_file_is_counted_anew(home: Path) -> None:
    network = nnc.load(home / "net.nn.yaml")
    for target, way in (("made/a.nn.yaml", "../"), ("made/deep/a.nn.yaml", "../../")):
        file = home.parent / target
        file.write_text(to_yaml(moved(network, home, file)))
        lines = file.read_text().replace('"', "")
        names = re.findall(r"(?:use|file): ([^,}]+)", lines)
        assert names == [f"{way}{name}" for name in NAMES]
        checked = nnc.check_file(str(file))
        assert checked.diagnostics == []
        assert nnc.compile(nnc.load(file)) == nnc.compile(network)
        assert len(checked.files) == len(nnc.check_file(str(home / "net.nn.yaml")).files)


def test_in_the_same_folder_all_stays(home: Path) -> None:
    network = nnc.load(home / "net.nn.yaml")
    assert moved(network, home, home / "other.nn.yaml") == network
    assert moved(network, home, home / "../nets/other.nn.yaml") == network


def test_a_folder_that_cannot_reach_a_file(
    home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    network = nnc.load(home / "net.nn.yaml")
    elsewhere = tmp_path_factory.mktemp("elsewhere").resolve()
    with pytest.raises(FileError) as error:
        moved(network, home, elsewhere / "a.nn.yaml")
    (wrong,) = error.value.diagnostics
    assert wrong.file == str(elsewhere / "a.nn.yaml")
    assert wrong.message == (
        "a network written there cannot name `../cells/or.nn.yaml`: it is outside the project "
        f"root `{elsewhere}`"
    )
    advice = "write it into the project of the file, or name a --root that both lie in"
    assert wrong.help == advice
    root = elsewhere.parent
    while not home.is_relative_to(root):
        root = root.parent
    moved_there = moved(network, home, elsewhere / "a.nn.yaml", root)
    assert moved_there.cases[0].file is not None
    assert (elsewhere / moved_there.cases[0].file).resolve() == (home / "rows.csv").resolve()


def test_networks_of_everything_stay_the_same_wherever_they_are_written(
    chunk: int, tmp_path: Path
) -> None:
    rng = Random(f"moved {chunk}")
    for i in range(20):
        root = tmp_path / str(i)
        drawn = example(rng, 1, EVERY)
        home = drawn.put(root / "made/there").parent
        network = nnc.load(home / "main.nn.yaml", root=root)
        for folder in (home, root, root / "made", root / "other/deep"):
            folder.mkdir(parents=True, exist_ok=True)
            target = folder / "whole.nn.yaml"
            target.write_text(to_yaml(moved(network, home, target, root)), "utf-8")
            again = nnc.load(target, root=root)
            assert nnc.compile(again) == nnc.compile(network), drawn.text
