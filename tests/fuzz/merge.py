"""Three texts of a network, merged: nothing that one side says is lost, whoever comes first.

Any two edits merge without an exception. What merges cleanly is read as what both sides say, by a
merge of plain trees that knows no layout. Of a conflict, either side can be chosen. The driver of
git calls a merge one only where it is valid, or a side was not.
"""

import contextlib
import io
import os
import re
import tempfile
from pathlib import Path
from random import Random
from typing import Any

from nnc.cli.main import run
from nnc.differences.merging import Merged, merge
from nnc.language.document.reader import read_document
from nnc.language.formatting.formatted import formatted
from nnc.opening.checking import check
from tests.fuzz import trees
from tests.fuzz.mutants import line_deleted, line_doubled, mutated, swapped, token_replaced
from tests.fuzz.yaml import BYTES, FILES
from tests.support.opened import opened
from tests.support.strategies import example

LINES = (line_deleted, line_doubled, swapped, token_replaced)
LARGE = re.compile(r"\d{6}")  # four checks of millions of signals take longer than a trial may
ABSENT = object()
MARKS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


def trial(rng: Random) -> None:
    drawn = example(rng)
    text = opened(rng, drawn).text if rng.random() < 0.5 else drawn.text
    base = BYTES[rng.choice(FILES)] if rng.random() < 0.5 else text.encode()
    texts = [base.decode("utf-8", "replace")]
    texts += [_edited(texts[0], rng) for _ in range(2)]
    try:
        check_merge(*texts)
        if rng.random() < 0.05 and not any(map(LARGE.search, texts)):
            check_driver(*texts)
    except BaseException as error:
        error.add_note(f"base, ours, theirs: {texts!r}")
        raise


def _edited(text: str, rng: Random) -> str:
    """Edit a text, as a rule so that it can still be read."""
    for _ in range(4):
        edited = text
        for _ in range(rng.choice((1, 1, 2, 3))):
            edited = _with_edit(edited, rng)
        if not read_document(edited.encode(), "f").diagnostics or rng.random() < 0.1:
            return edited
    return text


def _with_edit(text: str, rng: Random) -> str:
    kind = rng.randrange(10)
    if kind < 4:
        return rng.choice(LINES)(text.encode(), rng).decode()
    if kind == 4:
        return mutated(text.encode(), rng).decode("utf-8", "replace")
    if kind == 5:
        document = read_document(text.encode(), "f")
        return text if document.diagnostics else formatted(document)
    tree = trees.read(text)
    if tree is None:
        return text
    if kind < 8:
        return trees.written(trees.changed(tree, rng), rng)
    return _renumbered(text, rng)


def _renumbered(text: str, rng: Random) -> str:
    """Change a number where it stands."""
    places = [place for place, one in enumerate(text) if one.isdigit()]
    if not places:
        return text
    place = rng.choice(places)
    return text[:place] + str(rng.randint(0, 99)) + text[place + 1 :]


# ---------------------------------------------------------------------------- what must hold


def check_merge(base: str, ours: str, theirs: str) -> None:
    for one in (ours, theirs):
        assert merge(base, one, base) == merge(base, base, one) == Merged(one)
        assert merge(base, one, one) == Merged(one)
    merged, turned = merge(base, ours, theirs), merge(base, theirs, ours)
    if merged is None or turned is None:
        assert merged is turned
        assert not all(map(is_mapping, (base, ours, theirs)))
        return
    if ours in (base, theirs) or theirs == base:
        return
    if merged.conflicts:
        if not any(mark in one for mark in MARKS for one in (base, ours, theirs)):
            for side in (0, 1):
                text = resolved(merged.text, side)
                assert not read_document(text.encode(), "f").diagnostics, text
        return
    sides = [tree_of(one) for one in (base, ours, theirs)]
    check_tree(sides[0], sides[1], sides[2], tree_of(merged.text))
    if not turned.conflicts:
        assert in_any_order(tree_of(merged.text)) == in_any_order(tree_of(turned.text))


def check_tree(base: Any, ours: Any, theirs: Any, merged: Any) -> None:
    """Check that what only one side has changed arrives, and what both have changed alike."""
    if ours == theirs or theirs == base:
        assert merged == ours, (base, ours, theirs, merged)
    elif ours == base:
        assert merged == theirs, (base, ours, theirs, merged)
    elif isinstance(ours, dict) and isinstance(theirs, dict) and isinstance(merged, dict):
        before = base if isinstance(base, dict) else {}
        keys = {*before, *ours, *theirs, *merged}
        for key in keys:
            one, two, three, four = (
                side.get(key, ABSENT) for side in (before, ours, theirs, merged)
            )
            check_tree(one, two, three, four)


def is_mapping(text: str) -> bool:
    """Whether a text can be read, and says things by name, as a network does."""
    document = read_document(text.encode(), "f")
    return not document.diagnostics and isinstance(document.value, dict)


def tree_of(text: str) -> Any:
    document = read_document(text.encode(), "f")
    assert not document.diagnostics, (text, document.diagnostics)
    return document.value


def in_any_order(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: in_any_order(one) for key, one in tree.items()}
    return sorted(map(in_any_order, tree), key=repr) if isinstance(tree, list) else tree


def resolved(text: str, side: int) -> str:
    """Resolve all conflicts by one of the sides, as a person would."""
    lines, at = [], None
    for line in text.splitlines(keepends=True):
        if line.startswith(MARKS):
            at = {"<": 0, "=": 1, ">": None}[line[0]]
        elif at in (None, side):
            lines.append(line)
    return "".join(lines)


def check_driver(*texts: str) -> None:
    """Merge as git has it done."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        names = ["base", "ours", "theirs"]
        for name, text in zip(names, texts, strict=True):
            Path(name).write_bytes(text.encode())
        said = io.TextIOWrapper(io.BytesIO(), "utf-8")
        with contextlib.redirect_stdout(said), open(os.devnull, "w") as nowhere:  # noqa: PTH123
            with contextlib.redirect_stderr(nowhere):
                code = run(["git", "merge-driver", *names, "7", "network.nn.yaml"])
            said.flush()
            told = said.buffer.getvalue().decode()  # type: ignore[attr-defined]
        assert (code, told) in ((0, "merged\n"), (1, "conflict\n"), (1, "")), (code, told)
        after = Path("ours").read_bytes()
    if told == "merged\n":
        valid = [not check(text.encode(), "f").errors for text in texts[1:]]
        assert not all(valid) or not check(after, "f").errors, after
    elif not told:
        assert after == texts[1].encode()
