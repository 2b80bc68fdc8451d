"""Processes do tasks, and one that is lost is made up for: the bytes are the same."""

import os
import signal
import subprocess
import sys
import time
from multiprocessing import active_children
from pathlib import Path

import pytest

from nnc import Done, FileError, InvalidRowsError, Task, do, load, loads
from nnc import job as job_of
from nnc.jobs import processes
from nnc.jobs.finishing import Collected
from tests.support.running import XOR, environment

NETWORK = loads(XOR)


def _rows(files: int = 8) -> None:
    Path("many").mkdir()
    for n in range(files):
        Path(f"many/{n}.csv").write_text("a,b\n" + "0,1\n1,1\n" * (n + 1))


def _bytes(folder: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(Path(folder).iterdir())}


def test_a_process_that_is_killed_is_made_up_for() -> None:
    _rows()
    job_of(NETWORK, "many/", "alone/").run()
    killed = []

    def watch(collected: Collected) -> None:
        if len(collected) == 3:
            for child in active_children():
                assert child.pid is not None
                os.kill(child.pid, signal.SIGKILL)
                killed.append(child.pid)

    assert str(job_of(NETWORK, "many/", "out/").run(workers=2, watch=watch)).startswith("8 files")
    assert len(killed) == 2
    assert _bytes("out") == _bytes("alone")
    assert not active_children()


def _deadly(task: Task) -> Done:
    """Do a task, or die of it."""
    if task.file == "1.csv":
        os.kill(os.getpid(), signal.SIGKILL)
    return do(task)


def test_a_task_that_kills_its_workers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _rows(2)
    monkeypatch.setattr(processes._work, "__defaults__", (_deadly,))
    context = processes.multiprocessing.get_context("fork")  # which takes the change along
    monkeypatch.setattr(processes, "_CONTEXT", context)
    job = job_of(NETWORK, "many/", "out/")
    with pytest.raises(FileError, match=r"3 workers were lost while they did the task 1.csv"):
        job.run(workers=1)
    assert not Path("out/_nnc.json").exists()
    assert not active_children()


def _faulty(task: Task) -> Done:
    raise LookupError(task.file)


def test_a_bug_in_a_process_is_raised_here(monkeypatch: pytest.MonkeyPatch) -> None:
    _rows(2)
    monkeypatch.setattr(processes._work, "__defaults__", (_faulty,))
    context = processes.multiprocessing.get_context("fork")
    monkeypatch.setattr(processes, "_CONTEXT", context)
    with pytest.raises(LookupError, match="csv") as raised:
        job_of(NETWORK, "many/", "out/").run(workers=1)
    assert "in _faulty" in raised.value.__notes__[0]
    assert not active_children()


def test_mistakes_of_several_processes_come_in_order() -> None:
    _rows(3)
    for n in (1, 2):
        Path(f"many/{n}.csv").write_text("a,b\n0,7\n")
    with pytest.raises(InvalidRowsError) as raised:
        job_of(NETWORK, "many/", "out/").run(workers=2)
    files = [each.file for each in raised.value.diagnostics]
    assert files == sorted(files, key=str)
    assert set(files) <= {str(Path(f"many/{n}.csv")) for n in (1, 2)}
    assert not Path("out/_nnc.json").exists()


def test_a_script_without_a_guard_is_told_so() -> None:
    _rows(2)
    script = "import nnc\nnnc.job(nnc.load('xor.nn.yaml'), 'many/', 'out/').run(workers=1)\n"
    Path("script.py").write_text(script)
    ran = subprocess.run(
        [sys.executable, "script.py"],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert ran.returncode == 1
    assert 'call job.run under `if __name__ == "__main__":`' in ran.stderr


def test_a_driver_that_is_killed_leaves_nothing_running() -> None:
    _rows(60)
    job_of(load("xor.nn.yaml"), "many/", "alone/").run()
    command = [sys.executable, "-m", "nnc", "eval", "xor.nn.yaml", "many/", "-o", "out/"]
    driver = subprocess.Popen([*command, "--workers", "1"], env=environment())
    while not list(Path("out/_nnc/done").glob("*")) and driver.poll() is None:
        time.sleep(0.01)
    children = Path(f"/proc/{driver.pid}/task/{driver.pid}/children").read_text().split()
    driver.kill()
    driver.wait()
    while any(Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_text()
              for pid in children):  # fmt: skip
        time.sleep(0.01)
    assert not Path("out/_nnc.json").exists()
    assert subprocess.run([*command, "--resume"], env=environment(), check=False).returncode == 0
    assert _bytes("out") == _bytes("alone")
