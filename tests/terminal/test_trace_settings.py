"""What the options of traces do: which outputs, how deep, all of it; as text and as JSON."""

import json
from pathlib import Path

import pytest

from tests.support.running import MAIL, XOR, Nnc


@pytest.fixture
def nnc(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Nnc:
    (tmp_path / "xor.nn.yaml").write_text(XOR)
    (tmp_path / "mail.nn.yaml").write_text(MAIL)
    return Nnc(capsysbinary, monkeypatch, tmp_path)


GIVEN = ("--set", "blacklisted=1", "--set", "bayes=1", "--set", "links=12")


def test_why_did_it_fire(nnc: Nnc) -> None:
    code, out, err = nnc("eval", "mail.nn.yaml", *GIVEN, "--trace")
    assert (code, err) == (0, "")
    # by hand: 1.7 + 3.5 + 0.5 = 5.7; 5.7 - 3 = 2.7 and 5.7 - 5 = 0.7
    assert out.splitlines() == [
        "row 1: blacklisted=1, bayes=1, links=12",
        "  points = 5.7    the sum of score",
        "  verdict = spam  score: sum 5.7 passes suspicious ≥ 3, spam ≥ 5; margin 0.7",
        "  flags = 3       2 of 2 bits are on: score.suspicious, score.spam",
        "",
        "  score: sum 5.7",
        "      bayes        +3.5  = 3.5 × 1",
        "      blacklisted  +1.7  = 1.7 × 1",
        "      links        +0.5  = 12 ≥ 10",
    ]


def test_every_neuron_in_the_order_of_evaluation(nnc: Nnc) -> None:
    _, out, _ = nnc("eval", "mail.nn.yaml", *GIVEN, "--trace", "--depth", "all")
    assert out.splitlines()[4:] == [
        "  links>=10 = 1  fires: sum 12, needs ≥ 10, margin 2",
        "      links  +12  = 1 × 12",
        "  links>=50 = 0  silent: sum 12, needs ≥ 50, margin 38",
        "      links  +12  = 1 × 12",
        "  score.suspicious = 1  fires: sum 5.7, needs ≥ 3, margin 2.7",
        "  score.spam = 1  fires: sum 5.7, needs ≥ 5, margin 0.7",
        "      bayes        +3.5  = 3.5 × 1",
        "      blacklisted  +1.7  = 1.7 × 1",
        "      links        +0.5  = 12 ≥ 10",
    ]


def test_only_some_outputs(nnc: Nnc) -> None:
    _, out, _ = nnc("eval", "mail.nn.yaml", *GIVEN, "--trace", "--output", "points")
    assert out.splitlines()[1:3] == [
        "  points = 5.7  the sum of score", "      bayes        +3.5  = 3.5 × 1"]  # fmt: skip
    _, out, _ = nnc(
        "eval", "mail.nn.yaml", *GIVEN, "--trace", "--output", "flags", "--output", "points",
        "--to", "json",
    )  # fmt: skip
    assert [output["name"] for output in json.loads(out)[0]["outputs"]] == ["points", "flags"]
    pattern = ("--output", "f*", "--output", "p?ints")
    assert nnc("eval", "mail.nn.yaml", *GIVEN, "--trace", *pattern, "--to", "json").out == out


def test_how_deep(nnc: Nnc) -> None:
    given = ("eval", "xor.nn.yaml", "--set", "a=1", "--set", "b=1", "--trace")
    whole = nnc(*given).out
    assert "both = 1" in whole
    assert nnc(*given, "--depth", "2").out == whole
    assert "both = 1" not in nnc(*given, "--depth", "1").out
    (record,) = json.loads(nnc(*given, "--depth", "1", "--to", "json").out)
    assert [neuron["name"] for neuron in record["neurons"]] == record["way"] == ["xor"]


@pytest.mark.parametrize("form", ["table", "json"])
def test_columns_that_are_kept(nnc: Nnc, form: str) -> None:
    Path("rows.csv").write_text("bed,a,b\n12,1,0\n13,1,1\n")
    given = ("eval", "xor.nn.yaml", "rows.csv", "--trace", "--extra", "keep", "--to", form)
    code, out, err = nnc(*given)
    assert (code, err) == (0, "")
    last = nnc(*given, "--row", "2").out
    if form == "json":
        assert [record["extra"] for record in json.loads(out)] == [{"bed": "12"}, {"bed": "13"}]
        assert json.loads(last)[0]["extra"] == {"bed": "13"}
    else:
        assert [line for line in out.splitlines() if line.startswith("row")] == [
            "row 1 (bed=12): a=1, b=0", "row 2 (bed=13): a=1, b=1"]  # fmt: skip
        assert last.startswith("row 2 (bed=13): a=1, b=1\n")
        assert out.endswith(last)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--output", "xor"], "--output is about traces; add --trace"),
        (["--depth", "2"], "--depth is about traces; add --trace"),
        (
            ["--trace", "--depth", "all", "--to", "json"],
            "a trace in json has every neuron; remove --depth all",
        ),
        (
            ["--trace", "--output", "xr"],
            "--output xr: there is no output `xr`; did you mean `xor`?",
        ),
        (
            ["--trace", "--output", "q7"],
            "--output q7: there is no output `q7`; the outputs are xor",
        ),
        (["--trace", "--depth", "0"], "0 is not in the range x>=1"),
    ],
)
def test_refused(nnc: Nnc, options: list[str], message: str) -> None:
    code, out, err = nnc("eval", "xor.nn.yaml", "--all", *options)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())


