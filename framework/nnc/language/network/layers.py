"""Layer: neurons that read the same sources, their weights a matrix; and where that may stand."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import ConfigDict, Field

from nnc.diagnostics.diagnostic import closest
from nnc.language.firing import Fires
from nnc.language.keys import KINDS, SPARSE
from nnc.language.mistakes import Mistakes
from nnc.language.network.fields import (
    BLANK_SCHEMA,
    COMPARISON,
    ENTRIES_SCHEMA,
    ENTRY_SCHEMA,
    SIZE_OF_LAYER,
    TEXT,
    TEXT_SCHEMA,
    WIRING,
    AnyEntry,
    AnyNumber,
    Form,
    OwnStates,
    Schema,
    States,
    array_of,
    below,
    matches,
    plain,
    without,
)
from nnc.language.network.model import Model
from nnc.language.ranges import Entry, Open, leaves_open, open_number, show_entry
from nnc.language.readers import (
    for_all,
    read_each,
    read_entries,
    read_entry,
    read_size,
    read_text,
)
from nnc.limits import SIGNALS
from nnc.numbers.exact import Number, Refused, counted, kind_of, shorten, show_number

_DIGEST = Form(read_text, TEXT_SCHEMA | {"pattern": "^[0-9A-Fa-f]{64}$"})


class TensorFile(Model):
    """Numbers in a file: an NPY file, or one tensor of a safetensors file."""

    file: Annotated[str, TEXT]
    """A .npy or .safetensors file, relative to this one."""
    tensor: Annotated[str | None, TEXT] = None
    """The name of the tensor in a safetensors file."""
    sha256: Annotated[str | None, _DIGEST] = None
    """The SHA-256 of the whole file, in hex; checked when it is read."""
    description: Annotated[str | None, TEXT] = None
    """The meaning of the numbers."""

    noun = "a weight file"
    help_if_missing: ClassVar[Mapping[str, str]] = {"file": "add `file: weights.npy`"}
    complete: ClassVar[Schema] = {
        "if": matches("file", r"\.[sS][aA][fF][eE][tT][eE][nN][sS][oO][rR][sS]$"),
        "then": {"required": ["tensor"]},
    }
    model_config = ConfigDict(
        json_schema_extra={"if": matches("file", r"\.[nN][pP][yY]$"), "then": without("tensor")}
    )


COMPLETE_FILE: Schema = {"required": ["file"], **TensorFile.complete}
_TENSOR = Form(TensorFile.read, lambda ref: ref(TensorFile))


class Sparse(Model):
    """A sparse matrix in compressed rows: the stored entries are the synapses.

    The synapses of neuron i are `indices[indptr[i]:indptr[i + 1]]`, places in the wiring.
    """

    indptr: Annotated[TensorFile, _TENSOR]
    """The starts of each neuron's entries: size + 1 integers."""
    indices: Annotated[TensorFile, _TENSOR]
    """The position in the wiring of each entry."""
    values: Annotated[TensorFile, _TENSOR]
    """The weight of each entry."""
    description: Annotated[str | None, TEXT] = None
    """The meaning of the weights."""

    noun = "a sparse matrix"
    help_if_missing: ClassVar[Mapping[str, str]] = {
        "indptr": "add `indptr: {file: weights.npy}`",
        "indices": "add `indices: {file: weights.npy}`",
        "values": "add `values: {file: weights.npy}`",
    }
    complete: ClassVar[Schema] = below(**dict.fromkeys(SPARSE, COMPLETE_FILE))


NO_STATES = (
    "a layer with several thresholds a neuron gives integers, how many fire, and has no `states`",
    "remove `states`",
)
"""Why such a layer has no states, and what to do."""
Matrix = tuple[tuple[Entry, ...] | Open, ...]
LayerWeights = Entry | Matrix | TensorFile | Sparse | Any  # Any: a NumPy array
LayerThresholds = Entry | tuple[Entry, ...] | tuple[tuple[Entry, ...], ...] | TensorFile | Any


def is_array(value: object) -> bool:
    """Return whether it is a NumPy array, which means exactly its numbers; not a NumPy number."""
    return type(value).__module__ == "numpy" and hasattr(value, "__setitem__")


