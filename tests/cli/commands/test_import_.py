"""`nnc import`: the network, what is said of it, and what is in the way."""

import json
from pathlib import Path

import pytest

import nnc as package
from nnc.cli.commands.import_ import _FORMS
from nnc.interchange.importing.formats import FORMATS
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


MODELS = Path(__file__).parents[2] / "interchange/importing/models/files"


def test_a_model_with_names_and_classes(nnc: Nnc) -> None:
    file = str(MODELS / "cancer.lightgbm.txt")
    names = "radius,texture,perimeter,area,smoothness,compactness"
    code, _, err = nnc(
        "import", file, "--names", names, "--classes", "malign,benign", "--cutoffs", "short",
        "-o", "cancer.nn.yaml",
    )  # fmt: skip
    assert code == 0
    assert err.endswith(", which LightGBM rounds; the cut-offs are exact on float64 rows\n")
    network = package.load("cancer.nn.yaml")
    assert list(network.inputs) == names.split(",")
    assert network.outputs["class"].labels == ("malign", "benign")


def test_rows_near_a_tie_are_counted(nnc: Nnc) -> None:
    file = str(MODELS.parents[1] / "files/onnx/logistic.onnx")
    network = package.import_file(file).network
    Path("rows.csv").write_text("x0,x1,x2,x3\n5.1,3.5,1.4,0.2\n6.3,3.3,6,2.5\n")
    code, _, err = nnc("import", file, "--rows", "rows.csv", "-o", "near.nn.yaml")
    assert (code, "NNC942" in err) == (0, False)
    # a row on the boundary of the first two classes, found by halving
    low, high = 1.4, 6.0
    row = {"x0": 5.1, "x1": 3.5, "x3": 0.8}
    for _ in range(60):
        middle = (low + high) / 2
        found = package.evaluate(network, {**row, "x2": middle}, floats="binary")["class"]
        low, high = (middle, high) if found == "0" else (low, middle)
    Path("near.csv").write_text(f"x0,x1,x2,x3\n5.1,3.5,{high!r},0.8\n6.3,3.3,6,2.5\n")
    code, _, err = nnc("import", file, "--rows", "near.csv", "-o", "near.nn.yaml", "--strict")
    assert code == 1
    assert "warning[NNC942] rows-may-differ: 1 of 2 rows lie so near a tie" in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--names", "a"], "there are 1 names of 6 features"),
        (["--classes", "a"], "classes has 1 names, the model has 2"),
        (
            ["--from", "aiger", "--cutoffs", "short"],
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
    code, out, err = nnc("import", "m.onnx", "--input", "x=-1|1", "-o", "m.nn.yaml")
    assert (code, out, err.endswith(": exact on every row\n")) == (0, "", True)
    assert package.load("m.nn.yaml").inputs["x"].states == (-1, 1)
    code, out, err = nnc("import", "m.onnx", "--input", "x")
    assert (code, out) == (2, "")
    assert "--input takes NAME=RANGE, such as pixels=0..255, not x" in err
    code, out, err = nnc("import", "m.onnx", "--input", "x=0..1", "--input", "x=0..2")
    assert (code, "--input names an input twice" in err) == (2, True)
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
