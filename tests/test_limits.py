"""Limits: what a small input may stand for, and the page that lists them."""

from pathlib import Path

import pytest

from nnc import limits


def test_the_page_of_promises_has_the_limits() -> None:
    page = (Path(__file__).parents[1] / "docs/promises.md").read_text("utf-8")
    rows = [f"| {each.what} | {each.floor:,} | {each.protects} |" for each in limits.LIMITS]
    assert "\n".join(["|---|---|---|", *rows, ""]) in page
    assert f"for {limits.PER_DECLARED} times what it declares" in page


def test_a_limit_grows_with_what_is_declared_and_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NNC_LIMITS", raising=False)
    assert [limits.SIGNALS.allowed(declared) for declared in (0, 16_384, 20_000)] == [
        131_072, 131_072, 160_000,
    ]  # fmt: skip
    assert limits.SIGNALS.needed(131_073) == 2
    monkeypatch.setenv("NNC_LIMITS", "3")
    assert limits.SIGNALS.allowed() == 3 * 131_072
    assert limits.SIGNALS.needed(4 * 131_072) == 4
