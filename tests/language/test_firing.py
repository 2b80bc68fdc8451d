"""The table of firing rules: it says of each rule what its comparison does."""

import re
from pathlib import Path
from typing import get_args

import pytest

import nnc
from nnc.language.firing import FIRES_MEANT, FIRING, GATES, Fires, rule_with
from tests.support.oracle import COMPARE

KERNELS = Path(nnc.__file__).parent / "run/engines/floats.c"


@pytest.mark.parametrize("rule", FIRING)
def test_a_rule_is_what_its_comparison_does(rule: Fires) -> None:
    firing = FIRING[rule]
    for total in (-1, 0, 1):
        is_reached = total >= (1 if firing.is_past else 0)
        assert firing.compare(total, 0) == COMPARE[rule](total, 0) == (is_reached == firing.up)
    assert firing.up == firing.compare(1, 0)
    assert firing.strict != firing.compare(0, 0)
    assert rule_with(up=firing.up, strict=firing.strict) == rule


def test_every_rule_is_in_the_table() -> None:
    assert (*FIRING, *GATES) == get_args(Fires)
    assert set(FIRES_MEANT.values()) == {*FIRING, *GATES}
    assert FIRES_MEANT.keys().isdisjoint(get_args(Fires))


def test_the_kernels_number_the_rules_in_the_order_of_the_table() -> None:
    numbered = re.search(r"^enum \{ (ABOVE.*) \};$", KERNELS.read_text("utf-8"), re.MULTILINE)
    assert numbered is not None
    assert numbered[1].lower().split(", ") == list(FIRING)
