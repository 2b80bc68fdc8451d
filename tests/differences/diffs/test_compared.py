"""The words that all forms of a comparison share."""

from fractions import Fraction
from typing import Any

import pytest

import nnc
from nnc.differences.diffs import DIFFS, Compared, Named
from nnc.differences.diffs.compared import (
    MAX_CHANGES,
    change_words,
    detail_words,
    inputs_words,
    verdict_words,
)
from nnc.differences.row_changes import Comparison
from nnc.differences.structure import Change, Detail, Structure
from nnc.proofs.comparison.behaviour import Behaviour, Verdict, VerdictKind
from nnc.proofs.comparison.counterexamples import Counterexample


def compared(
    *changes: Change,
    is_same: bool = False,
    kind: str = "changed",
    verdict: VerdictKind = "equal",
) -> Compared:
    behaviour = Behaviour((Verdict("y", verdict, "same normal form"),))
    found = Comparison(Structure(is_same, changes), behaviour)
    return Compared(Named("a"), Named("b"), found, kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "title"),
    [
        (Named("a"), Named("b"), "a -> b"),
        (Named("a", "HEAD"), Named("a"), "a (HEAD -> work tree)"),
        (Named("nets/a", "v1"), Named("nets/a", "v2"), "nets/a (v1 -> v2)"),
        (Named("a", "v1"), Named("b", "v1"), "v1:a -> v1:b"),
        (Named("a::b:c", "HEAD"), Named("a::b:c"), "a::b:c (HEAD -> work tree)"),
        (Named("b:c", "HEAD"), Named("a:c"), "HEAD:b:c -> a:c"),
    ],
)
def test_titles(before: Named, after: Named, title: str) -> None:
    assert compared()._replace(before=before, after=after).title == title


def test_headlines() -> None:
    one, two = Change("input", "a", "added"), Change("input", "b", "added")
    rows = (Detail("weights", "l(0)", "1", "2", 1, 9), Detail("row", "l(0)", "1", "2", 1, 3))
    assert compared(is_same=True).headline == "no change in meaning"
    assert compared(one, verdict="differs").headline == "1 change in meaning"
    changes = one, Change("layer", "l", "changed", details=rows)
    assert compared(*changes, verdict="unknown").headline == "2 changes in meaning"
    assert compared(*changes).headline == "2 changes in declarations"  # and every output is equal
    out = Change("output", "y", "added")
    assert compared(one, two, out, kind="added").headline == "added: 2 inputs, 1 output"


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        (Detail("weight", "x", "1", "2"), ("weight", "x", "1 -> 2")),
        (Detail("threshold", "", None, "2"), ("threshold", "", "none -> 2")),
        (Detail("source", "3", "a", "b"), ("source", "weight 3", "a -> b")),
        (Detail("source", "3", "a", None), ("source", "weight 3", "a removed")),
        (Detail("source", "3", None, "b"), ("source", "weight 3", "b added")),
        (Detail("weights", "l(0) from x", "1", "2", 1, 1000),
         ("weights", "1 of 1,000", "l(0) from x: 1 -> 2")),
        (Detail("weights", "l(0) from x", "1", None, 9, 1000),
         ("weights", "9 of 1,000", "most in l(0) from x: 1 -> none")),
    ],
)  # fmt: skip
def test_details(detail: Detail, words: tuple[str, str, str]) -> None:
    assert detail_words(detail) == words


