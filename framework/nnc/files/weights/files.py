"""Weight files, opened late and only where they may be, and their digests."""

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

from nnc.diagnostics.diagnostic import closest
from nnc.exact import shown
from nnc.files.opening import (
    DISK,
    Files,
    open_inside,
    reason_of,
    resolved_inside,
    similar_file,
)
from nnc.files.weights.mistakes import COPY_AGAIN, Mistake

_TAKEN_SUFFIXES = (".npy", ".safetensors")
_PICKLED = "it may hold a pickle, which nnc never opens; convert it with "
_SUFFIXES = {
    ".npz": "save each array with numpy.save, or all with safetensors.numpy.save_file",
    ".pkl": _PICKLED + "numpy.save",
    ".pickle": _PICKLED + "numpy.save",
    **dict.fromkeys((".pt", ".pth", ".bin", ".ckpt"), _PICKLED + "safetensors.torch.save_file"),
}
_SETTLED = 2_000_000_000  # nanoseconds: file clocks are coarse, a newer file may change unseen


@dataclass(frozen=True)
class File:
    """An open weight file. Two are equal only if both hold the same bytes.

    `target` is where it lies on the disk, and `lfs_fetch` that of its `Files`.
    """

    name: str
    target: Path
    size: int
    stamp: object
    lfs_fetch: str
    stream: BufferedReader = field(compare=False)

    def __str__(self) -> str:
        return f"the weight file `{shown(self.name)}`"


def suffix_of(name: str) -> str:
    """Give the ending that tells the format of a weight file; refuses others, with the fix."""
    for suffix in _TAKEN_SUFFIXES:
        if name.lower().endswith(suffix):
            return suffix
    suffix = Path(name).suffix.lower()
    fix = _SUFFIXES.get(suffix, "save it with numpy.save or safetensors.numpy.save_file")
    if suffix not in _SUFFIXES and (near := closest(suffix, _TAKEN_SUFFIXES)):
        fix = f"did you mean `{shown(str(Path(name).with_suffix(near)))}`?"
    raise Mistake(f"the weight file `{shown(name)}` ends in neither .npy nor .safetensors", fix)


@contextlib.contextmanager
def opened(name: str, folder: Path, root: Path, files: Files) -> Iterator[File]:
    """Open a weight file of a network in `folder`; it has to lie in `root`."""
    target = resolved_inside(name, folder, root, files)
    if target is None:
        raise Mistake(
            f"the weight file `{shown(name)}` lies outside the project root",
            "write a relative path to a file inside it, or set --root",
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
        message = f"cannot open the weight file `{shown(name)}`: {reason_of(error)}"
        return Mistake(message, rule="cannot-open")
    fix = "paths count from the folder of the network"
    named = folder / name
    with contextlib.suppress(OSError, RuntimeError):
        if files.resolve(named.parent) / named.name != files.resolve(named):
            fix = "it is a link to a file that is not there"
        elif near := similar_file(named, files):
            fix = f"did you mean `{shown(str(Path(name).with_name(near)))}`?"
    return Mistake(f"there is no weight file `{shown(name)}`", fix, rule="cannot-open")


def begins(start: bytes, otherwise: str, lfs_fetch: str = DISK.lfs_fetch) -> str:
    """Say what a file is that is not what its name says."""
    if start.startswith(b"version https://git-lfs"):
        return f"it is a pointer of Git LFS; fetch the file with `{lfs_fetch}`"
    if start.startswith(b"\x93NUMPY"):
        return "it is an NPY file; name it .npy"
    if start.startswith(b"PK\x03\x04"):
        return "it is a zip archive, as numpy.savez and torch.save write; " + otherwise
    if re.match(rb"\x80[\x02-\x05]", start):
        return "it is a Python pickle, which nnc never opens; " + otherwise
    if start[4:9] == b"\0\0\0\0{":
        return "it may be a safetensors file; name it .safetensors"
    return otherwise


# ---------------------------------------------------------------------------------- digest


def digest_in(text: str) -> str:
    """Read a SHA-256 digest as it is written in a network."""
    if re.fullmatch("[0-9A-Fa-f]{64}", text):
        return text.lower()
    raise Mistake(
        f"`{shown(text)}` is no SHA-256 digest: expected 64 hexadecimal digits",
        "write it as `sha256sum` prints it",
        rule="wrong-digest",
        at="sha256",
    )


def check_digest(file: File, digest: str | None) -> None:
    """Refuse a file with another digest than the one that is written, if one is."""
    if digest is not None and _digest(file) != digest:
        raise Mistake(
            f"{file} does not have this SHA-256 digest",
            f"its own is {_digest(file)}; write that if it is the file you mean",
            rule="wrong-digest",
            at="sha256",
        )


@lru_cache(maxsize=64)
def _digest(file: File) -> str:
    """Hash a file, once for all layers that name it."""
    file.stream.seek(0)
    return hashlib.file_digest(file.stream, "sha256").hexdigest()


def sha256_of(file: Path, root: Path) -> str:
    """Give the SHA-256 digest, in hexadecimal, of a file found in `root`. Raises OSError."""
    with os.fdopen(open_inside(file, root), "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
