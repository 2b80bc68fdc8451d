"""Which keys go together: of one mind with the models that have them."""

from typing import get_args

import pytest

from nnc.language.keys import (
    CLAIMS,
    GOVERNED,
    KINDS,
    NAMED,
    REFUSED_BY_GATES,
    REFUSED_BY_TYPE,
    SPARSE,
    TENSORS,
)
from nnc.language.network import (
    Assumption,
    Case,
    Input,
    InputType,
    Layer,
    Network,
    Neuron,
    Output,
    Part,
    Property,
    Sparse,
    TensorFile,
)
from nnc.language.network.fields import Declaration

MODELS: dict[str, type[Declaration]] = {
    "inputs": Input,
    "neurons": Neuron,
    "layers": Layer,
    "parts": Part,
    "outputs": Output,
    "assume": Assumption,
    "properties": Property,
    "cases": Case,
}


def test_the_kinds_are_keys_of_the_file() -> None:
    assert [*KINDS] == [*MODELS] == [*NAMED, *CLAIMS, "cases"]
    assert KINDS.keys() <= Network.model_fields.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_needed_are_keys_and_all_that_pydantic_requires(kind: str) -> None:
    fields = MODELS[kind].model_fields
    groups = [*KINDS[kind].needs.values()]
    assert {key for keys in groups for key in keys} <= fields.keys()
    required = [key for key, field in fields.items() if field.is_required()]
    assert [keys[0] for keys in groups if len(keys) == 1] == required


def test_what_is_refused_are_keys() -> None:
    assert tuple(REFUSED_BY_TYPE) == get_args(InputType)
    assert all({*keys} <= Input.model_fields.keys() for keys in REFUSED_BY_TYPE.values())
    assert {*REFUSED_BY_GATES} <= Neuron.model_fields.keys()


def test_what_a_file_says_for_all_of_a_kind() -> None:
    assert GOVERNED.keys() <= Network.model_fields.keys()
    for key, kinds in GOVERNED.items():
        assert [*kinds] == [
            kind for kind in [*NAMED, *CLAIMS, "cases"] if key in MODELS[kind].model_fields
        ]


def test_what_may_lie_in_files() -> None:
    assert {*TENSORS} <= Layer.model_fields.keys()
    fields = Sparse.model_fields
    assert [*SPARSE] == [key for key, field in fields.items() if field.annotation is TensorFile]
