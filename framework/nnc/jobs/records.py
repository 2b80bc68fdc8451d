"""Store the records and the manifest of a job in the folder of its results.

While a job runs, files in `_nnc/done` record the key of each complete result. When it has ended,
the manifest `_nnc.json` lists all results and `_nnc` is removed. So formats need no room for a key,
and a result is byte for byte what `nnc eval` writes for its file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.jobs.folders import Folder, readable
from nnc.jobs.tasks import Done, Task, Work
from nnc.rows.compressions import without_suffix
from nnc.rows.formats import FORMATS, format_of, written_form
from nnc.rows.parts import RowGroups
from nnc.version import VERSION

MANIFEST = "_nnc.json"
RUNNING = "_nnc"  # the folder in the target of a job that has not ended
JOB = "_nnc/job.json"  # written first
_DONE = "_nnc/done"  # the folder of records
_BEFORE = "_nnc/before.json"  # the results of earlier runs, while a job brings them up to date

Json = dict[str, Any]


# ------------------------------------------------------------------- one result


def entry_of(task: Task, done: Done) -> Json:
    """Return the entry of a result in its record and in the manifest."""
    entry: Json = {"file": task.output, "rows": done.rows, "bytes": done.size}
    if task.work.settings.skips:
        entry["rejected"] = done.rejected
        if done.rejects is not None:
            entry["rejects"] = done.rejects
    entry |= {"key": task.key, "of": task.file}
    if isinstance(task.part, RowGroups):
        entry["row_groups"] = list(task.part.numbers)
    elif task.part is not None:
        entry["byte_range"] = [task.part.start, task.part.end]
    return entry


def write_record(pairs: Sequence[tuple[Task, Done]]) -> None:
    """Record that results are complete, in one file named after the first of them."""
    first = pairs[0][0]
    files = [entry_of(task, done) for task, done in pairs]
    target = first.work.folder(first.work.target)
    _write_json(target, f"{_DONE}/{first.output}.json", {"files": files})


def done_by(entry: Mapping[str, Any] | None, task: Task) -> Done | None:
    """Return the answer of a task from its entry.

    Return None if the entry has another key, or if the result, or rejected rows that the job keeps,
    do not exist.
    """
    if entry is None or entry.get("key") != task.key or not {"bytes", "rows"} <= entry.keys():
        return None
    work, size = task.work, entry["bytes"]
    info = work.folder(work.target).look(task.output)
    if info is None or info.size != size:
        return None
    rejected, rejects = entry.get("rejected", 0), entry.get("rejects")
    keeps = rejected and work.rejects is not None
    if keeps and (rejects is None or work.folder(work.rejects).look(rejects) is None):
        return None
    return Done(task.number, entry["rows"], rejected, size, was_there=True, rejects=rejects)


def rejects_of(task: Task) -> str:
    """Return the name of the file for a task's rejected rows, in their original format."""
    form = format_of(task.file, task.work.settings.source)
    return named_as(task.output, written_form(form, task.work.settings.to), form, None)


def named_as(name: str, form: str, to: str, part: int | None) -> str:
    """Return the name of the result of a file, or of a part of it, in the format `to`."""
    stem, suffix = _split(name)
    if form != to or not suffix.lower().startswith(FORMATS[to].suffixes):
        stem = stem if suffix else name
        suffix = FORMATS[to].suffixes[0]
    return f"{stem}{'' if part is None else f'-{part:05}'}{suffix}"


def _split(name: str) -> tuple[str, str]:
    """Split a name before the suffixes of its format and compression."""
    lowered = without_suffix(name)
    suffixes = [suffix for form in FORMATS.values() for suffix in form.suffixes]
    suffix = next((suffix for suffix in suffixes if lowered.endswith(suffix)), "")
    at = len(lowered) - len(suffix) if suffix else len(name)
    return name[:at], name[at:]


# ------------------------------------------------------------------- all results


def read_manifest(folder: Folder, name: str = MANIFEST) -> Json:
    """Return a manifest, empty if there is none. Raises FileError if it is damaged."""
    if folder.look(name) is None:
        return {"files": []}
    manifest = _read_json(folder, name)
    if manifest is not None and _is_sound(manifest):
        return manifest
    message, hint = "the manifest of the results is damaged", "run the job again"
    raise FileError([Diagnostic("unfinished-job", message, help=hint, file=folder.path(name))])


def write_manifest(work: Work, rest: Json) -> None:
    """Write the manifest of a job, which marks it as finished."""
    target = work.folder(work.target)
    _write_json(target, MANIFEST, _heading(work, [_read_json(target, JOB) or {}]) | rest)


