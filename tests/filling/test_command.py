"""`nnc solve`: what is written, what is told, and what cannot be."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import nnc as library
from nnc.cli.main import main
from nnc.cli.schema import schema_text
from tests.support.running import Nnc, rules
from tests.support.skeletons import DIGITS

ROWS = """\
cases:
  - {given: {a: 0, b: 0}, expect: {out: 0}}
  - {given: {a: 0, b: 1}, expect: {out: 1}}
  - {given: {a: 1, b: 0}, expect: {out: 1}}
  - {given: {a: 1, b: 1}, expect: {out: 0}}
"""
XOR = f"""\
nnc: 1
fires: at_least
inputs: [a, b]
neurons:
  out: {{weights: {{a: _, b: _}}, threshold: _}}  # one neuron
outputs: [out]
{ROWS}"""
TWO = XOR.replace(
    "  out: {weights: {a: _,",
    "  h: {weights: {a: _, b: _}, threshold: _}\n  out: {weights: {h: _, a: _,",
)
SEGMENTS = """\
nnc: 1
fires: at_least
inputs: {digit: bit(4)}
layers:
  hidden: {wiring: digit, weights: _, thresholds: _, size: 1..6}
  segments: {wiring: hidden, weights: _, thresholds: _, size: 7}
outputs: {shows: segments}
cases:
""" + "".join(
    f"  - {{given: {{digit: {digit}}}, expect: {{shows: [{', '.join(lit)}]}}}}\n"
    for digit, lit in enumerate(DIGITS)
)
RISK = """\
nnc: 1
fires: at_least
inputs: {age: {type: integer, min: 0}, confused: bit, urea: bit}
neurons:
  risk:
    weights:
      age: {65: 1.., 80: 1..5}  # steps: the cut-offs are fixed
      confused: _               # any number in the range
      urea: 2
    thresholds: {some: _, high: _}
outputs: {points: {sum: risk}, verdict: {level: risk, labels: [low, some, high]}}
unknown: {range: -5..5}
cases:
  - {given: {age: 85, confused: 0, urea: 0}, expect: {points: 4, verdict: some}}
  - {given: {age: 70, confused: 1, urea: 1}, expect: {points: 3, verdict: some}}
  - {given: {age: 20, confused: 0, urea: 1}, expect: {verdict: low}}
  - {given: {age: 90, confused: 0, urea: 1}, expect: {verdict: high}}
