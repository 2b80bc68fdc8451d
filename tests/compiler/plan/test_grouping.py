"""Neurons that are calculated together: one level, one rule, one type, each in one group."""

from random import Random

import nnc
from nnc.compiler.plan import Group, Plan, Step
from nnc.compiler.plan.grouping import groups_of
from tests.support.strategies import example


def plan(neurons: str, inputs: str = "[a, b, c, d]") -> Plan:
    return nnc.compile(nnc.loads(f"nnc: 1\nfires: above\ninputs: {inputs}\nneurons:\n{neurons}"
                                 "outputs: {o: 1}\n"))  # fmt: skip


def names(one: Group | Step) -> list[str]:
    return [step.name for step in one.steps] if isinstance(one, Group) else [one.name]


def test_few_neurons_stand_alone() -> None:
    two = plan("  n: {wiring: [a, b], threshold: 0}\n  m: {wiring: [a, c], threshold: 0}\n")
    assert [names(one) for one in groups_of(two.steps)] == [["n"], ["m"]]


def test_what_is_together() -> None:
    one = plan("""\
  a1: {wiring: [a, b], threshold: 0}
  b1: {wiring: [a, b, c], threshold: 0}
  low: {wiring: [a, b], threshold: 0, fires: below}
  c1: {weights: {d: -3}, thresholds: {x: 0, y: 1, z: 2}}
  wide: {weights: {d: 300}, threshold: 0}
  real: {weights: {r: 1}, threshold: 0}
  huge: {weights: {a: 1e30}, threshold: 0}
  d1: {weights: {}, threshold: 0}
  later: {wiring: [a1, b1], threshold: 0}
""", "{a: bit, b: bit, c: bit, d: bit, r: real}")  # fmt: skip
    found = [names(each) for each in groups_of(one.steps)]
    assert ["b1", "a1", "c1", "d1"] in found
    assert all(len(each) == 1 for each in found if each != ["b1", "a1", "c1", "d1"])
    assert found[-1] == ["later"]
    assert sorted(name for each in found for name in each) == sorted(one.neurons.names)


def test_the_arrays_of_a_group() -> None:
    one = plan("""\
  n: {weights: {a: 1, c: -2}, threshold: 4}
  m: {weights: {d: 3}, thresholds: {x: 0, y: 1}}
  k: {weights: {b: 5, a: 6, d: 7}, threshold: 9}
""")  # fmt: skip
    (group,) = groups_of(one.steps)
    assert isinstance(group, Group)
    assert (group.dtype, group.fires, names(group)) == ("int8", "above", ["k", "n", "m"])
    assert [(having, sources.tolist(), weights.tolist()) for having, sources,
            weights in group.synapses] == [
        (3, [3, 2, 5], [5, 1, 3]), (2, [2, 4], [6, -2]), (1, [5], [7])]  # fmt: skip
    assert [(places.tolist(), limits.tolist(), signals.tolist())
            for places, limits, signals in group.limits] == [
        ([0, 1, 2], [9, 4, 0], [9, 6, 7]), ([2], [1], [8])]  # fmt: skip
    assert {str(weights.dtype) for _, _, weights in group.synapses} == {"int8"}
    assert group.asked(set()) == []
    assert group.asked({6, 7, 99}) == [1, 2]


def test_every_neuron_is_in_one_group_on_its_level() -> None:
    rng = Random(41)
    for _ in range(100):
        one = nnc.compile(nnc.loads(example(rng, 2, ("buses", "choice", "states")).text))
        level = 0
        seen = []
        for each in groups_of(one.steps):
            steps = each.steps if isinstance(each, Group) else [each]
            assert {step.level for step in steps} == {steps[0].level}
            assert steps[0].level >= level
            level = steps[0].level
            seen += [step.name for step in steps]
            if isinstance(each, Group):
                assert len({(step.dtype, step.fires) for step in steps}) == 1
                assert len(steps) > 2
        assert sorted(seen) == sorted(one.neurons.names)
