"""A header and the plans it is about -> Statement: what has to be shown, as goals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import NamedTuple

from nnc.compiler.graph import GraphClaim, Tap
from nnc.compiler.netlist import Argmax
from nnc.compiler.plan import Plan
from nnc.language.ranges import Range
from nnc.proofs.certificates.circuit import TRUE, Circuit, Copy, Linear
from nnc.proofs.certificates.claims import applies, broken, differ, elements, is_place, numbers
from nnc.proofs.certificates.domain import Field, Limits, fields, limits_of
from nnc.proofs.certificates.nearby import Nearby, changed, near_circuit
from nnc.proofs.certificates.records import Header
from nnc.proofs.certificates.refusal import RefusedError, need

_MAX_ORDERED = 4  # inputs that are put in every order


class Same(NamedTuple):
    """Two numbers that must be equal, or two lists of sums whose first largest must be the same."""

    before: tuple[Linear, ...]
    after: tuple[Linear, ...]


@dataclass
class Goal:
    """A claim about every row where all of `allowed` are 1.

    There all pairs of `same` are equal, or `wrong` is 0. Two copies differ in the `raised` element
    alone.
    """

    name: str
    same: list[Same] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    """Literals that must be equal: for each index, whether its sum is the largest."""
    wrong: int | None = None
    allowed: list[int] = field(default_factory=list)
    near: Nearby | None = None
    """The near rows, if they can be enumerated."""
    signs: tuple[int, Linear, bool] | None = None
    """A signal that is raised in this number, and whether the number must not fall."""


@dataclass
class Statement:
    """The circuit of all copies, and the goals."""

    circuit: Circuit
    goals: list[Goal]


def equality(before: Plan, after: Plan, header: Header) -> Statement:
    """Return the statement that outputs of two networks are equal, with a goal for each."""
    plans = (before, after)
    circuit, copies, allowed = _compared(plans, limits_of(header))
    taps = [{tap.alias: tap for tap in plan.outputs} for plan in plans]
    outputs = header.get("outputs")
    if type(outputs) is not list or not outputs:
        raise RefusedError("the header names no outputs")
    goals = []
    for alias in outputs:
        need(
            isinstance(alias, str) and all(alias in own for own in taps),
            "the header names an output that the networks do not both have",
        )
        pair = ((copies[0], taps[0][alias]), (copies[1], taps[1][alias]))
        goals.append(_equal(circuit, alias, pair, allowed))
    need(len({goal.name for goal in goals}) == len(goals), "the header names an output twice")
    return Statement(circuit, goals)


def assumptions(plans: Sequence[Plan], header: Header) -> tuple[Circuit, list[int]]:
    """Return the circuit of networks, and literals that are 1 where all assumptions allow a row."""
    circuit, _, allowed = _compared(plans, limits_of(header))
    return circuit, allowed


def _compared(plans: Sequence[Plan], within: Limits) -> tuple[Circuit, list[Copy], list[int]]:
    """Return a circuit with a copy of each plan, and the literals that allow a row."""
    circuit = Circuit()
    for name, field_ in _narrowed(fields([plan.inputs for plan in plans], within), plans).items():
        circuit.add_field(name, field_)
    copies = [circuit.add(plan, circuit.wires(plan.inputs), i) for i, plan in enumerate(plans)]
    return circuit, copies, [literal for copy in copies for literal in _assumed(circuit, copy)]


def _narrowed(paired: Mapping[str, Field], plans: Sequence[Plan]) -> dict[str, Field]:
    """Limit numbers to the bounds given by assumptions, since no other rows count."""
    narrowed = dict(paired)
    for plan in plans:
        for claim in plan.claims:
            is_bound = claim.form == "always" and not claim.when
            if claim.kind != "assume" or claim.instance or not is_bound:
                continue
            for tap, values in zip(claim.about, claim.values, strict=True):
                field_ = narrowed.get(tap.alias)
                if (
                    field_ is None
                    or field_.interval is None
                    or field_.input.is_bus
                    or tap.kind != "number"
                ):
                    continue
                ranges = [each for each in values if isinstance(each, Range)]
                leasts = [each.least for each in ranges]
                greatests = [each.greatest for each in ranges]
                least = None if None in leasts else min(e for e in leasts if e is not None)
                most = None if None in greatests else max(e for e in greatests if e is not None)
                interval = field_.interval.within(least, most)
                need(not interval.is_empty, f"input `{tap.alias}` has no value")
                narrowed[tap.alias] = replace(field_, interval=interval, fixed=(interval.single,))
    return narrowed


def _assumed(circuit: Circuit, copy: Copy) -> list[int]:
    """Return the literals that are 1 if the assumptions of a network allow the row of a copy."""
    claims = [claim for claim in copy.plan.claims if claim.kind == "assume" and not claim.instance]
    return [-broken(circuit, copy, claim) for claim in claims]


def _equal(
    circuit: Circuit,
    name: str,
    pair: tuple[tuple[Copy, Tap], tuple[Copy, Tap]],
    allowed: Sequence[int],
) -> Goal:
    goal = Goal(name, allowed=list(allowed))
    (copy, tap), (other_copy, other) = pair
    ports = copy.netlist.port(tap), other_copy.netlist.port(other)
    value, another = (port.values[0] for port in ports)
    is_alike = (
        tap.labels == other.labels
        and type(value) is type(another)
        and len({port.shape == "word" for port in ports}) == 1
    )
    sides = elements(circuit, copy, tap), elements(circuit, other_copy, other)
    if isinstance(value, Argmax) and isinstance(another, Argmax):
        if is_alike and len(value.of) == len(another.of):
            goal.same = [
                Same(
                    tuple(circuit.number(copy, each) for each in value.of),
                    tuple(circuit.number(other_copy, each) for each in another.of),
                )
            ]
            goal.places = [
                (is_place(circuit, copy, value, i), is_place(circuit, other_copy, another, i))
                for i in range(len(value.of))
            ]
    elif is_alike and len(sides[0]) == len(sides[1]):
        goal.same = [Same((a,), (b,)) for a, b in zip(*sides, strict=True)]
    if goal.same and not allowed:
        return goal
    need(bool(tap.labels) == bool(other.labels), f"`{name}` is of another kind in the other")
    if not goal.same and not tap.labels and not any(isinstance(p.values[0], Argmax) for p in ports):
        widths = [len(numbers(circuit, c, t)) for c, t in pair]
        need(widths[0] == widths[1], f"`{name}` is of another size in the other network")
    goal.wrong = circuit.all_of([*allowed, differ(circuit, *pair)])
    return goal


# ------------------------------------------------------------------------------ properties


def property_of(
    plan: Plan, index: int, others: Mapping[str, Plan]
) -> tuple[GraphClaim, Iterator[Statement]]:
    """Return a property of a network, and the statements to show for it.

    After the properties come the assumptions of used networks, for each part.
    """
    claims = [claim for claim in plan.claims if claim.kind == "properties" or claim.instance]
    need(0 <= index < len(claims), "the network has no property of this number")
    claim = claims[index]
    if claim.file is not None:
        other = others.get(claim.file)
        if other is None:
            raise RefusedError(f"the compared network `{claim.file}` is not there")
        return claim, _of_file(plan, claim, other)
    if claim.near is not None:
        return claim, _of_near(plan, claim)
    if claim.form in ("increasing", "decreasing"):
        return claim, _of_order(plan, claim)
    if claim.form == "independent":
        return claim, _of_independence(plan, claim)
    if claim.form == "symmetric":
        return claim, _of_symmetry(plan, claim)
    return claim, _of_row(plan, claim)


def _circuit(plan: Plan) -> tuple[Circuit, dict[str, Field]]:
    circuit = Circuit()
    fields_ = _narrowed(fields([plan.inputs]), [plan])
    for name, field_ in fields_.items():
        circuit.add_field(name, field_)
    return circuit, fields_


def _of_row(plan: Plan, claim: GraphClaim) -> Iterator[Statement]:
    circuit, (copy,), allowed = _compared([plan], {})
    wrong = circuit.all_of([*allowed, broken(circuit, copy, claim)])
    yield Statement(circuit, [Goal("", wrong=wrong)])


def _of_near(plan: Plan, claim: GraphClaim) -> Iterator[Statement]:
    circuit, copy, nearby, counted = near_circuit(plan, claim)
    allowed = [*_assumed(circuit, copy), *applies(circuit, copy, claim), counted]
    wrong = circuit.all_of([*allowed, changed(circuit, copy, claim)])
    yield Statement(circuit, [Goal("", wrong=wrong, near=nearby)])


def _of_file(plan: Plan, claim: GraphClaim, other: Plan) -> Iterator[Statement]:
    circuit, copies, allowed = _compared([plan, other], {})
    allowed += applies(circuit, copies[0], claim)
    theirs = {tap.alias: tap for tap in other.outputs}
    common = [tap for tap in plan.outputs if tap.alias in theirs]
    need(common, "the networks have no output in common")
    goals = [
        _equal(circuit, tap.alias, ((copies[0], tap), (copies[1], theirs[tap.alias])), allowed)
        for tap in common
    ]
    yield Statement(circuit, goals)


def _both(circuit: Circuit, copies: Sequence[Copy], claim: GraphClaim) -> list[int]:
    """Return the literals that are 1 if both rows count."""
    allowed = []
    for copy in copies:
        allowed += _assumed(circuit, copy)
        allowed += applies(circuit, copy, claim)
    return allowed


def _element_of(plan: Plan, signal: int) -> tuple[str, int]:
    """Return the input that a signal belongs to, and its index there."""
    for name, first in plan.first_of.items():
        if first <= signal < first + plan.inputs[name].width:
            return name, signal - first
    raise RefusedError("a property varies what is not an input")


def _of_order(plan: Plan, claim: GraphClaim) -> Iterator[Statement]:
    """Yield a statement for each element: raising it alone never lowers, or raises, the output."""
    (tap,) = claim.about
    for signal in (signal for varied in claim.varied for signal in varied.signals):
        circuit, own = _circuit(plan)
        name, element = _element_of(plan, signal)
        input_ = plan.inputs[name]
        wires = [circuit.wires(plan.inputs), circuit.wires(plan.inputs)]
        allowed = []
        index = signal - 2
        raised = wires[0][index]
        if input_.type == "bit":
            off, on = input_.state_values
            low, high = (-TRUE, TRUE) if off < on else (TRUE, -TRUE)
            wires[0][index], wires[1][index] = low, high
        else:
            circuit.add_field(name, own[name], 1, element)
            wires[1][index] = circuit.elements[name, element, 1]
            order = circuit.bits([(wires[1][index], 1), (wires[0][index], -1)])
            allowed.append(circuit.compared(order, ">", 0))
        whole = circuit.add(
            plan, wires[0] if input_.type != "bit" else circuit.wires(plan.inputs), 0
        )
        falls = claim.form == "decreasing"
        turned = falls != (input_.type == "bit" and input_.state_values[0] > input_.state_values[1])
        signs = (raised, numbers(circuit, whole, tap)[0], not turned)
        copies = [circuit.add(plan, own_wires, i + 1) for i, own_wires in enumerate(wires)]
        allowed += _both(circuit, copies, claim)
        before, after = (numbers(circuit, copy, tap)[0] for copy in copies)
        fall = before.minus(after) if claim.form == "increasing" else after.minus(before)
        wrong = circuit.all_of([*allowed, circuit.compared(fall, ">", 0)])
        text = input_.element_names(name)[element]
        yield Statement(circuit, [Goal(f"raising {text}", wrong=wrong, signs=signs)])


def _of_independence(plan: Plan, claim: GraphClaim) -> Iterator[Statement]:
    signals = [signal for varied in claim.varied for signal in varied.signals]
    circuit, _, wires = _with_second_row(plan, signals)
    yield _pair(circuit, plan, claim, wires)


def _with_second_row(
    plan: Plan, signals: Sequence[int]
) -> tuple[Circuit, dict[str, Field], list[list[int]]]:
    """Return a circuit with a second copy of some input elements, and the wires of both rows."""
    circuit, fields_ = _circuit(plan)
    wires = [circuit.wires(plan.inputs), circuit.wires(plan.inputs)]
    for signal in signals:
        name, element = _element_of(plan, signal)
        circuit.add_field(name, fields_[name], 1, element)
        wires[1][signal - 2] = circuit.elements[name, element, 1]
    return circuit, fields_, wires


def _of_symmetry(plan: Plan, claim: GraphClaim) -> Iterator[Statement]:
    """Exchange the first two, and rotate all by one: these generate every permutation."""
    elements_: list[tuple[int, ...]] = []
    for varied in claim.varied:
        signals = tuple(varied.signals)
        elements_ += [signals] if varied.labels else [(signal,) for signal in signals]
    touched = {signal for element in elements_ for signal in element}
    count = len(elements_)
    if _tells_apart(plan, claim, touched):
        if all(plan.inputs[_element_of(plan, each)[0]].type == "bit" for each in touched):
            yield _of_counts(plan, claim, sorted(touched))
            return
        need(count <= _MAX_ORDERED, "what is assumed is not the same for every order of inputs")
        orders = list(permutations(range(count)))[1:]
    else:
        orders = [(1, 0, *range(2, count))]
        if count > 2:
            orders.append((*range(1, count), 0))
    for order in orders:
        circuit, own = _circuit(plan)
        _need_alike(plan, own, [signal for signal, *_ in elements_])
        wires = [circuit.wires(plan.inputs), circuit.wires(plan.inputs)]
        for index, source in enumerate(order):
            for to, from_ in zip(elements_[index], elements_[source], strict=True):
                wires[1][to - 2] = wires[0][from_ - 2]
        yield _pair(circuit, plan, claim, wires)


def _tells_apart(plan: Plan, claim: GraphClaim, touched: set[int]) -> bool:
    """Return whether the limits of the rows may distinguish the exchanged inputs."""
    if claim.when:
        return True
    return any(
        touched.intersection(tap.signals)
        for assumed in plan.claims
        if assumed.kind == "assume" and not assumed.instance
        for tap in (*assumed.about, *assumed.when)
    )


def _need_alike(plan: Plan, fields_: Mapping[str, Field], signals: Sequence[int]) -> None:
    """Refuse to exchange inputs that differ in their values."""
    kinds = [fields_[_element_of(plan, signal)[0]] for signal in signals]
    domains = {
        (kind.interval, kind.allowed, kind.fixed[:1], kind.input.state_values) for kind in kinds
    }
    need(len(domains) == 1, "inputs that change places have not the same values")


def _of_counts(plan: Plan, claim: GraphClaim, signals: Sequence[int]) -> Statement:
    """Return the statement that rows with equally many of some bits on have equal outputs."""
    circuit, own, wires = _with_second_row(plan, signals)
    _need_alike(plan, own, signals)
    before, after = (circuit.bits((each[s - 2], 1) for s in signals) for each in wires)
    more = before.minus(after)
    alike = [circuit.compared(more, ">=", 0), circuit.compared(more, "<=", 0)]
    return _pair(circuit, plan, claim, wires, alike)


def _pair(
    circuit: Circuit,
    plan: Plan,
    claim: GraphClaim,
    wires: Sequence[Sequence[int]],
    limits: Sequence[int] = (),
) -> Statement:
    """Return the statement that the output is equal in two copies, where limits are 1."""
    (tap,) = claim.about
    copies = [circuit.add(plan, own, i) for i, own in enumerate(wires)]
    allowed = [*limits, *_both(circuit, copies, claim)]
    goal = _equal(circuit, "", ((copies[0], tap), (copies[1], tap)), allowed)
    return Statement(circuit, [goal])
