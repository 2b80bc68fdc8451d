"""Plan -> a file in another language, with a header that says where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from nnc.compiler.graph import SharedWeights
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.interchange.exporting.c import c_changes, c_text
from nnc.interchange.exporting.circuits.aiger import aag_text, aig_data
from nnc.interchange.exporting.circuits.blif import blif_text
from nnc.interchange.exporting.circuits.opb import opb_text
from nnc.interchange.exporting.circuits.ports import Ports
from nnc.interchange.exporting.circuits.verilog import verilog_text
from nnc.interchange.exporting.exactness import (
    EXACT,
    INT64,
    Exactness,
    exactness_in,
)
from nnc.interchange.exporting.javascript import javascript_text
from nnc.interchange.exporting.logic import Logic, Shares, logic_of, states_of, wire_values
from nnc.interchange.exporting.onnx import about_rows, onnx_changes, onnx_graph
from nnc.interchange.exporting.python import python_text
from nnc.interchange.exporting.sql import DIALECTS, sql_text
from nnc.interchange.exporting.wording import Change
from nnc.language.network import BITS, States
from nnc.numbers.exact import LARGEST_WHOLE, Refused, first_names, shorten, show_number
from nnc.printable import printable
from nnc.rows.options import Floats
from nnc.run.digests.digests import structure_digest
from nnc.version import VERSION

_MAX_SYNAPSES = 1 << 21


class Wishes(NamedTuple):
    """Settings of a file besides its language: a name, and columns of a table."""

    top: str | None = None
    dialect: str | None = None
    keep: Sequence[str] = ()


class Language(NamedTuple):
    """A language that networks are written in, and what other modules ask of it."""

    name: str
    write: Callable[[Logic, Wishes, str], str | bytes]
    """Return the file of a network that begins with a header."""
    suffixes: tuple[str, ...] = ()
    """The suffixes of its files; none if another language has them."""
    largest: int | None = None
    """The largest integer; None if an integer may have any size."""
    is_text: bool = True
    refuses: bool = True
    """Rows that break an assumption are refused, and not answered."""
    has_top: bool = True
    """A function, module or table in the file has a name, which users may choose."""
    has_wires: bool = False
    """A bit is 0 or 1 in the file, whatever its states are."""
    dialects: tuple[str, ...] = ()
    shares: Shares = None
    """The layers that are loops over weights stored once."""
    changes: Callable[[Logic, str], Iterable[Change]] | None = None
    """Return the names of inputs and outputs in the network and in the file, where they differ."""


class Export(NamedTuple):
    """A network in another language, how exact it is there, and what reads otherwise there."""

    data: bytes
    exactness: Exactness
    notes: tuple[Diagnostic, ...] = ()

    @property
    def text(self) -> str:
        """The text, of a language that is one."""
        return self.data.decode()


def _of_function(write: Callable[[Logic, str, str], str]) -> Callable[[Logic, Wishes, str], str]:
    """Return a writer of a language whose one wish is the name of the function."""
    return lambda logic, wishes, header: write(logic, _top(logic, wishes.top), header)


def _sql(logic: Logic, wishes: Wishes, header: str) -> str:
    dialect = wishes.dialect or DIALECTS[0]
    return sql_text(logic, wishes.top or "rows", header, dialect=dialect, keep=wishes.keep)


def _onnx(logic: Logic, wishes: Wishes, header: str) -> bytes:
    metadata = [("nnc.structure", header.splitlines()[1].removeprefix("structure "))]
    graph = onnx_graph(logic, _top(logic, wishes.top))
    return graph.model(header + about_rows(logic.plan), metadata)


def _circuit(
    name: str,
    write: Callable[[Logic, Wishes, str], str | bytes],
    suffix: str,
    *,
    is_text: bool = True,
    has_top: bool = True,
) -> Language:
    """Return a language of circuits, whose ports have names of Verilog."""
    return Language(
        name,
        write,
        (suffix,),
        is_text=is_text,
        refuses=False,
        has_top=has_top,
        has_wires=True,
        changes=lambda logic, _: Ports(logic, name).changes,
    )


LANGUAGES = {
    "sql": Language(
        "SQL",
        _sql,
        (".sql",),
        INT64 >> 1,
        dialects=DIALECTS,
    ),
    "python": Language("Python", _of_function(python_text), (".py",), shares="layers"),
    "js": Language(
        "JavaScript",
        _of_function(javascript_text),
        (".js", ".mjs"),
        LARGEST_WHOLE,
        shares="layers",
    ),
    "c": Language("C", _of_function(c_text), (".h",), INT64, shares="layers", changes=c_changes),
    "onnx": Language(
        "ONNX",
        _onnx,
        (".onnx",),
        LARGEST_WHOLE,
        is_text=False,
        refuses=False,
        shares="convolutions",
        changes=lambda logic, _: onnx_changes(logic),
    ),
    "verilog": _circuit("Verilog", _of_function(verilog_text), ".v"),
    "blif": _circuit("BLIF", _of_function(blif_text), ".blif"),
    "opb": Language(
        "OPB",
        lambda logic, _, header: opb_text(logic, header),
        (".opb",),
        has_top=False,
        has_wires=True,
    ),
    "aag": _circuit(
        "AIGER", lambda logic, _, header: aag_text(logic, header), ".aag", has_top=False
    ),
    "aiger": _circuit(
        "AIGER",
        lambda logic, _, header: aig_data(logic, header),
        ".aig",
        is_text=False,
        has_top=False,
    ),
}
"""The languages by the word that stands for each; `checks` has the tool that runs each."""


def export_plan(
    plan: Plan,
    name: str,
    *,
    top: str | None = None,
    dialect: str | None = None,
    keep: Sequence[str] = (),
    floats: Floats = "binary",
) -> Export:
    """Write a plan in another language.

    `top` names the function, in SQL the table that is read; without it, the network's own name, or
    `network`, and in SQL `rows`. `dialect` and the columns to `keep` are for SQL alone;
    `floats` says what a float means. Raises Refused where a network is too large for the language,
    or its sums are.
    """
    language = LANGUAGES[name]
    synapses = len(plan.neurons.weights) + sum(
        layer.weights.kernel.size
        if language.shares is not None and isinstance(layer.weights, SharedWeights)
        else layer.synapses
        for layer in plan.layers
    )
    if synapses > _MAX_SYNAPSES:
        raise Refused(
            "not-exportable",
            f"{synapses:,} weights are too many to be written as text: at most {_MAX_SYNAPSES:,}",
            "compile it with `nnc compile -o`, and evaluate it with nnc",
        )
    logic = logic_of(plan, floats, assumes=language.refuses, shares=language.shares)
    exactness = _exactness(language, logic)
    if not language.refuses and any(claim.kind == "assume" for claim in plan.claims):
        words = f"{exactness.words} that the assumptions allow: others are not refused here"
        exactness = exactness._replace(words=words)
    made = language.write(logic, Wishes(top, dialect, keep), _header(plan, exactness))
    notes = tuple(_notes(language, logic, _top(logic, top)))
    return Export(made.encode() if isinstance(made, str) else made, exactness, notes)


def _top(logic: Logic, top: str | None) -> str:
    return top or logic.plan.name or "network"


def _notes(language: Language, logic: Logic, top: str) -> Iterator[Diagnostic]:
    """Yield which names are others in a file, and what wires carry whose values are not 0 and 1."""
    changes = language.changes(logic, top) if language.changes is not None else ()
    words = [f"{kind} `{shorten(old)}` is `{new}`" for kind, old, new in changes if old != new]
    if words:
        yield Diagnostic("renamed", f"some names differ in the file: {first_names(words)}")
    if not language.has_wires:
        return
    plan = logic.plan
    bits = [
        (plan.name_of(first + place), input_.state_values)
        for (name, input_), first in zip(plan.inputs.items(), plan.first_of.values(), strict=True)
        if input_.type == "bit"
        for place in range(input_.width)
    ]
    bits += [
        (name, states_of(value))
        for port in logic.outputs
        if logic.netlist.noun(port) in ("bit", "bus")
        for name, value in zip(port.names, port.numbers, strict=True)
        if not logic.is_number(value)
    ]
    named: dict[States, list[str]] = {}
    for name, states in bits:
        if wire_values(states) != BITS:
            named.setdefault(wire_values(states), []).append(f"`{shorten(name)}`")
    for (lesser, greater), names in named.items():
        are = "are" if names[1:] else "is"
        values = f"0 for {show_number(lesser)} and 1 for {show_number(greater)}"
        message = f"in the file, {first_names(names)} {are} written as {values}"
        yield Diagnostic("wire-values", message, help="read them so, or give them `states` 0 and 1")


def _exactness(language: Language, logic: Logic) -> Exactness:
    if language.largest is None:
        return EXACT
    return exactness_in(logic, language.largest, language.name)


def _header(plan: Plan, exactness: Exactness) -> str:
    """Write the source of the text, and its exactness."""
    name = printable(plan.name).replace("*/", "* /")  # nothing may end the comment
    about = f"The network {name}" if name else "A network"
    return (
        f"{about}, written by nnc {VERSION}: change the network, not this file.\n"
        f"structure sha256:{structure_digest(plan)}\n"
        f"{exactness.words}\n"
    )
