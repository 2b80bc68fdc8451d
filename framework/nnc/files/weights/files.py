"""Open weight files inside the project root and check their digests."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from io import BufferedReader
from pathlib import Path
from typing import Literal, NamedTuple

from nnc.diagnostics.diagnostic import closest
from nnc.diagnostics.rules import RuleName
from nnc.files.opening import (
    DISK,
    Files,
    open_inside,
    reason_of,
    resolved_inside,
    similar_file,
)
from nnc.numbers.exact import shorten

COPY_AGAIN = "copy or download it again"

Key = Literal["", "file", "tensor", "sha256"]

_TAKEN_SUFFIXES = (".npy", ".safetensors")
_PICKLED = "it may hold a pickle, which nnc never opens; convert it with "
_SUFFIXES = {
    ".npz": "save each array with numpy.save, or all with safetensors.numpy.save_file",
    ".pkl": _PICKLED + "numpy.save",
    ".pickle": _PICKLED + "numpy.save",
    **dict.fromkeys((".pt", ".pth", ".bin", ".ckpt"), _PICKLED + "safetensors.torch.save_file"),
}
_SETTLED = 2_000_000_000  # nanoseconds: file times are coarse; newer files may change unnoticed


class Mistake(Exception):
    """A mistake in a weight file, at a key of its reference; `""` is the reference itself."""

    def __init__(
        self,
        message: str,
        help: str | None = None,
        *,
        rule: RuleName = "bad-tensor-file",
        at: Key = "file",
        key: bool = False,
    ) -> None:
        super().__init__(message)
        self.message, self.help, self.rule, self.at, self.key = message, help, rule, at, key


class Subject(NamedTuple):
    """The subject of a message and the key that names it."""

    text: str
    at: Key

    def __str__(self) -> str:
        return self.text


# ------------------------------------------------------------------------------------ files


@dataclass(frozen=True)
class File:
    """An open weight file; two are equal only if they contain the same bytes.

    `target` is its path on disk, and `lfs_fetch` the command of its `Files`.
    """

    name: str
    target: Path
    size: int
    stamp: object
    lfs_fetch: str
    stream: BufferedReader = field(compare=False)

    def __str__(self) -> str:
        return f"the weight file `{shorten(self.name)}`"


def suffix_of(name: str) -> str:
    """Return the suffix of a weight file. Raises Mistake for an unknown one."""
    for suffix in _TAKEN_SUFFIXES:
        if name.lower().endswith(suffix):
            return suffix
    suffix = Path(name).suffix.lower()
    hint = _SUFFIXES.get(suffix, "save it with numpy.save or safetensors.numpy.save_file")
    if suffix not in _SUFFIXES and (near := closest(suffix, _TAKEN_SUFFIXES)):
        hint = f"did you mean `{shorten(str(Path(name).with_suffix(near)))}`?"
    raise Mistake(f"the weight file `{shorten(name)}` ends in neither .npy nor .safetensors", hint)


@contextlib.contextmanager
def opened(name: str, folder: Path, root: Path, files: Files) -> Iterator[File]:
    """Open a weight file, relative to `folder`. Raises Mistake if it is outside `root`."""
    target = resolved_inside(name, folder, root, files)
    if target is None:
        raise Mistake(
            f"the weight file `{shorten(name)}` is outside the project root",
            "write a relative path to a file inside it, or give --root a folder with both",
            rule="outside-project",
        )
    try:
        target, stream = files.open(target, root)
        with stream:
            status = os.fstat(stream.fileno())
            changed = status.st_mtime_ns, status.st_ctime_ns
            is_settled = time.time_ns() - max(changed) > _SETTLED
            stamp = (status.st_dev, status.st_ino, *changed) if is_settled else object()
            file = File(name, target, status.st_size, stamp, files.lfs_fetch, stream)
            if not file.size:
                raise Mistake(f"{file} is empty", COPY_AGAIN)
            yield file
    except OSError as error:
        raise _cannot_open(name, folder, error, files) from None


def _cannot_open(name: str, folder: Path, error: OSError, files: Files) -> Mistake:
    if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
        message = f"cannot open the weight file `{shorten(name)}`: {reason_of(error)}"
        return Mistake(message, rule="cannot-open")
    hint = "paths are relative to the folder of the network"
    path = folder / name
    with contextlib.suppress(OSError, RuntimeError):
        if files.resolve(path.parent) / path.name != files.resolve(path):
            hint = "it is a link to a file that does not exist"
        elif near := similar_file(path, files):
            hint = f"did you mean `{shorten(str(Path(name).with_name(near)))}`?"
    return Mistake(f"there is no weight file `{shorten(name)}`", hint, rule="cannot-open")


def begins(start: bytes, otherwise: str, lfs_fetch: str = DISK.lfs_fetch) -> str:
    """Return a hint for a file whose content does not match its suffix."""
    if start.startswith(b"version https://git-lfs"):
        return f"it is a Git LFS pointer; fetch the file with `{lfs_fetch}`"
    if start.startswith(b"\x93NUMPY"):
        return "it is an NPY file; name it .npy"
    if start.startswith(b"PK\x03\x04"):
        return "it is a zip archive, as numpy.savez and torch.save write; " + otherwise
    if re.match(rb"\x80[\x02-\x05]", start):
        return "it is a Python pickle, which nnc never opens; " + otherwise
    if start[4:9] == b"\0\0\0\0{":
        return "it may be a safetensors file; name it .safetensors"
    return otherwise


# ----------------------------------------------------------------------------------- digest


def digest_in(text: str) -> str:
    """Parse a SHA-256 digest. Raises Mistake if it is invalid."""
    if re.fullmatch("[0-9A-Fa-f]{64}", text):
        return text.lower()
    raise Mistake(
        f"`{shorten(text)}` is not a SHA-256 digest: expected 64 hexadecimal digits",
        "write it as `sha256sum` prints it",
        rule="wrong-digest",
        at="sha256",
    )


def check_digest(file: File, digest: str | None) -> None:
    """Raise Mistake if a file does not have the digest that the network states."""
    if digest is not None and _digest(file) != digest:
        raise Mistake(
            f"{file} does not have this SHA-256 digest",
            f"its digest is {_digest(file)}; write that if this is the file you mean",
            rule="wrong-digest",
            at="sha256",
        )


@lru_cache(maxsize=64)
def _digest(file: File) -> str:
    """Return the digest of a file, cached for all layers that use it."""
    file.stream.seek(0)
    return hashlib.file_digest(file.stream, "sha256").hexdigest()


def sha256_of(file: Path, root: Path) -> str:
    """Return the hexadecimal SHA-256 digest of a file in `root`. Raises OSError."""
    with os.fdopen(open_inside(file, root), "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
