"""Weight files, opened late: NPY and safetensors, mapped into memory, never copied or unpickled.

Headers are read here, within limits, so that a hostile one costs little and runs nothing; the
safetensors library is asked last, and only about what this module takes for sound.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import mmap
import os
import re
import stat
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from io import BufferedReader
from itertools import islice
from pathlib import Path as FilePath
from typing import Any, Literal, NamedTuple, Protocol, TypeGuard

import numpy as np
from numpy.typing import NDArray

from nnc.diagnostics import Diagnostic, Path, closest
from nnc.exact import counted, shown
from nnc.paths import resolved_inside

_BLOCK = 1 << 16  # numbers looked at together; few enough to stay in the processor's cache
_MOST_DIMENSIONS = 32  # NumPy 1.26 takes no more
_MOST_NUMBERS = 1 << 59  # an array has less than 2**63 bytes, even if one dimension is 0
_MOST_IN_HELP = 8
_MOST_COMPARED = 5_000  # names, for what may have been meant
_TAKEN = "bool, int8 to int64, uint8 to uint64, float16, float32 and float64"


class TensorReference(Protocol):
    """What a network says of a tensor."""

    @property
    def file(self) -> str:
        """The weight file, from the folder of the network."""

    @property
    def tensor(self) -> str | None:
        """The name of the tensor, in a safetensors file."""

    @property
    def sha256(self) -> str | None:
        """The SHA-256 digest that the file must have, in hexadecimal."""


def open_tensor(
    one: TensorReference, path: Path, folder: FilePath, root: FilePath
) -> NDArray[Any] | Diagnostic:
    """Map the numbers of a weight file, read-only; or say why not.

    Paths count from `folder`, the file must lie in `root`, and `path` leads to the reference: the
    mistake stands at its `file`, `tensor` or `sha256`. The array has the shape, order and byte
    order of the file, and may be unaligned. It breaks if the file is cut short later.
    """
    try:
        return _open(one, folder, root)
    except _Mistake as mistake:
        return Diagnostic(
            mistake.rule,
            mistake.message,
            (*path, mistake.at) if mistake.at else path,
            key=mistake.key,
            help=mistake.help,
        )


def wrong_array(array: NDArray[Any], path: Path) -> Diagnostic | None:
    """Say why the numbers of an array given in Python cannot be weights; None where they can."""
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        return Diagnostic(
            "tensor-type",
            f"the array holds {array.dtype}; expected bool, int8 to int64, uint8 to uint64, or "
            "float16, 32 or 64",
            path,
            help="give an array of one of these types, or a list of exact numbers",
        )
    try:
        _check_numbers(array, _Subject("the array", "file"))
    except _Mistake as mistake:
        return Diagnostic(mistake.rule, mistake.message, path, help=mistake.help)
    return None


def sha256_of(file: FilePath) -> str:
    """Give the SHA-256 digest of a file, in hexadecimal. Raises OSError."""
    with _open_regular(file.resolve()) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def not_finite(array: NDArray[Any]) -> tuple[int, ...] | None:
    """Give the index of the first NaN or infinity, row by row; None if there is none."""
    return _first_bad(array, np.isfinite) if array.dtype.kind in "fc" else None


# -------------------------------------------------------------------------------- mistakes

_Key = Literal["", "file", "tensor", "sha256"]


class _Mistake(Exception):
    """What is wrong, and at which key of the reference; `""` is the reference itself."""

    def __init__(
        self,
        message: str,
        help: str | None = None,  # noqa: A002
        *,
        rule: str = "bad-tensor-file",
        at: _Key = "file",
        key: bool = False,
    ) -> None:
        super().__init__(message)
        self.message, self.help, self.rule, self.at, self.key = message, help, rule, at, key


@dataclass(frozen=True)
class _File:
    """An open weight file. Two are equal only if both hold the same bytes."""

    name: str
    target: FilePath
    size: int
    stamp: object
    stream: BufferedReader = field(compare=False)

    def __str__(self) -> str:
        return f"the weight file `{shown(self.name)}`"


class _Subject(NamedTuple):
    """What a message is about, and the key that names it."""

    text: str
    at: _Key

    def __str__(self) -> str:
        return self.text


class _Tensor(NamedTuple):
    """Where numbers lie: `dtype` is None for what nnc does not take, `holds` names it.

    `start` and `stop` count bytes: of an NPY file from its start, of a safetensors file from the
    end of the header.
    """

    dtype: str | None
    holds: str
    shape: tuple[int, ...]
    start: int
    stop: int
    is_fortran: bool = False


def _open(one: TensorReference, folder: FilePath, root: FilePath) -> NDArray[Any]:
    is_npy = _suffix(one.file) == ".npy"
    if is_npy and one.tensor is not None:
        raise _Mistake(
            "a .npy file takes no `tensor`: it holds one array",
            "leave `tensor` out",
            rule="exclusive-keys",
            at="tensor",
            key=True,
        )
    digest = None if one.sha256 is None else _digest_in(one.sha256)
    with _opened(one.file, folder, root) as file:
        if is_npy:
            tensor = _read_npy(file)
            _check_digest(file, digest)
            subject = _Subject(str(file), "file")
        else:
            header = _read_safetensors(file)
            _check_digest(file, digest)
            tensor = _find(one.tensor, header, file)
            subject = _Subject(f"tensor `{shown(one.tensor or '')}` of {file}", "tensor")
        array = _mapped(tensor, file, subject)
    _check_numbers(array, subject)
    return array


# ----------------------------------------------------------------------------------- files

_TAKEN_SUFFIXES = (".npy", ".safetensors")
_PICKLED = "it may hold a pickle, which nnc never opens; convert it with "
_SUFFIXES = {
    ".npz": "save each array with numpy.save, or all with safetensors.numpy.save_file",
    ".pkl": _PICKLED + "numpy.save",
    ".pickle": _PICKLED + "numpy.save",
    **dict.fromkeys((".pt", ".pth", ".bin", ".ckpt"), _PICKLED + "safetensors.torch.save_file"),
}
_COPY_AGAIN = "copy or download it again"
_SETTLED = 2_000_000_000  # nanoseconds: file clocks are coarse, a newer file may change unseen


def _suffix(name: str) -> str:
    for suffix in _TAKEN_SUFFIXES:
        if name.lower().endswith(suffix):
            return suffix
    suffix = FilePath(name).suffix.lower()
    fix = _SUFFIXES.get(suffix, "save it with numpy.save or safetensors.numpy.save_file")
    if suffix not in _SUFFIXES and (near := closest(suffix, _TAKEN_SUFFIXES)):
        fix = f"did you mean `{shown(str(FilePath(name).with_suffix(near)))}`?"
    raise _Mistake(f"the weight file `{shown(name)}` ends in neither .npy nor .safetensors", fix)


@contextlib.contextmanager
def _opened(name: str, folder: FilePath, root: FilePath) -> Iterator[_File]:
    target = resolved_inside(name, folder, root)
    if target is None:
        raise _Mistake(
            f"the weight file `{shown(name)}` lies outside the project root",
            "write a relative path to a file inside it, or set --root",
            rule="outside-project",
        )
    try:
        with _open_regular(target) as stream:
            status = os.fstat(stream.fileno())
            changed = status.st_mtime_ns, status.st_ctime_ns
            is_settled = time.time_ns() - max(changed) > _SETTLED
            stamp = (status.st_dev, status.st_ino, *changed) if is_settled else object()
            file = _File(name, target, status.st_size, stamp, stream)
            if not file.size:
                raise _Mistake(f"{file} is empty", _COPY_AGAIN)
            yield file
    except OSError as error:
        raise _cannot_open(name, folder, error) from None


def _open_regular(target: FilePath) -> BufferedReader:
    """Open a regular file: a pipe might keep us waiting, and a device might never end."""
    _check_regular(target.stat())
    flags = os.O_RDONLY
    for name in ("O_BINARY", "O_NONBLOCK", "O_NOFOLLOW"):  # it may be another file by now
        flags |= getattr(os, name, 0)
    descriptor = os.open(target, flags)
    try:
        _check_regular(os.fstat(descriptor))
    except OSError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def _check_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError("it is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise OSError("it is a pipe, a socket or a device")


def _cannot_open(name: str, folder: FilePath, error: OSError) -> _Mistake:
    if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
        why = error.strerror or str(error)
        return _Mistake(f"cannot open the weight file `{shown(name)}`: {why}", rule="cannot-open")
    fix = "paths count from the folder of the network"
    with contextlib.suppress(OSError):
        if (folder / name).is_symlink():
            fix = "it is a link to a file that is not there"
        elif near := _near(folder / name):
            fix = f"did you mean `{shown(str(FilePath(name).with_name(near)))}`?"
    return _Mistake(f"there is no weight file `{shown(name)}`", fix, rule="cannot-open")


def _near(file: FilePath) -> str | None:
    with os.scandir(file.parent) as entries:
        some = islice(entries, _MOST_COMPARED)
        return closest(file.name, (one.name for one in some if one.is_file()))


def _begins(start: bytes, otherwise: str) -> str:
    """Say what a file is that is not what its name says."""
    if start.startswith(b"version https://git-lfs"):
        return "it is a pointer of Git LFS; fetch the file with `git lfs pull`"
    if start.startswith(b"\x93NUMPY"):
        return "it is an NPY file; name it .npy"
    if start.startswith(b"PK\x03\x04"):
        return "it is a zip archive, as numpy.savez and torch.save write; " + otherwise
    if re.match(rb"\x80[\x02-\x05]", start):
        return "it is a Python pickle, which nnc never opens; " + otherwise
    if start[8:9] == b"{":
        return "it may be a safetensors file; name it .safetensors"
    return otherwise


# ---------------------------------------------------------------------------------- digest


def _digest_in(text: str) -> str:
    if re.fullmatch("[0-9A-Fa-f]{64}", text):
        return text.lower()
    raise _Mistake(
        f"`{shown(text)}` is no SHA-256 digest: expected 64 hexadecimal digits",
        "write it as `sha256sum` prints it",
        rule="wrong-digest",
        at="sha256",
    )


def _check_digest(file: _File, digest: str | None) -> None:
    if digest is not None and _digest(file) != digest:
        raise _Mistake(
            f"{file} does not have this SHA-256 digest",
            f"its own is {_digest(file)}; write that if it is the file you mean",
            rule="wrong-digest",
            at="sha256",
        )


@lru_cache(maxsize=64)
def _digest(file: _File) -> str:
    """Hash a file, once for all layers that name it."""
    file.stream.seek(0)
    return hashlib.file_digest(file.stream, "sha256").hexdigest()


# ------------------------------------------------------------------------------------- NPY

_NPY_MOST_HEADER = 10_000
_NPY_ENTRY = re.compile(
    r"""\s*(['"])(?P<key>descr|fortran_order|shape)\1\s*:\s*"""
    r"""(?:(['"])(?P<text>[^'"\\]*)\3|(?P<flag>True|False)|\((?P<sizes>[0-9L,\s]*)\))\s*(?:,|\Z)"""
)
_NPY_SIZES = re.compile(r"(?:\s*[0-9]{1,19}L?\s*,)+(?:\s*[0-9]{1,19}L?)?\s*")
_NPY_RECORDS = re.compile(r"""['"]descr['"]\s*:\s*[\[(]""")
_NPY_TYPE = re.compile(r"([<>=|]?)([A-Za-z?])([0-9]{0,9})(?:\[\w{1,20}\])?")
_NPY_TAKEN = {"?", "b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"}
_NPY_HOLDS = {
    "O": "Python objects",
    "U": "texts",
    "S": "texts",
    "a": "texts",
    "c": "complex numbers",
    "M": "dates",
    "m": "durations",
    "V": "raw bytes, as bfloat16 and records are stored",
    "f": "long doubles",
}
_NPY_AGAIN = "save it again with numpy.save"


def _read_npy(file: _File) -> _Tensor:
    stream = file.stream
    start = stream.read(12)
    if start[:6] != b"\x93NUMPY":
        raise _Mistake(f"{file} is no NPY file", _begins(start + stream.read(20), _NPY_AGAIN))
    if len(start) >= 8 and (start[6] not in (1, 2, 3) or start[7]):
        version = f"{start[6]}.{start[7]}"
        raise _Mistake(f"{file} has NPY version {version}; expected 1.0, 2.0 or 3.0", _NPY_AGAIN)
    begin = 10 if start[6:7] == b"\1" else 12
    length = int.from_bytes(start[8:begin], "little")
    if length > _NPY_MOST_HEADER:
        raise _Mistake(
            f"{file} has a header of {length:,} bytes; at most {_NPY_MOST_HEADER:,} are allowed",
            _NPY_AGAIN,
        )
    stream.seek(begin)
    written = stream.read(length)
    if len(start) < begin or len(written) < length:
        raise _Mistake(f"{file} ends inside its header", _COPY_AGAIN)
    return _parse_npy(written.decode("latin-1").strip(), begin + length, file)


def _parse_npy(header: str, begin: int, file: _File) -> _Tensor:
    """Read the header, a Python mapping, without running it."""
    damaged = _Mistake(f"{file} has a damaged header", _NPY_AGAIN)
    if header[:1] != "{" or header[-1:] != "}":
        raise damaged
    if _NPY_RECORDS.search(header):
        return _Tensor(None, "records with named fields", (), begin, file.size)
    found: dict[str, re.Match[str]] = {}
    at, end = 1, len(header) - 1
    while match := _NPY_ENTRY.match(header, at, end):
        if match["key"] in found:
            raise damaged
        found[match["key"]], at = match, match.end()
    if header[at:end].strip() or len(found) < 3:
        raise damaged
    kind = _NPY_TYPE.fullmatch(found["descr"]["text"] or "")
    sizes = _npy_shape(found["shape"]["sizes"])
    if kind is None or sizes is None or not found["fortran_order"]["flag"]:
        raise damaged
    if kind[2] + kind[3] not in _NPY_TAKEN:
        if kind[2] not in _NPY_HOLDS:
            raise damaged
        return _Tensor(None, _NPY_HOLDS[kind[2]], sizes, begin, file.size)
    tensor = _Tensor(
        kind[1] + kind[2] + kind[3], "", sizes, begin, file.size,
        is_fortran=found["fortran_order"]["flag"] == "True",
    )  # fmt: skip
    _check_npy_size(tensor, file)
    return tensor


def _npy_shape(sizes: str | None) -> tuple[int, ...] | None:
    """Read `3, 4` or `3,`; also `3L, 4L`, as Python 2 wrote it."""
    if sizes is None or (sizes.strip() and not _NPY_SIZES.fullmatch(sizes)):
        return None
    return tuple(map(int, re.findall("[0-9]+", sizes)))


def _check_npy_size(tensor: _Tensor, file: _File) -> None:
    if wrong := _wrong_shape(tensor.shape):
        raise _Mistake(f"{file} {wrong}", _NPY_AGAIN)
    extra = tensor.stop - tensor.start - _size_of(tensor)
    if extra < 0:
        raise _Mistake(f"{file} ends {counted(-extra, 'byte')} early", _COPY_AGAIN)
    if extra:
        raise _Mistake(
            f"{file} has {counted(extra, 'byte')} after its array", "store one array a file"
        )


# ----------------------------------------------------------------------------- safetensors

_ST_MOST_HEADER = 16 << 20
_ST_MOST_PARTS = 1_000_000  # lists, mappings and keys; a tensor has seven
_ST_TYPES = {
    "BOOL": "?", "I8": "<i1", "I16": "<i2", "I32": "<i4", "I64": "<i8", "U8": "<u1",
    "U16": "<u2", "U32": "<u4", "U64": "<u8", "F16": "<f2", "F32": "<f4", "F64": "<f8",
}  # fmt: skip
_ST_HOLDS = {
    "BF16": "bfloat16",
    "C64": "complex numbers",
    "F8": "float8",
    "F6": "float6",
    "F4": "float4",
}
_ST_FIELDS = {"dtype", "shape", "data_offsets"}
_ST_AGAIN = "save it again with safetensors.numpy.save_file"


class _Header(NamedTuple):
    """What a safetensors file holds, and the byte that its data begins at."""

    tensors: Mapping[str, _Tensor]
    begin: int


class Index(NamedTuple):
    """The header of a safetensors file: where its tensors lie, and the texts beside them.

    Places count from the end of the header, which is at byte 8 + len(header) of the file.
    """

    tensors: Mapping[str, _Tensor]
    texts: Mapping[str, str]
    header: bytes


def read_index(data: mmap.mmap, subject: str) -> Index | str:
    """Read the header of a mapped safetensors file, within limits; or say what is wrong with it.

    `subject` is what the message calls the file.
    """
    try:
        header = _written_header(data, subject)
        tensors, texts = _parse_header(header, subject)
        _check_places(tensors, len(data) - 8 - len(header), subject)
    except _Mistake as mistake:
        return mistake.message
    return Index(tensors, texts, header)


def _read_safetensors(file: _File) -> _Header:
    found = _remembered_header(file)
    if isinstance(found, _Header):
        return found
    raise _Mistake(*found)


@lru_cache(maxsize=2)
def _remembered_header(file: _File) -> _Header | tuple[str, str | None]:
    """Read a header, or say what is wrong, once for all layers that name the file."""
    try:
        return _read_header(file)
    except _Mistake as mistake:
        return mistake.message, mistake.help


def _read_header(file: _File) -> _Header:
    written = _written_header(file.stream, file)
    tensors, _ = _parse_header(written, file)
    _check_places(tensors, file.size - 8 - len(written), file)
    _ask_library(file)
    return _Header(tensors, 8 + len(written))


def _written_header(stream: BufferedReader | mmap.mmap, subject: object) -> bytes:
    start = stream.read(32)
    if len(start) < 8 or start[8:9] not in (b"", b"{"):
        raise _Mistake(f"{subject} is no safetensors file", _begins(start, _ST_AGAIN))
    length = int.from_bytes(start[:8], "little")
    if length > _ST_MOST_HEADER:
        raise _Mistake(
            f"{subject} has a header of {length:,} bytes; at most {_ST_MOST_HEADER:,} are allowed",
            _ST_AGAIN,
        )
    stream.seek(8)
    written = stream.read(length)
    if len(written) < length:
        raise _Mistake(f"{subject} ends inside its header", _COPY_AGAIN)
    return written


def _parse_header(written: bytes, file: object) -> tuple[dict[str, _Tensor], dict[str, str]]:
    """Give the tensors, and the texts of `__metadata__`."""
    damaged = _Mistake(f"{file} has a damaged header", _ST_AGAIN)
    texts: dict[str, str] = {}

    def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Tensor:
        """Read a tensor, the texts of `__metadata__`, or the whole; refuse all else at once."""
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
            raise _Mistake(f"{file} has `{shown(twice)}` twice in its header", _ST_AGAIN)
        if found.keys() == _ST_FIELDS:
            tensor = _tensor(**found)
            if tensor is None:
                raise damaged
            return tensor
        found.pop("__metadata__", None)
        if all(isinstance(one, _Tensor) for one in found.values()):
            return found
        if all(isinstance(one, str) for one in found.values()):
            texts.update(found)
            return {}
        raise damaged

    parts = sum(map(written.count, (b"[", b"{", b":")))
    if parts > _ST_MOST_PARTS:
        raise _Mistake(
            f"{file} has a header of {parts:,} parts; at most {_ST_MOST_PARTS:,} are allowed",
            _ST_AGAIN,
        )
    try:
        tensors = json.loads(written.decode(), object_pairs_hook=read_object)
    except (ValueError, RecursionError):
        raise damaged from None
    if not isinstance(tensors, dict):
        raise damaged
    return tensors, texts


def _tensor(dtype: object, shape: object, data_offsets: object) -> _Tensor | None:
    if not isinstance(dtype, str) or not _is_counts(shape) or not _is_counts(data_offsets):
        return None
    if len(data_offsets) != 2:
        return None
    start, stop = data_offsets
    return _Tensor(_ST_TYPES.get(dtype), dtype, tuple(shape), start, stop)


def _is_counts(value: object) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(type(n) is int and 0 <= n < 1 << 63 for n in value)


def _check_places(tensors: Mapping[str, _Tensor], size: int, file: object) -> None:
    """Check that the tensors fill the data from its start to its end, one after the other."""
    end = 0
    for name, one in sorted(tensors.items(), key=lambda item: (item[1].start, item[1].stop)):
        wrong = _wrong_shape(one.shape)
        if not wrong and one.start != end:
            wrong = f"starts at byte {one.start:,} of the data; expected {end:,}"
        if not wrong and one.dtype and one.stop - one.start != _size_of(one):
            wrong = (
                f"has {counted(one.stop - one.start, 'byte')}; its shape needs {_size_of(one):,}"
            )
        if wrong:
            raise _Mistake(f"tensor `{shown(name)}` of {file} {wrong}", _ST_AGAIN)
        end = one.stop
    if end > size:
        raise _Mistake(f"{file} ends {counted(end - size, 'byte')} early", _COPY_AGAIN)
    if end < size:
        raise _Mistake(f"{file} has {counted(size - end, 'byte')} after its last tensor", _ST_AGAIN)


def _ask_library(file: _File) -> None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file.target, "np"):
            pass
    except SafetensorError as error:
        why = str(error).removeprefix("Error while deserializing header: ")
        raise _Mistake(
            f"{file} is refused by the safetensors library: {shown(why, 200)}", _ST_AGAIN
        ) from None


