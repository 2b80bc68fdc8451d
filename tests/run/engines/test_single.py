"""One row of bits in one call of the kernels, beside the oracle and the other engines."""

import copy
import itertools
import pickle
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.language.network import Layer, Network
from nnc.run.engines import Single, done_work, native
from nnc.run.engines.engine import How
from nnc.run.evaluation import single_row, single_rows
from tests.support import oracle
from tests.support.oracle import Oracle

pytestmark = pytest.mark.skipif(native.KIND is None, reason="no kernels were built")
KINDS = range(0 if native.KIND is None else native.KIND + 1)
RULES = ("above", "at_least", "below", "at_most")


@pytest.fixture(params=KINDS, ids=lambda kind: native.KINDS[kind])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(native, "KIND", request.param)
    return int(request.param)


def ready(network: nnc.Network | nnc.Plan, rows: dict[str, Any]) -> nnc.Plan:
    """Give the plan of a network that was asked for one row so often that the kernels keep it."""
    plan = nnc.compile(network) if isinstance(network, nnc.Network) else network
    done_work(plan).synapses = 1 << 60  # so that few rows are worth a program
    for _ in range(5):
        nnc.evaluate(plan, rows)
    return plan


def is_kept(plan: nnc.Plan) -> bool:
    return isinstance(single_rows(plan).single, Single)


def drawn(random: Random) -> str:
    """Write a network of small neurons and wide ones, which read inputs and each other."""
    sources = [*(f"a({i})" for i in range(9)), "b", *(f"c({i})" for i in range(3))]
    lines = []
    for i in range(random.randrange(1, 25)):
        fan_in = random.choice((1, 2, 3, 4, 4, 7, len(sources)))
        weights = {
            source: random.choice((-9, -2, -1, 1, 1, 2, 0.5))
            for source in random.sample(sources, min(fan_in, len(sources)))
        }
        written = ", ".join(f"{source}: {weight}" for source, weight in weights.items())
        limit = random.choice((-1, 0, 1, 2, 0.5))
        lines.append(
            f"  n{i}: {{weights: {{{written}}}, threshold: {limit}, "
            f"fires: {random.choice(RULES)}}}\n"
        )
        sources.append(f"n{i}")
    names = [source for source in sources if source.startswith("n")]
    outputs = random.sample(names, random.randrange(1, len(names) + 1))
    bus = ", ".join(random.choices(sources, k=5))
    return (
        "nnc: 1\nname: drawn\ninputs: {a: bit(9), b: bit, c: bit(3)}\nneurons:\n"
        + "".join(lines)
        + f"outputs: {{{', '.join(f'{name}: {name}' for name in outputs)}, bus: [{bus}]}}\n"
    )


def row_of(random: Random) -> dict[str, Any]:
    return {
        "a": [random.randrange(2) for _ in range(9)],
        "b": random.randrange(2),
        "c": [random.randrange(2) for _ in range(3)],
    }


def arrays_of(row: dict[str, Any]) -> dict[str, Any]:
    return {name: np.array([value], np.uint8) for name, value in row.items()}


def integers_of(row: dict[str, Any]) -> dict[str, Any]:
    """Give scalars: for a bus an integer, whose lowest bit is the first element."""
    return {
        name: sum(bit << i for i, bit in enumerate(value)) if isinstance(value, list) else value
        for name, value in row.items()
    }


def test_drawn_networks_are_what_the_oracle_says(kind: int, chunk: int) -> None:
    random = Random(f"single {chunk}")
    for _ in range(8):
        text = drawn(random)
        exact = Oracle(oracle.loads(text))
        plan = ready(nnc.loads(text), arrays_of(row_of(random)))
        assert is_kept(plan)
        for _ in range(8):
            row = row_of(random)
            right = exact.evaluate(row)
            found = nnc.evaluate(plan, arrays_of(row))
            assert list(found) == list(right)
            for alias, array in found.items():
                value = array.tolist()[0]
                if isinstance(value, list):  # which the oracle has as one integer
                    value = sum(bit << place for place, bit in enumerate(value))
                assert array.dtype == np.uint8
                assert value == right[alias], (kind, text, row, alias)
            scalars = nnc.evaluate(plan, integers_of(row))
            assert list(scalars) == list(right)
            for alias, value in scalars.items():
                assert type(value) is (np.ndarray if found[alias].ndim == 2 else int)
                assert np.array_equal(value, found[alias][0])
            mixed = nnc.evaluate(plan, arrays_of(row) | {"b": row["b"]})
            assert all(np.array_equal(mixed[alias], found[alias]) for alias in found)


def layers(size: int, fires: str, seed: int, *, dtype: type = np.int8) -> Network:
    """Give two products, the second of which reads the first in another order, and a neuron."""
    rng = np.random.default_rng(seed)
    first = rng.integers(-8, 9, (size, size)).astype(dtype)
    second = rng.integers(-128, 128, (70, 66)).astype(dtype)
    order = [f"h({i})" for i in rng.permutation(size)[:65]]
    return Network(
        inputs={"x": {"type": "bit", "size": size}, "y": {"type": "bit"}},
        fires=fires,
        layers={
            "h": Layer(wiring="x", weights=first, thresholds=rng.integers(-20, 20, size).tolist()),
            "k": Layer(
                wiring=["y", *order],
                weights=second,
                thresholds=[Fraction(int(t), 2) for t in rng.integers(-300, 300, 70)],
            ),
        },
        neurons={"n": {"wiring": ["k", "y"], "threshold": 30}},
        outputs=["k", "n", "h"],
    )


