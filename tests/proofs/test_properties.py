"""Claims proved and refuted: as a judge finds that tries every row, on drawn networks."""

import re
from pathlib import Path
from random import Random

import pytest

from nnc.compiler.graph import Graph
from nnc.opening.checking import check
from nnc.proofs.answer import open_proofs
from nnc.proofs.properties import Proof, Prover
from nnc.run.trace import show_value
from tests.support.claims import Drawing, Judge
from tests.support.near import bound_near_rows

IN_A_CHUNK = 10  # of 1,000, with 6 claims each


def graph_of(text: str) -> Graph:
    checked = check(text.encode(), "<text>")
    assert checked.graph is not None, [text, *map(str, checked.errors)]
    return checked.graph


def proofs(text: str) -> list[Proof]:
    graph = graph_of(text)
    prover = Prover(graph)
    return [prover.prove(claim) for claim in graph.claims if claim.kind == "properties"]


def test_all_forms_as_the_judge_finds_them(chunk: int) -> None:
    rng = Random(f"claims {chunk}")
    for _ in range(IN_A_CHUNK):
        text = Drawing(rng).text
        judge = Judge(text)
        for proof, claim in zip(proofs(text), judge.properties, strict=True):
            expected = "proved" if judge.holds(claim) else "refuted"
            assert proof.kind == expected, (claim, proof, text)


@pytest.mark.parametrize("bounded", [False, True], ids=["all tried", "bounded"])
def test_near_rows_and_counts_as_the_judge_finds_them(
    bounded: bool, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if bounded:
        bound_near_rows(monkeypatch, chunk)
    rng = Random(f"near rows {chunk}")
    for _ in range(IN_A_CHUNK):
        text = Drawing(rng, near=True).text
        judge = Judge(text)
        for proof, claim in zip(proofs(text), judge.properties, strict=True):
            expected = "proved" if judge.holds(claim) else "refuted"
            assert proof.kind == expected, (claim, proof, text)


CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.mark.parametrize("name", ["voting/two_of_three", "arithmetic/comparator_2"])
def test_mutants_are_never_proved(name: str) -> None:
    """Every number of the neurons is changed, one at a time: a claim that breaks is refuted."""
    text = (CONFIGS / f"{name}.nn.yaml").read_text("utf-8").partition("cases:")[0]
    start, stop = text.index("neurons:"), text.index("outputs:")
    broken = 0
    for place in re.finditer(r"(?<=: )-?[0-9]+", text[start:stop]):
        for step in (-1, 1):
            number = str(int(place[0]) + step)
            mutant = text[: start + place.start()] + number + text[start + place.end() :]
            judge = Judge(mutant)
            for proof, claim in zip(proofs(mutant), judge.properties, strict=True):
                assert (proof.kind == "proved") == judge.holds(claim), (claim, mutant)
                broken += proof.kind == "refuted"
    assert broken >= 2


WARD = """\
nnc: 1
fires: at_least
inputs:
  temperature: {type: real, min: 30, max: 45}
  respiration: {type: integer, min: 0, max: 80, default: 16}
  pulse: {type: integer, min: 20, max: 240}
neurons:
  score:
    weights: {temperature: {38: 1, 39.5: 2}, pulse: {100: 1}, respiration: {22: 1}}
    threshold: 2
outputs: {score: score}
properties:
  - {decreasing: score, in: temperature}
  - {decreasing: score, in: pulse}
  - {always: {score: 1}}
"""


def test_a_number_without_steps_of_its_own_is_tried_by_ranges() -> None:
    assert next(proof.how for proof in proofs(WARD)) == "all 36 combinations of ranges tried"


def test_refutations_fill_rows_with_defaults_and_the_middle_of_ranges() -> None:
    rows = [[show_value(value) for value in proof.rows[0].values()] for proof in proofs(WARD)]
    assert rows == [["37.5", "16", "99"], ["37.5", "22", "99"], ["37.5", "16", "99"]]


def test_the_second_row_of_a_refutation_says_what_was_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "ward.nn.yaml"
    file.write_text(WARD, "utf-8")
    second = [*open_proofs(str(file)).run()][1]
    assert second.failure is not None
    rows = [line for line in second.failure.details if line.startswith("row")]
    assert rows == [
        "row 1: temperature=37.5, respiration=22, pulse=99",
        "row 2 (pulse was 99): temperature=37.5, respiration=22, pulse=100",
    ]


LARGEST = """\
nnc: 1
inputs: [a]
fires: at_least
neurons:
  y: {weights: {a: 5}, threshold: 1}
  p: {weights: {a: 1}, threshold: 1}
  q: {weights: {a: 1}, threshold: 1}
outputs: {out: {sum: y}, bit: y, big: {largest: [p, q]}}
properties:
  - {equal: {out: big}}
  - {equal: {big: out}}
  - {equal: {bit: big}}
  - {equal: {big: bit}}
"""


def test_a_number_is_no_place_of_the_largest_sum() -> None:
    """`out` is 5 or 0 and `bit` 1 or 0, while `big` is always 0."""
    results = proofs(LARGEST)
    assert [result.kind for result in results] == ["refuted"] * 4
