"""Networks and what was proved of them -> the text of a certificate, and what it leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from nnc.certificates.checker import CertifiedNetwork
from nnc.certificates.records import lines
from nnc.certificates.refusal import RefusedError
from nnc.certificates.statement import equality, property_of
from nnc.proving.budget import Budget
from nnc.proving.certifying.showing import Showing


class Certificate(NamedTuple):
    """The text of a certificate, None where nothing could be shown; what is left out, and why."""

    text: str | None
    left: Mapping[str, str]


class NamedNetwork(NamedTuple):
    """A network with the name of its file."""

    name: str
    network: CertifiedNetwork

    def header(self) -> dict[str, str]:
        """Return how a header names it."""
        return {"network": self.name, "structure": self.network.structure}


def certify_equality(
    networks: tuple[NamedNetwork, NamedNetwork],
    outputs: Sequence[str],
    within: Mapping[str, list[str]],
    budget: float,
) -> Certificate:
    """Certify that outputs of two networks, which were proved to be equal, are so."""
    header: dict[str, Any] = {"claim": "equal", "networks": [each.header() for each in networks]}
    if within:
        header["within"] = dict(within)
    left: dict[str, str] = {}
    wanted = list(outputs)
    while wanted:
        header["outputs"] = wanted
        own = Budget(budget)
        own.begin(1, "certificate", draws=True)
        showing = None
        try:
            plans = [each.network.plan for each in networks]
            showing = Showing(equality(plans[0], plans[1], header), own)
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
    place: int,
    name: str,
    others: Mapping[str, CertifiedNetwork],
    budget: float,
) -> Certificate:
    """Certify a property of a network that was proved to hold."""
    header: dict[str, Any] = {
        "claim": "property",
        "networks": [network.header()],
        "property": place,
        "name": name,
    }
    own = Budget(budget)
    own.begin(1, "certificate", draws=True)
    try:
        plans = {file: other.plan for file, other in others.items()}
        claim, statements = property_of(network.network.plan, place, plans)
        if claim.file is not None:
            header["other"] = others[claim.file].structure
        parts = [Showing(statement, own).steps() for statement in statements]
    except RefusedError as error:
        return Certificate(None, {name: error.message})
    return Certificate(_text(header, parts), {})


def _text(header: dict[str, Any], parts: Sequence[Sequence[list[Any]]]) -> str:
    steps: list[list[Any]] = []
    for place, part in enumerate(parts):
        steps += [["statement", place], *part]
    return "".join(f"{line}\n" for line in lines(header, steps))
