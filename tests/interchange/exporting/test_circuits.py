"""Exported circuits give what the oracle gives, and are proved to be the same by abc."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from random import Random
from shutil import which
from typing import Any

import pytest

import nnc
from nnc.interchange.exports import export_plan
from nnc.numbers.exact import Refused
from tests.support import oracle
from tests.support.circuit_runs import CIRCUITS
from tests.support.exports import rows_near
from tests.support.oracle import Oracle
from tests.support.strategies import example

ROOT = Path(__file__).parents[3]
CONFIGS = sorted((ROOT / "configs").rglob("*.nn.yaml"))
FEATURES = ("buses", "choice", "states", "layers", "largest", "rules", "files")
DRAWN = 3
HARD = """\
nnc: 1
fires: at_least
inputs:
  n: {type: integer, min: -5, max: 9}
  wire: {type: integer, min: 3, max: 40, size: 2}
  s: {type: bit, states: [-1, 1], size: 3}
  kind: {type: choice, of: [new, "delete", ü]}
  é: bit
neurons:
  a: {weights: {n: 2, wire: [-3, 0.5], é: 7}, thresholds: {low: -100, high: 2.1}}
  b: {weights: {n: -1}, threshold: -7, fires: above}
  c: {weights: {s: [1, -1, 0.5], kind.new: 0.3, "kind.ü": -4}, threshold: -0.2, fires: below}
  d: {weights: {a.low: 1, a.high: 2, b: 3, c: -5, n: 0.1}, threshold: 0, fires: at_most}
outputs:
  level: {level: a, labels: [none, "it's \\"low\\"", high]}
  points: {sum: a}
  other: {sum: d}
  best: {largest: [a, b, d], labels: [x, y, z]}
  n: n
  both: wire
  bits: s
  c: c
  d: d
"""
"""Signed integers, states, sums of decimals, and words that Verilog keeps for itself."""
FAULTY = """\
nnc: 1
fires: at_least
inputs: {a: bit(4), n: {type: integer, min: 0, max: 12}}
neurons:
  many: {weights: {a: [2, 1, 1, -1]}, threshold: 3}
  mixed: {weights: {n: 1, many: -2}, thresholds: {at: 5, more: 9}}
  alone: {weights: {n: 1}, thresholds: {cut: 7}}
