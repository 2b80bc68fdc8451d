"""Weight files: numbers mean exactly what is stored; a hostile file is told, and costs nothing."""

# ruff: noqa: E501

import hashlib
import io
import json
import mmap
import os
import pickle
import socket
import stat
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.files.weights import files, not_finite, open_tensor, opening, sha256_of, stored
from nnc.files.weights import safetensors as headers
from nnc.language.network import TensorFile
from nnc.printable import printable
from tests.support.running import said_by

PATH = ("layers", "hidden", "weights")
NPY = "save it again with numpy.save"
ST = "save it again with safetensors.numpy.save_file"
COPY = "copy or download it again"


@dataclass
class Reference:
    """What a network says of a tensor."""

    file: str
    tensor: str | None = None
    sha256: str | None = None


def opened(
    folder: Path,
    file: str,
    tensor: str | None = None,
    sha256: str | None = None,
    root: Path | None = None,
) -> NDArray[Any] | Diagnostic:
    return open_tensor(Reference(file, tensor, sha256), PATH, folder, root or folder)


def array_of(*arguments: Any, **more: Any) -> NDArray[Any]:
    result = opened(*arguments, **more)
    assert isinstance(result, np.ndarray), result
    return result


def mistake(*arguments: Any, **more: Any) -> Diagnostic:
    result = opened(*arguments, **more)
    assert isinstance(result, Diagnostic), result
    return result


def told(*arguments: Any, **more: Any) -> str:
    """Give the whole of a mistake, as a person would read it."""
    found = mistake(*arguments, **more)
    return f"{found}{' (key)' * found.key}\n{found.help}"


# --------------------------------------------------------------------------- making files


def npy(array: object, **more: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, np.asarray(array), **more)
    return out.getvalue()


def npy_of(
    header: str | bytes, data: bytes = b"", version: bytes = b"\1\0", length: int | None = None
) -> bytes:
    written = header if isinstance(header, bytes) else header.encode()
    size = struct.pack(
        "<H" if version == b"\1\0" else "<I", len(written) if length is None else length
    )
    return b"\x93NUMPY" + version + size + written + data


def header_of(descr: str = "'<i4'", shape: str = "(2,)", fortran: str = "False") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n"


def st_of(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    written = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(written) if length is None else length) + written + data


def entry(
    dtype: str = "I8", shape: object = (2,), offsets: object = (0, 2), **more: object
) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets, **more}


def write(folder: Path, name: str, data: bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


# ------------------------------------------------------------------------------- numbers

KINDS = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]


def some(kind: str) -> NDArray[Any]:
    """Twelve numbers of a type, its extremes among them."""
    dtype = np.dtype(kind)
    if dtype.kind == "b":
        return np.arange(12) % 3 == 0
    if dtype.kind == "f":
        return np.array([*np.linspace(-3, 3, 10), np.finfo(dtype).max, np.finfo(dtype).tiny], dtype)
    least, greatest = np.iinfo(dtype).min, np.iinfo(dtype).max
    return np.array([least, greatest, *range(10)], dtype)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("byte_order", ["<", ">"])
@pytest.mark.parametrize("shape", [(12,), (3, 4), (2, 3, 2), (1, 12)])
def test_npy_of_every_type_and_order(tmp_path, kind, order, byte_order, shape):
    expected = np.asarray(
        some(kind).reshape(shape), np.dtype(kind).newbyteorder(byte_order), order=order
    )
    write(tmp_path, "w.npy", npy(expected))
    array = array_of(tmp_path, "w.npy")
    assert array.dtype == expected.dtype
    assert array.shape == shape
    assert array.tolist() == expected.tolist()


@pytest.mark.parametrize("shift", range(8))
def test_safetensors_of_every_type_at_every_offset(tmp_path, shift):
    stored = {"pad": np.zeros(shift, np.uint8)} | {kind: some(kind).reshape(3, 4) for kind in KINDS}
    header, data = {}, b""
    for name, array in stored.items():
        kind = {"?": "BOOL"}.get(name) or {"b": "BOOL", "i": "I", "u": "U", "f": "F"}[
            array.dtype.kind
        ] + str(array.itemsize * 8)
        header[name] = entry(kind, array.shape, (len(data), len(data) + array.nbytes))
        data += array.tobytes()
    write(tmp_path, "w.safetensors", st_of(header, data))
    for name, expected in stored.items():
        array = array_of(tmp_path, "w.safetensors", name)
        assert array.dtype == expected.dtype
        assert array.tolist() == expected.tolist()
        assert (array == expected).all()


def test_a_safetensors_file_of_the_library(tmp_path):
    stored = {kind: some(kind).reshape(2, 6) for kind in KINDS} | {
        "none": np.zeros((0, 4), np.float32)
    }
    safetensors.numpy.save_file(stored, tmp_path / "w.safetensors", {"format": "np", "note": "[[{"})
    for name, expected in stored.items():
        assert array_of(tmp_path, "w.safetensors", name).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("shape", "values"), [((), 7), ((0,), []), ((0, 5), []), ((2, 0), [[], []]), ((1,) * 32, None)]
)
def test_no_dimensions_none_filled_and_many(tmp_path, shape, values):
    expected = np.full(shape, 7, "<f4")
    write(tmp_path, "w.npy", npy(expected))
    write(
        tmp_path,
        "w.safetensors",
        st_of({"w": entry("F32", shape, (0, expected.nbytes))}, expected.tobytes()),
    )
    for array in (array_of(tmp_path, "w.npy"), array_of(tmp_path, "w.safetensors", "w")):
        assert array.shape == shape
        assert values is None or array.tolist() == values


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_npy_version(tmp_path, version):
    out = io.BytesIO()
    np.lib.format.write_array(out, np.arange(3), version)
    write(tmp_path, "w.npy", out.getvalue())
    assert array_of(tmp_path, "w.npy").tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<i2', 'fortran_order': False, 'shape': (2,)}",
        '{"shape":(2,),"fortran_order":True,"descr":"<i2"}',
        "  { 'shape' : ( 2L , ) ,\n'fortran_order' : False ,\t'descr' : '<i2' , }  \n",
    ],
)
def test_npy_headers_of_other_writers(tmp_path, header):
    write(tmp_path, "w.npy", npy_of(header, b"\1\0\2\0"))
    assert array_of(tmp_path, "w.npy").tolist() == [1, 2]


@pytest.mark.parametrize("name", ["w.npy", "w.safetensors"])
def test_an_array_is_a_view_of_the_file_and_is_read_only(tmp_path, name):
    array = np.arange(6, dtype=np.int32)
    data = npy(array) if name == "w.npy" else safetensors.numpy.save({"w": array})
    write(tmp_path, name, data)
    array = array_of(tmp_path, name, None if name == "w.npy" else "w")
    assert type(array) is np.ndarray
    assert isinstance(array.base, mmap.mmap)
    assert not array.flags.writeable
    (tmp_path / name).unlink()
    assert array.tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("name", ["W.NPY", "sub/w.npy", "../w.npy", "w.v2.Npy", "./sub/../w.npy"])
