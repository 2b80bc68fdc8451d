"""The bytes of an open file: those of a small one are read, those of a large one mapped."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import BinaryIO

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.exact import shown

SMALL = 1 << 20
"""A file of so few bytes is read, in about a millisecond."""


class MappedFile(mmap.mmap):
    """A file that is mapped. Whoever writes into it, or cuts it, changes the numbers of a plan.

    A file that is replaced by another of the same name does no harm: the old one stays mapped.
    """

    path: Path
    stamp: tuple[int, int, int]

    @classmethod
    def of(cls, stream: BinaryIO, size: int, path: Path) -> MappedFile:
        """Map an open file; raises ValueError where it is shorter than `size` by now."""
        data = cls(stream.fileno(), size, access=mmap.ACCESS_READ)
        data.path = path.absolute()
        data.stamp = _stamp(os.fstat(stream.fileno()))
        return data

    def check_unchanged(self) -> None:
        """Raise FileError where the file was written into, or cut, since it was mapped."""
        try:
            found = _stamp(self.path.stat())
        except OSError:  # removed or renamed, which does no harm
            found = self.stamp
        is_other_file = found[:2] != self.stamp[:2]
        if self.size() != len(self) or (found != self.stamp and not is_other_file):
            raise FileError([Diagnostic(
                "cannot-open",
                f"`{shown(str(self.path), 200)}` was changed while it was in use",
                help="load the network again; write a new file and rename it over the old one, "
                "instead of writing into it",
            )])  # fmt: skip


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_dev, status.st_ino, status.st_mtime_ns


def held(stream: BinaryIO, path: Path, start: int, stop: int, size: int) -> tuple[mmap.mmap, int]:
    """Give bytes that hold those from `start` to before `stop` of a file, and where they start.

    `size` is that of the whole file; raises ValueError where it is shorter by now.
    """
    if size > SMALL:
        return MappedFile.of(stream, size, path), start
    data = mmap.mmap(-1, max(1, stop - start))
    stream.seek(start)
    read = stream.read(stop - start)
    if len(read) < stop - start:
        raise ValueError("shorter than it was")
    data[: len(read)] = read
    return data, 0
