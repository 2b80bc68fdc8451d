"""A document, or its file -> its one text, proved to say the same before anyone uses it."""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, Span
from nnc.files.opening import (
    STDIN,
    STDIN_NAME,
    begins_compiled,
    project_root,
    read_bytes,
    reason_of,
    resolved_inside,
)
from nnc.files.weights import sha256_of
from nnc.files.writing import open_atomically
from nnc.language.document.reader import is_newer, read_document, wrong_version
from nnc.language.document.text import Document, line_end_of, with_line_ends
from nnc.language.formatting.layout import Collection, lay_out
from nnc.language.formatting.parse import ParsedText, is_plain_alike, read_tree
from nnc.language.library import named_files
from nnc.language.mentions import composed
from nnc.numbers.exact import shorten
from nnc.version import VERSION

_ENDS = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}
_DIRECTIVE = re.compile(r"^%YAML[^\r\n#]*", re.MULTILINE)


class Unproved(Exception):
    """Formatting would not have left a text what it is: a bug in nnc, reported before any harm."""


def formatted(document: Document) -> str:
    """Return the one text of a document that has no errors as YAML, with LF as its line ends.

    Raises Unproved where that text has other values, other comments, or would change again.
    """
    text = document.text
    if document.parsed != text:  # a directive, which says nothing, is not kept
        text = _DIRECTIVE.sub("", text, count=1)
    text = with_line_ends(text, "\n")
    before = read_tree(text)
    result = _text_of(before)
    if result != text:
        after = read_tree(result)
        if after.values != before.values:
            raise Unproved("its values would not be the same")
        if after.comments != before.comments:
            raise Unproved("its comments would not be the same")
        if _text_of(after) != result:
            raise Unproved("formatting it again would change it again")
    return result


def _text_of(parsed: ParsedText) -> str:
    return lay_out(parsed.tree, parsed.above, parsed.below)


# ---------------------------------------------------------------------------------- digests


def _fill_digests(
    text: str, original: Document, folder: Path, root: Path
) -> tuple[str, list[Diagnostic]]:
    """Return a formatted text with the digest of each weight file, and the diagnostics.

    Names of files count from `folder` and lie inside `root`; places are those of the `original`.
    What cannot be read is an error, and its digest stays as it is. Raises Unproved where anything
    else would change.
    """
    document = read_document(text.encode(), original.file)
    diagnostics: list[Diagnostic] = []
    digests: dict[KeyPath, str] = {}
    for file in named_files(document.value):
        if file.kind != "weights":
            continue
        path, reference = file.path, file.mapping
        digest = _digest(path, file.name, folder, root)
        if isinstance(digest, Diagnostic):
            diagnostics.append(digest)
        elif digest != reference.get("sha256"):
            digests[path] = digest
            diagnostics.append(_renewed(path, reference))
    if digests:
        text = _with_digests(text, document, digests)
    return text, original.located(diagnostics)


def _digest(path: KeyPath, name: str, folder: Path, root: Path) -> str | Diagnostic:
    file_path = (*path, "file")
    target = resolved_inside(name, folder, root)
    if target is None:
        message = f"the weight file `{shorten(name)}` is outside the project root"
        return Diagnostic(
            "outside-project",
            message,
            file_path,
            help="move it, or give --root a folder with both",
        )
    try:
        return sha256_of(target, root)
    except OSError as error:
        message = f"the weight file `{shorten(name)}` cannot be opened: {reason_of(error)}"
        return Diagnostic("cannot-open", message, file_path, help="paths are relative to this file")


def _renewed(path: KeyPath, reference: dict[str, Any]) -> Diagnostic:
    is_new = "sha256" not in reference
    what = "has no sha256 here" if is_new else "is not the file whose sha256 is written here"
    message = f"the weight file `{shorten(reference['file'])}` {what}"
    hint = "--digest fills it in" if is_new else "--digest renews it, for the file as it is now"
    return Diagnostic("digest-renewed", message, (*path, "file" if is_new else "sha256"), help=hint)


def _with_digests(text: str, document: Document, digests: dict[KeyPath, str]) -> str:
    """Write digests into a text, last in their mappings, and check that nothing else changes."""
    parsed = read_tree(text)
    tree = parsed.tree
    assert isinstance(tree, Collection)
    for path, digest in digests.items():
        nodes, value = [tree], document.value
        for step in path:
            assert isinstance(value, dict)
            inner = nodes[-1].items[2 * list(value).index(str(step)) + 1]
            assert isinstance(inner, Collection)
            nodes.append(inner)
            value = value[str(step)]
        assert isinstance(value, dict)
        value["sha256"] = digest
        place = 2 * list(value).index("sha256")
        nodes[-1].items[place : place + 2] = ["sha256", digest]
        for node in reversed(nodes):
            node.close()
    result = lay_out(tree)
    again = read_tree(result)
    if not is_same(read_document(result.encode(), document.file).value, document.value):
        raise Unproved("more than its digests would change")
    if again.comments != parsed.comments or lay_out(again.tree) != result:
        raise Unproved("its comments or its layout would not survive")
    return result


