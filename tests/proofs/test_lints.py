"""Lints from proof: as brute force finds them, on drawn networks of bits and ranges."""

from itertools import product
from random import Random

import pytest

from nnc.compiler.lint import lint
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.opening.checking import check
from nnc.proofs.properties import lints

IN_A_CHUNK = 6  # 30 every day
Weights = dict[str, int]


class _Drawn:
    """A network of neurons that fire at least at their threshold, and all rows it allows."""

    def __init__(self, rng: Random) -> None:
        self.inputs = [f"i{k}" for k in range(rng.randint(2, 4))]
        self.neurons: dict[str, tuple[Weights, int]] = {}
        names = list(self.inputs)
        for k in range(rng.randint(3, 7)):
            sources = rng.sample(names, min(len(names), rng.randint(1, 3)))
            is_any = rng.random() < 0.4
            weights = {s: 1 if is_any else rng.choice([-2, -1, 1, 1, 2]) for s in sources}
            threshold = 1 if is_any else rng.randint(-1, 2)
            self.neurons[f"n{k}"] = weights, threshold
            names.append(f"n{k}")
        self.outputs = rng.sample(list(self.neurons), rng.randint(1, 3))
        self.apart = rng.sample(self.inputs, 2) if rng.random() < 0.5 else []
        self.rows = [
            self._values(bits)
            for bits in product((0, 1), repeat=len(self.inputs))
            if sum(bits[self.inputs.index(name)] for name in self.apart) < 2
        ]

    @property
    def text(self) -> str:
        neurons = "".join(
            f"  {name}: {{weights: {{{', '.join(f'{s}: {w}' for s, w in weights.items())}}}, "
            f"threshold: {threshold}}}\n"
            for name, (weights, threshold) in self.neurons.items()
        )
        assume = f"assume:\n  - {{at_most_one: [{', '.join(self.apart)}]}}\n" if self.apart else ""
        inputs, outputs = ", ".join(self.inputs), ", ".join(self.outputs)
        return (
            f"nnc: 1\nfires: at_least\ninputs: [{inputs}]\nneurons:\n{neurons}"
            f"outputs: [{outputs}]\n{assume}"
        )

    def _values(self, bits: tuple[int, ...]) -> dict[str, int]:
        values = dict(zip(self.inputs, bits, strict=True))
        for name, (weights, threshold) in self.neurons.items():
            values[name] = int(sum(w * values[s] for s, w in weights.items()) >= threshold)
        return values

    def column(self, name: str) -> tuple[int, ...]:
        """Return what a signal is in each row."""
        return tuple(row[name] for row in self.rows)

    def constant(self) -> set[str]:
        """Return the neurons of one value, though their weights alone allow two."""
        found = set()
        for name in self.dead():
            weights, threshold = self.neurons[name]
            least = sum(min(w, 0) for w in weights.values())
            greatest = sum(max(w, 0) for w in weights.values())
            if least < threshold <= greatest:
                found.add(name)
        return found

    def dead(self) -> set[str]:
        """Return the neurons of one value."""
        return {name for name in self.neurons if len(set(self.column(name))) == 1}

    def alike(self) -> list[set[str]]:
        """Return classes of neurons that are the same or opposite, and not constant."""
        classes: dict[tuple[int, ...], set[str]] = {}
        for name in self.neurons.keys() - self.dead():
            column = self.column(name)
            turned = tuple(bit ^ column[0] for bit in column)
            classes.setdefault(turned, set()).add(name)
        return list(classes.values())

    def covered(self) -> set[tuple[str, str]]:
        """Return neurons, and readers that fire where any source does, that need them not."""
        found = set()
        live = self.neurons.keys() - self.dead()
        for reader, (weights, threshold) in self.neurons.items():
            if threshold < 1 or any(w < threshold for w in weights.values()):
                continue
            for inner in weights.keys() & live:
                for outer in weights.keys() & live - {inner}:
                    pairs = list(zip(self.column(inner), self.column(outer), strict=True))
                    if all(a <= b for a, b in pairs) and any(a != b for a, b in pairs):
                        found.add((inner, reader))
        return found

    def irrelevant(self) -> set[str]:
        """Return inputs that reach an output with two values, and that none depends on."""
        found = set()
        for name in self.inputs:
            reached = [o for o in self.outputs if name in self._behind(o) and o not in self.dead()]
            seen: dict[tuple[int, ...], tuple[int, ...]] = {}
            is_free = all(
                seen.setdefault(tuple(row[i] for i in self.inputs if i != name), given) == given
                for row in self.rows
                for given in [tuple(row[o] for o in self.outputs)]
            )
            if reached and is_free:
                found.add(name)
        return found

    def _behind(self, name: str) -> set[str]:
        if name not in self.neurons:
            return {name}
        return {each for source in self.neurons[name][0] for each in self._behind(source)}