"""


@pytest.fixture(autouse=True)
def _files(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    texts = {"xor": XOR, "two": TWO, "segments": SEGMENTS, "risk": RISK}
    for name, text in texts.items():
        Path(f"{name}.nn.yaml").write_text(text)


def report_of(nnc: Nnc, *words: str, code: int = 0) -> dict[str, object]:
    ran = nnc("solve", *words, "--report", "json")
    assert ran.code == code
    report: dict[str, object] = json.loads(ran.out)
    jsonschema.validate(report, json.loads(schema_text("solve")))
    return report


def test_why_one_neuron_cannot(nnc: Nnc) -> None:
    code, out, _ = nnc("solve", "xor.nn.yaml")
    assert code == 1
    assert rules(out) == ["impossible"]
    assert "no weights and threshold of `out` satisfy these cases" in out
    assert [line.split("expect: {out: ")[1] for line in out.splitlines() if "given" in line] == [
        "0}}", "1}}", "1}}", "0}}",
    ]  # fmt: skip
    assert "have the same inputs in total (a: 1, b: 1), and so the same sums for all weights" in out
    report = report_of(nnc, "xor.nn.yaml", code=1)
    proof = report["proof"]
    assert isinstance(proof, dict)
    assert (report["verdict"], proof["kind"], proof["for_all"]) == ("impossible", "sums", True)
    assert proof["rows"] == [f"xor.nn.yaml:{line}" for line in (8, 9, 10, 11)]


def test_the_proof_of_one_neuron_needs_no_library() -> None:
    code = (
        "import sys; from nnc.cli.main import main\n"
        "sys.argv = ['nnc', 'solve', 'xor.nn.yaml']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(*[m for m in ('numpy', 'ortools', 'pysat') if m in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "NNC951" in ran.stdout
    assert ran.stderr.split("\n")[-2] == ""


def test_an_overlay(nnc: Nnc) -> None:
    code, out, err = nnc("solve", "two.nn.yaml")
    assert code == 0
    assert out.startswith("nnc: 1\nextends: two.nn.yaml\nneurons:\n  h:")
    assert err == "solved: 7 numbers, sum of weights 6; proved to be the smallest of each neuron\n"
    assert nnc("solve", "two.nn.yaml").out == out
    Path("sub").mkdir()
    code, summary, _ = nnc("solve", "two.nn.yaml", "-o", "sub/solved.nn.yaml")
    assert (code, summary) == (0, err)
    text = Path("sub/solved.nn.yaml").read_text()
    assert text == out.replace("extends: two.nn.yaml", 'extends: "../two.nn.yaml"')
    solved = library.load("sub/solved.nn.yaml", root=".")
    bits = [(0, 0), (0, 1), (1, 0), (1, 1)]
    outs = [library.evaluate(solved, {"a": a, "b": b})["out"] for a, b in bits]
    assert outs == [0, 1, 1, 0]


@pytest.mark.parametrize("name", ["two", "segments", "risk"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_in_place_only_blanks_change(nnc: Nnc, name: str, end: str, mark: str) -> None:
    file = Path(f"{name}.nn.yaml")
    before = (mark + file.read_text()).replace("\n", end).encode()
    file.write_bytes(before)
    assert nnc("solve", file.name, "--in-place").code == 0
    assert nnc("test", file.name).code == 0
    after = file.read_bytes()
    blanks = ("1..6", "1..5", "1..", "_")
    rest = after
    for stretch in split_at(before.decode(), blanks):
        assert stretch.encode() in rest
        rest = rest[rest.index(stretch.encode()) + len(stretch.encode()) :]
    assert after.count(b"\n") == before.count(b"\n")


def split_at(text: str, words: tuple[str, ...]) -> list[str]:
    for word in words:
        text = text.replace(f": {word}", ": \0")
    return text.split("\0")


def test_the_least_size_of_a_layer(nnc: Nnc) -> None:
    _, _, err = nnc("solve", "segments.nn.yaml")
    assert "size of `hidden`: 4\n" in err
    assert "fewer: 3 of `hidden` cannot: 10 cases expect 10 different outputs, but 3 neurons" in err
    assert "have only 8 states" in err
    report = report_of(nnc, "segments.nn.yaml")
    assert report["sizes"] == {"hidden": 4}
    Path("few.nn.yaml").write_text(SEGMENTS.replace("1..6", "1..3"))
    code, out, _ = nnc("solve", "few.nn.yaml")
    assert (code, rules(out)) == (1, ["impossible-network"])


def test_sums_levels_and_labels(nnc: Nnc) -> None:
    code, out, _ = nnc("solve", "risk.nn.yaml", "-o", "solved.nn.yaml")
    assert code == 0
    solved = library.load("solved.nn.yaml")
    weights = solved.neurons["risk"].weights
    assert isinstance(weights, dict)
    steps = weights["age"]
    assert isinstance(steps, dict)
    low, high = steps.values()
    assert high == 4
    assert low + weights["confused"] == 1  # type: ignore[operator]
    assert "the smallest of each neuron" in out


def test_bounds_and_decimals(nnc: Nnc) -> None:
    Path("half.nn.yaml").write_text(
        "nnc: 1\nfires: at_least\ninputs: [a, b]\n"
        "neurons: {out: {weights: {a: _, b: _}, threshold: 1}}\noutputs: [out]\n"
        "cases:\n"
        "  - {given: {a: 1, b: 1}, expect: {out: 1}}\n"
        "  - {given: {a: 1, b: 0}, expect: {out: 0}}\n"
        "  - {given: {a: 0, b: 1}, expect: {out: 0}}\n"
    )
    code, out, _ = nnc("solve", "half.nn.yaml")
    assert (code, rules(out)) == (1, ["impossible"])
    assert "no integers of `out` satisfy these cases" in out
    assert "why: what these ask for adds up to what is false for all integers" in out
    code, out, _ = nnc("solve", "half.nn.yaml", "--decimals", "1")
    assert code == 0
    assert "weights: {a: 0.5, b: 0.5}" in out
    code, out, _ = nnc("solve", "half.nn.yaml", "--decimals", "1", "--range", "0.6..")
    assert code == 0
    assert "weights: {a: 0.6, b: 0.6}" in out
    code, out, _ = nnc("solve", "half.nn.yaml", "--decimals", "1", "--range", "0..0.4")
    assert (code, rules(out)) == (1, ["impossible"])
    assert "no numbers within the bounds of `out`" in out


def test_margins_terms_and_totals(nnc: Nnc) -> None:
    code, out, err = nnc("solve", "two.nn.yaml", "--margin", "max", "--range", "-9..9")
    assert code == 0
    assert "margin: sums stay " in err
    code, _, err = nnc("solve", "two.nn.yaml", "--margin", "max")
    assert (code, rules(err)) == (1, ["wrong-usage"])
    code, out, err = nnc("solve", "two.nn.yaml", "--minimize", "total")
    assert code == 0
    assert "to be the smallest of the whole network" in err
    assert "sum of weights 6" in err
    code, out, err = nnc("solve", "two.nn.yaml", "--minimize", "terms")
    assert code == 0
    assert out.count(": 0") == 0


def test_the_greatest_margin_may_be_the_least_there_is(nnc: Nnc) -> None:
    """A margin of m takes weights of 4 m in the second neuron: below 8 there is none above 1."""
    code, out, _ = nnc(
        "solve", "two.nn.yaml", "--margin", "max", "--range", "-7..7", "-o", "x.yaml"
    )
    assert code == 0
    assert "solved: 7 numbers, sum of weights 6" in out
    assert "margin:" not in out
    code, out, _ = nnc(
        "solve", "two.nn.yaml", "--margin", "max", "--range", "-8..8", "-o", "x.yaml"
    )
    assert "margin: sums stay 2 units from the thresholds" in out


def test_what_is_the_word_of_a_solver_is_told(nnc: Nnc) -> None:
    _, out, _ = nnc("solve", "two.nn.yaml", "--minimize", "total", "-o", "x.nn.yaml")
    assert re.search(r"\ntrusted: CP-SAT [0-9.]+ says that no sum is below 6\n", out)
    assert "trusted" not in nnc("solve", "two.nn.yaml", "-o", "x.nn.yaml").out
    _, out, _ = nnc("solve", "two.nn.yaml", "--range", "-1..1", "--terms", "2")
    assert re.search(r"why: trusted: CP-SAT [0-9.]+, whose answer comes without a proof", out)
    code, out, _ = nnc("solve", "two.nn.yaml", "--range", "0..1")  # that is by clauses
    assert code == 1
    assert "no numbers of this network, within their bounds, satisfy these 4 cases" in out
    assert "widen the bounds" in out
    assert "trusted" not in out


def test_case_files(nnc: Nnc) -> None:
    Path("rows.csv").write_text("a,b,out\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    Path("xor.nn.yaml").write_text(XOR.replace(ROWS, "cases:\n  - {file: rows.csv}\n"))
    Path("two.nn.yaml").write_text(TWO.replace(ROWS, "cases:\n  - {file: rows.csv}\n"))
    assert nnc("solve", "two.nn.yaml").code == 0
    code, out, _ = nnc("solve", "xor.nn.yaml")
    assert code == 1
    assert "--> rows.csv:2:5" in out
    assert " 3 | 0,1,1\n" in out
    Path("rows.csv").write_text("a,b,out\n0,0,7\n")
    code, _, err = nnc("solve", "two.nn.yaml")
    assert (code, rules(err)) == (1, ["bad-case"])


def test_two_cases_that_contradict_each_other(nnc: Nnc) -> None:
    Path("two.nn.yaml").write_text(TWO + "  - {given: {a: 1, b: 1}, expect: {out: 1}}\n")
    code, out, _ = nnc("solve", "two.nn.yaml")
    assert (code, rules(out)) == (1, ["impossible-network"])
    assert "two cases give the same and expect something else" in out


def test_largest_with_a_fixed_neuron(nnc: Nnc) -> None:
    Path("most.nn.yaml").write_text(
        "nnc: 1\ninputs: [a, b]\nneurons:\n"
        "  x: {weights: {a: _, b: _}, threshold: 0}\n"
        "  y: {weights: {b: 1}, threshold: 0}\n"
        "outputs: {most: {largest: [x, y], labels: [x, y]}}\n"
        "cases:\n"
        "  - {given: {a: 1, b: 1}, expect: {most: x}}\n"
        "  - {given: {a: 0, b: 1}, expect: {most: y}}\n"
    )
    code, out, _ = nnc("solve", "most.nn.yaml")
    assert code == 0
    assert "x: {weights: {a: 1, b: 0}}" in out
    text = Path("most.nn.yaml").read_text()
    Path("most.nn.yaml").write_text(text + "  - {given: {a: 0, b: 0}, expect: {most: y}}\n")
    code, out, _ = nnc("solve", "most.nn.yaml")
    assert code == 1
    Path("most.nn.yaml").write_text(text.replace("a: _, b: _", "a: 2, b: 0").replace(
        "threshold: 0}\n  y", "threshold: _}\n  y"))  # fmt: skip
    assert nnc("solve", "most.nn.yaml").code == 0


def test_what_cannot_be_solved(nnc: Nnc) -> None:
    Path("none.nn.yaml").write_text(XOR.replace(ROWS, ""))
    code, _, err = nnc("solve", "none.nn.yaml")
    assert (code, rules(err)) == (1, ["no-cases"])
    Path("full.nn.yaml").write_text(XOR.replace("_,", "1,").replace("_}", "1}"))
    code, _, err = nnc("solve", "full.nn.yaml")
    assert code == 1
    assert "leaves no numbers open" in err
    assert nnc("solve", "-").code == 2
    for words in ("--in-place -o x", "-o xor.nn.yaml", "--range 5", "--range 5..1",
                  "--margin 0", "--margin much"):  # fmt: skip
        assert nnc("solve", "xor.nn.yaml", *words.split()).code == 2


def test_not_decided(nnc: Nnc) -> None:
    inputs = range(5)
    rows = "".join(
        f"  - {{given: {{x: {number}}}, expect: {{out: {number.bit_count() % 2}}}}}\n"
        for number in range(32)
    )
    Path("parity.nn.yaml").write_text(
        f"nnc: 1\ninputs: {{x: bit({len(inputs)})}}\nlayers:\n"
        "  h: {wiring: x, weights: _, thresholds: _, size: 4}\n"
        f"neurons: {{out: {{wiring: h, weights: _, threshold: _}}}}\noutputs: [out]\ncases:\n{rows}"
    )
    code, out, _ = nnc("solve", "parity.nn.yaml", "--budget", "0.01")
    assert (code, rules(out)) == (1, ["not-decided"])
    report = report_of(nnc, "parity.nn.yaml", "--budget", "0.01", code=1)
    assert report["verdict"] == "not-decided"


@pytest.mark.parametrize("form", ["sarif", "junit", "gitlab"])
def test_stdout_has_the_report_that_a_program_reads(nnc: Nnc, form: str) -> None:
    Path("two.nn.yaml").write_text(TWO)
    words = ("solve", "two.nn.yaml", "-o", "out.nn.yaml", "--report", form)
    code, out, err = nnc(*words)
    assert (code, err.startswith("solved: ")) == (0, True)
    assert nnc(*words, "--report-file", "report").code == 0
    assert Path("report").read_text() == out
    code, out, err = nnc("solve", "two.nn.yaml", "--report", form)
    assert (code, out) == (0, Path("out.nn.yaml").read_text())


def test_a_blank_that_has_no_number_is_pointed_at(nnc: Nnc) -> None:
    text = XOR.replace("b: _", "b: 0.1..0.9")
    Path("coarse.nn.yaml").write_text(text)
    code, out, _ = nnc("solve", "coarse.nn.yaml")
    assert (code, rules(out)) == (1, ["impossible-network"])
    assert "no integer is within the bounds of `out.b`, 0.1..0.9" in out
    line = next(i for i, each in enumerate(text.split("\n"), 1) if "0.1..0.9" in each)
    assert f"--> coarse.nn.yaml:{line}:" in out


def test_a_margin_that_is_too_great_is_named(nnc: Nnc) -> None:
    rows = "".join(ROWS.splitlines(keepends=True)[:3])
    Path("one.nn.yaml").write_text(XOR.replace(ROWS, rows))
    words = ("solve", "one.nn.yaml", "--range", "-3..3")
    code, out, _ = nnc(*words, "--margin", "9")
    assert (code, rules(out)) == (1, ["impossible"])
    assert "help: ask for a margin below 9, or change the cases, widen the bounds" in out
    assert nnc(*words, "--margin", "1").code == 0
    code, _, err = nnc("solve", "one.nn.yaml", "--margin", "max")
    assert (code, rules(err)) == (1, ["wrong-usage"])
    assert "--> one.nn.yaml" in err


def test_weights_without_bounds_are_tried_up_to_a_size(nnc: Nnc) -> None:
    pytest.importorskip("ortools")
    Path("two.nn.yaml").write_text(TWO)
    code, out, _ = nnc("solve", "two.nn.yaml", "--terms", "1")
    assert (code, rules(out)) == (1, ["not-decided"])
    assert "not decided: by CP-SAT no weights up to 100 will do; greater were not tried" in out
    assert "give bounds with --range" in out
    code, out, _ = nnc("solve", "two.nn.yaml", "--terms", "1", "--range", "-9..9")
    assert (code, rules(out)) == (1, ["impossible-network"])


def test_ctrl_c_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import nnc.filling.search.conduct as conduct

    def interrupted(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(conduct, "find_crowd", interrupted)
    monkeypatch.setattr(sys, "argv", ["nnc", "solve", "two.nn.yaml", "-o", "out.nn.yaml"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 130
    assert not Path("out.nn.yaml").exists()


FINE = TWO.replace(
    "a: _, b: _}, threshold: _}\n  out", "a: 0.2..0.8, b: 0.2..0.8}, threshold: 0.9}\n  out"
)


def test_decimals_count_in_networks_with_bounds(nnc: Nnc) -> None:
    Path("fine.nn.yaml").write_text(FINE)
    coarse = nnc("solve", "fine.nn.yaml")
    assert coarse.code == 1
    assert "no integer is within the bounds of `h.a`, 0.2..0.8" in coarse.out
    nnc("solve", "fine.nn.yaml", "--decimals", "1", "--in-place")
    assert nnc("test", "fine.nn.yaml").out == "4 of 4 cases hold in 1 file\n"


def test_a_case_that_breaks_an_assumption_is_refused(nnc: Nnc) -> None:
    text = XOR.replace("cases:", "assume: [{never: {a: 1, b: 1}}]\ncases:")
    Path("assumed.nn.yaml").write_text(text)
    ran = nnc("solve", "assumed.nn.yaml")
    assert ran.code == 1
    assert rules(ran.err) == ["row-not-allowed"]
    assert "assumed.nn.yaml:12:6" in ran.err
    Path("assumed.nn.yaml").write_text(text[: text.rindex("  - {given")])
    assert nnc("solve", "assumed.nn.yaml").code == 0


@pytest.mark.parametrize(
    ("expect", "is_possible"),
    [
        ("same: 0, bus: [0, 1], n: 7", True),
        ("same: 1", False),
        ("bus: [1, 1]", False),
        ("bus: [0, 0]", False),
        ("n: 8", False),
    ],
)
def test_outputs_that_are_inputs(nnc: Nnc, expect: str, is_possible: bool) -> None:
    text = f"""\