@pytest.mark.parametrize("fires", RULES)
@pytest.mark.parametrize("size", [65, 513])
def test_products_and_programs_in_turn(kind: int, size: int, fires: str) -> None:
    """Beside sums of integers in NumPy."""
    network = layers(size, fires, size)
    rng = np.random.default_rng(kind)
    rows = {"x": rng.integers(0, 2, (20, size)).astype(np.uint8), "y": rng.integers(0, 2, 20) > 0}
    plan = ready(network, {name: array[:1] for name, array in rows.items()})
    assert is_kept(plan) == (kind > 0), "plain C has no products of its own"
    compare = oracle.COMPARE[fires]
    h, k = (network.layers[name] for name in "hk")
    signals = {f"h({i})": i for i in range(size)}
    for i in range(20):
        x, y = rows["x"][i].astype(int), int(rows["y"][i])
        first = compare(h.weights.astype(int) @ x, np.array(list(map(int, h.thresholds))))
        read = [y, *(int(first[signals[name]]) for name in k.wiring[1:])]
        sums = (k.weights.astype(int) @ read).tolist()
        second = [compare(s, Fraction(t)) for s, t in zip(sums, k.thresholds, strict=True)]
        last = compare(sum(second) + y, 30)
        found = nnc.evaluate(plan, {name: array[i : i + 1] for name, array in rows.items()})
        assert found["h"].tolist() == [first.astype(int).tolist()]
        assert found["k"].tolist() == [list(map(int, second))]
        assert found["n"].tolist() == [int(last)]


# ------------------------------------------------------------- what does not come this way

XOR = "nnc: 1\ninputs: {a: bit(2)}\nneurons: {n: {wiring: a, threshold: 1}}\noutputs: [n]\n"
ONE = {"a": np.array([[1, 0]], np.uint8)}


def test_it_begins_after_some_rows_that_come_alone() -> None:
    plan = nnc.compile(nnc.loads(XOR))
    done_work(plan).synapses = 1 << 60
    for count in range(1, 7):
        assert single_row(plan, ONE, How()) is None or count > 5
        nnc.evaluate(plan, ONE)
        assert is_kept(plan) == (count >= 5)
    assert single_row(plan, ONE, How()) is not None
    assert single_row(plan, ONE, How(engine="numpy")) is None


@pytest.mark.parametrize(
    "rows",
    [
        {"a": np.array([[1, 0]])},
        {"a": np.array([[1.0, 0.0]])},
        {"a": [[1, 0]]},
        {"a": (1, 0)},
        {"a": 1},
        {"a": np.int64(1)},
        {"a": np.array([[1, 0], [1, 1]], np.uint8)},
        {"a": np.zeros((0, 2), np.uint8)},
        {"a": np.array([[1, 1, 0, 0]], np.uint8)[:, ::2]},
        {"a": np.array([2], np.uint8)},
        {"a(0)": np.array([1], np.uint8), "a(1)": np.array([0], np.uint8)},
        [{"a": [1, 0]}],
        np.array([[1, 0]], np.uint8),
    ],
    ids=str,
)
def test_rows_of_other_forms_give_the_same(rows: Any) -> None:
    network = nnc.loads(XOR)
    found, right = nnc.evaluate(ready(network, ONE), rows), nnc.evaluate(network, rows)
    assert type(found["n"]) is type(right["n"])
    assert np.array_equal(found["n"], right["n"])


@pytest.mark.parametrize(
    "rows",
    [
        {"a": np.array([[1, 2]], np.uint8)},
        {"a": np.array([[1, -1]], np.int8)},
        {"a": np.array([[1]], np.uint8)},
        {"b": np.array([[1, 0]], np.uint8)},
        {"a": 4},
        {"a": -1},
        {"a": True},
        {"a": 1, "b": 0},
        {},
    ],
    ids=str,
)
def test_rows_that_mean_nothing_are_told_as_ever(rows: Any) -> None:
    network = nnc.loads(XOR)
    messages = []
    for each in (network, ready(network, ONE)):
        with pytest.raises(nnc.InvalidRowsError) as told:
            nnc.evaluate(each, rows, extra="error")
        messages.append(str(told.value))
    assert messages[0] == messages[1]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("outputs: [n]", "outputs: {s: {sum: n}}"),
        lambda text: text.replace("threshold: 1", "threshold: 1, fires: above, states: [-1, 1]"),
        lambda text: text.replace("bit(2)", "integer(2)"),
        lambda text: text.replace("outputs", "assume: [{at_most_one: a}]\noutputs"),
    ],
    ids=["a sum", "states", "numbers", "an assumption"],
)
def test_other_networks_stay_with_their_engines(change: Callable[[str], str]) -> None:
    text = change(XOR)
    assert text != XOR
    plan = ready(nnc.loads(text), ONE)
    assert not is_kept(plan)
    found = nnc.evaluate(plan, ONE)
    right = nnc.evaluate(nnc.loads(text), ONE, engine="numpy")
    assert {name: array.tolist() for name, array in found.items()} == {
        name: array.tolist() for name, array in right.items()
    }


