"""Prove outputs equal by adding up their bits with the adders inside of each network.

The bits of a bus, weighed by powers of 2, become one polynomial of the inputs in each network. If
both are the same up to multiples of 2^width, so is every bit. Sums and levels are compared without
a modulus. Each network keeps a graph of its own, since merging equal nodes would hide its adders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from nnc.proofs.circuit.adders import ends_in_parity
from nnc.proofs.circuit.carries import LastAdder
from nnc.proofs.circuit.monomials import monomials
from nnc.proofs.circuit.sweeping import NO_PATIENCE
from nnc.proofs.plans.budget import LOOK
from nnc.proofs.plans.nodes import SharedNode
from nnc.proofs.plans.pair import ComparedOutput, OutputPart, Pair, form_of
from nnc.proofs.strategies.sweep import Merging, may_add

_MAX_EXAMINED = 12  # bits of outputs
_ADDED = 20 * LOOK  # units of work for a node below an output


def run(pair: Pair) -> None:
    """Add up the bits of buses, sums and levels; what comes out as the same polynomial is equal."""
    claims = list(_claims([output for output in pair.open if output.witness is None]))
    if not claims or not may_add(pair):
        return
    before, after = _Side(pair, 0), None
    for claim in claims:
        if not all(output.open for output in claim.outputs):
            continue
        polynomial = before.polynomial(claim)
        if polynomial is None:
            continue
        after = after or _Side(pair, 1)
        if after.polynomial(claim) == polynomial:
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
    if not _are_parities([part for output in bits for part in output.parts]):
        bits = []
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
        is_sum = all(len(form[0]) == 1 for form in output.parts[0].forms)
        if len(output.parts) == 1 and is_sum and not _is_bit(output.parts[0]):
            yield Claim([output], [(output.parts[0], 1)])


def _is_bit(part: OutputPart) -> bool:
    return all(
        component.bit is not None and component.bit[1] == (0, 1)
        for component in (part.before, part.after)
    )


def _are_parities(parts: Sequence[OutputPart]) -> bool:
    """Return whether most of some bits, of which a few are examined, end in a parity."""
    examined = parts[1 : -1 : max(1, len(parts) // _MAX_EXAMINED)]
    found = 0
    for part in examined:
        (form,), _ = part.forms[0]
        if part.shared is None or not form.terms:
            continue
        found += ends_in_parity(part.shared, form.terms[0][0])
    return 2 * found >= len(examined) > 0


def _weighed(outputs: list[ComparedOutput], parts: Sequence[OutputPart]) -> Claim:
    return Claim(outputs, [(part, 1 << index) for index, part in enumerate(parts)], 1 << len(parts))


class _Side:
    """One of two networks in a graph of its own: its structure, not merged with the other's."""

    def __init__(self, pair: Pair, index: int) -> None:
        self._pair, self._index = pair, index
        self._merging = Merging(pair, NO_PATIENCE)
        plan, side = ((pair.before, "before"), (pair.after, "after"))[index]
        self._reading = self._merging.add(plan, side)
        self._merging.sweep.adders.settle()

    def polynomial(self, claim: Claim) -> Mapping[frozenset[SharedNode], Fraction] | None:
        """Return the factors of products of leaves that the parts add up to, if they are found."""
        sweep, shared = self._merging.sweep, self._merging.shared
        sums: dict[int, Fraction] = {0: Fraction(0)}
        bits = []
        for part, weight in claim.parts:
            component = (part.before, part.after)[self._index]
            (linear,), _ = form_of(
                component, self._pair.netlists[self._index], self._reading, shared
            )
            sums[0] += weight * Fraction(linear.constant)
            bits.append(0)
            for node, factor in linear.terms:
                literal, own = self._merging.literal(2 * node), weight * Fraction(factor)
                bits[-1] = literal >> 1
                if literal & 1:
                    sums[0] += own
                    own = -own
                sums[literal >> 1] = sums.get(literal >> 1, Fraction(0)) + own
        if not self._pair.budget.takes(
            _ADDED * len(sweep.graph.cone(node for node in sums if node))
        ):
            return None
        scale = lcm(*(weight.denominator for weight in sums.values()))
        whole = {node: int(weight * scale) for node, weight in sums.items() if weight}
        modulus = claim.modulus * scale
        if modulus:
            LastAdder(sweep, self._pair.budget).find(bits)
        left = monomials(sweep.graph, sweep.adders.reduced(whole, modulus), modulus)
        if left is None:
            return None
        found: dict[frozenset[SharedNode], Fraction] = {}
        for product, factor in left.items():
            leaves = [leaf for node in product if (leaf := self._merging.leaf(node)) is not None]
            if len(leaves) < len(product):
                return None
            found[frozenset(leaves)] = Fraction(factor, scale)
        return found
