"""Compare two networks, in structure and behaviour, for `nnc diff` and `nnc.compare`.

Most of what changes can be seen without digests of structure. Neurons whose numbers are the same in
both plans cannot make the digests differ in numbers, whatever they read; where what is left has
other numbers, the networks are not the same. Only else the digests are taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from nnc.compiler.plan import Plan, PlanNeuron, build_plan
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.differences.digests import structure_of
from nnc.differences.row_changes import Comparison
from nnc.differences.structure import compare_structure, lone_structure
from nnc.numbers.exact import Number, simplest
from nnc.opening.checking import Checked, check_built
from nnc.proofs.comparison import Behaviour, Verdict, compare_behaviour, unknown_behaviour
from nnc.proofs.properties import within_assumptions
from nnc.run.digests.digests import structure_digest

if TYPE_CHECKING:
    from nnc.language.network import Network
    from nnc.proofs.plans import Budget


def is_same_structure(before: Plan, after: Plan) -> bool:
    """Return True if two plans have the same structure digest."""
    return not has_other_numbers(before, after) and (
        structure_digest(before) == structure_digest(after)
    )


def has_other_numbers(before: Plan, after: Plan) -> bool:
    """Return True if a neuron has a rule, threshold and weights that no neuron of the other has.

    False means unknown, for example if there are layers, states or cut-offs.
    """
    plans = before, after
    if any(plan.states for plan in plans):
        return False
    if not all(isinstance(stretch, range) for plan in plans for stretch in plan.schedule):
        return False
    old = {step.first: step for step in before.steps}
    removed, added = [], []
    for step in after.steps:
        other = old.pop(step.first, None)
        if other is None or (step is not other and step != other):
            added.append(step)
            if other is not None:
                removed.append(other)
    removed += old.values()
    if not all(map(_is_plain, (*removed, *added))):
        return False
    if _joins_sources(before, removed) or _joins_sources(after, added):
        return False
    return Counter(map(_numbers, removed)) != Counter(map(_numbers, added))


def _is_plain(step: PlanNeuron) -> bool:
    """Return True if a step is an ordinary neuron with one threshold."""
    return not (step.ports or step.is_cutoff or step.is_default or step.is_value)


def _joins_sources(plan: Plan, steps: Sequence[PlanNeuron]) -> bool:
    """Return True if weights of one source may be merged, so they differ from those written."""
    joined = {step.first for step in plan.steps if step.is_cutoff or step.is_default}
    return any(
        len(set(step.sources)) < len(step.sources) or not joined.isdisjoint(step.sources)
        for step in steps
    )


def _numbers(step: PlanNeuron) -> Hashable:
    """Return the rule and the numbers of a neuron as written."""
    weights: Sequence[Number] = step.weights
    if step.scale != 1:
        weights = [simplest(Fraction(weight, step.scale)) for weight in weights]
    return step.fires, step.threshold(0), tuple(sorted(weights))


def compare(
    before: Network,
    after: Network,
    *,
    within: Iterable[str] | Mapping[str, object] = (),
    budget: float = 10.0,
) -> Comparison:
    """Compare two networks: what was changed, and for which inputs their outputs differ.

    The result has in `structure` every change of a declaration, whatever the layout and the order,
    and in `behaviour` a verdict for each output: `equal`, which is proved, `differs`, with a
    counterexample that was replayed on both, or `unknown`. `within` limits inputs:
    `{"age": "0..64"}`; `budget` is how much work may be done beyond about a second, in seconds of
    one fixed machine, so that the verdicts are the same on all.

    Where a network leaves numbers open, the behaviour of its outputs is unknown.

    Raises InvalidNetworkError as `compile` does, and InvalidRowsError where a limit means nothing.
    More in docs/python.md, under "Compare", and in docs/comparing.md.

    >>> import nnc
    >>> before, after = (nnc.load(f"configs/gates/{name}.nn.yaml") for name in ("and", "or"))
    >>> comparison = nnc.compare(before, after)
    >>> [(change.name, change.details[0].after) for change in comparison.structure.changes]
    [('out', '1')]
    >>> verdict = comparison.behaviour.verdicts[0]
    >>> verdict.kind, verdict.differing, verdict.total, verdict.counterexample.inputs
    ('differs', 2, 4, {'a': 0, 'b': 1})
    """
    checked = map(check_built, (before, after))
    comparison = compare_checked(*checked, within=within, budget=budget)
    return comparison._replace(networks=(before, after))


def compare_checked(
    before: Checked,
    after: Checked,
    *,
    within: Iterable[str] | Mapping[str, object] = (),
    budget: float | Budget = 10.0,
    context: int = 0,
) -> Comparison:
    """Compare two checked files: what was changed, and for which inputs outputs differ.

    `within` and `budget` are those of `nnc.proofs.comparison.compare_behaviour`; with `context` up
    to so many rows of each layer are described. Raises InvalidNetworkError with the mistakes of
    both, and InvalidRowsError where a limit means nothing.

    Where one leaves numbers open, only the structure is compared, and the behaviour is unknown.
    """
    errors = [*before.errors, *after.errors]
    if errors:
        raise InvalidNetworkError(errors)
    assert before.linked is not None
    assert after.linked is not None
    if before.graph is None or after.graph is None:
        is_same = structure_of(before) == structure_of(after)
        structure = compare_structure(before.linked, after.linked, is_same=is_same, context=context)
        return Comparison(structure, unknown_behaviour(before.linked.network, after.linked.network))
    old, new = build_plan(before.graph), build_plan(after.graph)
    is_same = is_same_structure(old, new)
    structure = compare_structure(before.linked, after.linked, is_same=is_same, context=context)
    behaviour = within_assumptions(
        (before.graph, old),
        (after.graph, new),
        compare_behaviour(old, new, within=within, budget=budget),
        within=within,
        budget=budget,
    )
    return Comparison(structure, behaviour)


def lone_comparison(checked: Checked, kind: Literal["added", "removed"]) -> Comparison:
    """Compare a network file that is new, or gone, with nothing.

    Raises InvalidNetworkError with its mistakes.
    """
    if checked.errors:
        raise InvalidNetworkError(checked.errors)
    assert checked.linked is not None
    where = "only after" if kind == "added" else "only before"
    verdicts = tuple(Verdict(alias, kind, where) for alias in checked.linked.network.outputs)
    return Comparison(lone_structure(checked.linked, kind), Behaviour(verdicts))


def differing_row(before: Checked, after: Checked) -> tuple[Mapping[str, object] | None, str]:
    """Return inputs for which an output of two networks differs, as `example_of` does."""
    return example_of(compare_checked(before, after).behaviour)


def example_of(behaviour: Behaviour) -> tuple[Mapping[str, object] | None, str]:
    """Return inputs for which an output differs, or None, and a message for people."""
    verdicts = behaviour.verdicts
    row = next(
        (verdict.counterexample.inputs for verdict in verdicts if verdict.counterexample), None
    )
    if row is not None:
        return row, "For these inputs an output gives something else."
    if behaviour.is_equal:
        return None, "Every output gives the same as before, for all inputs: this is proved."
    if all(verdict.kind in ("added", "removed") for verdict in verdicts):
        return None, "No output is in both networks."
    return None, "No inputs are known for which an output gives something else."
