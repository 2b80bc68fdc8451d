"""Branch and bound over whole numbers: against every choice of small problems, by plain means."""

from itertools import product
from random import Random
from typing import Any

import numpy as np

from nnc.scores.branching import Branches, Branching, wrong_pairs
from nnc.scores.demands import Demands, Linear, Span
from nnc.scores.goals import Goal, GoalName
from nnc.scores.proof import StoppedError
from tests.support.scores import losses

GOALS: tuple[GoalName, ...] = ("loss", "accuracy", "auc")


class Small:
    """A drawn problem, and what an answer to it is, by definition."""

    def __init__(self, random: Random) -> None:
        width, count = random.randint(1, 3), random.randint(2, 9)
        most = random.choice([1, 1, 4])
        self.features = [[random.randint(0, most) for _ in range(width)] for _ in range(count)]
        self.base = [random.choice([0, 0, 2, -1]) for _ in range(count)]
        while True:
            self.ones = [random.randint(0, 3) for _ in range(count)]
            self.zeros = [random.randint(0, 3) for _ in range(count)]
            if sum(self.ones) and sum(self.zeros):
                break
        self.ranges = []
        for _ in range(width):
            low = random.randint(-3, 2)
            self.ranges.append((low, random.randint(low, 3)))
        self.terms = random.choice([width, width, 1])
        self.on = random.random() < 0.5
        self.costs = random.choice([(1, 1), (3, 1)])
        step = random.choice([1, 1, 2])
        self.span = random.choice([Span(None, None, step), Span(2, 2), Span(-2, 3, step)])
        self.conditions = [
            Linear(
                tuple(random.randint(-1, 1) for _ in range(width)), random.choice([-1, 0, 1]),
                random.randint(0, 4),
            )
            for _ in range(random.choice([0, 1, 3]))
        ]  # fmt: skip

    def branches(self, goal: GoalName) -> Branches:
        """Return the problem as the search takes it."""
        ones, zeros = np.array(self.ones), np.array(self.zeros)
        demands = Demands(self.conditions, self.span, ones, ones + zeros, on=self.on)
        return Branches(
            np.array(self.features), np.array(self.base), ones, zeros, tuple(self.ranges),
            self.terms, 1, 5.0, Goal(goal, *self.costs), demands,
        )  # fmt: skip

    def totals(self, weights: tuple[int, ...]) -> list[int]:
        """Return the sum of each cell."""
        return [
            base + sum(f * w for f, w in zip(line, weights, strict=True))
            for base, line in zip(self.base, self.features, strict=True)
        ]

    def cost(self, totals: list[int], threshold: int) -> int:
        """Return what the mistakes beside a threshold cost."""
        total = 0
        for s, ones, zeros in zip(totals, self.ones, self.zeros, strict=True):
            fires = s >= threshold if self.on else s > threshold
            total += zeros * self.costs[1] if fires else ones * self.costs[0]
        return total

    def thresholds(self, weights: tuple[int, ...]) -> list[int]:
        """Return every threshold that may be, as far as sums and conditions reach."""
        low = -60 if self.span.low is None else self.span.low
        high = 60 if self.span.high is None else self.span.high
        return [
            t
            for t in range(low, high + 1)
            if t % self.span.step == 0
            and all(
                sum(f * w for f, w in zip(c.factors, weights, strict=True))
                + c.turn * t
                + c.constant
                >= 0
                for c in self.conditions
            )
        ]

    def value(self, weights: tuple[int, ...], goal: GoalName, *, loss: float) -> float | None:
        """Return what the goal makes least; None where the weights may not be."""
        if sum(w != 0 for w in weights) > self.terms:
            return None
        totals = self.totals(weights)
        costs = [self.cost(totals, t) for t in self.thresholds(weights)]
        if not costs:
            return None
        if goal == "accuracy":
            return min(costs)
        if goal == "loss":
            return loss
        return sum(
            one * zero * (2 if s < t else int(s == t))
            for s, one in zip(totals, self.ones, strict=True)
            for t, zero in zip(totals, self.zeros, strict=True)
        )


def whole(small: Small) -> dict[tuple[int, ...], float]:
    """Return every choice of weights, with the loss of all rows."""
    choices = list(product(*(range(low, high + 1) for low, high in small.ranges)))
    rows = [
        (place, label)
        for place, (one, zero) in enumerate(zip(small.ones, small.zeros, strict=True))
        for label in [1] * one + [0] * zero
    ]
    totals = np.array([[small.totals(w)[place] for place, _ in rows] for w in choices], float)
    means = losses(totals, np.array([label for _, label in rows]))
    return dict(zip(choices, (means * len(rows)).tolist(), strict=True))


def order(weights: tuple[int, ...]) -> tuple[Any, ...]:
    sizes = [abs(w) for w in weights]
    return sum(w != 0 for w in weights), sum(sizes), max(sizes), weights


def test_the_answer_is_the_first_of_the_best(chunk: int) -> None:
    for seed in range(2 * chunk, 2 * chunk + 2):
        random = Random(f"branching {seed}")
        small = Small(random)
        all_losses = whole(small)
        for goal in GOALS:
            values = {
                w: value
                for w, loss in all_losses.items()
                if (value := small.value(w, goal, loss=loss)) is not None
            }
            answer, proof = Branching(small.branches(goal), lambda _done, _of: None).run()
            assert proof.status == "proved"
            assert proof.bounded == proof.choices == len(all_losses)
            if not values:
                assert answer is None
                continue
            assert answer is not None, (seed, goal)
            best = min(values.values())
            near = 1e-6 if goal == "loss" else 0
            assert abs(answer.value - best) <= near, (seed, goal)
            tied = [w for w, value in values.items() if value <= best + near]
            if goal != "loss":
                fewest = min(order(w)[0] for w in tied)
                tied = [w for w in tied if order(w)[0] == fewest]
                least = min(all_losses[w] for w in tied)
                tied = [w for w in tied if all_losses[w] <= least + 1e-6]
            assert answer.weights == min(tied, key=order), (seed, goal)
            assert answer.threshold in small.thresholds(answer.weights)
            totals = small.totals(answer.weights)
            costs = [small.cost(totals, t) for t in small.thresholds(answer.weights)]
            assert small.cost(totals, answer.threshold) == min(costs)


def test_many_weights_are_proved_without_all_choices() -> None:
    random = Random("many")
    features = np.array([[random.randint(0, 1) for _ in range(6)] for _ in range(40)])
    sums = features @ np.array([5, -3, 2, 0, 1, -1])
    ones = np.array(
        [sum(random.random() < 1 / (1 + np.exp(1 - s)) for _ in range(5)) for s in sums]
    )
    demands = Demands([], Span(None, None), ones, np.full(40, 5), on=True)
    asked = Branches(
        features, np.zeros(40, np.int64), ones, 5 - ones, ((-5, 5),) * 6, 6, 1, 5.0, Goal(), demands
    )
    answer, proof = Branching(asked, lambda _done, _of: None).run()
    assert answer is not None
    assert proof.status == "proved"
    assert proof.choices == 11**6
    assert proof.examined < 5000


def test_a_stopped_search_has_what_was_found() -> None:
    small = Small(Random("branching 3"))

    def tick(done: int, of: int) -> None:
        if done < of:
            raise StoppedError

    answer, proof = Branching(small.branches("loss"), tick).run()
    assert proof.status == "stopped"
    assert answer is None or answer.threshold in small.thresholds(answer.weights)


def test_wrong_pairs_count_ties_as_half() -> None:
    assert wrong_pairs(np.array([0, 1, 1]), np.array([1, 0, 1]), np.array([0, 1, 0])) == 3
