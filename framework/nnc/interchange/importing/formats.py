"""The formats of other tools, and the module that reads each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import PurePath
from typing import NamedTuple, cast

from nnc.diagnostics.diagnostic import did_you_mean
from nnc.files.other_tools import OTHER_FILES, recognised, way_to_import
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.places import refused
from nnc.interchange.importing.settings import FormatName, Settings, UnfitSettingError

__all__ = ["FORMATS", "Format", "UnfitSettingError", "format_of", "read_bytes_as"]


class Format(NamedTuple):
    """A format: the module that reads it, the names of the settings that this takes.

    `takes_more` says that several files are read as one.
    """

    module: str
    settings: frozenset[str] = frozenset()
    takes_more: bool = False


_MODEL = frozenset({"cutoffs", "names", "classes"})

FORMATS: Mapping[FormatName, Format] = {
    "aiger": Format("circuits.aiger", frozenset({"cut_latches", "wires"})),
    "blif": Format("circuits.blif", frozenset({"top", "cut_latches", "wires"})),
    "open-psa": Format("fault_trees", frozenset({"top", "mission_time"}), takes_more=True),
    "pmml": Format("pmml.reading", frozenset({"top"})),
    "points": Format("scorecards.points"),
    "spamassassin": Format("scorecards.spamassassin"),
    "xgboost": Format("models.xgboost", _MODEL),
    "lightgbm": Format("models.lightgbm", _MODEL),
    "onnx": Format("onnx.reading", _MODEL | {"inputs", "output"}),
}
"""Every format by its name; `files.other_tools` says how its files are recognised."""


def format_of(file: str, data: bytes) -> FormatName:
    """Return the format that a file has, by its name, else by how it begins.

    Raises InvalidNetworkError where neither tells.
    """
    name = recognised(file, data)
    if name is not None:
        return cast("FormatName", name)
    if (other := way_to_import(file, data)) is not None:
        raise refused(f"{other[0]} is not read", other[1])
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
    words = OTHER_FILES[name].words
    for setting in settings.asked():
        if setting not in form.settings:
            raise UnfitSettingError(f"`{setting}` means nothing for {words}")
    if settings.beside is not None and settings.beside.files and not form.takes_more:
        raise UnfitSettingError(f"one file at a time is read of {words}")
    imported: Imported = import_module(f"nnc.interchange.importing.{form.module}").read(
        data, settings
    )
    return replace(
        imported,
        source=PurePath(file).name,
        sha256=hashlib.sha256(data).hexdigest(),
        kind=words,
    )