@pytest.mark.parametrize(("states", "wrong"), [([1, 2], 0), ([1, 0], 2), ([0, 5], 1)])
def test_values_of_inputs_with_states_are_these(states: list[int], wrong: int) -> None:
    """A 1 given for states 1 and 2 is the bit 0."""
    text = XOR.replace("bit(2)", f"{{type: bit, size: 2, states: {states}}}")
    text = text.replace("threshold: 1", f"threshold: {2 * min(states)}, fires: above")
    exact = Oracle(oracle.loads(text))
    plan = ready(nnc.loads(text), {"a": np.array([states], np.uint8)})
    for row in itertools.product(states, repeat=2):
        found = nnc.evaluate(plan, {"a": np.array([row], np.uint8)})
        assert found["n"].tolist() == [exact.evaluate({"a": list(row)})["n"]]
    with pytest.raises(nnc.InvalidRowsError):
        nnc.evaluate(plan, {"a": np.array([[states[0], wrong]], np.uint8)})


def test_scalars_have_no_array_for_their_outputs() -> None:
    plan = ready(nnc.loads(XOR), ONE)
    out = {"n": np.zeros(1, np.uint8)}
    with pytest.raises(ValueError, match="all values are scalars"):
        nnc.evaluate(plan, {"a": 1}, out=out)
    assert nnc.evaluate(plan, {"a": 1}) == {"n": 0}
    assert nnc.evaluate(plan, ONE, out=out)["n"] is out["n"]


def test_values_stay_values_where_nothing_is_read() -> None:
    plan = nnc.compile(
        nnc.loads("nnc: 1\ninputs: {}\nneurons: {}\noutputs: {one: 1, two: [1, 0]}\n")
    )
    done_work(plan).synapses = 1 << 60
    results = [nnc.evaluate(plan, {}) for _ in range(20)]
    assert all(type(result["one"]) is int for result in results)
    assert {result["two"].shape for result in results} == {(2,)}


def test_an_assumption_that_breaks_is_told_after_many_rows() -> None:
    plan = ready(nnc.loads(XOR.replace("outputs", "assume: [{at_most_one: a}]\noutputs")), ONE)
    with pytest.raises(nnc.InvalidRowsError):
        nnc.evaluate(plan, {"a": np.array([[1, 1]], np.uint8)})


def test_a_plan_is_copied_and_pickled() -> None:
    plan = ready(layers(65, "above", 1), {"x": np.zeros((1, 65), bool), "y": np.ones(1, bool)})
    assert is_kept(plan)
    rows = {"x": np.random.default_rng(2).integers(0, 2, (1, 65), np.uint8), "y": np.ones(1, bool)}
    right = nnc.evaluate(plan, rows)
    for again in (copy.deepcopy(plan), pickle.loads(pickle.dumps(plan))):
        found = nnc.evaluate(again, rows)
        assert all(np.array_equal(found[name], right[name]) for name in right)


def test_a_copy_is_evaluated_where_no_kernels_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan may be pickled for another machine."""
    plan = ready(layers(65, "above", 1), {"x": np.zeros((1, 65), bool), "y": np.ones(1, bool)})
    rows = {"x": np.random.default_rng(2).integers(0, 2, (1, 65), np.uint8), "y": np.ones(1, bool)}
    right, again = nnc.evaluate(plan, rows), pickle.loads(pickle.dumps(plan))
    assert is_kept(again)
    monkeypatch.setattr(native, "KIND", None)
    monkeypatch.setattr(native, "kernels", None)
    monkeypatch.setattr(native, "is_missed", False)
    found = nnc.evaluate(again, rows)
    assert all(np.array_equal(found[name], right[name]) for name in right)


def test_weights_of_a_file_that_changes_later_stay_those_of_the_plan(tmp_path: Path) -> None:
    """What was read is a copy: nothing of the file is looked at again."""
    rng = np.random.default_rng(4)
    weights = rng.integers(-8, 9, (70, 70)).astype(np.int8)
    np.save(tmp_path / "w.npy", weights)
    file = tmp_path / "n.nn.yaml"
    file.write_text(
        "nnc: 1\ninputs: {x: bit(70)}\noutputs: [h]\n"
        "layers: {h: {wiring: x, weights: {file: w.npy}, thresholds: 3}}\n"
    )
    rows = {"x": rng.integers(0, 2, (1, 70)).astype(np.uint8)}
    plan = ready(nnc.load(file), rows)
    assert is_kept(plan)
    right = nnc.evaluate(plan, rows)["h"]
    np.save(tmp_path / "w.npy", -weights)
    assert np.array_equal(nnc.evaluate(plan, rows)["h"], right)
