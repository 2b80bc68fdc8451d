"""The settings with which git shows and merges networks by nnc: write them, and take them back."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.git import ask_git
from nnc.files.opening import reason_of
from nnc.files.selection import SUFFIXES
from nnc.files.writing import open_atomically, remove_file
from nnc.opening.repository import Repository

SETTINGS = {
    "diff.nnc.textconv": """sh -c 'nnc git textconv -- "$0" 2>/dev/null || cat "$0"'""",
    "merge.nnc.name": "networks, by neuron and synapse (nnc)",
    "merge.nnc.driver": (
        'case "$(command -v nnc >/dev/null && nnc git merge-driver -- %O %A %B %L %P %S %X %Y)" in '
        "merged) exit 0;; conflict) exit 1;; esac; "
        "git merge-file -q --marker-size=%L -L ours -L base -L theirs %A %O %B"
    ),
}
"""The settings of git. Without nnc, or where it fails, git shows and merges as it always does."""

_FIRST = "# nnc git install: networks are shown and merged by neuron"
_LAST = "# nnc git install: end"
_BLOCK = re.compile(
    f"^{re.escape(_FIRST)}.*\r?\n(?:.*\n)*?{re.escape(_LAST)}\r?\n?",
    re.MULTILINE,
)


class Drivers:
    """The settings and attributes of one repository, or of a user: `repository` is None then."""

    def __init__(self, repository: Repository | None) -> None:
        self._repository = repository

    def install(self) -> Iterator[str]:
        """Write what is not there yet, and yield what was done. Raises FileError."""
        attributes = self._attributes()
        text = _read(attributes)
        whole = _with_block(text, _block_in(text, attributes))
        for name, value in SETTINGS.items():
            before = self._setting(name)
            if before != value:
                self._config("--replace-all", name, value)
                yield f"set {name}" if before is None else f"set {name}, which was {before}"
        if whole != text:
            _write(attributes, whole, before=text)
            yield f"wrote {len(SUFFIXES)} patterns to {_short_path(attributes)}"

    def uninstall(self) -> Iterator[str]:
        """Take back what `install` wrote, and yield what was done. Raises FileError."""
        attributes = self._attributes()
        text = _read(attributes)
        block = _block_in(text, attributes)
        for name in SETTINGS:
            if self._setting(name) is not None:
                self._config("--unset-all", name)
                yield f"removed {name}"
        if block is None:
            return
        rest = text[: block.start()] + text[block.end() :]
        if rest:
            _write(attributes, rest, before=text)
            yield f"removed {len(SUFFIXES)} patterns from {_short_path(attributes)}"
        else:
            remove_file(attributes, before=os.fsencode(text))
            yield f"removed {_short_path(attributes)}, which held nothing else"

    # ---------------------------------------------------------------------------- places

    def _attributes(self) -> Path:
        """Return the file of attributes: of the repository, or the user's."""
        if self._repository is not None:
            if self._repository.top is None:
                message = "a bare repository has no .gitattributes"
                hint = "run it in a clone, or write the user's own with --global"
                at = str(self._repository.folder)
                raise FileError([Diagnostic("no-repository", message, file=at, help=hint)])
            return self._repository.top / ".gitattributes"
        configured = ask_git("config", "--global", "--path", "core.attributesFile").stdout
        if configured.strip():
            return Path(os.fsdecode(configured).removesuffix("\n"))
        home = os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser()
        return Path(home) / "git/attributes"

    def _setting(self, name: str) -> str | None:
        value = self._run("--get", name)
        return None if value is None else value.removesuffix("\n")

    def _config(self, *arguments: str) -> None:
        if self._run(*arguments) is None:
            at = str(self._repository.folder) if self._repository is not None else None
            message = "git could not write its settings"
            hint = f"run `git config {' '.join(arguments[:2])}` to see why"
            raise FileError([Diagnostic("git-failed", message, file=at, help=hint)])

    def _run(self, *arguments: str) -> str | None:
        if self._repository is None:
            ran = ask_git("config", "--global", *arguments)
        else:
            ran = self._repository.try_to("config", "--local", *arguments)
        return None if ran.returncode else os.fsdecode(ran.stdout)


# ------------------------------------------------------------------------------ attributes


def _read(file: Path) -> str:
    """Read a file of attributes as it is, whatever its bytes; empty where there is none."""
    try:
        return os.fsdecode(file.read_bytes())
    except FileNotFoundError:
        return ""
    except OSError as error:
        message = f"cannot open the file: {reason_of(error)}"
        raise FileError([Diagnostic("cannot-open", message, file=str(file))]) from None


def _short_path(file: Path) -> str:
    """Name a file as from here, unless that is longer."""
    return min(str(file), os.path.relpath(file), key=len)


def _write(file: Path, text: str, *, before: str) -> None:
    with suppress(OSError):  # reported when the file is opened
        file.parent.mkdir(parents=True, exist_ok=True)
    with open_atomically(file, before=os.fsencode(before)) as stream:
        stream.write(os.fsencode(text))


def _block_in(text: str, file: Path) -> re.Match[str] | None:
    """Find the marked lines. Raises FileError where one of the marks is gone, or appears twice."""
    blocks = list(_BLOCK.finditer(text))
    firsts, lasts = text.count(_FIRST), text.count(_LAST)
    if firsts != len(blocks) or lasts != len(blocks) or len(blocks) > 1:
        message = (
            "the lines between the marks of `nnc git install` cannot be told apart from others"
        )
        hint = f"remove them by hand, from `{_FIRST}` to `{_LAST}`"
        raise FileError([Diagnostic("attributes-damaged", message, file=str(file), help=hint)])
    return blocks[0] if blocks else None


def _with_block(text: str, block: re.Match[str] | None) -> str:
    """Write the marked lines anew where they stand, else at the end."""
    lines = (_FIRST, *(f"*{suffix} diff=nnc merge=nnc" for suffix in SUFFIXES), _LAST)
    marked = "".join(f"{line}\n" for line in lines)
    if block is not None:
        return text[: block.start()] + marked + text[block.end() :]
    return text + "\n" * (bool(text) and not text.endswith("\n")) + marked
