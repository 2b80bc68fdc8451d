"""CI runs all tests twice; what has been shown by the first run is left out of the second."""

import os
from typing import Any

import pytest

SLOW = 0.2
"""Seconds: tests that take longer are run once."""

KEY = "nnc/slow"
"""Where the cache of pytest keeps the slow tests that have passed."""


def chunks(everyday: str) -> range:
    """Give the chunks of volume tests that are this run's: NNC_TEST_CHUNKS, such as "1-1"."""
    first, _, last = os.environ.get("NNC_TEST_CHUNKS", everyday).partition("-")
    return range(int(first), int(last) + 1)


class Share:
    """One of the runs that have NNC_TEST_CHUNKS: the first, which has chunk 0, or a later one."""

    def __init__(self, config: pytest.Config) -> None:
        assert config.cache is not None
        self.cache = config.cache
        self.is_first = chunks("0-0").start == 0
        self.is_worker = hasattr(config, "workerinput")  # of pytest-xdist, which has no reports
        self.slow: list[str] = [] if self.is_first else self.cache.get(KEY, [])

    def pytest_report_header(self) -> str:
        """Say what this run does."""
        if self.is_first:
            return "notes which slow tests pass, for the next run"
        return f"leaves out {len(self.slow)} slow tests that passed in the run before"

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Leave out what the first run has shown."""
        left_out = set() if self.is_first else set(self.slow)
        items[:] = [item for item in items if item.nodeid not in left_out]

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Note a slow test that passes."""
        if self.is_first and report.when == "call" and report.passed and report.duration > SLOW:
            self.slow.append(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Hand on what this run, the first, has shown."""
        if self.is_first and not self.is_worker:
            self.cache.set(KEY, self.slow)