def test_names_of_sound_files(tmp_path, name):
    (tmp_path / "nets/sub").mkdir(parents=True)
    write(tmp_path / "nets", name, npy([1]))
    assert array_of(tmp_path / "nets", name, root=tmp_path).tolist() == [1]


def test_the_model_of_a_network_is_a_reference(tmp_path):
    write(tmp_path, "w.npy", npy([1, 2]))
    array = open_tensor(TensorFile(file="w.npy"), PATH, tmp_path, tmp_path)
    assert isinstance(array, np.ndarray)


def test_a_link_inside_the_project_may_have_any_target_name(tmp_path):
    write(tmp_path, "blobs/9f86d081", npy([3]))
    (tmp_path / "w.npy").symlink_to("blobs/9f86d081")
    assert array_of(tmp_path, "w.npy").tolist() == [3]


# -------------------------------------------------------------------------------- broken

BROKEN_NPY: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "is empty", COPY),
    "one byte": (b"\x93", "is not an NPY file", NPY),
    "text": (b"1 2 3\n4 5 6\n", "is not an NPY file", NPY),
    "zeros": (bytes(1000), "is not an NPY file", NPY),
    "lfs": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        "is not an NPY file",
        "it is a Git LFS pointer; fetch the file with `git lfs pull`",
    ),
    "safetensors": (
        safetensors.numpy.save({"a": np.zeros(3)}),
        "is not an NPY file",
        "it may be a safetensors file; name it .safetensors",
    ),
    "npz": (
        b"PK\3\4" + bytes(60),
        "is not an NPY file",
        f"it is a zip archive, as numpy.savez and torch.save write; {NPY}",
    ),
    "pickle": (
        pickle.dumps([1, 2]),
        "is not an NPY file",
        f"it is a Python pickle, which nnc never opens; {NPY}",
    ),
    "magic only": (b"\x93NUMPY", "ends inside its header", COPY),
    "version only": (b"\x93NUMPY\1\0", "ends inside its header", COPY),
    "version 0": (npy_of(header_of(), bytes(8), b"\0\0"), "has NPY version 0.0; expected 1.0, 2.0 or 3.0", NPY),
    "version 1.1": (npy_of(header_of(), bytes(8), b"\1\1"), "has NPY version 1.1; expected 1.0, 2.0 or 3.0", NPY),
    "version 4": (npy_of(header_of(), bytes(8), b"\4\0"), "has NPY version 4.0; expected 1.0, 2.0 or 3.0", NPY),
    "header of 1 GB": (
        npy_of(header_of(), bytes(8), b"\2\0", 1 << 30),
        "has a header of 1,073,741,824 bytes; at most 10,000 are allowed",
        NPY,
    ),
    "header of 4 GB": (
        npy_of(header_of(), bytes(8), b"\3\0", (1 << 32) - 1),
        "has a header of 4,294,967,295 bytes; at most 10,000 are allowed",
        NPY,
    ),
    "header of 64 KB": (
        npy_of(header_of() + " " * 65000),
        "has a header of 65,058 bytes; at most 10,000 are allowed",
        NPY,
    ),
    "header beyond the end": (npy_of(header_of(), length=9000), "ends inside its header", COPY),
    "header that ends in a blank of Unicode": (npy_of(header_of().encode() + b"\xa0\n", bytes(8)), "has a damaged header", NPY),
    "header with a blank of Unicode": (npy_of(header_of().encode().replace(b" }", b"\xa0}"), bytes(8)), "has a damaged header", NPY),
    "header with an octal number": (npy_of(header_of(shape="(02,)"), bytes(8)), "has a damaged header", NPY),
    "header of nothing": (npy_of(""), "has a damaged header", NPY),
    "header of {}": (npy_of("{}"), "has a damaged header", NPY),
    "header no mapping": (npy_of("('descr', '<i4')"), "has a damaged header", NPY),
    "header unclosed": (npy_of(header_of()[:-2], bytes(8)), "has a damaged header", NPY),
    "header of bytes": (npy_of(bytes(range(128, 256))), "has a damaged header", NPY),
    "header with code": (
        npy_of(header_of(shape="(__import__('os').abort(),)"), bytes(8)),
        "has a damaged header",
        NPY,
    ),
    "deep brackets": (npy_of("{'shape': " + "(" * 9000 + "}"), "has a damaged header", NPY),
    "deep minus": (npy_of(header_of(shape="-" * 9000 + "1")), "has a damaged header", NPY),
    "spaces": (npy_of("{'shape'" + " " * 9900 + "}"), "has a damaged header", NPY),
    "spaces in the shape": (
        npy_of(header_of(shape="(" + "1 , " * 1000 + " " * 5000 + "1 1)")),
        "has a damaged header",
        NPY,
    ),
    "missing key": (npy_of("{'descr': '<i4', 'shape': (2,)}", bytes(8)), "has a damaged header", NPY),
    "key more": (npy_of(header_of()[:-2] + "'x': 'y'}", bytes(8)), "has a damaged header", NPY),
    "key twice": (npy_of(header_of()[:-2] + "'shape': (1,)}", bytes(8)), "has 4 bytes after its array", "store one array per file"),
    "no type": (npy_of(header_of("''"), bytes(8)), "has a damaged header", NPY),
    "unknown type": (npy_of(header_of("'<q4'"), bytes(8)), "has a damaged header", NPY),
    "int of 16 bytes": (npy_of(header_of("'<i16'"), bytes(32)), "has a damaged header", NPY),
    "flag as type": (npy_of(header_of("True"), bytes(8)), "has a damaged header", NPY),
    "text as flag": (npy_of(header_of(fortran="'False'"), bytes(8)), "has a damaged header", NPY),
    "shape no tuple": (npy_of(header_of(shape="(2)"), bytes(8)), "has a damaged header", NPY),
    "shape a text": (npy_of(header_of(shape="'2'"), bytes(8)), "has a damaged header", NPY),
    "shape negative": (npy_of(header_of(shape="(-2,)"), bytes(8)), "has a damaged header", NPY),
    "shape of floats": (npy_of(header_of(shape="(2.0,)"), bytes(8)), "has a damaged header", NPY),
    "shape of 9,000 digits": (npy_of(header_of(shape=f"({'9' * 9000},)")), "has a damaged header", NPY),
    "shape of commas": (npy_of(header_of(shape="(,)"), bytes(8)), "has a damaged header", NPY),
    "shape huge": (
        npy_of(header_of(shape=f"({10**18},)"), bytes(8)),
        "ends 3,999,999,999,999,999,992 bytes early",
        COPY,
    ),
    "shape product huge": (
        npy_of(header_of(shape=f"({1 << 33}, {1 << 33})"), bytes(8)),
        "ends 295,147,905,179,352,825,848 bytes early",
        COPY,
    ),
    "shape huge and empty": (
        npy_of(header_of(shape=f"({10**18}, 0, {10**18})")),
        "has a shape too large for an array",
        NPY,
    ),
    "33 dimensions": (
        npy_of(header_of(shape=str((1,) * 33)), bytes(4)),
        "has 33 dimensions; at most 32 are allowed",
        NPY,
    ),
    "4,000 dimensions": (
        npy_of(header_of(shape=str((1,) * 3000)), bytes(4)),
        "has 3,000 dimensions; at most 32 are allowed",
        NPY,
    ),
    "one byte early": (npy([1, 2])[:-1], "ends 1 byte early", COPY),
    "nine bytes early": (npy([1, 2])[:-9], "ends 9 bytes early", COPY),
    "one byte more": (npy([1, 2]) + b"\0", "has 1 byte after its array", "store one array per file"),
    "two arrays": (npy([1, 2]) * 2, "has 144 bytes after its array", "store one array per file"),
    "bytes after none": (npy(np.zeros((0, 3))) + b"\0\0", "has 2 bytes after its array", "store one array per file"),
    "bool of 2": (
        npy_of(header_of("'|b1'", "(2, 2)"), b"\0\1\1\2"),
        "has a bool stored as 2 at [1, 1]; expected 0 or 1",
        "save it as uint8 if it holds numbers",
    ),
    "one bool of 255": (
        npy_of(header_of("'|b1'", "()"), b"\xff"),
        "has a bool stored as 255; expected 0 or 1",
        "save it as uint8 if it holds numbers",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN_NPY)
