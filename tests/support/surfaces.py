"""Every surface on which a value of a bit is shown, counted or compared, beside the oracle.

Each takes a network of `stated`, raises where something differs, and returns how many values it has
compared. `python -m tests.support.surfaces 1000` tries so many networks, and prints the values by
surface.
"""

import csv
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from fractions import Fraction
from importlib.resources import files
from io import BytesIO, StringIO, TextIOWrapper
from itertools import product
from pathlib import Path
from random import Random
from shutil import which
from typing import Any

import numpy as np

import nnc
from nnc.cli.main import run
from nnc.compiler.graph import LayerNode
from nnc.compiler.plan import build_plan
from nnc.differences.row_changes import compare_rows
from nnc.drawing.elements.run import Run
from nnc.drawing.page import input_texts
from nnc.drawing.page.numbers import plan_numbers
from nnc.interchange.exports import export_plan
from nnc.interchange.languages import DIALECTS
from nnc.numbers.exact import Refused, show_number, simplest
from nnc.opening.checking import check_file
from nnc.rows.inputs.row import row_from_values
from nnc.rows.inputs.truth_table import truth_table
from nnc.run.engines import How
from nnc.run.truth_tables import count_ones
from tests.support import digest_by_the_page as page
from tests.support.circuit_runs import CIRCUITS
from tests.support.everywhere import batch_of, judged
from tests.support.exports import MISSING, RUNNERS
from tests.support.oracle import loads
from tests.support.pages import expected
from tests.support.placed import placed
from tests.support.stated import Row, Stated, drawn, hidden, mutant, twin
from tests.support.strategies import PLAIN, States

INVERTED = PLAIN[::-1]
Surface = Callable[[Stated, Random, Path], int]


def texts_of(row: Row) -> Row:
    """Give a row as it is written."""
    return {name: _text(value) for name, value in row.items()}


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return list(map(_text, value))
    return value if isinstance(value, str) else show_number(simplest(value))


def plan_of(one: Stated) -> nnc.Plan:
    return nnc.compile(nnc.loads(one.text))


def numbers(column: Sequence[Any]) -> list[Any]:
    return [value if isinstance(value, str) else Fraction(value) for value in column]


# ------------------------------------------------------------------------------ evaluation


def engines(one: Stated, rng: Random, folder: Path) -> int:
    """Every engine, plans from files, one row, few and many; and rows that come alone."""
    del rng, folder
    plan = plan_of(one)
    rows = [texts_of(row) for row in one.rows]
    cells = judged(one.oracle, plan, batch_of(rows, plan.inputs), rows)
    for row, wanted in list(zip(one.rows, one.wanted, strict=True))[:12]:
        for alias, value in nnc.evaluate(plan, given(one, row)).items():
            cells += _same(value, wanted[alias], one, alias)
    return cells


