"""What is written down beside the results: a record of each while the job runs, the manifest last.

A record says by which key a result was made. It is written when the result is there, so that no
format needs room for a key, and a result is to the last byte what `nnc eval` writes of its file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.jobs.places import Place, read_small
from nnc.jobs.tasks import Done, Task

MANIFEST = "_nnc.json"
"""Lies in the target of a finished job, and is written last."""
RUNNING = "_nnc"
"""The folder in the target of a job that is not finished."""
BEFORE = "_nnc/before.json"
"""The manifest of a finished job that is being brought up to date."""
JOB = "_nnc/job.json"
"""Says what job has begun here; it is written first."""

Json = dict[str, Any]


def record_of(task: Task) -> str:
    """Return where the record of a task lies."""
    return f"{RUNNING}/done/{task.output}.json"


def entry_of(task: Task, done: Done) -> Json:
    """Return what is written down of a result."""
    entry: Json = {"file": task.output, "rows": done.rows, "bytes": done.size}
    if task.work.settings.skips:
        entry["rejected"] = done.rejected
        if done.kept_rejects is not None:
            entry["rejects"] = list(done.kept_rejects)
    entry |= {"sha256": done.sha256, "key": task.key, "of": task.file}
    if task.groups is not None:
        entry["row_groups"] = list(task.groups)
    return entry


def done_by(entry: Mapping[str, Any] | None, task: Task, target: Place) -> Done | None:
    """Return what an entry says of a task.

    None where it is of another, or where its result, or the rejected rows that are asked for, are
    gone.
    """
    if entry is None or entry.get("key") != task.key:
        return None
    info = target.look(task.output)
    if info is None or info.size != entry["bytes"]:
        return None
    rejected, kept = entry.get("rejected", 0), _kept_rejects(entry)
    if rejected and task.work.rejects is not None and not _are_there(kept, task):
        return None
    return Done(
        task.number, entry["rows"], rejected, info.size, entry["sha256"], was_there=True,
        kept_rejects=kept,
    )  # fmt: skip


def _kept_rejects(entry: Mapping[str, Any]) -> tuple[str, str, int] | None:
    kept = entry.get("rejects")
    return None if kept is None else (kept[0], kept[1], kept[2])


def _are_there(kept: tuple[str, str, int] | None, task: Task) -> bool:
    """Return whether rejected rows lie in the folder that the job names."""
    if kept is None or kept[0] != task.work.rejects_at:
        return False
    info = task.work.place(task.work.rejects).look(kept[1])
    return info is not None and info.size == kept[2]


def read_json(place: Place, name: str) -> Any:
    """Return what a file of JSON holds; None where there is none, or it is damaged."""
    data = read_small(place, name)
    if data is None:
        return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def write_json(place: Place, name: str, value: object) -> None:
    """Write a file of JSON, always the same for the same value. Raises FileError."""
    with place.write(name) as stream:
        text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
        stream.write(text.encode("utf-8", "backslashreplace"))


def read_manifest(place: Place, name: str = MANIFEST) -> list[Json] | None:
    """Return the files that a manifest lists; None without one.

    Raises FileError for one that is damaged.
    """
    if (data := read_small(place, name)) is None:
        return None
    try:
        files = json.loads(data)["files"]
        if all(isinstance(each["file"], str) and isinstance(each["key"], str) for each in files):
            return list(files)
    except (ValueError, RecursionError, LookupError, TypeError):
        pass
    message, hint = "the manifest of the results is damaged", "run the job again"
    raise FileError([Diagnostic("unfinished-job", message, help=hint, file=place.path(name))])


def rejects_in(entries: Iterable[Json], folder: str | None) -> set[str]:
    """Return the names of the files of rejected rows that are listed as in a folder."""
    return {each["rejects"][1] for each in entries if each.get("rejects", [None])[0] == folder}


def names_in(entries: Iterable[Json]) -> set[str]:
    """Return the names of the results that are listed."""
    return {each["file"] for each in entries}
