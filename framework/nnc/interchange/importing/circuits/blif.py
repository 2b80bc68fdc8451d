"""BLIF (Berkeley Logic Interchange Format): models of tables -> `Logic`.

The format: "Berkeley Logic Interchange Format (BLIF)", University of California, 1992; `.conn` is
that of Yosys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from nnc.diagnostics.diagnostic import InvalidNetworkError, did_you_mean
from nnc.interchange.importing.circuits.gates import CUT, latches, next_state
from nnc.interchange.importing.circuits.logic import Logic, Table, network_of, order_of
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.places import Text
from nnc.interchange.importing.settings import Settings
from nnc.numbers.exact import MAX_NAMES, shorten

_PASSED_OVER = frozenset(
    """
.area .delay .wire_load_slope .wire .input_arrival .default_input_arrival .output_required
.default_output_required .input_drive .default_input_drive .output_load .default_output_load
.max_input_load .default_max_input_load .attr .param .cname .clock
""".split()
)
_REFUSED = {
    ".gate": "a gate of a library that is not in the file",
    ".mlatch": "a latch of a library",
    ".search": "the name of another file",
    ".exdc": "rows for which anything may come out",
    ".start_kiss": "a machine with states",
    ".barbuf": "a barrier",
    ".subckt": "a model inside another",
}
_KNOWN = (
    *_REFUSED,
    *_PASSED_OVER,
    *"""
.model .inputs .outputs .names .latch .conn .end
""".split(),
)
_PARTS = (".gate", ".mlatch", ".barbuf", ".subckt")
"""Statements that matter only if their model is read."""
_FLATTEN = "write the file flat: `flatten` in Yosys, `strash` in ABC"
_CUBE = re.compile("[01-]*")


class _Latch(NamedTuple):
    """A latch: the signal that is stored at each step, and that which has the state."""

    stored: str
    state: str
    line: int


@dataclass(slots=True)
class _Model:
    name: str
    line: int
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)
    latches: list[_Latch] = field(default_factory=list)
    refusal: InvalidNetworkError | None = None
    """The error of its first part that a network cannot hold, where other models can be read."""


def read(data: bytes, settings: Settings) -> Imported:
    """Read a BLIF file: its first model, or the model `top`. Raises InvalidNetworkError."""
    text = Text(data)
    models = _Reader(text).models()
    if not models:
        raise text.damaged("the file has no `.model`", 1)
    top = settings.top or next(iter(models))
    if top not in models:
        known = did_you_mean(top, models) or f"there are {', '.join([*models][:MAX_NAMES])}"
        raise text.refused(f"there is no model `{shorten(top)}`", 1, hint=known)
    if (refusal := models[top].refusal) is not None:
        raise refusal
    logic = _logic(text, models[top], is_cut=bool(settings.cut_latches))
    return network_of(logic, order_of(logic, text, models[top].line), settings.wires)


class _Reader:
    """Reads statements, each a line or several that end in a backslash."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._models: dict[str, _Model] = {}
        self._model: _Model | None = None

    def models(self) -> dict[str, _Model]:
        """Read all models. Raises InvalidNetworkError."""
        table: tuple[list[str], int, list[tuple[list[str], int]]] | None = None
        for line, words in self._statements():
            key = words[0]
            if not key.startswith("."):
                if table is None:
                    message = f"expected a statement such as `.names`, found `{shorten(key)}`"
                    raise self._text.damaged(message, line)
                table[2].append((words, line))
                continue
            if table is not None:
                self._add_table(*table)
                table = None
            if key == ".names":
                self._check_count(words, line, 2)
                table = (words[1:], line, [])
            else:
                self._statement(key, words[1:], line)
        if table is not None:
            self._add_table(*table)
        return self._models

    def _statements(self) -> Iterator[tuple[int, list[str]]]:
        words: list[str] = []
        start = 0
        for number, line in enumerate(self._text.lines, 1):
            bare = line.partition("#")[0].rstrip()
            start = start or number
            goes_on = bare.endswith("\\")
            words += bare.removesuffix("\\").split()
            if goes_on:
                continue
            if words:
                yield start, words
            words, start = [], 0
        if words:
            yield start, words

    def _check_count(self, words: list[str], line: int, least: int) -> None:
        if len(words) < least:
            message = f"`{words[0]}` names nothing"
            raise self._text.damaged(message, line, width=len(words[0]))

    def _statement(self, key: str, words: list[str], line: int) -> None:
        if key == ".model":
            name = words[0] if words else "top"
            if name in self._models:
                first = self._models[name].line
                message = (
                    f"model `{shorten(name)}` is there for the second time, after line {first}"
                )
                raise self._text.damaged(message, line)
            self._model = self._models[name] = _Model(name, line)
        elif key == ".inputs":
            self._here(line).inputs += words
        elif key == ".outputs":
            self._here(line).outputs += words
        elif key == ".latch":
            self._check_count([key, *words], line, 3)
            self._here(line).latches.append(_Latch(words[0], words[1], line))
        elif key == ".conn":
            self._check_count([key, *words], line, 3)
            self._drive(words[1], Table((words[0],), ("1",), is_on=True, line=line))
        elif key == ".end":
            self._model = None
        elif key in _REFUSED:
            hint = _FLATTEN if key == ".subckt" else None
            error = self._text.refused(
                f"`{key}` is {_REFUSED[key]}", line, width=len(key), hint=hint
            )
            if key not in _PARTS:
                raise error
            model = self._here(line)
            model.refusal = model.refusal or error
        elif key not in _PASSED_OVER:
            hint = did_you_mean(key, _KNOWN)
            message = f"there is no statement `{shorten(key)}`"
            raise self._text.damaged(message, line, width=len(key), hint=hint or None)

    def _here(self, line: int) -> _Model:
        """Return the model that a statement belongs to; a file may leave out `.model`."""
        if self._model is None:
            if self._models:
                raise self._text.damaged("expected `.model` after `.end`", line)
            self._model = self._models["top"] = _Model("top", line)
        return self._model

    def _drive(self, signal: str, table: Table) -> None:
        model = self._here(table.line)
        if signal in model.tables:
            message = f"`{shorten(signal)}` is driven for the second time, after line "
            message += str(model.tables[signal].line)
            raise self._text.damaged(message, table.line)
        model.tables[signal] = table

    def _add_table(self, signals: list[str], line: int, rows: list[tuple[list[str], int]]) -> None:
        """Read the rows of a table: they list its ones, or its zeros."""
        *inputs, output = signals
        cubes: list[str] = []
        values: set[str] = set()
        for words, at in rows:
            cube = "".join(words[:-1]) if inputs else ""
            value = words[-1] if inputs or len(words) == 1 else ""
            if len(cube) != len(inputs) or not _CUBE.fullmatch(cube) or value not in ("0", "1"):
                count = "no digit" if not inputs else f"{len(inputs)} of 0, 1 and -"
                message = f"expected {count}, and 0 or 1, found `{shorten(' '.join(words))}`"
                raise self._text.damaged(message, at, width=len(self._text.lines[at - 1]))
            values.add(value)
            if len(values) > 1:
                message = f"`{shorten(output)}` has rows for 0 and for 1: a table has one kind"
                raise self._text.damaged(message, at)
            cubes.append(cube)
        self._drive(output, Table(tuple(inputs), tuple(cubes), values != {"0"}, line))


