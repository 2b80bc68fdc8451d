"""`nnc.toml` and `[tool.nnc]`: severities of rules, default paths, and mistakes in them."""

import json
from pathlib import Path

import pytest

from nnc.opening.settings import Projects, Settings
from tests.support.running import XOR, Nnc

ZERO = """\
nnc: 1
fires: above
inputs: [a, b]
neurons:
  n: {weights: {a: 1, b: 0}, threshold: 0}
outputs: [n]
"""
COMMANDS = ("validate", "check", "test", "fmt --check", "prove")


@pytest.fixture
def nets(nnc: Nnc) -> Nnc:
    for folder in ("nets/old", "other", ".git"):
        Path(folder).mkdir(parents=True)
    for file in ("nets/new.nn.yaml", "nets/old/a.nn.yaml", "other/b.nn.yaml"):
        Path(file).write_text(ZERO)
    return nnc


@pytest.mark.parametrize(
    ("file", "head"),
    [("nnc.toml", ""), ("pyproject.toml", "[project]\nname = 'nnc'\n[tool.nnc]\n")],
)
def test_severities_by_rule_and_path(nets: Nnc, file: str, head: str) -> None:
    table = head and "tool.nnc."
    Path(file).write_text(
        f'{head}paths = ["nets"]\n[{table}rules]\nzero-weight = "error"\n'
        f'[[{table}overrides]]\npaths = ["nets/old/"]\nrules = {{NNC705 = "off"}}\n'
    )
    code, out, _ = nets("validate", "--report", "concise")
    assert code == 1
    assert out.startswith("nets/new.nn.yaml:5:26: error[NNC705] zero-weight: ")
    assert out.endswith("\n1 error in 2 files\n")
    assert nets("validate", "nets/old/a.nn.yaml").out == "no problems in 1 file\n"
    assert nets("validate", "other").code == 1
    assert nets("check").code == 1
    report = json.loads(nets("validate", "--report", "json").out)
    assert [each["severity"] for each in report["diagnostics"]] == ["error"]
    sarif = json.loads(nets("validate", "--report", "sarif").out)
    assert [each["level"] for each in sarif["runs"][0]["results"]] == ["error"]
    assert 'failures="1"' in nets("validate", "--report", "junit").out


def test_overrides_that_match_no_file_are_named(nets: Nnc) -> None:
    text = '[[overrides]]\npaths = ["nets/olds", "*.yml"]\nrules = {NNC705 = "off"}\n'
    Path("nnc.toml").write_text(text)
    for command in ("validate", "check"):
        out = nets(command, "nets/new.nn.yaml", "--report", "concise").out
        named = "nnc.toml:2:1: warning[NNC936] unmatched-override: no network file matches "
        assert f"{named}`nets/olds` and `*.yml`\n" in out
    Path("nnc.toml").write_text(text.replace("olds", "old"))
    assert "NNC936" not in nets("validate", "nets/new.nn.yaml").out


def test_a_note_can_be_a_warning(nets: Nnc) -> None:
    Path("open.nn.yaml").write_text(XOR.replace("threshold: 1}", "threshold: _}"))
    assert nets("validate", "open.nn.yaml", "--strict").code == 0
    Path("nnc.toml").write_text('rules.open-numbers = "warning"\n')
    assert nets("validate", "open.nn.yaml").code == 0
    assert nets("validate", "open.nn.yaml", "--strict").code == 1


def test_many_findings_of_a_rule_that_is_off(nnc: Nnc) -> None:
    neurons = "".join(f"  n{i}: {{weights: {{a: 1}}, threshold: 1}}\n" for i in range(60))
    text = f"nnc: 1\nfires: above\ninputs: [a]\nneurons:\n{neurons}outputs: [n0]\n"
    Path("many.nn.yaml").write_text(text)
    off = ("same-neuron", "unused-neuron", "never-fires")
    Path("nnc.toml").write_text("[rules]\n" + "".join(f'{rule} = "off"\n' for rule in off))
    assert nnc("validate").out == "no problems in 1 file\n"


def test_what_is_off_is_not_fixed(nnc: Nnc) -> None:
    text = XOR.replace("inputs: [a, b]", "inputs: [a, b]  # nnc: ignore[NNC705] x")
    Path("a.nn.yaml").write_text(text)
    Path("nnc.toml").write_text('rules = {unused-ignore = "off"}')
    assert nnc("validate", "--fix").code == 0
    assert Path("a.nn.yaml").read_text() == text
    Path("nnc.toml").unlink()
    assert nnc("validate", "--fix").code == 0
    assert Path("a.nn.yaml").read_text() != text


