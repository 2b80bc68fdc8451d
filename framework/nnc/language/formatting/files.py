"""A file -> its one text, and what is to be told of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnc.diagnostics.diagnostic import Diagnostic, Span
from nnc.files.opening import STDIN, STDIN_NAME, begins_compiled, project_root, read_bytes
from nnc.language.document import Document, is_newer, read_document, wrong_version
from nnc.language.formatting.digests import fill_digests
from nnc.language.formatting.formatted import Unproved, formatted
from nnc.version import VERSION


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
        """Whether the file is not yet as it should be."""
        return self.after is not None and self.after != self.before

    def difference(self) -> Diagnostic:
        """Tell the first line that would change."""
        assert self.after is not None
        lines = self.before.decode().splitlines(keepends=True)
        wanted = self.after.decode().splitlines(keepends=True)
        same = (one == other for one, other in zip(lines, wanted, strict=False))
        number = next((i for i, is_same in enumerate(same) if not is_same), len(wanted))
        number = min(number, len(lines) - 1)
        excerpt = lines[number].rstrip("\r\n").lstrip("\ufeff")
        return Diagnostic(
            "not-formatted",
            f"line {number + 1:,} is not as `nnc fmt` writes it",
            file=self.file,
            span=Span(number + 1, 1, number + 1, max(len(excerpt), 1) + 1),
            excerpt=excerpt,
            help=f"run `nnc fmt {self.source}`",
        )

    def write(self) -> None:
        """Put the text in its place, or on standard output. Raises FileError."""
        if self.source == STDIN:
            import sys

            sys.stdout.buffer.write(self.after or b"")
            sys.stdout.flush()
        elif self.after is not None and self.is_changed:
            from nnc.files.writing import open_atomically

            with open_atomically(self.source, before=self.before) as stream:
                stream.write(self.after)


def format_file(
    source: str, called: str | None, *, root: Path | None, max_bytes: int, with_digests: bool
) -> Formatted:
    """Read a file, or standard input, and give its one text. Raises FileError.

    `called` is the file that standard input stands for. A file with mistakes of YAML, of a later
    format, or that is compiled, stays as it is and is told.
    """
    data = read_bytes(source, max_bytes)
    file = source if source != STDIN else called or STDIN_NAME
    if begins_compiled(data):
        message = "this is a compiled network, and no text that declares one"
        fix = "format the file that it was compiled from"
        found = [Diagnostic("bad-compiled", message, file=file, help=fix)]
        return Formatted(source, file, data, None, found)
    document = read_document(data, file)
    found = document.diagnostics
    if not found and is_newer(document):
        version = wrong_version(document)
        found = document.located([version] if version is not None else [])
    if found:
        return Formatted(source, file, data, None, found)
    try:
        text, found = _text(document, root, with_digests=with_digests)
    except Unproved as bug:
        return Formatted(source, file, data, None, [_bug(file, bug)])
    return Formatted(source, file, data, text.encode(), found)


def _text(
    document: Document, root: Path | None, *, with_digests: bool
) -> tuple[str, list[Diagnostic]]:
    text = formatted(document)
    if not with_digests:
        return text, []
    path = Path(document.file)
    if root is None:
        root = Path() if document.file == STDIN_NAME else project_root(path)
    return fill_digests(text, document, path.parent, root)


def _bug(file: str, bug: Unproved) -> Diagnostic:
    message = f"nnc {VERSION} cannot format this file and has left it as it is: {bug}"
    fix = "this is a bug of nnc, not of your file: please report it, with the file"
    return Diagnostic("unproved-format", message, file=file, help=fix)
