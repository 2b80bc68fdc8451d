"""Find files, check that they are inside the project root, and open them for reading."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol, cast

from nnc.diagnostics.diagnostic import Diagnostic, FileError, closest
from nnc.numbers.exact import shorten

STDIN = "-"
STDIN_NAME = "<stdin>"
MAX_BYTES = 128 * 1024 * 1024
MAX_SHOWN = 1000  # the maximum length of a path in a message
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_PATH", os.O_RDONLY)  # to traverse
_WALKS = os.open in os.supports_dir_fd  # not on Windows, where links need special rights
_MOVED = "another program moved it while it was opened"
_ENDINGS = {"", "nn.yaml", "nn.yml", "yaml", "yml"}
_MAX_COMPARED = 10_000  # files of a folder to compare


def other_encoding(data: bytes) -> str | None:
    """Return UTF-16 or UTF-32 if data starts with its byte-order mark, else None."""
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "UTF-32"
    return "UTF-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else None


def is_folder(path: str) -> bool:
    """Return True if a path is a folder; never raises."""
    return bool(path) and os.path.isdir(path)  # unlike pathlib, this takes names of any length


def read_bytes(file: str, max_bytes: int) -> bytes:
    """Read a file, or standard input for `-`. Raises FileError, also above `max_bytes`."""
    with open_to_read(file) as stream:
        data = stream.read(max_bytes + 1)
    check_size(data, file, max_bytes)
    return data


def check_size(data: bytes, file: str, max_bytes: int) -> None:
    """Raise FileError if the bytes read from a file exceed `max_bytes`."""
    if len(data) > max_bytes:
        message = f"the file has more than {max_bytes:,} bytes"
        hint = "to read it anyway, raise --max-bytes"
        raise FileError([Diagnostic("file-too-large", message, file=file, help=hint)])


def begins_compiled(start: bytes) -> bool:
    """Return True if the first nine bytes are those of a safetensors file or compiled network.

    They are a length below 4 GiB and a brace; no YAML text has four zero bytes.
    """
    return start[4:8] == bytes(4) and start[8:9] in (b"", b"{")


@contextlib.contextmanager
def open_to_read(file: str, *, root: Path | None = None) -> Iterator[BinaryIO]:
    """Open a file, or standard input for `-`, as bytes. Raises FileError, also when read.

    With `root`, the file must be a result of `resolved_inside`; see `open_inside`.
    """
    if file == STDIN:
        if sys.stdin is None:
            hint = "name a file, or send one: nnc … - < FILE"
            raise FileError([Diagnostic("cannot-open", "standard input is closed", help=hint)])
        yield sys.stdin.buffer
        return
    with as_file_error(file):
        raw = _Reader(file, file if root is None else open_inside(Path(file), root))
    stream = io.BufferedReader(raw)
    try:
        yield cast("BinaryIO", stream)
    finally:
        with contextlib.suppress(OSError):  # everything needed has been read
            stream.close()


class _Reader(io.FileIO):
    """An open file that raises FileError if reading fails."""

    def __init__(self, name: str, file: str | int) -> None:
        super().__init__(file, "rb")
        self._name = name

    def readinto(self, buffer: Any, /) -> int | None:
        with as_file_error(self._name):
            return super().readinto(buffer)

    def readall(self) -> bytes:
        with as_file_error(self._name):
            return super().readall()


@contextlib.contextmanager
def as_file_error(
    file: str | Path, cannot: Callable[[str, OSError | ValueError], Diagnostic] | None = None
) -> Iterator[None]:
    """Turn OSError and ValueError, except a broken pipe, into FileError worded by `cannot`."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        raise FileError([(cannot or _cannot_open)(str(file), error)]) from None


def is_same_file(output: str, other: str | Path) -> bool:
    """Return True if writing `output` would overwrite `other`, considering links.

    `-` as `other` is standard input, which may come from a file. Devices and pipes are not
    overwritten.
    """
    try:
        existing = os.stat(output)
    except (OSError, ValueError):  # it does not exist yet
        return os.path.realpath(output) == os.path.realpath(other)
    try:
        number = sys.stdin.fileno() if str(other) == STDIN and sys.stdin is not None else None
        status = os.stat(other) if number is None else os.fstat(number)
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(existing.st_mode) and os.path.samestat(existing, status)