def whole_rows(rows: Sequence[object], fan_in: int) -> tuple[tuple[object, ...], ...]:
    """Return rows of weights, with one for each source where one entry stands for a whole row."""
    return tuple(row if isinstance(row, tuple) else (row,) * fan_in for row in rows)


def _read_weights(value: object) -> LayerWeights:
    """Read the weights of a layer: a number, a matrix, or files."""
    if isinstance(value, (TensorFile, Sparse)) or is_array(value):
        return value
    if isinstance(value, Mapping):
        if "sparse" in value and "file" in value:
            mistakes = Mistakes()
            mistakes.exclude(
                "sparse", "weights are `sparse` or in a `file`, not both", "keep one of them"
            )
            mistakes.stop()
        if "sparse" in value and len(value) == 1:
            mistakes = Mistakes()
            weights = mistakes.read(Sparse.read, value["sparse"], "sparse")
            mistakes.stop()
            return weights
        return read_file_of_numbers(
            value, "a row of weights per neuron, a number or a file", "[[1, 2], [3, 4]]"
        )
    if not isinstance(value, (list, tuple)):
        return read_entry(value)
    if value and not any(isinstance(row, (list, tuple)) or leaves_open(row) for row in value):
        raise Refused(
            "wrong-type",
            f"expected a row of weights per neuron, found a list with {kind_of(value[0])}",
            "write a list for each neuron: [[1, 2], [3, 4]]",
        )
    if not value:
        raise Refused("wrong-type", "a layer has at least one neuron", "list its weights")
    return read_each(_read_row, value)


def read_file_of_numbers(value: Mapping[str, object], words: str, example: str) -> TensorFile:
    """Read a reference to a file; refuse a mapping without any of its keys in other words."""
    fields = (*TensorFile.readers, "sparse")
    if not any(closest(str(key), fields) is not None for key in value):
        hint = f"write {example}, or {{file: weights.npy}}"
        raise Refused("wrong-type", f"expected {words}, found a mapping", hint)
    return TensorFile.read(value)


def _read_row(value: object) -> tuple[Entry, ...] | Open:
    """Read the weights of one neuron: a list, or one blank for each of them."""
    if not isinstance(value, (list, tuple)):
        if (blank := open_number(value)) is not None:
            return blank
        raise Refused(
            "wrong-type",
            f"expected the list of one neuron's weights, found {kind_of(value)}",
            "write a list for each neuron: [[1, 2], [3, 4]]",
        )
    return read_entries(value)


def _read_thresholds(value: object) -> LayerThresholds:
    """Read the thresholds of a layer: one number for all, one or several a neuron, or a file."""
    if isinstance(value, TensorFile) or is_array(value):
        return value
    if isinstance(value, Mapping):
        return read_file_of_numbers(value, "a number, a list of numbers or a file", "[1, 2]")
    if isinstance(value, (list, tuple)):
        if not value:
            raise Refused("wrong-type", "a layer has at least one neuron", "list its thresholds")
        if any(isinstance(item, (list, tuple)) for item in value):
            return _read_several(value)
        return read_each(_read_item, value)
    return _read_threshold(value, "thresholds")


def _read_several(value: Sequence[object]) -> tuple[tuple[Entry, ...], ...]:
    """Read the thresholds of neurons that have several each."""
    if len(value) > 1 and all(row is value[0] for row in value):
        first: tuple[tuple[Entry, ...], ...] = read_each(_read_ascending, value[:1])
        return first * len(value)
    rows: tuple[tuple[Entry, ...], ...] = read_each(_read_ascending, value)
    mistakes = Mistakes()
    for i, row in enumerate(rows):
        if len(row) != len(rows[0]):
            message = (
                f"neuron {i} has {counted(len(row), 'threshold')}, and neuron 0 has "
                f"{len(rows[0]):,}; all neurons of a layer have as many"
            )
            hint = f"write {counted(len(rows[0]), 'number')}; equal ones may follow each other"
            mistakes.add("weight-count", message, i, help=hint)
    mistakes.stop()
    return rows


