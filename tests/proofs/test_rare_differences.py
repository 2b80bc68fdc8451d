"""Differences in few of very many inputs."""

from random import Random

import pytest

from nnc.proofs.plans.domain import build_domain, read_within
from nnc.proofs.plans.shared import Shared
from tests.support.comparing import plan, verdict


def signs(count: int) -> list[int]:
    rng = Random(count)
    return [rng.choice([1, -1]) for _ in range(count)]


def matches(groups: int, size: int, missing: int) -> str:
    """Each group fires where its bits are a pattern; so many groups have to, the last of them with
    so many bits wrong.
    """  # noqa: D205
    weights = [signs(size * groups)[i * size : (i + 1) * size] for i in range(groups)]
    lines = [
        f"  g{i}: {{weights: {{a({i * size}:{(i + 1) * size}): {own}}}, "
        f"threshold: {sum(w > 0 for w in own) - (missing if i == groups - 1 else 0)}}}\n"
        for i, own in enumerate(weights)
    ]
    names = ", ".join(f"g{i}: 1" for i in range(groups))
    return (
        f"inputs: {{a: bit({size * groups})}}\nneurons:\n{''.join(lines)}"
        f"  all: {{weights: {{{names}}}, threshold: {groups}}}\noutputs: {{out: all}}\n"
    )


def test_one_input_of_two_to_the_forty() -> None:
    """A conjunction of 40 bits, some of them turned, against one that lets one bit be wrong."""
    found = verdict(matches(1, 40, 0), matches(1, 40, 1))
    assert found.kind == "differs"
    example = found.counterexample
    assert example is not None
    pattern = sum(1 << i for i, sign in enumerate(signs(40)) if sign > 0)
    assert (int(str(example.inputs["a"])) ^ pattern).bit_count() == 1
    assert (example.before, example.after) == (0, 1)


@pytest.mark.parametrize("size", [40, 64, 90])
def test_a_number_compared_with_the_next_constant(size: int) -> None:
    """Of all numbers of so many bits only one tells the two apart."""
    weights = [1 << i for i in range(size)]
    text = f"inputs: {{a: bit({size})}}\nneurons: {{n: {{weights: {{a: {weights}}}, "
    constant = Random(size).getrandbits(size) | 1
    before, after = (
        f"{text}threshold: {limit}}}}}\noutputs: {{out: n}}\n" for limit in (constant, constant + 1)
    )
    found = verdict(before, after)
    assert found.kind == "differs"
    assert found.counterexample is not None
    assert found.counterexample.inputs == {"a": constant}


@pytest.mark.parametrize(("groups", "size"), [(4, 12), (10, 8), (3, 40)])
def test_a_difference_that_shows_only_where_all_other_groups_fire(groups: int, size: int) -> None:
    found = verdict(matches(groups, size, 0), matches(groups, size, 1))
    assert found.kind == "differs"


