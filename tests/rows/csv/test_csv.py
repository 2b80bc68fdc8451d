"""CSV: what is read exactly, what is refused and where, and what is written."""

# ruff: noqa: E501

import gzip
import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, Span
from nnc.language.network import Input
from nnc.limits import COLUMNS
from nnc.numbers.exact import show_number
from nnc.rows import session
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.csv import header
from nnc.rows.formats import read_rows, write_rows
from nnc.rows.inputs.value import REAL_INSTEAD
from nnc.rows.session import Session
from tests.support.reading import INPUTS, batches, messages, mistakes, rows, unexpected
from tests.support.running import XOR, Nnc

HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "a,n\n1,2\n",
            [
                "r:1:1: error[NNC501] missing-column: input `b` has no column and no default | add a column for `b`"
            ],
            id="missing",
        ),
        pytest.param(
            "a,b,nn,x\n1,0,2,3\n",
            [
                "r:1:8: warning[NNC502] unknown-column: column `x` is not an input and is left out | `--extra keep` writes it beside the outputs, `--extra error` refuses it",
                "r:1:5: error[NNC501] missing-column: column `nn` is not an input, and input `n` has no column | did you mean `n`?",
            ],
            id="misspelled",
        ),
        pytest.param(
            "a, b,n\n1,0,2\n",
            [
                "r:1:3: error[NNC501] missing-column: column ` b` is not an input, and input `b` has no column | remove the spaces: `b`"
            ],
            id="blanks-in-header",
        ),
        pytest.param(
            "a,b,n,levl\n1,0,2,3\n",
            [
                "r:1:7: error[NNC515] column-not-input: column `levl` is not an input, and input `level` would take its default | did you mean `level`? If not, remove the column"
            ],
            id="default-misspelled",
        ),
        pytest.param(
            "a,b,n,a\n1,0,2,1\n",
            [
                "r:1:7: error[NNC503] duplicate-column: column `a` appears twice | remove one of them, or rename it"
            ],
            id="duplicate",
        ),
        pytest.param(
            "",
            [
                "r: error[NNC511] no-header: the file is empty; expected a header with the names of the inputs | write a,b,n,level"
            ],
            id="empty",
        ),
        pytest.param(
            "\n\n",
            [
                "r: error[NNC511] no-header: the file is empty; expected a header with the names of the inputs | write a,b,n,level"
            ],
            id="only-blank",
        ),
        pytest.param(
            "\na,b,n\n1,0,2\n",
            [
                "r:1:1: error[NNC511] no-header: the first line is blank; expected a header | write the names first: a,b,n,level"
            ],
            id="blank-header",
        ),
        pytest.param(
            "1,0,2\n1,1,3\n",
            [
                "r:1:1: error[NNC511] no-header: the first line holds numbers; expected a header | write the names first: a,b,n,level"
            ],
            id="no-header",
        ),
        pytest.param(
            "a;b;n\n1;0;2\n",
            [
                "r:1:1: error[NNC511] no-header: the columns are separated by `;`; expected commas | save the file with commas between the cells"
            ],
            id="semicolons",
        ),
        pytest.param(
            "a\tb\tn\n1\t0\t2\n",
            [
                "r:1:1: error[NNC511] no-header: the columns are separated by a tab; expected commas | save the file with commas between the cells"
            ],
            id="tabs",
        ),
        pytest.param(
            "a,b,n\n1,0\n1,0,2\n",
            [
                "r:2:1: error[NNC506] row-length: the row has 2 cells, the header 3 | add the cells that are missing"
            ],
            id="short",
        ),
        pytest.param(
            "a,b,n\n1,0,2,3\n",
            [
                "r:2:1: error[NNC506] row-length: the row has 4 cells, the header 3 | remove the cells that have no column; put a cell with commas in quotes"
            ],
            id="long",
        ),
        pytest.param(
            "a,b,n\n1,0,2\n\n1,0,3\n\n",
            ["r:3:1: error[NNC507] blank-line: there is a blank line between rows | remove it"],
            id="blank-line",
        ),
        pytest.param(
            "a,b,n\n2,0,2\n",
            ["r:2:1: error[NNC504] bad-value: input `a`: 2 is not 0 or 1 | write 0 or 1"],
            id="not-bit",
        ),
        pytest.param(
            "a,b,n\n1,x,2\n",
            [
                "r:2:3: error[NNC201] not-a-number: input `b`: expected a number, found `x` | write 0 or 1"
            ],
            id="not-number",
        ),
        pytest.param(
            "a,b,n\n1,0,2.5\n",
            [
                f"r:2:5: error[NNC504] bad-value: input `n`: 2.5 is not an integer | write an integer from 0 to 100{REAL_INSTEAD}"
            ],
            id="not-integer",
        ),
        pytest.param(
            "a,b,n\n1,0,101\n1,0,-1\n",
            [
                "r:2:5: error[NNC504] bad-value: input `n`: 101 is above max 100 | write an integer from 0 to 100",
                "r:3:5: error[NNC504] bad-value: input `n`: -1 is below min 0 | write an integer from 0 to 100",
            ],
            id="above",
        ),
        pytest.param(
            "a,b,n\n1,0,nan\n",
            [
                "r:2:5: error[NNC202] not-finite: input `n`: `nan` is not a finite number | write a finite number"
            ],
            id="nan",
        ),
        pytest.param(
            "a,b,n\nyes,0,2\n",
            [
                "r:2:1: error[NNC207] boolean-as-number: input `a`: `yes` is not a number | write 1; `{type: choice, of: [no, yes]}` declares an input of texts"
            ],
            id="yes",
        ),
        pytest.param(
            "a,b,n\n1,0,+2\n",
            ["r:2:5: error[NNC209] plus-sign: input `n`: `+2` has a plus sign | write 2"],
            id="plus",
        ),
        pytest.param(
            "a,b,n\n1, 0,2\n",
            [
                "r:2:3: error[NNC201] not-a-number: input `b`: expected a number, found ` 0` | remove the spaces: 0"
            ],
            id="blanks",
        ),
        pytest.param(
            'a,b,n\n1,0,"2,5"\n',
            [
                "r:2:5: error[NNC201] not-a-number: input `n`: `2,5` is not a number | write 2.5, with a decimal point"
            ],
            id="comma-decimal",
        ),
        pytest.param(
            "a,b,n\n1,0,0x10\n",
            [
                "r:2:5: error[NNC204] number-in-other-base: input `n`: `0x10` is hexadecimal | write 16"
            ],
            id="hex",
        ),
        pytest.param(
            "a,b,n\n1,0,٣\n",
            [
                "r:2:5: error[NNC210] non-ascii-digit: input `n`: `٣` has digits other than 0 to 9 | write 3"
            ],
            id="digits",
        ),
        pytest.param(
            "a,b,n\n1,0,1e401\n",
            [
                "r:2:5: error[NNC212] exponent-too-large: input `n`: `1e401` has an exponent beyond ±400 | write a smaller exponent"
            ],
            id="exponent",
        ),
        pytest.param(
            "a,b,n\n1,,2\n",
            [
                "r:2:3: error[NNC505] missing-value: input `b`: the cell is empty, and there is no default | write a value, or give the input a `default`"
            ],
            id="empty-cell",
        ),
        pytest.param(
            'a,b,n\n1,"0"x,2\n1,5,2\n',
            [
                "r:2:6: error[NNC508] bad-quoting: text after the closing quote | put a comma before it; write a quote inside quotes twice",
                "r:3:3: error[NNC504] bad-value: input `b`: 5 is not 0 or 1 | write 0 or 1",
            ],
            id="after-quote",
        ),
        pytest.param(
            'a,b,n\n1,0",2\n1,0,2\n',
            [
                "r:2:4: error[NNC508] bad-quoting: there is a quote inside a cell that does not start with one | put the whole cell in quotes, and write the quote inside twice"
            ],
            id="inside-quote",
        ),
        pytest.param(
            'a,b,n\n1,0,2\n1,"0,2\n1,0,2\n',
            [
                'r:3:3: error[NNC508] bad-quoting: the quote is not closed | close it with `"`; write a quote inside quotes twice'
            ],
            id="unclosed",
        ),
        pytest.param(
            'a,b,n,x\n1,0,2,"two\nlines"\n1,0,"300",y\n',
            [
                "r:1:7: warning[NNC502] unknown-column: column `x` is not an input and is left out | `--extra keep` writes it beside the outputs, `--extra error` refuses it",
                "r:4:5: error[NNC504] bad-value: input `n`: 300 is above max 100 | write an integer from 0 to 100",
            ],
            id="bad-value-in-quotes",
        ),
        pytest.param(
            'a,b,n\n"1",0,2\n\n1,0,2\n',
            ["r:3:1: error[NNC507] blank-line: there is a blank line between rows | remove it"],
            id="quoted-blank",
        ),
        pytest.param(
            'a,b,n\n"1",0\n',
            [
                "r:2:1: error[NNC506] row-length: the row has 2 cells, the header 3 | add the cells that are missing"
            ],
            id="quoted-short",
        ),
        pytest.param(
            '"a,b,n\n1,0,2\n',
            [
                'r:1:1: error[NNC508] bad-quoting: the quote is not closed | close it with `"`; write a quote inside quotes twice'
            ],
            id="header-unclosed",
        ),
        pytest.param(
            b"a,b,n\n1,0,2\n1,\xe9,2\n",
            [
                "r:3:3: error[NNC002] bad-encoding: the byte 0xE9 is not UTF-8 | save the file as UTF-8, in Excel as `CSV UTF-8`"
            ],
            id="latin-1",
        ),
        pytest.param(
            b"\xff\xfea\x00,\x00b\x00,\x00n\x00\n\x001\x00,\x000\x00,\x002\x00\n\x00",
            [
                "r:1:1: error[NNC002] bad-encoding: the text is UTF-16, not UTF-8 | save the file as UTF-8, in Excel as `CSV UTF-8`, or convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW"
            ],
            id="utf-16",
        ),
    ],
)
def test_every_mistake_has_its_message_and_fix(text, expected):
    assert messages(text, "csv") == expected