def _heading(work: Work, before: Iterable[Json] = ()) -> Json:
    """Return who writes, and the folder of rejected rows: that of an earlier job without one."""
    rejects = next((job["rejects"] for job in before if "rejects" in job), None)
    if work.rejects is not None:
        rejects = readable(work.rejects).rstrip("/")
    return {"nnc": VERSION} | ({} if rejects is None else {"rejects": rejects})


def begin(work: Work, tasks: tuple[Task, ...]) -> dict[int, Done]:
    """Check the folders of a job, and return the completed tasks by number.

    With `resumes`, the results of an earlier job are kept if they are still valid, and removed if
    their input files no longer exist. Raises FileError (unfinished-job) if a folder contains
    anything that the job must not touch.
    """
    assert work.target is not None
    target = work.folder(work.target)
    names = {info.name for info in target.find()}
    results = {name for name in names if name != MANIFEST and not _is_internal(name)}
    has_begun = JOB in names
    if results and not work.resumes:
        raise _not_empty(work.target, results, is_of_job=has_begun or MANIFEST in names)
    records = [_record_at(target, name) for name in names if name.startswith(f"{_DONE}/")]
    manifests = [read_manifest(target, _BEFORE), read_manifest(target), *records]
    entries = {entry["file"]: entry for manifest in manifests for entry in manifest["files"]}
    outdated = results - {task.output for task in tasks}
    known = results & entries.keys()
    if has_begun:  # but stopped before a result was recorded
        known |= results - outdated
    if strange := results - known:
        raise _not_empty(work.target, strange, is_of_job=False)
    jobs = [_read_json(target, JOB) or {}, *manifests]
    _check_rejects(work, jobs)
    answers = [done_by(entries.get(task.output), task) for task in tasks]
    kept = {done.task: done for done in answers if done is not None}
    if outdated or len(kept) < len(tasks):
        _write_json(target, JOB, _heading(work, jobs))
        if entries:  # rewritten results no longer match their keys
            right = {tasks[number].output for number in kept}
            files = [e if name in right else e | {"key": ""} for name, e in entries.items()]
            _write_json(target, _BEFORE, manifests[0] | manifests[1] | {"files": files})
            target.remove_folder(_DONE)
        if work.rejects is not None:
            gone = [entries[name] for name in outdated if name in entries]
            rejects = [entry["rejects"] for entry in gone if "rejects" in entry]
            work.folder(work.rejects).remove(rejects)
        target.remove([MANIFEST, *sorted(outdated)])
    return kept


def _record_at(target: Folder, name: str) -> Json:
    """Return a record, empty if it is damaged."""
    record = _read_json(target, name)
    return record if record is not None and _is_sound(record) else {"files": []}


def _is_sound(manifest: Json) -> bool:
    """Return True if a manifest or record has all required fields."""
    try:
        return all(
            isinstance(entry["file"] + entry["key"], str)
            and isinstance(entry["bytes"] + entry["rows"], int)
            for entry in manifest["files"]
        )
    except (LookupError, TypeError):
        return False


def _is_internal(name: str) -> bool:
    """Return True if a file is hidden or belongs to a running job, so it is not a result."""
    return name.startswith((f"{RUNNING}/", ".")) or "/." in name


def _check_rejects(work: Work, jobs: list[Json]) -> None:
    """Raise FileError if the folder of rejected rows is not empty or from an earlier job."""
    if work.rejects is None:
        return
    infos = work.folder(work.rejects).find()
    names = {info.name for info in infos if not _is_internal(info.name)}
    is_known = _heading(work)["rejects"] in [job.get("rejects") for job in jobs]
    if names and not (work.resumes and is_known):
        raise _not_empty(work.rejects, names, is_of_job=is_known, noun="rejected rows")


def _not_empty(path: str, names: set[str], *, is_of_job: bool, noun: str = "results") -> FileError:
    hint = "name a new folder"
    reason = f"it is not empty: it holds `{min(names)}`"
    if is_of_job:
        hint += ", or evaluate only what is missing or has changed, with --resume"
        reason = f"it holds {noun} of another run, such as `{min(names)}`"
    message = f"{noun} cannot go there: {reason}"
    return FileError([Diagnostic("unfinished-job", message, help=hint, file=readable(path))])


def _read_json(folder: Folder, name: str) -> Json | None:
    """Return the content of a JSON file, or None if it is missing or damaged."""
    if folder.look(name) is None:
        return None
    try:
        with folder.open(name) as stream:
            value = json.loads(stream.read())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _write_json(folder: Folder, name: str, value: object) -> None:
    """Write a JSON file; equal values give equal bytes. Raises FileError."""
    with folder.write(name) as stream:
        text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
        stream.write(text.encode("utf-8", "backslashreplace"))
