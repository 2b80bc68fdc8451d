"""What is measured in a process of its own: `python -m benchmarks.tasks NAME ARGUMENTS`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from benchmarks import networks, usual
from benchmarks.measuring import functions
from benchmarks.networks import INPUTS, Gate


def validate(path: str) -> int:
    """Count the neurons of a file, read in the usual way."""
    return len(usual.usual_network(Path(path)).neurons)


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


def score(source: str, target: str) -> None:
    """Score patients in the usual way."""
    usual.score_script(Path(source), Path(target))


def ties() -> tuple[int, list[int], list[int]]:
    """Count what is wrong of all decimal ties: `above` fires, `at_least` does not; nnc, floats."""
    import nnc

    pairs = networks.decimal_ties()
    lines = ["nnc: 1", "inputs: [a, b]", f"outputs: [{', '.join(_tie_names(len(pairs)))}]"]
    for name, (a, b, total) in zip(_tie_names(len(pairs)), pairs * 2, strict=True):
        fires = name.rpartition("_")[0]
        lines.append(
            f"  {name}: {{weights: {{a: {a}, b: {b}}}, threshold: {total}, fires: {fires}}}"
        )
    lines.insert(2, "neurons:")
    lines.append(lines.pop(3))
    fired = nnc.evaluate(nnc.loads("\n".join(lines)), {"a": 1, "b": 1})
    exact = [fired[name] for name in _tie_names(len(pairs))]
    sums = [(float(a) + float(b), float(total)) for a, b, total in pairs]
    floats = [int(s > t) for s, t in sums] + [int(s >= t) for s, t in sums]
    wrong = [[sum(f[: len(pairs)]), f[len(pairs) :].count(0)] for f in (exact, floats)]
    return len(pairs), wrong[0], wrong[1]


def _tie_names(count: int) -> list[str]:
    return [f"{fires}_{i}" for fires in ("above", "at_least") for i in range(count)]


def bits(path: str, size: str, count: str, rounds: str, *ways: str) -> dict[str, float]:
    """Time the evaluation of rows by a layered network compiled before, arrays in and out."""
    gates = [*networks.layered(int(size), 100, (2, 4), 0.5)]
    return evaluate(path, gates, 100, int(count), int(rounds), ways, compiled=True)


def chain(path: str, size: str, count: str, rounds: str, *ways: str) -> dict[str, float]:
    """Time the compilation of a chain and the evaluation of rows."""
    gates = [*networks.chain(int(size))]
    return evaluate(path, gates, 1, int(count), int(rounds), ways, compiled=False)


def evaluate(
    path: str, gates: Sequence[Gate], outputs: int, count: int, rounds: int, ways: Sequence[str],
    *, compiled: bool,
) -> dict[str, float]:  # fmt: skip
    """Time several ways to evaluate one network; all give the same bits."""
    import nnc
    import numpy as np

    network = nnc.load(path)
    known = nnc.compile(network) if compiled else network
    columns = {name: np.array(bits, np.uint8) for name, bits in networks.bit_rows(count).items()}
    rows = [dict(zip(INPUTS, row, strict=True)) for row in np.array([*columns.values()]).T.tolist()]
    names = [gate.name for gate in gates[-outputs:]]
    gathers = usual.numpy_gathers(gates, outputs)

    def by_nnc() -> bytes:
        out = nnc.evaluate(known, columns)
        return np.array([out[name] for name in names], np.int8).tobytes()

    def by_loop(number: type[int | Fraction] = int) -> bytes:
        out = [usual.python_loop(gates, row, number) for row in rows]
        return np.array([[row[name] for row in out] for name in names], np.int8).tobytes()

    every: dict[str, Callable[[], bytes]] = {
        "nnc": by_nnc,
        "NumPy int8 gathers": lambda: gathers(np.array([*columns.values()], np.int8)).tobytes(),
        "Python loop": by_loop,
        "loop over Fractions": lambda: by_loop(Fraction),
    }
    return functions({name: every[name] for name in ("nnc", *ways)}, rounds)


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
