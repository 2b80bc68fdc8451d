"""Files of rows -> tasks: a task for each file, or for some row groups of a large one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError
from nnc.jobs.places import (
    NO_FILE,
    FileInfo,
    Place,
    check_files,
    is_pattern,
    is_remote,
    matching,
    parts_of_pattern,
    place_of,
    readable,
)
from nnc.jobs.records import MANIFEST, RUNNING, names_in, read_manifest
from nnc.jobs.tasks import Task, Work
from nnc.numbers.exact import counted
from nnc.rows.formats import FORMATS, format_of, groups_of

_AT_ONCE = 16
"""So many files of a remote place are looked into at once."""


class Files(NamedTuple):
    """The files of a job, and the place that they lie in."""

    source: str
    infos: list[FileInfo]

    @property
    def place(self) -> Place:
        """The place."""
        return place_of(self.source)

    def forms(self, chosen: str | None) -> list[str]:
        """Return the format of each file. Raises as `format_of`, with the path of the file."""
        return [format_of(self.place.path(each.name), chosen) for each in self.infos]


def files_of(path: str) -> Files:
    """Find the files that a path stands for: a folder, a pattern, or one file.

    Names, and those of folders, that begin with `_` or `.` are left out, unless the path says them.
    Raises FileError where there are none, where one cannot be read, as a link to nothing or a pipe,
    or where they are the results of a job that has not ended; and as `place_of`.
    """
    if is_pattern(path):
        files = _matching(path)
    elif is_remote(path) or Path(path).is_dir():
        files = Files(path, [])
        every = files.place.find()
        if every:
            _check_finished(path, files.place, every)
            files.infos.extend(each for each in every if not _is_hidden(each.name))
        elif is_remote(path):
            files = _one(path)
    else:
        files = _one(path)
    check_files(files.place, files.infos)
    if not files.infos:
        message, hint = "there is no file of rows in it", "name a folder or a pattern of files"
        raise FileError([Diagnostic("no-row-files", message, help=hint, file=readable(path))])
    return files


def _one(path: str) -> Files:
    """Find one file."""
    if is_remote(path):
        source, name = parts_of_pattern(path)
    else:
        source, name = os.path.dirname(path) or ".", os.path.basename(path)  # noqa: PTH119, PTH120
    info = place_of(source).look(name)
    if info is None and not is_remote(path):
        with place_of(source).open(name):  # which says why it cannot be opened
            pass
    return Files(source, [] if info is None else [info])


def _matching(path: str) -> Files:
    source, pattern = parts_of_pattern(path)
    wanted, depth = matching(pattern), pattern.count("/") + 1
    infos = place_of(source).find(None if "**" in pattern else depth)
    return Files(
        source,
        [
            each
            for each in infos
            if (wanted.fullmatch(each.name) or (each.size == NO_FILE and _holds(each, pattern)))
            and (pattern[0] in "_." or not _is_hidden(each.name))
        ],
    )


def _holds(info: FileInfo, pattern: str) -> bool:
    """Return whether what may be a folder could hold files that a pattern stands for."""
    start = info.name.count("/") + 1
    parts = pattern.split("/")
    return start < len(parts) and (
        "**" in pattern or matching("/".join(parts[:start])).fullmatch(info.name) is not None
    )


def _is_hidden(name: str) -> bool:
    return name.startswith(("_", ".")) or "/_" in name or "/." in name


def _check_finished(path: str, place: Place, every: Sequence[FileInfo]) -> None:
    """Refuse results of a job that has not ended, or not all of those that it has listed."""
    names = {each.name: each.size for each in every}
    if MANIFEST not in names:
        if any(name.startswith(f"{RUNNING}/") for name in names):
            message = "it holds results of a job that has not ended"
            hint = "run the job again with --resume"
            raise FileError([Diagnostic("unfinished-job", message, help=hint, file=readable(path))])
        return
    entries = read_manifest(place) or []
    listed = names_in(entries)
    gone = [each["file"] for each in entries if names.get(each["file"]) != each["bytes"]]
    more = [name for name in names if not _is_hidden(name) and name not in listed]
    for wrong, what in ((gone, "is not the file that the job wrote"), (more, "is not one of them")):
        if wrong:
            others = f", and so {counted(len(wrong) - 1, 'other')}" if wrong[1:] else ""
            message = f"it holds the results of a job, and `{wrong[0]}` {what}{others}"
            hint = f"run the job again with --resume, or remove {MANIFEST} to read all the same"
            raise FileError([Diagnostic("unfinished-job", message, help=hint, file=readable(path))])


# --------------------------------------------------------------------------------- tasks


def tasks_of(files: Files, work: Work, rows: int) -> tuple[Task, ...]:
    """Return the tasks, in order of file and row; a task has at most so many rows where it can.

    Raises InvalidRowsError where a format is not known, and results-clash where two results have
    the same name; FileError where a file cannot be opened.
    """
    forms = files.forms(work.settings.source)
    is_slow = is_remote(files.source)
    cut = partial(_fragments, files.place, rows=rows)
    if is_slow and "parquet" in forms:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            fragments = list(pool.map(cut, files.infos, forms))
    else:
        fragments = list(map(cut, files.infos, forms))
    tasks: list[Task] = []
    made_of: dict[str, str] = {}
    for info, form, parts in zip(files.infos, forms, fragments, strict=True):
        for n, part in enumerate(parts):
            output = named_as(info.name, form, work.settings.to or form, n if parts[1:] else None)
            if output in made_of:
                raise _clash(output, made_of[output], info.name)
            made_of[output] = info.name
            tasks.append(Task(len(tasks), info.name, info.size, info.modified, output, work, *part))
    return tuple(tasks)


def _clash(output: str, first: str, second: str) -> InvalidRowsError:
    message = f"`{first}` and `{second}` would both give `{output}`"
    hint = "rename one of them, or evaluate them into different folders"
    return InvalidRowsError([Diagnostic("results-clash", message, help=hint)])


Part = tuple[tuple[int, ...] | None, int | None, int]
"""The row groups, None for the whole file; how many rows they have, where that is known, and how
many lie before them."""


def _fragments(place: Place, info: FileInfo, form: str, *, rows: int) -> list[Part]:
    """Cut a file where it can be cut."""
    if form != "parquet":
        return [(None, None, 0)]
    path = place.path(info.name)
    with place.open(info.name) as stream:
        counts = groups_of(stream, path)
    parts = list(_cut(counts, rows))
    if len(parts) < 2:
        return [(None, sum(counts), 0)]
    return [
        (tuple(part), sum(counts[group] for group in part), sum(counts[: part[0]]))
        for part in parts
    ]


def _cut(counts: Sequence[int], most: int) -> Iterator[list[int]]:
    """Yield groups that together have at most so many rows, or one that has more."""
    part: list[int] = []
    total = 0
    for group, count in enumerate(counts):
        if part and total + count > most:
            yield part
            part, total = [], 0
        part.append(group)
        total += count
    if part:
        yield part


def named_as(name: str, form: str, to: str, part: int | None) -> str:
    """Name the result of a file, or of a part of it."""
    stem, suffix = _split(name)
    if form != to or not suffix.lower().startswith(FORMATS[to].suffixes):
        stem = stem if suffix else name
        suffix = FORMATS[to].suffixes[0]
    return f"{stem}{'' if part is None else f'-{part:05}'}{suffix}"


def name_of_rejects(task: Task) -> str:
    """Name the file of the rows of a task that are refused, in the format that they came in."""
    form = format_of(task.file, task.work.settings.source)
    return named_as(task.output, task.work.settings.to or form, form, None)


def _split(name: str) -> tuple[str, str]:
    """Take a name apart: before the suffix of its format, and that, with `.gz`."""
    lowered = name.lower()
    lowered = lowered.removesuffix(".gz")
    for each in FORMATS.values():
        for suffix in each.suffixes:
            if lowered.endswith(suffix):
                at = len(lowered) - len(suffix)
                return name[:at], name[at:]
    return name, ""
