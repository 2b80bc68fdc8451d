"""Events -> values, strictly: what YAML allows and a network file does not is reported."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, Label
from nnc.diagnostics.rules import RuleName
from nnc.language.document.parser import STARTS, Event, events
from nnc.language.document.text import UNREADABLE, Document, Unreadable, Value
from nnc.language.firing import meant, not_in_words
from nnc.numbers.exact import Quoted, shorten, show_number

_SIGNED = re.compile(r">=?[ ]*[-.0-9][^\s,:{}\[\]\"'#]*(?=[ ]*([,}\]:#\r\n]|$))")
_KEY_BEFORE = re.compile(r"(thresholds?|description|name)[\"']?\s*:\s*$")
_KEY = re.compile(r"\s*:(\s|$)")
_MAX_KEY = 40


class SignMistake(NamedTuple):
    """A finding, and the range of characters that it is about."""

    finding: Diagnostic
    start: int
    end: int


def mistake_of_sign(text: str, start: int) -> SignMistake | None:
    """Tell a number with the sign `>` or `>=` before it, and how that rule is written.

    In block style `> 6` starts a folded text, in flow style it is a syntax error.
    """
    match = _SIGNED.match(text, start)
    limit = meant(match[0]) if match is not None else None
    if match is None or limit is None:
        return None
    number = show_number(limit.number)
    hint = f"write `{limit}`"
    key = _KEY_BEFORE.search(text[max(start - _MAX_KEY, 0) : start])
    if key is not None and not key[1].startswith("threshold"):
        return None  # a text, to be put in quotes
    if key is not None:
        hint = f"write `{key[1]}: {number}` and `fires: {limit.rule}`"
    elif limit.rule == "at_least" and _KEY.match(text, match.end()):
        hint = f"write `{number}`: a step begins with its cut-off"
    message = not_in_words(match[0])
    return SignMistake(Diagnostic("rule-in-other-words", message, help=hint), start, match.end())


DEEPEST = 64
LONGEST_KEY = 1024
LONGEST_SCALAR = 64 * 1024
_LONG = LONGEST_SCALAR // 4  # characters; fewer never take more bytes than are allowed
_OF_NEURONS = (("neurons",), ("layers",))
_VALUES = {ScalarEvent, AliasEvent, *STARTS}
DROPPED = object()
"""Stands for a key whose value is read, and thrown away."""
_COMMENT = re.compile(r"(?:^|(?<=[\s]))#[^\r\n]*", re.MULTILINE)
_SURROGATE = re.compile("[\ud800-\udfff]")


class _TooDeep(Exception):
    """Collections nest deeper than is allowed: nothing more is read."""


class Builder:
    """Builds the values of one document from parser events."""

    def __init__(self, document: Document) -> None:
        self.top: Value | None = None
        self.stopped = False
        self.diagnostics: list[Diagnostic] = []
        self.quoted_stretches: list[tuple[int, int]] = []
        self._document = document
        self._text_with_commas: Quoted | None = None  # which was reported
        self._text = document.parsed
        self._events = events(self._text)
        self._keep_stretches = "\t" in self._text
        self._may_have_question = "?" in self._text and bool(
            re.search(r"(?:^|[\s{\[,])\?(?=\s|$)", self._text)
        )
        self._may_have_surrogates = "\\u" in self._text or "\\U" in self._text

    def _report(
        self,
        rule: RuleName,
        message: str,
        event: Event,
        help: str | None = None,
        labels: tuple[Label, ...] = (),
    ) -> None:
        diagnostic = Diagnostic(rule, message, help=help, labels=labels)
        start, end = event.start_mark.index, event.end_mark.index
        self.diagnostics.append(self._document.placed(diagnostic, start, end))

    def build(self) -> yaml.MarkedYAMLError | None:
        """Read all events; return the syntax error that ended them, if one did."""
        try:
            self._read_document()
        except yaml.MarkedYAMLError as error:
            return error.with_traceback(None)  # the frames of which hold it, and all of the text
        except _TooDeep:
            self.stopped = True
        return None

    def _read_document(self) -> None:
        is_second = False
        for event in self._events:
            kind = type(event)
            if kind is DocumentStartEvent:
                if is_second:
                    message, hint = "a second document starts here", "put it in another file"
                    self._report("second-document", message, event, hint)
                    return
                is_second = True
            elif kind in _VALUES:
                self.top = self._begin(event)
                if kind in STARTS:
                    self._fill(self.top, event, ())

    def _begin(self, event: Event) -> Any:
        """Return the value that an event starts: a text, an empty collection, or UNREADABLE."""
        if event.anchor is not None or event.tag is not None:
            self._report_properties(event)
        kind = type(event)
        if kind is ScalarEvent:
            value = event.value
            return value if not event.style and len(value) <= _LONG else self._checked(event)
        if kind is AliasEvent:
            return UNREADABLE
        return {} if kind is MappingStartEvent else []

    # Collections stand in their place before they are filled, so that what comes before a syntax
    # error is there. Filling them recurses over YAML, which nests at most `DEEPEST` deep. These
    # loops see every event of a file, and take less than half of the time to read one: of 0.7 s
    # for 50,000 neurons, 0.8 million events, libyaml takes 0.4 s.

    def _fill(self, collection: Any, start: Event, path: KeyPath) -> Event:
        """Read the rest of a collection into it; return the event that ends it."""
        if len(path) >= DEEPEST:
            message = f"mappings and lists nest at most {DEEPEST} deep"
            self._report("nesting-too-deep", message, start, "nest less deeply")
            raise _TooDeep
        if type(collection) is dict:
            return self._fill_mapping(collection, start, path)
        return self._fill_list(collection, path)

    def _fill_mapping(self, mapping: dict[str, Any], start: Event, path: KeyPath) -> Event:
        following, last = self._events, start
        while type(key_event := next(following)) is not MappingEndEvent:
            key = self._key(mapping, key_event, path, last)
            event = last = next(following)
            value = self._begin(event)
            if value == "" and event.style == ">" and path[:1] in _OF_NEURONS:
                value = self._folded(value, event, is_text=key == "description" and len(path) == 2)
            if value == "" and not event.style:
                key = self._empty(mapping, key, key_event, flow=start.flow_style)
                value = UNREADABLE
            if key is not DROPPED:
                mapping[key] = value
            if type(event) in STARTS:
                last = self._fill(value, event, (*path, "?" if key is DROPPED else key))
        return key_event

    def _fill_list(self, items: list[Any], path: KeyPath) -> Event:
        while type(event := next(self._events)) is not SequenceEndEvent:
            value = self._begin(event)
            if value == "" and not event.style:
                message, hint = "the list item is empty", "write a value, or remove the item"
                self._report("empty-value", message, event, hint)
                value = UNREADABLE
            items.append(value)
            if type(event) in STARTS:
                self._fill(value, event, (*path, len(items) - 1))
        return event

    def _checked(self, event: Event) -> Quoted | str | Unreadable:
        """Return a text in quotes, or a long one, if it may stand in a file."""
        value: str = event.value
        if event.style:
            value = Quoted(value)
            if self._keep_stretches:
                self.quoted_stretches.append((event.start_mark.index, event.end_mark.index))
        if len(value) > _LONG and (
            len(value) > LONGEST_SCALAR
            or len(value.encode("utf-8", "surrogatepass")) > LONGEST_SCALAR
        ):
            self._report("scalar-too-long", "a text has at most 64 KiB", event, "shorten it")
            return UNREADABLE
        if self._may_have_surrogates and _SURROGATE.search(value):
            message = "the text is not YAML: an escape for half a character"
            self._report("syntax-error", message, event, "write the whole character")
            return UNREADABLE
        return value

    def _report_properties(self, event: Event) -> None:
        """Report an alias, or the anchor and the tag of a value."""
        if type(event) is AliasEvent:
            message = f"the alias `*{event.anchor}` is not allowed"
            self._report("anchor", message, event, "write the value again")
            return
        if event.anchor is not None:
            self._report(
                "anchor",
                f"the anchor `&{event.anchor}` is not allowed",
                event,
                "remove it, and write the value again where it is used",
            )
        if event.tag is not None:
            tag = shorten(event.tag.replace("tag:yaml.org,2002:", "!!"))
            self._report("tag", f"the tag `{tag}` is not allowed", event, "remove it")

    def _is_complex(self, last: Event, event: Event) -> bool:
        """Return whether a `?` stands between the last event and this key."""
        mark: Any = last.end_mark if type(last) is ScalarEvent else last.start_mark
        gap = _COMMENT.sub("", self._text[mark.index : event.start_mark.index])
        return re.search(r"(?:^|[\s{\[,])\?(?:\s|$)", gap) is not None

    def _folded(self, value: object, event: Event, *, is_text: bool) -> object:
        """Report `high: >6`, which YAML takes for the header of an empty folded text."""
        mistake = None if is_text else mistake_of_sign(self._text, event.start_mark.index)
        if mistake is None:
            return value
        self.diagnostics.append(self._document.placed(*mistake))
        return UNREADABLE

    def _key(self, mapping: dict[str, Any], event: Event, path: KeyPath, last: Event) -> Any:
        """Read a key; return it, or the sign to drop its value. `last` is the event before it."""
        key = self._begin(event)
        if type(event) in STARTS:
            kind = "a mapping" if isinstance(key, dict) else "a list"
            message = f"a key is {kind}; keys are texts"
            self._report("complex-key", message, event, "write a text as the key")
            self._fill(key, event, (*path, "?"))
            return DROPPED
        if (
            self._may_have_question
            and type(event) is ScalarEvent
            and (self._is_complex(last, event))
        ):
            self._report("complex-key", "a key written with `?`", event, "write `key: value`")
        if key is UNREADABLE:
            return DROPPED
        if event.style:
            key = str(key)
        elif key == "<<":
            self._report(
                "merge-key", "the merge key `<<` is not allowed", event, "write the keys out"
            )
            return DROPPED
        elif key == "":
            self._report("empty-value", "a key is empty", event, "write a key before the `:`")
            return DROPPED
        if len(key) > LONGEST_KEY:
            self._report(
                "key-too-long",
                f"a key has {len(key):,} characters; at most {LONGEST_KEY:,} are allowed",
                event,
                "write a shorter key",
            )
            return DROPPED
        if key in mapping:
            first = Label("first written here", path=(*path, key), key=True)
            self._report(
                "duplicate-key",
                f"the key `{shorten(key)}` appears twice in this mapping",
                event,
                "remove one of them, or give it another name",
                labels=(first,),
            )
            return DROPPED
        return key

    def _empty(self, mapping: dict[str, Any], key: Any, event: Event, *, flow: bool) -> Any:
        """Report a key without a value, and return the key that was meant.

        Often a comma stands in a text, or the blank after a colon is missing.
        """
        if key is DROPPED or (flow and self._follows_comma(mapping, key, event)):
            return DROPPED
        hint = "write a value, or remove the key"
        if flow and key[:1].isdigit():
            hint = "write numbers without commas, and a decimal point as `.`"
        if ":" in key:
            name, _, rest = key.partition(":")
            hint, key = f"write a space after the colon: {name}: {rest}", name
        self._report("empty-value", f"`{shorten(key)}` has no value", event, hint)
        return DROPPED if key in mapping else key

    def _follows_comma(self, mapping: dict[str, object], key: str, event: Event) -> bool:
        """Report a key that is the rest of a text, cut off by a comma."""
        if not mapping:
            return False
        previous, before = next(reversed(mapping.items()))
        if before is self._text_with_commas:
            return True
        if not isinstance(before, str) or isinstance(before, Quoted):
            return False
        if previous in ("description", "name"):
            self._report(
                "unquoted-comma",
                f"the text of `{previous}` holds a comma: YAML takes `{key}` for a key",
                event,
                f'put the text in quotes: {previous}: "{before}, {key}"',
            )
            mapping[previous] = self._text_with_commas = Quoted(f"{before}, {key}")
            return True
        return False
