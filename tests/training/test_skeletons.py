"""Networks with open layers, for rows: inputs, classes and what cannot be written."""

from pathlib import Path

import numpy as np
import pytest

import nnc as library
from tests.support.running import Nnc


def test_a_network_for_rows_can_be_trained(nnc: Nnc) -> None:
    lines = [
        f"{i % 2},{'red' if i % 3 else 'blue'},{i % 7 / 2},r{i},{'odd' if i % 2 else 'even'}\n"
        for i in range(40)
    ]
    Path("rows.csv").write_text("".join(["a b,colour,n,id,kind\n", *lines]))
    arguments = ("new", "net.nn.yaml", "--rows", "rows.csv", "--label", "kind")
    got = nnc(*arguments)
    assert got.code == 0, got.err
    assert "note: column `id` is left out" in got.out
    assert "next: nnc train net.nn.yaml rows.csv --label kind" in got.out
    text = Path("net.nn.yaml").read_text()
    for expected in ("{type: bit, column: a b}", "type: choice, of: [blue, red]", "max: 3}",
                     "labels: [even, odd]", "size: 256", "wiring: [a_b, colour, n]"):  # fmt: skip
        assert expected in text, text
    assert nnc("validate", "net.nn.yaml").code == 0
    Path("net.nn.yaml").write_text(text.replace("size: 256", "size: 3"))
    pytest.importorskip("torch")
    trained = nnc("train", "net.nn.yaml", "rows.csv", "--label", "kind", "--epochs", "300",
                  "-o", "out.nn.yaml")  # fmt: skip
    assert "40 of 40 rows right" in trained.out, trained


def test_elements_of_buses_and_places(nnc: Nnc) -> None:
    Path("rows.csv").write_text("p(0),p(1),digit\n0,5,0\n0,9,1\n0,2,2\n")
    assert nnc("new", "net.nn.yaml", "--rows", "rows.csv", "--label", "digit").code == 0
    text = Path("net.nn.yaml").read_text()
    assert "p: {type: integer(2), min: 0, max: 9}" in text
    assert "labels" not in text


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--rows", "rows.csv"), "--rows ROWS and --label COLUMN go together"),
        (("--rows", "rows.csv", "--label", "b", "--like", "xor"), "--like and --rows each say"),
        (("--rows", "rows.csv", "--label", "kin"), "did you mean `kind`?"),
        (("--rows", "rows.csv", "--label", "same"), "has 1 values; expected 2 to 1,000"),
        (("--rows", "rows.npy", "--label", "kind"), "an array of npy has no names"),
        (("--rows", "rows.npz", "--label", "kin"), "did you mean `kind`?"),
        (("--rows", "text.npz", "--label", "kind"), "array `a` has no numbers"),
        (("--rows", "name.npz", "--label", "kind"), "array `a b` cannot be an input"),
        (("--rows", "only.npz", "--label", "kind"), "there is nothing to predict `kind` from"),
        (("--rows", "bad.npz", "--label", "kind"), "this is not a file of numpy.savez"),
        (("--rows", "nan.npz", "--label", "kind"), "array `a` has `nan`, at [1, 0]"),
        (("--rows", "few.npz", "--label", "kind"), "array `a` has 1 row, `kind` 2"),
        (("--rows", "scalar.npz", "--label", "kind"), "array `a` has no rows, `kind` 2"),
        (("--rows", "hot.npz", "--label", "kind"), "for one-hot labels save the place of the 1"),
        (("--na", "x"), "--na is about rows of CSV"),
        (("--rows", "t-images-idx3-ubyte", "--label", "digit"), "write --label label"),
    ],
)
def test_what_no_network_is_written_for(
    nnc: Nnc, arguments: tuple[str, ...], expected: str
) -> None:
    Path("rows.csv").write_text("a,same,kind\n0,x,b\n1,x,c\n")
    np.savez("rows.npz", a=np.arange(4), kind=np.arange(4) % 2)
    np.savez("name.npz", **{"a b": np.arange(2), "kind": np.arange(2)})
    np.savez("only.npz", kind=np.arange(2))
    np.savez("nan.npz", a=np.array([[0.5], [np.nan]]), kind=np.arange(2))
    np.savez("few.npz", a=np.arange(1), kind=np.arange(2))
    np.savez("scalar.npz", a=np.array(1), kind=np.arange(2))
    np.savez("hot.npz", a=np.arange(2), kind=np.eye(2))
    Path("bad.npz").write_bytes(b"PK\x03\x04")
    np.savez("text.npz", a=np.array(["b", "c"]), kind=np.arange(2))
    got = nnc("new", "net.nn.yaml", *arguments)
    assert got.code in (1, 2)
    assert expected in " ".join(got.err.split())
    assert not Path("net.nn.yaml").exists()


