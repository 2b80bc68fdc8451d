"""One process at a time writes results into a folder."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from nnc import FileError, job, loads
from nnc.jobs.holds import Hold
from tests.support.running import XOR

HOLDING = """
import sys
from nnc.jobs.holds import Hold
hold = Hold("out")
print("held", flush=True)
sys.stdin.read()
"""
pytestmark = [
    pytest.mark.usefixtures("rows_folder"),
    pytest.mark.skipif(sys.platform == "win32", reason="no locks of folders"),
]


def holding() -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDING]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=None
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.parametrize("resume", [False, True])
def test_a_folder_that_another_process_has_is_refused(*, resume: bool) -> None:
    with holding() as process:
        with pytest.raises(FileError, match="another process is writing a job into it"):
            job(loads(XOR), "in/", "out/", resume=resume)
        process.kill()
        process.wait()
        assert str(job(loads(XOR), "in/", "out/", resume=resume).run()) == "3 files, 8 rows"


def test_a_folder_by_its_address_is_the_same_folder() -> None:
    address = Path("out").absolute().as_uri()
    with holding() as process:
        with pytest.raises(FileError, match="another process is writing a job into it") as caught:
            job(loads(XOR), "in/", address)
        assert caught.value.diagnostics[0].file == address
        process.kill()
        process.wait()
        assert str(job(loads(XOR), "in/", address).run()) == "3 files, 8 rows"


def test_jobs_of_one_process_share_a_folder_and_let_it_go() -> None:
    first = job(loads(XOR), "in/", "out/")
    again = job(loads(XOR), "in/", "out/", resume=True)
    pickle.loads(pickle.dumps(first.hold)).release()
    first.run()
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run([sys.executable, "-c", HOLDING], check=True, capture_output=True, text=True)
    again.run()
    with holding() as process:
        process.kill()


def test_a_job_that_is_not_begun_leaves_no_folder() -> None:
    Path("wrong").mkdir()
    Path("wrong/mine.csv").write_text("a\n")
    with pytest.raises(FileError, match="rejected rows cannot go there"):
        job(loads(XOR), "in/", "out/", rejects="wrong")
    assert not Path("out").exists()
    Hold("").release()
