"""Circuits that another program restructured: read back, and proved equal to what they were."""

from pathlib import Path
from random import Random

import pytest

import nnc
from nnc.proofs.comparison.behaviour import compare_behaviour
from tests.support import blif

KEPT = Path(__file__).parent / "restructured"
"""What ABC made of small circuits, for where it is not installed."""
SMALL = {"adder": 6, "priority": 12, "arbiter": 4, "shifter": 8, "comparator": 6, "voter": 9,
         "router": 6}  # fmt: skip


def kind_of(before: str, after: str) -> str:
    plans = [nnc.compile(nnc.loads(blif.network_of(text))) for text in (before, after)]
    [verdict] = compare_behaviour(*plans).verdicts
    return verdict.kind


@pytest.mark.parametrize("script", blif.SCRIPTS)
@pytest.mark.parametrize("name", blif.CIRCUITS)
def test_small_circuits_as_they_were_restructured(name: str, script: str, update: bool) -> None:
    before = blif.CIRCUITS[name][0](SMALL[name])
    file = KEPT / f"{name}-{script.replace(' ', '')}.blif"
    if update:
        file.write_text(blif.restructured(before, script, KEPT), "utf-8")
    assert kind_of(before, file.read_text("utf-8")) == "equal"


@pytest.mark.parametrize("name", blif.CIRCUITS)
def test_one_gate_changed_is_never_proved(name: str) -> None:
    """One cube of a gate turned: it differs, or all inputs show that nothing hangs on it."""
    rng = Random(name)
    before = blif.CIRCUITS[name][0](SMALL[name])
    lines = (KEPT / f"{name}-dc2.blif").read_text("utf-8").split("\n")
    place = rng.choice([i for i, line in enumerate(lines) if line[:2] in ("11", "10", "01", "00")])
    turned = "0" if lines[place][0] == "1" else "1"
    lines[place] = turned + lines[place][1:]
    assert kind_of(before, "\n".join(lines)) == "differs"


@pytest.mark.skipif(blif.ABC is None, reason="yosys-abc is not installed")
@pytest.mark.parametrize("name", blif.CIRCUITS)
def test_large_circuits_restructured_now(name: str, full: bool, tmp_path: Path) -> None:
    make, size = blif.CIRCUITS[name]
    before = make((size if full else max(SMALL[name] * 2, size // 8)) | (name == "voter"))
    scripts = list(blif.SCRIPTS)
    for script in scripts if full else [Random(name).choice(scripts)]:
        assert kind_of(before, blif.restructured(before, script, tmp_path)) == "equal"
