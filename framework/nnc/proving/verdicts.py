"""What a comparison finds: Behaviour, with a Verdict for each output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from nnc.run.trace import NeuronTrace, PlainValue

Kind = Literal["equal", "differs", "unknown", "added", "removed", "changed-type"]


class Parted(NamedTuple):
    """One neuron in both networks, which gives something else in each: its sum and thresholds."""

    before: NeuronTrace
    after: NeuronTrace


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Inputs for which an output differs, replayed on both networks one row at a time.

    `inputs` has the value of each input as a row could give it: a bus of bits as its unsigned
    integer, another as a list, a choice as its value. `before` and `after` are what the output
    gives. `parted` are the first neurons that give something else, in the order of calculation:
    those of one name or, where there are none, those that make the output.
    """

    inputs: dict[str, PlainValue]
    before: PlainValue
    after: PlainValue
    parted: tuple[Parted, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one output is the same function in both networks.

    `equal` is proved and `differs` has a counterexample; of an `unknown` output nothing is known
    but what was tried. `how` says in words what decided. Of `total` inputs that the output depends
    on, `tried` were tried, and in `differing` of them it differs; each is None where it was not
    counted, or has no end. Where all were tried the counterexample is the first in the order of
    `nnc eval --all`.
    """

    output: str
    kind: Kind
    how: str
    tried: int | None = None
    total: int | None = None
    differing: int | None = None
    counterexample: Counterexample | None = None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The verdict for each output, in the order of `before`, then the new ones.

    `notes` say which inputs were compared where the networks do not take the same ones.
    """

    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether every output of either network was proved to be the same in both."""
        return all(one.kind == "equal" for one in self.verdicts)

    @property
    def differs(self) -> bool:
        """Whether an output is known to differ: in value or type, or because it is not there."""
        return any(one.kind not in ("equal", "unknown") for one in self.verdicts)
