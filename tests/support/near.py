"""Settings by which the smallest networks go the ways of large ones where near rows are proved."""

import pytest

from nnc.proofs.properties import near_bounds, near_rows


def bound_near_rows(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    """Let bounds rule out near rows, a few at once, and words stand for rows in some chunks."""
    monkeypatch.setattr(near_rows, "_BOUNDED", -1)
    for name, most in (
        ("_AT_ONCE", 3),
        ("_SLOTS", 4),
        ("_MANY", 1 + chunk % 2),
        ("_MAX_STEPS", chunk % 5 * 2),
        ("_FEW_ENTRIES", chunk % 3 << 9),
    ):
        monkeypatch.setattr(near_bounds, name, most)
