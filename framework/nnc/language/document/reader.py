"""Bytes -> Document: characters, then parsing, by regular expressions where they are enough."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.diagnostics.rules import RuleName
from nnc.files.opening import other_encoding
from nnc.language.document.builder import Builder
from nnc.language.document.regular import Section, read_regular, sections
from nnc.language.document.repairs import parse
from nnc.language.document.text import Document, Unreadable
from nnc.numbers.exact import Quoted, kind_of, shorten

FORMAT_VERSION = 1
LEAST = 16 * 1024
"""Characters: of a smaller section, libyaml has made the events in no time."""
_MAX_CHARACTERS = 100  # refused ones of a kind, each with a diagnostic of its own
_ALLOWED = dict.fromkeys((*b"\t\n\r", *range(0x20, 0x7F)))
"""The characters of ASCII that a text may hold; all others are refused."""
_DIRECTIVE = re.compile(r"^%[^\r\n]*", re.MULTILINE)


@cache
def _refused() -> re.Pattern[str]:
    """Return the pattern of refused characters, whose ranges are slow to compile."""
    return re.compile(
        "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    )


def read_document(data: bytes, file: str) -> Document:
    """Read the bytes of a YAML file. Never raises for what is in them: see `diagnostics`."""
    text = data.decode("utf-8", "surrogateescape")
    document = Document(file, text.removeprefix("\ufeff"))
    if (why := _why_no_text(data, document.text)) is not None:
        document.text, document.complete = "", False
        document.report("bad-encoding", why, 0, 1, "save the network as a text file in UTF-8")
        return document
    _replace_refused_characters(document)
    _replace_directives(document)
    _parse(document)
    document.diagnostics = document.located(document.diagnostics)
    return document


def is_newer(document: Document) -> bool:
    """Return whether a file says that it has a format that came after this nnc."""
    value = document.value
    version = value.get("nnc") if isinstance(value, dict) else None
    if not isinstance(version, str) or isinstance(version, Quoted):
        return False
    return version.isdecimal() and int(version[:9]) > FORMAT_VERSION


def wrong_version(document: Document) -> list[Diagnostic]:
    """Return the error for a version that this nnc cannot read: nothing else is then checked.

    If the version itself is written wrongly, the document reports that.
    """
    value = document.value
    if not isinstance(value, dict) or "nnc" not in value:
        return []
    version = value["nnc"]
    if isinstance(version, Unreadable) or (version == "1" and not isinstance(version, Quoted)):
        return []
    if is_newer(document):
        message = f"the file has format version {version[:40]}; this nnc reads version 1"
        hint = "install a newer nnc"
    else:
        name = f'"{shorten(version)}"' if isinstance(version, Quoted) else kind_of(version)
        message, hint = f"`nnc` is the format version, 1, not {name}", "write nnc: 1"
    wrong = Diagnostic("unsupported-version", message, ("nnc",), help=hint)
    return document.located([wrong]) or document.diagnostics


# ------------------------------------------------------------------------- characters


def _replace_refused_characters(document: Document) -> None:
    """Report characters that may not stand in a file, and put harmless ones in their place."""
    text = document.text
    if text.isascii() and not text.translate(_ALLOWED):
        return
    document.text = re.sub("[\udc80-\udcff]", "\ufffd", text)
    refused: dict[RuleName, list[tuple[int, int]]] = {}
    for match in _refused().finditer(text):
        character, start = match[0], match.start()
        if "\udc80" <= character <= "\udcff":
            rule: RuleName = "bad-encoding"
        else:
            rule = "line-separator" if character in "\x85\u2028\u2029" else "control-character"
        stretches = refused.setdefault(rule, [])
        if rule == "bad-encoding" and stretches and stretches[-1][1] == start:
            stretches[-1] = (stretches[-1][0], start + 1)
        else:
            stretches.append((start, start + 1))
    for rule, stretches in refused.items():
        document.refused += [start for start, _ in stretches]
        reported = stretches if len(stretches) <= _MAX_CHARACTERS else stretches[:1]
        for start, end in reported:
            message, hint = _about_characters(rule, text[start:end])
            if len(reported) < len(stretches):
                message += f" (and so are {len(stretches) - 1:,} more places)"
            document.report(rule, message, start, end, hint)
    document.parsed = _refused().sub(
        lambda match: " " if match[0] in "\x85\u2028\u2029" else "\ufffd", text
    )


def _why_no_text(data: bytes, text: str) -> str | None:
    """Return in one sentence why a file is not UTF-8 text at all; None where it is."""
    if encoding := other_encoding(data):
        return f"the file is {encoding}, not UTF-8"
    start = text[:1024]
    if start.isascii() and not start.translate(_ALLOWED):
        return None
    refused = len(_refused().findall(start))
    if refused >= 4 and refused * 10 > len(start):
        return "the file is not text"
    return None


def _about_characters(rule: RuleName, characters: str) -> tuple[str, str]:
    if rule == "bad-encoding":
        raw = characters.encode("utf-8", "surrogateescape")
        codes = " ".join(f"{byte:02X}" for byte in raw[:4]) + (" …" if len(raw) > 4 else "")
        kind = "bytes are" if len(raw) > 1 else "byte is"
        return f"the {kind} not UTF-8: {codes}", "save the file as UTF-8"
    code = f"U+{ord(characters):04X}"
    if rule == "line-separator":
        escape = f"\\u{ord(characters):04x}"
        return f"the line separator {code} is not allowed", f'write "{escape}" in double quotes'
    if characters == "\ufeff":
        return f"the byte-order mark {code} may only start a file", "remove it"
    return f"the control character {code} is not allowed", "remove it"


def _replace_directives(document: Document) -> None:
    """Report directives, and turn them into comments so that the parser never sees them."""
    text = document.parsed
    if "%" not in text:
        return
    head = re.compile(r"(?:[ ]*(?:#[^\r\n]*)?(?:\r\n|\n|\r)|%[^\r\n]*(?:\r\n|\n|\r|$))*").match(
        text
    )
    assert head is not None
    for match in _DIRECTIVE.finditer(text, 0, head.end()):
        if not re.fullmatch(r"%YAML +1\.2\s*(#.*)?", match[0]):
            document.report(
                "directive",
                f"the directive `{match[0].strip()[:60]}` is not allowed",
                match.start(),
                match.end(),
                "remove the line",
            )
    if _DIRECTIVE.search(text, 0, head.end()):
        document.parsed = (
            _DIRECTIVE.sub(lambda match: "#" + match[0][1:], text[: head.end()])
            + text[head.end() :]
        )


# ---------------------------------------------------------------------------- parsing


def _parse(document: Document) -> None:
    """Read the values. libyaml is imported where regular expressions are not enough."""
    if _read_regularly(document):
        return
    parse(document)


def _read_regularly(document: Document) -> bool:
    """Read a text that is right and regular as it stands; return whether it is."""
    if document.refused or document.diagnostics:
        return False
    parts = sections(document.parsed)
    if len(document.parsed) >= LEAST:
        return _read_sections(document, parts)
    document.value = read_regular(document.parsed) if parts else None
    return document.value is not None


def _read_sections(document: Document, parts: Sequence[Section]) -> bool:
    """Read a large file section by section, if each is right as it stands; return whether it is.

    Of a section that is not regular libyaml makes the events.
    """
    text = document.parsed
    value: dict[str, object] = {}
    read: list[tuple[Section, bool]] = []
    large_first = sorted(parts, key=lambda section: section.start - section.end)
    for i, section in enumerate(large_first):
        part = text[section.start : section.end]
        top: object = read_regular(part) if len(part) >= LEAST else None
        is_regular = top is not None
        if not is_regular:
            builder = Builder(Document(document.file, part))
            if not i or builder.build() is not None or builder.stopped or builder.diagnostics:
                return False
            top = builder.top
        if not isinstance(top, dict) or list(top) != [section.key]:
            return False
        value |= top
        read.append((section, is_regular))
    document.sections = sorted(read, key=lambda section: section[0].start)
    document.value = {section.key: value[section.key] for section, _ in document.sections}
    return bool(read)
