"""Split files of rows into tasks: one per file, or per part of a large file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError
from nnc.files.selection import path_matches
from nnc.jobs.folders import (
    FileInfo,
    Folder,
    LocalFolder,
    folder_of,
    is_pattern,
    is_remote,
    readable,
    split_pattern,
)
from nnc.jobs.records import JOB, MANIFEST, named_as, read_manifest
from nnc.jobs.tasks import Task, Work
from nnc.rows.compressions import compression_of
from nnc.rows.csv.text import first_line_of
from nnc.rows.dialect import TAB
from nnc.rows.formats import FORMATS, format_of, groups_of, written_form
from nnc.rows.parts import PART_BYTES, Lines, Part, RowGroups, csv_lines, json_lines
from nnc.rows.session import RowOptions
from nnc.rows.texts import with_line_feeds

MAX_REQUESTS = 16  # files that are opened in parallel
_HEADER_BYTES = 1 << 16  # bytes of a large file searched for its delimiter


class Files(NamedTuple):
    """The files of a job and their folder; `is_whole` if the folder as a whole was named."""

    source: str
    infos: list[FileInfo]
    is_whole: bool = False

    def forms(self, chosen: str | None) -> list[str]:
        """Return the format of each file. Raises the errors of `format_of`, with paths."""
        folder = folder_of(self.source)
        return [format_of(folder.path(info.name), chosen) for info in self.infos]


def files_of(path: str) -> Files:
    """Return the files that a path selects: a folder, a pattern, or one file.

    Files and folders whose names begin with `_` or `.` are skipped, unless the pattern names them.
    Raises FileError if there are no files, if one is a broken link or a pipe, or if they are the
    results of an unfinished job; and the errors of `folder_of`.
    """
    if is_pattern(path):
        files = _matching(path)
    elif is_remote(path) or Path(path).is_dir():
        folder = folder_of(path)
        files = Files(path, folder.find(_is_visible), is_whole=True)
        if files.infos:
            _check_finished(path, folder, files.infos)
        elif is_remote(path):
            files = _single_file(*split_pattern(path))
    else:
        files = _single_file(*os.path.split(path))
    if not files.infos:
        message, hint = "there is no file of rows in it", "name a folder or a pattern of files"
        raise FileError([Diagnostic("no-row-files", message, help=hint, file=readable(path))])
    return files


def _single_file(source: str, name: str) -> Files:
    folder = folder_of(source or ".")
    info = folder.look(name)
    if info is None and not is_remote(source):
        with folder.open(name):  # raises FileError with the reason
            pass
    return Files(source or ".", [] if info is None else [info])


def _matching(path: str) -> Files:
    source, pattern = split_pattern(path)
    parts, shows_hidden = pattern.split("/"), pattern[0] in "_."

    def is_meant(name: str) -> bool:
        return (shows_hidden or _is_visible(name)) and path_matches(name.split("/"), parts)

    depth = None if "**" in parts else len(parts)
    return Files(source, folder_of(source).find(is_meant, depth))


def _is_visible(name: str) -> bool:
    return not (name.startswith(("_", ".")) or "/_" in name or "/." in name)


def _check_finished(path: str, folder: Folder, infos: Sequence[FileInfo]) -> None:
    """Raise FileError for results of an unfinished job, or that do not match its manifest."""
    if folder.look(MANIFEST) is None:
        if folder.look(JOB) is None:
            return
        message = "it holds results of a job that has not ended"
        hint = "run the job again with --resume"
    else:
        sizes = {info.name: info.size for info in infos}
        listed = {entry["file"]: entry["bytes"] for entry in read_manifest(folder)["files"]}
        different = sorted(dict(sizes.items() ^ listed.items()))
        if not different:
            return
        message = f"it holds the results of a job, and `{different[0]}` is not as the job left it"
        hint = f"run the job again with --resume, or remove {MANIFEST} to read all the same"
    raise FileError([Diagnostic("unfinished-job", message, help=hint, file=readable(path))])


def tasks_of(files: Files, work: Work, rows: int) -> tuple[Task, ...]:
    """Return the tasks, sorted by file and row, each of at most `rows` rows if possible.

    Raises InvalidRowsError if a format is unknown or two results have the same name
    (results-clash), and FileError if a file cannot be opened.
    """
    forms = files.forms(work.settings.source)
    cut = partial(_parts_of, folder_of(files.source), work.settings.options, rows=rows)
    with ThreadPoolExecutor(MAX_REQUESTS) as pool:
        parts_of_files = list(pool.map(cut, files.infos, forms))
    tasks: list[Task] = []
    file_of: dict[str, str] = {}
    for info, form, parts in zip(files.infos, forms, parts_of_files, strict=True):
        for n, part in enumerate(parts):
            to = written_form(form, work.settings.to)
            output = named_as(info.name, form, to, n if parts[1:] else None)
            if (first := file_of.setdefault(output, info.name)) != info.name:
                message = f"`{first}` and `{info.name}` would both give `{output}`"
                hint = "rename one of them, or evaluate them into different folders"
                raise InvalidRowsError([Diagnostic("results-clash", message, help=hint)])
            tasks.append(Task(len(tasks), info.name, info.size, info.modified, output, work, *part))
    return tuple(tasks)


def _parts_of(
    folder: Folder, options: RowOptions, info: FileInfo, form: str, *, rows: int
) -> list[tuple[Part | None, int | None]]:
    """Return the parts of a file, None for all of it, and their numbers of rows."""
    if FORMATS[form].has_groups:
        with folder.open(info.name) as stream:
            counts = groups_of(stream, folder.path(info.name))
        groups = list(_cut(counts, rows))
        if len(groups) < 2:
            return [(None, sum(counts))]
        return [(group, sum(counts[number] for number in group.numbers)) for group in groups]
    can_cut = isinstance(folder, LocalFolder) and compression_of(info.name) is None
    if not can_cut or info.size <= PART_BYTES:
        return [(None, None)]
    with folder.open(info.name) as stream:
        lines = _lines_of(stream, form, info.size, options)
    return [(part, None) for part in lines] if len(lines) > 1 else [(None, None)]


def _lines_of(stream: BinaryIO, form: str, size: int, options: RowOptions) -> list[Lines]:
    """Return the parts of a text; one if its format or keys depend on the whole file."""
    if FORMATS[form].is_csv:
        dialect = options.csv
        if form == "tsv":
            dialect = replace(dialect, delimiter=dialect.delimiter or TAB)
        header = first_line_of(with_line_feeds(stream.read(_HEADER_BYTES)))
        stream.seek(0)
        return csv_lines(stream, size, dialect.known(header))
    is_cut = FORMATS[form].has_lines and options.rename.keys() <= _first_keys(stream)
    return json_lines(stream, size) if is_cut else []


def _first_keys(stream: BinaryIO) -> Set[str]:
    """Return the keys of the first row of JSON Lines, none if it is no plain object."""
    line = first_line_of(with_line_feeds(stream.read(_HEADER_BYTES)))
    stream.seek(0)
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return frozenset()
    return row.keys() if isinstance(row, dict) else frozenset()


def _cut(counts: Sequence[int], limit: int) -> Iterator[RowGroups]:
    """Yield row groups with at most `limit` rows together, or a single larger group."""
    numbers: list[int] = []
    before = total = 0
    for number, count in enumerate(counts):
        if numbers and total + count > limit:
            yield RowGroups(before, tuple(numbers))
            numbers, before, total = [], before + total, 0
        numbers.append(number)
        total += count
    if numbers:
        yield RowGroups(before, tuple(numbers))
