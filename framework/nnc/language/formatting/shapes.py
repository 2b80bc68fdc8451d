"""What decides how a part of a file is laid out: what it is in a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nnc.language.formatting.tree import Collection


@dataclass(frozen=True)
class Shape:
    """How a mapping or list is laid out.

    `names`: its keys are names that the author chose, or its items are alike, so that its lines
    are aligned. `is_block`: it never stands in one line; with `unless_flat`, but where all its
    values are scalars. `is_row`: a mapping that is read as a whole, and fills lines. `is_listed`:
    a list with one item a line. `keys` and `every` are the shapes of what is in it.
    """

    names: bool = False
    is_block: bool = False
    unless_flat: bool = False
    is_row: bool = False
    is_listed: bool = False
    keys: Mapping[str, Shape] = field(default_factory=dict)
    every: Shape | None = None

    def of(self, key: str) -> Shape:
        """Give the shape of the value of a key, or of an item."""
        return self.keys.get(key) or self.every or OTHER

    def is_broken(self, value: Collection) -> bool:
        """Tell whether it takes more than one line, however short it is."""
        if not self.is_block:
            return False
        if not self.unless_flat or not value.is_mapping:
            return not self.unless_flat
        return not all(isinstance(one, str) for one in value.items)


OTHER = Shape()
_NAMES = Shape(names=True)
_ROW = Shape(is_row=True)
_NEURON = Shape(
    keys={
        "weights": Shape(names=True, every=_NAMES),
        "thresholds": _NAMES,
        "wiring": Shape(is_listed=True),
    }
)
_PART = Shape(keys={"wiring": _NAMES, "first": _NAMES, "last": _NAMES})
_CASE = Shape(keys={"given": _ROW, "expect": _ROW})
_DECLARED = Shape(names=True, is_block=True, unless_flat=True)

FILE = Shape(
    is_block=True,
    keys={
        "inputs": _DECLARED,
        "neurons": Shape(names=True, is_block=True, every=_NEURON),
        "layers": Shape(names=True, is_block=True),
        "parts": Shape(names=True, is_block=True, every=_PART),
        "outputs": _DECLARED,
        "cases": Shape(names=True, is_block=True, every=_CASE),
    },
)
"""The shape of a network file."""