def _cannot_open(file: str, error: OSError | ValueError) -> Diagnostic:
    path, hint = Path(file), None
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        why = f"it is a link to `{shorten(str(path.readlink()), MAX_SHOWN)}`, which does not exist"
    elif isinstance(error, FileNotFoundError):
        why = "there is no such file"
        near = similar_file(path)
        hint = f"did you mean `{shorten(str(path.with_name(near)), MAX_SHOWN)}`?" if near else None
    elif isinstance(error, IsADirectoryError):
        why = "it is a directory"
    else:
        why = reason_of(error)
    return Diagnostic("cannot-open", f"cannot open the file: {why}", file=file, help=hint)


def reason_of(error: OSError | ValueError) -> str:
    """Return the system's reason for an error, without the name of the file."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def similar_name(name: str, others: Iterable[str]) -> str | None:
    """Return the existing name that a missing file's name was most likely meant to be, or None.

    Its stem must be similar, and also its ending, unless both endings are those of networks. Of
    several, the one with the smallest edit distance is returned.
    """
    stem, _, ending = name.casefold().partition(".")
    alike = []
    for other in islice(others, _MAX_COMPARED):
        other_stem, _, other_ending = other.casefold().partition(".")
        if not ({ending, other_ending} <= _ENDINGS or _distance(ending, other_ending) < 3):
            continue
        changes = _distance(name.casefold(), other.casefold())
        if changes < 2 or closest(stem, (other_stem,)) is not None:
            alike.append((changes, not other.endswith((".nn.yaml", ".nn.yml")), other))
    return min(alike)[2] if alike else None


def _distance(word: str, other: str) -> int:
    """Return the edit distance of two words, counting a swap of neighbours as one edit."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(word):
        row = [i + 1]
        for j, letter_of_other in enumerate(other):
            least = min(last[j + 1] + 1, row[j] + 1, last[j] + (letter != letter_of_other))
            if before and j and letter == other[j - 1] and word[i - 1] == letter_of_other:
                least = min(least, before[j - 1] + 1)
            row.append(least)
        before, last = last, row
    return last[-1]


def project_root(path: Path) -> Path:
    """Return the project root of a file: the nearest parent with `.git`, or else its folder."""
    folder = path.resolve().parent
    for parent in (folder, *folder.parents):
        if (parent / ".git").exists():
            return parent
    return folder


class Files(Protocol):
    """The file system that networks are read from: the disk or the tree of a commit.

    Paths in a tree are relative to a pseudo-folder that does not exist on disk.
    """

    lfs_fetch: str
    """The command that fetches files kept in Git LFS."""

    def called(self, path: Path) -> str:
        """Return the name of a file in messages."""

    def resolve(self, path: Path) -> Path:
        """Resolve the links of a path. Raises OSError, RuntimeError or ValueError."""

    def look(self, path: Path) -> None:
        """Raise OSError or ValueError if a path cannot be resolved."""

    def kind_of(self, path: Path) -> Literal["file", "folder"] | None:
        """Return the type of a path, or None if it does not exist; never raises."""

    def names(self, folder: Path) -> Iterable[str]:
        """Return the names of the files in a folder. Raises OSError."""

    def read(self, target: Path, root: Path, most: int) -> bytes:
        """Read at most `most` bytes of a result of `resolved_inside`. Raises OSError."""

    def open(self, target: Path, root: Path) -> tuple[Path, io.BufferedReader]:
        """Open a result of `resolved_inside` for mapping; return its path on disk and a stream.

        Raises OSError.
        """