def test_the_nearest_settings_count_alone(nets: Nnc) -> None:
    Path("nnc.toml").write_text('rules = {zero-weight = "off"}')
    Path("nets/pyproject.toml").write_text('[tool.nncx]\npaths = 3\n[project]\nname = "nnc"')
    assert nets("validate").out == "no problems in 3 files\n"
    Path("nets/nnc.toml").write_text("")
    assert nets("validate").out.endswith("\n2 warnings in 3 files\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir("other")
        assert nets("validate").out == "no problems in 1 file\n"
        assert nets("validate", "-", stdin=ZERO.encode()).out == "no problems in 1 file\n"
        words = ("validate", "-", "--stdin-filename", "../nets/x.nn.yaml")
        assert nets(*words, stdin=ZERO.encode()).out.endswith("\n1 warning in 1 file\n")


@pytest.mark.usefixtures("nets")
def test_settings_above_a_repository_are_not_read() -> None:
    Path("other/.git").mkdir()
    Path("nnc.toml").write_text('rules = {zero-weight = "off"}')
    assert Projects().of("other/b.nn.yaml") == Settings()


MISTAKES = [
    ('pats = ["a"]', "1:1", "the settings cannot have the key `pats`", "did you mean `paths`?"),
    ("paths = [3]", "1:1", "`paths` is a list of texts", 'write paths = ["nets"]'),
    ('fires = "abov"', "1:9", "`fires` cannot be `abov`", "did you mean `above`?"),
    ('# rules\n"rules".zero-wieght = "off"', "2:9", "nnc has no rule `zero-wieght`",
     "did you mean `zero-weight`?"),
    ('[rules]\nzero-weight = "of"', "2:15", "`zero-weight` cannot be `of`", "did you mean `off`?"),
    ("[rules]\nzero-weight = 3", "2:15", "`zero-weight` cannot be `3`",
     "write one of off, note, warning, error"),
    ('[rules]\nNNC301 = "off"', "2:1", "NNC301, unknown-source, is always an error",
     "remove it: warnings and notes can have another severity"),
    ('[rules]\nNNC705 = "off"\nzero-weight = "error"', "3:1",
     "NNC705, zero-weight, has a severity already", "remove one of the two lines"),
    ('[[overrides]]\nrules.NNC705 = "off"', "2:7", "an override has no `paths`",
     'write the files: paths = ["old/**"]'),
    ('[overrides]\npaths = "a"', "1:2", "`overrides` is a list of tables",
     "write [[overrides]] above each"),
    ('rules = "off"', "1:1", "`rules` is no table", "write `key = value` on lines of its own"),
    ("paths = = 3", "1:9", "the settings are not TOML: Invalid value", None),
    ("paths = [", "1:10", "the settings are not TOML: Invalid value", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "message", "hint"), MISTAKES)
def test_mistakes_have_places(
    nets: Nnc, text: str, place: str, message: str, hint: str | None
) -> None:
    Path("nnc.toml").write_text(text)
    expected = (
        f"nnc.toml:{place}: error[NNC932] bad-setting: {message}{f' ({hint})' if hint else ''}"
    )
    for command in COMMANDS:
        code, out, _ = nets(*command.split(), "--report", "concise")
        assert (code, out) == (2, f"{expected}\n1 error\n")


@pytest.mark.usefixtures("nets")
def test_all_mistakes_are_reported_at_their_own_places() -> None:
    Path("pyproject.toml").write_text(
        'rules = 1\n[tool.nnc]\nfire = 1\n[[tool.nnc.overrides]]\npaths = "a"\n'
        'rules = {zero-wieght = "off"}\n[[tool.nnc.overrides]]\npaths = "b"\n'
        'rules = {zero-wieght = "off"}\n'
    )
    found = Projects().mistakes(["nets/a.nn.yaml"])
    assert [(each.span and each.span[:2]) for each in found] == [(3, 1), (6, 10), (9, 10)]


def test_a_byte_order_mark_is_no_part_of_settings(nets: Nnc) -> None:
    Path("nnc.toml").write_bytes(b'\xef\xbb\xbf[rules]\nzero-weight = "off"\n')
    assert nets("validate").code == 0


def test_settings_that_are_not_utf_8(nets: Nnc) -> None:
    Path("nnc.toml").write_bytes(b"\xff")
    code, out, _ = nets("validate", "--report", "concise")
    assert (code, out) == (
        2,
        "nnc.toml: error[NNC932] bad-setting: the settings are not UTF-8\n1 error\n",
    )


def test_nnc_new_reports_what_is_wrong_in_them(nnc: Nnc) -> None:
    Path("nnc.toml").write_text('fires = "abov"')
    code, _, err = nnc("new", "net.nn.yaml")
    assert (code, "did you mean `above`?" in err) == (2, True)
    assert not Path("net.nn.yaml").exists()


@pytest.mark.parametrize("like", ["xor", "score", "classifier", "fault-tree", "adder"])
def test_new_files_fire_as_the_settings_say(nnc: Nnc, like: str) -> None:
    Path("nnc.toml").write_text('fires = "above"')
    assert nnc("new", "first.nn.yaml", "--like", like).code == 0
    text = Path("first.nn.yaml").read_text()
    assert "fires: above" in text
    assert "at_least" not in text
    assert nnc("check", "first.nn.yaml", "--strict").code == 0
