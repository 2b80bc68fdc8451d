"""Certificates of small networks, checked by a checker that shares nothing with nnc as well."""

from random import Random

import pytest

from nnc.proofs.certifying import showing
from tests.support.certificates import certificate_of, certified
from tests.support.circuits import array_multiplier, carry_save_multiplier
from tests.support.pairs import network, rewritten, text_of
from tests.support.proof_checker import WrongError, check

NUMBERS = """\
nnc: 1
fires: at_least
inputs: {age: {type: integer, min: 0, max: 12}, mode: {type: choice, of: [day, night, off]}, a: bit}
neurons:
  old: {weights: {age: {6: 1, above 9: 2}}, thresholds: {some: 1, very: 2}}
  late: {weights: {mode.night: 1, mode.off: 1}, threshold: 1}
  out: {weights: {old.very: 2, late: 1, a: 1}, threshold: 2}
outputs: {out: out, level: {level: old}}
"""
OTHERS = NUMBERS.replace("late: {weights: {mode.night: 1, mode.off: 1}, threshold: 1}",
                         "late: {weights: {mode.day: -3}, threshold: -2}")  # fmt: skip


@pytest.fixture(autouse=True)
def _no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "_FEW_ROWS", 0)
    monkeypatch.setattr(showing, "_MANY_ROWS", 0)


def certificate(before: str, after: str) -> str:
    text = certificate_of(certified(before), certified(after)).text
    assert text is not None
    return text


def test_pairs(chunk: int) -> None:
    rng = Random(f"plain pairs {chunk}")
    one = network(rng, {"x": 3, "y": 0, "z": 2})
    texts = text_of(one), text_of(rewritten(rng, one))
    assert check(certificate(*texts), *texts)


@pytest.mark.parametrize("adds", [True, False])
@pytest.mark.parametrize("size", [2, 3])
def test_multipliers(size: int, adds: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not adds:
        monkeypatch.setattr(showing.Showing, "_by_adders", lambda _: None)
    texts = array_multiplier(size), carry_save_multiplier(size)
    assert check(certificate(*texts), *texts) == ["out"]


def test_numbers_and_choices() -> None:
    text = certificate(NUMBERS, OTHERS)
    assert check(text, NUMBERS, OTHERS) == ["out", "level"]
    with pytest.raises(WrongError):
        check(text, NUMBERS, OTHERS.replace("-2}", "-3}"))
