"""Cut sets, path sets and prime implicants against all rows, tried by the oracle."""

import os
from fractions import Fraction
from itertools import combinations, product
from math import comb
from random import Random

import pytest

import nnc
from nnc.cut_sets.command import as_text
from tests.support.drawn_cuts import Cube, Tried, drawn_text, has

EACH = 12
"""So many networks a chunk: 60 every day, 1,200 of all."""


def cubes(found: nnc.CutSets) -> set[Cube]:
    return {frozenset((name, int(is_on)) for name, is_on in each.literals) for each in found.sets}


def by_order(sets: set[Cube]) -> dict[int, int]:
    orders = sorted({len(cube) for cube in sets})
    return {order: sum(len(cube) == order for cube in sets) for order in orders}


def is_single(sets: set[Cube], value: int) -> bool:
    return all(bit == value for cube in sets for _, bit in cube)


def drawn(rng: Random) -> tuple[str, Tried]:
    while True:
        text = drawn_text(
            rng, rng.randrange(2, 6), is_rising=rng.random() < 0.5, assumes=rng.random() < 0.3
        )
        tried = Tried(text)
        if tried.rows:
            return text, tried


def test_drawn_networks(chunk: int) -> None:
    rng = Random(f"{os.environ['NNC_FUZZ_SEED']} cuts {chunk}")
    for _ in range(EACH):
        text, tried = drawn(rng)
        network = nnc.loads(text)
        for value in (1, 0):
            check_sets(network, tried, value, text)
            check_minimal_rows(network, tried, value, text)
            check_measures(network, tried, value, rng, text, coherent=rng.random() < 0.3)


def check_sets(network: nnc.Network, tried: Tried, value: int, text: str) -> None:
    expected = tried.least_sets(value)
    found = nnc.cuts(network, "out", paths=not value)
    assert cubes(found) == expected, text
    assert found.counts == by_order(expected), text
    assert found.total == len(found.sets) == len(expected)
    assert found.is_complete
    if found.kind == "prime implicants":
        assert not is_single(expected, value), text
    else:
        assert is_single(expected, value), text
        assert found.kind == ("cut sets" if value else "path sets")
    sizes = [len(each.literals) for each in found.sets]
    assert sizes == sorted(sizes)
    limited = nnc.cuts(network, "out", paths=not value, order=1)
    assert cubes(limited) == {cube for cube in expected if len(cube) <= 1}, text
    assert limited.counts == found.counts


def check_minimal_rows(network: nnc.Network, tried: Tried, value: int, text: str) -> None:
    expected = tried.minimal_rows(value)
    found = nnc.cuts(network, "out", paths=not value, coherent=True)
    assert cubes(found) == expected, text
    assert (found.counts, found.is_complete) == (by_order(expected), True), text
    assert found.kind == ("cut sets" if value else "path sets")
    limited = nnc.cuts(network, "out", paths=not value, coherent=True, order=1)
    assert cubes(limited) == {cube for cube in expected if len(cube) <= 1}, text


def check_measures(
    network: nnc.Network, tried: Tried, value: int, rng: Random, text: str, *, coherent: bool
) -> None:
    on = {name: Fraction(rng.randrange(1, 9), 9) for name in tried.names}
    found = nnc.cuts(network, "out", paths=not value, probabilities=on, coherent=coherent)
    whole = tried.chance(on)
    assert found.probability == whole, text
    for each in found.sets:
        cube = frozenset((name, int(is_on)) for name, is_on in each.literals)
        assert each.probability == tried.chance(on, lambda row, _, cube=cube: has(row, cube)), text
    chances = [each.probability for each in found.sets]
    assert chances == sorted(chances, reverse=True)
    sets = cubes(found)
    for importance in found.importance:
        name = importance.input
        with_on, with_off = (chance_where(tried, on, name, bit) for bit in (1, 0))
        if with_on is None or with_off is None:
            assert importance.birnbaum is None, text
        else:
            assert importance.birnbaum == with_on - with_off, text
        if found.kind != "cut sets" or not whole:
            assert importance.fussell_vesely is None, text
            continue
        own = [cube for cube in sets if (name, 1) in cube]
        share = tried.chance(
            on, lambda row, out, own=own: bool(out) and any(has(row, cube) for cube in own)
        )
        assert importance.fussell_vesely == share / whole, text


