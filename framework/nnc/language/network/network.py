"""Network: everything a network file declares; with Output, and Case, an example that must hold."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import (
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic_core import CoreSchema

from nnc.bundles import bundle_of, yaml_of
from nnc.diagnostics.diagnostic import KeyPath
from nnc.files.writing import write_whole
from nnc.language.firing import DEFAULT_RULE, Fires
from nnc.language.keys import DECLARED, KINDS, LISTS, NAMED
from nnc.language.mistakes import Mistakes
from nnc.language.network.blanks import Blank, Unknown, blanks_of, filling, with_numbers
from nnc.language.network.claims import Assumption, Property
from nnc.language.network.convolutions import COMPLETE_LAYER, LAYERS, AnyLayer
from nnc.language.network.fields import (
    BITS,
    COMPARISON,
    LABELS,
    LEVEL,
    NAME_SCHEMA,
    SOURCE,
    SOURCES,
    STATES,
    TEXT,
    TEXT_SCHEMA,
    VALUES,
    AnyNumber,
    Describe,
    Form,
    Schema,
    States,
    array_of,
    below,
    by_name,
    has_only,
    not_both,
    without,
)
from nnc.language.network.inputs import INPUTS, Input
from nnc.language.network.layers import Layer
from nnc.language.network.model import KEYS_MEANT, Data, Model
from nnc.language.network.neurons import Neuron, Part
from nnc.language.readers import as_is, expect, read_by_name, read_list, read_name_list, read_wiring
from nnc.language.references import read_source
from nnc.numbers.exact import Refused, counted, kind_of, shorten
from nnc.printable import line

(_KEYS,) = KINDS["outputs"].needs.values()
_SHORT = ("sources", "is_bus")
"""The fields for which a file has short forms."""


def _read_flag(value: object) -> bool:
    return bool(expect(value, bool, "True or False"))


class Output(Model):
    """An output of a network: the bits of sources, an exact sum, a level, or the largest sum.

    In short form a source, or a list of sources (a bus), stands for itself.
    """

    sources: Annotated[tuple[str, ...] | None, SOURCES] = None
    """One source, or several laid end to end as a bus."""
    sum: Annotated[str | None, SOURCE] = None
    """The exact sum of a neuron, before the threshold."""
    level: Annotated[str | tuple[str, ...] | None, LEVEL] = None
    """The number of a neuron's ascending thresholds that fire: of all, or of those in a list."""
    largest: Annotated[tuple[str, ...] | None, SOURCES] = None
    """A layer, or a list of neurons: the place of the one with the largest sum."""
    labels: Annotated[tuple[str, ...] | None, LABELS] = None
    """A name for each level, one more than there are thresholds; or for each neuron of
    `largest`."""
    is_bus: Annotated[bool, Form(_read_flag)] = False
    """Set for several sources, or a list of one."""
    description: Annotated[str | None, TEXT] = None
    """The meaning of the output."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            sources: str | Sequence[str] | None = None,
            sum: str | None = None,
            level: str | Sequence[str] | None = None,
            largest: str | Sequence[str] | None = None,
            labels: Sequence[str] | None = None,
            is_bus: bool = False,
            description: str | None = None,
        ) -> None: ...

    noun = "an output"
    complete: ClassVar[Schema] = {
        "if": {"type": "object"},
        "then": {"anyOf": [{"required": [key]} for key in _KEYS]},
    }
    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                *(not_both("sum", key) for key in (*_KEYS[1:], "labels")),
                not_both("level", "largest"),
                {
                    "if": {"required": ["level"]},
                    "then": {"properties": {"labels": {"minItems": 2}}},
                },
            ],
        }
    )
    only_in_python = _SHORT

    @classmethod
    def _in_full(cls, data: dict[str, object], mistakes: Mistakes) -> dict[str, object]:
        _check_keys(data, mistakes)
        sources = data.get("sources")
        is_bus = isinstance(sources, (list, tuple)) and len(sources) > 1
        return {**data, "is_bus": True} if is_bus else data

    @model_serializer(mode="wrap")
    def _in_short(self, write: SerializerFunctionWrapHandler) -> object:
        """Write sources as a file does, which has no key for them."""
        if self.sources is not None:
            return [*self.sources] if self.is_bus else self.sources[0]
        return {key: value for key, value in write(self).items() if key not in _SHORT}

    def reads(self) -> tuple[str, ...]:
        """Return the sources that it looks at, as they are written."""
        alone = () if self.sum is None else (self.sum,)
        return (*(self.sources or ()), *(self.largest or ()), *alone, *self.levels())

    def levels(self) -> tuple[str, ...]:
        """Return the neuron of a level, or the thresholds that it counts, as they are written."""
        level = self.level or ()
        return (level,) if isinstance(level, str) else level


def _check_keys(data: dict[str, object], mistakes: Mistakes) -> None:
    """Check which keys of an output stand together."""
    keys = [key for key in data if key == "sources" or key in _KEYS]
    if not keys:
        is_foreign = not data.keys() <= Output.readers.keys()  # which is said of the other keys
        mistakes.miss(
            _KEYS,
            "" if is_foreign else "the output has no `sum`, `level` or `largest`",
            "write a source, {sum: neuron}, {level: neuron} or {largest: layer}",
        )
    for key in keys[1:]:
        mistakes.exclude(
            key,
            f"an output has `{keys[0]}` or `{key}`, not both",
            "keep one, and give the other a different alias",
        )
    if keys in (["sum"], ["sources"]) and "labels" in data:
        mistakes.exclude(
            "labels",
            "a `sum` takes no `labels`" if keys == ["sum"] else "a source takes no `labels`",
            "remove `labels`, or write `level` or `largest`",
        )
    for key, what in (
        ("sources", "a bus needs at least one source"),
        ("largest", "`largest` needs at least one neuron"),
    ):
        if isinstance(data.get(key), (list, tuple)) and not data[key]:
            mistakes.add("wrong-type", what, key, help="name one, or list several")


def _read_output(value: object) -> Output:
    """Read an output, or the source or list of sources that stands for one."""
    if isinstance(value, dict) and not value.keys().isdisjoint(_SHORT):
        mistakes = Mistakes()
        Output.refuse([key for key in value if key in _SHORT], value, mistakes)
        if "sources" not in value:
            mistakes.read(
                Output.read, {key: item for key, item in value.items() if key not in _SHORT}
            )
        mistakes.stop()
    if isinstance(value, (dict, Output)):
        return Output.read(value)
    if isinstance(value, (list, tuple)):
        if not value:
            raise Refused("wrong-type", "a bus needs at least one source", "list its sources")
        return Output.model_construct(sources=read_wiring(value), is_bus=True)
    return Output.model_construct(sources=(read_source(value),))


def _read_outputs(value: object) -> dict[str, Output]:
    """Read the outputs by name; `[sum]` stands for `{sum: sum}`."""
    names = read_name_list("outputs", value, "a list of names", aliases=True)
    if names is not None:
        value = {name: name for name in names}
    if isinstance(value, dict) and not value:
        raise Refused(
            "wrong-type",
            "a network has at least one output",
            "name the neurons whose bits are wanted",
        )
    return read_by_name("outputs", _read_output, value)


def _outputs_schema(ref: Describe) -> Schema:
    output = {
        "description": "A source, a list of sources (a bus), a sum, a level or the largest.",
        "if": {"type": "object"},
        "then": ref(Output),
        "else": SOURCES.schema,
    }
    description = "The name of an input, a neuron or a layer."
    names = array_of({**NAME_SCHEMA, "description": description})
    return {"anyOf": [names, by_name(output)]}


OUTPUTS = Form(_read_outputs, _outputs_schema)


def _read_version(value: object) -> int:
    if value != 1:
        raise Refused("wrong-type", f"expected `1`, found {kind_of(value)}")
    return 1


def _read_path(value: object) -> Path:
    return Path(expect(value, (str, Path), "a path"))


Plain = Mapping[str, object]
"""A declaration in the form of a file, where Python may also build a model."""
ONLY_IN_PYTHON = ("folder", "root")
"""The fields that a file does not write."""


def _by_name(key: str, model: type[Model]) -> Form:
    """Return the form of declarations that have names."""
    return Form(partial(read_by_name, key, model.read), lambda ref: by_name(ref(model)))


def _list_of(model: type[Model]) -> Form:
    """Return the form of declarations in a list."""
    return Form(partial(read_list, model.read), lambda ref: array_of(ref(model)))


class Case(Model):
    """An example that must hold: inputs given, outputs expected; or a file of such rows."""

    name: Annotated[str | None, TEXT] = None
    """The name of the case: what it shows."""
    given: Annotated[dict[str, Any] | None, VALUES] = None
    """A value for each input; those with a default may be left out."""
    expect: Annotated[dict[str, Any] | None, VALUES] = None
    """The value of each output to check."""
    file: Annotated[str | None, TEXT] = None
    """A CSV file, relative to this one, with columns of inputs and outputs."""
    description: Annotated[str | None, TEXT] = None
    """The reason for the case."""

    noun = "a case"
    model_config = ConfigDict(
        json_schema_extra={
            "if": {"required": ["file"]},
            "then": without("given", "expect"),
            "else": {"required": ["given", "expect"]},
        }
    )

    @classmethod
    def _in_full(cls, data: Data, mistakes: Mistakes) -> Data:
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


class Network(Model):
    """A network of threshold neurons; see `nnc.compile` and `nnc.evaluate`.

    >>> Network(inputs=["a", "b"],
    ...         neurons={"both": Neuron(weights={"a": 1, "b": 1}, threshold=1)},
    ...         outputs=["both"])
    <Network: 2 inputs, 1 neuron, 1 output>
    """

    nnc: Annotated[Literal[1], Form(_read_version, {"const": 1})] = 1
    """The version of the file format: 1."""
    name: Annotated[str | None, TEXT] = None
    """Free text; without it, the file's stem."""
    description: Annotated[str | None, TEXT] = None
    """The purpose of the network."""
    inputs: Annotated[dict[str, Input], INPUTS]
    """The inputs: a list of bits, or a mapping of names to types."""
    fires: Annotated[Fires | None, COMPARISON] = None
    """The rule for neurons of this file without their own; `above` by default."""
    states: Annotated[States | None, STATES] = None
    """The values when silent and when firing, of every bit of this file; by default [0, 1]."""
    neurons: Annotated[dict[str, Neuron], _by_name("neurons", Neuron)] = Field(default_factory=dict)
    """The neurons by name; their order does not matter."""
    layers: Annotated[dict[str, AnyLayer], LAYERS] = Field(default_factory=dict)
    """Whole layers of neurons that read the same sources."""
    parts: Annotated[dict[str, Part], _by_name("parts", Part)] = Field(default_factory=dict)
    """Networks used in this one."""
    outputs: Annotated[dict[str, Output], OUTPUTS]
    """The outputs of the network: a list of names, or a mapping of aliases."""
    assume: Annotated[tuple[Assumption, ...], _list_of(Assumption)] = ()
    """The conditions that every row satisfies: a row that does not is an error."""
    properties: Annotated[tuple[Property, ...], _list_of(Property)] = ()
    """The claims that must hold for every row; see `nnc prove`."""
    cases: Annotated[tuple[Case, ...], _list_of(Case)] = ()
    """Examples that must hold; see `nnc test`."""
    unknown: Annotated[Unknown | None, Form(Unknown.read, lambda ref: ref(Unknown))] = None
    """The constraints on the numbers that are left open; see `nnc solve`."""
    meta: Annotated[Any, Form(as_is, write=as_is)] = None
    """Anything; nnc does not read it."""
    folder: Annotated[Path | None, Form(_read_path)] = None
    """The folder in which files that the network names are looked for; `nnc.load` sets it."""
    root: Annotated[Path | None, Form(_read_path)] = None
    """The folder that those files must be in."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            inputs: Sequence[str] | Mapping[str, str | Input | Plain],
            outputs: Sequence[str] | Mapping[str, str | Sequence[str] | Output | Plain],
            neurons: Mapping[str, Neuron | Plain] = ...,
            layers: Mapping[str, AnyLayer | Plain] = ...,
            parts: Mapping[str, Part | Plain] = ...,
            assume: Sequence[Assumption | Plain] = (),
            properties: Sequence[Property | Plain] = (),
            cases: Sequence[Case | Plain] = (),
            fires: Fires | None = None,
            states: Sequence[AnyNumber] | None = None,
            name: str | None = None,
            description: str | None = None,
            unknown: Unknown | Plain | None = None,
            meta: object = None,
            folder: Path | None = None,
            root: Path | None = None,
            nnc: Literal[1] = 1,
        ) -> None: ...

    help_if_missing: ClassVar[Mapping[str, str]] = {
        "inputs": "add `inputs: [a, b]`",
        "outputs": "add `outputs: [name]`",
    }
    noun = "the file"
    only_in_python = ONLY_IN_PYTHON
    only_in_files = ("extends",)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Schema:
        """Describe a network file: what is required of it is so only without `extends`."""
        described = super().__get_pydantic_json_schema__(schema, handler)
        fields = described["properties"]
        fields["extends"] = {
            **TEXT_SCHEMA,
            "description": "The file that this one starts from, relative to this one.",
        }
        declarations: dict[str, Schema] = {
            key: {"additionalProperties": MODELS[key].when_complete()} for key in NAMED
        }
        declarations["layers"] = {"additionalProperties": COMPLETE_LAYER}
        declarations["outputs"] |= {"minItems": 1, "minProperties": 1}
        return described | {
            "description": "A network file of nnc, format version 1.",
            "required": ["nnc"],
            "if": {"anyOf": [{"required": ["extends"]}, {"not": has_only(fields)}]},
            "else": {"required": [*cls.required], **below(**declarations)},
        }

    @classmethod
    def _in_full(cls, data: Data, mistakes: Mistakes) -> Data:
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

    def fires_of(self, neuron: Neuron | AnyLayer) -> Fires:
        """Return the rule that governs a neuron or layer of this network."""
        return neuron.fires or self.fires or DEFAULT_RULE

    def states_of(self, neuron: Neuron | AnyLayer) -> States:
        """Return the values of silence and of firing of a neuron or layer of this network.

        Those of a layer with several thresholds a neuron are of the bits that it counts.
        """
        if not isinstance(neuron, Neuron) and neuron.counts:
            return BITS
        return neuron.states or self.states or BITS

    @property
    def open(self) -> tuple[Blank, ...]:
        """The places where numbers are left open, by their paths: of neurons, then of layers.

        One that stands for many numbers, as the weight of a bus does, is there once.
        """
        return tuple(blanks_of(self.neurons, self.layers))

    def filled(self, values: Mapping[KeyPath, object]) -> "Network":
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