nnc: 1
fires: above
inputs: {{a: bit, x: bit(2), n: integer, s: {{type: bit, states: [-1, 1]}}}}
neurons:
  out: {{weights: {{a: _, s: _}}, threshold: _}}
outputs: {{out: out, same: a, bus: x, n: n, signed: s}}
cases:
  - {{given: {{a: 0, x: [0, 1], n: 7, s: -1}}, expect: {{out: 1, {expect}, signed: -1}}}}
"""
    Path("same.nn.yaml").write_text(text)
    code, out, err = nnc("solve", "same.nn.yaml")
    assert code == (not is_possible)
    assert ("the inputs already contradict a case" in out + err) != is_possible


def test_an_overlay_of_numbers_has_the_cases_of_its_base(nnc: Nnc) -> None:
    Path("over").mkdir()
    Path("over/over.nn.yaml").write_text("nnc: 1\nextends: ../two.nn.yaml\n")
    assert nnc("solve", "over/over.nn.yaml", "--root", ".", "-o", "over/done.nn.yaml").code == 0
    code, out, err = nnc("test", "over/done.nn.yaml", "--root", ".")
    assert (code, out, err) == (0, "4 of 4 cases hold in 1 file\n", "")
    Path("over/over.nn.yaml").write_text("nnc: 1\nextends: ../two.nn.yaml\nfires: above\n")
    code, out, err = nnc("solve", "over/over.nn.yaml", "--root", ".")
    assert (code, rules(out + err)) == (1, ["no-cases"])
    assert "help: the overlay changes more than numbers: copy those of the base" in out + err


def test_only_integers_are_too_coarse(nnc: Nnc) -> None:
    Path("half.nn.yaml").write_text(
        "nnc: 1\ninputs: {r: real}\nneurons: {x: {weights: {r: _}, threshold: _}}\n"
        "outputs: {sum: {sum: x}}\ncases:\n  - {given: {r: 1/3}, expect: {sum: 0.5}}\n"
    )
    code, out, _ = nnc("solve", "half.nn.yaml")
    assert code == 1
    assert "no integers of `x` satisfy these cases" in out
    assert "why: what these ask for adds up to what is false for all integers" in out
    assert nnc("solve", "half.nn.yaml", "--decimals", "1").code == 0
