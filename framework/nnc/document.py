"""YAML text -> Document: plain values, and the place of each.

YAML is read strictly, from parser events: every scalar is its own text (`Quoted` where it stood
in quotes), mappings are dicts, lists are lists. Places are looked up lazily: a second pass over
the events finds only those that a diagnostic asks for.
"""

from __future__ import annotations

import contextlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from nnc.diagnostics import Diagnostic, Label, Path, Span
from nnc.exact import Quoted, kind_of, shown

try:
    from yaml.cyaml import CParser as _Parser  # type: ignore[attr-defined]
except ImportError:  # libyaml is absent: the same events from Python, only slower
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class _Parser(Reader, Scanner, Parser):  # type: ignore[no-redef]
        """PyYAML's parser in pure Python."""

        def __init__(self, stream: str) -> None:
            Reader.__init__(self, stream)
            Scanner.__init__(self)
            Parser.__init__(self)


FORMAT_VERSION = 1
DEEPEST = 64
LONGEST_KEY = 1024
LONGEST_SCALAR = 64 * 1024
_MOST_REPAIRS = 20
_MOST_OF_A_KIND = 100

_REFUSED = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n|\n|\r")
_INDEX = re.compile(r"(?<=[\w)])\[([^\[\]{}\"'\r\n]{1,40})\]")
_DIRECTIVE = re.compile(r"^%[^\r\n]*", re.MULTILINE)
_COMMENT = re.compile(r"(?:^|(?<=[\s]))#[^\r\n]*", re.MULTILINE)


class Unreadable:
    """Stands for a value that was refused while reading; nothing more is said about it."""

    def __repr__(self) -> str:
        return "UNREADABLE"


UNREADABLE = Unreadable()
_DROPPED = object()  # in place of a key: its value is read, and thrown away

Value = str | dict[str, Any] | list[Any] | Unreadable


class Document:
    """The values of one YAML file, and what is wrong with it as YAML.

    `value` is the top value; `complete` is false where reading had to stop before the end.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.value: Value | None = None
        self.complete = True
        self.diagnostics: list[Diagnostic] = []
        self._last_line = (0, "")
        self._parsed = text  # the text as it is parsed: refused characters replaced, one by one
        self._refused: list[int] = []  # where it is known to be wrong: nothing more is said there

    # ------------------------------------------------------------------------- places

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def span(self, start: int, end: int) -> Span:
        """Give the lines and columns of a stretch of characters; it is never empty."""
        end = max(end, start + 1)
        lines = self._line_starts
        first = bisect_right(lines, start) - 1
        last = bisect_right(lines, end) - 1
        if last > first and end == lines[last]:  # the end of a line, not the start of the next
            last, end = last - 1, len(self.line(last).rstrip("\r\n")) + lines[last - 1]
        column, end_column = start - lines[first] + 1, end - lines[last] + 1
        if last == first:
            end_column = max(end_column, column + 1)
        return Span(first + 1, column, last + 1, end_column)

    def line(self, number: int) -> str:
        """Give the text of a line, counted from 1, without its end."""
        if self._last_line[0] != number:  # many mistakes may share one long line
            starts = self._line_starts
            stop = starts[number] if number < len(starts) else len(self.text)
            self._last_line = number, self.text[starts[number - 1] : stop].rstrip("\r\n")
        return self._last_line[1]

    def located(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Add file, span and excerpt to diagnostics that have a path only.

        One that falls on characters already refused is dropped: it only follows from them.
        """
        todo = list(diagnostics)
        wanted = [d for d in todo if d.span is None]
        places: list[Diagnostic | Label] = [*wanted]
        for one in todo:
            places += [label for label in one.labels if label.span is None]
        found = _find(self._parsed, [one.path for one in places]) if places else {}
        result = []
        refused = sorted(self._refused)
        for one in todo:
            labels = tuple(self._label(label, found) for label in one.labels)
            if one.span is None:
                start, end = found[one.path].stretch(key=one.key)
                if bisect_left(refused, start) < bisect_left(refused, end):
                    continue
                one = self._at(one, start, end, labels)
            elif labels != one.labels:
                one = replace(one, labels=labels)
            result.append(one)
        return result

    def _label(self, label: Label, found: dict[Path, _Place]) -> Label:
        if label.span is not None:
            return label
        span = self.span(*found[label.path].stretch(key=label.key))
        return replace(label, file=self.file, span=span, excerpt=self.line(span.line))

    def _at(
        self, one: Diagnostic, start: int, end: int, labels: tuple[Label, ...] | None = None
    ) -> Diagnostic:
        if one.part:
            offset = self.text.find(one.part, start, end)
            if offset >= 0:
                start, end = offset, offset + len(one.part)
        span = self.span(start, end)
        return replace(
            one,
            file=self.file,
            span=span,
            excerpt=self.line(span.line),
            labels=one.labels if labels is None else labels,
        )

    def report(
        self,
        rule: str,
        message: str,
        start: int,
        end: int,
        help: str | None = None,  # noqa: A002
        caret: str = "",
        labels: tuple[Label, ...] = (),
    ) -> None:
        """Note a mistake at a stretch of characters."""
        one = Diagnostic(rule, message, help=help, caret=caret, labels=labels)
        self.diagnostics.append(self._at(one, start, end))


