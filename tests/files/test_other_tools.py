"""Files that other tools have written are recognised, and how they become networks is said."""

import pytest

from nnc.files.other_tools import OTHER_FILES, recognised, way_to_import


@pytest.mark.parametrize(
    ("file", "start", "name"),
    [
        ("x.AIG", b"", "aiger"),
        ("x", b"aag 1 1 0 1 0\n", "aiger"),
        ("x", b"# made\n .model m\n", "blif"),
        ("x.xml", b"<?xml?>\n<opsa-mef>", "open-psa"),
        ("x.xml", b'<PMML version="4.4">', "pmml"),
        ("x.csv", b"Variable;Bin;Points\n", "points"),
        ("x", b"  score RULE 1.5\n", "spamassassin"),
        ("x.json", b'{"learner": {}}', "xgboost"),
        ("x.txt", b"tree\r\nversion=v4\n", "lightgbm"),
        ("x", b"\x08\x09\x12\x03nnc", "onnx"),
        ("x.nn.yaml", b"nnc: 1\n", None),
        ("x.csv", b"variable,points\n", None),
        ("x", b"", None),
    ],
)
def test_a_file_is_recognised_by_its_name_or_its_start(
    file: str, start: bytes, name: str | None
) -> None:
    assert recognised(file, start) == name
    way = way_to_import(file, start)
    assert (way is None) == (name is None)
    if way is not None and name is not None:
        assert way[0] == OTHER_FILES[name].words
        assert way[1].startswith(f"read it with nnc import {file} -o ")


def test_the_script_for_yosys_names_the_whole_path() -> None:
    way = way_to_import("sub/m.v", b"")
    assert way is not None
    assert way[0] == "Verilog"
    assert "yosys -p 'read_verilog sub/m.v; " in way[1]
    assert way[1].endswith("; then nnc import m.aig")


@pytest.mark.parametrize("file", ["a; exec -- touch pwned.v", "a b.v", "it's.sv", "$(x).v"])
def test_no_name_becomes_a_command_of_yosys(file: str) -> None:
    way = way_to_import(file, b"")
    assert way is not None
    suffix = file.rpartition(".")[2]
    assert f"'read_verilog FILE.{suffix}; " in way[1]
    assert file.rpartition(".")[0] not in way[1].replace("FILE", "")
