"""Programs as machine code: the same bits as the interpreter, wherever rows lie, or no code."""

import ctypes
import os
import platform
import subprocess
import sys
from random import Random
from typing import Any

import numpy as np
import pytest

from nnc.run.engines import native
from nnc.run.engines.native import CheckedProgram
from nnc.run.engines.program import FUNCTIONS, SUM, Program

kernels: Any = native.kernels
KINDS = range(1, 1 + min(native.KIND or 0, native.AVX512))
pytestmark = pytest.mark.skipif(not KINDS, reason="no kernels for this processor")
IS_MAPPED = platform.machine() == "x86_64" and sys.platform == "linux"
Array = Any


def ints(values: Any) -> Array:
    return np.array(values, np.int32)


def words(height: int, width: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).integers(0, 1 << 64, (height, width), np.uint64)


def checked(ops: list[int], loads: int, stores: list[int], slots: int) -> Any:
    return kernels.check(ints(ops), ints(range(2, 2 + loads)), ints(stores), slots)


def both(kind: int, ops: list[int], loads: int, stores: list[int], slots: int) -> tuple[Any, Any]:
    """Give a program without and with machine code."""
    plain, emitted = (checked(ops, loads, stores, slots) for _ in range(2))
    size = kernels.emit(kind, emitted)
    assert size > 0 or not IS_MAPPED
    assert kernels.emit(kind, emitted) == size, "it is made once"
    return plain, emitted


def compare(
    kind: int, programs: tuple[Any, Any], bank: Array, rows: tuple[Any, Any], *stretch: int
) -> None:
    banks = bank.copy(), bank.copy()
    first, last, start = stretch or (0, bank.shape[1], 0)
    for one, own in zip(programs, banks, strict=True):
        kernels.run(kind, one, own, *map(ints, rows), first, last, start)
    assert np.array_equal(*banks)


def wide_sum(sources: list[int], weights: list[int], limits: list[int], to: int) -> list[int]:
    """Give the operation of a neuron whose weights are not negative."""
    groups: list[int] = []
    count = 0
    for place in range(max(weights).bit_length()):
        own = [
            source for source, weight in zip(sources, weights, strict=True) if weight >> place & 1
        ]
        groups += [place, 0, len(own), *own]
        count += 1
    ends = [n for i, limit in enumerate(limits) for n in (to + i, i % 2, limit, 0)]
    planes = max(weights).bit_length() + len(sources).bit_length() + 4
    return [SUM, 5 + len(groups) + len(ends), planes, count, len(limits), *groups, *ends]


@pytest.mark.parametrize("kind", KINDS)
def test_every_function_with_every_input_turned(kind: int) -> None:
    """One that is a constant, or is given another twice, is folded: the bits are the same."""
    for code, _ in FUNCTIONS.values():
        for sources in ([2, 3, 4, 5], [2, 2, 3, 3], [2, 0, 3, 1], [1, 2, 3, 2], [4, 3, 2, 2]):
            ops: list[int] = []
            for turned in range(32):
                ops += [code, 6 + turned, turned, *sources]
            programs = both(kind, ops, 4, list(range(6, 38)), 38)
            compare(kind, programs, words(36, 9), (range(4), range(4, 36)))


