"""The row of a certificate that all assumptions allow."""

import pytest

from nnc.proofs.certificates.checker import check
from nnc.proofs.certificates.refusal import RefusedError
from nnc.proofs.certifying import certify_equality, certify_property
from tests.support.certificates import certified, is_refused

ASSUMING = """\
nnc: 1
fires: at_least
inputs:
  v: bit(3)
  n: {type: integer, min: 0}
  k: {type: choice, of: [x, y, z]}
  s: {type: bit, states: [-1, 1]}
neurons:
  a: {weights: {v: 1}, threshold: 2}
outputs: [a]
assume: [{at_most_one: v}, {always: {n: 4..8, k: [y, z], s: 1}}, {never: {v(0): 0, k: y}}]
properties: [{never: {a: 1}}]
"""
ROW = {"v": 1, "n": 5, "k": "y", "s": 1}
CHANGES = [
    ('"v(0)": 1', '"v(0)": 0', "its `row` breaks an assumption"),
    ('"v(1)": 0', '"v(1)": 1', "its `row` breaks an assumption"),
    ('"v(1)": 0', '"v(1)": 2', "`v(1)` is a bit in its `row`"),
    ('"v(1)": 0', '"v(1)": true', "`v(1)` is a bit in its `row`"),
    ('"v(1)": 0', '"v(9)": 0', "its `row` says nothing of `v(1)`"),
    ('"n": 5', '"n": 9', "its `row` has a value that `n` never has"),
    ('"n": 5', '"n": "9/2"', "its `row` has a value that `n` never has"),
    ('"n": 5', '"n": "five"', "a number was expected"),
    ('"k": "y"', '"k": "w"', "its `row` has a value that `k` never has"),
    ('"k": "y"', '"k": "x"', "its `row` breaks an assumption"),
    ('"s": 1', '"s": 0', "its `row` breaks an assumption"),
    ('"row": {', '"rows": {', "it shows no `row` that the assumptions allow"),
]


@pytest.mark.parametrize(("old", "new", "message"), CHANGES)
def test_a_row_that_the_assumptions_allow_is_shown(old: str, new: str, message: str) -> None:
    network = certified(ASSUMING)
    text = certify_property(network, 0, "", {}, 1, ROW).text
    assert text is not None
    assert check(text.encode(), [network.network])
    assert old in text
    with pytest.raises(RefusedError) as error:
        check(text.replace(old, new).encode(), [network.network])
    assert (error.value.message, error.value.line) == (message, 1)


def test_nothing_is_certified_where_no_row_is_allowed() -> None:
    """Nor is a certificate that was made by hand accepted, whatever row it names."""
    never = certified(ASSUMING.replace("[{at_most_one", "[{always: {k: x}}, {at_most_one"))
    own = certify_property(never, 0, "", {}, 1)
    assert (own.text, set(own.left.values())) == (
        None, {"no row is known that the assumptions allow"},
    )  # fmt: skip
    made = certify_property(never, 0, "", {}, 1, ROW).text
    assert made is not None
    for text in (made, made.replace('"k": "y"', '"k": "x"'), made.replace('"row"', '"no"')):
        assert is_refused(text, never)


def test_two_networks_share_an_allowed_row() -> None:
    pair = certified(ASSUMING), certified(ASSUMING.replace("n: 4..8", "n: 7.."), "b.nn.yaml")
    for row, is_right in ((ROW, False), (ROW | {"n": 7}, True)):
        text = certify_equality(pair, ["a"], {}, 1, row).text
        assert text is not None
        assert is_refused(text, *pair) is not is_right
