"""`nnc prove`: what is proved, refuted and unknown, and which exit code that has."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

import nnc as library
from nnc.diagnostics.explanation import explanation_of
from nnc.diagnostics.rules import RULES, RuleName
from nnc.terminal.options import FORMATS
from tests.support.running import BAD, XOR, Nnc, rules

HEAD = """\
nnc: 1
fires: at_least
inputs:
  age: {type: integer, min: 0, max: 120}
  unit: {type: choice, of: [ward, icu]}
  new: bit
neurons:
  risk: {weights: {age: {65: 2, 80: 1}, unit.icu: 1}, thresholds: {mid: 1, high: 3}}
outputs:
  tier: {level: risk, labels: [low, mid, high]}
"""
FALLS = "  - {name: rises, increasing: tier, in: age}\n"
TRUE = "  - {name: young, never: {tier: high}, when: {age: ..64}}\n"
WIDE = """\
nnc: 1
fires: at_least
inputs: {x: real, y: real}
neurons:
  a: {weights: {x: 1, y: 2}, threshold: 1}
  b: {weights: {x: 2, y: 1}, threshold: 1}
  c: {weights: {x: -3, y: -3}, threshold: -1}
outputs: [a, b, c]
properties:
  - {name: far, never: {a: 1, b: 1, c: 1}, when: {x: 5..}}
"""


def write(name: str, text: str) -> None:
    Path(name).write_text(text, "utf-8")


def test_what_is_proved_and_what_is_refuted(nnc: Nnc) -> None:
    write("a.nn.yaml", HEAD + "properties:\n" + TRUE + FALLS)
    code, out, err = nnc("prove", "a.nn.yaml")
    assert (code, err, rules(out)) == (1, "", ["property-refuted"])
    lines = out.splitlines()
    assert lines[0].startswith("proved   a.nn.yaml:12: young (all ")
    assert lines[1].startswith("refuted  a.nn.yaml:13: rises (")
    assert "age=65, unit=icu, new=0, then age=80" in out
    assert "--> a.nn.yaml:13:5" in out
    assert "tier = high" in out
    assert "tier = mid" in out
    assert lines[-1] == "1 of 2 proved, 1 error in 1 file"


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ("a", ": a(0), a(1) change places"),
        ('["a(0)", "b(1)", c]', ": a(0), b(1) change places"),
        ("d", ": d(0), d(1) change places"),
        ("[c, e]", ": c, e change places"),
    ],
)
def test_a_refuted_symmetry_names_what_is_exchanged(nnc: Nnc, listed: str, told: str) -> None:
    text = (
        "nnc: 1\nfires: at_least\n"
        "inputs: {a: bit(3), b: bit(2), c: bit, d: integer(2), e: bit}\n"
        "neurons: {x: {weights: {a: [1, 2, 3], b: [3, 2], c: 1, d: [2, 1], e: 2}, threshold: 5}}\n"
        "outputs: [x]\nproperties: [{symmetric: x, in: "
    )
    write("a.nn.yaml", text + listed + "}]\n")
    assert told in nnc("prove", "a.nn.yaml").out


def test_one_property(nnc: Nnc) -> None:
    write("a.nn.yaml", HEAD + "properties:\n" + TRUE + FALLS)
    assert nnc("prove", "a.nn.yaml", "--property", "you*").code == 0
    code, out, _ = nnc("prove", "a.nn.yaml", "--property", "yung")
    assert (code, rules(out)) == (2, ["unknown-property"])
    assert "did you mean `young`?" in out


def test_no_properties(nnc: Nnc) -> None:
    write("a.nn.yaml", HEAD)
    code, out, _ = nnc("prove", "a.nn.yaml")
    assert (code, rules(out)) == (0, ["no-properties"])
    assert nnc("prove", "a.nn.yaml", "--strict").code == 1


def test_unknown_is_an_error_unless_it_is_allowed(nnc: Nnc) -> None:
    write("a.nn.yaml", WIDE)
    code, out, _ = nnc("prove", "a.nn.yaml", "--budget", "0")
    assert (code, rules(out)) == (1, ["property-unknown"])
    code, out, _ = nnc("prove", "a.nn.yaml", "--budget", "0", "--allow-unknown")
    assert (code, rules(out)) == (0, [])
    assert out.startswith("unknown  a.nn.yaml:10: far")


def test_a_file_with_mistakes_and_one_that_is_not_there(nnc: Nnc) -> None:
    write("bad.nn.yaml", BAD)
    assert nnc("prove", "bad.nn.yaml").code == 1
    assert nnc("prove", "none.nn.yaml").code == 2
    assert nnc("prove", "bad.nn.yaml", "--stdin-filename", "x.nn.yaml").code == 2


def test_standard_input(nnc: Nnc) -> None:
    code, out, _ = nnc("prove", "-", stdin=(HEAD + "properties:\n" + TRUE).encode())
    assert (code, out.splitlines()[-1]) == (0, "1 of 1 proved in 1 file")


def test_assumptions_that_no_row_satisfies(nnc: Nnc) -> None:
    assume = "assume: [{always: {age: ..40}}, {never: {age: ..50}}]\n"
    write("a.nn.yaml", HEAD + assume + "properties:\n" + FALLS)
    code, out, _ = nnc("prove", "a.nn.yaml")
    assert (code, rules(out)) == (1, ["nothing-allowed"])
    assert out.startswith("proved ")


INNER = """\
nnc: 1
inputs: [set, reset]
neurons: {q: {weights: {set: 1, reset: -1}, threshold: 0}}
outputs: [q]
assume: [{name: apart, at_most_one: [set, reset]}]
"""
OUTER = """\
nnc: 1
fires: at_least
inputs: [a, b]
neurons: {both: {wiring: [a, b], threshold: 2}, none: {weights: {a: -1, b: -1}, threshold: 0}}
parts:
  latch: {use: inner.nn.yaml, repeat: 2, wiring: {set: both, reset: none}}
