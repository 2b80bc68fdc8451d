"""What is done stays within the budget, and what is found does not depend on a clock."""

import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest

import nnc
from nnc.compiler.plan import Plan
from nnc.proofs.comparison.behaviour import Behaviour, compare_behaviour
from nnc.proofs.plans.budget import SECOND, Budget
from nnc.proofs.plans.domain import build_domain
from nnc.proofs.plans.pair import Pair
from nnc.proofs.strategies import STRATEGIES
from tests.support.circuits import (
    arithmetic_unit,
    array_multiplier,
    carry_save_multiplier,
    carry_select_adder,
    ripple_adder,
)
from tests.support.pairs import mutant, network, rewritten, rows_of, text_of, truth_table
from tests.support.regions import check_claims


def compiled(*texts: str) -> list[Plan]:
    """Compile networks given as texts."""
    return [nnc.compile(nnc.loads(text)) for text in texts]


def without_the_middle(text: str) -> str:
    """Leave out a bit in the middle of a bus: the others are not a sum."""
    head, _, tail = text.partition("out: [")
    bits = tail.partition("]")[0].split(", ")
    del bits[len(bits) // 2]
    return f"{head}out: [{', '.join(bits)}]}}\n"


def work_of(plans: list[Plan], seconds: float) -> int:
    """Return the units of work that all strategies do."""
    before, after = plans
    budget = Budget(seconds)
    pair = Pair(before, after, build_domain(before.inputs, after.inputs, {}), budget)
    for strategy in STRATEGIES:
        budget.begin(strategy.allowance, draws=strategy.draws)
        strategy.run(pair)
    return budget.spent


@pytest.mark.parametrize("size", [32, 64])
@pytest.mark.parametrize("budget", [0, 10])
def test_a_rewritten_gate_of_a_slice_is_proved(size: int, budget: float, tmp_path: Path) -> None:
    plans = []
    for is_rewritten in (False, True):
        home = tmp_path / str(is_rewritten)
        home.mkdir()
        for name, text in arithmetic_unit(size, is_rewritten=is_rewritten).items():
            (home / name).write_text(text, "utf-8")
        plans.append(nnc.compile(nnc.load(home / "unit.nn.yaml")))
    verdicts = compare_behaviour(*plans, budget=budget).verdicts
    assert {verdict.kind for verdict in verdicts} == {"equal"}
    assert work_of(plans, seconds=budget) < SECOND // 2


@pytest.mark.parametrize("seconds", [0, 0.5])
def test_the_work_is_bounded(seconds: float) -> None:
    plans = compiled(array_multiplier(24), carry_save_multiplier(24))
    allowed = sum(strategy.allowance for strategy in STRATEGIES) + seconds
    # the first random rows are tried whatever they take, and a loop looks once before each round
    assert work_of(plans, seconds=seconds) < (allowed + 0.5) * SECOND


def test_the_clock_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [
        compiled(array_multiplier(9), carry_save_multiplier(9)),
        compiled(*map(without_the_middle, (array_multiplier(14), carry_save_multiplier(14)))),
        compiled(ripple_adder(40), carry_select_adder(40)),
    ]

    def verdicts() -> list[Behaviour]:
        return [compare_behaviour(*plans, budget=0.2) for plans in pairs]

    expected = verdicts()
    clocks = {name: getattr(time, name) for name in ("monotonic", "perf_counter", "process_time")}
    for factor in (0.01, 100):
        for name, clock in clocks.items():
            monkeypatch.setattr(time, name, lambda clock=clock, factor=factor: clock() * factor)
        assert verdicts() == expected
    kinds = [{verdict.kind for verdict in behaviour.verdicts} for behaviour in expected]
    assert kinds == [{"equal"}, {"unknown"}, {"equal"}]


def test_no_verdict_is_wrong_however_little_may_be_done(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 100 pairs, 20 in each chunk: with next to no work they are unknown at worst."""
    rng = Random(f"little {chunk}")
    kinds = Counter[str]()
    begin = Budget.begin
    for count in range(20):
        share = rng.choice([0, 1e-6, 1e-4, 1e-2])
        monkeypatch.setattr(
            Budget,
            "begin",
            lambda self, seconds, step="", *, draws=False, share=share: begin(
                self, float(seconds) * share, step, draws=draws
            ),
        )
        one = network(rng)
        other = (rewritten, mutant)[count % 2](rng, one)
        plans = compiled(text_of(one), text_of(other))
        tables, rows = (truth_table(one), truth_table(other)), rows_of(one)
        for verdict in compare_behaviour(*plans, budget=0).verdicts:
            columns = [table[verdict.output] for table in tables]
            kinds[verdict.kind] += 1
            if verdict.kind != "unknown":
                assert (verdict.kind == "equal") == (columns[0] == columns[1])
            if verdict.counterexample is not None:
                place = rows.index(verdict.counterexample.row)  # type: ignore[arg-type]
                if verdict.region is not None:
                    check_claims(verdict, rows, *columns)
                assert columns[0][place] != columns[1][place]
    assert min(kinds["equal"], kinds["differs"]) > 0


def wide(count: int, digits: int, threshold: int) -> str:
    """Write one neuron whose weights are decimals of many digits."""
    rng = Random(count)
    weights = ", ".join(f"x({i}): {rng.randint(1, 10**digits)}" for i in range(count))
    neuron = f"{{weights: {{{weights}}}, threshold: {threshold}}}"
    return f"nnc: 1\ninputs: {{x: bit({count})}}\nneurons: {{n: {neuron}}}\noutputs: [n]\n"


def random_layers(count: int, fan_in: int, seed: int) -> str:
    """Write neurons that read bits and earlier neurons."""
    rng, names, lines = Random(5), [f"x({i})" for i in range(64)], []
    for i in range(count):
        read = rng.sample(names[-max(64, fan_in) :], fan_in)
        weights = ", ".join(f"{name}: {rng.randint(-9, 9)}" for name in read)
        lines.append(f"  n{i}: {{weights: {{{weights}}}, threshold: {(i == count // 2) * seed}}}\n")
        names.append(f"n{i}")
    outs = ", ".join(names[-8:])
    return f"nnc: 1\ninputs: {{x: bit(64)}}\nneurons:\n{''.join(lines)}outputs: {{y: [{outs}]}}\n"


@pytest.mark.parametrize(
    "texts",
    [
        (wide(60, 12, 10**13), wide(60, 12, 10**13 + 1)),
        (wide(784, 12, 10**14), wide(784, 12, 10**14 + 1)),
        (wide(5000, 16, 10**19), wide(5000, 16, 10**19 + 1)),
        (array_multiplier(32), carry_save_multiplier(32)),
        (random_layers(600, 40, 0), random_layers(600, 40, 1)),
        (random_layers(300, 60, 0), random_layers(300, 60, 9)),
    ],
    ids=["wide60", "wide784", "wide5000", "multiplier", "layers", "few layers"],
)
def test_little_is_done_without_a_budget(texts: tuple[str, str]) -> None:
    plans = compiled(*texts)
    budget = Budget(0)
    compare_behaviour(*plans, budget=budget)
    assert budget.spent < 2 * SECOND
