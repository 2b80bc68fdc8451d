"""Executors of users run tasks; what they cannot do is reported."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nnc import Done, InvalidRowsError, Job, Task, load
from nnc import job as job_of
from nnc.jobs import executors

pytestmark = pytest.mark.usefixtures("rows_folder")


class Client(Executor):
    """Does each task at once; `fail` may raise instead."""

    def __init__(self, fail: Callable[[Task], None]) -> None:
        self.tasks: list[str] = []
        self._fail = fail

    def submit(self, function: Callable[[Task], Done], task: Task) -> Future[Any]:  # type: ignore[override]
        """Return a future that has ended."""
        future: Future[Any] = Future()
        self.tasks.append(task.file)
        try:
            self._fail(task)
            future.set_result(function(task))
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