outputs: {q: latch(1).q}
"""


def test_what_a_used_network_assumes(nnc: Nnc) -> None:
    write("inner.nn.yaml", INNER)
    write("outer.nn.yaml", OUTER)
    code, out, _ = nnc("prove", "outer.nn.yaml")
    assert code == 0
    assert out.startswith("proved   outer.nn.yaml:6: inner.nn.yaml assumes apart (")
    write("outer.nn.yaml", OUTER.replace("reset: none", "reset: a"))
    code, out, _ = nnc("prove", "outer.nn.yaml")
    assert (code, "property-refuted" in rules(out)) == (1, True)
    assert "does not hold for part `latch(0)`: a=1, b=1" in out
    assert "--> outer.nn.yaml:6:3" in out
    write("outer.nn.yaml", OUTER.replace("reset: none", "reset: a") + "assume: [{never: {a: 1}}]\n")
    assert nnc("prove", "outer.nn.yaml").code == 0


def test_files_that_are_compared(nnc: Nnc) -> None:
    write("a.nn.yaml", HEAD + "properties: [{equal: b.nn.yaml}]\n")
    write("b.nn.yaml", HEAD + "properties: [{equal: a.nn.yaml}]\n")
    assert nnc("prove", "a.nn.yaml", "b.nn.yaml").code == 0
    write("b.nn.yaml", HEAD.replace("80: 1", "80: 2"))
    code, out, _ = nnc("prove", "a.nn.yaml")
    assert (code, rules(out)) == (1, ["property-refuted"])
    assert "age=80" in out
    write("b.nn.yaml", BAD)
    code, out, _ = nnc("prove", "a.nn.yaml")
    assert (code, rules(out)) == (1, ["bad-claim"])
    Path("b.nn.yaml").unlink()
    code, out, _ = nnc("prove", "a.nn.yaml")
    assert (code, rules(out)) == (1, ["cannot-open"])
    assert "--> a.nn.yaml:11:22" in out
    assert "there is no compared file `b.nn.yaml`" in nnc("validate", "a.nn.yaml").out


@pytest.mark.parametrize("form", FORMATS)
def test_reports(nnc: Nnc, form: str) -> None:
    write("a.nn.yaml", HEAD + "properties:\n" + TRUE + FALLS)
    code, out, _ = nnc("prove", "a.nn.yaml", "--report", form)
    assert code == 1
    if form == "json":
        first, second = json.loads(out)["properties"]
        assert (first["kind"], first["rows"], first["line"]) == ("proved", [], 12)
        assert second["rows"][1] == {"age": 80, "unit": "icu", "new": 0}
        assert second["claim"] == "increasing tier in age"
    elif form == "junit":
        tests = list(ElementTree.fromstring(out).iter("testcase"))
        assert [(test.get("name"), len(test)) for test in tests] == [("young", 0), ("rises", 1)]
    else:
        assert "NNC608" in out


def test_python() -> None:
    network = library.loads(HEAD + "properties:\n" + TRUE + FALLS)
    first, second = library.prove(network)
    assert (first.holds, first.kind, first.rows, first.file) == (True, "proved", (), None)
    assert second.rows == (
        {"age": 65, "unit": "icu", "new": 0},
        {"age": 80, "unit": "icu", "new": 0},
    )
    assert "tier = mid" in "\n".join(second.failure.details if second.failure else ())
    assert [result.name for result in library.prove(network, "y*")] == ["young"]
    with pytest.raises(library.InvalidNetworkError, match="no property is called `z`"):
        library.prove(network, ["z"])


COVERED = """\
nnc: 1
fires: at_least
inputs: {age: {type: integer, min: 0}, ill: bit, a: bit}
neurons:
  old: {weights: {age: {65: 1}}, threshold: 1}
  older: {weights: {age: {80: 1}, ill: 1}, threshold: 2}
  call: {wiring: [old, older, a], threshold: 1}