def test_a_trace_of_every_row(nnc: Nnc) -> None:
    out = nnc("eval", "xor.nn.yaml", "--all", "--trace").out
    assert [line for line in out.splitlines() if line.startswith("row")] == [
        "row 1: a=0, b=0", "row 2: a=0, b=1", "row 3: a=1, b=0", "row 4: a=1, b=1"]  # fmt: skip
    last = out[out.index("row 4") :]
    assert "both = 1  fires: sum 2, needs > 1, margin 1" in last
    assert "xor = 0  silent: sum 0, needs > 0, margin 0" in last  # 1 + 1 - 2


def test_a_trace_for_machines(nnc: Nnc) -> None:
    given = ["eval", "mail.nn.yaml", "--set", "blacklisted=1", "--set", "bayes=0", "--trace"]
    told = json.loads(nnc(*given, "--to", "json").out)
    assert len(told) == 1
    assert told[0]["format_version"] == 1
    assert told[0]["row"] == 1
    assert told[0]["inputs"] == {"blacklisted": 1, "bayes": 0, "links": 0}
    score = told[0]["neurons"][2]
    assert (score["name"], score["fires"], score["sum"]) == ("score", "at_least", "1.7")
    assert score["thresholds"] == [
        {"name": "score.suspicious", "threshold": 3, "margin": "1.3", "fired": 0},
        {"name": "score.spam", "threshold": 5, "margin": "3.3", "fired": 0},
    ]
    assert score["contributions"][0] == {
        "source": "blacklisted", "value": 1, "weight": "1.7", "amount": "1.7"}  # fmt: skip
    lines = nnc(*given, "--to", "jsonl").out.splitlines()
    assert list(map(json.loads, lines)) == told
    assert nnc(*given, "-o", "t.jsonl").code == 0
    assert Path("t.jsonl").read_text().splitlines() == lines


@pytest.mark.parametrize(("rule", "total", "fires"), [
    ("above", 1, 0), ("at_least", 1, 1), ("below", 1, 0), ("at_most", 1, 1), ("at_most", 2, 0),
    ("below", 0, 1), ("all", 2, 1), ("all", 1, 0), ("any", 1, 1), ("any", 0, 0)])  # fmt: skip
def test_a_trace_of_each_rule(nnc: Nnc, rule: str, total: int, fires: int) -> None:
    threshold = "" if rule in ("all", "any") else ", threshold: 1"
    Path("one.nn.yaml").write_text(
        f"nnc: 1\ninputs: [a, b]\nneurons:\n  x: {{wiring: [a, b], fires: {rule}{threshold}}}\n"
        "outputs: [x]\n"
    )
    given = ["--set", f"a={int(total > 0)}", "--set", f"b={int(total > 1)}", "--trace"]
    (row,) = json.loads(nnc("eval", "one.nn.yaml", *given, "--to", "json").out)
    (neuron,) = row["neurons"]
    assert neuron["sum"] == total
    assert neuron["thresholds"][0]["fired"] == fires
    assert f"x = {fires}" in nnc("eval", "one.nn.yaml", *given).out


def test_numbers_in_a_trace_are_exact(nnc: Nnc) -> None:
    Path("thirds.nn.yaml").write_text(
        "nnc: 1\nfires: above\ninputs: {a: real}\n"
        "neurons:\n  x: {weights: {a: 1/3}, threshold: 0.1}\noutputs: [x]\n"
    )
    out = nnc("eval", "thirds.nn.yaml", "--set", "a=0.3", "--trace").out
    assert "x = 0  silent: sum 0.1, needs > 0.1, margin 0" in out
    out = nnc("eval", "thirds.nn.yaml", "--set", "a=1", "--trace").out
    assert "sum 1/3" in out
    assert "margin 7/30" in out
