"""The languages that networks are exported to: what writes each, and what runs it to check it.

Modules are named in the table and imported when a language is used, so that `--help` is quick.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, Literal, NamedTuple, TypeAlias

from nnc.numbers.exact import LARGEST_WHOLE

DIALECTS = ("duckdb", "sqlite", "postgres")
INT64 = (1 << 63) - 1

Change = tuple[str, str, str]
"""An `input` or `output`, its name in the network, and its name in a file."""
Shares: TypeAlias = Literal["convolutions", "layers"] | None
"""The layers that a file has whole: convolutions in float32, or all, and large dense layers."""


class Wishes(NamedTuple):
    """Settings of a file besides its language: the name in it, and columns of a table."""

    top: str
    dialect: str | None = None
    keep: Sequence[str] = ()


class FileContents(NamedTuple):
    """The contents of a file, and the names that are others in it."""

    data: str | bytes
    changes: Iterable[Change] = ()


class Language(NamedTuple):
    """A language that networks are written in, and what other modules ask of it."""

    name: str
    writer: str
    """The function that writes a file: its module below `interchange`, and its name."""
    runner: str | None
    """The `Tool` that runs a file; None if no program does."""
    suffixes: tuple[str, ...]
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


def named(path: str) -> Any:
    """Return the function or constant that the table names."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(f"nnc.interchange.{module}"), name)


def _circuit(name: str, writer: str, runner: str | None, suffix: str) -> Language:
    """Return a language of circuits, whose ports have names of Verilog."""
    return Language(name, writer, runner, (suffix,), refuses=False, has_wires=True)


_AIGER = _circuit("AIGER", "exporting.circuits.ands.write_aig", "checking.circuits.ABC", ".aig")

LANGUAGES = {
    "sql": Language(
        "SQL", "exporting.sql.write", "checking.sql.DATABASE", (".sql",), INT64 >> 1,
        dialects=DIALECTS,
    ),
    "python": Language(
        "Python", "exporting.python.write", "checking.scripts.PYTHON", (".py",), shares="layers"
    ),
    "js": Language(
        "JavaScript", "exporting.javascript.write", "checking.scripts.JAVASCRIPT", (".js", ".mjs"),
        LARGEST_WHOLE, shares="layers",
    ),
    "c": Language(
        "C", "exporting.c.write", "checking.c.COMPILED", (".h",), INT64, shares="layers"
    ),
    "onnx": Language(
        "ONNX", "exporting.onnx.write", "checking.scripts.ONNX", (".onnx",), LARGEST_WHOLE,
        is_text=False, refuses=False, shares="convolutions",
    ),
    "verilog": _circuit(
        "Verilog", "exporting.circuits.verilog.write", "checking.circuits.ICARUS", ".v"
    ),
    "blif": _circuit(
        "BLIF", "exporting.circuits.ands.write_blif", "checking.circuits.ABC", ".blif"
    ),
    "opb": Language(
        "OPB", "exporting.circuits.opb.write", None, (".opb",), has_top=False, has_wires=True
    ),
    "aag": _AIGER._replace(
        writer="exporting.circuits.ands.write_aag", runner=None, suffixes=(".aag",),
        has_top=False,
    ),
    "aiger": _AIGER._replace(is_text=False, has_top=False),
}  # fmt: skip
"""The languages by the word that stands for each."""
