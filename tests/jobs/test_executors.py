"""Executors of others: what they lose is done again, and what cannot be done is told."""

from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nnc import Done, FileError, InvalidRowsError, Job, Task, load
from nnc import job as job_of

pytestmark = pytest.mark.usefixtures("rows_folder")


class KilledWorker(Exception):
    """What Dask raises for a task that its workers did not survive."""


class Client:
    """Does each task at once; `fail` may raise instead, and knows how often it was tried."""

    def __init__(self, fail: Callable[[Task, int], None]) -> None:
        self.tries: dict[str, int] = {}
        self._fail = fail

    def submit(self, function: Callable[[Task], Done], task: Task) -> Future[Any]:
        """Return a future that has ended."""
        future: Future[Any] = Future()
        self.tries[task.file] = self.tries.get(task.file, 0) + 1
        try:
            self._fail(task, self.tries[task.file])
            future.set_result(function(task))
        except Exception as error:  # noqa: BLE001
            future.set_exception(error)
        return future


def _job(target: str = "out/") -> Job:
    return job_of(load("xor.nn.yaml"), "in/", target)


def test_what_an_executor_loses_is_done_again() -> None:
    def fail(task: Task, times: int) -> None:
        if task.file == "x.csv" and times < 3:
            raise CancelledError

    client = Client(fail)
    assert str(_job().run(client=client)) == "3 files, 8 rows"
    assert client.tries["x.csv"] == 3


@pytest.mark.parametrize(("error", "times"), [(CancelledError, 3), (KilledWorker, 1)])
def test_a_task_that_is_lost_again_and_again_is_named(error: type[Exception], times: int) -> None:
    def fail(task: Task, _: int) -> None:
        if task.file == "x.csv":
            raise error

    client = Client(fail)
    with pytest.raises(FileError, match=r"3 workers were lost while they did the task x.csv"):
        _job().run(client=client)
    assert client.tries["x.csv"] == times


def test_a_worker_without_nnc_is_told() -> None:
    def fail(_: Task, __: int) -> None:
        raise ModuleNotFoundError("No module named 'nnc.jobs'", name="nnc.jobs")

    with pytest.raises(FileError, match=r"a worker cannot import `nnc.jobs`"):
        _job().run(client=Client(fail))


def test_a_bug_is_raised() -> None:
    def fail(_: Task, __: int) -> None:
        raise LookupError("bug")

    with pytest.raises(LookupError, match="bug"):
        _job().run(client=Client(fail))


def test_few_tasks_are_ahead_and_none_begins_after_a_mistake() -> None:
    Path("many").mkdir()
    for n in range(60):
        Path(f"many/{n:02}.csv").write_text("a,b\n0,7\n")
    job = job_of(load("xor.nn.yaml"), "many/", "out/")
    begun: list[str] = []

    def note(task: Task, _: int) -> None:
        begun.append(task.file)

    client = Client(note)
    client._max_workers = 2  # type: ignore[attr-defined]
    with pytest.raises(InvalidRowsError) as raised:
        job.run(client=client)
    assert begun == [f"{n:02}.csv" for n in range(8)]
    assert [each.file for each in raised.value.diagnostics] == [
        str(Path(f"many/{n:02}.csv")) for n in range(8)
    ]


def test_mistakes_of_threads_come_in_order() -> None:
    for n in range(3):
        Path(f"in/bad{n}.csv").write_text("a,b\n0,7\n")
    with ThreadPoolExecutor(3) as pool, pytest.raises(InvalidRowsError) as raised:
        _job().run(client=pool)
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
