"""How far a job is, and what is said where it is stopped."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from nnc import InvalidRowsError, loads
from nnc import job as job_of
from nnc.jobs import executors, job_settings
from nnc.jobs.finishing import Collected
from nnc.jobs.job_settings import _duration, _Pace
from tests.support.running import XOR, Nnc, environment

TO_GO_ON = "to go on where it stopped, run the same command with --resume\n"


@pytest.fixture(autouse=True)
def _folder(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    Path("xor.nn.yaml").write_text(XOR)
    Path("in").mkdir()
    for name in ("x", "y"):
        Path(f"in/{name}.csv").write_text("a,b\n1,0\n1,1\n")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59, "59 s"), (61, "1 min"), (3540, "59 min"), (3600, "1 h 0 min"),
     (7500, "2 h 5 min")],
)  # fmt: skip
def test_durations(seconds: float, words: str) -> None:
    assert _duration(seconds) == words


def test_rows_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(job_settings.time, "monotonic", lambda: now[0])
    Path("in/z.csv").write_text("a,b\n1,7\n")
    job = job_of(loads(XOR), "in", "out")
    pace, shown = _Pace(len(job.every)), list[str]()
    assert pace.words == "0 of 3 files"

    def watch(collected: Collected) -> None:
        now[0] += 2
        pace.watch(collected)
        shown.append(pace.words)

    with pytest.raises(InvalidRowsError):
        job.run(watch=watch)
    assert shown == [
        "1 of 3 files, 2 rows, 1 rows/s, 3 s left",
        "2 of 3 files, 4 rows, 1 rows/s, 1 s left",
        "3 of 3 files, 4 rows, 1 file with mistakes, 1 rows/s",
    ]


def test_rows_that_were_kept_are_not_in_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(job_settings.time, "monotonic", lambda: now[0])
    job_of(loads(XOR), "in", "out").run()
    Path("in/z.csv").write_text("a,b\n0,0\n" * 1)
    job = job_of(loads(XOR), "in", "out", resume=True)
    pace = _Pace(len(job.every))
    now[0] = 1.0
    job.run(watch=pace.watch)
    assert pace.words == "3 of 3 files, 5 rows, 1 rows/s"


@pytest.mark.parametrize(("words", "told"), [(["-o", "out"], TO_GO_ON), (["--count"], "")])
def test_ctrl_c_names_what_goes_on(
    nnc: Nnc, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(executors, "do", stopped)
    assert nnc("eval", "xor.nn.yaml", "in", *words) == (130, "", f"{told}\ninterrupted\n")


def test_a_signal_names_what_goes_on_too(tmp_path: Path) -> None:
    with (tmp_path / "in/x.csv").open("w") as file:
        file.write("a,b\n")
        file.writelines("1,0\n" for _ in range(3_000_000))
    words = [sys.executable, "-m", "nnc", "eval", "xor.nn.yaml", "in", "-o", "out"]
    with subprocess.Popen(
        words, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True
    ) as process:
        until = time.monotonic() + 60
        while not list(tmp_path.glob("out/.nnc-*.tmp")) and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (143, f"{TO_GO_ON}stopped by SIGTERM\n")
