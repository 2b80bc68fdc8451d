"""The answers of all tasks -> Results: rows are counted, and the manifest is written last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError
from nnc.diagnostics.rules import RuleName
from nnc.jobs.folders import Place
from nnc.jobs.places import readable
from nnc.jobs.records import MANIFEST, RUNNING, entry_of, write_manifest
from nnc.jobs.tasks import Done, Task, Work
from nnc.numbers.exact import counted, names_and_more
from nnc.rows.session import MAX_FINDINGS
from nnc.run.digests.digests import structure_digest


@dataclass(frozen=True)
class Results:
    """The results of a job: `files` written, `rows` in them, and how many were `rejected`.

    `kept` of the files were there from an earlier try. Where rows are counted, nothing is written,
    and `counts` are those of all outputs. `warnings` has one of each kind, with how many files it
    is about.
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


class Collected:
    """The answers so far, one for each task, in any order."""

    def __init__(self, tasks: Sequence[Task], kept: Iterable[Done]) -> None:
        self._tasks = tasks
        parts = Counter(task.file for task in tasks)
        self._sizes = [task.size / parts[task.file] for task in tasks]
        self._dones: dict[int, Done] = {}
        self.rows, self._left = 0, sum(self._sizes)
        self.failures = 0
        for done in kept:
            self.add(done)
        self._kept_rows, self._total = self.rows, self._left

    def __len__(self) -> int:
        return len(self._dones)

    def add(self, done: Done) -> None:
        """Add the answer of one task; of several tries the first counts."""
        if not 0 <= done.task < len(self._tasks):
            raise ValueError(f"task {done.task} is not one of this job; it is of another")
        if self._dones.setdefault(done.task, done) is done:
            self.rows += done.rows + done.rejected
            self._left -= self._sizes[done.task]
            self.failures += bool(done.mistakes)

    @property
    def new_rows(self) -> int:
        """The number of rows read since the job began; the others were kept."""
        return self.rows - self._kept_rows

    @property
    def part(self) -> float:
        """The part of the work that is done, from 0 to 1, by the sizes of the files."""
        return 1 - self._left / self._total if self._total else 0.0

    @property
    def dones(self) -> list[Done]:
        """The answers, in the order of their tasks."""
        return [self._dones[number] for number in sorted(self._dones)]

    @property
    def missing(self) -> list[Task]:
        """The tasks without an answer."""
        return [task for task in self._tasks if task.number not in self._dones]


Watch = Callable[[Collected], None]
"""Is called whenever a task has ended."""


def finish(tasks: Sequence[Task], work: Work, plan: Plan, collected: Collected) -> Results:
    """Count all rows, write the manifest, and remove what only a running job needs.

    Raises InvalidRowsError with the mistakes of rows, sorted by file and row, and FileError with
    those of files, and where a result is missing: rows-lost.
    """
    dones = collected.dones
    _raise_mistakes(dones)
    _check_all(collected.missing)
    rows, rejected = sum(done.rows for done in dones), sum(done.rejected for done in dones)
    warnings = _warnings_of(dones, rows, rejected, _about_rejected(tasks, dones, work))
    if work.settings.counted:
        counts: Counter[str] = Counter()
        for done in dones:
            counts.update(done.counts or {})
        return Results(len(dones), rows, rejected, counts=dict(counts), warnings=warnings)
    target = work.place(work.target)
    kept = sum(done.was_there for done in dones)
    sizes = {info.name: info.size for info in target.find()}
    _check_sizes(tasks, dones, sizes, target)
    if kept < len(dones) or MANIFEST not in sizes:
        manifest = {
            "network": f"sha256:{structure_digest(plan)}",
            "rows": rows,
            **({"rejected": rejected} if work.settings.skips else {}),
            "files": [entry_of(task, done) for task, done in zip(tasks, dones, strict=True)],
        }
        write_manifest(work, manifest)
    target.remove_folder(RUNNING)
    return Results(len(dones), rows, rejected, kept if work.resumes else 0, warnings=warnings)


def _raise_mistakes(dones: Iterable[Done]) -> None:
    wrong = [done for done in dones if done.mistakes]
    mistakes = list(chain.from_iterable(done.mistakes for done in wrong))[:MAX_FINDINGS]
    if any(done.is_about_files for done in wrong):
        raise FileError(mistakes)
    if mistakes:
        raise InvalidRowsError(mistakes)


def _check_all(missing: Sequence[Task]) -> None:
    if missing:
        names = names_and_more([task.title for task in missing])
        have = "has" if len(missing) == 1 else "have"
        message = f"{counted(len(missing), 'task')} of the job {have} not ended: {names}"
        hint = "do them too, and finish the job with the answers of all tasks"
        raise FileError([Diagnostic("rows-lost", message, help=hint)])


def _check_sizes(
    tasks: Sequence[Task], dones: Sequence[Done], sizes: Mapping[str, int], target: Place
) -> None:
    """Compare the results that exist with what tasks have written."""
    for task, done in zip(tasks, dones, strict=True):
        size = sizes.get(task.output)
        if size != done.size:
            what = "is gone" if size is None else f"has {counted(size, 'byte')}"
            message = f"the result {what}; {done.size:,} were written"
            hint = "run the job again with --resume"
            file = target.path(task.output)
            raise FileError([Diagnostic("rows-lost", message, help=hint, file=file)])


_SKIPPED = ("rows-skipped", "too-many-rejects")


def _about_rejected(tasks: Sequence[Task], dones: Sequence[Done], work: Work) -> Diagnostic:
    """Return a warning of rows that an earlier run left out, about the first file with some."""
    number = next((done.task for done in dones if done.rejected), None)
    file = None if number is None else work.place(work.source).path(tasks[number].file)
    hint = "add `--rejects FOLDER`, which keeps them, with what is wrong"
    if work.rejects is not None:
        hint = f"look into {readable(work.rejects)}, which says what is wrong with each"
    return Diagnostic("rows-skipped", "", help=hint, file=file)


def _warnings_of(
    dones: Iterable[Done], rows: int, rejected: int, about_rejected: Diagnostic
) -> tuple[Diagnostic, ...]:
    """Return the first warning of each kind, with the number of other files that it is about.

    All rows that were left out make one warning, which is an error where no row is left.
    """
    first: dict[str, Diagnostic] = {}
    more: Counter[str] = Counter()
    for warning in chain.from_iterable(done.warnings for done in dones):
        if first.setdefault(warning.rule, warning) is not warning:
            more[warning.rule] += 1
    skipped = next((first.pop(rule) for rule in _SKIPPED if rule in first), None)
    warnings = [
        replace(each, details=(*each.details, f"and so in {counted(more[rule], 'more file')}"))
        if more[rule]
        else each
        for rule, each in first.items()
        if rule not in _SKIPPED
    ]
    if rejected:
        rule: RuleName = "rows-skipped" if rows else "too-many-rejects"
        verb = "is" if rejected == 1 else "are"
        total = counted(rows + rejected, "row")
        message = f"{rejected:,} of {total} {verb} refused and left out"
        warnings.append(replace(skipped or about_rejected, rule=rule, message=message))
    return tuple(warnings)
