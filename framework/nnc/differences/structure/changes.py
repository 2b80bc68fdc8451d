"""The result of a comparison of structures: Structure, made of Change and Detail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

DeclarationKind = Literal["input", "neuron", "layer", "part", "output", "assumption", "property"]
ChangeKind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that changed; of many numbers, the largest change, and how many of how many."""

    what: str
    """The subject of the change, such as `weight` or `threshold`."""
    subject: str
    """The source of a weight, the name of a threshold."""
    before: str | None
    """The text before; null where there was nothing."""
    after: str | None
    """The text after; null where there is nothing."""
    changed: int | None = None
    """The number of changes among many numbers."""
    total: int | None = None
    """The total number."""


@dataclass(frozen=True, slots=True)
class Change:
    """One declaration that was added, removed or changed."""

    place: DeclarationKind
    """One of `input`, `neuron`, `layer`, `part`, `output`, `assumption` and `property`."""
    name: str
    """The name."""
    kind: ChangeKind
    """The kind of change, in one word."""
    text: str = ""
    """The declaration in short, where it was added or removed."""
    details: tuple[Detail, ...] = ()
    """The details of the change."""

    @property
    def count(self) -> int:
        """The number of changes it stands for; rows repeat those of their layer."""
        return sum(detail.what != "row" for detail in self.details) or 1


@dataclass(frozen=True, slots=True)
class Renamed:
    """A declaration with another name: its wiring and its numbers are the same."""

    place: DeclarationKind
    """One of `input`, `neuron`, `layer`, `part`, `output`, `assumption` and `property`."""
    before: str
    """The name that it had."""
    after: str
    """The name that it has."""


@dataclass(frozen=True, slots=True)
class Structure:
    """The differences between the declarations of two networks.

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
        """The number of changes, including those in used files."""
        own = sum(change.count for change in self.changes)
        return own + sum(structure.count for structure in self.used.values())
