"""Neurons too wide for a diagram, alone and together: what is never so is proved."""

from itertools import product
from random import Random

import pytest

from nnc.proofs.circuit import sweeping
from nnc.proofs.circuit.wide import Neuron, Positive, compared
from nnc.proofs.comparison import behaviour
from nnc.proofs.strategies import STRATEGIES
from tests.proofs.test_properties import proofs
from tests.support.claims import Judge
from tests.support.comparing import verdict

SEARCHES = ("the same normal form is the same function", "inner neurons proved equal",
            "outputs searched")  # fmt: skip


def neuron(rng: Random, sources: list[str]) -> str:
    weights = ", ".join(f"{s}: {rng.choice([-5, -3, -2, -1, 1, 2, 3, 4, 5])}" for s in sources)
    return f"{{weights: {{{weights}}}, threshold: {rng.randint(-4, 6)}}}"


def claims(rng: Random, names: list[str], inputs: list[str]) -> list[str]:
    first, second = rng.sample(names, 2)
    states = [rng.randint(0, 1) for _ in range(3)]
    bit = rng.choice(inputs)
    return [
        f"{{never: {{{first}: {states[0]}, {second}: {states[1]}}}}}",
        f"{{never: {{{first}: {states[0]}, {second}: {states[1]}, {bit}: {states[2]}}}}}",
        f"{{always: {{{first}: {states[0]}}}, when: {{{bit}: {states[1]}}}}}",
        f"{{at_most_one: [{', '.join(names)}]}}",
        f"{{equal: {{{first}: {second}}}}}",
    ]


def drawn(rng: Random) -> str:
    """Write three neurons over some inputs, the second like the first, the last one over it too."""
    inputs = [f"x{place}" for place in range(rng.randint(3, 5))]
    weights = {name: rng.choice([-4, -2, -1, 1, 2, 3]) for name in inputs}
    limit = rng.randint(-2, 4)
    like = {name: 3 * weight + rng.randint(-1, 1) for name, weight in weights.items()}
    rows = [
        f"  {name}: {{weights: {{{', '.join(f'{n}: {w}' for n, w in own.items())}}}, "
        f"threshold: {threshold}}}"
        for name, own, threshold in (("a", weights, limit), ("b", like, 3 * limit - 1))
    ]
    rows.append(f"  c: {neuron(rng, [*inputs, 'b'])}")
    lines = "".join(f"  - {claim}\n" for claim in claims(rng, ["a", "b", "c"], inputs))
    body = "\n".join(rows)
    return (
        f"nnc: 1\nfires: at_least\ninputs: [{', '.join(inputs)}]\nneurons:\n{body}\n"
        f"outputs: [a, b, c]\nproperties:\n{lines}"
    )


