"""What the code shall have less of: names that say little, and what is left untyped.

Each figure is a count per 1,000 lines of the package and may only fall: who lowers one writes the
new limit here. A name of the network format, such as the key `given` of a case, counts too.
"""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "framework/nnc"
NAMES = {
    "one": 0.3,
    "told": 0.1,
    "found": 0.1,
    "shown": 0.1,
    "given": 0.7,
    "written": 0.1,
    "fix": 0.1,
}
TEXTS = {r"\bAny\b": 16.2, r"# type: ignore": 0.3, r"# noqa": 0.5}


@cache
def sources() -> tuple[str, ...]:
    return tuple(file.read_text("utf-8") for file in sorted(PACKAGE.rglob("*.py")))


def names_in(tree: ast.AST) -> Counter[str]:
    """Count names where they are bound or used: variables, parameters, functions and classes."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            names.append(node.id)
        elif isinstance(node, ast.arg):
            names.append(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
    return Counter(name.lstrip("_").lower() for name in names)


def per_1000(count: int) -> float:
    return round(1000 * count / sum(source.count("\n") for source in sources()), 2)


@cache
def all_names() -> Counter[str]:
    return sum((names_in(ast.parse(source)) for source in sources()), Counter())


@pytest.mark.parametrize(("name", "limit"), NAMES.items())
def test_names_that_say_little_only_become_fewer(name: str, limit: float) -> None:
    assert per_1000(all_names()[name]) <= limit


@pytest.mark.parametrize(("text", "limit"), TEXTS.items())
def test_what_is_left_untyped_only_becomes_less(text: str, limit: float) -> None:
    assert per_1000(sum(len(re.findall(text, source)) for source in sources())) <= limit


def test_names_are_counted() -> None:
    tree = ast.parse("def _told(one): found = one.fix\nclass Found: pass")
    assert names_in(tree) == {"told": 1, "one": 2, "found": 2}
