"""Warnings: each one true, and said where it holds, by all rows of small networks."""

from collections import Counter
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.opening.checking import check
from tests.support import oracle
from tests.support.networks import Files, checked, place
from tests.support.strategies import OTHER_STATES, PLAIN, Example, example

NEVER, ALWAYS, TIE = (
    [f"{rule} neurons.n.threshold"]
    for rule in ("never-fires", "always-fires", "sum-can-equal-threshold")
)


def warnings(text: str) -> list[Diagnostic]:
    checked = check(text.encode(), "f")
    assert checked.errors == [], text
    return checked.diagnostics


def lint(neurons: str, outputs: str = "[n]", inputs: str = "[a, b]", fires: str = "") -> list[str]:
    text = f"nnc: 1\n{fires}inputs: {inputs}\nneurons: {{{neurons}}}\noutputs: {outputs}\n"
    return [f"{one.rule} {'.'.join(map(str, one.path))}" for one in warnings(text)]


@pytest.mark.parametrize(
    ("neuron", "found"),
    [
        ("weights: {a: 1, b: 1}, threshold: 2, fires: above", NEVER),
        ("weights: {a: 1, b: 1}, threshold: 2, fires: at_least", []),
        ("weights: {a: 1, b: 1}, threshold: 3, fires: at_least", NEVER),
        ("weights: {a: 1, b: 1}, threshold: 0, fires: at_least", ALWAYS),
        ("weights: {a: 1, b: 1}, threshold: -0.1, fires: above", ALWAYS),
        ("weights: {a: 1, b: 1}, threshold: 0, fires: above", []),
        ("weights: {a: 1, b: 1}, threshold: 2, fires: at_most", ALWAYS),
        ("weights: {a: 1, b: 1}, threshold: 0, fires: below", NEVER),
        ("weights: {a: 1, b: 1}, threshold: 3, fires: below", ALWAYS),
        ("weights: {a: 1, b: 1}, threshold: -1, fires: at_most", NEVER),
        ("weights: {a: 1, b: 1}, thresholds: {x: 1, y: 5}, fires: above",
         ["never-fires neurons.n.thresholds.y"]),
        ("weights: {a: 1, b: 0}, threshold: 0, fires: above", ["zero-weight neurons.n.weights.b"]),
        ("wiring: [a, b], weights: [1, 0.0], threshold: 0, fires: above",
         ["zero-weight neurons.n.weights.1"]),
        ("wiring: [a, b], threshold: 1, fires: above", []),
        ("wiring: [a, b], threshold: 1", TIE),
        ("wiring: [a, b], threshold: 1.5", []),
        ("wiring: [a, b], fires: all", []),
        ("weights: {a: 2, b: 4}, threshold: 3", []),
        ("weights: {a: 2, b: 4}, threshold: 4", TIE),
        ("weights: {a: 2, b: 4, 1: -1}, threshold: 3", TIE),
        ("weights: {a: 2, b: 4, 1: -1}, threshold: 4", []),
        ("weights: 0, wiring: [a, b], threshold: 0, fires: below",
         ["zero-weight neurons.n.weights", "never-fires neurons.n.threshold"]),
    ],
)  # fmt: skip
def test_one_neuron(neuron: str, found: list[str]) -> None:
    assert lint(f"n: {{{neuron}}}") == found


def test_a_neuron_without_sources_is_meant_to_be_constant() -> None:
    assert lint("n: {weights: {}, threshold: 0, fires: at_least}", inputs="[]") == []


def test_unused() -> None:
    neurons = "n: {wiring: a, fires: any}, m: {wiring: b, fires: any}, k: {wiring: m, fires: any}"
    assert lint(neurons) == ["unused-neuron neurons.m", "unused-neuron neurons.k"]
    assert lint(neurons, "[n, k]") == []
    assert lint("n: {wiring: a, fires: any}") == ["unused-input inputs.b"]
    assert lint("n: {wiring: a, fires: any}", "[n, b]") == []
    assert lint("n: {wiring: a, fires: any}", "{n: n, x: [b, 1]}") == []


