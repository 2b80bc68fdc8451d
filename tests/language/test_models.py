"""Networks as models of pydantic: every way to build, copy, write and describe them."""

import copy
import inspect
import json
import pickle
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

import nnc
from nnc.cli.schema import network_schema
from nnc.language.network import MODELS

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(ROOT.glob("configs/**/*.nn.yaml"))
XOR = {
    "inputs": ["a", "b"],
    "neurons": {
        "any": {"wiring": ["a", "b"], "fires": "any"},
        "out": {"weights": {"any": 1, "a": "1/3", "b": "_"}, "threshold": "0..5"},
    },
    "outputs": {"x": "out", "bus": ["any", "out"], "sum": {"sum": "out"}},
}


class Service(BaseModel):
    """A model of a user with networks in it."""

    network: nnc.Network
    others: list[nnc.Network] = []
    weights: nnc.TensorFile | None = None


WAYS: dict[str, Callable[[dict[str, Any]], object]] = {
    "call": lambda data: nnc.Network(**data),
    "validate": nnc.Network.model_validate,
    "json": lambda data: nnc.Network.model_validate_json(json.dumps(data)),
    "adapter": lambda data: TypeAdapter(list[nnc.Network]).validate_python([data])[0],
    "field": lambda data: Service(network=data).network,  # type: ignore[arg-type]
    "field of JSON": lambda data: (
        Service.model_validate_json(json.dumps({"network": data})).network
    ),
    "union": lambda data: TypeAdapter(int | nnc.Network).validate_python(data),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_builds_the_same(way: str) -> None:
    network = WAYS[way](XOR)
    assert network == nnc.Network(**XOR)  # type: ignore[arg-type]
    assert isinstance(network, nnc.Network)
    assert network.neurons["out"].weights == {"any": 1, "a": Fraction(1, 3), "b": nnc.Open()}
    assert network.outputs["bus"].is_bus


WRONG: list[dict[str, Any]] = [
    {},
    {"inputs": ["a"]},
    XOR | {"input": ["a"]},
    XOR | {"nnc": 2},
    XOR | {"inputs": "a", "outputs": []},
    XOR | {"inputs": {"a": {"type": "bit", "min": 0, "size": "8"}, "b": {"typ": "bit"}}},
    XOR | {"inputs": {"a": {"type": "integer", "min": 2, "max": 1, "default": 0.1}}},
    XOR | {"neurons": [{"name": "n"}]},
    XOR | {"neurons": {"1n": {"weights": {"a": "x"}, "threshold": True}, "n": 3}},
    XOR | {"neurons": {"n": {"weights": {"a": 1}, "bias": 1}, "m": {"weights": [1]}}},
    XOR | {"neurons": {"n": {"fires": "any", "wiring": [], "threshold": 1}}},
    XOR | {"layers": {"l": {"wiring": "a", "weights": 1, "thresholds": 0}}},
    XOR | {"layers": {"l": {"wiring": "a", "weights": {"file": 3}, "thresholds": [[2, 1]]}}},
    XOR | {"parts": {"p": {"use": "x.nn.yaml", "wiring": {"a": "a(i)"}, "first": {}}}},
    XOR | {"outputs": {"x": {"sum": "out", "level": "out"}, "y": {}, "z": {"sources": "out"}}},
    XOR | {"assume": [{"increasing": "a"}], "properties": [{"increasing": "x", "of": ["a"]}]},
    XOR | {"cases": [{"given": {"a": 1}}, {"file": "x.csv", "given": {}}]},
    XOR | {"unknown": {"margin": 0, "minimise": "weights"}, "states": [1, 1]},
    XOR | {"extends": "base.nn.yaml"},
]


@pytest.mark.parametrize("data", WRONG)
def test_every_way_finds_the_same_mistakes(data: dict[str, Any]) -> None:
    found = {}
    for way, build in WAYS.items():
        with pytest.raises(nnc.InvalidNetworkError) as error:
            build(data)
        assert error.value.__cause__ is None
        found[way] = error.value.diagnostics
    assert set(found.values()) == {found["call"]}
    assert all("the file" not in f"{each.message} {each.help}" for each in found["call"])


@pytest.mark.parametrize(
    "value", [3, None, "a.nn.yaml", [1], nnc.Neuron(wiring=["a"], threshold=0)]
)
def test_what_is_no_mapping_is_refused(value: object) -> None:
    with pytest.raises(nnc.InvalidNetworkError, match="expected a mapping, found"):
        nnc.Network.model_validate(value)


def test_single_declarations_are_built_alone() -> None:
    with pytest.raises(nnc.InvalidNetworkError) as error:
        nnc.Neuron(weigths={"a": 1}, threshold="x")  # type: ignore[call-arg]
    assert [each.rule for each in error.value.diagnostics] == ["not-a-number", "unknown-key"]
    assert nnc.Property(increasing="x", in_=["a"]) == nnc.Property.model_validate(
        {"increasing": "x", "in": ["a"]}
    )
    with pytest.raises(TypeError):
        nnc.Neuron({"a": 1})  # type: ignore[misc]


def test_what_is_left_out_may_be_none() -> None:
    neuron = nnc.Neuron(weights={"a": 1}, threshold=0, fires=None, description=None)
    assert neuron == nnc.Neuron(weights={"a": 1}, threshold=0)
    assert neuron.model_fields_set == {"weights", "threshold"}


def test_a_model_is_frozen_and_keeps_its_keys() -> None:
    network = nnc.Network(**XOR)  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="frozen"):
        network.name = "x"
    with pytest.raises(ValidationError, match="frozen"):
        del network.name
    with pytest.raises(ValidationError, match="frozen"):
        network.more = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_copies_and_what_is_written_are_the_same_network(path: Path) -> None:
    network = nnc.load(path, root=ROOT)
    assert pickle.loads(pickle.dumps(network)) == network
    assert copy.copy(network) == copy.deepcopy(network) == network.model_copy() == network
    assert nnc.Network.model_validate(network) is network
    assert nnc.Network.model_validate(network.model_dump()) == network
    assert nnc.Network.model_validate_json(network.model_dump_json()) == network
    assert nnc.Network(**dict(network)) == network
    service = Service(network=network, others=[network])
    assert Service.model_validate_json(service.model_dump_json(exclude_none=True)) == service


