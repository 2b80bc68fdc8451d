"""One open neuron, from rows: every choice of small files, judged by fractions and plain means."""

from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError, InvalidRowsError
from nnc.scores.goals import Goal, read_limit
from nnc.training.answer import Training
from tests.support.scores import losses

FIRES = {
    "at_least": lambda s, t: s >= t, "above": lambda s, t: s > t,
    "at_most": lambda s, t: s <= t, "below": lambda s, t: s < t,
}  # fmt: skip


class File:
    """A drawn file with open numbers, its rows, and what it gives by definition."""

    def __init__(self, random: Random) -> None:
        self.fires = random.choice(list(FIRES))
        self.states = random.choice([(0, 1), (1, 0), (1, -1), (-1, 1), (2, 5), (5, 2)])
        self.is_turned = self.states in ((1, 0), (1, -1), (5, 2))
        """Whether the output counts as 1, or is the larger value, where the neuron is silent."""
        self.unit = random.choice([Fraction(1), Fraction(1), Fraction(1, 10)])
        reach = 2 if self.unit == 1 else Fraction(1, 5)
        self.threshold = random.choice([None, None, self.unit])
        self.kept = random.choice([0, 2, Fraction(1, 2)])
        self.reach = reach
        self.rows = [
            {"age": random.choice([40, 65, 70, 80, 85]), "a": random.randint(0, 1),
             "b": random.randint(0, 1), "sick": place % 2}
            for place in range(random.randint(4, 12))
        ]  # fmt: skip
        self.case = random.choice([None, random.choice(self.rows)])

    @property
    def network(self) -> nnc.Network:
        """The file as a network."""
        decimals = 0 if self.unit == 1 else 1
        text = f"-{self.reach}..{self.reach}" if self.unit == 1 else "-0.2..0.2"
        cases: list[Any] = []
        if self.case is not None:
            given = {name: self.case[name] for name in ("age", "a", "b")}
            cases = [
                nnc.Case(given=given, expect={"sick": self.states[not self.wanted(self.case)]})
            ]
        neuron = nnc.Neuron(
            weights={"age": {65: text, 80: text}, "a": text, "b": self.kept},
            threshold="_" if self.threshold is None else self.threshold, fires=self.fires,
            states=self.states,
        )  # fmt: skip
        return nnc.Network(
            inputs={"age": nnc.Input(type="integer"), "a": nnc.Input(type="bit"),
                    "b": nnc.Input(type="bit")},
            neurons={"risk": neuron}, outputs={"sick": "risk"}, cases=cases,
            unknown={"decimals": decimals},
        )  # fmt: skip

    def total(self, row: dict[str, int], weights: tuple[Fraction, ...]) -> Fraction:
        """Return the sum of the neuron."""
        step = weights[1] if row["age"] >= 80 else weights[0] if row["age"] >= 65 else 0
        return step + weights[2] * row["a"] + Fraction(self.kept) * row["b"]

    def wanted(self, row: dict[str, int]) -> bool:
        """Whether the neuron is to fire."""
        return bool(row["sick"]) != self.is_turned

    def best(self) -> dict[tuple[Fraction, ...], tuple[float, int]]:
        """Return of every choice that the case allows its loss, and the least mistakes."""
        grid = [self.unit * k for k in range(-2, 3)]
        ones = np.array([row["sick"] for row in self.rows])
        limits = [self.unit * k for k in range(-60, 61)]
        limits = limits if self.threshold is None else [self.threshold]
        choices = list(product(grid, repeat=3))
        sign = 1 if (self.fires in ("at_least", "above")) != self.is_turned else -1
        sums = [[sign * self.total(row, w) for row in self.rows] for w in choices]
        means = losses(np.array(sums, float), ones)
        found = {}
        for w, mean in zip(choices, means.tolist(), strict=True):
            mistakes = [
                sum(FIRES[self.fires](self.total(row, w), t) != self.wanted(row)
                    for row in self.rows)
                for t in limits
                if self.case is None
                or FIRES[self.fires](self.total(self.case, w), t) != self.wanted(self.case)
            ]  # fmt: skip
            if mistakes:
                found[w] = mean, min(mistakes)
        return found


def weights_of(found: Training) -> list[Any]:
    """Return the weights of the only neuron, the points of steps among them."""
    (neuron,) = found.network.neurons.values()
    assert isinstance(neuron.weights, dict)
    return [
        value
        for weight in neuron.weights.values()
        for value in (weight.values() if isinstance(weight, dict) else [weight])
    ]


def errors(found: Training) -> int:
    return found.train[0].rows - found.train[0].right