def read_document(data: bytes, file: str) -> Document:
    """Read the bytes of a YAML file. Never raises for what is in them: see `diagnostics`."""
    text = data.decode("utf-8", "surrogateescape")
    document = Document(file, text.removeprefix("\ufeff"))
    if (why := _no_text(data, document.text)) is not None:
        document.text, document.complete = "", False
        document.report("bad-encoding", why, 0, 1, "save the network as a text file in UTF-8")
        return document
    _replace_refused_characters(document)
    _replace_directives(document)
    _parse(document)
    document.diagnostics = document.located(document.diagnostics)
    return document


def wrong_version(document: Document) -> Diagnostic | None:
    """Tell a version that this nnc cannot read: then nothing else in the file is judged."""
    value = document.value
    if not isinstance(value, dict) or "nnc" not in value:
        return None
    version = value["nnc"]
    if isinstance(version, Unreadable) or (version == "1" and not isinstance(version, Quoted)):
        return None
    newer = isinstance(version, str) and version.isdecimal() and int(version[:9]) > FORMAT_VERSION
    if newer and not isinstance(version, Quoted):
        message = f"the file has format version {version[:40]}; this nnc reads version 1"
        fix = "install a newer nnc"
    else:
        found = f'"{shown(version)}"' if isinstance(version, Quoted) else kind_of(version)
        message, fix = f"`nnc` is the format version, 1, not {found}", "write nnc: 1"
    return Diagnostic("unsupported-version", message, ("nnc",), help=fix)


# -------------------------------------------------------------------------- characters


def _replace_refused_characters(document: Document) -> None:
    """Report characters that may not stand in a file, and put harmless ones in their place."""
    text = document.text
    if text.isascii() and not _REFUSED.search(text):
        return
    document.text = re.sub("[\udc80-\udcff]", "\ufffd", text)
    found: dict[str, list[tuple[int, int]]] = {}
    for match in _REFUSED.finditer(text):
        character, start = match[0], match.start()
        if "\udc80" <= character <= "\udcff":
            rule = "bad-encoding"
        else:
            rule = "line-separator" if character in "\x85\u2028\u2029" else "control-character"
        stretches = found.setdefault(rule, [])
        if rule == "bad-encoding" and stretches and stretches[-1][1] == start:
            stretches[-1] = (stretches[-1][0], start + 1)
        else:
            stretches.append((start, start + 1))
    for rule, stretches in found.items():
        document._refused += [start for start, _ in stretches]
        told = stretches if len(stretches) <= _MOST_OF_A_KIND else stretches[:1]
        for start, end in told:
            message, fix = _about_characters(rule, text[start:end])
            if len(told) < len(stretches):
                message += f" (and so are {len(stretches) - 1:,} more places)"
            document.report(rule, message, start, end, fix)
    document._parsed = _REFUSED.sub(
        lambda match: " " if match[0] in "\x85\u2028\u2029" else "\ufffd", text
    )


