"""Measure nnc beside the usual ways, and print the table."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import networks
from benchmarks.measuring import ROOT, line, machine, processes, show, start

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- benchmarks: begin -->\n", "<!-- benchmarks: end -->\n"
NNC = str(Path(sys.executable).with_name("nnc"))
TASK = (sys.executable, "-m", "benchmarks.usual")


def task(*arguments: str | Path | int) -> Any:
    """Run a task in its own process and give its result."""
    return json.loads(start([*TASK, *map(str, arguments)])[1])


def starting() -> Iterator[str]:
    """Start-up, over that of Python alone."""
    bare = {"`python -c pass`": [sys.executable, "-c", "pass"],
            "`python -I -c pass`": [sys.executable, "-I", "-c", "pass"]}  # fmt: skip
    most = {"--version": 0.050, "--help": 0.100}
    ran = processes({**bare, **{option: [NNC, option] for option in most}}, 11)
    least = min(ran[name].seconds for name in bare)
    told = ", ".join(f"{name} {show(ran[name].seconds)}" for name in bare)
    for option, limit in most.items():
        over = ran[option].seconds - least
        bar = {f"under {limit * 1000:.0f} ms": over < limit}
        yield line(f"`nnc {option}`, over bare Python ({told})", over, {}, bar)


def validating(folder: Path) -> Iterator[str]:
    """100,000 neurons, checked in a cold process, and read alone."""
    file = folder / "large.nn.yaml"
    networks.write_network(file, networks.layered(100_000, 1_000, (3, 3)), 1_000)
    assert start([NNC, "validate", file])[1].startswith("no problems")
    assert task("validate", file) == 100_000
    way = "PyYAML (C) + pydantic"
    commands = {"nnc": (NNC, "validate", file), way: (*TASK, "validate", file)}
    ran = processes(commands, 5)
    (seconds, mib), usual = ran["nnc"], ran[way]
    bars = {"under 3 s": seconds < 3, "3x faster": usual.seconds >= 3 * seconds}
    size = f"{file.stat().st_size / 1e6:.1f} MB"
    yield line(f"`nnc validate`, 100,000 neurons, {size}", seconds, {way: usual.seconds}, bars)
    yield line("… its peak memory", mib, {way: usual.mib}, {"under 400 MiB": mib < 400},
               "{:.0f} MiB".format)  # fmt: skip
    took = task("read", file, 5)
    yield line("… reading the file alone", took.pop("nnc"), took)


def chaining(folder: Path) -> Iterator[str]:
    """A chain of 200,000 neurons, one a level."""
    file = folder / "chain.nn.yaml"
    networks.write_network(file, networks.chain(200_000), 1)
    for count, *ways in ((1, "loop over Fractions"), (1_000,)):
        took = task("evaluate", file, "chain", 200_000, count, 3, *ways)
        yield line(f"compile and evaluate a chain of 200,000 neurons, rows: {count:,}",
                   took.pop("nnc"), took)  # fmt: skip
    command: list[str | Path] = [
        NNC,
        "eval",
        file,
        *(f"--set={name}=1" for name in networks.INPUTS),
    ]
    ran = processes({"nnc": command}, 3)["nnc"]
    yield line("… `nnc eval` from its file, rows: 1", ran.seconds, {})
    yield line("… its peak memory", ran.mib, {}, {}, "{:.0f} MiB".format)


def evaluating(folder: Path) -> Iterator[str]:
    """10,000 neurons of bits in 100 levels, and a score from CSV to CSV."""
    file = folder / "bits.nn.yaml"
    networks.write_network(file, networks.layered(10_000, 100, (2, 4), 0.5), 100)
    gathers, loop = "NumPy int8 gathers", "Python loop"
    for count, rounds, *ways in ((1, 11, gathers, loop), (1_000, 5, gathers, loop),
                                 (65_536, 5, gathers)):  # fmt: skip
        took = task("evaluate", file, "bits", 10_000, count, rounds, *ways)
        yield line(f"evaluate 10,000 neurons, rows: {count:,}", took.pop("nnc"), took)
    patients, ours, theirs = (folder / f"{name}.csv" for name in ("patients", "ours", "theirs"))
    networks.write_patients(patients, 200_000)
    score, way = ROOT / "configs/medicine/cha2ds2_vasc.nn.yaml", "csv module and floats, unchecked"
    ran = processes({"nnc": (NNC, "eval", score, patients, "-o", ours),
                     way: (*TASK, "score", patients, theirs)}, 5)  # fmt: skip
    assert ours.read_text().splitlines() == theirs.read_text().splitlines()
    yield line("`nnc eval` of CHA2DS2-VASc, CSV rows: 200,000", ran["nnc"].seconds,
               {way: ran[way].seconds})  # fmt: skip


def exactness(_: Path) -> Iterator[str]:
    """How often binary floats are wrong where a sum of two decimals meets its threshold."""
    for fires, count, ours, theirs in task("ties"):
        yield (f"| `{fires}` at the exact sum of two decimals, pairs: {count:,} | {ours} wrong "
               f"| float64 {theirs} wrong, {theirs / count:.1%} | | 0 wrong: "
               f"{'**missed**' if ours else 'met'} |")  # fmt: skip


def main() -> None:
    """Print the table; with --write, put it into docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put it into docs/{PAGE.name}")
    keep = parser.parse_args().write
    lines = ["| CPU time | nnc | beside it | nnc is faster | bar |", "|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for case in (lambda _: starting(), validating, chaining, evaluating, exactness):
            for text in case(Path(folder)):
                print(text, file=sys.stderr, flush=True)
                lines.append(text)
    table = "\n".join([*lines, "", machine(), ""])
    print(table)
    if keep:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        PAGE.write_text(before + BEGIN + table + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
