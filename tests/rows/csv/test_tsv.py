"""TSV: the same as CSV, with tabs."""

import io

from nnc.language.network import Input
from nnc.rows.dialect import CsvDialect
from nnc.rows.formats import format_of, write_rows
from tests.support.reading import batches, seen

INPUTS = {"a": Input(type="bit"), "c": Input(type="choice", of=["x", "z"])}


def test_tabs_separate_the_cells() -> None:
    assert seen(batches("a\tc\n1\tx\n0\tz\n", "tsv", INPUTS), INPUTS) == [(1, "x"), (0, "z")]


def test_another_delimiter_is_as_the_option_says() -> None:
    dialect = CsvDialect("|")
    assert seen(batches("a|c\n1|z\n", "tsv", INPUTS, csv=dialect), INPUTS) == [(1, "z")]


def test_what_is_written_can_be_read() -> None:
    out = io.BytesIO()
    write_rows([{"a": ["1"], "c": ["x,y"]}], out, "tsv", names=["a", "c"])
    assert out.getvalue() == b"a\tc\n1\tx,y\n"
    out = io.BytesIO()
    write_rows([{"t": ["a\tb"]}], out, "tsv", names=["t"])
    assert out.getvalue() == b't\n"a\tb"\n'


def test_the_name_says_it() -> None:
    assert [format_of(f"r{end}") for end in (".tsv", ".tab", ".TSV.gz")] == ["tsv"] * 3
