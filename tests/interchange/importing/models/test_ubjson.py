"""UBJSON: what JSON would give, and what is damaged told with its byte."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from random import Random
from typing import Any

import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.formats import read_bytes_as
from nnc.interchange.importing.models.ubjson import is_ubjson, read_ubjson

FILES = Path(__file__).parent / "files"
MODEL = FILES / "iris.xgboost.json"


def encoded(value: Any, *, counted: bool = False) -> bytes:
    """Encode a value: numbers as the widest type, lists and mappings with a count or an end."""
    if value is None or isinstance(value, bool):
        return {None: b"Z", True: b"T", False: b"F"}[value]
    if isinstance(value, int):
        return b"L" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"D" + struct.pack(">d", value)
    if isinstance(value, str):
        return b"S" + text(value)
    if isinstance(value, list):
        if value and counted and all(type(each) is int for each in value):
            return b"[$l#i" + struct.pack(f">b{len(value)}i", len(value), *value)
        parts, ends = [encoded(each, counted=counted) for each in value], b"[]"
    else:
        pairs = value.items()
        parts = [text(key) + encoded(each, counted=counted) for key, each in pairs]
        ends = b"{}"
    count = b"#U" + bytes([len(parts)]) if counted and len(parts) < 256 else b""
    return ends[:1] + count + b"".join(parts) + (b"" if count else ends[1:])


def text(value: str) -> bytes:
    data = value.encode()
    return b"I" + struct.pack(">h", len(data)) + data


VALUE = {"a": [1, -2, 3], "b": {"c": [0.5, "ü", None, True, False]}, "": [], "d": {}}


@pytest.mark.parametrize("counted", [False, True])
def test_values(counted: bool) -> None:
    assert read_ubjson(encoded(VALUE, counted=counted)).value == VALUE


def test_other_types() -> None:
    data = b"{U\x01aCxNU\x01b[$d#i\x02" + struct.pack(">2f", 0.5, -2) + b"U\x01c[i\xffNZ]}"
    assert is_ubjson(data)
    assert read_ubjson(data).value == {"a": "x", "b": [0.5, -2], "c": [-1, None]}


def test_a_model() -> None:
    stored = json.loads(MODEL.read_text())
    small = read_bytes_as(encoded(stored), "m.ubj").network
    assert small == nnc.import_file(MODEL).network


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{U\x01aZ", "the file ends too soon, at byte 5"),
        (b"{U\x01aZ}x", "something follows the model, at byte 6"),
        (b"{U\x01a?}", "`?` is no type of UBJSON, at byte 4"),
        (b"{U\x01aZU\x01aZ}", "the key `a` stands twice in a mapping, at byte 5"),
        (b"{U\x01a[$Z#l\x7f\xff\xff\xff}", "a list of one type is not of numbers, at byte 6"),
        (b"{U\x01a[#l\x7f\xff\xff\xff}", "a length is 2,147,483,647, beyond the end of the file"),
        (b"{U\x01a[#l\xff\xff\xff\xff}", "a length is -1, beyond the end of the file"),
        (b"{U\x01aSU\x01\xff}", "a text is not UTF-8, at byte 5"),
        (b"{U\x01a[$U]}", "a type is stated without a count, before `]`"),
        (b"{U\x01a" + b"[" * 100, "the file is nested too deeply"),
        (b"{#d\0\0\0\0}", "a length is no whole number, at byte 2"),
    ],
)
def test_damaged(data: bytes, message: str) -> None:
    with pytest.raises(InvalidNetworkError) as error:
        read_bytes_as(data, "m.ubj")
    (found,) = error.value.diagnostics
    assert found.rule == "bad-import-file"
    assert message in found.message


def test_damaged_models(chunk: int, full: bool) -> None:
    """Each is read, or refused with a diagnostic."""
    random, data = Random(chunk), encoded(json.loads(MODEL.read_text()), counted=True)
    for _ in range(100 if full else 10):
        mutant = bytearray(data)
        for _ in range(random.randint(1, 4)):
            place = random.randrange(len(mutant))
            if random.random() < 0.5:
                mutant[place] = random.choice(b"\0\xff[]{}$#LUdSZN" + bytes([mutant[place] ^ 1]))
            else:
                del mutant[place : place + random.randint(1, 9)]
        try:
            read_bytes_as(bytes(mutant), "m.ubj")
        except InvalidNetworkError as error:
            assert error.diagnostics  # noqa: PT017
