"""Files that are no certificates, or are broken: each is refused in one line, with its place."""

import json
from random import Random

import pytest

from nnc.proofs.certificates.checker import check
from nnc.proofs.certificates.refusal import RefusedError
from tests.support.certificates import certificate_of, certified, is_refused, shown_by
from tests.support.circuits import ripple_adder
from tests.support.running import XOR

BEFORE, AFTER = certified(ripple_adder(20)), certified(ripple_adder(20, Random("broken")))
TEXT = certificate_of(BEFORE, AFTER).text or ""
HEADER, *STEPS = TEXT.splitlines()


def header(**changes: object) -> str:
    return json.dumps({**json.loads(HEADER), **changes})


def test_it_is_accepted_as_it_is() -> None:
    assert shown_by(TEXT, BEFORE, AFTER)
    assert shown_by(TEXT.replace("\n", "\r\n\n"), BEFORE, AFTER)
    assert len(shown_by(TEXT + TEXT, BEFORE, AFTER)) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no certificate in it"),
        ("[1]", "it does not begin with a header, as an object"),
        ("{}", "it has no `format_version`; this nnc reads 1"),
        (header(format_version=2), "it has another `format_version`; this nnc reads 1"),
        (header(format_version=True), "it has another `format_version`; this nnc reads 1"),
        (header(format_version=1.0), "not JSON"),
        (HEADER[:-1], "not JSON"),
        ('{"format_version": 1, "format_version": 1}', "not JSON"),
        (header(claim="differs"), "the header has no `claim` that is known"),
        (header(claim="property"), "it is about one network"),
        (header(networks=[]), "it is about 0 networks"),
        (header(networks=7), "the header does not say which networks it is about"),
        (header(networks=[7, 7]), "the header does not say which networks it is about"),
        (header(networks=[{}, {}]), "network 1 is another one: the digests differ"),
        (header(networks=[{"network": "x"}, {}]), "network 1 is another one than `x`: the digests"),
        (header(outputs=[]), "the header names no outputs"),
        (header(outputs={}), "the header names no outputs"),
        (header(outputs=["other"]), "an output that the networks do not both have"),
        (header(outputs=["out", "out"]), "the header names an output twice"),
        (header(within={"c": ["1"]}), "a limit is about an input that there is not"),
        (header(within={"cin": ["x"]}), "the limit of `cin` is not a range"),
        (header(within={"cin": [1]}), "the limit of `cin` is not a list of texts"),
        (header(within={"cin": ["7"]}), "input `cin` has no value"),
        (HEADER, "steps for a part of the claim are missing"),
        (HEADER + "\n[]", "the line is neither a header nor a step"),
        (HEADER + "\n7", "the line is neither a header nor a step"),
        (HEADER + '\n["shown",[0],"rows"]', "before the first `statement`"),
        (HEADER + '\n["statement",1]', "`statement` 0 was expected"),
        (HEADER + '\n["statement",0]', "not all that is claimed is shown"),
        (TEXT + '["statement",1]', "there are more steps than the claim has parts"),
        (HEADER + '\n["statement",0]\n["trust me"]', "there is no step `trust me`"),
        (HEADER + '\n["statement",0]\n["shown",[0],"rows"]', "over 16,777,216 rows"),
        (HEADER + '\n["statement",0]\n["shown",[0],"forms"]', "is read before it is known"),
        (HEADER + '\n["statement",0]\n["shown",[0],"signs"]', "nothing is raised"),
        (HEADER + '\n["statement",0]\n["shown",[0],"literal"]', "no literal that is to be 0"),
        (HEADER + '\n["statement",0]\n["shown",[1],"forms"]', "there is no such goal"),
        (HEADER + '\n["statement",0]\n["shown",[],"forms"]', "there is no such goal"),
        (HEADER + '\n["statement",0]\n["input","z"]', "there is no input `z`"),
        (HEADER + '\n["statement",0]\n["input","cin",1]', "has another number of parts"),
        (HEADER + '\n["statement",0]\n["input","cin"]\n["input","cin"]', "defined twice"),
        (HEADER + '\n["statement",0]\n["neuron",0,"n0"]', "is read before it is known"),
        (HEADER + '\n["statement",0]\n["neuron",0,"nix"]', "there is no neuron `nix`"),
        (HEADER + '\n["statement",0]\n["and",1,5]', "a literal is not defined"),
        (HEADER + '\n["statement",0]\n["and",1,0]', "a literal is not defined"),
        (HEADER + '\n["statement",0]\n["and",1,true]', "an integer was expected"),
        (HEADER + '\n["statement",0]\n["identity",[[1,"2"]],1,[],[]]', "a literal with an integer"),
        (HEADER + '\n["statement",0]\n["same",1,-1,"window",[],[]]', "the two differ"),
        (HEADER + '\n["statement",0]\n["same",1,-1,"clauses",[],[],[]]', "in a contradiction"),
        (HEADER + '\n["statement",0]\n["same",1,1,"faith"]', "there is no reason `faith`"),
        (HEADER + '\n["statement",0]\n["identity",[[1,1]],0,[],[]]', "does not hold"),
        (HEADER + '\n["statement",0]\n["sum",[[0,1]],1]', "there is no such identity"),
        (HEADER + '\n["statement",0]\n["sum",[],0]', "not above 0"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    with pytest.raises(RefusedError) as caught:
        shown_by(text, BEFORE, AFTER)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "it is about two networks"),
        ({"claim": "property"}, "the header does not say which property it is about"),
        ({"claim": "property", "property": True}, "does not say which property"),
        ({"claim": "property", "property": 0}, "the network has no property of this number"),
        ({"claim": "property", "property": -1}, "the network has no property of this number"),
    ],
)
def test_a_certificate_of_one_network(changes: dict[str, object], message: str) -> None:
    networks = json.loads(HEADER)["networks"][:1]
    with pytest.raises(RefusedError, match=message):
        check(header(networks=networks, **changes).encode(), [BEFORE.network])


