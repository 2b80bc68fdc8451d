"""Networks whose numbers are opened again are found again, and do as well as before."""

import gzip
import random
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnc as library
from nnc.language.network import Open, Unknown
from tests.support.running import Nnc

CONFIGS = Path(__file__).parents[2] / "configs"
DIGITS = CONFIGS / "digits"
SOLVED = (
    "arithmetic/comparator_2", "arithmetic/full_adder", "circuits/seven_segment", "gates/xor",
    "gates/implies", "gates/nand", "grids/outline_cell", "logic/multiplexer_4",
    "gates/nor", "gates/or", "medicine/curb65",
)  # fmt: skip
BLANKS = 4  # numbers that are opened in each


@pytest.mark.parametrize("name", SOLVED)
def test_opened_numbers_of_neurons_are_solved_again(name: str) -> None:
    draw = random.Random(name)
    network = library.load(CONFIGS / f"{name}.nn.yaml")
    places = [
        (neuron, source)
        for neuron, declared in network.neurons.items()
        if isinstance(declared.weights, dict)
        for source, weight in declared.weights.items()
        if isinstance(weight, int)
    ]
    neurons = dict(network.neurons)
    for neuron, source in draw.sample(places, min(BLANKS, len(places))):
        declared = neurons[neuron]
        assert isinstance(declared.weights, dict)
        opened = {**declared.weights, source: Open(-9, 9)}
        neurons[neuron] = declared.model_copy(update={"weights": opened})
    solution = library.solve(network.model_copy(update={"neurons": neurons}), seconds=30)
    assert solution.network is not None
    assert all(case.holds for case in library.run_cases(solution.network))


def pictures(name: str, names: tuple[str, ...] | None) -> dict[str, Any]:
    images, labels = (
        np.frombuffer(gzip.decompress((DIGITS / f"{name}-{kind}-ubyte.gz").read_bytes()), np.uint8)
        for kind in ("images-idx3", "labels-idx1")
    )
    digits = labels[8:] if names is None else np.array(names)[labels[8:]]
    return {"pixels": images[16:].reshape(-1, 64), "digit": digits}


def test_the_command_of_the_page_makes_the_digits_again(
    nnc: Nnc, tmp_path: Path, full: bool
) -> None:
    if not full:
        pytest.skip("trains for 18 s; with --all-examples")
    torch = pytest.importorskip("torch")
    for file in DIGITS.glob("*"):
        if file.name not in ("grey.nn.yaml", "grey.safetensors"):
            shutil.copy(file, tmp_path)
    page = (DIGITS / "README.md").read_text()
    command = re.search(r"nnc train grey.*?-o grey.nn.yaml", page, re.DOTALL)
    assert command is not None
    ran = nnc(*shlex.split(command[0].replace("\\\n", ""))[1:])
    assert ran.code == 0, ran.err
    cpu = Path("/proc/cpuinfo")
    is_amd = cpu.exists() and "AuthenticAMD" in cpu.read_text()
    kind = torch.__version__, torch.backends.cpu.get_cpu_capability(), is_amd
    if kind == ("2.13.0+cpu", "AVX512", True):  # where sums of floats have the same order
        for name in ("grey.nn.yaml", "grey.safetensors"):
            assert Path(name).read_bytes() == (DIGITS / name).read_bytes(), name
    right = re.search(r"test: (\d+) of 445", ran.out)
    assert right is not None
    assert int(right[1]) >= 439 - 0.01 * 445


def test_opened_layers_are_trained_again() -> None:
    pytest.importorskip("torch")
    network = library.load(DIGITS / "quantised.nn.yaml")
    layers = dict(network.layers)
    for key, layer in layers.items():
        thresholds: Any = layer.thresholds if isinstance(layer.thresholds, int) else Open()
        if key == "hidden":
            thresholds = [[Open()] * 3]
        size = 32 if key == "hidden" else 10
        update = {"weights": Open(), "thresholds": thresholds, "size": size}
        layers[key] = library.Layer(**{**dict(layer), **update})
    unknown = network.unknown or Unknown(range=Open(-7, 7))
    opened = network.model_copy(update={"layers": layers, "unknown": unknown, "cases": ()})
    names: Any = network.outputs["digit"].labels
    learn, held = pictures("learn", names), pictures("held", names)
    before = library.evaluate(network, {"pixels": held["pixels"]})["digit"]
    trained = library.train(opened, learn, "digit", test=held)
    [judged] = trained.test
    assert (
        judged.right >= np.count_nonzero(np.asarray(before) == held["digit"]) - 0.01 * judged.rows
    )
