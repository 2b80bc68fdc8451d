"""Fixing a file: its edits are made, and proved by reading the text again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.language.fixes import edited, without_overlaps
from nnc.opening.checking import Checked

_MAX_PASSES = 10
_MAX_ALONE = 100  # edits that are tried one by one, where all together do not help


class FixedFile(NamedTuple):
    """A file after its fixes: its bytes, the remaining diagnostics, and those that were fixed."""

    data: bytes
    checked: Checked
    done: tuple[Diagnostic, ...] = ()


def fixed(
    data: bytes, checked: Checked, check: Callable[[bytes], Checked], *, unsafe: bool
) -> FixedFile:
    """Make the edits of a checked file until there are none; `check` reads a text again.

    An edit is made only if its diagnostic is gone afterwards and the text is no worse as YAML.
    """
    file = FixedFile(data, checked)
    for _ in range(_MAX_PASSES):
        fixable = [each for each in fixable_of(file.checked, unsafe=unsafe) if each.fix]
        if not fixable:
            break
        together = without_overlaps(fixable)
        after = _try(file, together, check)
        if after is None:
            alone = (_try(file, [each], check) for each in fixable[:_MAX_ALONE])
            after = next((each for each in alone if each is not None), None)
        if after is None:
            break
        file = after
    return file


def fixable_of(checked: Checked, *, unsafe: bool) -> list[Diagnostic]:
    """Return the diagnostics of a file that have edits, safe ones or all."""
    own = [
        diagnostic
        for diagnostic in checked.diagnostics
        if diagnostic.file == checked.file and diagnostic.fix
    ]
    return [each for each in own if unsafe or each.is_fix_safe]


def _try(
    file: FixedFile, diagnostics: Sequence[Diagnostic], check: Callable[[bytes], Checked]
) -> FixedFile | None:
    """Make the edits of some diagnostics; None if they stay, or the YAML gets worse."""
    before = file.checked
    mark = b"\xef\xbb\xbf" if file.data.startswith(b"\xef\xbb\xbf") else b""
    edits = [edit for diagnostic in diagnostics for edit in diagnostic.fix]
    data = mark + edited(before.document, edits).encode()
    after = check(data)
    left = _counts(before) - Counter(_name(each) for each in diagnostics)
    is_gone = all(_counts(after)[_name(each)] <= left[_name(each)] for each in diagnostics)
    if not is_gone or not after.document.complete or _bad_yaml(after) > _bad_yaml(before):
        return None
    return FixedFile(data, after, (*file.done, *diagnostics))


def _name(diagnostic: Diagnostic) -> tuple[str, str]:
    return diagnostic.rule, diagnostic.message


def _counts(checked: Checked) -> Counter[tuple[str, str]]:
    return Counter(map(_name, checked.diagnostics))


def _bad_yaml(checked: Checked) -> int:
    return sum(diagnostic.about.code.startswith("NNC0") for diagnostic in checked.diagnostics)
