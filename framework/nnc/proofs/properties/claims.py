"""Claims -> Obligations: pairs of plans that are equal where the claim holds.

Most claims are one bit that must never be 1: a neuron that watches one copy of the network, or
two, compared with a constant. Where nothing limits the rows, claims about two rows are two plans,
so that inner neurons are compared, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import NamedTuple

from nnc.compiler.graph import Graph, GraphClaim, Tap
from nnc.compiler.joint import VIOLATED, Copy, Joint, assumed_by, broken, negated
from nnc.compiler.plan import Plan
from nnc.language.network import Input
from nnc.language.ranges import Range
from nnc.numbers.exact import Number
from nnc.proofs.plans.domain import interval_of, size_of
from nnc.proofs.properties.raising import CellNumbers, in_cells, open_elements
from nnc.run.trace import PlainValue

_MAX_ORDERS = 24  # of inputs, where an assumption distinguishes them


@dataclass(frozen=True)
class Obligation:
    """Two plans that have to be equal, and the rows that a difference stands for.

    `copies` are those of the network in each of the joint graphs `joints`; `words` say what is
    looked at.
    """

    before: Plan
    after: Plan
    copies: tuple[tuple[Joint, Copy], ...]
    words: str = ""
    cells: CellNumbers = field(default_factory=CellNumbers)

    def rows(self, example: Mapping[str, PlainValue]) -> list[list[Number]]:
        """Return the row of each copy: the constants and the elements of its inputs."""
        rows = []
        for joint, copy in self.copies:
            flat = _flat(joint, self.cells.restored(example))
            width = sum(input_.width for input_ in copy.graph.inputs.values())
            rows.append([0, 1, *(flat[signal] for signal in copy.slots[2 : 2 + width])])
        return rows


class Unprovable(NamedTuple):
    """The reason why a claim cannot be proved or refuted."""

    words: str


def _flat(joint: Joint, row: Mapping[str, PlainValue]) -> dict[int, Number]:
    """Return the value of every input signal, of bits 0 or 1, and of bits that are held."""
    flat: dict[int, Number] = {0: 0, 1: 1, **joint.states_held()}
    for name, input_ in joint.inputs.items():
        for index, value in enumerate(_elements(input_, row.get(name))):
            flat[joint.element(name, index)] = value
    return flat


def _elements(input_: Input, value: PlainValue | None) -> list[Number]:
    """Return the elements of an input, of bits 0 or 1."""
    if input_.of is not None:
        chosen = value if isinstance(value, str) else input_.of[0]
        return [int(label == chosen) for label in input_.of]
    assert not isinstance(value, str)
    if value is None:
        rest = 0 if input_.type == "bit" else interval_of(input_).middle
        return [rest] * input_.width
    if input_.is_integer_bus and not isinstance(value, list):
        return [int(value) >> index & 1 for index in range(input_.width)]
    values = value if isinstance(value, list) else [value]
    if input_.type == "bit" and len(values) < input_.width:  # of a network with bits of 0 and 1
        values = [int(values[0]) >> index & 1 for index in range(input_.width)]
    if input_.type == "bit":
        return [input_.state_values.index(each) for each in values]
    return list(values)


# ---------------------------------------------------------------------------------- claims


@dataclass(frozen=True)
class Context:
    """A network whose claims are to be proved, and its assumptions.

    `others` has the graph of each network that a property compares with, by the name of its file.
    """

    graph: Graph
    others: Mapping[str, Graph] = field(default_factory=dict)

    @property
    def assumed(self) -> list[GraphClaim]:
        """The claims that every row satisfies."""
        return [claim for claim in self.graph.claims if claim.kind == "assume"]

    def inputs(self) -> dict[str, Input]:
        """Return the inputs, numbers with the bounds that assumptions give them.

        Where these leave no value, an input keeps its own: that no row is allowed is to be proved.
        """
        inputs = dict(self.graph.inputs)
        for claim in self.assumed:
            if claim.form == "always" and not claim.when:
                for tap, values in zip(claim.about, claim.values, strict=True):
                    name = tap.alias
                    if tap.kind == "number" and name in inputs and not inputs[name].is_bus:
                        inputs[name] = _bounded(inputs[name], values)
        for name, input_ in inputs.items():
            if input_ is not self.graph.inputs[name] and size_of(interval_of(input_)) == 0:
                inputs[name] = self.graph.inputs[name]
        return inputs

    def allowed(self, joint: Joint, copy: Copy) -> list[int]:
        """Return the literals that are all 1 where assumptions allow the row of a copy."""
        return [negated(broken(joint, copy, claim)) for claim in assumed_by(copy.graph)]


def _bounded(input_: Input, values: Sequence[object]) -> Input:
    ranges = [each for each in values if isinstance(each, Range)]
    leasts, greatests = [each.least for each in ranges], [each.greatest for each in ranges]
    changes: dict[str, Number] = {}
    low = leasts[0] if leasts else None
    high = greatests[-1] if greatests else None
    if low is not None and (input_.min is None or low > input_.min):
        changes["min"] = low
    if high is not None and (input_.max is None or high < input_.max):
        changes["max"] = high
    return input_.model_copy(update={**changes, "default": None}) if changes else input_


def obligations(claim: GraphClaim, context: Context) -> Iterator[Obligation | Unprovable]:
    """Yield the obligations that a claim needs to hold."""
    if claim.file is not None:
        yield from _of_file(claim, context)
    elif claim.form in ("increasing", "decreasing"):
        yield from _of_order(claim, context)
    elif claim.form == "independent":
        yield from _of_independence(claim, context)
    elif claim.form == "symmetric":
        yield from _of_symmetry(claim, context)
    else:
        joint = Joint(context.inputs())
        copy = joint.whole(context.graph)
        wrong = joint.all_of([*context.allowed(joint, copy), broken(joint, copy, claim)])
        yield Obligation(*joint.watched(wrong), ((joint, copy),))


def allows_a_row(context: Context) -> Obligation:
    """Return the obligation that is refuted by a row which the assumptions allow."""
    joint = Joint(context.inputs())
    copy = joint.whole(context.graph)
    return Obligation(*joint.watched(joint.all_of(context.allowed(joint, copy))), ((joint, copy),))


# -------------------------------------------------------------------------------- two rows


def _both(joint: Joint, copies: Sequence[Copy], claim: GraphClaim, context: Context) -> list[int]:
    """Return the literals that are 1 if both rows count."""
    literals = []
    for copy in copies:
        literals += context.allowed(joint, copy)
        literals += [
            joint.is_among(copy, tap, values)
            for tap, values in zip(claim.when, claim.when_values, strict=True)
        ]
    return literals


def _is_free(claim: GraphClaim, context: Context) -> bool:
    """Return whether every row counts."""
    return not claim.when and not context.assumed


def _of_file(claim: GraphClaim, context: Context) -> Iterator[Obligation | Unprovable]:
    assert claim.file is not None
    other = context.others[claim.file]
    aliases = {tap.alias for tap in other.outputs}
    shared = [tap for tap in context.graph.outputs if tap.alias in aliases]
    theirs = {tap.alias: tap for tap in other.outputs}
    if not shared:
        yield Unprovable(f"the networks have no output in common with `{claim.file}`")
        return
    for tap in shared:
        if not is_comparable(tap, theirs[tap.alias]):
            yield Unprovable(f"`{tap.alias}` is of another kind in `{claim.file}`")
            return
    joints = Joint(context.graph.inputs), Joint(other.inputs)
    copies = joints[0].whole(context.graph), joints[1].whole(other)
    if _is_free(claim, context) and not assumed_by(other):
        taps = [
            [moved(copies[0], tap) for tap in shared],
            [moved(copies[1], theirs[tap.alias]) for tap in shared],
        ]
        plans = [joint.plan(each) for joint, each in zip(joints, taps, strict=True)]
        yield Obligation(plans[0], plans[1], tuple(zip(joints, copies, strict=True)))
        return
    for name, input_ in other.inputs.items():
        mine = context.graph.inputs.get(name, input_)
        if mine.model_copy(update={"default": None, "description": None}) != input_.model_copy(
            update={"default": None, "description": None}
        ):
            yield Unprovable(f"input `{name}` is declared in another way in `{claim.file}`")
            return
    joint = Joint({**_held_at_default(other, context.graph), **context.inputs()})
    mine_copy, their_copy = joint.whole(context.graph), joint.whole(other)
    apart = [joint.differ((mine_copy, tap), (their_copy, theirs[tap.alias])) for tap in shared]
    literals = _both(joint, (mine_copy,), claim, context) + context.allowed(joint, their_copy)
    wrong = joint.all_of([*literals, joint.any_of(apart)])
    yield Obligation(*joint.watched(wrong), ((joint, mine_copy), (joint, their_copy)))


def _held_at_default(other: Graph, graph: Graph) -> dict[str, Input]:
    """Return the inputs of another network; a number that only it has stays at its default."""
    inputs = {}
    for name, input_ in other.inputs.items():
        default = input_.default
        if name not in graph.inputs and isinstance(default, Number) and input_.type != "bit":
            input_ = input_.model_copy(update={"min": default, "max": default})
        inputs[name] = input_
    return inputs


def is_comparable(tap: Tap, other: Tap) -> bool:
    """Return whether two outputs have values of one kind and size."""
    widths = [
        1 if t.is_integer or t.kind in ("level", "largest") else t.width for t in (tap, other)
    ]
    return bool(tap.labels) == bool(other.labels) and widths[0] == widths[1]


def moved(copy: Copy, tap: Tap) -> Tap:
    """Return an output of a copy as one of its joint graph."""
    labels = () if tap.kind == "bus" else tap.labels
    return replace(tap, signals=copy.signals(tap), labels=labels)


def _of_order(claim: GraphClaim, context: Context) -> Iterator[Obligation | Unprovable]:
    """Yield an obligation for each element that is raised, and is not settled by the weights."""
    (tap,) = claim.about
    slots = [slot for varied in claim.varied for slot in varied.signals]
    rising = claim.form == "increasing"
    open_ = open_elements(context.graph, tap, slots, rising=rising)
    for slot in open_:
        yield _raised(claim, context, slot, tap, rising=rising)


def _raised(
    claim: GraphClaim, context: Context, slot: int, tap: Tap, *, rising: bool
) -> Obligation:
    graph = context.graph
    name, index = name_of_slot(graph, slot)
    inputs = context.inputs()
    input_ = inputs[name]
    text = input_.element_names(name)[index]
    is_number = input_.type != "bit"
    pair = (f"{text} before", f"{text} after")
    if is_number:
        alone = input_.model_copy(update={"size": None, "default": None})
        inputs |= dict.fromkeys(pair, alone)
    joint = Joint(inputs)
    if is_number:
        low, high = (joint.element(each) for each in pair)
    else:
        off, on = input_.state_values
        states = (0, 1) if off < on else (1, 0)
        low, high = (joint.held(input_.state_values, state) for state in states)
    copies = []
    for signal in (low, high):
        wires = joint.wired(graph)
        wires[slot - 2] = signal
        copies.append(joint.copy(graph, wires))
    numbers = [joint.number(copy, tap) for copy in copies]
    fall = numbers[0].minus(numbers[1]) if rising else numbers[1].minus(numbers[0])
    wrong = [joint.compared(fall, "above", 0), *_both(joint, copies, claim, context)]
    cells = CellNumbers()
    if is_number:
        order = joint.compared(joint.value(high).minus(joint.value(low)), "above", 0)
        wrong.append(order)
        cells = in_cells(joint, *pair, order >> 1)
    before, after = joint.watched(joint.all_of(wrong))
    copies_ = tuple((joint, copy) for copy in copies)
    return Obligation(before, after, copies_, f"raising `{text}`", cells)


def name_of_slot(graph: Graph, slot: int) -> tuple[str, int]:
    """Return the input that an input slot belongs to, and the place in it."""
    index = slot - 2
    for name, input_ in graph.inputs.items():
        if index < input_.width:
            return name, index
        index -= input_.width
    raise AssertionError("the slot is not that of an input")


def _of_independence(claim: GraphClaim, context: Context) -> Iterator[Obligation]:
    """Compare the network with a copy of itself in which these inputs vary independently."""
    graph, inputs = context.graph, context.inputs()
    more: dict[str, Input] = {}
    other: dict[int, tuple[str, int]] = {}
    for varied in claim.varied:
        if varied.labels:
            name, _ = name_of_slot(graph, varied.signals[0])
            more[f"{name} after"] = inputs[name].model_copy(update={"default": None})
            other |= {slot: (f"{name} after", index) for index, slot in enumerate(varied.signals)}
            continue
        for slot in varied.signals:
            name, index = name_of_slot(graph, slot)
            text = f"{inputs[name].element_names(name)[index]} after"
            more[text] = inputs[name].model_copy(update={"size": None, "default": None})
            other[slot] = (text, 0)

    def wired(joint: Joint) -> list[int]:
        wires = joint.wired(graph)
        for slot, (name, index) in other.items():
            wires[slot - 2] = joint.element(name, index)
        return wires

    yield from _compared(claim, context, {**inputs, **more}, [wired])


Wiring = Callable[[Joint], list[int]]


def _free(_: Joint) -> list[int]:
    return []


def _compared(
    claim: GraphClaim,
    context: Context,
    inputs: Mapping[str, Input],
    others: Sequence[Wiring],
    limits: Wiring = _free,
) -> Iterator[Obligation]:
    """Compare the network with copies of it that are wired in other ways.

    `limits` gives more literals that are 1 where the two rows count.
    """
    graph, (tap,) = context.graph, claim.about
    for wired in others:
        if _is_free(claim, context) and limits is _free:
            joints = Joint(inputs), Joint(inputs)
            copies = joints[0].whole(graph), joints[1].copy(graph, wired(joints[1]))
            plans = [
                joint.plan([replace(moved(copy, tap), alias=VIOLATED)])
                for joint, copy in zip(joints, copies, strict=True)
            ]
            yield Obligation(plans[0], plans[1], tuple(zip(joints, copies, strict=True)))
            continue
        joint = Joint(inputs)
        copies = joint.whole(graph), joint.copy(graph, wired(joint))
        apart = joint.differ((copies[0], tap), (copies[1], tap))
        wrong = joint.all_of([apart, *_both(joint, copies, claim, context), *limits(joint)])
        yield Obligation(*joint.watched(wrong), tuple((joint, copy) for copy in copies))


def _of_symmetry(claim: GraphClaim, context: Context) -> Iterator[Obligation | Unprovable]:
    """Compare the network with itself, inputs swapped and turned: all orders follow from these."""
    elements: list[tuple[int, ...]] = []
    for varied in claim.varied:
        if varied.labels:
            elements.append(tuple(varied.signals))
        else:
            elements += [(slot,) for slot in varied.signals]
    count = len(elements)
    orders: list[tuple[int, ...]] = [(1, 0, *range(2, count))]
    if count > 2:
        orders.append((*range(1, count), 0))
    touched = {slot for element in elements for slot in element}
    if _tells_apart(claim, context, touched):
        if all(context.graph.types[slot].kind == "bit" for slot in touched) and all(
            len(element) == 1 for element in elements
        ):
            yield from _of_counts(claim, context, sorted(touched))
            return
        every = list(permutations(range(count))) if count <= 4 else []
        if not 0 < len(every) <= _MAX_ORDERS:
            yield Unprovable(
                f"{count:,} inputs change places, and what is assumed of them is not the same for "
                "every order"
            )
            return
        orders = every[1:]

    def wiring(order: Sequence[int]) -> Wiring:
        def wired(joint: Joint) -> list[int]:
            wires = joint.wired(context.graph)
            straight = list(wires)
            for index, source in enumerate(order):
                for slot, from_ in zip(elements[index], elements[source], strict=True):
                    wires[slot - 2] = straight[from_ - 2]
            return wires

        return wired

    yield from _compared(claim, context, context.inputs(), list(map(wiring, orders)))


def _of_counts(claim: GraphClaim, context: Context, slots: Sequence[int]) -> Iterator[Obligation]:
    """Compare the network with a copy that has as many of some bits on."""
    graph, inputs = context.graph, context.inputs()
    names = {}
    for slot in slots:
        name, index = name_of_slot(graph, slot)
        names[slot] = f"{inputs[name].element_names(name)[index]} after"
        inputs[names[slot]] = inputs[name].model_copy(update={"size": None, "default": None})

    def wired(joint: Joint) -> list[int]:
        wires = joint.wired(graph)
        for slot, name in names.items():
            wires[slot - 2] = joint.element(name)
        return wires

    def alike(joint: Joint) -> list[int]:
        straight = joint.wired(graph)
        count = joint.bits((straight[slot - 2], 1) for slot in slots)
        more = count.minus(joint.bits((joint.element(name), 1) for name in names.values()))
        return [joint.compared(more, "at_least", 0), joint.compared(more, "at_most", 0)]

    yield from _compared(claim, context, inputs, [wired], alike)


def _tells_apart(claim: GraphClaim, context: Context, touched: set[int]) -> bool:
    """Return whether what limits the rows looks at single inputs of those that change places."""
    if any(True for _ in claim.when):
        return True  # it may look at anything
    for assumed in context.assumed:
        seen = {slot for tap in (*assumed.about, *assumed.when) for slot in tap.signals}
        counts_all = assumed.form in ("at_most_one", "exactly_one", "at_least_one")
        if seen & touched and not (counts_all and not assumed.when and touched <= seen):
            return True
    return False
