"""The plugin of pytest, as a user runs it: pytest in a process of its own."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.running import BAD, XOR, environment, started

ROOT = Path(__file__).parents[2]
CASES = """\
cases:
  - {given: {a: 0, b: 1}, expect: {xor: 1}}
  - {name: both on, given: {a: 1, b: 1}, expect: {xor: 1}}
  - {name: both on, given: {a: 1, b: 1}, expect: {xor: 0}}
  - {file: rows.csv}
"""
PLUGINS = "-p", "nnc.terminal.pytest"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets/x.nn.yaml").write_text(XOR + CASES)
    (tmp_path / "nets/rows.csv").write_text("a,b,xor\n0,0,0\n1,1,1\n0,1,0\n")
    (tmp_path / "nets/good.nn.yml").write_text(XOR + CASES.splitlines(keepends=True)[0] +
                                               CASES.splitlines(keepends=True)[1])  # fmt: skip
    return tmp_path


def ran(folder: Path, *words: str, plugins: tuple[str, ...] = PLUGINS) -> tuple[int, str]:
    """Run pytest with this plugin only; warnings are errors."""
    quiet = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "100"}
    env = environment(quiet)
    for name in ("CI", "BUILD_NUMBER"):  # with which pytest repeats each failure in its summary
        env.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", *plugins, *words],
        cwd=folder, env=env,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_each_case_and_each_case_file_is_a_test(folder: Path) -> None:
    code, out = ran(folder, "--nnc", "--co", "-q")
    assert code == 0
    assert out.splitlines()[:5] == [
        "nets/good.nn.yml::case 1",
        "nets/x.nn.yaml::case 1",
        "nets/x.nn.yaml::both on",
        "nets/x.nn.yaml::both on (case 3)",
        "nets/x.nn.yaml::rows.csv",
    ]


def test_a_case_fails_with_the_text_of_nnc_test(folder: Path) -> None:
    code, out = ran(folder, "--nnc")
    assert code == 1
    assert "2 failed, 3 passed" in out
    told = started("test", "nets", cwd=folder).stdout.decode()
    failures = told.partition("error[")[1] + told.partition("error[")[2].rpartition("\n\n")[0]
    for failure in failures.split("\n\n"):
        assert f"{failure}\n" in out
    assert "FAILED nets/x.nn.yaml::both on - error[NNC601] case-failed: both on: `xor` is 0" in out
    assert out.count("error[NNC601] case-failed: row ") == 3  # two rows, and the first in the list


def test_it_is_off_unless_asked_for(folder: Path) -> None:
    assert ran(folder, "-q")[0] == 5  # no tests are collected
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\nnnc = true\n")
    assert "2 failed, 3 passed" in ran(folder, "-q", "--strict-config")[1]


def test_what_git_ignores_is_no_test_unless_named(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out/x.nn.yaml").write_text(XOR + CASES.partition("  - {file")[0])
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / ".gitignore").write_text("out\n")
    assert "nets/x.nn.yaml::both on" in ran(folder, "--nnc", "--co", "-q")[1]
    for words in ((), ("nets/..",)):
        assert "out/x.nn.yaml" not in ran(folder, "--nnc", "--co", "-q", *words)[1]
    assert "nets/x.nn.yaml" not in ran(folder, "--nnc", "--co", "-q", "nets/good.nn.yml")[1]
    for word in ("out", "out/x.nn.yaml::case 1"):
        assert "out/x.nn.yaml::case 1" in ran(folder, "--nnc", "--co", "-q", word)[1]


def test_one_case_can_be_named(folder: Path) -> None:
    assert "1 passed" in ran(folder, "--nnc", "nets/x.nn.yaml::case 1")[1]
    assert "1 passed, 4 deselected" in ran(folder, "--nnc", "-k", "case and 3")[1]


def test_a_file_that_is_not_valid_fails_with_its_mistakes(folder: Path) -> None:
    (folder / "nets/bad.nn.yaml").write_text(BAD)
    (folder / "nets/rows.csv").write_text("a,b,xor\n0,2,0\n1,1,8\n")
    code, out = ran(folder, "--nnc", "--deselect", "nets/x.nn.yaml::both on (case 3)")
    assert code == 1
    assert "3 failed" in out
    assert "FAILED nets/bad.nn.yaml::valid - error[NNC103] missing-key" in out
    assert out.count("error[NNC103] missing-key: the file has no `outputs`") == 1
    assert "error[NNC504] bad-value: input `b`: 2 is not 0 or 1\n  --> nets/rows.csv:2:3" in out
    assert "error[NNC602] bad-case: output `xor`: expected 0 or 1, found 8" in out
    assert "2 passed" in out


def test_nothing_of_nnc_is_imported_where_it_is_off(folder: Path) -> None:
    (folder / "conftest.py").write_text(
        "import sys\n\n\ndef pytest_unconfigure():\n"
        "    print(sorted(m for m in sys.modules if m.startswith(('nnc', 'numpy', 'yaml'))))\n"
    )
    (folder / "test_own.py").write_text("def test_own():\n    pass\n")
    code, out = ran(folder)
    assert code == 0
    assert "['nnc', 'nnc.bundles', 'nnc.terminal', 'nnc.terminal.pytest', 'nnc.version']" in out


def test_names_are_on_one_line(folder: Path) -> None:
    text = XOR + CASES.replace("name: both on", 'name: "both\\non"', 1)
    (folder / "nets/x.nn.yaml").write_text(text)
    assert "nets/x.nn.yaml::both\\non\n" in ran(folder, "--nnc", "--co", "-q")[1]


def test_on_several_processors(folder: Path) -> None:
    code, out = ran(folder, "--nnc", "-n2", plugins=(*PLUGINS, "-p", "xdist"))
    assert code == 1
    assert "2 failed, 3 passed" in out


@pytest.mark.skipif(os.name != "posix", reason="a terminal")
def test_colour_where_pytest_has_it(folder: Path) -> None:
    assert "\033[31;1merror[NNC601] case-failed\033[0m" in ran(folder, "--nnc", "--color=yes")[1]


def test_pytest_finds_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"nnc": "nnc.terminal.pytest"}
