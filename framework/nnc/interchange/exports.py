"""A network -> its text in another language, and a check of that, for the command and Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple, overload

from nnc.compiler.graph import SharedWeights
from nnc.compiler.plan import Plan, build_plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, InvalidRowsError
from nnc.files.opening import MAX_BYTES, read_bytes
from nnc.interchange.checking.rows import rows_of
from nnc.interchange.checks import Checking, ExportCheck, check_file
from nnc.interchange.exporting.exactness import EXACT, Exactness, exactness_in
from nnc.interchange.exporting.logic import Logic, logic_of, states_of, wire_values
from nnc.interchange.importing.buses import renamed
from nnc.interchange.languages import LANGUAGES, Change, FileContents, Wishes, named
from nnc.language.network import BITS, Network, States
from nnc.numbers.exact import Refused, first_names, shorten, show_number
from nnc.opening.checking import Checked, check_valid
from nnc.opening.testing import CaseSuite, suite_of
from nnc.printable import printable
from nnc.rows.columns import Batch
from nnc.rows.formats import FORMATS
from nnc.rows.options import Floats
from nnc.rows.session import RowOptions
from nnc.run.digests.digests import structure_digest
from nnc.run.streaming import Source, open_rows
from nnc.run.tables import Reading, Rows, batches_of
from nnc.terminal.row_settings import RowSettings
from nnc.version import VERSION

Text = Literal["sql", "python", "js", "c", "verilog", "blif", "opb", "aag"]
Binary = Literal["onnx", "aiger"]
Dialect = Literal["duckdb", "sqlite", "postgres"]
_MAX_SYNAPSES = 1 << 21


class Export(NamedTuple):
    """A network in another language, how exact it is there, and what reads otherwise there."""

    data: bytes
    exactness: Exactness
    notes: tuple[Diagnostic, ...] = ()

    @property
    def text(self) -> str:
        """The text, of a language that is one."""
        return self.data.decode()


@overload
def export(
    network: Network | Plan,
    language: Text,
    *,
    top: str | None = None,
    dialect: Dialect | None = None,
    keep: Sequence[str] = (),
    floats: Floats = "binary",
) -> str: ...


@overload
def export(
    network: Network | Plan,
    language: Binary,
    *,
    top: str | None = None,
    floats: Floats = "binary",
) -> bytes: ...


def export(
    network: Network | Plan,
    language: Text | Binary,
    *,
    top: str | None = None,
    dialect: Dialect | None = None,
    keep: Sequence[str] = (),
    floats: Floats = "binary",
) -> str | bytes:
    """Write a network in another language, as `nnc export` does.

    Returns the text; of ONNX and `aiger`, which are no texts, the bytes.

    `top` names the function or module, in SQL the table that is read. `dialect` and the columns to
    `keep` are for SQL alone. `floats` says what a float means there: the `binary` number that is
    stored, or the shortest `decimal` that reads back.

    Raises InvalidNetworkError as `compile` does, and where the language cannot hold the network;
    ValueError for a language that there is not.

    >>> import nnc
    >>> text = nnc.export(nnc.load("configs/gates/xor.nn.yaml"), "js")
    >>> text.splitlines()[-3:]
    ['    "out": out,', '  };', '}']
    """
    plan = _plan_of(network)
    with reported():
        made = export_plan(plan, language, top=top, dialect=dialect, keep=keep, floats=floats)
    return made.text if LANGUAGES[language].is_text else made.data


def _plan_of(network: Network | Plan) -> Plan:
    if isinstance(network, Plan):
        return network
    checked = check_valid(network)
    if checked.graph is None:
        raise InvalidNetworkError(checked.obstacles)
    return build_plan(checked.graph, checked.file)


@contextmanager
def reported(file: str | None = None) -> Iterator[None]:
    """Raise InvalidNetworkError, with the file, where a language cannot hold a network."""
    try:
        yield
    except Refused as refused:
        wrong = Diagnostic(refused.rule, refused.message, file=file, help=refused.help)
        raise InvalidNetworkError([wrong]) from None


def check_export(
    network: Network | Plan,
    file: Path | str | bytes,
    language: Text | Binary,
    *,
    dialect: Dialect | None = None,
    floats: Floats = "binary",
    rows: Rows | None = None,
) -> ExportCheck:
    """Run an exported file by the program for its language, and compare the answers.

    `file` is a path, or what is written in it, which is run as it stands: check only what you
    trust. The rows are the whole truth table, where that has at most 2^16, or else 1,000 that are
    made, on cut-offs and thresholds and beside them, the same ones every time; then those of the
    cases of the network, and `rows`, as `evaluate` takes them. `dialect` and `floats` are as they
    were for `export`.

    The check has `agrees`, and as `difference` the first row whose answer is another one; its text
    is what `nnc export --verify` says. Where a program is not here, `missing` says which.

    Raises as `export`, FileError where a path cannot be opened, and InvalidRowsError for rows that
    the network does not take, also those of its cases.

    >>> import nnc
    >>> network = nnc.load("configs/gates/xor.nn.yaml")
    >>> check = nnc.check_export(network, nnc.export(network, "python"), "python")
    >>> check.agrees, check.rows
    (True, 4)
    """
    plan = _plan_of(network)
    with reported():
        exactness = export_plan(plan, language, dialect=dialect, floats=floats).exactness
    if isinstance(file, Path):
        file = read_bytes(str(file), MAX_BYTES)
    export = Export(file.encode() if isinstance(file, str) else file, exactness)
    suite = None if isinstance(network, Plan) else suite_of(network, None)
    batches = () if rows is None else batches_of(plan.inputs, rows, Reading(floats=floats))
    return check_of_export(export, plan, Checking(language, dialect, floats), suite, batches)


def check_of_export(
    export: Export,
    plan: Plan,
    checking: Checking,
    suite: CaseSuite | None = None,
    batches: Iterable[Batch] = (),
) -> ExportCheck:
    """Run an export on generated rows, those of the cases of a network, and those of batches.

    Raises InvalidRowsError where a case has a mistake.
    """
    cases = []
    if suite is not None and suite.cases:
        if suite.errors:
            raise InvalidNetworkError(suite.errors)
        done = suite.run(lambda row: row.one_row())
        if done.mistakes:
            raise InvalidRowsError(done.mistakes)
        cases = list(rows_of(plan, (batch for batch, _ in done.entries if batch is not None)))
    rows = list(rows_of(plan, batches))
    return check_file(export.data, plan, export.exactness, checking, cases=cases, rows=rows)


def check_with_rows(
    export: Export,
    plan: Plan,
    checking: Checking,
    checked: Checked | None,
    rows: str | None,
    warnings: list[Diagnostic],
) -> ExportCheck:
    """Run an export as `check_of_export` does, also on the rows of a file.

    Raises FileError and InvalidRowsError.
    """
    suite = None if checked is None else CaseSuite(checked)
    if rows is None:
        return check_of_export(export, plan, checking, suite)
    read_as = RowSettings(rows, ()).format
    floats = None if FORMATS[read_as].is_text else checking.floats
    source = Source(rows, read_as, {}, warnings.append, RowOptions(floats=floats))
    with open_rows(source, plan.inputs) as opened:
        return check_of_export(export, plan, checking, suite, opened.batches)


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
    or its sums are, ValueError for a language that there is not.
    """
    if name not in LANGUAGES:
        raise ValueError(f"language has to be one of {', '.join(LANGUAGES)}, not {name!r}")
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
    exactness = EXACT
    if language.largest is not None:
        exactness = exactness_in(logic, language.largest, language.name)
    if not language.refuses and any(claim.kind == "assume" for claim in plan.claims):
        words = f"{exactness.words} that the assumptions allow: others are not refused here"
        exactness = exactness._replace(words=words)
    title = top or ("rows" if language.dialects else plan.name or "network")
    wishes = Wishes(title, dialect, keep)
    result: FileContents = named(language.writer)(logic, wishes, _header(plan, exactness))
    data, changes = result
    notes = tuple(_notes(logic, changes, has_wires=language.has_wires))
    return Export(data.encode() if isinstance(data, str) else data, exactness, notes)


def _notes(logic: Logic, changes: Iterable[Change], *, has_wires: bool) -> Iterator[Diagnostic]:
    """Yield the names that are others in a file, and the wires whose values are not 0 and 1."""
    yield from renamed(changes, "file")
    if not has_wires:
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


def _header(plan: Plan, exactness: Exactness) -> str:
    """Write the source of the text, and its exactness."""
    name = printable(plan.name).replace("*/", "* /")  # nothing may end the comment
    about = f"The network {name}" if name else "A network"
    return (
        f"{about}, written by nnc {VERSION}: change the network, not this file.\n"
        f"structure sha256:{structure_digest(plan)}\n"
        f"{exactness.words}\n"
    )
