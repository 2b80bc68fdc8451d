"""Settings of readers, of which each format accepts some."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Literal, NamedTuple

from nnc.numbers.exact import Number

FormatName = Literal[
    "aiger",
    "blif",
    "open-psa",
    "pmml",
    "points",
    "spamassassin",
    "xgboost",
    "lightgbm",
    "onnx",
]
"""Every format, as `--from` takes it; `formats.FORMATS` says what each is."""

CutOffs = Literal["exact", "short"]
"""The cut-offs of trees: exact, or short decimals between the same two floats."""


class Beside(NamedTuple):
    """The files beside the one that is imported: those that are read with it, and any by its name.

    `read` raises InvalidNetworkError for one that is not in the same folder.
    """

    files: Mapping[str, bytes]
    read: Callable[[str], bytes]


class UnfitSettingError(ValueError):
    """A setting is given that a format, or a model, does not take."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a reader; None stands for its default.

    `top` names the model, or the event, that is read where a file has several. `cutoffs` of trees
    are exact, or short decimals between the same floats. `names` are those of the columns,
    `classes` of the labels, in their order in the model. `inputs` has by name which integers an
    input may be, where its type does not say it: `0..255`, or the two values of a bit: `-1|1`.
    `output` is the value of a model of ONNX that is read. `mission_time` is that of a fault tree,
    in hours. `cut_latches` makes inputs and outputs of the latches of a circuit. `wires` are names
    for its inputs and its outputs instead of those in the file. `beside` are further files.
    """

    top: str | None = None
    cutoffs: CutOffs | None = None
    names: tuple[str, ...] | None = None
    classes: tuple[str, ...] | None = None
    inputs: Mapping[str, str] | None = None
    output: str | None = None
    mission_time: Number | None = None
    cut_latches: bool | None = None
    wires: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    beside: Beside | None = None

    def asked(self) -> list[str]:
        """Return the names of the settings that something was asked of."""
        names = [each.name for each in fields(self) if getattr(self, each.name) is not None]
        return [name for name in names if name != "beside"]
