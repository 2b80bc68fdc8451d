"""The boundary of the C extension: what it refuses, and that it stays within its arrays."""

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.run.engines import done_work, native
from nnc.run.engines.program import FUNCTIONS, MAX_PLANES, SUM, Program
from tests.fuzz import kernels as fuzz

pytestmark = pytest.mark.skipif(native.KIND is None, reason="no kernels were built")
kernels: Any = native.kernels
KINDS = range(0 if native.KIND is None else native.KIND + 1)
AND = [4, 4, 0, 2, 3, 0, 0]
"""Slot 4 is 2 AND 3."""
SUM_OF_TWO = [SUM, 14, 4, 1, 1, 0, 0, 2, 2, 3, 4, 0, 2, 0]
"""Slot 4 is whether the sum of 2 and 3 is at least 2."""


def ints(*values: int) -> Any:
    return np.array(values, np.int32)


def check(ops: list[int], loads: Any = (2, 3), stores: Any = (4,), slots: int = 5) -> Any:
    return kernels.check(ints(*ops), ints(*loads), ints(*stores), slots)


# -------------------------------------------------------------------------------- programs


def changed(ops: list[int], **changes: int) -> list[int]:
    """Give operations with some numbers changed: `at3=7` puts 7 in place 3."""
    return [changes.get(f"at{i}", one) for i, one in enumerate(ops)]


UNFILLED = "a slot that is read before it was written, or is none"
CUT = "an operation that goes past the end"


