"""Encodings in a SAT solver: a large output takes no room from the others."""

import pytest

import nnc
from nnc.reasons import answers, encoding

TEXT = """\
nnc: 1
fires: at_least
inputs: {bits: bit(12), a: bit, b: bit, c: bit}
neurons:
  wide: {weights: {bits: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]}, threshold: 1365}
  odd: {weights: {wide: 1, bits(0): 1}, threshold: 2}
  pair: {wiring: [a, b], threshold: 2}
  two: {wiring: [pair, c], threshold: 1}
outputs: [odd, two]
"""


def test_what_is_too_large_leaves_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MAX_ROWS", 0)
    monkeypatch.setattr(encoding, "_MAX_ALL_VERTICES", 20)
    monkeypatch.setattr(encoding, "_LARGE", 10)
    row = {"bits": 4095, "a": 1, "b": 1, "c": 1}
    odd, two = nnc.why(nnc.loads(TEXT), row).outputs
    assert (odd.forced.is_smallest, len(odd.forced.conditions), odd.forced.least) == (False, 12, 0)
    assert (two.forced.is_smallest, len(two.forced.conditions)) == (True, 1)
    assert [change.input for change in two.near.rows[0].changes] in (["a", "c"], ["b", "c"])
    monkeypatch.undo()
    monkeypatch.setattr(answers, "MAX_ROWS", 0)
    odd, two = nnc.why(nnc.loads(TEXT), row).outputs
    assert odd.forced.is_smallest
    assert two.forced.is_smallest
