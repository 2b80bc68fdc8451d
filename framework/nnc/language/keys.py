"""The keys of declarations, and which go together: the table that all others read.

The models of `network/` have the keys themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

BY_NAME = ("neurons", "layers", "parts")
"""The keys whose values are mappings by name, in any order."""
LISTS = ("inputs", "outputs")
"""The keys that may hold a list of names too, in the order of columns."""
DECLARED = ("inputs", *BY_NAME)
"""The keys whose names share one name space."""
NAMED = (*DECLARED, "outputs")
"""The keys whose declarations have names."""
CLAIMS = ("assume", "properties")
"""Lists of what holds for every row: those of a base come first, then the overlay's own."""
ASSUMED_FORMS = ("never", "always", "at_most_one", "exactly_one", "at_least_one")
CLAIM_FORMS = (
    *ASSUMED_FORMS,
    "increasing",
    "decreasing",
    "independent",
    "symmetric",
    "unchanged",
    "equal",
)
"""The forms of claims: a property has one of these keys."""
VARIED: Mapping[str, str] = {
    "increasing": "in",
    "decreasing": "in",
    "independent": "of",
    "symmetric": "in",
}
"""The key that names the inputs of a property, by its form."""
NEARNESS = ("case", "given", "within")
"""The keys of a property `unchanged`: the row, by its case or its values, and how far is near."""
COUNTS = ("at_most", "at_least", "exactly")
"""The keys of a condition that count bits: `{at_most: {1: [a, b]}}`."""


class Kind(NamedTuple):
    """One kind of declaration: its name, and the keys of which it needs one each.

    They stand by what a message calls them. One that an overlay writes replaces the others.
    """

    name: str
    needs: Mapping[str, tuple[str, ...]]


KINDS: Mapping[str, Kind] = {
    "inputs": Kind("an input", {"`type`": ("type",)}),
    "neurons": Kind(
        "a neuron", {"`weights`": ("weights", "wiring"), "`threshold`": ("threshold", "thresholds")}
    ),
    "layers": Kind(
        "a layer", {"`wiring`": ("wiring", "convolve"), "`thresholds`": ("thresholds",)}
    ),
    "parts": Kind("a part", {"`use`": ("use",), "`wiring`": ("wiring",)}),
    "outputs": Kind("an output", {"`sum`, `level` or `largest`": ("sum", "level", "largest")}),
    "assume": Kind("an assumption", {"a form": ASSUMED_FORMS}),
    "properties": Kind("a property", {"a form": CLAIM_FORMS}),
    "cases": Kind("a case", {"`given`": ("given", "file"), "`expect`": ("expect", "file")}),
}
GOVERNED: Mapping[str, tuple[str, ...]] = {
    "fires": ("neurons", "layers"),
    "states": ("inputs", "neurons", "layers"),
}
"""The keys of the file that hold for declarations of these kinds, where they have no such key."""
TENSORS = ("weights", "thresholds")
"""The keys of a layer whose numbers may lie in files."""
SPARSE = ("indptr", "indices", "values")
"""The keys of sparse weights that are tensors, each in a file."""
REFUSED_BY_TYPE: Mapping[str, tuple[str, ...]] = {
    "bit": ("min", "max", "of"),
    "integer": ("of", "states"),
    "real": ("of", "states"),
    "choice": ("min", "max", "size", "shape", "states"),
}
"""The keys that an input of each type does not take."""
REFUSED_BY_GATES = ("weights", "threshold", "thresholds")
"""The keys that a neuron with `fires: all` or `any` does not take."""