@pytest.mark.parametrize(
    ("ops", "at", "what"),
    [
        (AND[:6], 0, CUT),
        ([*AND, 4], 7, CUT),
        (changed(AND, at0=-1), 0, "no such function"),
        (changed(AND, at0=27), 0, "no such function"),
        (changed(AND, at2=32), 2, "expected 5 bits"),
        (changed(AND, at2=-1), 2, "expected 5 bits"),
        (changed(AND, at1=1), 1, "a slot that cannot be written"),
        (changed(AND, at1=5), 1, "a slot that cannot be written"),
        (changed(AND, at1=-1), 1, "a slot that cannot be written"),
        (changed(AND, at3=5), 3, UNFILLED),
        (changed(AND, at6=-1), 6, UNFILLED),
        (changed(AND, at5=4), 5, UNFILLED),
        (changed(AND, at5=2**31 - 1), 5, UNFILLED),
        (SUM_OF_TWO[:4], 0, CUT),
        (SUM_OF_TWO[:13], 0, CUT),
        (changed(SUM_OF_TWO, at1=0), 0, CUT),
        (changed(SUM_OF_TWO, at1=-14), 0, CUT),
        (changed(SUM_OF_TWO, at1=15), 0, CUT),
        (changed(SUM_OF_TWO, at2=0), 2, "more planes than there are, or none"),
        (changed(SUM_OF_TWO, at2=45), 2, "more planes than there are, or none"),
        (changed(SUM_OF_TWO, at3=2), 10, "a plane that is none"),
        (changed(SUM_OF_TWO, at3=2, at4=0, at10=0, at12=2), 12, CUT),
        (changed(SUM_OF_TWO, at3=-1), 1, "a length that is not that of its groups and limits"),
        (changed(SUM_OF_TWO, at4=0), 1, "a length that is not that of its groups and limits"),
        (changed(SUM_OF_TWO, at4=2), 1, "a length that is not that of its groups and limits"),
        (changed(SUM_OF_TWO, at4=-1), 1, "a length that is not that of its groups and limits"),
        (changed(SUM_OF_TWO, at5=1), 5, "a plane that is none"),
        (changed(SUM_OF_TWO, at5=-1), 5, "a plane that is none"),
        (changed(SUM_OF_TWO, at6=2), 6, "expected 0 or 1"),
        (changed(SUM_OF_TWO, at7=-1), 7, CUT),
        (changed(SUM_OF_TWO, at7=7), 7, CUT),
        (changed(SUM_OF_TWO, at7=2**31 - 1), 7, CUT),
        (changed(SUM_OF_TWO, at9=4), 9, UNFILLED),
        (changed(SUM_OF_TWO, at10=0), 10, "a slot that cannot be written"),
        (changed(SUM_OF_TWO, at11=-1), 11, "expected 0 or 1"),
        (changed(SUM_OF_TWO, at12=16), 12, "a limit beyond its planes"),
        (changed(SUM_OF_TWO, at13=-1), 12, "a limit beyond its planes"),
        ([SUM, 24, 4, 1, 0, 0, 0, 16, *[2] * 16], 7, "a sum beyond its planes"),
    ],
)
def test_a_wrong_program_is_refused(ops: list[int], at: int, what: str) -> None:
    check(AND)
    check(SUM_OF_TWO)
    with pytest.raises(ValueError, match=f"^the program is wrong at number {at}: {what}$"):
        check(ops)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: check(AND, slots=0), "the program has 0 slots; expected 2 to 12"),
        (lambda: check(AND, slots=1), "the program has 1 slots; expected 2 to 12"),
        (lambda: check(AND, slots=-1), "the program has -1 slots; expected 2 to 12"),
        (lambda: check(AND, slots=13), "the program has 13 slots; expected 2 to 12"),
        (lambda: check(AND, slots=2**80), "a number has more than 64 bits"),
        (lambda: check(AND, loads=(2, 1)), "load 1 has a slot that cannot be written"),
        (lambda: check(AND, loads=(5, 3)), "load 0 has a slot that cannot be written"),
        (lambda: check(AND, stores=(4, 5)), f"store 1 has {UNFILLED}"),
        (lambda: check([], stores=(4,)), f"store 0 has {UNFILLED}"),
    ],
)
def test_wrong_slots_are_refused(call: Callable[[], None], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        call()


def test_a_program_is_copied_when_it_is_checked() -> None:
    ops, loads, stores = ints(*AND), ints(2, 3), ints(4)
    checked = kernels.check(ops, loads, stores, 5)
    for one in (ops, loads, stores):
        one[:] = 1 << 30
    bank = np.array([[12], [10], [0]], np.uint64)
    kernels.run(0, checked, bank, ints(0, 1), ints(2), 0, 1, 0)
    assert bank.tolist() == [[12], [10], [8]]


@pytest.mark.parametrize("kind", KINDS)
def test_the_functions_are_the_same_in_c_and_in_python(kind: int) -> None:
    """Each of the 27, by its truth table, by its formula in Python and by that in C."""
    assert sorted(code for code, _ in FUNCTIONS.values()) == list(range(27))
    rows = [sum((row >> place & 1) << row for row in range(16)) for place in range(4)]
    bank = np.array([*rows, 0], np.uint64)[:, None]
    for expected, (code, formula) in FUNCTIONS.items():
        checked = check([code, 6, 0, 2, 3, 4, 5], (2, 3, 4, 5), (6,), 7)
        kernels.run(kind, checked, bank, ints(0, 1, 2, 3), ints(4), 0, 1, 0)
        assert int(bank[4, 0]) & 0xFFFF == expected
        assert formula(*rows) & 0xFFFF == expected


def test_the_planes_are_the_same_in_c_and_in_python() -> None:
    assert kernels.PLANES == MAX_PLANES == fuzz.PLANES


# ---------------------------------------------------------------------------------- arrays


def words(height: int, width: int) -> Any:
    return np.zeros((height, width), np.uint64)


def run(**changes: Any) -> None:
    """Run AND, with some arguments changed."""
    given: dict[str, Any] = {
        "kind": 0, "program": check(AND), "bank": words(3, 4), "load_rows": ints(0, 1),
        "store_rows": ints(2), "first": 0, "last": 4, "start": 0,
    }  # fmt: skip
    kernels.run(*(given | changes).values())


def dense(**changes: Any) -> None:
    given: dict[str, Any] = {
        "kind": 0, "weights": np.zeros((3, 5), np.int8), "largest": 0, "bits": words(5, 2),
        "limits": ints(1, 2, 3), "outputs": words(3, 2), "turned": False, "first": 0, "last": 2,
    }  # fmt: skip
    kernels.dense(*(given | changes).values())


def few(**changes: Any) -> None:
    given: dict[str, Any] = {
        "kind": 0, "weights": np.zeros((3, 5), np.int8), "is_split": False, "bits": words(5, 1),
        "limits": ints(1, 2, 3), "out": words(3, 1), "turned": False, "rows": 1,
    }  # fmt: skip
    kernels.few(*(given | changes).values())


def split(**changes: Any) -> None:
    given = {"weights": np.zeros((3, 5), np.int8), "planes": np.zeros((5, 1, 4, 8), np.uint64)}
    kernels.split(*(given | changes).values())


def pack(**changes: Any) -> None:
    given: dict[str, Any] = {
        "kind": 0, "rows": np.zeros((70, 3), np.uint8), "words": words(3, 2), "first": 0, "last": 2,
    }  # fmt: skip
    kernels.pack(*(given | changes).values())
    kernels.unpack(*(given | changes).values())


def scatter(**changes: Any) -> None:
    """Write the ones of three rows, in three lines of two words."""
    given: dict[str, Any] = {
        "starts": np.array([0, 1, 1, 3]), "places": ints(2, 0, 1), "words": words(3, 2),
        "first": 0, "last": 1,
    }  # fmt: skip
    kernels.scatter(*(given | changes).values())


def sparse(**changes: Any) -> None:
    """Add up three rows."""
    given: dict[str, Any] = {
        "kind": 0, "is_wide": False, "starts": ints(0, 1, 1, 3), "places": ints(2, 0, 1),
        "ones": np.ones((3, 1), np.uint8), "one": words(1, 1)[0], "weights": np.array([1, 2, 3]),
        "limit": 1, "turned": False, "out": np.zeros(3, np.uint8), "first": 0, "last": 1,
    }  # fmt: skip
    kernels.sparse(*(given | changes).values())


def add_program(**changes: Any) -> None:
    """Add AND to a plan of four lines."""
    given: dict[str, Any] = {
        "single": changes.get("single") or kernels.single(4, ints(2, 3), ints(2)),
        "program": changes.get("program") or check(AND),
        "load_lines": ints(2, 3), "store_lines": ints(2),
    }  # fmt: skip
    kernels.add_program(*(given | changes).values())


def add_product(**changes: Any) -> None:
    given: dict[str, Any] = {
        "single": changes.get("single") or kernels.single(8, ints(2, 3), ints(4)),
        "planes": np.zeros((5, 1, 4, 8), np.uint64), "limits": ints(1, 2, 3),
        "sources": ints(0, 7, 3, 3, 2), "turned": False, "first": 5,
    }  # fmt: skip
    kernels.add_product(*(given | changes).values())


def built(height: int = 8, loads: Any = (2, -1, 3), stores: Any = (4,)) -> Any:
    """Give a plan of AND and a product."""
    single = kernels.single(height, ints(*loads), ints(*stores))
    add_program(single=single, store_lines=ints(4))
    add_product(single=single)
    return single


def run_single(**changes: Any) -> Any:
    given: dict[str, Any] = {
        "kind": 0, "single": built(), "inputs": (np.ones((1, 2), np.uint8), np.ones(1, bool)),
        "outputs": (np.zeros(1, np.uint8),),
    }  # fmt: skip
    return kernels.run_single(*(given | changes).values())


def dots(**changes: Any) -> None:
    given: dict[str, Any] = {
        "weights": np.zeros((3, 5)), "values": np.zeros((2, 5)), "places": np.array([2, 0]),
        "rows": np.array([1, 0]), "totals": np.zeros(2), "sizes": np.zeros(2),
    }  # fmt: skip
    kernels.dots(*(given | changes).values())


def decide(**changes: Any) -> None:
    three, two = np.zeros(3, np.float32), np.zeros(2, np.float32)
    given: dict[str, Any] = {
        "totals": np.zeros((3, 2), np.float32), "limits": three, "slack": three, "sizes": three,
        "norms": two, "rule": 0, "out": np.zeros((3, 2), np.uint8),
    }  # fmt: skip
    kernels.decide(*(given | changes).values())


def ones(**changes: Any) -> None:
    given: dict[str, Any] = {"kind": 0, "words": words(3, 9), "counts": np.zeros(3, np.int64)}
    kernels.ones(*(given | changes).values())


read_only = words(3, 4)
read_only.flags.writeable = False
unaligned = np.zeros(97, np.uint8)[1:].view(np.uint64).reshape(3, 4)
BEST = 0 if native.KIND is None else kernels.best()


@pytest.mark.parametrize(
    ("function", "changes", "message"),
    [
        (run, {"kind": BEST + 1}, f"there is no kind {BEST + 1} of kernel here, only 0 to {BEST}"),
        (run, {"kind": -1}, f"there is no kind -1 of kernel here, only 0 to {BEST}"),
        (run, {"kind": 2**64}, "a number has more than 64 bits"),
        (run, {"bank": read_only}, "`bank` is not contiguous, or cannot be written"),
        (run, {"bank": words(3, 8)[:, ::2]}, "`bank` is not contiguous, or cannot be written"),
        (run, {"bank": unaligned}, "`bank` is not aligned"),
        (run, {"bank": words(3, 4)[0]}, "`bank` has 1 dimensions; expected 2"),
        (run, {"load_rows": ints(0, 1, 2)}, "`load_rows` has 3 entries along axis 0; expected 2"),
        (run, {"load_rows": ints(0, 3)}, "`load_rows` has the row 3; expected -64 to 2"),
        (run, {"load_rows": ints(-65, 1)}, "`load_rows` has the row -65; expected -64 to 2"),
        (run, {"load_rows": ints(0, 0, 1, 1)[::2]}, "`load_rows` is not contiguous"),
        (run, {"store_rows": ints()}, "`store_rows` has 0 entries along axis 0; expected 1"),
        (run, {"store_rows": ints(-1)}, "`store_rows` has the row -1; expected 0 to 2"),
        (run, {"store_rows": ints(3)}, "`store_rows` has the row 3; expected 0 to 2"),
        (run, {"last": 5}, "there are no words 0 to 5, only 0 to 4"),
        (run, {"first": -1}, "there are no words -1 to 4, only 0 to 4"),
        (run, {"first": 3, "last": 2}, "there are no words 3 to 2, only 0 to 4"),
        (dense, {"kind": BEST + 1},
         f"there is no kind {BEST + 1} of kernel here, only 0 to {BEST}"),
        (dense, {"largest": -1}, "the largest weight is -1; expected 0 to 128"),
        (dense, {"largest": 129}, "the largest weight is 129; expected 0 to 128"),
        (dense, {"weights": np.zeros((3, 0), np.int8)}, "the fan-in is 0; expected 1 to 1048576"),
        (dense, {"weights": np.zeros((0, 1 << 21), np.int8)},
         "the fan-in is 2097152; expected 1 to 1048576"),
        (dense, {"bits": words(4, 2)}, "`bits` has 4 entries along axis 0; expected 5"),
        (dense, {"limits": ints(1)}, "`limits` has 1 entries along axis 0; expected 3"),
        (dense, {"outputs": words(2, 2)}, "`outputs` has 2 entries along axis 0; expected 3"),
        (dense, {"outputs": words(3, 3)}, "`outputs` has 3 entries along axis 1; expected 2"),
        (dense, {"last": 3}, "there are no words 0 to 3, only 0 to 2"),
        (few, {"kind": -1}, f"there is no kind -1 of kernel here, only 0 to {BEST}"),
        (few, {"rows": 65}, "there are 65 rows; expected 0 to 64"),
        (few, {"rows": -1}, "there are -1 rows; expected 0 to 64"),
        (few, {"bits": words(0, 1)}, "the fan-in is 0; expected 1 to 1048576"),
        (few, {"bits": words(6, 1)}, "`weights` has 5 entries along axis 1; expected 6"),
        (few, {"bits": words(5, 2)}, "`bits` has 2 entries along axis 1; expected 1"),
        (few, {"limits": ints(1, 2)}, "`limits` has 2 entries along axis 0; expected 3"),
        (few, {"out": words(4, 1)}, "`out` has 4 entries along axis 0; expected 3"),
        (few, {"weights": np.zeros((5, 1, 9, 8), np.uint64), "is_split": True},
         "there are 9 planes; expected 1 to 8"),
        (few, {"weights": np.zeros((5, 1, 4, 7), np.uint64), "is_split": True},
         "`planes` has 7 entries along axis 3; expected 8"),
        (few, {"weights": np.zeros((5, 2, 4, 8), np.uint64), "is_split": True},
         "`planes` has 2 entries along axis 1; expected 1"),
        (built, {"height": 1}, "there are 1 lines; expected 2 to 2147483647"),
        (built, {"height": 2**31}, "there are 2147483648 lines; expected 2 to 2147483647"),
        (built, {"loads": (8,)}, "`load_lines` has the row 8; expected -1 to 7"),
        (built, {"loads": (-2,)}, "`load_lines` has the row -2; expected -1 to 7"),
        (built, {"stores": (-1,)}, "`store_lines` has the row -1; expected 0 to 7"),
        (add_program, {"load_lines": ints(0)},
         "`load_lines` has 1 entries along axis 0; expected 2"),
        (add_program, {"load_lines": ints(0, 4)}, "`load_lines` has the row 4; expected 0 to 3"),
        (add_program, {"store_lines": ints(1)}, "`store_lines` has the row 1; expected 2 to 3"),
        (add_product, {"planes": np.zeros((5, 1, 9, 8), np.uint64)},
         "there are 9 planes; expected 1 to 8"),
        (add_product, {"planes": np.zeros((4, 1, 4, 8), np.uint64)},
         "`planes` has 4 entries along axis 0; expected 5"),
        (add_product, {"limits": ints()}, "`planes` has 1 entries along axis 1; expected 0"),
        (add_product, {"sources": ints()}, "the fan-in is 0; expected 1 to 1048576"),
        (add_product, {"sources": ints(8)}, "`sources` has the row 8; expected 0 to 7"),
        (add_product, {"sources": ints(-1)}, "`sources` has the row -1; expected 0 to 7"),
        (add_product, {"first": 6}, "3 neurons from line 6 on are not within 2 to 7"),
        (add_product, {"first": 1}, "3 neurons from line 1 on are not within 2 to 7"),
        (run_single, {"kind": BEST + 1},
         f"there is no kind {BEST + 1} of kernel here, only 0 to {BEST}"),
        (run_single, {"inputs": (np.ones(2, np.uint8),)},
         "there are 2 bytes of arrays; expected 3"),
        (run_single, {"inputs": (np.ones(4, np.uint8),)}, "an input is not bytes, or has too many"),
        (run_single, {"inputs": (np.ones(3, np.int16),)}, "an input is not bytes, or has too many"),
        (run_single, {"outputs": ()}, "there are 0 bytes of arrays; expected 1"),
        (run_single, {"outputs": (np.ones(2, np.uint8),)},
         "an output is not bytes, or has too many"),
        (split, {"planes": np.zeros((2, 1, 4, 8), np.uint64)},
         "`planes` has 2 entries along axis 0; expected 5"),
        (split, {"planes": np.zeros((5, 1, 0, 8), np.uint64)},
         "there are 0 planes; expected 1 to 8"),
        (split, {"planes": np.zeros((5, 1, 4, 1), np.uint64)},
         "`planes` has 1 entries along axis 3; expected 8"),
        (pack, {"kind": BEST + 1}, f"there is no kind {BEST + 1} of kernel here, only 0 to {BEST}"),
        (pack, {"words": words(2, 2)}, "`words` has 2 entries along axis 0; expected 3"),
        (pack, {"words": words(3, 1)}, "`words` has 1 entries along axis 1; expected 2"),
        (pack, {"last": 3}, "there are no words 0 to 3, only 0 to 2"),
        (scatter, {"starts": np.zeros(0, int)}, "`starts` has 0 entries along axis 0; expected 1"),
        (scatter, {"starts": np.array([0, 2, 1, 3])},
         "`starts` fall, or a place is not among 3 lines"),
        (scatter, {"starts": np.array([-1, 1, 1, 3])},
         "`starts` fall, or a place is not among 3 lines"),
        (scatter, {"starts": np.array([0, 1, 1, 4])},
         "`starts` fall, or a place is not among 3 lines"),
        (scatter, {"places": ints(2, 0, 3)}, "`starts` fall, or a place is not among 3 lines"),
        (scatter, {"places": ints(-1, 0, 1)}, "`starts` fall, or a place is not among 3 lines"),
        (scatter, {"last": 2}, "there are no words 0 to 2, only 0 to 1"),
        (scatter, {"words": words(3, 0)}, "`words` has 0 entries along axis 1; expected 1"),
        (sparse, {"kind": -1}, f"there is no kind -1 of kernel here, only 0 to {BEST}"),
        (sparse, {"starts": ints(0, 1)}, "`starts` has 2 entries along axis 0; expected 4"),
        (sparse, {"ones": np.ones((2, 1), np.uint8)},
         "`ones` has 2 entries along axis 0; expected 3"),
        (sparse, {"ones": np.ones((3, 3), np.uint8)},
         "`ones` has 3 bytes each; expected 1, 2, 4 or 8"),
        (sparse, {"one": words(1, 0)[0]}, "`one` has 0 entries along axis 0; expected 1"),
        (sparse, {"last": 2}, "there are no words 0 to 2, only 0 to 1"),
        (sparse, {"limit": 1 << 63}, "a number has more than 64 bits"),
        (ones, {"kind": BEST + 1}, f"there is no kind {BEST + 1} of kernel here, only 0 to {BEST}"),
        (ones, {"counts": np.zeros(4, np.int64)},
         "`counts` has 4 entries along axis 0; expected 3"),
        (ones, {"words": words(3, 8)[:, ::2]}, "`words` is not contiguous"),
        (dots, {"values": np.zeros((2, 4))}, "`values` has 4 entries along axis 1; expected 5"),
        (dots, {"places": np.array([3, 0])}, "`places` has a place outside of `weights`"),
        (dots, {"rows": np.array([0, -1])}, "`rows` has a place outside of `values`"),
        (dots, {"rows": np.array([0])}, "`rows` has 1 entries along axis 0; expected 2"),
        (dots, {"sizes": np.zeros(1)}, "`sizes` has 1 entries along axis 0; expected 2"),
        (decide, {"rule": 4}, "there is no rule 4"),
        (decide, {"norms": np.zeros(3, np.float32)},
         "`norms` has 3 entries along axis 0; expected 2"),
        (decide, {"slack": np.zeros(1, np.float32)},
         "`slack` has 1 entries along axis 0; expected 3"),
        (decide, {"out": np.zeros((3, 3), np.uint8)},
         "`out` has 3 entries along axis 1; expected 2"),
    ],
)  # fmt: skip
def test_arrays_that_do_not_fit_are_refused(
    function: Callable[..., None], changes: dict[str, Any], message: str
) -> None:
    function()
    with pytest.raises(ValueError, match=f"^{message}$"):
        function(**changes)


@pytest.mark.parametrize(
    ("function", "changes", "message"),
    [
        (run, {"program": None}, "expected a program that was checked"),
        (run, {"program": ints(*AND)}, "expected a program that was checked"),
        (run, {"bank": words(3, 4).view(np.int64)}, "`bank` has the type '[lq]'; expected uint64"),
        (run, {"bank": words(3, 4).view(">u8")}, "`bank` has the type '>[LQ]'; expected uint64"),
        (run, {"load_rows": np.array([0, 1])},
         "`load_rows` has the type '[lq]'; expected int32"),
        (run, {"load_rows": np.zeros(2, np.float32)},
         "`load_rows` has the type 'f'; expected int32"),
        (run, {"bank": [[1]]}, "a bytes-like object is required, not 'list'"),
        (dense, {"weights": np.zeros((3, 5), np.uint8)},
         "`weights` has the type 'B'; expected int8"),
        (dense, {"limits": np.zeros(3, np.int64)},
         "`limits` has the type '[lq]'; expected int32"),
        (sparse, {"is_wide": True}, "`starts` has the type '[il]'; expected int64"),
        (sparse, {"places": np.array([2, 0, 1])}, "`places` has the type '[lq]'; expected int32"),
        (few, {"is_split": True}, "`planes` has the type 'b'; expected uint64"),
        (add_program, {"program": "x"}, "expected a program that was checked"),
        (add_program, {"single": check(AND)}, "expected what `single` gave"),
        (add_product, {"single": "x"}, "expected what `single` gave"),
        (add_product, {"planes": np.zeros((5, 1, 4, 8), np.int8)},
         "`planes` has the type 'b'; expected uint64"),
        (run_single, {"single": None}, "expected what `single` gave"),
        (run_single, {"inputs": [np.ones(3, np.uint8)]}, "expected a tuple of arrays"),
        (run_single, {"outputs": (None,)}, "a bytes-like object is required, not 'NoneType'"),
        (pack, {"rows": np.zeros((70, 3), np.int16)}, "`rows` has the type 'h'; expected bytes"),
        (dots, {"places": np.zeros(2, np.uint64)},
         "`places` has the type '[LQ]'; expected int64"),
        (dots, {"weights": np.zeros((3, 5), np.float32)},
         "`weights` has the type 'f'; expected float64"),
        (decide, {"limits": np.zeros(3)}, "`limits` has the type 'd'; expected float32"),
        (split, {"weights": np.zeros((3, 5), "V1")},
         "`weights` has the type '1x'; expected int8"),
    ],
)  # fmt: skip
def test_arrays_of_another_type_are_refused(
    function: Callable[..., None], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=f"^{message}$"):
        function(**changes)


def test_bytes_that_are_no_bits_are_told_and_nothing_is_written() -> None:
    out = np.full(1, 7, np.uint8)
    assert run_single(outputs=(out,)) is True
    assert out.tolist() == [1]
    for wrong in (2, 255):
        out[:] = 7
        for place in range(3):
            bits = np.ones(3, np.uint8)
            bits[place] = wrong
            assert run_single(inputs=(bits,), outputs=(out,)) is False
        assert out.tolist() == [7]


def test_a_program_of_too_many_slots_is_refused_for_one_row() -> None:
    loads = range(2, kernels.MOST_SLOTS + 1)
    program = check([], loads, (2,), kernels.MOST_SLOTS + 1)
    lines = ints(*[2] * len(loads))
    with pytest.raises(ValueError, match=r"^the program has 65537 slots; expected at most 65536$"):
        add_program(program=program, load_lines=lines)


def test_numbers_of_another_type_are_refused() -> None:
    with pytest.raises(TypeError, match="'float' object cannot be interpreted as an integer"):
        run(kind=1.0)
    with pytest.raises(ValueError, match=r"^expected 0 or more$"):
        kernels.fail_allocation(-1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [0, 1, 7, 8, 15, 16, 17, 40])
def test_ones_are_counted(kind: int, count: int) -> None:
    given = np.random.default_rng(count).integers(0, 1 << 64, (5, count), np.uint64)
    counts = np.full(5, -1)
    kernels.ones(kind, given, counts)
    assert counts.tolist() == [sum(x.bit_count() for x in line) for line in given.tolist()]


@pytest.mark.skipif(sys.platform == "win32", reason="mprotect")
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_read_or_written_past_the_end_of_an_array(kind: int) -> None:
    """Every array ends where a page does that may not be touched."""
    script = Path(__file__).parents[2] / "support/guarded.py"
    ran = subprocess.run([sys.executable, script, str(kind)], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_drawn_programs_and_layers(chunk: int) -> None:
    for seed in range(500 * chunk, 500 * chunk + 500):
        fuzz.trial(Random(seed))


def test_rows_that_are_not_aligned_are_evaluated() -> None:
    """Numbers in an odd place, many enough for float32 and near enough for float64."""
    rng = np.random.default_rng(5)
    weights, rows = rng.normal(size=(64, 64)), rng.normal(size=(4096, 64))
    limits = (rows[:64] @ weights.T).diagonal()
    plan = nnc.compile(
        nnc.Network(
            inputs={"x": {"type": "real", "size": 64}},
            fires="above",
            layers={"h": nnc.Layer(wiring="x", weights=weights, thresholds=limits)},
            outputs=["h"],
        )
    )
    odd = np.zeros(rows.nbytes + 1, np.uint8)[1:].view(np.float64).reshape(rows.shape)
    odd[...] = rows
    assert not odd.flags.aligned
    right = nnc.evaluate(plan, {"x": rows})["h"]
    assert (nnc.evaluate(plan, {"x": odd})["h"] == right).all()


# ------------------------------------------------------------------------------ sums of bits


def tally(**changes: Any) -> None:
    """Add up two sums of two bits each; the arguments can be changed."""
    arguments = {
        "bank": np.zeros((3, 2), np.uint64),
        "sources": ints(0, 1, -3, 2),
        "weights": np.ones((4, 1), np.uint64),
        "starts": np.array([0, 2, 4]),
        "out": np.zeros((2, 1, 128), np.uint64),
        "first": 0,
        "last": 2,
    }
    kernels.tally(*(arguments | changes).values())


def windows(**changes: Any) -> None:
    """Evaluate a window of 2x2 over a picture of 3x3 bytes; the arguments can be changed."""
    numbers = [-1, 3, 3, 1, 2, 2, 1, 1, 5, 0, 0, 0, 0, 0, 0, 0]
    given: dict[str, Any] = {
        "numbers": ints(*numbers), "weights": np.zeros((1, 2, 16), np.int32),
        "limits": np.zeros((1, 16), np.int32), "classes": ints(0, 0, 0, 0),
        "bits": np.zeros((2, 16), np.uint8), "sums": np.zeros((2, 64), np.int32),
    }  # fmt: skip
    stage = tuple((given | changes).values())
    kernels.windows(0, np.zeros((2, 9), np.uint8), (stage,), 0, 2)


@pytest.mark.parametrize(
    ("place", "number"),
    [(0, 0), (0, -2), (1, 0), (1, 4), (4, 4), (6, 0), (8, 0), (9, -1), (11, 256), (12, 3), (13, 2),
     (14, 256), (15, 31), (15, -1), (8, 17), (7, 2), (2, 1 << 21)],
)  # fmt: skip
def test_numbers_of_stages_are_checked(place: int, number: int) -> None:
    numbers = ints(-1, 3, 3, 1, 2, 2, 1, 1, 5, 0, 0, 0, 0, 0, 0, 0)
    windows(numbers=numbers)
    numbers[place] = number
    with pytest.raises(ValueError, match=r"stage|expected"):
        windows(numbers=numbers)
    with pytest.raises(ValueError, match="stage"):
        windows(numbers=numbers[:9])
    with pytest.raises(ValueError, match="`classes` has the row 1"):
        windows(classes=ints(0, 0, 1, 0))
    with pytest.raises(TypeError, match="six arrays"):
        kernels.windows(0, np.zeros((2, 9), np.uint8), ((),), 0, 2)
    with pytest.raises(TypeError, match="no tuple"):
        kernels.windows(0, np.zeros((2, 9), np.uint8), [], 0, 2)


OUTSIDE = "`sources` has a place outside of `bank`"
BACK = "`starts` goes back, or past the end of `sources`"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sources": ints(0, 1, 2, 3)}, OUTSIDE),
        ({"sources": ints(0, 1, 2, -4)}, OUTSIDE),
        ({"sources": ints(0, 1, 2, -(2**31))}, OUTSIDE),
        ({"starts": np.array([0, 5, 4])}, BACK),
        ({"starts": np.array([-1, 2, 4])}, BACK),
        ({"starts": np.array([0, 2, 5])}, BACK),
        ({"starts": np.array([2, 1, 4])}, BACK),
        ({"starts": np.array([0, 4])}, "`starts` has 2 entries along axis 0; expected 3"),
        ({"weights": np.ones((3, 1), np.uint64)},
         "`weights` has 3 entries along axis 0; expected 4"),
        ({"weights": np.ones((4, 2), np.uint64)},
         "`weights` has 2 entries along axis 1; expected 1"),
        ({"out": np.zeros((2, 1, 127), np.uint64)},
         "`out` has 127 entries along axis 2; expected 128"),
        ({"last": 3}, "there are no words 0 to 3, only 0 to 2"),
    ],
)  # fmt: skip
def test_sums_of_bits_that_do_not_fit_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        tally(**changes)


