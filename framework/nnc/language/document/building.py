"""Events -> values, strictly: what YAML allows and a network file does not is told."""

from __future__ import annotations

import re
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
)

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, Label
from nnc.diagnostics.rules import RuleName
from nnc.exact import Quoted, shown, without_commas
from nnc.language.document import parser
from nnc.language.document.text import UNREADABLE, Document, Value

DEEPEST = 64
LONGEST_KEY = 1024
LONGEST_SCALAR = 64 * 1024
_OF_NEURONS = (("neurons",), ("layers",))
_OF_NUMBERS = (("weights",), ("thresholds",))
DROPPED = object()
"""Stands for a key whose value is read, and thrown away."""
_GROUPS = re.compile(r"(?:,[0-9]+)*(?:\.[0-9]+)?")
_IN_LIST = re.compile(r"(?<![^\s,\[])-?[1-9][0-9]{0,2}(?:,[0-9]{3})*,0[0-9]{2}(?![^\s,\]])")
"""A number with commas in a list: one of its items would start with a zero, which is refused."""
_COMMENT = re.compile(r"(?:^|(?<=[\s]))#[^\r\n]*", re.MULTILINE)
_SURROGATE = re.compile("[\ud800-\udfff]")


class Builder:
    """Builds the values of one document from parser events, without recursion."""

    def __init__(self, document: Document) -> None:
        self.top: Value | None = None
        self.stopped = False
        self.said: Quoted | None = None  # a text that was told to hold a comma
        self.number_end = 0  # where a number ends that was told to hold commas
        self.found: list[Diagnostic] = []
        self.quoted_stretches: list[tuple[int, int]] = []
        self._document = document
        self._text = document.parsed
        self._keep_stretches = "\t" in self._text
        self._may_have_question = "?" in self._text and bool(
            re.search(r"(?:^|[\s{\[,])\?(?=\s|$)", self._text)
        )
        self._in_lists = {
            match.start(): match.end()
            for match in (_IN_LIST.finditer(self._text) if ",0" in self._text else ())
        }
        self._may_have_surrogates = re.search(r"\\[uU]", self._text) is not None

    def _report(
        self,
        rule: RuleName,
        message: str,
        event: Any,
        help: str | None = None,  # noqa: A002
        *,
        until: Any = None,
        labels: tuple[Label, ...] = (),
    ) -> None:
        start, end = event.start_mark.index, (until or event).end_mark.index
        one = Diagnostic(rule, message, help=help, labels=labels)
        self.found.append(self._document.placed(one, start, end))

    def build(self) -> yaml.MarkedYAMLError | None:
        """Read all events; give the syntax error that ended them, if one did."""
        try:
            self._build()
        except yaml.MarkedYAMLError as error:
            return error
        return None

    def _build(self) -> None:  # noqa: C901
        # One loop over every event of the file, kept flat, as it is what reading costs: of 1.8 s
        # of CPU for 100,000 neurons, 1.6 million events, 0.8 s are libyaml's and 1 s is this.
        stack: list[tuple[Any, Any, Any, bool, KeyPath]] = []
        node: Any = None  # the collection being filled; None above the top value
        key: Any = None  # the key whose value comes next; None where a key comes next
        key_event: Any = None
        flow = False
        path: KeyPath = ()
        last: Any = None
        documents = 0
        strict = self._may_have_question
        watch = self._keep_stretches
        groups = self._in_lists
        for event in parser.events(self._text):
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
                elif groups and path[2:3] in _OF_NUMBERS and path[:1] in _OF_NEURONS:
                    if event.start_mark.index < self.number_end:
                        continue  # the rest of a number with commas
                    value = self._in_list(value, event)
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
                parent_key, key = DROPPED, DROPPED
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
                    key = self._empty(node, key, key_event, path, flow=flow)
                    value = UNREADABLE
                if key is not DROPPED:
                    node[key] = value
                key = None
            last = event
            if kind is MappingStartEvent or kind is SequenceStartEvent:
                stack.append((node, key, key_event, flow, path))
                step = "?" if parent_key is DROPPED else parent_key
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
        if event.style:
            self.quoted_stretches.append((event.start_mark.index, event.end_mark.index))

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

    def _key(self, node: dict[str, Any], value: Any, event: Any, path: KeyPath) -> Any:
        """Check a key; give it, or the sign to drop its value."""
        if value is UNREADABLE:
            return DROPPED
        text = str(value)
        if text == "<<" and not event.style:
            self._report(
                "merge-key", "the merge key `<<` is not allowed", event, "write the keys out"
            )
            return DROPPED
        if text == "" and not event.style:
            self._report("empty-value", "a key is empty", event, "write a key before the `:`")
            return DROPPED
        if len(text) > LONGEST_KEY:
            self._report(
                "key-too-long",
                f"a key has {len(text):,} characters; at most {LONGEST_KEY:,} are allowed",
                event,
                "write a shorter key",
            )
            return DROPPED
        if text in node:
            first = Label("first stands here", path=(*path, text), key=True)
            self._report(
                "duplicate-key",
                f"the key `{shown(text)}` stands twice in this mapping",
                event,
                "remove one of them, or give it another name",
                labels=(first,),
            )
            return DROPPED
        return text

    def _in_list(self, value: Any, event: Any) -> Any:
        """Report the item that starts a number with commas; give any other as it is."""
        start = event.start_mark.index
        end = self._in_lists.get(start, 0)
        if event.end_mark.index >= end:
            return value
        number = self._text[start:end]
        meant = without_commas(number)
        self._report("not-a-number", f"`{shown(number)}` is no number", event, meant)
        self.number_end = end
        return UNREADABLE

    def _empty(
        self, node: dict[str, Any], key: Any, event: Any, path: KeyPath, *, flow: bool
    ) -> Any:
        """Report a key without a value, and give the key that was meant.

        Often a comma stands in a text or number, or the blank after a colon is missing.
        """
        if key is DROPPED:
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
            return DROPPED
        if before is self.said and before is not None:  # one more comma in the same text
            return DROPPED
        if event.start_mark.index < self.number_end:  # of a number with commas that was told
            return DROPPED
        rest = _GROUPS.match(self._text, event.end_mark.index)
        number = f"{before},{key}{rest[0] if rest else ''}"
        if flow and plain and (meant := without_commas(number)) is not None:
            self.number_end = rest.end() if rest else 0
            if previous in ("bias", "biases") and len(path) == 2 and path[:1] in _OF_NEURONS:
                node[str(previous)] = number  # told with the key, which means nothing there
            else:
                self._report("not-a-number", f"`{shown(number)}` is no number", event, meant)
            return DROPPED
        sized = re.fullmatch(r"(bit|integer|real)\(([0-9]{1,8})", str(before)) if plain else None
        if flow and sized and (more := re.fullmatch(r"([0-9]{1,8})\)", key)):
            message = f"`{before},{key}`: a bus has one dimension"
            whole = f"{sized[1]}({int(sized[2]) * int(more[1])})"
            self._report("bad-size", message, event, f"write {whole}")
            node[str(previous)] = whole
            return DROPPED
        fix = "write a value, or remove the key"
        if ":" in key:
            name, _, rest = key.partition(":")
            fix, key = f"write a space after the colon: {name}: {rest}", name
        self._report("empty-value", f"`{shown(key)}` has no value", event, fix)
        return DROPPED if key in node else key


def _kind(value: object) -> str:
    return "a mapping" if isinstance(value, dict) else "a list"
