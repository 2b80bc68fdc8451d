"""`nnc export`: the text of another language, what it says of itself, and what is in the way."""

import json
import re
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

import nnc as package
from nnc.interchange.exporting import python
from nnc.interchange.exports import export_plan
from nnc.interchange.languages import LANGUAGES, FileContents
from tests.support.running import BAD, MAIL, XOR, Nnc

UNBOUNDED = """\
nnc: 1
fires: above
inputs: {income: integer, debt: {type: integer, min: 0, max: 9}}
neurons: {lend: {weights: {income: 1, debt: -3}, threshold: 0}}
outputs: [lend]
"""
WEIGHED = """\
nnc: 1
fires: above
inputs: {x: real, y: real}
neurons: {n: {weights: {x: 0.1, y: 0.2}, threshold: 0.3}}
outputs: [n]
"""


@pytest.fixture(autouse=True)
def _networks(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    texts = {"xor": XOR, "mail": MAIL, "bad": BAD, "unbounded": UNBOUNDED, "weighed": WEIGHED}
    for name, text in texts.items():
        Path(f"{name}.nn.yaml").write_text(text)


def test_the_text_says_where_it_comes_from(nnc: Nnc) -> None:
    code, out, err = nnc("export", "mail.nn.yaml", "--to", "sql")
    assert (code, err) == (0, "")
    network, version = package.load("mail.nn.yaml"), package.__version__
    assert out.splitlines()[:3] == [
        f"-- The network mail, written by nnc {version}: change the network, not this file.",
        f"-- structure {package.digest(network)}",
        "-- exact on every row",
    ]
    assert out == package.export(network, "sql")


@pytest.mark.parametrize(
    ("file", "first"),
    [
        ("m.sql", "-- "),
        ("m.py", '"""'),
        ("m.js", "/*"),
        ("m.mjs", "/*"),
        ("m.h", "/*"),
        ("m.v", "// "),
        ("m.blif", "# "),
        ("m.opb", "* "),
        ("m.aag", "aag "),
        ("m.AIG", "aig "),
    ],
)
def test_the_suffix_says_the_language(nnc: Nnc, file: str, first: str) -> None:
    code, out, err = nnc("export", "mail.nn.yaml", "-o", file)
    assert (code, out) == (0, "")
    assert err == f"wrote {file}: exact on every row\n"
    assert Path(file).read_bytes().startswith(first.encode())


def test_a_file_that_runs(nnc: Nnc) -> None:
    assert nnc("export", "xor.nn.yaml", "-o", "gate.py", "--top", "gate").code == 0
    sys.path.insert(0, ".")
    try:
        from gate import gate
    finally:
        sys.path.remove(".")
        sys.modules.pop("gate", None)
    found = [gate({"a": a, "b": b})["xor"] for a in (0, 1) for b in (0, 1)]
    assert found == [0, 1, 1, 0]


def test_a_query_over_a_table(nnc: Nnc) -> None:
    words = ("--to", "sqlite", "--top", "gates", "--extra", "id")
    query = nnc("export", "xor.nn.yaml", *words).out
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE gates (id TEXT, a INTEGER, b INTEGER)")
        rows = [("no", 1, 1), ("yes", 0, 1), ("odd", 2, 0)]
        connection.executemany("INSERT INTO gates VALUES (?, ?, ?)", rows)
        assert connection.execute(query).fetchall() == [("no", 0), ("yes", 1), ("odd", None)]


def test_a_kept_column_may_be_called_like_one_of_the_query(nnc: Nnc) -> None:
    words = [word for name in ("taken", "i2", "a", "TAKEN", "k0") for word in ("--extra", name)]
    query = nnc("export", "xor.nn.yaml", "--to", "sqlite", *words).out
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE rows (taken INT, i2 INT, a INT, b INT, k0 INT)")
        rows = [(0, 0, 1, 0, 7), (1, 1, 1, 1, 8)]
        connection.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?)", rows)
        found = connection.execute(query)
        assert [each[0] for each in found.description] == ["taken", "i2", "a", "TAKEN", "k0", "xor"]
        assert found.fetchall() == [(0, 0, 1, 0, 7, 1), (1, 1, 1, 1, 8, 0)]


