"""`nnc fmt`: which files are written, what is told, and what is never touched."""

import json
import stat
from hashlib import sha256
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from nnc.cli.schema import SCHEMAS
from nnc.language.document.text import Document
from nnc.language.formatting import formatted as formatting
from tests.support.running import XOR, Nnc, rules

LOOSE = XOR.replace("threshold: 1", "threshold:  1")
NEWER = "nnc:  2\nsomething: new\n"
LAYERED = """\
nnc: 1
fires: at_least
inputs: {a: bit(2)}
layers:
  l: {wiring: a, weights: {file: w.npy}, thresholds: {file: t.npy, sha256: DIGEST}}
outputs: [l]
"""


def put(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


@pytest.fixture
def tidy(nnc: Nnc) -> str:
    """Give the one text of the network that the tests start from."""
    put("tidy.nn.yaml", LOOSE)
    nnc("fmt", "tidy.nn.yaml")
    text = Path("tidy.nn.yaml").read_text("utf-8")
    Path("tidy.nn.yaml").unlink()
    return text


def test_a_file_is_written_anew(nnc: Nnc, tidy: str) -> None:
    path = put("a.nn.yaml", LOOSE)
    path.chmod(0o640)
    assert nnc("fmt", "a.nn.yaml") == (0, "formatted a.nn.yaml\n1 file formatted\n", "")
    assert path.read_text("utf-8") == tidy != LOOSE
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    before = path.stat().st_mtime_ns
    assert nnc("fmt", "a.nn.yaml") == (0, "1 file already formatted\n", "")
    assert path.stat().st_mtime_ns == before


def test_without_paths_it_is_this_directory(nnc: Nnc, tidy: str) -> None:
    put("a.nn.yaml", LOOSE)
    put("sub/b.nn.yml", LOOSE)
    put("other.yaml", LOOSE)
    assert nnc("fmt")[1].endswith("2 files formatted\n")
    assert Path("sub/b.nn.yml").read_text("utf-8") == tidy
    assert Path("other.yaml").read_text("utf-8") == LOOSE


def test_check_lists_files_and_writes_nothing(nnc: Nnc, tidy: str) -> None:
    put("a.nn.yaml", LOOSE)
    put("b.nn.yaml", tidy)
    code, out, err = nnc("fmt", "--check", ".")
    assert (code, err) == (1, "")
    assert rules(out) == ["not-formatted"]
    assert "--> a.nn.yaml:" in out
    assert out.endswith("\n1 file would be formatted, 1 file already formatted\n")
    assert Path("a.nn.yaml").read_text("utf-8") == LOOSE


def test_check_lists_every_file(nnc: Nnc) -> None:
    for number in range(60):
        put(f"{number:02}.nn.yaml", LOOSE)
    out = nnc("fmt", "--check", "--report", "concise")[1]
    assert out.count("not-formatted") == 60
    assert out.splitlines()[-1] == "60 files would be formatted"


def test_the_line_that_differs_is_told(nnc: Nnc, tidy: str) -> None:
    put("end.nn.yaml", tidy.rstrip("\n"))
    put("mark.nn.yaml", "\ufeff" + tidy)
    put("more.nn.yaml", tidy + "\n\n")
    out = nnc("fmt", "--check", "--report", "concise")[1]
    last = len(tidy.splitlines())
    assert f"end.nn.yaml:{last}:1: error[NNC910] not-formatted: line {last} is not as" in out
    assert "mark.nn.yaml:1:1: " in out
    assert f"more.nn.yaml:{last + 1}:1: " in out


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_stay(nnc: Nnc, tidy: str, end: str) -> None:
    path = put("a.nn.yaml", LOOSE.replace("\n", end))
    assert nnc("fmt", "--check", "a.nn.yaml").code == 1
    assert nnc("fmt", "a.nn.yaml").code == 0
    assert path.read_bytes().decode() == tidy.replace("\n", end)
    assert nnc("fmt", "--check", "a.nn.yaml") == (0, "1 file already formatted\n", "")


def test_mixed_line_ends_become_the_most_frequent(nnc: Nnc, tidy: str) -> None:
    lines = tidy.split("\n")
    path = put("a.nn.yaml", "\r\n".join(lines[:-2]) + "\n" + lines[-2] + "\r\n")
    number = len(lines) - 2
    out = nnc("fmt", "--check", "a.nn.yaml").out
    message = f"line {number} ends with LF, and most lines with CRLF"
    assert f"error[NNC910] not-formatted: {message}" in out
    assert nnc("fmt", "a.nn.yaml").code == 0
    assert path.read_bytes().decode() == tidy.replace("\n", "\r\n")
    put("a.nn.yaml", tidy.replace("\n", "\r\n", 1))
    out = nnc("fmt", "--check", "a.nn.yaml").out
    assert "line 1 ends with CRLF, and most lines with LF" in out


def test_diff(nnc: Nnc, tidy: str) -> None:
    put("a.nn.yaml", LOOSE.rstrip("\n"))
    code, out, err = nnc("fmt", "--diff", "a.nn.yaml")
    assert code == 1
    assert out.startswith("--- a.nn.yaml\n+++ a.nn.yaml\n@@ ")
    assert "\n\\ No newline at end of file\n" in out
    assert err.endswith("1 file would be formatted\n")
    put("a.nn.yaml", tidy)
    assert nnc("fmt", "--diff", "a.nn.yaml") == (0, "", "1 file already formatted\n")


def test_diff_of_what_is_not_utf_8(nnc: Nnc, tidy: str) -> None:
    data = tidy.replace("nnc: 1\n", "nnc: 1  # \u00b0C\n", 1).encode("latin-1")
    Path("a.nn.yaml").write_bytes(data)
    code, out, err = nnc("fmt", "--diff", "a.nn.yaml")
    assert (code, out) == (1, "")
    assert "error[NNC002] bad-encoding: the byte is not UTF-8: B0" in err
    assert Path("a.nn.yaml").read_bytes() == data


def test_standard_input(nnc: Nnc, tidy: str) -> None:
    assert nnc("fmt", "-", stdin=LOOSE.encode()) == (0, tidy, "")
    assert nnc("fmt", "--check", "-", stdin=tidy.encode()) == (0, "1 file already formatted\n", "")
    code, out, err = nnc("fmt", "-", "--stdin-filename", "n/x.nn.yaml", stdin=b"a: [")
    assert (code, out) == (1, "")
    assert "--> n/x.nn.yaml:1:" in err
    code, out, err = nnc("fmt", "-", "--report", "json", stdin=b"a: [")
    assert (code, err) == (1, "")
    assert json.loads(out)["formatted"] == []


def test_what_is_no_yaml_stays_as_it_is_and_others_go_on(nnc: Nnc, tidy: str) -> None:
    put("a.nn.yaml", LOOSE)
    put("b.nn.yaml", "nnc:  1\nnnc: 1\n")
    put("c.nn.yaml", NEWER)
    put("d.nn.yaml", "")
    code, out, _ = nnc("fmt")
    assert code == 1
    assert rules(out) == ["duplicate-key", "unsupported-version", "empty-file"]
    assert out.endswith("1 file formatted, 3 files with errors\n")
    assert Path("a.nn.yaml").read_text("utf-8") == tidy
    assert Path("c.nn.yaml").read_text("utf-8") == NEWER


def test_mistakes_of_the_network_are_no_matter(nnc: Nnc) -> None:
    put("a.nn.yaml", "nnc:   x\nneurons: 3\n")
    assert nnc("fmt")[0] == 0
    assert Path("a.nn.yaml").read_text("utf-8") == "nnc: x\nneurons: 3\n"


def test_a_compiled_network_is_told(nnc: Nnc) -> None:
    put("xor.nn.yaml", XOR)
    nnc("compile", "xor.nn.yaml", "-o", "xor.nnc")
    code, out, _ = nnc("fmt", "xor.nnc")
    assert (code, rules(out)) == (1, ["bad-compiled"])


def test_files_that_cannot_be_read(nnc: Nnc) -> None:
    put("a.nn.yaml", LOOSE)
    code, out, _ = nnc("fmt", "b.nn.yaml", "a.nn.yaml")
    assert (code, rules(out)) == (2, ["cannot-open"])
    assert out.endswith("1 file formatted, 1 file with errors\n")


def test_a_failed_proof_is_our_bug(nnc: Nnc, monkeypatch: pytest.MonkeyPatch) -> None:
    put("a.nn.yaml", LOOSE)
    monkeypatch.setattr(formatting, "_text_of", lambda _: "nnc: 2\n")
    code, out, _ = nnc("fmt")
    assert (code, rules(out)) == (3, ["unproved-format"])
    assert "left it unchanged: its values would not be the same" in out
    assert Path("a.nn.yaml").read_text("utf-8") == LOOSE


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--stdin-filename", "x"], "--stdin-filename goes with `-`"),
        (["-", "a.nn.yaml"], "`-` takes no other files: its text goes to standard output"),
        (["--diff", "--report", "json"], "--diff prints a diff"),
    ],
)
def test_options_that_do_not_go_together(nnc: Nnc, arguments: list[str], message: str) -> None:
    code, out, err = nnc("fmt", *arguments)
    assert (code, "wrong-usage" in out) == (2, "json" in arguments)
    assert message in err