def test_broken_npy(tmp_path, name):
    data, message, fix = BROKEN_NPY[name]
    write(tmp_path, "w.npy", data)
    assert told(tmp_path, "w.npy") == (
        f"layers.hidden.weights.file: error[NNC801] bad-tensor-file: the weight file `w.npy` {message}\n{fix}"
    )


ONE = {"a": entry()}
DAMAGED = "has a damaged header"


def two(first: object, second: object) -> dict[str, object]:
    return {"a": entry(offsets=first), "b": entry(offsets=second)}


BROKEN_ST: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "is empty", COPY),
    "text": (b"weights: 1 2 3\n", "is not a safetensors file", ST),
    "short text": (b"1 2 3", "is not a safetensors file", ST),
    "html": (b"<!DOCTYPE html>\n<title>Sign in</title>", "is not a safetensors file", ST),
    "lfs": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        "is not a safetensors file",
        "it is a Git LFS pointer; fetch the file with `git lfs pull`",
    ),
    "npy": (npy([1, 2]), "is not a safetensors file", "it is an NPY file; name it .npy"),
    "torch zip": (
        b"PK\3\4" + bytes(60),
        "is not a safetensors file",
        f"it is a zip archive, as numpy.savez and torch.save write; {ST}",
    ),
    "pickle": (
        pickle.dumps({"weights": [1, 2]}),
        "is not a safetensors file",
        f"it is a Python pickle, which nnc never opens; {ST}",
    ),
    "no header": (bytes(8), DAMAGED, ST),
    "zeros": (bytes(64), "is not a safetensors file", ST),
    "header starts with a space": (st_of(b" {}"), "is not a safetensors file", ST),
    "header of 2^63": (
        st_of(ONE, b"ab", 1 << 63),
        "has a header of 9,223,372,036,854,775,808 bytes; at most 16,777,216 are allowed",
        ST,
    ),
    "header of 2^64 - 1": (
        st_of(ONE, b"ab", (1 << 64) - 1),
        "has a header of 18,446,744,073,709,551,615 bytes; at most 16,777,216 are allowed",
        ST,
    ),
    "header of 17 MB": (
        st_of(b"{" + b" " * (17 << 20) + b"}"),
        "has a header of 17,825,794 bytes; at most 16,777,216 are allowed",
        ST,
    ),
    "header one byte too long": (st_of(ONE, length=len(json.dumps(ONE)) + 1), "ends inside its header", COPY),
    "header length 0": (st_of(ONE, b"ab", 0), DAMAGED, ST),
    "header one byte too short": (st_of(ONE, b"ab", len(json.dumps(ONE)) - 1), DAMAGED, ST),
    "no json": (st_of(b"{a: 1}"), DAMAGED, ST),
    "no utf-8": (st_of(b'{"\xff": 1}'), DAMAGED, ST),
    "utf-16": (st_of("{}".encode("utf-16-le")), DAMAGED, ST),
    "nul after": (st_of(b"{}\0\0"), DAMAGED, ST),
    "two objects": (st_of(b"{}{}"), DAMAGED, ST),
    "nan": (st_of(b'{"a": NaN}'), DAMAGED, ST),
    "deep lists": (st_of(b'{"a":' + b"[" * 100_000), DAMAGED, ST),
    "deep and closed lists": (st_of(b'{"a":' + b"[" * 400_000 + b"]" * 400_000 + b"}"), DAMAGED, ST),
    "deep objects": (st_of(b'{"a":' * 200_000 + b"1" + b"}" * 200_000), DAMAGED, ST),
    "many lists": (st_of(b'{"a":[' + b"[]," * 600_000 + b"[]]}"), DAMAGED, ST),
    "many objects": (st_of(b'{"a":[' + b"{}," * 600_000 + b"{}]}"), DAMAGED, ST),
    "many filled objects": (st_of(b'{"a":[' + b'{"":0},' * 300_000 + b"{}]}"), DAMAGED, ST),
    "too many parts": (
        st_of(b'{"a":[' + b"[]," * 5_000_000 + b"[]]}"),
        "has a header of 5,000,004 parts; at most 700,000 are allowed",
        ST,
    ),
    "many numbers": (st_of(b'{"a":[' + b"0," * 8_000_000 + b"0]}"), DAMAGED, ST),
    "many digits": (st_of({"a": 1}).replace(b": 1", b": " + b"1" * 1_000_000), DAMAGED, ST),
    "tensor a list": (st_of({"a": ["I8", [2], [0, 2]]}, b"ab"), DAMAGED, ST),
    "header a tensor": (st_of(entry(), b"ab"), DAMAGED, ST),
    "tensor null": (st_of({"a": None}, b"ab"), DAMAGED, ST),
    "tensor of texts": (st_of({"a": {"dtype": "I8"}, "b": entry()}, b"ab"), DAMAGED, ST),
    "tensors in tensors": (st_of({"a": {"b": entry()}}, b"ab"), DAMAGED, ST),
    "unknown field": (st_of({"a": entry(strides=[1])}, b"ab"), DAMAGED, ST),
    "missing field": (st_of({"a": {"dtype": "I8", "shape": [2]}}, b"ab"), DAMAGED, ST),
    "type a number": (st_of({"a": entry(1)}, b"ab"), DAMAGED, ST),
    "shape a number": (st_of({"a": entry(shape=2)}, b"ab"), DAMAGED, ST),
    "shape of floats": (st_of({"a": entry(shape=[2.0])}, b"ab"), DAMAGED, ST),
    "shape of bools": (st_of({"a": entry(shape=[True, 2])}, b"ab"), DAMAGED, ST),
    "shape negative": (st_of({"a": entry(shape=[-1, -2])}, b"ab"), DAMAGED, ST),
    "shape of 2^63": (st_of({"a": entry(shape=[1 << 63])}, b"ab"), DAMAGED, ST),
    "offsets negative": (st_of({"a": entry(offsets=[-2, 0])}, b"ab"), DAMAGED, ST),
    "offsets huge": (st_of({"a": entry(offsets=[1 << 64, (1 << 64) + 2])}, b"ab"), DAMAGED, ST),
    "three offsets": (st_of({"a": entry(offsets=[0, 1, 2])}, b"ab"), DAMAGED, ST),
    "metadata of numbers": (
        st_of({"__metadata__": {"a": 1}, "a": entry()}, b"ab"),
        DAMAGED,
        ST,
    ),
    "tensor twice": (
        st_of(b'{"a": %b, "a": %b}' % ((json.dumps(entry()).encode(),) * 2), b"ab"),
        "has `a` twice in its header",
        ST,
    ),
    "field twice": (
        st_of(b'{"a": {"dtype": "I8", "shape": [2], "shape": [2], "data_offsets": [0, 2]}}', b"ab"),
        "has `shape` twice in its header",
        ST,
    ),
    "metadata twice": (
        st_of(b'{"__metadata__": {"x": "1", "x": "2"}, "a": %b}' % json.dumps(entry()).encode(), b"ab"),
        "has `x` twice in its header",
        ST,
    ),
    "one byte early": (st_of(ONE, b"a"), "ends 1 byte early", COPY),
    "no data": (st_of(ONE), "ends 2 bytes early", COPY),
    "one byte more": (st_of(ONE, b"abc"), "has 1 byte after its last tensor", ST),
    "bytes of no tensor": (st_of({}, b"abc"), "has 3 bytes after its last tensor", ST),
    "offsets at 2^62": (
        st_of({"a": entry(shape=[1 << 62], offsets=[0, 1 << 62])}, b"ab"),
        "ends 4,611,686,018,427,387,902 bytes early",
        COPY,
    ),
}  # fmt: skip

