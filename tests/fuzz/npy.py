"""NPY files, changed anywhere, as rows and as weights: refused, or what NumPy itself reads."""

from __future__ import annotations

import io
import random
import tempfile
import warnings
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.files.weights import open_tensor
from nnc.language.network import Input
from nnc.rows.columns import Column
from nnc.rows.formats import read_rows
from nnc.rows.session import Session
from tests.fuzz.damage import mutant

TYPES = ("?", "i1", "<i2", ">i4", "i8", "u1", ">u2", "u4", "u8", "f2", ">f4", "f8")
_HEADER = 128
_WORDS = (
    b"'descr'", b"'shape': (", b"True", b"False", b"'|O'", b"'<U9'", b"'<f8'", b"(1 << 9)", b", ",
    b"9" * 18, b"-1", b"3L", b"{", b"}", b"[", b"(" * 60, b"\\x00", b"__import__('os')", b"\xff",
)  # fmt: skip


@dataclass(frozen=True)
class Reference:
    """What a network says of a tensor."""

    file: str
    tensor: str | None = None
    sha256: str | None = None


def trial(random: random.Random) -> None:
    """Write an array, change the file, and read it as rows, as weights and with NumPy."""
    data = changed(random, written(random))
    width = random.randint(1, 3)
    check_rows(data, Input(type=random.choice(("bit", "integer", "real")), size=width))
    check_weights(data)


def written(random: random.Random) -> bytes:
    """Write an array of small numbers; mostly of two dimensions."""
    shape = tuple(random.randint(0, 5) for _ in range(random.choice((1, 2, 2, 2, 3))))
    numbers = np.array([random.randint(0, 1) for _ in range(int(np.prod(shape)))])
    array = numbers.reshape(shape).astype(random.choice(TYPES))
    stream = io.BytesIO()
    array = np.asfortranarray(array) if random.random() < 0.3 else array
    np.lib.format.write_array(stream, array, version=random.choice(((1, 0), (2, 0), (3, 0))))
    return stream.getvalue()


def changed(random: random.Random, data: bytes) -> bytes:
    """Change the file, mostly in its header: bytes, or a piece of it for another word."""
    if random.random() < 0.4:
        return mutant(random, data)
    if random.random() < 0.5:
        return mutant(random, data[:_HEADER]) + data[_HEADER:]
    at = random.randrange(10, _HEADER)
    word = random.choice(_WORDS)
    return data[:at] + word + data[at + random.choice((0, len(word), 3)) :]


def check_rows(data: bytes, one: Input) -> None:
    """Read a file as the rows of one bus; raises AssertionError where NumPy reads other ones."""
    try:
        batches = list(
            read_rows(
                io.BytesIO(data), "npy", Session({"x": one}, file="r", report=lambda _warning: None)
            )
        )
    except InvalidRowsError as error:
        for found in error.diagnostics:
            assert found.about.code.startswith(("NNC2", "NNC5")), found  # of numbers, and of rows
            assert found.file == "r", found
        return
    given: list[Any] = []
    for batch in batches:
        (column,) = batch.columns
        assert isinstance(column, Column)
        assert column.denominator == 1
        given += column.numerators.tolist()
    array = by_numpy(data)
    expected = array.reshape(len(array), one.width).tolist()
    assert _exact(given) == _exact(expected), f"{given} is not {expected}"


def check_weights(data: bytes, name: str = "w.npy") -> None:
    """Read a file as weights; raises AssertionError where NumPy reads other ones."""
    with tempfile.TemporaryDirectory() as name_of_folder:
        folder = Path(name_of_folder).resolve()
        (folder / name).write_bytes(data)
        array = open_tensor(Reference(name), (), folder, folder)
        if isinstance(array, Diagnostic):
            assert array.about.code.startswith(("NNC8", "NNC9")), array
            return
        expected = by_numpy(data)
        assert array.shape == expected.shape
        assert _exact(array.tolist()) == _exact(expected.tolist()), f"{array} is not {expected}"


def by_numpy(data: bytes) -> np.ndarray[Any, Any]:
    """Read an array with NumPy."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of headers that Python 2 wrote
        array: np.ndarray[Any, Any] = np.load(io.BytesIO(data), allow_pickle=False)
    return array


def _exact(value: Any) -> Any:
    return [_exact(one) for one in value] if isinstance(value, list) else Fraction(value)