def _no_text(data: bytes, text: str) -> str | None:
    """Tell a file that is no UTF-8 text at all, in one sentence."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "the file is UTF-16, not UTF-8"
    start = text[:1024]
    refused = len(_REFUSED.findall(start))
    if refused >= 4 and refused * 10 > len(start):
        return "the file is no text"
    return None


def _about_characters(rule: str, characters: str) -> tuple[str, str]:
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
    text = document._parsed
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
        document._parsed = (
            _DIRECTIVE.sub(lambda match: "#" + match[0][1:], text[: head.end()])
            + text[head.end() :]
        )


# ------------------------------------------------------------------------------ parsing


def _parse(document: Document) -> None:
    """Build the values, mending what can be mended to see the mistakes behind it."""
    with_tabs = "\t" in document._parsed
    for _ in range(_MOST_REPAIRS):
        builder = _Builder(document)
        error = builder.build()
        if error is None or not _mend_index(document, error):
            break
    if with_tabs:
        builder, error = _settle_tabs(document, builder, error)
    document.value, document.complete = builder.top, error is None and not builder.stopped
    document.diagnostics += builder.found
    if error is not None:
        if not _only_follows(document, builder, error):
            _report_syntax_error(document, error)
    elif builder.top in (None, "") and not document.diagnostics:
        document.value = None
        document.report(
            "empty-file",
            "the file holds no network",
            0,
            1,
            "start with `nnc: 1`; `nnc new` writes a first network",
        )


def _only_follows(document: Document, builder: _Builder, error: yaml.MarkedYAMLError) -> bool:
    """Tell whether a syntax error comes from a mistake told already: a key too long, or a refused
    character on the same line or the line before.
    """  # noqa: D205
    if any(one.rule == "key-too-long" for one in builder.found):
        return True
    mark: Any = error.problem_mark or error.context_mark
    if mark is None or not document._refused:
        return False
    line = document.span(mark.index, mark.index).line
    starts = document._line_starts
    first, last = starts[max(line - 2, 0)], mark.index
    return any(first <= index <= last for index in document._refused)


def _mend_index(document: Document, error: yaml.MarkedYAMLError) -> bool:
    """Report an index in square brackets, which YAML takes for a list, and write `(…)`."""
    mark: Any = error.problem_mark
    match = _INDEX.match(document._parsed, mark.index) if mark else None
    if match is None:
        return False
    start = match.start()
    while start and re.match(r"[\w.()]", document._parsed[start - 1]):
        start -= 1
    word = document._parsed[start : match.start()]
    document.report(
        "square-bracket-index",
        f"`{word}[{match[1]}]`: an index stands in round brackets",
        start,
        match.end(),
        f"write `{word}({match[1]})`",
    )
    parsed = document._parsed
    document._refused.append(match.start())
    document._parsed = f"{parsed[: match.start()]}({match[1]}){parsed[match.end() :]}"
    return len(parsed) < 1_000_000


def _settle_tabs(
    document: Document, builder: _Builder, error: yaml.MarkedYAMLError | None
) -> tuple[_Builder, yaml.MarkedYAMLError | None]:
    """Report tabs outside quotes, comments and block scalars; read the file as if blanks."""
    original = document._parsed
    if error is not None:
        document._parsed = original.replace("\t", " ")
        spaced = _Builder(document)
        spaced_error = spaced.build()
    else:
        spaced, spaced_error = builder, error
    allowed = sorted(spaced.quoted_stretches)
    starts = [start for start, _ in allowed]
    scalars = sorted(spaced.quoted_stretches + spaced.plain_with_hash)
    comments = _comment_starts(original, scalars)
    found: list[tuple[int, int]] = []
    for match in re.finditer(r"\t+", original):
        place = bisect_right(starts, match.start()) - 1
        if place >= 0 and match.start() < allowed[place][1]:
            continue
        line = max(original.rfind("\n", 0, match.start()), original.rfind("\r", 0, match.start()))
        comment = bisect_right(comments, match.start()) - 1
        if comment >= 0 and comments[comment] > line:
            continue
        found.append(match.span())
    if not found:
        document._parsed = original
        return builder, error
    for start, end in found[: _MOST_OF_A_KIND * 10]:
        document.report(
            "tab",
            "a tab stands outside quotes, comments and block scalars",
            start,
            end,
            "write spaces",
        )
    spaced.stopped = spaced_error is not None  # which only follows from the tabs
    return spaced, None


def _comment_starts(text: str, scalars: Sequence[tuple[int, int]]) -> list[int]:
    """Find where comments start: a `#` after a blank or a line's start, outside every scalar."""
    starts = [start for start, _ in scalars]
    found = []
    for match in _COMMENT.finditer(text):
        place = bisect_right(starts, match.start()) - 1
        if place < 0 or match.start() >= scalars[place][1]:
            found.append(match.start())
    return found


