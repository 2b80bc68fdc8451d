"""Parts of rows in several threads: all of them once, also after a fork, and with errors."""

import os
import time
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


@pytest.mark.parametrize("wrong", [0, 1])
def test_an_error_comes_after_all_parts(wrong: int) -> None:
    begun = []

    def part(first: int, _: int) -> None:
        begun.append(first)
        if (first > 0) == wrong:
            raise KeyError(first)

    with pytest.raises(KeyError):
        native.in_parts(part, 64, 4, least=8)
    assert sorted(begun) == [0, 16, 32, 48]


def test_what_began_ends_where_a_thread_cannot_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = []

    class Pool(ThreadPoolExecutor):
        def submit(self, *call: Any, **options: Any) -> Any:
            if call[1] > 16:
                raise RuntimeError("can't start new thread")
            return super().submit(*call, **options)

    def part(first: int, _: int) -> None:
        time.sleep(0.01)
        ended.append(first)

    monkeypatch.setattr(native, "_pool", Pool)
    with pytest.raises(RuntimeError, match="new thread"):
        native.in_parts(part, 64, 4, least=8)
    assert ended == [16]


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