BROKEN_ENTRIES: dict[str, tuple[bytes, str, str]] = {
    "overlap": (st_of(two([0, 2], [1, 3]), b"abc"), "b", "starts at byte 1 of the data; expected 2"),
    "same place": (st_of(two([0, 2], [0, 2]), b"ab"), "b", "starts at byte 0 of the data; expected 2"),
    "hole": (st_of(two([0, 2], [3, 5]), b"abcde"), "b", "starts at byte 3 of the data; expected 2"),
    "hole first": (st_of({"a": entry(offsets=[1, 3])}, b"abc"), "a", "starts at byte 1 of the data; expected 0"),
    "backwards": (st_of({"a": entry(offsets=[2, 0])}, b"ab"), "a", "starts at byte 2 of the data; expected 0"),
    "shape larger": (st_of({"a": entry("F32", [2, 3], [0, 8])}, bytes(8)), "a", "has 8 bytes; its shape needs 24"),
    "shape smaller": (st_of({"a": entry("F64", [], [0, 1])}, b"a"), "a", "has 1 byte; its shape needs 8"),
    "product overflow": (
        st_of({"a": entry("F32", [1 << 32, 1 << 32, 4], [0, 0])}),
        "a",
        "has 0 bytes; its shape needs 295,147,905,179,352,825,856",
    ),
    "product overflow to its size": (
        st_of({"a": entry("I8", [(1 << 32) + 1, (1 << 32) - 1, (1 << 62), 4], [0, 0])}),
        "a",
        "has 0 bytes; its shape needs 340,282,366,920,938,463,444,927,863,358,058,659,840",
    ),
    "product of nothing": (
        st_of({"a": entry("F32", [1 << 40, 0, 1 << 40], [0, 0])}),
        "a",
        "has a shape too large for an array",
    ),
    "40 dimensions": (
        st_of({"a": entry("I8", [1] * 40, [0, 1])}, b"a"),
        "a",
        "has 40 dimensions; at most 32 are allowed",
    ),
    "a million dimensions": (
        st_of({"a": entry("I8", [1] * 1_000_000, [0, 1])}, b"a"),
        "a",
        "has 1,000,000 dimensions; at most 32 are allowed",
    ),
    "a long name": (
        st_of({"x" * 1_000_000: entry(offsets=[1, 3])}, b"abc"),
        "x" * 44 + "…" + "x" * 8,
        "starts at byte 1 of the data; expected 0",
    ),
    "a name of two lines": (
        st_of({"a\n\ud800\x1b": entry(offsets=[1, 3])}, b"abc"),
        r"a\n\ud800\x1b",
        "starts at byte 1 of the data; expected 0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN_ST)
def test_broken_safetensors(tmp_path, name):
    data, message, fix = BROKEN_ST[name]
    write(tmp_path, "w.safetensors", data)
    assert told(tmp_path, "w.safetensors", "a") == (
        f"layers.hidden.weights.file: error[NNC801] bad-tensor-file: the weight file `w.safetensors` {message}\n{fix}"
    )


@pytest.mark.parametrize("name", BROKEN_ENTRIES)
def test_tensors_that_do_not_fit_their_file(tmp_path, name):
    data, tensor, message = BROKEN_ENTRIES[name]
    write(tmp_path, "w.safetensors", data)
    assert told(tmp_path, "w.safetensors", "a") == (
        "layers.hidden.weights.file: error[NNC801] bad-tensor-file: "
        f"tensor `{tensor}` of the weight file `w.safetensors` {message}\n{ST}"
    )


@pytest.mark.parametrize(
    "header",
    [
        {"a": entry("X8")},
        {"a": entry("x" * 1000)},
        {"a": entry("F4", [3], [0, 2])},
        {"a": entry("BF16", [3], [0, 2])},
        {"a\ud800": entry()},
        {"__metadata__": "text", "a": entry()},
        {"__metadata__": [1], "a": entry()},
        {"__metadata__": entry(), "a": entry()},
        {"a": "b"},
    ],
)
def test_the_library_has_the_last_word(tmp_path, header):
    write(
        tmp_path,
        "w.safetensors",
        st_of(header, b"ab" if "a" in header and header["a"] != "b" else b""),
    )
    found = mistake(tmp_path, "w.safetensors", "a")
    assert found.message.startswith("the weight file `w.safetensors` ")
    assert found.rule == "bad-tensor-file"
    assert len(found.message) < 400
    found.message.encode()


def test_a_refusal_of_the_library(tmp_path):
    write(tmp_path, "w.safetensors", st_of({"a": entry("BF16", [3], [0, 2])}, b"ab"))
    assert mistake(tmp_path, "w.safetensors", "a").message.startswith(
        "the weight file `w.safetensors` is refused by the safetensors library: "
    )


def cuts(data: bytes) -> Iterator[bytes]:
    return (data[:length] for length in range(len(data)))


def test_an_npy_cut_anywhere(tmp_path):
    data = npy(np.arange(12, dtype=np.int16).reshape(3, 4))
    for cut in cuts(data):
        write(tmp_path, "w.npy", cut)
        assert mistake(tmp_path, "w.npy").rule == "bad-tensor-file"


def test_a_safetensors_file_cut_anywhere(tmp_path):
    data = safetensors.numpy.save({"a": np.arange(12, dtype=np.int16), "b": np.zeros(3)})
    for cut in cuts(data):
        write(tmp_path, "w.safetensors", cut)
        assert mistake(tmp_path, "w.safetensors", "a").rule == "bad-tensor-file"


# ----------------------------------------------------------------------- nothing is guessed

SOUND_NPY = npy(np.arange(6, dtype="<i2").reshape(2, 3))
SOUND_ST = safetensors.numpy.save(
    {"a": np.arange(6, dtype="<i2").reshape(2, 3), "b": np.ones(2, "<f4")}
)
EDITS = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from(b"\0\1{}[](),:'\"0129-<>fibuUVOSFMc \xff")),
    max_size=3,
)


