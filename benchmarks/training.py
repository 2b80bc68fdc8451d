"""Training beside scikit-learn and PyTorch: accuracy of rows that nothing was chosen by, CPU time.

`python -m benchmarks.training` reads the digits of `configs/digits`; `python -m benchmarks.training
FOLDER` also the files of Fashion-MNIST there, which takes a quarter of an hour. nnc is `nnc train`
in cold processes, start and evaluation included; of the peers the fit alone is counted.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import ROOT, installed, machine, mib, show, start

Array = NDArray[Any]
Rows = tuple[Array, Array]
"""Pictures and their labels."""
Fit = Callable[[Array, Array, int], Callable[[Array], Array]]
"""Fit pictures and labels, from a seed; give what predicts."""
NNC = str(Path(sys.executable).with_name("nnc"))
DIGITS, FASHION = ROOT / "configs/digits", ROOT / "configs/fashion"
AGAIN = "tests/training/test_again.py"
SEEDS = range(5)
LARGE = (784, 4096, 4096, 4096, 10)  # 36.8 million weights
SMALL = """\
nnc: 1
fires: at_least
unknown: {range: -1..1, zero: false}
inputs: {x: {type: integer, shape: [8, 8], min: 0, max: 16}}
layers:
  hidden: {wiring: x, size: 2, weights: _, thresholds: _, states: [-1, 1]}
  eight: {wiring: hidden, size: 1, weights: _, thresholds: _}
