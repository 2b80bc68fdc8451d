"""`nnc compile`: the plan, printed; mistakes told as everywhere."""

import json
from pathlib import Path

import pytest

from running import BAD, MAIL, XOR, Nnc, rules


@pytest.fixture(autouse=True)
def _networks(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    for name, text in (("xor", XOR), ("mail", MAIL), ("bad", BAD)):
        Path(f"{name}.nn.yaml").write_text(text)


def test_the_plan_of_bits(nnc: Nnc) -> None:
    code, out, err = nnc("compile", "xor.nn.yaml")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("plan xor: 2 inputs, 2 neurons in 2 levels, 1 output")
    assert [" ".join(line.split()) for line in lines[1:]] == [
        "input a: bit", "input b: bit",
        "level 1", "both = a + b > 1 [0, 2] int8",
        "level 2", "xor = a + b - 2*both > 0 [-2, 2] int8",
        "output xor = xor",
    ]  # fmt: skip


def test_the_plan_of_decimals_and_steps(nnc: Nnc) -> None:
    out = nnc("compile", "mail.nn.yaml").out
    assert "input links: integer min 0 max 100 default 0" in out
    # in tenths: 17, 35, 5 and 5 points, thresholds 30 and 50; at most 17 + 35 + 5 + 5 = 62
    assert ("score = 17*blacklisted + 35*bayes + 5*(links>=10) + 5*(links>=50): "
            "suspicious >= 30, spam >= 50 [1/10]  [0, 62] int8") in out  # fmt: skip
    assert "level score [ham, suspicious, spam]" in out


def test_the_plan_is_the_same_every_time(nnc: Nnc) -> None:
    assert nnc("compile", "mail.nn.yaml") == nnc("compile", "-", stdin=MAIL.encode())._replace(
        out=nnc("compile", "mail.nn.yaml").out)  # fmt: skip
    assert nnc("compile", "mail.nn.yaml") == nnc("compile", "mail.nn.yaml")


def test_mistakes(nnc: Nnc) -> None:
    code, out, err = nnc("compile", "bad.nn.yaml")
    assert (code, out, rules(err)) == (1, "", ["missing-key"] * 2)
    code, out, err = nnc("compile", "xr.nn.yaml")
    assert (code, out, rules(err)) == (2, "", ["cannot-open"])
    assert "did you mean `xor.nn.yaml`?" in err
    code, out, err = nnc("compile", "xor.nn.yaml", "--max-bytes", "9")
    assert (code, out, rules(err)) == (2, "", ["file-too-large"])


@pytest.mark.parametrize(("arguments", "told"), [
    ([], "NETWORK"), (["xor.nn.yaml", "mail.nn.yaml"], "mail.nn.yaml"),
    (["--rot", ".", "xor.nn.yaml"], "did you mean `--root`?")])  # fmt: skip
def test_wrong_use(nnc: Nnc, arguments: list[str], told: str) -> None:
    code, out, err = nnc("compile", *arguments)
    assert (code, out) == (2, "")
    assert told in err


@pytest.mark.parametrize("form", ["json", "json-lines", "sarif"])
@pytest.mark.parametrize("name", ["xor", "bad", "none"])
def test_machines_read_json_only(nnc: Nnc, form: str, name: str) -> None:
    _, out, _ = nnc("compile", f"{name}.nn.yaml", "--output-format", form)
    for line in out.splitlines() if form == "json-lines" else [out]:
        json.loads(line)


def test_a_bug_of_ours(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr("nnc.plan.build_plan", fail)
    code, out, err = nnc("compile", "xor.nn.yaml")
    assert (code, out) == (3, "")
    assert "ArithmeticError" in err