def changed(data: bytes, edits: list[tuple[int, int]]) -> bytes:
    edited = bytearray(data)
    for at, value in edits:
        edited[at % len(data)] = value
    return bytes(edited)


@given(EDITS)
def test_a_changed_npy_means_what_numpy_reads_or_is_told(tmp_path_factory, edits):
    folder = tmp_path_factory.getbasetemp()
    file = write(folder, "changed.npy", changed(SOUND_NPY, edits))
    found = opened(folder, "changed.npy")
    if isinstance(found, Diagnostic):
        assert found.rule in ("bad-tensor-file", "tensor-type", "tensor-not-finite")
    else:
        expected = np.load(file)
        assert found.dtype == expected.dtype
        assert found.tolist() == expected.tolist()


@given(EDITS)
def test_a_changed_safetensors_file_means_what_the_library_reads_or_is_told(
    tmp_path_factory, edits
):
    folder = tmp_path_factory.getbasetemp()
    file = write(folder, "changed.safetensors", changed(SOUND_ST, edits))
    found = opened(folder, "changed.safetensors", "a")
    if isinstance(found, Diagnostic):
        assert found.rule in (
            "bad-tensor-file",
            "tensor-type",
            "tensor-not-finite",
            "unknown-tensor",
        )
    else:
        expected = safetensors.numpy.load_file(file)["a"]
        assert found.dtype == expected.dtype
        assert found.tolist() == expected.tolist()


@given(st.binary(max_size=300), st.sampled_from(["any.npy", "any.safetensors"]))
def test_any_bytes_are_told(tmp_path_factory, data, name):
    folder = tmp_path_factory.getbasetemp()
    write(folder, name, data)
    assert mistake(folder, name, None if name == "any.npy" else "a").rule == "bad-tensor-file"


# ------------------------------------------------------------------------------- tensors


def test_an_unknown_tensor(tmp_path):
    write(
        tmp_path,
        "w.safetensors",
        safetensors.numpy.save({"hidden.weight": np.ones(1), "out.weight": np.ones(1)}),
    )
    assert told(tmp_path, "w.safetensors", "hiden.weight") == (
        "layers.hidden.weights.tensor: error[NNC802] unknown-tensor: "
        "the weight file `w.safetensors` has no tensor `hiden.weight`\n"
        "did you mean `hidden.weight`?"
    )
    assert told(tmp_path, "w.safetensors", "bias") == (
        "layers.hidden.weights.tensor: error[NNC802] unknown-tensor: "
        "the weight file `w.safetensors` has no tensor `bias`\n"
        "the tensors are `hidden.weight`, `out.weight`"
    )


def test_at_most_eight_tensors_are_named(tmp_path):
    write(
        tmp_path, "w.safetensors", safetensors.numpy.save({f"t{n}": np.ones(1) for n in range(9)})
    )
    assert mistake(tmp_path, "w.safetensors", "elsewhere").help == (
        "the tensors are `t0`, `t1`, `t2`, `t3`, `t4`, `t5`, `t6`, `t7`, …"
    )


@pytest.mark.parametrize("name", ["", "__metadata__", "a" * 100_000])
def test_names_that_are_no_tensor(tmp_path, name):
    write(tmp_path, "w.safetensors", st_of({"__metadata__": {"x": "y"}}))
    found = mistake(tmp_path, "w.safetensors", name)
    assert found.rule == "unknown-tensor"
    assert found.help == "it holds no tensors"
    assert len(found.message) < 200


def test_a_safetensors_file_needs_a_tensor(tmp_path):
    write(tmp_path, "w.safetensors", safetensors.numpy.save({"a": np.ones(1), "b": np.ones(1)}))
    assert told(tmp_path, "w.safetensors") == (
        "layers.hidden.weights: error[NNC103] missing-key: "
        "a .safetensors file needs `tensor`, the name of one in it (key)\n"
        "the tensors are `a`, `b`"
    )
    write(tmp_path, "one.safetensors", safetensors.numpy.save({"a": np.ones(1)}))
    assert mistake(tmp_path, "one.safetensors").help == "add `tensor: a`"


def test_an_npy_file_takes_no_tensor(tmp_path):
    write(tmp_path, "w.npy", npy([1]))
    assert told(tmp_path, "w.npy", "a") == (
        "layers.hidden.weights.tensor: error[NNC105] exclusive-keys: "
        "a .npy file takes no `tensor`: it holds one array (key)\n"
        "remove `tensor`"
    )


# --------------------------------------------------------------------------------- types

TAKEN = "bool, int8 to int64, uint8 to uint64, float16, float32 and float64"
CONVERT = "convert it, for example with numpy.ndarray.astype"
EXACT = "convert it: a float32 holds every bfloat16 and float8 exactly"