def test_the_same_neuron_twice() -> None:
    twice = "n: {weights: {a: 1, b: 2}, threshold: 1, fires: above}, m: {%s}"
    same = "same-neuron neurons.m"
    for written, found in (
        ("weights: {b: 2, a: 1}, threshold: 1, fires: above", [same]),
        ("weights: {a: 0.5, b: 1}, threshold: 1/2, fires: above", [same]),
        ("weights: {a: -1, b: -2}, threshold: -1, fires: above", []),
        ("weights: {a: 1, b: 2}, threshold: 2, fires: above", []),
        ("weights: {a: 1, b: 2}, threshold: 1, fires: at_least", []),
    ):
        assert lint(twice % written, "[n, m]") == found, written


@pytest.mark.parametrize("steps", ["{65: 1, 75: 1}", "{0: 0, 65: 1, above 75: 1}"])
def test_a_step_with_the_points_of_the_step_before(steps: str) -> None:
    text = f"""\
nnc: 1
fires: at_least
inputs: {{age: {{type: integer, min: 0, max: 120}}}}
neurons:
  n: {{weights: {{age: {steps}}}, threshold: 1}}
outputs: {{total: {{sum: n}}}}
"""
    [warning] = warnings(text)
    assert (warning.rule, warning.span and warning.span.line) == ("zero-weight", 5)
    assert warning.message.startswith("the step of `age` at ")
    assert warning.message.endswith("75 changes nothing: its points are those at 65")
    [] = warnings(text.replace("75: 1", "75: 2"))


def test_a_step_that_no_value_reaches() -> None:
    inputs = "{a: {type: integer, min: 0, max: 9}}"
    neuron = "n: {weights: {a: {%s}}, threshold: 1, fires: at_least}"
    assert lint(neuron % "0: 0, 5: 1", inputs=inputs) == []
    assert lint(neuron % "5: 1, 10: 2", inputs=inputs) == ["never-fires neurons.n.weights.a.10"]
    assert lint(neuron % "-1: 0, 5: 1", inputs=inputs) == ["always-fires neurons.n.weights.a.-1"]


def test_numbers_buses_choices_and_states() -> None:
    inputs = ("{v: {type: integer(2), min: 0, max: 3}, a: bit(3), s: {type: bit, states: [-1, 1]}, "
              "c: {type: choice, of: [x, y]}, r: real}")  # fmt: skip
    outputs = "[n, v, a, s, c, r]"
    above = "fires: above\n"
    for neuron, found in (
        ("weights: {v: 1}, threshold: 6", NEVER), ("weights: {v: 1}, threshold: 5", []),
        ("weights: {s: 3}, threshold: -4", ALWAYS), ("weights: {s: 3}, threshold: -3", []),
        ("weights: {s: 3, a: 1}, threshold: 6", NEVER), ("weights: {c: [1, 2]}, threshold: 3",
                                                         NEVER),
        ("weights: {a: [1, 0, 2]}, threshold: 3", NEVER), ("weights: {r: 0, a: 1}, threshold: 3",
         [*NEVER, "zero-weight neurons.n.weights.r"]),
        ("weights: {v(1): {0: 5}}, threshold: 4", ALWAYS),
        ("weights: {v(1): {4: 5, 9: 6}}, threshold: 4",
         ["never-fires neurons.n.weights.v(1).4", "never-fires neurons.n.weights.v(1).9", *NEVER]),
    ):  # fmt: skip
        told = lint(f"n: {{{neuron}}}", outputs, inputs, above)
        assert sorted(told) == sorted(found), neuron
    inputs = inputs.replace(
        ", states: [-1, 1]", ""
    )  # states ask for a rule, so that ties are meant
    ties = (
        ("weights: {v: 2}, threshold: 4", TIE),
        ("weights: {v: 2}, threshold: 3", []),
        ("weights: {c: [1, 2]}, threshold: 1", TIE),
        ("weights: {r: 1}, threshold: 0.5", TIE),
    )
    for neuron, found in ties:
        assert lint(f"n: {{{neuron}}}", outputs, inputs) == found


