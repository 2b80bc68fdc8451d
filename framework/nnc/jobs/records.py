"""The records, the manifest and the lock of a job, in the folder of its results.

While a job runs, `_nnc/done/NAME.json` records the key of each complete result. When it has ended,
the manifest `_nnc.json` lists all results and `_nnc` is removed. So no format needs room for a key,
and a result is to the last byte what `nnc eval` writes for its file.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.jobs.folders import Place
from nnc.jobs.places import is_remote, on_disk, readable
from nnc.jobs.tasks import Done, Task, Work
from nnc.numbers.exact import counted
from nnc.rows.formats import FORMATS, format_of, written_form
from nnc.version import VERSION

if sys.platform != "win32":
    import fcntl

MANIFEST = "_nnc.json"
RUNNING = "_nnc"  # the folder in the target of a job that has not ended
PLAN = "_nnc/plan"  # the compiled network, where it is large
_JOB = "_nnc/job.json"  # written first
_BEFORE = "_nnc/before.json"  # the manifest of an ended job that is being brought up to date
_LOCK = "_nnc/lock"

Json = dict[str, Any]

_LOCKS: dict[str, int] = {}  # the descriptor of the lock of each target that this process writes to


# ------------------------------------------------------------------- one result


def entry_of(task: Task, done: Done) -> Json:
    """Return what the record and the manifest say of a result."""
    entry: Json = {"file": task.output, "rows": done.rows, "bytes": done.size}
    if task.work.settings.skips:
        entry["rejected"] = done.rejected
        if done.rejects is not None:
            entry["rejects"] = list(done.rejects)
    entry |= {"sha256": done.sha256, "key": task.key, "of": task.file}
    if task.groups is not None:
        entry["row_groups"] = list(task.groups)
    return entry


def write_record(task: Task, done: Done) -> None:
    """Record that a result is complete."""
    _write_json(task.work.place(task.work.target), _record_of(task.output), entry_of(task, done))


def recorded(task: Task) -> Done | None:
    """Return the answer that is recorded for a task, as `done_by`."""
    target = task.work.place(task.work.target)
    return done_by(_read_json(target, _record_of(task.output)), task, target)


def _record_of(output: str) -> str:
    return f"{RUNNING}/done/{output}.json"


def done_by(entry: Mapping[str, Any] | None, task: Task, target: Place) -> Done | None:
    """Return the answer of a task by its entry.

    None where the entry has another key, or where the result, or the rejected rows that the job
    keeps, do not exist.
    """
    if entry is None or entry.get("key") != task.key:
        return None
    if not _exists(target, task.output, entry["bytes"]):
        return None
    rejected, rejects = entry.get("rejected", 0), tuple(entry.get("rejects", ()))
    keeps = rejected and task.work.rejects is not None
    if keeps and not (rejects and _exists(task.work.place(task.work.rejects), *rejects)):
        return None
    return Done(
        task.number,
        entry["rows"],
        rejected,
        entry["bytes"],
        entry["sha256"],
        was_there=True,
        rejects=rejects or None,
    )


def _exists(place: Place, name: str, size: int) -> bool:
    info = place.look(name)
    return info is not None and info.size == size


def rejects_of(task: Task) -> str:
    """Return the name of the file of a task's rejected rows, in the format that they came in."""
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
    """Split a name before the suffix of its format, which may end in `.gz`."""
    lowered = name.lower().removesuffix(".gz")
    suffixes = [suffix for form in FORMATS.values() for suffix in form.suffixes]
    suffix = next((suffix for suffix in suffixes if lowered.endswith(suffix)), "")
    at = len(lowered) - len(suffix) if suffix else len(name)
    return name[:at], name[at:]


# -------------------------------------------------------------- the whole folder


def read_manifest(place: Place, name: str = MANIFEST) -> Json | None:
    """Return a manifest; None without one. Raises FileError for one that is damaged."""
    if place.look(name) is None:
        return None
    manifest = _read_json(place, name)
    try:
        files = manifest["files"]
        if all(isinstance(file["file"], str) and isinstance(file["key"], str) for file in files):
            return dict(manifest)
    except (LookupError, TypeError):
        pass
    message, hint = "the manifest of the results is damaged", "run the job again"
    raise FileError([Diagnostic("unfinished-job", message, help=hint, file=place.path(name))])


def write_manifest(work: Work, rest: Json) -> None:
    """Write the manifest of a job, which says that it has ended."""
    _write_json(work.place(work.target), MANIFEST, {"nnc": VERSION} | rest | _rejects_in(work))


