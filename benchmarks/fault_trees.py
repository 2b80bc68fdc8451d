"""Fault trees of Open-PSA: cut sets and probability by nnc, and by scram's decision diagrams.

python -m benchmarks.fault_trees FILE... prints the table; each program has a minute for a tree.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measuring import show

SECONDS = 60  # of CPU time, for a tree
GATE = "{nnc: 1, inputs: [a, b], neurons: {n: {wiring: [a, b], fires: all}}, outputs: [n]}\n"
SETS = ("--hide", "not", "--hide", "importance")  # minimal cut sets, which scram finds
HEAD = "| tree | cut sets | probability | nnc | nnc, no start | scram | ratio | nnc's memory |"


def fault_trees(files: Sequence[Path], folder: Path) -> None:
    """Print the table; the ratio leaves out the time in which nnc starts."""
    (folder / "gate.nn.yaml").write_text(GATE, "utf-8")
    chances = ("--probability", "a=0.1,b=0.1", *SETS)
    started = min(_timed(_nnc("cuts", folder / "gate.nn.yaml", *chances))[1] for _ in range(3))
    print(HEAD)
    print("|" + "---|" * HEAD.count(" |"))
    for file in files:
        network = folder / f"{file.stem}.nn.yaml"
        subprocess.run(_nnc("import", file, "-o", network), check=True, capture_output=True)
        table = folder / f"{file.stem}.probabilities.csv"
        words = ("cuts", network, "--probability", table, *SETS)
        text, ours, memory = _timed(_nnc(*words))
        report = folder / "report.xml"
        words = ("scram", "--bdd", "--probability", "1", "-o", report, file)
        _, theirs, _ = _timed(words)
        products = re.search(rb'products="(\d+)" probability="([^"]+)"', _start_of(report))
        found = re.search(r": ([\d,]+) .*\n.*: (\S+)", text)
        counted, chance = found.groups() if found else ("-", "-")
        if found and products:
            count, likely = (word.decode() for word in products.groups())
            assert count == counted.replace(",", ""), f"{file}: scram has {count} sets"
            assert abs(float(likely) / float(chance) - 1) < 1e-5, f"{file}: scram has {likely}"
        report.unlink(missing_ok=True)
        rest = max(0.0, ours - started)
        ratio = f"{rest / theirs:.2g}" if found and products else "-"
        times = [show(ours), show(rest)] if found else ["-", "-"]
        times.append(show(theirs) if products else "-")
        cells = [file.stem, counted, chance, *times, ratio, f"{memory // 1024} MB"]
        print(f"| {' | '.join(cells)} |", flush=True)


def _nnc(*words: str | Path) -> tuple[str | Path, ...]:
    return sys.executable, "-m", "nnc", *words


def _start_of(file: Path) -> bytes:
    """Return the beginning of a report, which has the totals; the products may take gigabytes."""
    if not file.exists():
        return b""
    with file.open("rb") as opened:
        return opened.read(1 << 16)


def _timed(words: Sequence[str | Path]) -> tuple[str, float, int]:
    """Return what a command prints, its CPU seconds, and its memory at most in KB."""
    code = (
        "import resource, subprocess, sys\n"
        f"resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))\n"
        "run = subprocess.run(sys.argv[1:], capture_output=True, text=True)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss)\n"
        "print(run.stdout)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *words], check=True, capture_output=True, text=True
    )
    numbers, _, text = run.stdout.partition("\n")
    seconds, memory = numbers.split()
    return text, float(seconds), int(memory)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        fault_trees([Path(word) for word in sys.argv[1:]], Path(made))