def test_a_copy_takes_new_fields() -> None:
    layer = nnc.Layer(wiring="a", thresholds=[1, 2])
    assert not layer.has_weights
    changed = layer.model_copy(update={"weights": 2})
    assert changed.has_weights
    assert changed == nnc.Layer(wiring="a", weights=2, thresholds=[1, 2]) != layer


def test_arrays_are_compared_and_copied() -> None:
    layer = nnc.Layer(wiring="a", weights=np.ones((2, 1), np.int8), thresholds=np.zeros(2))
    assert pickle.loads(pickle.dumps(layer)) == layer == copy.deepcopy(layer)
    assert layer != layer.model_copy(update={"thresholds": np.zeros(2, np.int8)})


def test_numbers_are_written_exactly() -> None:
    neuron = nnc.Neuron(
        weights={"a": {0: 1, "above 5": Fraction(1, 3)}, "b": 2**64}, threshold=nnc.Open(0, "0.5")
    )
    assert neuron.model_dump(mode="json", exclude_unset=True) == {
        "weights": {"a": {"0": 1, "above 5": "1/3"}, "b": str(2**64)},
        "threshold": "0..0.5",
    }
    assert nnc.Neuron.model_validate_json(neuron.model_dump_json()) == neuron


@pytest.mark.parametrize("model", [*MODELS.values(), nnc.Network, nnc.Unknown, nnc.Sparse])
def test_a_signature_has_the_fields(model: type[BaseModel]) -> None:
    parameters = inspect.signature(model).parameters
    assert list(parameters) == list(model.model_fields)
    assert "schema=" not in str(inspect.signature(model))


def test_the_schema_of_a_network_is_the_one_of_files() -> None:
    def shape(schema: Any) -> Any:
        if isinstance(schema, dict):
            return {key: shape(item) for key, item in schema.items()}
        if isinstance(schema, list):
            return [shape(item) for item in schema]
        return schema.replace("#/$defs/", "#/definitions/") if type(schema) is str else schema

    schema, file = shape(nnc.Network.model_json_schema()), network_schema()
    assert schema.pop("$defs") == file.pop("definitions")
    assert file == schema | {key: file[key] for key in ("$schema", "title")}
    own = shape(Service.model_json_schema())["$defs"]
    assert own.pop("Network") == schema
    assert own == network_schema()["definitions"]