def test_pictures_say_their_size_and_their_classes(nnc: Nnc) -> None:
    Path("t-images-idx3-ubyte").write_bytes(b"\0\0\x08\3" + b"\0\0\0\2" * 3 + bytes(8))
    Path("t-labels-idx1-ubyte").write_bytes(b"\0\0\x08\1" + b"\0\0\0\2" + b"\4\7")
    got = nnc("new", "net.nn.yaml", "--rows", "t-images-idx3-ubyte", "--label", "label")
    assert got.code == 0, got.err
    text = Path("net.nn.yaml").read_text()
    assert "pixels: {type: integer, shape: [2, 2], min: 0, max: 255}" in text
    assert 'labels: ["4", "7"]' in text
    image = pytest.importorskip("PIL.Image")
    for name in ("cat", "dog"):
        Path("pets", name).mkdir(parents=True)
        image.new("RGB", (3, 2)).save(Path("pets", name, "a.png"))
    assert nnc("new", "pets.nn.yaml", "--rows", "pets", "--label", "label").code == 0
    text = Path("pets.nn.yaml").read_text()
    assert "shape: [2, 3, 3]" in text
    assert "labels: [cat, dog]" in text


def test_a_network_for_rows_as_others_write_them(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a;kind\n0,5;b\nNA;c\n2,5;c\n")
    dialect = ("--delimiter", ";", "--decimal", ",", "--na", "NA")
    ran = nnc("new", "net.nn.yaml", "--rows", "rows.csv", "--label", "kind", *dialect)
    assert ran.code == 0
    assert "--label kind --test 0.2 --delimiter ';' --decimal , --na NA -o" in ran.out
    read = library.load("net.nn.yaml").inputs["a"]
    assert (read.type, read.min, read.max) == ("real", 0.5, 2.5)


def test_a_network_for_arrays(nnc: Nnc) -> None:
    pixels = np.arange(3 * 4 * 4, dtype=np.uint8).reshape(3, 4, 4)
    np.savez("rows.npz", pixels=pixels, w=np.array([0.5, 1, 2]), kind=np.array([7, 9, 7]))
    assert nnc("new", "net.nn.yaml", "--rows", "rows.npz", "--label", "kind").code == 0
    network = library.load("net.nn.yaml")
    assert (network.inputs["pixels"].shape, network.inputs["pixels"].max) == ((4, 4), 255)
    assert network.inputs["w"].type == "real"
    assert network.outputs["kind"].labels == ("7", "9")


def test_numbers_too_large_to_learn_from(nnc: Nnc) -> None:
    pytest.importorskip("torch")
    np.savez("rows.npz", a=np.array([[2.0**63, 1], [-(2.0**63), 2]]), kind=np.arange(2))
    assert nnc("new", "net.nn.yaml", "--rows", "rows.npz", "--label", "kind").code == 0
    got = nnc("train", "net.nn.yaml", "rows.npz", "--label", "kind", "-o", "out.nn.yaml")
    assert got.code == 1
    assert "the rows have numbers up to 9e+18; layers learn from numbers up to 1e+12" in got.err
