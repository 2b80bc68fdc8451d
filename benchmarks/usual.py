"""The usual ways to do what nnc does, to stand beside it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.networks import INPUTS, Gate

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


def score_script(source: Path, target: Path) -> None:
    """Calculate the CHA2DS2-VASc score as scripts do: the csv module, floats, no checks."""
    with source.open(newline="") as rows, target.open("w", newline="") as out:
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
