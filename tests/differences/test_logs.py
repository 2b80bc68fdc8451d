"""The words of a history, in its forms for people."""

from typing import Any

import pytest

import nnc
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.differences.history import CommitChange, Version
from nnc.differences.log import LOGS
from nnc.differences.row_changes import Comparison
from nnc.opening.repository import Commit
from tests.support.running import MAIL

COMMIT = Commit("c0ffee" * 6 + "abcd", "t", ("p",), 0, "2026-05-04", "Ada", "Weigh more")
BEFORE = Version("beef" * 10, "mail.nn.yaml")


def change(kind: Any, **more: Any) -> CommitChange:
    return CommitChange(COMMIT, "mail.nn.yaml", kind, **more)


def text(*changes: CommitChange, form: str = "full") -> str:
    return "".join(LOGS[form](changes))


def against(after: str) -> Comparison:
    return nnc.compare(nnc.loads(MAIL), nnc.loads(after))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("added", "added"),
        ("removed", "removed"),
        ("first", "the first valid version"),
        ("cut", "the clone is shallow: what was there before is not known"),
    ],
)
def test_what_has_nothing_to_be_compared_with(kind: str, words: str) -> None:
    assert text(change(kind)) == f"c0ffeec0ff 2026-05-04 Ada: Weigh more\n  {words}\n"
    escaped = r"### c0ffeec0ff 2026\-05\-04 Ada: Weigh more"
    assert text(change(kind), form="markdown") == f"{escaped}\n\n```\n{words}\n```\n"


def test_more_than_one_error() -> None:
    wrong = [Diagnostic("missing-key", f"no `{key}`", file="c:m") for key in ("a", "b", "c")]
    for count, more in ((1, ""), (2, "; and 1 more error"), (3, "; and 2 more errors")):
        out = text(change("invalid", diagnostics=tuple(wrong[:count])))
        assert out.splitlines()[1] == f"  not valid: c:m: error[NNC103] missing-key: no `a`{more}"


def test_words_of_a_layout_and_of_other_inputs() -> None:
    same = against(MAIL.replace("score:\n", "score:  # sums\n").replace("max: 100", "max: 1e2"))
    lines = text(change("changed", before=BEFORE, comparison=same)).splitlines()
    assert lines[1].startswith("  no change in meaning")
    assert lines[2].startswith("  behaviour: equal (")
    wider = against(MAIL.replace("max: 100", "max: 200"))
    lines = text(change("changed", before=BEFORE, comparison=wider)).splitlines()
    notes = [f"    note: {note}" for note in wider.behaviour.notes]
    assert notes
    assert lines[-len(notes) :] == notes


def test_texts_of_others_stay_in_their_line() -> None:
    odd = COMMIT._replace(author="A\x1b[31mda", subject=f"a\tb\u2028{'x' * 400}")
    out = text(CommitChange(odd, "mail.nn.yaml", "added", renamed_from="o\nld.nn.yaml"))
    head, moved, added = out.splitlines()
    assert head.startswith(r"c0ffeec0ff 2026-05-04 A\x1b[31mda: a\tb\u2028xxx")
    assert len(head) < 240
    assert moved == r"  renamed o\nld.nn.yaml -> mail.nn.yaml"
    assert added == "  added"


def test_a_line_between_commits_and_none_without_any() -> None:
    for form in ("full", "markdown"):
        once = text(change("added"), form=form)
        assert text(change("added"), change("added"), form=form) == f"{once}\n{once}"
        assert text(form=form) == ""


@pytest.mark.parametrize("form", ["full", "markdown"])
def test_each_commit_is_a_piece(form: str) -> None:
    pieces = LOGS[form](change("added") if one else pytest.fail("read on") for one in (1, 0))
    assert "Weigh more" in next(pieces)
