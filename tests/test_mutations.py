"""The parser in pure Python gives what libyaml gives; mutants of files are `fuzz/yaml.py`'s."""

from random import Random

import pytest

from tests.fuzz.yaml import BYTES, same
from tests.support.strategies import example

SOUND = sorted(
    {
        data
        for path, data in BYTES.items()
        if "configs" in path.parts or path.name.startswith("NNC7")  # which only warns
    }
)


@pytest.mark.parametrize("data", SOUND)
def test_pure_python_reads_the_networks_people_use(data: bytes) -> None:
    same(data)


def test_pure_python_reads_valid_files_alike(chunk: int) -> None:
    rng = Random(f"pure {chunk}")
    for _ in range(40):
        same(example(rng).text.encode())