def test_unused_inputs_of_every_kind() -> None:
    inputs = "{a: bit(3), c: {type: choice, of: [x, y]}, v: real(2), b: bit(1)}"
    neuron = "n: {wiring: [%s], threshold: 0, fires: above}"
    for wiring, unused in (
        ("a(1), c.x, v(0), b", []), ("a, v", ["b", "c"]), ("c(1), b(0)", ["a", "v"]),
        ("1", ["a", "b", "c", "v"]),
    ):  # fmt: skip
        told = lint(neuron % wiring, inputs=inputs)
        assert sorted(one for one in told if "unused" in one) == [
            f"unused-input inputs.{n}" for n in unused
        ]


# ------------------------------------------------------------------------ layers and parts

USED = """\
fires: above
inputs: {x: bit, more: {type: bit, default: 0}}
neurons:
  n: {weights: {x: 1}, threshold: 5}
  same: {weights: {x: 1}, threshold: 5}
  aside: {weights: {more: 0}, threshold: 1}
outputs: {o: n, through: x}
"""


def told(folder: Path, text: str, files: Files | None = None) -> list[str]:
    found = checked(folder, text, files)
    assert found.errors == []
    for one in found.diagnostics:
        assert place(one).startswith("main:")
    return [f"{one.rule} {'.'.join(map(str, one.path))}" for one in found.diagnostics]


def test_a_used_file_is_looked_at_by_itself(tmp_path: Path) -> None:
    """What the weights show of it is told when it is checked, not wherever it is used."""
    text = (
        "inputs: [a]\nparts: {p: {use: used.nn.yaml, repeat: 3, wiring: {x: a}}}\n"
        "outputs: {o: p.o}\n"
    )
    assert told(tmp_path, text, {"used": USED}) == []
    alone = checked(tmp_path, USED)
    assert sorted(one.rule for one in alone.diagnostics) == [
        "never-fires", "never-fires", "never-fires", "same-neuron", "unused-neuron",
        "unused-neuron",
        "zero-weight"]  # fmt: skip


def test_unused_parts_and_layers(tmp_path: Path) -> None:
    text = """\
inputs: {a: bit(2)}
neurons: {n: {wiring: [q(1).o, h(0)], threshold: 0}, k: {wiring: [r.o, g], threshold: 0}}
layers:
  h: {wiring: a, thresholds: 0, size: 4}
  g: {wiring: a, thresholds: 0, size: 2}
  alone: {wiring: [h, g], thresholds: 0, size: 2}
parts:
  p: {use: used.nn.yaml, wiring: {x: a(0)}}
  q: {use: used.nn.yaml, repeat: 3, wiring: {x: a(1)}}
  r: {use: used.nn.yaml, wiring: {x: p.o}}
outputs: [n]
"""
    assert told(tmp_path, text, {"used": USED}) == [
        "unused-neuron neurons.k", "unused-neuron layers.g", "unused-neuron layers.alone",
        "unused-neuron parts.p", "unused-neuron parts.r"]  # fmt: skip
    messages = [one.message for one in checked(tmp_path, text, {"used": USED}).diagnostics]
    assert messages[1:4:2] == [
        "no output depends on the layer `g`", "no output depends on the part `p`"]  # fmt: skip


def test_parts_that_hand_on(tmp_path: Path) -> None:
    """A part may be used for what it hands on, though none of its neurons is."""
    files = {
        "used": "inputs: [x]\nneurons: {n: {wiring: x, threshold: 0}}\n"
                "outputs: {o: n, same: x, one: 1}\n",
        "pass": "inputs: [x]\noutputs: {o: x}\n",
    }  # fmt: skip
    text = """\
inputs: {a: bit, b: bit(2)}
neurons: {n: {wiring: [r.o], threshold: 0}}
parts:
  p: {use: used.nn.yaml, wiring: {x: a}}
  q: {use: used.nn.yaml, repeat: 2, wiring: {x: b(i)}}
  r: {use: pass.nn.yaml, wiring: {x: s(1).o}}
  s: {use: pass.nn.yaml, repeat: 2, wiring: {x: q(i).same}}
  t: {use: pass.nn.yaml, wiring: {x: a}}
  u: {use: pass.nn.yaml, wiring: {x: t.o}}
outputs: {same: p.same, one: p.one, n: n}
"""
    assert told(tmp_path, text, files) == ["unused-neuron parts.t", "unused-neuron parts.u"]


