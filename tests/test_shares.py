"""CI leaves out of its second run of all tests what the first has shown, and nothing else."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import EVERY_DAY
from tests.support.documents import ROOT
from tests.support.shares import SLOW, Share, chunks

LONGER = 2 * SLOW


class Cache(dict[str, Any]):
    """The cache of pytest, as far as it is used."""

    set = dict.__setitem__


@pytest.fixture
def config() -> Any:
    return SimpleNamespace(cache=Cache())


def run(monkeypatch: pytest.MonkeyPatch, config: Any, share: str, names: list[str]) -> list[str]:
    """Run tests named after how they end and how long they take, and give those that are run."""
    monkeypatch.setenv("NNC_TEST_CHUNKS", share)
    this = Share(config)
    items = [SimpleNamespace(nodeid=name) for name in names]
    this.pytest_collection_modifyitems(items)
    for item in items:
        for when in ("setup", "call", "teardown"):
            this.pytest_runtest_logreport(SimpleNamespace(
                nodeid=item.nodeid, when=when, passed="passes" in item.nodeid or when != "call",
                duration=LONGER if "slow" in item.nodeid else 0,
            ))  # fmt: skip
    this.pytest_sessionfinish()
    return [item.nodeid for item in items]


NAMES = ["passes", "passes slowly", "fails", "fails slowly", "passes slowly [0]"]


def test_the_second_run_leaves_out_the_slow_tests_that_passed(
    monkeypatch: pytest.MonkeyPatch, config: Any
) -> None:
    assert run(monkeypatch, config, "0-0", NAMES) == NAMES
    later = [*NAMES[:4], "passes slowly [1]"]
    left = ["passes", "fails", "fails slowly", "passes slowly [1]"]
    assert run(monkeypatch, config, "1-1", later) == left
    assert run(monkeypatch, config, "1-1", later) == left  # which notes nothing itself
    assert run(monkeypatch, config, "0-0", NAMES) == NAMES


def test_without_a_run_before_nothing_is_left_out(
    monkeypatch: pytest.MonkeyPatch, config: Any
) -> None:
    assert run(monkeypatch, config, "1-1", NAMES) == NAMES


def test_a_worker_notes_nothing(monkeypatch: pytest.MonkeyPatch, config: Any) -> None:
    config.workerinput = {}
    run(monkeypatch, config, "0-0", NAMES)
    assert config.cache == {}


def test_the_chunks_of_the_two_runs_are_those_of_every_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NNC_TEST_CHUNKS", raising=False)
    everyday = list(chunks(EVERY_DAY))
    text = (ROOT / ".ci/run").read_text("utf-8")
    shared = []
    for share in re.findall(r"NNC_TEST_CHUNKS=(\S+)", text):
        monkeypatch.setenv("NNC_TEST_CHUNKS", share)
        shared += chunks(EVERY_DAY)
    assert shared == everyday
