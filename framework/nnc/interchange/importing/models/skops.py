"""A `.skops` file -> the estimator of scikit-learn in it, as inert data -> Imported.

The file is a ZIP archive of JSON and NPY files. Nothing of it is run: each object is read as its
class's name and its attributes, and scikit-learn and skops are not needed.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.exact import kind_of, shorten
from nnc.files.weights.files import Mistake
from nnc.files.weights.npy import read_header
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.models.estimators import Stored
from nnc.interchange.importing.models.records import read_json
from nnc.interchange.importing.models.sklearn import imported_estimator
from nnc.interchange.importing.places import damaged
from nnc.interchange.importing.settings import Settings, UnfitSettingError

MAX_UNPACKED = 1 << 29
"""Of all files in the archive together, in bytes."""
MAX_DEPTH = 200
_SCHEMA = "schema.json"
_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError,
)  # fmt: skip
_NODES = {
    "feature": "feature",
    "threshold": "threshold",
    "children_left": "left_child",
    "children_right": "right_child",
    "weighted_n_node_samples": "weighted_n_node_samples",
}
"""What a tree of scikit-learn calls the columns of its nodes."""


def read(data: bytes, settings: Settings) -> Imported:
    """Read an estimator. Raises InvalidNetworkError where the file is damaged, or holds another."""
    model = read_estimator(data)
    try:
        return imported_estimator(model, settings)
    except UnfitSettingError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        if isinstance(error, InvalidNetworkError):
            raise
        message = f"the file does not hold what a {shorten(model.kind)} has"
        raise damaged(f"{message}: {shorten(str(error), 200)}") from None


def read_estimator(data: bytes) -> Stored:
    """Return the object in a file. Raises InvalidNetworkError where the file is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            model = _Archive(archive).model()
    except InvalidNetworkError:
        raise
    except _BROKEN as error:  # what zipfile raises, as the archive is damaged here or there
        raise damaged(f"the archive is damaged: {shorten(str(error), 100)}") from None
    if not isinstance(model, Stored):
        raise damaged(f"the file holds {kind_of(model)}, not an estimator")
    return model