outputs: [call]
properties:
  - {always: {call: 1}, when: {age: 65..}}
"""


def test_what_is_proved_never_to_matter_is_a_warning(nnc: Nnc) -> None:
    Path("a.nn.yaml").write_text(COVERED)
    code, out, _ = nnc("prove", "a.nn.yaml")
    assert (code, rules(out)) == (0, ["irrelevant-input", "covered-neuron"])
    assert "warning[NNC715] covered-neuron: `older` adds nothing to `call`" in out
    assert "--> a.nn.yaml:6:3" in out
    assert "covers it" in out
    assert nnc("prove", "a.nn.yaml", "--strict").code == 1
    assert rules(nnc("prove", "a.nn.yaml", "--property", "*").out) == []
    assert rules(nnc("prove", "a.nn.yaml", "--property", "always*").out) == []
    assert rules(nnc("validate", "a.nn.yaml").out) == []


PART = """\
nnc: 1
fires: at_least
inputs: [a, b]
neurons:
  both: {wiring: [a, b], threshold: 2}
  some: {wiring: [a, b], threshold: 1}
  odd: {weights: {both: 1, some: -1}, threshold: 1}
outputs: [some, odd]
"""
LAYERS = """\
nnc: 1
fires: at_least
inputs: [x, y, z]
parts:
  pair: {use: part.nn.yaml, repeat: 2, wiring: {a: x, b: y}}
  other: {use: part.nn.yaml, wiring: {a: y, b: z}}
layers:
  votes:
    wiring: [x, y, z]
    weights: [[1, 1, 1], [2, 2, 3], [-1, -1, -1], [1, 0, 0]]
    thresholds: [2, 3, -1, 5]
