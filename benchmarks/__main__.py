"""Measure nnc beside the usual ways, and print tables in Markdown."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import commands
from benchmarks.editing import editing
from benchmarks.measuring import ROOT, machine, start, table
from benchmarks.proving import multiplying, proving
from benchmarks.streaming import streaming
from benchmarks.versions import versions

PAGE = ROOT / "docs" / "measurements.md"
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def case(name: str, folder: Path) -> Iterator[str]:
    """Measure a case of `benchmarks.engine` in its own process."""
    yield from tables(["benchmarks.engine", name, folder])


def tables(module: list[str | Path]) -> Iterator[str]:
    """Measure the cases of a module, with its arguments, in their own process."""
    for text in start([sys.executable, "-m", *module])[1].splitlines():
        yield from table(**json.loads(text))


def stream(folder: Path) -> Iterator[str]:
    """Files of rows, and columns of texts in them."""
    yield from streaming(folder)
    yield ""
    yield from tables(["benchmarks.texts", folder])


def models(folder: Path) -> Iterator[str]:
    """Models of scikit-learn."""
    del folder
    yield from tables(["benchmarks.models"])


def engine(folder: Path) -> Iterator[str]:
    """The workloads W1 to W6, and real numbers."""
    for name in ("w1-million", "w1-few", "w2", "w3", "w4", "few", "w5", "w6", "real", "additions"):
        yield from case(name, folder)


def packed(folder: Path) -> Iterator[str]:
    """The inside of the engine alone."""
    yield from case("packed", folder)


def pictures(folder: Path) -> Iterator[str]:
    """Convolutions."""
    yield from tables(["benchmarks.pictures", folder])


def threads(folder: Path) -> Iterator[str]:
    """Two threads beside one."""
    yield from case("threads", folder)


def large(folder: Path) -> Iterator[str]:
    """Networks with their weights in files."""
    yield from commands.compiled(folder)
    yield ""
    yield from case("load", folder)
    yield from commands.sparse(folder)


PARTS: dict[str, Callable[[Path], Iterator[str]]] = {
    "start": commands.starting,
    "files": commands.files,
    "reading": commands.reading,
    "exact": commands.exactness,
    "engine": engine,
    "packed": packed,
    "pictures": pictures,
    "models": models,
    "threads": threads,
    "large": large,
    "versions": versions,
    "stream": stream,
    "proving": proving,
    "multiplying": multiplying,
    "editing": editing,
}


def written(page: str, part: str, lines: str) -> str:
    """Put the tables of a part into the page, between its two comments."""
    begin, end = f"<!-- {part}: begin -->\n", f"<!-- {part}: end -->\n"
    before, found, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"no comments for `{part}` in the page")
    return before + begin + lines + end + after


def main() -> None:
    """Print the tables of some parts or of all; --write puts them into docs/measurements.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"all, or of {', '.join(PARTS)}")
    parser.add_argument("--write", action="store_true", help=f"put them into docs/{PAGE.name}")
    given = parser.parse_args()
    for wrong in set(given.parts) - set(PARTS):
        parser.error(f"no part is called {wrong}: choose from {', '.join(PARTS)}")
    os.environ |= dict.fromkeys(ONE_THREAD, "1")
    for part in given.parts or PARTS:
        lines = []
        with tempfile.TemporaryDirectory() as folder:
            for text in PARTS[part](Path(folder)):
                print(text, flush=True)
                lines.append(text)
        told = machine()
        text = "\n".join([*lines, *([""] if lines[-1] else []), told, ""])
        print(f"\n{told}\n", flush=True)
        if given.write:
            page = written(PAGE.read_text(encoding="utf-8"), part, text)
            PAGE.write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
