"""`nnc train`: layers trained from rows, and what is refused."""

import gzip
import json
import random
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnc as library
from nnc.language.formatting.networks import to_yaml
from nnc.training import learning
from tests.support.running import Nnc

pytest.importorskip("torch")

NETWORK = """\
nnc: 1
fires: at_least
unknown: {range: -1..1, zero: false}
inputs: {x: {type: integer, size: 8, min: 0, max: 9}}
layers:
  hidden: {wiring: x, size: 24, weights: _, thresholds: _, states: [-1, 1]}
  sums: {wiring: hidden, size: 3, weights: _, thresholds: 0}
outputs:
  kind: {largest: sums, labels: [low, even, high]}
"""


def rows(count: int, seed: int) -> str:
    """Write rows of three kinds: large on the left, large on the right, or about equal."""
    draw = random.Random(seed)
    lines = [",".join([*(f"x({i})" for i in range(8)), "kind"])]
    for _ in range(count):
        kind = draw.choice(["low", "even", "high"])
        left = {"low": 6, "even": 4, "high": 2}[kind]
        cells = [left if i < 4 else 8 - left for i in range(8)]
        noisy = [min(9, max(0, cell + draw.randint(-1, 1))) for cell in cells]
        lines.append(",".join([*map(str, noisy), kind]))
    return "\n".join(lines) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.nn.yaml").write_text(NETWORK)
    (tmp_path / "rows.csv").write_text(rows(200, 1))
    (tmp_path / "other.csv").write_text(rows(60, 2))
    return tmp_path


TRAIN = ("train", "net.nn.yaml", "rows.csv", "--label", "kind", "--epochs", "20")


@pytest.mark.usefixtures("folder")
def test_what_is_reported_is_what_the_file_gives(nnc: Nnc) -> None:
    got = nnc(*TRAIN, "-o", "out.nn.yaml", "--test", "other.csv", "--report", "json")
    assert got.code == 0, got.err
    report = json.loads(got.out)
    (test,) = report["test"]
    assert test["compared"]["right"] > 55 > 2 * test["constant"]["right"]
    assert (report["weights"], report["zeros"]) == (8 * 24 + 24 * 3, 0)
    shown = nnc("eval", "out.nn.yaml", "other.csv", "--expected", "kind", "--to", "json")
    assert json.loads(shown.out)["columns"] == [test["compared"]]
    compiled = nnc("compile", "out.nn.yaml", "-o", "out.nnc")
    assert compiled.code == 0
    again = nnc("eval", "out.nnc", "other.csv", "--expected", "kind", "--to", "json")
    assert again.out == shown.out
    assert nnc("validate", "out.nn.yaml").code == 0


def test_the_same_seed_gives_the_same_bytes(nnc: Nnc, folder: Path) -> None:
    for name in ("a", "b"):
        assert nnc(*TRAIN, "-o", f"{name}/out.nn.yaml").code == 2  # no folder is made
        (folder / name).mkdir()
        (folder / name / "net.nn.yaml").write_text(NETWORK)
        assert nnc(*TRAIN, "-o", f"{name}/out.nn.yaml").code == 0
    for file in ("out.nn.yaml", "out.safetensors"):
        assert (folder / "a" / file).read_bytes() == (folder / "b" / file).read_bytes()
    assert nnc(*TRAIN, "--seed", "1", "-o", "b/out.nn.yaml").code == 0
    numbers = [(folder / name / "out.safetensors").read_bytes() for name in ("a", "b")]
    assert numbers[0] != numbers[1]


def test_what_is_not_open_stays_as_it_is(nnc: Nnc, folder: Path) -> None:
    fixed = "\n".join(
        f"    - [{', '.join(['1', '-1'] * 4)}]" if i else "    - _" for i in range(24)
    )
    text = NETWORK.replace("weights: _, thresholds: _", f"weights:\n{fixed}\n    thresholds: 0")
    text = text.replace("  hidden: {wiring: x, size: 24, ", "  hidden:\n    wiring: x\n    ")
    text = text.replace(", states: [-1, 1]}", "\n    states: [-1, 1]")
    (folder / "net.nn.yaml").write_text(text)
    assert nnc(*TRAIN, "-o", "out.nn.yaml").code == 0
    plan = nnc("compile", "out.nn.yaml", "--to", "json")
    assert plan.code == 0, plan.err
    network = library.load("out.nn.yaml")
    assert network.layers["hidden"].thresholds == 0
    (hidden, _) = json.loads(plan.out)["layers"]
    assert hidden["weights"][1:] == [[1, -1] * 4] * 23


