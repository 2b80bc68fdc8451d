"""Files of rows -> tasks: a task for each file, or for some row groups of a large one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError
from nnc.jobs.folders import NO_FILE, FileInfo, Place, check_files
from nnc.jobs.places import (
    is_pattern,
    is_remote,
    matching,
    parts_of_pattern,
    place_of,
    readable,
)
from nnc.jobs.records import MANIFEST, RUNNING, named_as, read_manifest
from nnc.jobs.tasks import Task, Work
from nnc.numbers.exact import counted
from nnc.rows.formats import FORMATS, format_of, groups_of, written_form

MAX_REQUESTS = 16  # files of a remote place that are opened in parallel


class Files(NamedTuple):
    """The files of a job, and the place where they lie."""

    source: str
    infos: list[FileInfo]

    @property
    def place(self) -> Place:
        """The place of the files."""
        return place_of(self.source)

    def forms(self, chosen: str | None) -> list[str]:
        """Return the format of each file. Raises as `format_of`, with the path of the file."""
        return [format_of(self.place.path(each.name), chosen) for each in self.infos]


def files_of(path: str) -> Files:
    """Find the files that a path stands for: a folder, a pattern, or one file.

    Files and folders whose names begin with `_` or `.` are left out, unless the pattern says so.
    Raises FileError where there are none, where one is a broken link or a pipe, or where they are
    the results of a job that has not ended; and as `place_of`.
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
    if is_remote(path):
        source, name = parts_of_pattern(path)
    else:
        source, name = os.path.dirname(path) or ".", os.path.basename(path)  # noqa: PTH119, PTH120
    info = place_of(source).look(name)
    if info is None and not is_remote(path):
        with place_of(source).open(name):  # which reports why it cannot be opened
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
    """Refuse results of a job that has not ended, or that are not those of its manifest."""
    names = {each.name: each.size for each in every}
    if MANIFEST not in names:
        if any(name.startswith(f"{RUNNING}/") for name in names):
            message = "it holds results of a job that has not ended"
            hint = "run the job again with --resume"
            raise FileError([Diagnostic("unfinished-job", message, help=hint, file=readable(path))])
        return
    entries = (read_manifest(place) or {"files": []})["files"]
    listed = {entry["file"] for entry in entries}
    gone = [entry["file"] for entry in entries if names.get(entry["file"]) != entry["bytes"]]
    more = [name for name in names if not _is_hidden(name) and name not in listed]
    for wrong, what in ((gone, "is not the file that the job wrote"), (more, "is not one of them")):
        if wrong:
            others = f", and so {counted(len(wrong) - 1, 'other')}" if wrong[1:] else ""
            message = f"it holds the results of a job, and `{wrong[0]}` {what}{others}"
            hint = f"run the job again with --resume, or remove {MANIFEST} to read all the same"
            raise FileError([Diagnostic("unfinished-job", message, help=hint, file=readable(path))])


def tasks_of(files: Files, work: Work, rows: int) -> tuple[Task, ...]:
    """Return the tasks, sorted by file and row, of at most `rows` rows where files can be cut.

    Raises InvalidRowsError where a format is not known, and results-clash where two results have
    the same name; FileError where a file cannot be opened.
    """
    forms = files.forms(work.settings.source)
    is_slow = is_remote(files.source)
    cut = partial(_fragments, files.place, rows=rows)
    if is_slow and any(FORMATS[form].has_groups for form in forms):
        with ThreadPoolExecutor(MAX_REQUESTS) as pool:
            fragments = list(pool.map(cut, files.infos, forms))
    else:
        fragments = list(map(cut, files.infos, forms))
    tasks: list[Task] = []
    made_of: dict[str, str] = {}
    for info, form, parts in zip(files.infos, forms, fragments, strict=True):
        for n, part in enumerate(parts):
            output = named_as(
                info.name, form, written_form(form, work.settings.to), n if parts[1:] else None
            )
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
"""Row groups, None for all; the number of their rows, if known; and of the rows before them."""


def _fragments(place: Place, info: FileInfo, form: str, *, rows: int) -> list[Part]:
    """Cut a Parquet file between row groups; other files are one part."""
    if not FORMATS[form].has_groups:
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
    """Yield groups that together have at most `most` rows, or one group that has more."""
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
