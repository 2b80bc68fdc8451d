"""Check that all assumptions allow the row of a header, so that a claim is about some rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from nnc.compiler.plan import Plan
from nnc.numbers.exact import Number
from nnc.proofs.certificates import records
from nnc.proofs.certificates.circuit import Bit, Circuit, Label, NumberInput
from nnc.proofs.certificates.records import Header
from nnc.proofs.certificates.refusal import RefusedError, Work, need
from nnc.proofs.certificates.rows import evaluated
from nnc.proofs.certificates.statement import assumptions


def check_row(plans: Sequence[Plan], header: Header, work: Work) -> None:
    """Check that the row of a header is allowed, where one of the networks assumes anything.

    Raises RefusedError where there is no such row, or it breaks an assumption.
    """
    if not any(claim.kind == "assume" and not claim.instance for p in plans for claim in p.claims):
        return
    row = header.get("row")
    if type(row) is not dict:
        raise RefusedError("it shows no `row` that the assumptions allow", reason="row")
    circuit, allowed = assumptions(plans, header)
    cone = circuit.cone(allowed)
    columns, numbers = _columns(circuit, leaves(circuit, cone), row)
    literals = evaluated(circuit, cone, columns, numbers, allowed, work)
    need(all(literals), "its `row` breaks an assumption", "row")


def leaves(circuit: Circuit, cone: Iterable[int]) -> list[int]:
    """Return the signals of a cone that are inputs, by the names that a row has them."""
    kinds = (Bit, Label, NumberInput)
    return [signal for signal in cone if isinstance(circuit.signals[signal], kinds)]


def name_of(circuit: Circuit, signal: int) -> str:
    """Return what a row calls an input: a choice as a whole, others by their elements."""
    kind = circuit.signals[signal]
    assert isinstance(kind, (Bit, Label, NumberInput))
    return kind.input if isinstance(kind, Label) else kind.name


def _columns(
    circuit: Circuit, signals: Sequence[int], row: Mapping[str, object]
) -> tuple[dict[int, int], dict[int, dict[Number, int]]]:
    """Return what inputs are in the row: bits, and numbers."""
    columns: dict[int, int] = {}
    numbers: dict[int, dict[Number, int]] = {}
    for signal in signals:
        kind, name = circuit.signals[signal], name_of(circuit, signal)
        need(name in row, f"its `row` says nothing of `{name[:80]}`")
        value = row[name]
        if isinstance(kind, NumberInput):
            number = records.number(value)
            interval = kind.interval.within(number, number)
            need(not interval.is_empty, f"its `row` has a value that `{name[:80]}` never has")
            numbers[signal] = {number: 1}
        elif isinstance(kind, Label):
            need(value in kind.allowed, f"its `row` has a value that `{name[:80]}` never has")
            columns[signal] = int(value == kind.label)
        else:
            if type(value) is not int or value not in (0, 1):
                raise RefusedError(f"`{name[:80]}` is a bit in its `row`")
            columns[signal] = value
    return columns, numbers
