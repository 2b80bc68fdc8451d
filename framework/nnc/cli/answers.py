"""Numbers that were found for a file: an overlay that extends it, or numbers in their places."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnc.checking import Checked
    from nnc.language.network import Network


def overlay_of(checked: Checked, network: Network, output: str | None) -> str:
    """Return the overlay that has the numbers, as the base is named from the folder of `output`."""
    from nnc.language.formatting.networks import to_overlay

    assert checked.network is not None
    base = Path(checked.file)
    name = base.name
    if output is not None:
        name = Path(os.path.relpath(base.resolve(), Path(output).resolve().parent)).as_posix()
    return to_overlay(name, checked.network, network)


def put_in_place(checked: Checked, network: Network) -> None:
    """Replace the blanks in the file by their numbers, and nothing else.

    Raises InvalidNetworkError where a blank stands in a file that it extends.
    """
    from nnc.answers.filled import with_numbers_in_place
    from nnc.checking import check
    from nnc.files.opening import read_bytes
    from nnc.files.writing import open_atomically

    data = read_bytes(checked.file, 4 * len(checked.document.text) + 3)
    text = with_numbers_in_place(checked, network)
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    new = mark + text.encode()
    after = check(new, checked.file, path=checked.path, root=checked.root)
    assert not after.errors, after.errors
    assert after.network is not None
    assert after.network.neurons == network.neurons
    with open_atomically(checked.file, before=data) as stream:
        stream.write(new)
