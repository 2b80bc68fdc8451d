"""The door to CP-SAT: what is asked of it holds in its answers, the same each time."""

import builtins
import os
import signal
from collections.abc import Mapping, Sequence

import pytest

import nnc
from nnc.extras import install_line
from nnc.solvers.bounded import LARGEST, Program, TooLarge, require_library, version


def test_numbers_bits_and_goals() -> None:
    program = Program()
    x, y, bit = program.number(-9, 9), program.number(-9, 9), program.bit()
    program.require({x: 1, y: 1}, 5, [bit])
    program.clause([bit])
    sizes = [program.size(x), program.size(y)]
    product = program.gated(x, bit)
    program.minimize(dict.fromkeys(sizes, 1))
    assert program.solve(10) == "optimal"
    assert program.bound == 5
    program.fix_goal(5)
    program.take_first([sizes[0], sizes[1]])
    assert program.solve(10) == "optimal"
    assert [program.values[i] for i in (x, y, bit, product)] == [0, 5, 1, 0]


def test_what_is_impossible() -> None:
    program = Program()
    x = program.number(0, 3)
    program.require({x: 2}, 7)
    assert program.solve(10) == "infeasible"
    empty = Program()
    bit = empty.bit()
    empty.require({}, 1, [bit])
    empty.clause([bit])
    assert empty.solve(10) == "infeasible"


def test_sums_that_may_not_fit_are_refused() -> None:
    program = Program()
    x = program.number(-(1 << 40), 1 << 40)
    with pytest.raises(TooLarge):
        program.require({x: 1 << 20}, 0)
    with pytest.raises(TooLarge):
        program.number(0, LARGEST + 1)


def _pigeons(count: int) -> Program:
    program = Program()
    bits = [[program.bit() for _ in range(count - 1)] for _ in range(count)]
    for row in bits:
        program.clause(row)
    for hole in range(count - 1):
        for a in range(count):
            for b in range(a):
                program.clause([~bits[a][hole], ~bits[b][hole]])
    for a in range(count):  # so that the pigeons are not seen as such
        program.require({bit: i + a + 1 for i, bit in enumerate(bits[a])}, 1)
    return program


def test_ctrl_c_ends_the_search() -> None:
    asked: list[bool] = []

    def is_over() -> bool:
        if not asked:
            os.kill(os.getpid(), signal.SIGINT)
        asked.append(True)
        return False

    program = _pigeons(16)
    program.solve(1000, is_over)
    assert program.is_interrupted


def test_the_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(
        name: str,
        names: Mapping[str, object] | None = None,
        more: Mapping[str, object] | None = None,
        of: Sequence[str] = (),
        level: int = 0,
    ) -> object:
        if name.startswith("ortools"):
            raise ImportError(name)
        return real(name, names, more, of, level)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(nnc.InvalidNetworkError) as caught:
        require_library("this")
    assert caught.value.diagnostics[0].rule == "missing-library"
    assert caught.value.diagnostics[0].help == install_line("solve")


def test_the_version() -> None:
    assert all(part.isdigit() for part in version().split("."))
