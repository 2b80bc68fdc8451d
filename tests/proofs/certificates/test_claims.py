"""Certificates of drawn claims of all forms: none of what is false, whatever the prover says."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

import nnc
from nnc.opening.checking import check_built, check_file
from nnc.proofs.certificates import nearby
from nnc.proofs.certificates.checker import check
from nnc.proofs.certification import network_of
from nnc.proofs.certifying import NamedNetwork, certify_property, showing
from tests.support.certificates import is_refused
from tests.support.claims import Drawing, Judge


def certified(text: str) -> NamedNetwork:
    """Read a network as a certificate names it."""
    graph = check_built(nnc.loads(text)).graph
    assert graph is not None
    return NamedNetwork("a.nn.yaml", network_of(graph))


def allowed_row(judge: Judge) -> dict[str, Any] | None:
    """Return the first row that the assumptions allow."""
    return next((dict(zip(judge.inputs, row, strict=True)) for row in judge.allowed), None)


@pytest.mark.parametrize("near", [False, True], ids=["all forms", "near rows"])
@pytest.mark.parametrize("few", [True, False], ids=["rows first", "no rows"])
def test_what_is_certified_holds(
    few: bool, near: bool, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every claim is put to the writer, also those that do not hold."""
    for name, most in (("_AT_ONCE", 3), ("_SLOTS", 3), ("_MANY", 1), ("_MAX_ADDED", 64 * chunk)):
        monkeypatch.setattr(nearby, name, most)
    if not few:
        monkeypatch.setattr(showing, "_FEW_ROWS", 0)
        monkeypatch.setattr(showing, "_MANY_ROWS", 0)
    rng = Random(f"certified claims {chunk}")
    true = shown = 0
    for _ in range(4):
        text = Drawing(rng, near=near).text
        judge = Judge(text)
        network = certified(text)
        for place, claim in enumerate(judge.properties):
            holds = bool(judge.allowed) and judge.holds(claim)
            true += holds
            written = certify_property(network, place, "", {}, 1, allowed_row(judge))
            assert holds or written.text is None, (text, claim)
            if written.text is not None:
                shown += 1
                [result] = check(written.text.encode(), [network.network])
                assert result.place == place
    assert shown > true // (2 if few else 10)


def test_a_certificate_of_one_claim_is_none_of_another(chunk: int) -> None:
    """Its header is made to name another property, or a byte of it is changed."""
    rng = Random(f"other claims {chunk}")
    for _ in range(2):
        text = Drawing(rng).text
        judge = Judge(text)
        network = certified(text)
        holds = [bool(judge.allowed) and judge.holds(claim) for claim in judge.properties]
        for place in range(len(holds)):
            written = certify_property(network, place, "", {}, 1, allowed_row(judge)).text
            if written is None:
                continue
            for other in range(len(holds)):
                forged = written.replace(f'"property": {place}', f'"property": {other}')
                assert is_refused(forged, network) or holds[other], (text, other)
            for _ in range(5):
                at = rng.randrange(len(written))
                changed = written[:at] + chr(ord(written[at]) ^ 1 << rng.randrange(7))
                changed += written[at + 1 :]
                if not is_refused(changed, network):
                    [result] = check(changed.encode(), [network.network])
                    assert result.place is not None
                    assert holds[result.place]


def test_what_a_part_assumes_is_not_assumed_of_an_input_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "part.nn.yaml").write_text("""\
nnc: 1
fires: at_least
inputs: {x: {type: integer, min: 0, max: 9}}
neurons: {n: {weights: {x: 1}, threshold: 2}}
outputs: [n]
assume: [{always: {x: ..3}}]
""")
    (tmp_path / "main.nn.yaml").write_text("""\
nnc: 1
fires: at_least
inputs: {x: {type: integer, min: 0, max: 9}, a: bit}
neurons: {high: {weights: {x: 1}, threshold: 5}}
parts: {p: {use: part.nn.yaml, wiring: {x: a}}}
outputs: {high: high, n: p.n}
properties: [{never: {high: 1}}, {never: {n: 1}}]
""")
    graph = check_file(str(tmp_path / "main.nn.yaml")).graph
    assert graph is not None
    network = NamedNetwork("main.nn.yaml", network_of(graph))
    certificates = [certify_property(network, place, "", {}, 1).text for place in range(3)]
    assert [text is None for text in certificates] == [True, False, False]
    assert all(is_refused(text, network) for text in certificates[:1] if text)


def test_a_bit_is_no_place_of_the_largest_sum() -> None:
    """A certificate that claims so is refused, in either order of the networks."""
    bit = "nnc: 1\ninputs: [a]\nfires: at_least\nneurons:\n  y: {weights: {a: 1}, threshold: 1}\n"
    networks = [
        certified(f"{bit}outputs: {{out: y}}\n"),
        certified(
            f"{bit}  z: {{weights: {{a: 1}}, threshold: 1}}\n"
            "outputs: {out: {largest: [y, z]}}\n"
        ),
    ]
    for pair in (networks, networks[::-1]):
        header = {
            "format_version": 1,
            "claim": "equal",
            "networks": [network.header() for network in pair],
            "outputs": ["out"],
        }
        steps = '["statement", 0]\n["shown", [0], "rows"]\n'
        assert is_refused(f"{json.dumps(header)}\n{steps}", *pair)
