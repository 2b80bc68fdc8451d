"""How far a job is, and what is said where it is stopped."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from nnc import Done, InvalidRowsError, loads
from nnc import job as job_of
from nnc.jobs import job_settings
from nnc.jobs import jobs as executors
from nnc.jobs.job_settings import _Progress
from tests.support.running import XOR, Nnc, environment

TO_GO_ON = "to go on where it stopped, run the same command with --resume\n"


@pytest.fixture(autouse=True)
def _folder(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    Path("xor.nn.yaml").write_text(XOR)
    Path("in").mkdir()
    for name in ("x", "y"):
        Path(f"in/{name}.csv").write_text("a,b\n1,0\n1,1\n")


def test_rows_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(job_settings.time, "monotonic", lambda: now[0])
    Path("in/z.csv").write_text("a,b\n1,7\n")
    job = job_of(loads(XOR), "in", "out")
    progress, shown = _Progress(len(job.tasks)), list[str]()
    assert progress.text == "0 of 3 files"

    def watch(done: Done) -> None:
        now[0] += 62
        progress.watch(done)
        shown.append(progress.text)

    with pytest.raises(InvalidRowsError):
        job.run(watch=watch)
    assert shown == [
        "1 of 3 files, 2 rows, 0 rows/s, 0:02:04 left",
        "2 of 3 files, 4 rows, 0 rows/s, 0:01:02 left",
        "3 of 3 files, 4 rows, 0 rows/s, 0:00:00 left",
    ]


@pytest.mark.parametrize(("words", "told"), [(["-o", "out"], TO_GO_ON), (["--count"], "")])
def test_ctrl_c_names_what_goes_on(
    nnc: Nnc, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(executors, "do_all", stopped)
    assert nnc("eval", "xor.nn.yaml", "in", *words) == (130, "", f"\ninterrupted\n{told}")


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
    assert (process.returncode, err) == (143, f"stopped by SIGTERM\n{TO_GO_ON}")
