"""Write the certificate of claims that were proved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nnc.compiler.plan import Plan
from nnc.language.network import Input
from nnc.proofs.certificates.checker import CertifiedNetwork
from nnc.proofs.certificates.records import Header, Step, as_written, lines
from nnc.proofs.certificates.refusal import RefusedError
from nnc.proofs.certificates.rows import leaves, name_of
from nnc.proofs.certificates.statement import assumptions, equality, property_of
from nnc.proofs.certifying.showing import Showing
from nnc.proofs.plans.budget import Budget
from nnc.run.trace import PlainValue

Row = Mapping[str, PlainValue]
"""The value of each input, as a row could give it."""


class Certificate(NamedTuple):
    """The text of a certificate, or None, and the reason for each claim that it leaves out."""

    text: str | None
    left: Mapping[str, str]


class NamedNetwork(NamedTuple):
    """A network with the name of its file."""

    name: str
    network: CertifiedNetwork

    def header(self) -> dict[str, str]:
        """Return its entry in a header."""
        return {"network": self.name, "structure": self.network.structure}


def certify_equality(
    networks: tuple[NamedNetwork, NamedNetwork],
    outputs: Sequence[str],
    within: Mapping[str, list[str]],
    budget: float,
    row: Row | None = None,
) -> Certificate:
    """Certify that outputs of two networks, which were proved to be equal, are so.

    `row` is one that the assumptions of both allow, where they have any.
    """
    header: dict[str, object] = {"claim": "equal", "networks": [each.header() for each in networks]}
    if within:
        header["within"] = dict(within)
    plans = [each.network.plan for each in networks]
    left: dict[str, str] = {}
    try:
        header |= _row_of(plans, header, row)
    except RefusedError as error:
        return Certificate(None, dict.fromkeys(outputs, error.message))
    wanted = list(outputs)
    while wanted:
        header["outputs"] = wanted
        limit = Budget(budget)
        limit.begin(1, "certificate", draws=True)
        showing = None
        try:
            showing = Showing(equality(plans[0], plans[1], header), limit)
            steps = showing.steps()
        except RefusedError as error:
            names = [goal.name for goal in showing.open.values()] if showing else []
            left |= dict.fromkeys(names or wanted, error.message)
            wanted = [name for name in wanted if name not in left]
            continue
        return Certificate(_text(header, [steps]), left)
    return Certificate(None, left)


def certify_property(
    network: NamedNetwork,
    index: int,
    name: str,
    others: Mapping[str, CertifiedNetwork],
    budget: float,
    row: Row | None = None,
) -> Certificate:
    """Certify a property of a network that was proved to hold; its assumptions allow the row."""
    header: dict[str, object] = {
        "claim": "property",
        "networks": [network.header()],
        "property": index,
        "name": name,
    }
    limit = Budget(budget)
    limit.begin(1, "certificate", draws=True)
    try:
        plans = {file: other.plan for file, other in others.items()}
        claim, statements = property_of(network.network.plan, index, plans)
        if claim.file is not None:
            header["other"] = others[claim.file].structure
        both = [network.network.plan, *([] if claim.file is None else [plans[claim.file]])]
        header |= _row_of(both, {}, row)
        parts = [Showing(statement, limit).steps() for statement in statements]
    except RefusedError as error:
        return Certificate(None, {name: error.message})
    return Certificate(_text(header, parts), {})


def _row_of(plans: Sequence[Plan], header: Header, row: Row | None) -> dict[str, dict[str, object]]:
    """Return the part of an allowed row that the assumptions read, for the header."""
    circuit, allowed = assumptions(plans, header)
    if not allowed:
        return {}
    if row is None:
        raise RefusedError("no row is known that the assumptions allow")
    inputs = {name: own for plan in reversed(plans) for name, own in plan.inputs.items()}
    needed = {name_of(circuit, signal) for signal in leaves(circuit, circuit.cone(allowed))}
    chosen: dict[str, object] = {}
    for name, input_ in inputs.items():
        if name not in row:
            continue
        values = [row[name]] if input_.of is not None else _elements(input_, row[name])
        names = [name] if input_.of is not None else input_.element_names(name)
        chosen |= {n: v for n, v in zip(names, values, strict=False) if n in needed}
    return {"row": chosen}


def _elements(input_: Input, value: PlainValue) -> Step:
    """Return each element of an input as a header has it: bits as 0 and 1."""
    if input_.is_integer_bus and not isinstance(value, list):
        return [int(value) >> index & 1 for index in range(input_.width)]
    values = value if isinstance(value, list) else [value]
    if input_.type == "bit":
        return [input_.state_values.index(each) for each in values]
    return [as_written(each) for each in values if not isinstance(each, str)]


def _text(header: dict[str, object], parts: Sequence[Sequence[Step]]) -> str:
    steps: list[Step] = []
    for index, part in enumerate(parts):
        steps += [["statement", index], *part]
    return "".join(f"{line}\n" for line in lines(header, steps))
