"""`nnc solve` where no numbers will do: the neuron that it points at, and the sizes it excludes."""

import json
from pathlib import Path

import jsonschema
import pytest

import nnc as library
from nnc.cli.schema import schema_text
from nnc.filling import answer
from nnc.filling.search.outcomes import Outcome
from tests.support.running import Nnc, rules

HEAD = "nnc: 1\nfires: at_least\ninputs: {x: bit(BITS)}\n"
ONE_HIDDEN = """\
neurons:
  h: {weights: {x: _}, threshold: _}
  out: {weights: {x: _, h: _}, threshold: _}
outputs: [out]
"""
SIZED = """\
neurons:
  out: {weights: {h: _}, threshold: _}
outputs: [out]
layers:
  h: {wiring: x, size: 1..SIZE, weights: _, thresholds: _}
"""


def parity(bits: int, body: str) -> str:
    """Write a network with the parity of its bits in its cases."""
    rows = "".join(
        f"  - {{given: {{x: {x}}}, expect: {{out: {x.bit_count() % 2}}}}}\n"
        for x in range(1 << bits)
    )
    return f"{HEAD.replace('BITS', str(bits))}{body}cases:\n{rows}"


def place(text: str, word: str) -> str:
    """Return the line and column of a word, as reports write them."""
    lines = text.split("\n")
    line = next(i for i, each in enumerate(lines) if word in each)
    return f"{line + 1}:{lines[line].index(word) + 1}"


@pytest.mark.parametrize(
    ("bits", "body", "word"),
    [
        (4, ONE_HIDDEN, "h: {weights"),
        (3, ONE_HIDDEN.replace("_", "0..1"), "h: {weights"),
        (4, SIZED.replace("SIZE", "2"), "h: {wiring"),
    ],
)
def test_the_neuron_is_pointed_at(nnc: Nnc, bits: int, body: str, word: str) -> None:
    text = parity(bits, body)
    Path("net.nn.yaml").write_text(text)
    code, out, _ = nnc("solve", "net.nn.yaml")
    assert (code, rules(out)) == (1, ["impossible-network"])
    assert f"  --> net.nn.yaml:{place(text, word)}\n" in out
    assert "^ its numbers are open\n" in out
    assert "conditions" not in out


def test_the_solvers_word_points_at_the_neuron(nnc: Nnc) -> None:
    pytest.importorskip("ortools")
    text = parity(3, ONE_HIDDEN.replace("x: _", "x: -1..1").replace("h: _", "h: -1..1"))
    Path("net.nn.yaml").write_text(text)
    code, out, _ = nnc("solve", "net.nn.yaml")
    assert (code, rules(out)) == (1, ["impossible-network"])
    assert "why: trusted: CP-SAT" in out
    assert f"  --> net.nn.yaml:{place(text, 'h: {weights')}\n" in out


def test_sizes_that_are_excluded_are_told(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    text = parity(4, SIZED.replace("SIZE", "6"))
    Path("net.nn.yaml").write_text(text)
    fill = answer.fill
    left = [0]

    def undecided(skeleton: object, *words: object) -> Outcome:
        left[0] -= 1
        outcome: Outcome = fill(skeleton, *words)  # type: ignore[arg-type]
        return outcome if left[0] >= 0 else Outcome(outcome.skeleton)

    monkeypatch.setattr(answer, "fill", undecided)
    for count, told in [
        (0, "such numbers exist, with 1 of `h`\n"),
        (1, "such numbers exist, with 2 of `h`; proved to be too small: 1 of `h`\n"),
        (3, "with 4 of `h`; proved to be too small: 3 of `h`, and 2 smaller choices\n"),
    ]:
        left[0] = count
        code, out, _ = nnc("solve", "net.nn.yaml")
        assert (code, rules(out)) == (1, ["not-decided"])
        assert told in out
        left[0] = count
        report = json.loads(nnc("solve", "net.nn.yaml", "--report", "json").out)
        jsonschema.validate(report, json.loads(schema_text("solve")))
        assert report["verdict"] == "not-decided"
        assert report["sizes"] == {"h": count + 1}
        assert report["excluded"] == [{"h": size} for size in range(1, count + 1)]
    left[0] = 1
    assert library.solve("net.nn.yaml").excluded == ({"h": 1},)