@pytest.mark.parametrize("limbs", [0, 1, 2, 3])
@pytest.mark.parametrize("words", [0, 1, 7, 8, 9, 17])
def test_sums_of_bits_are_those_of_integers(limbs: int, words: int) -> None:
    """Weights of up to three words, some of all ones; sums without a weight; a part of the rows."""
    rng = np.random.default_rng(100 * limbs + words)
    bank = rng.integers(0, 1 << 64, (9, words), np.uint64)
    sizes = [0, 1, 2, 40, 3, 0, 8]
    starts = np.cumsum([0, *sizes])
    sources = rng.integers(-9, 9, starts[-1]).astype(np.int32)
    weights = rng.integers(0, 1 << 64, (len(sources), limbs), np.uint64)
    weights >>= rng.integers(0, 64, weights.shape).astype(np.uint64)
    weights[:, limbs - 1 :] &= np.uint64((1 << 58) - 1)  # sums have room in the last word
    weights[3, : limbs - 1] = ~np.uint64(0)
    first, last = words // 5, words - words // 7
    out = np.full((len(sizes), limbs, words * 64), 7, np.uint64)
    kernels.tally(bank, sources, weights, starts, out, first, last)
    bits = np.unpackbits(bank.view(np.uint8), axis=1, bitorder="little").astype(object)
    values = np.concatenate([bits, 1 - bits[::-1]])[sources]  # those below 0 count from the end
    whole = [sum(int(w) << 64 * i for i, w in enumerate(line)) for line in weights]
    for k, sums in enumerate(out.astype(object)):
        totals = sum((s << 64 * i for i, s in enumerate(sums)), np.zeros(words * 64, object))
        own = range(starts[k], starts[k + 1])
        right = sum((whole[i] * values[i] for i in own), np.zeros(words * 64, object))
        assert (totals == right)[64 * first : 64 * last].all()
    assert (out[:, :, : 64 * first] == 7).all()
    assert (out[:, :, 64 * last :] == 7).all()


