"""Supports merged, and the signals of a plan."""

from nnc.proofs.plans.domain import CutOff
from nnc.proofs.plans.nodes import PlanReading, ScaledNode, Support, merged


def test_supports_are_merged_and_left_as_they_are() -> None:
    first = Support({0}, {"x"}, {1}, {2: {CutOff(3, after=False)}})
    second = Support({0, 4}, set(), set(), {2: {CutOff(5, after=True)}, 6: set()})
    whole = merged([first, second, first])
    cut_offs = {2: {CutOff(3, after=False), CutOff(5, after=True)}, 6: set()}
    assert whole == ({0, 4}, {"x"}, {1}, cut_offs)
    assert first == ({0}, {"x"}, {1}, {2: {CutOff(3, after=False)}})


def test_no_supports() -> None:
    assert merged([]) == (set(), set(), set(), {})


def test_numbers_stand_apart_from_literals() -> None:
    reading = PlanReading([], {})
    number = ScaledNode(7, 2, 1)
    reading.append(4)
    reading.append(number)
    assert reading == ([4, -1], {1: number})
