"""Certificates of random pairs of networks: the checker accepts what is true, and nothing else."""

import json
from random import Random

import pytest

from nnc.proofs.certificates.refusal import RefusedError
from nnc.proofs.certifying import showing
from nnc.proofs.circuit import sweeping
from tests.support.certificates import certificate_of, certified, is_refused, shown_by
from tests.support.circuits import array_multiplier, carry_save_multiplier, ripple_adder
from tests.support.pairs import mutant, network, rewritten, text_of, truth_table


@pytest.fixture(params=["rows first", "no rows"])
def rows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have few rows tried, or none, so that other ways are taken."""
    if request.param == "no rows":
        monkeypatch.setattr(showing, "_FEW_ROWS", 0)
        monkeypatch.setattr(showing, "_MANY_ROWS", 0)


@pytest.mark.usefixtures("rows")
def test_what_is_the_same_in_other_words_is_certified(chunk: int) -> None:
    rng = Random(f"certified pairs {chunk}")
    for _ in range(5):
        one = network(rng)
        texts = text_of(one), text_of(rewritten(rng, one))
        before, after = map(certified, texts)
        written = certificate_of(before, after)
        assert written.text is not None, texts
        assert not written.left, texts
        [shown] = shown_by(written.text, before, after)
        assert sorted(shown.outputs) == sorted(one["outputs"])


@pytest.mark.parametrize("most", [1, 3])
def test_what_is_said_of_wide_neurons_is_accepted(
    most: int, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nearly all neurons count as wide: what needs their sums is left out."""
    monkeypatch.setattr(sweeping, "_MAX_DIAGRAM", most)
    monkeypatch.setattr(showing, "_FEW_ROWS", 0)
    monkeypatch.setattr(showing, "_MANY_ROWS", 0)
    rng = Random(f"certified wide pairs {chunk}")
    for _ in range(5):
        one = network(rng)
        before, after = certified(text_of(one)), certified(text_of(rewritten(rng, one)))
        written = certificate_of(before, after, budget=1)
        if written.text is not None:
            [shown] = shown_by(written.text, before, after)
            assert sorted([*shown.outputs, *written.left]) == sorted(one["outputs"])


def test_what_differs_is_never_certified(chunk: int) -> None:
    """The certificate that a network is the same as itself is given out for one that differs."""
    rng = Random(f"forged pairs {chunk}")
    for _ in range(3):
        one = network(rng)
        other = mutant(rng, one)
        tables = truth_table(one), truth_table(other)
        differing = [name for name in one["outputs"] if tables[0][name] != tables[1][name]]
        before, after = certified(text_of(one)), certified(text_of(other))
        for name in differing:
            assert certificate_of(before, after, [name], budget=1).text is None
            own = certificate_of(before, before, [name]).text
            assert own is not None
            assert is_refused(_about(own, after.network.structure), before, after)


def _about(text: str, structure: str) -> str:
    """Have a certificate say that it is about another second network."""
    header, _, rest = text.partition("\n")
    record = json.loads(header)
    record["networks"][1]["structure"] = structure
    return f"{json.dumps(record)}\n{rest}"


def test_other_outputs_are_certified_beside_one_that_is_not() -> None:
    text = "nnc: 1\nfires: above\ninputs: {a: real, b: real}\nneurons:\n"
    text += "  n: {weights: {a: 1, b: 1}, threshold: 1}\n  m: {weights: {a: 1}, threshold: 2}\n"
    other = text.replace("b: 1}", "b: 2}") + "outputs: [n, m]\n"
    before, after = certified(text + "outputs: [n, m]\n"), certified(other)
    written = certificate_of(before, after)
    assert written.text is not None
    assert list(written.left) == ["n"]
    [shown] = shown_by(written.text, before, after)
    assert shown.outputs == ("m",)


@pytest.mark.parametrize("size", [9, 12])
def test_multipliers_are_added_up(size: int) -> None:
    before = certified(array_multiplier(size))
    after = certified(carry_save_multiplier(size))
    text = certificate_of(before, after).text
    assert text is not None
    assert '"identity"' in text
    assert shown_by(text, before, after)
    wrong = certified(carry_save_multiplier(size).replace("threshold: 2}", "threshold: 3}", 1))
    assert certificate_of(before, wrong, budget=0.1).text is None
    with pytest.raises(RefusedError, match="another literal"):
        shown_by(_about(text, wrong.network.structure), before, wrong)


def test_the_form_of_an_adder_is_one_step_a_neuron() -> None:
    rng = Random("one adder")
    before, after = certified(ripple_adder(32)), certified(ripple_adder(32, rng))
    text = certificate_of(before, after).text
    assert text is not None
    kinds = [json.loads(line)[0] for line in text.splitlines()[1:]]
    assert set(kinds) == {"statement", "input", "neuron", "is", "shown"}
    assert len(kinds) == 2 + 65 + 2 * 64