class Bomb:
    """Ends the process that unpickles it."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os._exit, (99,)


@pytest.mark.parametrize(
    ("data", "holds"),
    [
        (npy([Bomb()], allow_pickle=True), "Python objects"),
        (npy(np.array([None, 1]), allow_pickle=True), "Python objects"),
        (npy(["one", "two"]), "texts"),
        (npy([b"one", b"two"]), "texts"),
        (npy([1 + 2j]), "complex numbers"),
        (npy(np.array(["2024-01-01"], "datetime64[D]")), "dates"),
        (npy(np.array([1], "timedelta64[s]")), "durations"),
        (npy(np.zeros(2, [("x", "<i4"), ("y", "<f8")])), "records with named fields"),
        (npy_of(header_of("('<i4', (2,))"), bytes(16)), "records with named fields"),
        (npy_of(header_of("'i4,i4'"), bytes(16)), "records with named fields"),
        (npy(np.zeros(2, "V2")), "raw bytes, as bfloat16 and records are stored"),
        (npy_of(header_of("'<f16'"), bytes(32)), "long doubles"),
    ],
)
def test_npy_types_that_are_not_taken(tmp_path, data, holds):
    write(tmp_path, "w.npy", data)
    assert told(tmp_path, "w.npy") == (
        "layers.hidden.weights.file: error[NNC804] tensor-type: "
        f"the weight file `w.npy` holds {holds}; expected {TAKEN}\n{CONVERT}"
    )


@pytest.mark.parametrize(
    ("dtype", "size", "holds", "fix"),
    [
        ("BF16", 2, "bfloat16", EXACT),
        ("F8_E4M3", 1, "float8", EXACT),
        ("F8_E5M2", 1, "float8", EXACT),
    ],
)
def test_safetensors_types_that_are_not_taken(tmp_path, dtype, size, holds, fix):
    write(tmp_path, "w.safetensors", st_of({"a": entry(dtype, [1], [0, size])}, bytes(size)))
    assert told(tmp_path, "w.safetensors", "a") == (
        "layers.hidden.weights.tensor: error[NNC804] tensor-type: "
        f"tensor `a` of the weight file `w.safetensors` holds {holds}; expected {TAKEN}\n{fix}"
    )


@pytest.mark.parametrize(("dtype", "count"), [("C64", 1), ("F4", 16), ("F6_E2M3", 8), ("NEW", 1)])
def test_types_that_not_every_library_knows(tmp_path, dtype, count):
    size = 8 if dtype != "F6_E2M3" else 6
    write(tmp_path, "w.safetensors", st_of({"a": entry(dtype, [count], [0, size])}, bytes(size)))
    assert mistake(tmp_path, "w.safetensors", "a").rule in ("tensor-type", "bad-tensor-file")


# ------------------------------------------------------------------------------- finite


@pytest.mark.parametrize("kind", ["f2", "<f4", ">f4", "f8"])
@pytest.mark.parametrize(
    ("value", "word"), [(np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "-infinity")]
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_that_is_not_finite(tmp_path, kind, value, word, order):
    array = np.zeros((5, 30), kind, order=order)
    array[3, 17] = array[4, 2] = value
    write(tmp_path, "w.npy", npy(array))
    assert told(tmp_path, "w.npy") == (
        "layers.hidden.weights.file: error[NNC805] tensor-not-finite: "
        f"the weight file `w.npy` is {word} at [3, 17]; expected finite numbers\n"
        "check how the weights were made: training may have diverged"
    )


def test_a_tensor_that_is_not_finite(tmp_path):
    array = np.zeros(300_000, np.float32)
    array[200_000] = np.nan
    write(tmp_path, "w.safetensors", safetensors.numpy.save({"fine": np.ones(3), "w": array}))
    assert str(mistake(tmp_path, "w.safetensors", "w")) == (
        "layers.hidden.weights.tensor: error[NNC805] tensor-not-finite: "
        "tensor `w` of the weight file `w.safetensors` is NaN at [200000]; expected finite numbers"
    )
    assert array_of(tmp_path, "w.safetensors", "fine").tolist() == [1, 1, 1]


def test_one_number_that_is_not_finite(tmp_path):
    write(tmp_path, "w.npy", npy(np.float64("nan")))
    assert (
        mistake(tmp_path, "w.npy").message
        == "the weight file `w.npy` is NaN; expected finite numbers"
    )


@pytest.mark.parametrize(
    "shape", [(), (1,), (70_000,), (3, 50_000), (50_000, 3), (2, 3, 40_000), (0, 3)]
)
@pytest.mark.parametrize(
    "layout", ["C", "F", "sliced", "reversed", "transposed", "swapped", "unaligned"]
)
def test_not_finite_finds_the_first_of_any_layout(shape, layout):
    array = np.zeros(shape, np.float32)
    if layout == "F":
        array = np.asarray(array, order="F")
    elif layout == "sliced":
        array = np.zeros([2 * n for n in shape], np.float32)[
            (..., *(slice(None, None, 2) for _ in shape))
        ]
    elif layout == "reversed":
        array = array[(..., *(slice(None, None, -1) for _ in shape))]
    elif layout == "transposed":
        array = np.zeros(shape[::-1], np.float32).T
    elif layout == "swapped":
        array = np.zeros(shape, ">f4")
    elif layout == "unaligned":
        array = np.ndarray(shape, "<f4", bytearray(array.nbytes + 1), 1)
    assert array.shape == shape
    assert not_finite(array) is None
    if not array.size:
        return
    rng = np.random.default_rng(1)
    for value in (np.nan, np.inf, -np.inf):
        array[...] = 0
        places = [tuple(int(rng.integers(n)) for n in shape) for _ in range(3)]
        for place in places:
            array[place] = value
        assert not_finite(array) == min(places)


def test_not_finite_takes_every_type():
    for kind in KINDS:
        assert not_finite(some(kind)) is None
    assert not_finite(np.array([1 + 1j, np.nan])) == (1,)


# -------------------------------------------------------------------------------- digest


def test_a_digest_that_fits(tmp_path):
    file = write(tmp_path, "w.npy", npy([1, 2]))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert sha256_of(file, tmp_path) == digest
    for text in (digest, digest.upper()):
        assert array_of(tmp_path, "w.npy", None, text).tolist() == [1, 2]


@pytest.mark.parametrize("tensor", [None, "nothing"])
def test_another_digest(tmp_path, tensor):
    name = "w.npy" if tensor is None else "w.safetensors"
    data = npy([1, 2]) if tensor is None else safetensors.numpy.save({"a": np.ones(1)})
    write(tmp_path, name, data)
    assert told(tmp_path, name, tensor, "0" * 64) == (
        "layers.hidden.weights.sha256: error[NNC806] wrong-digest: "
        f"the weight file `{name}` does not have this SHA-256 digest\n"
        f"its digest is {hashlib.sha256(data).hexdigest()}; write that if this is the file you mean"
    )


def test_a_broken_file_is_told_before_its_digest(tmp_path):
    write(tmp_path, "w.npy", b"version https://git-lfs.github.com/spec/v1\n")
    assert mistake(tmp_path, "w.npy", None, "0" * 64).rule == "bad-tensor-file"


def test_a_pickle_with_the_right_digest_is_still_no_tensor(tmp_path):
    file = write(tmp_path, "w.npy", npy([Bomb()], allow_pickle=True))
    assert mistake(tmp_path, "w.npy", None, sha256_of(file, tmp_path)).rule == "tensor-type"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("9f86d081", "9f86d081"),
        ("0" * 63, "0" * 44 + "…" + "0" * 8),
        ("g" * 64, "g" * 44 + "…" + "g" * 8),
        ("٣" * 64, "٣" * 44 + "…" + "٣" * 8),
        ("sha256:" + "0" * 64, "sha256:" + "0" * 37 + "…" + "0" * 8),
        ("0" * 64 + "\n", "0" * 44 + "…" + "0" * 6 + r"\n"),
    ],
)
def test_what_is_no_digest(tmp_path, text, shown):
    write(tmp_path, "w.npy", npy([1, 2]))
    assert told(tmp_path, "w.npy", None, text) == (
        "layers.hidden.weights.sha256: error[NNC806] wrong-digest: "
        f"`{shown}` is not a SHA-256 digest: expected 64 hexadecimal digits\n"
        "write it as `sha256sum` prints it"
    )


def aged(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file be old enough for what is known of it to be remembered."""
    monkeypatch.setattr(files, "_SETTLED", -1_000_000_000)
    files._digest.cache_clear()
    headers._remembered_header.cache_clear()
    assert file.exists()