_FRIENDLY = (
    (
        "mapping values are not allowed",
        "a `:` stands where no key can be",
        "put a text that holds `: ` in quotes, and check the indentation",
    ),
    ("',' or '}'", "a `,` or `}` is missing", "close the `{`, or put a comma before this"),
    ("',' or ']'", "a `,` or `]` is missing", "close the `[`, or put a comma before this"),
    ("expected node content", "a value is missing", "write one between the punctuation"),
    (
        "block sequence entries are not allowed",
        "a list item `- ` cannot stand here",
        "put it on a line of its own, or write a negative number without a space: -1",
    ),
    ("end of stream", "the text ends inside quotes", "close the quotes"),
    ("unexpected document indicator", "the document ends inside quotes", "close the quotes"),
    ("did not find expected key", "no key stands here", "check the indentation and the quotes"),
    ("expected <block end>", "no key stands here", "check the indentation and the quotes"),
    ("'-' indicator", "a list item without `- `", "check the indentation"),
    ("cannot start any token", "no value starts with this character", "put the text in quotes"),
    (
        "unknown escape character",
        "unknown escape in double quotes",
        r"write a backslash as \\, or use single quotes",
    ),
)


def _report_syntax_error(document: Document, error: yaml.MarkedYAMLError) -> None:
    """Tell why the parser had to stop, in words for people who write networks."""
    mark: Any = error.problem_mark or error.context_mark
    context: Any = error.context_mark
    start = min(mark.index if mark else 0, max(len(document.text) - 1, 0))
    problem = error.problem or error.context or "the text cannot be read"
    line = document.line(document.span(start, start).line)
    if "maximum nesting" in problem:
        message = f"mappings and lists nest at most {DEEPEST} deep"
        document.report("nesting-too-deep", message, start, start + 1, "nest less deeply")
    elif "<document start>" in problem:
        message = "text after the end of the document"
        fix = "remove it, or put it in a file of its own"
        document.report("second-document", message, start, start + 1, fix)
    elif _has_long_key(document, problem, start, context):
        message = f"a key has at most {LONGEST_KEY:,} characters"
        start -= document.span(start, start).column - 1
        document.report("key-too-long", message, start, start + len(line), "write a shorter key")
    elif "expected ':'" in problem and context is not None:
        _report_key_without_colon(document, context.index)
    else:
        message, fix = next(
            (told for words, *told in _FRIENDLY if words in problem),
            (problem, "check the punctuation and indentation"),
        )
        labels: tuple[Label, ...] = ()
        if context is not None and context.index not in (start, len(document.text)):
            span = document.span(context.index, context.index + 1)
            excerpt = document.line(span.line)
            labels = (Label("it starts here", file=document.file, span=span, excerpt=excerpt),)
        message = f"the text is not YAML: {message}"
        document.report("syntax-error", message, start, start + 1, fix, labels=labels)


def _has_long_key(document: Document, problem: str, start: int, context: Any) -> bool:
    """Tell whether the parser has given up on a key because of its length."""
    if "mapping values" in problem:
        return document.span(start, start).column > LONGEST_KEY
    if "expected ':'" not in problem or context is None:
        return False
    return len(document.line(document.span(context.index, context.index).line)) > LONGEST_KEY


def _report_key_without_colon(document: Document, start: int) -> None:
    word = re.compile(r"[^\r\n#]*").match(document.text, start)
    text = word[0].rstrip() if word else ""
    joined = re.fullmatch(r"([^\s:]+):(\S+)", text)
    fix = f"write a space after the colon: {joined[1]}: {joined[2]}" if joined else (
        "write `key: value`")  # fmt: skip
    message = f"the text is not YAML: a key without `:`: `{shown(text)}`"
    document.report("syntax-error", message, start, start + max(len(text), 1), fix)


