"""A folder of pictures with a folder for each class; pictures that are refused."""

import zlib
from pathlib import Path

import numpy as np
import pytest

from tests.support.running import Nnc

Image = pytest.importorskip("PIL.Image")

NETWORK = """\
nnc: 1
fires: at_least
inputs: {p: {type: integer, size: 12, min: 0, max: 255}}
neurons: {bright: {weights: {p: 1}, threshold: 1000}}
outputs: {label: {level: bright, labels: [dark, light]}}
"""
EVAL = ("eval", "net.nn.yaml", "pictures", "--expected", "label")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.nn.yaml").write_text(NETWORK)
    for name, grey in (("dark", 10), ("light", 200)):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        picture = Image.fromarray(np.full((3, 4), grey, np.uint8))
        for suffix in ("png", "jpg", "pgm"):
            picture.save(tmp_path / "pictures" / name / f"a.{suffix}")
        colours = np.full((3, 4, 3), grey, np.uint8)
        Image.fromarray(colours).save(tmp_path / "pictures" / name / "b.png")
        (tmp_path / "pictures" / name / "notes.txt").write_text("no picture")
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_pictures_and_their_classes(nnc: Nnc) -> None:
    got = nnc(*EVAL)
    assert "8 of 8 rows right" in got.out, got.err
    assert nnc("eval", "net.nn.yaml", "pictures").out.split() == ["label", *["dark"] * 4,
                                                                 *["light"] * 4]  # fmt: skip


def test_a_colour_picture_gives_three_values_for_each_pixel(nnc: Nnc, folder: Path) -> None:
    (folder / "net.nn.yaml").write_text(
        "nnc: 1\ninputs: {p: {type: integer, size: 12}}\nneurons: {}\noutputs: {red: p(9)}\n"
    )
    for file in folder.glob("pictures/*/*.*"):
        file.unlink()
    colours = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    Image.fromarray(colours).save(folder / "pictures" / "dark" / "a.png")
    assert nnc("eval", "net.nn.yaml", "pictures").out == "red\n9\n"


def test_pictures_of_another_shape_than_the_input_declares(nnc: Nnc, folder: Path) -> None:
    text = NETWORK.replace("size: 12", "shape: [4, 3]")
    assert text != NETWORK
    (folder / "net.nn.yaml").write_text(text)
    assert "` has rows of 3 x 4; `" in nnc(*EVAL).err
    (folder / "net.nn.yaml").write_text(text.replace("[4, 3]", "[3, 4]"))
    assert nnc(*EVAL).code == 0


def bomb() -> bytes:
    """Return a PNG that says it has 50,000 x 50,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(name + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + name + data + checksum

    header = (50_000).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    data = zlib.compress(bytes(1 << 20))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


@pytest.mark.usefixtures("folder")
def test_a_picture_alone_is_refused_with_the_folder_to_name(nnc: Nnc) -> None:
    got = nnc("eval", "net.nn.yaml", "pictures/light/a.png")
    assert got.code == 2
    assert "NNC513] unknown-format: a picture is read with the others of its folder" in got.err
    assert "name the folder that holds a folder of pictures for each class" in got.err


def test_refused_pictures(nnc: Nnc, folder: Path) -> None:
    file = folder / "pictures" / "light" / "c.png"

    def refused(expected: str) -> None:
        got = nnc(*EVAL)
        assert got.code in (1, 2)
        assert expected in got.err

    Image.fromarray(np.zeros((4, 3), np.uint8)).save(file)
    refused("`light/c.png` is 3 x 4 pixels, and the pictures before 4 x 3")
    Image.fromarray(np.zeros((3, 4), np.uint16)).save(file)
    refused("`light/c.png` has more than 8 bits for each pixel")
    Image.fromarray(np.zeros((3, 4, 4), np.uint8)).save(file)
    refused("`light/c.png` has transparent pixels")
    whole = (folder / "pictures" / "light" / "a.png").read_bytes()
    for data, expected in (
        (b"", "is not a PNG, JPEG or PGM picture"),
        (whole[: len(whole) // 2], "`light/c.png` is"),
        (bomb(), "is not a PNG, JPEG or PGM picture"),
    ):
        file.write_bytes(data)
        refused(expected)
    file.unlink()
    Image.fromarray(np.zeros((3, 4), np.uint8)).save(folder / "pictures" / "loose.png")
    refused("`loose.png` lies in no folder of a class")
    (folder / "pictures" / "loose.png").unlink()
    (folder / "net.nn.yaml").write_text(NETWORK.replace("size: 12", "size: 13"))
    refused("the network has 13 elements of inputs")
    (folder / "net.nn.yaml").write_text(NETWORK.replace("size: 12", "shape: [5, 6]"))
    refused("is 4 x 3 pixels; the network reads 6 x 5")
