"""Digests and comparisons of convolutions beside the layers that they stand for."""

from random import Random

import pytest

import nnc
from tests.support.drawn_convolutions import drawn_stated, written_out


@pytest.mark.parametrize("seed", range(12))
def test_a_convolution_is_the_layer_that_is_written_out(seed: int) -> None:
    one = nnc.loads(drawn_stated(Random(seed)).text)
    other = written_out(one)
    assert nnc.digest(one, "behaviour") == nnc.digest(other, "behaviour")
    assert nnc.digest(one) == nnc.digest(other)
    verdicts = nnc.compare(one, other).behaviour.verdicts
    assert {verdict.kind for verdict in verdicts} == {"equal"}
