"""Network: everything a network file declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from nnc.language.firing import DEFAULT_RULE, Fires
from nnc.language.keys import DECLARED
from nnc.language.network.cases import Case
from nnc.language.network.fields import (
    BITS,
    AnyNumber,
    ComparisonField,
    Model,
    NameField,
    States,
    StatesField,
    TextField,
)
from nnc.language.network.inputs import Input, inputs_by_name, one_input
from nnc.language.network.layers import Layer
from nnc.language.network.neurons import Neuron
from nnc.language.network.outputs import Output, one_output, outputs_by_name
from nnc.language.network.parts import Part
from nnc.language.readers import validator

RESERVED = ("properties", "unknown")


class Network(Model):
    """A network of threshold neurons; see `nnc.compile` and `nnc.evaluate`.

    >>> Network(inputs=["a", "b"],
    ...         neurons={"both": Neuron(weights={"a": 1, "b": 1}, threshold=1)},
    ...         outputs=["both"])  # doctest: +ELLIPSIS
    Network(...)
    """

    nnc: Annotated[Literal[1], WithJsonSchema({"const": 1})] = Field(
        default=1, description="The version of the file format: 1."
    )
    name: TextField | None = Field(
        default=None, description="Free text; without it, the file's stem."
    )
    description: TextField | None = Field(default=None, description="What the network is for.")
    inputs: Annotated[
        dict[NameField, Annotated[Input, BeforeValidator(validator(one_input))]],
        BeforeValidator(validator(inputs_by_name)),
    ] = Field(description="The inputs: a list of bits, or a mapping of names to types.")
    fires: ComparisonField | None = Field(
        default=None,
        description="The rule for neurons of this file that write none; `above` without it.",
    )
    states: StatesField | None = Field(
        default=None,
        description="The values of silence and of firing, of every bit of this file; [0, 1] "
        "without it.",
    )
    neurons: dict[NameField, Neuron] = Field(
        default_factory=dict, description="The neurons by name; their order does not matter."
    )
    layers: dict[NameField, Layer] = Field(
        default_factory=dict, description="Whole layers of neurons that read the same sources."
    )
    parts: dict[NameField, Part] = Field(
        default_factory=dict, description="Networks used in this one."
    )
    outputs: Annotated[
        dict[NameField, Annotated[Output, BeforeValidator(validator(one_output))]],
        BeforeValidator(validator(outputs_by_name)),
    ] = Field(description="What the network gives: a list of names, or a mapping of aliases.")
    cases: tuple[Case, ...] = Field(
        default=(), description="Examples that must hold; see `nnc test`."
    )
    meta: Any = Field(default=None, description="Anything; nnc does not read it.")
    folder: Path | None = Field(
        default=None,
        exclude=True,
        description="Where the files that the network names are looked for; `nnc.load` sets it.",
    )
    root: Path | None = Field(
        default=None, exclude=True, description="The folder that those files have to lie in."
    )

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            inputs: Sequence[str] | Mapping[str, str | Input | Mapping[str, Any]],
            outputs: Sequence[str] | Mapping[str, str | Sequence[str] | Output | Mapping[str, Any]],
            neurons: Mapping[str, Neuron | Mapping[str, Any]] = ...,
            layers: Mapping[str, Layer | Mapping[str, Any]] = ...,
            parts: Mapping[str, Part | Mapping[str, Any]] = ...,
            cases: Sequence[Case | Mapping[str, Any]] = (),
            fires: Fires | None = None,
            states: Sequence[AnyNumber] | None = None,
            name: str | None = None,
            description: str | None = None,
            meta: Any = None,
            folder: Path | None = None,
            root: Path | None = None,
            nnc: Literal[1] = 1,
        ) -> None: ...

    def fires_of(self, one: Neuron | Layer) -> Fires:
        """Give the rule that governs a neuron or layer of this network."""
        return one.fires or self.fires or DEFAULT_RULE

    def states_of(self, one: Neuron | Layer) -> States:
        """Give the values of silence and of firing of a neuron or layer of this network."""
        return one.states or self.states or BITS

    def typed_inputs(self) -> dict[str, Input]:
        """Give the inputs, the bits among them with the states that the network gives them."""
        if self.states is None:
            return dict(self.inputs)
        return {
            name: one.model_copy(update={"states": self.states})
            if one.type == "bit" and one.states is None
            else one
            for name, one in self.inputs.items()
        }

    def declared(self) -> Mapping[str, str]:
        """Give every declared name, and where it is declared; the first place counts."""
        found: dict[str, str] = {}
        for place in DECLARED:
            for name in getattr(self, place):
                found.setdefault(name, place)
        return found


ONLY_IN_PYTHON = ("folder", "root")
"""The fields that a file does not write."""
