"""What is kept in a temporary file: results, until all are known, and streams to seek in."""

from __future__ import annotations

import contextlib
import pickle
import shutil
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Any, BinaryIO


class Spool:
    """Takes values one by one, and gives them again as often as asked; no more than one is held."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `__exit__`
        self._count = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._file.close()

    def add(self, value: Any) -> None:
        """Take a value."""
        pickle.dump(value, self._file, pickle.HIGHEST_PROTOCOL)
        self._count += 1

    def __iter__(self) -> Iterator[Any]:
        self._file.seek(0)
        for _ in range(self._count):
            yield pickle.load(self._file)


@contextlib.contextmanager
def seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    """Give a stream to seek in: itself, or of a pipe, and of what is unpacked, the rest as a copy.

    A copy starts at its own 0.
    """
    can_seek = getattr(stream, "seekable", None)
    if can_seek is not None and can_seek():
        yield stream
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(stream, copy)
        copy.seek(0)
        yield copy
