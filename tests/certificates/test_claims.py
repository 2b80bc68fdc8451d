"""Certificates of drawn claims of all forms: none of what is false, whatever the prover says."""

from random import Random

import pytest

import nnc
from nnc.answers.certificates import network_of
from nnc.certificates.checker import check
from nnc.checking import check_built
from nnc.proving.certifying import NamedNetwork, certify_property, showing
from tests.support.claims import Drawing, Judge


def certified(text: str) -> NamedNetwork:
    """Read a network as a certificate names it."""
    graph = check_built(nnc.loads(text)).graph
    assert graph is not None
    return NamedNetwork("a.nn.yaml", network_of(graph))


@pytest.mark.parametrize("few", [True, False], ids=["rows first", "no rows"])
def test_what_is_certified_holds(few: bool, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every claim is put to the writer, also those that do not hold."""
    if not few:
        monkeypatch.setattr(showing, "_FEW", 0)
        monkeypatch.setattr(showing, "_MANY", 0)
    rng = Random(f"certified claims {chunk}")
    true = shown = 0
    for _ in range(6):
        text = Drawing(rng).text
        judge = Judge(text)
        network = certified(text)
        for place, claim in enumerate(judge.properties):
            holds = not judge.allowed or judge.holds(claim)
            true += holds
            written = certify_property(network, place, "", {}, 1)
            assert holds or written.text is None, (text, claim)
            if written.text is not None:
                shown += 1
                [result] = check(written.text.encode(), [network.network])
                assert result.place == place
    assert shown > true // (2 if few else 8)