class _Builder:
    """Builds the values of one document from parser events, without recursion."""

    def __init__(self, document: Document) -> None:
        self.top: Value | None = None
        self.stopped = False
        self.said: Quoted | None = None  # a text that was told to hold a comma
        self.found: list[Diagnostic] = []
        self.quoted_stretches: list[tuple[int, int]] = []
        self.plain_with_hash: list[tuple[int, int]] = []
        self._document = document
        self._text = document._parsed
        self._keep_stretches = "\t" in self._text
        self._may_have_question = re.search(r"(?:^|[\s{\[,])\?(?=\s|$)", self._text) is not None
        self._may_have_surrogates = re.search(r"\\[uU]", self._text) is not None

    def _report(
        self,
        rule: str,
        message: str,
        event: Any,
        help: str | None = None,  # noqa: A002
        *,
        until: Any = None,
        labels: tuple[Label, ...] = (),
    ) -> None:
        start, end = event.start_mark.index, (until or event).end_mark.index
        one = Diagnostic(rule, message, help=help, labels=labels)
        self.found.append(self._document._at(one, start, end))

    def build(self) -> yaml.MarkedYAMLError | None:
        """Read all events; give the syntax error that ended them, if one did."""
        try:
            self._build(_Parser(self._text).get_event)
        except yaml.MarkedYAMLError as error:
            return error
        return None

    def _build(self, next_event: Callable[[], Any]) -> None:  # noqa: C901
        # One loop over every event of the file: kept flat, because this is what reading costs.
        stack: list[tuple[Any, Any, Any, bool, Path]] = []
        node: Any = None  # the collection being filled; None above the top value
        key: Any = None  # the key whose value comes next; None where a key comes next
        key_event: Any = None
        flow = False
        path: Path = ()
        last: Any = None
        documents = 0
        strict = self._may_have_question
        watch = self._keep_stretches
        while True:
            event = next_event()
            kind = type(event)
            if kind is ScalarEvent:
                value = event.value
                if event.style:
                    value = Quoted(value)
                if event.anchor is not None or event.tag is not None:
                    self._properties(event)
                if watch:
                    self._remember(event)
                if len(value) > 16_000 or (self._may_have_surrogates and event.style):
                    value = self._check_long(value, event)
                if type(node) is dict and key is None:
                    if strict and self._is_complex(last, event):
                        self._report(
                            "complex-key", "a key written with `?`", event, "write `key: value`"
                        )
                    key_event = event
                    key = self._key(node, value, event, path)
                    last = event
                    continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                node, key, key_event, flow, path = stack.pop()
                last = event
                continue
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                value = {} if kind is MappingStartEvent else []
                if event.anchor is not None or event.tag is not None:
                    self._properties(event)
            elif kind is AliasEvent:
                self._report(
                    "anchor",
                    f"the alias `*{event.anchor}` is not allowed",
                    event,
                    "write the value again",
                )
                value = UNREADABLE
            elif kind is DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self._report(
                        "second-document",
                        "a second document starts here",
                        event,
                        "put it in a file of its own",
                    )
                    return
                continue
            elif kind is StreamEndEvent:
                return
            else:
                continue

            parent_key = key
            if node is None:
                self.top = value
            elif type(node) is list:
                if value == "" and not event.style:
                    self._report(
                        "empty-value",
                        "the list item is empty",
                        event,
                        "write a value, or remove the item",
                    )
                    value = UNREADABLE
                parent_key = len(node)
                node.append(value)
            elif key is None:  # a mapping, a list or an alias as a key
                if kind is not AliasEvent:
                    self._report(
                        "complex-key",
                        f"a key is {_kind(value)}; keys are texts",
                        event,
                        "write a text as the key",
                    )
                parent_key, key = _DROPPED, _DROPPED
                key_event = event
                if kind is AliasEvent:
                    last = event
                    continue
                stack.append((node, key, key_event, flow, path))
                node, key, flow, path = value, None, event.flow_style, (*path, "?")
                self._check_depth(stack, event)
                if self.stopped:
                    return
                last = event
                continue
            else:
                if value == "" and not event.style:
                    key = self._empty(node, key, key_event, flow=flow)
                    value = UNREADABLE
                if key is not _DROPPED:
                    node[key] = value
                key = None
            last = event
            if kind is MappingStartEvent or kind is SequenceStartEvent:
                stack.append((node, key, key_event, flow, path))
                step = "?" if parent_key is _DROPPED else parent_key
                node, key, flow = value, None, event.flow_style
                path = (*path, step) if len(stack) > 1 else path
                self._check_depth(stack, event)
                if self.stopped:
                    return

    def _check_depth(self, stack: list[Any], event: Any) -> None:
        if len(stack) > DEEPEST:
            self._report(
                "nesting-too-deep",
                f"mappings and lists nest at most {DEEPEST} deep",
                event,
                "nest less deeply",
            )
            self.stopped = True

    def _properties(self, event: Any) -> None:
        if event.anchor is not None:
            self._report(
                "anchor",
                f"the anchor `&{event.anchor}` is not allowed",
                event,
                "remove it, and write the value again where it is used",
            )
        if event.tag is not None:
            tag = shown(event.tag.replace("tag:yaml.org,2002:", "!!"))
            self._report("tag", f"the tag `{tag}` is not allowed", event, "remove it")

    def _remember(self, event: Any) -> None:
        stretch = event.start_mark.index, event.end_mark.index
        if event.style:
            self.quoted_stretches.append(stretch)
        elif "#" in event.value:
            self.plain_with_hash.append(stretch)

    def _check_long(self, value: Any, event: Any) -> Any:
        if len(value) > 16_000 and (
            len(value) > LONGEST_SCALAR
            or len(value.encode("utf-8", "surrogatepass")) > LONGEST_SCALAR
        ):
            self._report("scalar-too-long", "a text has at most 64 KiB", event, "shorten it")
            return UNREADABLE
        if _SURROGATE.search(value):
            self._report(
                "syntax-error",
                "the text is not YAML: an escape for half a character",
                event,
                "write the whole character",
            )
            return UNREADABLE
        return value

    def _is_complex(self, last: Any, event: Any) -> bool:
        """Tell whether a `?` stands between the last event and this key."""
        mark: Any = last.end_mark if type(last) is ScalarEvent else last.start_mark
        gap = _COMMENT.sub("", self._text[mark.index : event.start_mark.index])
        return re.search(r"(?:^|[\s{\[,])\?(?:\s|$)", gap) is not None

    def _key(self, node: dict[str, Any], value: Any, event: Any, path: Path) -> Any:
        """Check a key; give it, or the sign to drop its value."""
        if value is UNREADABLE:
            return _DROPPED
        text = str(value)
        if text == "<<" and not event.style:
            self._report(
                "merge-key", "the merge key `<<` is not allowed", event, "write the keys out"
            )
            return _DROPPED
        if text == "" and not event.style:
            self._report("empty-value", "a key is empty", event, "write a key before the `:`")
            return _DROPPED
        if len(text) > LONGEST_KEY:
            self._report(
                "key-too-long",
                f"a key has {len(text):,} characters; at most {LONGEST_KEY:,} are allowed",
                event,
                "write a shorter key",
            )
            return _DROPPED
        if text in node:
            first = Label("first stands here", path=(*path, text), key=True)
            self._report(
                "duplicate-key",
                f"the key `{shown(text)}` stands twice in this mapping",
                event,
                "remove one of them, or give it another name",
                labels=(first,),
            )
            return _DROPPED
        return text

    def _empty(self, node: dict[str, Any], key: Any, event: Any, *, flow: bool) -> Any:
        """Report a key without a value, and give the key that was meant.

        Often a comma stands in a text or number, or the blank after a colon is missing.
        """
        if key is _DROPPED:
            return key
        previous = next(reversed(node)) if node else None
        before = node.get(previous) if previous else None
        plain = isinstance(before, str) and not isinstance(before, Quoted)
        if flow and plain and previous in ("description", "name"):
            self._report(
                "unquoted-comma",
                f"the text of `{previous}` holds a comma: YAML takes `{key}` for a key",
                event,
                f'put the text in quotes: {previous}: "{before}, {key}"',
            )
            node[str(previous)] = self.said = Quoted(f"{before}, {key}")
            return _DROPPED
        if before is self.said and before is not None:  # one more comma in the same text
            return _DROPPED
        if flow and plain and key.isdecimal() and re.fullmatch("-?[0-9]+", str(before)):
            self._report(
                "not-a-number",
                f"`{before},{key}` is no number",
                event,
                f"write the decimal point as a point: {before}.{key}",
            )
            return _DROPPED
        fix = "write a value, or remove the key"
        if ":" in key:
            name, _, rest = key.partition(":")
            fix, key = f"write a space after the colon: {name}: {rest}", name
        self._report("empty-value", f"`{shown(key)}` has no value", event, fix)
        return _DROPPED if key in node else key


