"""Names across files: their declarations, their references, and renaming them."""

import logging
from pathlib import Path

import pytest
from lsprotocol import types

from nnc.lsp.features import is_no_refusal
from nnc.lsp.names import RenameRefused, definition, references, rename
from nnc.lsp.project import Project
from nnc.lsp.texts import Text
from nnc.opening.checking import check_file

BASE = """\
nnc: 1
fires: at_least
inputs: {a: bit, b: bit}
neurons:
  both: {weights: {a: 1, b: 1}, threshold: 2}
  score: {weights: {a: 1, b: 2, both: 1}, thresholds: {mid: 1, high: 3}}
outputs:
  both: both
  top: score.high
assume:
  - {at_most_one: [a, b], when: {a: 1}}
properties:
  - {never: {both: 1, top: 0}}
cases:
  - {given: {a: 1, b: 0}, expect: {both: 0}}
  - {file: base.cases.csv}
"""
OVERLAY = """\
nnc: 1
extends: base.nn.yaml
neurons:
  both: {threshold: 1}
  more: {wiring: [a, both, score.high], threshold: 1}
"""
USER = """\
nnc: 1
fires: at_least
inputs: [x, y]
parts:
  p: {use: sub/../base.nn.yaml, wiring: {a: x, b: y}}
neurons:
  a: {wiring: [p.both, p.top], threshold: 1}
outputs: {top: a}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub").mkdir()
    for name, text in (("base", BASE), ("overlay", OVERLAY), ("user", USER)):
        (tmp_path / f"{name}.nn.yaml").write_text(text)
    (tmp_path / "base.cases.csv").write_text("a,b,both\n0,0,0\n")
    made = Project()
    for name in ("base", "overlay", "user"):
        text = made.text_of(str(tmp_path / f"{name}.nn.yaml"))
        made.texts[text.name] = text
    return made


def at(project: Project, file: str, before: str) -> tuple[Text, int, int]:
    """Return the place in a file behind some text."""
    text = next(each for name, each in project.texts.items() if name.endswith(f"{file}.nn.yaml"))
    index = text.text.index(before) + len(before)
    line = text.text.count("\n", 0, index)
    return text, line, index - text.text.rfind("\n", 0, index) - 1


def lines_of(project: Project, *where: object) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for location in references(project, *where):  # type: ignore[arg-type]
        file = location.uri.rpartition("/")[2].partition(".")[0]
        found.setdefault(file, []).append(location.range.start.line + 1)
    return found


@pytest.mark.parametrize(
    ("file", "before", "target", "line"),
    [
        ("base", "weights: {a: 1, b: 2, bo", "base", 5),
        ("base", "top: sc", "base", 6),
        ("base", "score.hi", "base", 6),
        ("base", "never: {both: 1, to", "base", 9),
        ("base", "expect: {bo", "base", 8),
        ("overlay", "wiring: [a, both, sco", "base", 6),
        ("overlay", "extends: ba", "base", 1),
        ("user", "wiring: [p.bo", "base", 8),
        ("user", "wiring: {a: x, b", "base", 3),
        ("user", "wiring: [p", "user", 5),
        ("user", "use: sub", "base", 1),
    ],
)
def test_definitions(project: Project, file: str, before: str, target: str, line: int) -> None:
    found = definition(project, *at(project, file, before))
    assert found is not None
    assert (found.uri.rpartition("/")[2], found.range.start.line + 1) == (f"{target}.nn.yaml", line)


def test_references_of_a_name_and_of_an_alias(project: Project) -> None:
    assert lines_of(project, *at(project, "base", "neurons:\n  bo")) == {
        "base": [5, 6, 8],
        "overlay": [4, 5],
    }
    assert lines_of(project, *at(project, "base", "outputs:\n  bo")) == {
        "base": [8, 13, 15],
        "user": [7],
    }
    assert lines_of(project, *at(project, "base", "inputs: {")) == {
        "base": [3, 5, 6, 11, 11, 15],
        "overlay": [5],
        "user": [5],
    }
    assert lines_of(project, *at(project, "base", "thresholds: {mid: 1, hi")) == {
        "base": [6, 9],
        "overlay": [5],
    }


@pytest.mark.parametrize(
    ("file", "before"),
    [
        ("base", "neurons:\n  bo"),
        ("base", "outputs:\n  bo"),
        ("user", "wiring: {a"),
        ("overlay", "score.hi"),
        ("user", "parts:\n  p"),
    ],
)
def test_files_stay_valid_where_a_name_is_changed(project: Project, file: str, before: str) -> None:
    edit = rename(project, *at(project, file, before), "other")
    folder = next(iter(project.texts.values())).path
    assert folder is not None
    assert edit.changes
    for uri, edits in edit.changes.items():
        path = folder.parent / uri.rpartition("/")[2]
        lines = path.read_text().splitlines(keepends=True)
        for one in sorted(edits, key=lambda e: e.range.start, reverse=True):
            start, end = one.range.start, one.range.end
            line = lines[start.line]
            lines[start.line] = line[: start.character] + one.new_text + line[end.character :]
        path.write_text("".join(lines))
    for name in ("base", "overlay", "user"):
        assert not check_file(str(folder.parent / f"{name}.nn.yaml")).errors
    assert not check_file(str(folder.parent / "base.nn.yaml")).case_errors


@pytest.mark.parametrize("before", ['inputs: {"', "weights: {", '"\\u0061', "given: {"])
def test_names_with_escapes_are_renamed(tmp_path: Path, before: str) -> None:
    text = (
        'nnc: 1\nfires: at_least\ninputs: {"\\x61": bit(2), b: bit}\nneurons:\n'
        '  n: {weights: {a(0): 1, "\\u0061\\x28\\x31)": 1}, threshold: 1}\n'
        '  "\\x6d": {wiring: [b, n], threshold: 1}\noutputs: {o: "\\u006D"}\n'
        'cases:\n  - {given: {a: [1, 0], "b": 1}, expect: {o: 1}}\n'
    )
    (tmp_path / "net.nn.yaml").write_text(text)
    project = Project()
    net = project.text_of(str(tmp_path / "net.nn.yaml"))
    project.texts[net.name] = net
    for where, new in ((before, "x"), ('\n  "', "y")):
        (edits,) = (rename(project, *at(project, "net", where), new).changes or {}).values()
        for edit in sorted(edits, key=lambda edit: edit.range.start, reverse=True):
            net.apply(types.TextDocumentContentChangePartial(edit.range, edit.new_text))
    assert net.text == (
        'nnc: 1\nfires: at_least\ninputs: {"x": bit(2), b: bit}\nneurons:\n'
        '  n: {weights: {x(0): 1, "x\\x28\\x31)": 1}, threshold: 1}\n'
        '  "y": {wiring: [b, n], threshold: 1}\noutputs: {o: "y"}\n'
        'cases:\n  - {given: {x: [1, 0], "b": 1}, expect: {o: 1}}\n'
    )


def test_names_in_braces_over_several_lines_are_renamed_once(tmp_path: Path) -> None:
    (tmp_path / "net.nn.yaml").write_text(
        "nnc: 1\nfires: at_least\ninputs: [a]\nneurons: {n: {weights: {a: 1}, threshold: 1},\n"
        "  m: {weights: {n: 1}, threshold: 1}}\noutputs: {o: m}\n"
    )
    project = Project()
    text = project.text_of(str(tmp_path / "net.nn.yaml"))
    project.texts[text.name] = text
    assert lines_of(project, *at(project, "net", "neurons: {")) == {"net": [4, 5]}


def test_assumptions_speak_of_inputs_where_an_output_has_the_name(tmp_path: Path) -> None:
    (tmp_path / "net.nn.yaml").write_text(
        "nnc: 1\ninputs: {v: bit, w: bit}\nneurons:\n  n: {weights: {v: 1}, threshold: 0}\n"
        "outputs: {v: n}\nassume:\n  - {never: {w: 1}, when: {v: 1}}\n"
        "properties:\n  - {never: {v: 1}, when: {w: 1}}\n"
    )
    project = Project()
    text = project.text_of(str(tmp_path / "net.nn.yaml"))
    project.texts[text.name] = text
    assert lines_of(project, *at(project, "net", "inputs: {")) == {"net": [2, 4, 7]}
    assert lines_of(project, *at(project, "net", "outputs: {")) == {"net": [5, 9]}


@pytest.mark.parametrize(
    ("before", "new", "why"),
    [
        ("neurons:\n  bo", "score", "`score` is the name of another neuron"),
        ("neurons:\n  bo", "more", "`more` is the name of another neuron"),
        ("neurons:\n  bo", "2", "`2` is not a name"),
        ("neurons:\n  bo", "a b", "`a b` is not a name"),
        ("outputs:\n  bo", "top", "`top` is the alias of another output"),
        ("thresholds: {mi", "high", "`score` has a threshold `high`"),
        ("nnc", "x", "no name here"),
        ("file: ba", "x", "no name here"),
    ],
)
def test_renames_that_are_refused(project: Project, before: str, new: str, why: str) -> None:
    with pytest.raises(RenameRefused, match=why):
        rename(project, *at(project, "base", before), new)


def test_a_refusal_is_not_logged_as_a_bug(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("nnc.test")
    log.addFilter(is_no_refusal)
    for error in (RenameRefused("no name here"), KeyError("a bug")):
        log.error("it failed", exc_info=error)
    assert [str(each.exc_info[1]) for each in caplog.records if each.exc_info] == ["'a bug'"]
