"""Damaged model files: each is read as another model, or told as one diagnostic; nothing else."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.settings import Settings
from nnc.interchange.imports import read_bytes_as
from nnc.opening.checking import check_valid

FILES = Path(__file__).parent / "files"
ODD: list[Any] = [
    None, True, -1, 0, 1, 2, 3, 99, 1 << 40, 10**30, -0.5, 1e308, 1e-320, "", "0", "-1", "nan",
    "x" * 50, [], {}, [[]], [None], [1, 2, 3], {"a": 1}, "[1E0]", float("inf"), float("nan"),
]  # fmt: skip
WORDS = [
    "",
    "-1",
    "0",
    "1",
    "9",
    "99999999999999999999999",
    "nan",
    "inf",
    "1e999",
    "-",
    "1_0",
    "a=b",
    "²",
]


def places(value: Any) -> list[tuple[Any, Any]]:
    """List every place of a decoded file: a container, and the key in it."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        each = waiting.pop()
        keys = each.keys() if isinstance(each, dict) else range(len(each))
        for key in keys:
            found.append((each, key))
            if isinstance(each[key], (dict, list)):
                waiting.append(each[key])
    return found


def change(value: Any, random: Random) -> None:
    """Change, remove, repeat or move a few places of a decoded file."""
    for _ in range(random.choice([1, 1, 1, 2, 5])):
        known = places(value)
        if not known:
            return
        container, key = random.choice(known)
        other, place = random.choice(known)
        kind = random.randrange(6)
        if kind < 3:
            container[key] = random.choice(ODD)
        elif kind == 3:
            del container[key]
        elif kind == 4:
            container[key] = json.loads(json.dumps(other[place]))
        elif isinstance(container, list):
            container.insert(key, container[key])


def of_bytes(data: bytes, random: Random) -> bytes:
    """Change a few bytes, or cut or double a piece."""
    mutant = bytearray(data)
    for _ in range(random.choice([1, 1, 2, 8])):
        at = random.randrange(len(mutant) + 1)
        piece = slice(at, at + random.choice([1, 1, 3, 40]))
        kind = random.randrange(4)
        if kind == 0 and at < len(mutant):
            mutant[at] = random.randrange(256)
        elif kind == 1:
            del mutant[piece]
        elif kind == 2:
            mutant[at:at] = mutant[piece]
        else:
            mutant[at:at] = random.choice(
                [b"-", b"9", b'"', b"\n", b"{", b"]", b"\xff", b"=", b" "]
            )
    return bytes(mutant) if random.random() < 0.95 else bytes(mutant[: random.randrange(len(data))])


def of_json(data: bytes, random: Random) -> bytes:
    if random.random() < 0.4:
        return of_bytes(data, random)
    value = json.loads(data)
    change(value, random)
    return json.dumps(value).encode()


def of_lines(data: bytes, random: Random) -> bytes:
    if random.random() < 0.3:
        return of_bytes(data, random)
    lines = data.decode().split("\n")
    for _ in range(random.choice([1, 1, 2])):
        at = random.randrange(len(lines))
        key, _, words = lines[at].partition("=")
        listed = words.split(" ")
        listed[random.randrange(len(listed))] = random.choice(WORDS)
        kind = random.randrange(4)
        if kind < 2:
            lines[at] = f"{key}={' '.join(listed)}"
        elif kind == 2:
            del lines[at]
        else:
            lines.insert(at, random.choice(lines))
        lines = lines or [""]
    return "\n".join(lines).encode()


MUTATED: dict[str, tuple[str, Callable[[bytes, Random], bytes]]] = {
    "iris.xgboost.json": ("xgboost", of_json),
    "cancer.xgboost.json": ("xgboost", of_json),
    "iris.lightgbm.txt": ("lightgbm", of_lines),
    "cancer.lightgbm.txt": ("lightgbm", of_lines),
}


@pytest.mark.parametrize("file", MUTATED)
def test_a_damaged_file_is_told(file: str, chunk: int, full: bool) -> None:
    form, mutate = MUTATED[file]
    data = (FILES / file).read_bytes()
    random = Random(f"{os.environ['NNC_FUZZ_SEED']} {file} {chunk}")
    codes: set[str] = set()
    for _ in range(30 if full else 1):
        mutant = mutate(data, random)
        try:
            check_valid(read_bytes_as(mutant, file, form, Settings()).network)
        except InvalidNetworkError as error:
            codes |= {each.about.code for each in error.diagnostics}
        except BaseException as error:
            error.add_note(f"of {file}: {mutant[:3000]!r}")
            raise
    assert codes <= {"NNC940", "NNC941", "NNC950"}
