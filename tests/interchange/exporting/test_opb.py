"""Exported constraints hold for what the oracle gives, and for nothing else."""

import operator
import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

import nnc
from nnc.interchange.exporting.circuits import opb
from nnc.interchange.exports import export_plan
from nnc.numbers.exact import Refused
from tests.support import oracle
from tests.support.exports import rows_near
from tests.support.oracle import Oracle
from tests.support.strategies import example

ROOT = Path(__file__).parents[3]
CONFIGS = sorted((ROOT / "configs").rglob("*.nn.yaml"))
SMALL = """\
nnc: 1
fires: at_least
inputs:
  n: {type: integer, min: -2, max: 3}
  s: {type: bit, states: [-1, 1]}
  kind: {type: choice, of: [a, b, c]}
neurons:
  up: {weights: {n: 2, s: 3, kind.b: -1}, thresholds: {low: -3, high: 4}}
  down: {weights: {n: -1, kind.c: 2.5}, threshold: 0, fires: below}
  cut: {weights: {n: -3}, threshold: -3, fires: above}
  never: {weights: {s: 1}, threshold: 7}
outputs:
  level: {level: up, labels: [none, some, all]}
  points: {sum: down}
  best: {largest: [up, down, cut], labels: [x, y, z]}
  down: down
  cut: cut
  never: never
  n: n
"""
_TERM = re.compile(r"([+-]\d+) x(\d+)")


class Constraints:
    """An OPB file read by its comments."""

    def __init__(self, text: str) -> None:
        lines = text.splitlines()
        first = re.fullmatch(r"\* #variable= (\d+) #constraint= (\d+)", lines[0])
        assert first is not None
        self.count = int(first[1])
        self.ports = {
            kind: dict(re.findall(rf"^\* {kind} ([^:]+): (.*)$", text, re.MULTILINE))
            for kind in ("input", "output")
        }
        self.constraints = []
        for line in lines:
            if not line.startswith("*"):
                left, relation, right = re.fullmatch(r"(.*?) ?(>=|=) (-?\d+) ;", line).groups()  # type: ignore[union-attr]
                terms = [(int(weight), int(place)) for weight, place in _TERM.findall(left)]
                check = operator.ge if relation == ">=" else operator.eq
                self.constraints.append((terms, check, int(right)))
        assert len(self.constraints) == int(first[2])

    def hold(self, values: Mapping[int, int]) -> bool:
        """Return whether all constraints do."""
        return all(
            check(sum(weight * values[place] for weight, place in terms), right)
            for terms, check, right in self.constraints
        )

    def inputs(self, plan: nnc.Plan, row: Mapping[str, Any]) -> dict[int, int]:
        """Give the variables of the inputs of a row."""
        values: dict[int, int] = {}
        for name, one in plan.inputs.items():
            if one.of is not None:
                for place, label in re.findall(r"x(\d+) is '(\w+)'", self.ports["input"][name]):
                    values[int(place)] = int(row[name] == label)
                continue
            whole = row[name] if isinstance(row[name], list) else [row[name]]
            if one.type == "bit":
                places = re.findall(r"x(\d+)", self.ports["input"][name].split(":")[0])
                greater = max(one.state_values)
                values |= {int(p): int(v == greater) for p, v in zip(places, whole, strict=True)}
                continue
            for place, value in enumerate(whole):
                element = name if one.size is None else f"{name}({place})"
                above = int(value - Fraction(one.min or 0))
                for digit, variable in enumerate(
                    re.findall(r"x(\d+)", self.ports["input"][element])
                ):
                    values[int(variable)] = above >> digit & 1
        return values


def solved(known: Constraints, values: dict[int, int]) -> dict[int, int]:
    """Find the other variables one after the other: each has one value that is left."""
    values = dict(values)
    waiting = [one for one in known.constraints if {place for _, place in one[0]} - values.keys()]
    while waiting:
        before = len(values)
        for terms, check, right in waiting:
            free = [(weight, place) for weight, place in terms if place not in values]
            if len(free) == 1 and check is operator.ge:
                total = sum(weight * values[p] for weight, p in terms if p in values)
                left = [bit for bit in (0, 1) if total + free[0][0] * bit >= right]
                assert left
                if len(left) == 1:
                    values[free[0][1]] = left[0]
        if len(values) == before:
            break
        waiting = [one for one in waiting if {place for _, place in one[0]} - values.keys()]
    return values