@pytest.mark.parametrize(
    "text",
    [
        "a,b,n\n1,0,7\n0,1,8\n",
        "a,b,n\n1,0,7\n0,1,8",
        "a,b,n\r\n1,0,7\r\n0,1,8\r\n",
        "a,b,n\r1,0,7\r0,1,8\r",
        "\ufeffa,b,n\n1,0,7\n0,1,8\n\n\n",
        "a,b,n\n01,0.0,7\n0,1e0,80e-1\n",
        "a,b,n\n2/2,0,14/2\n0,1.,008\n",
        '"a","b","n"\n"1","0","7"\n0,"1",8\n',
        "n,b,a\n7,0,1\n8,1,0\n",
        "a,b,n,level\n1,0,7,\n0,1,8,.5\n",
    ],
)
def test_many_spellings_mean_the_same(text):
    assert rows(text, "csv") == [(1, 0, 7, HALF), (0, 1, 8, HALF)]


@pytest.mark.parametrize(
    ("texts", "dtype", "denominator"),
    [
        (["0.1", "-.25", "3"], np.int64, 20),
        (["1.50", "2.50"], np.int64, 2),
        (["1.0", "2.00"], np.int64, 1),
        (["1/3", "0.5"], np.int64, 6),
        (["1e-3", "1"], np.int64, 1000),
        (["9223372036854775807", "-9223372036854775808"], np.int64, 1),
        (["9223372036854775808", "1"], object, 1),
        (["1e-400", "1"], object, 1),
        (["123456789012345678", "0.0000000000000001"], object, 1),
    ],
)
def test_decimals_share_the_least_denominator(texts, dtype, denominator):
    [batch] = batches("x\n" + "\n".join(texts) + "\n", "csv", {"x": Input(type="real")})
    [column] = batch.columns
    assert column.numerators.dtype == dtype
    assert column.denominator == denominator
    assert column.values() == [Fraction(one) for one in texts]


