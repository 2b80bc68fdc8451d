"""What a comparison of structures finds: Structure, made of Change and Detail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

DeclarationKind = Literal["input", "neuron", "layer", "part", "output", "assumption", "property"]
ChangeKind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that changed; of many numbers, the largest change, and how many of how many."""

    what: str
    """What changed, such as `weight` or `threshold`."""
    subject: str
    """Of what: the source of a weight, the name of a threshold."""
    before: str | None
    """What was there before; null where there was nothing."""
    after: str | None
    """What is there after; null where there is nothing."""
    changed: int | None = None
    """Of many numbers, how many changed."""
    total: int | None = None
    """How many there are in all."""


@dataclass(frozen=True, slots=True)
class Change:
    """One declaration that was added, removed or changed."""

    place: DeclarationKind
    """What it is: `input`, `neuron`, `layer`, `part`, `output`, `assumption` or `property`."""
    name: str
    """The name."""
    kind: ChangeKind
    """How it changed, in one word."""
    text: str = ""
    """The declaration in short, where it was added or removed."""
    details: tuple[Detail, ...] = ()
    """What changed in it."""

    @property
    def count(self) -> int:
        """How many changes it stands for; rows repeat what their layer has."""
        return sum(detail.what != "row" for detail in self.details) or 1


@dataclass(frozen=True, slots=True)
class Renamed:
    """A declaration with another name: its wiring and its numbers are the same."""

    place: DeclarationKind
    """What it is: `input`, `neuron`, `layer`, `part`, `output`, `assumption` or `property`."""
    before: str
    """The name that it had."""
    after: str
    """The name that it has."""


@dataclass(frozen=True, slots=True)
class Structure:
    """What is different between two networks.

    With `is_same` both mean the same, and `changes` are only other ways to say it, such as a part
    that was written out. `renamed` declarations and `notes` never change the meaning. `used`
    has what changed inside of files that parts use, each once, by name.
    """

    is_same: bool
    changes: tuple[Change, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    notes: tuple[str, ...] = ()
    used: dict[str, Structure] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many things changed, those in used files among them."""
        own = sum(change.count for change in self.changes)
        return own + sum(structure.count for structure in self.used.values())
