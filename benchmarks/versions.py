"""Two versions of a large network, three in a merge, and a long history: cold processes."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks import networks
from benchmarks.commands import HEAD, NNC
from benchmarks.measuring import Cost, line, mib, start

_COUNT, _WIDTH, _COMMITS = 100_000, 1_000, 2_000
_MOST_MIB = 1_500


def versions(folder: Path) -> Iterator[str]:
    """`nnc diff`, the merge driver of git, and `nnc log`."""
    yield from HEAD
    base = folder / "base.nn.yaml"
    networks.write_network(base, networks.layered(_COUNT, _WIDTH, (3, 3)), _WIDTH)
    masked, changed = _edited(base, "masked", _COUNT // 2), _edited(base, "changed", _COUNT - 1)
    told = f"of {_COUNT:,} neurons, one threshold changed"
    for file, found, what in (
        (masked, "equal", "outputs equal"),
        (changed, "differs", "an output differs"),
    ):
        cost, out = start([NNC, "diff", base, file])
        assert found in out
        yield from _lines(f"`nnc diff` {told}, {what}", cost, 15)
    ours = folder / "ours.nn.yaml"
    ours.write_bytes(masked.read_bytes())
    cost, out = start([NNC, "git", "merge-driver", base, ours, changed, "7", "x.nn.yaml"])
    assert out == "merged\n"
    yield from _lines(f"merge {told} on each side", cost, 30)
    file = write_history(folder / "repository", _COMMITS)
    cost, out = start([NNC, "log", "--report", "oneline", file])
    assert out.count("\n") == _COMMITS
    yield from _lines(
        f"`nnc log` of {_COMMITS:,} commits, each of which changes the network", cost, 6
    )


def _lines(told: str, cost: Cost, seconds: float) -> Iterator[str]:
    """Write what a command took, and its memory, beside their limits."""
    yield line(told, cost.seconds, {}, {f"under {seconds} s": cost.seconds < seconds})
    small = {f"under {_MOST_MIB} MiB": cost.mib < _MOST_MIB}
    yield line("… its peak memory", cost.mib, {}, small, mib)


def _edited(base: Path, name: str, neuron: int) -> Path:
    """Write a version in which the threshold of one neuron is higher by 1."""
    lines = base.read_text(encoding="utf-8").split("\n")
    (place,) = (i for i, text in enumerate(lines) if text.startswith(f"  n{neuron}:"))
    lines[place] = re.sub(
        r"(?<=threshold: )-?\d+", lambda number: str(int(number[0]) + 1), lines[place]
    )
    file = base.with_name(f"{name}.nn.yaml")
    file.write_text("\n".join(lines), encoding="utf-8", newline="\n")
    return file


def write_history(folder: Path, commits: int) -> Path:
    """Make a repository with so many versions of a network of 20 neurons; give its path."""
    folder.mkdir()
    git = ["git", "-C", str(folder)]
    subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
    pieces = []
    for place in range(commits):
        message, text = f"version {place}", _version(place)
        pieces.append(
            f"commit refs/heads/main\ncommitter A <a@example.org> {1_600_000_000 + place} +0000\n"
            f"data {len(message)}\n{message}\n"
            f"M 100644 inline one.nn.yaml\ndata {len(text)}\n{text}\n"
        )
    subprocess.run([*git, "fast-import", "--quiet"], input="".join(pieces).encode(), check=True)
    subprocess.run([*git, "reset", "--quiet", "--hard", "main"], check=True)
    return folder / "one.nn.yaml"


def _version(place: int) -> str:
    """Write a network in which each version changes one neuron."""
    lines = ["nnc: 1", "inputs: [a, b, c]", "neurons:"]
    for i in range(20):
        weight = 1 + (place + 19 - i) // 20  # one neuron after the other
        lines.append(f"  n{i}: {{weights: {{a: {weight}, b: 2, c: -1}}, threshold: {i % 4}}}")
    return "\n".join([*lines, "outputs: [n0, n7, n19]", ""])