@pytest.mark.parametrize(
    "text", ["-", ".", "-.", ".-5", "1.-5", "--1", "1-2", "1.2.3", "", "1_0", " 1", "１"]
)
def test_short_texts_that_are_no_numbers(text):
    [one] = mistakes(f"x,y\n{text},1\n", "csv", {"x": Input(type="real"), "y": Input(type="bit")})
    assert one.span == Span(2, 1, 2, 1 + len(text))


def test_columns_have_the_types_the_engines_count_on():
    [batch] = batches("a,b,n\n1,0,7\n", "csv")
    assert [one.numerators.dtype for one in batch.columns] == [
        np.uint8,
        np.uint8,
        np.int64,
        np.int64,
    ]


def test_names_in_a_header_are_normalised():
    assert rows("e\u0301\n1\n", "csv", {"\u00e9": Input(type="bit")}) == [(1,)]


def test_a_duplicate_shows_the_first():
    [one] = mistakes("a,b,a,n\n1,0,1,2\n", "csv")
    [label] = one.labels
    assert (label.span, label.message) == (Span(1, 1, 1, 2), "first here")


def test_extras_are_kept_as_text():
    text = 'a,note,b,n\n1,"x, ""y""\nz",0,2\n0,,1,3\n'
    [batch] = batches(text, "csv", extra="keep")
    assert {name: list(texts) for name, texts in batch.extras.items()} == {
        "note": ['x, "y"\nz', ""]
    }
    [batch] = batches("a,b,n,out\n1,0,2,1\n", "csv", also=["out"])
    assert {name: list(texts) for name, texts in batch.extras.items()} == {"out": ["1"]}