def _read_ascending(value: object) -> tuple[Entry, ...]:
    """Read the thresholds of one neuron, which ascend; equal ones may follow each other."""
    if not isinstance(value, (list, tuple)) or not value:
        kind = kind_of(value) if not isinstance(value, (list, tuple)) else "an empty list"
        raise Refused(
            "wrong-type",
            f"expected the list of one neuron's thresholds, found {kind}",
            "write a list for each neuron: [[1, 2], [3, 4]]",
        )
    entries: tuple[Entry, ...] = read_each(_read_item, value)
    mistakes = Mistakes()
    before: Number | None = None  # the lowest value that the next one may have
    for i, entry in enumerate(entries):
        low, high = (entry.low, entry.high) if isinstance(entry, Open) else (entry, entry)
        if before is not None and high is not None and high < before:
            message = (
                f"the thresholds of a neuron ascend: {show_entry(entry)} comes after "
                f"{show_number(before)}"
            )
            hint = "widen the bounds"
            numbers = [each for each in entries if not isinstance(each, Open)]
            if len(numbers) == len(entries):
                hint = f"write [{shorten(', '.join(map(show_number, sorted(numbers))))}]"
            mistakes.add("descending-thresholds", message, i, help=hint)
        before = low if before is None else before if low is None else max(before, low)
    mistakes.stop()
    return entries


def _read_item(value: object) -> Entry:
    return _read_threshold(value, "")


def _read_threshold(value: object, key: str) -> Entry:
    """Read a threshold of a layer, in which one rule holds for all."""
    try:
        return read_entry(value)
    except Refused as error:
        raise Refused(error.rule, error.message, for_all(value, key) or error.help) from None


_WEIGHTS = Form(
    _read_weights,
    lambda ref: {
        "anyOf": [
            array_of(
                {"anyOf": [ENTRIES_SCHEMA, BLANK_SCHEMA]},
                minItems=1,
                description="A row of weights for each neuron, or one blank for a whole row.",
            ),
            {**ENTRY_SCHEMA, "description": "One weight for all."},
            ref(TensorFile),
            {
                "type": "object",
                "properties": {"sparse": ref(Sparse)},
                "required": ["sparse"],
                "additionalProperties": False,
                "description": "Compressed rows; the stored entries are the synapses.",
            },
        ]
    },
    write=lambda value: {"sparse": value} if isinstance(value, Sparse) else plain(value),
)
THRESHOLDS = Form(
    _read_thresholds,
    lambda ref: {
        "anyOf": [
            array_of(ENTRY_SCHEMA, minItems=1, description="A threshold for each neuron."),
            array_of(
                array_of(ENTRY_SCHEMA, minItems=1),
                minItems=1,
                description="Ascending thresholds for each neuron, which then counts them; "
                "a single list is for all.",
            ),
            {**ENTRY_SCHEMA, "description": "One threshold for all."},
            ref(TensorFile),
        ]
    },
)


_NUMBER_SCHEMA: Schema = {"type": ["number", "string"]}


SEVERAL_WITHOUT_STATES: Schema = {
    "if": {
        "properties": {"thresholds": {"type": "array", "minItems": 1, "items": {"type": "array"}}},
        "required": ["thresholds"],
    },
    "then": without("states"),
}


AnyThresholds = AnyEntry | Sequence[AnyEntry] | Sequence[Sequence[AnyEntry]] | TensorFile | Any
FiresOfLayer = Annotated[
    Fires | None,
    COMPARISON,
    Field(
        default=None,
        description="When a neuron is 1; without it, the file's `fires`, else `above`.",
    ),
]
Meaning = Annotated[str | None, TEXT, Field(default=None, description="The meaning of the layer.")]


class WithThresholds(Model):
    """The checks and properties that layers and convolutions share."""

    size_key: ClassVar[str]
    """The key that says how many thresholds, or rows of them, there are."""
    if TYPE_CHECKING:
        thresholds: LayerThresholds
        states: States | None

        @property
        def wiring(self) -> tuple[str, ...]:
            """The sources."""

    def __eq__(self, other: object) -> bool:
        """Compare arrays too: equal are those of one type, with the same numbers."""
        if type(other) is not type(self):
            return NotImplemented
        return all(same_numbers(getattr(self, key), getattr(other, key)) for key in self.readers)

    @classmethod
    def _in_full(cls, data: dict[str, object], mistakes: Mistakes) -> dict[str, object]:  # noqa: ARG003
        """Write out a single list of several thresholds, which is for all neurons."""
        listed = data.get("thresholds")
        if (
            isinstance(listed, (list, tuple))
            and len(listed) == 1
            and isinstance(listed[0], (list, tuple))
        ):
            with suppress(Refused):
                count = read_size(data.get(cls.size_key))
                if count <= SIGNALS.allowed():
                    return {**data, "thresholds": listed * count}
        return dict(data)

    def _check_values(self, mistakes: Mistakes) -> None:
        if self.states is not None and self.counts:
            mistakes.exclude("states", *NO_STATES)

    @property
    def counts(self) -> bool:
        """True if lists give each neuron several thresholds; weight files are not looked at."""
        return isinstance(self.thresholds, tuple) and isinstance(self.thresholds[0], tuple)

    def reads(self) -> tuple[str, ...]:
        """Return the sources that it reads, as they are written."""
        return tuple(self.wiring)