def test_a_table_may_be_called_like_a_part_of_the_query(nnc: Nnc) -> None:
    words = ("--to", "sqlite", "--top", "Level_0")
    query = nnc("export", "xor.nn.yaml", *words).out
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE level_0 (a INTEGER, b INTEGER)")
        connection.execute("INSERT INTO level_0 VALUES (0, 1)")
        assert connection.execute(query).fetchall() == [(1,)]


def test_a_column_called_like_an_output_is_not_kept(nnc: Nnc) -> None:
    code, out, err = nnc("export", "xor.nn.yaml", "--to", "sql", "--extra", "id", "--extra", "XOR")
    assert (code, out) == (1, "")
    told = "error[NNC995] not-exportable: the column `XOR` cannot be kept: an output has its name"
    assert err.splitlines()[:2] == [told, "  --> xor.nn.yaml"]
    assert "help: give the output an alias, or the column another name in a view" in err


def test_what_is_only_near_is_said(nnc: Nnc) -> None:
    err = nnc("export", "weighed.nn.yaml", "-o", "n.js").err
    assert err.endswith(
        "sums of real numbers are added up as doubles: rows within rounding of a threshold may "
        "differ\n"
    )
    assert nnc("export", "weighed.nn.yaml", "-o", "n.py").err.endswith("exact on every row\n")


def test_a_file_that_is_current(nnc: Nnc) -> None:
    words = ("export", "xor.nn.yaml", "-o", "x.h")
    assert nnc(*words).code == 0
    text = Path("x.h").read_text()
    assert nnc(*words, "--check") == (0, "", "x.h is current\n")
    Path("xor.nn.yaml").write_text(XOR.replace("threshold: 1", "threshold: 0"))
    code, out, err = nnc(*words, "--check")
    assert (code, out) == (1, "")
    assert err.splitlines()[:3] == [
        "error[NNC996] stale-export: it is not what xor.nn.yaml gives now",
        "  --> x.h",
        "   = help: export it again   (nnc explain NNC996)",
    ]
    assert Path("x.h").read_text() == text
    machine = nnc(*words, "--check", "--report", "json")
    assert machine.code == 1
    assert [one["code"] for one in json.loads(machine.out)["diagnostics"]] == ["NNC996"]
    assert nnc("export", "xor.nn.yaml", "-o", "no.h", "--check").code == 2


def test_what_cannot_be_held(nnc: Nnc) -> None:
    code, out, err = nnc("export", "unbounded.nn.yaml", "-o", "n.h")
    assert (code, out) == (1, "")
    message = "the sum of `lend` has no bound, so C could not hold it"
    assert err.splitlines()[:3] == [
        f"error[NNC995] not-exportable: {message}",
        "  --> unbounded.nn.yaml",
        "   = help: give `income` a `min` and a `max`   (nnc explain NNC995)",
    ]
    assert not Path("n.h").exists()
    assert nnc("export", "bad.nn.yaml", "-o", "n.h").code == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "a file that ends in .sql (sql), .py (python), .js (js), .h (c)"),
        (("-o", "x.txt"), "name the language with --to"),
        (("-o", "x.c"), "C is written as one header: name a file that ends in .h"),
        (("--to", "java"), "'java' is not one of 'sql', 'sqlite', 'postgres', 'python', 'js', 'c'"),
        (("--to", "c", "--extra", "id"), "--extra is for SQL, and this is --to c"),
        (("--to", "c", "--check"), "--check compares with a file: name it with -o"),
        (("-o", "xor.nn.yaml", "--to", "c"), "xor.nn.yaml"),
    ],
)  # fmt: skip
def test_wrong_use(nnc: Nnc, words: tuple[str, ...], told: str) -> None:
    code, out, err = nnc("export", "xor.nn.yaml", *words)
    assert (code, out) == (2, "")
    assert told in err
    assert Path("xor.nn.yaml").read_text() == XOR


def test_the_report_is_not_among_the_text(nnc: Nnc) -> None:
    code, out, _ = nnc("export", "xor.nn.yaml", "--to", "c", "--report", "json")
    assert code == 2
    assert "both go to standard output: name a file with -o" in out


