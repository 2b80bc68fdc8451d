"""CSV of the world: other marks between cells, decimal commas, words for no value, booleans."""

import csv
import io
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.language.network import Input
from nnc.printable import printable
from nnc.rows.csv.plain import PlainCsv
from nnc.rows.dialect import DELIMITERS, CsvDialect, delimiter_name, delimiter_option
from nnc.rows.formats import read_rows
from nnc.rows.session import Rejects, RowOptions, Session
from tests.support.reading import batches, messages, seen

INPUTS = {
    "a": Input(type="bit"),
    "n": Input(type="integer", default=7),
    "x": Input(type="real", default="0.5"),
    "c": Input(type="choice", of=["NA", "alert"], default="NA"),
    "v": Input(type="bit", size=2, default=1),
}
EVAL = CsvDialect(recognises=True)

Row = tuple[Any, ...]


def read(text: str, dialect: CsvDialect, inputs: Any = INPUTS, **options: Any) -> list[Row]:
    """Read rows, with the columns that are kept behind the inputs."""
    found = batches(text, "csv", inputs, csv=dialect, extra="keep", **options)
    kept = [row for batch in found for row in zip(*batch.extras.values(), strict=True)]
    rows = seen(found, inputs)
    return [(*row, *extras) for row, extras in zip(rows, kept or [()] * len(rows), strict=True)]