def test_extras_can_be_refused():
    assert messages("a,b,n,note\n1,0,2,x\n", "csv", extra="error") == [
        "r:1:7: error[NNC515] column-not-input: column `note` is not an input | remove the column"
    ]


def test_all_mistakes_come_in_order_but_no_more_than_a_thousand():
    found = mistakes("n,a,b\n" + "101,2,2\n" * 2, "csv")
    assert [(one.span.line, one.span.column) for one in found if one.span] == [
        (2, 1),
        (2, 5),
        (2, 7),
        (3, 1),
        (3, 5),
        (3, 7),
    ]
    assert len(mistakes("a,b,n\n" + "1,0,x\n" * 5000, "csv")) == 1000


def test_no_batch_follows_a_mistake():
    read = read_rows(
        io.BytesIO(b"a,b,n\n1,0,x\n"), "csv", Session(INPUTS, file="r", report=unexpected)
    )
    with pytest.raises(InvalidRowsError):
        next(read)


def test_a_long_line_keeps_its_span_true():
    [near] = mistakes("a,b,n\n1,0,x" + " " * 500 + "\n", "csv")
    assert near.span == Span(2, 5, 2, 506)
    [far] = mistakes("a,b,n\n1,0," + "x" * 5000 + "\n", "csv")
    assert far.excerpt is None
    cut = mistakes("a,b,n,level\n2,0,1," + "x" * 5000 + "\n", "csv")[0]
    assert cut.excerpt is not None
    assert len(cut.excerpt) == 200
    assert cut.excerpt.startswith("2,0,1,x")


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 16, 1000])
@pytest.mark.parametrize("size", [1, 2, 100])
def test_chunks_and_batches_change_nothing(monkeypatch, piece, size):
    monkeypatch.setattr("nnc.rows.csv.reading.CHUNK", piece)
    text = "a,b,n,note\r\n" + '1,0,7,"x\r\n""y"\r\n0,1,8,z\r\n' * 3
    read = batches(text, "csv", batch_size=size, extra="keep")
    assert all(batch.count <= size for batch in read)
    assert [note for batch in read for note in batch.extras["note"]] == ['x\n"y', "z"] * 3
    bad = text + "\r\n1,0,7\r\n\r\n"
    whole = [(one.rule, one.span) for one in mistakes(bad.replace(",note", ",level"), "csv")]
    assert [one for one in whole if one[0] in ("blank-line", "row-length")] == [
        ("blank-line", Span(11, 1, 11, 1)),
        ("row-length", Span(12, 1, 12, 6)),
    ]