@pytest.mark.parametrize(
    ("old", "new", "arguments", "expected"),
    [
        ("size: 24, ", "size: 1..24, ", (), "the size of layer `hidden` is open"),
        ("weights: _, thresholds: 0", "weights: 1, thresholds: 0", ("--label", "sums"), "sums"),
        ("labels: [low, even, high]", "labels: [a, b, c]", (), "which output `kind` never gives"),
        ("size: 3", "size: 2", (), "has 3 values, and output `kind` 2"),
        ("largest: sums, labels: [low, even, high]", "sum: sums(0)", (), "neither a bit nor"),
        (": _", ": 1", (), "no number is left open"),
        ("wiring: x", "wiring: []", (), "`hidden` reads nothing, and its numbers are open"),
        ("outputs:", "neurons: {n: {weights: {hidden: _}, threshold: 1}}\noutputs:\n  n: n", (),
         "no label depends on `n`"),
    ],
)  # fmt: skip
def test_refusals(
    nnc: Nnc, folder: Path, old: str, new: str, arguments: tuple[str, ...], expected: str
) -> None:
    text = NETWORK.replace(old, new)
    if old == "size: 3":
        text = text.replace("[low, even, high]", "[low, even]")
    (folder / "net.nn.yaml").write_text(text)
    got = nnc(*TRAIN, "-o", "out.nn.yaml", *arguments)
    assert got.code in (1, 2)
    assert expected in got.err
    assert not (folder / "out.nn.yaml").exists()


def test_rows_that_the_network_refuses_are_named(nnc: Nnc, folder: Path) -> None:
    (folder / "rows.csv").write_text(rows(20, 1) + "1,2,3,4,5,6,7,99,low\n")
    got = nnc(*TRAIN, "-o", "out.nn.yaml")
    assert got.code == 1
    assert "rows.csv:22" in got.err


@pytest.mark.usefixtures("folder")
def test_a_budget_ends_the_training(nnc: Nnc) -> None:
    got = nnc(*TRAIN[:-2], "--epochs", "100000", "--budget", "1", "-o", "out.nn.yaml")
    assert got.code == 0, got.err
    assert int(library.load("out.nn.yaml").meta["training"]["epochs"]) < 100_000


def test_rows_of_python_and_bits_and_fixed_counts() -> None:
    draw = random.Random(3)
    cells = [[draw.randint(0, 9) for _ in range(8)] for _ in range(300)]
    label = [int(sum(row[:4]) > sum(row[4:])) for row in cells]
    text = NETWORK.replace("thresholds: _, states: [-1, 1]", f"thresholds: {[[-4, 0, 4]] * 24}")
    text = text.replace("size: 3, weights: _, thresholds: 0", "size: 1, weights: _, thresholds: _")
    text = text.replace("kind: {largest: sums, labels: [low, even, high]}", "left: sums(0)")
    trained = library.train(
        library.loads(text), {"x": cells, "left": label}, "left", test=0.2, epochs=40
    )
    assert trained.test[0].right >= 54 > trained.test[0].constant_right
    network = library.loads(to_yaml(trained.network))
    got = library.evaluate(network, {"x": cells})["left"].tolist()
    assert sum(a == b for a, b in zip(got, label, strict=True)) == (
        trained.train[0].right + trained.test[0].right
    )