def is_same(value: Any, other: Any) -> bool:
    """Compare values as they are written: in order, and quoted or not where that says something."""
    if isinstance(value, str) and is_plain_alike(value):
        return bool(value == other)
    if type(value) is not type(other):
        return False
    if isinstance(value, dict):
        return list(value) == list(other) and all(is_same(value[key], other[key]) for key in value)
    if isinstance(value, list):
        return len(value) == len(other) and all(map(is_same, value, other))
    return bool(value == other)


# ------------------------------------------------------------------------------------ files


@dataclass(frozen=True, slots=True)
class Formatted:
    """A file as it is, and as it should be: `after` is None where it stays as it is.

    `source` is where it is read from and written to, `file` what it is called in messages.
    """

    source: str
    file: str
    before: bytes
    after: bytes | None
    diagnostics: list[Diagnostic]

    @property
    def is_changed(self) -> bool:
        """True if the file is not formatted yet."""
        return self.after is not None and self.after != self.before

    def difference(self) -> Diagnostic:
        """Report the first line that would change."""
        assert self.after is not None
        text = self.before.decode()
        lines = text.splitlines(keepends=True)
        wanted = self.after.decode().splitlines(keepends=True)
        same = (line == other for line, other in zip(lines, wanted, strict=False))
        number = next((i for i, is_same in enumerate(same) if not is_same), len(wanted))
        number = min(number, len(lines) - 1)
        excerpt = lines[number].rstrip("\r\n").lstrip("\ufeff")
        message = f"line {number + 1:,} is not as `nnc fmt` writes it"
        line, usual = lines[number], line_end_of(text)
        content = line.rstrip("\r\n")
        if wanted[number : number + 1] == [content + usual] and line != content:
            end = _ENDS[line_end_of(line)]
            message = f"line {number + 1:,} ends with {end}, and most lines with {_ENDS[usual]}"
        return Diagnostic(
            "not-formatted",
            message,
            file=self.file,
            span=Span(number + 1, 1, number + 1, max(len(excerpt), 1) + 1),
            excerpt=excerpt,
            help=f"run `nnc fmt {shlex.quote(self.source)}`",
        )

    def write(self) -> None:
        """Write the text to its place, or to standard output. Raises FileError."""
        if self.source == STDIN:
            sys.stdout.buffer.write(self.after or b"")
            sys.stdout.flush()
        elif self.after is not None and self.is_changed:
            with open_atomically(self.source, before=self.before) as stream:
                stream.write(self.after)


def format_file(
    source: str,
    stdin_filename: str | None,
    *,
    root: Path | None,
    max_bytes: int,
    with_digests: bool,
) -> Formatted:
    """Read a file, or standard input, and return its one text. Raises FileError.

    `stdin_filename` is the file that standard input stands for. A file with mistakes of YAML, of a
    later format, or that is compiled, stays as it is and is reported.
    """
    data = read_bytes(source, max_bytes)
    file = source if source != STDIN else stdin_filename or STDIN_NAME
    return format_text(data, source, file, root=root, with_digests=with_digests)


def format_text(
    data: bytes, source: str, file: str, *, root: Path | None = None, with_digests: bool = False
) -> Formatted:
    """Return the one text of a file that was read from `source`, and is called `file`."""
    if begins_compiled(data):
        message = "this is a compiled network, not a network file"
        hint = "format the file that it was compiled from"
        diagnostics = [Diagnostic("bad-compiled", message, file=file, help=hint)]
        return Formatted(source, file, data, None, diagnostics)
    document = read_document(data, file)
    diagnostics = document.diagnostics
    if not diagnostics and is_newer(document):
        diagnostics = wrong_version(document)
    if diagnostics:
        return Formatted(source, file, data, None, diagnostics)
    document = composed(document)
    try:
        text, diagnostics = _text(document, root, with_digests=with_digests)
    except Unproved as bug:
        return Formatted(source, file, data, None, [_bug(file, bug)])
    text = with_line_ends(text, line_end_of(document.text))
    return Formatted(source, file, data, text.encode(), diagnostics)


def _text(
    document: Document, root: Path | None, *, with_digests: bool
) -> tuple[str, list[Diagnostic]]:
    text = formatted(document)
    if not with_digests:
        return text, []
    path = Path(document.file)
    if root is None:
        root = Path() if document.file == STDIN_NAME else project_root(path)
    return _fill_digests(text, document, path.parent, root)


def _bug(file: str, bug: Unproved) -> Diagnostic:
    message = f"nnc {VERSION} cannot format this file and left it unchanged: {bug}"
    hint = "this is a bug in nnc, not in your file: please report it, with the file"
    return Diagnostic("unproved-format", message, file=file, help=hint)
