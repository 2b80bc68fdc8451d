"""The usual ways to do what nnc does, to stand beside it."""

from __future__ import annotations

import csv
import json
import operator
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.large_networks import INPUTS as INPUT_BITS
from benchmarks.measuring import functions
from benchmarks.networks import INPUTS, Gate, bit_rows, chain, decimal_ties


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

    from nnc.language.document.reader import read_document

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


def evaluate(path: str, size: str, count: str, rounds: str, *ways: str) -> object:
    """Time ways to compile and evaluate a chain; all give the same bits."""
    import numpy as np

    import nnc

    gates = list(chain(int(size)))
    network = nnc.load(path)
    names = list(network.outputs)
    columns = {name: np.array(bits, np.uint8) for name, bits in bit_rows(int(count)).items()}
    stacked = np.array([*columns.values()], np.int8)
    rows = [dict(zip(INPUTS, row, strict=True)) for row in stacked.T.tolist()]

    def by_nnc() -> bytes:
        out = nnc.evaluate(network, columns)
        return np.array([out[name] for name in names], np.int8).tobytes()

    def by_loop(number: type[int | Fraction]) -> bytes:
        out = [python_loop(gates, row, number) for row in rows]
        return np.array([[row[name] for row in out] for name in names], np.int8).tobytes()

    every: dict[str, Callable[[], bytes]] = {
        "nnc": by_nnc,
        "Python loop": lambda: by_loop(int),
        "loop over Fractions": lambda: by_loop(Fraction),
    }
    return functions({name: every[name] for name in ("nnc", *ways)}, int(rounds))


def sparse(path: str, rows: str) -> dict[str, float]:
    """Load, compile and evaluate a sparse network once, and check it with SciPy, if it is there."""
    import numpy as np
    from safetensors.numpy import load_file

    import nnc
    from benchmarks import peers

    given = np.random.default_rng(0).integers(0, 2, (int(rows), INPUT_BITS), np.uint8)
    tiny = "nnc: 1\ninputs: [a]\nneurons: {y: {wiring: a, threshold: 0}}\noutputs: [y]\n"
    nnc.evaluate(nnc.loads(tiny), {"a": [1]})  # what is imported late is imported
    begin = time.process_time()
    plan = nnc.compile(nnc.load(path))
    compiled = time.process_time()
    out = nnc.evaluate(plan, {"x": given}, threads=1)["y"]
    first = time.process_time()
    nnc.evaluate(plan, {"x": given}, threads=1)
    again = time.process_time()
    took = {"compile": compiled - begin, "first": first - compiled, "again": again - first}
    if peers.has("scipy"):
        arrays = load_file(Path(path).with_name("sparse.safetensors"))
        run = peers.scipy_layers(arrays)
        begin = time.process_time()
        theirs = run(np.ascontiguousarray(given.T).view(np.int8))
        took["scipy CSR"] = time.process_time() - begin
        if not np.array_equal(theirs.T, out):
            raise AssertionError("the results differ: nnc, scipy CSR")
    return took


if __name__ == "__main__":
    tasks = (validate, read, score, ties, evaluate, sparse)
    print(json.dumps({one.__name__: one for one in tasks}[sys.argv[1]](*sys.argv[2:])))
