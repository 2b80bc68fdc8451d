"""A network as a page: one file that evaluates it exactly in a browser and needs nothing else."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple

from nnc.compiler.joint import assumption_plan
from nnc.compiler.plan import Plan, build_plan
from nnc.diagnostics.diagnostic import InvalidNetworkError, InvalidRowsError
from nnc.differences.answer import compare_checked
from nnc.drawing.drawings import Subject
from nnc.drawing.graphics.svg import page_style, palette
from nnc.drawing.page.numbers import PageData, plan_numbers
from nnc.drawing.page.pictures import PagePictures, Sheet, changed_sheets, page_pictures
from nnc.language.network import Input
from nnc.numbers.exact import Number, show_number
from nnc.opening.cases.running import Row, run_cases
from nnc.opening.checking import Checked
from nnc.printable import printable
from nnc.proofs.comparison import Behaviour
from nnc.rows.columns import Batch
from nnc.rows.inputs.row import row_from_values, values_from
from nnc.run.engines import input_values
from nnc.run.trace import PlainValue, given_inputs


class PageRow(NamedTuple):
    """A row that a page can load: its name, and the expected outputs as texts."""

    batch: Batch
    name: str = ""
    expected: Mapping[str, str] = MappingProxyType({})
    fails: bool = False

    @classmethod
    def of(
        cls,
        batch: Batch,
        values: Sequence[tuple[str, Number | str | None, Number | str]],
        name: str = "",
    ) -> PageRow:
        """Return a row with the expected outputs, None for any, and the actual ones."""
        known = [(output, value, result) for output, value, result in values if value is not None]
        expected = {output: _text(value) for output, value, _ in known}
        return cls(batch, name, expected, any(value != result for _, value, result in known))


class PageSettings(NamedTuple):
    """The initial values of a page, and the rows that it steps through.

    `shapes` are the width and height of inputs that are grids of pixels.
    """

    start: Batch
    rows: Sequence[PageRow] = ()
    shapes: Mapping[str, tuple[int, int]] = MappingProxyType({})


def network_page(checked: Checked, settings: PageSettings) -> str:
    """Return the page of a valid network, with the picture of each of its files.

    A network with too many boxes has only its table. One that leaves numbers open cannot be
    evaluated: its page has only its pictures, and says why. Scripts run only by their digests, and
    nothing is fetched.
    """
    side = _Side(checked, settings.start if checked.graph is not None else None, settings.shapes)
    obstacles = {} if checked.graph is not None else {"open": checked.obstacles[0].message}
    return _written([side], [_View("", side, side.pictures.sheets)], settings, obstacles)


def comparison_page(
    before: Checked, after: Checked, settings: PageSettings, *, is_free: bool = False
) -> str:
    """Return the page of two networks: the changes, both networks, and where outputs differ.

    It begins with inputs for which an output differs, if its start `is_free` and some are known.
    Raises InvalidNetworkError where one of them cannot be evaluated.
    """
    for side in (before, after):
        if side.graph is None:
            raise InvalidNetworkError(side.obstacles)
    behaviour = compare_checked(before, after).behaviour
    examples = [verdict.counterexample for verdict in behaviour.verdicts if verdict.counterexample]
    more: dict[str, str] = {}
    if examples and is_free:
        assert after.graph is not None
        row, inputs = examples[0].row, after.graph.inputs
        own = {name: value for name, value in row.items() if name in inputs}
        settings = settings._replace(start=starting_batch(inputs, own))
        more = {name: _text(value) for name, value in row.items() if name not in inputs}
    new = _Side(after, settings.start, settings.shapes)
    start = _start_of(before, {**input_texts(new.plan, settings.start), **more})
    old = _Side(before, start, settings.shapes)
    views = [
        _View("Change", new, changed_sheets(old.pictures, new.pictures)),
        _View("Before", old, old.pictures.sheets),
        _View("After", new, new.pictures.sheets),
    ]
    return _written([old, new], views, settings, _compared(behaviour), more)


class _View(NamedTuple):
    """The contents of a page: its title, its network, and the sheets."""

    title: str
    side: _Side
    sheets: Sequence[Sheet]


def _written(
    sides: Sequence[_Side],
    views: Sequence[_View],
    settings: PageSettings,
    compared: Mapping[str, object],
    more: Mapping[str, str] = MappingProxyType({}),
) -> str:
    main = sides[-1]
    data = {
        "networks": [side.data() for side in sides],
        "views": [
            {
                "title": view.title,
                "network": sides.index(view.side),
                "files": PagePictures(tuple(view.sheets), []).files(),
            }
            for view in views
        ],
        "start": {**input_texts(main.plan, settings.start), **more},
        "rows": [_row(main.plan, row) for row in settings.rows],
        "shapes": dict(settings.shapes),
        **compared,
    }
    return _filled(
        {
            "name": escape(printable(main.plan.name)),
            "description": escape(printable(main.description)),
            "sheets": "".join(
                _sheet(sheet, place, file)
                for place, view in enumerate(views)
                for file, sheet in enumerate(view.sheets)
            ),
            **_packed(json.dumps(data, separators=(",", ":"))),
        }
    )


class _Side:
    """One of the networks of a page."""

    def __init__(
        self, checked: Checked, start: Batch | None, shapes: Mapping[str, tuple[int, int]]
    ) -> None:
        graph = checked.wiring
        assert graph is not None
        assert checked.linked is not None
        assert checked.network is not None
        self.description = checked.network.description or ""
        self.plan = build_plan(graph, checked.network.name or "network")
        self.numbers = plan_numbers(self.plan)
        subject = Subject(checked.linked, graph, start, self.plan.name)
        widths = {bus: width for bus, (width, _) in shapes.items() if bus in graph.inputs}
        self.pictures = page_pictures(subject, widths)

    def data(self) -> PageData:
        """Return the network for the page, and bits that are 1 where assumptions break."""
        data: PageData = {**self.numbers, "instances": self.pictures.instances}
        assumed = assumption_plan(self.plan)
        if assumed is not None:
            claims = [claim for claim in self.plan.claims if claim.kind == "assume"]
            words = [
                f"{claim.name}: {claim.words()}" if claim.name else claim.words()
                for claim in claims
            ]
            data["assumed"] = {**plan_numbers(assumed), "words": words}
        return data


def _start_of(checked: Checked, texts: Mapping[str, str]) -> Batch:
    """Return a row of a network, with the values that it can take from another's."""
    assert checked.graph is not None
    inputs = checked.graph.inputs
    values: dict[str, object] = {}
    for name in texts.keys() & inputs.keys():
        value = texts[name].split(",") if "," in texts[name] else texts[name]
        with suppress(InvalidRowsError):
            starting_batch(inputs, {name: value})
            values[name] = value
    return starting_batch(inputs, values)