outputs: {alone: pair.some, odd: other.odd, votes: votes}
"""


def test_layers_and_used_networks_are_looked_at(nnc: Nnc) -> None:
    """What is true of a used network is told once, in its file; of a layer, of its neurons."""
    Path("part.nn.yaml").write_text(PART)
    Path("whole.nn.yaml").write_text(LAYERS)
    out = nnc("prove", "whole.nn.yaml").out
    assert rules(out) == ["constant-neuron", "no-properties", "constant-neuron", "equal-neurons"]
    assert "`odd` never fires" in out
    assert "--> part.nn.yaml:7:3" in out
    assert "`votes(3)` never fires, in every row" in out
    assert "`votes(2)` is the opposite of `votes(0)` in every row" in out
    assert out.count("--> whole.nn.yaml:8:3") == 2
    both = nnc("prove", "part.nn.yaml", "whole.nn.yaml").out
    assert sorted(rules(both)) == sorted(rules(out))
    ignored = PART.replace("-1}, threshold: 1}", "-1}, threshold: 1}  # nnc: ignore[NNC712] odd")
    Path("part.nn.yaml").write_text(ignored)
    out = nnc("prove", "whole.nn.yaml").out
    assert rules(out) == ["no-properties", "constant-neuron", "equal-neurons"]


@pytest.mark.parametrize(
    ("type_", "limits"),
    [
        ("{type: integer, min: 0, max: 5}", ("0..1", "2..3")),
        ("integer", ("..1", "2..")),
        ("integer", ("1", "2")),
        ("real", ("0..0.3", "0.5..")),
        ("bit", ("0", "1")),
    ],
)
@pytest.mark.parametrize("property_", ["{never: {p: 1}}", "{never: {o: 1}}"])
def test_limits_that_leave_a_number_no_value(
    type_: str, limits: tuple[str, str], property_: str, nnc: Nnc
) -> None:
    Path("a.nn.yaml").write_text(f"""\