def _kind(value: object) -> str:
    return "a mapping" if isinstance(value, dict) else "a list"


# ------------------------------------------------------------------------------- places


class _Place:
    """Where the key and the value of one path stand, as stretches of characters."""

    __slots__ = ("children", "key", "value")

    def __init__(self) -> None:
        self.children: dict[str | int, _Place] = {}
        self.key: tuple[int, int] | None = None
        self.value: tuple[int, int] | None = None

    def stretch(self, *, key: bool) -> tuple[int, int]:
        """Give the stretch of the key or the value, whichever is there."""
        return (self.key if key else self.value) or self.value or self.key or (0, 1)


def _find(text: str, paths: Iterable[Path]) -> dict[Path, _Place]:
    """Find the places of paths; one that is not in the text gets that of its nearest parent."""
    root = _Place()
    wanted = dict.fromkeys(paths)
    for path in wanted:
        place = root
        for step in path:
            place = place.children.setdefault(step, _Place())
    with contextlib.suppress(yaml.MarkedYAMLError):  # told when it was read
        _walk(_Parser(text).get_event, root)
    result = {}
    for path in wanted:
        place = nearest = root
        for step in path:
            place = place.children[step]
            if place.key is None and place.value is None:
                break
            nearest = place
        result[path] = nearest
    return result


