"""A network that is only on one side of a comparison: all that it declares came, or went."""

from __future__ import annotations

from typing import Literal, cast

from nnc.comparison.structure.changes import Change, Place, Structure
from nnc.comparison.structure.declared import Declared
from nnc.comparison.structure.structure import in_short, output_words, type_words
from nnc.compiler.linking import Linked


def lone_structure(linked: Linked, kind: Literal["added", "removed"]) -> Structure:
    """Tell every declaration of a network as `added` or `removed`."""
    declared = Declared(linked)
    changes = [
        *(
            Change("input", name, kind, text=type_words(one))
            for name, one in declared.inputs.items()
        ),
        *(
            Change(
                cast("Place", place.removesuffix("s")), name, kind, text=in_short(declared, name)
            )
            for name, place in declared.places.items()
            if place != "inputs"
        ),
        *(
            Change("output", alias, kind, text=output_words(one))
            for alias, one in linked.network.outputs.items()
        ),
    ]
    return Structure(is_same=False, changes=tuple(changes))
