"""`nnc.solve`: numbers, proofs and refusals as values of Python."""

from pathlib import Path
from typing import Any

import pytest

import nnc
from tests.filling.test_command import TWO, XOR


def test_solve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("xor.nn.yaml").write_text(XOR)
    Path("two.nn.yaml").write_text(TWO)
    solution = nnc.solve("two.nn.yaml")
    assert solution.network is not None
    assert all(result.holds for result in nnc.run_cases(solution.network))
    assert (solution.size, solution.bound, solution.least, solution.proof) == (6, 6, "neuron", None)
    refused = nnc.solve("xor.nn.yaml")
    assert refused.network is None
    assert refused.proof is not None
    assert len(refused.proof.rows) == 4
    network = nnc.load("two.nn.yaml")
    both = [{"given": {"a": a, "b": b}, "expect": {"out": a & b}} for a in (0, 1) for b in (0, 1)]
    other = nnc.solve(network, both, range="-1..1", decimals=0, minimize="weights", margin=1)
    assert other.network is not None
    assert nnc.evaluate(other.network, {"a": 1, "b": 1}) == {"out": 1}
    with pytest.raises(nnc.InvalidNetworkError):
        nnc.solve(network, [{"given": {"a": 1, "c": 1}, "expect": {"out": 1}}])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"range": "x"}, "range is 'x'; write a text such as '-5..5', or an nnc.Open"),
        ({"range": (-1, 1)}, r"range is \(-1, 1\); write a text"),
        ({"range": "5..1"}, "range is '5..1': the range `5..1` is empty"),
        ({"decimals": -1}, "decimals is -1; write a whole number from 0 on"),
        ({"terms": 0}, "terms is 0; write a whole number from 1 on"),
        ({"margin": 0}, "margin is 0; write a whole number from 1 on, or max"),
        ({"margin": "much"}, "margin is 'much'; write a whole number from 1 on, or max"),
        ({"minimize": "size"}, "minimize is 'size'; write one of weights, total, terms"),
    ],
)
def test_settings_that_mean_nothing(settings: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nnc.solve(nnc.loads(TWO), **settings)


def test_a_network_without_a_file() -> None:
    network = nnc.loads(XOR)
    solution = nnc.solve(network)
    assert solution.network is None
    assert solution.proof is not None
    assert solution.proof.rows == ("case 1", "case 2", "case 3", "case 4")
    assert "NNC951" in solution.proof.diagnostic.in_full()
    assert str(solution) == str(solution.proof)


@pytest.mark.parametrize("states", [(0, 1), (1, 0), (2, 5)])
def test_a_case_that_expects_another_value_of_an_input(states: tuple[int, int]) -> None:
    """The input is read by no neuron, and another case has the value that is expected."""
    off, on = states
    neuron = nnc.Neuron(weights={"b": "_"}, threshold="_", fires="at_least")
    network = nnc.Network(
        inputs={"a": nnc.Input(type="bit", states=states), "b": nnc.Input(type="bit")},
        neurons={"n": neuron}, outputs=["a", "n"],
    )  # fmt: skip
    cases = [
        {"given": {"a": on, "b": 0}, "expect": {"n": 0}},
        {"given": {"a": off, "b": 0}, "expect": {"a": on}},
    ]
    solution = nnc.solve(network, cases)
    assert solution.proof is not None
    assert solution.proof.message == "the inputs already contradict a case"
    assert nnc.solve(network, cases[:1]).network is not None
