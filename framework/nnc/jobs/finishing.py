"""Combine the answers of all tasks: check them, count rows, and write the manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError
from nnc.diagnostics.rules import RuleName
from nnc.jobs.records import MANIFEST, RUNNING, entry_of, write_manifest
from nnc.jobs.tasks import Done, Task, Work
from nnc.numbers.exact import counted, names_and_more
from nnc.rows.session import MAX_FINDINGS
from nnc.run.digests.digests import structure_digest


@dataclass(frozen=True)
class Results:
    """The results of a job: `files` written, `rows` in them, and rows `rejected`.

    `kept` is the number of files that an earlier run had written. If rows are only counted, nothing
    is written, and `counts` are the counts of all outputs. `warnings` has one of each rule, with
    the number of files it is about.
    """

    files: int
    rows: int
    rejected: int = 0
    kept: int = 0
    counts: Mapping[str, int] | None = None
    warnings: tuple[Diagnostic, ...] = field(default=(), repr=False)

    def __repr__(self) -> str:
        return f"<Results: {self}>"

    def __str__(self) -> str:
        words = [counted(self.files, "file"), counted(self.rows, "row")]
        words += [f"{counted(self.rejected, 'row')} rejected"] if self.rejected else []
        words += [f"{counted(self.kept, 'file')} kept from before"] if self.kept else []
        return ", ".join(words)


def finish(tasks: Sequence[Task], work: Work, plan: Plan, answers: Mapping[int, Done]) -> Results:
    """Count all rows, write the manifest, and remove the files of a running job.

    Raises InvalidRowsError with the mistakes in rows, sorted by file and row, and FileError with
    those in files, or if a result is missing (rows-lost).
    """
    _raise_mistakes([answers[number] for number in sorted(answers)])
    if missing := [task.title for task in tasks if task.number not in answers]:
        message = f"the job has not ended: {names_and_more(missing)} is still to be done"
        hint = "do it too, and finish the job with the answers of all tasks"
        raise FileError([Diagnostic("rows-lost", message, help=hint)])
    dones = [answers[task.number] for task in tasks]
    rows, rejected = sum(done.rows for done in dones), sum(done.rejected for done in dones)
    results = Results(len(dones), rows, rejected, warnings=_warnings_of(work, tasks, dones))
    if work.settings.counted:
        counts: Counter[str] = Counter()
        for done in dones:
            counts.update(done.counts or {})
        return replace(results, counts=dict(counts))
    kept = sum(done.was_there for done in dones)
    target = work.folder(work.target)
    sizes = {info.name: info.size for info in target.find()}
    for task, done in zip(tasks, dones, strict=True):
        if sizes.get(task.output) != done.size:
            message = f"the result is gone or has changed; {done.size:,} bytes were written"
            hint = "run the job again with --resume"
            file = target.path(task.output)
            raise FileError([Diagnostic("rows-lost", message, help=hint, file=file)])
    if kept < len(dones) or MANIFEST not in sizes:
        manifest = {
            "network": f"sha256:{structure_digest(plan)}",
            "rows": rows,
            **({"rejected": rejected} if work.settings.skips else {}),
            "files": [entry_of(task, done) for task, done in zip(tasks, dones, strict=True)],
        }
        write_manifest(work, manifest)
    target.remove_folder(RUNNING)
    return replace(results, kept=kept if work.resumes else 0)


def _raise_mistakes(dones: Sequence[Done]) -> None:
    wrong = [done for done in dones if done.mistakes]
    each_once = dict.fromkeys(chain.from_iterable(done.mistakes for done in wrong))
    mistakes = list(each_once)[:MAX_FINDINGS]  # parts of a file share those of its header
    if any(done.is_about_files for done in wrong):
        raise FileError(mistakes)
    if mistakes:
        raise InvalidRowsError(mistakes)


def _warnings_of(
    work: Work, tasks: Sequence[Task], dones: Sequence[Done]
) -> tuple[Diagnostic, ...]:
    """Return the first warning of each rule, with the number of other files it applies to.

    All skipped rows give one warning, which is an error if no row is left.
    """
    by_rule: dict[str, list[Diagnostic]] = {}
    for warning in chain.from_iterable(done.warnings for done in dones):
        by_rule.setdefault(warning.rule, []).append(warning)
    skipped = [*by_rule.pop("rows-skipped", []), *by_rule.pop("too-many-rejects", [])]
    warnings = []
    for first, *others in by_rule.values():
        files = {warning.file for warning in others} - {first.file}
        more = (f"the same in {counted(len(files), 'more file')}",) if files else ()
        warnings.append(replace(first, details=(*first.details, *more)))
    if rejected := sum(done.rejected for done in dones):
        rows = sum(done.rows for done in dones)
        verb, pronoun, keeps = (
            ("is", "it is", "it") if rejected == 1 else ("are", "they are", "them")
        )
        refusing = dict.fromkeys(
            task.path for task, done in zip(tasks, dones, strict=True) if done.rejected
        )
        where = f", in {counted(len(refusing), 'file')}" if len(refusing) > 1 else ""
        total = counted(rows + rejected, "row")
        message = f"{rejected:,} of {total} {verb} refused and left out{where}"
        hint = f"`--rejects FOLDER` keeps {keeps}, with what is wrong"
        if work.rejects is not None:
            hint = f"{pronoun} in {work.rejects}, with what is wrong"
        first = skipped[0] if skipped else Diagnostic("rows-skipped", "", file=next(iter(refusing)))
        first = replace(first, help=None if work.settings.counted else hint)
        rule: RuleName = "rows-skipped" if rows else "too-many-rejects"
        warnings.append(replace(first, rule=rule, message=message))
    return tuple(warnings)
