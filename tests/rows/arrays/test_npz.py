"""NPZ: an array for each input; archives that are not what they say."""

import io
import zipfile
from typing import Any

import numpy as np
import pytest

from nnc.language.network import Input
from tests.support.reading import batches, messages, seen

INPUTS = {
    "p": Input(type="integer", size=4, min=0, max=9),
    "c": Input(type="choice", of=("red", "blue")),
    "x": Input(type="real", default="0.5"),
}
P = np.arange(8).reshape(2, 2, 2)
C = np.array(["blue", "red"])


def npz(*, packed: bool = False, **arrays: Any) -> bytes:
    out = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(out, **arrays)
    return out.getvalue()


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return out.getvalue()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("size", [1, 100])
def test_an_array_for_each_input(packed: bool, size: int) -> None:
    read = batches(npz(p=P, c=C, packed=packed), "npz", INPUTS, batch_size=size)
    assert seen(read, INPUTS) == [(0, 1, 2, 3, "blue", 0.5), (4, 5, 6, 7, "red", 0.5)]


def test_rows_of_another_shape_than_the_input_declares() -> None:
    image = {"image": Input(type="integer", shape=(4, 4, 3), min=0, max=99)}
    last = np.arange(2 * 48).reshape(2, 4, 4, 3)
    assert seen(batches(npz(image=last), "npz", image), image)[0] == tuple(range(48))
    assert not messages(npz(image=last.reshape(2, 48)), "npz", image)
    assert not messages(npz(image=last.reshape(2, 1, 4, 4, 3)), "npz", image)
    (mistake,) = messages(npz(image=last.transpose(0, 3, 1, 2)), "npz", image)
    assert "array `image` has rows of 3 x 4 x 4; `image` has the shape 4 x 4 x 3" in mistake
    assert "transpose or scale the rows, or declare the shape that they have" in mistake


def test_arrays_that_are_kept() -> None:
    data = npz(p=P, c=C, kind=np.array(["a", "b"]), n=np.array([7, 8]))
    (batch,) = batches(data, "npz", INPUTS, also={"kind", "n"})
    assert batch.extras == {"kind": ["a", "b"], "n": ["7", "8"]}
    (warning,) = messages(data, "npz", INPUTS)
    assert "arrays `kind`, `n` are not inputs and are left out" in warning
    assert not messages(data, "npz", INPUTS, extra="drop")
    (mistake,) = messages(data, "npz", INPUTS, extra="error")
    assert "no input has the name of `kind`, `n`" in mistake
    (renamed,) = batches(npz(q=P, c=C), "npz", INPUTS, rename={"q": "p"})
    assert renamed.count == 2


def broken() -> bytes:
    data = bytearray(npz(p=P, c=C, packed=True))
    at = data.index(b"p.npy") + 60
    data[at : at + 20] = bytes(20)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "the file is not an NPZ archive"),
        (npz(p=P, c=C)[:200], "the file is not an NPZ archive"),
        (npz(c=C), "input `p` has no array"),
        (npz(p=P.reshape(4, 2), c=C), "array `p` is 4 x 2; `p` has 4 elements"),
        (npz(p=np.asfortranarray(P.reshape(2, 4)), c=C), "stored column by column"),
        (npz(p=P, c=C[:1]), "array `p` has 2 rows, `c` 1"),
        (npz(p=P, c=np.array([0, 1])), "array `c` holds numbers, and input `c` is a choice"),
        (npz(p=P, c=np.array(["blue", "green"])), "at [1, 0] of `c`"),
        (npz(p=P + 5, c=C), "input `p(1)`"),
        (npz(p=P.astype(object), c=C), "array `p` holds Python objects"),
        (npz(p=P, c=np.array(["x" * 2000, "red"])), "has texts of more than 1,024 characters"),
        (zipped(p=b"a,b\n", c=b""), "array `p` is not an NPY file"),
        (broken(), "array `p`"),
    ],
)
def test_archives_that_are_not_what_they_say(data: bytes, expected: str) -> None:
    assert any(expected in each for each in messages(data, "npz", INPUTS)[:5])


def test_an_array_that_ends_early_or_late() -> None:
    out = io.BytesIO()
    np.save(out, P)
    colours = io.BytesIO()
    np.save(colours, C)
    for data, expected in ((out.getvalue()[:-1], "ends early"), (out.getvalue() + b"x", "follow")):
        (message,) = messages(zipped(p=data, c=colours.getvalue()), "npz", INPUTS)
        assert expected in message
