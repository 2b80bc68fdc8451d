"""Network, Input, Neuron, Output and Case as pydantic models, in every form a file allows."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from nnc.exact import Number, Refused, kind_of, show_number, shown
from nnc.network.schemas import (
    NAME_SCHEMA,
    NUMBER_SCHEMA,
    SOURCE_SCHEMA,
    TEXT_SCHEMA,
    THRESHOLDS_SCHEMA,
    VALUES_SCHEMA,
    WEIGHTS_SCHEMA,
    WIRING_SCHEMA,
)
from nnc.values import (
    CONSTANTS,
    Mistakes,
    Weights,
    check_name,
    expect,
    one_of,
    read_declared,
    read_labels,
    read_source,
    read_text,
    read_thresholds,
    read_weights,
    read_wiring,
    validator,
)

COMPARISONS = ("above", "at_least", "below", "at_most")
GATES = ("all", "any")
KINDS = ("bit", "integer", "real")
AnyNumber = int | Fraction | Decimal | str | float
"""A number as Python has it; a float only where its decimal is its exact value."""
AnyWeights = (
    Mapping[str, AnyNumber | Sequence[AnyNumber] | Mapping[AnyNumber, AnyNumber]]
    | Sequence[AnyNumber]
    | AnyNumber
)
Fires = Literal["above", "at_least", "below", "at_most", "all", "any"]
Kind = Literal["bit", "integer", "real"]

_KINDS_MEANT = {"int": "integer", "number": "real", "float": "real", "double": "real",
                "decimal": "real", "bool": "bit", "boolean": "bit", "binary": "bit"}  # fmt: skip
_FIRES_MEANT = {"greater": "above", "gt": "above", ">": "above", "ge": "at_least",
                ">=": "at_least", "less": "below", "lt": "below", "<": "below", "le": "at_most",
                "<=": "at_most", "and": "all", "or": "any"}  # fmt: skip
_BRACKETS = re.compile(r"(bit|integer|real)\[([^\[\]]*)\]")

LATER = {
    "layers": "whole layers of neurons",
    "parts": "networks used in networks",
    "extends": "networks that change another",
    "states": "other values than 0 and 1",
    "size": "buses",
    "of": "inputs with named values",
    "largest": "the largest of several sums",
}
"""Keys of the format that this version of nnc does not evaluate yet, and what they bring."""
RESERVED = ("properties", "unknown")


_Number = Annotated[Number, PlainValidator(validator(read_declared)), WithJsonSchema(NUMBER_SCHEMA)]
_Text = Annotated[str, PlainValidator(validator(read_text)), WithJsonSchema(TEXT_SCHEMA)]
_Source = Annotated[str, PlainValidator(validator(read_source)), WithJsonSchema(SOURCE_SCHEMA)]
_Name = Annotated[str, PlainValidator(validator(check_name)), WithJsonSchema(NAME_SCHEMA)]
_Fires = Annotated[
    Fires,
    PlainValidator(validator(one_of((*COMPARISONS, *GATES), _FIRES_MEANT))),
    WithJsonSchema({"enum": [*COMPARISONS, *GATES]}),
]
_Comparison = Annotated[
    Fires,
    PlainValidator(validator(one_of(COMPARISONS, _FIRES_MEANT))),
    WithJsonSchema({"enum": [*COMPARISONS]}),
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _read_kind(value: object) -> str:
    """Read the type of an input."""
    if isinstance(value, str):
        if square := _BRACKETS.fullmatch(value):
            raise Refused(
                "square-bracket-index",
                f"`{value}`: a size stands in round brackets",
                f"write `{square[1]}({square[2]})`",
            )
        if value == "choice" or re.fullmatch(r"(bit|integer|real)\(.*\)", value):
            what = LATER["of"] if value == "choice" else LATER["size"]
            raise Refused(
                "not-yet-supported",
                f"`{value}` comes in a later version of nnc: {what}",
                "write an input of type bit, integer or real for each value",
            )
    return one_of(KINDS, _KINDS_MEANT)(value)


class Input(_Model):
    """A value that comes from outside: a bit, an integer or a real number.

    Where a network expects an input, its type alone may stand: `"bit"` for `Input(type="bit")`.
    """

    type: Annotated[
        Kind, PlainValidator(validator(_read_kind)), WithJsonSchema({"enum": [*KINDS]})
    ] = Field(description="`bit` (0 or 1), `integer` or `real`.")
    min: _Number | None = Field(
        default=None, description="The least value allowed; checked on every row."
    )
    max: _Number | None = Field(default=None, description="The greatest value allowed.")
    default: _Number | None = Field(
        default=None, description="Stands for an absent column, key or an empty cell."
    )
    description: _Text | None = Field(default=None, description="What the input means.")

    if TYPE_CHECKING:  # what may be given, for type checkers; pydantic reads it into the fields

        def __init__(
            self,
            *,
            type: Kind,  # noqa: A002
            min: AnyNumber | None = None,  # noqa: A002
            max: AnyNumber | None = None,  # noqa: A002
            default: AnyNumber | None = None,
            description: str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        mistakes = Mistakes()
        if self.type == "bit":
            for key in ("min", "max"):
                if getattr(self, key) is not None:
                    mistakes.add(
                        "bounds-on-bit",
                        f"a bit takes no `{key}`",
                        key,
                        key=True,
                        help=f"leave `{key}` out, or write `type: integer`",
                    )
        elif self.min is not None and self.max is not None and self._holds_no_value():
            limits = f"min {show_number(self.min)} and max {show_number(self.max)}"
            mistakes.add(
                "bounds-out-of-order",
                f"no {self.type} lies between {limits}",
                "min",
                help="write a min that is not above max",
            )
        elif self.default is not None and (wrong := self.refuses(self.default)):
            mistakes.add(
                "default-out-of-bounds",
                f"the default {wrong}",
                "default",
                help="write a default that a row could hold",
            )
        if self.type == "bit" and self.default not in (None, 0, 1):
            mistakes.add(
                "default-out-of-bounds",
                f"the default of a bit is 0 or 1, not {show_number(self.default)}",
                "default",
                help="write 0 or 1",
            )
        mistakes.stop()
        return self

    def _holds_no_value(self) -> bool:
        assert self.min is not None
        assert self.max is not None
        if self.type == "integer":
            return math.ceil(self.min) > math.floor(self.max)
        return self.min > self.max

    def refuses(self, value: Number) -> str | None:
        """Say why `value` is none of this input's values; None where it is one."""
        shown = show_number(value)
        if self.type == "bit":
            return None if value in (0, 1) else f"{shown} is not 0 or 1"
        if self.type == "integer" and not isinstance(value, int):
            return f"{shown} is not an integer"
        if self.min is not None and value < self.min:
            return f"{shown} is below min {show_number(self.min)}"
        if self.max is not None and value > self.max:
            return f"{shown} is above max {show_number(self.max)}"
        return None


