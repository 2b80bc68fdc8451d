"""`nnc draw`: pictures, graphs and places, of a network and of a run; and what is in the way."""

import re
import struct
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nnc import draw, load
from nnc.extras import install_line
from tests.support.repositories import Repo
from tests.support.running import BAD, MAIL, XOR, Nnc, rules, wrote

CASES = XOR + "cases: [{name: one, given: {a: 1, b: 0}, expect: {xor: 1}}]\n"
ADDER = """\
nnc: 1
inputs: {a: bit(4)}
parts:
  gate: {use: xor.nn.yaml, repeat: 3, wiring: {a: a(i), b: a(i+1)}}
outputs: {x: gate.xor}
"""


@pytest.fixture(autouse=True)
def _networks(nnc: Nnc) -> None:  # noqa: ARG001 - which goes to a folder of its own
    for name, text in (("xor", CASES), ("mail", MAIL), ("chain", ADDER), ("bad", BAD)):
        Path(f"{name}.nn.yaml").write_text(text)
    Path("rows.csv").write_text("a,b,id\n0,0,x\n1,0,y\n1,1,z\n")


def texts(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [element.text or "" for element in root.iter() if element.tag.endswith("}text")]


def boxes(svg: str) -> list[str]:
    """Give the names of the boxes, from the outermost in."""
    groups = [each for each in ElementTree.fromstring(svg).iter() if each.get("role") == "group"]
    names = (each for group in groups for each in group if each.get("class") == "name")
    return sorted(each.text or "" for each in names)


def test_svg_to_a_pipe_and_to_a_file(nnc: Nnc) -> None:
    code, out, err = nnc("draw", "xor.nn.yaml")
    assert (code, err) == (0, "")
    assert {"xor", "both", "a", "b", "Σ > 1", "+1", "-2"} <= set(texts(out))
    assert nnc("draw", "xor.nn.yaml", "-o", "xor.svg") == (0, "", wrote("xor.svg"))
    assert Path("xor.svg").read_text() == out


@pytest.mark.parametrize(
    ("options", "value", "total"),
    [
        (("--set", "a=1", "--set", "b=1"), "0", "sum 0, on 0"),
        (("a=1", "b=1"), "0", "sum 0, on 0"),
        (("rows.csv",), "0", "sum 0, on 0"),
        (("rows.csv", "--row", "2"), "1", "sum 1, 1 above 0"),
        (("--case", "one"), "1", "sum 1, 1 above 0"),
        (("--case", "on*"), "1", "sum 1, 1 above 0"),
        (("--case", "o?e"), "1", "sum 1, 1 above 0"),
    ],
)
def test_a_run(nnc: Nnc, options: tuple[str, ...], value: str, total: str) -> None:
    code, out, err = nnc("draw", "xor.nn.yaml", *options)
    assert code == 0
    assert rules(err) == (["unknown-column"] if options[0] == "rows.csv" else [])
    assert f"output xor = {value}" in out
    assert total in texts(out)


def test_numbers_with_a_shape_are_a_picture_in_a_run(nnc: Nnc) -> None:
    Path("grey.nn.yaml").write_text(
        "nnc: 1\nfires: at_least\ninputs: {p: {type: integer, shape: [2, 3]}}\n"
        "neurons: {n: {wiring: p, threshold: 4}}\noutputs: [n]\n"
    )
    values = "p=0,1,2,3,4,5"
    assert "<image" in nnc("draw", "grey.nn.yaml", values).out
    assert "<image" not in nnc("draw", "grey.nn.yaml").out
    assert "<image" not in nnc("draw", "grey.nn.yaml", f"p=0,1,2,3,4,1{'0' * 400}").out
    assert "<image" not in nnc("view", "grey.nn.yaml", values, "-o", "-").out


def test_dot_and_mermaid(nnc: Nnc) -> None:
    dot = nnc("draw", "xor.nn.yaml", "--to", "dot").out
    assert dot.startswith('digraph "xor" {')
    assert '  n2 [label="both\\nΣ > 1"];' in dot
    assert '  n2 -> n3 [style="dashed"];' in dot
    mermaid = nnc("draw", "xor.nn.yaml", "-o", "xor.mmd")
    assert mermaid == (0, "", wrote("xor.mmd"))
    assert '  n2["both<br/>Σ #gt; 1"]' in Path("xor.mmd").read_text()
    assert "  n2 -.-> n3\n" in Path("xor.mmd").read_text()


def test_png(nnc: Nnc) -> None:
    pytest.importorskip("resvg_py")
    assert nnc("draw", "xor.nn.yaml", "-o", "xor.png") == (0, "", wrote("xor.png"))
    data = Path("xor.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    svg = ElementTree.fromstring(nnc("draw", "xor.nn.yaml").out)
    assert struct.unpack(">II", data[16:24]) == (
        int(svg.get("width", 0)),
        int(svg.get("height", 0)),
    )


def test_png_without_its_library(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    code, out, err = nnc("draw", "xor.nn.yaml", "-o", "xor.png")
    assert (code, out, rules(err)) == (2, "", ["missing-library"])
    assert "a picture as PNG needs resvg-py, which is not installed" in err
    assert install_line("png") in err
    assert not Path("xor.png").exists()


def test_parts(nnc: Nnc) -> None:
    def names(*options: str) -> list[str]:
        return boxes(nnc("draw", "chain.nn.yaml", *options).out)

    assert names() == ["a", "gate ×3", "x"]
    inner = ["a", "b", "both", "xor", "xor"]
    assert names("--unfold", "1") == sorted(["a", "gate ×3", "x", *inner])
    assert names("--unfold", "gate") == sorted(["a", "gate(0) of 3", "x", *inner])
    last = sorted(["a", "gate(2) of 3", "x", *inner])
    assert names("--unfold", "gate(2)", "--set", "a=5") == last


def test_excerpts(nnc: Nnc) -> None:
    def names(*options: str) -> set[str]:
        return set(boxes(nnc("draw", "mail.nn.yaml", *options).out))

    everything = {"blacklisted", "bayes", "links", "score", "points", "verdict", "flags"}
    assert names() == everything
    assert names("--output", "points") == everything - {"verdict", "flags"}
    assert names("--output", "p*") == everything - {"verdict", "flags"}
    assert names("--output", "*") == everything
    assert names("--around", "links") == {"links", "score"}
    assert names("--around", "links,2") == everything
    assert names("--around", "points+") == {"points"}
    assert names("--around", "+points") == everything - {"verdict", "flags"}
    assert names("--around", "+points,1") == {"score", "points"}
    assert names("--around", "score+") == {"score", "points", "verdict", "flags"}
    assert names("--around", "+score+") == everything
    assert names("--around", "l*+,1") == {"links", "score"}
    assert names("--hide", "inputs") == {"score", "points", "verdict", "flags"}
    assert "fires" not in texts(nnc("draw", "xor.nn.yaml", "--case", "one", "--hide", "legend").out)


def test_a_change(nnc: Nnc) -> None:
    Path("new.nn.yaml").write_text(XOR.replace("both: -2", "both: -1"))
    code, out, err = nnc("draw", "new.nn.yaml", "--against", "xor.nn.yaml")
    assert (code, err) == (0, "")
    assert {"xor → new", "-2", "-1", "changed", "gives something else"} <= set(texts(out))
    code, out, err = nnc("draw", "new.nn.yaml", "rows.csv", "--against", "xor.nn.yaml")
    assert (code, "gives something else" in out) == (0, False)  # the first row is 0 0
    assert "xor → xor" in nnc("draw", "xor.nn.yaml", "--against", "xor.nn.yaml").out
    code, out, err = nnc("draw", "new.nn.yaml", "--against", "bad.nn.yaml")
    assert (code, out, set(rules(err))) == (1, "", {"missing-key"})
    assert nnc("draw", "new.nn.yaml", "--against", "none.nn.yaml").code == 2


def test_a_change_since_a_revision(nnc: Nnc, repo: Repo) -> None:
    repo.write("xor.nn.yaml", XOR)
    repo.commit("first")
    repo.write("xor.nn.yaml", XOR.replace("both: -2", "both: -1"))
    by_name = nnc("draw", "xor.nn.yaml", "--against", "HEAD:xor.nn.yaml")
    assert nnc("draw", "xor.nn.yaml", "--against", "HEAD") == by_name
    assert (by_name.code, by_name.err) == (0, "")
    assert "gives something else" in by_name.out
    code, _, err = nnc("draw", "xor.nn.yaml", "--against", "HAED")
    assert (code, rules(err)) == (2, ["unknown-revision"])


def test_a_change_of_a_file_elsewhere_or_of_another_name(
    nnc: Nnc, repo: Repo, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("nets/xor.nn.yaml", XOR)
    repo.commit("first")
    repo.write("nets/xor.nn.yaml", XOR.replace("both: -2", "both: -1"))
    file = str(repo.folder / "nets/xor.nn.yaml")
    changed = nnc("draw", file, "--against", "HEAD")
    assert (changed.code, changed.err) == (0, "")
    assert "gives something else" in changed.out
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert nnc("draw", file, "--against", "HEAD") == changed
    repo.git("mv", "nets/xor.nn.yaml", "parity.nn.yaml")
    code, out, err = nnc("draw", str(repo.folder / "parity.nn.yaml"), "--against", "HEAD")
    assert (code, err) == (0, "")
    assert {"xor → parity", "gives something else"} <= set(texts(out))
    repo.write("new.nn.yaml", MAIL)
    code, _, err = nnc("draw", str(repo.folder / "new.nn.yaml"), "--against", "HEAD")
    assert (code, rules(err)) == (2, ["not-in-revision"])
    assert "the revision `HEAD` has no such file\n" in err


def test_too_many_boxes(nnc: Nnc) -> None:
    code, out, err = nnc("draw", "mail.nn.yaml", "--max-count", "3")
    assert (code, out) == (2, "")
    assert "7 boxes are too many to read; draw a part of the network with --around NEURON" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("xor.nn.yaml", "-o", "xor.jpg"), "-o xor.jpg: `.jpg` is no format of a picture; use"),
        (("xor.nn.yaml", "--row", "2"), "--row takes one of many rows: name ROWS"),
        (("xor.nn.yaml", "rows.csv", "--row", "9"), "--row 9: rows.csv has 3 rows"),
        (("xor.nn.yaml", "rows.csv", "--case", "one"), "--case draws what a case gives: remove"),
        (("xor.nn.yaml", "--case", "onw"), "no case has this name; did you mean `one`?"),
        (("xor.nn.yaml", "--case", "zzz"), "no case has this name; the cases are one"),
        (("mail.nn.yaml", "--case", "zzz"), "no case has this name; there are no cases"),
        (("xor.nn.yaml", "--around", "out,0"), "write NAME or NAME,WIRES, such as out,2"),
        (("xor.nn.yaml", "--around", ""), "write NAME or NAME,WIRES, such as sum,2"),
        (("xor.nn.yaml", "--around", "+"), "write NAME or NAME,WIRES, such as sum,2"),
        (("xor.nn.yaml", "--around", "bth"), "no declaration `bth`; did you mean `both`?"),
        (("xor.nn.yaml", "--output", "both"), "there is no output `both`"),
        (("xor.nn.yaml", "--unfold", "gate"), "there is no part `gate`; there are none"),
        (("chain.nn.yaml", "--unfold", "gaet"), "no part `gaet`; did you mean `gate`?"),
        (("chain.nn.yaml", "--unfold", "gate(3)"), "`gate(3)`: there are 3 of `gate`, from 0"),
        (("chain.nn.yaml", "--unfold", "gate(1).xor"), "there is no part `xor` in `gate`"),
        (("chain.nn.yaml", "--unfold", "gate(1),gate(2)"), "a picture shows one of them"),
        (("xor.nn.yaml", "--shape", "a=2"), "--shape a=2: write BUS=WIDTHxHEIGHT, as pixels=28x28"),
        (("xor.nn.yaml", "--shape", "a=1x1"), "there is no bus of bits `a`"),
        (("chain.nn.yaml", "--shape", "b=2x2"), "there is no bus of bits `b`; the buses are a, x"),
        (("chain.nn.yaml", "--shape", "a=2x3"), "--shape a=2x3: 6 cells, and the bus has 4 bits"),
        (("chain.nn.yaml", "--hide", "line"), "'line' is not one of 'inputs', 'outputs', 'lines'"),
        (("chain.nn.yaml", "--theme", "drak"), "'drak' is not one of 'auto', 'light', 'dark'"),
        (("chain.nn.yaml", "--unfold", "gate["), "`gate[` is not a source"),
        (("xor.nn.yaml", "-o", "xor.nn.yaml", "--to", "svg"), "-o and NETWORK name the same file"),
        (
            ("chain.nn.yaml", "-o", "xor.nn.yaml", "--to", "svg"),
            "would replace a file that the network is made",
        ),
        (("-", "--against", "HEAD"), "--against REV goes with a file, not with `-`"),
        (("-", "-"), "only one of NETWORK and ROWS can be standard input"),
    ],
)
def test_what_cannot_be(nnc: Nnc, arguments: tuple[str, ...], message: str) -> None:
    before = Path("xor.nn.yaml").read_text()
    code, out, err = nnc("draw", *arguments, stdin=b"")
    assert (code, out) == (2, "")
    assert message in err
    assert Path("xor.nn.yaml").read_text() == before


def test_mistakes_in_the_network_and_in_rows(nnc: Nnc) -> None:
    code, out, err = nnc("draw", "bad.nn.yaml")
    assert (code, out, rules(err)) == (1, "", ["missing-key", "missing-key"])
    code, out, err = nnc("draw", "xor.nn.yaml", "--set", "a=2")
    assert (code, out) == (1, "")
    assert set(rules(err)) == {"bad-value", "missing-value"} or "2 is not 0 or 1" in err
    assert nnc("draw", "none.nn.yaml").code == 2


def test_a_case_that_is_not_found_for_mistakes_in_a_case_file(nnc: Nnc) -> None:
    Path("cased.nn.yaml").write_text(XOR + "cases: [{file: cases.csv}]\n")
    Path("cases.csv").write_text("a,b,xor\n1,0,1\n")
    assert nnc("draw", "cased.nn.yaml", "--case", "row 1").code == 0
    Path("cases.csv").write_text("a,b,xr\n1,0,1\n")
    code, out, err = nnc("draw", "cased.nn.yaml", "--case", "row 1")
    assert (code, out, rules(err)) == (1, "", ["column-not-input"])


FAN = """\
nnc: 1
fires: at_least
inputs: {a: bit, pixels: bit(12)}
neurons:
NEURONS
layers:
  seen: {wiring: pixels, weights: [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]], thresholds: 3}
outputs: {n0: n0, seen: seen}
""".replace("NEURONS", "\n".join(f"  n{i}: {{weights: {{a: 1}}, threshold: 1}}" for i in range(13)))


def test_wires_of_a_signal_with_many_readers(nnc: Nnc) -> None:
    Path("fan.nn.yaml").write_text(FAN)
    few = nnc("draw", "fan.nn.yaml").out
    assert "→ 13" in texts(few)
    every = draw(load("fan.nn.yaml"), wires="all").svg
    assert "→ 13" not in texts(every)
    assert len(re.findall("<path", every)) != len(re.findall("<path", few))


def test_a_shape(nnc: Nnc) -> None:
    Path("fan.nn.yaml").write_text(FAN)
    plain = nnc("draw", "fan.nn.yaml", "a=1", "pixels=5").out
    assert "5" in texts(plain)
    shaped = nnc("draw", "fan.nn.yaml", "a=1", "pixels=5", "--shape", "pixels=4x3").out
    assert "5" not in texts(shaped)
    cells = re.findall(r'<rect x="(\d+)" y="(\d+)"[^>]*class="(cell|ink)"', shaped)
    assert len(cells) == 12
    assert [style for *_, style in cells] == ["ink", "cell", "ink", *["cell"] * 9]
    assert len({x for x, *_ in cells}) == 4
    assert len(re.findall("<image", shaped)) == 1  # the tile of the layer
    assert "= 5" in shaped  # in the title


def test_hidden_lines(nnc: Nnc) -> None:
    whole = nnc("draw", "mail.nn.yaml").out
    bare = nnc("draw", "mail.nn.yaml", "--hide", "lines", "--hide", "legend").out
    assert "suspicious 3" in texts(whole)
    assert "suspicious 3" not in texts(bare)
    assert "weight above 0" not in texts(bare)
    assert "score" in texts(bare)


def test_several_parts_in_one_word(nnc: Nnc) -> None:
    Path("two.nn.yaml").write_text(
        ADDER.replace(
            "outputs:",
            """\
  other: {use: xor.nn.yaml, wiring: {a: a(0), b: a(1)}}
outputs:""",
        )
    )
    both = nnc("draw", "two.nn.yaml", "--unfold", "gate(1),other").out
    assert both == nnc("draw", "two.nn.yaml", "--unfold", "gate(1)", "--unfold", "other").out
    assert texts(both).count("both") == 4  # two neurons, and two rows that read them


def test_a_theme(nnc: Nnc) -> None:
    light, dark = (nnc("draw", "xor.nn.yaml", "--theme", theme).out for theme in ("light", "dark"))
    assert texts(light) == texts(dark)
    assert "#12161d" in dark
    assert "#12161d" not in light


def test_a_used_file_is_read_once(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many instances there are, and however many of them are unfolded."""
    from nnc.files.opening import Disk

    read: list[str] = []
    original = Disk.read

    def counted(disk: Disk, target: Path, root: Path, most: int) -> bytes:
        read.append(target.name)
        return original(disk, target, root, most)

    monkeypatch.setattr(Disk, "read", counted)
    assert nnc("draw", "chain.nn.yaml", "--unfold", "2").code == 0
    assert read == ["xor.nn.yaml"]
    read.clear()
    assert nnc("draw", "chain.nn.yaml", "--unfold", "gate(2),gate").code == 0
    assert read == ["xor.nn.yaml"]


def test_no_picture_on_a_terminal(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnc.drawing.draw.sys.stdout.isatty", lambda: True, raising=False)
    code, _, err = nnc("draw", "xor.nn.yaml")
    if code:  # the stream is replaced for each run: then there is no terminal
        assert "svg is not for a terminal: name a file with -o" in err
