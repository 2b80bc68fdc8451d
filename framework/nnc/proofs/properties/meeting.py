"""Inputs of two networks -> those of one joint graph: every row that suits both is one of its rows.

Inputs are paired by name, as `plans.domain` pairs them: the values that both take, and an
input that only one network has stands at its default, or takes every value.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from nnc.compiler.graph import Graph
from nnc.compiler.joint import Joint
from nnc.language.network import Input
from nnc.proofs.plans.domain import interval_of


def met_inputs(
    before: Mapping[str, Input], after: Mapping[str, Input], limited: Container[str]
) -> dict[str, Input] | None:
    """Return the inputs of both networks, each with the values that suit both.

    `limited` are those that are limited besides. None where some have no common declaration: bits
    of different states, a bit and a number, values of which none suits both, or a limit of an
    input that is narrower in one network.
    """
    met: dict[str, Input] = {}
    for name in (*before, *(name for name in after if name not in before)):
        declared = [inputs[name] for inputs in (before, after) if name in inputs]
        both = (
            _both(declared[0], declared[1])
            if len(declared) == 2
            else _alone(declared[0], is_free=name in limited)
        )
        if both is None or (
            name in limited and (both.of, both.width) != (declared[0].of, declared[0].width)
        ):
            return None
        met[name] = both
    return met


def _both(before: Input, after: Input) -> Input | None:
    """Return an input with the values that two declarations have in common."""
    bare = before.model_copy(update={"default": None})
    if (before.type == "bit") != (after.type == "bit") or (before.of is None) != (after.of is None):
        return None
    if before.of is not None:
        assert after.of is not None
        common = [label for label in before.of if label in after.of]
        return bare.model_copy(update={"of": common}) if common else None
    if before.type == "bit":
        if before.state_values != after.state_values:
            return None
        if before.width == after.width:
            return bare if before.is_bus == after.is_bus else None
        if not (before.is_integer_bus and after.is_integer_bus):
            return None
        return bare.model_copy(update={"size": min(before.width, after.width)})
    if before.width != after.width or before.is_bus != after.is_bus:
        return None
    interval, other = interval_of(before), interval_of(after)
    leasts = [end.least for end in (interval, other) if end.least is not None]
    greatests = [end.greatest for end in (interval, other) if end.greatest is not None]
    least, greatest = max(leasts, default=None), min(greatests, default=None)
    if least is not None and greatest is not None and least > greatest:
        return None
    is_integer = "integer" in (before.type, after.type)
    kind = {"type": "integer" if is_integer else "real", "min": least, "max": greatest}
    return bare.model_copy(update=kind)


def _alone(input_: Input, *, is_free: bool) -> Input | None:
    """Return an input that one network has: numbers with a default stand at it."""
    values = set(input_.default_values() or ())
    if is_free or not values or input_.type in ("bit", "choice"):
        return input_.model_copy(update={"default": None} if is_free else {})
    (value,) = values if len(values) == 1 else (None,)
    return None if value is None else input_.model_copy(update={"min": value, "max": value})


def wired(joint: Joint, graph: Graph, other: Graph, limited: Container[str]) -> list[int]:
    """Return the signal of the joint graph for each input element of a network.

    `other` is the network that it is compared with: what that one has not stands at its default.
    """
    wires: list[int] = []
    for name, input_ in graph.inputs.items():
        own = joint.inputs[name]
        is_held = name not in other.inputs and name not in limited and input_.default is not None
        wires += (
            _wire(joint, name, own, input_, index, is_held=is_held) for index in range(input_.width)
        )
    return wires


def _wire(
    joint: Joint, name: str, joint_input: Input, input_: Input, index: int, *, is_held: bool
) -> int:
    if input_.of is not None:
        label = input_.of[index]
        if is_held:
            return int(label == input_.default)
        assert joint_input.of is not None
        return joint.element(name, joint_input.of.index(label)) if label in joint_input.of else 0
    if input_.type != "bit":
        return joint.element(name, index)
    states = input_.state_values
    if is_held:
        values = input_.default_values()
        assert values is not None
        return joint.held(states, states.index(values[index]))
    return joint.element(name, index) if index < joint_input.width else joint.held(states, 0)
