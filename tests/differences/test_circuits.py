"""`nnc diff` of circuits that other tools have written: paired by name, else by position."""

from pathlib import Path

import pytest

from tests.support.running import Nnc

HALF_ADDER = """\
.model half
.inputs a b
.outputs sum carry
.names a b sum
10 1
01 1
.names a b carry
11 1
.end
"""
OTHER_NAMES = """\
aag 7 2 0 2 5
2
4
11
14
10 7 9
6 2 5
8 3 4
14 2 4
12 2 4
i0 x
i1 y
o0 s
o1 c
"""
"""The same half adder in AIGER, under other names."""


def written(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / name.replace("_", ".")).write_text(text)


def test_a_circuit_with_other_names_is_paired_by_position(tmp_path: Path, nnc: Nnc) -> None:
    written(tmp_path, old_blif=HALF_ADDER, new_aag=OTHER_NAMES)
    result = nnc("diff", "old.blif", "new.aag", "--require-equal")
    assert result.code == 0
    assert "sum    equal: all 4 rows tried" in result.out
    assert (
        "inputs are paired by position, as their names differ: `a` with `x`, `b` with `y`"
        in result.err
    )
    assert "outputs are paired by position, as their names differ: `sum` with `s`" in result.err
    assert "use the same names in both circuits" in result.err


def test_names_count_more_than_their_order(tmp_path: Path, nnc: Nnc) -> None:
    less = HALF_ADDER.replace("01 1\n", "")  # a and not b
    turned = less.replace(".inputs a b", ".inputs b a").replace("sum carry", "carry sum", 1)
    written(tmp_path, old_blif=less, new_blif=turned)
    result = nnc("diff", "old.blif", "new.blif", "--require-equal")
    assert (result.code, result.err) == (0, "")
    one_other = turned.replace(" carry", " c")
    written(tmp_path, new_blif=one_other)
    result = nnc("diff", "old.blif", "new.blif", "--require-equal")
    assert result.code == 0
    assert "outputs are paired by position, as their names differ: `carry` with `c`" in result.err
    by_position = turned.replace(" b", " q").replace(" a", " p")
    written(tmp_path, new_blif=by_position)
    result = nnc("diff", "old.blif", "new.blif", "--require-equal")
    assert result.code == 1
    assert "paired by position" in result.err


def test_a_changed_gate_is_found(tmp_path: Path, nnc: Nnc) -> None:
    written(tmp_path, old_blif=HALF_ADDER, new_aag=OTHER_NAMES.replace("14 2 4", "14 3 4"))
    result = nnc("diff", "old.blif", "new.aag", "--require-equal")
    assert result.code == 1
    assert "carry  differs for 2 of 4 rows" in result.out
    assert "a=1, b=1: 1 -> 0" in result.out or "a=0, b=1: 0 -> 1" in result.out


def test_a_circuit_and_a_network(tmp_path: Path, nnc: Nnc) -> None:
    written(tmp_path, old_blif=HALF_ADDER)
    assert nnc("import", "old.blif", "-o", "new.nn.yaml").code == 0
    result = nnc("diff", "new.nn.yaml", "old.blif", "--require-equal")
    assert (result.code, result.err) == (0, "")


WEIGHED = """\
nnc: 1
inputs: {a: bit(2), b: bit}
fires: at_least
neurons:
  most: {weights: {a(0): 1, a(1): 2, b: 1}, threshold: 2}
outputs: {sum: most}
"""
WEIGHED_CIRCUIT = """\
.model m
.inputs x[1] b x[0]
.outputs s
.names x[1] b x[0] s
1-- 1
-11 1
.end
"""


def test_a_circuit_is_paired_with_a_network_by_position(tmp_path: Path, nnc: Nnc) -> None:
    written(tmp_path, old_blif=WEIGHED_CIRCUIT)
    (tmp_path / "new.nn.yaml").write_text(WEIGHED)
    for files in (("old.blif", "new.nn.yaml"), ("new.nn.yaml", "old.blif")):
        result = nnc("diff", *files, "--require-equal")
        assert result.code == 0, result.out + result.err
        assert "differ: `a[0]` with `x[0]`, `a[1]` with `x[1]`" in result.err
        assert "outputs are paired by position, as their names differ: `sum` with `s`" in result.err
    (tmp_path / "new.nn.yaml").write_text(WEIGHED.replace("bit(2)", "bit(3)"))
    assert "inputs are paired" not in nnc("diff", "old.blif", "new.nn.yaml").err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HALF_ADDER.replace("sum carry", "sum"), "output carry removed"),
        (HALF_ADDER.replace(".end", ".latch sum q 0\n.end"), "nnc import --cut-latches"),
        (HALF_ADDER.replace("11 1", "1 1"), "error[NNC941]"),
    ],
)
def test_circuits_that_cannot_be_paired(text: str, message: str, tmp_path: Path, nnc: Nnc) -> None:
    written(tmp_path, old_blif=HALF_ADDER, new_blif=text)
    result = nnc("diff", "old.blif", "new.blif", "--require-equal")
    assert result.code == 1
    assert message in result.out + result.err
