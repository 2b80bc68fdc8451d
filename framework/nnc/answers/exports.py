"""A network -> its text in another language: what `nnc export` and `nnc.export` share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from nnc.checking import check_valid
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.exact import Refused

if TYPE_CHECKING:
    from nnc.compiler.plan import Plan
    from nnc.interchange.exporting.export import Export
    from nnc.language.network import Network
    from nnc.rows.options import Floats

Language = Literal["sql", "python", "js", "c"]
Dialect = Literal["duckdb", "sqlite", "postgres"]


def export(
    network: Network | Plan,
    language: Language,
    *,
    top: str | None = None,
    dialect: Dialect | None = None,
    keep: Sequence[str] = (),
    floats: Floats = "binary",
) -> str:
    """Write a network in another language, as `nnc export` does, and return the text.

    `top` names the function, in SQL the table that is read. `dialect` and the columns to `keep` are
    for SQL alone. `floats` says what a float means there: the `binary` number that is stored, or
    the shortest `decimal` that reads back.

    Raises InvalidNetworkError as `compile` does, and where the language cannot hold the network;
    ValueError for a language that there is not.

    >>> import nnc
    >>> text = nnc.export(nnc.load("configs/gates/xor.nn.yaml"), "js")
    >>> text.splitlines()[-3:]
    ['    "out": out,', '  };', '}']
    """
    from nnc.compiler.plan import Plan, build_plan

    if isinstance(network, Plan):
        plan = network
    else:
        checked = check_valid(network)
        if checked.graph is None:
            raise InvalidNetworkError(checked.obstacles)
        plan = build_plan(checked.graph, checked.file)
    made = export_of_plan(plan, language, top=top, dialect=dialect, keep=keep, floats=floats)
    return made.text


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
    """Write the plan of a file in another language, and say how exact it is there.

    Raises as `export`.
    """
    from nnc.interchange.exporting.export import LANGUAGES, export_plan

    if language not in LANGUAGES:
        raise ValueError(f"language has to be one of {', '.join(LANGUAGES)}, not {language!r}")
    try:
        return export_plan(plan, language, top=top, dialect=dialect, keep=keep, floats=floats)
    except Refused as refused:
        wrong = Diagnostic(refused.rule, refused.message, file=file, help=refused.help)
        raise InvalidNetworkError([wrong]) from None