class _Archive:
    """The files of an archive, and the objects that were read so far."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._left = MAX_UNPACKED
        self._known: dict[int, Any] = {}

    def model(self) -> Any:
        """Return the object of the whole file."""
        return self._object(read_json(self._bytes(_SCHEMA), f"`{_SCHEMA}`").value, 0)

    def _bytes(self, name: str) -> bytes:
        """Unpack a file of the archive, within the limit."""
        try:
            with self._archive.open(name) as stream:
                data = stream.read(self._left + 1)
        except KeyError:
            raise damaged(f"the archive has no file `{shorten(name)}`") from None
        self._left -= len(data)
        if self._left < 0:
            raise damaged(f"the archive unpacks to more than {MAX_UNPACKED:,} bytes")
        return data

    def _object(self, state: object, depth: int) -> Any:
        """Return what a node of the schema stands for; its class alone where it has no reader."""
        if depth > MAX_DEPTH:
            raise damaged(f"`{_SCHEMA}` is nested too deeply")
        if not isinstance(state, dict):
            raise damaged(f"`{_SCHEMA}` has {kind_of(state)} where an object should be")
        loader = state.get("__loader__")
        number = state.get("__id__")
        if loader == "CachedNode":
            if not isinstance(number, int) or number not in self._known:
                raise damaged(f"`{_SCHEMA}` repeats an object that it does not have")
            return self._known[number]
        read = _LOADERS.get(loader) if isinstance(loader, str) else None
        kind = str(state.get("__class__"))
        made = Stored(kind, {}) if read is None else read(self, state, depth + 1)
        if isinstance(number, int):
            self._known[number] = made
        return made

    def instance(self, state: Mapping[str, Any], depth: int) -> Stored:
        """Return an object by its class, with its attributes."""
        module = str(state.get("__module__"))
        name = str(state.get("__class__"))
        kind = name if module.partition(".")[0] == "sklearn" else f"{module}.{name}"
        content = state.get("content")
        fields = {} if content is None else self._object(content, depth)
        return Stored(kind, fields if isinstance(fields, dict) else {})

    def mapping(self, state: Mapping[str, Any], depth: int) -> dict[str, Any]:
        """Return a dictionary, whose keys are texts."""
        content = state.get("content")
        if not isinstance(content, dict):
            raise damaged(f"`{_SCHEMA}` has {kind_of(content)} where a mapping should be")
        return {key: self._object(value, depth) for key, value in content.items()}

    def sequence(self, state: Mapping[str, Any], depth: int) -> list[Any]:
        """Return a list, or a tuple, as a list."""
        content = state.get("content")
        if not isinstance(content, list):
            raise damaged(f"`{_SCHEMA}` has {kind_of(content)} where a list should be")
        return [self._object(value, depth) for value in content]

    def value(self, state: Mapping[str, Any], _: int) -> Any:
        """Return a text, a number, a truth value or None."""
        content = state.get("content")
        try:
            return json.loads(content) if isinstance(content, str) else content
        except (ValueError, RecursionError):
            raise damaged(f"`{_SCHEMA}` has a value that is not JSON") from None

    def array(self, state: Mapping[str, Any], depth: int) -> Any:
        """Return an array of numbers or texts; one of objects as a list."""
        name = state.get("file")
        if state.get("type") == "json":
            return self.sequence(state, depth)
        if not isinstance(name, str):
            raise damaged(f"`{_SCHEMA}` has an array without a file")
        return array_of(self._bytes(name), name)

    def tree(self, state: Mapping[str, Any], depth: int) -> Stored:
        """Return a tree with its nodes by column."""
        content = self._object(state.get("content"), depth)
        fields = content if isinstance(content, dict) else {}
        nodes: Any = fields.get("nodes")
        names = getattr(getattr(nodes, "dtype", None), "names", None) or ()
        if not {*_NODES.values()} <= {*names}:
            raise damaged("a tree has no nodes")
        columns = {name: nodes[column] for name, column in _NODES.items()}
        return Stored("Tree", {**columns, "value": fields.get("values")})

    def part(self, state: Mapping[str, Any], _: int) -> slice:
        """Return a slice."""
        content = state.get("content")
        bounds = content if isinstance(content, dict) else {}
        ends = [bounds.get(name) for name in ("start", "stop", "step")]
        if not all(end is None or type(end) is int for end in ends) or ends[2] == 0:
            raise damaged(f"`{_SCHEMA}` has a slice of {shorten(str(ends))}")
        return slice(*ends)


_LOADERS: Mapping[str, Callable[[_Archive, Mapping[str, Any], int], Any]] = {
    "ObjectNode": _Archive.instance,
    "DictNode": _Archive.mapping,
    "ListNode": _Archive.sequence,
    "TupleNode": _Archive.sequence,
    "JsonNode": _Archive.value,
    "NdArrayNode": _Archive.array,
    "TreeNode": _Archive.tree,
    "SliceNode": _Archive.part,
}
"""What reads the nodes of a schema that an estimator needs; others are never looked into."""


def array_of(data: bytes, name: str) -> Any:
    """Return the array of an NPY file, of numbers, texts or records of numbers.

    Raises InvalidNetworkError where the file is damaged; what it states is checked first.
    """
    stream = io.BytesIO(data)
    try:
        header = read_header(stream, f"`{shorten(name)}`")
    except Mistake as mistake:
        raise damaged(str(mistake.args[0])) from None
    kind, size = header.dtype, 1
    for length in header.shape:
        size *= length
    if kind.hasobject or not kind.itemsize or size * kind.itemsize != len(data) - header.start:
        raise damaged(f"`{shorten(name)}` does not hold the array that it states")
    flat = np.frombuffer(data, kind, offset=header.start)
    return flat.reshape(header.shape, order="F" if header.is_fortran else "C")
