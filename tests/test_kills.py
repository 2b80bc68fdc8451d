"""Stopped at any moment, `nnc` leaves the old file or the new one, whole, and cleans up."""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.faults import files_in
from tests.support.running import XOR, environment

pytestmark = pytest.mark.seconds(600)

NEURONS = "".join(f"  n{i}: {{weights: {{a: {i}, b:  1}}, threshold: 1}}\n" for i in range(1000))
LARGE = XOR.replace("neurons:\n", f"neurons:\n{NEURONS}")
ROWS = "a,b\n" + "0,1\n1,1\n2,0\n" * 10_000
COMMANDS = {
    "eval": ["eval", "xor.nn.yaml", "rows.csv", "-o", "out.csv", "--rejects", "bad.csv"],
    "fmt": ["fmt", "large.nn.yaml"],
    "compile": ["compile", "large.nn.yaml", "-o", "out.nnc"],
    "merge": ["git", "merge-driver", "base", "ours", "theirs", "7", "xor.nn.yaml"],
}
FILES = {
    "xor.nn.yaml": XOR,
    "large.nn.yaml": LARGE,
    "rows.csv": ROWS,
    "base": LARGE,
    "ours": LARGE.replace("n7: {weights: {a: 7", "n7: {weights: {a: 8"),
    "theirs": LARGE.replace("threshold: 0", "threshold: 2"),
    "out.csv": "old\n",
    "bad.csv": "old\n",
    "out.nnc": "old\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


def begun(name: str, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "nnc", *COMMANDS[name]], cwd=folder, env=environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    """Give the exit code, and what was written to stderr."""
    _, err = process.communicate(timeout=120)
    return process.returncode, err


@pytest.mark.parametrize("name", COMMANDS)
def test_stopped_at_any_moment(name: str, folder: Path, tmp_path: Path, full: bool) -> None:
    old = files_in(folder)
    place = Path(shutil.copytree(folder, tmp_path / "whole"))
    start = time.monotonic()
    code, err = ended(begun(name, place))
    spent = time.monotonic() - start
    assert code == 0, err
    new = files_in(place)
    assert new.keys() == old.keys()
    assert new != old
    moments = random.Random(name)
    for count in range(100 if full else 4):
        number = (signal.SIGTERM, signal.SIGKILL)[count % 2]
        place = Path(shutil.copytree(folder, tmp_path / f"stopped {count}"))
        process = begun(name, place)
        time.sleep(moments.random() * spent)
        process.send_signal(number)
        code, err = ended(process)
        now = files_in(place)
        left = now.keys() - old.keys()
        assert all(now[one] in (old[one], new[one]) for one in old), (code, err)
        if code == 0:
            assert now == new
        elif number == signal.SIGTERM:
            assert not left, (code, err)
            is_told = code == 128 + number and err.endswith(b"stopped by SIGTERM\n")
            assert is_told or code == -number, (code, err)  # before the start, and after the end
        else:
            assert code == -number, (code, err)
            assert all(one.startswith(".nnc-") for one in left)


def test_what_a_killed_run_left_is_removed_by_the_next(folder: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(folder, tmp_path / "killed"))
    waiting = [*COMMANDS["eval"]]
    waiting[2:3] = ["-", "--from", "csv"]
    process = subprocess.Popen(
        [sys.executable, "-m", "nnc", *waiting], cwd=place, env=environment(),
        stdin=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until = time.monotonic() + 60
    while len(left := list(place.glob(".nnc-*.tmp"))) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert len(left) == 2
    code, err = ended(begun("eval", place))
    assert code == 0, err
    assert not list(place.glob(".nnc-*"))
