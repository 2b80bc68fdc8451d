"""Network files, a little wrong or sound: each is told whole, or formatted, digested, evaluated.

Whatever stands in a file, there is no exception, and every finding has a place. What `nnc fmt`
writes has the same findings and the same digest, and stays as it is. The parser in pure Python
reads what libyaml reads. A network without errors gives what the oracle gives.
"""

import math
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import nnc
from nnc.compiler.plan import Plan, build_plan
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath
from nnc.language.document import parser, reader
from nnc.language.document.reader import is_newer, read_document
from nnc.language.formatting.formatted import formatted
from nnc.numbers.exact import show_number
from nnc.opening.checking import Checked, check
from tests.fuzz import trees
from tests.fuzz.mutants import mutated
from tests.support import oracle
from tests.support.networks import SLOW
from tests.support.oracle import Oracle
from tests.support.strategies import EVERY, example, number
from tests.test_oracle import expected, given_by

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("configs", "tests/invalid", "tests/schema_corpus", "tests/formatting")
    for path in ROOT.glob(f"{folder}/**/*.nn.yaml")
    if path.stat().st_size < 8000 and path.name not in SLOW
)
BYTES = {path: path.read_bytes() for path in FILES}
SECONDS = 30
"""CPU time of a trial: a file may have 2^25 signals, and each of them takes its time."""
ENDED = re.compile(rb"\w\?")
"""In brackets PyYAML's own parser, and the oracle's, ends plain text there; libyaml does not."""
MOST_SIGNALS = 300
"""Signals of a network that is evaluated, by plain fractions too."""


class Place(NamedTuple):
    """Where a file stands, in messages and on the disk; a text that stands nowhere has no path."""

    file: str
    path: Path | None = None
    root: Path | None = None


def trial(rng: Random) -> None:
    if rng.random() < 0.4:
        path = rng.choice(FILES)
        try_out(_changed(BYTES[path], rng), Place("mutated.nn.yaml", path, ROOT), rng)
        return
    drawn = example(rng, 1, EVERY if rng.random() < 0.5 else ())
    if not drawn.files:
        try_out(_changed(drawn.text.encode(), rng), Place("mutated.nn.yaml"), rng)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = drawn.put(Path(folder))
        others = [name for name in drawn.files if name.endswith(".nn.yaml")]
        if others and rng.random() < 0.3:
            other = Path(folder, rng.choice(others))
            other.write_bytes(_changed(other.read_bytes(), rng))
            data = path.read_bytes()
        else:
            data = _changed(path.read_bytes(), rng)
        try_out(data, Place("mutated.nn.yaml", path, Path(folder)), rng)


def replay(data: bytes) -> None:
    try_out(data, Place("mutated.nn.yaml", ROOT / "mutated.nn.yaml", ROOT), Random(0))


def _changed(data: bytes, rng: Random) -> bytes:
    kind = rng.random()
    if kind < 0.05:
        return data
    if kind < 0.4:
        return mutated(data, rng)
    tree = trees.read(data.decode("utf-8", "replace"))
    if tree is None:
        return mutated(data, rng)
    change = trees.renumbered if kind < 0.75 else trees.changed
    return trees.written(change(tree, rng), rng).encode()


def try_out(data: bytes, at: Place, rng: Random) -> None:
    if ENDED.search(data):
        return
    try:
        _try_out(data, at, rng)
    except BaseException as error:
        error.add_note(f"the file: {data!r}")
        raise


def _try_out(data: bytes, at: Place, rng: Random) -> None:
    checked = told(data, at)
    if not checked.document.diagnostics and not is_newer(checked.document):
        check_format(checked, at)
    if rng.random() < 0.3:
        check_pure(data, checked, at)
    if checked.graph is not None:
        plan = build_plan(checked.graph, "mutated")
        nnc.digest(plan)
        check_values(plan, data, at.path.parent if at.path else Path(), rng)


# ---------------------------------------------------------------------------- what is told


def told(data: bytes, at: Place) -> Checked:
    """Check a file, and check what every report must have."""
    checked = check(data, at.file, path=at.path, root=at.root)
    lines = re.split(r"\r\n|\n|\r", data.decode("utf-8", "surrogateescape").removeprefix("\ufeff"))
    for one in checked.diagnostics:
        assert is_whole(one), one
        assert one.file != at.file or is_within(one, lines), one
    assert (checked.graph is None) == bool(checked.obstacles)
    assert (checked.network is None) == bool(checked.errors)
    return checked


def is_whole(one: Diagnostic) -> bool:
    """Whether a finding has all that a person needs."""
    return (
        bool(one.file)
        and one.about.code.startswith("NNC")
        and bool(one.message)
        and "\n" not in one.message
        and all(label.span is not None for label in one.labels)
    )


