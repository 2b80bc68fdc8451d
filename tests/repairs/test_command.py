"""`nnc repair`: what it prints and writes, every option, and every message."""

import json
from pathlib import Path

import pytest

from nnc.cli.schema import SCHEMAS
from nnc.repairs.problem import examples
from nnc.repairs.several.hitting import HittingSets
from tests.support.running import Nnc, rules, wrote

ROOT = Path(__file__).parents[2]
NETWORK = """\
nnc: 1
fires: at_least
inputs: [links, shouting, known]
neurons:
  score: {weights: {links: 2.5, shouting: 1, known: -0.7}, threshold: 3}
outputs: {spam: score}
"""
ROWS = "links,shouting,known,spam\n1,1,1,1\n0,1,0,0\n"
OVERLAY = "nnc: 1\nextends: mail.nn.yaml\nneurons:\n  score: {threshold: 2.8}\n"
MAIL = """\
nnc: 1
extends: spam_score.nn.yaml
neurons:
  score: {weights: {RCVD_IN_DNSWL_LOW: -0.701}, thresholds: {spam: 4.999}}
"""


@pytest.fixture
def files(nnc: Nnc) -> Nnc:
    Path("mail.nn.yaml").write_text(NETWORK)
    Path("mails.csv").write_text(ROWS)
    return nnc


def test_the_overlay_is_printed_and_what_it_is_told_aside(files: Nnc) -> None:
    code, out, err = files("repair", "mail.nn.yaml", "mails.csv")
    assert (code, out) == (0, OVERLAY)
    assert err == (
        "1 of 2 rows fails; 1 number changed: proved to be the fewest, and the least change\n"
        "  score.threshold  3 -> 2.8\n"
        "  always 1: right in 1 of 2 rows\n"
    )


