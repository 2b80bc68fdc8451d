"""Executors of users run tasks; what they cannot do is reported."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nnc import Done, FileError, InvalidRowsError, Job, Task, load
from nnc import job as job_of
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.jobs import jobs as executors
from nnc.jobs.evaluation import do_all

pytestmark = pytest.mark.usefixtures("rows_folder")


class Client(Executor):
    """Does each task at once; `fail` may raise instead."""

    def __init__(self, fail: Callable[[Task], None]) -> None:
        self.tasks: list[str] = []
        self._fail = fail

    def submit(  # type: ignore[override]
        self, function: Callable[[tuple[Task, ...]], list[Done]], tasks: tuple[Task, ...]
    ) -> Future[Any]:
        """Return a future that has ended."""
        future: Future[Any] = Future()
        self.tasks += [task.file for task in tasks]
        try:
            for task in tasks:
                self._fail(task)
            future.set_result(function(tasks))
        except Exception as error:  # noqa: BLE001
            future.set_exception(error)
        return future


def _job(target: str = "out/") -> Job:
    return job_of(load("xor.nn.yaml"), "in/", target)


def test_a_bug_is_raised() -> None:
    def fail(_: Task) -> None:
        raise LookupError("bug")

    with pytest.raises(LookupError, match="bug"):
        _job().run(executor=Client(fail))


def test_few_tasks_are_submitted_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "MAX_SUBMITTED", 2)
    Path("many").mkdir()
    for n in range(6):
        Path(f"many/{n}.csv").write_text("a,b\n0,1\n")
    client, submitted = Client(lambda _: None), list[int]()

    def watch(_: Done) -> None:
        submitted.append(len(client.tasks))

    job_of(load("xor.nn.yaml"), "many/", "out/").run(executor=client, watch=watch)
    assert all(count <= ended + 2 for ended, count in enumerate(submitted, 1))
    assert sorted(client.tasks) == [f"{n}.csv" for n in range(6)]


def test_mistakes_of_threads_come_in_order() -> None:
    for n in range(3):
        Path(f"in/bad{n}.csv").write_text("a,b\n0,7\n")
    with ThreadPoolExecutor(3) as pool, pytest.raises(InvalidRowsError) as raised:
        _job().run(executor=pool)
    files = [str(each.file) for each in raised.value.diagnostics]
    assert files == sorted(files)
    assert not Path("out/_nnc.json").exists()


def test_paths_hold_where_a_worker_has_another_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    job = _job()
    home = Path.cwd()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert str(job.run()) == "3 files, 8 rows"
    assert (home / "out/_nnc.json").exists()


def test_small_files_are_done_together_and_each_worker_has_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("many").mkdir()
    for n in range(40):
        Path(f"many/{n:02}.csv").write_text("a,b\n0,1\n")
    tasks = job_of(load("xor.nn.yaml"), "many/", "out/").tasks
    assert [len(batch) for batch in executors.batches_of(tasks, 1)] == [5] * 8
    assert [len(batch) for batch in executors.batches_of(tasks, 2)] == [2] * 20
    assert [len(batch) for batch in executors.batches_of(tasks, 256)] == [1] * 40
    monkeypatch.setattr(executors, "_MAX_BATCH_BYTES", 3 * tasks[0].size)
    assert [len(batch) for batch in executors.batches_of(tasks, 1)] == [3] * 13 + [1]


def test_results_of_a_batch_are_recorded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("many").mkdir()
    for n in range(6):
        Path(f"many/{n}.csv").write_text("a,b\n0,1\n" if n else "a,b\n0,7\n")
    job = job_of(load("xor.nn.yaml"), "many/", "out/")
    synced = list[list[str]]()
    monkeypatch.setattr("nnc.jobs.folders.LocalFolder.sync", lambda _, names: synced.append(names))
    dones = do_all(job.tasks)
    assert [bool(done.mistakes) for done in dones] == [True] + [False] * 5
    assert synced == [[f"{n}.csv" for n in range(1, 6)]]
    assert [file.name for file in Path("out/_nnc/done").iterdir()] == ["1.csv.json"]
    Path("many/0.csv").write_text("a,b\n0,1\n")
    again = job_of(load("xor.nn.yaml"), "many/", "out/", resume=True)
    assert str(again.run()) == "6 files, 6 rows, 5 files kept from before"


def test_a_disk_that_does_not_take_results_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise FileError([Diagnostic("cannot-open", "full")])

    monkeypatch.setattr("nnc.jobs.folders.LocalFolder.sync", full)
    with pytest.raises(FileError, match="full"):
        _job().run()
    assert not Path("out/_nnc.json").exists()
