"""`nnc diff`: two files, revisions of real repositories, every form, and what is in the way."""

import json
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from jsonschema import Draft7Validator

from nnc.cli.schema import SCHEMAS
from nnc.differences.diffs.text import section
from tests.support.repositories import Repo
from tests.support.running import BAD, MAIL, XOR, Nnc, rules

OTHER = """\
nnc: 1
# in another order, laid out and spelled otherwise
inputs: [a, b]
neurons:
  xor:
    fires: above
    weights: {b: 1.0, a: 1, beide: -2}
    threshold: 0/7
  beide: {fires: above, wiring: [b, a], weights: 1, threshold: 1.00}
outputs: [xor]
"""
"""The network XOR, in other words."""

RIGHT = XOR.replace("both: -2", "both: -1")
"""The network XOR with one other weight: it is an OR."""

WHOLE = """\
nnc: 1
inputs: [p, q]
parts: {{x: {{use: {}, wiring: {{a: p, b: q}}}}}}
outputs: {{y: x.xor}}
"""

TOLD = """\
xor.nn.yaml ({}): 1 change in meaning
  neuron xor
    weight  both  -2 -> -1
behaviour
  xor  differs for 1 of 4 rows: where a = 1 and b = 1, and nowhere else
       a=1, b=1: 0 -> 1
         xor: sum 0 is not above 0: 0 -> sum 1 is above 0: 1
"""
MARKDOWN = r"""### old.nn.yaml → xor.nn.yaml

```
1 change in meaning
  neuron xor
    weight  both  -2 -> -1
behaviour
  xor  differs for 1 of 4 rows: where a = 1 and b = 1, and nowhere else
       a=1, b=1: 0 -> 1
         xor: sum 0 is not above 0: 0 -> sum 1 is above 0: 1
```
"""