class Layer(WithThresholds):
    """Neurons that all read the same sources; `name(7)` is one of them.

    The weights are a matrix of size x fan-in, one row per neuron.
    """

    wiring: Annotated[tuple[str, ...], WIRING]
    """The sources of every neuron, laid end to end."""
    weights: Annotated[LayerWeights, _WEIGHTS] = 1
    """One row of weights per neuron; or one number for all."""
    thresholds: Annotated[LayerThresholds, THRESHOLDS]
    """The limit of each neuron, or one number for all; or several ascending ones for each, as a
    list of lists: the neuron is then the integer of how many fire."""
    size: Annotated[int | Open | None, SIZE_OF_LAYER] = None
    """The number of neurons, if nothing else determines it; `1..6` where it is to be found."""
    fires: FiresOfLayer
    states: OwnStates
    description: Meaning

    help_if_missing: ClassVar[Mapping[str, str]] = {
        "wiring": "add `wiring: [a, b]`",
        "thresholds": "add `thresholds: number`, one for all, or a list",
    }
    noun = "a layer"
    size_key = "size"
    expected = f"a mapping with {' and '.join(KINDS['layers'].needs)}"
    complete: ClassVar[Schema] = {
        **below(
            weights={
                "if": {"required": ["sparse"]},
                "then": below(sparse={"required": [*SPARSE], **Sparse.complete}),
                "else": COMPLETE_FILE,
            },
            thresholds=COMPLETE_FILE,
        ),
        "if": {"properties": {"weights": _NUMBER_SCHEMA, "thresholds": _NUMBER_SCHEMA}},
        "then": {"required": ["size"]},
    }
    model_config = ConfigDict(json_schema_extra=SEVERAL_WITHOUT_STATES)

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            wiring: str | Sequence[str],
            thresholds: AnyThresholds,
            weights: AnyEntry
            | Sequence[Sequence[AnyEntry] | Open | str]
            | TensorFile
            | Sparse
            | Any = 1,
            size: int | Open | None = None,
            fires: Fires | None = None,
            states: Sequence[AnyNumber] | None = None,
            description: str | None = None,
        ) -> None: ...

    def _check_values(self, mistakes: Mistakes) -> None:
        if self.size is None and _is_number(self.weights) and _is_number(self.thresholds):
            mistakes.miss(
                ("size", "weights", "thresholds"),
                "the layer has no `size`, and nothing else says it",
                "add `size: number`, or a row of weights per neuron",
            )
        if isinstance(self.size, Open):
            self._check_open_size(mistakes)
        super()._check_values(mistakes)

    @property
    def has_weights(self) -> bool:
        """True if weights are written; without them, all are 1."""
        return "weights" in self.model_fields_set

    def _check_open_size(self, mistakes: Mistakes) -> None:
        """Check that a size is open only where all numbers of the layer are, whatever the size."""
        for key in ("weights", "thresholds"):
            if not isinstance(getattr(self, key), Open):
                mistakes.add(
                    "misplaced-blank",
                    f"the size `{self.size}` is open, but not all {key} are",
                    "size",
                    help=f"write `{key}: _`, or the size as a number",
                )
                return


def same_numbers(a: Any, b: Any) -> bool:
    """Compare values of fields: arrays are equal that are of one type with the same numbers."""
    if not is_array(a) or not is_array(b):
        return not is_array(a) and not is_array(b) and bool(a == b)
    return bool(a.dtype == b.dtype and a.shape == b.shape and (a == b).all())


def _is_number(value: object) -> bool:
    return not isinstance(value, (tuple, TensorFile, Sparse)) and not is_array(value)
