"""What a comparison of structures finds: Structure, made of Change and Detail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

DeclarationKind = Literal["input", "neuron", "layer", "part", "output", "assumption", "property"]
ChangeKind = Literal["added", "removed", "changed"]


class Detail(NamedTuple):
    """One thing that changed, by `what` it is: a `weight`, a `threshold`, `fires` or other.

    `subject` says of what: the source of a weight, the name of a threshold. `before` and `after`
    are texts, None where there is nothing. Of many numbers `changed` of `total` are others, and
    `subject`, `before` and `after` are those of the largest change.
    """

    what: str
    subject: str
    before: str | None
    after: str | None
    changed: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One declaration that was added, removed or changed.

    `text` is the declaration in short, where it was added or removed.
    """

    place: DeclarationKind
    name: str
    kind: ChangeKind
    details: tuple[Detail, ...] = ()
    text: str = ""

    @property
    def count(self) -> int:
        """How many changes it stands for; rows repeat what their layer has."""
        return sum(detail.what != "row" for detail in self.details) or 1


class Renamed(NamedTuple):
    """A declaration with another name: its wiring and its numbers are the same."""

    place: DeclarationKind
    before: str
    after: str


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
