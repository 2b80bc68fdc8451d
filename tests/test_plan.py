"""Plans: exact integers, inert, equal where they compute the same, printed whole."""

from pathlib import Path

import pytest

import nnc
from nnc.plan import Plan, Step, formula

HERE = Path(__file__).parent
GOLDEN = ["gates/xor", "medicine/news2", "mail/spam_score"]


def plan(neurons: str, outputs: str = "[n]", inputs: str = "[a, b]") -> Plan:
    return nnc.compile(nnc.loads(f"nnc: 1\nfires: above\ninputs: {inputs}\nneurons: {{{neurons}}}\n"
                                 f"outputs: {outputs}\n"))  # fmt: skip


def step(neuron: str, inputs: str = "[a, b]") -> Step:
    return plan(f"n: {{{neuron}}}", inputs=inputs).steps[-1]


@pytest.mark.parametrize("name", GOLDEN)
def test_the_print_of_a_plan(name: str, update: bool) -> None:
    text = str(nnc.compile(nnc.load(HERE.parent / f"configs/{name}.nn.yaml")))
    golden = HERE / f"golden/{Path(name).name}.plan.txt"
    if update:
        golden.write_text(text, "utf-8")
    assert golden.read_text("utf-8") == text


@pytest.mark.parametrize(
    ("neuron", "weights", "thresholds", "scale"),
    [
        ("weights: {a: 1, b: -2}, threshold: 3", (1, -2), (3,), 1),
        ("weights: {a: 0.1, b: 0.2}, threshold: 0.3", (1, 2), (3,), 10),
        ("weights: {a: 1/3, b: 0.5}, threshold: 1", (2, 3), (6,), 6),
        ("weights: {a: 1, b: 1}, thresholds: {x: 0.5, y: 1/7}", (14, 14), (7, 2), 14),
        ("weights: {a: 1e-3, b: 1e3}, threshold: 0", (1, 10**6), (0,), 1000),
        ("wiring: [a, b], fires: all", (1, 1), (2,), 1),
        ("weights: {}, threshold: -1/3", (), (-1,), 3),
    ],
)
def test_numbers_become_integers(
    neuron: str, weights: tuple[int, ...], thresholds: tuple[int, ...], scale: int
) -> None:
    one = step(neuron)
    assert (one.weights, one.thresholds, one.scale) == (weights, thresholds, scale)
    assert all(type(number) is int for number in (*one.weights, *one.thresholds))


@pytest.mark.parametrize(
    ("neuron", "dtype"),
    [
        ("weights: {a: 127}, threshold: 0", "int8"), ("weights: {a: 128}, threshold: 0", "int16"),
        ("weights: {a: 64, b: -64}, threshold: 0", "int16"),
        ("weights: {a: 63, b: -64}, threshold: 0", "int8"),
        ("weights: {a: 1}, threshold: 127", "int8"), ("weights: {a: 1}, threshold: -128", "int16"),
        ("weights: {a: 32767}, threshold: 0", "int16"),
        ("weights: {a: 32768}, threshold: 0", "int32"),
        ("weights: {a: 2147483647}, threshold: 0", "int32"),
        ("weights: {a: 2147483648}, threshold: 0", "int64"),
        ("weights: {a: 9223372036854775807}, threshold: 0", "int64"),
        ("weights: {a: 9223372036854775808}, threshold: 0", "object"),
        ("weights: {a: 1e30}, threshold: 0", "object"),
        ("weights: {a: 0.1}, threshold: 12.8", "int16"),
        ("weights: {r: 1}, threshold: 0", "exact"), ("weights: {}, threshold: 1", "int8"),
        ("weights: {r: {1: 2}}, threshold: 0", "int8"),
    ],
)  # fmt: skip
def test_the_type_holds_every_partial_sum(neuron: str, dtype: str) -> None:
    assert step(neuron, "{a: bit, b: bit, r: real}").dtype == dtype


def test_levels_and_names() -> None:
    one = plan("n: {weights: {m: 1}, threshold: 0}, m: {wiring: [a, b], threshold: 1}")
    assert one.levels == 2
    assert [(s.name, s.level) for s in one.steps] == [("m", 1), ("n", 2)]
    assert one.signals == ("0", "1", "a", "b", "n", "m")
    assert plan("", "[a]").levels == 0


def test_plans_are_equal_where_they_compute_the_same() -> None:
    text = "n: {weights: {a: 0.5, b: 1}, threshold: 1}"
    assert plan(text) == plan(text)
    assert plan(text) == plan("n: {weights: {a: 1/2, b: 1.0}, threshold: 1e0, description: same}")
    assert plan(text) != plan("n: {weights: {a: 0.5, b: 1}, threshold: 2}")
    assert plan(text) != plan(text, inputs="{a: bit, b: {type: bit, default: 0}}")
    assert plan(text) != plan(text, outputs="{m: n}")


def test_the_order_of_neurons_in_the_file_does_not_matter_to_results() -> None:
    m, n = "m: {wiring: [a, b], threshold: 1}", "n: {weights: {m: 1}, threshold: 0}"
    first, second = plan(f"{m}, {n}"), plan(f"{n}, {m}")
    assert [s.name for s in first.steps] == [s.name for s in second.steps]
    rows = {"a": [0, 1, 1], "b": [1, 0, 1]}
    assert nnc.evaluate(first, rows)["n"].tolist() == nnc.evaluate(second, rows)["n"].tolist()


def test_a_plan_compiles_the_same_every_time() -> None:
    path = HERE.parent / "configs/medicine/news2.nn.yaml"
    assert nnc.compile(nnc.load(path)) == nnc.compile(nnc.load(path))
    assert str(nnc.compile(nnc.load(path))) == str(nnc.compile(nnc.load(path)))


@pytest.mark.parametrize(
    ("neuron", "text"),
    [
        ("weights: {a: 1, b: -2}, threshold: 3", "n = a - 2*b > 3"),
        ("weights: {a: -1}, threshold: 0, fires: at_least", "n = - a >= 0"),
        ("weights: {}, threshold: 0, fires: at_most", "n = 0 <= 0"),
        ("weights: {a: 0.1}, threshold: 0.3, fires: below", "n = a < 3 [1/10]"),
        ("weights: {a: 1}, thresholds: {x: 0, y: 1}", "n = a: x > 0, y > 1"),
        ("weights: {r: {2: 3}}, threshold: 1", "n = 3*(r>=2) > 1"),
    ],
)
def test_the_formula_of_a_step(neuron: str, text: str) -> None:
    one = plan(f"n: {{{neuron}}}", inputs="{a: bit, b: bit, r: real}")
    assert formula(one.steps[-1], one.signals) == text
    assert text in str(one)