class Neuron(_Model):
    """A threshold neuron: 1 when the weighted sum of its sources passes its threshold, else 0.

    S = sum of w_i * s_i over its sources; by default it fires when S > T (`fires="above"`).
    """

    weights: Annotated[
        Weights | None, PlainValidator(validator(read_weights)), WithJsonSchema(WEIGHTS_SCHEMA)
    ] = Field(
        default=None, description="The weight of each source, by name; or in the order of `wiring`."
    )
    wiring: Annotated[
        tuple[str, ...] | None,
        PlainValidator(validator(read_wiring)),
        WithJsonSchema(WIRING_SCHEMA),
    ] = Field(default=None, description="The sources, by place. Weights left out are all 1.")
    threshold: _Number | None = Field(
        default=None, description="The limit that the sum is compared with."
    )
    thresholds: Annotated[
        dict[str, Number] | None,
        PlainValidator(validator(read_thresholds)),
        WithJsonSchema(THRESHOLDS_SCHEMA),
    ] = Field(
        default=None, description="Several limits on one sum; each name is an output of the neuron."
    )
    fires: _Fires | None = Field(
        default=None,
        description="When the neuron is 1; without it, the file's `fires`, else `above`.",
    )
    description: _Text | None = Field(default=None, description="What the neuron stands for.")

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            weights: AnyWeights | None = None,
            wiring: str | Sequence[str] | None = None,
            threshold: AnyNumber | None = None,
            thresholds: Mapping[str, AnyNumber] | None = None,
            fires: Fires | None = None,
            description: str | None = None,
        ) -> None: ...

    @model_validator(mode="wrap")
    @classmethod
    def _forms(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(data, dict) or _is_plain(data):
            return handler(data)
        mistakes = Mistakes()
        _check_forms(data, mistakes)
        try:
            neuron = handler(data)
        except ValidationError as error:
            mistakes.add_all(error)
        mistakes.stop()
        return neuron


def _is_plain(data: dict[str, Any]) -> bool:
    """Tell the common form, weights by name and one threshold, which needs no further look."""
    return (
        "threshold" in data
        and "thresholds" not in data
        and "wiring" not in data
        and isinstance(data.get("weights"), dict)
        and data.get("fires") not in GATES
    )


def _check_forms(data: dict[str, Any], mistakes: Mistakes) -> None:
    """Check which keys of a neuron stand together."""
    weights, gate = data.get("weights"), data.get("fires") in GATES
    if data.get("fires", "above") not in (*COMPARISONS, *GATES) or any(
        key not in Neuron.model_fields and isinstance(value, str) and value in GATES
        for key, value in data.items()
    ):
        return  # which keys it takes is not known
    if gate:
        for key in ("weights", "threshold", "thresholds"):
            if key in data:
                mistakes.add(
                    "exclusive-keys",
                    f"a neuron with `fires: {data['fires']}` takes no `{key}`",
                    key,
                    key=True,
                    help=f"leave `{key}` out",
                )
        if "wiring" not in data:
            mistakes.add(
                "missing-key",
                f"`fires: {data['fires']}` needs `wiring`",
                help="add the list of bits it looks at: wiring: [a, b]",
                names=("wiring",),
            )
        elif isinstance(data["wiring"], (list, tuple)) and not data["wiring"]:
            mistakes.add(
                "wrong-type",
                f"`fires: {data['fires']}` needs at least one wire",
                "wiring",
                help="add the bits it looks at",
            )
        return
    if "threshold" in data and "thresholds" in data:
        mistakes.add(
            "exclusive-keys",
            "a neuron has `threshold` or `thresholds`, not both",
            "thresholds",
            key=True,
            help="keep one of them",
        )
    elif "threshold" not in data and "thresholds" not in data:
        mistakes.add(
            "missing-key",
            "the neuron has no `threshold`",
            help="add `threshold: number`, or `thresholds: {name: number}`",
            names=("threshold", "thresholds"),
        )
    if "wiring" in data and isinstance(weights, dict):
        mistakes.add(
            "exclusive-keys",
            "weights by name and `wiring` exclude each other",
            "wiring",
            key=True,
            help="write weights: {a: 1, b: 2}, or wiring: [a, b] with weights: [1, 2]",
        )
    elif "weights" not in data and "wiring" not in data:
        mistakes.add(
            "missing-key",
            "the neuron has no `weights`",
            help="add `weights: {source: number}`, or `wiring: [source]`",
            names=("weights", "wiring"),
        )
    elif "wiring" not in data and not isinstance(weights, dict) and _is_by_place(weights):
        mistakes.add(
            "missing-key",
            "weights by place need `wiring`",
            help="add `wiring: [a, b]`, or write weights: {a: 1, b: 2}",
            names=("wiring",),
        )


def _is_by_place(weights: object) -> bool:
    if isinstance(weights, (list, tuple)) and any(isinstance(one, dict) for one in weights):
        return False
    return weights is not None and not (isinstance(weights, str) and weights in ("null", "~"))


class Output(_Model):
    """What a network gives: the bits of sources, an exact sum, or a level.

    In short form a source, or a list of sources (a bus), stands for itself.
    """

    sources: Annotated[
        tuple[str, ...] | None,
        PlainValidator(validator(read_wiring)),
        WithJsonSchema(WIRING_SCHEMA),
    ] = Field(default=None, description="One source, or several laid end to end as a bus.")
    sum: _Source | None = Field(
        default=None, description="The exact sum of a neuron, before the threshold."
    )
    level: _Source | None = Field(
        default=None, description="How many of a neuron's ascending thresholds fire."
    )
    labels: Annotated[
        tuple[str, ...] | None,
        PlainValidator(validator(read_labels)),
        WithJsonSchema({"type": "array", "items": TEXT_SCHEMA, "uniqueItems": True}),
    ] = Field(
        default=None, description="A name for each level: one more than there are thresholds."
    )
    is_bus: bool = False
    description: _Text | None = Field(default=None, description="What the output means.")


def _one_input(value: object) -> object:
    """Write out the short form of an input: `bit` stands for `{type: bit}`."""
    if isinstance(value, str):
        return {"type": _read_kind(value)}
    if not isinstance(value, Input):
        expect(value, dict, "a type, or a mapping with `type`")
    return value


def _one_output(value: object) -> object:
    """Write out the short forms of an output."""
    if isinstance(value, dict):
        return _output_object(value)
    if isinstance(value, Output):
        return value
    if isinstance(value, (list, tuple)):
        if not value:
            raise Refused("wrong-type", "a bus needs at least one source", "list its sources")
        return Output.model_construct(sources=read_wiring(value), is_bus=True)
    return Output.model_construct(sources=(read_source(value),))


def _output_object(value: dict[str, Any]) -> dict[str, Any]:
    mistakes = Mistakes()
    if {"sources", "is_bus"} & value.keys():
        unknown = next(key for key in value if key in ("sources", "is_bus"))
        mistakes.add(
            "unknown-key",
            f"unknown key `{unknown}`",
            unknown,
            key=True,
            help="write the source, or the list of sources, itself",
        )
    given = [key for key in value if key in ("sum", "level", "largest")]
    if not given and "sources" not in value:
        mistakes.add(
            "missing-key",
            "the output has no `sum` or `level`",
            help="write a source, {sum: neuron} or {level: neuron}",
            names=("sum", "level"),
        )
    for key in given[1:]:
        mistakes.add(
            "exclusive-keys",
            f"an output has `{given[0]}` or `{key}`, not both",
            key,
            key=True,
            help="keep one, and give the other an alias of its own",
        )
    if given == ["sum"] and "labels" in value:
        mistakes.add(
            "exclusive-keys",
            "a `sum` takes no `labels`",
            "labels",
            key=True,
            help="leave `labels` out, or write `level`",
        )
    try:
        Output.model_validate({k: v for k, v in value.items() if k not in ("sources", "is_bus")})
    except ValidationError as error:
        mistakes.add_all(error)
    mistakes.stop()
    return value


def _inputs(value: object) -> object:
    """Write out the list form of inputs: `[a, b]` stands for `{a: bit, b: bit}`."""
    if isinstance(value, str):
        raise Refused(
            "wrong-type",
            f"expected a list or a mapping, found {kind_of(value)}",
            _as_list("inputs", value),
        )
    return (
        dict.fromkeys(_listed(value, "a list of names, or a mapping of names to types"), "bit")
        if isinstance(value, (list, tuple))
        else value
    )


def _outputs(value: object) -> object:
    """Write out the list form of outputs: `[sum]` stands for `{sum: sum}`."""
    if isinstance(value, str):
        raise Refused(
            "wrong-type",
            f"expected a list or a mapping, found {kind_of(value)}",
            _as_list("outputs", value),
        )
    if isinstance(value, (list, tuple)):
        value = {name: name for name in _listed(value, "a list of names", aliases=True)}
    if isinstance(value, dict) and not value:
        raise Refused(
            "wrong-type",
            "a network has at least one output",
            "name the neurons whose bits are wanted",
        )
    return value


def _as_list(key: str, value: str) -> str:
    return "" if value in ("null", "~") else f"write {key}: [{shown(value)}]"


def _listed(value: list[Any] | tuple[Any, ...], words: str, *, aliases: bool = False) -> list[str]:
    mistakes = Mistakes()
    names: dict[str, None] = {}
    for i, one in enumerate(value):
        if aliases and isinstance(one, str) and ("." in one or one in CONSTANTS):
            mistakes.add(
                "bad-name",
                f"`{shown(one)}` is no plain name, as a list takes",
                i,
                help=f"give it an alias, in a mapping: {{alias: {shown(one)}}}",
            )
            continue
        if isinstance(one, (dict, list, tuple)):
            mistakes.add(
                "wrong-type",
                f"expected {words}, found {kind_of(one)} in the list",
                i,
                help="write a mapping instead of the list",
            )
            continue
        name = mistakes.read(check_name, one, i)
        if name is not None and name in names:
            mistakes.add(
                "duplicate-name", f"`{name}` stands twice in the list", i, help="remove one of them"
            )
        elif name is not None:
            names[name] = None
    mistakes.stop()
    return list(names)


class Case(_Model):
    """An example that must hold: inputs given, outputs expected; or a file of such rows."""

    name: _Text | None = Field(default=None, description="What the case shows.")
    given: Annotated[dict[str, Any] | None, WithJsonSchema(VALUES_SCHEMA)] = Field(
        default=None, description="A value for each input; those with a default may be left out."
    )
    expect: Annotated[dict[str, Any] | None, WithJsonSchema(VALUES_SCHEMA)] = Field(
        default=None, description="The value of each output to check."
    )
    file: _Text | None = Field(
        default=None,
        description="A CSV file, relative to this one, with columns of inputs and outputs.",
    )
    description: _Text | None = Field(default=None, description="Why the case is there.")

    @model_validator(mode="wrap")
    @classmethod
    def _forms(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        mistakes = Mistakes()
        if isinstance(data, dict):
            for key in ("given", "expect"):
                if "file" in data and key in data:
                    mistakes.add(
                        "exclusive-keys",
                        f"a case has `file` or `{key}`, not both",
                        key,
                        key=True,
                        help="give the row a case of its own",
                    )
                elif "file" not in data and key not in data:
                    mistakes.add(
                        "missing-key",
                        f"the case has no `{key}`",
                        names=(key,),
                        help=f"add `{key}: {{…}}`",
                    )
        try:
            case = handler(data)
        except ValidationError as error:
            mistakes.add_all(error)
        mistakes.stop()
        return case


class Network(_Model):
    """A network of threshold neurons; see `nnc.compile` and `nnc.evaluate`.

    >>> Network(inputs=["a", "b"],
    ...         neurons={"both": Neuron(weights={"a": 1, "b": 1}, threshold=1)},
    ...         outputs=["both"])  # doctest: +ELLIPSIS
    Network(...)
    """

    nnc: Annotated[Literal[1], WithJsonSchema({"const": 1})] = Field(
        default=1, description="The version of the file format: 1."
    )
    name: _Text | None = Field(default=None, description="Free text; without it, the file's stem.")
    description: _Text | None = Field(default=None, description="What the network is for.")
    inputs: Annotated[
        dict[_Name, Annotated[Input, BeforeValidator(validator(_one_input))]],
        BeforeValidator(validator(_inputs)),
    ] = Field(description="The inputs: a list of bits, or a mapping of names to types.")
    fires: _Comparison | None = Field(
        default=None,
        description="The rule for neurons of this file that write none; `above` without it.",
    )
    neurons: dict[_Name, Neuron] = Field(
        default_factory=dict, description="The neurons by name; their order does not matter."
    )
    outputs: Annotated[
        dict[_Name, Annotated[Output, BeforeValidator(validator(_one_output))]],
        BeforeValidator(validator(_outputs)),
    ] = Field(description="What the network gives: a list of names, or a mapping of aliases.")
    cases: tuple[Case, ...] = Field(
        default=(), description="Examples that must hold; see `nnc test`."
    )
    meta: Any = Field(default=None, description="Anything; nnc does not read it.")

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            inputs: Sequence[str] | Mapping[str, Kind | Input | Mapping[str, Any]],
            outputs: Sequence[str] | Mapping[str, str | Sequence[str] | Output | Mapping[str, Any]],
            neurons: Mapping[str, Neuron | Mapping[str, Any]] = ...,
            cases: Sequence[Case | Mapping[str, Any]] = (),
            fires: Fires | None = None,
            name: str | None = None,
            description: str | None = None,
            meta: Any = None,
            nnc: Literal[1] = 1,
        ) -> None: ...

    def fires_of(self, neuron: Neuron) -> Fires:
        """Give the rule that governs a neuron of this network."""
        return neuron.fires or self.fires or "above"
