"""Exported files, run by the programs that they are for, on rows that find a planted fault."""

import math
import os
import re
import sys
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Literal

import pytest

import nnc
from nnc.interchange import checks, programs
from nnc.interchange.checking import circuits, sql
from nnc.interchange.checking.rows import table_rows
from nnc.interchange.checks import Checking, ExportCheck, check_file, tool_of
from nnc.interchange.exporting.logic import logic_of
from nnc.interchange.exports import export_plan
from nnc.interchange.languages import LANGUAGES
from nnc.numbers.exact import Refused
from tests.support.exports import LOAN, server

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs").rglob("*.nn.yaml"))
WEIGHED = """\
nnc: 1
fires: at_least
inputs: {x: {type: real, min: -9, max: 9}, y: {type: real, min: -9, max: 9}}
neurons:
  n: {weights: {x: 0.1, y: 0.2}, threshold: 0.3}
  m: {weights: {x: 0.3, y: -0.7}, threshold: 0}
outputs: {n: n, total: {sum: n}, which: {largest: [n, m]}}
"""
TOOLS = [
    pytest.param("python", None, id="python"),
    pytest.param("js", None, id="js", marks=pytest.mark.skipif(not which("node"), reason="node")),
    pytest.param("c", None, id="c", marks=pytest.mark.skipif(not which("gcc"), reason="gcc")),
    pytest.param("sql", "sqlite", id="sqlite"),
    pytest.param("sql", "duckdb", id="duckdb"),
    pytest.param(
        "sql", "postgres", id="postgres",
        marks=pytest.mark.skipif(not which("psql") or os.getuid() != 0, reason="psql"),
    ),
    pytest.param(
        "onnx", None, id="onnx",
        marks=pytest.mark.skipif(find_spec("onnxruntime") is None, reason="onnxruntime"),
    ),
]  # fmt: skip
INCOME, RATE, ACCEPT = "income>=30000", "rate>=0.3", "score.accept"
FAULTS = {
    "python": {
        INCOME: (">= 30000", ">= 30001"), RATE: ("Fraction(3, 10)", repr(0.3)),
        ACCEPT: (">= 18", ">= 17"),
    },
    "js": {
        INCOME: (">= 30000", ">= 29999"), RATE: (f"{math.nextafter(0.3, 1)!r}e0", "0.3e0"),
        ACCEPT: (">= 18", ">= 19"),
    },
    "c": {
        INCOME: (">= 30000", "> 30000"), RATE: (f"{math.nextafter(0.3, 1)!r}e0", "0.3e0"),
        ACCEPT: (">= 18", ">= 17"),
    },
    "sql": {
        INCOME: (">= 30000", ">= 30001"), RATE: (f"{math.nextafter(0.3, 1)!r}e0", "0.3e0"),
        ACCEPT: (">= 18", "> 18"),
    },
    "onnx": {
        INCOME: ("30000", "30001"), RATE: (repr(math.nextafter(0.3, 1)), "0.3"),
        ACCEPT: ("18", "17"),
    },
}  # fmt: skip
"""What is planted in each language: a cut-off moved by one unit, or to the next double."""


