"""Limit names that say little, untyped code, and docstrings that are not sentences.

Each limit is a count per 1,000 lines of the package and may only fall: whoever lowers a count
writes the new limit here. A name of the network format, such as the key `given` of a case, counts
too.
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
    "place": 15.2,
    "each": 10.7,
    "own": 5.2,
    "kind": 7.3,
    "at": 6.3,
    "whole": 5.3,
    "held": 1.1,
    "made": 0.9,
    "asked": 2.5,
}
NO_SENTENCES = r"(What|Whether|Where|How|So many|That|Of|Or)\b"
DOCSTRINGS = 0.0
"""How many docstrings per 1,000 lines begin with one of these words."""

TEXTS = {r"\bAny\b": 7.3, r"# type: ignore": 0.3, r"# noqa": 0.4, r"# fmt: skip": 0.5}
LOCAL_IMPORTS = 1.2
"""How many imports per 1,000 lines may stand in functions."""


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


def docstrings_in(tree: ast.AST) -> list[str]:
    """List the texts that stand alone as a statement: docstrings, also of constants and fields."""
    return [
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]


def per_1000(count: int) -> float:
    return round(1000 * count / sum(source.count("\n") for source in sources()), 2)


def imports_in_functions(tree: ast.AST) -> int:
    functions = [
        f for f in ast.walk(tree) if isinstance(f, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    inside = (node for function in functions for node in ast.walk(function))
    return len({node.lineno for node in inside if isinstance(node, (ast.Import, ast.ImportFrom))})


@cache
def counted() -> tuple[Counter[str], int, list[str]]:
    """Give the names of the package, how many imports stand in functions, and the docstrings."""
    names, imports, texts = Counter[str](), 0, list[str]()
    for tree in map(ast.parse, sources()):
        names += names_in(tree)
        imports += imports_in_functions(tree)
        texts += docstrings_in(tree)
    return names, imports, texts


@pytest.mark.parametrize(("name", "limit"), NAMES.items())
def test_names_that_say_little_only_become_fewer(name: str, limit: float) -> None:
    assert per_1000(counted()[0][name]) <= limit


@pytest.mark.parametrize(("text", "limit"), TEXTS.items())
def test_what_is_left_untyped_only_becomes_less(text: str, limit: float) -> None:
    assert per_1000(sum(len(re.findall(text, source)) for source in sources())) <= limit


def test_imports_in_functions_only_become_fewer() -> None:
    assert per_1000(counted()[1]) <= LOCAL_IMPORTS


def test_docstrings_that_are_no_sentences_only_become_fewer() -> None:
    told = sum(bool(re.match(NO_SENTENCES, text)) for text in counted()[2])
    assert per_1000(told) <= DOCSTRINGS


def test_docstrings_are_counted() -> None:
    tree = ast.parse('"""A module."""\nLIMIT = 3\n"""How many."""\ndef f() -> None: "Of it."')
    assert docstrings_in(tree) == ["A module.", "How many.", "Of it."]


def test_names_are_counted() -> None:
    tree = ast.parse("def _told(one): found = one.fix\nclass Found: pass")
    assert names_in(tree) == {"told": 1, "one": 2, "found": 2}
