"""Convolution: a layer in which each feature has one set of weights for all places of a picture."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import ConfigDict

from nnc.language.firing import Fires
from nnc.language.mistakes import Mistakes
from nnc.language.network.fields import (
    ENTRY_SCHEMA,
    NUMBER,
    SIZE,
    SOURCE,
    AnyEntry,
    AnyNumber,
    Form,
    OwnStates,
    Schema,
    array_of,
    below,
    by_name,
)
from nnc.language.network.layers import (
    COMPLETE_FILE,
    SEVERAL_WITHOUT_STATES,
    THRESHOLDS,
    AnyThresholds,
    FiresOfLayer,
    Layer,
    LayerThresholds,
    Meaning,
    TensorFile,
    WithThresholds,
    is_array,
    read_file_of_numbers,
)
from nnc.language.readers import (
    read_by_name,
    read_declared,
    read_each,
    read_entries,
    read_entry,
)
from nnc.numbers.exact import Number, Refused, counted, kind_of, show_number

LARGEST_STEP = 10_000
"""The largest kernel, stride and padding along an axis."""
_AXES = ("feature", "row", "column", "channel")
_EXAMPLE = "one feature of 1 x 2 and one channel: [[[[1], [-1]]]]"


def _read_step(least: int, value: object) -> int:
    number = read_declared(value)
    if not isinstance(number, int) or not least <= number <= LARGEST_STEP:
        message = f"{show_number(number)} is not an integer from {least} to {LARGEST_STEP:,}"
        raise Refused("bad-size", message, f"write an integer from {least} on")
    return number


def _read_pair(least: int, value: object) -> tuple[int, int]:
    """Read a number for both axes, or one for the rows and one for the columns."""
    if not isinstance(value, (list, tuple)):
        number = _read_step(least, value)
        return number, number
    if len(value) != 2:
        message = f"expected a number for rows and one for columns, found {len(value)}"
        raise Refused("wrong-type", message, "write [rows, columns], or one number for both")
    rows, columns = read_each(partial(_read_step, least), value)
    return rows, columns


def _read_weights(value: object) -> object:
    """Read the weights: a number, nested lists, or a file."""
    if isinstance(value, TensorFile) or is_array(value):
        return value
    if isinstance(value, Mapping):
        return read_file_of_numbers(value, "weights, a number or a file", _EXAMPLE)
    if not isinstance(value, (list, tuple)):
        return read_entry(value)
    return _read_nested(value, 0)


def _read_nested(value: object, axis: int) -> tuple[object, ...]:
    """Read the lists of an axis, which all have one length."""
    if not isinstance(value, (list, tuple)) or not value:
        found = kind_of(value) if not isinstance(value, (list, tuple)) else "an empty list"
        message = f"expected a list with each {_AXES[axis]}, found {found}"
        hint = f"weights are lists of features, rows, columns and channels, as {_EXAMPLE}"
        raise Refused("wrong-type", message, hint)
    if axis == len(_AXES) - 1:
        return read_entries(value)
    items = read_each(partial(_read_nested, axis=axis + 1), value)
    mistakes = Mistakes()
    for i, item in enumerate(items):
        if len(item) != len(items[0]):
            message = (
                f"{_AXES[axis]} {i} has {counted(len(item), _AXES[axis + 1])}, and "
                f"{_AXES[axis]} 0 has {len(items[0]):,}"
            )
            mistakes.add("weight-count", message, i, help="write lists of one length")
    mistakes.stop()
    return items


def nested_shape(weights: Any) -> tuple[int, ...]:
    """Return the shape of nested tuples."""
    shape: list[int] = []
    while isinstance(weights, tuple):
        shape.append(len(weights))
        weights = weights[0]
    return tuple(shape)


def _step_schema(least: int) -> Schema:
    step: Schema = {"type": "integer", "minimum": least, "maximum": LARGEST_STEP}
    return {"anyOf": [step, array_of(step, minItems=2, maxItems=2)]}


def _nested_schema() -> Schema:
    schema: Schema = array_of(ENTRY_SCHEMA, minItems=1)
    for _ in _AXES[1:]:
        schema = array_of(schema, minItems=1)
    return {**schema, "description": "Lists of features, rows, columns and channels."}


_WEIGHTS = Form(
    _read_weights,
    lambda ref: {
        "anyOf": [
            _nested_schema(),
            {**ENTRY_SCHEMA, "description": "One weight for all."},
            ref(TensorFile),
        ]
    },
)
_SIZES = Form(partial(_read_pair, 1), lambda _: _step_schema(1))
_PADDING = Form(partial(_read_pair, 0), lambda _: _step_schema(0))


class Convolution(WithThresholds):
    """A layer that looks at every place of a picture with the same weights.

    It is a bus of the shape [rows, columns, features]: a neuron for each place of the kernel and
    each feature, which has one set of weights and thresholds for all places.
    """

    convolve: Annotated[str, SOURCE]
    """The picture: an input with a shape, or another convolution."""
    kernel: Annotated[tuple[int, int], _SIZES]
    """The rows and columns that a neuron sees; one number for both."""
    stride: Annotated[tuple[int, int], _SIZES] = (1, 1)
    """The steps of the kernel, in rows and columns; by default 1."""
    padding: Annotated[tuple[int, int], _PADDING] = (0, 0)
    """The number of rows and columns around the picture that count; by default 0."""
    outside: Annotated[Number, NUMBER] = 0
    """The value of the elements around the picture; by default 0."""
    groups: Annotated[int, SIZE] = 1
    """The number of groups of channels and features; by default 1: a feature reads all channels."""
    features: Annotated[int | None, SIZE] = None
    """The number of features, if neither weights nor thresholds say it; without it, one a group."""
    weights: Annotated[Any, _WEIGHTS] = 1
    """Weights of [features, rows, columns, channels / groups]; or one number for all."""
    thresholds: Annotated[LayerThresholds, THRESHOLDS]
    """The limit of each feature, or one number for all; or several ascending ones for each."""
    fires: FiresOfLayer
    states: OwnStates
    description: Meaning

    help_if_missing: ClassVar[Mapping[str, str]] = {
        "convolve": "add `convolve: image`",
        "kernel": "add `kernel: [3, 3]`",
        "thresholds": "add `thresholds: number`, one for all, or a list",
    }
    noun = "a convolution"
    size_key = "features"
    expected = "a mapping with `convolve`, `kernel` and `thresholds`"
    complete: ClassVar[Schema] = below(weights=COMPLETE_FILE, thresholds=COMPLETE_FILE)
    model_config = ConfigDict(json_schema_extra=SEVERAL_WITHOUT_STATES)

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            convolve: str,
            kernel: int | Sequence[int],
            thresholds: AnyThresholds,
            weights: AnyEntry | Sequence[Any] | TensorFile | Any = 1,
            stride: int | Sequence[int] = 1,
            padding: int | Sequence[int] = 0,
            outside: AnyNumber = 0,
            groups: int = 1,
            features: int | None = None,
            fires: Fires | None = None,
            states: Sequence[AnyNumber] | None = None,
            description: str | None = None,
        ) -> None: ...

    @property
    def wiring(self) -> tuple[str, ...]:
        """The source that it reads."""
        return (self.convolve,)

    @property
    def size(self) -> None:
        """Nothing: the number of neurons follows from the picture and the kernel."""
        return None

    @property
    def window(self) -> tuple[object, ...]:
        """All that says which elements a neuron reads."""
        return self.kernel, self.stride, self.padding, self.outside, self.groups


AnyLayer = Layer | Convolution


def read_layer(value: object) -> AnyLayer:
    """Read a layer, or a convolution, which has `convolve` where others have their wiring."""
    if isinstance(value, Convolution) or (isinstance(value, Mapping) and "convolve" in value):
        return Convolution.read(value)
    return Layer.read(value)


_IS_CONVOLUTION: Schema = {"required": ["convolve"]}
LAYERS = Form(
    partial(read_by_name, "layers", read_layer),
    lambda ref: by_name(
        {
            "if": _IS_CONVOLUTION,
            "then": ref(Convolution),
            "else": {
                "if": {"anyOf": [{"required": [key]} for key in ("wiring", "size")]},
                "then": ref(Layer),
                "else": {"anyOf": [ref(Layer), ref(Convolution)]},  # a change in an overlay
            },
        }
    ),
)
COMPLETE_LAYER: Schema = {
    "if": _IS_CONVOLUTION,
    "then": Convolution.when_complete(),
    "else": Layer.when_complete(),
}
"""The keys that a layer needs where nothing is extended."""