nnc: 1
fires: at_least
inputs: {{a: bit, n: {type_}}}
neurons: {{p: {{weights: {{a: 1}}, threshold: 2}}, o: {{weights: {{a: 1, n: 1}}, threshold: 3}}}}
outputs: [p, o]
assume: [{{always: {{n: {limits[0]}}}}}, {{always: {{n: {limits[1]}}}}}]
properties: [{property_}]
""")
    code, out, _ = nnc("prove", "a.nn.yaml", "--property", "*")
    assert (code, rules(out)) == (1, ["nothing-allowed"])


def test_comments_ignore_what_is_proved(nnc: Nnc) -> None:
    text = COVERED.replace("threshold: 2}\n", "threshold: 2}  # nnc: ignore[NNC715] as printed\n")
    Path("a.nn.yaml").write_text(text)
    assert rules(nnc("prove", "a.nn.yaml").out) == ["irrelevant-input"]
    assert nnc("validate", "a.nn.yaml", "--strict").code == 0


def test_no_allowed_row_is_told_without_properties(nnc: Nnc) -> None:
    text = COVERED.partition("properties")[0] + "assume:\n  - {never: {a: 0|1}}\n"
    Path("a.nn.yaml").write_text(text)
    code, out, _ = nnc("prove", "a.nn.yaml")
    assert (code, rules(out)) == (1, ["nothing-allowed"])


@pytest.mark.parametrize(
    "rule", ["constant-neuron", "equal-neurons", "irrelevant-input", "covered-neuron"]
)
def test_examples_of_what_is_proved(nnc: Nnc, rule: RuleName) -> None:
    explanation = explanation_of(RULES[rule])
    Path("bad.nn.yaml").write_text(explanation.bad)
    Path("good.nn.yaml").write_text(explanation.good)
    assert rule in rules(nnc("prove", "bad.nn.yaml").out)
    assert rules(nnc("prove", "good.nn.yaml").out) == ["no-properties"]


def test_a_certificate_is_written_and_checked(nnc: Nnc, tmp_path: Path) -> None:
    network = tmp_path / "a.nn.yaml"
    network.write_text(HEAD + "properties:\n" + TRUE)
    assert nnc("prove", "--property", "*", "a.nn.yaml", "--certificate", "a.jsonl").code == 0
    code, out, _ = nnc("prove", "--verify", "--certificate", "a.jsonl", "a.nn.yaml")
    assert (code, out) == (
        0, "proved   a.nn.yaml: young (its certificate was checked)\n\n1 of 1 proved in 1 file\n"
    )  # fmt: skip
    assert [each.name for each in library.check_proof("a.jsonl", "a.nn.yaml")] == ["young"]
    network.write_text(
        HEAD + "properties:\n" + TRUE + "  - {name: new, independent: tier, of: new}\n"
    )
    code, out, _ = nnc("prove", "--verify", "--certificate", "a.jsonl", "a.nn.yaml")
    assert (code, rules(out)) == (1, ["certificate-refused"])
    with pytest.raises(
        library.InvalidNetworkError, match=r"network 1 is another one than `a\.nn\.yaml`"
    ):
        library.check_proof("a.jsonl", "a.nn.yaml")
    with pytest.raises(TypeError, match="one network or two, not 3"):
        library.check_proof("a.jsonl", "a.nn.yaml", "a.nn.yaml", "a.nn.yaml")


def test_a_certificate_of_some_properties_says_nothing_of_the_others(
    nnc: Nnc, tmp_path: Path
) -> None:
    more = "  - {name: new, independent: tier, of: new}\n"
    (tmp_path / "a.nn.yaml").write_text(HEAD + "properties:\n" + TRUE + more)
    nnc("prove", "a.nn.yaml", "--property", "young", "--certificate", "a.jsonl")
    code, out, _ = nnc("prove", "--verify", "--certificate", "a.jsonl", "a.nn.yaml")
    assert (code, rules(out)) == (1, ["not-in-certificate"])
    assert (
        nnc("prove", "--verify", "--certificate", "a.jsonl", "a.nn.yaml", "--allow-unknown").code
        == 0
    )
    assert (
        nnc(
            "prove", "--verify", "--certificate", "a.jsonl", "a.nn.yaml", "--property", "young"
        ).code
        == 0
    )
    assert (
        nnc("prove", "--verify", "--certificate", "a.jsonl", "a.nn.yaml", "--property", "new").code
        == 1
    )
    code, out, _ = nnc(
        "prove", "--verify", "--certificate", "a.jsonl", "a.nn.yaml", "--property", "nix"
    )
    assert (code, rules(out)) == (2, ["unknown-property"])


LIMITED = """\
nnc: 1
fires: at_least
inputs: {n: {type: integer, min: 0}, a: bit}
neurons: {q: {weights: {n: {3: 1, 9: 1}, a: 1}, threshold: 2}}
outputs: [q]
"""


@pytest.mark.parametrize(
    ("words", "code", "wrong"),
    [
        ((), 1, ["limited-certificate"]),
        (("--within", "n=0..7"), 0, []),
        (("--within", "n=2|3", "--within", "a=1"), 0, []),
        (("--within", "n=0..8"), 1, ["limited-certificate"]),
        (("--within", "a=1"), 1, ["limited-certificate"]),
        (("--allow-unknown",), 0, []),
        (("--within", "n=x"), 1, ["not-a-number"]),
    ],
)
def test_a_certificate_within_limits(
    words: tuple[str, ...], code: int, wrong: list[str], nnc: Nnc, tmp_path: Path
) -> None:
    (tmp_path / "a.nn.yaml").write_text(LIMITED)
    (tmp_path / "b.nn.yaml").write_text(LIMITED.replace("9: 1", "8: 1"))
    pair = ("a.nn.yaml", "b.nn.yaml")
    assert nnc("diff", *pair, "--within", "n=0..7", "--certificate", "c.jsonl").code == 0
    found, out, _ = nnc("prove", "--verify", "--certificate", "c.jsonl", *pair, *words)
    assert (found, rules(out)) == (code, wrong)
    if not words:
        with pytest.raises(library.InvalidNetworkError, match=r"within n=0\.\.7 alone"):
            library.check_proof("c.jsonl", *pair)
        assert library.check_proof("c.jsonl", *pair, within={"n": "1..4"})


@pytest.mark.parametrize(
    ("change", "help_"),
    [
        (lambda _, pair: ("", pair), "name a whole file"),
        (lambda text, pair: (text[:-3], pair), "name a whole file"),
        (lambda text, pair: (text.replace(': 1, "claim"', ': 2, "claim"'), pair), "by this nnc"),
        (lambda text, pair: (text, pair[:1]), "name the one network of nnc prove, or the two"),
        (lambda text, pair: (text, pair[::-1]), "in the other order"),
        (lambda text, pair: (text, (pair[0], "c.nn.yaml")), "that it was written for, unchanged"),
        (lambda text, pair: (text.replace('"shown",[0]', '"shown",[3]'), pair), "it was changed"),
    ],
)
def test_the_help_fits_why_a_certificate_is_refused(
    change: Callable[[str, tuple[str, ...]], tuple[str, tuple[str, ...]]],
    help_: str,
    nnc: Nnc,
    tmp_path: Path,
) -> None:
    (tmp_path / "a.nn.yaml").write_text(LIMITED)
    (tmp_path / "b.nn.yaml").write_text(
        LIMITED.replace("a: 1}, threshold: 2", "a: 2}, threshold: 2")
    )
    (tmp_path / "c.nn.yaml").write_text(LIMITED.replace("threshold: 2", "threshold: 1"))
    nnc("diff", "a.nn.yaml", "b.nn.yaml", "--within", "a=0", "--certificate", "c.jsonl")
    text, files = change((tmp_path / "c.jsonl").read_text(), ("a.nn.yaml", "b.nn.yaml"))
    (tmp_path / "c.jsonl").write_text(text)
    code, out, _ = nnc("prove", "--verify", "--certificate", "c.jsonl", *files)
    assert (code, rules(out)) == (1, ["certificate-refused"])
    assert help_ in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--within", "a=1", "a.nn.yaml"), "--within goes with --verify"),
        (
            ("--verify", "--certificate", "a.jsonl", "--within", "a=1", "a.nn.yaml"),
            "--within is about two networks",
        ),
        (("--verify", "--certificate", "a.jsonl"), "--verify needs the network"),
        (("--verify", "--certificate", "a.jsonl", "a", "b", "c"), "--verify needs the network"),
        (("--verify", "a.nn.yaml"), "name it with --certificate"),
        (
            ("--verify", "--certificate", "a.jsonl", "--property", "x", "a.nn.yaml", "b.nn.yaml"),
            "about one network",
        ),
        (
            ("--verify", "--certificate", "a.jsonl", "--budget", "1", "a.nn.yaml"),
            "proves nothing: remove --budget",
        ),
        (("--certificate", "a.jsonl"), "--certificate is about one network file, not 2"),
        (("--certificate", "a.nn.yaml", "a.nn.yaml"), "a.nn.yaml"),
    ],
)
def test_certificates_are_about_certain_files(
    words: tuple[str, ...], message: str, nnc: Nnc, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.nn.yaml").write_text(HEAD)
    code, _, err = nnc("prove", *words)
    assert code == 2
    assert message in err
    assert (tmp_path / "a.nn.yaml").read_text() == HEAD


def test_no_certificate_says_what_holds_because_no_row_is_allowed(nnc: Nnc, tmp_path: Path) -> None:
    assume = "assume:\n  - {never: {new: 0|1}}\nproperties:\n"
    (tmp_path / "a.nn.yaml").write_text(HEAD + assume + TRUE)
    code, out, _ = nnc("prove", "a.nn.yaml", "--certificate", "a.jsonl")
    assert (code, rules(out)) == (1, ["nothing-allowed"])
    assert not (tmp_path / "a.jsonl").exists()


def test_a_certificate_that_is_not_there(nnc: Nnc, tmp_path: Path) -> None:
    (tmp_path / "a.nn.yaml").write_text(HEAD)
    code, out, _ = nnc(
        "prove", "--verify", "--certificate", "no.jsonl", "a.nn.yaml", "--report", "json"
    )
    assert code == 2
    report = json.loads(out)
    assert [each["code"] for each in report["diagnostics"]] == ["NNC901"]
    assert report["properties"] == []


def test_what_parts_assume_is_in_a_certificate(nnc: Nnc, tmp_path: Path) -> None:
    (tmp_path / "part.nn.yaml").write_text("""\