def chance_where(tried: Tried, on: dict[str, Fraction], name: str, bit: int) -> Fraction | None:
    """Give the probability of the output being 1, given an input; None where it never is so."""
    given_bit = tried.chance(on, lambda row, _: row[name] == bit)
    if not given_bit:
        return None
    return tried.chance(on, lambda row, out: bool(out) and row[name] == bit) / given_bit


# ------------------------------------------------------------------------------ large ones


def fault_tree(rng: Random, events: int, systems: int, parts: int) -> str:
    """Draw a fault tree as published ones are: trains that fail by any of their parts, shared ones
    among them; systems that fail with all of their trains; and two of the systems at the top.
    """  # noqa: D205
    names = [f"e{i}" for i in range(events)]
    lines = [f"nnc: 1\ninputs: [{', '.join(names)}]\nneurons:"]
    for i in range(systems):
        trains = [f"t{i}_{j}" for j in range(rng.choice([2, 2, 3]))]
        for train in trains:
            read = rng.sample(names, parts)
            lines.append(f"  {train}: {{wiring: [{', '.join(read)}], fires: any}}")
        lines.append(f"  s{i}: {{wiring: [{', '.join(trains)}], fires: all}}")
    read = [f"s{i}" for i in range(systems)]
    lines.append(f"  top: {{wiring: [{', '.join(read)}], threshold: 2, fires: at_least}}")
    return "\n".join([*lines, "outputs: [top]", ""])


def test_sets_of_few_inputs_where_all_are_too_many() -> None:
    network = nnc.loads(fault_tree(Random(1), 30, 4, 3))
    whole = nnc.cuts(network, "top", limit=None)
    entries = too_few_entries(network)
    with pytest.raises(nnc.InvalidNetworkError, match="NNC972"):
        nnc.cuts(network, "top", entries=entries)
    found = nnc.cuts(network, "top", order=2, limit=None, entries=entries)
    assert not found.is_complete
    assert found.sets == tuple(each for each in whole.sets if len(each.literals) <= 2)
    assert found.counts == {order: many for order, many in whole.counts.items() if order <= 2}
    assert found.kind == "cut sets"
    even = dict.fromkeys(network.inputs, "0.5")
    measured = nnc.cuts(network, "top", probabilities=even)
    found = nnc.cuts(network, "top", order=2, entries=entries, probabilities=even)
    assert found.probability == measured.probability
    assert all(each.fussell_vesely is None for each in found.importance)
    found = nnc.cuts(network, "top", entries=entries, probabilities=even)
    assert (found.counts, found.total, found.sets, found.is_complete) == (None, None, (), False)
    assert (found.kind, found.probability) == ("cut sets", measured.probability)
    birnbaum, of_all = (
        {each.input: each.birnbaum for each in result.importance} for result in (found, measured)
    )
    assert birnbaum == of_all


def test_an_importance_that_is_too_large_is_left_out() -> None:
    network = nnc.loads(fault_tree(Random(0), 40, 6, 4))
    even = dict.fromkeys(network.inputs, "0.5")
    whole = nnc.cuts(network, probabilities=even)
    found = nnc.cuts(network, probabilities=even, entries=33_000)
    assert found.is_complete
    assert (found.counts, found.probability) == (whole.counts, whole.probability)
    birnbaum = {each.input: each.birnbaum for each in whole.importance}
    assert {each.input: each.birnbaum for each in found.importance} == birnbaum
    assert all(each.fussell_vesely is not None for each in whole.importance)
    assert all(each.fussell_vesely is None for each in found.importance)
    assert "Fussell-Vesely is not known: raise --budget\n" in as_text(found, None, None)
    assert "not known" not in as_text(whole, None, None)


def too_few_entries(network: nnc.Network) -> int:
    """Find entries that are nearly enough for all sets."""
    entries = 1 << 12
    while True:
        try:
            nnc.cuts(network, "top", limit=1, entries=entries)
        except nnc.InvalidNetworkError:
            return entries
        entries = entries * 15 // 16