def test_a_file_is_hashed_and_its_header_read_once(tmp_path, monkeypatch):
    file = write(
        tmp_path, "w.safetensors", safetensors.numpy.save({"a": np.ones(1), "b": np.zeros(1)})
    )
    aged(file, monkeypatch)
    digest = sha256_of(file, tmp_path)
    for tensor in ("a", "b", "a"):
        array_of(tmp_path, "w.safetensors", tensor, digest)
        assert mistake(tmp_path, "w.safetensors", tensor, "0" * 64).rule == "wrong-digest"
    assert files._digest.cache_info().misses == 1
    assert headers._remembered_header.cache_info().misses == 1


def test_a_broken_header_is_read_once(tmp_path, monkeypatch):
    aged(write(tmp_path, "w.safetensors", st_of(b"{]")), monkeypatch)
    assert told(tmp_path, "w.safetensors", "a") == told(tmp_path, "w.safetensors", "a")
    assert headers._remembered_header.cache_info().misses == 1


def test_a_file_that_was_just_written_is_not_remembered(tmp_path):
    for number in range(20):
        write(tmp_path, "w.safetensors", safetensors.numpy.save({f"t{number}": np.array([number])}))
        digest = sha256_of(tmp_path / "w.safetensors", tmp_path)
        assert array_of(tmp_path, "w.safetensors", f"t{number}", digest).tolist() == [number]


# --------------------------------------------------------------------------------- files

SAVE = "save it with numpy.save or safetensors.numpy.save_file"
TORCH = "it may hold a pickle, which nnc never opens; convert it with safetensors.torch.save_file"


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("w", SAVE),
        ("w.csv", SAVE),
        ("w.h5", SAVE),
        ("npy", SAVE),
        ("", SAVE),
        (".", SAVE),
        ("w.npy/", "did you mean `w.npy`?"),
        ("w.npz", "save each array with numpy.save, or all with safetensors.numpy.save_file"),
        ("w.pt", TORCH),
        ("w.pth", TORCH),
        ("pytorch_model.bin", TORCH),
        ("w.PKL", "it may hold a pickle, which nnc never opens; convert it with numpy.save"),
        ("a/w.safetensor", "did you mean `a/w.safetensors`?"),
        ("w.nyp", "did you mean `w.npy`?"),
    ],
)
def test_other_suffixes(tmp_path, name, fix):
    assert told(tmp_path, name) == (
        "layers.hidden.weights.file: error[NNC801] bad-tensor-file: "
        f"the weight file `{name}` ends in neither .npy nor .safetensors\n{fix}"
    )


def test_a_file_that_is_not_there(tmp_path):
    write(tmp_path, "sub/hidden.npy", npy([1]))
    there = "layers.hidden.weights.file: error[NNC901] cannot-open: there is no weight file "
    folder = "paths are relative to the folder of the network"
    assert (
        told(tmp_path, "sub/hiden.npy") == f"{there}`sub/hiden.npy`\ndid you mean `sub/hidden.npy`?"
    )
    assert (
        told(tmp_path, "sub/HIDDEN.npy")
        == f"{there}`sub/HIDDEN.npy`\ndid you mean `sub/hidden.npy`?"
    )
    assert told(tmp_path, "other.npy") == f"{there}`other.npy`\n{folder}"
    assert told(tmp_path, "nowhere/w.npy") == f"{there}`nowhere/w.npy`\n{folder}"
    assert told(tmp_path, "sub/hidden.npy/w.npy") == f"{there}`sub/hidden.npy/w.npy`\n{folder}"
    assert told(tmp_path / "missing", "w.npy") == f"{there}`w.npy`\n{folder}"


def test_only_files_are_meant(tmp_path):
    (tmp_path / "hidden.npy").mkdir()
    assert mistake(tmp_path, "hiden.npy").help == "paths are relative to the folder of the network"


def test_a_link_to_nothing(tmp_path):
    (tmp_path / "w.npy").symlink_to("annex/w.npy")
    assert told(tmp_path, "w.npy") == (
        "layers.hidden.weights.file: error[NNC901] cannot-open: there is no weight file `w.npy`\n"
        "it is a link to a file that does not exist"
    )


@pytest.mark.parametrize(
    "name",
    [
        "../w.npy",
        "/etc/w.npy",
        "sub/../../w.npy",
        "out.npy",
        "away/w.npy",
        "circle.npy",
        "nul\0.npy",
    ],
)
def test_files_outside_the_project(tmp_path, name):
    write(tmp_path, "w.npy", npy([1]))
    project = tmp_path / "project"
    (project / "sub").mkdir(parents=True)
    (project / "out.npy").symlink_to("../w.npy")
    (project / "away").symlink_to("..")
    (project / "circle.npy").symlink_to("circle.npy")
    assert told(project, name) == (
        "layers.hidden.weights.file: error[NNC903] outside-project: "
        f"the weight file `{printable(name)}` is outside the project root\n"
        "write a relative path to a file inside it, or give --root a folder with both"
    )


def test_an_absolute_path_inside_the_project(tmp_path):
    assert mistake(tmp_path, str(write(tmp_path, "w.npy", npy([1])))).rule == "outside-project"


def cannot(name: str, why: str) -> str:
    return (
        "layers.hidden.weights.file: error[NNC901] cannot-open: "
        f"cannot open the weight file `{name}`: {why}\nNone"
    )


NO_FILE = "it is a pipe, a socket or a device"


@pytest.mark.parametrize("name", ["w.npy", "w.safetensors"])
def test_a_folder(tmp_path, name):
    (tmp_path / name).mkdir()
    assert told(tmp_path, name) == cannot(name, "it is a directory")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
