"""Digests and comparisons of convolutions beside the layers that they stand for."""

from pathlib import Path
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


def test_a_convolution_of_levels_is_the_layer_that_is_written_out() -> None:
    path = Path(__file__).parents[3] / "configs/fashion/convolutions.nn.yaml"
    written_out = "f5f285c8267c9f3e609472087e6840e019eabff4750861898f659048ed0c3f39"
    assert nnc.digest(nnc.load(path)) == f"sha256:{written_out}"