def test_blank_lines_far_apart_keep_their_numbers(monkeypatch):
    monkeypatch.setattr("nnc.rows.csv.reading.CHUNK", 4)
    found = mistakes("a\n\n1\n\n\n0\n\n", "csv", {"a": Input(type="bit")})
    assert [one.span.line for one in found if one.span] == [2, 4, 5]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n" + "1" * 64, "r:2:1: error[NNC506] row-length: the line does not end within 64 MiB"),
        ('a\n"' + "1" * 64, "r:2:1: error[NNC508] bad-quoting: the quote is not closed"),
    ],
)
def test_an_endless_line_is_given_up(monkeypatch, text, expected):
    monkeypatch.setattr("nnc.rows.csv.reading.CHUNK", 4)
    monkeypatch.setattr("nnc.rows.csv.text.MAX_LINE", 16)
    [one] = mistakes(text, "csv", {"a": Input(type="bit")})
    assert str(one) == expected


def test_one_digit_rows_take_the_short_way_to_the_same_values():
    inputs = {
        "x": Input(type="real"),
        "n": Input(type="integer", max=8),
        "a": Input(type="bit"),
        "d": Input(type="bit", default=1),
    }
    assert rows("n,a,x,y\n8,1,9,3\n0,0,2,4\n", "csv", inputs, report=lambda _: None) == [
        (9, 8, 1, 1),
        (2, 0, 0, 1),
    ]
    assert messages("n,a,x\n9,1,9\n", "csv", inputs) == [
        "r:2:1: error[NNC504] bad-value: input `n`: 9 is above max 8 | write an integer of at most 8"
    ]


def test_a_network_without_inputs_still_counts_rows():
    warnings: list[Diagnostic] = []
    [batch] = batches("x\n1\n2\n", "csv", {}, report=warnings.append)
    assert (batch.count, batch.columns, len(warnings)) == (2, (), 1)


def test_a_header_alone_is_no_rows():
    assert batches("a,b,n\n", "csv") == []


@given(st.binary(max_size=60) | st.text('ab,n"10\n\r ', max_size=60).map(str.encode))
def test_no_text_is_a_traceback(data):
    messages(b"a,b,n\n" + data, "csv")
    messages(data, "csv")


NUMBERS = (
    st.integers()
    | st.fractions(max_denominator=10**6)
    | st.decimals(allow_nan=False, allow_infinity=False, places=6).map(Fraction)
)


@given(
    st.lists(NUMBERS, min_size=1, max_size=20),
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]))),
)
def test_what_is_written_reads_back(numbers, notes):
    texts = [*notes, *[""] * len(numbers)][: len(numbers)]
    stored = np.empty(len(numbers), object)
    stored[:] = numbers
    out = io.BytesIO()
    write_rows([{"x": Column(stored), "note": texts}], out, "csv", names=["x", "note"])
    [batch] = batches(out.getvalue(), "csv", {"x": Input(type="real")}, extra="keep")
    assert batch.columns[0].values() == numbers
    assert list(batch.extras["note"]) == texts


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1), st.integers(1, 10**9))
def test_scaled_numbers_print_as_show_number_does(numerators, denominator):
    out = io.BytesIO()
    column = Column(np.array(numerators, np.int64), denominator)
    write_rows([{"x": column}], out, "csv", names=["x"])
    shown = [show_number(value) for value in column.values()]
    assert out.getvalue().decode() == "\n".join(["x", *shown, ""])