def test_another_language_in_python() -> None:
    with pytest.raises(ValueError, match=r"language has to be one of .*, aiger, not 'go'"):
        package.export(package.load("xor.nn.yaml"), "go")  # type: ignore[arg-type]


# ------------------------------------------------------------------------------ run and compared


def test_what_is_written_is_run(nnc: Nnc) -> None:
    version = sys.version.split()[0]
    told = f"exact on every row; all 4 rows agree with Python {version}"
    code, out, err = nnc("export", "xor.nn.yaml", "-o", "x.py", "--verify")
    assert (code, out) == (0, "")
    assert err == f"wrote x.py: {told}\n"
    words = ("export", "xor.nn.yaml", "-o", "x.py", "--check", "--verify")
    assert nnc(*words) == (0, "", f"x.py is current; {told}\n")
    code, out, err = nnc("export", "xor.nn.yaml", "--to", "python", "--verify")
    assert (code, out, err) == (0, Path("x.py").read_text(), f"{told}\n")
    machine = nnc("export", "xor.nn.yaml", "-o", "y.py", "--verify", "--report", "json")
    assert (machine.code, json.loads(machine.out)["diagnostics"]) == (0, [])


def test_decimals_that_decide_otherwise_as_doubles_are_reported(nnc: Nnc) -> None:
    """38.3 is below 383/10 as a double, and not in a file of rows."""
    Path("hot.nn.yaml").write_text(
        "nnc: 1\nfires: at_least\ninputs: {x: real}\noutputs: {hot: hot, s: {sum: hot}}\n"
        "neurons: {hot: {weights: {x: 1}, threshold: 38.3}}\n"
    )
    Path("r.csv").write_text("x\n38.3\n38.25\n38.5\n38.30\n37.1\n")
    words = ("export", "hot.nn.yaml", "--to", "sqlite", "--verify", "--rows", "r.csv")
    ran = nnc(*words)
    assert ran.code == 0
    assert "warning[NNC520] float-reading: 2 rows with decimals have another answer as" in ran.err
    assert "doubles: `hot` is 1, and the file gives 0, where x=38.3" in ran.err
    assert "--floats decimal reads a double as its shortest decimal" in ran.err
    assert "NNC520" not in nnc(*words, "--floats", "decimal").err