def test_inputs_that_only_parts_or_layers_read(tmp_path: Path) -> None:
    files = {"used": USED, "pass": "inputs: [x, y]\noutputs: {o: x}\n"}
    text = """\
inputs: {a: bit, b: bit, c: bit, d: bit, e: bit}
layers: {h: {wiring: [a, 1], thresholds: 0, size: 1}}
parts:
  p: {use: used.nn.yaml, wiring: {x: b}}
  q: {use: pass.nn.yaml, wiring: {x: c, y: d}}
outputs: {h: h, p: p.o, q: q.o}
""".replace("p: p.o, q: q.o", "po: p.o, qo: q.o")
    assert told(tmp_path, text, files) == ["unused-input inputs.d", "unused-input inputs.e"]


def test_neurons_that_read_parts_and_layers(tmp_path: Path) -> None:
    """Bounds go through: a part's bit is one, whatever is in it; equal wires are equal sources."""
    text = """\
fires: above
inputs: [a]
layers: {h: {wiring: a, thresholds: 0, size: 2, states: [-1, 1]}}
parts: {p: {use: used.nn.yaml, repeat: 2, wiring: {x: a}}}
neurons:
  never: {wiring: [p.o, h], threshold: 4}
  twice: {weights: {p.through: 1, a: 1}, threshold: 1}
  first: {weights: {p(0).o: 1, h(1): 2}, threshold: 1}
  again: {weights: {h(1): 1, p(0).o: 0.5}, threshold: 0.5}
  other: {weights: {h(1): 2, p(1).o: 1}, threshold: 1}
outputs: [never, twice, first, again, other]
"""
    assert told(tmp_path, text, {"used": USED}) == [
        "never-fires neurons.never.threshold", "same-neuron neurons.again"]  # fmt: skip


