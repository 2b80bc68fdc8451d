"""Circuits that another program restructured: each pair has a certificate."""

from pathlib import Path

import pytest

from nnc.proofs.certifying import showing
from tests.support import blif
from tests.support.certificates import certificate_of, certified, shown_by

KEPT = Path(__file__).parents[1] / "restructured"
SMALL = {"adder": 6, "priority": 12, "arbiter": 4, "shifter": 8, "comparator": 6, "voter": 9,
         "router": 6}  # fmt: skip


@pytest.mark.parametrize("script", blif.SCRIPTS)
@pytest.mark.parametrize("name", blif.CIRCUITS)
def test_what_is_restructured_is_certified(
    name: str, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "_FEW_ROWS", 0)
    monkeypatch.setattr(showing, "_MANY_ROWS", 0)
    file = KEPT / f"{name}-{script.replace(' ', '')}.blif"
    texts = blif.CIRCUITS[name][0](SMALL[name]), file.read_text("utf-8")
    before, after = (certified(blif.network_of(text)) for text in texts)
    text = certificate_of(before, after).text
    assert text is not None
    assert shown_by(text, before, after)
