"""The Dask cluster at an address, for the extra `cluster`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError
from nnc.extras import install_line
from nnc.jobs.executors import Client

_SECONDS = 15  # to wait for the scheduler


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """Yield a client of the scheduler at an address, such as `tcp://host:8786`.

    Raises FileError where it does not answer, and InvalidRowsError, missing-library.
    """
    try:
        import distributed
    except ModuleNotFoundError:
        message = "a cluster needs Dask, which is not installed"
        hint = install_line("cluster")
        raise InvalidRowsError([Diagnostic("missing-library", message, help=hint)]) from None
    try:
        client = distributed.Client(  # type: ignore[no-untyped-call]
            address, timeout=_SECONDS, set_as_default=False
        )
    except (OSError, ValueError, TypeError) as error:  # TimeoutError is an OSError
        why = str(error).strip().partition("\n")[0] or type(error).__name__
        message = f"the scheduler of the cluster does not answer: {why}"
        hint = "write its address, such as tcp://host:8786, as `dask scheduler` prints it"
        raise FileError([Diagnostic("cannot-open", message, help=hint, file=address)]) from None
    with client:
        yield client