def is_within(one: Diagnostic, lines: list[str]) -> bool:
    """Whether a finding in the file itself has a place there."""
    span = one.span
    return (
        span is not None
        and 1 <= span.line <= span.end_line <= len(lines)
        and span.column >= 1
        and (span.line, span.column) < (span.end_line, span.end_column)
        and span.column <= len(lines[span.line - 1]) + 1
        and span.end_column <= len(lines[span.end_line - 1]) + 2
    )


# -------------------------------------------------------------------------------- formatted


def check_format(checked: Checked, at: Place) -> None:
    text = formatted(checked.document)
    document = read_document(text.encode(), at.file)
    assert document.diagnostics == []
    assert formatted(document) == text
    after = check(text.encode(), at.file, path=at.path, root=at.root)
    assert _rules(after) == _rules(checked)
    if checked.graph is not None and after.graph is not None:
        before, now = (build_plan(one.graph) for one in (checked, after) if one.graph)
        assert nnc.digest(before) == nnc.digest(now)


def _rules(checked: Checked) -> list[str]:
    return sorted(one.rule for one in checked.diagnostics)


# ---------------------------------------------------------------------- two parsers of YAML


def check_pure(data: bytes, checked: Checked, at: Place) -> None:
    """Check a file again where libyaml is absent."""
    with pure():
        slow = told(data, at)
    assert bool(slow.errors) == bool(checked.errors)
    if not checked.errors:
        same(data)


@contextmanager
def pure() -> Iterator[None]:
    """Parse as where libyaml is absent, and nothing is regular."""
    fast, parser.Parser = parser.Parser, parser.PythonParser
    regularly, reader._read_regularly = reader._read_regularly, lambda _: False
    assert fast is not parser.PythonParser
    try:
        yield
    finally:
        parser.Parser, reader._read_regularly = fast, regularly


def same(data: bytes) -> None:
    """Check that both parsers give the same values, places and findings."""
    fast = read(data)
    with pure():
        assert read(data) == fast, data


def read(data: bytes) -> tuple[Any, ...]:
    document = read_document(data, "a")
    assert document.complete, data
    parts = [(path, key) for path in paths(document.value) for key in (False, True)]
    spans = [one.span for one in document.locate(parts)]
    return kinds(document.value), spans, list(map(str, document.diagnostics))


def paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    yield path
    if isinstance(value, dict):
        for key, one in value.items():
            yield from paths(one, (*path, key))
    elif isinstance(value, list):
        for i, one in enumerate(value):
            yield from paths(one, (*path, i))


def kinds(value: Any) -> Any:
    """Give values, and of texts whether they stood in quotes."""
    if isinstance(value, dict):
        return {key: kinds(one) for key, one in value.items()}
    if isinstance(value, list):
        return [kinds(one) for one in value]
    return type(value).__name__, str(value)


# --------------------------------------------------------------------------------- evaluated


def check_values(plan: Plan, data: bytes, folder: Path, rng: Random) -> None:
    """Evaluate a few rows, and as many as are evaluated otherwise; the oracle decides."""
    width = sum(one.width for one in plan.inputs.values())
    if plan.signals + width > MOST_SIGNALS:
        return
    exact = Oracle(oracle.loads(data.decode("utf-8-sig")), folder)
    given = [
        name
        for name, one in plan.inputs.items()
        if one.default is None or rng.random() < 0.7
    ]  # fmt: skip
    rows = [{name: within(plan.inputs[name], rng) for name in given} for _ in range(3)]
    wanted = expected(exact, rows)
    for times in (1, 10):
        columns = {name: [row[name] for row in rows] * times for name in given}
        try:
            found = given_by(plan, columns, len(rows) * times)
        except nnc.InvalidRowsError as error:
            if {one.rule for one in error.diagnostics} == {"row-not-allowed"}:
                return  # the network assumes that there is no such row
            raise
        many = {alias: values * times for alias, values in wanted.items()}
        assert found == many, (rows, found, many)


def within(one: nnc.Input, rng: Random) -> Any:
    """Draw a value of an input, often one of its bounds."""
    if one.of is not None:
        return rng.choice(one.of)
    if one.size is not None:
        return [within(one.model_copy(update={"size": None}), rng) for _ in range(one.size)]
    if one.type == "bit":
        return show_number(rng.choice(one.state_values))
    value = Fraction(number(rng))
    if one.min is not None:
        value = max(value, Fraction(one.min))
    if one.max is not None:
        value = min(value, Fraction(one.max))
    if one.type == "integer":
        whole = math.ceil(value)
        value = Fraction(whole if one.max is None or whole <= one.max else math.floor(value))
    return str(value)
