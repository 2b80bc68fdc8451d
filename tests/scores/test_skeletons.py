"""Networks with hidden layers from rows: every choice of small ones, judged by plain sums."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError, InvalidRowsError
from nnc.filling.search import descent
from nnc.scores.skeletons import SkeletonFit

FIRES = {
    "at_least": lambda s, t: s >= t, "above": lambda s, t: s > t,
    "at_most": lambda s, t: s <= t, "below": lambda s, t: s < t,
}  # fmt: skip
INPUTS = [(age, a) for age in (40, 65, 80) for a in (0, 1)]


@pytest.fixture(autouse=True)
def _short_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descent, "WORK", 500_000)


class File:
    """A drawn file with a hidden neuron, its rows, and what it gives by definition."""

    def __init__(self, random: Random) -> None:
        self.fires = random.choice(list(FIRES))
        self.states = random.choice([(0, 1), (0, 1), (-1, 1), (1, 0), (1, -1), (2, 5)])
        self.is_turned = self.states[0] == 1
        """Whether an output counts as 1 where its neuron is silent."""
        self.unit = random.choice([Fraction(1), Fraction(1), Fraction(1, 10)])
        self.kept = random.choice([None, 0, self.unit])
        self.outputs = random.choice([["y"], ["y", "h"]])
        self.rows = [
            dict(zip(("age", "a"), random.choice(INPUTS), strict=True))
            | {f"is_{name}": random.randint(0, 1) for name in self.outputs}
            for _ in range(random.randint(4, 14))
        ]
        self.rows += [dict.fromkeys(self.rows[0], 0) | {"age": 40, "is_y": place} for place in "01"]
        self.case = random.choice([None, (random.choice(INPUTS), random.randint(0, 1))])
        self.cost = random.choice([{}, {}, {"miss": 3}])

    @property
    def network(self) -> nnc.Network:
        """The file as a network."""
        text = "-1..1" if self.unit == 1 else "-0.1..0.1"
        cases: list[Any] = []
        if self.case is not None:
            (age, a), y = self.case
            cases = [nnc.Case(given={"age": age, "a": a}, expect={"y": self.states[y]})]
        hidden = nnc.Neuron(weights={"age": {65: text}, "a": text}, threshold="_", fires=self.fires)
        out = nnc.Neuron(
            weights={"a": self.kept if self.kept is not None else text, "h": text},
            threshold="_", fires=self.fires,
        )  # fmt: skip
        return nnc.Network(
            inputs={"age": nnc.Input(type="integer"), "a": nnc.Input(type="bit", states=(0, 1))},
            neurons={"h": hidden, "out": out}, outputs={"y": "out", "h": "h"}, cases=cases,
            states=self.states, unknown={"decimals": 0 if self.unit == 1 else 1},
        )  # fmt: skip

    def columns(self, weights: int, values: list[tuple[Fraction, ...]]) -> set[tuple[bool, ...]]:
        """Return what a neuron can say of some values, by all weights and thresholds."""
        grid = [-self.unit, Fraction(0), self.unit]
        limits = [self.unit * k for k in range(-40, 41)]
        first = [grid] if self.kept is None or weights == 0 else [[Fraction(self.kept)]]
        found = set()
        for w in product(*first, grid):
            sums = [
                sum((x * y for x, y in zip(w, row, strict=True)), Fraction(0)) for row in values
            ]
            found |= {tuple(FIRES[self.fires](s, t) for s in sums) for t in limits}
        return found

    def choices(self) -> Iterator[int]:
        """Yield the cost of every choice that the case allows."""
        step = [(Fraction(age >= 65), Fraction(a)) for age, a in INPUTS]
        for hidden in self.columns(0, step):
            read = [
                (Fraction(a), Fraction(self.states[fires]))
                for (_, a), fires in zip(INPUTS, hidden, strict=True)
            ]
            for out in self.columns(1, read):
                said = {"y": out, "h": hidden}
                if self.case is None or out[INPUTS.index(self.case[0])] == self.case[1]:
                    yield sum(map(lambda row: self.wrong(row, said), self.rows))  # noqa: C417

    def wrong(self, row: dict[str, Any], said: dict[str, tuple[bool, ...]]) -> int:
        """Return the cost of a row."""
        place = INPUTS.index((row["age"], row["a"]))
        cost = 0
        for name in self.outputs:
            is_one, wanted = said[name][place] != self.is_turned, bool(int(row[f"is_{name}"]))
            cost += 0 if is_one == wanted else self.cost.get("miss", 1) if wanted else 1
        return cost


def test_as_few_are_wrong_as_with_the_best_of_all_choices(chunk: int) -> None:
    file = File(Random(f"skeleton {chunk}"))
    label = {f"is_{name}": name for name in file.outputs}
    best = min(file.choices(), default=None)
    if best is None:
        with pytest.raises(InvalidNetworkError):
            nnc.fit(file.network, file.rows, label, cost=file.cost)
        return
    found = nnc.fit(file.network, file.rows, label, cost=file.cost)
    assert isinstance(found, SkeletonFit)
    assert found.cost == found.bound == best
    assert found.status in ("proved", "solver")
    said: dict[str, list[bool]] = {"y": [], "h": []}
    for age, a in INPUTS:
        outputs = nnc.evaluate(found.network, {"age": age, "a": a})
        for name, values in said.items():
            values.append(outputs[name] == file.states[1])
    whole = {name: tuple(values) for name, values in said.items()}
    assert sum(file.wrong(row, whole) for row in file.rows) == best
    assert not file.case or all(each.holds for each in nnc.run_cases(found.network))
    for label_fit in found.labels:
        name = label_fit.output
        wrong = [
            (whole[name][INPUTS.index((row["age"], row["a"]))] != file.is_turned)
            != bool(int(row[f"is_{name}"]))
            for row in file.rows
        ]
        assert label_fit.train.wrong == sum(wrong)


def network(**more: Any) -> nnc.Network:
    values: dict[str, Any] = {
        "inputs": ["a", "b"],
        "neurons": {
            "h": nnc.Neuron(weights={"a": "_", "b": "_"}, threshold="_"),
            "x": nnc.Neuron(weights={"a": "_", "b": "_", "h": "_"}, threshold="_"),
        },
        "outputs": {"y": "x"},
    } | more
    return nnc.Network(**values)


XOR = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "y": [0, 1, 1, 0]}


def fitted(model: nnc.Network, rows: Any, label: Any = "y", **settings: Any) -> SkeletonFit:
    found = nnc.fit(model, rows, label, **settings)
    assert isinstance(found, SkeletonFit)
    return found


def test_a_hidden_neuron_says_what_one_neuron_cannot() -> None:
    found = fitted(network(), XOR)
    assert (found.cost, found.bound, found.floor, found.status) == (0, 0, 0, "proved")
    assert [nnc.evaluate(found.network, {"a": a, "b": b})["y"] for a in (0, 1) for b in (0, 1)] == [
        0, 1, 1, 0
    ]  # fmt: skip


def test_bounds_and_terms_are_kept() -> None:
    two = fitted(network(unknown={"terms": 2, "range": "-3..3"}), XOR)
    weights = two.network.neurons["x"].weights
    assert isinstance(weights, dict)
    assert sum(weight != 0 for weight in weights.values()) <= 2
    assert two.cost == 1  # a neuron over two of them is no parity
    assert two.status == "solver"
    wide = fitted(network(), XOR, points=(2, 3))
    assert all(2 <= wide.values["neurons", "h", "weights", name] <= 3 for name in "ab")


def test_the_order_of_rows_changes_nothing() -> None:
    rows = [{"a": a, "b": b, "y": y} for a, b, y in [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)]]
    first = fitted(network(), rows)
    assert fitted(network(), [*rows[2:], *rows[:2]]).values == first.values
    assert fitted(network(), rows * 3).values == first.values


def test_layers_and_buses_of_bits() -> None:
    layers = {
        "inner": nnc.Layer(wiring="n", weights="_", thresholds="_", size=2),
        "lit": nnc.Layer(wiring="inner", weights="_", thresholds="_", size=2),
    }
    model = nnc.Network(
        inputs={"n": nnc.Input(type="bit", size=2)}, layers=layers, outputs={"lit": "lit"}
    )
    rows = {"n": [0, 1, 2, 3], "odd": [0, 1, 0, 1], "both": [0, 0, 0, 1]}
    found = fitted(model, rows, {"odd": "lit(0)", "both": "lit(1)"})
    assert found.cost == 0
    said = [nnc.evaluate(found.network, {"n": n})["lit"] for n in range(4)]
    assert [tuple(map(int, bits)) for bits in said] == [(0, 0), (1, 0), (0, 0), (1, 1)]
    del rows["n"]
    elements = {"n(0)": [0, 1, 0, 1], "n(1)": [0, 0, 1, 1]}
    again = fitted(model, rows | elements, {"odd": "lit(0)", "both": "lit(1)"})
    assert again.values == found.values
    with pytest.raises(InvalidRowsError, match=r"column `n\(1\)`: `2` is not a value of input `n`"):
        fitted(model, rows | elements | {"n(1)": [0, 0, 2, 1]}, {"odd": "lit(0)"})
    with pytest.raises(InvalidRowsError, match="there is no column `n`, which is an input"):
        fitted(model, rows, {"odd": "lit(0)"})


def test_rows_that_contradict_each_other_are_the_floor() -> None:
    rows = {name: [*values, *values[:2]] for name, values in XOR.items()}
    rows["y"][-1] = 0
    found = fitted(network(), rows)
    assert (found.cost, found.floor, found.status) == (1, 1, "proved")
    [note] = found.notes
    assert note.rule == "rows-contradict"
    assert "of 6 rows at least 1 is judged wrongly" in note.message


def test_what_no_row_decides_is_named() -> None:
    spare = nnc.Neuron(weights={"a": "_"}, threshold="2..4")
    neurons = network().neurons
    model = network(neurons={**neurons, "spare": spare}, inputs=["a", "b", "c"])
    h = nnc.Neuron(weights={"a": "_", "b": "_", "c": "1.."}, threshold="_")
    model = model.model_copy(update={"neurons": {**model.neurons, "h": h}})
    found = fitted(model, {**XOR, "c": [0] * 4})
    assert found.values["neurons", "h", "weights", "c"] == 1
    assert found.values["neurons", "spare", "threshold"] in range(2, 5)
    [note] = found.notes
    assert note.rule == "undecided-number"
    assert note.message.startswith("no row decides `h.c`, `spare.a`, `spare.threshold`")


HALF_ADDER: dict[str, Any] = {
    "neurons": {
        "both": nnc.Neuron(weights={"a": "_", "b": "_"}, threshold="_"),
        "any": nnc.Neuron(weights={"a": "_", "b": "_"}, threshold="_"),
    },
    "outputs": {"both": "both", "some": "any"},
}
TABLE = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "both": [0, 0, 0, 1], "some": [0, 1, 1, 1]}


def test_neurons_that_do_not_depend_on_each_other_are_searched_by_themselves() -> None:
    cases = [nnc.Case(given={"a": 1, "b": 1}, expect={"both": 1, "some": 1})]
    found = fitted(network(**HALF_ADDER, cases=cases), TABLE, ["both", "some"])
    assert [part.neuron for part in found.parts] == ["both", "any"]
    assert all(part.proof.status == "proved" for part in found.parts)
    for part in found.parts:
        alone = network(
            neurons={part.neuron: HALF_ADDER["neurons"][part.neuron]},
            outputs={part.output: part.neuron},
        )
        again = nnc.fit(alone, TABLE, part.output)
        assert again.values == part.values
        assert part.train.errors == 0
    assert [each.train.wrong for each in found.labels] == [0, 0]
    assert found.cases == 1
    auc = fitted(network(**HALF_ADDER), TABLE, ["both", "some"], goal="auc", limits=["misses<=0"])
    assert [part.train.auc for part in auc.parts] == [1, 1]


def test_one_label_of_two_neurons_leaves_the_other_to_the_cases() -> None:
    cases = [nnc.Case(given={"a": a, "b": b}, expect={"some": int(a or b)})
             for a in (0, 1) for b in (0, 1)]  # fmt: skip
    found = fitted(network(**HALF_ADDER, cases=cases), TABLE, "both")
    assert not found.parts
    assert found.cost == 0
    assert all(each.holds for each in nnc.run_cases(found.network))


@pytest.mark.parametrize(
    ("more", "settings", "message"),
    [
        ({}, {"goal": "loss"}, "the goal loss is for neurons that are outputs"),
        ({}, {"limits": ["misses<=0"]}, "a limit, misses<=0, is for neurons"),
        ({}, {"proof": False}, "a search without a proof is for neurons"),
        ({"outputs": {"y": nnc.Output(sum="x")}}, {}, "output `y` is a sum"),
        ({"outputs": {"yy": "x", "h": "h"}}, {}, "no output `y` says the label"),
        ({"outputs": {"y": "h", "out": "x"}}, {"output": "outt"}, "no output `outt`"),
        ({"outputs": {"y": nnc.Output(sources=("x", "h"))}}, {}, "output `y` has 2 bits"),
        ({"outputs": {"y": "a", "x": "x"}}, {}, "no open number changes output `y`"),
        ({"neurons": {}, "outputs": {"y": "l"},
          "layers": {"l": nnc.Layer(wiring=["a"], weights="_", thresholds="_", size="1..2")}},
         {}, "the size of layer `l` is open"),
        ({"neurons": {"h": nnc.Neuron(weights={"a": "0.2..0.8"}, threshold=1),
                      "x": nnc.Neuron(weights={"h": "_"}, threshold=1)}}, {},
         r"no number with so many decimals from 0\.2\.\.0\.8"),
    ],
)  # fmt: skip
def test_what_rows_cannot_decide_is_refused(
    more: dict[str, Any], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidNetworkError, match=message):
        nnc.fit(network(**more), XOR, "y", **settings)


def test_wrong_use_from_python() -> None:
    with pytest.raises(TypeError, match="'output' goes with one label"):
        nnc.fit(network(), XOR, ["y"], output="y")
    with pytest.raises(ValueError, match="label names no column"):
        nnc.fit(network(), XOR, [])
    with pytest.raises(TypeError, match="a score has one label"):
        nnc.fit(None, TABLE, ["both", "some"])  # type: ignore[call-overload]
    with pytest.raises(InvalidNetworkError, match="columns `y` and `a` both label output `y`"):
        nnc.fit(network(), XOR, {"y": "y", "a": "y"})
    with pytest.raises(InvalidRowsError, match="each of the columns `both`, `some` is the same"):
        nnc.fit(network(**HALF_ADDER), {**TABLE, "both": [1] * 4, "some": ["0"] * 4},
                ["both", "some"])  # fmt: skip
    with pytest.raises(InvalidRowsError, match="all rows to learn from have the same label"):
        nnc.fit(network(), {**XOR, "y": [1] * 4}, "y")


def test_cases_that_no_numbers_give_are_told() -> None:
    cases = [nnc.Case(given={"a": 0, "b": 0}, expect={"y": y}) for y in (0, 1)]
    with pytest.raises(
        InvalidNetworkError, match="two cases give the same and expect something else"
    ):
        nnc.fit(network(cases=cases), XOR, "y")
    neurons = {
        "h": nnc.Neuron(weights={"a": "0..1"}, threshold=2, fires="at_least"),
        "x": nnc.Neuron(weights={"h": "_"}, threshold="_", fires="at_least"),
    }
    cases = [nnc.Case(given={"a": a, "b": 0}, expect={"y": a}) for a in (0, 1)]
    with pytest.raises(InvalidNetworkError) as caught:
        nnc.fit(network(neurons=neurons, cases=cases), XOR, "y")
    assert caught.value.diagnostics[0].rule in ("impossible", "impossible-network")


@pytest.mark.parametrize(
    ("expected", "is_so"),
    [("f", 1), ("f", 0), ("sum", 1), ("sum", 0), ("best", 0), ("best", 1), ("c", 1), ("c", 0)],
)
def test_cases_about_what_is_not_open_hold_or_are_refused(expected: str, is_so: int) -> None:
    """Rows that are the same to all open neurons differ in what a case expects of others."""
    neurons = {**network().neurons, "f": nnc.Neuron(weights={"c": 1}, threshold=1),
               "g": nnc.Neuron(weights={"c": -1}, threshold=1)}  # fmt: skip
    outputs = {"y": "x", "f": "f", "c": "c", "sum": nnc.Output(sum="f"),
               "best": nnc.Output(largest=("g", "f"))}  # fmt: skip
    cases = [
        nnc.Case(given={"a": 0, "b": 0, "c": 0}, expect={"y": 0}),
        nnc.Case(given={"a": 0, "b": 0, "c": 1}, expect={expected: is_so}),
    ]
    model = network(
        inputs=["a", "b", "c"], neurons=neurons, outputs=outputs, cases=cases, fires="at_least"
    )
    rows = {**XOR, "c": [0, 1, 0, 1]}
    if is_so:
        found = fitted(model, rows)
        assert (found.cost, found.status) == (0, "proved")
    else:
        with pytest.raises(InvalidNetworkError, match=r"case|give these"):
            nnc.fit(model, rows, "y")


def test_rows_that_are_too_many_are_refused_before_the_search() -> None:
    model = network(inputs={"a": nnc.Input(type="integer"), "b": nnc.Input(type="integer")})
    values = list(range(30_000))
    rows = {"a": values, "b": values, "y": [value % 2 for value in values]}
    with pytest.raises(InvalidRowsError, match="the rows differ in 30,000 ways"):
        nnc.fit(model, rows, "y")


def test_other_rows_are_judged_too() -> None:
    found = fitted(network(), XOR, test={"a": [0, 1], "b": [0, 0], "y": [1, 1]})
    [label] = found.labels
    assert label.test is not None
    assert (label.test.rows, label.test.false_alarms, label.test.misses) == (2, 0, 1)
