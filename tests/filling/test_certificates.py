"""Certificates of `nnc solve`, checked by what shares nothing with it; changed ones are refused."""

import json
import os
from copy import deepcopy
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.filling.test_command import FINE, RISK, SEGMENTS, TWO, XOR
from tests.support.running import Nnc
from tests.support.solve_checker import WrongError, check


@pytest.fixture
def nnc(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Nnc:
    return Nnc(capsysbinary, monkeypatch, tmp_path)


def hidden(size: int, inputs: int) -> str:
    """Write the parity of some bits with hidden neurons, all numbers open."""
    rows = product((0, 1), repeat=inputs)
    return f"""\
nnc: 1
fires: at_least
inputs: {{x: bit({inputs})}}
layers:
  h: {{wiring: x, weights: _, thresholds: _, size: {size}}}
neurons:
  out: {{wiring: h, weights: _, threshold: _}}
outputs: [out]
cases:
""" + "".join(
        f"  - {{given: {{x: {list(bits)}}}, expect: {{out: {sum(bits) % 2}}}}}\n" for bits in rows
    )


FIXED = TWO.replace("h: {weights: {a: _, b: _}, threshold: _}",
                    "h: {weights: {a: _, b: _}, threshold: _}\n"
                    "  both: {weights: {h: 1, a: 1}, threshold: 2}")  # fmt: skip
FIXED = FIXED.replace("out: {weights: {h: _, a: _,", "out: {weights: {both: _, h: 1..,")
TEXTS = {
    "sums": XOR,
    "bounds": RISK.replace("points: 3", "points: 30"),
    "levels": RISK.replace("verdict: low", "verdict: high"),
    "clash": XOR + "  - {given: {a: 1, b: 1}, expect: {out: 1}}\n",
    "fixed": XOR.replace("a: _, b: _}, threshold: _", "a: 1, b: 1}, threshold: 1").replace(
        "outputs: [out]", "  other: {weights: {a: _}, threshold: _}\noutputs: [out, other]"
    ),
    "coarse": FINE,
    "states": SEGMENTS.replace("1..6", "3"),
    "sizes": SEGMENTS,
    "clauses": hidden(2, 3),
    "skips": hidden(1, 4).replace("{wiring: h,", "{wiring: [h, x],"),
    "inner": FIXED.replace("outputs: [out]", "outputs: [out, both]").replace(
        "b: 1}, expect: {out: 1}", "b: 1}, expect: {out: 1, both: 1}"
    ),
    "found": TWO,
    "risk": RISK,
}
KINDS = {"bounds": "sums", "levels": "sums", "inner": "clauses", "skips": "clauses"}


def certificate(nnc: Nnc, text: str, *words: str) -> str:
    Path("net.nn.yaml").write_text(text)
    nnc("solve", "net.nn.yaml", "--certificate", "c.json", "-o", "out.nn.yaml", *words)
    return Path("c.json").read_text()


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_claimed_holds(nnc: Nnc, name: str) -> None:
    text = certificate(nnc, TEXTS[name])
    check(text, Path())
    record = json.loads(text)
    kinds = [each["proof"]["kind"] for each in record["impossible"]]
    if name in ("found", "risk"):
        assert record["claim"] == "solved"
        assert kinds == []
    elif name == "sizes":
        assert kinds == ["states"] * 3
        assert record["claim"] == "solved"
    else:
        assert kinds == [KINDS.get(name, name)]
        assert record["claim"] == "impossible"


def changed(random: Random, record: Any) -> Any:
    """Change one number, word or list somewhere in what a certificate claims."""
    record = deepcopy(record)
    places: list[tuple[Any, Any]] = []

    def walk(at: Any) -> None:
        pairs = at.items() if isinstance(at, dict) else enumerate(at)
        for key, value in pairs:
            if key in ("sha256", "format_version", "why", "decimals", "terms", "by", "lemmas"):
                continue
            if isinstance(value, (dict, list)):
                walk(value)
            elif value is not None:
                places.append((at, key))

    walk(record["impossible"])
    walk(record["numbers"] or [])
    at, key = random.choice(places)
    value = at[key]
    if isinstance(value, bool):
        at[key] = not value
    elif isinstance(value, int):
        at[key] = -value if value and random.random() < 0.5 else value + random.choice((1, -1))
    else:
        at[key] = str(int(value) + 7) if value.lstrip("-").isdigit() else value + "x"
    return record


def test_the_empty_clause_has_to_follow(nnc: Nnc) -> None:
    record = json.loads(certificate(nnc, hidden(2, 3)))
    proof = record["impossible"][0]["proof"]
    without = deepcopy(record)
    left = [one for one in proof["clauses"] if one["why"] != "direction"]
    without["impossible"][0]["proof"]["clauses"] = left
    with pytest.raises(WrongError):
        check(json.dumps(without), Path())
    for one in [one for one in proof["clauses"] if one["why"] in ("direction", "point")][::7]:
        literals = one["literals"]
        one["literals"] = literals[1:]
        with pytest.raises(WrongError):
            check(json.dumps(record), Path())
        one["literals"] = literals
    check(json.dumps(record), Path())


@pytest.mark.parametrize("name", ["sums", "levels", "clash", "coarse", "states", "found"])
def test_what_was_changed_is_refused(nnc: Nnc, name: str) -> None:
    random = Random(f"{os.environ['NNC_FUZZ_SEED']} {name}")
    record = json.loads(certificate(nnc, TEXTS[name]))
    accepted = []
    for _ in range(25):
        other = changed(random, record)
        try:
            check(json.dumps(other), Path())
        except WrongError:
            continue
        accepted.append(other)
    assert len(accepted) <= (12 if name == "found" else 0)  # other numbers may do as well


def test_a_proof_is_of_its_own_network(nnc: Nnc) -> None:
    text = certificate(nnc, XOR)
    other = XOR.replace("b: 1}, expect: {out: 0}", "b: 1}, expect: {out: 1}")
    Path("net.nn.yaml").write_text(other)
    with pytest.raises(WrongError):
        check(text, Path())


def test_random_networks(nnc: Nnc, chunk: int) -> None:
    random = Random(f"{os.environ['NNC_FUZZ_SEED']} {chunk}")
    rows = list(product((0, 1), repeat=2))
    lines = "".join(
        f"  - {{given: {{a: {a}, b: {b}}}, expect: {{out: {random.randrange(2)}, "
        f"h: {random.randrange(2)}}}}}\n"
        for a, b in random.sample(rows, 3)
    )
    weight = lambda: random.choice(["_", "_", "1..", "..0", "-1..1", "2"])  # noqa: E731
    text = f"""\
nnc: 1
fires: {random.choice(["above", "at_least", "below", "at_most"])}
inputs: [a, b]
neurons:
  g: {{weights: {{a: {weight()}, b: {weight()}}}, threshold: {weight()}}}
  h: {{weights: {{a: {weight()}, g: {weight()}}}, threshold: {weight()}}}
  out: {{weights: {{a: {weight()}, b: {weight()}, h: {weight()}}}, threshold: _}}
outputs: [out, h]
cases:
{lines}"""
    check(certificate(nnc, text), Path())


def test_a_certificate_does_not_replace_what_it_is_about(nnc: Nnc) -> None:
    Path("net.nn.yaml").write_text(TWO)
    ran = nnc("solve", "net.nn.yaml", "--certificate", "net.nn.yaml")
    assert ran.code == 2
    assert Path("net.nn.yaml").read_text() == TWO
