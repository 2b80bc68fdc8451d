"""Locate tensors in safetensors files, parsing the header within limits.

The safetensors library is used last, only for files that this module accepts.
"""

from __future__ import annotations

import json
import mmap
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeGuard

from nnc.diagnostics.diagnostic import Diagnostic, FileError, closest
from nnc.files.opening import DISK
from nnc.files.weights.files import COPY_AGAIN, File, Mistake, begins
from nnc.files.weights.stored import Tensor, size_of, wrong_shape
from nnc.numbers.exact import counted, first_names, shorten

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAX_COMPARED = 5_000  # names compared for a suggestion
_MAX_HEADER = 16 << 20
_MAX_PARTS = 700_000  # lists, mappings and keys; a tensor has seven
_TYPES = {
    "BOOL": "?", "I8": "<i1", "I16": "<i2", "I32": "<i4", "I64": "<i8", "U8": "<u1",
    "U16": "<u2", "U32": "<u4", "U64": "<u8", "F16": "<f2", "F32": "<f4", "F64": "<f8",
}  # fmt: skip
_HOLDS = {
    "BF16": "bfloat16",
    "C64": "complex numbers",
    "F8": "float8",
    "F6": "float6",
    "F4": "float4",
}
_FIELDS = {"dtype", "shape", "data_offsets"}
_AGAIN = "save it again with safetensors.numpy.save_file"


class _Header(NamedTuple):
    """The tensors of a safetensors file, and the byte at which its data begins."""

    tensors: Mapping[str, Tensor]
    begin: int


class Index(NamedTuple):
    """The header of a safetensors file: its tensors and metadata texts.

    Tensor positions are relative to the end of the header, byte 8 + len(header) of the file.
    """

    tensors: Mapping[str, Tensor]
    texts: Mapping[str, str]
    header: bytes


def read_index(data: mmap.mmap, subject: str) -> Index | str:
    """Read the header of a mapped safetensors file within limits, or return an error message.

    `subject` is the name of the file in the message.
    """
    try:
        header = _header_bytes(data, subject)
        tensors, texts = _parse_header(header, subject)
        _check_places(tensors, len(data) - 8 - len(header), subject)
    except Mistake as mistake:
        return mistake.message
    return Index(tensors, texts, header)


def read(file: File) -> _Header:
    """Return the tensors of a safetensors file. Raises Mistake."""
    header = _remembered_header(file)
    if isinstance(header, _Header):
        return header
    raise Mistake(*header)


@lru_cache(maxsize=2)
def _remembered_header(file: File) -> _Header | tuple[str, str | None]:
    """Return a header, or the message and help of its mistake, cached for all layers."""
    try:
        return _read_header(file)
    except Mistake as mistake:
        return mistake.message, mistake.help


def _read_header(file: File) -> _Header:
    header = _header_bytes(file.stream, file, file.lfs_fetch)
    tensors, _ = _parse_header(header, file)
    _check_places(tensors, file.size - 8 - len(header), file)
    _ask_library(file)
    return _Header(tensors, 8 + len(header))


def _header_bytes(
    stream: BinaryIO | mmap.mmap, subject: object, lfs_fetch: str = DISK.lfs_fetch
) -> bytes:
    start = stream.read(32)
    if len(start) < 8 or start[8:9] not in (b"", b"{"):
        raise Mistake(f"{subject} is not a safetensors file", begins(start, _AGAIN, lfs_fetch))
    length = int.from_bytes(start[:8], "little")
    if length > _MAX_HEADER:
        raise Mistake(
            f"{subject} has a header of {length:,} bytes; at most {_MAX_HEADER:,} are allowed",
            _AGAIN,
        )
    stream.seek(8)
    header = stream.read(length)
    if len(header) < length:
        raise Mistake(f"{subject} ends inside its header", COPY_AGAIN)
    return header


