"""Where outputs differ: what is claimed, against all rows, and in the words of people."""

from fractions import Fraction
from itertools import product

import pytest

from nnc.differences.diffs.compared import condition_words, region_words, shortened
from nnc.numbers.exact import Number
from nnc.proofs.comparison.behaviour import Verdict
from nnc.proofs.comparison.regions import Condition, Region
from tests.support.comparing import compared, verdict
from tests.support.oracle import Oracle, loads
from tests.support.regions import check_claims

BITS = """
inputs: [a, b, c, d]
neurons: {n: {weights: {a: 1, b: 1, c: 1}, threshold: T}}
outputs: [n]
"""
SEPSIS = """
inputs:
  resp_rate: {type: integer, min: 0, max: 80}
  sbp: {type: integer, min: 0, max: 300}
  gcs: {type: integer, min: 3, max: 15}
  age: {type: integer, default: 50}
neurons:
  qsofa:
    weights: {resp_rate: {0: 0, 22: 1}, sbp: {0: 1, 101: 0}, gcs: {0: 1, 15: 0}}
    threshold: 2
  old: {weights: {age: 1}, threshold: 65}
outputs: {alert: qsofa, old: old, points: {sum: qsofa}}
"""


def words(found: Verdict) -> str | None:
    assert found.region is not None
    return region_words(found.region)


def test_a_moved_cut_off_is_one_value_and_a_number_of_others() -> None:
    after = SEPSIS.replace("101: 0", "100: 0")
    alert, old, points = compared(SEPSIS, after).verdicts
    assert words(alert) == "sbp = 100 and exactly one of resp_rate >= 22, gcs <= 14"
    assert alert.region is not None
    assert alert.region.is_whole
    assert alert.counterexample is not None
    assert set(alert.counterexample.inputs) == {"resp_rate", "sbp", "gcs"}
    assert alert.counterexample.others == {"age": 50}
    assert old.kind == "equal"
    assert words(points) == "sbp = 100"
    assert points.counterexample is not None
    assert set(points.counterexample.inputs) == {"resp_rate", "sbp", "gcs"}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("1", "2", "exactly one of a = 1, b = 1, c = 1"),
        ("1", "3", "one or two of a = 1, b = 1, c = 1"),
        ("1", "9", "at least one of a = 1, b = 1, c = 1"),
        ("2", "9", "at least two of a = 1, b = 1, c = 1"),
        ("0", "1", "a = 0, b = 0 and c = 0"),
        ("0", "3", "at most two of a = 1, b = 1, c = 1"),
        ("0", "9", ""),
    ],
)
def test_how_many_hold(before: str, after: str, expected: str) -> None:
    assert words(verdict(BITS.replace("T", before), BITS.replace("T", after))) == expected


def test_of_two_groups_either() -> None:
    text = "inputs: [a, b, c, d]\nneurons:\n  p: {weights: {a: 1, b: 1}, threshold: 2}\n"
    text += (
        "  q: {weights: {c: 1, d: 1}, threshold: 2}\n  n: {weights: {p: 1, q: 1}, threshold: T}\n"
    )
    text += "outputs: [n]\n"
    found = verdict(text.replace("T", "1"), text.replace("T", "3"))
    assert words(found) == "either c = 1 and d = 1, or a = 1 and b = 1"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition("a", None, (1,)), "a = 1"),
        (Condition("a", 3, (0,)), "a(3) = 0"),
        (Condition("c", None, ("wide", "none")), "c = wide or none"),
        (Condition.between("t", None, ("above", Fraction(1, 2)), None), "t > 0.5"),
        (Condition.between("t", None, None, ("below", 36)), "t < 36"),
        (Condition.between("t", None, ("at_least", 22), ("below", 25)), "22 <= t < 25"),
        (Condition.between("t", None, ("above", 22), ("at_most", 25)), "22 < t <= 25"),
    ],
)
def test_conditions(condition: Condition, expected: str) -> None:
    assert condition_words(condition) == expected


EDGES: list[Number] = [-(2**63) - 1, -(2**63), 2**63 - 1, 2**63, 2**64, Fraction(1, 10**17)]


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("kind", ["integer", "real"])
def test_cut_offs_at_the_edges(edge: Number, kind: str) -> None:
    """A cut-off moves by little next to the ends of 64 bits: the told values differ, others not."""
    unit = Fraction(1) if kind == "integer" else Fraction(1, 10)
    if kind == "integer" and isinstance(edge, Fraction):
        return
    text = f"inputs: {{x: {kind}, b: bit}}\nneurons: {{n: {{weights: {{x: 1}}, threshold: T}}, "
    text += "m: {weights: {n: 1, b: 1}, threshold: 2}}\noutputs: [m]\n"
    texts = [text.replace("T", str(limit)) for limit in (edge, edge + unit)]
    found = verdict(*texts)
    oracles = [Oracle(loads(f"nnc: 1\nfires: at_least\n{each}")) for each in texts]
    xs = [edge + unit * k / (1 if kind == "integer" else 2) for k in range(-3, 5)]
    rows = [{"x": x, "b": b} for x, b in product(xs, (0, 1))]
    columns = [[oracle.evaluate(row)["m"] for row in rows] for oracle in oracles]
    assert check_claims(found, rows, *columns).is_whole


def test_of_many_conditions_the_first_group() -> None:
    common = (Condition.between("age", None, ("at_least", 16), None), Condition("b", None, (1,)))
    group = (Condition.between("age", None, None, ("at_most", 64)), Condition("c", None, (1,)))
    part = shortened(Region(common, either=(group,) * 4, is_whole=True))
    assert part is not None
    assert region_words(part) == "16 <= age <= 64, b = 1 and c = 1"
    assert not part.is_whole
    assert shortened(Region(tuple(Condition(f"x{i}", None, (1,)) for i in range(9)))) is None


def test_there_is_work_for_the_regions_of_several_outputs() -> None:
    """Slices that add, or not: the carries reach every output, and matter for none."""
    slices = "".join(
        f"  c{i}: {{wiring: [a({i}), b({i}), {f'c{i - 1}' if i else 0}], threshold: 2}}\n"
        f"  g{i}: {{weights: {{c{i}: 1, op.add: 1}}, threshold: 2}}\n"
        f"  o{i}: {{weights: {{a({i}): 1, b({i}): 1, op.or: 1}}, threshold: 2}}\n"
        f"  y{i}: {{wiring: [g{i}, o{i}], fires: any}}\n"
        for i in range(100)
    )
    text = (
        "inputs: {a: bit(100), b: bit(100), op: {type: choice, of: [or, add]}}\n"
        f"neurons:\n{slices}outputs: [y95, y96, y97, y98, y99]\n"
    )
    other = text.replace("op.or: 1", "op.or: 2")
    verdicts = compared(text, other).verdicts
    assert [verdict.region and len(verdict.region.all) for verdict in verdicts] == [3] * 5


def test_a_region_of_more_integers_than_can_be_listed() -> None:
    text = """
inputs: {x: {type: integer, min: -4611686018427387904, max: 4611686018427387904}, a: bit}
neurons: {n: {weights: {x: W, a: 1}, threshold: 5}}
outputs: [n]
"""
    found = verdict(text.replace("W", "1"), text.replace("W", "-3"), budget=0.3)
    assert words(found) == "x >= 4 and a = 1"
