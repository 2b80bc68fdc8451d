"""Neurons as exact integers: scales, offsets of states, and the type that holds every sum."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest

import nnc
from nnc.compiler.plan import DTYPES, Plan, PlanNeuron
from nnc.compiler.plan.neurons import integers
from tests.support.networks import whole
from tests.support.oracle import COMPARE


def plan(neurons: str, outputs: str = "[n]", inputs: str = "[a, b]") -> Plan:
    text = f"inputs: {inputs}\nneurons: {{{neurons}}}\noutputs: {outputs}\n"
    return nnc.compile(nnc.loads(whole(text)))


def step(neuron: str, inputs: str = "[a, b]") -> PlanNeuron:
    return plan(f"n: {{{neuron}}}", inputs=inputs).steps[-1]


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
        ("weights: {v: [0.5, 3], a: 1}, threshold: 0", (1, 6, 2), (0,), 2),
    ],
)
def test_numbers_become_integers(
    neuron: str, weights: tuple[int, ...], thresholds: tuple[int, ...], scale: int
) -> None:
    one = step(neuron, "{a: bit, b: bit, v: bit(2)}")
    assert (one.weights, one.thresholds, one.scale, one.offset) == (weights, thresholds, scale, 0)
    assert all(type(number) is int for number in (*one.weights, *one.thresholds))


@pytest.mark.parametrize(
    ("neuron", "weights", "thresholds", "scale", "offset"),
    [
        ("weights: {s: 3}, threshold: 1", (6,), (4,), 1, -3),
        ("weights: {s: 3, a: 2}, threshold: 1", (6, 2), (4,), 1, -3),
        ("weights: {t: 3}, threshold: 1", (-6,), (-2,), 1, 3),
        ("weights: {h: 3}, threshold: 1", (3,), (2,), 2, 0),
        ("weights: {w: 1}, threshold: 0.5", (13,), (1,), 6, 2),
        ("weights: {s: 1, t: 1, r: 0.5}, thresholds: {x: 0, y: 1}", (4, -4, 1), (0, 2), 2, 0),
        ("weights: {m: 1}, threshold: 0", (10,), (0,), 1, 0),
    ],
)
def test_bits_with_states_count_0_or_1(
    neuron: str, weights: tuple[int, ...], thresholds: tuple[int, ...], scale: int, offset: int
) -> None:
    """The sum is (total + offset) / scale, with each bit 0 or 1 in the total."""
    inputs = ("{a: bit, s: {type: bit, states: [-1, 1]}, t: {type: bit, states: [1, -1]}, r: real, "
              "h: {type: bit, states: [0, 1/2]}, w: {type: bit, states: [1/3, 2.5]}}")  # fmt: skip
    one = plan(f"m: {{weights: {{a: 1}}, threshold: 0, states: [0, 10]}}, n: {{{neuron}}}",
               inputs=inputs).steps[-1]  # fmt: skip
    assert (one.weights, one.thresholds, one.scale, one.offset) == (
        weights, thresholds, scale, offset)  # fmt: skip


def test_random_states_are_exact() -> None:
    """(total + offset) / scale is the sum, and each threshold decides it the same way."""
    rng = Random(71)
    for _ in range(200):
        numbers = [Fraction(rng.randint(-9, 9), rng.choice((1, 2, 3, 10))) for _ in range(13)]
        states = [(numbers[k], numbers[k] + (numbers[k + 3] or 1)) for k in range(3)]
        weights, threshold, fires = numbers[6:9], numbers[9], rng.choice(list(COMPARE))
        kinds = ", ".join(f'{n}: {{type: bit, states: ["{lo.numerator}/{lo.denominator}", '
                          f'"{hi.numerator}/{hi.denominator}"]}}'
                          for n, (lo, hi) in zip("abc", states, strict=True))  # fmt: skip
        wires = ", ".join(f"{n}: {w}" for n, w in zip("abc", weights, strict=True))
        (one,) = plan(f"n: {{weights: {{{wires}}}, threshold: {threshold}, fires: {fires}}}",
                      inputs=f"{{{kinds}}}").steps  # fmt: skip
        for row in range(8):
            bits = [row >> k & 1 for k in range(3)]
            total = sum(w * b for w, b in zip(one.weights, bits, strict=True))
            exact = sum((w * pair[b] for w, pair, b in zip(weights, states, bits, strict=True)),
                        Fraction())  # fmt: skip
            assert Fraction(total + one.offset, one.scale) == exact
            compare = COMPARE[fires]
            assert compare(total, one.thresholds[0]) == compare(exact, threshold)
            assert one.least is not None
            assert one.greatest is not None
            assert one.least <= total <= one.greatest


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
        ("weights: {r: {1: 2}}, threshold: 0", "int8"), ("weights: {v: 1}, threshold: 0", "exact"),
        ("weights: {s: 63}, threshold: 0", "int8"), ("weights: {s: 64}, threshold: 0", "int16"),
        ("weights: {s: 63}, threshold: 65", "int16"), ("weights: {c: [100, 27, 1]}, threshold: 0",
                                                       "int16"),
        ("weights: {1: 127}, threshold: 0", "int8"), ("weights: {s: 1, r: 1}, threshold: 0",
                                                      "exact"),
    ],
)  # fmt: skip
def test_the_type_holds_every_partial_sum(neuron: str, dtype: str) -> None:
    inputs = ("{a: bit, b: bit, r: real, v: integer(2), s: {type: bit, states: [-1, 1]}, "
              "c: {type: choice, of: [x, y, z]}}")  # fmt: skip
    one = step(neuron, inputs)
    assert one.dtype == dtype
    assert one.dtype in DTYPES


def test_bounds_of_totals() -> None:
    inputs = ("{a: bit, s: {type: bit, states: [-1, 1]}, i: {type: integer, min: -2, max: 5}, r: "
              "real, "
              "up: {type: real, min: 0.25}}")  # fmt: skip
    for neuron, limits in (
        ("weights: {a: 2, s: 3}, threshold: 0", (0, 8)), ("weights: {a: -0.5}, threshold: 0",
                                                          (-1, 0)),
        ("weights: {i: 3, a: 1}, threshold: 0", (-6, 16)),
        ("weights: {r: 1}, threshold: 0", (None, None)),
        ("weights: {up: 1}, threshold: 0", (0, None)), ("weights: {up: -1}, threshold: 0.5",
                                                        (None, 0)),
        ("weights: {i: {0: 3, 4: -1}, a: 1}, threshold: 0", (-1, 4)),
    ):  # fmt: skip
        one = step(neuron, inputs)
        assert (one.least, one.greatest) == limits, neuron


def test_the_table_and_its_steps_say_the_same() -> None:
    one = plan("n: {weights: {a: 0.5, m: 1}, threshold: 1, fires: at_least}, "
               "m: {wiring: [a, b], thresholds: {x: 0, y: 1}}, k: {weights: {}, threshold: "
               "0}")  # fmt: skip
    table = one.neurons
    assert len(table) == 3
    assert table.names == ("m", "k", "n")
    assert table.ports == {0: ("x", "y")}
    assert table.indptr.tolist() == [0, 2, 2, 5]
    assert table.limit_ptr.tolist() == [0, 2, 3, 4]
    assert table.first.tolist() == [4, 6, 7]
    assert table.levels.tolist() == [1, 1, 2]
    assert table.scales.tolist() == [1, 1, 2]
    assert [(s.name, s.sources, s.weights, s.thresholds) for s in table.steps] == [
        ("m", (2, 3), (1, 1), (0, 1)), ("k", (), (), (0,)),
        ("n", (2, 4, 5), (1, 2, 2), (2,))]  # fmt: skip
    for array in vars(table).values():
        if isinstance(array, np.ndarray):
            assert array.dtype.kind == "i"


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([], "int8"), ([127, -128], "int8"), ([128], "int16"), ([-129], "int16"),
        ([2**31 - 1, -(2**31)], "int32"), ([2**63 - 1, -(2**63)], "int64"), ([2**63], "object"),
        ([-(2**63) - 1], "object"), ([10**40, 1], "object"),
    ],
)  # fmt: skip
def test_the_smallest_type_for_integers(values: list[int], dtype: str) -> None:
    array = integers(values)
    assert array.dtype == dtype
    assert array.tolist() == values


def test_neurons_of_other_arrays_are_equal_where_numbers_are() -> None:
    """Numbers of 40 digits are kept in the table, exactly."""
    one = step("weights: {a: 1e39, b: -7e39}, threshold: 1")
    assert one.weights == (10**39, -7 * 10**39)
    assert one.least == -7 * 10**39
    assert one.dtype == "object"


# ---------------------------------------------------------------------------------- groups


def plan_of(neurons: str, inputs: str = "[a, b, c, d]") -> Plan:
    return nnc.compile(nnc.loads(f"nnc: 1\nfires: above\ninputs: {inputs}\nneurons:\n{neurons}"
                                 "outputs: {o: 1}\n"))  # fmt: skip
