"""Outputs that are bits of one sum: weighed, and added up by the adders inside of both networks.

The bits of a bus are the same in both networks if their sums, weighed by powers of 2, are the same
up to a multiple of 2^width. A sum or a level is the same if the difference of both adds up to 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from nnc.proofs.plans.budget import LOOK
from nnc.proofs.plans.pair import ComparedOutput, OutputPart, Pair
from nnc.proofs.strategies.sweep import Merging

_ADDED = 20 * LOOK  # units of work for a node below an output


def run(pair: Pair) -> None:
    """Add up the bits of buses, sums and levels; what comes out as 0 is equal."""
    merging = pair.merging
    if not isinstance(merging, Merging):
        return
    for claim in _claims([output for output in pair.open if output.witness is None]):
        if all(output.open for output in claim.outputs) and _holds(pair, merging, claim):
            for output in claim.outputs:
                for part in output.parts:
                    part.is_equal = True
                output.how = "added up: both are the same sum"


class Claim(NamedTuple):
    """A claim: weighted parts of outputs have the same sum in both networks, modulo `modulus`."""

    outputs: list[ComparedOutput]
    parts: list[tuple[OutputPart, int]]
    modulus: int = 0


def _claims(outputs: Sequence[ComparedOutput]) -> Iterator[Claim]:
    """Yield the claims to try: buses from either end, single bits in order, sums and levels."""
    bits = [output for output in outputs if all(map(_is_bit, output.parts))]
    for output in bits:
        if len(output.parts) > 1:
            yield _weighed([output], output.parts)
            yield _weighed([output], output.parts[::-1])
    single = [output for output in bits if len(output.parts) == 1]
    if len(single) > 1:
        parts = [output.parts[0] for output in single]
        yield _weighed(single, parts)
        yield _weighed(single, parts[::-1])
    for output in outputs:
        if len(output.parts) == 1 and all(len(form[0]) == 1 for form in output.parts[0].forms):
            yield Claim([output], [(output.parts[0], 1)])


def _is_bit(part: OutputPart) -> bool:
    return all(
        component.bit is not None and component.bit[1] == (0, 1)
        for component in (part.before, part.after)
    )


def _weighed(outputs: list[ComparedOutput], parts: Sequence[OutputPart]) -> Claim:
    return Claim(outputs, [(part, 1 << index) for index, part in enumerate(parts)], 1 << len(parts))


def _holds(pair: Pair, merging: Merging, claim: Claim) -> bool:
    """Return whether the difference of both sums is added up to 0."""
    adders = merging.sweep.adders
    sums = _difference(merging, claim)
    cone = merging.sweep.graph.cone(node for node in sums if node)
    if not pair.budget.takes(_ADDED * len(cone)):
        return False
    adders.settle()
    if not adders.reduced(sums, claim.modulus):
        return True
    lacking = adders.lacking
    merging.sweep.hope_again()
    for cut in lacking:  # from the inputs up: each carry is made of those before
        if pair.budget.left <= 0:
            return False
        merging.sweep.add_carry(cut)
    adders.settle()
    return bool(lacking) and not adders.reduced(sums, claim.modulus)


def _difference(merging: Merging, claim: Claim) -> dict[int, int]:
    """Return the difference of both sums as weights of nodes; node 0 has the constant."""
    sums: dict[int, Fraction] = {0: Fraction(0)}
    for part, weight in claim.parts:
        for form, sign in zip(part.forms, (weight, -weight), strict=True):
            (linear,) = form[0]
            sums[0] += sign * Fraction(linear.constant)
            for node, factor in linear.terms:
                literal, weight_ = merging.literal(2 * node), sign * Fraction(factor)
                if literal & 1:
                    sums[0] += weight_
                    weight_ = -weight_
                sums[literal >> 1] = sums.get(literal >> 1, Fraction(0)) + weight_
    scale = lcm(*(weight.denominator for weight in sums.values()))
    return {node: int(weight * scale) for node, weight in sums.items() if weight}