@pytest.mark.parametrize("dry", [True, False])
def test_json(nnc: Nnc, *, dry: bool) -> None:
    put("a.nn.yaml", LOOSE)
    out = nnc("fmt", "--report", "json", *["--check"] * dry)[1]
    told = json.loads(out)
    jsonschema.validate(told, SCHEMAS["fmt"]())
    assert told["formatted"] == ["a.nn.yaml"]
    assert told["written"] is not dry
    assert told["summary"]["errors"] == dry


# -------------------------------------------------------------------------------- digests


def test_digests_are_filled_in_and_renewed(nnc: Nnc) -> None:
    np.save("w.npy", np.array([[1, 2]]))
    np.save("t.npy", np.array([1]))
    weights, thresholds = (sha256(Path(f).read_bytes()).hexdigest() for f in ("w.npy", "t.npy"))
    put("a.nn.yaml", LAYERED.replace("DIGEST", f"'{'0' * 64}'  # {'c' * 9}\n"))
    code, out, _ = nnc("fmt", "--digest")
    assert code == 0
    assert rules(out) == ["digest-renewed", "digest-renewed"]
    assert "the weight file `w.npy` has no sha256 here" in out
    assert "the weight file `t.npy` is not the file whose sha256 is written here" in out
    text = Path("a.nn.yaml").read_text("utf-8")
    assert f"weights: {{file: w.npy, sha256: {weights}}}\n" in text
    assert f"      sha256: {thresholds}  # ccccccccc\n" in text
    assert nnc("validate")[0] == 0
    assert nnc("fmt", "--digest")[1] == "1 file already formatted\n"