def test_layers_are_not_linted_also_where_they_are_written_out(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {
        "p": np.array([0, 1, 2]),
        "i": np.array([0, 1]),
        "v": np.array([0, 5]),
    }
    weights = "{sparse: {indptr: {file: p.npy}, indices: {file: i.npy}, values: {file: v.npy}}}"
    text = f"""\
fires: above
inputs: [a]
layers:
  h: {{wiring: [a, h], weights: {weights}, thresholds: [-1, 9]}}
  g: {{wiring: a, weights: 0, thresholds: 5, size: 2}}
outputs: [h, g]
"""
    assert told(tmp_path, text, arrays) == []


def test_ties_are_told_only_where_no_rule_is_written() -> None:
    assert lint("n: {wiring: [a, b], threshold: 1}", fires="fires: above\n") == []
    told = warnings("nnc: 1\ninputs: [a]\nneurons: {n: {wiring: a, threshold: 1}}\noutputs: [n]\n")
    assert [one.rule for one in told] == ["never-fires"]  # which names the rule that may be meant
    assert told[0].help == "write `fires: at_least` if it should fire when they are equal"


# ------------------------------------------------- against all rows of networks of bits only


def of_bits(rng: Random) -> tuple[Example, list[Diagnostic]]:
    while True:
        one = example(rng, 2, features={"states": 0.5})
        plain = all(kind.type == "bit" and not kind.size for kind in one.kinds.values())
        if plain and "neurons" in one.text:
            return one, warnings(one.text)


def test_every_warning_is_true() -> None:
    rng = Random(12)
    seen: Counter[str] = Counter()
    for _ in range(250):
        one, told = of_bits(rng)
        network, read = nnc.loads(one.text), oracle.loads(one.text)
        ports = {name: [f"{name}.{port}" for port in neuron.thresholds or ()] or [name]
                 for name, neuron in network.neurons.items()}  # fmt: skip
        outputs = {signal: signal for signals in ports.values() for signal in signals}
        read["outputs"] = outputs
        rows = [dict(zip(one.kinds, bits, strict=True))
                for bits in product(*(kind.states for kind in one.kinds.values()))]  # fmt: skip
        results = [oracle.evaluate(read, row) for row in rows]
        column = {alias: [row[alias] for row in results] for alias in results[0]}
        for warning in told:
            seen[warning.rule] += 1
            name = str(warning.path[1])
            off, on = network.neurons[name].states or network.states or (0, 1) if (
                name in network.neurons) else (0, 1)  # fmt: skip
            signal = f"{name}.{warning.path[3]}" if warning.path[2:3] == ("thresholds",) else name
            if warning.rule == "never-fires":
                assert set(column[signal]) == {off}, one.text
            elif warning.rule == "always-fires":
                assert set(column[signal]) == {on}, one.text
            elif warning.rule == "same-neuron":
                (label,) = warning.labels
                first = ports[str(label.path[1])]
                assert [column[s] for s in ports[name]] == [column[s] for s in first], one.text
    assert min(seen[rule] for rule in ("never-fires", "always-fires", "zero-weight")) > 20
    assert seen["same-neuron"] > 0


def test_no_constant_neuron_that_reads_inputs_only_is_missed() -> None:
    """Bounds are exact where sources are independent: bits, each once."""
    rng = Random(13)
    for _ in range(300):
        weights = [rng.randint(-3, 3) or 1 for _ in range(3)]
        threshold, fires = rng.randint(-7, 7), rng.choice(list(oracle.COMPARE))
        wires = ", ".join(f"{name}: {w}" for name, w in zip("abc", weights, strict=True))
        states = [rng.choice((PLAIN, *OTHER_STATES)) for _ in weights]
        inputs = ", ".join(f"{name}: {{type: bit, states: [{off}, {on}]}}"
                           for name, (off, on) in zip("abc", states, strict=True))  # fmt: skip
        found = lint(f"n: {{weights: {{{wires}}}, threshold: {threshold}, fires: {fires}}}",
                     inputs=f"{{{inputs}}}")  # fmt: skip
        sums = [sum(w * v for w, v in zip(weights, row, strict=True)) for row in product(*states)]
        outcomes = {oracle.COMPARE[fires](total, threshold) for total in sums}
        rules = {(True,): ["always-fires"], (False,): ["never-fires"]}.get(tuple(outcomes), [])
        assert [one.split()[0] for one in found] == rules


def test_ties_of_many_bits_are_told_as_far_as_is_known() -> None:
    """Beyond 512 different sums only the bounds and the common divisor are looked at."""
    inputs = f"[{', '.join(f'i{k}' for k in range(11))}]"
    weights = [3**k for k in range(11)]
    wires = ", ".join(f"i{k}: {w}" for k, w in enumerate(weights))
    for threshold, told_ in ((2, True), (3**11, False), ("0.5", False), (-1, False)):
        found = lint(f"n: {{weights: {{{wires}}}, threshold: {threshold}}}", inputs=inputs)
        assert ("sum-can-equal-threshold neurons.n.threshold" in found) == told_, threshold


def test_ties_of_many_bits_with_few_sums_are_exact() -> None:
    """60 times 1 and 4 times 1000 have 305 different sums; 200 times 1 make 1,005 of them."""
    for many, told_ in ((60, False), (200, True)):
        names = [f"i{k}" for k in range(many + 4)]
        wires = ", ".join(f"{n}: {1 if k < many else '1e3'}" for k, n in enumerate(names))
        inputs = f"[{', '.join(names)}]"
        gap = lint(f"n: {{weights: {{{wires}}}, threshold: 999}}", inputs=inputs)
        assert ("sum-can-equal-threshold neurons.n.threshold" in gap) == told_, many


def test_ties_of_bits_are_exact() -> None:
    rng = Random(14)
    for _ in range(300):
        weights = [Fraction(rng.randint(-6, 6) or 1, rng.choice((1, 2, 3))) for _ in range(3)]
        threshold = Fraction(rng.randint(-8, 8), rng.choice((1, 2, 6)))
        wires = ", ".join(f"{name}: {w}" for name, w in zip("abc", weights, strict=True))
        found = lint(f"n: {{weights: {{{wires}}}, threshold: {threshold}}}", inputs="[a, b, c]")
        sums = {sum(some, Fraction()) for size in range(4) for some in combinations(weights, size)}
        told = "sum-can-equal-threshold neurons.n.threshold" in found
        never = threshold == max(sums)  # told as such, once
        assert told == (threshold in sums and not never), (weights, threshold)
        assert ("never-fires neurons.n.threshold" in found) == (threshold >= max(sums))
