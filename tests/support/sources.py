"""A table of the files in a folder: what `nnc import` reads, and rows beside the source's own tool.

`python -m tests.support.sources FOLDER` tries each file in a folder and in those inside it. Of a
file that is read, rows are drawn on and beside its cut-offs and given to the network and to the
tool that the file comes from, where that is installed: of PMML it is JPMML, `pip install
jpmml_evaluator jpype1` and Java. Rows that the tool gives nothing for are not compared.
"""

from __future__ import annotations

import argparse
import html
import math
import random
import re
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nnc
from nnc.files.other_tools import recognised
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.naming import plain_name
from nnc.language.network import Network, Neuron

Row = dict[str, Any]
SEED = 0
STEPS = (0, 0, 1, -1, Fraction(1, 100), Fraction(-1, 100), 20, -20)
"""The distances of the numbers of a row from a cut-off."""


@dataclass(slots=True)
class Line:
    """A line of the table: a file, what became of it, and how many rows were compared."""

    file: str
    form: str
    verdict: str = ""
    rows: int | None = None
    differences: Sequence[object] = ()
    seconds: float = 0.0

    def __str__(self) -> str:
        counts = ("", "") if self.rows is None else (self.rows, len(self.differences))
        cells = (self.file, self.form, self.verdict, *counts, f"{self.seconds:.1f}")
        return "| " + " | ".join(map(str, cells)) + " |"


def drawn_rows(network: Network, count: int, draw: random.Random) -> list[Row]:
    """Draw rows: texts of the choices, and numbers on, near and between the cut-offs."""
    cuts = {name: sorted(each) for name, each in _cut_offs(network).items()}
    return [
        {name: _drawn(network, name, cuts[name], draw) for name in network.inputs}
        for _ in range(count)
    ]


def _cut_offs(network: Network) -> dict[str, set[Fraction]]:
    """Return the numbers at which each input of numbers changes something."""
    cuts = {name: {Fraction(0)} for name in network.inputs}
    for neuron in network.neurons.values():
        weights = neuron.weights if isinstance(neuron.weights, dict) else {}
        for source, weight in weights.items():
            if source in cuts and isinstance(weight, Mapping):
                cuts[source] |= {Fraction(getattr(at, "number", at)) for at in weight}
            elif source in cuts and len(weights) == 1:
                cuts[source] |= {limit / Fraction(weight) for limit in _limits(neuron)}
    return cuts


def _limits(neuron: Neuron) -> Iterator[Fraction]:
    for limit in (*(neuron.thresholds or {}).values(), neuron.threshold):
        number = getattr(limit, "number", limit)
        if isinstance(number, int | Fraction):
            yield Fraction(number)


def _drawn(network: Network, name: str, cuts: Sequence[Fraction], draw: random.Random) -> Any:
    about = network.inputs[name]
    if about.of is not None:
        return draw.choice(about.of)
    if about.type == "bit":
        return draw.choice(about.states or (0, 1))
    number = draw.choice(cuts) + Fraction(draw.choice(STEPS))
    number = number if about.min is None else max(number, Fraction(about.min))
    number = number if about.max is None else min(number, Fraction(about.max))
    return round(number) if about.type == "integer" else float(number)


def by_jpmml(path: Path, network: Network, rows: Sequence[Row]) -> list[Any]:
    """Return the predictions of JPMML; None for a row that it gives nothing for."""
    jpmml = import_module("jpmml_evaluator")
    evaluator = jpmml.make_evaluator(str(path))
    texts = original_texts(path)
    [output] = network.outputs
    answers: list[Any] = []
    for row in rows:
        given = {
            network.inputs[name].description or name: texts.get(value, value)
            for name, value in row.items()
        }
        try:
            found = evaluator.evaluate(given)
        except jpmml.JavaError:
            answers.append(None)
            continue
        by_name = {plain_name(str(name)): value for name, value in found.items()}
        answers.append(by_name.get(output, next(iter(found.values()))))
    return answers


def original_texts(path: Path) -> dict[Any, str]:
    """Return the texts of an XML file by the names that a network gives them."""
    words = re.findall(r'"([^"<]*)"|>([^<>]+)<', html.unescape(path.read_text("utf-8")))
    return {plain_name(text): text for pair in words for text in pair if text}


Tool = Callable[[Path, Network, Sequence[Row]], list[Any]]
TOOLS: Mapping[str, tuple[str, Tool]] = {"pmml": ("jpmml_evaluator", by_jpmml)}
"""By format the package that runs a file, and what gives its answers for some rows."""


def is_same(ours: Any, theirs: Any, bound: float) -> bool:
    """Compare two answers: floats may be off by what adding them up rounds."""
    if isinstance(theirs, int | float) and not isinstance(ours, str):
        return math.isclose(float(ours), theirs, rel_tol=1e-9, abs_tol=max(bound, 1e-9))
    return str(ours) == str(theirs)


def tried(path: Path, name: str, count: int) -> Line:
    """Import one file, and compare rows if its tool is installed."""
    line = Line(name, recognised(path.name, path.read_bytes()) or "not recognised")
    started = time.perf_counter()
    try:
        imported = nnc.import_file(path)
    except nnc.NncError as error:
        first = error.diagnostics[0]
        line.verdict = f"refused: {first.message}" + (f"; {first.help}" if first.help else "")
        line.seconds = time.perf_counter() - started
        return line
    line.verdict, line.seconds = imported.exactness, time.perf_counter() - started
    package, tool = TOOLS.get(line.form, ("", None))
    if tool is not None and find_spec(package) is not None:
        rows = drawn_rows(imported.network, count, random.Random(SEED))
        compare(line, imported, rows, tool(path, imported.network, rows))
    return line


def compare(line: Line, imported: Imported, rows: Sequence[Row], theirs: Sequence[Any]) -> None:
    """Compare the only output of a network with the answers of a tool."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    [values] = nnc.evaluate(imported.network, columns, floats="decimal").values()
    bound = float(imported.ties.bound) if imported.ties is not None else 0.0
    triples = [
        (row, ours, other)
        for row, ours, other in zip(rows, values.tolist(), theirs, strict=True)
        if other is not None
    ]
    line.rows = len(triples)
    line.differences = [each for each in triples if not is_same(each[1], each[2], bound)]


def main() -> None:
    """Print the table of a folder, with the first row of each file that differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=500)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    print("| file | format | read as, or refused | rows | differences | s |")
    print("|---|---|---|---|---|---|")
    for path in sorted(path for path in asked.folder.rglob("*") if path.is_file()):
        line = tried(path, str(path.relative_to(asked.folder)), asked.rows)
        print(line, *line.differences[:1], sep="\n", flush=True)


if __name__ == "__main__":
    main()
