"""What the words and options of a command say of the rows in."""

from pathlib import Path

import click
import pytest

from nnc.language.network import Input
from nnc.rows.dialect import CsvDialect
from nnc.terminal.row_settings import (
    RowSettings,
    check_skipping,
    dialect_of,
    renaming_of,
    taken_apart,
    values_of,
)
from tests.support.running import Nnc


def settings(file: str | None = None, **values: object) -> RowSettings:
    defaults: dict[str, object] = {
        "settings": (),
        "every": False,
        "number": None,
        "source": None,
        "extra": None,
        "on_error": None,
        "rejects": None,
        "delimiter": None,
        "decimal": None,
        "na": (),
        "rename": (),
        "rest": None,
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


@pytest.mark.parametrize(
    ("text", "renaming"),
    [
        ("Fever\n(C)=a", {"Fever\n(C)": "a"}),
        ("x\ny=a,z\n=b", {"x\ny": "a", "z\n": "b"}),
        ("p=1,q=a", {"p=1,q": "a"}),
        ("p=1,q=a,r=b", {"p=1,q": "a", "r": "b"}),
        ("r=b,p=1,q=2,s=a", {"r": "b", "p=1,q=2,s": "a"}),
        ("r=b,p=1", "--rename p=1: `1` is not an input; the inputs are a, b"),
        ("A=a,p,q=b", {"A": "a", "p,q": "b"}),
        ("A=a\n,B=b", "`a\n` is not an input; did you mean `a`"),
        ("A=aa,B=b", "`aa` is not an input; did you mean `a`"),
        ("A=,B=b", "--rename A=: write COLUMN=NAME"),
    ],
)
def test_commas_between_renamings_and_in_them(text: str, renaming: object) -> None:
    inputs = {"a": Input(type="bit"), "b": Input(type="bit")}
    asked = settings("e.csv", rename=(text,))
    if isinstance(renaming, dict):
        assert renaming_of(asked, "csv", inputs) == renaming
        return
    with pytest.raises(click.UsageError, match=str(renaming)):
        renaming_of(asked, "csv", inputs)


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


# ------------------------------------------------------------------------ one set of options

NETWORK = """\
nnc: 1
inputs: {age: real, dose: real, sick: bit}
neurons:
  old: {weights: {age: 1, dose: 2.5}, threshold: 60.5}
  risk: {weights: {old: 1, sick: 1}, threshold: 1, fires: at_least}
outputs: [risk]
"""
READERS = (
    ["eval", "net.nn.yaml", "rows.csv"],
    ["why", "net.nn.yaml", "rows.csv", "--row", "2"],
    ["draw", "net.nn.yaml", "rows.csv", "--row", "2", "-o", "net.svg"],
    ["view", "net.nn.yaml", "rows.csv", "-o", "net.html"],
    ["repair", "net.nn.yaml", "rows.csv", "--label", "died=risk"],
)
"""Each command that reads ROWS for a network."""
AS_WRITTEN = ["--decimal", ",", "--delimiter", ";", "--na", "NA", "--rename", "Age=age"]


@pytest.fixture
def reading(nnc: Nnc) -> Nnc:
    Path("net.nn.yaml").write_text(NETWORK)
    Path("rows.csv").write_text("id;Age;sick;died\np1;70,5;0;1\np2;NA;1;1\n")
    return nnc


@pytest.mark.parametrize("words", READERS, ids=lambda words: words[0])
def test_every_command_reads_rows_as_the_same_options_say(reading: Nnc, words: list[str]) -> None:
    ran = reading(*words, *AS_WRITTEN, "--rest", "0")
    assert ran.code == 0, ran.err
    assert ran.err.count("NNC502") == 2  # in the line, and where it is explained
    labels = ["id"] if words[0] == "repair" else ["id", "died"]
    assert all(f"`{name}`" in ran.err for name in labels)
    assert ("--extra keep" in ran.err) == (words[0] == "eval")
    assert reading(*words, *AS_WRITTEN, "--rest", "0", "--strict").code == 1
    ran = reading(*words, *AS_WRITTEN)
    assert (ran.code, "--rest" in ran.err) == (1, False)  # no age is 0
    assert "without one, a `default` in the network counts" in ran.err
    ran = reading(*words, "--floats", "decimal")
    assert (ran.code, "--floats is about binary floats" in " ".join(ran.err.split())) == (2, True)


@pytest.mark.parametrize("words", READERS[1:4], ids=lambda words: words[0])
def test_every_command_warns_where_floats_decide(reading: Nnc, words: list[str]) -> None:
    network = NETWORK.replace("threshold: 60.5", "threshold: 0.7, fires: at_least")
    Path("net.nn.yaml").write_text(network.replace("age: 1, dose: 2.5", "age: 1"))
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pytest.importorskip("pyarrow").table({"age": [0.7] * 2, "sick": [0, 0]})
    parquet.write_table(table, "rows.parquet")
    words = [*words[:2], "rows.parquet", *words[3:], "--rest", "0"]
    ran = reading(*words)
    assert (ran.code, "--floats decimal" in ran.err) == (0, True), ran.err
    assert "--floats" not in reading(*words, "--floats", "binary").err


@pytest.mark.parametrize("words", READERS[1:], ids=lambda words: words[0])
def test_options_of_rows_without_rows_are_refused(reading: Nnc, words: list[str]) -> None:
    for option in (
        ["--decimal", ","], ["--rename", "Age=age"], ["--from", "csv"],
    ):  # fmt: skip
        ran = reading(words[0], "net.nn.yaml", *option)
        assert ran.code == 2
        assert "ROWS" in ran.err


def test_eval_and_repair_refuse_options_of_rows_without_rows(reading: Nnc) -> None:
    values = ("--set", "age=1,dose=1,sick=1")
    for option in (["--from", "csv"], ["--extra", "keep"]):
        ran = reading("eval", "net.nn.yaml", *values, *option)
        assert (ran.code, f"{option[0]} is about ROWS: name the file" in ran.err) == (2, True)
    assert reading("eval", "net.nn.yaml", "--set", "age=1", "--rest", "1").code == 0
    ran = reading("repair", "net.nn.yaml", "--rest", "1")
    assert (ran.code, "--rest is about inputs without a column of ROWS" in ran.err) == (2, True)