def test_weight_files_that_cannot_be_read(nnc: Nnc) -> None:
    put("a.nn.yaml", LAYERED.replace("t.npy", "../t.npy").replace(", sha256: DIGEST", ""))
    code, out, _ = nnc("fmt", "--digest")
    assert (code, rules(out)) == (1, ["cannot-open", "outside-project"])


def test_sparse_weights(nnc: Nnc) -> None:
    np.save("p.npy", np.array([0, 1]))
    parts = ", ".join(f"{key}: {{file: p.npy}}" for key in ("indptr", "indices", "values"))
    put("a.nn.yaml", f"nnc: 1\nlayers:\n  l: {{weights: {{sparse: {{{parts}}}}}}}\n")
    assert len(rules(nnc("fmt", "--digest")[1])) == 3
    assert Path("a.nn.yaml").read_text("utf-8").count("sha256: ") == 3


def test_what_new_writes_is_formatted(nnc: Nnc) -> None:
    nnc("new", "a.nn.yaml")
    assert nnc("fmt", "--check") == (0, "1 file already formatted\n", "")


def test_the_networks_people_use(nnc: Nnc) -> None:
    configs = Path(__file__).parents[3] / "configs"
    code, out, _ = nnc("fmt", "--check", str(configs))
    assert (code, out.endswith(" already formatted\n")) == (0, True)


def test_a_file_that_is_saved_meanwhile_is_left_and_the_others_are_written(
    nnc: Nnc, tidy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        put(f"{name}.nn.yaml", LOOSE)
    saved, formatted = LOOSE.replace("above", "at_least"), formatting.formatted

    def slow(document: Document) -> str:
        if document.file == "b.nn.yaml":
            put("b.nn.yaml", saved)
        return formatted(document)

    monkeypatch.setattr(formatting, "formatted", slow)
    code, out, err = nnc("fmt")
    assert (code, err) == (2, "")
    assert out == (
        "error[NNC901] cannot-open: cannot write the file: another program changed it, so it was "
        "not overwritten\n  --> b.nn.yaml\n   = help: run it again   (nnc explain NNC901)\n\n"
        "formatted a.nn.yaml\nformatted c.nn.yaml\n2 files formatted, 1 file with errors\n"
    )
    texts = [Path(f"{name}.nn.yaml").read_text() for name in "abc"]
    assert texts == [tidy, saved, tidy]