def found_in(text: str) -> tuple[list[Diagnostic], set[str]]:
    """Return what is proved, and the neurons that the weights alone show to be the same."""
    checked = check(text.encode(), "<text>")
    assert checked.graph is not None, [text, *map(str, checked.errors)]
    assert checked.network is not None
    first = lint(checked.network, checked.graph)
    same = {str(each.path[1]) for each in first if each.rule == "same-neuron"}
    return lints(checked.graph, {(each.rule, each.path) for each in first}), same


def test_drawn_networks(chunk: int) -> None:
    rng = Random(f"lints {chunk}")
    for _ in range(IN_A_CHUNK):
        drawn = _Drawn(rng)
        found, same = found_in(drawn.text)
        by_rule: dict[str, list[Diagnostic]] = {}
        for each in found:
            by_rule.setdefault(each.rule, []).append(each)

        constant = {str(each.path[1]) for each in by_rule.pop("constant-neuron", [])}
        assert constant == drawn.constant(), drawn.text
        irrelevant = {str(each.path[1]) for each in by_rule.pop("irrelevant-input", [])}
        assert irrelevant == drawn.irrelevant(), drawn.text
        covered = {
            (each.message.split("`")[1], each.message.split("`")[3])
            for each in by_rule.pop("covered-neuron", [])
        }
        assert covered == drawn.covered(), drawn.text
        equal = by_rule.pop("equal-neurons", [])
        for each in equal:
            _, second, words, first, _ = each.message.split("`")
            columns = zip(drawn.column(first), drawn.column(second), strict=True)
            assert {a ^ b for a, b in columns} == {int("opposite" in words)}, drawn.text
        told = {str(each.path[1]) for each in equal}
        wires = {name for name, (weights, _) in drawn.neurons.items() if len(weights) == 1}
        for alike in drawn.alike():
            assert len(alike - told - same - wires) <= 1, drawn.text
        assert not by_rule


CONTRADICTION = "assume:\n  - {always: {a: 1}}\n  - {never: {a: 1}}\n"
RULES = """\
nnc: 1
fires: at_least
inputs: {age: {type: integer, min: 0}, ill: bit, a: bit}
neurons:
  old:   {weights: {age: {65: 1}}, threshold: 1}
  older: {weights: {age: {80: 1}}, threshold: 1}
  both:  {wiring: [older, ill], threshold: 2}
  call:  {wiring: [old, both, a], threshold: 1}
  never: {weights: {older: 1, old: -1}, threshold: 1}
outputs: [call, never]
"""


def test_ranges_of_numbers_without_end() -> None:
    found, _ = found_in(RULES)
    assert sorted((each.rule, str(each.path[1])) for each in found) == [
        ("constant-neuron", "never"),
        ("covered-neuron", "both"),
        ("irrelevant-input", "ill"),
    ]


def test_assumptions_count() -> None:
    text = RULES.replace("80: 1", "50: 1")
    assert "covered-neuron" not in {each.rule for each in found_in(text)[0]}
    text += "assume:\n  - {always: {age: ..49|65..}}\n"
    messages = [each.message for each in found_in(text)[0]]
    assert any("in every row that is allowed" in message for message in messages)
    assert any("`older` is the same as `old`" in message for message in messages)


def test_where_no_row_is_allowed_nothing_is_told() -> None:
    assert found_in(RULES + CONTRADICTION)[0] == []


@pytest.mark.parametrize("budget", [0.0, 1e-6])
def test_without_work_nothing_is_told(budget: float) -> None:
    checked = check(RULES.encode(), "<text>")
    assert checked.graph is not None
    assert lints(checked.graph, budget=budget) == []


def test_a_negation_is_no_opposite() -> None:
    neurons = "neurons:\n  some: {wiring: [a, b], threshold: 1}\n"
    other = "  other: {weights: {some: -1}, threshold: 0}\noutputs: [some, other]\n"
    text = f"nnc: 1\nfires: at_least\ninputs: [a, b]\n{neurons}"
    assert found_in(text + other)[0] == []
    apart = other.replace("{some: -1}", "{a: -1, b: -1}")
    (finding,) = found_in(text + apart)[0]
    assert finding.message == "`other` is the opposite of `some` in every row"
    assert finding.labels[0].path == ("neurons", "some")
