"""Parts of rows in several threads: all of them once, also after a fork, and with errors."""

import concurrent.futures
import gc
import os
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.run.engines import native, numbers

pytestmark = pytest.mark.skipif(native.KIND is None, reason="built without kernels")


def counts(words: int, threads: int) -> list[int]:
    """Return how often each word was in a part."""
    counted = np.zeros(words, np.int64)

    def part(first: int, last: int) -> None:
        counted[first:last] += 1

    native.in_parts(part, words, threads, least=8)
    return counted.tolist()


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
@pytest.mark.parametrize("words", [0, 1, 15, 16, 17, 1000])
def test_every_word_is_in_one_part(words: int, threads: int) -> None:
    assert counts(words, threads) == [1] * words


@pytest.mark.parametrize("wrong", [0, 16, 48])
def test_an_error_comes_after_what_began(wrong: int) -> None:
    begun, ended = list[int](), list[int]()

    def part(first: int, _: int) -> None:
        begun.append(first)
        if first == wrong:
            ended.append(first)
            raise KeyError(first)
        time.sleep(0.001)
        ended.append(first)

    with pytest.raises(KeyError, match=str(wrong)):
        native.in_parts(part, 64, 4, least=8)
    assert wrong in begun
    assert sorted(begun) == sorted(ended)
    time.sleep(0.005)
    assert len(begun) == len(ended)  # nothing begins later


class FewThreads(ThreadPoolExecutor):
    """As many threads start as are allowed; else it is as Python's own, which keeps the part."""

    allowed = 0

    def _adjust_thread_count(self) -> None:
        if len(self._threads) == self.allowed:
            raise RuntimeError("can't start new thread")
        super()._adjust_thread_count()


@pytest.mark.parametrize("allowed", [0, 1, 2])
def test_every_word_is_in_one_part_where_no_more_threads_start(
    allowed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FewThreads, "allowed", allowed)
    monkeypatch.setattr(concurrent.futures, "ThreadPoolExecutor", FewThreads)
    native._pool.cache_clear()
    for _ in range(3):
        assert counts(64, 4) == [1] * 64
    native._pool.cache_clear()


class Part:
    """A part that a weak reference can tell from one that is gone."""

    def __call__(self, first: int, last: int) -> None:
        """Do nothing."""


def test_parts_where_all_threads_are_busy() -> None:
    """The caller does what nobody has begun; what would do it then no longer keeps its arrays."""
    ended, pool = threading.Event(), native._pool()
    busy = [pool.submit(ended.wait, 60) for _ in range(os.cpu_count() or 1)]
    assert counts(64, 4) == [1] * 64
    part = Part()
    kept = weakref.ref(part)
    native.in_parts(part, 64, 4, least=8)
    del part
    gc.collect()
    assert kept() is None
    assert not any(one.done() for one in busy)
    ended.set()
    assert all(one.result() for one in busy)


def test_all_parts_share_their_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many parts there are: these differ with the rows of each call."""
    made = []

    def noted(most: int) -> ThreadPoolExecutor:
        made.append(most)
        return ThreadPoolExecutor(most)

    monkeypatch.setattr(concurrent.futures, "ThreadPoolExecutor", noted)
    native._pool.cache_clear()
    for threads in range(2, 30):
        assert counts(240, threads) == [1] * 240
    assert made == [os.cpu_count()]


def test_rows_are_evaluated_while_python_ends() -> None:
    """By the caller alone, in a thread that the end waits for, and after: no thread begins then."""
    code = """
import atexit, threading, time
import numpy as np
import nnc
plan = nnc.compile(nnc.Network(inputs={"x": "bit(8)"}, outputs=["x"]))
def evaluate(seconds):
    time.sleep(seconds)
    rows = np.eye(8, dtype=np.uint8).repeat(5000, 0)
    print((nnc.evaluate(plan, rows, threads=4)["x"] == rows).all())
atexit.register(evaluate, 0)
threading.Thread(target=evaluate, args=[0.2]).start()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=100
    )
    assert (done.stdout, done.stderr) == ("True\nTrue\n", "")


@pytest.mark.parametrize("fires", ["above", "at_most"])
def test_layers_of_floats_are_decided_in_threads(
    fires: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All numbers are multiples of 1/8, so that many totals are at their thresholds."""
    random, begun = np.random.default_rng(0), set()
    weights, rows = (random.integers(-4, 5, shape) / 8 for shape in ((50, 3), (200, 3)))
    decide = numbers._Narrow.decide

    def decided(narrow: Any, neurons: slice, *own: Any) -> None:
        begun.add(neurons.start)
        decide(narrow, neurons, *own)

    monkeypatch.setattr(numbers, "_MANY_PRODUCTS", 1000)
    monkeypatch.setattr(numbers._Narrow, "decide", decided)
    layer = nnc.Layer(wiring="x", weights=weights, thresholds="1/8", size=50)
    one = nnc.Network(
        inputs={"x": {"type": "real", "size": 3}}, fires=fires, layers={"h": layer}, outputs=["h"]
    )
    found = nnc.evaluate(one, {"x": rows}, threads=3)["h"]
    totals = np.rint(rows * 8) @ np.rint(weights * 8).T
    assert found.tolist() == (totals > 8 if fires == "above" else totals <= 8).tolist()
    assert len(begun) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of a fork beside threads
def test_a_child_has_threads_of_its_own() -> None:
    assert counts(64, 2) == [1] * 64
    child = os.fork()
    if child == 0:
        os._exit(counts(64, 2) != [1] * 64)
    assert os.waitpid(child, 0)[1] == 0
