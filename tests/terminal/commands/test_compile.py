"""`nnc compile`: the plan, printed or written; what all commands do with a compiled network."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from nnc import InvalidNetworkError, load, to_yaml
from tests.fuzz.compiled import Forgery
from tests.support.running import BAD, MAIL, XOR, Nnc, rules


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
    code, out, _ = nnc("compile", f"{name}.nn.yaml", "--report", form)
    assert code == {"xor": 0, "bad": 1, "none": 2}[name]
    assert out
    for line in out.splitlines() if form == "json-lines" else [out]:
        json.loads(line)


# ------------------------------------------------------------------------------- -o FILE


def written(nnc: Nnc, name: str, *arguments: str) -> str:
    """Compile one of the networks into a file."""
    code, out, err = nnc("compile", f"{name}.nn.yaml", "-o", f"{name}.nnc", *arguments)
    assert (code, out) == (0, "")
    assert err.startswith(f"wrote {name}.nnc: ")
    return f"{name}.nnc"


def test_what_was_written_is_told(nnc: Nnc) -> None:
    code, out, err = nnc("compile", "xor.nn.yaml", "-o", "x")
    assert (code, out) == (0, "")
    assert err == "wrote x: 2 neurons, 5 weights\n"


@pytest.mark.parametrize("name", ["xor", "mail"])
def test_every_command_takes_it(nnc: Nnc, name: str) -> None:
    file, source = written(nnc, name), f"{name}.nn.yaml"
    assert nnc("compile", file) == nnc("compile", source)
    assert nnc("validate", file) == (0, "no problems in 1 file\n", "")
    code, out, err = nnc("test", file)
    assert (code, out.replace(file, source), err) == nnc("test", source)
    given = ["--all"] if name == "xor" else ["--set", "bayes=1", "--set", "blacklisted=0"]
    for more in ([], ["--trace"], ["--to", "json"], ["--bits"]):
        assert nnc("eval", file, *given, *more) == nnc("eval", source, *given, *more)


def test_it_may_be_called_anything(nnc: Nnc) -> None:
    for name in ("x", "x.safetensors", "x.nn.yaml", "x.yaml"):
        assert nnc("compile", "xor.nn.yaml", "-o", name).code == 0
        assert nnc("eval", name, "--set", "a=1", "--set", "b=0").out == "xor\n1\n"


def test_a_copy_has_the_same_bytes(nnc: Nnc) -> None:
    file = written(nnc, "mail")
    code, out, err = nnc("compile", file, "-o", "copy.nnc")
    assert (code, out) == (0, "")
    assert err == "wrote copy.nnc: 3 neurons, 6 weights\n"
    assert Path("copy.nnc").read_bytes() == Path(file).read_bytes()
    before = Path(file).read_bytes()
    code, _, err = nnc("compile", file, "-o", file)
    assert code == 2
    assert f"-o {file} would replace a file that the network is made of" in err
    assert Path(file).read_bytes() == before


def test_a_mistake_leaves_the_old_file(nnc: Nnc) -> None:
    Path("old").write_text("old")
    code, out, err = nnc("compile", "bad.nn.yaml", "-o", "old")
    assert (code, out, rules(err)) == (1, "", ["missing-key"] * 2)
    assert Path("old").read_text() == "old"
    code, out, err = nnc("compile", "xor.nn.yaml", "-o", "none/x")
    assert (code, out, rules(err)) == (2, "", ["cannot-open"])
    assert sorted(one.name for one in Path().iterdir() if one.name.startswith(".nnc")) == []


def test_sources_are_not_overwritten(nnc: Nnc) -> None:
    Path("part.nn.yaml").write_text(XOR)
    np.save("w.npy", np.ones((1, 2), np.int8))
    Path("whole.nn.yaml").write_text(
        "nnc: 1\ninputs: [a, b]\nparts: {p: {use: part.nn.yaml, wiring: {a: a, b: b}}}\n"
        "layers: {l: {wiring: [a, b], weights: {file: w.npy}, thresholds: 1}}\n"
        "outputs: {y: p.xor, l: l}\n"
    )
    for name in ("whole.nn.yaml", "part.nn.yaml", "w.npy", "./part.nn.yaml"):
        before = Path(name).read_bytes()
        code, out, err = nnc("compile", "whole.nn.yaml", "-o", name)
        assert (code, out) == (2, "")
        assert f"-o {name} would replace a file that the network is made of" in err
        assert Path(name).read_bytes() == before
    assert nnc("compile", "whole.nn.yaml", "-o", "whole.nnc").code == 0


def test_a_network_from_standard_input(nnc: Nnc) -> None:
    assert nnc("compile", "-", "-o", "x", stdin=XOR.encode()).code == 0
    assert nnc("eval", "x", "--set", "a=1", "--set", "b=0").out == "xor\n1\n"
    assert nnc("validate", "x").code == 0


@pytest.mark.parametrize("form", ["json", "json-lines", "sarif"])
def test_machines_read_a_report_beside_the_file(nnc: Nnc, form: str) -> None:
    code, out, err = nnc("compile", "xor.nn.yaml", "-o", "x", "--report", form)
    assert (code, err) == (0, "")
    empty = nnc("validate", "mail.nn.yaml", "--report", form).out
    assert out == empty
    assert nnc("validate", "x", "--report", form).out == empty


def test_a_compiled_network_that_is_stale(nnc: Nnc) -> None:
    file = written(nnc, "xor")
    Path("xor.nn.yaml").write_text(XOR + "cases: [{given: {a: 1, b: 1}, expect: {xor: 0}}]\n")
    told = "the compiled network is older than its sources: `xor.nn.yaml` has changed"
    for arguments in (["eval", file, "--set", "a=1", "--set", "b=0"], ["compile", file],
                      ["compile", file, "-o", "copy"]):  # fmt: skip
        code, _, err = nnc(*arguments)
        assert (code, rules(err)) == (0, ["stale-compiled"])
        assert told in err
        assert "compile it again: nnc compile xor.nn.yaml -o xor.nnc" in err
    code, out, _ = nnc("validate", file)
    assert (code, rules(out)) == (0, ["stale-compiled"])
    assert nnc("validate", "--strict", file).code == 1
    code, out, _ = nnc("test", file)
    assert (code, rules(out)) == (0, ["stale-compiled"])
    assert "1 case" in out
    written(nnc, "xor")
    assert nnc("validate", "--strict", file).code == 0


def test_the_compiled_plan_is_what_is_tested(nnc: Nnc) -> None:
    file = written(nnc, "xor")
    Path("xor.nn.yaml").write_text(
        XOR.replace("both: -2", "both: -1") + "cases: [{given: {a: 1, b: 1}, expect: {xor: 1}}]\n"
    )
    assert nnc("test", "xor.nn.yaml").code == 0
    code, out, _ = nnc("test", file)
    assert (code, rules(out)) == (1, ["case-failed", "stale-compiled"])
    assert "xor.nn.yaml:8:" in out
    code, out, _ = nnc("test", file, "--coverage")
    assert "2 of 4 sides of thresholds seen" in out
    Path("xor.nn.yaml").write_text(
        XOR.replace("xor", "other") + "cases: [{given: {a: 1, b: 1}, expect: {other: 1}}]\n"
    )
    code, out, _ = nnc("test", file)
    assert (code, rules(out)) == (1, ["bad-case", "stale-compiled"])


def test_the_cases_are_not_there(nnc: Nnc) -> None:
    file = written(nnc, "xor")
    Path("xor.nn.yaml").unlink()
    code, out, _ = nnc("test", file)
    assert (code, rules(out)) == (2, ["cannot-open"])
    assert ("the cases of a compiled network are in its source `xor.nn.yaml`, which is not here"
            in out)  # fmt: skip
    Path("xor.nn.yaml").write_text(BAD)
    code, out, _ = nnc("test", file)
    assert (code, rules(out)) == (1, ["missing-key", "missing-key", "stale-compiled"])


GATE = (
    "nnc: 1\nfires: at_least\ninputs: [a, b]\n"
    "neurons: {both: {wiring: [a, b], threshold: 2}}\noutputs: [both]\n"
)


def forged_gate(nnc: Nnc) -> str:
    """Compile a gate, and bring its limit from 2 to 0 with all digests made anew."""
    Path("gate.nn.yaml").write_text(GATE)
    forged = Forgery.of(Path(written(nnc, "gate")).read_bytes())
    forged.plan["neurons"]["limits"] = forged.plan["neurons"]["least"]
    Path("gate.nnc").write_bytes(forged.together())
    return "gate.nnc"


def test_a_compiled_network_that_its_sources_are_not(nnc: Nnc) -> None:
    """It fits together, and is another network: only its sources tell."""
    file = forged_gate(nnc)
    told = "the compiled network is not what its sources compile to: its tensor `plan` differs"
    for arguments in (["validate", file], ["test", file], ["compile", file],
                      ["compile", file, "-o", "copy"]):  # fmt: skip
        code, out, err = nnc(*arguments)
        assert (code, rules(out + err)) == (1, ["bad-compiled"]), arguments
        assert told in out + err
        fix = "nnc compile gate.nn.yaml -o gate.nnc; another version of nnc may have written it"
        assert f"= help: compile it again: {fix}" in out + err
    assert nnc("eval", file, "--set", "a=0", "--set", "b=0").code == 0
    written(nnc, "gate")
    assert nnc("validate", file).out == "no problems in 1 file\n"


def test_a_header_that_its_sources_do_not_give(nnc: Nnc) -> None:
    Path("gate.nn.yaml").write_text(GATE)
    forged = Forgery.of(Path(written(nnc, "gate")).read_bytes())
    forged.arrays["neurons.limits"] = forged.arrays["neurons.limits"].astype("<i4")
    Path("gate.nnc").write_bytes(forged.together())
    code, out, _ = nnc("validate", "gate.nnc")
    assert (code, rules(out)) == (1, ["bad-compiled"])
    forged = Forgery.of(Path(written(nnc, "gate")).read_bytes())
    forged.about["more"] = 3
    Path("gate.nnc").write_bytes(forged.together())
    code, out, _ = nnc("validate", "gate.nnc")
    assert (code, rules(out)) == (1, ["bad-compiled"])
    assert "compile to: its header differs" in out


def test_what_cannot_be_compared_is_told(nnc: Nnc) -> None:
    file = forged_gate(nnc)
    subject = "the compiled network fits together, but was not compared with its sources: "
    forged = Forgery.of(Path(file).read_bytes())
    written(nnc, "gate")
    whole = Forgery.of(Path(file).read_bytes())

    def told(one: Forgery, why: str, fix: str) -> None:
        Path("x.nnc").write_bytes(one.together())
        for arguments in (["validate"], ["validate", "--strict"]):
            code, out, err = nnc(arguments[0], "x.nnc", *arguments[1:])
            assert (code, rules(out + err)) == (0, ["not-compared"])
            assert subject + why in out + err
            assert f"= help: {fix}" in out + err

    Path("gate.nn.yaml").rename("other.nn.yaml")
    there = "put it where its sources are, or in a folder below, and validate it there"
    told(whole, "`gate.nn.yaml` is missing", there)
    told(forged, "`gate.nn.yaml` is missing", there)
    whole.about["sources"] = []
    told(whole, "it does not name them", "compile it from a file")
    whole.about["sources"] = [["bad.nn.yaml", sha256(Path("bad.nn.yaml").read_bytes()).hexdigest()]]
    fix = "fix them first: nnc validate bad.nn.yaml"
    told(whole, "`bad.nn.yaml` cannot be compiled: ", fix)
    for name in ("../gate.nn.yaml", "/etc/passwd"):
        whole.about["sources"] = [[name, "0" * 64]]
        told(whole, f"`{name}` is missing", there)


def test_sources_too_large_to_compare(nnc: Nnc) -> None:
    Path("gate.nn.yaml").write_text(GATE)
    code, out, _ = nnc("validate", written(nnc, "gate"), "--max-bytes", "50")
    assert (code, rules(out)) == (0, ["not-compared"])
    assert "was not compared with its sources: the file has " in out


def test_where_only_a_text_can_stand(nnc: Nnc) -> None:
    file = written(nnc, "xor")
    told = "this is a compiled network, not a network file"
    for command in ("validate", "eval", "test", "compile"):
        code, out, err = nnc(command, "-", stdin=Path(file).read_bytes())
        assert (code, rules(out + err)) == (1, ["bad-compiled"])
        assert told in out + err
    code, _, err = nnc("diff", file, "xor.nn.yaml")
    assert (code, rules(err)) == (1, ["bad-compiled"])
    assert "help: name what it was compiled from, or read it by its name with nnc eval" in err
    with pytest.raises(InvalidNetworkError, match=told):
        load(file)
    for key in ("extends: xor.nnc\n", "parts: {p: {use: xor.nnc, wiring: {a: a, b: b}}}\n"):
        Path("x.nn.yaml").write_text(f"nnc: 1\ninputs: [a, b]\n{key}outputs: {{y: a}}\n")
        code, out, _ = nnc("validate", "x.nn.yaml")
        assert (code, rules(out)) == (1, ["bad-compiled"])
        assert "file `xor.nnc` is a compiled network, which no other can use" in out
        assert "x.nn.yaml:3:" in out


def test_damaged_ones(nnc: Nnc) -> None:
    data = bytearray(Path(written(nnc, "xor")).read_bytes())
    data[-1] ^= 1
    Path("xor.nnc").write_bytes(data)
    for arguments in (["eval", "--set", "a=1", "xor.nnc"], ["validate", "xor.nnc"],
                      ["test", "xor.nnc"], ["compile", "xor.nnc"],
                      ["compile", "xor.nnc", "-o", "copy"]):  # fmt: skip
        code, out, err = nnc(*arguments)
        assert (code, rules(out + err)) == (1, ["bad-compiled"]), arguments
        assert "compile it again: nnc compile xor.nn.yaml -o xor.nnc" in out + err
    assert not Path("copy").exists()
    save_file({"w": np.ones(3)}, "w.safetensors")
    code, out, err = nnc("eval", "w.safetensors", "--all")
    assert (code, out, rules(err)) == (1, "", ["bad-compiled"])
    assert "name the .nn.yaml file that uses them" in err


def test_damage_is_met_late_or_looked_for(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnc.compiler.artifact.load._SMALL", 0)
    data = Path(written(nnc, "mail")).read_bytes()
    place = data.index(b"suspicious\nspam")
    Path("mail.nnc").write_bytes(data[:place] + b"\xff" + data[place + 1 :])
    given = ["--set", "bayes=1", "--set", "blacklisted=0"]
    code, out, _ = nnc("validate", "mail.nnc")
    assert (code, rules(out)) == (1, ["bad-compiled"])
    assert "its tensor `neurons.ports`" in out
    code, out, err = nnc("eval", "mail.nnc", *given, "--trace")
    assert (code, out, rules(err)) == (1, "", ["bad-compiled"])

    def fail(*_: object, **__: object) -> None:
        raise IndexError

    monkeypatch.setattr("nnc.run.streaming.evaluate_batch", fail)
    code, out, err = nnc("eval", "mail.nnc", *given)
    assert (code, out, rules(err)) == (1, "", ["bad-compiled"])
    Path("mail.nnc").write_bytes(data)
    code, out, err = nnc("eval", "mail.nnc", *given)
    assert (code, out) == (3, "")
    assert "IndexError" in err


def test_the_network_comes_first(nnc: Nnc) -> None:
    code, _, err = nnc("eval", "rows.csv", "xor.nnc")
    assert code == 2
    assert "the network comes first: nnc eval xor.nnc rows.csv" in err


def test_a_bug_of_ours(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr("nnc.terminal.plans.build_plan", fail)
    code, out, err = nnc("compile", "xor.nn.yaml")
    assert (code, out) == (3, "")
    assert "ArithmeticError" in err


# ------------------------------------------------------------------------------ --to FORM

SHOP = """\
extends: mail.nn.yaml   # the base
nnc: 1
neurons: {score: {weights: {bayes: 1/3}}}   # less
cases: [{file: rows.csv}]
"""


def test_the_plan_as_data(nnc: Nnc) -> None:
    code, out, err = nnc("compile", "mail.nn.yaml", "--to", "json")
    assert (code, err) == (0, "")
    data = json.loads(out)
    assert (data["format_version"], data["name"], data["levels"]) == (1, "mail", 2)
    score = data["neurons"][-1]
    assert score["sources"] == ["blacklisted", "bayes", "links>=10", "links>=50"]
    assert score["weights"] == ["1.7", "3.5", "0.5", "0.5"]
    assert score["thresholds"] == [
        {"name": "score.suspicious", "threshold": 3, "fires": "at_least"},
        {"name": "score.spam", "threshold": 5, "fires": "at_least"},
    ]  # fmt: skip
    assert (score["file"], score["line"], score["column"]) == ("mail.nn.yaml", 8, 3)
    assert nnc("compile", "-", "--to", "json", stdin=XOR.encode()).code == 0


def test_what_is_printed_is_what_is_written(nnc: Nnc) -> None:
    for target in ("text", "json", "yaml"):
        code, out, err = nnc("compile", "mail.nn.yaml", "--to", target)
        assert (code, err) == (0, "")
        assert nnc("compile", "mail.nn.yaml", "--to", target, "-o", "-") == (0, out, "")
        code, told, err = nnc("compile", "mail.nn.yaml", "--to", target, "-o", "x")
        assert (code, told) == (0, "")
        assert err == "wrote x\n"
        assert Path("x").read_text() == out
    assert nnc("compile", "mail.nn.yaml", "--to", "text") == nnc("compile", "mail.nn.yaml")


def test_without_to_a_file_is_compiled_whatever_its_name(nnc: Nnc) -> None:
    for name in ("plan.json", "x.txt"):
        assert nnc("compile", "xor.nn.yaml", "-o", name).code == 0
        assert nnc("validate", name).out == "no problems in 1 file\n"


def test_an_overlay_as_one_file(nnc: Nnc) -> None:
    Path("shop.nn.yaml").write_text(SHOP)
    Path("rows.csv").write_text("blacklisted,bayes,points\n0,1,1/3\n")
    code, out, err = nnc("compile", "shop.nn.yaml", "--to", "yaml")
    assert (code, err) == (0, "")
    assert out == to_yaml(load("shop.nn.yaml"))
    assert "extends" not in out
    assert "#" not in out
    assert "{blacklisted: 1.7, bayes: 1/3, links: {10: 0.5, 50: 1}}" in out
    Path("whole.nn.yaml").write_text(out)
    assert nnc("fmt", "--check", "whole.nn.yaml").code == 0
    assert nnc("compile", "whole.nn.yaml") == nnc("compile", "shop.nn.yaml")
    assert nnc("test", "whole.nn.yaml") == nnc("test", "shop.nn.yaml")


def test_an_overlay_as_one_file_in_another_folder(nnc: Nnc) -> None:
    Path("shop.nn.yaml").write_text(SHOP)
    Path("rows.csv").write_text("blacklisted,bayes,points\n0,1,1/3\n")
    Path("made").mkdir()
    code, out, err = nnc("compile", "shop.nn.yaml", "--to", "yaml", "-o", "made/w.nn.yaml")
    assert (code, out, rules(err)) == (2, "", ["outside-project"])
    root = str(Path.cwd() / "made")
    assert f"cannot name `rows.csv`: it is outside the project root `{root}`" in err
    assert not Path("made/w.nn.yaml").exists()
    Path(".git").mkdir()
    code, out, err = nnc("compile", "shop.nn.yaml", "--to", "yaml", "-o", "made/w.nn.yaml")
    assert (code, out) == (0, "")
    assert '- {file: "../rows.csv"}' in Path("made/w.nn.yaml").read_text()
    assert nnc("test", "made/w.nn.yaml") == nnc("test", "shop.nn.yaml")


def test_what_has_no_other_form(nnc: Nnc) -> None:
    file = written(nnc, "xor")
    code, out, err = nnc("compile", file, "--to", "yaml")
    assert (code, out) == (2, "")
    message = (
        f"--to yaml takes a network file; {file} is compiled, and does not hold what was written"
    )
    assert f"{message}: name its source" in err
    data = json.loads(nnc("compile", file, "--to", "json").out)
    assert [neuron["line"] for neuron in data["neurons"]] == [None, None]
    assert nnc("compile", file, "--to", "text", "-o", "x").code == 0
    assert Path("x").read_text() == nnc("compile", "xor.nn.yaml").out


@pytest.mark.parametrize("target", ["text", "json", "yaml"])
def test_mistakes_are_told_and_nothing_is_written(nnc: Nnc, target: str) -> None:
    Path("old").write_text("old")
    for arguments in ([], ["-o", "old"]):
        code, out, err = nnc("compile", "bad.nn.yaml", "--to", target, *arguments)
        assert (code, out, rules(err)) == (1, "", ["missing-key"] * 2)
    assert Path("old").read_text() == "old"
    code, out, err = nnc("compile", "xor.nn.yaml", "--to", target, "-o", "xor.nn.yaml")
    assert (code, out) == (2, "")
    assert "-o xor.nn.yaml would replace a file that the network is made of" in err
    assert Path("xor.nn.yaml").read_text() == XOR
    code, out, err = nnc("compile", "none.nn.yaml", "--to", target)
    assert (code, out, rules(err)) == (2, "", ["cannot-open"])
    code, _, err = nnc("compile", "xor.nn.yaml", "--to", target, "-o", "none/x")
    assert (code, rules(err)) == (2, ["cannot-open"])


def test_an_unknown_form(nnc: Nnc) -> None:
    code, out, err = nnc("compile", "xor.nn.yaml", "--to", "jsn")
    assert (code, out) == (2, "")
    assert "'jsn' is not one of 'text', 'json', 'yaml'" in err


def test_data_and_a_report_for_programs(nnc: Nnc) -> None:
    data = nnc("compile", "xor.nn.yaml", "--to", "json").out
    both = ("compile", "xor.nn.yaml", "--report")
    assert nnc(*both, "json", "--to", "json") == (0, data, "")
    (line,) = nnc(*both, "json-lines", "--to", "json").out.splitlines()
    assert json.loads(line) == json.loads(data)
    assert json.loads(nnc(*both, "json", "--to", "text").out)["plan"][0].startswith("plan xor")
    for form, target in (("sarif", "json"), ("json", "yaml"), ("json-lines", "yaml")):
        code, out, err = nnc(*both, form, "--to", target)
        assert (code, "NNC930" in out) == (2, True)
        told = f"--to {target} and the report as {form} both go to standard output: name a file"
        assert told in err
        code, out, err = nnc(*both, form, "--to", target, "--report-file", "report")
        assert (code, err) == (0, "no problems in 1 file\n")
        assert out == nnc("compile", "xor.nn.yaml", "--to", target).out
        code, out, err = nnc(*both, form, "--to", target, "-o", "x")
        assert (code, err) == (0, "")
        assert out == nnc("validate", "xor.nn.yaml", "--report", form).out
