"""What an editor's commands give."""

import pytest

from nnc.lsp.checker import run_task, words_of_cases
from nnc.opening.checking import Checked, check

VOTES = """\
nnc: 1
fires: at_least
inputs: [a, b, c]
neurons:
  most: {weights: {a: 1, b: 1, c: 1}, threshold: 2}
  all: {wiring: [a, b, c], fires: all}
outputs: {most: most, all: all}
properties:
  - {name: implied, never: {all: 1, most: 0}}
  - {name: wrong, never: {most: 1}}
cases:
  - {given: {a: 1, b: 1, c: 0}, expect: {most: 1, all: 0}}
  - given: {a: 1, b: 0, c: 0}
    expect: {most: 1}
"""


def checked(text: str = VOTES) -> Checked:
    return check(text.encode(), "votes.nn.yaml")


def test_what_cases_give() -> None:
    assert words_of_cases(checked()) == {
        11: "gives most: 1, all: 0, as expected",
        12: "gives most: 0, which is not expected",
    }
    answer = run_task("test", checked(), 0)
    assert (answer["passed"], answer["failed"]) == (1, 1)
    assert answer["text"].splitlines() == [
        "1 of 2 cases hold",
        "line 13: case 2 gives most: 0, which is not expected",
    ]


def test_proofs_reasons_and_pages() -> None:
    answer = run_task("prove", checked(), 0)
    assert (answer["passed"], answer["failed"]) == (1, 1)
    assert answer["text"].startswith("implied: proved\nwrong: refuted, a=")
    assert "most" in run_task("why", checked(), 12)["text"]
    assert "no case" in run_task("why", checked(), 1)["error"]
    answer = run_task("draw", checked(), 0)
    assert answer["html"].startswith("<!DOCTYPE html>")


def test_cases_that_are_missing() -> None:
    answer = run_task("cover", checked(), 0)
    [case] = answer["cases"]
    assert case == "{given: {a: 1, b: 1, c: 1}, expect: {most: 1, all: 1}}"
    whole = checked(f"{VOTES}  - {case}\n")
    assert run_task("cover", whole, 0)["error"].startswith("no case is missing")


def test_blanks_that_are_filled() -> None:
    text = VOTES.replace("threshold: 2}", "threshold: _}  # so many")
    text = text.replace("expect: {most: 1}\n", "expect: {most: 0}\n")
    answer = run_task("fill", checked(text), 0)
    assert answer["content"] == text.replace("_}", "2}")
    assert "left open" in run_task("test", checked(text), 0)["error"]


@pytest.mark.parametrize("task", ["test", "prove", "why", "draw", "fill", "cover"])
def test_a_network_with_mistakes(task: str) -> None:
    answer = run_task(task, checked(VOTES.replace("a: 1, b: 1, c: 1", "z: 1")), 0)
    assert "neuron `most` reads `z`" in answer["error"]
