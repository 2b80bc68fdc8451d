"""Task, Progress and Done: what is sent to a worker, and what comes back: names and numbers."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.jobs.places import Place, is_remote, place_of, readable
from nnc.rows.column_types import ColumnType
from nnc.rows.dialect import CsvDialect
from nnc.rows.options import Extra, Floats
from nnc.run.engine_names import EngineName
from nnc.version import VERSION

_AS_RECOGNISED = CsvDialect(recognises=True)


@dataclass(frozen=True)
class Settings:
    """How files are read and written: all that decides what stands in a result.

    `source` and `to` are formats, None for what the name of a file says. `values` are those of
    inputs without a column, and `sums` is the type of outputs that only all rows could decide.
    Where rows are only `counted`, nothing is written.
    """

    source: str | None = None
    to: str | None = None
    extra: Extra | None = None
    skips: bool = False
    floats: Floats | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    csv: CsvDialect = _AS_RECOGNISED
    rename: Mapping[str, str] = field(default_factory=dict)
    rest: str | None = None
    bits: bool = False
    as_floats: bool = False
    inputs: bool = False
    sums: ColumnType | None = None
    counted: bool = False


@dataclass(frozen=True)
class Work:
    """What all tasks of a job share.

    `plan` is the compiled network, None where it is so large that it lies in a file of the target;
    `digest` is the SHA-256 of it. `source`, `target` and `rejects` are places, of which paths start
    from the `folder` that the job was planned in. `resumes` says that results may be there already.
    """

    settings: Settings
    source: str
    target: str | None
    rejects: str | None
    digest: str
    plan: bytes | None
    engine: EngineName = "auto"
    threads: int = 1
    has_options: bool = False
    resumes: bool = False
    version: str = VERSION
    folder: Path = field(default_factory=Path.cwd)

    def located(self, path: str | None) -> str:
        """Return the path of a place of the job, wherever this process runs."""
        assert path is not None
        return path if is_remote(path) or self.folder == Path.cwd() else str(self.folder / path)

    def place(self, path: str | None) -> Place:
        """Return a place of the job, wherever this process runs."""
        return place_of(self.located(path))

    @cached_property
    def rejects_at(self) -> str | None:
        """The folder of rejected rows as seen from that of the results, so that both may move."""
        if self.rejects is None or self.target is None:
            return None
        if is_remote(self.rejects) or is_remote(self.target):
            return readable(self.rejects).rstrip("/")
        rejects = os.path.realpath(self.folder / self.rejects)
        target = os.path.realpath(self.folder / self.target)
        try:
            return os.path.relpath(rejects, target).replace(os.sep, "/")
        except ValueError:  # on another drive
            return rejects

    @cached_property
    def key(self) -> str:
        """What decides every result, beside the file."""
        settings = json.dumps(asdict(self.settings), sort_keys=True, default=repr)
        return f"{self.version} {self.digest} {settings}"


@dataclass(frozen=True, slots=True)
class Task:
    """One file, or the row `groups` of it, and the result that is made of it.

    `size` and `modified` are those of the file when the job was planned; `rows` is how many there
    are in the groups, None where the format does not say so, and `before` how many lie before them.
    """

    number: int
    file: str
    size: int
    modified: int
    output: str
    work: Work = field(repr=False)
    groups: tuple[int, ...] | None = None
    rows: int | None = None
    before: int = 0

    @property
    def key(self) -> str:
        """The SHA-256 of what decides the result; two tasks with the same give the same bytes."""
        of_file = json.dumps([self.file, self.size, self.modified, self.groups])
        return hashlib.sha256(f"{self.work.key} {of_file}".encode()).hexdigest()

    @property
    def title(self) -> str:
        """What messages call it: the file, with the row groups."""
        if self.groups is None:
            return self.file
        first, last = self.groups[0], self.groups[-1]
        return f"{self.file}, row group{f' {first}' if first == last else f's {first} to {last}'}"


class Progress(NamedTuple):
    """How far a running task is: the rows it has read, and the part of them, 0 to 1, if known."""

    task: int
    rows: int
    part: float | None


OnProgress = Callable[[Progress], None]
"""Is told about once a second how far a task is."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a task has come to: `rows` written and `rejected`, and the bytes of the result.

    With `mistakes` there is no result; of files, and not of rows, where it `is_about_files`.
    `was_there` says that the result of an earlier try was found. `counts` are those of outputs,
    where rows are counted. `warnings` has one of each kind. `kept_rejects` says where rejected rows
    are: the folder as seen from the results, the file in it, and its bytes.
    """

    task: int
    rows: int = 0
    rejected: int = 0
    size: int = 0
    sha256: str = ""
    was_there: bool = False
    counts: Mapping[str, int] | None = None
    mistakes: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    is_about_files: bool = False
    kept_rejects: tuple[str, str, int] | None = None