@pytest.fixture
def repo(nnc: Nnc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:  # noqa: ARG001
    repo = Repo(tmp_path / "repo", monkeypatch)
    monkeypatch.chdir(repo.folder)
    repo.write("xor.nn.yaml", XOR)
    repo.commit()
    return repo


@pytest.fixture
def files(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    for name, text in (("old", XOR), ("xor", RIGHT), ("other", OTHER), ("bad", BAD)):
        Path(f"{name}.nn.yaml").write_text(text)


def lines(code: int, out: str, err: str) -> list[str]:
    assert (code, err) == (0, "")
    return out.splitlines()


# ------------------------------------------------------------------------------ two files


@pytest.mark.usefixtures("files")
def test_other_words_are_no_change_in_meaning(nnc: Nnc) -> None:
    assert lines(*nnc("diff", "--exit-code", "old.nn.yaml", "other.nn.yaml")) == [
        "old.nn.yaml -> other.nn.yaml: no change in meaning",
        "  renamed, with no change in meaning: both -> beide",
        "behaviour: equal (same normal form)",
    ]


@pytest.mark.usefixtures("files")
def test_one_weight(nnc: Nnc) -> None:
    told = TOLD.replace("xor.nn.yaml ({})", "old.nn.yaml -> xor.nn.yaml")
    assert nnc("diff", "old.nn.yaml", "xor.nn.yaml") == (0, told, "")
    assert nnc("diff", "--exit-code", "old.nn.yaml", "xor.nn.yaml") == (1, told, "")
    told = told.replace("old.nn.yaml", "<stdin>")
    assert nnc("diff", "-", "xor.nn.yaml", stdin=XOR.encode()) == (0, told, "")


@pytest.mark.parametrize(("count", "decimals"), [(40, 3), (50, 3), (60, 4)])
def test_a_score_of_many_rules_whose_one_weight_rises_a_little(
    nnc: Nnc, count: int, decimals: int
) -> None:
    """Few of 2^40 rows tell them apart; no row that is drawn does."""
    rng, unit = Random(count), 10**decimals
    weights = [rng.randrange(unit // 20, 5 * unit) for _ in range(count)]
    threshold = Fraction(sum(weights) * 2 // 5, unit)
    for name, rise in (("old", 0), ("new", 1)):
        weights[7] += rise
        told = ", ".join(f"r{i}: {Fraction(weight, unit)}" for i, weight in enumerate(weights))
        inputs = ", ".join(f"r{i}" for i in range(count))
        neuron = f"spam: {{fires: at_least, weights: {{{told}}}, threshold: {threshold}}}"
        text = f"nnc: 1\ninputs: [{inputs}]\nneurons: {{{neuron}}}\noutputs: [spam]\n"
        Path(f"{name}.nn.yaml").write_text(text)
    report = json.loads(nnc("diff", "old.nn.yaml", "new.nn.yaml", "--report", "json").out)
    assert report["comparisons"][0]["behaviour"]["verdicts"][0]["kind"] == "differs"


@pytest.mark.usefixtures("files")
def test_concise_and_markdown(nnc: Nnc) -> None:
    assert lines(*nnc("diff", "--report", "concise", "old.nn.yaml", "xor.nn.yaml")) == [
        "old.nn.yaml -> xor.nn.yaml: 1 change in meaning",
        "old.nn.yaml -> xor.nn.yaml: neuron xor: weight both -2 -> -1",
        (
            "old.nn.yaml -> xor.nn.yaml: output xor differs for 1 of 4 rows: "
            "where a = 1 and b = 1, and nowhere else; e.g. a=1, b=1: 0 -> 1"
        ),
    ]
    ran = nnc("diff", "--report", "markdown", "old.nn.yaml", "xor.nn.yaml")
    assert ran == (0, MARKDOWN, "")


def test_names_mean_nothing_to_markdown(nnc: Nnc) -> None:
    Path("<b>a*b*.nn.yaml").write_text(XOR)
    Path("b.nn.yaml").write_text(XOR.replace("-2", "-3"))
    out = nnc("diff", "--report", "markdown", "<b>a*b*.nn.yaml", "b.nn.yaml").out
    assert out.startswith(r"### \<b\>a\*b\*.nn.yaml → b.nn.yaml")
    assert section("a", ["```", "b"]) == "### a\n\n````\n```\nb\n````\n"


def read_json(nnc: Nnc, *arguments: str) -> dict[str, Any]:
    code, out, err = nnc("diff", "--report", "json", *arguments)
    assert (code, err) == (0, "")
    report: dict[str, Any] = json.loads(out)
    Draft7Validator(SCHEMAS["diff"]()).validate(report)
    return report


@pytest.mark.usefixtures("files")
def test_json(nnc: Nnc) -> None:
    report = read_json(nnc, "old.nn.yaml", "xor.nn.yaml")
    assert report["format_version"] == 1
    (one,) = report["comparisons"]
    assert (one["before"], one["after"], one["kind"]) == ("old.nn.yaml", "xor.nn.yaml", "changed")
    assert one["structure"]["is_same"] is False
    assert one["structure"]["changes"] == [
        {
            "place": "neuron",
            "name": "xor",
            "kind": "changed",
            "text": "",
            "details": [
                {"what": "weight", "subject": "both", "before": "-2", "after": "-1",
                 "changed": None, "total": None}
            ],
        }
    ]  # fmt: skip
    (verdict,) = one["behaviour"]["verdicts"]
    assert (verdict["kind"], verdict["tried"], verdict["differing"]) == ("differs", 4, 1)
    found = verdict["counterexample"]
    assert (found["inputs"], found["before"], found["after"]) == ({"a": 1, "b": 1}, 0, 1)
    assert [neuron["before"]["name"] for neuron in found["parted"]] == ["xor"]


@pytest.mark.usefixtures("files")
def test_a_file_beside_the_text(nnc: Nnc) -> None:
    out = nnc("diff", "old.nn.yaml", "xor.nn.yaml").out
    for form in ("json", "markdown", "concise"):
        options = ("--report", form, "old.nn.yaml", "xor.nn.yaml")
        report = nnc("diff", *options).out
        assert nnc("diff", "--report-file", "report", *options).out == out
        assert Path("report").read_text() == report


@pytest.mark.usefixtures("files")
def test_within(nnc: Nnc) -> None:
    told = lines(*nnc("diff", "--within", "a=0", "old.nn.yaml", "xor.nn.yaml"))
    assert told[-1].startswith("behaviour: equal")


def test_context_tells_rows_of_layers(nnc: Nnc) -> None:
    text = (
        "nnc: 1\nfires: at_least\ninputs: {x: {type: bit, size: 3}}\nlayers:\n"
        "  l: {wiring: [x], weights: [[1, 2, 3], [4, 5, 6], [7, 8, 9]], thresholds: [1, 2, 3]}\n"
        "outputs: {y: [l]}\n"
    )
    Path("a.nn.yaml").write_text(text)
    Path("b.nn.yaml").write_text(text.replace("3], [4, 5", "9], [1, 2"))
    assert lines(*nnc("diff", "--context", "1", "a.nn.yaml", "b.nn.yaml"))[:4] == [
        "a.nn.yaml -> b.nn.yaml: 1 change in meaning",
        "  layer l",
        "    weights  3 of 9  most in l(0) from x(2): 3 -> 9",
        "    row      1 of 3  l(0) from x(2): 3 -> 9",
    ]
    assert "row " not in nnc("diff", "a.nn.yaml", "b.nn.yaml").out
    assert nnc("diff", "--context", "all", "a.nn.yaml", "b.nn.yaml").out.count("    row  ") == 2


def test_all_rows_are_more_than_the_usual_50(nnc: Nnc) -> None:
    text = "nnc: 1\nfires: at_least\ninputs: {x: bit}\nlayers:\n  l: {wiring: [x], "
    text += "weights: W, thresholds: 1}\noutputs: {y: [l]}\n"
    Path("a.nn.yaml").write_text(text.replace("W", str([[1]] * 70)))
    Path("b.nn.yaml").write_text(text.replace("W", str([[2]] * 70)))
    some = nnc("diff", "--context", "60", "a.nn.yaml", "b.nn.yaml").out
    assert (some.count("    row "), "more" in some) == (60, False)
    every = nnc("diff", "--context", "all", "a.nn.yaml", "b.nn.yaml").out
    assert (every.count("    row "), "more" in every) == (70, False)
    ran = nnc("diff", "--context", "most", "a.nn.yaml", "b.nn.yaml")
    assert ran.code == 2
    assert "'most' is not a valid integer" in ran.err


def test_what_a_part_uses(nnc: Nnc) -> None:
    whole = WHOLE.format("xor.nn.yaml")
    for folder, text in (("one", XOR), ("two", RIGHT)):
        Path(folder).mkdir()
        Path(folder, "xor.nn.yaml").write_text(text)
        Path(folder, "net.nn.yaml").write_text(whole)
    assert lines(*nnc("diff", "one/net.nn.yaml", "two/net.nn.yaml"))[:4] == [
        "one/net.nn.yaml -> two/net.nn.yaml: 1 change in meaning",
        "  in xor.nn.yaml",
        "    neuron xor",
        "      weight  both  -2 -> -1",
    ]
    (one,) = read_json(nnc, "one/net.nn.yaml", "two/net.nn.yaml")["comparisons"]
    assert [used["file"] for used in one["structure"]["used"]] == ["xor.nn.yaml"]


# ----------------------------------------------------------------------------------- rows

SCORE = """\
nnc: 1
fires: at_least
inputs: {age: {type: integer, min: 0, max: 120}, fever: {type: bit, default: 0}}
neurons: {risk: {weights: {age: {65: 2}, fever: 1}, thresholds: {see: 1, admit: 3}}}
outputs: {what: {level: risk, labels: [home, doctor, ward]}, score: {sum: risk}}
"""
ROWS = "id,age,fever\na,70,1\nb,60,0\nc,75,0\nd,90,1\ne,66,1\nf,67,1\ng,20,1\n"


@pytest.fixture
def scores(nnc: Nnc) -> None:  # noqa: ARG001
    Path("a.nn.yaml").write_text(SCORE)
    Path("b.nn.yaml").write_text(SCORE.replace("65: 2", "65: 1.5"))
    Path("patients.csv").write_text(ROWS)


@pytest.mark.usefixtures("scores")
def test_rows(nnc: Nnc) -> None:
    code, out, err = nnc("diff", "--rows", "patients.csv", "a.nn.yaml", "b.nn.yaml")
    assert code == 0
    assert out.endswith(
        "rows of patients.csv: 5 of 7 change\n"
        "  what: 4\n"
        "    4  ward -> doctor  rows 1, 4, 5, …\n"
        "  score: 5\n"
        "    4  3 -> 2.5  rows 1, 4, 5, …\n"
        "    1  2 -> 1.5  row 3\n"
    )
    assert rules(err) == ["unknown-column"]
    assert "column `id` is not an input and is left out" in err
    assert "--extra" not in err


@pytest.mark.usefixtures("scores")
def test_rows_with_semicolons(nnc: Nnc) -> None:
    both = ("a.nn.yaml", "b.nn.yaml")
    commas = nnc("diff", "--rows", "patients.csv", *both).out
    Path("p.csv").write_text(Path("patients.csv").read_text().replace(",", ";"))
    code, out, err = nnc("diff", "--rows", "p.csv", *both)
    assert (code, out) == (0, commas.replace("patients.csv", "p.csv"))
    assert rules(err) == ["delimiter-recognised", "unknown-column"]
    assert "--delimiter" not in err


@pytest.mark.usefixtures("scores")
def test_rows_in_other_forms(nnc: Nnc) -> None:
    both = ("--rows", "patients.csv", "a.nn.yaml", "b.nn.yaml")
    out = nnc("diff", "--report", "concise", *both).out
    assert "rows of patients.csv: 5 of 7 change\n" in out
    assert "rows of patients.csv: score: 1 2 -> 1.5 row 3\n" in out
    out = nnc("diff", "--report", "markdown", *both).out
    assert "4  ward -> doctor  rows 1, 4, 5, …\n" in out
    report = json.loads(nnc("diff", "--report", "json", *both).out)
    Draft7Validator(SCHEMAS["diff"]()).validate(report)
    moved = report["comparisons"][0]["moved"]
    assert (moved["rows"], moved["changed"]) == (7, 5)
    assert moved["outputs"][1]["moves"] == [
        {"before": 3, "after": "2.5", "times": 4, "rows": [1, 4, 5]},
        {"before": 2, "after": "1.5", "times": 1, "rows": [3]},
    ]


@pytest.mark.usefixtures("scores")
@pytest.mark.parametrize(
    ("rows", "code", "told"),
    [
        ("none.csv", 2, "cannot open the file: there is no such file"),
        ("a.nn.yaml", 2, "help: rename it to end in .csv, .tsv, .json, .jsonl"),
        ("-", 2, "--rows needs a file, because it may be read twice"),
        ("wrong.csv", 1, "input `age`: 200 is above max 120\n  --> wrong.csv:2:1"),
        ("few.csv", 1, "few.csv"),
        ("upper.csv", 1, "`age`? `nnc eval A ROWS --rename COLUMN=NAME --with-inputs -o FILE` re"),
    ],
)
def test_rows_that_cannot_be_read(nnc: Nnc, rows: str, code: int, told: str) -> None:
    Path("wrong.csv").write_text("age\n200\n")
    Path("few.csv").write_text("fever\n1\n")
    Path("upper.csv").write_text("Age\n70\n")
    ran = nnc("diff", "--rows", rows, "a.nn.yaml", "b.nn.yaml")
    assert (ran.code, ran.out) == (code, "")
    assert told in ran.err
    assert "1 error in 1 file" in ran.err or "Usage" in ran.err


@pytest.mark.usefixtures("scores")
def test_rows_as_a_third_word(nnc: Nnc) -> None:
    Path("rows.csv").write_text("age\n70\n")
    ran = nnc("diff", "a.nn.yaml", "b.nn.yaml", "rows.csv")
    assert (ran.code, "rows are given by --rows rows.csv" in ran.err) == (2, True)


# --------------------------------------------------------------------------- repositories


def test_reordering_reformatting_and_renaming(nnc: Nnc, repo: Repo) -> None:
    repo.write("xor.nn.yaml", OTHER)
    assert lines(*nnc("diff", "--exit-code")) == [
        "xor.nn.yaml (HEAD -> work tree): no change in meaning",
        "  renamed, with no change in meaning: both -> beide",
        "behaviour: equal (same normal form)",
    ]


def test_one_weight_in_a_repository(nnc: Nnc, repo: Repo) -> None:
    repo.write("xor.nn.yaml", RIGHT)
    changed = repo.git("diff", "--unified=0").splitlines()
    assert [line for line in changed if line.startswith("+  ")] == [
        "+  xor: {weights: {a: 1, b: 1, both: -1}, threshold: 0}"
    ]
    told = TOLD.format("HEAD -> work tree")
    for words in ((), ("xor.nn.yaml",), ("--", "xor.nn.yaml"), (".",)):
        assert nnc("diff", *words) == (0, told, "")
    repo.commit()
    assert nnc("diff", "HEAD~1", "--", "xor.nn.yaml").out == TOLD.format("HEAD~1 -> work tree")
    told = TOLD.format("HEAD~1 -> HEAD")
    assert nnc("diff", "HEAD~1", "HEAD", "--", "xor.nn.yaml") == (0, told, "")
    assert nnc("diff", "--exit-code", "HEAD~1", "HEAD", "--", "xor.nn.yaml").code == 1
    assert nnc("diff") == (0, "", "no network has changed since HEAD\n")


def test_a_used_file_that_changed(nnc: Nnc, repo: Repo) -> None:
    repo.write(
        "nets/net.nn.yaml",
        WHOLE.format("../xor.nn.yaml"),
    )
    repo.commit()
    repo.write("xor.nn.yaml", RIGHT)
    out = nnc("diff").out
    assert "nets/net.nn.yaml (HEAD -> work tree): 1 change in meaning\n  in ../xor.nn.yaml\n" in out
    assert "\n\nxor.nn.yaml (HEAD -> work tree): 1 change in meaning\n" in out


def test_new_gone_and_moved_networks(nnc: Nnc, repo: Repo) -> None:
    repo.write(
        "gone.nn.yaml", XOR.replace("xor", "gate").replace("[a", "[first").replace("{a", "{first")
    )
    repo.write("notes.txt", "no network\n")
    repo.commit()
    repo.write("new.nn.yaml", OTHER.replace("[xor]", "{gate: xor, other: beide}"))
    repo.git("rm", "--quiet", "gone.nn.yaml", "notes.txt")
    repo.git("mv", "xor.nn.yaml", "moved.nn.yaml")
    repo.write("moved.nn.yaml", RIGHT)
    told = lines(*nnc("diff"))
    moved = TOLD.format("").replace("xor.nn.yaml ()", "HEAD:xor.nn.yaml -> moved.nn.yaml")
    assert told == [
        *moved.splitlines(),
        "",
        "new.nn.yaml (HEAD -> work tree): added: 2 inputs, 2 neurons, 2 outputs",
        "",
        "gone.nn.yaml (HEAD -> work tree): removed: 2 inputs, 2 neurons, 1 output",
    ]
    assert nnc("diff", "--exit-code").code == 1
    kinds = {one["after"]: one for one in read_json(nnc)["comparisons"]}
    assert [kinds[f"{name}.nn.yaml"]["kind"] for name in ("moved", "new", "gone")] == [
        "changed", "added", "removed"
    ]  # fmt: skip
    declared = kinds["new.nn.yaml"]["structure"]["changes"]
    assert [(one["place"], one["name"], one["kind"], one["text"]) for one in declared][2:] == [
        ("neuron", "xor", "added", "b + a - 2*beide > 0"),
        ("neuron", "beide", "added", "b + a > 1"),
        ("output", "gate", "added", "xor"),
        ("output", "other", "added", "beide"),
    ]
    for form in ("concise", "markdown"):
        out = nnc("diff", "--report", form, "--", "new.nn.yaml").out
        assert "added: 2 inputs, 2 neurons, 2 outputs" in out
        assert "behaviour" not in out


def test_a_file_that_is_in_one_revision_only(nnc: Nnc, repo: Repo) -> None:
    repo.write("new.nn.yaml", OTHER)
    repo.commit()
    counts = "2 inputs, 2 neurons, 1 output"
    assert lines(*nnc("diff", "HEAD~1", "HEAD", "--", "new.nn.yaml")) == [
        f"new.nn.yaml (HEAD~1 -> HEAD): added: {counts}"
    ]
    assert lines(*nnc("diff", "HEAD", "HEAD~1", "--", "new.nn.yaml")) == [
        f"new.nn.yaml (HEAD -> HEAD~1): removed: {counts}"
    ]
    Path("new.nn.yaml").unlink()
    assert lines(*nnc("diff", "--", "new.nn.yaml")) == [
        f"new.nn.yaml (HEAD -> work tree): removed: {counts}"
    ]


# ------------------------------------------------------------------------- what is in the way


@pytest.mark.usefixtures("files")
def test_mistakes_of_both_networks_are_told(nnc: Nnc) -> None:
    Path("worse.nn.yaml").write_text("nnc: 1\ninputs: [a]\noutputs: [b]\n")
    code, out, err = nnc("diff", "bad.nn.yaml", "worse.nn.yaml")
    assert (code, out) == (1, "")
    assert rules(err) == ["missing-key"] * 2 + ["unknown-source"]
    assert "3 errors in 2 files" in err
    code, out, err = nnc("diff", "--report", "json", "old.nn.yaml", "bad.nn.yaml")
    assert (code, err) == (1, "")
    assert [one["file"] for one in json.loads(out)["diagnostics"]] == ["bad.nn.yaml"] * 2


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("olt.nn.yaml xor.nn.yaml", "--> olt.nn.yaml\n   = help: did you mean `old.nn.yaml`?"),
        ("main xor.nn.yaml", "there is no file `main`, and no git repository"),
        ("main", "no-repository: there is no file `main`, and no git repository that has"),
        ("olt.nn.yml", "help: did you mean `old.nn.yaml`?"),
        ("old.aig new.aig", "there is no file `old.aig`\n"),
        ("main..", "no-repository: the folder lies in no git repository"),
        ("main --", "no-repository: the folder lies in no git repository"),
        ("a b c -- xor.nn.yaml", "at most two revisions can be compared, found 3"),
        ("a b c", "at most two revisions can be compared, found 3"),
        ("a..b c", "`a..b` stands for two revisions: leave the other away"),
        ("... --", "`...` stands between two revisions: main...HEAD"),
        ("...", "`...` stands between two revisions: main...HEAD"),
        ("xor.nn.yaml main", ("there is no file `main`; a revision stands before the files: "
                              "nnc diff main -- xor.nn.yaml")),
        ("main:xor.nn.yaml -- xor.nn.yaml", ("`main:xor.nn.yaml` is a file, and no revision; "
                                             "write nnc diff main -- xor.nn.yaml")),
        ("main:a.nn.yaml HEAD:b.nn.yaml c.nn.yaml", "two files are compared, found 3"),
        ("main:xor.nn.yaml HEAD", ("`main:xor.nn.yaml` is a file, and `HEAD` is none; "
                                   "name two files: nnc diff main:xor.nn.yaml FILE")),
        ("main:xor.nn.yaml olt.nn.yaml", "help: did you mean `old.nn.yaml`?"),
        ("main:xor.nn.yaml", "no-repository: the folder lies in no git repository"),
        ("-", "standard input is compared with a file: nnc diff FILE -, or nnc diff REV:FILE -"),
        ("old.nn.yaml", "no-repository: "),
        ("main -- old.nn.yaml", "no-repository: "),
        ("--budget -1 old.nn.yaml xor.nn.yaml", "--budget"),
        ("--context -1 old.nn.yaml xor.nn.yaml", "--context"),
        ("--report xml old.nn.yaml xor.nn.yaml", "`xml` is not a form of report: the forms"),
    ],
)  # fmt: skip
def test_usage(nnc: Nnc, arguments: str, told: str) -> None:
    code, out, err = nnc("diff", *arguments.split())
    assert (code, "wrong-usage" in out) == (2, "--report json" in arguments)
    assert told in err


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("c=1", "`c` is not an input\n   = help: the inputs are a, b"),
        ("a", "the limit `a` has no `=`\n   = help: write --within age=0..64"),
        ("a=0..1", "the limit of `a`: a bit has no range, found `0..1`"),
        ("a=2", "the limit of `a`: "),
    ],
)
def test_limits_that_mean_nothing(nnc: Nnc, limit: str, told: str) -> None:
    code, out, err = nnc("diff", "--within", limit, "old.nn.yaml", "xor.nn.yaml")
    assert (code, out) == (1, "")
    assert told in err
    assert "1 error in 1 file" in err


def test_revisions_that_are_not_there(nnc: Nnc, repo: Repo) -> None:
    code, _, err = nnc("diff", "mian", "--", "xor.nn.yaml")
    assert (code, rules(err)) == (2, ["unknown-revision"])
    assert "there is no revision `mian`\n   = help: did you mean `main`?" in err
    code, _, err = nnc("diff", "HEAD", "--", "xr.nn.yaml")
    assert (code, rules(err)) == (2, ["not-in-revision"])
    assert "did you mean `xor.nn.yaml`?" in err
    repo.git("rm", "--quiet", "xor.nn.yaml")
    repo.commit()
    code, _, err = nnc("diff")
    assert (code, rules(err)) == (2, ["no-network-files"])


def test_mistakes_in_a_revision_have_its_name(nnc: Nnc, repo: Repo) -> None:
    repo.write("xor.nn.yaml", BAD)
    repo.commit()
    repo.write("xor.nn.yaml", XOR)
    code, out, err = nnc("diff")
    assert (code, out) == (1, "")
    assert "--> HEAD:xor.nn.yaml:1:1\n" in err


def test_a_broken_network_does_not_hide_the_others(nnc: Nnc, repo: Repo) -> None:
    repo.write("bad.nn.yaml", BAD)
    repo.write("xor.nn.yaml", RIGHT)
    code, out, err = nnc("diff")
    assert (code, out) == (1, TOLD.format("HEAD -> work tree"))
    assert rules(err) == ["missing-key"] * 2
    assert err.endswith("2 errors in 3 files\n")
    code, out, err = nnc("diff", "--report", "json")
    assert (code, err) == (1, "")
    assert json.loads(out)["summary"]["errors"] == 2


def test_require_equal_wants_every_output_proved(nnc: Nnc, tmp_path: Path) -> None:
    (tmp_path / "one.nn.yaml").write_text(XOR, "utf-8")
    for name, text, code in (
        ("same", OTHER, 0),
        ("differs", RIGHT, 1),
        ("added", XOR.replace("outputs: [xor]", "outputs: [xor, both]"), 1),
    ):
        (tmp_path / f"{name}.nn.yaml").write_text(text, "utf-8")
        assert nnc("diff", "--require-equal", "one.nn.yaml", f"{name}.nn.yaml").code == code, name


def test_a_certificate_of_what_is_equal(nnc: Nnc, tmp_path: Path) -> None:
    (tmp_path / "a.nn.yaml").write_text(MAIL)
    (tmp_path / "b.nn.yaml").write_text(MAIL.replace("1.7", "1.70").replace("0.5", "1/2"))
    code, _, err = nnc("diff", "a.nn.yaml", "b.nn.yaml", "--certificate", "c.jsonl")
    assert (code, err) == (0, "")
    code, out, _ = nnc("prove", "--verify", "--certificate", "c.jsonl", "a.nn.yaml", "b.nn.yaml")
    assert code == 0
    assert out.startswith("proved   a.nn.yaml: `points` is the same in b.nn.yaml (its certificate")
    assert nnc("prove", "--verify", "--certificate", "c.jsonl", "a.nn.yaml").code == 1


def test_a_certificate_says_where_it_holds(nnc: Nnc, tmp_path: Path) -> None:
    (tmp_path / "a.nn.yaml").write_text(MAIL)
    (tmp_path / "b.nn.yaml").write_text(MAIL.replace("50: 1}", "50: 2}"))
    limit = ("--within", "links=0..49", "--within", "bayes=1")
    nnc("diff", "a.nn.yaml", "b.nn.yaml", "--certificate", "c.jsonl", *limit)
    code, out, _ = nnc(
        "prove", "--verify", "--certificate", "c.jsonl", "a.nn.yaml", "b.nn.yaml", *limit
    )
    assert code == 0
    assert "`points` is the same in b.nn.yaml, within links=0..49, bayes=1" in out
    nnc("diff", "a.nn.yaml", "b.nn.yaml", "--certificate", "d.jsonl", "--within", "bayes=1")
    code, out, _ = nnc("prove", "--verify", "--certificate", "d.jsonl", "a.nn.yaml", "b.nn.yaml")
    assert code == 2
    (tmp_path / "e.nn.yaml").write_text(MAIL.replace("spam: 5.0", "spam: 5.5"))
    nnc("diff", "a.nn.yaml", "e.nn.yaml", "--certificate", "e.jsonl")
    code, out, _ = nnc("prove", "--verify", "--certificate", "e.jsonl", "a.nn.yaml", "e.nn.yaml")
    assert code == 1
    assert "verdict" in out
    assert "flags" in out


def test_what_has_no_certificate_is_told(nnc: Nnc, tmp_path: Path) -> None:
    """Of a range of a bus of bits nothing can be certified."""
    text = """\
nnc: 1
fires: at_least
inputs: {x: bit(4), a: bit}
neurons: {n: {weights: {x: [1, 1, 1, 5], a: 1}, threshold: 2}}
outputs: [n]
"""
    (tmp_path / "a.nn.yaml").write_text(text)
    (tmp_path / "b.nn.yaml").write_text(text.replace("5]", "7]"))
    limit = ("--within", "x=0..7")
    code, out, err = nnc("diff", "a.nn.yaml", "b.nn.yaml", "--certificate", "c.jsonl", *limit)
    assert (code, rules(err)) == (0, ["not-certified"])
    assert (
        "output `n` is proved, and not certified: the limit of the bus `x` is not one of its values"
        in err
    )
    assert "equal" in out
    assert not (tmp_path / "c.jsonl").exists()


def test_a_certificate_is_about_two_networks(nnc: Nnc, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.nn.yaml").write_text(MAIL)
    assert nnc("diff", "a.nn.yaml", "b.nn.yaml", "--certificate", "b.nn.yaml").code == 2
    assert (tmp_path / "b.nn.yaml").read_text() == MAIL
