"""A file of another tool -> a network: what `nnc import` and `nnc.import_file` share."""

from __future__ import annotations

from os import PathLike, fspath
from typing import Literal

from nnc.checking import check_valid
from nnc.diagnostics.diagnostic import InvalidNetworkError, in_file
from nnc.files.opening import MAX_BYTES, read_bytes
from nnc.interchange.importing.formats import read_bytes_as
from nnc.interchange.importing.imported import Imported
from nnc.interchange.importing.settings import Settings

Format = Literal["aiger", "blif", "bench"]


def import_file(
    file: str | PathLike[str],
    format: Format | None = None,  # noqa: A002
    *,
    top: str | None = None,
    max_bytes: int = MAX_BYTES,
) -> Imported:
    """Read a file of another tool, as `nnc import` does.

    The answer has the `network`, which is checked, the words that say how exact it is, and `save`,
    which writes it as a file. The format is told by the name of the file, else by how it begins.
    `top` names the model that is read where a file has several, by default the first.

    Raises FileError where the file cannot be opened, InvalidNetworkError where it is damaged or
    holds what a network cannot; ValueError for a format that there is not, or a setting that it
    does not take. More in docs/importing.md.

    >>> import nnc
    >>> imported = nnc.import_file("tests/interchange/importing/files/half_adder.aag")
    >>> imported.network, imported.exactness
    (<Network: 2 inputs, 3 neurons, 2 outputs>, 'exact on every row')
    """
    name = fspath(file)
    return imported_of(name, read_bytes(name, max_bytes), format, Settings(top=top))


def imported_of(file: str, data: bytes, name: str | None, settings: Settings) -> Imported:
    """Read the bytes of a file, and check the network. Raises as `import_file`."""
    try:
        imported = read_bytes_as(data, file, name, settings)
        if not imported.tensors:
            check_valid(imported.network)
    except InvalidNetworkError as error:
        raise InvalidNetworkError(in_file(file, error.diagnostics)) from None
    return imported
