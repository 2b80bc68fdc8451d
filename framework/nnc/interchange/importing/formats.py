"""The formats of other tools, how their files are recognised, and what reads each."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import PurePath
from typing import NamedTuple, cast

from nnc.diagnostics.diagnostic import did_you_mean
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.places import refused
from nnc.interchange.importing.scorecards import points
from nnc.interchange.importing.settings import FormatName, Settings, UnfitSettingError

__all__ = ["FORMATS", "Format", "UnfitSettingError", "format_of", "read_bytes_as"]


class Format(NamedTuple):
    """A format: its words, the ends of its files' names, and how one begins.

    `settings` are the names of those that its reader takes. `begins` is asked of the first bytes of
    a file whose name does not tell; it has to be sure.
    """

    words: str
    suffixes: tuple[str, ...]
    begins: Callable[[bytes], bool]
    module: str
    settings: frozenset[str] = frozenset()


_MODEL = frozenset({"cutoffs", "names", "classes"})

FORMATS: Mapping[FormatName, Format] = {
    "aiger": Format(
        "an AIGER file",
        (".aig", ".aag"),
        lambda start: start.startswith((b"aag ", b"aig ")),
        "circuits.aiger",
    ),
    "blif": Format(
        "a BLIF file",
        (".blif",),
        lambda start: (
            re.match(rb"(?:\s|#[^\n]*\n)*\.(?:model|inputs|outputs)\s", start) is not None
        ),
        "circuits.blif",
        frozenset({"top"}),
    ),
    "bench": Format(
        "a netlist",
        (".bench",),
        lambda start: re.match(rb"(?:\s|#[^\n]*\n)*(?:INPUT|OUTPUT)\s*\(", start) is not None,
        "circuits.bench",
    ),
    "open-psa": Format(
        "a fault tree of Open-PSA",
        (".opsa",),
        lambda start: re.search(rb"<opsa-mef[\s>/]", start) is not None,
        "fault_trees",
        frozenset({"top"}),
    ),
    "pmml": Format(
        "a scorecard in PMML",
        (".pmml",),
        lambda start: re.search(rb"<PMML[\s>/]", start) is not None,
        "scorecards.pmml",
    ),
    "points": Format("a table of points", (), points.begins, "scorecards.points"),
    "spamassassin": Format(
        "a file of rules of SpamAssassin",
        (".cf",),
        lambda start: (
            re.search(rb"(?m)^[ \t]*(?:score|describe|required_score)\s", start) is not None
        ),
        "scorecards.spamassassin",
        frozenset({"score_set"}),
    ),
    "xgboost": Format(
        "a model of XGBoost",
        (".ubj",),
        lambda start: (
            (b'"learner"' in start and start.lstrip().startswith(b"{"))
            or start.startswith(b"{L\0\0\0\0\0\0\0\x07learner")
        ),
        "models.xgboost",
        _MODEL,
    ),
    "lightgbm": Format(
        "a model of LightGBM",
        (),
        lambda start: start.startswith((b"tree\nversion=", b"tree\r\nversion=")),
        "models.lightgbm",
        _MODEL,
    ),
    "onnx": Format(
        "a model of ONNX",
        (".onnx",),
        lambda start: start.startswith(b"\x08\x09\x12\x03nnc"),
        "onnx.reading",
        _MODEL | {"inputs"},
    ),
}
"""Every format by its name."""

LOOKED_AT = 4096
"""So many bytes at the start of a file may tell its format."""


VERILOG = (".v", ".sv")


def recognised(file: str, data: bytes) -> FormatName | None:
    """Return the format that a file has, by its name, else by how it begins; None for no format."""
    suffix = PurePath(file).suffix.lower()
    for name, each in FORMATS.items():
        if suffix in each.suffixes:
            return name
    return next((name for name, each in FORMATS.items() if each.begins(data[:LOOKED_AT])), None)


def other_tool(file: str, data: bytes) -> tuple[str, str] | None:
    """Return what a file of another tool is, and how it becomes a network; None for others."""
    path = PurePath(file)
    if path.suffix.lower() in VERILOG:
        aiger = shlex.quote(f"{path.stem}.aig")
        script = f"read_verilog {path.name}; synth -flatten -auto-top; aigmap"
        script = shlex.quote(f"{script}; write_aiger -symbols {path.stem}.aig")
        return "Verilog", f"yosys makes AIGER of it: yosys -p {script}; then nnc import {aiger}"
    name = recognised(file, data)
    if name is None:
        return None
    hint = "read it with nnc import"
    if not file.startswith("<"):  # as standard input is called, and a text
        target = shlex.quote(str(path.with_name(f"{path.stem}.nn.yaml")))
        hint += f" {shlex.quote(file)} -o {target}"
    return FORMATS[name].words, hint


def format_of(file: str, data: bytes) -> FormatName:
    """Return the format that a file has, by its name, else by how it begins.

    Raises InvalidNetworkError where neither tells.
    """
    name = recognised(file, data)
    if name is not None:
        return name
    if PurePath(file).suffix.lower() in VERILOG and (other := other_tool(file, data)) is not None:
        raise refused("Verilog is not read", other[1])
    known = ", ".join(FORMATS)
    raise refused(
        "neither the name of the file nor how it begins tells its format",
        f"say it with --from, in Python with `format`: {known}",
    )


def read_bytes_as(
    data: bytes, file: str, name: str | None = None, settings: Settings | None = None
) -> Imported:
    """Read the bytes of a file of a format, by default of that which it seems to have.

    Raises InvalidNetworkError where it is damaged, or holds what a network cannot; ValueError for
    a format that there is not, and for a setting that it does not take.
    """
    settings = settings or Settings()
    if name is None:
        name = format_of(file, data)
    form = FORMATS.get(cast("FormatName", name))
    if form is None:
        meant = did_you_mean(name, FORMATS) or f"there are {', '.join(FORMATS)}"
        raise ValueError(f"there is no format {name!r}: {meant}")
    for setting in settings.asked():
        if setting not in form.settings:
            raise UnfitSettingError(f"`{setting}` means nothing for {form.words}")
    imported: Imported = import_module(f"nnc.interchange.importing.{form.module}").read(
        data, settings
    )
    return replace(
        imported,
        source=PurePath(file).name,
        sha256=hashlib.sha256(data).hexdigest(),
        kind=form.words,
    )