def _row(plan: Plan, row: PageRow) -> PageData:
    data: PageData = {"inputs": list(input_texts(plan, row.batch).values())}
    if row.name:
        data["name"] = row.name
    if row.expected:
        data |= {"expected": row.expected, "fails": row.fails}
    return data


def _compared(behaviour: Behaviour) -> PageData:
    """Return the verdicts on the outputs of two networks, and inputs for which they differ."""
    verdicts = behaviour.verdicts
    examples = [
        {
            "output": verdict.output,
            "inputs": {name: _text(value) for name, value in verdict.counterexample.row.items()},
        }
        for verdict in verdicts
        if verdict.counterexample is not None
    ]
    against = {
        "equal": behaviour.is_equal,
        "unknown": [verdict.output for verdict in verdicts if verdict.kind == "unknown"],
        "only": [verdict.output for verdict in verdicts if verdict.kind in ("added", "removed")],
        "examples": examples,
    }
    return {"against": against}


# ----------------------------------------------------------------------------------- values


def starting_batch(inputs: Mapping[str, Input], values: Mapping[str, object]) -> Batch:
    """Return a row of some values; other inputs have their defaults or smallest values.

    Raises InvalidRowsError for invalid values.
    """
    least = {name: _least(input_) for name, input_ in inputs.items() if input_.default is None}
    return row_from_values({**least, **values}, inputs, where=("--set",))


