"""The order of what two sides have kept, moved and added."""

from __future__ import annotations

from collections.abc import Sequence


def same_order(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> tuple[bool, bool]:
    """Tell whether to follow our order, not theirs; and whether both sides changed it, each so."""
    common = {*base} & {*ours} & {*theirs}
    was, is_ours, is_theirs = (
        [one for one in side if one in common] for side in (base, ours, theirs)
    )
    clash = was not in (is_ours, is_theirs) and is_ours != is_theirs
    return is_theirs == was or is_ours != was, clash


def placed(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str], *, by_ours: bool
) -> list[str]:
    """Give all names in one order: what the other side added stands after what it stood after.

    Of two that were added at one place, ours is first.
    """
    order, other = (list(ours), theirs) if by_ours else (list(theirs), ours)
    known, added = {*order}, {*order} - {*base}
    for place, name in enumerate(other):
        if name in known:
            continue
        at = order.index(other[place - 1]) + 1 if place else 0
        while by_ours and at < len(order) and order[at] in added:
            at += 1
        order.insert(at, name)
    return order
