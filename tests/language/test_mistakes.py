"""The mistakes in one value, raised together."""

import pytest

from nnc.language.mistakes import Mistaken, Mistakes, diagnostics_of
from nnc.language.readers import read_size


def test_all_mistakes_are_raised_together() -> None:
    mistakes = Mistakes()
    mistakes.stop()
    assert mistakes.read(read_size, "3", "size") == 3
    assert mistakes.read(read_size, "0", "size") is None
    mistakes.exclude("size", "there are two", "keep one")
    with pytest.raises(Mistaken, match="not a size") as raised:
        mistakes.stop()
    assert [each.rule for each in raised.value.mistakes] == ["bad-size", "exclusive-keys"]
    assert [each.path for each in raised.value.mistakes] == [("size",), ("size",)]


def test_mistakes_that_follow_from_another_are_not_reported() -> None:
    mistakes = Mistakes()
    mistakes.miss(("weights", "wiring"), "the neuron has no `weights`", "add them")
    [missing] = mistakes.collected
    [diagnostic] = diagnostics_of([missing._replace(path=("neurons", "n"))], {})
    assert diagnostic.message == "neuron `n` has no `weights`"
    assert not diagnostics_of([missing], {}, {("wiring",)})  # it is there, and cannot be read
    mistakes.silence(missing)
    assert not diagnostics_of(mistakes.collected, {})
