"""What is read directly is what pydantic reads, on every file there is and on files damaged."""

import copy
import inspect
import os
from pathlib import Path
from random import Random
from typing import Any, assert_type

import pytest
from pydantic import BaseModel, ValidationError

from nnc.language.document import FORMAT_VERSION, read_document
from nnc.language.network import Case, Indirect, Network
from tests.support.running import said_by

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("configs/**/*.nn.yaml"), *ROOT.glob("tests/**/*.nn.yaml")])
_PIECES: tuple[Any, ...] = (
    "x", "1", "-1/2", "0.5", "", "_", "above 3", "a(0)", "integer(2)", "true", [], {}, ["a", "1"],
    {"a": "1"}, {"type": "bit"}, None,
)  # fmt: skip
_KEYS = (
    "fires", "states", "weights", "threshold", "thresholds", "wiring", "default", "min", "of",
    "type", "size", "level", "labels", "sum", "largest", "name", "a b", "in", "never", "when",
    "file", "given", "expect", "meta", "folder",
)  # fmt: skip


def values_of(file: Path) -> dict[str, Any] | None:
    """Give the plain values of a file that could be read, and is not large."""
    data = file.read_bytes()
    document = read_document(data, file.name) if len(data) < 20_000 else None
    if document is None or document.diagnostics or not isinstance(document.value, dict):
        return None
    return {**document.value, "nnc": FORMAT_VERSION}


def read_both(value: dict[str, Any]) -> bool:
    """Read values in both ways, which have to agree; return whether they were read directly."""
    try:
        network = Network._read_directly(copy.deepcopy(value))
    except (Indirect, ValueError, AssertionError):
        return False
    same(network, Network.model_validate(value))
    return True


def same(one: Any, other: Any) -> None:
    assert type(one) is type(other)
    if isinstance(one, BaseModel):
        assert one.model_fields_set == other.model_fields_set
        same(vars(one), vars(other))
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            same(one[key], other[key])
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for each, its in zip(one, other, strict=True):
            same(each, its)
    else:
        assert one == other


def test_files_are_read_as_pydantic_reads_them(full: bool) -> None:
    direct = 0
    for file in FILES if full else FILES[:: max(1, len(FILES) // 150)]:
        value = values_of(file)
        if value is None or "layers" in value or "extends" in value:
            continue
        try:
            Network.model_validate(copy.deepcopy(value))
        except ValidationError:
            with pytest.raises((Indirect, ValueError, AssertionError)):
                Network._read_directly(value)
        else:
            assert read_both(value), file
            direct += 1
    assert direct > 40


def test_damaged_files_are_never_read_as_something_else(full: bool) -> None:
    rng = Random(int(os.environ["NNC_FUZZ_SEED"]))
    values = [v for v in map(values_of, FILES[::9]) if v is not None and "layers" not in v]
    direct = sum(read_both(damaged(rng, rng.choice(values))) for _ in range(5_000 if full else 400))
    assert direct > 20


def damaged(rng: Random, value: dict[str, Any]) -> dict[str, Any]:
    """Give the values with one of them, or a key, in the place of another."""
    value = copy.deepcopy(value)
    places: list[tuple[Any, Any]] = []
    work: list[Any] = [value]
    while work:
        held = work.pop()
        for key in list(held) if isinstance(held, dict) else range(len(held)):
            places.append((held, key))
            if isinstance(held[key], (dict, list)):
                work.append(held[key])
    held, key = rng.choice(places)
    way = rng.randrange(4)
    if way == 0 and isinstance(held, dict):
        del held[key]
    elif way == 1 and isinstance(held, dict):
        held[rng.choice(_KEYS)] = copy.deepcopy(rng.choice(_PIECES))
    elif way == 2:
        other, its = rng.choice(places)
        held[key] = copy.deepcopy(other[its])
    else:
        held[key] = copy.deepcopy(rng.choice(_PIECES))
    return value


def test_a_small_file_needs_no_validator_of_pydantic() -> None:
    code = (
        "import nnc; from nnc.language.network import Network, Neuron\n"
        "network = nnc.load('configs/medicine/news2.nn.yaml'); nnc.evaluate\n"
        "print(Network.__pydantic_complete__, Neuron.__pydantic_complete__)\n"
        "Neuron(weights={'a': 1}, threshold=1)\n"
        "print(Network.__pydantic_complete__, Neuron.__pydantic_complete__)\n"
    )
    assert said_by(code) == "False False\nFalse True\n"


def test_many_threads_may_be_the_first_to_build() -> None:
    code = (
        "from concurrent.futures import ThreadPoolExecutor as Pool\n"
        "import sys; sys.setswitchinterval(1e-6)\n"
        "from nnc.language.network import Network\n"
        "make = lambda _: len(Network(inputs=['a'], outputs=['a']).inputs)\n"
        "with Pool(8) as pool: print(sum(pool.map(make, range(64))))\n"
    )
    assert said_by(code) == "64\n"


def test_signatures_are_whole_before_a_validator_is_built() -> None:
    code = (
        "import inspect\n"
        "from pydantic import BaseModel\n"
        "import nnc\n"
        "class Mine(nnc.Case, defer_build=True):\n    more: int = 3\n"
        "class Twice(Mine):\n    most: int = 4\n"
        "class Built(nnc.Case, defer_build=False):\n    more: int = 3\n"
        "class Later(nnc.Case):\n    more: 'Undeclared' = None\n"
        "public = [getattr(nnc, name) for name in nnc.__all__]\n"
        "models = [one for one in public if isinstance(one, type) and issubclass(one, BaseModel)]\n"
        "assert len(models) > 10 and not any(one.__pydantic_complete__ for one in models)\n"
        "for model in (Twice, Mine, Built, *models):\n"
        "    signature = inspect.signature(model)\n"
        "    assert len(signature.parameters) == len(model.model_fields), model\n"
        "    assert {one.kind.name for one in signature.parameters.values()} == {'KEYWORD_ONLY'}\n"
        "    model.model_rebuild(force=True)\n"
        "    assert signature == inspect.signature(model), model\n"
        "print(inspect.signature(Later), hasattr(nnc.Case(given={}, expect={}), '__signature__'))\n"
    )
    assert said_by(code) == "(**data: Any) -> None False\n"


def test_the_keywords_of_model_validate_are_those_of_pydantic() -> None:
    """For mypy too, which reads this file: it would tell that the comment is of no use."""
    ours = inspect.signature(Network.model_validate)
    assert ours == inspect.signature(BaseModel.model_validate)
    with pytest.raises(TypeError, match="nothing"):
        Network.model_validate({}, nothing=1)  # type: ignore[call-arg]
    network = Network.model_validate({"inputs": ["a"], "outputs": ["a"]}, strict=False)
    assert_type(network, Network)
    assert list(network.outputs) == ["a"]


def test_a_model_gives_no_way_of_reading_but_that_of_pydantic() -> None:
    case = Case(given={}, expect={})
    public = {name for name in dir(case) if not name.startswith(("_", "model_"))}
    assert public - {*Case.model_fields} == {"explained"}
