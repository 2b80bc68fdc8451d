"""The parser in pure Python gives what libyaml gives; mutants of files are `fuzz/yaml.py`'s."""

from random import Random

import pytest

from nnc.checking import check
from tests.fuzz.yaml import BYTES, same
from tests.support.strategies import example

FILES = sorted({data for path, data in BYTES.items() if "schema_corpus" not in path.parts})


@pytest.mark.parametrize("data", [f for f in FILES if check(f, "a").network is not None])
def test_pure_python_reads_the_networks_people_use(data: bytes) -> None:
    same(data)


def test_pure_python_reads_valid_files_alike(chunk: int) -> None:
    rng = Random(f"pure {chunk}")
    for _ in range(40):
        same(example(rng).text.encode())