def _find(name: str | None, header: _Header, file: _File) -> _Tensor:
    tensors = header.tensors
    there = f"the tensors are {_listed(tensors)}" if tensors else "it holds no tensors"
    if name is None:
        raise _Mistake(
            "a .safetensors file needs `tensor`, the name of one in it",
            f"add `tensor: {shown(next(iter(tensors)))}`" if len(tensors) == 1 else there,
            rule="missing-key",
            at="",
            key=True,
        )
    if name not in tensors:
        near = closest(name, islice(tensors, _MOST_COMPARED))
        raise _Mistake(
            f"{file} has no tensor `{shown(name)}`",
            f"did you mean `{shown(near)}`?" if near else there,
            rule="unknown-tensor",
            at="tensor",
        )
    found = tensors[name]
    words = _ST_HOLDS.get(found.holds.partition("_")[0], f"`{shown(found.holds)}`")
    return found._replace(start=header.begin + found.start, holds=words)


def _listed(names: Collection[str]) -> str:
    told = ", ".join(f"`{shown(name)}`" for name in islice(names, _MOST_IN_HELP))
    return told + (", …" if len(names) > _MOST_IN_HELP else "")


# --------------------------------------------------------------------------------- numbers


def _wrong_shape(shape: tuple[int, ...]) -> str | None:
    """Say what is wrong with a shape that NumPy would not take."""
    if len(shape) > _MOST_DIMENSIONS:
        return f"has {len(shape):,} dimensions; at most {_MOST_DIMENSIONS} are allowed"
    if 0 in shape and math.prod(filter(None, shape)) >= _MOST_NUMBERS:
        return "has a shape too large for an array"
    return None