@pytest.fixture(autouse=True)
def _server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the server of the tests to psql."""
    if "postgres" in request.node.name:
        for variable, value in server().items():
            monkeypatch.setenv(variable, value)


def exported(network: nnc.Network, language: str, dialect: str | None) -> str | bytes:
    export = export_plan(nnc.compile(network), language, dialect=dialect)
    return export.data if language == "onnx" else export.text


def checked(plan: nnc.Plan, language: str, dialect: str | None) -> ExportCheck:
    export = export_plan(plan, language, dialect=dialect)
    return check_file(export.data, plan, export.exactness, Checking(language, dialect))


def planted(file: str | bytes, right: str, wrong: str) -> str | bytes:
    """Return a file in which something stands in place of another, which is there once."""
    if isinstance(file, str):
        assert file.count(right) == 1
        return file.replace(right, wrong)
    import onnx
    from onnx import numpy_helper

    model = onnx.load_from_string(file)
    count = 0
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor).copy()
        places = values == float(right) if values.dtype != object else values != values
        if places.any():
            count += int(places.sum())
            values[places] = float(wrong)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    assert count == 1
    data: bytes = model.SerializeToString()
    return data


FORMS = [
    pytest.param(
        form, None, id=form,
        marks=pytest.mark.skipif(not all(map(which, needed)), reason=" or ".join(needed)),
    )
    for form, needed in (
        ("verilog", ["iverilog"]), ("blif", ["yosys-abc"]),
        ("aiger", ["yosys-abc"]),
    )
]  # fmt: skip


def test_every_language_has_its_tool() -> None:
    tools = [tool_of(word) for word, about in LANGUAGES.items() if about.runner is not None]
    assert all(callable(tool.values) for tool in tools)


@pytest.mark.seconds(600)
@pytest.mark.parametrize(("language", "dialect"), [*TOOLS, *FORMS])
def test_every_network_of_the_configs_agrees(
    language: str, dialect: str | None, full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not full and language != "python":
        pytest.skip("all examples")  # tests/interchange/exporting runs them against the oracle
    monkeypatch.setattr(programs, "SECONDS", 600)  # those of thousands of neurons take long
    for place, path in enumerate(CONFIGS):
        plan = nnc.compile(nnc.load(path, root=ROOT))
        if not full and (plan.count > 60 or place % 25 != 1):
            continue
        weights = sum(len(cell.terms) for cell in logic_of(plan).cells)
        if weights > 100_000 and (dialect or language) in ("postgres", "verilog", "aag"):
            continue  # which takes PostgreSQL two minutes, and the others are not given
        try:
            check = checked(plan, language, dialect)
        except Refused:
            continue
        assert check.agrees, check
        table = table_rows(plan)
        assert check.rows == (1000 if table is None else len(table))
        assert check.near_ties == check.left_out == 0


@pytest.mark.parametrize(("language", "dialect"), TOOLS)
def test_a_cutoff_that_is_moved_by_the_least_step(
    language: str, dialect: str | None, full: bool
) -> None:
    # a database of its own process takes long to start
    for neuron in (
        FAULTS[language]
        if full or (dialect or language) not in ("c", "duckdb", "postgres", "onnx")
        else [RATE]
    ):
        check_fault(neuron, language, dialect)


def check_fault(neuron: str, language: str, dialect: str | None) -> None:
    network = nnc.loads(LOAN)
    text = exported(network, language, dialect)
    wrong = planted(text, *FAULTS[language][neuron])
    check = nnc.check_export(network, wrong, language, dialect=dialect)  # type: ignore[arg-type]
    assert not check.agrees
    assert check.difference is not None
    row = check.difference.row
    if neuron == INCOME:
        assert row["income"] in (29999, 30000)
    elif neuron == RATE:
        assert abs(Fraction(row["rate"]) - Fraction(3, 10)) < Fraction(1, 1 << 53)
    # the network gives what the check expects
    assert nnc.evaluate(network, row, floats="binary")["decision"] == check.difference.expected
    assert check.difference.expected != check.difference.actual
    [wrong_answer] = check.diagnostics("loan.txt")
    assert (wrong_answer.about.code, wrong_answer.file) == ("NNC997", "loan.txt")
    assert wrong_answer.message in str(check)


@pytest.mark.parametrize(("products", "rows"), [(6000, 1000), (1800, 300), (6, 100)])
def test_large_layers_are_run_on_fewer_rows(
    products: int, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "MAX_PRODUCTS", products)
    network = nnc.loads(
        "{nnc: 1, fires: at_least, inputs: {x: {type: integer, size: 3, min: 0, max: 99}}, "
        "layers: {l: {wiring: x, size: 2, weights: [[1, 2, 3], [3, 2, 1]], thresholds: 150}}, "
        "outputs: {y: l}}"
    )
    check = nnc.check_export(network, exported(network, "python", None), "python")
    assert (check.agrees, check.rows) == (True, rows)


@pytest.mark.parametrize(("language", "dialect"), TOOLS)
def test_near_ties_are_counted(language: str, dialect: str | None, full: bool) -> None:
    """Sums of reals may be rounded; what is more than rounding is a difference."""
    if not full and (dialect or language) not in ("python", "js"):
        pytest.skip("all examples")
    network = nnc.loads(WEIGHED)
    text = exported(network, language, dialect)
    check = nnc.check_export(network, text, language, dialect=dialect)  # type: ignore[arg-type]
    assert check.agrees
    assert (check.near_ties > 0) == (language != "python")
    words = f", but for {check.near_ties} near ties" if check.near_ties else ""
    assert str(check).endswith(f"1,000 rows agree with {check.tool}{words}")
    if language == "python":
        return
    right, wrong = ("0.2", "0.2000000001") if language == "onnx" else ("0.2e0", "0.2000000001e0")
    moved = planted(text, right, wrong)
    check = nnc.check_export(network, moved, language, dialect=dialect)  # type: ignore[arg-type]
    assert check.difference is not None


CIRCUIT = """\
nnc: 1
fires: at_least
inputs:
  a: bit(3)
  n: {type: integer, min: -5, max: 9}
  kind: {type: choice, of: [new, old, class]}
  s: {type: bit, states: [-1, 1]}
neurons:
  cold: {weights: {n: 1}, threshold: -2, fires: below}
  sum: {weights: {a: [1, 2, -1], n: 0.5, kind.old: 2, s: 1}, thresholds: {low: 0, high: 3.5}}
