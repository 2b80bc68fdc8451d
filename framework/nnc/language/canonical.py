"""Document -> lines: one for each declaration, the same however it is laid out.

What `git diff` compares: numbers in lowest terms, synapses by the name of their source, the firing
rule and the states that hold, neurons in order of name. It needs the one text only, so that it
works on a version of a file that lies alone in a temporary folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from nnc.language.document.reader import wrong_version
from nnc.language.document.text import Document, Unreadable
from nnc.language.firing import DEFAULT_RULE, Threshold, is_gate, stated
from nnc.language.keys import BY_NAME, CLAIM_FORMS, CLAIMS, GOVERNED, KINDS, NAMED, NEARNESS
from nnc.language.ranges import Open, format_value_set, open_number, read_value_set
from nnc.numbers.exact import Quoted, Refused, read_number, show_number
from nnc.printable import printable

_FIRST = ("nnc", "name", "description", "extends", "fires", "states", "inputs")
_LAST = (*BY_NAME, "outputs", *CLAIMS, "unknown", "cases", "meta")
_TEXTS = (
    "name",
    "description",
    "labels",
    "of",
    "file",
    "tensor",
    "sha256",
    "use",
    "wiring",
    "column",
    "columns",
    "meta",
)
_PLAIN = re.compile(r"[^\s\"'#,:{}\[\]&*!|>%@`?-][^\s\"'#,:{}\[\]]*|-?[0-9./e+-]+")
_DIGITS = re.compile(r"(\d+)")
_SINGLE = re.compile(r"[^().]+\(\d+\)")


def declared_lines(document: Document) -> list[str] | None:
    """Return the lines of a network file; None where it is not a network file or cannot be read."""
    value = document.value
    if document.diagnostics or wrong_version(document) or not isinstance(value, dict):
        return None
    return list(_Writer(value).lines()) if "nnc" in value else None


class _Writer:
    """Writes the declarations of one file."""

    def __init__(self, value: dict[str, object]) -> None:
        self._value = value
        is_whole = "extends" not in value  # of an overlay, its base may say how neurons fire
        self._fires = str(value.get("fires", DEFAULT_RULE)) if is_whole else None
        self._states = value.get("states") if is_whole else None
        self._single = set(self._single_names())

    def lines(self) -> Iterator[str]:
        """Yield all lines."""
        left_out = {"fires"} if self._fires is not None else set()
        rest = [key for key in self._value if key not in (*_FIRST, *_LAST)]
        for key in (*_FIRST, *rest, *_LAST):
            if key not in self._value or key in left_out:
                continue
            section = self._value[key]
            if key == "cases" and isinstance(section, list):
                yield from (f"case: {_one_line(case)}" for case in section)
            elif key in CLAIMS and isinstance(section, list):
                word = KINDS[key].name.partition(" ")[2]
                yield from (f"{word}: {_claim(claim)}" for claim in section)
            elif key in NAMED:
                yield from self._section(key, section)
            else:
                yield f"{_text(key)}: {_one_line(section, key)}"

    def _section(self, key: str, section: object) -> Iterator[str]:
        if isinstance(section, list):
            short = "bit" if key == "inputs" else None
            named = {str(name): short or name for name in section if isinstance(name, str)}
            section = named if len(named) == len(section) else section
        if not isinstance(section, dict) or not section:
            yield f"{_text(key)}: {_one_line(section, key)}"
            return
        names = sorted(section, key=_natural) if key in BY_NAME else section
        for name in names:
            yield from self._declaration(key, name, section[name])

    def _declaration(self, key: str, name: str, value: Any) -> Iterator[str]:
        where = f"{key}.{_text(name)}"
        if key == "inputs" and isinstance(value, dict):
            value = _input(value)
        if not isinstance(value, dict):
            yield f"{where}: {_one_line(value, 'wiring' if key == 'outputs' else key)}"
            return
        value = dict(value)
        if key == "neurons":
            value = self._by_name(value)
        if key in GOVERNED["fires"] and self._fires is not None:
            value = {"fires": self._fires, **value}
            if self._states is not None and not is_gate(value["fires"]):
                value = {"states": self._states, **value}
        weights = value.get("weights")
        if key == "layers" and isinstance(weights, list):
            del value["weights"]
            yield f"{where}: {_one_line(value)}"
            yield from (f"{where}.weights({i}): {_one_line(row)}" for i, row in enumerate(weights))
            return
        yield f"{where}: {_one_line(value)}"

    # -------------------------------------------------------------------------- synapses

    def _single_names(self) -> Iterator[str]:
        """Name the sources that are surely one element: scalars without a size, and neurons."""
        yield from ("0", "1")
        inputs = self._value.get("inputs")
        if isinstance(inputs, list):
            yield from (str(name) for name in inputs if isinstance(name, str))
        elif isinstance(inputs, dict):
            for name, input_ in inputs.items():
                kind = input_.get("type") if isinstance(input_, dict) else input_
                is_sized = isinstance(input_, dict) and "size" in input_
                if kind in ("bit", "integer", "real") and not is_sized:
                    yield name
        neurons = self._value.get("neurons")
        if isinstance(neurons, dict):
            yield from (n for n, neuron in neurons.items() if "thresholds" not in (neuron or ()))

    def _by_name(self, neuron: dict[str, Any]) -> dict[str, Any]:
        """Write the synapses of a neuron by name, in order, where it is plain what they are."""
        wiring, weights = neuron.get("wiring"), neuron.get("weights", {})
        if wiring is not None and not is_gate(neuron.get("fires", self._fires)):
            sources = wiring if isinstance(wiring, list) else [wiring]
            count = len(sources)
            known = weights if isinstance(weights, dict) else {}
            one_for_all = weights if isinstance(weights, str) else "1"
            numbers = weights if isinstance(weights, list) else [one_for_all] * count
            are_single = all(map(self._is_single, sources))
            if are_single and len(numbers) == count == len({*map(str, sources)} - {*known}):
                pairs = zip(map(str, sources), numbers, strict=True)
                neuron = {
                    "weights": {**known, **dict(pairs)},
                    **_without(neuron, "wiring", "weights"),
                }
        weights = neuron.get("weights")
        if isinstance(weights, dict):
            neuron["weights"] = {name: weights[name] for name in sorted(weights, key=_natural)}
        return {key: neuron[key] for key in sorted(neuron, key=_place)}

    def _is_single(self, source: object) -> bool:
        return isinstance(source, str) and (
            source in self._single or _SINGLE.fullmatch(source) is not None
        )


_ORDER = ("description", "states", "fires", "wiring", "weights", "threshold", "thresholds")


def _place(key: str) -> tuple[int, str]:
    return (_ORDER.index(key) if key in _ORDER else len(_ORDER)), key


def _without(mapping: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if key not in keys}


def _natural(name: str) -> list[tuple[int, str]]:
    """Order `x(2)` before `x(10)`."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(name)]


