"""Mutated files: diagnostics with a place or a valid network; never an exception, never slow.

And the parser in pure Python gives what libyaml gives.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from nnc.diagnostics import Diagnostic
from nnc.diagnostics import Path as KeyPath
from nnc.document import Document, parser, read_document
from nnc.pipeline import Checked, check
from nnc.plan import build_plan
from strategies import example

ROOT = Path(__file__).parents[1]
IN_A_CHUNK = 200  # of 20,000
SLOWEST = 2.0  # seconds
FILES = sorted(
    path.read_bytes()
    for folder in ("configs", "tests/invalid")
    for path in ROOT.glob(f"{folder}/**/*.nn.yaml")
    if path.stat().st_size < 8000
)
SPECIALS = (
    *"&*!|>%@`\"'{}[],:-?#~<=\\\t\r\n\0\x7f\x85\xa0\u2028\ufeff\U0001f600e\u0301",
    "---\n", "...\n", "<<: ", "? ", "- ", ": ", "!!int ", "&x ", "*x", "%YAML 1.1\n", "\r\n",
    "{a: 1}", "[a(0)]", "a[0]", "1e999", "0x1F", ".nan", "null", "''", "states: ", "size: 3",
    "\n  ", "\n\n", "#", " #", "\\ud800", '"\\ud800"', "a" * 1100, "9" * 401, "{" * 70, "[" * 70,
)  # fmt: skip
TOKEN = re.compile(rb"\w+|[^\w\s]+")


def mutated(rng: Random) -> bytes:
    data = rng.choice(FILES) if rng.random() < 0.5 else example(rng).text.encode()
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = rng.choice(MUTATIONS)(data, rng)
    return data


def flipped(data: bytes, rng: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def line_deleted(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if lines:
        del lines[rng.randrange(len(lines))]
    return b"".join(lines)


def line_doubled(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if lines:
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
    return b"".join(lines)


def swapped(data: bytes, rng: Random) -> bytes:
    tokens = list(TOKEN.finditer(data))
    if len(tokens) < 2:
        return data
    a, b = sorted(rng.sample(tokens, 2), key=re.Match.start)
    return b"".join((data[: a.start()], b[0], data[a.end() : b.start()], a[0], data[b.end() :]))


def token_replaced(data: bytes, rng: Random) -> bytes:
    tokens = list(TOKEN.finditer(data))
    if not tokens:
        return data
    one, other = rng.choice(tokens), rng.choice(tokens)
    return data[: one.start()] + other[0] + data[one.end() :]


def special_inserted(data: bytes, rng: Random) -> bytes:
    place = rng.randint(0, len(data))
    return data[:place] + rng.choice(SPECIALS).encode() + data[place:]


def truncated(data: bytes, rng: Random) -> bytes:
    return data[: rng.randint(0, len(data))]


def indented(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if lines:
        place = rng.randrange(len(lines))
        lines[place] = b" " * rng.randint(1, 3) + lines[place]
    return b"".join(lines)


def joined(data: bytes, rng: Random) -> bytes:
    return data + rng.choice((b"", b"---\n", b"\xef\xbb\xbf")) + rng.choice(FILES)


MUTATIONS = (
    flipped, line_deleted, line_doubled, swapped, token_replaced, special_inserted,
    special_inserted, truncated, indented, joined,
)  # fmt: skip


def told(data: bytes) -> Checked:
    """Check a file, and check what every report must have."""
    start = time.process_time()
    try:
        checked = check(data, "mutated.nn.yaml")
    except Exception as error:
        raise AssertionError(data) from error
    assert time.process_time() - start < SLOWEST, data
    lines = re.split(r"\r\n|\n|\r", data.decode("utf-8", "surrogateescape").removeprefix("\ufeff"))
    for one in checked.diagnostics:
        assert is_whole(one, lines), (one, data)
    assert (checked.graph is None) == bool(checked.errors), data
    assert (checked.network is None) == bool(checked.errors), data
    if checked.graph is not None:
        build_plan(checked.graph)
    return checked


def is_whole(one: Diagnostic, lines: list[str]) -> bool:
    span = one.span
    return (
        one.file == "mutated.nn.yaml"
        and one.about.code.startswith("NNC")
        and bool(one.message)
        and "\n" not in one.message
        and span is not None
        and 1 <= span.line <= span.end_line <= len(lines)
        and span.column >= 1
        and (span.line, span.column) < (span.end_line, span.end_column)
        and span.column <= len(lines[span.line - 1]) + 1
        and span.end_column <= len(lines[span.end_line - 1]) + 2
        and all(label.span is not None for label in one.labels)
    )


def test_mutated_files(chunk: int) -> None:
    rng = Random(f"mutations {chunk}")
    valid = sum(told(mutated(rng)).graph is not None for _ in range(IN_A_CHUNK))
    assert valid < IN_A_CHUNK / 2


# ------------------------------------------------------------- the parser in pure Python


@contextmanager
def pure() -> Iterator[None]:
    """Parse as where libyaml is absent."""
    fast, parser.Parser = parser.Parser, parser.PythonParser
    assert fast is not parser.PythonParser
    try:
        yield
    finally:
        parser.Parser = fast


def paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    yield path
    if isinstance(value, dict):
        for key, one in value.items():
            yield from paths(one, (*path, key))
    elif isinstance(value, list):
        for i, one in enumerate(value):
            yield from paths(one, (*path, i))


def places(read: Document) -> list[Diagnostic]:
    """Every key and every value, with its place."""
    return read.located(Diagnostic("tab", "here", path, key=key)
                        for path in paths(read.value) for key in (False, True))  # fmt: skip


def kinds(value: Any) -> Any:
    """Values, and of texts whether they stood in quotes."""
    if isinstance(value, dict):
        return {key: kinds(one) for key, one in value.items()}
    if isinstance(value, list):
        return [kinds(one) for one in value]
    return type(value).__name__, str(value)


def read(data: bytes) -> tuple[Any, ...]:
    document = read_document(data, "a")
    assert document.complete, data
    found = [(str(one), one.span) for one in places(document)]
    return kinds(document.value), found, list(map(str, document.diagnostics))


def same(data: bytes) -> None:
    fast = read(data)
    with pure():
        assert read(data) == fast, data


@pytest.mark.parametrize("data", [f for f in FILES if check(f, "a").network is not None])
def test_pure_python_reads_the_networks_people_use(data: bytes) -> None:
    same(data)


def test_pure_python_reads_valid_files_alike(chunk: int) -> None:
    rng = Random(f"pure {chunk}")
    for _ in range(40):
        same(example(rng).text.encode())


def test_pure_python_on_mutated_files(chunk: int) -> None:
    rng = Random(f"mutations in pure Python {chunk}")
    files = [mutated(rng) for _ in range(IN_A_CHUNK // 4)]
    fast = [bool(check(data, "a").errors) for data in files]
    with pure():
        for data, invalid in zip(files, fast, strict=True):
            assert bool(told(data).errors) == invalid, data
