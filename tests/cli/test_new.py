"""`nnc new`: a first file that works, and nothing of the user's replaced."""

import json
from pathlib import Path

import pytest

from nnc.cli.new import TEMPLATES
from tests.support.running import Nnc, rules


def test_the_first_file_works(nnc: Nnc) -> None:
    code, out, err = nnc("new", "first.nn.yaml")
    assert (code, err) == (0, "")
    assert "first.nn.yaml" in out
    assert "nnc validate first.nn.yaml" in out
    assert "nnc eval first.nn.yaml --all" in out
    assert nnc("validate", "--strict", "first.nn.yaml") == (0, "no problems in 1 file\n", "")
    assert nnc("eval", "first.nn.yaml", "--all").out == "a,b,xor\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n"
    assert nnc("test") == (0, "4 of 4 cases hold in 1 file\n", "")
    out = nnc("test", "--coverage").out
    assert out == "4 of 4 cases hold, 4 of 4 sides of thresholds seen in 1 file\n"


def test_editors_find_the_schema(nnc: Nnc) -> None:
    nnc("new", "first.nn.yaml")
    first = Path("first.nn.yaml").read_text().splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    schema = Path(first.partition("=")[2])
    assert json.loads(schema.read_text())["required"] == ["nnc"]  # an overlay needs no more
    assert "fires: at_least" in Path("first.nn.yaml").read_text()


def test_a_file_that_is_there_stays(nnc: Nnc) -> None:
    Path("mine.nn.yaml").write_text("mine")
    code, out, err = nnc("new", "mine.nn.yaml")
    assert (code, out, rules(err)) == (2, "", ["cannot-open"])
    assert "the file already exists" in err
    assert "choose another name, or remove the file first" in err
    assert Path("mine.nn.yaml").read_text() == "mine"
    assert [p.name for p in Path().iterdir()] == ["mine.nn.yaml"]


def test_a_schema_that_is_there_stays(nnc: Nnc) -> None:
    Path("network.schema.json").write_text("mine")
    code, out, _ = nnc("new", "first.nn.yaml")
    assert code == 0
    assert Path("network.schema.json").read_text() == "mine"
    assert (
        "note: network.schema.json is not the schema of this version of nnc; to renew it: "
        "nnc schema > network.schema.json\n"
    ) in out


def test_a_repository_has_the_schema_once(nnc: Nnc) -> None:
    for folder in (".git", "a/b", "c"):
        Path(folder).mkdir(parents=True)
    assert "wrote network.schema.json, with which editors" in nnc("new", "a/b/one.nn.yaml").out
    assert nnc("new", "c/two.nn.yaml").out == (
        "wrote c/two.nn.yaml\nnext: nnc validate c/two.nn.yaml; nnc eval c/two.nn.yaml --all\n"
    )
    for file, schema in (("a/b/one", "../../"), ("c/two", "../")):
        head = Path(f"{file}.nn.yaml").read_text().splitlines()[0]
        assert head == f"# yaml-language-server: $schema={schema}network.schema.json"
    assert len(list(Path().rglob("*.json"))) == 1


def test_a_schema_in_a_folder_of_schemas_is_named(nnc: Nnc) -> None:
    for folder in (".git", "schemas", "nets"):
        Path(folder).mkdir()
    Path("schemas/network.schema.json").write_text("mine")
    nnc("new", "nets/one.nn.yaml")
    assert "$schema=../schemas/network.schema.json\n" in Path("nets/one.nn.yaml").read_text()


def test_a_second_file_beside_the_first(nnc: Nnc) -> None:
    assert nnc("new", "first.nn.yaml").code == 0
    assert nnc("new", "second.nn.yaml").code == 0
    assert nnc("test").out == "8 of 8 cases hold in 2 files\n"


@pytest.mark.parametrize("name", ["two words.nn.yaml", "größe.nn.yaml"])
def test_names_of_all_kinds(nnc: Nnc, name: str) -> None:
    code, out, _ = nnc("new", name)
    assert code == 0
    if " " in name:
        assert f"nnc validate '{name}'" in out  # as it can be pasted
    assert nnc("validate", name).code == 0


def test_a_folder_that_is_not_there(nnc: Nnc) -> None:
    code, out, err = nnc("new", "none/x.nn.yaml")
    assert (code, out, rules(err)) == (2, "", ["cannot-open"])
    assert "--> none/x.nn.yaml" in err
    assert "create the folder `none` first" in err
    assert not list(Path().iterdir())


@pytest.mark.parametrize(("arguments", "told"), [
    ([], "FILE"), (["folder"], "directory"),
    ([""], "`` is not a file"), (["x.nn.yaml", "y.nn.yaml"], "y.nn.yaml"),
    (["x.nn.yaml", "--lik"], "--like")])  # fmt: skip
def test_wrong_use(nnc: Nnc, arguments: list[str], told: str) -> None:
    Path("folder").mkdir()
    code, out, err = nnc("new", *arguments)
    assert (code, out) == (2, "")
    assert told in err


def test_a_name_that_directories_are_not_searched_for(nnc: Nnc) -> None:
    code, out, err = nnc("new", "first.yaml")
    assert code == 0
    assert "*.nn.yaml" in out + err


def test_a_file_that_another_program_makes_meanwhile_stays(
    nnc: Nnc, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_: object) -> bool:
        Path("mine.nn.yaml").write_text("mine")
        return False

    with monkeypatch.context() as patch:
        patch.setattr("os.path.exists", slow)
        code, out, err = nnc("new", "mine.nn.yaml")
    assert (code, out, rules(err)) == (2, "", ["cannot-open"])
    assert "another program changed it, so it was not overwritten" in err
    assert Path("mine.nn.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_template_works(nnc: Nnc, name: str) -> None:
    assert nnc("new", "mine.nn.yaml", "--like", name).code == 0
    assert nnc("validate", "--strict", "mine.nn.yaml").code == 0
    assert nnc("fmt", "--check", "mine.nn.yaml").code == 0
    tested = nnc("test")
    assert (tested.code, "0 of 0" in tested.out) == (0, False)