nnc: 1
fires: at_least
inputs: [p, q]
neurons: {n: {weights: {p: 1, q: 1}, threshold: 1}}
outputs: [n]
assume: [{at_most_one: [p, q], name: apart}]
""")
    (tmp_path / "main.nn.yaml").write_text("""\
nnc: 1
fires: at_least
inputs: [a, b]
neurons:
  one: {weights: {a: 1, b: -1}, threshold: 1}
  other: {weights: {a: -1, b: 1}, threshold: 1}
parts: {p: {use: part.nn.yaml, repeat: 2, wiring: {p: one, q: other}}}
outputs: {n: p(0).n}
properties: [{never: {n: 1}, when: {a: 1, b: 1}, name: apart}]
""")
    assert nnc("prove", "main.nn.yaml", "--certificate", "c.jsonl").code == 0
    code, out, _ = nnc("prove", "--verify", "--certificate", "c.jsonl", "main.nn.yaml")
    assert (code, out.count("proved ")) == (0, 3)
    assert "part.nn.yaml assumes apart (its certificate was checked)" in out
    text = (tmp_path / "c.jsonl").read_text()
    assert text.count("format_version") == 3
    (tmp_path / "c.jsonl").write_text(text[: text.rindex('{"format_version"')])
    code, out, _ = nnc("prove", "--verify", "--certificate", "c.jsonl", "main.nn.yaml")
    assert (code, rules(out)) == (1, ["not-in-certificate"])


def test_a_certificate_that_two_files_are_equal_is_about_both(nnc: Nnc, tmp_path: Path) -> None:
    (tmp_path / "a.nn.yaml").write_text(XOR + "properties: [{equal: b.nn.yaml}]\n")
    other = XOR.replace("both: -2", "both: -3").replace("threshold: 0", "threshold: 1/2")
    (tmp_path / "b.nn.yaml").write_text(other)
    assert nnc("prove", "--property", "*", "a.nn.yaml", "--certificate", "c.jsonl").code == 0
    assert nnc("prove", "--verify", "--certificate", "c.jsonl", "a.nn.yaml").code == 0
    (tmp_path / "b.nn.yaml").write_text(other.replace("1/2", "1/3"))
    code, out, _ = nnc("prove", "--verify", "--certificate", "c.jsonl", "a.nn.yaml")
    assert (code, rules(out)) == (1, ["certificate-refused"])
    assert "it is about another network than `b.nn.yaml`" in out


@pytest.mark.parametrize("weights", ["{b: 1}", "{b: 1, a: 1}"])
@pytest.mark.parametrize("largest", ["1e44", "1e400"])
def test_inputs_beyond_floats_are_proved_and_checked(nnc: Nnc, weights: str, largest: str) -> None:
    Path("n.nn.yaml").write_text(
        f"nnc: 1\ninputs: {{a: {{type: integer, min: 0, max: {largest}}}, b: bit}}\n"
        f"neurons: {{n: {{weights: {weights}, threshold: 10}}}}\noutputs: [n]\n"
        f"cases: [{{name: s, given: {{a: {largest}, b: 0}}, expect: {{}}}}]\n"
        "properties: [{unchanged: n, case: s, within: {each: 2}}]\n"
    )
    assert nnc("prove", "n.nn.yaml", "--certificate", "c.json").code == 0
    assert "its certificate was checked" in nnc(
        "prove", "n.nn.yaml", "--certificate", "c.json", "--verify"
    ).out  # fmt: skip
