"""Parts of texts begin where a row does; tests/jobs/test_parts.py reads and evaluates them."""

import csv
import io
import random

import pytest

from nnc.rows import parts


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("block", [1, 7, 64])
@pytest.mark.parametrize("seed", range(20))
def test_the_rows_of_all_parts_are_those_of_the_file(
    monkeypatch: pytest.MonkeyPatch, seed: int, block: int
) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", 20)
    monkeypatch.setattr(parts, "_BLOCK_BYTES", block)
    draw = random.Random(seed)
    cells = ["1", "x y", '"x"', '"x\ny"', '"\n1,1\n"', '"a""\n""b"', '""', '"\r\n"', '"""\n"', "é"]
    end = draw.choice(["\n", "\r\n"])
    lines = ["a,b", *(",".join(draw.choices(cells, k=draw.randint(1, 3))) for _ in range(60))]
    data = (draw.choice(["", "\ufeff"]) + end.join(lines) + draw.choice(["", end])).encode()
    rows = rows_of(data)
    found = parts.csv_lines(io.BytesIO(data), len(data), draw.choice([None, ","]))
    assert len(found) > 1
    assert rows_of(data[: found[0].header]) == rows[:1]
    for part in found:
        below = rows_of(data[part.start : part.end])
        assert rows[1 + part.before :][: len(below)] == below
        assert part.line == 1 + data.count(b"\n", 0, part.start)
    assert [part.end for part in found] == [part.start for part in found[1:]] + [len(data)]


@pytest.mark.parametrize("wrong", ["1\r2", '1"', 'x"y"', '"x"y', "1" * 100])
def test_nothing_is_cut_behind_what_is_not_plain(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", 20)
    monkeypatch.setattr(parts, "_BLOCK_BYTES", 10)
    monkeypatch.setattr(parts, "_MAX_ROW_BYTES", 50)
    data = "\n".join(["a,b", *["1,0"] * 30, f"{wrong},0", *["1,0"] * 30]).encode()
    found = parts.csv_lines(io.BytesIO(data), len(data), None)
    assert len(found) > 3
    assert found[-1].start <= data.index(wrong.encode()) < found[-1].end == len(data)


def test_a_header_that_ends_late_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", 20)
    monkeypatch.setattr(parts, "_BLOCK_BYTES", 2)
    data = ('"a\nb"\n' + "1\n" * 60).encode()
    assert parts.csv_lines(io.BytesIO(data), len(data), None) == [parts.Lines(0, 0, len(data), 1)]
