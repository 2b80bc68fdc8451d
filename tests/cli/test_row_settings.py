"""What the words and options of a command say of the rows in."""

import click
import pytest

from nnc.cli.row_settings import RowSettings, check_skipping, dialect_of, values_of
from nnc.language.network import Input
from nnc.rows.dialect import CsvDialect


def settings(file: str | None = None, **values: object) -> RowSettings:
    defaults: dict[str, object] = {
        "settings": (),
        "every": False,
        "number": None,
        "source": None,
        "extra": "drop",
        "on_error": None,
        "rejects": None,
        "delimiter": None,
        "decimal": None,
        "na": (),
    }
    return RowSettings(file, **(defaults | values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "value"), [("v=3", "3"), ("v=1,2", ["1", "2"]), ("a=1", "1"), ("a=", "")]
)
def test_a_bus_takes_an_integer_or_a_list(text: str, value: object) -> None:
    inputs = {"v": Input(type="bit", size=2), "a": Input(type="bit")}
    name = text.partition("=")[0]
    assert values_of((text,), inputs) == {name: value}


def test_the_format_and_the_name_of_a_file() -> None:
    assert (settings().format, settings().name) == ("", "")
    assert (settings("rows.csv.gz").format, settings("rows.csv.gz").name) == ("csv", "rows.csv.gz")
    assert (settings("-", source="json").format, settings("-").name) == ("json", "<stdin>")


def test_the_dialect_of_csv() -> None:
    asked = settings("e.csv", delimiter="tab", decimal=",", na=("NA,?", "-9"))
    assert dialect_of(asked, "csv") == CsvDialect(
        "\t", ",", ("NA", "?", "-9"), recognises=True, has_options=True
    )
    with pytest.raises(click.UsageError, match="--decimal is about rows of CSV"):
        dialect_of(settings("e.npy", decimal="."), "npy")


def test_rejects_skip_rows_and_need_a_file() -> None:
    skips = settings(rejects="wrong.csv")
    assert skips.skips
    with pytest.raises(click.UsageError, match="--rejects is about the rows of a file; name ROWS"):
        check_skipping(skips, None)
