"""The folder of the results before a job begins: empty, or with what is to be kept."""

from __future__ import annotations

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.exact import counted
from nnc.jobs.places import Place, readable
from nnc.jobs.records import BEFORE, MANIFEST, RUNNING, done_by, names_in, read_manifest, write_json
from nnc.jobs.tasks import Done, Task

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
        raise _refused(path, f"it holds files that no job has written, such as `{min(results)}`")
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
        raise _refused(path, f"it holds files that no job has written, such as `{min(strange)}`")
    if is_ended and (old or len(kept) < len(tasks)):
        write_json(target, BEFORE, {"files": entries})
        target.remove([MANIFEST])
    target.remove(sorted(old))
    return kept


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


def _refused(path: str, why: str, *, can_resume: bool = True) -> FileError:
    hint = "name a new folder"
    if can_resume and "no job" not in why:
        hint += ", or evaluate only what is missing or has changed, with --resume"
    return FileError(
        [
            Diagnostic(
                "unfinished-job", f"results cannot go there: {why}", help=hint, file=readable(path)
            )
        ]
    )
