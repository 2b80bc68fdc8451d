"""Network: everything a network file declares; and Case, an example that must hold."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from nnc.bundles import bundle_of, yaml_of
from nnc.diagnostics.diagnostic import KeyPath
from nnc.language.firing import DEFAULT_RULE, Fires
from nnc.language.keys import DECLARED, LISTS, NAMED
from nnc.language.mistakes import Mistakes, validator
from nnc.language.network.blanks import Blank, blanks_of, filling, with_numbers
from nnc.language.network.claims import Assumption, Property
from nnc.language.network.fields import (
    BITS,
    NUMBERS_SCHEMA,
    TEXT_SCHEMA,
    AnyNumber,
    ComparisonField,
    Declaration,
    Model,
    NameField,
    States,
    StatesField,
    TextField,
    optional,
)
from nnc.language.network.inputs import Input, inputs_by_name, one_input
from nnc.language.network.layers import Layer
from nnc.language.network.neurons import Neuron
from nnc.language.network.outputs import Output, one_output, outputs_by_name
from nnc.language.network.parts import Part
from nnc.language.network.unknown import Unknown
from nnc.numbers.exact import counted, shorten
from nnc.printable import line

_ValuesField = Annotated[
    dict[str, Any] | None,
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {
                "anyOf": [TEXT_SCHEMA, NUMBERS_SCHEMA],
                "description": "A number, a list of numbers for a bus, or a label.",
            },
        }
    ),
]


class Case(Declaration):
    """An example that must hold: inputs given, outputs expected; or a file of such rows."""

    name: TextField | None = optional("What the case shows.")
    given: _ValuesField = optional("A value for each input; those with a default may be left out.")
    expect: _ValuesField = optional("The value of each output to check.")
    file: TextField | None = optional(
        "A CSV file, relative to this one, with columns of inputs and outputs."
    )
    description: TextField | None = optional("Why the case is there.")

    @classmethod
    def _in_full(cls, data: dict[str, Any], mistakes: Mistakes) -> dict[str, Any]:
        keys = ("given", "expect")
        beside = next((key for key in keys if "file" in data and key in data), None)
        if beside is not None:
            mistakes.exclude(
                beside,
                f"a case has `file` or `{beside}`, not both",
                "write a separate case for the row",
            )
        for key in keys if "file" not in data else ():
            if key not in data:
                mistakes.miss((key,), f"the case has no `{key}`", f"add `{key}: {{…}}`")
        return data


class Network(Model):
    """A network of threshold neurons; see `nnc.compile` and `nnc.evaluate`.

    >>> Network(inputs=["a", "b"],
    ...         neurons={"both": Neuron(weights={"a": 1, "b": 1}, threshold=1)},
    ...         outputs=["both"])
    <Network: 2 inputs, 1 neuron, 1 output>
    """

    nnc: Annotated[Literal[1], WithJsonSchema({"const": 1})] = Field(
        default=1, description="The version of the file format: 1."
    )
    name: TextField | None = optional("Free text; without it, the file's stem.")
    description: TextField | None = optional("What the network is for.")
    inputs: Annotated[
        dict[NameField, Annotated[Input, BeforeValidator(validator(one_input))]],
        BeforeValidator(validator(inputs_by_name)),
    ] = Field(description="The inputs: a list of bits, or a mapping of names to types.")
    fires: ComparisonField | None = optional(
        "The rule for neurons of this file without their own; `above` by default."
    )
    states: StatesField | None = optional(
        "The values when silent and when firing, of every bit of this file; by default [0, 1]."
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
    assume: tuple[Assumption, ...] = Field(
        default=(), description="What every row satisfies: a row that does not is an error."
    )
    properties: tuple[Property, ...] = Field(
        default=(), description="What must hold for every row; see `nnc prove`."
    )
    cases: tuple[Case, ...] = Field(
        default=(), description="Examples that must hold; see `nnc test`."
    )
    unknown: Unknown | None = optional(
        "What is asked of the numbers that are left open; see `nnc solve`."
    )
    meta: Any = optional("Anything; nnc does not read it.")
    folder: Path | None = Field(
        default=None,
        exclude=True,
        description="Where the files that the network names are looked for; `nnc.load` sets it.",
    )
    root: Path | None = Field(
        default=None, exclude=True, description="The folder that those files must be in."
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
            assume: Sequence[Assumption | Mapping[str, Any]] = (),
            properties: Sequence[Property | Mapping[str, Any]] = (),
            cases: Sequence[Case | Mapping[str, Any]] = (),
            fires: Fires | None = None,
            states: Sequence[AnyNumber] | None = None,
            name: str | None = None,
            description: str | None = None,
            unknown: Unknown | Mapping[str, Any] | None = None,
            meta: Any = None,
            folder: Path | None = None,
            root: Path | None = None,
            nnc: Literal[1] = 1,
        ) -> None: ...

    def __repr__(self) -> str:
        counts = [
            counted(len(getattr(self, kind)), kind.removesuffix("s"))
            for kind in NAMED
            if kind in LISTS or getattr(self, kind)
        ]
        name = f" {line(shorten(self.name))}" if self.name else ""
        return f"<Network{name}: {', '.join(counts)}>"

    __str__ = __repr__
    _repr_mimebundle_ = bundle_of

    def to_yaml(self) -> str:
        """Return the text of a network file, as `nnc.to_yaml` does."""
        return yaml_of(self)

    def save(self, file: str | Path) -> None:
        """Write a network file, completely or not at all; other files that it names stay theirs.

        Raises FileError where it cannot be written, and ValueError as `nnc.to_yaml` does.
        """
        from nnc.files.writing import write_whole

        write_whole(str(file), yaml_of(self, Path(file)))

    def fires_of(self, neuron: Neuron | Layer) -> Fires:
        """Return the rule that governs a neuron or layer of this network."""
        return neuron.fires or self.fires or DEFAULT_RULE

    def states_of(self, neuron: Neuron | Layer) -> States:
        """Return the values of silence and of firing of a neuron or layer of this network.

        Those of a layer with several thresholds a neuron are of the bits that it counts.
        """
        if isinstance(neuron, Layer) and neuron.counts:
            return BITS
        return neuron.states or self.states or BITS

    @property
    def open(self) -> tuple[Blank, ...]:
        """The places where numbers are left open, by their paths: of neurons, then of layers.

        One that stands for many numbers, as the weight of a bus does, is there once.
        """
        return tuple(blanks_of(self.neurons, self.layers))

    def filled(self, values: Mapping[KeyPath, Any]) -> "Network":
        """Return the network with numbers in the place of blanks, and nothing else changed.

        Each value goes with the path of a blank, as `open` has it; where that stands for many
        numbers it is one for all, a list of them, or each goes with a path of its own, by its
        place. A blank without a value stays open. Raises ValueError where no number is open at a
        path, or one is out of its bounds.
        """
        blanks = self.open
        replace = filling(blanks, values)
        return self.model_copy(update=with_numbers(self.neurons, self.layers, replace))

    def typed_inputs(self) -> dict[str, Input]:
        """Return the inputs, the bits among them with the states that the network gives them."""
        if self.states is None:
            return dict(self.inputs)
        return {
            name: input_.model_copy(update={"states": self.states})
            if input_.type == "bit" and input_.states is None
            else input_
            for name, input_ in self.inputs.items()
        }

    def declared(self) -> Mapping[str, str]:
        """Return every declared name, and the key below which it is declared: the first counts."""
        kinds: dict[str, str] = {}
        for kind in DECLARED:
            names = dict.fromkeys(getattr(self, kind), kind)
            kinds |= {**names, **kinds} if not kinds.keys().isdisjoint(names) else names
        return kinds


MODELS: Mapping[str, type[Declaration]] = {
    "inputs": Input,
    "neurons": Neuron,
    "layers": Layer,
    "parts": Part,
    "outputs": Output,
    "assume": Assumption,
    "properties": Property,
    "cases": Case,
}
"""What is declared below each key of a network."""
ONLY_IN_PYTHON = ("folder", "root")
"""The fields that a file does not write."""
