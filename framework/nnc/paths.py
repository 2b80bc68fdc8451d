"""Which files are meant, where they may lie, and opening them to read."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from nnc.diagnostics import Diagnostic, FileError, closest
from nnc.exact import shown

PATTERNS = ("*.nn.yaml", "*.nn.yml")
STDIN = "-"
STDIN_NAME = "<stdin>"
MOST_BYTES = 128 * 1024 * 1024
_LONGEST = 1000  # characters of a path in a message


def find_networks(paths: Iterable[str]) -> tuple[list[str], list[Diagnostic]]:
    """Give the network files that paths stand for, each once, and what could not be found.

    A directory stands for every `**/*.nn.yaml` and `**/*.nn.yml` below it, in order of name; a
    pattern for the files it matches; a file for itself, whatever it is called.
    """
    found: dict[str, str] = {}
    missing = []
    for path in paths:
        files = [path] if path == STDIN else _expand(path)
        if not files:
            missing.append(_nothing(path))
        for file in files:
            found.setdefault(os.path.normpath(file), file)
    return list(found.values()), missing


def _expand(path: str) -> list[str]:
    if not path:
        return []
    place = Path(path)
    if _is_folder(path):
        files = {file for pattern in PATTERNS for file in place.rglob(pattern) if file.is_file()}
        return [str(file) for file in sorted(files)]
    if any(character in path for character in "*?[") and not os.path.exists(path):  # noqa: PTH110
        import glob

        return sorted(file for file in glob.glob(path, recursive=True) if Path(file).is_file())  # noqa: PTH207
    return [path]


def _is_folder(path: str) -> bool:
    return bool(path) and os.path.isdir(path)  # noqa: PTH112 - which takes names of any length


def _nothing(path: str) -> Diagnostic:
    if _is_folder(path):
        message = f"no network files (*.nn.yaml, *.nn.yml) below `{shown(path, _LONGEST)}`"
    else:
        message = f"no file matches `{shown(path, _LONGEST)}`"
    return Diagnostic(
        "no-network-files",
        message,
        file=path,
        help="name a file; a file given by name may be called anything",
    )


def read_bytes(file: str, max_bytes: int) -> bytes:
    """Read a whole file, or standard input for `-`. Raises FileError."""
    with open_to_read(file) as stream:
        try:
            data = stream.read(max_bytes + 1)
        except OSError as error:
            raise FileError([_cannot_open(file, error)]) from None
    if len(data) > max_bytes:
        raise FileError(
            [
                Diagnostic(
                    "file-too-large",
                    f"the file has more than {max_bytes:,} bytes",
                    file=file,
                    help="set --max-bytes to read it all the same",
                )
            ]
        )
    return data


def begins_compiled(start: bytes) -> bool:
    """Tell a safetensors file, as a compiled network is one, by its first nine bytes.

    They are a length below 4 GiB and a brace; no YAML text has four zeros.
    """
    return start[4:8] == bytes(4) and start[8:9] in (b"", b"{")


@contextlib.contextmanager
def open_to_read(file: str) -> Iterator[BinaryIO]:
    """Open a file, or standard input for `-`, as bytes. Raises FileError."""
    if file == STDIN:
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115 - closed below, outside this `try`
    except (OSError, ValueError) as error:
        raise FileError([_cannot_open(file, error)]) from None
    with stream:
        yield stream


def _cannot_open(file: str, error: OSError | ValueError) -> Diagnostic:
    path, fix = Path(file), None
    if isinstance(error, FileNotFoundError):
        why = "there is no such file"
        files = list(path.parent.iterdir()) if path.parent.is_dir() else []
        alike = ("", ".yaml", ".yml")
        stems = {
            _stem(one.name): one.name
            for one in files
            if one.suffix == path.suffix or {one.suffix, path.suffix} <= set(alike)
        }
        near = closest(_stem(path.name), stems)
        fix = (
            f"did you mean `{shown(str(path.with_name(stems[near])), _LONGEST)}`?" if near else None
        )
    elif isinstance(error, IsADirectoryError):
        why = "it is a directory"
    else:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return Diagnostic("cannot-open", f"cannot open the file: {why}", file=file, help=fix)


def _stem(name: str) -> str:
    return name.partition(".")[0]


def project_root(path: Path) -> Path:
    """Give the project root of a file: the nearest folder upward with `.git`, else its own."""
    folder = path.resolve().parent
    for parent in (folder, *folder.parents):
        if (parent / ".git").exists():
            return parent
    return folder


def resolved_inside(name: str, folder: Path, root: Path) -> Path | None:
    """Resolve a file that a network names, its links followed; None where it lies outside `root`.

    What comes back is the path to open: it was checked, and no link is left in it. An absolute
    name is never inside.
    """
    try:
        target = (folder / name).resolve()
        is_inside = target.is_relative_to(root.resolve()) and not Path(name).is_absolute()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, links in a circle
        return None
    return target if is_inside else None
