"""Processes do tasks, and one that is lost is made up for: the bytes are the same."""

import multiprocessing
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import active_children
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import pytest

from nnc import Done, FileError, InvalidRowsError, Task, load, loads
from nnc import job as job_of
from nnc.jobs import jobs as executors
from nnc.jobs.evaluation import do_all
from tests.support.running import XOR, Nnc, environment

pytestmark = pytest.mark.usefixtures("rows_folder")

NETWORK = loads(XOR)


def _rows(files: int = 8) -> None:
    Path("many").mkdir()
    for n in range(files):
        Path(f"many/{n}.csv").write_text("a,b\n" + "0,1\n1,1\n" * (n + 1))


def _bytes(folder: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(Path(folder).iterdir())}


@pytest.fixture
def _forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin processes as copies of this one, which costs less, and takes along what is patched."""
    monkeypatch.setattr(executors, "_CONTEXT", multiprocessing.get_context("fork"))


@pytest.mark.usefixtures("_forked")
def test_a_process_that_is_killed_ends_the_job() -> None:
    _rows()
    job_of(NETWORK, "many/", "alone/").run()
    killed, ended = list[int](), list[Done]()

    def watch(done: Done) -> None:
        ended.append(done)
        if len(ended) == 3:
            for child in active_children():
                assert child.pid is not None
                os.kill(child.pid, signal.SIGKILL)
                killed.append(child.pid)

    with pytest.raises(FileError, match="a worker was lost while"):
        job_of(NETWORK, "many/", "out/").run(workers=2, watch=watch)
    assert len(killed) == 2
    assert not active_children()
    job_of(NETWORK, "many/", "out/", resume=True).run(workers=2)
    assert _bytes("out") == _bytes("alone")
    assert not active_children()


def _deadly(tasks: Sequence[Task]) -> list[Done]:
    """Do tasks, or die of one."""
    if "1.csv" in [task.file for task in tasks]:
        os.kill(os.getpid(), signal.SIGKILL)
    return do_all(tasks)


@pytest.mark.usefixtures("_forked")
def test_a_task_that_kills_its_worker_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _rows(2)
    monkeypatch.setattr(executors, "do_all", _deadly)
    job = job_of(NETWORK, "many/", "out/")
    with pytest.raises(FileError, match=r"a worker was lost while `?1.csv`? ran"):
        job.run(workers=1)
    assert not Path("out/_nnc.json").exists()
    assert not active_children()


def _faulty(tasks: Sequence[Task]) -> list[Done]:
    raise LookupError(tasks[0].file)


@pytest.mark.usefixtures("_forked")
def test_a_bug_in_a_process_is_raised_here(monkeypatch: pytest.MonkeyPatch) -> None:
    _rows(2)
    monkeypatch.setattr(executors, "do_all", _faulty)
    with pytest.raises(LookupError, match="csv") as raised:
        job_of(NETWORK, "many/", "out/").run(workers=1)
    assert "in _faulty" in str(raised.value.__cause__)
    assert not active_children()


@pytest.mark.usefixtures("_forked")
def test_mistakes_of_several_processes_come_in_order() -> None:
    _rows(3)
    for n in (1, 2):
        Path(f"many/{n}.csv").write_text("a,b\n0,7\n")
    with pytest.raises(InvalidRowsError) as raised:
        job_of(NETWORK, "many/", "out/").run(workers=2)
    assert [each.file for each in raised.value.diagnostics] == [
        *[str(Path("many/1.csv"))],
        *[str(Path("many/2.csv"))],
    ]
    assert Path("out/0.csv").exists()
    assert not Path("out/_nnc.json").exists()


def test_a_script_without_a_guard_is_told_so(full: bool) -> None:
    if not full:
        pytest.skip("starts four processes; with --all-examples")
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


def _fill() -> None:
    """Do a job where no file can have more than 9,000 bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))
    place = re.escape(str(Path("out/3.csv")))
    with pytest.raises(FileError, match=rf"cannot write the file: File too large\n.*{place}"):
        job_of(load("xor.nn.yaml"), "many/", "out/").run()


