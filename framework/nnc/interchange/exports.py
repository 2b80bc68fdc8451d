"""A network -> its text in another language, and a check of that, for the command and Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from nnc.compiler.plan import Plan, build_plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, InvalidRowsError
from nnc.files.opening import MAX_BYTES, read_bytes
from nnc.interchange.exporting.languages import LANGUAGES, Export, export_plan
from nnc.language.network import Network
from nnc.numbers.exact import Refused
from nnc.opening.checking import check_valid
from nnc.opening.testing import CaseSuite, suite_of
from nnc.rows.options import Floats
from nnc.run.tables import Reading, batches_of

if TYPE_CHECKING:
    from nnc.interchange.checking.checks import ExportCheck
    from nnc.rows.columns import Batch
    from nnc.run.tables import Rows

Text = Literal["sql", "python", "js", "c", "verilog", "blif", "opb", "aag"]
Binary = Literal["onnx", "aiger"]
Dialect = Literal["duckdb", "sqlite", "postgres"]


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
    made = export_of_plan(
        plan,
        language,
        top=top,
        dialect=dialect,
        keep=keep,
        floats=floats,
    )
    return made.text if LANGUAGES[language].is_text else made.data


def _plan_of(network: Network | Plan) -> Plan:
    if isinstance(network, Plan):
        return network
    checked = check_valid(network)
    if checked.graph is None:
        raise InvalidNetworkError(checked.obstacles)
    return build_plan(checked.graph, checked.file)


def export_of_plan(
    plan: Plan,
    language: str,
    *,
    top: str | None = None,
    dialect: str | None = None,
    keep: Sequence[str] = (),
    floats: Floats = "binary",
    file: str | None = None,
) -> Export:
    """Write the plan of a file in another language, with its exactness.

    Raises as `export`.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language has to be one of {', '.join(LANGUAGES)}, not {language!r}")
    try:
        return export_plan(plan, language, top=top, dialect=dialect, keep=keep, floats=floats)
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
    exactness = export_of_plan(plan, language, dialect=dialect, floats=floats).exactness
    if isinstance(file, Path):
        file = read_bytes(str(file), MAX_BYTES)
    export = Export(file.encode() if isinstance(file, str) else file, exactness)
    suite = None if isinstance(network, Plan) else suite_of(network, None)
    batches = () if rows is None else batches_of(plan.inputs, rows, Reading(floats=floats))
    return check_of_export(export, plan, language, dialect, floats, suite, batches)


def check_of_export(
    export: Export,
    plan: Plan,
    language: str,
    dialect: str | None = None,
    floats: Floats = "binary",
    suite: CaseSuite | None = None,
    batches: Iterable[Batch] = (),
) -> ExportCheck:
    """Run an export on generated rows, those of the cases of a network, and those of batches.

    Raises InvalidRowsError where a case has a mistake.
    """
    from nnc.interchange.checking.checks import check_plan
    from nnc.interchange.checking.rows import rows_of

    cases = []
    if suite is not None and suite.cases:
        if suite.errors:
            raise InvalidNetworkError(suite.errors)
        done = suite.run(lambda row: row.one_row())
        if done.mistakes:
            raise InvalidRowsError(done.mistakes)
        cases = list(rows_of(plan, (batch for batch, _ in done.entries if batch is not None)))
    return check_plan(
        export,
        plan,
        language,
        dialect=dialect,
        floats=floats,
        cases=cases,
        rows=list(rows_of(plan, batches)),
    )
