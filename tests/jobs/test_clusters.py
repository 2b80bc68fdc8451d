"""The same bytes from a Dask cluster, whose workers are killed meanwhile."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nnc import FileError, InvalidRowsError, load
from nnc import job as job_of
from nnc.jobs.executors import connected
from nnc.jobs.finishing import Collected
from tests.support.running import Nnc

pytestmark = pytest.mark.usefixtures("rows_folder")

distributed = pytest.importorskip("distributed")


@pytest.fixture
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs="CRITICAL"
    ) as cluster:
        yield cluster


def _bytes(folder: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(Path(folder).iterdir())}


def test_a_worker_that_is_killed_is_made_up_for(nnc: Nnc, cluster: Any) -> None:
    Path("many").mkdir()
    for n in range(8):
        Path(f"many/{n}.csv").write_text("a,b\n" + "0,1\n1,1\n" * (n + 1))
        assert nnc("eval", "xor.nn.yaml", f"many/{n}.csv", "-o", f"{n}.csv").code == 0
    killed = []
    with connected(cluster.scheduler_address) as client:

        def watch(collected: Collected) -> None:
            if len(collected) == 3:
                killed.append(min(client.run(os.getpid).values()))  # type: ignore[attr-defined]
                os.kill(killed[0], signal.SIGKILL)

        done = job_of(load("xor.nn.yaml"), "many/", "out/").run(client=client, watch=watch)
    assert (str(done), len(killed)) == ("8 files, 72 rows", 1)
    assert sorted(_bytes("out")) == [*(f"{n}.csv" for n in range(8)), "_nnc.json"]
    for n in range(8):
        assert Path(f"out/{n}.csv").read_bytes() == Path(f"{n}.csv").read_bytes()
    command = ("eval", "xor.nn.yaml", "many/", "--workers", cluster.scheduler_address)
    assert nnc(*command, "-o", "again/").err == "wrote again/: 8 files, 72 rows\n"
    assert _bytes("again") == _bytes("out")
    assert nnc(*command, "--count").out == "output,ones,rows\nxor,36,72\n"


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnc.jobs.executors._TIMEOUT", 0.05)
    for address in ("tcp://127.0.0.1:1", "nothing://x"):
        with (
            pytest.raises(FileError, match="the scheduler of the cluster does not answer"),
            connected(address),
        ):
            pass


def test_a_cluster_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(InvalidRowsError, match=r"a cluster needs Dask.*\n.*pip .*distributed"),
        connected("tcp://127.0.0.1:8786"),
    ):
        pass