def given(one: Stated, row: Row) -> Row:
    """Give a row as Python takes it: a bus of 0 and 1 as its unsigned integer."""
    return {name: _plain(value) for name, value in _unsigned(one, row).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return list(map(_plain, value))
    return value if isinstance(value, str) else simplest(value)


def _same(found: Any, wanted: Any, one: Stated, alias: str) -> int:
    """Compare one value in one row: of a bus an array or a list of its elements."""
    values = found.tolist() if isinstance(found, np.ndarray) else found
    if isinstance(values, list) and not isinstance(wanted, list):
        states = one.elements(alias) or ()
        wanted = [Fraction(int(wanted) >> i & 1) for i in range(len(states))] if len(
            states) > 1 else [wanted]  # fmt: skip
    values = values if isinstance(values, list) else [values]
    wanted = wanted if isinstance(wanted, list) else [wanted]
    assert numbers(values) == wanted, (alias, found, wanted)
    return len(values)


# ---------------------------------------------------------------------------------- counts


def is_binary(states: list[States] | None) -> bool:
    return states is not None and all(each in (PLAIN, INVERTED) for each in states)


def tables(one: Stated, rng: Random, folder: Path) -> int:
    """Truth tables: packed, as bits, counted; with inputs held, and with an assumption."""
    del folder
    plan, cells = plan_of(one), 0
    for engine in ("native", "numpy"):
        cells += _table(one, nnc.truth_table(plan, engine=engine), range(len(one.rows)))
        counted = nnc.truth_table(plan, engine=engine, keep=False)
        assert counted.ones() == nnc.truth_table(plan).ones()
    name = rng.choice([*one.inputs])
    value = rng.choice(one.rows)[name]
    held = [i for i, row in enumerate(one.rows) if row[name] == value]
    cells += _table(one, nnc.truth_table(plan, {name: _plain(value)}), held)
    if "of" not in one.inputs[name] and not isinstance(value, list):
        text = f"{one.text}assume: [{{always: {{{name}: {_text(value)}}}}}]\n"
        cells += _table(one, nnc.truth_table(nnc.loads(text)), held)
    return cells


def _table(one: Stated, table: nnc.TruthTable, places: Sequence[int]) -> int:
    assert table.rows == len(places)
    assert list(table.packed) == [name for name in one.outputs if is_binary(one.elements(name))]
    cells = 0
    for alias, words in table.packed.items():
        wanted = [[column[place] for place in places] for column in one.columns(alias)]
        assert table.bits(alias).tolist() == wanted, alias
        assert table.ones()[alias] == list(map(sum, wanted)), alias
        assert sum(map(int.bit_count, words.ravel().tolist())) == sum(map(sum, wanted)), alias
        cells += len(wanted) * len(places)
    some = range(0, table.rows, 7)
    assert [numbers_of(table.row(i)) for i in some] == [one.rows[places[i]] for i in some]
    return cells


def numbers_of(row: Row) -> Row:
    return {name: numbers(value) if isinstance(value, list) else numbers([value])[0]
            for name, value in row.items()}  # fmt: skip


def wanted_counts(one: Stated, rows: Sequence[int]) -> dict[str, int]:
    """Count every value that an output has: of 0 and 1 only the ones, of others each."""
    counts: dict[str, int] = {}
    for alias, spec in one.outputs.items():
        columns = [[column[i] for i in rows] for column in one.columns(alias)]
        states = one.elements(alias)
        if states is None and "sum" not in spec:
            width = len(one.neurons[spec["level"]]["thresholds"]) + 1 if "level" in spec else sum(
                name.startswith(f"{spec['largest']}(") for name in one.states)  # fmt: skip
            for value in spec.get("labels", range(width)):
                counts[f"{alias}={value}"] = columns[0].count(value)
        for i, own in enumerate(states or ()):
            name = f"{alias}({i})" if one.is_bus(alias) else alias
            if own in (PLAIN, INVERTED):
                counts[name] = columns[i].count(Fraction(1))
            else:
                counts |= {f"{name}={_text(value)}": columns[i].count(value) for value in own}
    return counts


def counts(one: Stated, rng: Random, folder: Path) -> int:
    """Count all rows in batches."""
    del rng, folder
    plan = plan_of(one)
    for engine in ("native", "numpy"):
        rows, found = count_ones(plan, truth_table(plan.inputs, 64), How(engine))
        assert rows == len(one.rows)
        assert found == wanted_counts(one, range(len(one.rows)))
        assert list(found) == list(wanted_counts(one, range(len(one.rows))))
    return len(one.rows) * sum(len(one.columns(alias)) for alias in one.outputs)


# -------------------------------------------------------------------------------- commands


def nnc_run(*words: str | Path) -> str:
    data, err = BytesIO(), StringIO()
    out = TextIOWrapper(data, "utf-8", write_through=True)
    with redirect_stdout(out), redirect_stderr(err):
        code = run(list(map(str, words)))
    assert code == 0, (words, err.getvalue(), data.getvalue())
    return data.getvalue().decode()


def _csv_of(one: Stated, places: Sequence[int]) -> str:
    names: list[str] = []
    for name, declared in one.inputs.items():
        size = declared.get("size", 0)
        names += [f"{name}({i})" for i in range(size)] if size else [name]
    lines = [",".join(names)]
    for place in places:
        cells: list[str] = []
        for value in texts_of(one.rows[place]).values():
            cells += value if isinstance(value, list) else [value]
        lines.append(",".join(cells))
    return "\n".join([*lines, ""])


def commands(one: Stated, rng: Random, folder: Path) -> int:
    """`nnc eval --all`, of a file, and of a job; each with and without `--count`; `--expected`."""
    network, cells = folder / "n.nn.yaml", 0
    network.write_text(one.text)
    every = list(range(len(one.rows)))
    chosen = rng.choices(every, k=rng.randint(1, 40))
    (folder / "rows.csv").write_text(_csv_of(one, chosen))
    (folder / "in").mkdir()
    cut = rng.randint(0, len(chosen))
    (folder / "in/1.csv").write_text(_csv_of(one, chosen[:cut]))
    (folder / "in/2.csv").write_text(_csv_of(one, chosen[cut:]))
    for words, places in (("--all", every), (folder / "rows.csv", chosen)):
        out = folder / "out.csv"
        nnc_run("eval", network, words, "-o", out, "--bits", "--without-inputs")
        cells += _check_csv(one, out.read_text(), places)
    nnc_run("eval", network, folder / "in", "-o", folder / "out/", "--bits")
    cells += _check_csv(one, (folder / "out/1.csv").read_text(), chosen[:cut])
    cells += _check_csv(one, (folder / "out/2.csv").read_text(), chosen[cut:])
    for words, places in (("--all", every), (folder / "rows.csv", chosen), (folder / "in", chosen)):
        out = folder / "counts.csv"
        nnc_run("eval", network, words, "--count", "-o", out)
        rows = [*csv.reader(StringIO(out.read_text()))]
        wanted = wanted_counts(one, places)
        assert rows[0] == ["output", "ones", "rows"]
        assert {name: int(ones) for name, ones, _ in rows[1:]} == wanted, (words, rows, wanted)
        assert {int(each) for *_, each in rows[1:]} <= {len(places)}
        cells += len(wanted) * len(places)
    return cells + _expected(one, chosen, rng, folder)


def _check_csv(one: Stated, text: str, places: Sequence[int]) -> int:
    header, *rows = csv.reader(StringIO(text))
    cells = 0
    for alias in one.outputs:
        columns = one.columns(alias)
        for i, column in enumerate(columns):
            own = header.index(f"{alias}({i})" if one.is_bus(alias) else alias)
            found = [row[own] for row in rows]
            assert found == [_text(column[place]) for place in places], (alias, i)
            cells += len(found)
    return cells


def _expected(one: Stated, places: Sequence[int], rng: Random, folder: Path) -> int:
    """Compare a column of rows with an output, of which some are wrong."""
    alias = rng.choice([name for name in one.outputs if not one.is_bus(name)])
    (column,) = one.columns(alias)
    wrong = [rng.choice(column) if rng.random() < 0.3 else column[place] for place in places]
    lines = _csv_of(one, places).splitlines()
    added = ["is", *map(_text, wrong)]
    joined = [f"{line},{more}" if line else more for line, more in zip(lines, added, strict=True)]
    (folder / "is.csv").write_text("\n".join([*joined, ""]))
    out = nnc_run("eval", folder / "n.nn.yaml", folder / "is.csv", "--expected", f"is={alias}",
                  "--to", "json")  # fmt: skip
    right = sum(column[place] == each for place, each in zip(places, wrong, strict=True))
    assert json.loads(out)["columns"][0]["right"] == right
    return len(places)


# --------------------------------------------------------------------------------- looking in


def traces(one: Stated, rng: Random, folder: Path) -> int:
    """Traces: outputs, sums, what fires; and that the inputs that decide are enough."""
    del folder
    plan, cells = plan_of(one), 0
    for place in rng.sample(range(len(one.rows)), min(4, len(one.rows))):
        row, wanted = one.rows[place], one.wanted[place]
        trace = nnc.trace(plan, given(one, row))
        assert str(trace)
        assert trace.text(full=True)
        assert numbers_of(dict(trace.inputs)) == _unsigned(one, row)
        values = _elements(one, row)
        for output in trace.outputs:
            assert _listed(output.value) == _listed(wanted[output.name]), output.name
            cells += 1
        for neuron in trace.neurons:
            if ">" in neuron.name:
                continue
            name, _, index = neuron.name.partition("(")
            known = one.oracle.circuit.named(name)[int(index[:-1] or 0) if index else 0].neuron
            assert known is not None
            assert known.sum(dict(values)) == neuron.sum
            fired = [limit.fired for limit in neuron.limits]
            assert fired == [known.fires(i, dict(values)) for i in range(len(fired))]
            cells += 1 + len(fired)
        for alias in wanted:
            decisive = set(nnc.trace(plan, given(one, row), only=alias).decisive)
            for other, instead in zip(one.rows, one.wanted, strict=True):
                if _agree(one, row, other, decisive):
                    assert instead[alias] == wanted[alias], (alias, decisive)
                    cells += 1
    return cells


def _listed(value: Any) -> list[Any]:
    return numbers(value) if isinstance(value, list) else numbers([value])


def _unsigned(one: Stated, row: Row) -> Row:
    """Give a row with buses of 0 and 1 as unsigned integers."""
    plain = {name: isinstance(value, list) and one.states[f"{name}(0)"] == PLAIN
             for name, value in row.items()}  # fmt: skip
    return {
        name: Fraction(sum(int(bit) << i for i, bit in enumerate(value))) if plain[name] else value
        for name, value in row.items()
    }


def _elements(one: Stated, row: Row) -> Row:
    return {
        name: [Fraction(value == each) for each in one.inputs[name]["of"]]
        if "of" in one.inputs[name]
        else value
        if isinstance(value, list)
        else [value]
        for name, value in row.items()
    }


def _agree(one: Stated, row: Row, other: Row, names: set[str]) -> bool:
    """Whether two rows are the same in the inputs, or elements of inputs, of some names."""
    for name, value in row.items():
        if "of" in one.inputs[name]:
            if any(each.startswith(f"{name}.") for each in names) and value != other[name]:
                return False
            continue
        pairs = zip(value, other[name], strict=True) if isinstance(value, list) else [
            (value, other[name])]  # fmt: skip
        for i, (a, b) in enumerate(pairs):
            if a != b and (name in names or f"{name}({i})" in names):
                return False
    return True


def reasons(one: Stated, rng: Random, folder: Path) -> int:
    """`nnc why`: what forces an output does, and rows that are near are other values."""
    del folder
    plan, cells = plan_of(one), 0
    place = rng.randrange(len(one.rows))
    row, wanted = one.rows[place], one.wanted[place]
    answer = nnc.why(plan, given(one, row))
    for output in answer.outputs:
        alias = output.name
        assert _listed(output.value) == _listed(wanted[alias])
        for other, instead in zip(one.rows, one.wanted, strict=True):
            if all(_meets(condition, other) for condition in output.forced.conditions):
                assert instead[alias] == wanted[alias], (alias, output.forced)
                cells += 1
        for near in output.near.rows:
            there = one.oracle.evaluate(_changed(row, near.changes))[alias]
            assert there != wanted[alias], (alias, near)
            assert _listed(near.value) == _listed(there), (alias, near, there)
            cells += 1
    return cells


def _meets(condition: Any, row: Row) -> bool:
    value = row[condition.input]
    value = value if condition.element is None else value[condition.element]
    return any(value == (each if isinstance(each, str) else Fraction(each))
               for each in condition.values)  # fmt: skip


def _changed(row: Row, changes: Any) -> Row:
    changed = dict(row)
    for one in changes:
        after = one.after if isinstance(one.after, str) else Fraction(one.after)
        if one.element is not None:
            whole = list(changed[one.input])
            whole[one.element], after = after, whole
        changed[one.input] = after
    return changed


def pictures(one: Stated, rng: Random, folder: Path) -> int:
    """Draw some rows: the value of every signal, and of every output."""
    file = folder / "p.nn.yaml"
    file.write_text(one.text)
    graph = check_file(str(file), root=folder).graph
    assert graph is not None
    cells = 0
    network = nnc.load(file)
    for place in rng.sample(range(len(one.rows)), min(3, len(one.rows))):
        row, wanted = one.rows[place], one.wanted[place]
        run_ = Run(graph, row_from_values(texts_of(row), graph.inputs))
        values = _elements(one, row)
        for node in graph.nodes:
            if ">" in node.name:
                continue
            width = node.size if isinstance(node, LayerNode) else len(node.thresholds)
            for i in range(width):
                signals = one.oracle.circuit.named(node.name)
                assert run_.value(node.first + i) == signals[i].value(dict(values)), node.name
                cells += 1
        for alias, value in run_.outputs.items():
            cells += _same(value, wanted[alias], one, alias)
        record = placed(nnc.draw(network, given(one, row)).picture)
        cells += _check_picture(record, wanted)
    return cells


def _check_picture(record: Any, wanted: Row) -> int:
    """Compare what the boxes of outputs say with the oracle."""
    boxes = {box["name"]: box for box in record["boxes"] if box["kind"] == "output"}
    cells = 0
    for alias, box in boxes.items():
        value = wanted.get(alias)
        if value is not None and not isinstance(value, list):
            assert _text(value) in json.dumps(box, ensure_ascii=False), (alias, box, value)
            cells += 1
    return cells


RUN = """
const fs = require("fs");
const { engine, data, rows } = JSON.parse(fs.readFileSync(0, "utf8"));
const nnc = new Function(engine + "; return nnc;")();
const network = nnc.compile(data);
console.log(JSON.stringify(rows.map((row) => {
  const read = (input) => [input.name, nnc.readInput(input, row[input.name])];
  const state = nnc.run(network, new Map(network.inputs.map(read)));
  const output = (each) => [each.name, nnc.outputOf(network, each, state)];
  return Object.fromEntries(network.outputs.map(output));
})));
"""


def pages(one: Stated, rng: Random, folder: Path) -> int:
    """Calculate as the page of `nnc view` does, in Node."""
    del rng
    file = folder / "v.nn.yaml"
    file.write_text(one.text)
    graph = check_file(str(file), root=folder).graph
    assert graph is not None
    plan = build_plan(graph)
    batches = [row_from_values(texts_of(row), plan.inputs) for row in one.rows[:40]]
    code = (files("nnc.drawing.page") / "engine.js").read_text("utf-8")
    data = {
        "engine": code, "data": plan_numbers(plan), "rows": [input_texts(plan, b) for b in batches]
    }  # fmt: skip
    ran = subprocess.run(["node", "-e", RUN], input=json.dumps(data), capture_output=True,
                         text=True, check=True)  # fmt: skip
    cells = 0
    for batch, found, wanted in zip(batches, json.loads(ran.stdout), one.wanted, strict=False):
        assert found == expected(plan, batch)
        for alias, value in found.items():
            integer = not isinstance(value, list) and one.is_bus(alias)
            texts = value if isinstance(value, list) else [value]
            if integer:
                assert Fraction(value) == wanted[alias]
            else:
                assert texts == list(map(_text, _listed(wanted[alias]))), alias
            cells += len(texts)
    return cells


# ------------------------------------------------------------------------------- comparing


def digests(one: Stated, rng: Random, folder: Path) -> int:
    """Digests are those of the page; they are equal where all rows are, and only there."""
    del folder
    shown = hidden(one)
    other, changed = twin(rng, shown), mutant(rng, shown)
    found = {}
    for key, each in (("one", shown), ("twin", other), ("mutant", changed)):
        network, declared = nnc.loads(each.text), loads(each.text)
        assert nnc.digest(network) == f"sha256:{page.structure(declared)}", each.text
        found[key] = nnc.digest(network, "behaviour")
        assert found[key] == f"sha256:{page.behaviour(declared)}", each.text
    assert other.wanted == shown.wanted
    assert found["twin"] == found["one"]
    assert (found["mutant"] == found["one"]) == (_form(changed, changed.wanted) ==
                                                 _form(shown, shown.wanted))  # fmt: skip
    return len(one.rows) * len(shown.outputs) * 3


def _form(one: Stated, rows: list[Row]) -> Any:
    """Give what a digest of behaviour tells: an integer is not the list of its bits."""
    return [(alias, one.is_bus(alias) and all(each == PLAIN for each in one.elements(alias) or ()))
            for alias in sorted(one.outputs)], rows  # fmt: skip


def changes(one: Stated, rng: Random, folder: Path) -> int:
    """Rows that change between two networks."""
    shown = hidden(one)
    other = mutant(rng, shown)
    places = rng.choices(range(len(one.rows)), k=60)
    (folder / "rows.csv").write_text(_csv_of(one, places))
    found = compare_rows(plan_of(shown), plan_of(other), str(folder / "rows.csv"), report=print)
    cells, changed = 0, set()
    for output in found.outputs:
        alias, _, index = output.output.partition("(")
        old, new = (
            [each.columns(alias)[int(index[:-1])][place] for place in places]
            if index
            else [each.wanted[place][alias] for place in places]
            for each in (shown, other)
        )
        differing = [i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
        assert output.changed == len(differing), output.output
        changed |= {*differing}
        cells += len(places)
    if len(found.outputs) == len(one.outputs):
        assert found.changed == len(changed)
    return cells


def comparisons(one: Stated, rng: Random, folder: Path) -> int:
    """Compare networks: what is proved equal is, and what differs does so in as many rows."""
    del folder
    shown, cells = hidden(one), 0
    for other in (twin(rng, shown), mutant(rng, shown)):
        found = nnc.compare(nnc.loads(shown.text), nnc.loads(other.text)).behaviour
        for verdict in found.verdicts:
            alias = verdict.output
            old, new = ([row[alias] for row in each.wanted] for each in (shown, other))
            differing = sum(a != b for a, b in zip(old, new, strict=True))
            if is_binary(shown.elements(alias)) != is_binary(other.elements(alias)):
                continue  # an integer is compared with no list
            assert (verdict.kind == "equal") == (differing == 0), verdict
            if verdict.total is not None and verdict.differing is not None:
                share = Fraction(verdict.differing, verdict.total)
                assert share == Fraction(differing, len(old)), verdict
            if verdict.counterexample is not None:
                row = one.rows[0] | _rational(verdict.counterexample.inputs)
                before, after = (each.oracle.evaluate(row)[alias] for each in (shown, other))
                assert _listed(verdict.counterexample.before) == _listed(before), verdict
                assert _listed(verdict.counterexample.after) == _listed(after), verdict
            cells += len(old)
    return cells


def _rational(row: Row) -> Row:
    return {name: value if isinstance(value, int) else numbers_of({name: value})[name]
            for name, value in row.items()}  # fmt: skip


# -------------------------------------------------------------------------------- exports


def exports(one: Stated, rng: Random, folder: Path) -> int:
    """Python, JavaScript, C, SQL and ONNX, run."""
    plan, cells = plan_of(one), 0
    for language in ("python", rng.choice(("js", "c", "sqlite", "duckdb", "onnx"))):
        if language in MISSING:
            continue
        is_sql = language in DIALECTS
        dialect = {"dialect": language, "keep": ["place"]} if is_sql else {}
        form = "sql" if dialect else language
        try:
            export = export_plan(plan, form, top="network", **dialect)  # type: ignore[arg-type]
        except Refused:
            continue
        if export.exactness.kind == "near ties":
            continue
        data = export.data if language == "onnx" else export.text
        given_back = RUNNERS[language](data, plan, one.rows, folder)
        for row, found in zip(one.wanted, given_back, strict=True):
            for alias, value in found.items():
                assert _rounded(value) == _rounded(row[alias]), (language, alias)
                cells += 1
    return cells


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return list(map(_rounded, value))
    return value if isinstance(value, str) else float(value)


def circuits(one: Stated, rng: Random, folder: Path) -> int:
    """AIGER and BLIF, read by others."""
    plan, cells = plan_of(one), 0
    for form in ("blif", rng.choice(("aag", "aiger"))):
        try:
            data = export_plan(plan, form, top="network").data
        except Refused:
            continue
        for wanted, found in zip(
            one.wanted, CIRCUITS[form](data, plan, one.rows, folder), strict=True
        ):
            assert found == wanted, form
            cells += len(found)
    return cells


SURFACES: dict[str, Surface] = {
    "engines": engines, "truth tables": tables, "counts": counts, "commands": commands,
    "traces": traces, "reasons": reasons, "pictures": pictures,
    "digests": digests, "changes of rows": changes, "comparisons": comparisons,
    "exports": exports, "circuits": circuits,
    **({"pages": pages} if which("node") else {}),
}  # fmt: skip


def tried(one: Stated, surface: str, rng: Random) -> int:
    """Try a surface in a folder of its own; give the values compared."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return SURFACES[surface](one, rng, Path(folder))
        except Exception as error:
            error.add_note(f"{surface}:\n{one.text}")
            raise


def main(networks: int, seed: str, names: Sequence[str]) -> None:
    """Try many networks on all surfaces, and print the values that were compared."""
    cells: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for number, surface in product(range(networks), names or SURFACES):
        rng = Random(f"surfaces {seed} {number} {surface}")
        try:
            cells[surface] += tried(drawn(Random(f"{seed} {number}")), surface, rng)
        except Exception as error:  # noqa: BLE001
            wrong[surface] += 1
            if wrong[surface] <= 2:
                print(f"--- {number}: {error!r}"[:1500], *error.__notes__, sep="\n")
    for surface in names or SURFACES:
        print(f"{surface:16}{cells[surface]:>12,}{wrong[surface]:>8,} differ")
    print(f"{'all':16}{cells.total():>12,}{wrong.total():>8,} differ")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] if sys.argv[2:] else "0", sys.argv[3:])
