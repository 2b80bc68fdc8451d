"""PMML scorecards: by the book, and imported again, they give what the oracle gives."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

import nnc
from nnc.exact import Refused, show_number
from nnc.interchange.exporting.exactness import EXACT
from nnc.interchange.exporting.export import Export, export_plan
from nnc.interchange.importing.formats import read_bytes_as
from nnc.language.formatting.networks import to_yaml
from nnc.language.network import Input
from nnc.rows.options import Floats
from tests.support import oracle
from tests.support.exports import Row, rows_near
from tests.support.oracle import Oracle
from tests.support.pmml import Refused as NotInScorecard
from tests.support.pmml import Scorecard

ROOT = Path(__file__).parents[3]
ABSENT = 0.2
LABELS = [
    '<b>&"q"',
    "a -- b-->",
    "]]>",
    "ü β",
    "it's",
    "low",
    "mid",
    "-",
    "&amp;",
    "none",
    "a\nb\u202e",
]
RULED = """\
nnc: 1
name: 'a -- b --> & <c> "d"'
fires: at_least
inputs:
  class: {type: choice, of: [if, été], default: été}
  x: {type: real, min: 0.3, max: 100.7, default: 2}
  n: {type: integer, max: 3000000000}
  b: {type: bit(2), default: 2}
  s: {type: bit, states: [-1, 1]}
neurons:
  old: {weights: {n: -1}, threshold: -9}
  card:
    weights: {class.if: 0.1, x: {0.3: 5, above 0.7: 0.3, 12: 1/3}, old: 0.7, b: [1, -2], s: 0.5}
    thresholds: {low: 3, mid: above 5.3, top: 6}
    states: [-1, 2]
outputs:
  sum: {sum: card}
  level: {level: card}
  label: {level: [card.low, card.top], labels: ['<&">', 'b--', "it's"]}
  units: card.mid
