"""`nnc eval --chart`: charts of rows, as files, and what cannot be one."""

import re
import sys
from pathlib import Path

import pytest

from tests.support.running import MAIL, XOR, Nnc

ROWS = "blacklisted,bayes,links,is\n0,0,0,ham\n1,1,60,spam\n1,0,60,ham\n0,1,5,ham\n"


@pytest.fixture(autouse=True)
def _files(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    Path("mail.nn.yaml").write_text(MAIL)
    Path("xor.nn.yaml").write_text(XOR)
    Path("rows.csv").write_text(ROWS)


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_margins(nnc: Nnc) -> None:
    assert nnc("eval", "mail.nn.yaml", "rows.csv", "--chart", "margins", "-o", "m.svg").code == 0
    words = texts(Path("m.svg").read_text())
    assert "suspicious ≥ 3" in words
    assert "2 of 4 rows fire" in words
    assert "nearest 2.7, margin 0.3" in words
    counts = nnc("eval", "mail.nn.yaml", "rows.csv", "--count").out
    assert "flags(0),2,4" in counts


def test_the_same_in_batches_and_from_a_pipe(nnc: Nnc) -> None:
    piped = nnc(
        "eval", "mail.nn.yaml", "-", "--from", "csv", "--chart", "sums", stdin=ROWS.encode()
    )
    assert piped.code == 0
    assert "points" in texts(piped.out)
    assert piped.out == nnc("eval", "mail.nn.yaml", "rows.csv", "--chart", "sums").out


def test_confusion(nnc: Nnc) -> None:
    options = ["--chart", "confusion", "--expected", "is=verdict"]
    ran = nnc("eval", "mail.nn.yaml", "rows.csv", *options, "--exit-code")
    assert ran.code == 1
    assert "3 of 4 rows right (75.0 %)" in texts(ran.out)
    assert "is = verdict" in ran.out
    assert nnc("eval", "mail.nn.yaml", "rows.csv", *options).code == 0


def test_png(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["eval", "xor.nn.yaml", "--all", "--chart", "margins", "-o", "c.png"]
    assert nnc(*arguments).code == 0
    assert Path("c.png").read_bytes().startswith(b"\x89PNG")
    Path("c.png").unlink()
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    ran = nnc(*arguments)
    assert ran.code == 2
    assert "NNC517" in ran.err
    assert not Path("c.png").exists()


def test_rows_that_are_skipped(nnc: Nnc) -> None:
    Path("rows.csv").write_text(f"{ROWS}7,0,0,ham\n")
    ran = nnc("eval", "mail.nn.yaml", "rows.csv", "--chart", "margins", "--on-error", "skip",
              "-o", "m.svg")  # fmt: skip
    assert ran.code == 0
    assert "mail: sums of 4 rows" in Path("m.svg").read_text()
    assert nnc("eval", "mail.nn.yaml", "rows.csv", "--chart", "margins", "-o", "n.svg").code == 1
    assert not Path("n.svg").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--chart margin", "'margin' is not one of 'margins', 'sums', 'confusion'"),
        ("--chart margins --trace", "--trace shows rows, --chart draws counts of them"),
        ("--chart margins --count", "--count writes counts, --chart draws them"),
        ("--chart margins --to csv", "--chart is SVG or PNG, as -o says; remove --to"),
        ("--chart margins --bits", "--chart writes no rows; remove --bits"),
        ("--chart margins --extra keep", "--chart writes no rows; remove --extra keep"),
        ("--chart margins --row 2", "--chart draws all rows; remove --row"),
        ("--chart margins --numbers float", "--numbers goes with rows --to json or jsonl"),
        ("--chart confusion", "add --expected COLUMN=OUTPUT once"),
        ("--chart sums --expected is=verdict", "--expected is drawn by --chart confusion, not by"),
        ("--chart margins -o m.pdf", "-o m.pdf: a chart is .svg or .png, not `.pdf`"),
    ],
)
def test_what_does_not_go_together(nnc: Nnc, words: str, message: str) -> None:
    ran = nnc("eval", "mail.nn.yaml", "rows.csv", *words.split())
    assert ran.code == 2
    assert message in ran.err


def test_nothing_to_draw(nnc: Nnc) -> None:
    ran = nnc("eval", "xor.nn.yaml", "--all", "--chart", "sums")
    assert ran.code == 2
    assert "--chart sums: no output is a sum; add one, `{sum: NEURON}`, or use margins" in ran.err
    Path("wire.nn.yaml").write_text("nnc: 1\ninputs: [a]\noutputs: [a]\n")
    ran = nnc("eval", "wire.nn.yaml", "--all", "--chart", "margins")
    assert ran.code == 2
    assert "no output of the network is made by a neuron" in ran.err


def test_too_many_values(nnc: Nnc) -> None:
    Path("x.nn.yaml").write_text(
        "nnc: 1\ninputs: {x: {type: integer, min: 0, max: 99}}\n"
        "neurons: {n: {weights: {x: 1}, threshold: 5, fires: at_least}}\noutputs: {s: {sum: n}}\n"
    )
    Path("x.csv").write_text("x,is\n" + "".join(f"{i},{i}\n" for i in range(30)))
    ran = nnc("eval", "x.nn.yaml", "x.csv", "--chart", "confusion", "--expected", "is=s")
    assert ran.code == 1
    assert "`is` and `s` have more than 20 different values" in ran.err