def value_of(text: str, values: Mapping[int, int]) -> Any:
    """Calculate an output as its line says."""
    sum_text, _, labels = text.partition(": ")
    if " is '" in sum_text:
        [label] = [n for p, n in re.findall(r"x(\d+) is '(\w+)'", sum_text) if values[int(p)]]
        return label
    exact = re.sub(r"(\d+) x(\d+)", r"\1*x\2", sum_text).replace(" / ", " * over/")
    scope = {f"x{place}": value for place, value in values.items()}
    found = Fraction(eval(exact, scope | {"over": Fraction(1)}))  # noqa: S307
    if labels:
        return dict(re.findall(r"(\d+) is '(\w+)'", labels))[str(found)]
    return found


def test_what_holds_is_what_the_network_gives() -> None:
    """Of every row of a small network: one assignment of variables, and none beside it."""
    plan, exact = nnc.compile(nnc.loads(SMALL)), Oracle(oracle.loads(SMALL))
    known = Constraints(export_plan(plan, "opb").text)
    rows = [
        {"n": Fraction(n), "s": Fraction(s), "kind": kind}
        for n in range(-2, 4) for s in (-1, 1) for kind in "abc"
    ]  # fmt: skip
    for row in rows:
        values = solved(known, known.inputs(plan, row))
        chosen = [
            int(p) for p, _ in re.findall(r"x(\d+) is '(\w+)'", known.ports["output"]["best"])
        ]
        fits = []
        for place in chosen:
            tried = values | {p: int(p == place) for p in chosen}
            if known.hold(tried):
                fits.append(tried)
        [whole] = fits
        wanted = exact.evaluate(row)
        for alias, text in known.ports["output"].items():
            assert value_of(text, whole) == wanted[alias], (alias, row)
        for place in range(len(known.inputs(plan, row)) + 1, known.count + 1):
            assert not known.hold(whole | {place: 1 - whole[place]})


def test_what_a_network_refuses_breaks_a_constraint() -> None:
    known = Constraints(export_plan(nnc.compile(nnc.loads(SMALL)), "opb").text)
    digits = [int(p) for p in re.findall(r"x(\d+)", known.ports["input"]["n"])]
    places = [int(p) for p, _ in re.findall(r"x(\d+) is '(\w+)'", known.ports["input"]["kind"])]
    for wrong in (dict.fromkeys(digits, 1), dict.fromkeys(places, 0), dict.fromkeys(places, 1)):
        right = dict.fromkeys(range(1, known.count + 1), 0) | {places[0]: 1}
        broken = right | wrong
        assert any(
            {place for _, place in terms} <= wrong.keys()
            and not check(sum(weight * broken[place] for weight, place in terms), bound)
            for terms, check, bound in known.constraints
        )


@pytest.mark.parametrize("is_drawn", [False, True])
def test_rows_hold_and_flipped_neurons_do_not(is_drawn: bool, full: bool, tmp_path: Path) -> None:
    rng = Random("opb")
    paths = CONFIGS[:: 3 if full else 8]
    if is_drawn:
        features = ("buses", "choice", "states", "layers", "rules")
        drawn = [example(rng, 1, features) for _ in range(30 if full else 6)]
        paths = [one.put(tmp_path / str(k)) for k, one in enumerate(drawn)]
    seen = 0
    for path in paths:
        plan = nnc.compile(nnc.load(path, root=tmp_path if is_drawn else ROOT))
        if plan.count > 200 or any(tap.kind == "largest" for tap in plan.outputs):
            continue
        try:
            known = Constraints(export_plan(plan, "opb").text)
        except Refused:
            continue
        seen += 1
        exact = Oracle(oracle.load(path), path.parent)
        for row in rows_near(plan, rng, 5):
            inputs = known.inputs(plan, row)
            values = solved(known, inputs)
            assert known.hold(values)
            wanted = exact.evaluate(row)
            for tap in plan.outputs:
                if tap.kind in ("sum", "level") and not tap.is_bus:
                    text = known.ports["output"][tap.alias]
                    if not tap.labels:
                        assert value_of(text, values) == wanted[tap.alias]
            for place in values.keys() - inputs.keys():
                assert not known.hold(values | {place: 1 - values[place]})
    assert seen >= 2


def test_the_largest_of_many_is_refused_before_all_pairs_are_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A layer of 16,000 took half a minute."""
    monkeypatch.setattr(opb, "_joined", lambda *_: pytest.fail("two were compared"))
    network = nnc.Network(
        inputs=["a"],
        layers={"h": nnc.Layer(wiring="a", size=2_050, weights=1, thresholds=1)},
        outputs={"o": {"largest": "h"}},
    )
    with pytest.raises(Refused, match="4,194,304 terms are too many to be written as OPB"):
        export_plan(nnc.compile(network), "opb")