@pytest.mark.parametrize("name", ["w.npy", "w.safetensors"])
def test_a_pipe_is_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    assert told(tmp_path, name) == cannot(name, NO_FILE)
    with pytest.raises(OSError, match=NO_FILE):
        sha256_of(tmp_path / name, tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(tmp_path, monkeypatch):
    file = write(tmp_path, "w.npy", npy([1]))
    really = os.open

    def swapped(path: Any, flags: int, **more: Any) -> int:
        if path == "w.npy":
            file.unlink()
            os.mkfifo(file)
        return really(path, flags, **more)

    monkeypatch.setattr(os, "open", swapped)
    assert told(tmp_path, "w.npy") == cannot("w.npy", NO_FILE)


def test_a_folder_that_takes_the_place_of_a_file(tmp_path, monkeypatch):
    file = write(tmp_path, "w.npy", npy([1]))
    really = os.open

    def swapped(path: Any, flags: int, **more: Any) -> int:
        if path == "w.npy":
            file.unlink()
            file.mkdir()
        return really(path, flags, **more)

    monkeypatch.setattr(os, "open", swapped)
    assert told(tmp_path, "w.npy") == cannot("w.npy", "it is a directory")


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs sockets")
def test_a_socket(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("w.npy")
        assert told(tmp_path, "w.npy") == cannot("w.npy", NO_FILE)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs devices")
@pytest.mark.parametrize("device", ["zero", "full", "random", "null", "tty", "stdin"])
def test_a_device(tmp_path, device):
    if not (Path("/dev") / device).exists() or stat.S_ISREG((Path("/dev") / device).stat().st_mode):
        pytest.skip("not here")
    (tmp_path / "w.npy").symlink_to(f"/dev/{device}")
    assert mistake(tmp_path, "w.npy").rule == "outside-project"
    assert told(tmp_path, "w.npy", root=Path("/")) == cannot("w.npy", NO_FILE)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
def test_a_file_that_says_it_is_empty(tmp_path):
    (tmp_path / "w.npy").symlink_to("/proc/self/maps")
    assert mistake(tmp_path, "w.npy", root=Path("/")).message == "the weight file `w.npy` is empty"


def test_a_name_too_long(tmp_path):
    found = mistake(tmp_path, "x" * 5000 + ".npy")
    assert found.rule in ("cannot-open", "outside-project")
    assert len(found.message) < 200


def refused(*_: object, **__: object) -> int:
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize("name", ["w.npy", "w.safetensors"])
def test_a_file_that_may_not_be_read(tmp_path, monkeypatch, name):
    write(tmp_path, name, b"x")
    monkeypatch.setattr(os, "open", refused)
    assert told(tmp_path, name) == cannot(name, "Permission denied")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_file_without_a_mode_to_read(tmp_path):
    write(tmp_path, "w.npy", npy([1])).chmod(0)
    assert told(tmp_path, "w.npy") == cannot("w.npy", "Permission denied")


@pytest.mark.parametrize("name", ["w.npy", "w.safetensors"])
def test_a_file_that_vanishes(tmp_path, monkeypatch, name):
    file = write(tmp_path, name, b"x")
    really = os.open

    def vanished(path: Any, flags: int, *more: Any) -> int:
        file.unlink()
        return really(path, flags, *more)

    monkeypatch.setattr(os, "open", vanished)
    found = mistake(tmp_path, name)
    assert (found.rule, found.message) == ("cannot-open", f"there is no weight file `{name}`")


def test_a_file_that_vanishes_before_the_library_reads_it(tmp_path, monkeypatch):
    file = write(tmp_path, "w.safetensors", safetensors.numpy.save({"a": np.ones(1)}))
    really = headers._ask_library

    def vanished(one: Any) -> None:
        file.unlink()
        really(one)

    monkeypatch.setattr(headers, "_ask_library", vanished)
    assert mistake(tmp_path, "w.safetensors", "a").rule == "cannot-open"


@pytest.mark.parametrize("is_small", [True, False])
def test_a_file_that_becomes_shorter(tmp_path, monkeypatch, is_small):
    file = write(tmp_path, "w.npy", npy(np.zeros(100_000)))
    if not is_small:
        monkeypatch.setattr(stored, "SMALL", 0)
    really = opening.mapped

    def shortened(*arguments: Any) -> NDArray[Any]:
        os.truncate(file, 100)
        return really(*arguments)

    monkeypatch.setattr(opening, "mapped", shortened)
    assert (
        mistake(tmp_path, "w.npy").message
        == "the weight file `w.npy` became shorter while it was read"
    )


def test_a_disk_that_fails(tmp_path, monkeypatch):
    write(tmp_path, "w.npy", npy([1]))

    def failing(*_: object) -> str:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(files, "_digest", failing)
    assert told(tmp_path, "w.npy", None, "0" * 64) == cannot("w.npy", "Input/output error")


def test_the_digest_of_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        sha256_of(tmp_path / "w.npy", tmp_path)
    with pytest.raises(IsADirectoryError):
        sha256_of(tmp_path, tmp_path)


# ---------------------------------------------------------------------------------- size

SIZE = 3 << 30


def sparse(folder: Path, name: str, start: bytes) -> None:
    """Make a file of 3 GiB that takes no room."""
    with (folder / name).open("wb") as out:
        out.write(start)
        out.truncate(len(start) + SIZE)


def test_three_gigabytes_are_mapped_and_not_read(tmp_path):
    sparse(tmp_path, "w.npy", npy_of(header_of("'|i1'", f"({SIZE},)")))
    sparse(tmp_path, "w.safetensors", st_of({"a": entry("I32", [SIZE // 4], [0, SIZE])}))
    first, second = array_of(tmp_path, "w.npy"), array_of(tmp_path, "w.safetensors", "a")
    assert (first.shape, second.shape) == ((SIZE,), (SIZE // 4,))
    assert int(first[-1]) == int(second[-1]) == 0


RUN = """
import sys
from pathlib import Path
from types import SimpleNamespace
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.files.weights import open_tensor
folder = Path(sys.argv[1])
result = open_tensor(SimpleNamespace(file="w.safetensors", tensor="a", sha256=None), ("x",), folder, folder)
print(result.message if isinstance(result, Diagnostic) else result.shape)
status = Path("/proc/self/status").read_text()
print(int(status.partition("VmHWM:")[2].split()[0]) >> 10)
"""
LONGEST, MOST = 16 << 20, 700_000
"""What a header may have: bytes, and lists, mappings and keys."""


def filled(start: str, piece: str, end: str, parts: int) -> bytes:
    """Give the largest header that is allowed: a piece as often as its parts and bytes let it."""
    names = (LONGEST - len(start) - len(end)) // len(piece % 0x1000000)
    count = min(names, (MOST - 10) // parts if parts else names)
    return (start + "".join(map(piece.__mod__, range(0x1000000, 0x1000000 + count))) + end).encode()


WIDE = "w" * 40
BOMBS = {
    "lists": lambda: filled('{"a":[', "[%d],", "0]}", 1),
    "objects": lambda: filled('{"a":[', '{"%x":""},', "0]}", 2),
    "names": lambda: filled("{", '"%x":0,', '"":0}', 1),
    "metadata": lambda: filled('{"__metadata__":{', '"%x":"",', '"":""}}', 1),
    "texts": lambda: filled('{"a":[', '"%x",', "0]}", 0),
    "numbers": lambda: filled('{"a":[', "%d,", "0]}", 0),
    "tensors": lambda: filled(
        "{",
        f'"{WIDE}%x":' + '{"dtype":"I8","shape":[0],"data_offsets":[0,0]},',
        '"b":{"dtype":"I8","shape":[0],"data_offsets":[0,0]}}',
        7,
    ),
    "dimensions": lambda: filled(
        '{"a":{"dtype":"I8","shape":[0', ",%d", '],"data_offsets":[0,0]}}', 0
    ),
}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measures as Linux does")
@pytest.mark.parametrize("name", BOMBS)
def test_header_bombs_take_little_memory(tmp_path, name):
    header = BOMBS[name]()
    parts = sum(map(header.count, (b"[", b"{", b":")))
    assert len(header) <= LONGEST
    assert parts <= MOST
    assert len(header) > LONGEST * 0.99 or parts > MOST * 0.99
    write(tmp_path, "w.safetensors", st_of(header))
    ran = subprocess.run(
        [sys.executable, "-c", RUN, tmp_path],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    print(name, ran.stdout)
    assert int(ran.stdout.splitlines()[-1]) < 500


def test_the_library_is_imported_late():
    code = "import sys, nnc.files.weights; print('safetensors' in sys.modules)"
    assert said_by(code) == "False\n"
