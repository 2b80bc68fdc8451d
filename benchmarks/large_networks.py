"""Large networks with their weights in files: seeded, and made whole arrays at once.

    python -m benchmarks.large_networks dense DIR                     # 61.8 M weights, 62 MB
    python -m benchmarks.large_networks sparse --neurons 1000000 DIR  # fan-in 2 to 4
    python -m benchmarks.large_networks chain --neurons 25000 DIR     # so many: NNC_LIMITS=2

Each writes a network file named after its kind, and beside it the weights or the part that it uses.
The arrays are there for others too: `dense_arrays` and `sparse_arrays` give them by their names.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # nothing large is imported before it is needed: measuring.start tells why
    import numpy as np
    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]

DENSE = (4096, 8192, 3072, 1000)
LEVELS = 100
INPUTS = 64
FAN_IN = (2, 4)


def dense_arrays(sizes: tuple[int, ...] = DENSE, seed: int = 0) -> Arrays:
    """Give the layers l1, l2, …: int8 weights -8 to 8 [size, fan-in], int32 thresholds [size].

    A threshold is half of what the weights add up to: it is reached by about every other row.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    arrays: Arrays = {}
    for i, shape in enumerate(zip(sizes[1:], sizes, strict=False), 1):
        weights = rng.integers(-8, 9, shape, np.int8)
        arrays[f"l{i}.weight"] = weights
        arrays[f"l{i}.threshold"] = weights.sum(axis=1, dtype=np.int32) // 2
    return arrays


def sparse_arrays(neurons: int = 1_000_000, seed: int = 0) -> Arrays:
    """Give 100 layers l1, l2, … of equal size, each as indptr, indices, values and thresholds.

    A neuron reads one of the layer before that no other starts with, and beside it others of that
    layer or, as often, of the 64 inputs, which come after it. Weights are -2 to 2; under `above`
    every neuron can fire and be silent.
    """
    import numpy as np

    if neurons < LEVELS or neurons % LEVELS:
        raise ValueError(f"neurons: {neurons} is not a multiple of {LEVELS}")
    rng = np.random.default_rng(seed)
    arrays: Arrays = {}
    before, size = 0, neurons // LEVELS
    for i in range(1, LEVELS + 1):
        fan_in = rng.integers(FAN_IN[0], FAN_IN[1] + 1, size)
        wired = np.arange(FAN_IN[1]) < fan_in[:, None]
        sources = np.sort(np.where(wired, _sources(rng, before, size), neurons + INPUTS))
        weights = np.where(wired, rng.choice(np.array([-2, -1, 1, 2], np.int8), wired.shape), 0)
        least, most = (
            np.where(keep, weights, 0).sum(axis=1) for keep in (weights < 0, weights > 0)
        )
        arrays[f"l{i}.indptr"] = np.append(0, fan_in.cumsum()).astype(np.int64)
        arrays[f"l{i}.indices"] = sources[wired].astype(np.int32)
        arrays[f"l{i}.values"] = weights[wired].astype(np.int8)
        arrays[f"l{i}.threshold"] = rng.integers(least, most).astype(np.int8)
        before = size
    return arrays


def _sources(rng: np.random.Generator, before: int, size: int) -> NDArray[np.int64]:
    """Draw four different sources a neuron, among `before` neurons and then the inputs."""
    import numpy as np

    drawn = np.empty((size, FAN_IN[1]), np.int64)
    drawn[:, 0] = np.resize(rng.permutation(before or INPUTS), size)
    again = np.arange(size)
    while len(again):
        shape = (len(again), FAN_IN[1] - 1)
        inputs = before + rng.integers(0, INPUTS, shape)
        near = rng.integers(0, before, shape) if before else inputs
        drawn[again, 1:] = np.where(rng.random(shape) < 0.5, near, inputs)
        ordered = np.sort(drawn[again], axis=1)
        again = again[(ordered[:, 1:] == ordered[:, :-1]).any(axis=1)]
    return drawn


def write_dense(folder: Path, sizes: tuple[int, ...] = DENSE, seed: int = 0) -> Path:
    """Write `dense.nn.yaml` and its weights; give the path of the network."""
    _save(folder / "dense.safetensors", dense_arrays(sizes, seed))
    lines, source = ["nnc: 1", "fires: at_least", f"inputs: {{x: bit({sizes[0]})}}", "layers:"], "x"
    for i in range(1, len(sizes)):
        lines += [
            f"  l{i}:",
            f"    wiring: {source}",
            f"    weights: {_reference('dense', f'l{i}.weight')}",
            f"    thresholds: {_reference('dense', f'l{i}.threshold')}",
        ]
        source = f"l{i}"
    return _write(folder / "dense.nn.yaml", [*lines, f"outputs: {{y: {source}}}"])


def write_sparse(folder: Path, neurons: int = 1_000_000, seed: int = 0) -> Path:
    """Write `sparse.nn.yaml` and its weights; give the path of the network."""
    _save(folder / "sparse.safetensors", sparse_arrays(neurons, seed))
    lines, sources = ["nnc: 1", "fires: above", f"inputs: {{x: bit({INPUTS})}}", "layers:"], "x"
    for i in range(1, LEVELS + 1):
        lines += [f"  l{i}:", f"    wiring: {sources}", "    weights:", "      sparse:"]
        for key in ("indptr", "indices", "values"):
            lines.append(f"        {key}: {_reference('sparse', f'l{i}.{key}')}")
        lines.append(f"    thresholds: {_reference('sparse', f'l{i}.threshold')}")
        sources = f"[l{i}, x]"
    return _write(folder / "sparse.nn.yaml", [*lines, f"outputs: {{y: l{LEVELS}}}"])


def write_chain(folder: Path, levels: int = 16_000) -> Path:
    """Write `chain.nn.yaml`, a NAND repeated, each reading the one before; give its path."""
    link = ["nnc: 1", "fires: at_most", "inputs: [before, x]", "neurons:",
            "  out: {weights: {before: 1, x: 1}, threshold: 1}", "outputs: [out]"]  # fmt: skip
    _write(folder / "chain_link.nn.yaml", link)
    lines = ["nnc: 1", f"inputs: {{start: bit, x: bit({levels})}}", "parts:", "  link:",
             "    use: chain_link.nn.yaml", f"    repeat: {levels}",
             "    wiring: {before: link(i-1).out, x: x(i)}", "    first: {before: start}",
             f"outputs: {{y: link({levels - 1}).out}}"]  # fmt: skip
    return _write(folder / "chain.nn.yaml", lines)


def _reference(file: str, tensor: str) -> str:
    return f"{{file: {file}.safetensors, tensor: {tensor}}}"


def _save(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    from safetensors.numpy import save_file

    save_file(dict(arrays), path)


def _write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return path


KINDS: dict[str, Callable[..., Path]] = {
    "dense": write_dense,
    "sparse": write_sparse,
    "chain": write_chain,
}


def main() -> None:
    """Write one network and say where."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.large_networks", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("folder", metavar="DIR", type=Path)
    parser.add_argument(
        "--neurons", type=int, metavar="N", help="of sparse (a multiple of 100) and chain"
    )
    given = parser.parse_args()
    if given.neurons is not None and given.kind == "dense":
        parser.error("dense has one size: remove --neurons")
    given.folder.mkdir(parents=True, exist_ok=True)
    sizes = [] if given.neurons is None else [given.neurons]
    try:
        print(KINDS[given.kind](given.folder, *sizes))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
