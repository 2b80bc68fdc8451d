"""`nnc eval` with the rows that people have: CSV of other countries, TSV, words for no value."""

from pathlib import Path

import pytest

from tests.support.running import Nnc, rules

CARE = """\
nnc: 1
fires: at_least
inputs: {fever: bit, temp: {type: real, default: 37}, ward: {type: choice, of: [icu, NA], default: icu}}
neurons:
  hot: {weights: {temp: 1}, threshold: 38.5}
  n: {weights: {fever: 1, hot: 1, ward: [0, 0]}, threshold: 2}
outputs: {n: n, hot: hot}
"""  # noqa: E501


@pytest.fixture(autouse=True)
def _network(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    Path("care.nn.yaml").write_text(CARE)


def test_a_spreadsheet_of_another_country(nnc: Nnc) -> None:
    Path("e.csv").write_bytes(b"\xef\xbb\xbffever;temp;ward\r\n1;38,5;icu\r\nFALSE;NA;NA\r\n")
    code, out, err = nnc("eval", "care.nn.yaml", "e.csv")
    assert (code, out) == (1, "")
    assert rules(err) == ["delimiter-recognised", "not-a-number", "not-a-number"]
    assert "`--decimal ,` reads it as 38.5" in err
    assert "`--na NA` takes it for no value" in err
    options = ("--decimal", ",", "--na", "NA,N/A", "--na", "-")
    assert nnc("eval", "care.nn.yaml", "e.csv", *options) == (0, "n,hot\n1,1\n0,0\n", "")


@pytest.mark.parametrize("option", [[], ["--delimiter", "tab"], ["--delimiter", "\\t"]])
def test_tabs(nnc: Nnc, option: list[str]) -> None:
    Path("t.tsv").write_text("fever\ttemp\n1\t40\n")
    assert nnc("eval", "care.nn.yaml", "t.tsv", *option) == (0, "n,hot\n1,1\n", "")
    written = nnc("eval", "care.nn.yaml", "t.tsv", *option, "-o", "y.tsv")
    assert (written, Path("y.tsv").read_text()) == ((0, "", ""), "n\thot\n1\t1\n")


def test_the_delimiter_of_the_option_is_not_said(nnc: Nnc) -> None:
    Path("e.csv").write_text("fever;temp\n1;40\n")
    code, out, err = nnc("eval", "care.nn.yaml", "e.csv")
    assert (code, out, rules(err)) == (0, "n,hot\n1,1\n", ["delimiter-recognised"])
    assert nnc("eval", "care.nn.yaml", "e.csv", "--delimiter", ";") == (0, out, "")


def test_rejects_are_written_in_the_dialect_of_the_file(nnc: Nnc) -> None:
    Path("e.csv").write_text("fever;temp\n1;40,5\n2;NA\n")
    options = ("--decimal", ",", "--na", "NA", "--rejects", "r.csv")
    code, out, _ = nnc("eval", "care.nn.yaml", "e.csv", *options)
    assert (code, out) == (0, "n,hot\n1,1\n")
    fixed = Path("r.csv").read_text().replace(";2;NA", ";1;39,5")
    Path("fixed.csv").write_text(fixed)
    code, out, _ = nnc("eval", "care.nn.yaml", "fixed.csv", *options[:4])
    assert (code, out) == (0, "n,hot\n1,1\n")
    Path("t.tsv").write_text("fever\ttemp\n2\t1\n")
    code, out, err = nnc("eval", "care.nn.yaml", "t.tsv", "--rejects", "r.csv")
    assert (code, out) == (2, "")
    assert "as tsv: give --rejects the name of a file .tsv or .tab" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rows.json", "--delimiter", ";"], "--delimiter is about rows of CSV, and ROWS are json"),
        (["--all", "--decimal", ","], "--decimal is about rows of CSV, and there are no ROWS"),
        (["rows.npy", "--na", "NA"], "--na is about rows of CSV, and ROWS are npy; remove it"),
        (["e.csv", "--delimiter", "ab"], "--delimiter ab: write one mark, such as `,`, `;`, `|`"),
        (["e.csv", "--delimiter", ""], "--delimiter : write one mark"),
        (["e.csv", "--delimiter", '"'], '--delimiter ": write one mark'),
        (["e.csv", "--delimiter", "1"], "--delimiter 1: write one mark"),
        (["e.csv", "--delimiter", ",", "--decimal", ","], "--delimiter and --decimal are both `,`"),
        (["e.csv", "--decimal", ";"], "';' is not one of '.', ','"),
        (["e.csv", "--na", "NA,"], "--na: write words between commas, such as --na NA,N/A"),
    ],
)
def test_options_that_cannot_be_meant(nnc: Nnc, arguments: list[str], message: str) -> None:
    code, out, err = nnc("eval", "care.nn.yaml", *arguments)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())
