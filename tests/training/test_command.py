"""`nnc train`: layers trained from rows, and what is refused."""

import json
import random
from pathlib import Path

import pytest

import nnc as library
from nnc.language.formatting.networks import to_yaml
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
