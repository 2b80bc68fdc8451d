"""The folder of the results belongs to one process while its job is planned, runs and ends."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.jobs.places import on_disk, readable

if sys.platform != "win32":
    import fcntl

_FOLDERS: dict[tuple[int, int], list[int]] = {}
"""By device and number of a held folder: its descriptor, and how many jobs hold it."""
_GUARD = threading.RLock()  # which collecting garbage may enter again


class Hold:
    """What a job has of a folder, so that no other process of the machine writes results there.

    It ends with the process, however that ends. Jobs of one process hold a folder together. Raises
    FileError, unfinished-job, where another process has it.
    """

    def __init__(self, path: str) -> None:
        self._key: tuple[int, int] | None = None
        self._made: str | None = None
        folder = on_disk(path) if path else None
        if folder is None or sys.platform == "win32":
            return
        with suppress(OSError):
            os.makedirs(os.path.dirname(os.path.abspath(folder)), exist_ok=True)  # noqa: PTH100, PTH103, PTH120
            os.mkdir(folder)  # noqa: PTH102
            self._made = folder
        with _GUARD:
            self._take(folder, readable(path))

    def _take(self, folder: str, shown: str) -> None:
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:  # which is told where something is written
            return
        status = os.fstat(descriptor)
        key = (status.st_dev, status.st_ino)
        if key in _FOLDERS:
            os.close(descriptor)
            _FOLDERS[key][1] += 1
            self._key = key
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            message = "results cannot go there: another process is writing a job into it"
            hint = "wait until it has ended, or name a new folder"
            raise FileError(
                [Diagnostic("unfinished-job", message, help=hint, file=shown)]
            ) from None
        except OSError:  # a file system without locks
            os.close(descriptor)
            return
        _FOLDERS[key] = [descriptor, 1]
        self._key = key

    def release(self) -> None:
        """Let go of the folder, once."""
        with _GUARD:
            key, self._key = self._key, None
            if key is None:
                return
            held = _FOLDERS[key]
            held[1] -= 1
            if not held[1]:
                fcntl.flock(held[0], fcntl.LOCK_UN)  # also where a child has the descriptor
                os.close(held[0])
                del _FOLDERS[key]

    def undo(self) -> None:
        """Let go of the folder, and remove it where it was made for a job that is not begun."""
        self.release()
        if self._made is not None:
            with suppress(OSError):  # there is something in it
                os.rmdir(self._made)  # noqa: PTH106

    def __reduce__(self) -> tuple[type[Hold], tuple[str]]:
        return Hold, ("",)  # a copy in another process holds nothing

    def __del__(self) -> None:
        if getattr(self, "_key", None) is not None:
            self.release()
