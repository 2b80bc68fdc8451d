"""How memory is asked for while rows stream by."""

from __future__ import annotations

import numpy as np

_KEPT = 1 << 24  # bytes


def keep_freed() -> None:
    """Let the allocator keep what is freed, up to some MiB, for the arrays of the next batch.

    Once a large block was freed, glibc no longer gives blocks up to that size back to the system;
    getting each page anew costs more than what is calculated in it.
    """
    block = np.empty(_KEPT, np.uint8)
    del block
