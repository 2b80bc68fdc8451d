"""The page of promises: each one names tests, and each test that it names is there."""

import ast
import re
from pathlib import Path

import pytest

from tests.fuzz import TARGETS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/promises.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[^`:\s]+\.py)(?:::(\w+))?`", PAGE)
PROMISES = [
    line
    for line in PAGE.partition("## Promised")[2].partition("## Not promised")[0].splitlines()
    if line.startswith("| ") and line != "| promise | tested by |"
]


def named_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    return {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}


@pytest.mark.parametrize("line", PROMISES)
def test_every_promise_is_held_by_tests(line: str) -> None:
    _, promise, held, _ = line.split("|")
    assert promise.strip()
    assert re.fullmatch(r" `tests/[^`]+`(, `tests/[^`]+`)* ", held)
    assert held.count("`") // 2 == len(re.findall(r"`(tests/[^`:\s]+\.py)(?:::(\w+))?`", held))


@pytest.mark.parametrize(("file", "test"), sorted(set(NAMED)))
def test_every_test_that_is_named_is_there(file: str, test: str) -> None:
    found = named_in(ROOT / file)
    if test:
        assert test in found
    elif (ROOT / file).parent.name == "fuzz":
        assert Path(file).stem in TARGETS
    else:
        assert any(one.startswith("test_") for one in found)


def test_every_target_holds_a_promise() -> None:
    assert {Path(file).stem for file, _ in NAMED if "/fuzz/" in file} == set(TARGETS)
