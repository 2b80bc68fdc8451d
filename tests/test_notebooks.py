"""What a notebook shows of a network, a trace and a comparison."""

from pathlib import Path

import pytest

import nnc
from nnc import notebooks

CONFIGS = Path(__file__).parents[1] / "configs"
AND, OR = (nnc.load(CONFIGS / f"gates/{name}.nn.yaml") for name in ("and", "or"))


def test_a_network() -> None:
    bundle = AND._repr_mimebundle_()
    assert bundle["text/plain"] == repr(AND)
    assert bundle["image/svg+xml"] == nnc.draw(AND).svg
    assert "image/png" in bundle


def test_a_network_that_is_not_valid_is_shown_as_text() -> None:
    wrong = nnc.Network(
        inputs=["a"], neurons={"n": {"weights": {"b": 1}, "threshold": 1}}, outputs=["n"]
    )
    assert wrong._repr_mimebundle_() == {"text/plain": repr(wrong)}


def test_a_network_with_too_many_neurons_is_shown_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    large = nnc.load(CONFIGS / "digits/digits.nn.yaml")
    assert "image/svg+xml" in large._repr_mimebundle_()
    monkeypatch.setattr(notebooks, "_MAX_DECLARED", 95)
    assert large._repr_mimebundle_() == {"text/plain": repr(large)}


TRACED = {
    "gates/and": {"a": 1, "b": 0},
    "arithmetic/adder_8bit": {"a": 200, "b": 55},
    "medicine/glasgow_coma_scale": {"eyes": "sound", "verbal": "words", "motor": "none"},
}


@pytest.mark.parametrize("name", TRACED)
def test_a_trace(name: str) -> None:
    network = nnc.load(CONFIGS / f"{name}.nn.yaml")
    trace = nnc.trace(network, TRACED[name])
    bundle = trace._repr_mimebundle_()
    assert bundle["text/plain"] == str(trace)
    assert bundle["image/svg+xml"] == nnc.draw(network, TRACED[name]).svg
    plan = nnc.trace(nnc.compile(network), TRACED[name])
    assert plan._repr_mimebundle_() == {"text/plain": str(plan)}


def test_a_comparison() -> None:
    comparison = nnc.compare(AND, OR)
    bundle = comparison._repr_mimebundle_()
    assert bundle["text/plain"] == repr(comparison)
    assert bundle["image/svg+xml"] == nnc.draw(OR, against=AND).svg
    assert "gives something else" in bundle["image/svg+xml"]
    same = nnc.compare(AND, AND)._repr_mimebundle_()
    assert same["image/svg+xml"] == nnc.draw(AND, against=AND).svg
    bare = comparison._replace(networks=None)
    assert bare._repr_mimebundle_() == {"text/plain": repr(comparison)}