# ------------------------------------------------------------------------------ allocations


@pytest.fixture
def failing() -> Iterator[Callable[[int], int]]:
    yield kernels.fail_allocation
    kernels.fail_allocation(0)


@pytest.mark.parametrize(
    ("function", "count"),
    [
        (lambda: check(AND), 2),
        (run, 3),
        (dense, 2),
        (few, 2),
        (pack, 0),
        (split, 0),
        (dots, 0),
        (built, 10),
        (run_single, 11),
        (tally, 2),
        (windows, 3),
    ],
    ids=[
        "check",
        "run",
        "dense",
        "few",
        "pack",
        "split",
        "dots",
        "built",
        "run_single",
        "tally",
        "windows",
    ],
)
def test_each_allocation_may_fail(
    function: Callable[[], None], count: int, failing: Callable[[int], int]
) -> None:
    """It ends in a MemoryError, and the next call is right again; the sanitizers see the rest."""
    for n in range(1, count + 1):
        failing(n)
        with pytest.raises(MemoryError):
            function()
        assert failing(0) == 0
        function()
    failing(count + 1)
    function()
    assert failing(0) == 1, "there are more allocations than this test knows"


def test_an_evaluation_survives_each_allocation_that_fails(
    failing: Callable[[int], int],
) -> None:
    """Of a layer of bytes and a program, for few rows and many; the plan is right afterwards."""
    rng = np.random.default_rng(3)
    network = nnc.Network(
        inputs={"a": {"type": "bit", "size": 100}},
        fires="at_least",
        layers={"h": nnc.Layer(wiring="a", weights=rng.integers(-9, 9, (60, 100)).astype(np.int8),
                               thresholds=3)},
        neurons={"n": {"wiring": "h", "threshold": 30}},
        outputs=["h", "n"],
    )  # fmt: skip
    for rows in (3, 200):
        given = {"a": rng.integers(0, 2, (rows, 100)).astype(np.uint8)}
        right = nnc.evaluate(nnc.compile(network), given, engine="numpy")
        for n in range(1, 100):
            plan = nnc.compile(network)
            done_work(plan).synapses = 1 << 60  # so that few rows are worth a program
            failing(n)
            has_failed = False
            try:
                found = nnc.evaluate(plan, given, engine="native", threads=1)
            except MemoryError:
                has_failed = True
                assert failing(0) == 0
                found = nnc.evaluate(plan, given, engine="native", threads=1)
            assert all((found[name] == right[name]).all() for name in right)
            if not has_failed:
                break
        assert n == 6, "two arrays of a layer, three of a program, and the one that did not fail"


