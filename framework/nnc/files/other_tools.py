"""Recognise files of other tools by their names and first bytes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import PurePath
from typing import NamedTuple

POINTS_COLUMNS = (
    ("variable", "name", "feature", "attribute", "characteristic"),
    ("bin", "value", "bins", "values", "range"),
    ("points", "score"),
)
"""The possible names of the three columns of a points table."""
MAX_START = 4096
"""The number of bytes at the start of a file that are searched for its format."""
_VERILOG = (".v", ".sv")


class OtherFile(NamedTuple):
    """A file format of another tool: its description for messages, and how to recognise it.

    `begins` tests the first bytes of a file whose suffix is not conclusive; it must not guess.
    """

    words: str
    suffixes: tuple[str, ...]
    begins: Callable[[bytes], object]


def _is_points(start: bytes) -> bool:
    """Return True if the first line is the header of a points table."""
    line = start.split(b"\n", 1)[0].decode("utf-8", "replace").lstrip("\ufeff").strip()
    names = {cell.strip().strip('"').casefold() for cell in re.split("[,;\t]", line)}
    return all(names & set(words) for words in POINTS_COLUMNS)


def _is_xgboost(start: bytes) -> bool:
    is_json = b'"learner"' in start and start.lstrip().startswith(b"{")
    return is_json or start.startswith(b"{L\0\0\0\0\0\0\0\x07learner")


OTHER_FILES: Mapping[str, OtherFile] = {
    "aiger": OtherFile("an AIGER file", (".aig", ".aag"), partial(re.match, rb"a[ai]g ")),
    "blif": OtherFile(
        "a BLIF file",
        (".blif",),
        partial(re.match, rb"(?:\s|#[^\n]*\n)*\.(?:model|inputs|outputs)\s"),
    ),
    "open-psa": OtherFile(
        "a fault tree of Open-PSA", (".opsa",), partial(re.search, rb"<opsa-mef[\s>/]")
    ),
    "pmml": OtherFile("a model in PMML", (".pmml",), partial(re.search, rb"<PMML[\s>/]")),
    "points": OtherFile("a table of points", (), _is_points),
    "spamassassin": OtherFile(
        "a file of rules of SpamAssassin",
        (".cf",),
        partial(re.search, rb"(?m)^[ \t]*(?:score|describe|required_score)\s"),
    ),
    "xgboost": OtherFile("a model of XGBoost", (".ubj",), _is_xgboost),
    "lightgbm": OtherFile("a model of LightGBM", (), partial(re.match, rb"tree\r?\nversion=")),
    "onnx": OtherFile("a model of ONNX", (".onnx",), partial(re.match, rb"\x08\x09\x12\x03nnc")),
}
"""Every format that `nnc import` reads, in the order in which they are tested."""


def recognised(file: str, data: bytes) -> str | None:
    """Return the format of a file, by its suffix or else its first bytes, or None."""
    suffix = PurePath(file).suffix.lower()
    for name, other in OTHER_FILES.items():
        if suffix in other.suffixes:
            return name
    start = data[:MAX_START]
    return next((name for name, other in OTHER_FILES.items() if other.begins(start)), None)


def way_to_import(file: str, data: bytes) -> tuple[str, str] | None:
    """Return a description of another tool's file and how to import it, or None for others.

    File names that need quoting are not put into the script for yosys, which quotes differently.
    """
    path = PurePath(file)
    if path.suffix.lower() in _VERILOG:
        is_plain = re.fullmatch(r"[\w./-]+", file) is not None
        source = str(path) if is_plain else f"FILE{path.suffix}"
        aiger = f"{PurePath(source).stem}.aig"
        script = f"read_verilog {source}; synth -flatten -auto-top; aigmap; "
        script = shlex.quote(f"{script}write_aiger -symbols {aiger}")
        return "Verilog", f"yosys makes AIGER of it: yosys -p {script}; then nnc import {aiger}"
    name = recognised(file, data)
    if name is None:
        return None
    hint = "read it with nnc import"
    if not file.startswith("<"):  # the name of standard input or of a text
        target = shlex.quote(str(path.with_name(f"{path.stem}.nn.yaml")))
        hint += f" {shlex.quote(file)} -o {target}"
    return OTHER_FILES[name].words, hint
