"""Bytes -> Document: characters, then parsing, by regular expressions where they are enough.

Else by the events of libyaml: mistakes are fixed where possible, and reported.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache

import yaml

from nnc.diagnostics.diagnostic import Diagnostic, Label
from nnc.diagnostics.rules import RuleName
from nnc.files.opening import other_encoding
from nnc.language.document.builder import DEEPEST, LONGEST_KEY, Builder, mistake_of_sign
from nnc.language.document.parser import find_comments
from nnc.language.document.regular import Section, read_regular, sections
from nnc.language.document.text import Document, Unreadable
from nnc.numbers.exact import Quoted, kind_of, shorten


def only_follows(document: Document, builder: Builder, error: yaml.MarkedYAMLError) -> bool:
    """Return whether a syntax error only follows from one that is reported already.

    That is a key that is too long, or a refused character on the same line or the line before.
    """
    if any(diagnostic.rule == "key-too-long" for diagnostic in builder.diagnostics):
        return True
    mark = error.problem_mark or error.context_mark
    if mark is None or not document.refused:
        return False
    line = document.span(mark.index, mark.index).line
    starts = document.line_starts
    first, last = starts[max(line - 2, 0)], mark.index
    return any(first <= index <= last for index in document.refused)


_FRIENDLY = (
    (
        "mapping values are not allowed",
        "there is a `:` where no key can be",
        "put a text that holds `: ` in quotes, and check the indentation",
    ),
    ("',' or '}'", "a `,` or `}` is missing", "close the `{`, or put a comma before this"),
    ("',' or ']'", "a `,` or `]` is missing", "close the `[`, or put a comma before this"),
    ("expected node content", "a value is missing", "write one between the punctuation"),
    (
        "block sequence entries are not allowed",
        "a list item `- ` cannot be here",
        "put it on its own line, or write a negative number without a space: -1",
    ),
    ("end of stream", "the text ends inside quotes", "close the quotes"),
    ("unexpected document indicator", "the document ends inside quotes", "close the quotes"),
    ("did not find expected key", "expected a key here", "check the indentation and the quotes"),
    ("expected <block end>", "expected a key here", "check the indentation and the quotes"),
    ("'-' indicator", "a list item without `- `", "check the indentation"),
    ("cannot start any token", "no value starts with this character", "put the text in quotes"),
    (
        "unknown escape character",
        "unknown escape in double quotes",
        r"write a backslash as \\, or use single quotes",
    ),
)


def report_syntax_error(document: Document, error: yaml.MarkedYAMLError) -> None:
    """Report why the parser had to stop, in words for people who write networks."""
    mark = error.problem_mark or error.context_mark
    context = error.context_mark
    start = min(mark.index if mark else 0, max(len(document.text) - 1, 0))
    problem = error.problem or error.context or "the text cannot be read"
    line = document.line(document.span(start, start).line)
    conflict = _conflict_in(document.text)
    if conflict is not None:
        message = "git has left a conflict here: two versions of these lines"
        hint = "edit them to one version, and remove the lines `<<<<<<<`, `=======` and `>>>>>>>`"
        document.report("syntax-error", message, *conflict, hint)
    elif "maximum nesting" in problem:
        message = f"mappings and lists nest at most {DEEPEST} deep"
        document.report("nesting-too-deep", message, start, start + 1, "nest less deeply")
    elif "<document start>" in problem:
        message = "text after the end of the document"
        hint = "remove it, or put it in another file"
        document.report("second-document", message, start, start + 1, hint)
    elif _has_long_key(document, problem, start, context):
        message = f"a key has at most {LONGEST_KEY:,} characters"
        start -= document.span(start, start).column - 1
        document.report("key-too-long", message, start, start + len(line), "write a shorter key")
    elif "expected ':'" in problem and context is not None:
        _report_key_without_colon(document, context.index)
    else:
        message, hint = next(
            (ours for words, *ours in _FRIENDLY if words in problem),
            (problem, "check the punctuation and indentation"),
        )
        labels: tuple[Label, ...] = ()
        if context is not None and context.index not in (start, len(document.text)):
            span = document.span(context.index, context.index + 1)
            excerpt = document.line(span.line)
            labels = (Label("it starts here", file=document.file, span=span, excerpt=excerpt),)
        message = f"the text is not YAML: {message}"
        document.report("syntax-error", message, start, start + 1, hint, labels=labels)


def _conflict_in(text: str) -> tuple[int, int] | None:
    """Return where the first line of a merge conflict starts and ends."""
    first = re.compile(r"^<{7} [^\r\n]*", re.MULTILINE).search(text)
    middle = first and re.compile(r"^={7}\r?$", re.MULTILINE).search(text, first.end())
    last = middle and re.compile(r"^>{7} ", re.MULTILINE).search(text, middle.end())
    return first.span() if first and last else None


def _has_long_key(document: Document, problem: str, start: int, context: yaml.Mark | None) -> bool:
    """Return whether the parser has given up on a key because of its length."""
    if "mapping values" in problem:
        return document.span(start, start).column > LONGEST_KEY
    if "expected ':'" not in problem or context is None:
        return False
    return len(document.line(document.span(context.index, context.index).line)) > LONGEST_KEY


def _report_key_without_colon(document: Document, start: int) -> None:
    word = re.compile(r"[^\r\n#]*").match(document.text, start)
    text = word[0].rstrip() if word else ""
    joined = re.fullmatch(r"([^\s:]+):(\S+)", text)
    hint = (
        f"write a space after the colon: {joined[1]}: {joined[2]}"
        if joined
        else ("write `key: value`")
    )
    message = f"the text is not YAML: a key without `:`: `{shorten(text)}`"
    document.report("syntax-error", message, start, start + max(len(text), 1), hint)


_MAX_REPAIRS = 20
_MAX_TABS = 1000
_MAX_MENDED = 1_000_000
_INDEX = re.compile(r"(?<=[\w)])\[([^\[\]{}\"'\r\n]{1,40})\]")


def parse(document: Document) -> None:
    """Build the values, fixing what can be fixed to see the mistakes behind it."""
    with_tabs = "\t" in document.parsed
    for _ in range(_MAX_REPAIRS):
        builder = Builder(document)
        error = builder.build()
        if error is None or not (_mend_index(document, error) or _mend_sign(document, error)):
            break
    if with_tabs:
        builder, error = _settle_tabs(document, builder, error)
    document.value, document.complete = builder.top, error is None and not builder.stopped
    document.diagnostics += [
        diagnostic
        for diagnostic in builder.diagnostics
        if error is None or not _is_cut_off(document, diagnostic, error)
    ]
    if error is not None:
        if not only_follows(document, builder, error):
            report_syntax_error(document, error)
    elif builder.top in (None, "") and not document.diagnostics:
        document.value = None
        document.report(
            "empty-file",
            "the file holds no network",
            0,
            1,
            "start with `nnc: 1`; `nnc new` writes a first network",
        )


def _is_cut_off(document: Document, diagnostic: Diagnostic, error: yaml.MarkedYAMLError) -> bool:
    """Return whether a key only lacks its value because the text breaks off right behind it."""
    mark = error.problem_mark
    if diagnostic.rule != "empty-value" or diagnostic.span is None or mark is None:
        return False
    end = document.span(mark.index, mark.index + 1)
    return diagnostic.span[2:] == end[:2]


def _mend_index(document: Document, error: yaml.MarkedYAMLError) -> bool:
    """Report an index in square brackets, which YAML takes for a list, and write `(…)`."""
    mark = error.problem_mark
    match = _INDEX.match(document.parsed, mark.index) if mark else None
    if match is None:
        return False
    start = match.start()
    while start and re.match(r"[\w.()]", document.parsed[start - 1]):
        start -= 1
    word, inside = document.parsed[start : match.start()], match[1]
    message = f"`{word}[{inside}]`: an index goes in round brackets"
    document.report(
        "square-bracket-index", message, start, match.end(), f"write `{word}({inside})`"
    )
    parsed = document.parsed
    document.refused.append(match.start())
    fixed = f"({inside})".ljust(match.end() - match.start())  # so that places stay
    document.parsed = f"{parsed[: match.start()]}{fixed}{parsed[match.end() :]}"
    return len(parsed) < _MAX_MENDED


def _mend_sign(document: Document, error: yaml.MarkedYAMLError) -> bool:
    """Report a rule stated by `>`, with which no plain text starts.

    A sign with which one does takes its place: then what is behind it can be read.
    """
    marks = [error.context_mark, error.problem_mark]
    parsed = document.parsed
    for mark in marks:
        mistake = mistake_of_sign(parsed, mark.index) if mark is not None else None
        if mistake is not None:
            document.diagnostics.append(document.placed(*mistake))
            document.refused.append(mistake.start)
            document.parsed = f"{parsed[: mistake.start]}≥{parsed[mistake.start + 1 :]}"
            return len(parsed) < _MAX_MENDED
    return False


def _settle_tabs(
    document: Document, builder: Builder, error: yaml.MarkedYAMLError | None
) -> tuple[Builder, yaml.MarkedYAMLError | None]:
    """Report tabs outside quotes, comments and block scalars; read the file as if blanks."""
    original = document.parsed
    if error is not None:
        document.parsed = original.replace("\t", " ")
        spaced = Builder(document)
        spaced_error = spaced.build()
    else:
        spaced, spaced_error = builder, error
    allowed = sorted(spaced.quoted_stretches)
    starts = [start for start, _ in allowed]
    comments = [comment.start for comment in find_comments(document.parsed)]
    tabs: list[tuple[int, int]] = []
    for match in re.finditer(r"\t+", original):
        place = bisect_right(starts, match.start()) - 1
        if place >= 0 and match.start() < allowed[place][1]:
            continue
        line = document.line_starts[bisect_right(document.line_starts, match.start()) - 1]
        comment = bisect_right(comments, match.start()) - 1
        if comment >= 0 and comments[comment] >= line:
            continue
        tabs.append(match.span())
    if not tabs:
        document.parsed = original
        return builder, error
    for start, end in tabs[:_MAX_TABS]:
        document.report(
            "tab",
            "there is a tab outside quotes, comments and block scalars",
            start,
            end,
            "write spaces",
        )
    spaced.stopped = spaced_error is not None  # which only follows from the tabs
    return spaced, None


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
        start, end = section.start, section.end
        top: object = read_regular(text, start, end) if end - start >= LEAST else None
        is_regular = top is not None
        if not is_regular:
            builder = Builder(Document(document.file, text[start:end]))
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