def test_written_csv():
    results = [
        {
            "a": Column(np.array([0, 1], np.uint8)),
            "s": Column(np.array([5, -7], np.int64), 4),
            "f": Column(np.array([0.5, 0.1])),
            "l": Labels(np.array([1, 0]), ("low, or", 'so "high"')),
        },
    ]
    out = io.BytesIO()
    write_rows(results, out, "csv", names=["a", "s", "f", "l"])
    assert out.getvalue().decode() == (
        'a,s,f,l\n0,1.25,0.5,"so ""high"""\n'
        '1,-1.75,0.1000000000000000055511151231257827021181583404541015625,"low, or"\n'
    )


def test_no_results_still_give_a_header():
    out = io.BytesIO()
    write_rows([], out, "csv", names=["a", "b,c"])
    assert out.getvalue() == b'a,"b,c"\n'


def test_an_empty_text_alone_is_no_blank_line():
    out = io.BytesIO()
    write_rows([{"note": ["", "x"]}], out, "csv", names=["note"])
    assert out.getvalue() == b'note\n""\nx\n'


def test_limits_are_those_the_messages_name():
    assert session.MAX_LINE == 64 << 20
    assert Batch((), 0).extras == {}


@pytest.mark.parametrize("name", ["x;y", "x|y\nz", "x\ty"])
def test_a_mark_in_the_name_of_another_column_separates_nothing(name: str) -> None:
    read = batches(f'a,b,n,"{name}"\n1,0,2,9\n', "csv", report=lambda _: None)
    assert [column.values()[0] for column in read[0].columns[:3]] == [1, 0, 2]