def _size_of(tensor: _Tensor) -> int:
    return math.prod(tensor.shape) * np.dtype(tensor.dtype).itemsize


def _mapped(tensor: _Tensor, file: _File, subject: _Subject) -> NDArray[Any]:
    if tensor.dtype is None:
        raise _Mistake(
            f"{subject} holds {tensor.holds}; expected {_TAKEN}",
            "convert it: a float32 holds every bfloat16 and float8 exactly"
            if tensor.holds in ("bfloat16", "float8")
            else "convert it, for example with numpy.ndarray.astype",
            rule="tensor-type",
            at=subject.at,
        )
    try:
        data = mmap.mmap(file.stream.fileno(), file.size, access=mmap.ACCESS_READ)
    except ValueError:  # longer than the file is by now
        raise _Mistake(f"{file} became shorter while it was read", _COPY_AGAIN) from None
    return np.ndarray(
        tensor.shape, tensor.dtype, data, tensor.start, order="F" if tensor.is_fortran else "C"
    )


def _check_numbers(array: NDArray[Any], subject: _Subject) -> None:
    bad = not_finite(array)
    if bad is not None:
        value = float(array[bad])
        what = "NaN" if math.isnan(value) else "infinity" if value > 0 else "-infinity"
        raise _Mistake(
            f"{subject} is {what}{_place(bad)}; expected finite numbers",
            "look at how the weights were made: training may have diverged",
            rule="tensor-not-finite",
            at=subject.at,
        )
    if array.dtype.kind == "b" and (bad := _first_bad(array, _is_bit)) is not None:
        stored = array.view(np.uint8)[bad]
        raise _Mistake(
            f"{subject} has a bool stored as {stored}{_place(bad)}; expected 0 or 1",
            "save it as uint8 if it holds numbers",
            at=subject.at,
        )