"""


SMALL = """\
nnc: 1
fires: at_least
inputs: {x: {type: real, min: 0}, a: bit}
neurons: {card: {weights: {x: {above 1: 3, 4: 5}, a: 0.3}, thresholds: {low: 1, high: 5.3}}}
outputs: {p: {sum: card}, high: card.high}
"""


def scorecard(rng: Random) -> str:
    """Draw a network that is a scorecard."""

    def points() -> str:
        return rng.choice(["1", "-1", "2", "0.5", "-0.1", "0.3", "1.7", "1/3", "7"])

    inputs, weights = ["z: bit"], ["z: 0.7"]
    for place in range(rng.randint(1, 5)):
        name = rng.choice(["a", "class", "été", "_x", "on"]) + str(place)
        kind = rng.choice(["bit", "bits", "choice", "integer", "real", "real", "states"])
        if kind == "bit":
            inputs.append(f"{name}: {{type: bit{rng.choice(['', ', default: 1'])}}}")
            weights.append(f"{name}: {points()}")
        elif kind == "bits":
            inputs.append(f"{name}: {{type: bit(2){rng.choice(['', ', default: 2'])}}}")
            weights.append(f"{name}: [{points()}, {points()}]")
        elif kind == "states":
            states = rng.choice(["-1, 1", "2, -1", "0, 0.5"])
            inputs.append(f"{name}: {{type: bit, states: [{states}]}}")
            weights.append(f"{name}: {points()}")
        elif kind == "choice":
            inputs.append(
                f"{name}: {{type: choice, of: [if, b, c]{rng.choice(['', ', default: b'])}}}"
            )
            weights.append(f"{name}.if: {points()}, {name}.c: {points()}")
        else:
            low, high = ("-2", "64") if kind == "integer" else ("-1.5", "64.1")
            about = rng.choice(
                ["", ", min: 0", f", min: {low}, max: {high}", ", max: 9, default: 3"]
            )
            inputs.append(f"{name}: {{type: {kind}{about}}}")
            more = [] if kind == "integer" else ["0.1", "0.3", "12.5", "33.3", "1e-3", "1/3"]
            cuts = {Fraction(rng.choice(["0", "1", "3", "12", "64", *more])) for _ in range(3)}
            steps = [
                f"{rng.choice(['', 'above '])}{show_number(cut)}: {points()}"
                for cut in sorted(cuts)
            ]
            weights.append(f"{name}: {{{', '.join(steps)}}}")
    fires = rng.choice(["at_least", "above", "below", "at_most"])
    limits = sorted({rng.choice([-1, 0, 0.5, 0.3, 1, 1.7, 2, 5]) for _ in range(3)})
    labels = json.dumps(rng.sample(LABELS, len(limits) + 1), ensure_ascii=False)
    thresholds = ", ".join(f"t{place}: {limit}" for place, limit in enumerate(limits))
    states = rng.choice(["", ", states: [-1, 1]"])
    outputs = ["p: {sum: card}"] if rng.random() < 0.8 else []
    outputs += [f"label: {{level: card, labels: {labels}}}", "k: {level: card}", "bit: card.t0"]
    return (
        f"nnc: 1\nname: {json.dumps(rng.choice(LABELS))}\nfires: {fires}\n"
        f"inputs: {{{', '.join(inputs)}}}\nneurons:\n  card:\n"
        f"    {{weights: {{{', '.join(weights)}}}, thresholds: {{{thresholds}}}{states}}}\n"
        f"outputs: {{{', '.join(outputs)}}}\n"
    )


def meant(row: Row, floats: Floats) -> Row:
    """Give a row of doubles as the numbers that they mean."""

    def number(value: Any) -> Any:
        if isinstance(value, str):
            return value
        return Fraction(repr(float(value))) if floats == "decimal" else value

    return {
        name: list(map(number, value)) if isinstance(value, list) else number(value)
        for name, value in row.items()
    }


def fields_of(row: Row) -> dict[str, Any]:
    """Give the fields of a row, each element of a bus its own."""
    fields: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, list):
            fields |= {f"{name}({place})": one for place, one in enumerate(value)}
        else:
            fields[name] = value
    return fields


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else repr(float(value))


def default_of(one: Input) -> Any:
    """Give what stands for an absent value, as in a row."""
    if one.default is None or isinstance(one.default, str):
        return one.default
    assert not isinstance(one.default, tuple)
    if one.size is None:
        return Fraction(one.default)
    return [Fraction(int(one.default) >> place & 1) for place in range(one.size)]


def check(text: str, rng: Random, count: int, floats: Floats = "binary") -> int:
    """Compare rows; also those from which a default is taken away."""
    plan, exact = nnc.compile(nnc.loads(text)), Oracle(oracle.loads(text))
    file = export_plan(plan, "pmml", floats=floats).text
    assert file == export_plan(plan, "pmml", floats=floats).text
    known = Scorecard(file)
    again = read_bytes_as(file.encode(), "card.pmml", "pmml").network
    aliases = [tap.alias for tap in plan.outputs]
    defaults = {name: default_of(one) for name, one in plan.inputs.items()}
    rows, wanted = [], []
    for row in rows_near(plan, rng, count):
        absent = {name for name, value in defaults.items() if value and rng.random() < ABSENT}
        row |= {name: defaults[name] for name in absent}
        given = meant(row, floats)
        answers = exact.evaluate(given)
        written = fields_of({name: value for name, value in row.items() if name not in absent})
        found = known.evaluate({name: as_text(one) for name, one in written.items()})
        assert {alias: found[alias] for alias in aliases} == answers, (text, row, file)
        rows.append(fields_of(given))
        wanted.append(answers)
    called = {name: name.replace("(", "_").replace(")", "") for name in rows[0]}
    results = nnc.evaluate(again, {
        new: [row[old] for row in rows] for old, new in called.items() if new in again.inputs
    })  # fmt: skip
    for alias in aliases:
        is_text = isinstance(wanted[0][alias], str)
        values = [one if is_text else Fraction(str(one)) for one in results[alias].tolist()]
        assert values == [row[alias] for row in wanted], (alias, text, file)
    return len(rows)


def test_drawn_scorecards(full: bool) -> None:
    rng, seen = Random("pmml"), 0
    for _ in range(100 if full else 12):
        text, floats = scorecard(rng), rng.choice(["binary", "decimal"])
        seen += check(text, rng, 30, floats)
    assert seen


@pytest.mark.parametrize("floats", ["binary", "decimal"])
def test_hard_points(floats: Floats) -> None:
    assert check(RULED, Random(1), 100, floats)


@pytest.mark.parametrize("name", ["wells_pe", "glasgow_coma_scale"])
def test_networks_of_the_configs(name: str) -> None:
    path = ROOT / f"configs/medicine/{name}.nn.yaml"
    assert check(path.read_text("utf-8"), Random(name), 40)


@pytest.mark.parametrize(
    ("old", "new"),
    [('partialScore="30"', 'partialScore="31"'), ('"lessOrEqual"', '"lessThan"'), (">53<", ">54<")],
)
def test_a_fault_of_one_is_found(old: str, new: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = export_plan(nnc.compile(nnc.loads(SMALL)), "pmml").text
    assert old in text
    wrong = Export(text.replace(old, new).encode(), EXACT)
    monkeypatch.setattr("tests.interchange.exporting.test_pmml.export_plan", lambda *_, **__: wrong)
    with pytest.raises(AssertionError):
        check(SMALL, Random(1), 60)


def test_points_are_integers_and_rows_are_checked() -> None:
    plan = nnc.compile(nnc.loads(RULED))
    known = Scorecard(export_plan(plan, "pmml").text)
    scores = [Fraction(each.get("partialScore", "")) for each in known.card.iter("Attribute")]
    assert all(score.denominator == 1 for score in scores)
    row = {"x": "12", "n": "9", "s": "-1"}
    assert known.evaluate(row)["label"] in ('<&">', "b--", "it's")
    for wrong in ({"x": "0.29"}, {"x": "101"}, {"n": "3000000001"}, {"class": "no"}, {"s": "0"}):
        with pytest.raises(NotInScorecard):
            known.evaluate(row | wrong)
    with pytest.raises(NotInScorecard):
        known.evaluate({"x": "12", "s": "1"})


INPUTS = """\
nnc: 1
fires: at_least
inputs:
  class: {type: choice, of: [if, été], default: été}
  x:     {type: real, min: 0.3, max: 100.7, default: 2}
  n:     {type: real, max: 3000000000}
  b_0:   {type: bit, default: 0}
  b_1:   {type: bit, default: 1}
  s:     {type: bit, states: [-1, 1]}
