"""A file of certificates and networks -> proved statements, or RefusedError: read this first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from nnc.compiler.plan import Plan
from nnc.numbers.exact import counted
from nnc.proofs.certificates.domain import Limits, limits_of
from nnc.proofs.certificates.records import Header, Line, Section, read_sections, step_of
from nnc.proofs.certificates.refusal import RefusedError, Work, need
from nnc.proofs.certificates.rows import check_row
from nnc.proofs.certificates.statement import Statement, equality, property_of
from nnc.proofs.certificates.steps import Checking

_HEAD = 40  # bytes of a line in which `statement` stands


class CertifiedNetwork(NamedTuple):
    """A network that a certificate is about: its plan, and the digest of its structure."""

    plan: Plan
    structure: str


class Certified(NamedTuple):
    """A claim that a certificate shows: equal `outputs`, within limits, or a property."""

    outputs: tuple[str, ...] = ()
    within: Limits = MappingProxyType({})
    place: int | None = None


def check(
    data: bytes,
    networks: Sequence[CertifiedNetwork],
    others: Mapping[str, CertifiedNetwork] | None = None,
) -> list[Certified]:
    """Check every certificate of a file; return what they show of these networks.

    `others` has the networks that properties compare with, by their files. Raises RefusedError,
    with its line if there is one, for the first error.
    """
    work = Work()
    return [_check(section, networks, others or {}, work) for section in read_sections(data)]


def _check(
    section: Section,
    networks: Sequence[CertifiedNetwork],
    others: Mapping[str, CertifiedNetwork],
    work: Work,
) -> Certified:
    header = section.header
    try:
        _check_networks(header, networks)
        if header.get("claim") == "equal":
            need(len(networks) == 2, "it is about two networks", "count")
            statement = equality(networks[0].plan, networks[1].plan, header)
            check_row([network.plan for network in networks], header, work)
            outputs = tuple(goal.name for goal in statement.goals)
            result = Certified(outputs, limits_of(header))
            statements = iter([statement])
        elif header.get("claim") == "property":
            need(len(networks) == 1, "it is about one network", "count")
            index = header.get("property")
            if type(index) is not int:
                raise RefusedError("the header does not say which property it is about")
            plans = {file: network.plan for file, network in others.items()}
            claim, statements = property_of(networks[0].plan, index, plans)
            if claim.file is not None:
                need(header.get("other") == others[claim.file].structure,
                     f"it is about another network than `{claim.file}`", "network")  # fmt: skip
            own = [] if claim.file is None else [others[claim.file].plan]
            check_row([networks[0].plan, *own], {"row": header.get("row")}, work)
            result = Certified(place=index)
        else:
            raise RefusedError("the header has no `claim` that is known")
    except RefusedError as error:
        raise error.at(section.line) from None
    _check_steps(statements, section, work)
    return result


def _check_networks(header: Header, networks: Sequence[CertifiedNetwork]) -> None:
    named = header.get("networks")
    if type(named) is not list or not all(isinstance(each, dict) for each in named):
        raise RefusedError("the header does not say which networks it is about")
    count = len(named)
    need(count == len(networks), f"it is about {counted(count, 'network')}", "count")
    digests = [each.get("structure") for each in named]
    structures = [network.structure for network in networks]
    need(
        digests == structures or digests != structures[::-1],
        "it is about both in the other order",
        "order",
    )
    for index, (digest, structure) in enumerate(zip(digests, structures, strict=True)):
        name = named[index].get("network")
        words = f" than `{name[:200]}`" if isinstance(name, str) else ""
        message = f"network {index + 1} is another one{words}: the digests differ"
        need(digest == structure, message, "network")


def _check_steps(statements: Iterator[Statement], section: Section, work: Work) -> None:
    """Check the steps of each statement; a step `statement` begins the next one."""
    parts = _parts(section)
    line = section.line
    try:
        for statement in statements:
            need(parts, "steps for a part of the claim are missing")
            line, steps = parts.pop(0)
            checking = Checking(statement, work)
            for each in steps:
                line = each[0]
                checking.step(step_of(each))
            need(checking.is_done, "not all that is claimed is shown")
        need(not parts, "there are more steps than the claim has parts")
    except RefusedError as error:
        raise error.at(line) from None


def _parts(section: Section) -> list[tuple[int, list[Line]]]:
    """Return the lines after each `statement`, and its own line number."""
    parts: list[tuple[int, list[Line]]] = []
    for line in section.steps:
        is_statement = b'"statement"' in line[1][:_HEAD]
        if is_statement and step_of(line)[0] == "statement":
            if step_of(line) != ["statement", len(parts)]:
                raise RefusedError(f"`statement` {len(parts)} was expected", line[0])
            parts.append((line[0], []))
        elif not parts:
            step_of(line)
            raise RefusedError("a step stands before the first `statement`", line[0])
        else:
            parts[-1][1].append(line)
    return parts
