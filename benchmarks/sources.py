"""Try `nnc import` on every file of a folder, and compare what it reads with the file's own tool.

    python -m benchmarks.sources FOLDER

Rows are generated on cut-offs and thresholds, the same ones every time. ONNX is run by onnxruntime,
or by qonnx where it has operators of QONNX; PMML by jpmml_evaluator; models of LightGBM and XGBoost
by their libraries; fault trees by scram, which gives one probability; circuits by ABC. Where a tool
is not installed, or takes over half a minute, nothing is compared. A near tie is another answer
that the rounding of the tool's own sums explains.
"""

from __future__ import annotations

import argparse
import csv
import html
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import numpy as np

import nnc
from nnc.compiler.netlist import Netlist
from nnc.diagnostics.diagnostic import NncError
from nnc.interchange.checks import DOUBLES, Checking, Difference, check_file, is_rounded, made_rows
from nnc.interchange.exporting.exactness import EXACT
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.naming import plain_name
from nnc.rows.options import Floats

ROWS = 100
NEAR = 1e-6  # relative difference of numbers that a tool adds up in float32
SECONDS = 30  # for one fault tree
SINGLES = Fraction(1, 1 << 24)  # the unit roundoff of float32
TITLES = "source files read refused rows differences near_ties CPU_seconds"


class Compared(NamedTuple):
    """Counts of the rows compared, of those that differ, and of near ties among the others."""

    rows: int = 0
    differences: int = 0
    near_ties: int = 0


