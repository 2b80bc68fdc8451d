"""Document -> the one text of it, proved to say the same before anyone uses it."""

from __future__ import annotations

import re

from nnc.language.document import Document
from nnc.language.formatting.layout import laid_out
from nnc.language.formatting.reading import Written, read_tree

_LINE_END = re.compile(r"\r\n?")
_DIRECTIVE = re.compile(r"^%YAML[^\r\n#]*", re.MULTILINE)


class Unproved(Exception):
    """Formatting would not have left a text what it is: a bug of nnc, told before any harm."""


def formatted(document: Document) -> str:
    """Give the one text of a document that has no errors as YAML.

    Raises Unproved where that text has other values, other comments, or would change again.
    """
    text = document.text
    if document.parsed != text:  # a directive, which says nothing, is not kept
        text = _DIRECTIVE.sub("", text, count=1)
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    before = read_tree(text)
    result = _laid_out(before)
    if result != text:
        after = read_tree(result)
        if after.values != before.values:
            raise Unproved("its values would not be the same")
        if after.comments != before.comments:
            raise Unproved("its comments would not be the same")
        if _laid_out(after) != result:
            raise Unproved("formatting it again would change it again")
    return result


def _laid_out(written: Written) -> str:
    return laid_out(written.tree, written.above, written.below)
