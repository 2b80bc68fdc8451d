"""Every rule is explained, and every example does what its explanation says."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.diagnostics.explanation import Explanation, file_heading
from nnc.diagnostics.rules import RULES
from nnc.language.network import Input
from nnc.opening.checking import check
from nnc.opening.settings import Projects
from nnc.rows.dialect import CsvDialect
from nnc.rows.formats import read_rows
from nnc.rows.session import RowOptions, Session
from tests.support.explanations import EXPLANATIONS, bad_example

FOLDER = Path(__file__).parents[2] / "framework/nnc/diagnostics/explanations"
ONLY_WHEN_RUN = {
    "case-failed", "no-cases", "unseen-side", "far-from-threshold", "property-refuted",
    "no-properties", "nothing-allowed", "row-not-allowed",
    "constant-neuron", "equal-neurons", "irrelevant-input", "covered-neuron",
}  # fmt: skip
"""Mistakes of a network file that show only when its cases are evaluated: checking finds none."""

NETWORKS = [name for name, about in EXPLANATIONS.items() if about.language == "yaml"]


def found_in(text: str, about: Explanation, folder: Path) -> list[Diagnostic]:
    for name, content in about.files.items():
        if name.endswith(".yaml"):
            (folder / name).write_text(content, "utf-8")
        else:
            ran(content, folder)
            assert (folder / name).exists()
    main = folder / "example.nn.yaml"
    main.write_bytes(text.encode("utf-8", "surrogateescape"))
    return check(main.read_bytes(), main.name, path=main, root=folder).diagnostics


def ran(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )


def shown(about: Explanation) -> list[str]:
    return [about.bad, about.good, *about.files.values()]


def test_every_rule_is_explained_in_a_file_of_its_own() -> None:
    assert {file.name for file in FOLDER.iterdir()} == {
        f"{rule.code}.md" for rule in RULES.values()
    }


def test_the_files_are_of_one_form() -> None:
    for name, rule in RULES.items():
        text = (FOLDER / f"{rule.code}.md").read_text("utf-8")
        heads = re.findall("^(.+)\n```\\w", text, re.MULTILINE)
        assert heads == [*map(file_heading, EXPLANATIONS[name].files), "*bad*", "*good*"], name
        assert text.count("\n```\n") == len(heads), name
        assert "\n```\n\nFix: " in text, name
        assert "  " not in re.sub("```.*?```", "", text, flags=re.DOTALL), name


@pytest.mark.parametrize("name", NETWORKS)
def test_the_bad_network_has_its_one_mistake(name: str, tmp_path: Path) -> None:
    about = EXPLANATIONS[name]
    found = [one.rule for one in found_in(bad_example(name), about, tmp_path)]
    assert found == ([] if name in ONLY_WHEN_RUN else [name])


@pytest.mark.parametrize("name", NETWORKS)
def test_the_good_network_has_no_mistake(name: str, tmp_path: Path) -> None:
    about = EXPLANATIONS[name]
    assert list(map(str, found_in(about.good, about, tmp_path))) == []


@pytest.mark.parametrize("name", [n for n in NETWORKS if EXPLANATIONS[n].files])
def test_the_files_beside_a_network_have_no_mistake_and_are_used(name: str) -> None:
    about = EXPLANATIONS[name]
    for file, text in about.files.items():
        assert file in about.bad + about.good
        if file.endswith(".yaml"):
            assert list(map(str, check(text.encode(), file).diagnostics)) == []


def test_the_texts_can_be_read_on_any_screen() -> None:
    for name, about in EXPLANATIONS.items():
        for text in (about.why, about.hint):
            assert text.endswith((".", "?")), name
            assert text.isprintable(), name
        for example in shown(about):
            assert example.strip(), name
            for line in example.split("\n"):
                assert len(line) <= 100, name
                assert line.isprintable(), name
        assert about.bad != about.good, name


def test_commands_are_commands() -> None:
    for about in (each for each in EXPLANATIONS.values() if each.language == "sh"):
        assert all(example.startswith("nnc ") for example in shown(about)), about


def read(text: str) -> list[str]:
    found: list[Diagnostic] = []
    format_ = "json" if text.startswith("[") else "csv"
    inputs = {name: Input.read({"type": "bit"}) for name in ("a", "b")}
    stream = io.BytesIO(text.encode())
    try:
        dialect = CsvDialect(recognises=True)
        session = Session(inputs, file="rows", report=found.append, options=RowOptions(csv=dialect))
        list(read_rows(stream, format_, session))
    except InvalidRowsError as error:
        found += error.diagnostics
    return [one.rule for one in found]


@pytest.mark.parametrize("name", [n for n, e in EXPLANATIONS.items() if e.language == "text"])
def test_bad_rows_have_their_one_mistake_and_good_rows_none(name: str) -> None:
    about = EXPLANATIONS[name]
    assert "a network with the bits a and b" in about.why
    assert read(about.bad) == [name]
    assert read(about.good) == []


def test_the_bad_setting_is_one(tmp_path: Path) -> None:
    about = EXPLANATIONS["bad-setting"]
    for text, expected in ((about.bad, ["bad-setting"]), (about.good, [])):
        (tmp_path / "nnc.toml").write_text(text)
        found = Projects().mistakes([str(tmp_path / "a.nn.yaml")])
        assert [each.rule for each in found] == expected


@pytest.mark.parametrize("name", [n for n, e in EXPLANATIONS.items() if e.language == "python"])
def test_python_examples_are_python(name: str) -> None:
    for example in shown(EXPLANATIONS[name]):
        compile(example, name, "exec")


def test_the_inexact_float_is_refused_in_python(tmp_path: Path) -> None:
    about = EXPLANATIONS["inexact-float"]
    bad, good = (ran(code, tmp_path) for code in (about.bad, about.good))
    assert bad.returncode == 1
    assert "inexact-float" in bad.stderr
    assert good.returncode == 0, good.stderr