def test_a_fault_tree_in_the_size_of_published_ones() -> None:
    """One of 61 events; its sets are counted as those of a product of sums are, set by set."""
    text = fault_tree(Random(1), 61, 5, 5)
    network = nnc.loads(text)
    on = {name: Fraction(i + 1, 1000) for i, name in enumerate(network.inputs)}
    found = nnc.cuts(network, probabilities=on, limit=None)
    expected = sets_bottom_up(network)
    assert {frozenset(each.on) for each in found.sets} == expected
    assert len(expected) > 1_000
    listed = nnc.cuts(network, probabilities=on, limit=50)
    assert [each.probability for each in listed.sets] == [
        each.probability for each in found.sets[:50]
    ]
    highest = max(each.probability for each in found.sets if each.probability is not None)
    assert found.probability is not None
    assert highest <= found.probability <= sum(each.probability or 0 for each in found.sets)
    assert found.importance == listed.importance
    bare = nnc.cuts(network, probabilities=on, importance=False)
    assert (bare.probability, bare.importance) == (found.probability, ())


def sets_bottom_up(network: nnc.Network) -> set[frozenset[str]]:
    """Multiply out every gate, and keep the least sets."""
    sets = {name: {frozenset([name])} for name in network.inputs}
    for name, neuron in network.neurons.items():
        read = [sets[source] for source in neuron.wiring]
        if neuron.fires == "any":
            sets[name] = least(set().union(*read))
        elif neuron.fires == "all":
            sets[name] = least({frozenset().union(*each) for each in product(*read)})
        else:
            pairs = combinations(read, 2)
            sets[name] = least({a | b for one, other in pairs for a in one for b in other})
    return sets["top"]


def least(sets: set[frozenset[str]]) -> set[frozenset[str]]:
    kept: set[frozenset[str]] = set()
    for each in sorted(sets, key=len):
        parts = (frozenset(p) for size in range(1, len(each)) for p in combinations(each, size))
        if not any(part in kept for part in parts):
            kept.add(each)
    return kept


def test_k_of_n() -> None:
    names = ", ".join(f"v{i}" for i in range(20))
    text = f"nnc: 1\ninputs: [{names}]\nneurons:\n  out: {{wiring: [{names}], threshold: 10, "
    found = nnc.cuts(nnc.loads(f"{text}fires: at_least}}\noutputs: [out]\n"))
    assert found.counts == {10: 184_756}
    assert len(found.sets) == 100


@pytest.mark.seconds(12)
def test_one_neuron_of_many_inputs() -> None:
    """The time grew with the square of their number, to 23 s."""
    network = nnc.Network(
        inputs={"a": "bit(16384)"},
        neurons={"o": nnc.Neuron(weights={"a": 1}, threshold=1.5)},
        outputs=["o"],
    )
    assert nnc.cuts(network, "o", order=2).counts == {2: comb(16_384, 2)}


def test_orders_of_inputs() -> None:
    """Count the sets of a sum of products, which the order of the file makes 2 to the 20 nodes."""
    first, other = ([f"{name}{i}" for i in range(20)] for name in "ab")
    lines = [f"nnc: 1\ninputs: [{', '.join(first + other)}]\nneurons:"]
    lines += [f"  n{i}: {{wiring: [a{i}, b{i}], fires: all}}" for i in range(20)]
    lines += ["  out: {wiring: [" + ", ".join(f"n{i}" for i in range(20)) + "], fires: any}"]
    text = "\n".join([*lines, "outputs: [out]", ""])
    assert nnc.cuts(nnc.loads(text), entries=10_000).counts == {2: 20}


def test_a_deep_chain() -> None:
    """Nothing recurses over a network."""
    count = 1_500
    names = [f"a{i}" for i in range(count)]
    lines = [f"nnc: 1\ninputs: [{', '.join(names)}]\nneurons:", "  n0: {wiring: [a0], fires: any}"]
    lines += [f"  n{i}: {{wiring: [n{i - 1}, a{i}], fires: any}}" for i in range(1, count)]
    text = "\n".join([*lines, f"outputs: [n{count - 1}]", ""])
    assert nnc.cuts(nnc.loads(text), limit=2).counts == {1: count}
