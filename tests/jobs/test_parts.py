"""Large texts are cut into parts, which together are read as the whole file is."""

import random
import re
from pathlib import Path

import pytest

from nnc.jobs import planning
from nnc.rows import parts
from nnc.rows.json import jsonl
from tests.support.running import Nnc

pytestmark = pytest.mark.usefixtures("tiny_parts")

NETWORK = """\
nnc: 1
fires: at_least
inputs: {a: bit, b: {type: bit, default: 0}}
neurons: {n: {weights: {a: 1, b: 1}, threshold: 1}}
outputs: {n: n}
"""
ASSUMING = NETWORK + "assume: [{never: {a: 1, b: 1}}]\n"


@pytest.fixture
def tiny_parts(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - its folder
    monkeypatch.setattr(planning, "PART_BYTES", 24)
    monkeypatch.setattr(parts, "PART_BYTES", 24)
    monkeypatch.setattr(parts, "_BLOCK_BYTES", 16)
    Path("n.nn.yaml").write_text(NETWORK)


def joined(folder: str, suffix: str) -> tuple[int, str]:
    """Return how many results there are, and all of their rows below one header."""
    texts = [file.read_text() for file in sorted(Path(folder).glob(f"*{suffix}"))]
    if suffix == ".csv":
        first = re.match(r'(?:"[^"]*"|[^"\n])*\n', texts[0])
        assert first is not None
        header = first[0]
        return len(texts), header + "".join(text.removeprefix(header) for text in texts)
    return len(texts), "".join(texts)


def errors(text: str) -> list[str]:
    """Return the errors in a report, and their places: a job that fails has no warnings."""
    return re.findall(r"^error.*\n.*", text, re.MULTILINE)


def compare(nnc: Nnc, data: bytes, *options: str, suffix: str = ".csv") -> int:
    """Check that a file gives in parts what it gives as a whole, and return how many there are."""
    name = f"rows{suffix}"
    Path(name).write_bytes(data)
    for old in (*Path().glob("out/**/*"), *Path().glob("wrong/**/*"), Path(f"whole{suffix}")):
        if old.is_file():
            old.unlink()
    skips = ("--on-error", "skip", "--rejects") if "skip" in options else ()
    options = tuple(option for option in options if option != "skip")
    in_parts = ("eval", "n.nn.yaml", name, "-o", "out/", *options)
    whole = ("eval", "n.nn.yaml", name, "-o", f"whole{suffix}", *options)
    code, _, err = nnc(*in_parts, *skips, *(["wrong/"] if skips else []))
    whole_code, _, whole_err = nnc(*whole, *skips, *([f"wrong{suffix}"] if skips else []))
    assert code == whole_code
    if not Path(f"whole{suffix}").exists():
        assert errors(err) == errors(whole_err) != []
        return 0
    count, text = joined("out", suffix)
    assert text == Path(f"whole{suffix}").read_text()
    if skips and list(Path("wrong").glob("*")):
        assert joined("wrong", suffix)[1] == Path(f"wrong{suffix}").read_text()
    return count


ROWS = [f"{row % 2},{row % 3 == 0:d}" for row in range(60)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("options", [(), ("skip",)])
def test_plain_lines(nnc: Nnc, end: str, mark: str, options: tuple[str, ...]) -> None:
    data = (mark + end.join(["a,b", *ROWS])).encode()
    assert compare(nnc, data, *options) > 5
    assert compare(nnc, data + end.encode() * 3, *options) > 5


def test_lines_that_end_with_cr_alone_are_not_cut(nnc: Nnc) -> None:
    assert compare(nnc, "\r".join(["a,b", *ROWS]).encode()) == 1


def test_line_ends_in_quotes_are_not_ends_of_rows(nnc: Nnc) -> None:
    for seed in range(30):
        draw = random.Random(seed)
        cells = [
            "",
            "x",
            '"x"',
            '"x\ny"',
            '"\n1,1\n"',
            '"a""\n""b"',
            '""',
            '"\r\n"',
            "é,".strip(","),
        ]
        rows = [f"{row},{draw.choice(cells)}" for row in ROWS]
        end = draw.choice(["\n", "\r\n"])
        data = end.join(['"a",b,"no\nte"', *rows, ""]).encode()
        assert compare(nnc, data, "--extra", "keep") > 1, seed


@pytest.mark.parametrize(
    "line",
    [
        "2,0",
        "1",
        "1,0,0",
        "",
        ",",
        "# 1,0",
        '1,"0',
        '1,x"0\n"1",1',
        '"1"x,0',
        "1,\x00",
        "0,0\n\n\n1,1",
    ],
)
@pytest.mark.parametrize("options", [(), ("skip",)])
@pytest.mark.parametrize("place", [1, 25, 28, 59])
def test_a_mistake_in_any_line_is_reported_as_in_the_whole(
    nnc: Nnc, line: str, options: tuple[str, ...], place: int
) -> None:
    rows = [*ROWS[:place], line, *ROWS[place:]]
    compare(nnc, "\n".join(["a,b", *rows, ""]).encode(), *options)


def test_the_25th_row_is_named_by_its_number(nnc: Nnc) -> None:
    Path("n.nn.yaml").write_text(ASSUMING)
    rows = ["1,0"] * 24 + ["1,1"] + ["1,0"] * 24
    Path("rows.csv").write_text("\n".join(["a,b", *rows, ""]))
    code, _, err = nnc("eval", "n.nn.yaml", "rows.csv", "-o", "out/")
    assert code == 1
    assert "row 25 breaks the assumption" in err


@pytest.mark.parametrize("header", ["a,c", "a;b", "a,a", '"a,b', "a,\xff", "1,0", "\n\na,b"])
def test_a_mistake_in_the_header_is_reported_once(nnc: Nnc, header: str) -> None:
    rows = "\n".join([header, *ROWS, ""]).encode("latin-1")
    compare(nnc, rows)
    compare(nnc, rows, "--extra", "error")


def test_json_lines(nnc: Nnc) -> None:
    rows = [f'{{"a": {row[0]}, "b": {row[2]}, "t": "\\n\\""}}' for row in ROWS]
    for end in ("\n", "\r\n"):
        data = end.join([*rows, ""]).encode()
        assert compare(nnc, data, suffix=".jsonl") > 5
        assert compare(nnc, data, "skip", suffix=".jsonl") > 5
        assert compare(nnc, data, "--extra", "keep", suffix=".jsonl") > 5
        assert compare(nnc, data, "--rename", "t=a", "--extra", "keep", suffix=".jsonl") == 0
        assert compare(nnc, data, "--rename", "no=a", suffix=".jsonl") == 0
    for wrong in ("", "[1]", '{"a": 2}', '{"a": 1'):
        data = "\n".join([*rows[:25], wrong, *rows[25:]]).encode()
        compare(nnc, data, suffix=".jsonl")
        compare(nnc, data, "skip", suffix=".jsonl")


def test_keys_of_json_lines_that_come_late(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first rows of the file decide which keys are kept, also in parts that lack them."""
    rows = [f'{{"a": {row[0]}, "B": {row[2]}, "k{n // 20}": {n}}}' for n, row in enumerate(ROWS)]
    rows[30] = '{"a": 2, "k1": 7}'
    keep = ("--extra", "keep", "--rename", "B=b")
    for size in (1 << 20, 1 << 9):  # of what is read first
        monkeypatch.setattr(jsonl, "CHUNK", size)
        compare(nnc, "\n".join(rows).encode(), *keep, suffix=".jsonl")
        sound = "\n".join([*rows[:30], *rows[31:]]).encode()
        assert compare(nnc, sound, *keep, suffix=".jsonl") > 5
        assert compare(nnc, "\n".join(rows).encode(), *keep, "skip", suffix=".jsonl") > 5
    late = ['{"a": 0}'] * 20 + ['{"a": 0, "C": 1}']
    assert compare(nnc, "\n".join(late).encode(), "--rename", "C=b", suffix=".jsonl") == 1


def test_workers_write_the_same_bytes(nnc: Nnc) -> None:
    Path("rows.csv").write_text("\n".join(["a,b", *ROWS, ""]))
    for workers in "12":
        assert (
            nnc("eval", "n.nn.yaml", "rows.csv", "-o", f"{workers}/", "--workers", workers)[0] == 0
        )
    names = sorted(file.name for file in Path("1").iterdir())
    assert len(names) > 5
    assert [Path("2", name).read_bytes() for name in names] == [
        Path("1", name).read_bytes() for name in names
    ]


def test_other_texts_are_read_as_a_whole(nnc: Nnc) -> None:
    Path("rows.json").write_text("[" + ",\n".join(['{"a": 1}'] * 60) + "]")
    assert nnc("eval", "n.nn.yaml", "rows.json", "-o", "out/")[1] == ""
    assert sorted(file.name for file in Path("out").iterdir()) == ["_nnc.json", "rows.json"]


def test_the_header_says_what_may_stand_beside_a_quote(nnc: Nnc) -> None:
    rows = ["a,b,note", '0,1,p;"', *['1,0,",\n,"'] * 20]
    assert compare(nnc, "\n".join(rows).encode(), "skip", "--extra", "keep") == 1
