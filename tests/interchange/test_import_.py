"""`nnc import`: the network, what is said of it, and what is in the way."""

import json
from pathlib import Path

import pytest

import nnc as package
from nnc.interchange.import_ import _FORMS
from nnc.interchange.imports import FORMATS
from tests.support.running import Nnc

AND = "aag 3 2 0 1 1\n2\n4\n6\n6 2 4\ni0 left\ni1 right\no0 both\n"


@pytest.fixture(autouse=True)
def _files(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    Path("and.aag").write_text(AND)
    Path("bad.aag").write_text(AND.replace("6 2 4", "6 2 8"))
    Path("latch.aag").write_text("aag 1 0 1 1 0\n2 3\n2\nl0 toggle\n")


def test_the_network_is_printed(nnc: Nnc) -> None:
    code, out, err = nnc("import", "and.aag")
    assert (code, err) == (0, "")
    assert out.splitlines()[2:] == [
        "nnc: 1",
        "fires: at_least",
        "inputs: [left, right]",
        "neurons:",
        "  both: {weights: {left: 1, right: 1}, threshold: 2}",
        "outputs: {both: both}",
    ]


def test_the_network_is_written_and_works(nnc: Nnc) -> None:
    code, out, err = nnc("import", "and.aag", "-o", "and.nn.yaml")
    assert (code, out) == (0, "")
    assert err == "wrote and.nn.yaml: exact on every row\n"
    assert nnc("validate", "and.nn.yaml").code == 0
    assert nnc("fmt", "--check", "and.nn.yaml").code == 0
    assert nnc("eval", "and.nn.yaml", "--set", "left=1", "--set", "right=1").out.endswith("1\n")


def test_python_gives_the_same() -> None:
    network = package.import_file(Path("and.aag")).network
    assert package.evaluate(network, {"left": [0, 1], "right": [1, 1]})["both"].tolist() == [0, 1]


@pytest.mark.parametrize(("file", "code"), [("bad.aag", "NNC941"), ("latch.aag", "NNC940")])
def test_nothing_is_written_for_a_file_that_cannot_be_read(nnc: Nnc, file: str, code: str) -> None:
    ran = nnc("import", file, "-o", "out.nn.yaml")
    assert ran.code == 1
    assert f"error[{code}]" in ran.err + ran.out
    assert not Path("out.nn.yaml").exists()
    report = json.loads(nnc("import", file, "-o", "out.nn.yaml", "--report", "json").out)
    assert [each["code"] for each in report["diagnostics"]] == [code]


def test_the_place_is_shown(nnc: Nnc) -> None:
    ran = nnc("import", "bad.aag", "--report", "concise", "-o", "out.nn.yaml")
    assert ran.err.startswith("bad.aag:5:1: error[NNC941] bad-import-file: literal 8 is above 7")


def test_another_name_needs_its_format_or_its_first_bytes(nnc: Nnc) -> None:
    Path("circuit").write_text(AND)
    assert nnc("import", "circuit").code == 0
    Path("text").write_text("x")
    ran = nnc("import", "text")
    assert ran.code == 1
    assert "say it with --from" in ran.err + ran.out
    assert "no header of AIGER" in "".join(nnc("import", "text", "--from", "aiger")[1:])


def test_what_cannot_be_opened_and_what_would_be_overwritten(nnc: Nnc) -> None:
    assert nnc("import", "gone.aag").code == 2
    assert nnc("import", "and.aag", "-o", "and.aag").code == 2
    assert nnc("import", "and.aag", "--report", "json").code == 2
    assert nnc("import", "and.aag", "--max-bytes", "3").code == 2
    assert Path("and.aag").read_text() == AND


def test_the_formats_are_those_of_the_table() -> None:
    assert tuple(FORMATS) == _FORMS


MODELS = Path(__file__).parents[1] / "interchange/importing/models/files"


def test_a_model_with_names_and_classes(nnc: Nnc) -> None:
    file = str(MODELS / "cancer.lightgbm.txt")
    names = "radius,texture,perimeter,area,smoothness,compactness"
    code, _, err = nnc(
        "import", file, "--names", names, "--classes", "malign,benign", "--floats", "decimal",
        "-o", "cancer.nn.yaml",
    )  # fmt: skip
    assert code == 0
    assert err.endswith(", which LightGBM rounds; the cut-offs are exact on float64 rows\n")
    network = package.load("cancer.nn.yaml")
    assert list(network.inputs) == names.split(",")
    assert network.outputs["class"].labels == ("malign", "benign")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--names", "a"], "1 name given, and the model reads 6 columns"),
        (["--classes", "a"], "classes has 1 names, the model has 2"),
        (
            ["--from", "aiger", "--floats", "decimal"],
            "`cutoffs` means nothing for an AIGER file",
        ),
    ],
)
def test_options_that_do_not_fit(nnc: Nnc, options: list[str], message: str) -> None:
    code, _, err = nnc("import", str(MODELS / "cancer.lightgbm.txt"), *options)
    assert code == 2
    assert message in err.replace("\n", " ")


