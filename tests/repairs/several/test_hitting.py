"""Several numbers: the fewest, the least change, and the last of the file, against brute force."""

import os
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product
from random import Random

import pytest

import nnc
from nnc.repairs.problem.problem import OutOfTimeError
from nnc.repairs.several import hitting
from tests.repairs.test_single import repair_of
from tests.support.drawn_repairs import Drawn, Numbers, Rows, draw, rows_of

EVERYDAY, ALL = 80, 1200
SPAN = 3
SEED = int(os.environ.get("NNC_FUZZ_SEED", "0"))


def solutions(drawn: Drawn, rows: Rows, count: int) -> Iterator[tuple[int, list[int], Numbers]]:
    """Yield every change of so many numbers by whole steps that makes all rows hold.

    With it are how much it is in sum, and the places of the numbers, each below 0.
    """
    order = {name: place for place, name in enumerate(drawn.numbers)}
    steps = [step for step in range(-SPAN, SPAN + 1) if step]
    for names in combinations(drawn.numbers, count):
        for moves in product(steps, repeat=count):
            moved = {name: drawn.numbers[name] + move
                     for name, move in zip(names, moves, strict=True)}  # fmt: skip
            if drawn.holds(rows, drawn.numbers | moved):
                yield sum(map(abs, moves)), [-order[name] for name in names], moved


def check_trial(number: int) -> bool:
    random = Random(f"{SEED} several {number}")
    drawn = draw(random, neurons=random.choice([2, 3, 4]), inputs=2)
    drawn.numbers = {name: Fraction(int(value)) for name, value in drawn.numbers.items()}
    if random.random() < 0.3:
        drawn.sums = list(drawn.rules)[-2:]
    rows = rows_of(random, drawn, random.randint(2, 3))
    repair = repair_of(drawn, rows, decimals=0)
    if repair.holds:
        return False
    about = (number, drawn.text(), rows, [str(change) for change in repair.changes])
    assert repair.proof == "proved", about
    moved = {change.name: Fraction(change.new) for change in repair.changes}
    if moved:
        assert drawn.holds(rows, drawn.numbers | moved), about
    for count in range(1, min(len(moved) or 3, 3)):
        assert not list(solutions(drawn, rows, count)), about
    if 0 < len(moved) < 3:
        size = sum(abs(change.new - change.old) for change in repair.changes)
        order = {name: place for place, name in enumerate(drawn.numbers)}
        least = min(solutions(drawn, rows, len(moved)), key=lambda x: x[:2], default=None)
        assert least is None or (size, sorted(-order[name] for name in moved)[::-1]) <= (
            least[0], sorted(least[1])[::-1]
        ), about  # fmt: skip
    return True


@pytest.mark.parametrize("part", range(4))
def test_the_fewest_numbers_and_the_least_change(part: int, full: bool) -> None:
    done = sum(check_trial(number) for number in range(part, ALL if full else EVERYDAY, 4))
    assert done


def test_from_any_answer_down_to_the_fewest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where time is short, some answer is found first; what is proved in the end is the same."""
    monkeypatch.setattr(hitting, "CLIMBS", 0)
    assert sum(check_trial(number) for number in range(0, EVERYDAY, 4))


def wide(wrong: int) -> tuple[nnc.Network, dict[str, list[int]], list[int]]:
    """Give a neuron of 40 inputs, rows of a few that are 1, and labels of which some are turned."""
    random = Random(5)
    weights = [random.choice([1, 1, -1]) * random.randint(1, 900) for _ in range(40)]
    given = [random.sample(range(40), random.randint(2, 6)) for _ in range(60)]
    rows = [[int(k in own) for k in range(40)] for own in given]
    sums = [sum(w for w, bit in zip(weights, row, strict=True) if bit) for row in rows]
    labels = [int(total >= 600) for total in sums]
    for k in sorted(range(60), key=lambda k: abs(sums[k] - 600))[:wrong]:
        labels[k] = 1 - labels[k]
    listed = ", ".join(f"i{k}: {w}" for k, w in enumerate(weights))
    network = nnc.loads(
        f"nnc: 1\ninputs: [{', '.join(f'i{k}' for k in range(40))}]\nneurons:\n"
        f"  s: {{weights: {{{listed}}}, threshold: 600, fires: at_least}}\noutputs: [s]\n"
    )
    return network, {f"i{k}": [row[k] for row in rows] for k in range(40)}, labels


def test_an_answer_that_is_not_proved_holds_and_tells_how_many_are_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network, rows, labels = wide(wrong=6)
    whole = nnc.repair(network, rows, labels={"s": labels})
    assert whole.proof == "proved"
    stops = [OutOfTimeError, KeyboardInterrupt]

    def stop(*_: object) -> None:
        raise stops.pop(0)

    monkeypatch.setattr(hitting.HittingSets, "_try", stop)
    some = nnc.repair(network, rows, labels={"s": labels})
    assert some.is_interrupted
    assert some.proof == "searched"
    assert some.fewest <= len(whole.changes) <= len(some.changes)
    assert some.network is not None
    assert nnc.evaluate(some.network, rows)["s"].tolist() == labels


@pytest.mark.parametrize("calls", range(12))
def test_ctrl_c_at_any_moment(calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either nothing is returned, or what holds, with the count that is proved so far."""
    network, rows, labels = wide(wrong=4)
    left = calls * 3
    check = hitting.HittingSets._check

    def checked(search: hitting.HittingSets, limit: Fraction | None) -> object:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return check(search, limit)

    monkeypatch.setattr(hitting.HittingSets, "_check", checked)
    try:
        repair = nnc.repair(network, rows, labels={"s": labels})
    except KeyboardInterrupt:
        assert calls < 11
        return
    assert repair.network is not None
    assert nnc.evaluate(repair.network, rows)["s"].tolist() == labels
    assert repair.is_interrupted == (repair.proof == "searched")
    assert repair.fewest == len(repair.changes)