def begin(work: Work, tasks: tuple[Task, ...], data: bytes | None) -> dict[int, Done]:
    """Check the folders of a job, and return the tasks that are done, by their number.

    With `resumes`, the results of an earlier job are kept where they are still right, and removed
    where their files are gone. `data` is a large network for all workers. Raises FileError,
    unfinished-job, where a folder holds what the job must not touch.
    """
    assert work.target is not None
    target = work.place(work.target)
    names = {info.name for info in target.find()} - {_LOCK}
    results = {name for name in names if name != MANIFEST and not _is_internal(name)}
    has_begun = any(name.startswith(f"{RUNNING}/") for name in names)
    if not work.resumes:
        _check_empty(work.target, results, is_ended=MANIFEST in names, has_begun=has_begun)
    elif results and MANIFEST not in names and not has_begun:
        raise _not_of_jobs(work.target, results)
    manifest, before = read_manifest(target), read_manifest(target, _BEFORE)
    entries = [*(manifest or {"files": []})["files"], *(before or {"files": []})["files"]]
    by_name = {entry["file"]: entry for entry in reversed(entries)}
    kept = {task.number: done_by(by_name.get(task.output), task, target) for task in tasks}
    dones = {number: done for number, done in kept.items() if done is not None}
    old = {name for name in results if name not in {task.output for task in tasks}}
    entries += filter(None, (_read_json(target, _record_of(name)) for name in old))
    if strange := old - {entry["file"] for entry in entries}:
        raise _not_of_jobs(work.target, strange)
    _check_rejects(work, [_read_json(target, _JOB), manifest, before])
    _lock(work.target, has_to=len(dones) < len(tasks))
    if manifest is not None and (old or len(dones) < len(tasks)):
        _write_json(target, _BEFORE, manifest | {"files": entries})
        target.remove([MANIFEST])
    if old and work.rejects is not None:
        gone = [
            entry["rejects"][0] for entry in entries if entry["file"] in old and "rejects" in entry
        ]
        work.place(work.rejects).remove(gone)
    target.remove(sorted(old))
    if len(dones) < len(tasks):
        _write_json(target, _JOB, {"nnc": VERSION, "network": work.digest} | _rejects_in(work))
        if data is not None:
            with target.write(PLAN) as stream:
                stream.write(data)
    return dones


def _is_internal(name: str) -> bool:
    """Return whether a file is hidden, or one that a running job needs, and so is no result."""
    return name.startswith((f"{RUNNING}/", ".")) or "/." in name


def _check_empty(path: str, results: set[str], *, is_ended: bool, has_begun: bool) -> None:
    if is_ended:
        raise _refused(path, f"it holds the results of a job, {counted(len(results), 'file')}")
    if has_begun and results:
        raise _refused(path, "it holds results of a job that has not ended")
    if results:
        raise _refused(path, f"it is not empty: it holds `{min(results)}`", can_resume=False)


def _check_rejects(work: Work, jobs: Iterable[Json | None]) -> None:
    """Refuse a folder of rejected rows that holds anything, unless an earlier job wrote there."""
    if work.rejects is None:
        return
    infos = work.place(work.rejects).find()
    names = {info.name for info in infos if not _is_internal(info.name)}
    known = [job.get("rejects") for job in jobs if job is not None]
    is_known = _rejects_in(work).get("rejects") in known
    if names and not (work.resumes and is_known):
        reason = f"it is not empty: it holds `{min(names)}`"
        raise _refused(work.rejects, reason, can_resume=is_known, what="rejected rows")


def _rejects_in(work: Work) -> Json:
    """Return the folder of rejected rows as seen from the results, so that both may be moved."""
    if work.rejects is None or work.target is None:
        return {}
    if is_remote(work.rejects) or is_remote(work.target):
        return {"rejects": readable(work.rejects).rstrip("/")}
    folders = [os.path.realpath(work.folder / path) for path in (work.rejects, work.target)]
    try:
        return {"rejects": os.path.relpath(*folders).replace(os.sep, "/")}
    except ValueError:  # on another drive of Windows
        return {"rejects": folders[0]}


def _not_of_jobs(path: str, names: set[str]) -> FileError:
    reason = f"it holds files that no job has written, such as `{min(names)}`"
    return _refused(path, reason, can_resume=False)


def _refused(
    path: str, reason: str, *, can_resume: bool = True, what: str = "results"
) -> FileError:
    hint = "name a new folder"
    if can_resume:
        hint += ", or evaluate only what is missing or has changed, with --resume"
    message = f"{what} cannot go there: {reason}"
    return FileError([Diagnostic("unfinished-job", message, help=hint, file=readable(path))])


def _lock(path: str, *, has_to: bool) -> None:
    """Lock the folder of the results on the disk against other processes, until `unlock`.

    Jobs of one process share it. Raises FileError, unfinished-job.
    """
    folder = on_disk(path)
    if folder is None or sys.platform == "win32" or not has_to or _lock_file(folder) in _LOCKS:
        return
    file = _lock_file(folder)
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:  # writing the first file says what is wrong
        return
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        os.close(lock)
        message = "results cannot go there: another process is writing a job into it"
        hint = "wait until it has ended, or name a new folder"
        raise FileError(
            [Diagnostic("unfinished-job", message, help=hint, file=readable(path))]
        ) from None
    except OSError:  # a file system without locks
        os.close(lock)
        return
    _LOCKS[file] = lock


def unlock(work: Work) -> None:
    """Let other processes write to the target of a job."""
    if (folder := on_disk(work.located(work.target))) is not None:
        lock = _LOCKS.pop(_lock_file(folder), None)
        if lock is not None:
            os.close(lock)


def _lock_file(folder: str) -> str:
    return os.path.realpath(f"{folder}/{_LOCK}")


def _read_json(place: Place, name: str) -> Any:
    """Return what a file of JSON holds; None where there is none, or it is damaged."""
    try:
        if place.look(name) is None:
            return None
        with place.open(name) as stream:
            return json.loads(stream.read())
    except (ValueError, RecursionError):
        return None
    except FileError:
        if place.look(name) is None:  # it has been removed meanwhile
            return None
        raise


def _write_json(place: Place, name: str, value: object) -> None:
    """Write a file of JSON, always the same for the same value. Raises FileError."""
    with place.write(name) as stream:
        text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
        stream.write(text.encode("utf-8", "backslashreplace"))
