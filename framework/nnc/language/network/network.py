"""Network: everything a network file declares; and Case, an example that must hold."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nnc.bundles import bundle_of, yaml_of
from nnc.diagnostics.diagnostic import KeyPath
from nnc.files.writing import write_whole
from nnc.language.firing import DEFAULT_RULE, Fires
from nnc.language.keys import DECLARED, LISTS, NAMED
from nnc.language.mistakes import Mistakes
from nnc.language.network.blanks import Blank, blanks_of, filling, with_numbers
from nnc.language.network.claims import Assumption, Property
from nnc.language.network.fields import (
    BITS,
    COMPARISON,
    NUMBERS_SCHEMA,
    STATES,
    TEXT,
    TEXT_SCHEMA,
    AnyNumber,
    States,
)
from nnc.language.network.inputs import Input, read_inputs
from nnc.language.network.layers import Layer
from nnc.language.network.misspelt import KEYS_MEANT
from nnc.language.network.model import Form, Model, model, optional, required
from nnc.language.network.neurons import Neuron
from nnc.language.network.outputs import Output, read_outputs
from nnc.language.network.parts import Part
from nnc.language.network.unknown import Unknown
from nnc.language.readers import as_is, expect, read_by_name, read_list, read_mapping
from nnc.numbers.exact import Refused, counted, kind_of, shorten
from nnc.printable import line


def _read_values(value: object) -> dict[str, Any]:
    """Read the values of inputs or outputs by name; what they mean, only the network knows."""
    return read_mapping(_read_key, as_is, expect(value, Mapping, "a mapping"))


def _read_key(value: object) -> str:
    return str(expect(value, str, "a name"))


def _read_version(value: object) -> int:
    if value != 1:
        raise Refused("wrong-type", f"expected `1`, found {kind_of(value)}")
    return 1


def _read_path(value: object) -> Path:
    return Path(expect(value, (str, Path), "a path"))


ONLY_IN_PYTHON = ("folder", "root")
"""The fields that a file does not write."""
_VALUES = Form(
    _read_values,
    {
        "type": "object",
        "additionalProperties": {
            "anyOf": [TEXT_SCHEMA, NUMBERS_SCHEMA],
            "description": "A number, a list of numbers for a bus, or a label.",
        },
    },
)


@model
class Case(Model):
    """An example that must hold: inputs given, outputs expected; or a file of such rows."""

    name: str | None = optional("What the case shows.", TEXT)
    given: dict[str, Any] | None = optional(
        "A value for each input; those with a default may be left out.", _VALUES
    )
    expect: dict[str, Any] | None = optional("The value of each output to check.", _VALUES)
    file: str | None = optional(
        "A CSV file, relative to this one, with columns of inputs and outputs.", TEXT
    )
    description: str | None = optional("Why the case is there.", TEXT)

    noun = "a case"

    @classmethod
    def _in_full(cls, data: dict[str, Any], mistakes: Mistakes) -> dict[str, Any]:
        keys_meant = data.keys() | {KEYS_MEANT.get(key, "") for key in data}
        if (
            keys_meant.isdisjoint(("given", "expect", "file"))
            and not data.keys() <= Case.readers.keys()
        ):
            raise Refused(
                "wrong-type",
                "a case has `given` and `expect`",
                "write {given: {a: 1}, expect: {x: 0}}",
            )
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


@model
class Network(Model):
    """A network of threshold neurons; see `nnc.compile` and `nnc.evaluate`.

    >>> Network(inputs=["a", "b"],
    ...         neurons={"both": Neuron(weights={"a": 1, "b": 1}, threshold=1)},
    ...         outputs=["both"])
    <Network: 2 inputs, 1 neuron, 1 output>
    """

    nnc: Literal[1] = optional(
        "The version of the file format: 1.", Form(_read_version, {"const": 1}), default=1
    )
    name: str | None = optional("Free text; without it, the file's stem.", TEXT)
    description: str | None = optional("What the network is for.", TEXT)
    inputs: dict[str, Input] = required(
        "The inputs: a list of bits, or a mapping of names to types.",
        Form(read_inputs),
        add="add `inputs: [a, b]`",
    )
    fires: Fires | None = optional(
        "The rule for neurons of this file without their own; `above` by default.", COMPARISON
    )
    states: States | None = optional(
        "The values when silent and when firing, of every bit of this file; by default [0, 1].",
        STATES,
    )
    neurons: dict[str, Neuron] = optional(
        "The neurons by name; their order does not matter.",
        Form(partial(read_by_name, "neurons", Neuron.read)),
        default_factory=dict,
    )
    layers: dict[str, Layer] = optional(
        "Whole layers of neurons that read the same sources.",
        Form(partial(read_by_name, "layers", Layer.read)),
        default_factory=dict,
    )
    parts: dict[str, Part] = optional(
        "Networks used in this one.",
        Form(partial(read_by_name, "parts", Part.read)),
        default_factory=dict,
    )
    outputs: dict[str, Output] = required(
        "What the network gives: a list of names, or a mapping of aliases.",
        Form(read_outputs),
        add="add `outputs: [name]`",
    )
    assume: tuple[Assumption, ...] = optional(
        "What every row satisfies: a row that does not is an error.",
        Form(partial(read_list, Assumption.read)),
        default=(),
    )
    properties: tuple[Property, ...] = optional(
        "What must hold for every row; see `nnc prove`.",
        Form(partial(read_list, Property.read)),
        default=(),
    )
    cases: tuple[Case, ...] = optional(
        "Examples that must hold; see `nnc test`.", Form(partial(read_list, Case.read)), default=()
    )
    unknown: Unknown | None = optional(
        "What is asked of the numbers that are left open; see `nnc solve`.", Form(Unknown.read)
    )
    meta: Any = optional("Anything; nnc does not read it.", Form(as_is))
    folder: Path | None = optional(
        "Where the files that the network names are looked for; `nnc.load` sets it.",
        Form(_read_path),
    )
    root: Path | None = optional("The folder that those files must be in.", Form(_read_path))

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

    noun = "the file"
    only_in_python = ONLY_IN_PYTHON
    only_in_files = ("extends",)

    @classmethod
    def _in_full(cls, data: dict[str, Any], mistakes: Mistakes) -> dict[str, Any]:
        if "extends" not in data:
            return data
        hint = "only a file extends another: load it with nnc.load"
        mistakes.add("unknown-key", "the file has no key `extends`", "extends", key=True, help=hint)
        return {key: value for key, value in data.items() if key != "extends"}

    def __repr__(self) -> str:
        counts = [
            counted(len(getattr(self, kind)), kind.removesuffix("s"))
            for kind in NAMED
            if kind in LISTS or getattr(self, kind)
        ]
        name = f" {line(shorten(self.name))}" if self.name else ""
        return f"<Network{name}: {', '.join(counts)}>"

    _repr_mimebundle_ = bundle_of

    def to_yaml(self) -> str:
        """Return the text of a network file, as `nnc.to_yaml` does."""
        return yaml_of(self)

    def save(self, file: str | Path) -> None:
        """Write a network file, completely or not at all; other files that it names stay theirs.

        Raises FileError where it cannot be written, and ValueError as `nnc.to_yaml` does.
        """
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


MODELS: Mapping[str, type[Model]] = {
    "inputs": Input,
    "neurons": Neuron,
    "layers": Layer,
    "parts": Part,
    "outputs": Output,
    "assume": Assumption,
    "properties": Property,
    "cases": Case,
}
"""The model of the declarations below each key of a network."""
