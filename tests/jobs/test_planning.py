"""Which files are meant, how they are cut, and what their results are called."""

from pathlib import Path

import pytest

from nnc import FileError, InvalidRowsError
from nnc.files.selection import path_matches
from nnc.jobs.folders import is_pattern, split_pattern
from nnc.jobs.planning import files_of
from nnc.jobs.records import named_as

pytestmark = pytest.mark.usefixtures("rows_folder")


def names(path: str) -> list[str]:
    return [each.name for each in files_of(path).infos]


def test_a_folder_has_the_files_below_that_are_not_hidden() -> None:
    Path("in/.git").mkdir()
    Path("in/.git/x.csv").write_text("a,b\n")
    Path("in/year=2020").mkdir()
    Path("in/year=2020/x.csv").write_text("a,b\n")
    assert names("in") == ["below/y.jsonl", "x.csv", "year=2020/x.csv", "z.parquet"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("in/*.csv", ["x.csv"]),
        ("in/**/*", ["below/y.jsonl", "x.csv", "z.parquet"]),
        ("in/*", ["x.csv", "z.parquet"]),
        ("in/?.[cp]*", ["x.csv", "z.parquet"]),
        ("in/[!x].*", ["z.parquet"]),
        ("*/below/*", ["in/below/y.jsonl"]),
        ("in/_*", ["_SUCCESS"]),
        ("in/x.csv", ["x.csv"]),
    ],
)
def test_a_pattern_has_the_files_that_match(pattern: str, found: list[str]) -> None:
    assert names(pattern) == found


def test_no_files_are_a_mistake() -> None:
    Path("none").mkdir()
    for path in ("none", "in/*.tsv"):
        with pytest.raises(FileError, match="there is no file of rows in it"):
            files_of(path)
    with pytest.raises(FileError, match="there is no such file"):
        files_of("in/w.csv")


def test_addresses_and_patterns_are_told_apart() -> None:
    assert is_pattern("in/*.csv")
    assert not is_pattern("s3://b/in/?scheme=http")
    assert split_pattern("s3://b/in/*.csv?scheme=http") == ("s3://b/in?scheme=http", "*.csv")
    assert split_pattern("/x/*/y.csv") == ("/x", "*/y.csv")
    assert split_pattern("/*.csv") == ("/", "*.csv")
    assert split_pattern("*.csv") == (".", "*.csv")
    assert path_matches(["a[].csv"], ["a[].csv"])


@pytest.mark.parametrize(
    ("name", "form", "to", "part", "output"),
    [
        ("a.csv", "csv", "csv", None, "a.csv"),
        ("b/a.CSV.gz", "csv", "csv", None, "b/a.CSV.gz"),
        ("a.csv.gz", "csv", "parquet", None, "a.parquet"),
        ("a.pq", "parquet", "parquet", 3, "a-00003.pq"),
        ("a.parquet", "parquet", "jsonl", None, "a.jsonl"),
        ("a.txt", "csv", "csv", None, "a.txt.csv"),
        ("a.v1", "csv", "arrow", 0, "a.v1-00000.arrow"),
    ],
)
def test_results_are_named_as_their_files(
    name: str, form: str, to: str, part: int | None, output: str
) -> None:
    assert named_as(name, form, to, part) == output


def test_a_name_has_to_say_its_format() -> None:
    from nnc import job, loads
    from tests.support.running import XOR

    Path("in/read.me").write_text("hello")
    with pytest.raises(InvalidRowsError, match="the name does not say the format"):
        job(loads(XOR), "in/", "out/")
