"""Read files with open numbers, and write the solution in place or as an overlay."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnc.compiler.graph import LayerNode
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.files.opening import MAX_BYTES, STDIN, is_compiled, read_bytes
from nnc.files.writing import open_atomically, write_whole
from nnc.filling.questions import with_numbers_in_place
from nnc.language.formatting.networks import to_overlay
from nnc.language.network import Convolution
from nnc.opening.checking import check, check_file

if TYPE_CHECKING:
    from nnc.language.network import Network
    from nnc.opening.checking import Checked


def check_target(file: str, output: str | None, *, in_place: bool) -> None:
    """Refuse an answer without a file, or with two. Raises UsageError."""
    if file == STDIN:
        raise click.UsageError("name a file: the answer extends it, or is put into it")
    if in_place and output is not None:
        raise click.UsageError("--in-place writes FILE, and -o another file: choose one")


def refuse_compiled(file: str, numbers: str = "whose numbers are all known") -> None:
    """Raise InvalidNetworkError for a compiled network, and FileError if it cannot be read."""
    if is_compiled(file):
        message = f"this is a compiled network, {numbers}"
        hint = "name the file that it was compiled from"
        raise InvalidNetworkError([Diagnostic("bad-compiled", message, file=file, help=hint)])


def refuse_counts(checked: Checked) -> None:
    """Raise InvalidNetworkError (counting-layer) if neurons of a layer count thresholds.

    The search handles only neurons that are 0 or 1.
    """
    graph = checked.wiring
    network = checked.network
    for blank in network.open if network is not None else ():
        path = blank.path
        layer = network.layers.get(str(path[1])) if network is not None else None
        if path[0] == "layers" and isinstance(layer, Convolution):
            message = f"the convolution `{path[1]}` leaves numbers open, which are not searched"
            hint = "find them from rows: nnc train"
            raise InvalidNetworkError(
                [Diagnostic("misplaced-blank", message, path, file=checked.file, help=hint)]
            )
    for node in graph.nodes if graph is not None else ():
        if isinstance(node, LayerNode) and node.counted:
            message = (
                f"layer `{node.name}` has {node.counted:,} thresholds a neuron, which are counted; "
                "a search for numbers reads neurons that are 0 or 1"
            )
            hint = "search in a network that has the counts as integer inputs"
            file = node.origin.file
            raise InvalidNetworkError([Diagnostic("counting-layer", message, file=file, help=hint)])


def check_open(file: str, *, root: Path | None = None, max_bytes: int = MAX_BYTES) -> Checked:
    """Read a file with open numbers. Raises FileError and InvalidNetworkError."""
    refuse_compiled(file)
    checked = check_file(file, root=root, max_bytes=max_bytes)
    if wrong := checked.errors or checked.case_errors:
        raise InvalidNetworkError(wrong)
    return checked


def write_numbers(
    checked: Checked, network: Network, output: str | None, *, in_place: bool
) -> str | None:
    """Write the numbers in place or as an overlay, and return the overlay, if any.

    Without an `output` the overlay is only returned. Raises FileError, and InvalidNetworkError
    if a blank to be replaced is in a file that this one extends.
    """
    if in_place:
        _put_in_place(checked, network)
        return None
    overlay = _overlay_of(checked, network, output)
    if output is not None:
        write_whole(output, overlay)
    return overlay


def _overlay_of(checked: Checked, network: Network, output: str | None) -> str:
    """Return the overlay with the numbers; it names the base relative to the folder of `output`."""
    assert checked.network is not None
    base = Path(checked.file)
    name = base.name
    if output is not None:
        name = Path(os.path.relpath(base.resolve(), Path(output).resolve().parent)).as_posix()
    return to_overlay(name, checked.network, network)


def _put_in_place(checked: Checked, network: Network) -> None:
    """Replace the blanks in the file by their numbers; all else is unchanged."""
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
