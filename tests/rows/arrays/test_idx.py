"""IDX: pictures and the labels beside them; files that are not what they say."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from nnc.language.network import Input
from tests.support.reading import batches, messages, rows
from tests.support.running import Nnc

PIXELS = {"p": Input(type="integer", size=4, min=0, max=255)}
PICTURES = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)


def idx(array: np.ndarray, kind: int = 8) -> bytes:
    shape = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, kind, array.ndim]) + shape + array.tobytes()


def test_pictures_are_rows() -> None:
    (batch,) = batches(idx(PICTURES), "idx", PIXELS)
    assert batch.columns[0].numerators.tolist() == PICTURES.reshape(3, 4).tolist()
    pairs = {"a": Input(type="integer"), "b": Input(type="integer")}
    wide = np.array([[1, -2], [300, 4]], ">i2")
    assert rows(idx(wide, 11), "idx", pairs, batch_size=1) == [(1, -2), (300, 4)]


def test_pictures_of_another_shape_than_the_input_declares() -> None:
    image = {"p": Input(type="integer", shape=(2, 2), min=0, max=255)}
    assert not messages(idx(PICTURES), "idx", image)
    tall = {"p": Input(type="integer", shape=(4, 1, 1), min=0, max=255)}
    (mistake,) = messages(idx(PICTURES), "idx", tall)
    assert "the array has rows of 2 x 2; `p` has the shape 4 x 1 x 1" in mistake


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "the file is not an IDX file"),
        (b"a,b,c,d\n", "the file is not an IDX file"),
        (b"\0\0\x0a\1\0\0\0\0", "the file is not an IDX file"),
        (b"\0\0\x08\0", "the file has 0 dimensions; expected 1 to 8"),
        (b"\0\0\x08\xff", "the file has 255 dimensions; expected 1 to 8"),
        (b"\0\0\x08\3\0\0", "the file ends inside its header"),
        (idx(PICTURES)[:-1], "the file ends 1 bytes early"),
        (idx(PICTURES) + b"x", "more bytes follow than the header says"),
        (idx(PICTURES.reshape(2, 6)), "the array is 2 x 6; the network has 1 input of 4 elements"),
        (b"\0\0\x08\2" + b"\xff\xff\xff\xff\0\0\0\4" + bytes(9), "the file ends 17179869171 bytes"),
    ],
)  # fmt: skip
def test_files_that_are_not_what_they_say(data: bytes, expected: str) -> None:
    (message,) = messages(data, "idx", PIXELS)
    assert expected in message


NETWORK = """\
nnc: 1
fires: at_least
inputs: {p: {type: integer, size: 4, min: 0, max: 20}}
neurons: {big: {weights: {p: 1}, threshold: 20}}
outputs: {label: big}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.nn.yaml").write_text(NETWORK)
    with gzip.open(tmp_path / "t-images-idx3-ubyte.gz", "wb") as stream:
        stream.write(idx(PICTURES))
    with gzip.open(tmp_path / "t-labels-idx1-ubyte.gz", "wb") as stream:
        stream.write(idx(np.array([0, 1, 0], np.uint8)))
    return tmp_path


EVAL = ("eval", "net.nn.yaml", "t-images-idx3-ubyte.gz")


@pytest.mark.usefixtures("folder")
def test_labels_beside_pictures(nnc: Nnc) -> None:
    assert nnc(*EVAL).out == "label\n0\n1\n1\n"
    assert "2 of 3 rows right" in nnc(*EVAL, "--expected", "label").out
    got = nnc(*EVAL, "--extra", "keep", "--to", "csv")
    assert got.code in (0, 1, 2)
    refused = nnc(*EVAL, "--rejects", "bad.idx")
    assert (refused.code, "--rejects writes rows as they were" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (None, "there is no file of labels `t-labels-idx1-ubyte.gz` beside the file"),
        (idx(np.zeros(2, np.uint8)), "has 2 labels for 3 rows"),
        (idx(np.zeros(3, np.uint8))[:-1], "ends early"),
        (idx(np.zeros(3, ">i4"), 12), "has numbers that are not whole or of more than 8 bits"),
    ],
)
def test_labels_that_do_not_fit(
    nnc: Nnc, folder: Path, labels: bytes | None, expected: str
) -> None:
    file = folder / "t-labels-idx1-ubyte.gz"
    file.unlink()
    if labels is not None:
        file.write_bytes(gzip.compress(labels))
    got = nnc(*EVAL, "--expected", "label")
    assert got.code in (1, 2)
    assert expected in got.err
