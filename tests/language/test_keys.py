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
    MODELS,
    Convolution,
    Input,
    Layer,
    Network,
    Neuron,
    Sparse,
)
from nnc.language.network.inputs import InputType


def test_the_kinds_are_keys_of_the_file() -> None:
    assert [*KINDS] == [*MODELS] == [*NAMED, *CLAIMS, "cases"]
    assert KINDS.keys() <= Network.readers.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_needed_are_keys_and_all_that_is_required(kind: str) -> None:
    fields = {*MODELS[kind].readers, *(Convolution.readers if kind == "layers" else ())}
    groups = [*KINDS[kind].needs.values()]
    assert {key for keys in groups for key in keys} <= fields
    required = [key for key in MODELS[kind].required if (kind, key) != ("layers", "wiring")]
    assert [keys[0] for keys in groups if len(keys) == 1] == required


def test_what_is_refused_are_keys() -> None:
    assert tuple(REFUSED_BY_TYPE) == get_args(InputType)
    assert all({*keys} <= Input.readers.keys() for keys in REFUSED_BY_TYPE.values())
    assert {*REFUSED_BY_GATES} <= Neuron.readers.keys()


def test_what_a_file_says_for_all_of_a_kind() -> None:
    assert GOVERNED.keys() <= Network.readers.keys()
    for key, kinds in GOVERNED.items():
        assert [*kinds] == [
            kind for kind in [*NAMED, *CLAIMS, "cases"] if key in MODELS[kind].readers
        ]


def test_what_may_lie_in_files() -> None:
    assert {*TENSORS} <= Layer.readers.keys()
    assert [*SPARSE] == [*Sparse.required]