def test_changes() -> None:
    assert change_words(Change("neuron", "n", "changed")) == "neuron n"
    assert change_words(Change("neuron", "n", "added", text="a > 0")) == "neuron n added: a > 0"
    assert change_words(Change("property", "never {a: 1}", "removed")) == (
        "property never {a: 1} removed"
    )


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict("y", "equal", "same normal form"), "equal: same normal form"),
        (Verdict("y", "unknown", "7 inputs"), "unknown: 7 inputs"),
        (Verdict("y", "added", "only after"), "added"),
        (Verdict("y", "removed", "only before"), "removed"),
        (Verdict("y", "changed-type", "bit before, number after"),
         "another type: bit before, number after"),
        (Verdict("y", "differs", "random patterns", 9, 1 << 40),
         "differs, found by random patterns"),
        (Verdict("y", "differs", "all tried", 4096, 4096, 12),
         "differs for 12 of 4,096 rows"),
        (Verdict("y", "differs", "all tried", 24, 24, 12, unit="range"),
         "differs for 12 of 24 combinations of ranges"),
    ],
)  # fmt: skip
def test_verdicts(verdict: Verdict, words: str) -> None:
    assert verdict_words(verdict) == words


def test_inputs_are_told_without_many_zeros() -> None:
    def words(inputs: dict[str, Any], **others: int) -> str:
        return inputs_words(Counterexample(inputs, 0, 1, others=dict(others)))

    assert words({}) == "all inputs"
    assert words({"a": 0, "b": 0, "c": 0}) == "a=0, b=0, c=0"
    assert words({"a": 0, "b": Fraction(1, 3), "c": 0}) == "a=0, b=1/3, c=0"
    given = {"a": 0, "b": [1, 2], "c": 0, "d": "x", "e": 0}
    assert words(given) == "b=[1,2], d=x, and 0 for the other 3"
    assert words(given, f=1, g=0) == "b=[1,2], d=x, and 0 for a, c, e"
    many = {"on": 1} | {f"x{i}": 0 for i in range(30)}
    assert words(many, f=1).startswith("on=1, and 0 for x0, x1, ")
    assert words(many, f=1).endswith(" and 22 more")


@pytest.mark.parametrize("form", ["full", "markdown"])
def test_people_are_told_the_first_of_many(form: str) -> None:
    changes = [Change("input", f"x{i}", "added", text="bit") for i in range(MAX_CHANGES + 7)]
    text = DIFFS[form]([compared(*changes)])
    assert text.count(" added") == MAX_CHANGES
    assert "and 7 " in text
    assert text.index("behaviour") < text.index("declarations\n  input x0")
    assert DIFFS["concise"]([compared(*changes)]).count(" added") == MAX_CHANGES + 7


@pytest.mark.parametrize("form", ["full", "concise", "markdown"])
def test_a_part_that_was_written_out_is_written_otherwise(form: str) -> None:
    change = Change("part", "p", "removed", text="uses x")
    text = DIFFS[form]([compared(change, is_same=True)])
    assert "no change in meaning" in text
    assert "written differently" in text


def test_parted_neurons_are_told_by_sum_where_thresholds_agree() -> None:
    text = "nnc: 1\ninputs: [a]\nfires: above\nneurons: {n: {weights: {a: 1}, threshold: 5}}\n"
    one, two = (
        nnc.loads(f"{text.replace('a: 1', f'a: {weight}')}outputs: {{y: {{sum: n}}}}")
        for weight in (1, 2)
    )
    assert "  n: sum 1 -> sum 2\n" in DIFFS["full"](
        [Compared(Named("a"), Named("b"), nnc.compare(one, two))]
    )


def test_each_side_has_its_own_name_of_a_threshold() -> None:
    text = "nnc: 1\nfires: at_least\ninputs: [a, b]\nneurons:\n  k: {weights: {a: 1, b: 1}, "
    one, two = (
        nnc.loads(f"{text}thresholds: {{{thresholds}}}}}\noutputs: [k]\n")
        for thresholds in ("lo: 1, hi: 2", "hi: 2, lo: 1")
    )
    shown = DIFFS["full"]([Compared(Named("a"), Named("b"), nnc.compare(one, two))])
    assert "k.lo -> k.hi: sum 1 reaches 1: 1 -> sum 1 does not reach 2: 0\n" in shown
    assert "k.hi -> k.lo: sum 1 does not reach 2: 0 -> sum 1 reaches 1: 1\n" in shown