def _walk(next_event: Callable[[], Any], root: _Place) -> None:  # noqa: C901
    """Go through the events once and note where wanted places are; the first of a key counts."""
    stack: list[tuple[_Place | None, Any, bool]] = []
    place: _Place | None = None  # of the collection that is open; None where nothing is wanted
    key: Any = None
    mapping = False
    while True:
        event = next_event()
        kind = type(event)
        if kind is StreamEndEvent:
            return
        if kind is MappingEndEvent or kind is SequenceEndEvent:
            ended = place
            place, key, mapping = stack.pop()
            if ended is not None and ended.value is not None and ended.value[1] < 0:
                ended.value = ended.value[0], event.end_mark.index
            continue
        starts = kind is MappingStartEvent or kind is SequenceStartEvent
        if not starts and kind is not ScalarEvent and kind is not AliasEvent:
            if kind is DocumentStartEvent and root.value is not None:
                return
            continue
        child: _Place | None = None
        if not stack:
            child = root
        elif mapping:
            if key is None:  # this is a key
                key = event.value if kind is ScalarEvent else _DROPPED
                if starts:
                    stack.append((place, key, mapping))
                    place, mapping = None, kind is MappingStartEvent
                    key = None if mapping else 0
                elif place is not None and (child := place.children.get(key)) is not None:
                    if child.key is None:
                        child.key = event.start_mark.index, event.end_mark.index
                    else:
                        key = _DROPPED  # a duplicate
                if place is root and root.key is None and kind is ScalarEvent:
                    root.key = event.start_mark.index, event.end_mark.index
                continue
            child = place.children.get(key) if place is not None else None
            key = None
        else:
            number, key = key, key + 1
            if place is not None:
                child = place.children.get(number)
                if child is None and kind is ScalarEvent:
                    child = place.children.get(event.value)  # `[a, b]`: found by name
        if child is not None and child.value is None:
            start = event.start_mark.index
            child.value = (start, -1) if starts else (start, event.end_mark.index)
        if starts:
            stack.append((place, key, mapping))
            place, mapping = child, kind is MappingStartEvent
            key = None if mapping else 0
