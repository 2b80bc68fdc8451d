"""Measure nnc beside the usual ways, and print or keep the table."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import (
    ROOT, Row, machine, nnc, processes, ratio, show, start, table, task, verdict,
)  # fmt: skip
from benchmarks.networks import (
    chain, layered, write_bit_rows, write_network, write_patients,
)  # fmt: skip

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"
SCORE = ROOT / "configs" / "medicine" / "cha2ds2_vasc.nn.yaml"


def validating(folder: Path) -> Iterator[Row]:
    """100,000 neurons, checked in a cold process, and read alone."""
    file = folder / "large.nn.yaml"
    write_network(file, layered(100_000, 1_000, (3, 3)), 1_000)
    commands = {"nnc": nnc("validate", file), "usual": task("validate", file)}
    ran = processes(commands, 5)
    (ours, said), (usual, counted) = ran["nnc"], ran["usual"]
    assert said.startswith("no problems"), said
    assert json.loads(counted) == 100_000, counted
    size = f"100,000 neurons, {file.stat().st_size / 1e6:.1f} MB"
    yield Row(
        f"`nnc validate`, {size}", show(ours.seconds), f"PyYAML (C) + pydantic {show(usual.seconds)}",
        ratio(usual.seconds, ours.seconds),
        verdict("under 3 s", met=ours.seconds < 3) + "; "
        + verdict("3x", met=usual.seconds >= 3 * ours.seconds),
    )  # fmt: skip
    yield Row(
        "its peak memory", f"{ours.mib:.0f} MiB", f"{usual.mib:.0f} MiB",
        f"{usual.mib / ours.mib:.1f}x less", verdict("under 400 MiB", met=ours.mib < 400),
    )  # fmt: skip
    alone = json.loads(start(task("read", file, "5"))[1])
    yield Row(
        "reading alone, to plain values", show(alone["nnc"]), f"CSafeLoader {show(alone['usual'])}",
        ratio(alone["usual"], alone["nnc"]),
    )  # fmt: skip


def chaining(folder: Path) -> Iterator[Row]:
    """A chain of 200,000 neurons: each level has one."""
    file = folder / "chain.nn.yaml"
    write_network(file, chain(200_000), 1)
    seconds = json.loads(start(task("compile", file, "3"))[1])["nnc"]
    yield Row("compile a chain of 200,000 neurons, read before", show(seconds), "")
    for count, ways in ((1, "nnc,fractions"), (1_000, "nnc")):
        alone = json.loads(start(task("chain", file, "200000", str(count), "3", ways))[1])
        beside = f"loop over Fractions {show(alone['fractions'])}" if count == 1 else ""
        faster = ratio(alone["fractions"], alone["nnc"]) if count == 1 else ""
        yield Row(f"evaluate it, {rows(count)}", show(alone["nnc"]), beside, faster)
        given = folder / "rows.csv"
        write_bit_rows(given, count)
        cost, _ = processes({"nnc": nnc("eval", file, given)}, 3)["nnc"]
        taken = f"{show(cost.seconds)}, {cost.mib:.0f} MiB"
        yield Row(f"`nnc eval` of it from its file, {rows(count)}", taken, "")


def starting() -> Iterator[Row]:
    """Start-up, over that of Python alone."""
    bare = [sys.executable, "-c", "pass"]
    commands = {
        "--version": nnc("--version"), "--help": nnc("--help"), "bare": bare,
        "isolated": [sys.executable, "-I", "-c", "pass"],
    }  # fmt: skip
    ran = {name: cost.seconds for name, (cost, _) in processes(commands, 11).items()}
    beside = f"`python -c pass` {show(ran['bare'])}, `-I` {show(ran['isolated'])}"
    for name, most in (("--version", 50), ("--help", 100)):
        over = ran[name] - min(ran["bare"], ran["isolated"])
        bar = verdict(f"under {most} ms", met=over * 1000 < most)
        yield Row(f"`nnc {name}`, over bare Python", show(max(over, 0)), beside, "", bar)


def evaluating(folder: Path) -> Iterator[Row]:
    """10,000 neurons of bits in 100 levels, and a score from CSV to CSV."""
    file = folder / "bits.nn.yaml"
    write_network(file, layered(10_000, 100, (2, 4), 0.5), 100)
    for count, rounds, ways in (
        (1, 11, "nnc,gathers,loop"), (1_000, 3, "nnc,gathers,loop"), (65_536, 3, "nnc,gathers"),
    ):  # fmt: skip
        alone = json.loads(start(task("bits", file, "10000", str(count), str(rounds), ways))[1])
        names = {"gathers": "NumPy int8 gathers", "loop": "Python loop"}
        others = ways.split(",")[1:]
        yield Row(
            f"evaluate 10,000 neurons, {rows(count)}", show(alone["nnc"]),
            ", ".join(f"{names[way]} {show(alone[way])}" for way in others),
            ", ".join(ratio(alone[way], alone["nnc"]) for way in others),
        )  # fmt: skip
    patients, ours, theirs = (folder / f"{name}.csv" for name in ("patients", "ours", "theirs"))
    write_patients(patients, 200_000)
    ran = processes({
        "nnc": nnc("eval", SCORE, patients, "-o", ours),
        "script": task("score", patients, theirs),
    }, 5)  # fmt: skip
    assert ours.read_text().splitlines() == theirs.read_text().splitlines()
    seconds = {name: cost.seconds for name, (cost, _) in ran.items()}
    yield Row(
        "`nnc eval` of CHA2DS2-VASc, 200,000 CSV rows", show(seconds["nnc"]),
        f"script with csv and floats, no checks {show(seconds['script'])}",
        ratio(seconds["script"], seconds["nnc"]),
    )  # fmt: skip


def exactness() -> Iterator[Row]:
    """How often binary floats are wrong where a sum of two decimals meets its threshold."""
    count, floats, exact = json.loads(start(task("ties", Path()))[1])
    for name, by_float, by_nnc in zip(("above", "at_least"), floats, exact, strict=True):
        yield Row(
            f"`{name}`, {count:,} pairs of weights at their exact sum", f"{by_nnc} wrong",
            f"float64 {by_float} wrong ({by_float / count:.1%})", "",
            verdict("0 wrong", met=by_nnc == 0),
        )  # fmt: skip


def rows(count: int) -> str:
    """Write a number of rows."""
    return "1 row" if count == 1 else f"{count:,} rows"


def measured() -> Iterator[Row]:
    """Measure everything, telling on stderr what is done."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rows_of in (
            starting(), validating(folder), chaining(folder), evaluating(folder), exactness(),
        ):  # fmt: skip
            for row in rows_of:
                print(*row[:4], sep="  ", file=sys.stderr)
                yield row


def main() -> None:
    """Print the table; with `--write`, put it into docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    keep = parser.parse_args().write
    text = f"{table([*measured()])}\n\n{machine()}.\n"
    print(text)
    if keep:
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
