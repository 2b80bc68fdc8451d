"""Characters and lines that may not stand in a file: told, and harmless ones put in their place."""

from __future__ import annotations

import re

from nnc.diagnostics.rules import RuleName
from nnc.language.document.text import Document

_MOST_OF_A_KIND = 100
_REFUSED = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_DIRECTIVE = re.compile(r"^%[^\r\n]*", re.MULTILINE)


def replace_refused_characters(document: Document) -> None:
    """Report characters that may not stand in a file, and put harmless ones in their place."""
    text = document.text
    if text.isascii() and not _REFUSED.search(text):
        return
    document.text = re.sub("[\udc80-\udcff]", "\ufffd", text)
    found: dict[RuleName, list[tuple[int, int]]] = {}
    for match in _REFUSED.finditer(text):
        character, start = match[0], match.start()
        if "\udc80" <= character <= "\udcff":
            rule: RuleName = "bad-encoding"
        else:
            rule = "line-separator" if character in "\x85\u2028\u2029" else "control-character"
        stretches = found.setdefault(rule, [])
        if rule == "bad-encoding" and stretches and stretches[-1][1] == start:
            stretches[-1] = (stretches[-1][0], start + 1)
        else:
            stretches.append((start, start + 1))
    for rule, stretches in found.items():
        document.refused += [start for start, _ in stretches]
        told = stretches if len(stretches) <= _MOST_OF_A_KIND else stretches[:1]
        for start, end in told:
            message, fix = _about_characters(rule, text[start:end])
            if len(told) < len(stretches):
                message += f" (and so are {len(stretches) - 1:,} more places)"
            document.report(rule, message, start, end, fix)
    document.parsed = _REFUSED.sub(
        lambda match: " " if match[0] in "\x85\u2028\u2029" else "\ufffd", text
    )


def no_text(data: bytes, text: str) -> str | None:
    """Tell a file that is no UTF-8 text at all, in one sentence."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "the file is UTF-16, not UTF-8"
    start = text[:1024]
    refused = len(_REFUSED.findall(start))
    if refused >= 4 and refused * 10 > len(start):
        return "the file is no text"
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


def replace_directives(document: Document) -> None:
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
