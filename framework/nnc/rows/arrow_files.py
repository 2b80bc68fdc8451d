"""Files that pyarrow opens: sources it can seek in, and what is wrong with them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from nnc.diagnostics import Diagnostic, InvalidRowsError
from nnc.rows.spool import seekable

_LEAST_VERSION = 14


@contextlib.contextmanager
def opened(stream: BinaryIO, form: str, file: str) -> Iterator[Any]:
    """Give a source that pyarrow can seek in; of a pipe, a copy on the disk.

    Raises InvalidRowsError, bad-parquet, where pyarrow cannot read the file as a `form` file.
    """
    check_version(file)
    with seekable(stream) as source, _told(form, file):
        yield pa.PythonFile(source, mode="r")


@contextlib.contextmanager
def _told(form: str, file: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the system, not of the file
        why = str(error).strip().split("\n")[0].rstrip(".")
        message = f"the file is no sound {form} file: {why}"
        found = Diagnostic("bad-parquet", message, help="write it again", file=file)
        raise InvalidRowsError([found]) from None


def check_version(file: str | None) -> None:
    """Refuse a pyarrow that is too old.  Raises InvalidRowsError, missing-library."""
    if int(pa.__version__.partition(".")[0]) < _LEAST_VERSION:
        message = f"pyarrow {pa.__version__} is too old; at least {_LEAST_VERSION} is needed"
        fix = 'pip install --upgrade "nnc-networks[data]"'
        raise InvalidRowsError([Diagnostic("missing-library", message, help=fix, file=file)])