# --------------------------------------------------------------------------------- chunks


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("size", [64, 1000, 1 << 22])
def test_a_row_may_have_several_cells_with_line_ends(
    end: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnc.rows.csv.reading.CHUNK", size)
    written = [f'1,0,{n},"two\nlines","and{end}{n}"' for n in range(100)]
    text = end.join(["a,b,n,note,history", *written])
    read = batches(text, "csv", extra="keep")
    notes = [note for batch in read for note in batch.extras["note"]]
    history = [note for batch in read for note in batch.extras["history"]]
    assert notes == ["two\nlines"] * 100
    assert history == [f"and\n{n}" for n in range(100)]


@pytest.mark.parametrize("size", [40, 41, 42, 43, 44, 45, 46, 47])
def test_a_wrong_quote_does_not_move_the_ends_of_chunks(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnc.rows.csv.reading.SMALL_CHUNK", size)
    sound = [f'1,0,{n},"one\ntwo"' for n in range(50)]
    text = "\n".join(["a,b,n,note", *sound[:5], '1,0,7,5" pipe', *sound[5:]])
    rejects = session.Rejects(io.BytesIO())
    read = batches(text, "csv", extra="keep", rejects=rejects)
    assert [note for batch in read for note in batch.extras["note"]] == ["one\ntwo"] * 50
    assert rejects.count == 1


def test_a_quote_that_never_closes_is_named_once() -> None:
    assert messages('a,b,n\n1,0,"a""b\n1,0,2\n', "csv") == [
        'r:2:5: error[NNC508] bad-quoting: the quote is not closed | close it with `"`; write a quote inside quotes twice'
    ]


# --------------------------------------------------------------------------- spreadsheets


def test_columns_without_a_name_are_left_out() -> None:
    text = "a,b,n,note,,,\n1,0,2,x,,,\n"
    for extra in (None, "keep"):
        warnings: list[Diagnostic] = []
        read = batches(text, "csv", extra=extra, report=warnings.append)
        assert [column.values() for column in read[0].columns[:3]] == [[1], [0], [2]]
        assert list(read[0].extras) == (["note"] if extra == "keep" else [])
        assert len(warnings) == 1
    assert messages(text, "csv") == [
        "r:1:7: warning[NNC502] unknown-column: columns `note` and 3 without a name are not inputs and are left out | `--extra keep` writes them beside the outputs, `--extra error` refuses them"
    ]
    assert messages("a,b,n,,\n1,0,2,,\n", "csv") == [
        "r:1:7: warning[NNC502] unknown-column: 2 columns without a name are left out | remove them, or name each"
    ]
    assert messages("a,b,n,,\n1,0,2,,\n", "csv", extra="error") == [
        "r:1:7: error[NNC515] column-not-input: 2 columns without a name are not inputs | remove the columns"
    ]


def test_one_column_without_a_name_may_be_an_index() -> None:
    assert list(batches(",a,b,n\n7,1,0,2\n", "csv", extra="keep")[0].extras[""]) == ["7"]


@pytest.mark.parametrize("size", [1, 7, 9, 1 << 20])
def test_rows_of_empty_cells_at_the_end_are_blank(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnc.rows.csv.reading.CHUNK", max(size, 8))
    assert rows("a,b,n\n1,0,2\n,,\n,,\n\n,,", "csv") == [(1, 0, 2, HALF)]
    assert messages("a,b,n\n1,0,2\n,,\n\n1,0,3\n,,\n", "csv") == [
        "r:3:1: error[NNC507] blank-line: there is a row of empty cells between rows | remove it",
        "r:4:1: error[NNC507] blank-line: there is a blank line between rows | remove it",
    ]


def test_a_row_of_empty_cells_is_a_row_where_every_column_has_a_default() -> None:
    inputs = {"a": Input(type="bit", default=1), "n": Input(type="integer", default=3)}
    assert rows("a,n\n0,2\n,\n", "csv", inputs) == [(0, 2), (1, 3)]
    assert messages("a,n\n0,2\n,\n\n,\n", "csv", inputs) == [
        "r:4:1: error[NNC507] blank-line: there is a blank line between rows | remove it"
    ]


def test_a_row_of_empty_cells_is_rejected_as_it_is() -> None:
    out = io.BytesIO()
    read = batches("a,b,n\n1,0,2\n,,\n1,0,3\n,,\n", "csv", rejects=session.Rejects(out))
    assert sum(batch.count for batch in read) == 2
    assert out.getvalue().decode().splitlines()[1:] == [
        '3,"NNC507 blank-line: there is a row of empty cells between rows",,,'
    ]


def test_a_header_has_a_limited_number_of_cells(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("xor.nn.yaml").write_text(XOR)
    assert COLUMNS.floor == 524_288
    monkeypatch.setattr(header, "COLUMNS", COLUMNS._replace(floor=5_000))
    with gzip.open("wide.csv.gz", "wb") as file:
        file.write(b"a" + b"," * 6_000 + b"b\n1,0\n")
    code, out, err = nnc("eval", "xor.nn.yaml", "wide.csv.gz", "--report", "concise")
    assert (code, out) == (1, "")
    assert "NNC511" in err
    assert "it has 6,001 cells, and a header 5,000 at most" in err
    assert "set NNC_LIMITS=2 in the environment" in err
    monkeypatch.setenv("NNC_LIMITS", "2")
    assert "6,001 cells" not in nnc("eval", "xor.nn.yaml", "wide.csv.gz").err


def test_a_column_beside_a_misspelled_element_of_the_same_bus() -> None:
    inputs = {"straße": Input(type="integer", size=2)}
    assert any(
        "strastrae(1)" in one for one in messages(" straße(0),strastrae(1)\r", "csv", inputs)
    )


def test_zeros_and_ones_in_a_choice_of_two() -> None:
    inputs = {"c": Input(type="choice", of=("no", "yes"))}
    [told] = messages("c\n1\n", "csv", inputs)
    assert told.endswith("| write `no` or `yes`; an input of type `bit` is 0 or 1")