outputs: {cold: cold, total: {sum: sum}, n: n, a: a, s: s,
  level: {level: sum, labels: [no, "it's", '"x\\']}, most: {largest: [cold, sum]}}
"""


@pytest.mark.skipif(not all(map(which, ("iverilog", "yosys-abc"))), reason="iverilog or yosys-abc")
@pytest.mark.parametrize("form", ["verilog", "blif", "aiger"])
def test_circuits(form: str) -> None:
    network = nnc.loads(CIRCUIT)
    file = export_plan(nnc.compile(network), form).data
    check = nnc.check_export(network, file, form)  # type: ignore[arg-type]
    assert check.agrees, check
    assert check.rows == 1000
    if form == "verilog":
        wrong = file.replace(b"total_sum >= 6'sd9", b"total_sum >= 6'sd8")
    elif form == "blif":
        wrong = re.sub(rb"(?m)^(1+|0+) 1$", rb"\1 0", file, count=1)
    else:
        head, _, rest = file.partition(b"\n")
        lines = rest.split(b"\n")
        first = 0 if form == "aiger" else int(head.split()[2])  # text lists its inputs
        lines[first] = str(int(lines[first]) ^ 1).encode()  # the first output, turned around
        wrong = b"\n".join([head, *lines])
    assert wrong != file
    check = nnc.check_export(network, wrong, form)  # type: ignore[arg-type]
    assert not check.agrees
    assert check.difference is not None
    check = nnc.check_export(network, moved(CIRCUIT, form), form)  # type: ignore[arg-type]
    assert check.difference is not None


@pytest.mark.skipif(not which("iverilog"), reason="iverilog")
def test_verilog_that_is_too_large_for_what_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    network = nnc.loads(CIRCUIT)
    file = export_plan(nnc.compile(network), "verilog").text
    monkeypatch.setattr(circuits, "MAX_VERILOG_WEIGHTS", 3)
    check = nnc.check_export(network, file, "verilog")
    [told] = check.diagnostics()
    assert told.about.code == "NNC998"
    assert told.help is not None
    assert told.help.startswith("check --to aiger, ")


def moved(text: str, form: str) -> bytes:
    """Export a circuit whose neuron `sum.high` has a threshold one unit higher."""
    network = nnc.loads(text.replace("high: 3.5", "high: 4"))
    return export_plan(nnc.compile(network), form).data


@pytest.mark.parametrize("form", ["opb", "aag"])
def test_files_that_no_program_runs(form: Literal["opb", "aag"]) -> None:
    network = nnc.loads(CIRCUIT)
    check = nnc.check_export(network, export_plan(nnc.compile(network), form).text, form)
    assert check.missing == f"no program runs files of --to {form} on rows"


CONSTANTS = [
    ("{a: bit}", "{weights: {a: 1}, threshold: 0}"),
    ("{a: bit}", "{weights: {a: -1}, threshold: 0, fires: at_most}"),
    ("{a: {type: bit, states: [1, 0]}}", "{weights: {a: 1}, threshold: 0, states: [1, 0]}"),
    ("{a: {type: bit, states: [2, 5]}}", "{weights: {a: 1}, threshold: 5, fires: above}"),
    ("{x: {type: choice, of: [p, q, r]}}", "{weights: {x.q: 1}, threshold: 1, fires: above}"),
    ("{x: {type: choice, of: [p, q, r]}}", "{weights: {x.q: 1}, thresholds: {lo: 0, hi: 1}}"),
    ("{a: bit(64)}", "{weights: {a: 1}, threshold: 0}"),
    ("{a: integer}", "{weights: {}, threshold: 0}"),
]


@pytest.mark.skipif(not which("gcc"), reason="gcc")
@pytest.mark.parametrize(("inputs", "neuron"), CONSTANTS)
def test_c_of_neurons_that_are_constant(inputs: str, neuron: str) -> None:
    """Compilers warn of comparisons that no value changes, and of variables that nothing reads."""
    network = nnc.loads(
        f"nnc: 1\nfires: at_least\ninputs: {inputs}\nneurons: {{n: {neuron}}}\noutputs: [n]\n"
    )
    check = nnc.check_export(network, exported(network, "c", None), "c")
    assert check.agrees, check


@pytest.mark.skipif(not which("gcc"), reason="gcc")
def test_c_of_a_constant_neuron_drops_what_it_alone_reads() -> None:
    network = nnc.loads(
        "nnc: 1\nfires: at_least\ninputs: [a, b]\nneurons:\n"
        "  h: {weights: {a: 1, b: 1}, threshold: 2}\n  n: {weights: {h: 1}, threshold: 0}\n"
        "  m: {weights: {h: 1}, threshold: 2}\noutputs: {n: n, m: m, sum: {sum: m}}\n"
    )
    text = exported(network, "c", None)
    assert nnc.check_export(network, text, "c").agrees
    assert "const int64_t h =" in text
    alone = network.model_copy(update={"outputs": {"n": network.outputs["n"]}})
    text = exported(alone, "c", None)
    assert nnc.check_export(alone, text, "c").agrees
    assert "const int64_t h =" not in text


@pytest.mark.skipif(not which("node"), reason="node")
def test_reals_beyond_2_53_are_the_doubles_that_javascript_writes() -> None:
    network = nnc.loads(
        "nnc: 1\ninputs: {x: {type: real, min: -4611686018427387904, max: 1}}\n"
        "neurons: {n: {weights: {x: 1}, threshold: 0}}\noutputs: [n, x]\n"
    )
    check = nnc.check_export(network, exported(network, "js", None), "js")
    assert check.agrees, check


def test_the_rows_of_cases_and_of_the_user() -> None:
    network = nnc.loads(LOAN)
    rows = {"income": [1, 60000], "rate": ["0.3", 0.25], "owner": [0, 1], "kind": ["new", "old"]}
    check = nnc.check_export(network, nnc.export(network, "python"), "python", rows=rows)
    assert (check.rows, check.cases, check.given) == (1000, 1, 2)
    version = sys.version.split()[0]
    assert str(check) == (
        f"exact on every row; 1,000 rows, 1 case and 2 rows of yours agree with Python {version}"
    )


def test_rows_that_a_language_cannot_be_given() -> None:
    text = (
        "nnc: 1\nfires: at_least\ninputs: {n: integer}\n"
        "neurons: {p: {weights: {n: 1}, threshold: 7}}\noutputs: [p]\n"
    )
    network, rows = nnc.loads(text), {"n": [1 << 70, 7, 6]}
    check = nnc.check_export(network, nnc.export(network, "python"), "python", rows=rows)
    assert (check.given, check.left_out) == (3, 0)
    query = nnc.export(network, "sql", dialect="sqlite")
    check = nnc.check_export(network, query, "sql", dialect="sqlite", rows=rows)
    assert (check.given, check.left_out) == (2, 1)
    assert "; 1 row cannot be given" in str(check)


def test_a_file_that_does_not_run(tmp_path: Path) -> None:
    network = nnc.loads(LOAN)
    path = tmp_path / "loan.py"
    path.write_text("def loan(row):\n    return undefined\n")
    check = nnc.check_export(network, path, "python")
    assert check.refusal == "NameError: name 'undefined' is not defined"
    [wrong] = check.diagnostics()
    assert wrong.rule == "export-differs"
    assert " does not run it: NameError: " in wrong.message
    for text, told in (
        ("def loan(row):\n    raise ValueError\n", "refuses the row"),
        ("def loan(row):\n    return {}\n", "refuses the row"),
        ("def loan(row):\n    return {'decision': 'other'}\n", "gives other"),
        ("def loan(row):\n    print('{}')\n    return {}\n", "it writes something else than"),
        ("def loan(row):\n    return {'decision': [{}]}\n", "it writes something else than"),
    ):
        check = nnc.check_export(network, text, "python")
        assert not check.agrees
        assert told in str(check), str(check)


def test_a_program_that_takes_too_long_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    network = nnc.loads(LOAN)
    text = "def loan(row):\n    while True: pass\n"
    monkeypatch.setattr(programs, "SECONDS", 0.3)
    check = nnc.check_export(network, text, "python")
    assert not check.agrees
    [warning] = check.diagnostics("loan.py")
    assert (warning.about.code, warning.file) == ("NNC998", "loan.py")
    assert warning.message.endswith(" took it, but it did not end within 0.3 seconds")


def test_a_program_that_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sql, "find_spec", {}.get)
    for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    network = nnc.loads(LOAN)
    for language, dialect, missing in (
        ("js", None, "node is not on PATH"), ("c", None, "gcc or clang is not on PATH"),
        ("sql", "postgres", "psql is not on PATH"),
        ("sql", "duckdb", "the package duckdb is not installed"),
    ):  # fmt: skip
        text = exported(network, language, dialect)
        check = nnc.check_export(network, text, language, dialect=dialect)  # type: ignore[arg-type]
        assert (check.agrees, check.tool, check.missing) == (False, None, missing)
        assert [one.about.code for one in check.diagnostics()] == ["NNC998"]
    [warning] = check.diagnostics()
    assert warning.help == 'install it with `pip install "duckdb>=1.1,<3"`, or verify --to sqlite'


@pytest.mark.skipif(not which("psql"), reason="psql")
def test_psql_is_run_only_where_a_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    network = nnc.loads(LOAN)
    query = nnc.export(network, "sql", dialect="postgres")
    check = nnc.check_export(network, query, "sql", dialect="postgres")
    assert check.missing == "neither PGHOST nor PGSERVICE names a server for psql"