def test_the_integers_of_an_input(nnc: Nnc) -> None:
    models = pytest.importorskip("tests.support.onnx_models")
    Path("m.onnx").write_bytes(models.binarised((6, 4, 2)))
    code, out, err = nnc("import", "m.onnx", "--within", "x=-1|1", "-o", "m.nn.yaml")
    assert (code, out, err.endswith(": exact on every row\n")) == (0, "", True)
    assert package.load("m.nn.yaml").inputs["x"].states == (-1, 1)
    code, out, err = nnc("import", "m.onnx", "--within", "x")
    assert (code, out) == (2, "")
    assert "--within takes NAME=RANGE, such as pixels=0..255, not x" in err
    code, out, err = nnc("import", "m.onnx", "--within", "x=0..1", "--within", "x=0..2")
    assert (code, "--within names an input twice" in err) == (2, True)
    code, out, err = nnc("import", "m.onnx")  # then it is any real number
    assert (code, err) == (0, "")
    assert ": sums of real numbers are rounded in the model: " in out.splitlines()[0]


PLANT = """<opsa-mef><define-fault-tree name="t"><define-gate name="top"><and>
<basic-event name="x"/><basic-event name="y"/></and></define-gate>
<define-basic-event name="x"><float value="0.5"/></define-basic-event>
<define-basic-event name="y"><float value="0.25"/></define-basic-event>
</define-fault-tree></opsa-mef>"""


def test_a_file_that_nobody_named_is_not_replaced(nnc: Nnc) -> None:
    Path("plant.xml").write_text(PLANT)
    beside = Path("k.probabilities.csv")
    beside.write_text("mine\n")
    ran = nnc("import", "plant.xml", "-o", "k.nn.yaml")
    assert ran.code == 2
    assert "k.probabilities.csv" in ran.err
    assert "the file already exists, and would go beside the network" in ran.err
    assert beside.read_text() == "mine\n"
    assert not Path("k.nn.yaml").exists()
    beside.unlink()
    assert nnc("import", "plant.xml", "-o", "k.nn.yaml").code == 0
    assert nnc("import", "plant.xml", "-o", "k.nn.yaml").code == 0
    Path("plant.xml").write_text(PLANT.replace("0.25", "0.75"))  # replaces what it wrote
    assert nnc("import", "plant.xml", "-o", "k.nn.yaml").code == 0
    assert beside.read_text() == "name,probability\nx,0.5\ny,0.75\n"
    code, out, err = nnc("import", "plant.xml")
    assert (code, out) == (2, "")
    assert (
        "name the network with -o: beside it goes a file such as network.probabilities.csv" in err
    )


BLIF = ".model m\n.inputs a0 a1 b_0 b_1 c\n.outputs y[0] y[1]\n"
BLIF += ".names a0 b_0 y[0]\n11 1\n.names a1 b_1 c y[1]\n111 1\n.end\n"
AIGER = b"aig 3 2 0 1 1\n6\n\x02\x02"


@pytest.mark.parametrize("words", ["validate", "eval", "draw", "test", "compile", "why"])
def test_other_commands_name_the_import(nnc: Nnc, words: str) -> None:
    """Only `nnc diff` reads circuits: see tests/differences/test_circuits.py."""
    Path("x.aig").write_bytes(AIGER)
    Path("y.blif").write_text(BLIF)
    Path("z.v").write_text("module m(input a); endmodule\n")
    for file, message, hint in (
        ("x.aig", "this is an AIGER file, not a network", "nnc import x.aig -o x.nn.yaml"),
        ("y.blif", "this is a BLIF file, not a network", "nnc import y.blif -o y.nn.yaml"),
        ("z.v", "this is Verilog, not a network", "yosys -p 'read_verilog z.v; "),
    ):
        ran = nnc(words, file)
        assert ran.code == 1
        assert message in ran.out + ran.err
        assert hint in ran.out + ran.err


def test_texts_of_other_tools_without_a_name() -> None:
    with pytest.raises(
        package.InvalidNetworkError, match="this is a BLIF file, not a network"
    ) as e:
        package.loads(BLIF)
    assert e.value.diagnostics[0].help == "read it with nnc import"
    with pytest.raises(package.InvalidNetworkError, match="a network is a mapping, not `aagh`"):
        package.loads("aagh")


def test_verilog_comes_in_through_yosys(nnc: Nnc) -> None:
    Path("z.v").write_text("module m(input a); endmodule\n")
    ran = nnc("import", "z.v")
    assert ran.code == 1
    assert "error[NNC940] not-importable: Verilog is not read" in ran.err
    assert "write_aiger -symbols z.aig'; then nnc import z.aig" in " ".join(ran.err.split())


def test_names_that_become_a_bus_are_noted(nnc: Nnc) -> None:
    Path("y.blif").write_text(BLIF)
    ran = nnc("import", "y.blif", "-o", "y.nn.yaml")
    assert ran.code == 0
    assert list(package.load("y.nn.yaml").inputs) == ["a", "b", "c"]
    assert "input `a0..a1` is `a`, input `b_0..b_1` is `b`" in " ".join(ran.err.split())
    assert "`y" not in ran.err