def test_claims_about_wide_neurons_as_a_judge_finds_them(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All neurons count as wide, and nothing but searches decides."""
    monkeypatch.setattr(sweeping, "_MAX_DIAGRAM", 3)
    only = tuple(strategy for strategy in STRATEGIES if strategy.name in SEARCHES)
    assert len(only) == len(SEARCHES)
    monkeypatch.setattr(behaviour, "STRATEGIES", only)
    rng, kinds = Random(f"wide {chunk}"), []
    for _ in range(4):
        text = drawn(rng)
        judge = Judge(text)
        for proof, claim in zip(proofs(text), judge.properties, strict=True):
            expected = "proved" if judge.holds(claim) else "refuted"
            assert proof.kind in (expected, "unknown"), (claim, proof, text)
            kinds.append(proof.kind)
    assert kinds.count("unknown") <= len(kinds) // 5, kinds


def forty(names: dict[str, tuple[list[int], int, int]], properties: str) -> str:
    """Write neurons of 40 inputs: weights, threshold, and how many decimals both have."""
    lines = []
    for name, (weights, threshold, places) in names.items():
        listed = ", ".join(f"x({bit}): {weight}e-{places}" for bit, weight in enumerate(weights))
        lines.append(f"  {name}: {{weights: {{{listed}}}, threshold: {threshold}e-{places}}}")
    return "nnc: 1\nfires: at_least\ninputs: {x: bit(40)}\nneurons:\n" + "\n".join(
        [*lines, f"outputs: [{', '.join(names)}]", "properties:", properties]
    )


def test_forty_inputs_of_two_neurons() -> None:
    rng = Random("forty")
    weights = [rng.choice([-1, 1, 1]) * rng.randint(1, 10**4) for _ in range(40)]
    noisy = [1_000 * weight + rng.randint(-8, 8) for weight in weights]
    half = sum(weights) // 2
    all_proofs = proofs(
        forty(
            {
                "low": (weights, half, 4),
                "same": (noisy, 1_000 * half - 500, 7),
                "high": (noisy, 1_000 * half + 500, 7),
            },
            "  - {always: {low: 1}, when: {high: 1}}\n"
            "  - {always: {high: 1}, when: {low: 1}}\n"
            "  - {equal: {low: same}}\n"
            "  - {exactly_one: [low, high]}\n"
            "  - {never: {same: 0, high: 1, x(3): 1}}",
        )
    )
    assert [proof.kind for proof in all_proofs] == [
        "proved", "refuted", "proved", "refuted", "proved",
    ]  # fmt: skip


def fires(neuron: Neuron, states: dict[int, bool]) -> bool:
    weights, threshold = neuron
    return sum(weight for node, weight in weights.items() if states[node]) >= threshold


def test_two_neurons_against_all_their_inputs(chunk: int) -> None:
    rng = Random(f"subsets {chunk}")
    for _ in range(100):
        nodes = range(1, rng.randint(2, 8))
        unit = rng.choice([1, 2, 3])
        weights = {node: unit * rng.choice([-1, 1]) * rng.randint(1, 9) for node in nodes}
        factor = rng.choice([1, 1, 2, 5])
        others = {node: factor * weight for node, weight in weights.items()}
        for node in rng.sample(list(nodes), rng.randint(0, min(2, len(nodes)))):
            others[node] += rng.choice([-1, 1])
        threshold = rng.randint(-10, 15)
        first = (weights, threshold)
        second = (others, factor * threshold + rng.randint(-1, 1))
        rows = [dict(zip(nodes, row, strict=True))
                for row in product((False, True), repeat=len(nodes))]  # fmt: skip
        contrast = compared(first, second, lambda _: True)
        is_equal = all(fires(first, row) == fires(second, row) for row in rows)
        assert contrast.is_equal is is_equal, (first, second)
        if contrast.states is not None:
            states = dict(contrast.states)
            assert fires(first, states) != fires(second, states)


def wide(count: int, *, factor: int, changed: int = 0, threshold: int = 0) -> str:
    """Write a neuron with weights of 4 decimals, one of them changed by units of the last place."""
    rng = Random(count)
    weights = [factor * rng.choice([-1, 1]) * rng.randint(1, 10**5) for _ in range(count)]
    limit = sum(weights) // (2 * factor) * factor + threshold
    weights[7] += changed
    listed = ", ".join(f"x({i}): {weight}e-4" for i, weight in enumerate(weights))
    return (
        f"inputs: {{x: bit({count})}}\nneurons: {{n: {{weights: {{{listed}}}, "
        f"threshold: {limit}e-4}}}}\noutputs: [n]\n"
    )


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (wide(60, factor=2, threshold=1), "differs"),
        (wide(60, factor=2, threshold=-1), "equal"),
        (wide(60, factor=2, changed=1), "equal"),
        (wide(60, factor=2, changed=-1), "differs"),
    ],
)
def test_sixty_inputs_and_one_unit_of_the_last_decimal(after: str, kind: str) -> None:
    """All sums are even: one more is needed for an odd threshold, and one more changes nothing."""
    assert verdict(wide(60, factor=2), after, budget=10).kind == kind


def value_of(neuron: Positive, values: dict[int, int]) -> int:
    total = sum(weight * (values[each >> 1] ^ each & 1) for each, weight in neuron.terms)
    return int(total >= neuron.threshold)


def test_the_words_of_a_neuron_are_its_sums(chunk: int) -> None:
    rng = Random(f"words {chunk}")
    all_rows = (1 << (1 << 6)) - 1
    words = {i: sum(1 << row for row in range(1 << 6) if row >> i & 1) for i in range(6)}
    for _ in range(50):
        terms = tuple((2 * i + rng.getrandbits(1), rng.randint(1, 9)) for i in range(6))
        neuron = Positive(terms, rng.randint(-2, 40))
        word = neuron.word(words, all_rows)
        for row in range(1 << 6):
            assert value_of(neuron, {i: row >> i & 1 for i in range(6)}) == word >> row & 1
