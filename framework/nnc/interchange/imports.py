"""A file of another tool -> a network, for the command and Python; and the table of formats."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from os import PathLike, fspath
from pathlib import Path, PurePath
from typing import Any, NamedTuple, cast

from nnc.compiler.graph.graph import Graph
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, did_you_mean, in_file
from nnc.files.opening import (
    MAX_BYTES,
    check_size,
    open_to_read,
    read_bytes,
    resolved_inside,
)
from nnc.files.other_tools import OTHER_FILES, recognised, way_to_import
from nnc.interchange.importing.buses import buses_of
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.models.libraries import read_model
from nnc.interchange.importing.places import refused
from nnc.interchange.importing.settings import (
    Beside,
    CutOffs,
    FormatName,
    Settings,
    UnfitSettingError,
)
from nnc.language.network import Network
from nnc.numbers.exact import Number, first_names, shorten
from nnc.opening.checking import check_valid

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
        f"say it with --from: {known}",
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


def import_file(
    file: str | PathLike[str],
    format: FormatName | None = None,
    *,
    top: str | None = None,
    inputs: Mapping[str, str] | None = None,
    names: Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    cutoffs: CutOffs | None = None,
    more: Sequence[str | PathLike[str]] = (),
    output: str | None = None,
    mission_time: Number | None = None,
    cut_latches: bool = False,
    max_bytes: int = MAX_BYTES,
) -> Imported:
    """Read a file of another tool, as `nnc import` does.

    The answer has the `network`, which is checked, the words that say how exact it is, and `save`,
    which writes it as a file. The format is told by the name of the file, else by how it begins.
    `top` names the model that is read where a file has several, by default the first; of a fault
    tree the gate that is the output, by default each that no other reads.
    `inputs` says which integers an input of a model of ONNX may be, where its type does not:
    `{"pixels": "0..255"}`, or `"-1|1"` for a bit.
    `more` are further files of a fault tree, `mission_time` is its time in hours (8760).
    `cut_latches` makes inputs and outputs of the latches of a circuit, `output` names the value of
    a model of ONNX that is read.
    `names`, `classes` and `cutoffs` are for models that were learned, as `import_model` has them.

    Raises FileError where the file cannot be opened, InvalidNetworkError where it is damaged or
    holds what a network cannot; ValueError for a format that there is not, or a setting that it
    does not take. More in docs/importing.md.

    >>> import nnc
    >>> imported = nnc.import_file("tests/interchange/importing/files/half_adder.aag")
    >>> imported.network, imported.exactness
    (<Network: 2 inputs, 3 neurons, 2 outputs>, 'exact on every row')
    """
    name = fspath(file)
    settings = replace(
        _settings(names, classes, cutoffs),
        top=top,
        inputs=inputs,
        output=output,
        mission_time=mission_time,
        cut_latches=cut_latches or None,
        beside=beside(name, [fspath(each) for each in more], max_bytes),
    )
    return imported_of(name, read_bytes(name, max_bytes), format, settings)


def import_model(
    model: Any,
    *,
    names: Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    cutoffs: CutOffs | None = None,
) -> Imported:
    """Return the network of a model of scikit-learn, XGBoost or LightGBM that is in memory.

    Trees, forests, boosting and linear models can be imported; a Pipeline is written as ONNX first.
    `names` are the columns, by default those that it was fitted with, and `classes` the labels, in
    their order in the model. With `cutoffs="short"` the cut-offs of trees are short decimals, exact
    on rows of floats of the type that the trees compare. Where rounding in the library may decide,
    `exactness` says so. More in docs/models.md.

    Raises InvalidNetworkError for a model that a network cannot hold, ValueError for names or
    classes that do not fit.

    >>> import nnc
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> tree = DecisionTreeClassifier().fit([[0.5], [1.5], [2.5]], ["low", "low", "high"])
    >>> imported = nnc.import_model(tree, names=["dose"])
    >>> imported.network, imported.exactness
    (<Network: 1 input, 5 neurons, 1 output>, 'exact on every row')
    >>> nnc.evaluate(imported.network, {"dose": [1.9, 2.1]})["class"].tolist()
    ['low', 'high']
    """
    return read_model(model, _settings(names, classes, cutoffs))


def import_circuit(file: str, like: Imported | None = None, max_bytes: int = MAX_BYTES) -> Imported:
    """Read a circuit to be compared, with the names of another one if its own cannot be paired.

    Inputs or outputs whose names `like` does not have get, in their order, the names that only
    `like` has, if there are as many, with a note that says so. Raises as `import_file`.
    """
    data = read_bytes(file, max_bytes)
    imported = imported_of(file, data, None, Settings())
    if like is None:
        return imported
    new_ports, old_ports = _ports(imported.network), _ports(like.network)
    wires, notes = list(imported.wires), []
    for side, words in enumerate(("inputs", "outputs")):
        new, old = imported.wires[side], like.wires[side]
        old_names, new_names = set(old), set(new)
        left = [name for name in old if name not in new_names]
        right = [name for name in new if name not in old_names]
        if new_ports[side] == old_ports[side] or not left or len(left) != len(right):
            continue
        renames = dict(zip(right, left, strict=True))
        wires[side] = tuple(renames.get(name, name) for name in new)
        notes.append(_paired(file, words, renames.items()))
    if notes:
        imported = imported_of(file, data, None, Settings(wires=(wires[0], wires[1])))
    return replace(imported, notes=tuple(notes))


def import_circuit_like(file: str, graph: Graph, max_bytes: int = MAX_BYTES) -> Imported:
    """Read a circuit to be compared with a network, with its names where its own are not there.

    Wires of inputs or outputs that the network lacks get, in their order, the names of those that
    the circuit lacks, if these are as many bits, with a note. Raises as `import_file`.
    """
    data = read_bytes(file, max_bytes)
    imported = imported_of(file, data, None, Settings())
    bits = {name for name, input_ in graph.inputs.items() if input_.type == "bit"}
    bits_out = {tap.alias for tap in graph.outputs if tap.kind in ("bit", "bus")}
    inputs = {name: input_.size for name, input_ in graph.inputs.items()}
    outputs = {tap.alias: tap.width if tap.is_bus else None for tap in graph.outputs}
    ports, wires, notes = _ports(imported.network), list(imported.wires), []
    sides = (("inputs", inputs, bits), ("outputs", outputs, bits_out))
    for side, (words, wanted, of_bits) in enumerate(sides):
        buses = zip(ports[side], buses_of(wires[side]), strict=True)
        right = [wire for name, bus in buses if name not in wanted for wire in bus.wires]
        missing = [name for name in wanted if name not in ports[side]]
        left = [wire for name in missing for wire in _wires_of(name, wanted[name])]
        if not left or len(left) != len(right) or not of_bits.issuperset(missing):
            continue
        renames = dict(zip(right, left, strict=True))
        notes.append(
            _paired(file, words, [(wires[side][wire], to) for wire, to in renames.items()])
        )
        wires[side] = tuple(renames.get(at, name) for at, name in enumerate(wires[side]))
    if notes:
        imported = imported_of(file, data, None, Settings(wires=(wires[0], wires[1])))
    return replace(imported, notes=tuple(notes))


def _wires_of(name: str, size: int | None) -> list[str]:
    """Return the names of the wires of an input or output; its size is None for a single bit."""
    return [name] if size is None else [f"{name}[{at}]" for at in range(size)]


def _paired(file: str, words: str, renames: Iterable[tuple[str, str]]) -> Diagnostic:
    pairs = [f"`{shorten(b)}` with `{shorten(a)}`" for a, b in renames]
    message = f"{words} are paired by position, as their names differ: {first_names(pairs)}"
    hint = "use the same names in both circuits to have them paired by name"
    return Diagnostic("renamed", message, help=hint, file=file)


def _ports(network: Network) -> tuple[dict[str, int], dict[str, int]]:
    """Return the widths of the inputs and of the outputs of a circuit, by their names."""
    outputs = {alias: len(output.sources or ()) for alias, output in network.outputs.items()}
    return {name: input_.width for name, input_ in network.inputs.items()}, outputs


def beside(file: str, more: Sequence[str], max_bytes: int) -> Beside:
    """Read the files that are imported with one, and return how those in its folder are read.

    Raises FileError.
    """
    folder = Path(file).parent

    def read(name: str) -> bytes:
        target = resolved_inside(name, folder, folder)
        if target is None:
            raise ValueError(name)
        with open_to_read(str(target), root=folder.resolve()) as stream:
            data = stream.read(max_bytes + 1)
        check_size(data, name, max_bytes)
        return data

    return Beside({each: read_bytes(each, max_bytes) for each in more}, read)


def _settings(
    names: Sequence[str] | None, classes: Sequence[str] | None, cutoffs: CutOffs | None
) -> Settings:
    if cutoffs not in (None, "exact", "short"):
        raise ValueError(f'cutoffs is {cutoffs!r}; write "exact" or "short"')
    return Settings(
        cutoffs=cutoffs,
        names=None if names is None else tuple(map(str, names)),
        classes=None if classes is None else tuple(map(str, classes)),
    )


def imported_of(file: str, data: bytes, name: str | None, settings: Settings) -> Imported:
    """Read the bytes of a file, and check the network. Raises as `import_file`."""
    try:
        imported = read_bytes_as(data, file, name, settings)
        if not imported.tensors:
            check_valid(imported.network)
    except InvalidNetworkError as error:
        raise InvalidNetworkError(in_file(file, error.diagnostics)) from None
    return replace(imported, notes=tuple(in_file(file, imported.notes)))