def test_rows_of_a_file_are_run_too(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a,b\n0,1\n1,1\n1,0\n")
    err = nnc("export", "xor.nn.yaml", "-o", "x.py", "--verify", "--rows", "rows.csv").err
    assert "all 4 rows and 3 rows of yours agree with Python" in err
    Path("rows.csv").write_text("a,b\n0,2\n")
    code, out, err = nnc("export", "xor.nn.yaml", "-o", "z.py", "--verify", "--rows", "rows.csv")
    assert (code, out) == (1, "")
    assert "--> rows.csv:2:3" in err
    assert not Path("z.py").exists()
    assert nnc("export", "xor.nn.yaml", "-o", "z.py", "--verify", "--rows", "no.csv").code == 2
    code, out, err = nnc("export", "xor.nn.yaml", "-o", "z.py", "--rows", "rows.csv")
    assert (code, out) == (2, "")
    assert "--rows are rows for --verify: give both" in err


def test_what_differs_is_not_written(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    right = python.write

    def wrong(*arguments: Any) -> FileContents:
        text = right(*arguments).data
        assert isinstance(text, str)
        assert ">= 50" in text
        return FileContents(text.replace(">= 50", ">= 49"))

    monkeypatch.setattr(python, "write", wrong)
    Path("x.py").write_text("kept")
    words = ("export", "mail.nn.yaml", "-o", "x.py", "--verify")
    code, out, err = nnc(*words)
    assert (code, out, Path("x.py").read_text()) == (1, "", "kept")
    assert err.startswith("error[NNC997] export-differs: `")
    assert "  --> x.py\n" in err
    assert "= help: do not use the file; `nnc why` says how the network gets there" in err
    for form in ("json", "json-lines", "gitlab", "sarif", "junit"):
        machine = nnc(*words, "--report", form)
        assert (machine.code, machine.err) == (1, "")
        assert "export-differs" in machine.out or "NNC997" in machine.out
    assert nnc(*words, "--exit-zero").code == 0
    assert Path("x.py").read_text() == "kept"


def test_a_program_that_is_not_here(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", ".")
    code, out, err = nnc("export", "xor.nn.yaml", "-o", "x.js", "--verify")
    assert (code, out) == (0, "")
    assert "warning[NNC998] not-checked: it was not run: node is not on PATH\n  --> x.js" in err
    assert Path("x.js").exists()
    assert nnc("export", "xor.nn.yaml", "-o", "x.js", "--verify", "--strict").code == 1
    machine = nnc("export", "xor.nn.yaml", "-o", "x.js", "--verify", "--report", "json")
    assert [one["code"] for one in json.loads(machine.out)["diagnostics"]] == ["NNC998"]


def test_a_model_of_onnx_goes_to_a_file(nnc: Nnc) -> None:
    code, out, err = nnc("export", "xor.nn.yaml", "-o", "xor.onnx")
    assert (code, out) == (0, "")
    data = Path("xor.onnx").read_bytes()
    assert err == "wrote xor.onnx: exact on every row\n"
    assert data == package.export(package.load("xor.nn.yaml"), "onnx")
    assert nnc("export", "xor.nn.yaml", "-o", "xor.onnx", "--check").code == 0
    told = nnc("export", "xor.nn.yaml", "-o", "xor.onnx", "--verify").err
    assert re.search(r"exact on every row; all 4 rows agree with onnxruntime [0-9.]+\n$", told)
    code, out, err = nnc("export", "xor.nn.yaml", "--to", "onnx")
    assert (code, out) == (2, "")
    assert "--to onnx is no text: name a file with -o" in err


def test_options_of_other_languages(nnc: Nnc) -> None:
    for words, told in (
        (("--to", "aiger"), "--to aiger is no text: name a file with -o"),
        (("--to", "aag", "--top", "x"), "--top names a function or module, and --to aag has none"),
        (("--to", "js", "--extra", "id"), "--extra is for SQL, and this is --to js"),
    ):
        code, out, err = nnc("export", "xor.nn.yaml", *words)
        assert (code, out) == (2, "")
        assert told in err


@pytest.mark.parametrize("form", ["verilog", "blif", "opb", "aag", "aiger"])
def test_what_no_bits_hold(nnc: Nnc, form: str) -> None:
    name = {"verilog": "Verilog", "blif": "BLIF", "opb": "OPB"}.get(form, "AIGER")
    for file, message, told in (
        (
            "weighed",
            f"the input `x` is a real number, which {name} cannot hold",
            "make it an integer in a unit of its own, such as tenths, with a `min` and a `max`",
        ),
        (
            "unbounded",
            f"the input `income` has no bounds, so no number of bits holds it in {name}",
            "give `income` a `min` and a `max`",
        ),
    ):
        code, out, err = nnc("export", f"{file}.nn.yaml", "--to", form, "-o", "n")
        assert (code, out) == (1, "")
        assert err.splitlines()[0] == f"error[NNC995] not-exportable: {message}"
        assert f"help: {told}" in err


def test_every_language_can_be_chosen() -> None:
    plan = package.compile(package.loads(XOR))
    for name, one in LANGUAGES.items():
        if one.is_text:
            assert export_plan(plan, name).text


def test_pmml_is_read_and_not_written(nnc: Nnc) -> None:
    Path("xor.nn.yaml").write_text(XOR)
    code, out, err = nnc("export", "xor.nn.yaml", "--to", "pmml")
    assert (code, out) == (2, "")
    assert (
        "Invalid value for '--to': 'pmml' is not one of 'sql', 'sqlite', 'postgres', 'python', "
        in err
    )
    code, out, err = nnc("export", "xor.nn.yaml", "-o", "xor.pmml")
    assert (code, out, Path("xor.pmml").exists()) == (2, "", False)
    assert "name the language with --to, or a file that ends in .sql (sql), " in err
    with pytest.raises(ValueError, match=r"language has to be one of sql, python, .* not 'pmml'"):
        package.export(package.loads(XOR), "pmml")  # type: ignore[call-overload]