# ------------------------------------------------------------------- the same as with commas


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Draw cells as plain CSV has them."""
    numbers = st.decimals(-(10**4), 10**4, places=2).map(str)
    row = st.tuples(
        st.sampled_from(["0", "1", "True", "false"]),
        st.sampled_from(["", "0", "-9", "123456789012345678901"]),
        numbers | st.sampled_from(["", "1/3", "1e-3", ".5"]),
        st.sampled_from(["", "NA", "alert"]),
        st.sampled_from(["", "0", "3"]),
        st.text('ab;,|\t .NA"\n', max_size=4),
    )
    return [list(cells) for cells in draw(st.lists(row, min_size=1, max_size=30))]


def text_of(rows: list[list[str]], dialect: CsvDialect) -> str:
    """Write cells in a dialect, as Python does."""
    out = io.StringIO()
    delimiter = dialect.delimiter or dialect.usual
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow([*INPUTS, "note"])
    for row in rows:
        cells = [
            dialect.na[0]
            if not cell and dialect.na and dialect.na[0] not in (input_.of or ())
            else cell.replace(".", dialect.decimal if input_.of is None else ".")
            for cell, input_ in zip(row[:-1], INPUTS.values(), strict=True)
        ]
        writer.writerow([*cells, row[-1]])
    return out.getvalue()


@given(
    tables(),
    st.sampled_from(["\t", ";", "|", ":", "^", " "]),
    st.sampled_from([".", ","]),
    st.sampled_from([(), ("NA",), ("n/a", "?"), ("-99",), ("é",)]),
    st.booleans(),
)
def test_a_dialect_says_the_same_as_commas(
    rows: list[list[str]], delimiter: str, decimal: str, na: tuple[str, ...], is_fast: bool
) -> None:
    plain = read(text_of(rows, CsvDialect()), CsvDialect())
    dialect = CsvDialect(delimiter, decimal, na)
    with pytest.MonkeyPatch.context() as patch:
        if not is_fast:
            patch.setattr(PlainCsv, "batch", lambda *_: None)
        assert read(text_of(rows, dialect), dialect) == plain


@pytest.mark.parametrize("delimiter", sorted(DELIMITERS))
def test_every_delimiter_also_beside_quotes(delimiter: str) -> None:
    dialect = CsvDialect(delimiter)
    text = '"a"#"x"\n"1"#"2.5"\n0#3\n'.replace("#", delimiter)
    inputs = {name: INPUTS[name] for name in "ax"}
    assert read(text, dialect, inputs) == [(1, Fraction(5, 2)), (0, 3)]
    assert read(text.replace('"', ""), dialect, inputs) == [(1, Fraction(5, 2)), (0, 3)]


def test_decimal_commas_alone_mean_semicolons_between() -> None:
    inputs = {"x": INPUTS["x"], "a": INPUTS["a"]}
    assert read("x;a\n1,5;1\n", CsvDialect(decimal=","), inputs) == [(Fraction(3, 2), 1)]


def test_plain_text_in_a_dialect_is_read_from_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnc.rows.csv.reading.Rows", None)
    text = "a;x;n\n" + "True;1,5;NA\n;NA;3\n".replace(";NA;3", "False;NA;3") * 50
    inputs = {name: INPUTS[name] for name in "axn"}
    dialect = CsvDialect(";", ",", ("NA",))
    assert read(text, dialect, inputs) == [(1, Fraction(3, 2), 7), (0, Fraction(1, 2), 3)] * 50


# ----------------------------------------------------------------------------- booleans


@pytest.mark.parametrize(
    ("cell", "bit"),
    [("True", 1), ("true", 1), ("TRUE", 1), ("False", 0), ("false", 0), ("FALSE", 0)],
)
def test_booleans_are_bits(cell: str, bit: int) -> None:
    assert read(f"a\n{cell}\n1\n", CsvDialect(), {"a": INPUTS["a"]}) == [(bit,), (1,)]
    assert read(f"a\n{cell}\n", CsvDialect(), {"a": INPUTS["a"]}) == [(bit,)]
    states = {"a": Input(type="bit", states=[-1, 1])}
    assert read(f"a\n{cell}\n", CsvDialect(), states) == [(2 * bit - 1,)]
    bus = {"v": Input(type="bit", size=2)}
    assert read(f"v(0),v(1)\n{cell},0\n", CsvDialect(), bus) == [(bit,)]


def test_booleans_are_not_numbers() -> None:
    [message] = messages("n\nTrue\n", "csv", {"n": INPUTS["n"]})
    assert "boolean-as-number: input `n`: `True` is not a number | write 1" in message


# ------------------------------------------------------------------------- the delimiter


@pytest.mark.parametrize(
    ("header", "mark"),
    [("a;x", ";"), ("x;a", ";"), ("id;a", ";"), ("a\tx", "\t"), ("a|x", "|"), ('"a";"x"', ";")],
)
def test_a_delimiter_is_recognised_and_said(header: str, mark: str) -> None:
    warnings: list[Diagnostic] = []
    inputs = {"a": INPUTS["a"]}
    row = mark.join("11")
    text = f"\ufeff{header}\n{row}\n"
    found = batches(text, "csv", inputs, csv=EVAL, has_options=True, report=warnings.append)
    assert seen(found, inputs) == [(1,)]
    assert str(warnings[0]) == (
        "r: warning[NNC521] delimiter-recognised: the columns are separated by "
        f"{delimiter_name(mark)}, and read so"
    )
    assert warnings[0].help == f"`{delimiter_option(mark)}` says so"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b;x\n1,2\n", "separated by `;`; expected commas | add `--delimiter ';'`, or save"),
        (
            "a b x\n1 2 3\n",
            "separated by a space; expected commas | add `--delimiter space`, or save",
        ),
        ("a;b|x\n1;2\n", "separated by `;`; expected commas | add `--delimiter ';'`, or save"),
        ("b;c\n1;2\n", "column `b;c` is not an input"),
    ],
)
def test_what_leaves_a_doubt_is_refused(text: str, message: str) -> None:
    assert any(message in each for each in messages(text, "csv", {
        "a": Input(type="bit"), "x": INPUTS["x"]}, csv=EVAL, has_options=True))  # fmt: skip


def test_a_delimiter_is_recognised_by_names_in_other_letters() -> None:
    inputs = {"fever": INPUTS["a"], "temp": INPUTS["x"]}
    said, fever, temp = messages("Fever;TEMP\n1;2\n", "csv", inputs, csv=EVAL, has_options=True)
    assert "delimiter-recognised" in said
    assert fever.endswith("| did you mean `fever`? `--rename Fever=fever` reads it as that")
    assert "`--rename TEMP=temp` reads it as that. If not, remove the column" in temp


@pytest.mark.parametrize(("line", "mark"), [("sep=;", "';'"), ("sep=,", ","), ("sep=\t", "tab")])
def test_the_line_of_a_spreadsheet_before_the_header(line: str, mark: str) -> None:
    text = f"{line}\na;x\n1;2\n"
    [message] = messages(text, "csv", INPUTS, csv=EVAL, has_options=True)
    assert message.endswith(f"expected a header | remove it, and add `--delimiter {mark}`")
    assert message.startswith(
        f"r:1:1: error[NNC511] no-header: the first line is `{printable(line)}`"
    )
    [message] = messages(text, "csv", INPUTS)
    assert message.endswith("remove it, and write the names first: a,n,x,c,v")


def test_a_header_without_any_input_is_a_mistake() -> None:
    [message] = messages("fever temp\n1 2\n", "csv", {"x": INPUTS["x"]})
    assert message == (
        "r:1:1: error[NNC501] missing-column: no column is an input | the inputs are x"
    )
    assert read("id\n7\n", CsvDialect(), {"x": INPUTS["x"]}) == [(Fraction(1, 2), "7")]


def test_without_options_nothing_is_recognised() -> None:
    [message] = messages("a;x\n1;2\n", "csv", {"a": INPUTS["a"]})
    assert message.endswith(
        "no-header: the columns are separated by `;`; expected commas "
        "| save the file with commas between the cells"
    )


def test_another_delimiter_than_that_of_the_options() -> None:
    inputs = {"a": INPUTS["a"], "x": INPUTS["x"]}
    [message] = messages(
        "a,x\n1,2\n", "csv", inputs, csv=replace(EVAL, delimiter="\t"), has_options=True
    )
    assert message.endswith(
        "separated by `,`; expected a tab | add `--delimiter ,`, or save the file with a tab"
    )
    [message] = messages(
        "a,x\n1,2\n", "csv", inputs, csv=replace(EVAL, decimal=","), has_options=True
    )
    assert message.endswith(
        "separated by `,`; expected `;` | `--decimal ,` needs another mark between the cells"
    )


# -------------------------------------------------------------- refusals name what reads it


@pytest.mark.parametrize(
    ("text", "dialect", "message"),
    [
        ('x\n"70,5"\n', EVAL,
         ("`70,5` is not a number | write 70.5, with a decimal point; "
         "`--decimal ,` reads it as 70.5")),
        ('x\n"1,000"\n', EVAL,
         ("`1,000` is not a number | write the number without commas, and a decimal point as `.`; "
         "`--decimal ,` reads it as 1.000")),
        ("n\nN/A\n", EVAL, "`--na N/A` takes it for no value"),
        ("a\n?\n", EVAL, "; `--na '?'` takes it for no value, once the input has a default"),
        ("c\nnull\n", EVAL, ("| write `NA` or `alert`; "
         "`--na null` takes it for no value")),
        ("a\nNA\n", replace(EVAL, na=("NA",)),
         ("missing-value: input `a`: `NA` is no value, and there is no default | "
          "write a value, or give the input a `default`")),
        ("x\n1.5\n", replace(EVAL, decimal=","),
         "`1.5` has a point; the decimal point is a comma here | write it without points"),
        ("x\n1,5x\n", replace(EVAL, decimal=","), "expected a number, found `1,5x`"),
        ("n\n1,5\n", replace(EVAL, decimal=","), "is not an integer"),
        ("v\n 1,0\n", replace(EVAL, decimal=","), "found ` 1,0` | remove the spaces: 1,0"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_option(text: str, dialect: CsvDialect, message: str) -> None:
    name = text.partition("\n")[0]
    [only] = messages(text, "csv", {name: INPUTS[name]}, csv=dialect, has_options=True)
    assert message in only


@pytest.mark.parametrize("name", ["a", "n", "c"])
def test_without_options_none_is_named(name: str) -> None:
    [message] = messages(f"{name}\nnull\n", "csv", {name: INPUTS[name]})
    assert "--na" not in message


def test_quoting_is_told_in_the_marks_of_the_file() -> None:
    inputs = {"a": INPUTS["a"], "x": INPUTS["x"]}
    after, long = messages('a;x\n1;"2"3\n1;2;3\n', "csv", inputs, csv=CsvDialect(";"))
    assert "put `;` before it" in after
    assert "put a cell with `;` in quotes" in long
    assert "r:2:6:" in after


# -------------------------------------------------------------------------------- rejects


def test_rejected_rows_are_read_again_with_the_same_options() -> None:
    dialect = CsvDialect(";", ",", ("NA",), recognises=True)
    inputs = {name: INPUTS[name] for name in "axc"}
    text = 'a;x;c\n1;1,5;"alert"\n1;1.5;"alert"\n?;NA;NA\n'
    out = io.BytesIO()
    session = Session(inputs, "r", print, RowOptions(csv=dialect), rejects=Rejects(out))
    assert seen(list(read_rows(io.BytesIO(text.encode()), "csv", session)), inputs) == [
        (1, Fraction(3, 2), "alert")
    ]
    rejected = out.getvalue().decode()
    assert rejected.splitlines()[0] == "_line;_error;a;x;c"
    assert rejected.splitlines()[1].endswith(';1;1.5;"alert"')
    fixed = rejected.replace("1.5", "1,5").replace("?", "0")
    again = batches(fixed, "csv", inputs, csv=dialect, report=lambda _: None)
    assert seen(again, inputs) == [
        (1, Fraction(3, 2), "alert"),
        (0, Fraction(1, 2), "NA"),
    ]
    fixed = fixed.replace(";0;", ";2;")
    session = replace(session, rejects=Rejects(out := io.BytesIO()), report=lambda _: None)
    list(read_rows(io.BytesIO(fixed.encode()), "csv", session))
    assert out.getvalue().decode().splitlines()[0] == "_line;_error;a;x;c"