class Disk:
    """The current files on disk."""

    lfs_fetch = "git lfs pull"

    def called(self, path: Path) -> str:
        """Return the path that a user would type."""
        return str(path)

    def resolve(self, path: Path) -> Path:
        """Resolve the links of a path. Raises OSError, RuntimeError or ValueError."""
        return path.resolve()

    def look(self, path: Path) -> None:
        """Raise OSError or ValueError if a path cannot be resolved."""
        path.stat()

    def kind_of(self, path: Path) -> Literal["file", "folder"] | None:
        """Return the type of a path, or None if it does not exist; never raises."""
        if os.path.isfile(path):
            return "file"
        return "folder" if is_folder(str(path)) else None

    def names(self, folder: Path) -> Iterable[str]:
        """Return the names of the files in a folder. Raises OSError."""
        names = os.listdir(folder)  # not lazily, so that errors are raised here
        return (name for name in names if os.path.isfile(folder / name))

    def read(self, target: Path, root: Path, most: int) -> bytes:
        """Read at most `most` bytes of a regular file; see `open_inside`."""
        with self.open(target, root)[1] as stream:
            return stream.read(most)

    def open(self, target: Path, root: Path) -> tuple[Path, io.BufferedReader]:
        """Open a regular file; see `open_inside`."""
        return target, os.fdopen(open_inside(target, root), "rb")


DISK = Disk()


class Unsaved(Disk):
    """The files on disk, with unsaved texts of an editor or a pipe in place of some.

    `texts` maps resolved paths to unsaved texts. Weight files, which are mapped, come from the
    disk.
    """

    def __init__(self, texts: Mapping[Path, bytes]) -> None:
        self.texts = texts

    def kind_of(self, path: Path) -> Literal["file", "folder"] | None:
        """Return the type of a path, or None if it does not exist; never raises."""
        return "file" if path in self.texts else super().kind_of(path)

    def names(self, folder: Path) -> Iterable[str]:
        """Return the names of the files in a folder. Raises OSError."""
        unsaved = [path.name for path in self.texts if path.parent == folder]
        return dict.fromkeys([*super().names(folder), *unsaved])

    def read(self, target: Path, root: Path, most: int) -> bytes:
        """Read at most `most` bytes of a text or a regular file. Raises OSError."""
        text = self.texts.get(target)
        return super().read(target, root, most) if text is None else text[:most]


def is_compiled(file: str) -> bool:
    """Return True if a file begins like a compiled network or other safetensors file.

    Return False if it does not exist. Raises FileError if it cannot be examined.
    """
    if file == STDIN:
        return False
    with as_file_error(file):
        try:
            mode = Path(file).stat().st_mode
        except (FileNotFoundError, NotADirectoryError, ValueError):  # reported when it is read
            return False
    if not stat.S_ISREG(mode):
        return False
    with open_to_read(file) as stream:
        return begins_compiled(stream.read(9))


def resolved_inside(name: str, folder: Path, root: Path, files: Files = DISK) -> Path | None:
    """Resolve the path of a file that a network names; return None if it is outside `root`.

    The result, for `Files.open`, has been checked and contains no links. An absolute name is always
    outside.
    """
    try:
        target = files.resolve(folder / name)
        is_inside = target.is_relative_to(files.resolve(root)) and not Path(name).is_absolute()
    except (OSError, ValueError, RuntimeError):  # too long, contains NUL, circular links
        return None
    return target if is_inside else None


def similar_file(path: Path, files: Files = DISK) -> str | None:
    """Return the name in a missing file's folder that was most likely meant, or None."""
    try:
        return similar_name(path.name, files.names(path.parent))
    except OSError:  # no such folder
        return None


class NotRegularError(OSError):
    """The file is a pipe, a socket or a device."""

    def __init__(self) -> None:
        super().__init__("it is a pipe, a socket or a device")


def open_inside(target: Path, root: Path) -> int:
    """Open a regular file returned by `resolved_inside` and return its descriptor.

    No links below the root are followed, so replacing the file or a folder by a link in the
    meantime has no effect, and a pipe does not block. Raises OSError.
    """
    try:
        *folders, name = target.relative_to(root.resolve()).parts or (".",)
    except ValueError:
        raise OSError(_MOVED) from None
    flags = os.O_RDONLY | _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if not _WALKS:
        _check_regular(target.stat())
        return os.open(target, flags)
    at = os.open(root, _FOLDER)
    try:
        for folder in folders:
            below = os.open(folder, _FOLDER | _NO_LINK, dir_fd=at)
            os.close(at)
            at = below
        _check_regular(os.stat(name, dir_fd=at, follow_symlinks=False))
        descriptor = os.open(name, flags, dir_fd=at)
    finally:
        os.close(at)
    try:
        _check_regular(os.fstat(descriptor))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _check_regular(status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise OSError(_MOVED)
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError("it is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise NotRegularError
