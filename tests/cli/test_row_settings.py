"""What the words and options of a command say of the rows in."""

from pathlib import Path

import click
import pytest

from nnc.cli.row_settings import (
    RowSettings,
    check_skipping,
    dialect_of,
    renaming_of,
    taken_apart,
    values_of,
)
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
        "rename": (),
        "rest": None,
        "max_rejects": None,
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


def test_several_values_in_one_setting() -> None:
    inputs = {"v": Input(type="integer", size=2), "a": Input(type="bit"), "b": Input(type="bit")}
    assert values_of(("a=1,b=0", "v=1,2"), inputs) == {"a": "1", "b": "0", "v": ["1", "2"]}
    assert values_of(("v=1,2,a=1", "b=0"), inputs) == {"v": ["1", "2"], "a": "1", "b": "0"}
    for text in ("a=1=2", "a==1"):
        with pytest.raises(click.UsageError, match=f"--set {text}: write one --set for each"):
            values_of((text,), inputs)
    with pytest.raises(click.UsageError, match="--set a appears twice"):
        values_of(("a=1,a=0",), inputs)


def test_words_are_values_unless_they_are_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert taken_apart([], ["c=1"]) == (None, ["c=1"])
    assert taken_apart(["a=1", "rows.csv", "b=0"], ["c=1"]) == ("rows.csv", ["c=1", "a=1", "b=0"])
    Path("a=1").touch()
    assert taken_apart(["a=1", "b=0"], []) == ("a=1", ["b=0"])
    with pytest.raises(click.UsageError, match=r"give one ROWS file: remove y\.csv z\.csv"):
        taken_apart(["x.csv", "y.csv", "z.csv"], [])


def test_renamed_columns_hold_inputs() -> None:
    inputs = {"a": Input(type="bit"), "v": Input(type="bit", size=2)}
    asked = settings("e.csv", rename=("A=a", "x=1=v(0)", "e\u0301=v(1)"))
    assert renaming_of(asked, "csv", inputs) == {"A": "a", "x=1": "v(0)", "é": "v(1)"}


def test_the_dialect_of_csv() -> None:
    asked = settings("e.csv", delimiter="tab", decimal=",", na=("NA,?", "-9"))
    assert dialect_of(asked, "csv") == CsvDialect("\t", ",", ("NA", "?", "-9"), recognises=True)
    with pytest.raises(click.UsageError, match="--decimal is about rows of CSV"):
        dialect_of(settings("e.npy", decimal="."), "npy")


def test_rejects_skip_rows_and_need_a_file() -> None:
    skips = settings(rejects="wrong.csv")
    assert skips.skips
    with pytest.raises(click.UsageError, match="--rejects is about the rows of a file; name ROWS"):
        check_skipping(skips, None)
