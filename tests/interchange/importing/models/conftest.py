"""What the tests of models share."""

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Keep threads of OpenMP and BLAS from waiting for each other, which counts as work."""
    with threadpool_limits(1):
        yield
