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
    entry |= {"sha256": done.sha256, "key": task.key, "of": task.file}
    if task.groups is not None:
        entry["row_groups"] = list(task.groups)
    return entry


def done_by(entry: Mapping[str, Any] | None, task: Task, target: Place) -> Done | None:
    """Return what an entry says of a task: None where it is of another, or its result is gone."""
    if entry is None or entry.get("key") != task.key:
        return None
    info = target.look(task.output)
    if info is None or info.size != entry["bytes"]:
        return None
    rejected = entry.get("rejected", 0)
    return Done(task.number, entry["rows"], rejected, info.size, entry["sha256"], was_there=True)


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


def names_in(entries: Iterable[Json]) -> set[str]:
    """Return the names of the results that are listed."""
    return {each["file"] for each in entries}
