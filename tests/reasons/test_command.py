"""`nnc why`: texts, JSON, rows and cases, and what cannot be."""

import json
from pathlib import Path

import jsonschema
import pytest

from nnc.cli.schema import schema_text
from tests.support.running import Nnc

RISK = """\
nnc: 1
fires: at_least
inputs:
  age: {type: integer, min: 0, max: 120}
  warm: {type: real, min: 30, max: 45}
  kind: {type: choice, of: [a, b, c]}
  bits: bit(3)
neurons:
  points: {weights: {age: {65: 2}, warm: {38.1: 2}, kind.b: 1, bits(1): 1}, threshold: 3}
  never: {weights: {age: 1}, threshold: 500}
outputs: {points: points, never: never}
cases:
  - {name: old and warm, given: {age: 70, warm: 39, kind: a, bits: 0}, expect: {points: 1}}
  - {name: young, given: {age: 20, warm: 37, kind: a, bits: 2}, expect: {points: 0}}
"""
OLD = ("age=70", "warm=39", "kind=a", "bits=0")


@pytest.fixture
def nnc(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Nnc:
    (tmp_path / "risk.nn.yaml").write_text(RISK)
    (tmp_path / "rows.csv").write_text("age,warm,kind,bits\n70,39,a,0\n20,37,a,2\n")
    return Nnc(capsysbinary, monkeypatch, tmp_path)


def test_the_text(nnc: Nnc) -> None:
    code, out, _ = nnc("why", "risk.nn.yaml", *OLD)
    assert code == 0
    assert (
        out
        == """\
row 1: age=70, warm=39, kind=a, bits=0

points = 1  fires: sum 4, needs ≥ 3, margin 1
  decided by points
  stays so, whatever the others are, while (2 of 4 inputs, proved to be the fewest)
    age >= 65
    warm >= 38.1
  is another value after 1 change (proved to be the fewest)
    warm = 38 (is 39): 0
    age = 64 (is 70): 0

never = 0  silent: sum 70, needs ≥ 500, margin 430
  decided by never
  whatever the inputs are: proved
  another row in which it is another value: none, which is proved
"""
    )


@pytest.mark.parametrize(
    "words",
    [
        ("rows.csv", "--row", "2"),
        ("--case", "young"),
        ("--case", "you*"),
        ("--set", "age=20,warm=37", "--set", "kind=a", "bits=2"),
    ],
)
def test_where_the_row_comes_from(nnc: Nnc, words: tuple[str, ...]) -> None:
    code, out, _ = nnc("why", "risk.nn.yaml", *words, "--output", "p*ts", "--report", "json")
    report = json.loads(out)
    assert code == 0
    assert report["inputs"] == {"age": 20, "warm": 37, "kind": "a", "bits": 2}
    (output,) = report["outputs"]
    assert output["value"] == 0
    assert [(each["input"], each["at_most"], each["below"]) for each in output["conditions"]] == [
        ("age", 64, None),
        ("warm", None, "38.1"),
    ]
    jsonschema.validate(report, json.loads(schema_text("why")))


ELSEWHERE = """\
nnc: 1
fires: at_least
inputs: {a: {type: integer, min: 0, max: 9}, b: bit}
neurons: {n: {weights: {a: {5: 1}, b: 1}, threshold: 2}}
outputs: [n]
assume: [{never: {a: 9, b: 0}}]
"""
WRONG: dict[int, tuple[tuple[object, object], str]] = {
    2: ((7, "x"), "expected a number, found `x`"),
    4: ((12, 0), "12 is above max 9"),
    5: ((9, 0), "row 5 breaks the assumption"),
}
SOUND = {1: (1, 1), 3: (6, 1), 6: (5, 0)}


def as_rows(form: str, rows: list[tuple[object, object]]) -> str:
    if form == "csv":
        return "a,b\n" + "".join(f"{a},{b}\n" for a, b in rows)
    objects = [json.dumps({"a": a, "b": b}) for a, b in rows]
    return "\n".join(objects) if form == "jsonl" else f"[{','.join(objects)}]"


@pytest.mark.parametrize("form", ["csv", "jsonl", "json"])
def test_mistakes_in_other_rows_are_none_of_this_one(
    nnc: Nnc, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the file is read in small pieces; a row with a mistake tells its own alone."""
    monkeypatch.setattr("nnc.rows.csv.reading.SMALL_CHUNK", 8)
    (tmp_path / "a.nn.yaml").write_text(ELSEWHERE)
    rows = [SOUND.get(n) or WRONG[n][0] for n in range(1, 7)]
    (tmp_path / f"r.{form}").write_text(as_rows(form, rows))
    for number, (a, b) in SOUND.items():
        code, out, _ = nnc("why", "a.nn.yaml", f"r.{form}", "--row", str(number))
        assert (code, out.splitlines()[0]) == (0, f"row {number}: a={a}, b={b}")
    for number, (_, message) in WRONG.items():
        code, _, err = nnc("why", "a.nn.yaml", f"r.{form}", "--row", str(number))
        assert (code, message in err) == (1, True), err
        assert err.count("error[") == 1
    assert nnc("why", "a.nn.yaml", f"r.{form}", "--row", "7").code == 2


def test_rows_that_cannot_be_told_apart_stop_it(nnc: Nnc, tmp_path: Path) -> None:
    """A quote that is not closed: nobody knows where that row ends."""
    (tmp_path / "a.nn.yaml").write_text(ELSEWHERE)
    (tmp_path / "q.csv").write_text('a,b\n1,1\n"7,x\n6,1\n')
    assert nnc("why", "a.nn.yaml", "q.csv", "--row", "3").code == 1


def test_nothing_can_change_it(nnc: Nnc) -> None:
    keep = ("--keep", "age, wa*", "--keep", "kind,bits")
    _, out, _ = nnc("why", "risk.nn.yaml", *OLD, "--output", "points", "--would", "points=0", *keep)
    assert out.endswith("another row in which it is 0: none, which is proved\n")


def test_data_of_mistakes_keeps_its_shape(nnc: Nnc) -> None:
    code, out, _ = nnc("why", "risk.nn.yaml", "age=x", *OLD[1:], "--report", "json")
    report = json.loads(out)
    assert (code, report["outputs"], report["row"]) == (1, [], 0)
    jsonschema.validate(report, json.loads(schema_text("why")))
    lines = nnc("why", "risk.nn.yaml", *OLD, "--report", "json-lines").out.splitlines()
    assert [json.loads(each)["name"] for each in lines] == ["points", "never"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--row", "1"), "--row takes one of many rows: name ROWS"),
        (("--from", "csv"), "--from is about ROWS: name the file"),
        (("rows.csv",), "rows.csv has 2 rows: choose one with --row"),
        (("rows.csv", "--row", "3"), "--row 3: rows.csv has 2 rows"),
        ((), "no rows: name a file, or give values with --set age=1"),
        (("--case", "young", "age=3"), "--case has its own row: remove ROWS and values"),
        (("--case", "young", "--row", "1"), "--row takes one of many rows: name ROWS"),
        (("--case", "yong"), "--case yong: no case has this name; did you mean `young`?"),
        (
            ("--case", "*o*"),
            "--case *o* selects 2 cases: `old and warm`, `young`; name one of them",
        ),
        (
            (*OLD, "--output", "point"),
            "--output point: there is no output `point`; did you mean `points`?",
        ),
        ((*OLD, "--keep", "agee"), "--keep agee: there is no input `agee`; did you mean `age`?"),
        ((*OLD, "--would", "points"), "--would points: write OUTPUT=VALUE, such as risk=low"),
        ((*OLD, "--would", "points=0", "--would", "points=0"), "--would points appears twice"),
        ((*OLD, "--would", "points=1"), "--would: `points` is 1 already; ask for another value"),
        (
            (*OLD, "--would", "points=2"),
            "--would: `points`: expected 0 or 1, found 2; write 0 or 1",
        ),
        ((*OLD, "--would", "points=yes"), "--would: `points`: `yes` is not a number"),
        ((*OLD, "--would", "points=1,0"), "--would: `points`: expected a number, found a list"),
    ],
)
def test_what_cannot_be(nnc: Nnc, words: tuple[str, ...], message: str) -> None:
    code, _, err = nnc("why", "risk.nn.yaml", *words)
    assert code == 2
    assert message in " ".join(err.split())


def test_help_names_only_options_that_there_are(nnc: Nnc) -> None:
    code, _, err = nnc("why", "risk.nn.yaml", *OLD[1:])
    assert (code, err.count("input `age` has no value and no default")) == (1, 1)
    Path("rows.csv").write_text("agee,warm,kind,bits\n70,39,a,0\n")
    code, _, more = nnc("why", "risk.nn.yaml", "rows.csv")
    assert code == 1
    assert "--rejects" not in err + more
    assert "`--rename agee=age` reads it as that" in more


def test_labels_and_levels_that_are_never_given(nnc: Nnc) -> None:
    text = RISK.replace("outputs: {points: points, never: never}", "outputs: {is: IS}")
    for outputs, message in (
        (
            "{level: points, labels: [low, high]}",
            "`is`: expected a label, found `lou`; did you mean `low`?",
        ),
        ("{level: points}", "`is`: a level is 0 to 1, not 7"),
    ):
        Path("other.nn.yaml").write_text(text.partition("cases")[0].replace("IS", outputs))
        value = "7" if "labels" not in outputs else "lou"
        code, _, err = nnc("why", "other.nn.yaml", *OLD, "--would", f"is={value}")
        assert (code, message in " ".join(err.split())) == (2, True), err


def test_assumptions_limit_the_rows(nnc: Nnc) -> None:
    text = """\
nnc: 1
fires: at_least
inputs: [a, b, c]
neurons: {out: {weights: {a: 1, b: 1, c: 1}, threshold: 2}}
outputs: [out]
ASSUME"""
    for assume, count in (("", 2), ("assume: [{at_most_one: [a, b]}]\n", 1)):
        Path("few.nn.yaml").write_text(text.replace("ASSUME", assume))
        report = json.loads(nnc("why", "few.nn.yaml", "a=0", "b=0", "c=0", "--report=json").out)
        (output,) = report["outputs"]
        assert len(output["conditions"]) == count
    assert nnc("why", "few.nn.yaml", "a=1", "b=1", "c=0").code == 1


BUS = """\
nnc: 1
fires: at_least
inputs: {bits: bit(3)}
neurons:
  two: {wiring: [bits], threshold: 2}
  all: {wiring: [bits], threshold: 3}
outputs: {found: [two, all]}
"""


def test_elements_of_buses(nnc: Nnc) -> None:
    """A value of a bus of bits is an unsigned integer or its bits; elements can be kept."""
    Path("bus.nn.yaml").write_text(BUS)
    for value in ("3", "1,1", "[1,1]"):
        out = nnc("why", "bus.nn.yaml", "bits=3", "--would", f"found={value}").out
        assert "is 3 after 1 change" in out
        assert "bits(2) = 1 (is 0): 3" in out
    out = nnc("why", "bus.nn.yaml", "bits=3", "--keep", "bits(0),bits(2)").out
    assert "bits(1) = 0 (is 1): 0" in out
    assert "bits(0) = 0" not in out
    for words, message in (
        (("--keep", "bits(3)"), "there is no input `bits(3)`"),
        (("--would", "found=1,2"), "`found`: expected 0 or 1, found 2"),
    ):
        assert message in " ".join(nnc("why", "bus.nn.yaml", "bits=3", *words).err.split())


SUMS = """\
nnc: 1
fires: at_least
inputs:
  warm: {type: real, min: 34, max: 43}
  dose: {type: real, min: 0}
  age: {type: integer, min: 0, max: 120}
  ill: bit
neurons:
  load: {weights: {warm: 1.5, dose: 0.25, age: 0.1}, threshold: 66.05}
  alarm: {wiring: [load, ill], threshold: 2}
outputs: [alarm]
"""


def test_numbers_that_are_added_up(nnc: Nnc) -> None:
    """They go to the next cut-off of their sum, and are held in ranges that hold together."""
    Path("sums.nn.yaml").write_text(SUMS)
    words = ("why", "sums.nn.yaml", "warm=37.25", "dose=12.5", "age=40")
    out = nnc(*words, "ill=1").out
    assert "    warm = 39.3 (is 37.25): 1\n" in out  # 39.28333…
    assert "    dose = 24.7 (is 12.5): 1\n" in out
    assert "    age = 71 (is 40): 1\n" in out
    assert "    warm < 2357/60\n    dose <= 12.5\n    age <= 40\n" in out
    out = nnc(*words, "ill=0").out
    assert "(1 of 4 inputs, proved to be the fewest)\n    ill = 0\n" in out
    assert "    age = 71 (is 40), ill = 1 (is 0): 1\n" in out
    assert "is another value after 2 changes (proved to be the fewest)" in out


def test_a_case_is_of_a_file(nnc: Nnc) -> None:
    code, _, err = nnc("why", "-", "--case", "young")
    assert code == 2
    assert "--case goes with a file: name the network" in err
