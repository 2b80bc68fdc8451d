"""Where a case file lies, or why it may not be read."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from nnc.cases.typos import Typos, meaning
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath
from nnc.exact import shorten
from nnc.files.opening import DISK, STDIN_NAME, Files, resolved_inside, similar_name


def find_case_file(
    name: str, path: KeyPath, file: Path, root: Path, typos: Typos, files: Files = DISK
) -> Path | Diagnostic:
    """Resolve the case file `name` of the network `file`: the very path that may be opened.

    Gives the mistake where it lies outside the root or is no file.
    """
    target = resolved_inside(name, file.parent, root, files)
    if target is None:
        return Diagnostic(
            "outside-project",
            f"the case file `{shorten(name)}` lies outside the project root",
            path,
            help="write a relative path to a file inside it, or set --root",
        )
    kind = files.kind_of(target)
    if kind == "file":
        return target
    near = None if kind == "folder" else _near(name, target, typos, files)
    folder = "the current folder" if file.name == STDIN_NAME else f"the folder of {file.name}"
    return Diagnostic(
        "cannot-open",
        f"there is no case file `{shorten(name)}`",
        path,
        help=near or f"paths count from {shorten(folder)}",
    )


def _near(name: str, target: Path, typos: Typos, files: Files) -> str | None:
    try:
        names = files.names(target.parent)
    except OSError:
        return None
    near = typos.meant(target.name, names, similar_name)
    return None if near is None else meaning(str(PurePosixPath(name).with_name(near)))