def main() -> None:
    """Print a table of the kinds of files, and the refusals, each with what to do."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sources", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=Path, help="the folder of the files, and of those below it")
    folder = parser.parse_args().folder
    if not folder.is_dir():
        parser.error(f"{folder} is not a folder")
    counts: dict[str, list[float]] = defaultdict(lambda: [0] * 7)
    refusals = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        begin = time.process_time()
        kind, is_read, compared = file.suffix.removeprefix(".") or file.name, False, Compared()
        try:
            imported = nnc.import_file(file)
        except NncError as error:
            first = error.diagnostics[0]
            hint = f"; {first.help}" if first.help else ""
            refusals.append(f"- {file.relative_to(folder)}: {first.message}{hint}")
        else:
            kind, is_read, compared = imported.kind, True, _compared(file, imported)
        more = [1, is_read, not is_read, *compared, time.process_time() - begin]
        counts[kind] = [a + b for a, b in zip(counts[kind], more, strict=True)]
    titles = TITLES.split()
    print(f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}".replace("_", " "))
    for kind, (*numbers, seconds) in sorted(counts.items()):
        print(f"| {kind} | {' | '.join(f'{int(n):,}' for n in numbers)} | {seconds:.1f} |")
    print("\nRefused:\n", *(refusals or ["none"]), sep="\n")


def _compared(file: Path, imported: Imported) -> Compared:
    """Compare a network with the tool of its file, where that is installed."""
    tool = next((tool for word, tool in TOOLS.items() if word in imported.kind), None)
    try:
        return tool(file, imported) if tool is not None else Compared()
    except Exception as error:  # noqa: BLE001 - of tools of all kinds, or that are not there
        print(f"{file.name}: not compared: {str(error)[:160]}", file=sys.stderr)
        return Compared()


class Sample:
    """Generated rows, as the network takes them, and their answers for its first output."""

    def __init__(self, imported: Imported) -> None:
        # PMML compares numbers as the decimals that its file has, other models as doubles
        self._floats: Floats = "decimal" if "PMML" in imported.kind else "binary"
        self.network = imported.network
        self._roundoff = DOUBLES if "PMML" in imported.kind else SINGLES
        with tempfile.TemporaryDirectory() as folder:
            imported.save(f"{folder}/network.nn.yaml")  # beside its weights, where it has some
            plan = nnc.compile(nnc.load(f"{folder}/network.nn.yaml"))
            rows = made_rows(plan, has_doubles=True, floats=self._floats, count=ROWS)
            if "ONNX" in imported.kind:  # which reads float32
                rows = [{name: _single(value) for name, value in row.items()} for row in rows]
            columns = {name: [row[name] for row in rows] for name in plan.inputs}
            self.name, values = next(iter(nnc.evaluate(plan, columns).items()))
            self.rows, self.answers, self._netlist = rows, values.tolist(), Netlist(plan)

    def numbers(self) -> list[list[float]]:
        """Return the numbers of each row, buses end to end."""
        return [[float(x) for value in row.values() for x in np.ravel(value)] for row in self.rows]

    def compared(self, theirs: Iterable[Any]) -> Compared:
        """Compare the answers with those of a tool: texts as they are, numbers but for rounding."""
        wrong = ties = 0
        for row, ours, other in zip(self.rows, self.answers, theirs, strict=True):
            if not _is_same(ours, other):
                difference = Difference(row, self.name, ours, other)
                is_tie = is_rounded(difference, self._netlist, self._floats, self._roundoff)
                wrong, ties = wrong + (not is_tie), ties + is_tie
        return Compared(len(self.rows), wrong, ties)


def _single(value: Any) -> Any:
    return np.float32(value).tolist() if isinstance(value, (float, list)) else value


def _is_same(first: Any, second: Any) -> bool:
    try:
        one, other = np.ravel(first).astype(float), np.ravel(second).astype(float)
    except (TypeError, ValueError):
        return str(first) == str(second)
    return bool(np.allclose(one, other, rtol=NEAR, atol=NEAR))


def _onnx(file: Path, imported: Imported) -> Compared:
    import onnx

    model = onnx.load(file)
    given = model.graph.input[0]
    shape = [each.dim_value or 1 for each in given.type.tensor_type.shape.dim]
    dtype = onnx.helper.tensor_dtype_to_np_dtype(given.type.tensor_type.elem_type)
    sample = Sample(imported)
    if any(node.domain not in ("", "ai.onnx", "ai.onnx.ml") for node in model.graph.node):
        from qonnx.core.modelwrapper import ModelWrapper
        from qonnx.core.onnx_exec import execute_onnx
        from qonnx.transformation.infer_shapes import InferShapes

        wrapped = ModelWrapper(str(file)).transform(InferShapes())

        def run(feed: Any) -> Any:
            return next(iter(execute_onnx(wrapped, {given.name: feed}).values()))
    else:
        import onnxruntime

        session = onnxruntime.InferenceSession(str(file))

        def run(feed: Any) -> Any:
            return session.run(None, {given.name: feed})[0]

    is_largest = next(iter(imported.network.outputs.values())).largest
    answers = [run(np.array(row, dtype).reshape(shape)) for row in sample.numbers()]
    if is_largest:
        answers = [np.argmax(each) if np.size(each) > 1 else each for each in answers]
    return sample.compared(np.ravel(each)[0] if np.size(each) == 1 else each for each in answers)


def _pmml(file: Path, imported: Imported) -> Compared:
    from jpmml_evaluator import make_evaluator

    evaluator, sample = make_evaluator(str(file)).verify(), Sample(imported)
    names = {name: given.description or name for name, given in sample.network.inputs.items()}
    targets = [each.getName() for each in evaluator.getTargetFields()]
    texts = original_texts(file)
    theirs = []
    for row in sample.rows:
        java = {
            names[name]: float(value) if isinstance(value, Fraction) else texts.get(value, value)
            for name, value in row.items()
        }
        answer = evaluator.evaluate(java)
        theirs.append(answer.get(next(iter(targets), ""), next(iter(answer.values()))))
    return sample.compared(theirs)


def original_texts(file: Path) -> dict[Any, str]:
    """Return the texts of an XML file by the names that a network gives them."""
    words = re.findall(r'"([^"<]*)"|>([^<>]+)<', html.unescape(file.read_text("utf-8")))
    return {plain_name(text): text for pair in words for text in pair if text}


def _library(load: Callable[[str], Callable[[Any], Any]]) -> Callable[[Path, Imported], Compared]:
    def compare(file: Path, imported: Imported) -> Compared:
        sample = Sample(imported)
        theirs = np.asarray(load(str(file))(np.array(sample.numbers())))
        if isinstance(sample.answers[0], str):
            labels = imported.network.outputs[sample.name].labels or ()
            places = theirs > 0 if theirs.ndim == 1 else theirs.argmax(1)
            return sample.compared([labels[int(place)] for place in places])
        return sample.compared(theirs)

    return compare


def _lightgbm(file: str) -> Callable[[Any], Any]:
    import lightgbm

    booster = lightgbm.Booster(model_file=file)
    return lambda table: booster.predict(table, raw_score=True)


def _xgboost(file: str) -> Callable[[Any], Any]:
    import xgboost

    booster = xgboost.Booster(model_file=file)
    return lambda table: booster.inplace_predict(table, predict_type="margin")


def _fault_tree(file: Path, imported: Imported) -> Compared:
    lines = imported.files.get("probabilities.csv", "").splitlines()[1:]
    known = {name: Fraction(text) for name, text in csv.reader(lines)}
    if known.keys() < imported.network.inputs.keys():
        return Compared()
    options = "--bdd --probability 1 --ccf 1 --limit-order 1".split()
    command = ["scram", *options, str(file)]
    run = subprocess.run(command, capture_output=True, check=True, timeout=SECONDS)
    pairs = []
    for each in ET.fromstring(run.stdout).iter("sum-of-products"):
        if each.attrib["name"] in imported.network.outputs:
            name = each.attrib["name"]
            cuts = nnc.cuts(imported.network, name, probabilities=known, importance=False)
            pairs.append((float(cuts.probability or 0), float(each.attrib["probability"])))
    return Compared(len(pairs), sum(not _is_same(*pair) for pair in pairs))


def _circuit(file: Path, imported: Imported) -> Compared:
    language = "aiger" if "AIGER" in imported.kind else "blif"
    check = check_file(file.read_bytes(), nnc.compile(imported.network), EXACT, Checking(language))
    reason = check.missing or check.refusal
    if reason:
        raise ValueError(reason)
    return Compared(check.rows, int(not check.agrees))


TOOLS: dict[str, Callable[[Path, Imported], Compared]] = {
    "ONNX": _onnx,
    "PMML": _pmml,
    "LightGBM": _library(_lightgbm),
    "XGBoost": _library(_xgboost),
    "Open-PSA": _fault_tree,
    "AIGER": _circuit,
    "BLIF": _circuit,
}
"""The comparison of a kind of file, by a word of the kind."""


if __name__ == "__main__":
    main()
