"""`nnc eval` of many files: into a folder, or counted; and what belongs to one file is told."""

from pathlib import Path

import pytest

from tests.support.running import BAD, XOR, Nnc


@pytest.fixture(autouse=True)
def _folder(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    Path("xor.nn.yaml").write_text(XOR)
    Path("bad.nn.yaml").write_text(BAD)
    Path("in").mkdir()
    Path("in/x.csv").write_text("a;b;n\n0;0;p\n1;0;q\n")
    Path("in/y.csv").write_text("a;b;n\n1;1;r\n")


def test_a_folder_goes_into_a_folder(nnc: Nnc) -> None:
    options = ("--delimiter", ";", "--extra", "keep", "--to", "jsonl")
    ran = nnc("eval", "xor.nn.yaml", "in/", "-o", "out/", *options)
    assert ran == (0, "", "wrote out/: 2 files, 3 rows\n")
    assert Path("out/x.jsonl").read_text() == '{"n": "p", "xor": 0}\n{"n": "q", "xor": 1}\n'
    ran = nnc("eval", "xor.nn.yaml", "in/", "-o", "out", *options, "--resume")
    assert ran.err == "wrote out: 2 files, 3 rows, 2 files kept from before\n"
    ran = nnc("eval", "xor.nn.yaml", "in/", "-o", "out/", *options)
    assert ran.code == 2
    assert "error[NNC530]" in ran.err


def test_one_file_may_go_into_a_folder(nnc: Nnc) -> None:
    ran = nnc("eval", "xor.nn.yaml", "in/x.csv", "-o", "out/", "--extra", "drop", "--set", "b=1")
    assert ran.code == 1
    assert "has a column, and a value from --set" in ran.err
    Path("in/w.csv").write_text("a\n1\n0\n")
    assert nnc("eval", "xor.nn.yaml", "in/w.csv", "b=1", "-o", "o/").code == 0
    assert Path("o/w.csv").read_text() == "xor\n0\n1\n"


def test_outputs_are_counted(nnc: Nnc) -> None:
    ran = nnc("eval", "xor.nn.yaml", "in/*.csv", "--count")
    assert (ran.code, ran.out) == (0, "output,ones,rows\nxor,1,3\n")
    assert "unknown-column" in ran.err
    assert "the same in 1 more file" in ran.err
    assert nnc("eval", "xor.nn.yaml", "in", "--count", "-o", "n.json").code == 0
    assert Path("n.json").read_text() == '[\n  {"output": "xor", "ones": 1, "rows": 3}\n]\n'


@pytest.mark.parametrize(
    ("states", "counts"),
    [
        ("[1, 0]", ["off,3,4"]),
        ("[1, -1]", ["off=1,3,4", "off=-1,1,4"]),
        ("[-1, 1]", ["off=-1,3,4", "off=1,1,4"]),
        ("[2, 5]", ["off=2,3,4", "off=5,1,4"]),
    ],
)
def test_the_values_of_other_states_are_counted(nnc: Nnc, states: str, counts: list[str]) -> None:
    """By all rows, by a file of rows, and by a job of several files."""
    Path("off.nn.yaml").write_text(
        "nnc: 1\ninputs: [a, b]\nneurons:\n  off: {weights: {a: 1, b: 1}, threshold: 2, "
        f"fires: at_least, states: {states}}}\noutputs: [off]\n"
    )
    Path("rows").mkdir()
    Path("rows/1.csv").write_text("a,b\n1,1\n0,1\n")
    Path("rows/2.csv").write_text("a,b\n0,0\n1,0\n")
    Path("all.csv").write_text("a,b\n1,1\n0,1\n0,0\n1,0\n")
    wanted = "\n".join(["output,ones,rows", *counts, ""])
    for rows in ("--all", "all.csv", "rows/"):
        ran = nnc("eval", "off.nn.yaml", rows, "--count", "--to", "csv")
        assert (ran.code, ran.out) == (0, wanted)


def test_rows_with_mistakes_are_kept_in_a_folder(nnc: Nnc) -> None:
    Path("in/y.csv").write_text("a;b;n\n1;7;r\n")
    ran = nnc("eval", "xor.nn.yaml", "in/", "-o", "out/", "--extra", "keep", "--rejects", "wrong/")
    assert ran.code == 0
    assert "1 of 3 rows is refused and left out" in ran.err
    assert Path("wrong/y.csv").read_text().startswith("_line;_error;a;b;n\n2;")
    ran = nnc("eval", "xor.nn.yaml", "in/y.csv", "-o", "all/", "--on-error", "skip")
    assert ran.code == 1
    assert "error[NNC522]" in ran.err
    ran = nnc("eval", "xor.nn.yaml", "in/", "-o", "stopped/")
    assert ran.code == 1
    assert "in/y.csv:2" in ran.err.replace("\\", "/")
    assert "the results of the other files are in stopped/: once the rows are correct" in ran.err
    assert not Path("stopped/_nnc.json").exists()
    Path("in/z.csv").write_text("a,b\n1,7\n0,7\n0,1\n")
    ran = nnc("eval", "xor.nn.yaml", "in/", "--count", "--on-error", "skip")
    assert "3 of 6 rows are refused and left out, in 2 files" in ran.err
    assert "--rejects" not in ran.err
    ran = nnc("eval", "xor.nn.yaml", "in/", "-o", "two/", "--rejects", "wrong2/", "--extra", "drop")
    assert "= help: they are in wrong2/, with what is wrong" in ran.err
    ran = nnc("eval", "xor.nn.yaml", "in/", "-o", "three/", "--on-error", "skip", "--extra", "drop")
    assert "= help: `--rejects FOLDER` keeps them, with what is wrong" in ran.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "a.csv b.csv c.csv d.csv -o out/",
            "give one ROWS file, not 4; `nnc eval` takes many as a ",
        ),
        ("in/", "name the folder of the results with -o out/, or give --count"),
        ("in/ -o out.csv", "-o out.csv is the name of a file, and many files are written"),
        ("in/x.csv --workers 2", "--workers is about many files of rows: name the folder"),
        ("--resume --all", "--resume is about many files of rows: name a folder as ROWS"),
        ("in/ -o out/ --row 2", "--row is about one file of rows, and in/ stands for many"),
        ("in/ -o out/ --trace", "--trace is about one file of rows"),
        ("in/ -o out/ --on-error 0", "--on-error 0 is about one file of rows"),
        ("in/ -o out/ --verbose", "--verbose is about one file of rows"),
        ("in/ -o out/ --to table", "--to table is for people"),
        ("in/ -o out/ --numbers real", "--numbers: `real` is not a type of sums"),
        ("in/ -o out/ --floats decimal", "--floats is about binary floats, and the files are text"),
        (
            "in/ -o out/ --numbers float",
            "--numbers goes with rows --to json, jsonl, parquet or arrow",
        ),
        ("in/ -o out/ --count", "--count writes one table: name a file with -o"),
        ("in/ --count --resume", "--count writes no rows; remove --resume"),
        ("--all -o in/", "-o in/ is a directory"),
    ],
)
def test_what_cannot_be_meant_is_told(nnc: Nnc, words: str, message: str) -> None:
    ran = nnc("eval", "xor.nn.yaml", *words.split())
    assert ran.code == 2
    assert message in ran.err
    assert not Path("out").exists()


def test_mistakes_of_the_network_come_first(nnc: Nnc) -> None:
    ran = nnc("eval", "bad.nn.yaml", "in/", "-o", "out/")
    assert (ran.code, "missing-key" in ran.err) == (1, True)
    assert not Path("out").exists()