@pytest.mark.parametrize("within", [5, "x", True, None, [], [1], [["a0", ["1"]]]])
def test_limits_are_by_input(within: object) -> None:
    with pytest.raises(RefusedError, match="limits in the header are not by input"):
        shown_by(header(within=within), BEFORE, AFTER)


def test_a_line_is_named() -> None:
    lines = TEXT.splitlines()
    lines[30] = '["is",0,"n3",-1]'
    with pytest.raises(RefusedError) as caught:
        shown_by("\n".join(lines), BEFORE, AFTER)
    assert caught.value.line == 31


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe",
        b"\x1f\x8b\x08",
        "[" * 100_000,
        HEADER + '\n["statement",0]\n' + "[" * 100_000 + "]" * 100_000,
        HEADER + '\n["statement",0]\n["identity",[[1,' + "9" * 100_000 + "]],1,[],[]]",
        HEADER + '\n["statement",0]\n["identity",[[1,' + "9" * 4_000 + "]],1,[],[]]",
        HEADER + '\n["statement",0]\n["and",1,' + "9" * 4_000 + "]",
        HEADER + '\n["statement",0]\n["same",1,1,"window",[' + "1," * 1_000 + "1],[]]",
        HEADER + '\n["statement",NaN]',
        HEADER + '\n["statement",1e999]',
    ],
    ids=range(10),
)
def test_bombs_are_refused(text: str | bytes) -> None:
    assert is_refused(text, BEFORE, AFTER)


def test_every_line_counts() -> None:
    """Without one of its lines it is refused."""
    lines = TEXT.splitlines()
    for place in range(0, len(lines), 7):
        text = "\n".join([*lines[:place], *lines[place + 1 :]])
        assert is_refused(text, BEFORE, AFTER), lines[place]


def test_it_is_about_the_networks_in_their_order() -> None:
    assert is_refused(TEXT, AFTER, BEFORE)
    assert is_refused(TEXT, BEFORE, BEFORE)
    assert is_refused(TEXT, BEFORE)
    xor = certified(XOR)
    assert is_refused(TEXT, xor, xor)