def test_a_full_disk_leaves_what_is_whole(nnc: Nnc) -> None:
    _rows()
    for n in (3, 7):
        Path(f"many/{n}.csv").write_text("a,b\n" + "0,1\n" * 10000)
    words = ["eval", "xor.nn.yaml", "many/", "-o", "out/"]
    child = multiprocessing.get_context("fork").Process(target=_fill)
    child.start()
    child.join()
    assert child.exitcode == 0
    names = {file.name for file in Path("out").iterdir()}
    assert names == {*(f"{n}.csv" for n in (0, 1, 2, 4, 5, 6)), "_nnc"}
    kept = "wrote out/: 8 files, 20,048 rows, 6 files kept from before\n"
    assert nnc(*words, "--resume").err == kept
    assert nnc("eval", "xor.nn.yaml", "many/", "-o", "alone/").code == 0
    assert _bytes("out") == _bytes("alone")


def _drive() -> None:
    """Do a job, or what is left of it: all that a driver does."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    job_of(NETWORK, "many/", "out/", resume=True).run(workers=2)


@pytest.mark.usefixtures("_forked")
def test_kills_at_any_moment_end_in_the_same_bytes(chunk: int, full: bool) -> None:
    """Two of two hundred in a chunk: a worker, or the driver and then its workers."""
    if not full and chunk:
        pytest.skip("with --all-examples")
    random = Random(chunk)
    _rows(12)
    job_of(NETWORK, "many/", "alone/").run()
    context = multiprocessing.get_context("fork")
    kills, workers = 0, list[int]()
    while True:
        driver = context.Process(target=_drive)
        driver.start()
        assert driver.pid is not None
        if kills < 2:
            _wait_for(driver, random.randrange(3), random.randrange(10))
            time.sleep(random.random() / 100)
            workers = _children(driver.pid)
            if kills % 2 or not workers:
                driver.kill()
                kills += 1
                driver.join()
            else:
                _kill(random.choice(workers))
                kills += 1
        driver.join()
        for pid in workers:  # which waits for a driver, as a copy holds its pipe
            _kill(pid)
        if driver.exitcode == 0:
            break
    assert _bytes("out") == _bytes("alone")


def _kill(pid: int) -> None:
    """Kill a process of this test, if it is still there."""
    with suppress(ProcessLookupError):
        if os.getpgid(pid) == os.getpgid(0):
            os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in
                Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]  # fmt: skip
    except OSError:
        return []


def _wait_for(driver: BaseProcess, children: int, results: int) -> None:
    """Wait until a job has begun so far, or has ended."""
    assert driver.pid is not None
    while driver.is_alive() and not (
        len(_children(driver.pid)) >= children
        and len(list(Path("out/_nnc/done").glob("[!.]*"))) >= results
    ):
        time.sleep(0.001)


def test_a_driver_that_is_killed_leaves_nothing_running(nnc: Nnc) -> None:
    _rows(4)
    Path("many/9.csv").write_text("a,b\n" + "0,1\n" * 5_000_000)
    words = ["eval", "xor.nn.yaml", "many/", "-o", "out/"]
    command = [sys.executable, "-m", "nnc", *words, "--workers", "1"]
    driver = subprocess.Popen(command, env=environment())
    while len(list(Path("out/_nnc/done").glob("[!.]*"))) < 4 and driver.poll() is None:
        time.sleep(0.01)
    children = _children(driver.pid)
    driver.kill()
    driver.wait()
    while any(Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_text()
              for pid in children):  # fmt: skip
        time.sleep(0.01)
    assert len(children) > 0
    assert not Path("out/_nnc.json").exists()
    Path("many/9.csv").write_text("a,b\n0,1\n1,1\n")
    kept = "wrote out/: 5 files, 22 rows, 4 files kept from before\n"
    assert nnc(*words, "--resume").err == kept
    job_of(load("xor.nn.yaml"), "many/", "alone/").run()
    assert _bytes("out") == _bytes("alone")


def test_ctrl_c_is_left_to_the_process_that_starts_others() -> None:
    with executors._processes(1) as pool, executors._without_interrupts():
        blocked = pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ()).result()
    assert signal.SIGINT in blocked
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
