"""`nnc fit FILE ROWS` with hidden layers, its words, and Ctrl-C at any moment of a fit."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nnc.cli.json_schema import schema_text
from nnc.extras import install_line
from nnc.filling.search import descent
from nnc.scores import branching, fitting, proof, refits, skeletons, table
from nnc.solvers import bounded
from tests.support.running import Nnc, rules, wrote

LIGHT = """\
nnc: 1
fires: at_least
inputs: {up: bit, down: bit}
neurons:
  hidden: {weights: {up: _, down: _}, threshold: _}   # what is it for?
  light: {weights: {up: _, down: _, hidden: _}, threshold: _}
outputs: [light]
unknown: {range: -2..2}
cases:
  - {given: {up: 0, down: 0}, expect: {light: 0}}
"""
LOG = """\
up,down,light
0,0,0
0,1,1
1,0,1
1,1,0
1,1,0
1,1,1
"""
ONE = """\
nnc: 1
fires: at_least
inputs: {up: bit, down: bit}
neurons:
  light: {weights: {up: _, down: _}, threshold: _}
outputs: [light]
"""
TWO = ONE.replace("outputs: [light]", "  fan: {weights: {up: _, down: _}, threshold: _}\n"
                  "outputs: [light, fan]")  # fmt: skip
BOTH = "up,down,light,fan\n0,0,0,0\n0,1,1,0\n1,0,1,0\n1,1,1,1\n"
WORDS = ("fit", "light.nn.yaml", "log.csv", "--label", "light")


@pytest.fixture(autouse=True)
def _files(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - goes to a folder
    monkeypatch.setattr(descent, "WORK", 500_000)
    Path("light.nn.yaml").write_text(LIGHT)
    Path("log.csv").write_text(LOG)
    Path("one.nn.yaml").write_text(ONE)
    Path("two.nn.yaml").write_text(TWO)
    Path("both.csv").write_text(BOTH)


def test_a_hidden_layer_becomes_an_overlay(nnc: Nnc) -> None:
    code, out, err = nnc(*WORDS, "-o", "out.nn.yaml")
    assert code == 0
    assert out.startswith("7 numbers for light = 1, from 6 rows\n\n  hidden.up          ")
    assert "learnt from   6       1     83.3 %   1 of 3         0 of 3\n" in out
    assert "the case of the file holds\nproved: the fewest wrong; rows that look the same" in out
    assert rules(err) == ["rows-contradict"]
    assert "of 6 rows at least 1 is judged wrongly" in err
    assert nnc("validate", "out.nn.yaml").code == 0
    assert nnc("fmt", "--check", "out.nn.yaml").code == 0
    assert "5 of 6 rows right" in nnc("eval", "out.nn.yaml", "log.csv", "--expected", "light").out
    ran = nnc(*WORDS)
    assert ran.out == Path("out.nn.yaml").read_text()
    assert "7 numbers for light" in ran.err


def test_in_place_changes_only_blanks(nnc: Nnc) -> None:
    assert nnc(*WORDS, "--in-place").code == 0
    text = Path("light.nn.yaml").read_text()
    assert "   # what is it for?" in text
    assert "_" not in text.replace("at_least", "")
    assert nnc("test", "light.nn.yaml").code == 0


def test_the_solvers_word_and_a_gap(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("log.csv").write_text("up,down,light\n0,1,1\n1,0,0\n1,1,1\n")
    blind = LIGHT.replace("{up: _, down: _, hidden: _}", "{up: _}").partition("cases:")[0]
    Path("light.nn.yaml").write_text(blind.replace("outputs: [light]", "outputs: [light, hidden]"))
    code, out, _ = nnc(*WORDS, "-o", "out.nn.yaml")
    assert code == 0
    assert "proved: the fewest wrong; rows that look the same to the network" in out
    Path("light.nn.yaml").write_text(LIGHT.replace("-2..2", "0..1"))
    Path("log.csv").write_text("up,down,light\n0,1,1\n1,0,1\n1,1,0\n")
    out = nnc(*WORDS, "-o", "out.nn.yaml").out
    assert f"proved by CP-SAT {bounded.version()}: the fewest wrong of all numbers" in out
    out = nnc(*WORDS, "-o", "out.nn.yaml", "--cost", "false_alarm=5").out
    assert f"proved by CP-SAT {bounded.version()}: the least cost, 2, of all numbers" in out
    monkeypatch.setattr(bounded.Program, "solve", lambda *_: "unknown")
    out = nnc(*WORDS, "-o", "out.nn.yaml").out
    assert "searched, not proved: 1 wrong, perhaps none with any numbers within" in out


def test_several_labels(nnc: Nnc) -> None:
    words = ("fit", "two.nn.yaml", "both.csv", "--label", "light", "--label", "fan")
    code, out, err = nnc(*words, "-o", "out.nn.yaml")
    assert (code, err) == (0, wrote("out.nn.yaml"))
    assert out.count("proved: the least loss of all numbers within the bounds") == 2
    assert "each neuron is an output that no other one reads" in out
    report = json.loads(nnc(*words, "--report", "json").out)
    jsonschema.validate(report, json.loads(schema_text("refit")))
    assert [part["proof"]["status"] for part in report["parts"]] == ["proved", "proved"]
    assert report["proof"] is None
    code, out, _ = nnc(*words[:-1], "fan=fan", "--goal", "accuracy", "-o", "out.nn.yaml")
    assert code == 0


def test_the_report_follows_its_schema(nnc: Nnc) -> None:
    report = json.loads(nnc(*WORDS, "--report", "json", "--test", "log.csv").out)
    jsonschema.validate(report, json.loads(schema_text("refit")))
    assert report["proof"] == {"status": "proved", "cost": 1, "bound": 1, "floor": 1}
    assert report["labels"][0]["test"]["misses"] == 1


def test_columns_of_other_names(nnc: Nnc) -> None:
    Path("log.csv").write_text(LOG.replace("up,", "Up there,"))
    code, _, err = nnc(*WORDS)
    assert (code, rules(err)) == (1, ["missing-column"])
    words = (*WORDS, "--rename", "Up there=up")
    assert nnc(*words, "-o", "out.nn.yaml", "--test", "log.csv").code == 0
    code, _, err = nnc(*WORDS, "--rename", "Up ther=up")
    assert (code, rules(err)) == (1, ["unknown-fit-column"])
    assert "did you mean `Up there`" in err
    code, _, err = nnc(*WORDS, "--rename", "Up there=down")
    assert (code, rules(err)) == (1, ["unknown-fit-column"])
    assert "and so is another column" in err
    code, _, err = nnc(*WORDS, "--rename", "Up there=upp")
    assert code == 2
    assert "`upp` is not an input" in err
    code, _, err = nnc("fit", "log.csv", "--label", "light", "--rename", "a=b")
    assert code == 2
    assert "--rename is about FILE" in err


def test_files_outside_the_root_and_large_ones(nnc: Nnc) -> None:
    assert rules(nnc(*WORDS, "--max-bytes", "20").err) == ["file-too-large"]
    Path("sub").mkdir()
    Path("sub/over.nn.yaml").write_text("nnc: 1\nextends: ../light.nn.yaml\n")
    words = ("fit", "sub/over.nn.yaml", "log.csv", "--label", "light", "--root")
    assert nnc(*words, ".").code == 0
    assert rules(nnc(*words, "sub").err) == ["outside-project"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("light.nn.yaml log.csv --label ligth", "there is no column `ligth` to predict"),
        ("light.nn.yaml log.csv --label up=lamp", "no output `lamp` says the label"),
        ("light.nn.yaml log.csv --label light --goal auc", "the goal auc is for neurons that are"),
        ("light.nn.yaml log.csv --label light --no-proof", "a search without a proof is for"),
        ("full.nn.yaml log.csv --label light", "no number is left open"),
        ("light.nn.yaml odd.csv --label light", "has 3 values; expected two: `0`, `1`, `2`"),
        ("light.nn.yaml words.csv --label light", "nothing says which value of the label"),
        ("light.nn.yaml none.csv --label light", "there are no rows"),
    ],
)
def test_wrong_use(nnc: Nnc, words: str, message: str) -> None:
    Path("full.nn.yaml").write_text(LIGHT.replace(": _", ": 1"))
    Path("odd.csv").write_text(LOG + "0,0,2\n")
    Path("words.csv").write_text("up,down,light\n0,0,dark\n0,1,bright\n")
    Path("none.csv").write_text("up,down,light\n")
    code, out, err = nnc("fit", *words.split())
    assert (code, out) == (1, "")
    assert message in err


def test_a_score_has_one_label(nnc: Nnc) -> None:
    code, _, err = nnc("fit", "both.csv", "--label", "light", "--label", "fan")
    assert code == 2
    assert "a score has one --label" in err


def test_cases_that_contradict_each_other_are_named(nnc: Nnc) -> None:
    Path("light.nn.yaml").write_text(LIGHT + "  - {given: {up: 0, down: 0}, expect: {light: 1}}\n")
    code, _, err = nnc(*WORDS, "-o", "out.nn.yaml")
    assert (code, rules(err)) == (1, ["impossible-network"])
    assert "two cases give the same and expect something else" in err
    assert not Path("out.nn.yaml").exists()


def test_the_solver_is_missing(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "ortools.sat.python.cp_model", None)
    code, _, err = nnc(*WORDS)
    assert (code, rules(err)) == (2, ["missing-library"])
    assert install_line("solve") in err
    assert nnc("fit", "one.nn.yaml", "log.csv", "--label", "light").code == 0


# ------------------------------------------------------------------------------------ Ctrl-C


def interrupting(real: Callable[..., Any], after: int) -> Callable[..., Any]:
    """Make a function that Ctrl-C ends when it is called again after so many calls."""
    calls = [0]

    def instead(*words: Any, **more: Any) -> Any:
        calls[0] += 1
        if calls[0] > after:
            raise KeyboardInterrupt
        return real(*words, **more)

    return instead


MOMENTS: list[tuple[str, Any, str, int, bool]] = [
    ("hidden", table, "_table", 0, False),
    ("hidden", descent.Descent, "costs", 0, False),
    ("hidden", descent.Descent, "costs", 5, True),
    ("hidden", skeletons, "replay_cases", 0, False),
    ("one", branching.Branching, "_start", 0, False),
    ("one", branching.Branching, "_kept", 0, True),
    ("one", branching.Branching, "_kept", 1, True),
    ("one", refits._Refitting, "_check", 0, False),
    ("two", branching.Branching, "_start", 1, False),
    ("two", branching.Branching, "_kept", 0, True),
    ("card", fitting, "search", 0, False),
    ("card", proof.Prover, "_prove_size", 0, True),
    ("card", fitting, "replayed", 0, False),
]
FITS = {
    "hidden": WORDS,
    "one": ("fit", "one.nn.yaml", "log.csv", "--label", "light"),
    "two": ("fit", "two.nn.yaml", "both.csv", "--label", "light", "--label", "fan"),
    "card": ("fit", "log.csv", "--label", "light"),
}


@pytest.mark.parametrize(("fit", "owner", "name", "after", "is_written"), MOMENTS)
def test_ctrl_c_leaves_an_answer_with_its_gap_or_nothing(
    nnc: Nnc,
    monkeypatch: pytest.MonkeyPatch,
    fit: str,
    owner: Any,
    name: str,
    after: int,
    is_written: bool,
) -> None:
    if fit == "hidden":  # in which something is wrong at best, so that a search does not end early
        Path("light.nn.yaml").write_text(LIGHT.replace("-2..2", "-1..0"))
    Path("out.nn.yaml").write_text("before")
    before = {path.name for path in Path().iterdir()}
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, interrupting(getattr(owner, name), after))
        code, out, _ = nnc(*FITS[fit], "-o", "out.nn.yaml")
    assert code == 130
    assert {path.name for path in Path().iterdir()} == before
    text = Path("out.nn.yaml").read_text()
    assert (text != "before") == is_written
    if not is_written:
        assert out == ""
        return
    assert "not proved" in out or (fit == "two" and "as no loss is below 0" in out)
    assert nnc("validate", "out.nn.yaml").code == 0
    rows = "both.csv" if fit == "two" else "log.csv"
    assert nnc("eval", "out.nn.yaml", rows, "--expected", "light").code in (0, 1)


def test_ctrl_c_in_the_solver_leaves_the_best_so_far(
    nnc: Nnc, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = bounded.Program.solve

    def stopped(self: bounded.Program, *words: Any) -> Any:
        real(self, *words)
        self.is_interrupted = True
        return "unknown"

    monkeypatch.setattr(bounded.Program, "solve", stopped)
    Path("light.nn.yaml").write_text(LIGHT.replace("-2..2", "-1..0"))
    code, out, _ = nnc(*WORDS, "-o", "out.nn.yaml")
    assert code == 130
    assert "searched, not proved: " in out
    assert Path("out.nn.yaml").exists()
