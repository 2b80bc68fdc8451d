"""A network as one text without other files, which a model of ONNX carries with it.

Reading it gives a network with the same digest of its structure.
"""

from __future__ import annotations

import base64
import bz2

from nnc.language.formatting.networks import to_yaml
from nnc.language.network import AnyLayer, Network, Sparse, TensorFile

_MAX_LENGTH = 1 << 20
_PLAIN = 1 << 12
_PACKED = "bz2:"


def one_text(network: Network) -> str | None:
    """Return a network as one text; None where it needs other files, or would be too long.

    Cases in files are left out, which are no part of a network, and so are notes in `meta`.
    """
    if network.parts or any(map(_names_files, network.layers.values())):
        return None
    if any(isinstance(claim.equal, str) for claim in network.properties):
        return None
    cases = tuple(case for case in network.cases if case.file is None)
    alone = network.model_copy(update={"cases": cases, "folder": None, "root": None})
    try:
        text = to_yaml(alone)
    except ValueError:  # an array that is too large to be written out
        return None
    return text if len(text) <= _MAX_LENGTH else None


def _names_files(layer: AnyLayer) -> bool:
    return any(isinstance(one, (TensorFile, Sparse)) for one in (layer.weights, layer.thresholds))


def packed(text: str) -> str:
    """Return a long text in a shorter form, which has the same characters on every machine."""
    if len(text) <= _PLAIN:
        return text
    return _PACKED + base64.b85encode(bz2.compress(text.encode())).decode()


def unpacked(text: str) -> str:
    """Return what was packed. Raises ValueError where it is not such a text, or is too long."""
    if not text.startswith(_PACKED):
        return text
    decompressor = bz2.BZ2Decompressor()
    try:
        data = decompressor.decompress(
            base64.b85decode(text.removeprefix(_PACKED)), _MAX_LENGTH * 4 + 1
        )
    except (OSError, EOFError) as error:
        raise ValueError(str(error)) from None
    if not decompressor.eof:
        raise ValueError("it is longer than what nnc writes")
    return data.decode()
