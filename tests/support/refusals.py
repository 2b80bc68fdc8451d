"""What is said where a file cannot be imported."""

from collections.abc import Callable

import pytest

from nnc.diagnostics.diagnostic import InvalidNetworkError


def refusal(read: Callable[[], object]) -> str:
    """Give the one finding with which a file is refused: its place, code and message."""
    with pytest.raises(InvalidNetworkError) as caught:
        read()
    [found] = caught.value.diagnostics
    place = "" if found.span is None else f"{found.span.line}:{found.span.column}: "
    return f"{place}{found.about.code} {found.message}"
