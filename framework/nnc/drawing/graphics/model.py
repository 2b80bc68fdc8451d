"""Picture: the drawn declarations of a network, and their values in a run.

Nothing here knows positions or colours. A picture has an element for each declaration, and wires
from one of its outlets to one of the rows of another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from nnc.lazy import np
from nnc.numbers.exact import Number, show_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

Change = Literal["", "added", "removed", "changed", "otherwise"]
"""The kind of change; `otherwise` marks something with another value in a run."""
Kind = Literal["input", "inputs", "neuron", "neurons", "layer", "part", "output"]


class Row(NamedTuple):
    """One source as written, and the weights of its signals.

    With `cutoffs` the source is a number, and `weights` are the points between cut-offs: one more
    than there are cut-offs, the first below all of them. `values` are those of the source in a run,
    `amount` is what it adds.
    """

    source: str
    weights: tuple[Number, ...] = ()
    cutoffs: tuple[str, ...] = ()
    note: str = ""
    values: tuple[Number, ...] | None = None
    amount: Number | None = None
    stretch: int | None = None
    """In a run, which of the stretches between cut-offs the source is in."""
    width: int = 1
    """The number of signals of the source."""
    change: Change = ""
    old: str = ""
    """The weights that it had, as text."""
    was: Row | None = None
    """The steps that it had, where they are others now."""
    synapses: tuple[int, int] = (0, 0)
    """The range of its weights among those of the neuron; empty for a rest."""
    blanks: tuple[str, ...] = ()
    """For each weight that is left open the text that stands for it; empty where all are known."""

    def texts(self) -> list[str]:
        """Write each weight, or the blank in its place."""
        blanks = self.blanks or ("",) * len(self.weights)
        pairs = zip(self.weights, blanks, strict=True)
        return [blank or show_number(weight) for weight, blank in pairs]


class Limit(NamedTuple):
    """A threshold on the number line: its name, number and sign, and in a run whether it fires."""

    name: str
    number: Number
    sign: str
    fires: bool | None = None


class Scale(NamedTuple):
    """The number line of a neuron, from the smallest sum to the largest; None without a limit."""

    least: Number | None
    greatest: Number | None
    limits: tuple[Limit, ...]
    sum: Number | None = None
    up: bool = True
    gone: tuple[Limit, ...] = ()
    old_sum: Number | None = None
    """The thresholds and the sum that it had, where they are others now."""


class Matrix(NamedTuple):
    """The weights of a layer, size x fan-in, as floats for colours; and what fires in a run.

    `rows` of thresholds and names are for titles, and empty if there are too many.
    """

    weights: NDArray[np.float64]
    fired: tuple[int, ...] | None = None
    titles: tuple[str, ...] = ()
    margins: tuple[Number, ...] | None = None
    """In a run how far each sum is from its threshold; negative where the neuron is silent."""
    columns: int = 0
    """The number of columns of weights in a neuron's tile; 0 for a square."""

    def signs(self) -> set[int]:
        """Return the signs of the weights other than 0."""
        return {sign for sign in (1, -1) if bool((self.weights * sign > 0).any())}


@dataclass(frozen=True, slots=True)
class Element:
    """A declaration: an input, a neuron, a layer, a part or an output.

    `note` is its type or rule, and `title` describes it in one sentence. In a run, `value` is that
    of an input or output, `values` are those of the outlets of a part, and `fires` tells whether a
    neuron does. `inner` is the picture of an unfolded part, `names` are the declarations that the
    element stands for.
    """

    kind: Kind
    name: str
    note: str = ""
    title: str = ""
    rows: tuple[Row, ...] = ()
    outlets: tuple[str, ...] = ()
    scale: Scale | None = None
    matrix: Matrix | None = None
    value: str | None = None
    fires: bool | None = None
    labels: tuple[str, ...] = ()
    label: int | None = None
    cells: tuple[int, ...] | None = None
    count: int = 1
    names: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    inner: Picture | None = None
    change: Change = ""
    old_value: str | None = None
    columns: int = 0
    """The number of columns in the grid of a bus of bits; 0 where it is no grid."""
    room: int = 0
    """The number of characters reserved for a value that a page changes."""


class Wire(NamedTuple):
    """A wire from an outlet of an element to a row of another, with the signs of its weights.

    `share` is its weight as a share of the largest in the neuron, None where it has none. `is_bus`
    marks several signals. `carries` tells whether it adds anything in a run.
    """

    source: int
    outlet: int
    target: int
    row: int
    sign: int = 0
    share: float | None = None
    is_bus: bool = False
    carries: bool | None = None
    change: Change = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture of one network: its elements and wires."""

    name: str
    elements: tuple[Element, ...]
    wires: tuple[Wire, ...]
    is_run: bool = False
    changed: frozenset[int] | None = None
    """In a picture of a change the places of what has changed."""
    remark: str = ""
    """The remark below its name."""
    has_all_wires: bool = False
    """True if wires of outlets with very many readers are drawn too."""