@pytest.mark.parametrize("kind", KINDS)
def test_sums_that_leave_the_registers(kind: int) -> None:
    """More values are read again than there are registers, in any order, and some are stored."""
    rng = Random(4)
    ops: list[int] = []
    count = 150
    for i in range(40):
        sources = rng.sample(range(2, 2 + count + 2 * i), 60)
        weights = [rng.choice((1, 2, 3, 5, 8)) for _ in sources]
        half = sum(weights) // 2
        ops += wide_sum(sources, weights, [half + rng.randrange(-9, 9), half], 2 + count + 2 * i)
    stores = list(range(2 + count, 2 + count + 80))
    programs = both(kind, ops, count, stores, 2 + count + 80)
    bank = words(count + 80, 19)
    compare(kind, programs, bank, (range(count), range(count, count + 80)))
    kernels.run(
        kind, programs[1], bank, ints(range(count)), ints(range(count, count + 80)), 0, 19, 0
    )
    bits = np.unpackbits(bank.view(np.uint8), axis=1, bitorder="little").astype(int)
    at = 5  # the first sum, once more by NumPy
    total = np.zeros(bits.shape[1], int)
    for _ in range(ops[3]):
        place, _, members = ops[at : at + 3]
        total += sum(bits[slot - 2] for slot in ops[at + 3 : at + 3 + members]) << place
        at += 3 + members
    assert (bits[count] == (total >= ops[at + 2])).all()
    assert (bits[count + 1] == (total < ops[at + 6])).all()


AND_OR = [4, 4, 0, 2, 3, 0, 0, 20, 5, 16, 2, 3, 0, 0]
"""Slot 4 is 2 AND 3, slot 5 is NOT (2 OR 3)."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [1, 7, 8, 9, 64, 65, 130, 512, 515, 1024])
def test_rows_of_any_length(kind: int, width: int) -> None:
    """Also those as far apart as lines of one place in the caches, and numbers of rows."""
    programs = both(kind, AND_OR, 2, [4, 5], 6)
    bank = words(4, width, width)
    for rows in [((0, 1), (2, 3)), ((3, 0), (1, 2)), ((-1, 2), (0, 1)), ((-7, -64), (0, 3))]:
        compare(kind, programs, bank, rows)
        compare(kind, programs, bank, rows, width // 3, width - width // 4, 12345)
        compare(kind, programs, bank, rows, width // 2, width // 2, 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [((0, 1), (1, 2)), ((0, 1), (2, 2)), ((3, 3), (0, 3))])
def test_rows_that_are_stored_twice_or_loaded_too(kind: int, rows: Any) -> None:
    """What is stored early would be read by what is loaded late."""
    compare(kind, both(kind, AND_OR, 2, [4, 5], 6), words(4, 40), rows)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_loaded_and_constants_are_stored(kind: int) -> None:
    ops = [9, 4, 16, 2, 0, 0, 0, 26, 5, 0, 2, 2, 2, 2, 0, 6, 0, 2, 2, 2, 2]
    stores = [2, 4, 5, 6, 0, 1, 2, 3]
    compare(kind, both(kind, ops, 2, stores, 7), words(10, 21), (range(2), range(2, 10)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_program_that_is_too_large_is_not_made(kind: int) -> None:
    count, limit = 600_000, 300_000  # sources, which are slots 2, 3 and 4 in turn
    ops = [SUM, count + 12, 24, 1, 1, 0, 0, count, *[2, 3, 4] * (count // 3), 5, 0, limit, 0]
    program = checked(ops, 3, [5], 6)
    assert kernels.emit(kind, program) == 0
    bank = words(4, 1)
    kernels.run(kind, program, bank, ints([0, 1, 2]), ints([3]), 0, 1, 0)
    bits = np.unpackbits(bank.view(np.uint8), axis=1, bitorder="little")
    assert (bits[3] == (count // 3 * bits[:3].astype(int).sum(0) >= limit)).all()


def test_plain_kernels_have_no_code() -> None:
    assert kernels.emit(native.PLAIN, checked(AND_OR, 2, [4, 5], 6)) == 0
    with pytest.raises(TypeError, match=r"^expected a program that was checked$"):
        kernels.emit(1, None)
    with pytest.raises(ValueError, match=r"^there is no kind -1 of kernel here"):
        kernels.emit(-1, checked(AND_OR, 2, [4, 5], 6))


# ------------------------------------------------------------------------------ when it is made


@pytest.fixture
def emitted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give the kinds of code that are made."""
    kinds: list[int] = []
    real = kernels.emit

    def emit(kind: int, program: Any) -> Any:
        kinds.append(kind)
        return real(kind, program)

    monkeypatch.setattr(native, "USES_MACHINE_CODE", True)
    monkeypatch.setattr(kernels, "emit", emit)
    return kinds


