"""The generators of `benchmarks/`, and that its ways give equal results, at a tiny size."""

import sys
from pathlib import Path

import pytest

import nnc
from nnc.pipeline import check

sys.path.append(str(Path(__file__).parents[1]))

from benchmarks import measuring, networks, usual

SCORE = Path(__file__).parents[1] / "configs" / "medicine" / "cha2ds2_vasc.nn.yaml"


@pytest.mark.parametrize("fan_in", [(3, 3), (2, 4)])
def test_layered_networks_are_valid_and_without_warnings(
    tmp_path: Path, fan_in: tuple[int, int]
) -> None:
    file = tmp_path / "large.nn.yaml"
    gates = list(networks.layered(300, 50, fan_in, 0.5))
    networks.write_network(file, gates, 50)
    assert check(file.read_bytes(), "large").diagnostics == []
    network = nnc.load(file)
    assert {name: one.weights for name, one in network.neurons.items()} == {
        gate.name: gate.weights for gate in gates
    }
    assert gates == list(networks.layered(300, 50, fan_in, 0.5))
    assert nnc.compile(network).levels == 6


def test_the_usual_ways_read_the_same_network(tmp_path: Path) -> None:
    file = tmp_path / "large.nn.yaml"
    networks.write_network(file, networks.layered(100, 20, (3, 3)), 20)
    theirs, ours = usual.usual_network(file), nnc.load(file)
    assert {name: (one.weights, one.threshold) for name, one in theirs.neurons.items()} == {
        name: (one.weights, one.threshold) for name, one in ours.neurons.items()
    }
    assert usual.validate(str(file)) == 100
    assert set(usual.read(str(file), "1")) == {"nnc", "CSafeLoader"}


@pytest.mark.parametrize("rows", ["1", "3", "1030"])
@pytest.mark.parametrize("kind", ["bits", "chain"])
def test_all_ways_to_evaluate_give_the_same_bits(tmp_path: Path, kind: str, rows: str) -> None:
    file, ways = tmp_path / "small.nn.yaml", ["NumPy int8 gathers", "Python loop"]
    if rows == "3":
        ways.append("loop over Fractions")
    gates = networks.layered(200, 100, (2, 4), 0.5) if kind == "bits" else networks.chain(200)
    networks.write_network(file, gates, 100 if kind == "bits" else 1)
    took = usual.evaluate(str(file), kind, "200", rows, "1", *ways)
    assert isinstance(took, dict)
    assert list(took) == ["nnc", *ways]


def test_results_that_differ_stop_the_run() -> None:
    with pytest.raises(AssertionError, match="the results differ: one, other"):
        measuring.functions({"one": lambda: 1, "other": lambda: 2}, 1)


def test_the_score_script_gives_what_nnc_gives(tmp_path: Path) -> None:
    from running import started

    patients, ours, theirs = (tmp_path / f"{name}.csv" for name in ("patients", "ours", "theirs"))
    networks.write_patients(patients, 500)
    assert started("eval", SCORE, patients, "-o", ours).returncode == 0
    usual.score(str(patients), str(theirs))
    assert ours.read_text().splitlines() == theirs.read_text().splitlines()


@pytest.mark.seconds(60)
def test_floats_get_decimal_ties_wrong_and_nnc_none() -> None:
    assert usual.ties() == [("above", 4950, 0, 564), ("at_least", 4950, 0, 489)]


def test_processes_are_measured() -> None:
    cost = measuring.processes({"bare": [sys.executable, "-c", "pass"]}, 1)["bare"]
    assert cost.seconds > 0
    assert cost.mib > 1
    written = measuring.line("start", 0.5, {"other": 1.0}, {"under 1 s": True})
    assert written == "| start | 500 ms | other 1.00 s | 2.0x | under 1 s: met |"