TWO = """\
nnc: 1
fires: at_least
inputs: [a, b]
neurons:
  p: {weights: {a: 1, b: 2}, threshold: 2}
  q: {weights: {a: 3, p: 1}, threshold: 4}
outputs: {s: {sum: p}, t: {sum: q}, fires: q}
"""
ROWS = {"a": [1, 0, 1], "b": [0, 1, 1]}
LABELS = {"s": [1, 4, 5], "t": [2, 1, 3], "fires": [0, 0, 0]}


def test_sums_of_two_neurons_are_repaired() -> None:
    repair = nnc.repair(nnc.loads(TWO), ROWS, labels=LABELS)
    assert repair.proof == "proved"
    assert sum(abs(change.new - change.old) for change in repair.changes) == 3
    assert {change.name for change in repair.changes} >= {"p.weights.b", "q.weights.a"}
    assert repair.network is not None
    given = nnc.evaluate(repair.network, ROWS)
    assert [given[name].tolist() for name in LABELS] == list(LABELS.values())


def test_that_nothing_meets_rows_is_proved() -> None:
    repair = nnc.repair(nnc.loads(TWO), {"a": [0], "b": [0]}, labels={"s": [1]})
    assert repair.network is None
    assert repair.changes == ()
    assert repair.proof == "proved"


PART = """\
nnc: 1
fires: at_least
inputs: [a, b]
neurons:
  both: {weights: {a: 1, b: 1}, threshold: 1}
  out: {weights: {both: -1, a: 1, b: 1}, threshold: 0}
outputs: [out]
"""
PART_NUMBERS = {
    "both.weights.a": 1, "both.weights.b": 1, "both.threshold": 1,
    "out.weights.both": -1, "out.weights.a": 1, "out.weights.b": 1, "out.threshold": 0,
}  # fmt: skip


def part(a: int, b: int, numbers: dict[str, int]) -> int:
    """Evaluate the part, by its seven numbers."""
    wa, wb, t, vh, va, vb, s = numbers.values()
    both = int(wa * a + wb * b >= t)
    return int(vh * both + va * a + vb * b >= s)


def test_numbers_of_a_part_that_is_used_twice_in_a_row() -> None:
    """The second reads the first, so that a number has a part in what is before it and behind."""
    used = nnc.loads(PART)
    network = nnc.Network(
        inputs=["a", "b", "c"],
        parts={
            "one": nnc.Part(use=used, wiring={"a": "a", "b": "b"}),
            "two": nnc.Part(use=used, wiring={"a": "one.out", "b": "c"}),
        },
        outputs={"x": "one.out", "y": "two.out"},
    )
    rows = list(product((0, 1), repeat=3))
    columns = {name: [row[i] for row in rows] for i, name in enumerate("abc")}
    span = range(-3, 4)
    for wanted in (
        {"both.weights.a": 3, "out.threshold": 1},
        {"out.weights.both": 1, "both.threshold": 2},
    ):
        x = [part(a, b, PART_NUMBERS | wanted) for a, b, _ in rows]
        y = [
            part(first, c, PART_NUMBERS | wanted) for first, (_, _, c) in zip(x, rows, strict=True)
        ]

        def holds(numbers: dict[str, int], x: list[int] = x, y: list[int] = y) -> bool:
            mine = [part(a, b, numbers) for a, b, _ in rows]
            return mine == x and y == [
                part(first, c, numbers) for first, (_, _, c) in zip(mine, rows, strict=True)
            ]

        sizes = {
            (
                count,
                sum(
                    abs(value - PART_NUMBERS[name])
                    for name, value in zip(names, values, strict=True)
                ),
            )
            for count in (0, 1, 2)
            for names in combinations(PART_NUMBERS, count)
            for values in product(span, repeat=count)
            if holds(PART_NUMBERS | dict(zip(names, values, strict=True)))
        }
        repair = nnc.repair(network, columns, labels={"x": x, "y": y}, decimals=0)
        assert repair.proof == "proved"
        size = sum(abs(change.new - change.old) for change in repair.changes)
        assert (len(repair.changes), size) == min(sizes)
        assert repair.network is not None
        given = nnc.evaluate(repair.network, columns)
        assert [given[name].tolist() for name in ("x", "y")] == [x, y]