def _parse_header(header: bytes, file: object) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors and the texts of `__metadata__`."""
    damaged = Mistake(f"{file} has a damaged header", _AGAIN)
    texts: dict[str, str] = {}

    def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Tensor:
        """Convert a tensor, `__metadata__` or the top-level object; reject anything else."""
        fields = dict(pairs)
        if len(fields) < len(pairs):
            twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
            raise Mistake(f"{file} has `{shorten(twice)}` twice in its header", _AGAIN)
        if fields.keys() == _FIELDS:
            tensor = _tensor(**fields)
            if tensor is None:
                raise damaged
            return tensor
        fields.pop("__metadata__", None)
        if all(isinstance(value, Tensor) for value in fields.values()):
            return fields
        if all(isinstance(value, str) for value in fields.values()):
            texts.update(fields)
            return {}
        raise damaged

    parts = sum(map(header.count, (b"[", b"{", b":")))
    if parts > _MAX_PARTS:
        raise Mistake(
            f"{file} has a header of {parts:,} parts; at most {_MAX_PARTS:,} are allowed",
            _AGAIN,
        )
    try:
        tensors = json.loads(header.decode(), object_pairs_hook=read_object)
    except (ValueError, RecursionError):
        raise damaged from None
    if not isinstance(tensors, dict):
        raise damaged
    return tensors, texts


def _tensor(dtype: object, shape: object, data_offsets: object) -> Tensor | None:
    if not isinstance(dtype, str) or not _is_counts(shape) or not _is_counts(data_offsets):
        return None
    if len(data_offsets) != 2:
        return None
    start, stop = data_offsets
    return Tensor(_TYPES.get(dtype), dtype, tuple(shape), start, stop)


def _is_counts(value: object) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(type(n) is int and 0 <= n < 1 << 63 for n in value)


def _check_places(tensors: Mapping[str, Tensor], size: int, file: object) -> None:
    """Check that the tensors cover the data completely, without gaps or overlaps."""
    end = 0
    for name, tensor in sorted(tensors.items(), key=lambda item: (item[1].start, item[1].stop)):
        wrong = wrong_shape(tensor.shape)
        if not wrong and tensor.start != end:
            wrong = f"starts at byte {tensor.start:,} of the data; expected {end:,}"
        size_here = tensor.stop - tensor.start
        if not wrong and tensor.dtype and size_here != size_of(tensor):
            wrong = f"has {counted(size_here, 'byte')}; its shape needs {size_of(tensor):,}"
        if wrong:
            raise Mistake(f"tensor `{shorten(name)}` of {file} {wrong}", _AGAIN)
        end = tensor.stop
    if end > size:
        raise Mistake(f"{file} ends {counted(end - size, 'byte')} early", COPY_AGAIN)
    if end < size:
        raise Mistake(f"{file} has {counted(size - end, 'byte')} after its last tensor", _AGAIN)


def _ask_library(file: File) -> None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file.target, "np"):
            pass
    except SafetensorError as error:
        why = str(error).removeprefix("Error while deserializing header: ")
        raise Mistake(
            f"{file} is refused by the safetensors library: {shorten(why, 200)}", _AGAIN
        ) from None


def find(name: str | None, header: _Header, file: File) -> Tensor:
    """Return a tensor by name, with positions from the start of the file. Raises Mistake."""
    tensors = header.tensors
    there = f"the tensors are {first_names(tensors, '`')}" if tensors else "it holds no tensors"
    if name is None:
        raise Mistake(
            "a .safetensors file needs `tensor`, the name of one in it",
            f"add `tensor: {shorten(next(iter(tensors)))}`" if len(tensors) == 1 else there,
            rule="missing-key",
            at="",
            key=True,
        )
    if name not in tensors:
        near = closest(name, islice(tensors, _MAX_COMPARED))
        raise Mistake(
            f"{file} has no tensor `{shorten(name)}`",
            f"did you mean `{shorten(near)}`?" if near else there,
            rule="unknown-tensor",
            at="tensor",
        )
    tensor = tensors[name]
    words = _HOLDS.get(tensor.holds.partition("_")[0], f"`{shorten(tensor.holds)}`")
    return tensor._replace(start=header.begin + tensor.start, holds=words)


def tensor_file(tensors: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the bytes of a safetensors file; equal arrays give equal bytes."""
    import numpy as np
    from safetensors.numpy import save

    return save({name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)})


def tensors_of(data: bytes, file: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of a safetensors file. Raises FileError if it is not valid."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays: dict[str, NDArray[Any]] = load(data)
    except (SafetensorError, ValueError, KeyError):
        message = "the file is not a safetensors file, or damaged"
        raise FileError([Diagnostic("bad-tensor-file", message, file=file)]) from None
    return arrays