"""
RENAMED = [
    "names are others in the network: `b(0)` is `b_0`, `b(1)` is `b_1`",
]


def test_inputs_are_as_they_were() -> None:
    file = export_plan(nnc.compile(nnc.loads(RULED)), "pmml", floats="decimal").text
    imported = read_bytes_as(file.encode(), "card.pmml", "pmml")
    assert to_yaml(imported.network).partition("neurons:")[0] == INPUTS
    assert [note.message for note in imported.notes] == RENAMED


CARD = """\
nnc: 1
fires: at_least
inputs: {{a: bit, b: bit, n: integer, x: real, v: {{type: real, default: 0.3}}}}
neurons:
  card: {{weights: {{a: 1, b: 1}}, threshold: 1}}
  both: {{weights: {{a: 1, b: 1}}, threshold: 2}}
  flat: {{weights: {{}}, threshold: 1}}
  s: {weights}
outputs: {outputs}
"""


@pytest.mark.parametrize(
    ("weights", "outputs", "message"),
    [
        ("{n: 2, a: 1}", "[s]", "`s` reads the number `n` itself, and a scorecard is one sum"),
        ("{x: 2}", "[s]", "`s` reads the number `x` itself"),
        ("{both: 1, a: 2}", "[s]", "`s` reads the neuron `both`, no step of a number"),
        ("{a: 1}", "[s, card]", "the outputs are of 2 neurons, `card`, `s`"),
        ("{a: 1}", "{o: [s, card]}", "the output `o` is a bus"),
        ("{a: 1}", "[a]", "the output `a` is no answer of a neuron"),
        ("{a: 1}", "{o: {largest: [s, card]}}", "the output `o` is the largest of several sums"),
        ("{a: 1}", "[flat]", "no input changes the sum of `flat`"),
        ("{a: 1, b: 9007199254740992}", "[s]", "the sum of `s` may be 9,007,199,254,740,993"),
        ("{v: {0.3: 1}}", "[s]", "the default 0.3 of `v` is no double, and lies at the cut-off"),
    ],
)  # fmt: skip
def test_what_is_no_scorecard_is_refused(weights: str, outputs: str, message: str) -> None:
    text = CARD.format(weights=f"{{weights: {weights}, threshold: 1}}", outputs=outputs)
    with pytest.raises(Refused) as caught:
        export_plan(nnc.compile(nnc.loads(text)), "pmml")
    assert message in str(caught.value.message)
    assert caught.value.rule == "not-exportable"


def test_more_thresholds_than_an_expression_holds() -> None:
    limits = ", ".join(f"t{place}: {place}" for place in range(1, 67))
    text = CARD.format(weights=f"{{weights: {{a: 70}}, thresholds: {{{limits}}}}}",
                       outputs="{o: {level: s}}")  # fmt: skip
    with pytest.raises(Refused, match="the output `o` compares 66 thresholds"):
        export_plan(nnc.compile(nnc.loads(text)), "pmml")


def test_a_character_that_is_none_of_xml() -> None:
    text = CARD.format(weights="{weights: {a: 1}, threshold: 1}",
                       outputs='{o: {level: s, labels: [x, "y\\uFFFE"]}}')  # fmt: skip
    with pytest.raises(Refused, match="XML cannot hold a character of the label"):
        export_plan(nnc.compile(nnc.loads(text)), "pmml")


def test_no_engine_runs_it() -> None:
    network = nnc.loads(SMALL)
    check = nnc.check_export(network, nnc.export(network, "pmml"), "pmml")
    assert (check.agrees, check.missing) == (False, "nnc has no engine of PMML")
    assert [one.about.code for one in check.diagnostics()] == ["NNC998"]
