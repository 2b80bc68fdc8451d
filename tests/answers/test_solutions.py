"""`nnc.solve`: numbers, proofs and refusals as values of Python."""

from pathlib import Path

import pytest

import nnc
from tests.cli.commands.test_solve import TWO, XOR


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


def test_a_network_without_a_file() -> None:
    network = nnc.loads(XOR)
    solution = nnc.solve(network)
    assert solution.network is None
    assert solution.proof is not None
    assert solution.proof.rows == ("case 1", "case 2", "case 3", "case 4")
    assert "NNC951" in solution.proof.diagnostic.in_full()
    assert str(solution) == str(solution.proof)