outputs: {y: eight(0)}
"""


def idx(folder: Path, name: str) -> Rows:
    """Read pictures and their labels."""
    images, labels = (
        np.frombuffer(gzip.decompress((folder / f"{name}-{form}-ubyte.gz").read_bytes()), np.uint8)
        for form in ("images-idx3", "labels-idx1")
    )
    return images[16:].reshape(len(labels) - 8, -1), labels[8:]


def train(network: str, folder: Path, *words: str | Path) -> tuple[float, float, float]:
    """Run `nnc train`; give the accuracy of the test, CPU seconds and MiB."""
    file, out = folder / "open.nn.yaml", folder / "trained.nn.yaml"
    file.write_text(network.partition("cases:")[0])  # cases that fail would end with 1
    cost, text = start([NNC, "train", file, *words, "-o", out, "--report", "json"])
    [test] = json.loads(text)["test"]
    return test["compared"]["right"] / test["compared"]["rows"], cost.seconds, cost.mib


def line(task: str, way: str, runs: list[tuple[float, float]]) -> str:
    """Return a line of the table: the mean of runs, and the range of their accuracies."""
    accuracies = [100 * accuracy for accuracy, _ in runs]
    told = f"{mean(accuracies):.1f} % ({min(accuracies):.1f} to {max(accuracies):.1f})"
    return f"| {task} | {way} | {len(runs)} | {told} | {show(mean(took for _, took in runs))} |"


def floats(sizes: tuple[int, ...], epochs: int) -> Fit:
    """Return a network of floats and ReLUs, of PyTorch, with Adam and a falling rate."""

    def fit(pictures: Array, labels: Array, seed: int) -> Callable[[Array], Array]:
        import torch

        torch.manual_seed(seed)
        torch.set_num_threads(1)
        layers: list[torch.nn.Module] = []
        for fan_in, size in pairwise(sizes):
            layers += [torch.nn.Linear(fan_in, size), torch.nn.ReLU()]
        model = torch.nn.Sequential(*layers[:-1])
        values, wanted = torch.tensor(pictures).float(), torch.tensor(labels).long()
        optimizer = torch.optim.Adam(model.parameters(), 1e-3)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
        for _ in range(epochs):
            for rows in torch.randperm(len(values)).split(64):
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(model(values[rows]), wanted[rows]).backward()
                optimizer.step()
            schedule.step()
        return lambda given: model(torch.tensor(given).float()).argmax(1).numpy()

    return fit


def peers(sizes: tuple[int, ...], epochs: int) -> Iterator[tuple[str, Fit, int]]:
    """Yield the peers that are installed, with a number of seeds."""
    if installed("scikit-learn"):
        from sklearn.linear_model import LogisticRegression
        from sklearn.neural_network import MLPClassifier

        def layers(pictures: Array, labels: Array, seed: int) -> Any:
            model = MLPClassifier(sizes[1:-1], max_iter=1000, random_state=seed)
            return model.fit(pictures, labels).predict

        linear = LogisticRegression(max_iter=300)
        yield "LogisticRegression", lambda x, y, _: linear.fit(x, y).predict, 1
        yield "MLPClassifier", layers, 5
    if installed("torch"):
        yield "PyTorch, floats", floats(sizes, epochs), 5


def beside(task: str, sizes: tuple[int, ...], learn: Rows, held: Rows) -> Iterator[str]:
    """Yield a line for each peer: pictures of digits become numbers from 0 to 1."""
    for name, fit, seeds in peers(sizes, 100):
        runs = []
        for seed in SEEDS[:seeds]:
            begin = time.process_time()
            predict = fit(learn[0] / 16, learn[1], seed)
            took = time.process_time() - begin
            runs.append((float(np.mean(predict(held[0] / 16) == held[1])), took))
        yield line(task, name, runs)


def digits(folder: Path) -> Iterator[str]:
    """Grey digits, ten classes, and whether one is an 8."""
    learn, held = idx(DIGITS, "learn"), idx(DIGITS, "held")
    task = "digits, 64-256-10"
    text = (DIGITS / "grey.skeleton.yaml").read_text()
    files = [DIGITS / f"{name}-images-idx3-ubyte.gz" for name in ("learn", "held")]
    words: list[str | Path] = [
        files[0],
        "--label",
        "label=digit",
        "--test",
        files[1],
        "--epochs",
        "300",
    ]
    runs = [train(text, folder, *words, "--seed", str(seed))[:2] for seed in SEEDS]
    yield line(task, "`nnc train --epochs 300`, 1 and -1", runs)
    yield from beside(task, (64, 256, 10), learn, held)
    task = "is it an 8, 64-2-1"
    is_eight = [(pictures, np.asarray(labels == 8, np.uint8)) for pictures, labels in (learn, held)]
    for name, (pictures, labels) in zip(("learn", "held"), is_eight, strict=True):
        np.savez(folder / name, x=pictures, y=labels)
    words = [folder / "learn.npz", "--label", "y", "--test", folder / "held.npz"]
    runs = [train(SMALL, folder, *words, "--seed", str(seed))[:2] for seed in SEEDS]
    yield line(task, "`nnc train`, 1 and -1", runs)
    yield line(task, "always 0", [(float(np.mean(is_eight[1][1] == 0)), 0.0)])
    yield from beside(task, (64, 2, 2), *is_eight)


def clothes(folder: Path, files: Path) -> Iterator[str]:
    """Fashion-MNIST, by the commands of `configs/fashion`, one seed."""
    names = [files / f"{name}-images-idx3-ubyte.gz" for name in ("train", "t10k")]
    words: list[str | Path] = [names[0], "--label", "label", "--test", names[1]]
    for name, more in {
        "fashion": ["--epochs", "36"],
        "convolutions": ["--epochs", "14", "--augment", "shift,mirror"],
    }.items():
        text = (FASHION / f"{name}.skeleton.yaml").read_text()
        runs = [train(text, folder, *words, *more)[:2]]
        yield line(f"Fashion-MNIST, {name}", f"`nnc train {' '.join(more)}`", runs)


def large(folder: Path) -> Iterator[str]:
    """Yield what a network of 36.8 million weights takes: an epoch of a part, and what follows."""
    lines = SMALL.partition("inputs")[0].splitlines()
    lines += [f"inputs: {{x: {{type: integer, size: {LARGE[0]}, min: 0, max: 255}}}}", "layers:"]
    for i, size in enumerate(LARGE[1:]):
        rest = "thresholds: _, states: [-1, 1]" if i < len(LARGE) - 2 else "thresholds: 0"
        source = f"h{i - 1}" if i else "x"
        lines.append(f"  h{i}: {{wiring: {source}, size: {size}, weights: _, {rest}}}")
    text = "\n".join([*lines, f"outputs: {{y: {{largest: h{len(LARGE) - 2}}}}}", ""])
    rng = np.random.default_rng(0)
    for count in (256, 512):
        rows = folder / f"{count}.npz"
        pictures = rng.integers(0, 256, (count, LARGE[0]), np.uint8)
        np.savez(rows, x=pictures, y=rng.integers(0, LARGE[-1], count))
        _, took, peak = train(text, folder, rows, "--label", "y", "--test", rows, "--epochs", "1")
        yield f"36.8 million weights, an epoch of {count} rows: {show(took)}, {mib(peak)}"
    more: dict[str, list[str | Path]] = {"validate": [], "eval": [rows, "--expected", "y"]}
    for verb, words in more.items():
        cost, _ = start([NNC, verb, folder / "trained.nn.yaml", *words])
        yield f"… `nnc {verb}` of it: {show(cost.seconds)}, {mib(cost.mib)}"


def main() -> None:
    """Print the table and the lines below it."""
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    print("| task | way | seeds | accuracy, mean and range | CPU time |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        for text in digits(Path(name)):
            print(text, flush=True)
        for files in map(Path, sys.argv[1:]):
            for text in clothes(Path(name), files):
                print(text, flush=True)
        print()
        for text in large(Path(name)):
            print(text, flush=True)
    print(f"networks opened and decided again, `pytest {AGAIN}`:", end=" ", flush=True)
    print(start([sys.executable, "-m", "pytest", "-q", "-n", "0", AGAIN])[1].splitlines()[-1])
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
