"""Files that pyarrow opens: sources it can seek in, and what is wrong with them.

A file may hold anything, also what pyarrow reads without looking at it: an index of a dictionary
that is not there, offsets beyond the end. So every batch is validated to its last value first.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError, NncError
from nnc.rows.streams import seekable

_LEAST_VERSION = "14.0.1"  # the ones before run code that a file brings: CVE-2023-47248


@contextlib.contextmanager
def opened(stream: BinaryIO, form: str, file: str) -> Iterator[Any]:
    """Give a source that pyarrow can seek in; of a pipe, a copy on the disk.

    Raises InvalidRowsError, bad-parquet, where pyarrow cannot read the file as a `form` file.
    """
    check_version(file)
    with seekable(stream) as source:
        try:
            yield pa.PythonFile(source, mode="r")
        except (pa.ArrowException, OSError) as error:
            raise _refused(error, form, file) from None


@contextlib.contextmanager
def blamed(form: str, file: str) -> Iterator[None]:
    """Tell whatever pyarrow raises in the block as a mistake of the file: nothing else runs there.

    Raises InvalidRowsError, bad-parquet.
    """
    try:
        yield
    except NncError:
        raise
    except Exception as error:  # noqa: BLE001 - IndexError, SystemError, UnicodeDecodeError, …
        raise _refused(error, form, file) from None


def sound(records: Iterable[Any], form: str, file: str, count: int | None = None) -> Iterator[Any]:
    """Give record batches, each once it is found valid to its last value.

    `count` is how many rows the file says that it has. Raises InvalidRowsError, bad-parquet.
    """
    start, each = 0, iter(records)
    while True:
        with blamed(form, file):
            batch = next(each, None)
            if batch is None and count not in (None, start):
                raise pa.ArrowInvalid(f"it says that it has {count:,} rows, and holds {start:,}")
            if batch is None:
                return
            _check(batch, start)
        yield batch
        start += batch.num_rows


def _check(batch: Any, start: int) -> None:
    """Validate a batch, whose first row is `start`. Raises ArrowException."""
    try:
        batch.validate(full=True)
    except pa.ArrowException:
        rows = f"rows {start + 1:,} to {start + batch.num_rows:,}"
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            try:
                column.validate(full=True)
            except pa.ArrowException as error:
                raise pa.ArrowInvalid(f"column `{name}`, in {rows}: {error}") from None
        raise


def _refused(error: Exception, form: str, file: str) -> Exception:
    """Give the error of a file; that of the system stays what it is."""
    if isinstance(error, OSError) and error.errno is not None:
        return error
    if isinstance(error, MemoryError):
        why = "it asks for more memory than there is"
    else:
        why = str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__
    message = f"the file is no sound {form} file: {why}"
    return InvalidRowsError([Diagnostic("bad-parquet", message, help="write it again", file=file)])


def check_version(file: str | None) -> None:
    """Refuse a pyarrow that is too old.  Raises InvalidRowsError, missing-library."""
    if _numbers(pa.__version__) < _numbers(_LEAST_VERSION):
        message = f"pyarrow {pa.__version__} is too old; at least {_LEAST_VERSION} is needed"
        fix = 'pip install --upgrade "nnc-networks[data]"'
        raise InvalidRowsError([Diagnostic("missing-library", message, help=fix, file=file)])


def _numbers(version: str) -> list[int]:
    return list(map(int, re.findall("[0-9]+", version)[:3]))
