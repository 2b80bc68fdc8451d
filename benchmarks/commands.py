"""Whole processes, from the start of Python on, and tasks that have a process of their own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import large_networks, networks
from benchmarks.measuring import ROOT, line, mib, processes, show, start

NNC = str(Path(sys.executable).with_name("nnc"))
TASK = (sys.executable, "-m", "benchmarks.usual")
HEAD = ("| CPU time | nnc | beside it | nnc is faster | bar |", "|---|---|---|---|---|")


def task(*arguments: str | Path | int) -> Any:
    """Run a task in its own process and give its result."""
    return json.loads(start([*TASK, *map(str, arguments)])[1])


def starting(folder: Path) -> Iterator[str]:
    """Python alone and with NumPy; what commands take more than Python alone."""
    yield from HEAD
    one = folder / "one.nn.yaml"
    one.write_text(
        "nnc: 1\ninputs: [a, b]\nneurons: {y: {wiring: [a, b], threshold: 1}}\noutputs: [y]\n"
    )
    start([NNC, "fmt", one])
    bare: dict[str, list[str | Path]] = {
        "bare Python, `python -c pass`": [sys.executable, "-c", "pass"],
        "bare Python, `python -I -c pass`": [sys.executable, "-I", "-c", "pass"],
        "`python -c 'import numpy'`": [sys.executable, "-c", "import numpy"],
    }
    ours: dict[str, tuple[list[str | Path], float | None]] = {
        "nnc --version": ([NNC, "--version"], 0.050),
        "nnc --help": ([NNC, "--help"], 0.100),
        "nnc eval one.nn.yaml a=1 b=1": ([NNC, "eval", one, "a=1", "b=1"], 0.150),
        "nnc validate one.nn.yaml": ([NNC, "validate", one], None),
        "nnc fmt --check one.nn.yaml": ([NNC, "fmt", "--check", one], None),
        "import nnc": ([sys.executable, "-c", "import nnc"], None),
    }
    ran = processes(bare | {name: command for name, (command, _) in ours.items()}, 11)
    yield from (f"| {name} | | {show(ran[name].seconds)} | | |" for name in bare)
    least = min(ran[name].seconds for name in bare)
    for name, (_, limit) in ours.items():
        over = ran[name].seconds - least
        bar = {} if limit is None else {f"under {limit * 1000:.0f} ms": over < limit}
        yield line(f"`{name}`, over bare Python", over, {}, bar)


def files(folder: Path) -> Iterator[str]:
    """Files of networks and rows, read and checked in cold processes."""
    yield from HEAD
    yield from _validating(folder)
    yield from _chaining(folder)
    yield from _scoring(folder)
    yield from _adding(folder)


def reading(folder: Path) -> Iterator[str]:
    """Large files, read and checked in cold processes, and what they take of memory."""
    yield from HEAD
    notes, decimals, deep = (folder / f"{name}.nn.yaml" for name in ("notes", "decimals", "deep"))
    networks.write_network(notes, networks.layered(100_000, 100_000, (3, 3)), 20_000)
    networks.write_decimals(decimals, 9_000, 111)
    networks.write_network(deep, networks.layered(214_000, 9, (3, 3)), 9)
    for file, title, limit in (
        (notes, "100,000 neurons with at least 80,000 notes", 2.5),
        (decimals, "a million weights of 17 digits", 12),
        (deep, "214,000 neurons in 23,778 levels", 7),
    ):
        ran = processes({"nnc": (NNC, "validate", file)}, 3)["nnc"]
        size = f"{file.stat().st_size / 1e6:.1f} MB"
        bar = {f"under {limit} s": ran.seconds < limit}
        yield line(f"`nnc validate`, {title}, {size}", ran.seconds, {}, bar)
        yield line("… its peak memory", ran.mib, {}, write=mib)


def _validating(folder: Path) -> Iterator[str]:
    file = folder / "large.nn.yaml"
    networks.write_network(file, networks.layered(100_000, 1_000, (3, 3)), 1_000)
    assert start([NNC, "validate", file])[1].startswith("no problems")
    assert task("validate", file) == 100_000
    way = "PyYAML (C) + pydantic"
    commands = {"nnc": (NNC, "validate", file), way: (*TASK, "validate", file)}
    ran = processes(commands, 5)
    ours, usual = ran["nnc"], ran[way]
    bars = {"under 3 s": ours.seconds < 3, "3x faster": usual.seconds >= 3 * ours.seconds}
    size = f"{file.stat().st_size / 1e6:.1f} MB"
    yield line(f"`nnc validate`, 100,000 neurons, {size}", ours.seconds, {way: usual.seconds}, bars)
    memory = {"under 400 MiB": ours.mib < 400}
    yield line("… its peak memory", ours.mib, {way: usual.mib}, memory, mib)
    took = task("read", file, 5)
    yield line("… reading the file alone", took.pop("nnc"), took)


def _chaining(folder: Path) -> Iterator[str]:
    """A chain of 200,000 neurons, one a level."""
    file = folder / "chain.nn.yaml"
    networks.write_network(file, networks.chain(200_000), 1)
    for count, *ways in ((1, "loop over Fractions"), (1_000,)):
        took = task("evaluate", file, 200_000, count, 3, *ways)
        title = f"compile and evaluate a chain of 200,000 neurons, rows: {count:,}"
        yield line(title, took.pop("nnc"), took)
    settings = [f"--set={name}=1" for name in networks.INPUTS]
    ran = processes({"nnc": [NNC, "eval", file, *settings]}, 3)["nnc"]
    yield line("… `nnc eval` from its file, rows: 1", ran.seconds, {})
    yield line("… its peak memory", ran.mib, {}, write=mib)


def _scoring(folder: Path) -> Iterator[str]:
    """A score from CSV to CSV."""
    patients, ours, theirs = (folder / f"{name}.csv" for name in ("patients", "ours", "theirs"))
    networks.write_patients(patients, 200_000)
    score, way = ROOT / "configs/medicine/cha2ds2_vasc.nn.yaml", "csv module and floats, unchecked"
    ran = processes({"nnc": (NNC, "eval", score, patients, "-o", ours),
                     way: (*TASK, "score", patients, theirs)}, 5)  # fmt: skip
    assert ours.read_text().splitlines() == theirs.read_text().splitlines()
    title = "`nnc eval` of CHA2DS2-VASc, CSV rows: 200,000"
    yield line(title, ran["nnc"].seconds, {way: ran[way].seconds})


def _adding(folder: Path) -> Iterator[str]:
    """A million sums of two 64-bit numbers from CSV to CSV."""
    rng = Random(0)
    pairs = [(rng.getrandbits(64), rng.getrandbits(64)) for _ in range(1_000_000)]
    terms, sums = folder / "terms.csv", folder / "sums.csv"
    terms.write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b in pairs))
    adder = ROOT / "configs/arithmetic/adder_64bit.nn.yaml"
    ran = processes({"nnc": (NNC, "eval", adder, terms, "-o", sums)}, 1)["nnc"]
    right = "".join(f"{(a + b) % 2**64},{a + b >> 64}\n" for a, b in pairs)
    assert sums.read_text() == "sum,carry\n" + right
    yield line("`nnc eval` of the 64-bit adder, CSV rows: 1,000,000", ran.seconds, {})
    yield line("… its peak memory", ran.mib, {}, write=mib)


def exactness(_: Path) -> Iterator[str]:
    """How often binary floats are wrong where a sum of two decimals meets its threshold."""
    yield from ("| | nnc | beside it | | bar |", HEAD[1])
    for fires, count, ours, theirs in task("ties"):
        yield (f"| `{fires}` at the exact sum of two decimals, pairs: {count:,} | {ours} wrong "
               f"| float64 {theirs} wrong, {theirs / count:.1%} | | 0 wrong: "
               f"{'**missed**' if ours else 'met'} |")  # fmt: skip


def compiled(folder: Path) -> Iterator[str]:
    """61.8 M weights in a compiled file; in the folder it is left beside what it was made of."""
    yield from HEAD
    weights, rows = folder / "dense.nnc", folder / "row.csv"
    tiny, few = folder / "and.nnc", folder / "few.csv"
    rows.write_text(f"x\n{Random(0).getrandbits(large_networks.DENSE[0])}\n")
    few.write_text("x\n5\n")
    small = folder / "and.nn.yaml"
    text = "nnc: 1\ninputs: {x: bit(4)}\nneurons: {y: {wiring: x, threshold: 2}}\noutputs: [y]\n"
    small.write_text(text)
    maker = (sys.executable, "-m", "benchmarks.large_networks")
    source = Path(start([*maker, "dense", folder])[1].strip())
    start([NNC, "compile", small, "-o", tiny])
    ran = processes({"compile": (NNC, "compile", source, "-o", weights)}, 3)["compile"]
    yield line("`nnc compile -o` of 61.8 M weights", ran.seconds, {})
    yield line("… its peak memory", ran.mib, {}, write=mib)
    size = weights.stat().st_size / (1 << 20)
    (folder / "elsewhere").mkdir()
    alone = folder / "elsewhere/dense.nnc"
    alone.write_bytes(weights.read_bytes())
    cold = processes({"alone": (NNC, "eval", alone, rows), "beside": (NNC, "eval", weights, rows),
                      "tiny": (NNC, "eval", tiny, few)}, 5)  # fmt: skip
    least = cold["tiny"].seconds
    for name, told in (("alone", ""), ("beside", ", what it was made of is there and checked")):
        over = cold[name].seconds - least
        title = f"`nnc eval` of it, rows: 1, over that of a single neuron ({show(least)}){told}"
        yield line(title, over, {}, {"under 1 s": over < 1})
        memory = {f"under 2x the file ({mib(2 * size)})": cold[name].mib < 2 * size}
        yield line("… its peak memory", cold[name].mib, {}, memory, mib)


def sparse(folder: Path) -> Iterator[str]:
    """Sparse neurons in 100 layers: what they take grows with their number."""
    yield from HEAD
    per: list[float] = []
    for count in (10_000, 100_000, 1_000_000):
        own = folder / f"sparse_{count}"
        maker = (sys.executable, "-m", "benchmarks.large_networks")
        file = Path(start([*maker, "sparse", "--neurons", str(count), own])[1].strip())
        start([*TASK, "sparse", file, "1000"])  # what it reads is in memory for the next
        cost, out = start([*TASK, "sparse", file, "1000"])
        took = json.loads(out)
        theirs = {name: took[name] for name in ("scipy CSR",) if name in took}
        seconds = took["compile"] + took["first"]
        per.append(seconds / count)
        told = "per neuron at most 1.5x that of 10,000"
        bar = {told: per[-1] <= 1.5 * per[0]} if count > 10_000 else {}
        yield line(f"load and compile {count:,} sparse neurons", took["compile"], {})
        most = {"under 2 s": took["first"] < 2} if count == 1_000_000 else {}
        yield line("… evaluate 1,000 rows the first time", took["first"], {}, most)
        yield line("… and again", took["again"], theirs)
        yield line("… compile and evaluate, per neuron", per[-1], {}, bar, _micro)
        yield line("… peak memory of the process", cost.mib, {}, write=mib)


def _micro(seconds: float) -> str:
    return f"{seconds * 1e6:.2f} µs"
