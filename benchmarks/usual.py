"""The usual ways to do what nnc does, and tasks that run in a process of their own."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.networks import INPUTS, Gate, bit_rows, chain, layered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def usual_network(path: Path) -> Any:
    """Read a network file with PyYAML's C loader and check it with a pydantic model.

    It checks keys and types, in binary floats; no names, no wiring, no cycles, and no lines.
    """
    from typing import Literal

    import yaml
    from pydantic import BaseModel, ConfigDict

    class Neuron(BaseModel):
        model_config = ConfigDict(extra="forbid")
        weights: dict[str, float]
        threshold: float

    class Network(BaseModel):
        model_config = ConfigDict(extra="forbid")
        nnc: Literal[1]
        fires: Literal["above", "at_least", "below", "at_most"]
        inputs: list[str]
        neurons: dict[str, Neuron]
        outputs: list[str]

    with path.open("rb") as file:
        return Network.model_validate(yaml.load(file, Loader=yaml.CSafeLoader))  # noqa: S506


def python_loop(
    gates: Sequence[Gate], row: Mapping[str, int], outputs: int, number: Callable[[int], Any] = int
) -> list[int]:
    """Evaluate one row neuron by neuron, by name."""
    signals = dict(row)
    for name, weights, threshold in gates:
        total = sum(number(weight) * signals[source] for source, weight in weights.items())
        signals[name] = 1 if total > threshold else 0
    return [signals[gate.name] for gate in gates[-outputs:]]


class Gathers:
    """A network of bits as plain NumPy: per level and fan-in one int8 gather, product and sum."""

    TILE = 1024

    def __init__(self, gates: Sequence[Gate], outputs: int) -> None:
        import numpy as np

        place = {name: i for i, name in enumerate([*INPUTS, *(gate.name for gate in gates)])}
        level = dict.fromkeys(INPUTS, 0)
        groups: dict[tuple[int, int], list[Gate]] = {}
        for gate in gates:
            level[gate.name] = 1 + max(level[source] for source in gate.weights)
            groups.setdefault((level[gate.name], len(gate.weights)), []).append(gate)
        self.outputs = [place[gate.name] for gate in gates[-outputs:]]
        self.count = len(place)
        self.groups = [
            (
                np.array([place[gate.name] for gate in group]),
                np.array([[place[source] for source in gate.weights] for gate in group]).T,
                np.array([[*gate.weights.values()] for gate in group], np.int8).T[:, :, None],
                np.array([[gate.threshold] for gate in group], np.int8),
            )
            for _, group in sorted(groups.items())
        ]

    def __call__(self, rows: NDArray[np.int8]) -> NDArray[np.int8]:
        """Take inputs x rows, give outputs x rows."""
        import numpy as np

        result = np.empty((len(self.outputs), rows.shape[1]), np.int8)
        for start in range(0, rows.shape[1], self.TILE):
            tile = rows[:, start : start + self.TILE]
            signals = np.empty((self.count, tile.shape[1]), np.int8)
            signals[: len(tile)] = tile
            for places, sources, weights, thresholds in self.groups:
                total = signals[sources[0]] * weights[0]
                for source, weight in zip(sources[1:], weights[1:], strict=True):
                    total += signals[source] * weight
                signals[places] = total > thresholds
            result[:, start : start + self.TILE] = signals[self.outputs]
        return result


def score_script(source: Path, target: Path) -> None:
    """The CHA2DS2-VASc score as people write it: the csv module, floats, no checks."""
    with source.open(newline="") as rows, target.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["points", "risk", "anticoagulation"])
        for row in csv.DictReader(rows):
            age = float(row["age"])
            points = 1.0 * float(row["heart_failure"]) + 1.0 * float(row["hypertension"])
            points += 1.0 * float(row["diabetes"]) + 2.0 * float(row["stroke"])
            points += 1.0 * float(row["vascular_disease"])
            points += 2.0 if age >= 75 else 1.0 if age >= 65 else 0.0
            advice = "recommended" if points >= 2 else "considered" if points >= 1 else "none"
            points += float(row["female"])
            risk = "high" if points >= 2 else "intermediate" if points >= 1 else "low"
            writer.writerow([f"{points:g}", risk, advice])


def wrong_in_floats(ties: Iterable[tuple[str, str, str]]) -> tuple[int, int]:
    """Count the ties where binary floats fire `above`, and where they do not fire `at_least`."""
    sums = [(float(a) * 1.0 + float(b) * 1.0, float(total)) for a, b, total in ties]
    return sum(s > t for s, t in sums), sum(not s >= t for s, t in sums)


# ------------------------------------------------------------- tasks, each in its own process


def read_alone(path: Path, rounds: int) -> dict[str, float]:
    """Time the reading of a file into plain values."""
    import yaml
    from nnc.document import read_document

    from benchmarks.measuring import functions

    data = path.read_bytes()
    texts = yaml.load(data, Loader=yaml.CBaseLoader)  # noqa: S506
    if read_document(data, "").value != texts:
        raise AssertionError("the values differ")
    del texts
    ways: dict[str, Callable[[], int]] = {
        "nnc": lambda: len(data) * bool(read_document(data, "").value),
        "usual": lambda: len(data) * bool(yaml.load(data, Loader=yaml.CSafeLoader)),  # noqa: S506
    }
    return functions(ways, rounds)


def evaluate_alone(
    path: Path, gates: Sequence[Gate], outputs: int, count: int, rounds: int, ways: str
) -> dict[str, float]:
    """Time the evaluation of `count` rows: arrays in, arrays out, compiled before."""
    import nnc
    import numpy as np

    from benchmarks.measuring import functions

    plan = nnc.compile(nnc.load(path))
    columns = {name: np.array(bits, np.uint8) for name, bits in bit_rows(count).items()}
    names = [gate.name for gate in gates[-outputs:]]
    rows = [dict(zip(INPUTS, map(int, row), strict=True)) for row in zip(*columns.values())]  # noqa: B905

    def by_nnc() -> bytes:
        out = nnc.evaluate(plan, columns)
        return np.array([out[name] for name in names], np.int8).tobytes()

    def by_loop(number: Callable[[int], Any] = int) -> bytes:
        out = [python_loop(gates, row, outputs, number) for row in rows]
        return np.array(out, np.int8).T.tobytes()

    gathers = Gathers(gates, outputs) if "gathers" in ways else None

    def by_gathers() -> bytes:
        assert gathers is not None
        return gathers(np.array([*columns.values()], np.int8)).tobytes()

    known: dict[str, Callable[[], bytes]] = {
        "nnc": by_nnc,
        "gathers": by_gathers,
        "loop": by_loop,
        "fractions": lambda: by_loop(Fraction),
    }
    return functions({name: known[name] for name in ways.split(",")}, rounds)


def compile_alone(path: Path, rounds: int) -> dict[str, float]:
    """Time the compilation of a network that was read before."""
    import nnc

    from benchmarks.measuring import functions

    network = nnc.load(path)
    return functions({"nnc": lambda: len(nnc.compile(network).steps)}, rounds)


def exact_ties(ties: Sequence[tuple[str, str, str]]) -> tuple[int, int]:
    """Count what nnc gets wrong of the ties, as `wrong_in_floats` does."""
    import nnc

    lines = [
        f"  {fires}_{i}: {{weights: {{a: {a}, b: {b}}}, threshold: {total}, fires: {fires}}}"
        for fires in ("above", "at_least")
        for i, (a, b, total) in enumerate(ties)
    ]
    names = ", ".join(line.split(":")[0].strip() for line in lines)
    text = "\n".join(["nnc: 1", "inputs: [a, b]", "neurons:", *lines, f"outputs: [{names}]"])
    fired = nnc.evaluate(nnc.loads(text), {"a": 1, "b": 1})
    above = sum(bit for name, bit in fired.items() if name.startswith("above"))
    at_least = sum(bit for name, bit in fired.items() if name.startswith("at_least"))
    return above, len(ties) - at_least


def main(name: str, path: Path, *arguments: str) -> None:
    """Run one task and print its result as JSON."""
    from benchmarks import networks

    result: object
    if name == "validate":
        result = len(usual_network(path).neurons)
    elif name == "read":
        result = read_alone(path, int(arguments[0]))
    elif name == "compile":
        result = compile_alone(path, int(arguments[0]))
    elif name == "score":
        result = score_script(path, Path(arguments[0]))
    elif name == "ties":
        ties = [*networks.decimal_ties()]
        result = [len(ties), wrong_in_floats(ties), exact_ties(ties)]
    else:
        size, count, rounds, ways = arguments
        if name == "chain":
            gates, outputs = [*chain(int(size))], 1
        else:
            gates, outputs = [*layered(int(size), 100, (2, 4), 0.5)], 100
        result = evaluate_alone(path, gates, outputs, int(count), int(rounds), ways)
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
