"""A network as a page: one file that evaluates it exactly in a browser, and needs nothing else."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from html import escape
from importlib.resources import files

from nnc.checking import Checked
from nnc.compiler.plan import Plan, build_plan
from nnc.drawing.drawings import DrawingSettings, Subject, draw
from nnc.drawing.model import Picture
from nnc.drawing.svg import render
from nnc.exact import show_number
from nnc.language.network import Input
from nnc.printable import printable
from nnc.reports.plan import plan_as_json
from nnc.rows.columns import Batch
from nnc.rows.inputs.arrays import row_from_values
from nnc.run.engines import input_values
from nnc.run.trace import PlainValue, given_inputs


def network_page(checked: Checked, start: Batch, rows: Sequence[Batch] = ()) -> str:
    """Return the page of a valid network, which begins with a row and steps through others.

    Each batch is one row. A network of too many boxes has an overview for a picture, and its table.
    The scripts run by their digest alone, and nothing is fetched.
    """
    assert checked.graph is not None
    assert checked.linked is not None
    assert checked.network is not None
    network = checked.network
    plan = build_plan(checked.graph, network.name or "network")
    subject = Subject(checked.linked, checked.graph, start, plan.name)
    drawing = draw(subject, DrawingSettings())
    picture, svg = drawing.picture, drawing.svg
    if picture is not None:  # else it is an overview, which stays as it is
        picture = _roomy(picture)
        svg = render(picture, live=True)
    data = {
        "wires": [[wire.target, wire.row] for wire in picture.wires] if picture else [],
        "start": input_texts(plan, start),
        "rows": [list(input_texts(plan, row).values()) for row in rows],
    }
    plan_text = "".join(plan_as_json(plan, {})).strip()
    text = f'{{"plan": {plan_text}, {json.dumps(data)[1:]}'
    return _filled(
        {
            "name": escape(printable(plan.name)),
            "description": escape(printable(network.description or "")),
            "svg": svg,
            **_packed(text),
        }
    )


def _packed(text: str) -> dict[str, str]:
    """Return the data as it stands in the page: as JSON, or packed where it is large."""
    if len(text) < _LARGE:
        return {"type": "application/json", "data": _in_html(text)}
    packed = zlib.compress(text.encode(), 9)
    return {"type": "application/octet-stream", "data": b64encode(packed).decode()}


def _in_html(text: str) -> str:
    """Write JSON so that nothing in it ends a script, or is a command that a CI log obeys."""
    for old, new in (("</", "<\\/"), ("<!--", "<\\u0021--"), ("##", "#\\u0023")):
        text = text.replace(old, new)
    return text


def starting_batch(inputs: Mapping[str, Input], values: Mapping[str, object]) -> Batch:
    """Return a row of some values, and for other inputs their defaults or least values.

    Raises InvalidRowsError for values that cannot be.
    """
    least = {name: _least(input_) for name, input_ in inputs.items() if input_.default is None}
    return row_from_values({**least, **values}, inputs, where=("--set",))


def _least(input_: Input) -> object:
    if input_.of is not None:
        return input_.of[0]
    value = input_.state_values[0] if input_.type == "bit" else input_.min
    if value is None:
        value = 0 if input_.max is None or input_.max >= 0 else input_.max
    if input_.size is None or input_.is_integer_bus:
        return value
    return [value] * input_.size


def input_texts(plan: Plan, row: Batch) -> dict[str, str]:
    """Return the value of each input as a row has it."""
    (values,) = input_values(plan, row)
    return {name: _text(value) for name, value in given_inputs(plan, values).items()}


def _text(value: PlainValue) -> str:
    if isinstance(value, str):
        return value
    return ",".join(map(show_number, value)) if isinstance(value, list) else show_number(value)


def _roomy(drawn: Picture) -> Picture:
    """Leave room for values that are longer than those the page begins with."""
    elements = (
        replace(element, room=_ROOM)
        if element.value is not None and element.fires is None
        else element
        for element in drawn.elements
    )
    return replace(drawn, elements=tuple(elements))


_ROOM = 8
_LARGE = 1 << 18  # of more the data is packed
_PARTS = ("page.html", "page.css", "engine.js", "page.js")


def _filled(texts: Mapping[str, str]) -> str:
    """Fill the template; the texts of a network are put in last, and not looked at again."""
    html, css, *scripts = ((files(__package__) / name).read_text("utf-8") for name in _PARTS)
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    filling = {"hashes": hashes, "css": css, "engine": scripts[0], "script": scripts[1], **texts}
    pieces = html.split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        key, _, rest = piece.partition("}}")
        filled += [filling[key], rest]
    return "".join(filled)


def _digest(script: str) -> str:
    return b64encode(sha256(script.encode()).digest()).decode()