def _input(declared: dict[str, object]) -> object:
    """Write an input short where it has nothing but a type, and a size."""
    if set(declared) <= {"type", "size"} and isinstance(declared.get("type"), str):
        return f"{declared['type']}({declared['size']})" if "size" in declared else declared["type"]
    return declared


# ---------------------------------------------------------------------------------- claims


def _claim(claim: object) -> str:
    """Write an assumption or a property: what it is about in order, its values in one way."""
    if not isinstance(claim, dict):
        return _one_line(claim, "name")
    texts = []
    for key in sorted(claim, key=_place_in_claim):
        value = claim[key]
        if key in ("never", "always", "when") and isinstance(value, dict):
            pairs = (f"{_text(name)}: {_values(value[name])}" for name in sorted(value))
            texts.append(f"{key}: {{{', '.join(pairs)}}}")
        else:
            texts.append(f"{_text(key)}: {_one_line(value, 'name')}")
    return "{" + ", ".join(texts) + "}"


def _place_in_claim(key: str) -> tuple[int, str]:
    first = ("name", "description", *CLAIM_FORMS, "in", "of", *NEARNESS, "when")
    return (first.index(key) if key in first else len(first)), key


def _values(values: object) -> str:
    """Write what a signal may be: numbers and ranges in order, and texts as they are."""
    if isinstance(values, dict):  # bits that are counted
        pairs = (f"{_number(key)}: {_one_line(values[key], 'name')}" for key in sorted(values))
        return "{" + ", ".join(pairs) + "}"
    if not isinstance(values, str):
        return _one_line(values, "name")
    try:
        return _text(format_value_set(read_value_set(values)))
    except Refused:
        return _text(values)


# ----------------------------------------------------------------------------------- texts


def _one_line(value: object, key: str = "") -> str:
    """Write a value in one line; numbers in lowest terms, but where `key` says it is a text."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k, key)}: {_one_line(v, k)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_one_line(item, key) for item in value) + "]"
    if isinstance(value, Unreadable) or key in _TEXTS:
        return _text(value)
    return _number(value)


def _key(name: str, parent: str) -> str:
    """Write a key; the cut-offs of steps are numbers, other names are texts."""
    return _text(name) if parent in ("", *BY_NAME) else _number(name)


def _number(text: object) -> str:
    try:
        number = read_number(str(text), quoted=isinstance(text, Quoted))
    except Refused:
        return _limit(text)
    return show_number(number)


def _limit(text: object) -> str:
    """Write a blank, and a threshold that states its rule, in one way; any other text as it is."""
    limit: Threshold | Open | None
    try:
        limit = open_number(str(text)) or stated(str(text))
    except Refused:
        limit = None
    return _text(text) if limit is None else str(limit)


def _text(text: object) -> str:
    """Write a text as YAML would take it."""
    string = str(text)
    if printable(string) != string:
        return json.dumps(string).replace("##", r"#\u0023")
    return string if _PLAIN.fullmatch(string) else json.dumps(string, ensure_ascii=False)