def with_least(inputs: Mapping[str, Input]) -> dict[str, Input]:
    """Return inputs that all have a default, by default their smallest value."""
    least = {name: _least(input_) for name, input_ in inputs.items() if input_.default is None}
    values = values_from(least, inputs, complete=False)
    return {
        name: input_.model_copy(update={"default": values[name]}) if name in values else input_
        for name, input_ in inputs.items()
    }


def first_batch(checked: Checked) -> Batch:
    """Return the row of a network's first case; without cases, the smallest values."""
    graph = checked.wiring
    assert graph is not None
    if checked.graph is not None and checked.network is not None and checked.network.cases:
        plan = build_plan(checked.graph)
        case = next(run_cases(checked.network, plan, checked.path, checked.root), None)
        if isinstance(case, Row):
            return case.one_row()
    return starting_batch(graph.inputs, {})


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
    """Return the values of the inputs as a row writes them."""
    (values,) = input_values(plan, row)
    return {name: _text(value) for name, value in given_inputs(plan, values).items()}


def _text(value: PlainValue | Number) -> str:
    if isinstance(value, str):
        return value
    return ",".join(map(show_number, value)) if isinstance(value, list) else show_number(value)


# ------------------------------------------------------------------------------------- HTML

_LARGE = 1 << 12  # of more the data is packed
_LEVEL = 6  # the next levels take many times as long, and save little
_SCRIPTS = (
    "engine", "dom", "cuts", "inputs", "picture", "boxes", "why", "table", "zoom", "search", "rows",
    "page",
)  # fmt: skip


def _packed(text: str) -> dict[str, str]:
    """Return the data for the page, as JSON or packed if it is large."""
    if len(text) < _LARGE:
        return {"type": "application/json", "data": _in_html(text)}
    return {"type": "application/octet-stream", "data": _deflated(text)}


def _deflated(text: str) -> str:
    return b64encode(zlib.compress(text.encode(), _LEVEL)).decode()


def _in_html(text: str) -> str:
    """Write JSON so that nothing in it ends a script or acts as a command in a CI log."""
    for old, new in (("</", "<\\/"), ("<!--", "<\\u0021--"), ("##", "#\\u0023")):
        text = text.replace(old, new)
    return text


def _sheet(sheet: Sheet, view: int, file: int) -> str:
    hidden = " hidden" if view or file else ""
    what = sheet.svg or (
        f"<p>{escape(printable(sheet.name))} has too many boxes to draw: its neurons are in the "
        "table.</p>"
    )
    return f'<div class="sheet" data-view="{view}" data-file="{file}"{hidden}>{what}</div>\n'


def _filled(texts: Mapping[str, str]) -> str:
    """Fill the template; the texts of a network come last, so that they are not searched."""
    filling = {**_fixed(), **texts}
    pieces = _source("page.html").split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        key, _, rest = piece.partition("}}")
        filled += [filling[key], rest]
    return "".join(filled)


@cache
def _fixed() -> Mapping[str, str]:
    """Return the text that all pages share; the code is packed and allowed only by its digest."""
    loader, code = _source("loader.js"), "\n".join(_source(f"{name}.js") for name in _SCRIPTS)
    return {
        "hashes": " ".join(f"'sha256-{_digest(script)}'" for script in (loader, code)),
        "light": palette("light"),
        "dark": palette("dark"),
        "css": _source("page.css"),
        "styles": page_style(".sheet"),
        "loader": loader,
        "code": _deflated(code),
    }


def _source(name: str) -> str:
    """Return a file of the page without indents and comments."""
    lines = (files(__package__) / name).read_text("utf-8").splitlines()
    kept = (line.strip() for line in lines)
    return "\n".join(line for line in kept if line and not line.startswith("//"))


def _digest(script: str) -> str:
    return b64encode(sha256(script.encode()).digest()).decode()