def related_buses(size: int, wrong: int = 0) -> str:
    """Fire where bits of two buses are equal, or unequal where the sign is -1; with `wrong`, one
    way for one pair of bits to be so is left out.
    """  # noqa: D205
    lines, names = [], []
    for i, sign in enumerate(signs(size)):
        limits = [1 + (sign > 0) + (wrong if i == size // 2 else 0), int(sign < 0)]
        lines.append(f"  x{i}: {{weights: {{a({i}): 1, b({i}): {sign}}}, threshold: {limits[0]}}}")
        lines.append(
            f"  y{i}: {{weights: {{a({i}): -1, b({i}): {-sign}}}, threshold: {limits[1]}}}"
        )
        names += [f"x{i}: 1", f"y{i}: 1"]
    return (
        f"inputs: {{a: bit({size}), b: bit({size})}}\nneurons:\n" + "\n".join(lines) + "\n"
        f"  all: {{weights: {{{', '.join(names)}}}, threshold: {size}}}\noutputs: {{out: all}}\n"
    )


@pytest.mark.parametrize("size", [16, 24, 64])
def test_a_difference_in_one_pair_of_bits_of_two_wide_buses(size: int) -> None:
    assert verdict(related_buses(size), related_buses(size, wrong=1)).kind == "differs"


def test_numbers_and_choices_beside_many_bits() -> None:
    before = (
        "inputs: {a: bit(40), age: {type: integer, min: 0}, c: {type: choice, of: [p, q, r, s]}}\n"
        f"neurons: {{n: {{weights: {{a: {signs(40)}, age: {{40: 1, 65: 2, 66: 1}}, c.r: 1}},"
        f" threshold: {sum(w > 0 for w in signs(40)) + 3}}}}}\noutputs: {{out: n}}\n"
    )
    found = verdict(before, before.replace("65: 2", "65: 1"))
    assert found.kind == "differs"
    example = found.counterexample
    assert example is not None
    assert (example.inputs["age"], example.inputs["c"]) == (65, "r")


@pytest.mark.parametrize("output", ["{sum: n}", "{level: n}", "{largest: [m, n]}", "[g, a(0)]"])
def test_outputs_of_every_kind(output: str) -> None:
    ones = sum(sign > 0 for sign in signs(40))
    text = (
        f"inputs: {{x: real, a: bit(40)}}\nneurons:\n"
        f"  g: {{weights: {{a: {signs(40)}}}, threshold: LIMIT}}\n"
        "  m: {weights: {x: {0: 1}}, threshold: 1}\n"
        "  n: {weights: {x: {0: 1}, g: 2}, threshold: 2}\n"
        f"outputs: {{out: {output}}}\n"
    )
    before, after = (text.replace("LIMIT", str(limit)) for limit in (ones, ones - 1))
    assert verdict(before, after).kind == "differs"


def test_a_limited_bus_is_aimed_at_by_its_values() -> None:
    text = matches(1, 40, 0).replace("inputs: {", "inputs: {x: bit(4), ")
    text = text.replace("g0: {weights: {", "g0: {weights: {x: [1, 1, 1, 1], ").replace(
        "threshold: ", "threshold: 3 + ", 1
    )
    threshold = sum(w > 0 for w in signs(40)) + 3
    before, after = (
        text.replace(f"3 + {threshold - 3}", str(limit)) for limit in (threshold, threshold + 1)
    )
    found = verdict(before, after, ["x=3..8"])
    assert found.kind == "differs"
    assert found.counterexample is not None
    assert found.counterexample.inputs["x"] == 7


def test_a_bit_is_known_by_the_value_of_its_axis() -> None:
    one = plan(
        "inputs: {c: {type: choice, of: [p, q, r]}, d: {type: choice, of: [p, q]}, a: bit(4)}\n"
        "neurons: {n: {weights: {c.p: 1, c.q: 1, c.r: 1, d.p: 1, d.q: 1, a: 1}, threshold: 3}}\n"
        "outputs: [n]\n"
    )
    domain = build_domain(one.inputs, one.inputs, read_within(["a=3..9"], one.inputs))
    shared = Shared(domain)
    literals = dict(
        zip(map(one.name_of, range(11)), shared.add(one, "before").literals, strict=False)
    )
    for name, value, expected in [
        *((f"c.{label}", given, label == given) for label in "pqr" for given in "pqr"),
        *((f"d.{label}", given, label == given) for label in "pq" for given in "pq"),
        *((f"a({i})", given, bool(given >> i & 1)) for i in range(4) for given in range(3, 10)),
    ]:
        literal = literals[name]
        assert shared.is_on(literal >> 1, value) ^ (literal & 1) == expected, (name, value)


def test_what_is_not_found_is_told_as_it_is() -> None:
    """Numbers without ends that are added up are aimed at no more than they can be tried."""
    text = "inputs: {x: real, y: real}\nneurons: {n: {weights: {x: 1, y: 1}, threshold: T}}\n"
    text += "outputs: {out: n}\n"
    found = verdict(text.replace("T", "123457"), text.replace("T", "123456.5"))
    assert found.kind == "unknown"
    assert found.how.endswith("`x`, `y` have no bounds, and each value counts")
    assert found.how.startswith(f"{found.tried:,} inputs tried in vain, random ones and corners")
