"""Networks with open layers, for rows: inputs, classes and what cannot be written."""

from pathlib import Path

import pytest

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
        (("--rows", "rows.npz", "--label", "kind"), "columns of npz are not read here"),
        (("--rows", "t-images-idx3-ubyte", "--label", "digit"), "write --label label"),
    ],
)
def test_what_no_network_is_written_for(
    nnc: Nnc, arguments: tuple[str, ...], expected: str
) -> None:
    Path("rows.csv").write_text("a,same,kind\n0,x,b\n1,x,c\n")
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