def interrupt(monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
    """Press Ctrl-C after some epochs."""
    tell = learning._Training._tell

    def interrupted(training: Any, done: int, epochs: int) -> None:
        tell(training, done, epochs)
        if done == epoch:
            raise KeyboardInterrupt

    monkeypatch.setattr(learning._Training, "_tell", interrupted)


@pytest.mark.parametrize("thresholds", ["0", "_"])  # `largest` gives open ones no gradient
def test_ctrl_c_writes_the_best_so_far_and_resume_goes_on(
    nnc: Nnc, folder: Path, monkeypatch: pytest.MonkeyPatch, thresholds: str
) -> None:
    text = NETWORK.replace("thresholds: 0", f"thresholds: {thresholds}")
    (folder / "net.nn.yaml").write_text(text)
    assert nnc(*TRAIN, "-o", "whole.nn.yaml").code == 0
    with monkeypatch.context() as patched:
        interrupt(patched, 7)
        got = nnc(*TRAIN, "-o", "out.nn.yaml")
    assert got.code == 130
    assert "in 7 epochs, interrupted" in got.out
    shown = nnc("eval", "out.nn.yaml", "rows.csv", "--expected", "kind", "--to", "json")
    first = json.loads(shown.out)["columns"][0]["right"]
    assert f"train: {first} of 200 rows right" in got.out
    checkpoint = folder / "out.checkpoint"
    refused = nnc(*TRAIN, "--seed", "1", "--resume", "-o", "out.nn.yaml")
    assert (refused.code, "had other rows, or another seed" in refused.err) == (1, True)
    assert nnc(*TRAIN, "--resume", "-o", "out.nn.yaml").code == 0
    assert not checkpoint.exists()
    whole, resumed = (folder / f"{name}.safetensors" for name in ("whole", "out"))
    assert whole.read_bytes() == resumed.read_bytes()
    nothing = nnc(*TRAIN, "--resume", "-o", "out.nn.yaml")
    assert (nothing.code, "no training to go on with" in nothing.err) == (2, True)


def test_a_checkpoint_of_another_network_or_none_is_refused(
    nnc: Nnc, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        interrupt(patched, 2)
        assert nnc(*TRAIN, "-o", "out.nn.yaml").code == 130
    (folder / "net.nn.yaml").write_text(NETWORK.replace("size: 24", "size: 23"))
    got = nnc(*TRAIN, "--resume", "-o", "out.nn.yaml")
    assert (got.code, "was of another network" in got.err) == (1, True)
    (folder / "out.checkpoint").write_bytes(b"no tensors")
    got = nnc(*TRAIN, "--resume", "-o", "out.nn.yaml")
    assert (got.code, "not a safetensors file" in got.err) == (2, True)


@pytest.mark.usefixtures("folder")
def test_a_device_that_there_is_not(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning.torch.cuda, "is_available", lambda: False)
    got = nnc(*TRAIN, "--device", "cuda", "-o", "out.nn.yaml")
    assert (got.code, "PyTorch finds no CUDA device" in got.err) == (1, True)


@pytest.mark.parametrize("file", ["out.h", "out.js", "out.onnx"])
@pytest.mark.usefixtures("folder")
def test_an_exported_file_gives_what_was_reported(nnc: Nnc, file: str) -> None:
    assert nnc(*TRAIN, "-o", "out.nn.yaml").code == 0
    got = nnc("export", "out.nn.yaml", "-o", file, "--verify", "--rows", "rows.csv")
    if "not installed" in got.err:
        pytest.skip(got.err)
    assert got.code == 0, got.err


def test_pictures_of_idx_are_trained_on(nnc: Nnc, folder: Path) -> None:
    draw = np.random.RandomState(0)
    labels = draw.randint(0, 2, 300).astype(np.uint8)
    pictures = draw.randint(0, 60, (300, 16, 16)).astype(np.uint8)
    for picture, label in zip(pictures, labels, strict=True):
        at = draw.randint(5, 9)  # of an upright or a level line, somewhere in the middle
        if label:
            picture[4:12, at] = 255
        else:
            picture[at, 4:12] = 255
    for name, array in (("images-idx3", pictures), ("labels-idx1", labels)):
        shape = struct.pack(f">{array.ndim}I", *array.shape)
        data = bytes([0, 0, 8, array.ndim]) + shape + array.tobytes()
        (folder / f"some-{name}-ubyte.gz").write_bytes(gzip.compress(data))
    text = NETWORK.replace("size: 8, min: 0, max: 9", "size: 256, min: 0, max: 255")
    text = text.replace("size: 3, ", "size: 2, ").replace(", labels: [low, even, high]", "")
    (folder / "net.nn.yaml").write_text(text)
    rows = "some-images-idx3-ubyte.gz"
    got = nnc("train", "net.nn.yaml", rows, "--label", "label=kind", "--test", "0.3",
              "--epochs", "30", "-o", "out.nn.yaml", "--report", "json")  # fmt: skip
    assert got.code == 0, got.err
    assert json.loads(got.out)["test"][0]["compared"]["right"] > 75
    assert json.loads(got.out)["bytes"] == sum(
        (folder / f"out.{suffix}").stat().st_size for suffix in ("nn.yaml", "safetensors")
    )


def test_a_network_of_more_open_weights_than_are_listed(nnc: Nnc, folder: Path) -> None:
    text = NETWORK.replace("size: 24", "size: 1200").replace("layers:\n", """layers:
  more: {wiring: hidden, size: 1000, weights: _, thresholds: _, states: [-1, 1]}
""").replace("wiring: hidden, size: 3", "wiring: more, size: 3")  # fmt: skip
    (folder / "net.nn.yaml").write_text(text)
    assert nnc("validate", "net.nn.yaml").code == 0
    listed = nnc("digest", "net.nn.yaml")
    assert "NNC321" in listed.err
    assert "open synapses; at most 1,048,576 are listed one by one" in listed.err
    got = nnc(*TRAIN[:-1], "1", "-o", "out.nn.yaml")
    assert got.code == 0, got.err
    assert nnc("validate", "out.nn.yaml").code == 0