# ---------------------------------------------------------------------------------- choosing


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_agrees_with_the_plain_kernel(kind: int) -> None:
    assert native.agrees(kind, kernels.dense)


@pytest.mark.parametrize("shape", [(32, 64), (33, 1), (70, 31), (67, 130)])
def test_amx_that_disagrees_is_not_chosen(shape: tuple[int, int]) -> None:
    """A kernel that is wrong in one bit, for layers of one shape only."""

    def dense(kind: int, weights: Any, *arrays: Any) -> None:
        kernels.dense(0, weights, *arrays)
        if kind == native.AMX and weights.shape == shape:
            arrays[3][-1, 1] ^= 1 << 40

    assert native.chosen_kind(native.AMX, dense) == native.AVX512
    assert native.chosen_kind(native.AVX512, dense) == native.AVX512


def test_amx_that_agrees_is_chosen_and_nothing_else_is_tested() -> None:
    def dense(_kind: int, *arrays: Any) -> None:
        kernels.dense(0, *arrays)

    def fail(*_: Any) -> None:
        raise AssertionError("costs time where there is no AMX")

    assert native.chosen_kind(native.AMX, dense) == native.AMX
    for kind in (native.PLAIN, 1, native.AVX512):
        assert native.chosen_kind(kind, fail) == kind


def test_a_checked_program_is_copied_and_pickled() -> None:
    program = Program(ints(*AND), 5, np.array([2, 3]), ints(2, 3), np.array([4]), ints(4))
    one = native.CheckedProgram(program)
    bank = np.array([[12], [10], [0]], np.uint64)
    one.run(bank, np.array([0, 1]), np.array([2]), 1)
    for again in (copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        other = bank.copy()
        other[2] = 0
        again.run(other, np.array([0, 1]), np.array([2]), 1)
        assert other.tolist() == [[12], [10], [8]]