def test_the_numbers_are_the_best_of_all(chunk: int) -> None:
    file = File(Random(f"refit {chunk}"))
    best = file.best()
    rows = [{**row, "sick": file.states[file.wanted(row)]} for row in file.rows]
    for goal in (Goal("loss"), Goal("accuracy")):
        if not best:
            with pytest.raises((InvalidRowsError, InvalidNetworkError)):
                nnc.train(file.network, rows, "sick", goal=goal)
            continue
        found = nnc.train(file.network, rows, "sick", goal=goal)
        assert found.proof is not None
        assert found.proof.status == "proved"
        is_cost = goal.name == "accuracy"
        least = min(mistakes if is_cost else loss for loss, mistakes in best.values())
        weights = tuple(Fraction(n) for n in weights_of(found)[:3])
        value = best[weights][1] if is_cost else best[weights][0]
        assert abs(value - least) < 1e-6
        given = [{n: row[n] for n in ("age", "a", "b")} for row in file.rows]
        wrong = [
            nnc.evaluate(found.network, row)["sick"] != wanted["sick"]
            for row, wanted in zip(given, rows, strict=True)
        ]
        assert sum(wrong) == errors(found) == best[weights][1]
        assert file.case is None or all(each.holds for each in nnc.run_cases(found.network))


def simple(**more: Any) -> nnc.Network:
    values: dict[str, Any] = {
        "inputs": ["a", "b"],
        "neurons": {"x": nnc.Neuron(weights={"a": "_", "b": "_"}, threshold="_")},
        "outputs": {"y": "x"},
    } | more
    return nnc.Network(**values)


ROWS = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "y": [0, 0, 0, 1]}


def test_bounds_terms_and_limits_hold() -> None:
    goal = Goal(limits=(read_limit("misses<=0"),))
    found = nnc.train(simple(unknown={"terms": 1}), ROWS, "y", goal=goal)
    assert (found.weights, found.zeros) == (2, 1)
    assert errors(nnc.train(simple(), ROWS, "y")) == 0
    wide = nnc.train(simple(unknown={"range": "2..3"}), ROWS, "y")
    assert min(weights_of(wide)) >= 2


@pytest.mark.parametrize("goal", ["loss", "accuracy", "auc"])
def test_a_threshold_alone_is_found(goal: Any) -> None:
    neuron = nnc.Neuron(weights={"a": 2, "b": 1}, threshold="_", fires="above")
    rows = {**ROWS, "y": [0, 0, 1, 1]}
    found = nnc.train(simple(neurons={"x": neuron}), rows, "y", goal=Goal(goal))
    assert found.network.neurons["x"].threshold == 1
    assert errors(found) == 0


def test_cases_that_no_numbers_give_are_reported() -> None:
    table = [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)]
    cases = [nnc.Case(given={"a": a, "b": b}, expect={"y": y}) for a, b, y in table]
    with pytest.raises(InvalidNetworkError, match="no weights and threshold of `x` satisfy"):
        nnc.train(simple(cases=cases), ROWS, "y")
    neuron = nnc.Neuron(weights={"a": "0..1", "b": 1}, threshold=1, fires="at_least")
    case = nnc.Case(given={"a": 1, "b": 0}, expect={"y": 0})
    bounded = simple(neurons={"x": neuron}, cases=[case])
    assert weights_of(nnc.train(bounded, ROWS, "y")) == [0, 1]
    goal = Goal(limits=(read_limit("misses<=0"), read_limit("errors<=0")))
    with pytest.raises(InvalidRowsError, match=r"keep the 1 case and misses<=0 and errors<=0: all"):
        nnc.train(bounded, {**ROWS, "y": [1, 0, 1, 0]}, "y", goal=goal)


def test_what_is_no_single_neuron_is_refused() -> None:
    more = {
        "neurons": {
            "x": nnc.Neuron(weights={"a": "_", "b": "_"}, threshold="_"),
            "z": nnc.Neuron(weights={"x": "_"}, threshold=0),
        },
        "outputs": {"y": "z"},
    }
    with pytest.raises(InvalidNetworkError, match="training decides one neuron that is an output"):
        nnc.train(simple(**more), ROWS, "y")
    with pytest.raises(InvalidNetworkError, match="gradients train layers"):
        nnc.train(simple(), ROWS, "y", method="gradient")
    with pytest.raises(TypeError, match=r"call nnc\.train"):
        nnc.fit(simple(), ROWS, "y")  # type: ignore[arg-type]


def test_numbers_that_nothing_decides_are_noted() -> None:
    rows = {"a": [0, 1, 1, 0], "b": [0, 0, 0, 0], "y": [0, 1, 1, 0]}
    found = nnc.train(simple(), rows, "y")
    assert [note.rule for note in found.notes] == ["undecided-number"]
    assert "no row decides `x.b`" in found.notes[0].message
    case = nnc.Case(given={"a": 0, "b": 1}, expect={"y": 1})
    notes = nnc.train(simple(cases=[case]), rows, "y").notes
    assert "undecided-number" not in [note.rule for note in notes]