outputs: {many: many, level: {level: mixed}, single: alone.cut}
"""

NAMES = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            name == "verilog" and which("iverilog") is None, reason="iverilog is missing"
        ),
    )
    for name in CIRCUITS
]


def check(plan: nnc.Plan, exact: Oracle, rows: Sequence[Any], form: str, folder: Path) -> bool:
    """Compare the rows; nothing where bits cannot hold the network."""
    try:
        data = export_plan(plan, form, top="network").data
    except Refused:
        return False
    found = CIRCUITS[form](data, plan, rows, folder)
    for row, one in zip(rows, found, strict=True):
        assert one == exact.evaluate(row), (form, row)
    return True


@pytest.mark.parametrize("form", NAMES)
def test_networks_of_the_configs(form: str, chunk: int, full: bool, tmp_path: Path) -> None:
    for path in CONFIGS[chunk :: 100 if full else 25]:
        plan = nnc.compile(nnc.load(path, root=ROOT))
        is_large = plan.count > 60
        if is_large and (form == "verilog" or not full):
            continue
        rows = rows_near(plan, Random(path.name), 5 if is_large else 1000 if full else 20)
        check(plan, Oracle(oracle.load(path), path.parent), rows, form, tmp_path)


def test_how_many_networks_are_circuits(full: bool) -> None:
    """All but those that read real numbers."""
    paths = CONFIGS if full else CONFIGS[::4]
    plans = [nnc.compile(nnc.load(path, root=ROOT)) for path in paths]
    for plan in plans:
        numbers = [one for one in plan.inputs.values() if one.type in ("integer", "real")]
        is_held = all(
            one.type == "integer" and one.min is not None and one.max is not None for one in numbers
        )
        if plan.count > 60:
            continue
        if is_held:
            assert export_plan(plan, "blif").data
        else:
            with pytest.raises(Refused):
                export_plan(plan, "blif")


@pytest.mark.parametrize("form", NAMES)
def test_hard_numbers(form: str, tmp_path: Path) -> None:
    plan = nnc.compile(nnc.loads(HARD))
    rows = rows_near(plan, Random(1), 80)
    assert check(plan, Oracle(oracle.loads(HARD)), rows, form, tmp_path)


@pytest.mark.skipif(which("iverilog") is None, reason="iverilog is missing")
def test_a_long_sum_in_parts(tmp_path: Path) -> None:
    rng = Random(5)
    weights = [rng.choice((-3, -1, 1, 2)) for _ in range(130)]
    text = (
        "nnc: 1\nfires: at_least\ninputs: {a: bit(130), n: {type: integer, min: -9, max: 5}}\n"
        f"neurons: {{s: {{weights: {{a: {weights}, n: -7}}, threshold: 1}}}}\n"
        "outputs: {s: s, total: {sum: s}}\n"
    )
    plan = nnc.compile(nnc.loads(text))
    rows = rows_near(plan, rng, 50)
    assert check(plan, Oracle(oracle.loads(text)), rows, "verilog", tmp_path)
    assert export_plan(plan, "verilog").text.count("_part") == 6  # three parts, made and added


@pytest.mark.parametrize("form", NAMES)
def test_drawn_networks(form: str, chunk: int, tmp_path: Path) -> None:
    rng = Random(f"circuits {chunk}")
    for k in range(DRAWN):
        one = example(rng, 1, FEATURES)
        folder = tmp_path / str(k)
        path = one.put(folder)
        plan = nnc.compile(nnc.load(path, root=folder))
        exact = Oracle(oracle.load(path), folder)
        check(plan, exact, rows_near(plan, rng, 12), form, folder)


@pytest.mark.skipif(which("yosys-abc") is None, reason="yosys-abc is missing")
def test_circuits_are_proved_equal(chunk: int, full: bool, tmp_path: Path) -> None:
    """By `abc cec`, the two forms of one network."""
    names = ("multiplier_8x8", "adder_8bit", "c17", "glasgow_coma_scale", "security_council")
    known = CONFIGS[chunk::100]
    if not full:
        known = [path for path in CONFIGS if path.name == f"{names[chunk]}.nn.yaml"]
    for path in known:
        plan = nnc.compile(nnc.load(path, root=ROOT))
        folder = tmp_path / path.name
        folder.mkdir()
        try:
            for form in ("aiger", "blif"):
                top = "network" if form == "blif" else None
                data = export_plan(plan, form, top=top).data
                (folder / f"network.{form}").write_bytes(data)
        except Refused:
            continue
        assert_equal(folder / "network.aiger", folder / "network.blif")


@pytest.mark.skipif(which("yosys") is None, reason="yosys is missing")
def test_verilog_is_proved_equal(full: bool, tmp_path: Path) -> None:
    """What yosys makes of it, and of AIGER in its two forms."""
    networks = [nnc.loads(FAULTY)]
    if full:
        names = ("c17", "seven_segment", "adder_8bit", "lookahead_4", "comparator_2")
        known = [path for path in CONFIGS if path.name.split(".")[0] in names]
        networks += [nnc.load(path, root=ROOT) for path in known]
    for place, network in enumerate(networks):
        plan, folder = nnc.compile(network), tmp_path / str(place)
        folder.mkdir()
        for form in ("aag", "aiger", "verilog"):
            top = "network" if form == "verilog" else None
            (folder / f"network.{form}").write_bytes(export_plan(plan, form, top=top).data)
        reads = {
            "v": "read_verilog network.verilog; synth -flatten -top network; abc -g AND",
            "a": "read_aiger network.aag",
        }
        for name, words in reads.items():
            script = f"{words}; write_blif {name}.blif"
            subprocess.run(["yosys", "-q", "-p", script], cwd=folder, check=True,
                           capture_output=True)  # fmt: skip
            assert_equal(folder / "network.aiger", folder / f"{name}.blif")


def assert_equal(first: Path, second: Path) -> None:
    words = ["yosys-abc", "-q", f"read_aiger {first}; cec {second}"]
    ran = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "Networks are equivalent" in ran.stdout, ran.stdout


@pytest.mark.parametrize("form", NAMES)
def test_a_limit_that_is_off_by_one_is_found(form: str, tmp_path: Path) -> None:
    """Of each neuron in turn; the rows that find it lie on the cut-offs."""
    plan = nnc.compile(nnc.loads(FAULTY))
    rows = rows_near(plan, Random(3), 150)
    exact = Oracle(oracle.loads(FAULTY))
    for limit in ("threshold: 3", "at: 5", "cut: 7"):
        name, _, value = limit.partition(": ")
        wrong = nnc.compile(nnc.loads(FAULTY.replace(limit, f"{name}: {int(value) + 1}")))
        data = export_plan(wrong, form, top="network").data
        found = CIRCUITS[form](data, plan, rows, tmp_path)
        pairs = zip(rows, found, strict=True)
        assert any(one != exact.evaluate(row) for row, one in pairs), limit
