"""Options, profiles and the guard against hangs, for all tests."""

import faulthandler
import gc
import importlib.util
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from random import SystemRandom
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support import everywhere, shares
from tests.support.browsers import launched
from tests.support.repositories import Repo
from tests.support.running import Nnc

EVERY_DAY, ALL = "0-1", 100
"""Volume tests come in a hundred chunks; the everyday run takes a fiftieth of them. CI, which runs
all tests twice, shares them out by NNC_TEST_CHUNKS: the same draws again would show nothing
new, nor would slow tests: see tests/support/shares.py."""

STDERR = pytest.StashKey[int]()
"""Standard error as it is outside of tests, where pytest holds it back."""

HAS_SCORES = importlib.util.find_spec("nnc.scores._cells") is not None
collect_ignore_glob = [] if HAS_SCORES else [
    "scores/*", "sklearn/test_scorecards.py", "test_activity.py", "test_benchmarks.py",
    "test_docs.py", "test_learned.py", "test_notebooks.py",
]  # fmt: skip
"""Modules whose tests build scores, which needs the native kernels, and so a C compiler."""

settings.register_profile(
    "here", deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-examples", action="store_true",
                     help="run the volume tests in full; by default a fiftieth")  # fmt: skip
    parser.addoption("--update-expected", action="store_true",
                     help="write the expected texts anew; read the difference")  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    # a shell starts what runs in the background deaf to Ctrl-C, and programs hand that on
    signal.signal(signal.SIGINT, signal.default_int_handler)
    everywhere.is_full = bool(config.getoption("--all-examples"))
    if everywhere.is_full:
        settings.register_profile("all", settings(), max_examples=200)
        settings.load_profile("all")
    # workers of pytest-xdist get it from the first process
    seed = 0 if os.environ.get("CI") == "true" else SystemRandom().randrange(10**9)
    os.environ.setdefault("NNC_FUZZ_SEED", str(seed))
    config.stash[STDERR] = os.dup(2)
    if "NNC_TEST_CHUNKS" in os.environ:
        config.pluginmanager.register(shares.Share(config))
    config.addinivalue_line("markers", "seconds(limit): the CPU time after which a test has hung")


def pytest_collection_finish() -> None:
    gc.freeze()  # 20,000 tests are no garbage: each collection would look through them


def pytest_unconfigure() -> None:
    exports = sys.modules.get("tests.support.exports")
    if exports is not None:  # which imports NumPy and much more: not for tests without it
        exports.STOPPING.close()


def pytest_report_header() -> list[str]:
    missing = [] if HAS_SCORES else ["no native kernels: tests that build scores are left out"]
    return [f"fuzzing from seed {os.environ['NNC_FUZZ_SEED']} (NNC_FUZZ_SEED)", *missing]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    full = metafunc.config.getoption("--all-examples")
    if "chunk" in metafunc.fixturenames:
        metafunc.parametrize("chunk", range(ALL) if full else shares.chunks(EVERY_DAY))


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Give the only browser of this process: Playwright cannot be started twice in it."""
    yield from launched()


@pytest.fixture
def full(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--all-examples"))


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-expected"))


@pytest.fixture(autouse=True)
def _hang_guard(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test after 60 s of CPU time; end the run where even that does not get through."""
    mark = request.node.get_closest_marker("seconds")
    limit: float = mark.args[0] if mark else 60

    def fail(_signal: int, _frame: FrameType | None) -> None:
        pytest.fail(f"more than {limit:g} s of CPU time")

    before = signal.signal(signal.SIGPROF, fail)
    signal.setitimer(signal.ITIMER_PROF, limit)
    stderr = request.config.stash[STDERR]  # else the process would end without a word
    faulthandler.dump_traceback_later(limit * 10, exit=True, file=stderr)
    yield
    faulthandler.cancel_dump_traceback_later()
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Make a repository, and go there."""
    repo = Repo(tmp_path / "repo", monkeypatch)
    monkeypatch.chdir(repo.folder)
    return repo


@pytest.fixture
def nnc(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Nnc:
    return Nnc(capsysbinary, monkeypatch, tmp_path)
