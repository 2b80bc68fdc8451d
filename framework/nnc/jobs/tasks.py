"""The tasks that workers receive and the answers they return; both are small and picklable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.jobs.folders import Folder, folder_of, is_remote
from nnc.rows.dialect import CsvDialect
from nnc.rows.parts import Lines, Part
from nnc.rows.session import RowOptions
from nnc.run.streaming import Style
from nnc.version import VERSION


@dataclass(frozen=True)
class Settings:
    """The settings for reading and writing files, which determine the bytes of a result.

    `source` and `to` are formats, or None to go by the names of files; `to` replaces the format of
    `style`. `values` are those of inputs without a column, and `rest` that of all others. If rows
    are only `counted`, nothing is written.
    """

    source: str | None = None
    to: str | None = None
    skips: bool = False
    options: RowOptions = RowOptions(csv=CsvDialect(recognises=True))  # noqa: RUF009 - it is frozen
    values: Mapping[str, object] = field(default_factory=dict)
    rest: str | None = None
    style: Style = Style("")  # noqa: RUF009 - a tuple
    counted: bool = False


@dataclass(frozen=True)
class Work:
    """The settings shared by all tasks of a job.

    `plan` is the compiled network. `source`, `target` and `rejects` are folders; relative paths
    start from `home`. With `resumes`, results may already exist.
    """

    settings: Settings
    source: str
    target: str | None
    rejects: str | None
    plan: bytes = field(repr=False)
    threads: int = 1
    resumes: bool = False
    version: str = VERSION
    home: Path = field(default_factory=Path.cwd)

    def folder(self, path: str | None) -> Folder:
        """Return a folder of the job, in whatever folder this process runs."""
        assert path is not None
        is_found = is_remote(path) or self.home == Path.cwd()
        return folder_of(path if is_found else str(self.home / path))

    @cached_property
    def key(self) -> str:
        """A text that determines the results, except for their files."""
        settings = asdict(self.settings)
        for name in ("extra_help", "has_options"):  # these only affect messages
            del settings["options"][name]
        words = json.dumps(settings, sort_keys=True, default=repr)
        return f"{self.version} {hashlib.sha256(self.plan).hexdigest()} {words}"


@dataclass(frozen=True, slots=True)
class Task:
    """One file, or a `part` of it, and the name of its result.

    `size` and `modified` are those of the file when the job was planned; `rows` is the number of
    rows to read, or None if the format does not state it.
    """

    number: int
    file: str
    size: int
    modified: int
    output: str
    work: Work = field(repr=False)
    part: Part | None = None
    rows: int | None = None

    @property
    def key(self) -> str:
        """The SHA-256 of what determines the result; tasks with equal keys give equal bytes."""
        of_file = json.dumps([self.file, self.size, self.modified, self.part])
        return hashlib.sha256(f"{self.work.key} {of_file}".encode()).hexdigest()

    @property
    def path(self) -> str:
        """The path of the file, for messages."""
        return self.work.folder(self.work.source).path(self.file)

    @property
    def title(self) -> str:
        """The file and its part, for messages."""
        if self.part is None:
            return self.file
        if isinstance(self.part, Lines):
            return f"{self.file}, from line {self.part.line:,} on"
        first, last = self.part.numbers[0], self.part.numbers[-1]
        return f"{self.file}, row group{f' {first}' if first == last else f's {first} to {last}'}"


@dataclass(frozen=True, slots=True)
class Done:
    """The answer of a task: rows written and `rejected`, and the size of the result in bytes.

    With `mistakes` there is no result; `is_about_files` tells whether they are about the file, not
    its rows. `was_there` marks a result of an earlier run. `counts` are those of outputs, if rows
    are counted. `warnings` has one of each rule. `rejects` is the file of rejected rows.
    """

    task: int
    rows: int = 0
    rejected: int = 0
    size: int = 0
    was_there: bool = False
    counts: Mapping[str, int] | None = None
    mistakes: tuple[Diagnostic, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    is_about_files: bool = False
    rejects: str | None = None