def _place(index: tuple[int, ...]) -> str:
    return f" at [{', '.join(map(str, index))}]" if index else ""


def _is_bit(block: NDArray[Any]) -> NDArray[Any]:
    return block.view(np.uint8) <= 1


def _first_bad(
    array: NDArray[Any], is_good: Callable[[NDArray[Any]], NDArray[Any]]
) -> tuple[int, ...] | None:
    """Give the index of the first number, row by row, that is not good.

    They are looked at in the order they are stored in, which is fast, and row by row only if one
    is bad.
    """
    if _bad_at(array, is_good, "K") is None:
        return None
    at = _bad_at(array, is_good, "C")
    return None if at is None else tuple(map(int, np.unravel_index(at, array.shape)))


def _bad_at(
    array: NDArray[Any],
    is_good: Callable[[NDArray[Any]], NDArray[Any]],
    order: Literal["K", "C"],
) -> int | None:
    """Count the numbers before the first that is not good; blocks are views where they can be."""
    at = 0
    flags: Any = ("external_loop", "buffered", "zerosize_ok")
    blocks: Any = np.nditer(array, flags, order=order, buffersize=_BLOCK)
    for block in blocks:
        good = is_good(block)
        if not good.all():
            return at + int(good.argmin())
        at += block.size
    return None