@pytest.mark.parametrize(("labelled", "guarded"), [(4, 0), (2, 2)])
def test_rows_are_read_up_to_a_limit(
    labelled: int, guarded: int, files: Nnc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small file of compressed rows took 6 GB."""
    monkeypatch.setattr(examples, "MAX_ROWS", 3)
    Path("mails.csv").write_text("links,shouting,known,spam\n" + "1,1,1,1\n" * labelled)
    Path("kept.csv").write_text("links,shouting,known\n" + "0,0,1\n" * guarded)
    code, out, err = files("repair", "mail.nn.yaml", "mails.csv", "--guard", "kept.csv")
    assert (code, out) == (1, "")
    assert "there are more than 3 rows, too many to keep in memory" in err
    assert "give fewer rows: at most 3 for this network" in err


def test_the_mail_a_thousandth_short_of_spam(nnc: Nnc) -> None:
    folder = ROOT / "configs/mail"
    for name in ("spam_score.nn.yaml", "spam_score.cases.csv"):
        Path(name).write_bytes((folder / name).read_bytes())
    inputs = ("BAYES_99,BAYES_00,URIBL_DBL_SPAM,BODY_8BITS,DCC_CHECK,SUBJ_ALL_CAPS,"
              "MIME_HTML_ONLY,SPF_PASS,RCVD_IN_DNSWL_LOW")  # fmt: skip
    Path("mails.csv").write_text(f"{inputs},spam\n1,0,0,1,0,0,0,1,0,1\n")
    code, out, err = nnc("repair", "spam_score.nn.yaml", "mails.csv", "--guard", "all")
    assert (code, out) == (0, MAIL)
    assert "no change of one number will do: 11 numbers tried" in err
    Path("repaired.nn.yaml").write_text(out)
    assert (
        "spam     differs for 1 of 512 rows"
        in nnc("diff", "spam_score.nn.yaml", "repaired.nn.yaml").out
    )


def test_an_overlay_elsewhere_names_the_way_back(files: Nnc) -> None:
    Path("more").mkdir()
    out = "more/repaired.nn.yaml"
    code, _, err = files("repair", "mail.nn.yaml", "mails.csv", "-o", out)
    assert code == 1
    assert "error[NNC903] outside-project: the base file `../mail.nn.yaml` is outside" in err
    Path(".git").mkdir()
    ran = files("repair", "mail.nn.yaml", "mails.csv", "-o", out)
    assert (ran.code, ran.out) == (0, "")
    text = Path(out).read_text()
    assert text == OVERLAY.replace("mail.nn.yaml", '"../mail.nn.yaml"')
    assert files("validate", out).code == 0


def test_every_repair_by_one_number(files: Nnc) -> None:
    code, out, _ = files("repair", "mail.nn.yaml", "mails.csv", "--all")
    assert code == 0
    assert out.splitlines() == [
        "score.weights.links  2.5 -> 2.7  (at least 2.7)",
        "score.weights.shouting  1 -> 1.2  (at least 1.2 and below 3)",
        "score.weights.known  -0.7 -> -0.5  (at least -0.5)",
        "score.threshold  3 -> 2.8  (above 1 and at most 2.8)",
    ]


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        ("--change weights", "score.weights.known  -0.7 -> -0.5"),
        ("--change score.weights.links", "score.weights.links  2.5 -> 2.7"),
        ("--change score.weights --keep *.known", "score.weights.shouting  1 -> 1.2"),
        ("--decimals 0", "score.weights.links  2.5 -> 3"),
        ("--keep score.threshold --decimals 0", "score.weights.links  2.5 -> 3"),
        ("--guard all", "score.threshold  3 -> 2.8"),
        ("--label spam=spam", "score.threshold  3 -> 2.8"),
        ("--from csv", "score.threshold  3 -> 2.8"),
    ],
)
def test_what_may_change(files: Nnc, words: str, changed: str) -> None:
    code, _, err = files("repair", "mail.nn.yaml", "mails.csv", *words.split())
    assert code == 0
    assert f"  {changed}\n" in err


def test_cases_hold_without_rows(files: Nnc) -> None:
    Path("mail.nn.yaml").write_text(
        NETWORK + "cases: [{given: {links: 1, shouting: 0, known: 0}, expect: {spam: 1}}]\n"
    )
    code, out, err = files("repair", "mail.nn.yaml")
    assert (code, out) == (0, OVERLAY.replace("2.8", "2.5"))
    Path("fixed.nn.yaml").write_text(NETWORK.replace("threshold: 3", "threshold: 2.5"))
    Path("mails.csv").write_text("links,shouting,known,spam\n1,0,0,1\n")
    code, out, err = files("repair", "fixed.nn.yaml", "mails.csv")
    assert (code, out, err) == (0, "", "nothing to repair: 1 row, and no failure\n")


def test_rows_that_are_guarded_stay(files: Nnc) -> None:
    Path("kept.csv").write_text("links,shouting,known\n0,1,0\n1,0,0\n1,0,1\n")
    Path("mails.csv").write_text("links,shouting,known,verdict\n1,1,1,1\n0,0,0,\n")
    code, out, err = files(
        "repair", "mail.nn.yaml", "mails.csv", "--label", "verdict=spam", "--guard", "kept.csv"
    )
    assert (code, out) == (0, OVERLAY)
    assert err.startswith("1 of 5 rows (3 guarded) fails; 1 number changed")


def test_the_summary_stands_beside_every_report(files: Nnc) -> None:
    words = ("repair", "mail.nn.yaml", "mails.csv", "-o", "fix.nn.yaml")
    plain = files(*words)
    assert (plain.code, plain.out) == (0, "")
    for form in ("sarif", "junit", "json"):
        code, out, err = files(*words, "--report", form)
        assert (code, wrote("fix.nn.yaml") + err) == (0, plain.err)
        assert out.startswith(("{", "<?xml"))


def test_the_report_as_json(files: Nnc) -> None:
    code, out, _ = files("repair", "mail.nn.yaml", "mails.csv", "--report", "json")
    report = json.loads(out)
    assert code == 0
    assert report["changes"] == [
        {"name": "score.threshold", "file": None, "old": "3", "new": "2.8"}
    ]
    assert report["overlays"] == [{"file": "mail.nn.yaml", "overlay": OVERLAY}]
    assert (report["proof"], report["fewest"], report["repaired"]) == ("proved", 1, True)
    assert len(report["ways"]) == 4


@pytest.mark.parametrize(
    ("rows", "words", "message"),
    [
        ("1,1,1,1\n1,1,1,0\n", "", "the same inputs, but expect 1 and 0 of `spam`"),
        ("1,1,1,1\n1,1,1,0\n", "", "   = help: correct the rows   (nnc"),
        ("1,1,1,1\n", "--change score.threshold --keep score.threshold", "affect it are excluded"),
        ("1,1,1,1\n", "--keep score", "`row 1` cannot be satisfied: the only numbers that "),
        ("1,1,1,1\n", "--keep score", "or let other numbers change too, with --change and --keep"),
    ],
)  # fmt: skip
def test_no_repair(files: Nnc, rows: str, words: str, message: str) -> None:
    Path("mails.csv").write_text(f"links,shouting,known,spam\n{rows}")
    code, out, err = files("repair", "mail.nn.yaml", "mails.csv", *words.split())
    assert (code, out) == (1, "")
    assert rules(err) == ["no-repair"]
    assert message in err


PARTS = {
    "gate.nn.yaml": "nnc: 1\ninputs: [x]\nneurons: {y: {weights: {x: 1}, threshold: 0}}\n"
    "outputs: {y: y}\n",
    "ring.nn.yaml": "nnc: 1\ninputs: {a: bit(2)}\n"
    "parts: {g: {use: gate.nn.yaml, repeat: 2, wiring: {x: a(i)}}}\n"
    "neurons: {t: {weights: {g(0).y: 1, g(1).y: 1}, threshold: 1}}\noutputs: {t: t, y: g(0).y}\n"
    "cases: [{given: {a: 3}, expect: {t: 0, y: 0}}, {given: {a: 0}, expect: {t: 1}}]\n",
}


def test_an_overlay_of_a_part_says_where_to_name_it(nnc: Nnc) -> None:
    for name, text in PARTS.items():
        Path(name).write_text(text)
    code, out, err = nnc("repair", "ring.nn.yaml")
    assert (code, out) == (
        0, "nnc: 1\nextends: gate.nn.yaml\nneurons:\n  y: {weights: {x: -1}, threshold: -1}\n"
    )  # fmt: skip
    assert "the overlay extends gate.nn.yaml: let `use` name it in the place of that file" in err
    Path("gate_repair.nn.yaml").write_text(out)
    Path("ring.nn.yaml").write_text(PARTS["ring.nn.yaml"].replace("gate", "gate_repair"))
    assert "nothing to repair" in nnc("repair", "ring.nn.yaml").err
    only = nnc("repair", "ring.nn.yaml", "--change", "t")
    assert "nothing to repair" in only.err


def test_rows_that_no_numbers_can_meet_are_named(nnc: Nnc) -> None:
    for name, text in PARTS.items():
        Path(name).write_text(text)
    err = nnc("repair", "ring.nn.yaml", "--change", "t").err
    assert "`case 1` cannot be satisfied: the only numbers that affect it are excluded" in err
    Path("mail.nn.yaml").write_text(NETWORK.replace("spam: score", "spam: score, s: {sum: score}"))
    Path("rows.csv").write_text("links,shouting,known,s\n1,0,0,1\n0,1,0,1\n1,1,0,3\n")
    err = nnc("repair", "mail.nn.yaml", "rows.csv").err
    assert "`row 1`, `row 2` and `row 3` cannot be satisfied together" in err


def test_an_overlay_is_repaired_by_an_overlay(files: Nnc) -> None:
    Path("over.nn.yaml").write_text(
        "nnc: 1\nextends: mail.nn.yaml\nneurons: {score: {threshold: 4}}\n"
    )
    code, out, err = files("repair", "over.nn.yaml", "mails.csv")
    assert code == 0
    assert "extends: over.nn.yaml" in out
    assert "score.threshold  4 -> 2.8" in err
    Path("again.nn.yaml").write_text(out)
    assert "nothing to repair" in files("repair", "again.nn.yaml", "mails.csv").err


def test_labels_in_guarded_rows_are_no_matter(files: Nnc) -> None:
    Path("kept.csv").write_text("links,shouting,known,spam\n0,0,0,1\n")
    ran = files("repair", "mail.nn.yaml", "mails.csv", "--guard", "kept.csv")
    assert "(1 guarded)" in ran.err
    assert "warning" not in ran.err


def test_a_column_that_is_no_output_says_how_it_can_be_one(files: Nnc) -> None:
    Path("mails.csv").write_text(ROWS.replace("spam", "spam,spma").replace("\n", ",1\n")
                                 .replace("spma,1", "spma"))  # fmt: skip
    assert (
        "--label COLUMN=OUTPUT holds an output to it"
        in files("repair", "mail.nn.yaml", "mails.csv").err
    )


def test_cells_that_say_nothing(files: Nnc) -> None:
    Path("mails.csv").write_text("links,shouting,known,spam\n1,1,1,\n")
    ran = files("repair", "mail.nn.yaml", "mails.csv")
    assert ran.code == 1
    assert "no cell says what an output has to be" in ran.err


def test_blanks_are_to_be_solved_first(files: Nnc) -> None:
    Path("mail.nn.yaml").write_text(NETWORK.replace("shouting: 1", "shouting: _"))
    ran = files("repair", "mail.nn.yaml", "mails.csv")
    assert ran.code == 1
    assert "find them: nnc solve mail.nn.yaml" in ran.err


@pytest.mark.parametrize(
    ("pattern", "near"),
    [
        ("scor.weights", "score.weights"),
        ("score.weight.*", "score.weights.*"),
        ("score.weights.link", "score.weights.links"),
    ],
)
@pytest.mark.parametrize("option", ["--change", "--keep"])
def test_a_misspelt_name_of_numbers(files: Nnc, option: str, pattern: str, near: str) -> None:
    ran = files("repair", "mail.nn.yaml", "mails.csv", option, pattern)
    assert ran.code == 2
    assert f"did you mean `{near}`?" in ran.err


def test_a_budget_that_is_spent(files: Nnc) -> None:
    code, out, err = files("repair", "mail.nn.yaml", "mails.csv", "--budget", "0")
    assert (code, out) == (1, "")
    assert "error[NNC953] not-decided: " in err


def test_nothing_to_hold_to(files: Nnc) -> None:
    code, out, err = files("repair", "mail.nn.yaml")
    assert (code, out) == (1, "")
    assert "warning[NNC603] no-cases: the network has no cases" in err
    Path("mails.csv").write_text("links,shouting,known\n1,1,1\n")
    code, out, err = files("repair", "mail.nn.yaml", "mails.csv")
    assert (code, out) == (1, "")
    assert "error[NNC501] missing-column: no column says what an output has to be" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--label spm", "--label spm: `spm` is not an output; did you mean `spam`?"),
        ("--label a=spam --label spam", "--label: the output `spam` appears twice"),
        ("--change wieghts", "--change: no number has the name `wieghts`"),
        ("--change score.treshold", "`score.treshold`; did you mean `score.threshold`?"),
        ("--keep links", "--keep: no number has the name `links`; the numbers are score.weights."),
        ("-o mail.nn.yaml", "-o and FILE name the same file, mail.nn.yaml"),
        ("-o mails.csv", "-o and ROWS name the same file, mails.csv"),
        ("--guard -", "standard input can only be ROWS: name a file, which is extended"),
    ],
)  # fmt: skip
def test_wrong_usage(files: Nnc, words: str, message: str) -> None:
    code, out, err = files("repair", "mail.nn.yaml", "mails.csv", *words.split())
    assert (code, out) == (2, "")
    assert message in err
    assert Path("mail.nn.yaml").read_text() == NETWORK


def test_wrong_words(files: Nnc) -> None:
    assert (
        "--label is about a column of ROWS" in files("repair", "mail.nn.yaml", "--label", "x").err
    )
    assert "--from is about ROWS" in files("repair", "mail.nn.yaml", "--from", "csv").err
    assert (
        "no column `x` beside the inputs"
        in files("repair", "mail.nn.yaml", "mails.csv", "--label", "x=spam").err
    )
    assert (
        "the column `links` is an input, not a label"
        in files("repair", "mail.nn.yaml", "mails.csv", "--label", "links=spam").err
    )
    Path("mails.csv").write_text(ROWS.replace("1,1,1,1", "1,1,1,2"))
    code, _, err = files("repair", "mail.nn.yaml", "mails.csv")
    assert code == 1
    assert "mails.csv:2:7" in err
    assert "column `spam`: expected 0 or 1, found 2" in err


def test_a_compiled_network_is_refused(files: Nnc) -> None:
    assert files("compile", "mail.nn.yaml", "-o", "mail.nnc").code == 0
    code, _, err = files("repair", "mail.nnc", "mails.csv")
    assert code == 1
    assert "error[NNC905] bad-compiled: this is a compiled network" in err


@pytest.mark.parametrize("rows", [ROWS, "links,shouting,known\n1,1,1\n"])
def test_json_has_one_shape(files: Nnc, rows: str) -> None:
    from jsonschema import validate

    Path("mails.csv").write_text(rows)
    for words in (("mails.csv",), ("mails.csv", "--all"), ()):
        ran = files("repair", "mail.nn.yaml", *words, "--report", "json")
        validate(json.loads(ran.out), SCHEMAS["repair"]())
        lines = files("repair", "mail.nn.yaml", *words, "--report", "json-lines").out
        assert all(isinstance(json.loads(each), dict) for each in lines.splitlines())


@pytest.mark.parametrize("step", ["answer.search", "answer.failing_rows"])
def test_ctrl_c_leaves_nothing_half_written(
    files: Nnc, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    Path("out.nn.yaml").write_text("before")
    monkeypatch.setattr(f"nnc.repairs.{step}", stop)
    assert files("repair", "mail.nn.yaml", "mails.csv", "-o", "out.nn.yaml").code == 130
    assert Path("out.nn.yaml").read_text() == "before"
    assert {path.name for path in Path().iterdir()} == {
        "mail.nn.yaml", "mails.csv", "out.nn.yaml"
    }  # fmt: skip


TWO_WRONG = "links,shouting,known,spam\n1,0,1,1\n1,1,0,0\n0,1,0,0\n1,0,0,0\n"


@pytest.mark.parametrize(("step", "told"), [
    ("_reduce", "proved to be the fewest; a smaller change of as many is not excluded"),
    ("_climb", ""),
])  # fmt: skip
def test_ctrl_c_writes_the_best_so_far_or_nothing(
    files: Nnc, step: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    Path("two.csv").write_text(TWO_WRONG)
    whole = files("repair", "mail.nn.yaml", "two.csv")
    assert "2 numbers changed: proved to be the fewest, and the least change" in whole.err
    monkeypatch.setattr(HittingSets, step, stop)
    ran = files("repair", "mail.nn.yaml", "two.csv", "-o", "out.nn.yaml")
    assert ran.code == 130
    assert Path("out.nn.yaml").exists() == bool(told)
    assert told in ran.err
    if told:
        assert "nothing to repair" in files("repair", "out.nn.yaml", "two.csv").err


def test_a_network_in_configs_is_the_repair_it_says(nnc: Nnc) -> None:
    """`spam_score_repair` is made by the command that stands in it."""
    folder = ROOT / "configs/mail"
    text = (folder / "spam_score_repair.nn.yaml").read_text("utf-8")
    for name in ("spam_score.nn.yaml", "spam_score.cases.csv", "missed.csv"):
        Path(name).write_bytes((folder / name).read_bytes())
    [command] = [line.removeprefix("#   ") for line in text.splitlines() if "nnc repair" in line]
    code, out, _ = nnc(*command.split()[1:])
    assert code == 0
    head, body = out.split("neurons:\n")
    assert body in text
    assert head.splitlines()[1] in text


LEVELS = """\
nnc: 1
fires: at_least
inputs: [a, b]
neurons:
  k: {weights: {a: 1, b: 1}, thresholds: {lo: 1, hi: 2}, states: [1, 0]}
outputs: [k, a]
"""


@pytest.mark.parametrize(
    ("header", "words", "message"),
    [
        ("a,b,k", (), "error[NNC602] bad-case: column `k`: `k` is a bus, not one value"),
        ("a,b,k", (), "it has the elements k(0) to k(1): write --label 'k=k(0)' for the first"),
        ("a,b,x", ("--label", "x=k"), "Error: --label x=k: `k` is a bus, not one value; name"),
    ],
)
def test_a_bus_that_is_no_integer_is_labelled_by_its_elements(
    nnc: Nnc, header: str, words: tuple[str, ...], message: str
) -> None:
    Path("k.nn.yaml").write_text(LEVELS)
    Path("k.csv").write_text(f"{header}\n1,1,0\n0,1,1\n")
    code, out, err = nnc("repair", "k.nn.yaml", "k.csv", *words)
    assert (code, out) == (2 if words else 1, "")
    assert message in err


def test_columns_of_elements_are_labels(nnc: Nnc) -> None:
    Path("k.nn.yaml").write_text(LEVELS)
    Path("k.csv").write_text("a,b,k(0),k(1)\n1,1,0,0\n0,1,1,1\n")
    code, out, err = nnc("repair", "k.nn.yaml", "k.csv")
    assert code == 0
    assert "k: {thresholds: {lo: 2}}" in out
    assert "1 of 2 rows fails" in err
    assert "warning" not in err
