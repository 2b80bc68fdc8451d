"""What is left of an unknown output or property, as plain data for reports in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

if TYPE_CHECKING:
    from nnc.remaining import Remaining


class LeftRecord(TypedDict):
    """What is left of what is neither proved nor refuted, and what was tried in vain.

    Of a bus `elements` are the places that are open, of `size`; `open_inputs` are those that these
    depend on, `unbounded` the ones without an end of which each value counts. `neurons_before` and
    `neurons_after` count the neurons below that have no known equal in the other network, and
    `first_before` and `first_after` name the first of them where both have some. Each is null where
    it was not looked at. With about the `budget` all inputs are tried.
    """

    elements: list[int]
    size: int
    open_inputs: list[str]
    unbounded: list[str]
    neurons_before: int | None
    neurons_after: int | None
    first_before: str | None
    first_after: str | None
    steps: list[str]
    budget: int | None


def left_record(left: Remaining | None) -> LeftRecord | None:
    """Return what is left as plain data; None where that is not known."""
    if left is None:
        return None
    before, after = left.neurons or (None, None)
    first_before, first_after = left.first or (None, None)
    return {
        "elements": list(left.elements),
        "size": left.size,
        "open_inputs": list(left.inputs),
        "unbounded": list(left.unbounded),
        "neurons_before": before,
        "neurons_after": after,
        "first_before": first_before,
        "first_after": first_after,
        "steps": list(left.steps),
        "budget": left.budget,
    }