def _logic(text: Text, model: _Model, *, is_cut: bool) -> Logic:
    """Return the tables of a model; latches are cut if asked for, so that their states are inputs.

    Raises InvalidNetworkError.
    """
    if model.latches and not is_cut:
        _refuse_latches(text, model)
    tables, outside = dict(model.tables), set(model.inputs)
    for latch in model.latches:
        if latch.state in tables or latch.state in outside:
            message = f"`{shorten(latch.state)}` is driven for the second time"
            raise text.damaged(message, latch.line)
        outside.add(latch.state)
    for signal, table in tables.items():
        if signal in outside:
            raise text.damaged(f"`{shorten(signal)}` is driven for the second time", table.line)
    for side, signals in (("input", model.inputs), ("output", model.outputs)):
        if len(set(signals)) < len(signals):
            raise text.damaged(f"an {side} of `{model.name}` is named twice", model.line)
    inputs = [*model.inputs, *(latch.state for latch in model.latches)]
    outputs = [*model.outputs]
    for latch in model.latches:
        following = next_state(latch.state, {*tables, *inputs, *outputs})
        outputs.append(following)
        tables[following] = Table((latch.stored,), ("1",), is_on=True, line=latch.line)
    return Logic(inputs, outputs, tables)


def _refuse_latches(text: Text, model: _Model) -> None:
    message = (
        f"model `{shorten(model.name)}` has {latches([latch.state for latch in model.latches])}"
    )
    raise text.refused(message, model.latches[0].line, width=len(".latch"), hint=CUT)
