"""The usual ways to do what nnc does, to stand beside it."""

from __future__ import annotations

import csv
import json
import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import functions
from benchmarks.networks import INPUTS, Gate, bit_rows, chain, decimal_ties, layered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TILE = 1024


def usual_network(path: Path) -> Any:
    """Read a network file with PyYAML's C loader and check it with a pydantic model.

    It checks keys and types, in binary floats; no names, no wiring, no cycles, and no lines.
    """
    import yaml
    from pydantic import BaseModel, ConfigDict

    class Neuron(BaseModel):
        model_config = ConfigDict(extra="forbid")
        weights: dict[str, float]
        threshold: float

    class Network(BaseModel):
        model_config = ConfigDict(extra="forbid")
        nnc: int
        fires: str
        inputs: list[str]
        neurons: dict[str, Neuron]
        outputs: list[str]

    with path.open("rb") as file:
        return Network.model_validate(yaml.load(file, Loader=yaml.CSafeLoader))


def python_loop(
    gates: Sequence[Gate], row: Mapping[str, int], number: Callable[[int], Any] = int
) -> dict[str, int]:
    """Evaluate one row neuron by neuron, by name."""
    signals = dict(row)
    for name, weights, threshold in gates:
        total = sum(number(weight) * signals[source] for source, weight in weights.items())
        signals[name] = 1 if total > threshold else 0
    return signals


def numpy_gathers(
    gates: Sequence[Gate], outputs: int
) -> Callable[[NDArray[np.int8]], NDArray[np.int8]]:
    """Make a function from inputs x rows to outputs x rows: per level and fan-in, in int8, one
    gather, product and sum for each source, on tiles that stay in the cache.
    """  # noqa: D205
    import numpy as np

    place = {name: i for i, name in enumerate([*INPUTS, *(gate.name for gate in gates)])}
    level = dict.fromkeys(INPUTS, 0)
    groups: dict[tuple[int, int], list[Gate]] = {}
    for gate in gates:
        level[gate.name] = 1 + max(level[source] for source in gate.weights)
        groups.setdefault((level[gate.name], len(gate.weights)), []).append(gate)
    steps = [
        (
            np.array([place[gate.name] for gate in group]),
            np.array([[place[source] for source in gate.weights] for gate in group]).T,
            np.array([[*gate.weights.values()] for gate in group], np.int8).T[:, :, None],
            np.array([[gate.threshold] for gate in group], np.int8),
        )
        for _, group in sorted(groups.items())
    ]

    def evaluate(rows: NDArray[np.int8]) -> NDArray[np.int8]:
        parts = []
        for start in range(0, rows.shape[1], _TILE):
            tile = rows[:, start : start + _TILE]
            signals = np.empty((len(place), tile.shape[1]), np.int8)
            signals[: len(tile)] = tile
            for made, sources, weights, thresholds in steps:
                total = signals[sources[0]] * weights[0]
                for source, weight in zip(sources[1:], weights[1:], strict=True):
                    total += signals[source] * weight
                signals[made] = total > thresholds
            parts.append(signals[-outputs:])
        return np.concatenate(parts, axis=1)

    return evaluate


def score(source: str, target: str) -> None:
    """Calculate the CHA2DS2-VASc score as scripts do: the csv module, floats, no checks."""
    with Path(source).open(newline="") as rows, Path(target).open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["points", "risk", "anticoagulation"])
        for row in csv.DictReader(rows):
            age = float(row["age"])
            points = float(row["heart_failure"]) + float(row["hypertension"])
            points += float(row["diabetes"]) + 2 * float(row["stroke"])
            points += float(row["vascular_disease"]) + (2 if age >= 75 else 1 if age >= 65 else 0)
            advice = "recommended" if points >= 2 else "considered" if points >= 1 else "none"
            points += float(row["female"])
            risk = "high" if points >= 2 else "intermediate" if points >= 1 else "low"
            writer.writerow([f"{points:g}", risk, advice])


# What follows runs in a process of its own: `python -m benchmarks.usual NAME ARGUMENTS`.


def validate(path: str) -> int:
    """Count the neurons of a file, read in the usual way."""
    return len(usual_network(Path(path)).neurons)


def read(path: str, rounds: str) -> dict[str, float]:
    """Time the reading of a file into plain values: the same texts, all but PyYAML's numbers."""
    import yaml

    from nnc.document import read_document

    data = Path(path).read_bytes()
    if read_document(data, path).value != yaml.load(data, Loader=yaml.CBaseLoader):
        raise AssertionError("the values differ")
    ways: dict[str, Callable[[], bool]] = {
        "nnc": lambda: bool(read_document(data, path).value),
        "CSafeLoader": lambda: bool(yaml.load(data, Loader=yaml.CSafeLoader)),
    }
    return functions(ways, int(rounds))


def ties() -> list[tuple[str, int, int, int]]:
    """For each rule count the decimal ties, and those that nnc and that floats get wrong."""
    import nnc

    pairs = decimal_ties()
    result = []
    for fires, right, compare in (("above", 0, operator.gt), ("at_least", 1, operator.ge)):
        neurons = [
            f"  n{i}: {{weights: {{a: {a}, b: {b}}}, threshold: {total}, fires: {fires}}}"
            for i, (a, b, total) in enumerate(pairs)
        ]
        outputs = ", ".join(f"n{i}" for i in range(len(pairs)))
        text = ["nnc: 1", "inputs: [a, b]", "neurons:", *neurons, f"outputs: [{outputs}]"]
        exact = nnc.evaluate(nnc.loads("\n".join(text)), {"a": 1, "b": 1}).values()
        floats = [compare(float(a) + float(b), float(total)) for a, b, total in pairs]
        wrong = [sum(bit != right for bit in bits) for bits in (exact, floats)]
        result.append((fires, len(pairs), wrong[0], wrong[1]))
    return result


def evaluate(path: str, kind: str, size: str, count: str, rounds: str, *ways: str) -> object:
    """Time ways to evaluate a network; all give the same bits.

    `bits` is compiled before, a `chain` each time.
    """
    import numpy as np

    import nnc

    layers = layered(int(size), min(int(size), 100), (2, 4), 0.5)
    gates = list(layers if kind == "bits" else chain(int(size)))
    network = nnc.load(path)
    known = nnc.compile(network) if kind == "bits" else network
    names = list(network.outputs)
    columns = {name: np.array(bits, np.uint8) for name, bits in bit_rows(int(count)).items()}
    stacked = np.array([*columns.values()], np.int8)
    rows = [dict(zip(INPUTS, row, strict=True)) for row in stacked.T.tolist()]
    gathers = numpy_gathers(gates, len(names))

    def by_nnc() -> bytes:
        out = nnc.evaluate(known, columns)
        return np.array([out[name] for name in names], np.int8).tobytes()

    def by_loop(number: type[int | Fraction]) -> bytes:
        out = [python_loop(gates, row, number) for row in rows]
        return np.array([[row[name] for row in out] for name in names], np.int8).tobytes()

    every: dict[str, Callable[[], bytes]] = {
        "nnc": by_nnc,
        "NumPy int8 gathers": lambda: gathers(stacked).tobytes(),
        "Python loop": lambda: by_loop(int),
        "loop over Fractions": lambda: by_loop(Fraction),
    }
    return functions({name: every[name] for name in ("nnc", *ways)}, int(rounds))


if __name__ == "__main__":
    tasks = (validate, read, score, ties, evaluate)
    print(json.dumps({one.__name__: one for one in tasks}[sys.argv[1]](*sys.argv[2:])))