def run(program: CheckedProgram, width: int) -> None:
    bank = words(4, width)
    program.run(bank, ints([0, 1]), ints([2, 3]), 2)
    assert (bank[2] == bank[0] & bank[1]).all()
    assert (bank[3] == ~(bank[0] | bank[1])).all()


def program() -> CheckedProgram:
    numbers = ints(AND_OR), 6, ints([2, 3]), ints([2, 3]), ints([4, 5]), ints([4, 5])
    return CheckedProgram(Program(*numbers))


def test_code_is_made_once_for_many_rows_or_many_calls(emitted: list[int]) -> None:
    one = program()
    for _ in range(3):
        run(one, native.MANY_WORDS // 4)
    assert emitted == []
    for _ in range(3):
        run(one, native.MANY_WORDS // 4)
    assert emitted == [native.KIND]
    run(program(), native.MANY_WORDS)
    assert emitted == [native.KIND] * 2
    few = program()  # of which a call takes as long as of 512 rows
    for _ in range(native.MANY_WORDS // 8 - 1):
        run(few, 1)
    assert len(emitted) == 2
    run(few, 1)
    assert len(emitted) == 3


def test_code_can_be_turned_off(emitted: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "USES_MACHINE_CODE", False)
    run(program(), 2 * native.MANY_WORDS)
    assert emitted == []


def test_the_variable_that_turns_it_off() -> None:
    script = "from nnc.run.engines import native; print(native.USES_MACHINE_CODE)"
    environment = os.environ | {"NNC_MACHINE_CODE": "0"}
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (ran.stdout, ran.stderr) == ("False\n", "")
    assert (os.environ.get("NNC_MACHINE_CODE") != "0") == native.USES_MACHINE_CODE


DENIED = """
import ctypes, sys
import numpy as np
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):  # PR_SET_MDWE: nothing becomes executable any more
    sys.exit(77)
from tests.run.engines import test_machine
program = test_machine.program()
for _ in range(2):
    test_machine.run(program, test_machine.native.MANY_WORDS)
print(test_machine.kernels.emit(1, program._checked))
"""


@pytest.mark.skipif(not IS_MAPPED, reason="prctl")
def test_where_mapping_is_denied_rows_are_interpreted() -> None:
    assert ctypes.CDLL(None).prctl is not None
    ran = subprocess.run([sys.executable, "-c", DENIED], capture_output=True, text=True)
    if ran.returncode == 77:
        pytest.skip("this system cannot deny it")
    assert (ran.stdout, ran.stderr) == ("0\n", "")


@pytest.mark.parametrize("kind", KINDS)
def test_each_allocation_may_fail(kind: int) -> None:
    """Of making code and of running it; afterwards it is made, and right."""
    for n in range(1, 20):
        one = checked(AND_OR, 2, [4, 5], 6)
        kernels.fail_allocation(n)
        try:
            kernels.emit(kind, one)
        except MemoryError:
            assert kernels.fail_allocation(0) == 0
            assert kernels.emit(kind, one) > 0 or not IS_MAPPED
            continue
        break
    assert kernels.fail_allocation(0) == n - 6, "there are more allocations than this test knows"
    bank = words(4, 40)
    for n in range(1, 5):
        kernels.fail_allocation(n)
        with pytest.raises(MemoryError):
            kernels.run(kind, one, bank, ints([0, 1]), ints([2, 3]), 0, 40, 0)
    kernels.fail_allocation(0)
    kernels.run(kind, one, bank, ints([0, 1]), ints([2, 3]), 0, 40, 0)
    assert (bank[2] == bank[0] & bank[1]).all()
