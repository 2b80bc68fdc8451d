"""What may be written at a place, in texts that are half typed."""

from pathlib import Path

import numpy as np
import pytest

from nnc.files.weights.safetensors import tensor_file
from nnc.lsp.completion import completions
from nnc.lsp.hover import hover
from nnc.lsp.project import Project
from nnc.lsp.texts import Text

TOP = """\
nnc: 1
fires: at_least
inputs:
  age: {type: integer, min: 0}
  day: {type: choice, of: [weekday, sunday]}
neurons:
  risk: {weights: {age: 1}, thresholds: {mid: 1, high: 3}}
"""


def labels(text: str, file: Path | None = None) -> list[str]:
    """Return what is offered at the `|` of a text."""
    before = text.partition("|")[0]
    place = before.count("\n"), len(before) - before.rfind("\n") - 1
    uri = file.as_uri() if file is not None else "untitled:1"
    project = Project()
    opened = Text(uri, text.replace("|", ""), 1)
    project.texts[opened.name] = opened
    return [item.label for item in completions(project, opened, *place).items]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        (TOP + "  alarm: {wir|", ["weights", "wiring", "threshold", "thresholds"]),
        (TOP + "  alarm: {wir|\n  next: {wiring: age, threshold: 1}\n", ["weights", "wiring"]),
        (TOP + "  alarm: {weights: {a: 1}, |, fires: any}\n", ["threshold", "thresholds"]),
        (TOP + "  alarm:\n    |", ["weights", "wiring", "threshold"]),
        (TOP + "  alarm:\n    wei|\n    threshold: 1\n", ["weights", "wiring", "thresholds"]),
    ],
)
def test_keys_of_a_neuron(text: str, offered: list[str]) -> None:
    found = labels(text)
    assert set(offered) <= set(found)
    written = {key for key in ("fires", "threshold") if f" {key}:" in text.partition("alarm")[2]}
    assert not written & set(found) - {"threshold"} or "next" in text


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        (TOP + "  alarm: {weights: {|", ["age", "day", "risk", "alarm"]),
        (TOP + "  alarm: {weights: {ri|: 1}, threshold: 1}", ["age", "day", "risk", "alarm"]),
        (TOP + "  alarm: {weights: {age: 1, |", ["day", "risk", "alarm"]),
        (TOP + "  alarm: {wiring: [risk.|", ["mid", "high"]),
        (TOP + "  alarm: {wiring: [day.s|], threshold: 1}", ["weekday", "sunday"]),
        (TOP + "outputs: {alarm: |", ["age", "day", "risk"]),
        (TOP + "outputs: [|", ["age", "day", "risk"]),
        (TOP + "outputs: {a: risk}\ncases:\n  - {given: {|", ["age", "day"]),
        (TOP + "outputs: {a: risk}\ncases:\n  - {given: {age: 1}, expect: {|", ["a"]),
        (TOP + "outputs: {a: risk}\nproperties:\n  - {increasing: |", ["a", "age", "day", "risk"]),
        (TOP + "outputs: {a: risk}\nproperties:\n  - {increasing: a, in: |", ["age", "day"]),
        (TOP + "  alarm: {fires: |", ["above", "at_least", "below", "at_most", "all", "any"]),
        ("nnc: 1\ninputs: {a: |", ["bit", "integer", "real", "choice"]),
    ],
)
def test_names_and_words(text: str, offered: list[str]) -> None:
    found = labels(text)
    assert found[: len(offered)] == offered
    assert len(found) == len(offered) or "inputs: {a: " in text


def test_sections_that_are_not_there_yet() -> None:
    found = labels(TOP + "out|")
    assert "outputs" in found
    assert not {"inputs", "neurons"} & set(found)


def test_codes_that_a_comment_may_ignore() -> None:
    found = labels(TOP + "  a: {wiring: age, threshold: 1}  # nnc: ignore[NNC7|")
    assert "NNC705" in found
    assert "NNC301" not in found


def test_tensors_of_a_weight_file(tmp_path: Path) -> None:
    tensors = {"first": np.zeros((2, 3), np.int8), "limits": np.zeros(2, np.int8)}
    (tmp_path / "mlp.safetensors").write_bytes(tensor_file(tensors))
    np.save(tmp_path / "one.npy", np.zeros((4, 2), np.int16))
    file = tmp_path / "new.nn.yaml"
    top = "nnc: 1\ninputs: [a, b, c]\nlayers:\n  hidden:\n    wiring: [a, b, c]\n    weights: "
    offered = ["first", "limits"]
    assert labels(top + "{file: mlp.safetensors, tensor: |", file) == offered
    assert labels(top + "{tensor: |, file: mlp.safetensors}", file) == offered
    assert labels(top + "{file: one.npy, tensor: |}", file) == []
    assert labels(top + "{file: none.safetensors, tensor: |}", file) == []

    text = top + "{file: mlp.safetensors, tensor: first}\n    thresholds: {file: one.npy}\n"
    opened = Text(file.as_uri(), text, 1)
    shown = [hover(Project(), opened, "", *at) for at in ((5, 25), (5, 48), (6, 25))]
    assert [item.contents.value for item in shown if item] == [  # type: ignore[union-attr]
        "`mlp.safetensors`\n- `first`: int8 [2, 3]\n- `limits`: int8 [2]",
        "- `first`: int8 [2, 3]",
        "`one.npy`\n- int16 [4, 2]",
    ]


def test_files_and_what_is_in_them(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "rows.csv").write_text("a\n")
    (tmp_path / "and.nn.yaml").write_text(
        "nnc: 1\ninputs: [a, b]\nneurons: {n: {wiring: [a, b], fires: all}}\noutputs: {both: n}\n"
    )
    file = tmp_path / "new.nn.yaml"
    top = "nnc: 1\ninputs: [x]\nparts:\n  p: "
    assert labels(top + "{use: |", file) == ["and.nn.yaml", "sub/"]
    assert labels(top + "{use: and.nn.yaml, wiring: {|", file) == ["a", "b"]
    assert labels(top + "{use: and.nn.yaml, wiring: {a: |", file) == ["x", "p"]
    assert labels(top + "{use: and.nn.yaml}\noutputs: {y: p.|", file) == ["both"]
    assert labels("nnc: 1\ncases:\n  - {file: |", file) == ["rows.csv", "sub/"]
    assert labels("nnc: 1\nextends: and.nn.yaml\nneurons:\n  |", file) == ["n"]
    base = "nnc: 1\nextends: and.nn.yaml\nneurons:\n  m: {weights: {"
    assert labels(base + "|", file) == ["a", "b", "n", "m"]
