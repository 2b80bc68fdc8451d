"""The folder of the results before a job begins: empty, or with what is to be kept."""

from __future__ import annotations

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.jobs.fragments import name_of_rejects
from nnc.jobs.places import Place, readable
from nnc.jobs.records import (
    BEFORE,
    JOB,
    MANIFEST,
    RUNNING,
    done_by,
    names_in,
    read_json,
    read_manifest,
    rejects_in,
    write_json,
)
from nnc.jobs.tasks import Done, Task
from nnc.numbers.exact import counted

_RECORDS = f"{RUNNING}/done/"


def prepared(target: Place, path: str, tasks: tuple[Task, ...], *, resume: bool) -> dict[int, Done]:
    """Check the folder of the results, and return which tasks have been done, by their number.

    These are of a job that has ended; the results of one that has not are found by the tasks
    themselves. Where some are left to do, the manifest is put aside, and results of files that are
    no more are removed. Raises FileError, unfinished-job, where the folder holds something, unless
    that is to be brought up to date.
    """
    names = [each.name for each in target.find()]
    is_ended = MANIFEST in names
    has_begun = any(name.startswith(f"{RUNNING}/") for name in names)
    results = {name for name in names if name != MANIFEST and not _is_own(name)}
    if not resume:
        _check_empty(path, results, is_ended=is_ended, has_begun=has_begun)
        return {}
    if results and not is_ended and not has_begun:
        raise _not_of_jobs(path, results)
    entries = (read_manifest(target) or []) + (read_manifest(target, BEFORE) or [])
    by_name = {each["file"]: each for each in reversed(entries)}
    kept: dict[int, Done] = {}
    for task in tasks:
        if (done := done_by(by_name.get(task.output), task, target)) is not None:
            kept[task.number] = done
    old = results - {task.output for task in tasks}
    known = names_in(entries) | {
        name.removeprefix(_RECORDS).removesuffix(".json")
        for name in names
        if name.startswith(_RECORDS)
    }
    if strange := old - known:
        raise _not_of_jobs(path, strange)
    if is_ended and (old or len(kept) < len(tasks)):
        write_json(target, BEFORE, {"files": entries})
        target.remove([MANIFEST])
    target.remove(sorted(old))
    return kept


def _not_of_jobs(path: str, names: set[str]) -> FileError:
    why = f"it holds files that no job has written, such as `{min(names)}`"
    return _refused(path, why, can_resume=False)


def _is_own(name: str) -> bool:
    """Whether a file is no result: what a running job needs, or hidden."""
    return name.startswith((f"{RUNNING}/", ".")) or "/." in name


def _check_empty(path: str, results: set[str], *, is_ended: bool, has_begun: bool) -> None:
    if is_ended:
        raise _refused(path, f"it holds the results of a job, {counted(len(results), 'file')}")
    if has_begun and results:
        raise _refused(path, "it holds results of a job that has not ended")
    if results:
        raise _refused(path, f"it is not empty: it holds `{min(results)}`", can_resume=False)


def _refused(path: str, why: str, *, can_resume: bool = True, what: str = "results") -> FileError:
    hint = "name a new folder"
    if can_resume:
        hint += ", or evaluate only what is missing or has changed, with --resume"
    return FileError(
        [
            Diagnostic(
                "unfinished-job", f"{what} cannot go there: {why}", help=hint, file=readable(path)
            )
        ]
    )


def stale_rejects(target: Place, tasks: tuple[Task, ...], *, resume: bool) -> list[str]:
    """Check the folder of rejected rows, and return the files in it whose rows are no more.

    Raises FileError, unfinished-job, where it holds something, unless a job that is taken up has
    written that.
    """
    work = tasks[0].work
    if work.rejects is None:
        return []
    names = {each.name for each in work.place(work.rejects).find() if not _is_own(each.name)}
    if not names:
        return []
    entries = (read_manifest(target) or []) + (read_manifest(target, BEFORE) or [])
    listed = rejects_in(entries, work.rejects_at)
    began = read_json(target, JOB)
    is_own = listed or (isinstance(began, dict) and began.get("rejects") == work.rejects_at)
    can_resume = bool(is_own) and not resume
    if not resume or not is_own:
        raise _refused_rejects(work.rejects, min(names), can_resume=can_resume)
    old = names - {name_of_rejects(task) for task in tasks}
    if old - listed:
        places = [each.name for each in target.find() if each.name.startswith(_RECORDS)]
        records = [record for name in places if isinstance(record := read_json(target, name), dict)]
        listed |= rejects_in(records, work.rejects_at)
    if strange := old - listed:
        raise _refused_rejects(work.rejects, min(strange), can_resume=False)
    return sorted(old)


def _refused_rejects(path: str, name: str, *, can_resume: bool) -> FileError:
    why = f"it is not empty: it holds `{name}`"
    return _refused(path, why, can_resume=can_resume, what="rejected rows")
