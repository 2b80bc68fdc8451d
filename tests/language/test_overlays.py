"""Overlays: what is merged and how, what is told of it, and in which file."""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

import nnc
from nnc.diagnostics.diagnostic import Diagnostic, KeyPath, Label, Span
from nnc.language.document.reader import read_document
from nnc.language.document.text import UNREADABLE, Unreadable
from nnc.language.library import Library
from nnc.language.network import Network
from nnc.language.overlays import Extended, extend

ROOT = Path(__file__).parents[2]
IN_A_CHUNK = 100  # of 10,000

BASE = """\
nnc: 1
name: by the book
description: What everyone uses.
fires: at_least
inputs:
  a: bit
  b: bit(8)
  c: {type: integer, min: 0, max: 9}
neurons:
  score: {weights: {a: 1, c: {3: 1, 6: 2}}, thresholds: {low: 1, high: 2}}
  votes: {wiring: b, threshold: 5, fires: above}
  placed: {wiring: [a, c], weights: [1, 2], threshold: 3}
layers:
  map: {wiring: b, weights: 2, thresholds: 3, size: 4, description: a map}
parts:
  adder: {use: adder.nn.yaml, repeat: 4, wiring: {a: b(i), b: a}, first: {b: 0}}
outputs:
  points: {sum: score}
  verdict: {level: score, labels: [none, low, high]}
  most: votes
cases: [{given: {a: 1}, expect: {points: 2}}]
meta: {source: {book: 1}}
"""

Files = Callable[..., Extended]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Write files, and extend the first of them."""
    monkeypatch.chdir(tmp_path)

    def write(first: str, **others: str) -> Extended:
        for name, text in ({"top": first} | {"base": BASE} | others).items():
            file = Path(name.replace("__", "/") + ".nn.yaml")
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, "utf-8")
        return extended("top.nn.yaml")

    return write


def extended(file: str, library: Library | None = None) -> Extended:
    document = read_document(Path(file).read_bytes(), file)
    whole = extend(document, Path(file).parent, library or Library(Path()), Path(file))
    assert isinstance(whole, Extended)
    return whole


def over(files: Files, overlay: str, base: str | None = None) -> dict[str, Any]:
    """Give the merged value of an overlay without mistakes."""
    others = {} if base is None else {"base": f"nnc: 1\n{base}"}
    whole = files(f"nnc: 1\nextends: base.nn.yaml\n{overlay}\n", **others)
    assert told(whole) == []
    assert isinstance(whole.value, dict)
    return whole.value


def told(whole: Extended) -> list[str]:
    return [str(one) for one in whole.diagnostics]


def place(whole: Extended, *path: str | int, key: bool = False) -> str:
    """Give where a finding at a path is told, and the text that it marks."""
    (one,) = whole.locate([(path, key)])
    span, excerpt = one.span, one.document.line(one.span.line)
    end = span.end_column if span.end_line == span.line else len(excerpt) + 1
    return f"{one.document.file}:{span.line}: {excerpt[span.column - 1 : end - 1]}"


# ------------------------------------------------------------------- a customer's overlay


def test_an_overlay_of_five_lines(files: Files) -> None:
    whole = files("""\
nnc: 1
extends: base.nn.yaml
neurons:
  score: {weights: {c: 3}, thresholds: {high: 4, highest: 5}}
outputs: {verdict: {labels: [none, low, high, highest]}}
""")
    base: Any = whole.documents[1].value
    assert told(whole) == []
    assert whole.complete
    assert whole.file == "top.nn.yaml"
    assert [one.file for one in whole.documents] == ["top.nn.yaml", "base.nn.yaml"]
    value: Any = whole.value
    assert value["neurons"]["score"] == {
        "weights": {"a": "1", "c": "3"},
        "thresholds": {"low": "1", "high": "4", "highest": "5"},
    }
    assert list(value["neurons"]["score"]["thresholds"]) == ["low", "high", "highest"]
    assert value["outputs"]["verdict"] == {
        "level": "score",
        "labels": ["none", "low", "high", "highest"],
    }
    kept = {"name", "description", "fires", "inputs", "layers", "parts", "meta"}
    assert {key: value[key] for key in kept} == {key: base[key] for key in kept}
    assert value.keys() == kept | {"nnc", "neurons", "outputs"}
    network = Network.read({**value, "nnc": 1})
    assert network.neurons["score"].thresholds == {"low": 1, "high": 4, "highest": 5}


def test_the_files_themselves_stay_as_they_are(files: Files) -> None:
    whole = files(
        "nnc: 1\nextends: base.nn.yaml\nneurons: {score: {threshold: 1, weights: {a: 3}}}\n"
        "inputs: {a: {default: 0}}\nlayers: {map: {size: 5}}\n"
    )
    for one in whole.documents:
        fresh = read_document(Path(one.file).read_bytes(), one.file)
        assert one.value == fresh.value


@pytest.mark.parametrize("text", ["nnc: 1\n", "[extends]", "extends", "", "nnc: 2\nextends: x\n"])
def test_a_file_that_extends_nothing_is_given_back(text: str, tmp_path: Path) -> None:
    document = read_document(text.encode(), "f")
    assert extend(document, tmp_path, Library(tmp_path)) is document


def test_a_file_that_cannot_be_read_whole_is_given_back(tmp_path: Path) -> None:
    document = read_document(b"extends: base.nn.yaml\na: {", "f")
    assert extend(document, tmp_path, Library(tmp_path)) is document


def test_an_overlay_that_lies_nowhere(files: Files) -> None:
    files("nnc: 1\nextends: base.nn.yaml\n")
    document = read_document(b"nnc: 1\nextends: base.nn.yaml\n", "<text>")
    whole = extend(document, Path(), Library(Path()))
    assert isinstance(whole, Extended)
    assert isinstance(whole.value, dict)
    assert whole.value["name"] == "by the book"


# ------------------------------------------------------------------- mappings, key by key


@pytest.mark.parametrize(
    ("overlay", "path", "merged"),
    [
        # mappings merge key by key, everything else is replaced
        ("name: mine", ("name",), "mine"),
        ("description: mine", ("description",), "mine"),
        ("meta: {of: mine}", ("meta",), {"of": "mine"}),
        ("fires: below", ("fires",), "below"),
        ("fires: below", ("neurons", "score", "fires"), "at_least"),  # as it was written under
        ("neurons: {}", ("neurons", "votes", "wiring"), "b"),
        ("neurons: {votes: {threshold: 6}}", ("neurons", "votes"),
         {"wiring": "b", "threshold": "6", "fires": "above"}),
        ("neurons: {votes: {fires: below, description: x}}", ("neurons", "votes"),
         {"wiring": "b", "threshold": "5", "fires": "below", "description": "x"}),
        ("neurons: {score: {weights: {a: 9, b: [1, 2]}}}", ("neurons", "score", "weights"),
         {"a": "9", "c": {"3": "1", "6": "2"}, "b": ["1", "2"]}),
        ("layers: {map: {thresholds: 1}}", ("layers", "map"),
         {"wiring": "b", "weights": "2", "thresholds": "1", "size": "4", "description": "a map"}),
        ("parts: {adder: {repeat: 2}}", ("parts", "adder", "repeat"), "2"),
        ("parts: {adder: {wiring: {b: [a, 0]}, last: {a: 1}}}", ("parts", "adder"),
         {"use": "adder.nn.yaml", "repeat": "4", "wiring": {"a": "b(i)", "b": ["a", "0"]},
          "first": {"b": "0"}, "last": {"a": "1"}}),
        # steps are replaced whole
        ("neurons: {score: {weights: {c: {4: 7}}}}", ("neurons", "score", "weights"),
         {"a": "1", "c": {"4": "7"}}),
        # one of threshold and thresholds, of weights and wiring, drops the other
        ("neurons: {score: {threshold: 3}}", ("neurons", "score"),
         {"weights": {"a": "1", "c": {"3": "1", "6": "2"}}, "threshold": "3"}),
        ("neurons: {votes: {thresholds: {x: 1}}}", ("neurons", "votes"),
         {"wiring": "b", "fires": "above", "thresholds": {"x": "1"}}),
        ("neurons: {votes: {weights: {a: 1}}}", ("neurons", "votes"),
         {"threshold": "5", "fires": "above", "weights": {"a": "1"}}),
        ("neurons: {placed: {wiring: [a]}}", ("neurons", "placed"),
         {"wiring": ["a"], "threshold": "3"}),
        ("neurons: {placed: {weights: [1]}}", ("neurons", "placed"),
         {"weights": ["1"], "threshold": "3"}),
        ("neurons: {score: {wiring: [b], weights: [1, 2]}}", ("neurons", "score"),
         {"thresholds": {"low": "1", "high": "2"}, "wiring": ["b"], "weights": ["1", "2"]}),
        # but not of a layer, where both stand together
        ("layers: {map: {wiring: [a, b]}}", ("layers", "map", "weights"), "2"),
        ("layers: {map: {weights: 3}}", ("layers", "map", "wiring"), "b"),
        # a gate has neither weights nor thresholds
        ("neurons: {placed: {fires: any}}", ("neurons", "placed"),
         {"wiring": ["a", "c"], "fires": "any"}),
        ("neurons: {score: {wiring: [a], fires: all}}", ("neurons", "score"),
         {"wiring": ["a"], "fires": "all"}),
        # outputs
        ("outputs: {points: a}", ("outputs", "points"), "a"),
        ("outputs: {points: [a, b]}", ("outputs", "points"), ["a", "b"]),
        ("outputs: {most: {sum: votes}}", ("outputs", "most"), {"sum": "votes"}),
        ("outputs: {points: {description: x}}", ("outputs", "points"),
         {"sum": "score", "description": "x"}),
        ("outputs: {points: {level: score}}", ("outputs", "points"), {"level": "score"}),
        ("outputs: {verdict: {largest: map}}", ("outputs", "verdict"),
         {"labels": ["none", "low", "high"], "largest": "map"}),
        ("outputs: {verdict: {sum: score}}", ("outputs", "verdict"), {"sum": "score"}),
        ("outputs: {more: a, those: [a, b], it: {sum: votes}}", ("outputs", "those"), ["a", "b"]),
        ("outputs: [more]", ("outputs", "more"), "more"),
        ("outputs: [more]", ("outputs", "most"), "votes"),
        ("outputs: [points]", ("outputs", "points"), "points"),
        # inputs: lists and short forms are written out first
        ("inputs: [a, d]", ("inputs",),
         {"a": {"type": "bit"}, "b": "bit(8)", "c": {"type": "integer", "min": "0", "max": "9"},
          "d": "bit"}),
        ("inputs: []", ("inputs", "a"), "bit"),
        ("inputs: {a: {default: 1}}", ("inputs", "a"), {"type": "bit", "default": "1"}),
        ("inputs: {b: {default: 3}}", ("inputs", "b"),
         {"type": "bit", "size": "8", "default": "3"}),
        ("inputs: {b: {size: 4}}", ("inputs", "b"), {"type": "bit", "size": "4"}),
        ("inputs: {b: bit(4)}", ("inputs", "b"), {"type": "bit", "size": "4"}),
        ("inputs: {b: {type: integer(4)}}", ("inputs", "b"), {"type": "integer", "size": "4"}),
        ("inputs: {c: real}", ("inputs", "c"), {"type": "real", "min": "0", "max": "9"}),
        ("inputs: {c: {max: 8}}", ("inputs", "c"), {"type": "integer", "min": "0", "max": "8"}),
        ("inputs: {d: bit(3)}", ("inputs", "d"), "bit(3)"),
    ],
)  # fmt: skip
def test_merging(overlay: str, path: KeyPath, merged: object, files: Files) -> None:
    value: Any = over(files, overlay)
    for step in path:
        value = value[step]
    assert value == merged
    if isinstance(merged, dict):
        assert list(value) == list(merged)


def test_what_the_base_writes_as_lists(files: Files) -> None:
    value = over(
        files, "inputs: {a: {default: 1}}\noutputs: {y: b}", "inputs: [a, b]\noutputs: [a]"
    )
    assert value["inputs"] == {"a": {"type": "bit", "default": "1"}, "b": "bit"}
    assert value["outputs"] == {"a": "a", "y": "b"}
    value = over(files, "name: x", "inputs: [a, b]\noutputs: [a]")
    assert value["inputs"] == ["a", "b"]  # as it is written, where nothing is merged


def test_a_size_in_full_and_in_short(files: Files) -> None:
    base = "inputs: {a: {type: bit(8), default: 0}, b: {type: bit, size: 8}}\noutputs: [a]"
    value = over(files, "inputs: {a: {size: 4}, b: bit(4)}", base)
    assert value["inputs"]["a"] == {"type": "bit", "default": "0", "size": "4"}
    assert value["inputs"]["b"] == {"type": "bit", "size": "4"}


def test_what_the_base_has_none_of(files: Files) -> None:
    value = over(
        files,
        "neurons: {n: {weights: {}, threshold: 0}}\nlayers: {l: {wiring: [], thresholds: 0}}\n"
        "parts: {p: {use: x.nn.yaml, wiring: {}}}",
        "inputs: []\noutputs: [n]",
    )
    assert [*value["neurons"], *value["layers"], *value["parts"]] == ["n", "l", "p"]


@pytest.mark.parametrize(
    "overlay",
    [
        "name: x",
        "meta: {a: 1}\nproperties: [{never: {most: 1}}]\nunknown: {terms: 2}",
        "neurons: {score: {weights: {a: 3}, thresholds: {low: 2}}, votes: {threshold: _}}",
        "neurons: {score: {weights: {c: {4: 1}}}, votes: {weights: 2, description: twice}}",
        "neurons: {placed: {weights: [3, 1/2], threshold: 4}}",
        "layers: {map: {weights: {file: w.npy}, thresholds: [1, 2, 3, 4]}}",
    ],
)
def test_an_overlay_of_numbers_has_the_cases_of_its_base(files: Files, overlay: str) -> None:
    assert over(files, overlay)["cases"] == [{"given": {"a": "1"}, "expect": {"points": "2"}}]
    assert over(files, f"{overlay}\ncases: []")["cases"] == []


@pytest.mark.parametrize(
    "overlay",
    [
        "inputs: {a: {default: 0}}",
        "outputs: {other: a}",
        "fires: above",
        "assume: [{never: {a: 1}}]",
        "neurons: {score: {weights: {b(0): 1}}}",
        "neurons: {score: {thresholds: {mid: 3/2}}}",
        "neurons: {score: {threshold: 1}}",
        "neurons: {votes: {fires: at_least}}",
        "neurons: {votes: {wiring: [a]}}",
        "neurons: {more: {wiring: a, threshold: 1}}",
        "layers: {map: {size: 5}}",
        "parts: {adder: {repeat: 5}}",
        "neurons: [a]",
        "neurons: {score: 1}",
    ],
)
def test_other_overlays_have_no_cases_of_their_base(files: Files, overlay: str) -> None:
    assert "cases" not in over(files, overlay)
    own = over(files, f"{overlay}\ncases: [{{given: {{}}, expect: {{}}}}]")
    assert own["cases"] == [{"given": {}, "expect": {}}]


def test_cases_pass_through_overlays_of_numbers_only(files: Files) -> None:
    overlay = "nnc: 1\nextends: base.nn.yaml\nneurons: {votes: {threshold: 4}}\n"
    whole = files("nnc: 1\nextends: mid.nn.yaml\nname: y\n", mid=overlay)
    assert whole.origin(("cases", 0)).file == "base.nn.yaml"
    overlay = "nnc: 1\nextends: base.nn.yaml\nfires: above\n"
    whole = files("nnc: 1\nextends: mid.nn.yaml\nname: y\n", mid=overlay)
    assert isinstance(whole.value, dict)
    assert "cases" not in whole.value


@pytest.mark.parametrize(
    ("base", "overlay", "weights"),
    [
        ("{file: a.npy, sha256: 12}", "{sha256: 34}", {"file": "a.npy", "sha256": "34"}),
        ("{file: a.npy}", "{file: b.npy, tensor: w}", {"file": "b.npy", "tensor": "w"}),
        ("{file: a.npy}", "5", "5"),
        ("[[1]]", "{file: b.npy}", {"file": "b.npy"}),
        ("{file: a.npy, tensor: w}", "{sparse: {indptr: {file: b.npy}}}",
         {"sparse": {"indptr": {"file": "b.npy"}}}),
        ("{sparse: {indptr: {file: b.npy}}}", "{file: a.npy}", {"file": "a.npy"}),
        ("{sparse: {indptr: {file: b.npy}, values: {file: c.npy}}}",
         "{sparse: {indptr: {tensor: x}}}",
         {"sparse": {"indptr": {"file": "b.npy", "tensor": "x"}, "values": {"file": "c.npy"}}}),
        ("{sparse: {}}", "{description: x}", {"sparse": {}, "description": "x"}),
    ],
)  # fmt: skip
def test_weight_files(base: str, overlay: str, weights: object, files: Files) -> None:
    value = over(
        files,
        f"layers: {{l: {{weights: {overlay}}}}}",
        f"layers: {{l: {{wiring: [], thresholds: 1, weights: {base}}}}}",
    )
    assert value["layers"]["l"] == {"wiring": [], "thresholds": "1", "weights": weights}


def test_wires_to_ports_of_any_name(files: Files) -> None:
    value = over(
        files,
        "parts: {p: {wiring: {file: a}}}\nneurons: {n: {weights: {file: 1}}}",
        "parts: {p: {use: x.nn.yaml, wiring: {sparse: b}}}\n"
        "neurons: {n: {weights: {sparse: 2}, threshold: 0}}",
    )
    assert value["parts"]["p"]["wiring"] == {"sparse": "b", "file": "a"}
    assert value["neurons"]["n"]["weights"] == {"sparse": "2", "file": "1"}


# ------------------------------------------------------------------------ fires and states


def test_own_fires_and_states_govern_what_is_declared_whole(files: Files) -> None:
    whole = files("""\
nnc: 1
extends: base.nn.yaml
neurons:
  score: {thresholds: {high: 3}}
  mine: {weights: {a: 1}, threshold: 0}
  gate: {wiring: [a], fires: any}
  own: {weights: {}, threshold: 1, fires: above, states: [2, 3]}
layers:
  map: {size: 5}
  grid: {wiring: b, thresholds: 0, weights: [[1]]}
inputs: {a: {description: x}, d: bit, e: bit(3), f: {type: bit(2), states: [4, 5]}, g: integer}
fires: below
states: [-1, 1]
""")
    value: Any = whole.value
    assert told(whole) == []
    assert value["fires"] == "below"
    assert value["states"] == ["-1", "1"]
    for theirs in (value["neurons"]["score"], value["layers"]["map"]):
        assert theirs["fires"] == "at_least"
        assert theirs["states"] == ["0", "1"]
    assert value["neurons"]["mine"] == {"weights": {"a": "1"}, "threshold": "0"}
    assert value["neurons"]["gate"] == {"wiring": ["a"], "fires": "any"}
    assert value["neurons"]["own"]["fires"] == "above"
    assert value["neurons"]["own"]["states"] == ["2", "3"]
    assert "fires" not in value["layers"]["grid"]
    assert value["inputs"]["a"] == {"type": "bit", "description": "x", "states": ["0", "1"]}
    assert value["inputs"]["d"] == "bit"
    assert value["inputs"]["e"] == "bit(3)"
    assert value["inputs"]["f"] == {"type": "bit(2)", "states": ["4", "5"]}
    assert value["inputs"]["g"] == "integer"
    assert place(whole, "neurons", "score", "fires").startswith("base.nn.yaml:")
    assert place(whole, "fires") == "top.nn.yaml:12: below"
    assert place(whole, "states", 0) == "top.nn.yaml:13: -1"
    assert place(whole, "neurons", "own", "fires") == "top.nn.yaml:7: above"


def test_without_own_fires_those_of_the_base_hold(files: Files) -> None:
    value = over(files, "neurons: {mine: {weights: {a: 1}, threshold: 0}}")
    assert value["fires"] == "at_least"
    assert value["neurons"]["mine"] == {"weights": {"a": "1"}, "threshold": "0"}


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("fires: abov", {"fires": "abov"}),
        ("fires: all", {"fires": "all"}),
        ("fires: [above]", {"fires": ["above"]}),
        ("states: [1, 1]", {"fires": "at_least", "states": ["1", "1"]}),
        ("states: [1]", {"fires": "at_least", "states": ["1"]}),
        ("states: [x, 1]", {"fires": "at_least", "states": ["x", "1"]}),
        ("states: [[], 1]", {"fires": "at_least", "states": [[], "1"]}),
    ],
)
def test_wrong_fires_and_states_are_left_to_be_told_once(
    rule: str, kept: Mapping[str, object], files: Files
) -> None:
    whole = files(
        f"nnc: 1\nextends: base.nn.yaml\n{rule}\nneurons: {{n: {{wiring: a, threshold: 0}}}}"
    )
    value: Any = whole.value
    assert {key: value[key] for key in ("fires", "states") if key in value} == kept
    assert value["neurons"]["n"] == {"wiring": "a", "threshold": "0"}
    assert place(whole, rule.partition(":")[0]) == f"top.nn.yaml:3: {rule.partition(' ')[2]}"


# ------------------------------------------------------------------------- several levels


def test_three_levels(files: Files) -> None:
    whole = files(
        """\
nnc: 1
extends: middle.nn.yaml
neurons: {score: {weights: {a: 3}}, top: {weights: {}, threshold: 0}}
""",
        middle="""\
nnc: 1
extends: base.nn.yaml
name: the middle
fires: above
neurons:
  score: {weights: {a: 2, b: 2}, threshold: 2}
  middle: {weights: {}, threshold: 0}
cases: [{given: {a: 1}, expect: {points: 2}}]
""",
    )
    value: Any = whole.value
    assert told(whole) == []
    assert [one.file for one in whole.documents] == [
        "top.nn.yaml",
        "middle.nn.yaml",
        "base.nn.yaml",
    ]
    assert value["neurons"]["score"] == {
        "weights": {"a": "3", "c": {"3": "1", "6": "2"}, "b": "2"}, "threshold": "2",
        "fires": "at_least",
    }  # fmt: skip
    assert value["name"] == "the middle"
    assert "cases" not in value
    assert value["fires"] == "above"
    assert "fires" not in value["neurons"]["top"]
    assert place(whole, "neurons", "score", "weights", "a") == "top.nn.yaml:3: 3"
    assert place(whole, "neurons", "score", "weights", "b") == "middle.nn.yaml:6: 2"
    assert place(whole, "neurons", "score", "weights", "c", "3") == "base.nn.yaml:10: 1"
    assert place(whole, "neurons", "score", "threshold") == "middle.nn.yaml:6: 2"
    assert place(whole, "fires") == "middle.nn.yaml:4: above"
    assert place(whole, "name") == "middle.nn.yaml:3: the middle"
    assert place(whole, "inputs", "a") == "base.nn.yaml:6: bit"
    assert whole.origin(("neurons", "votes")).file == "base.nn.yaml"
    assert whole.origin(("neurons", "score")).file == "top.nn.yaml"


def test_files_are_read_once_for_all_that_extend_them(files: Files) -> None:
    files("nnc: 1\nextends: base.nn.yaml", other="nnc: 1\nextends: base.nn.yaml")
    library = Library(Path())
    first, second = (extended(f"{name}.nn.yaml", library) for name in ("top", "other"))
    assert first.documents[1] is second.documents[1]
    assert [file.name for file in library.digests] == ["base.nn.yaml"]


# --------------------------------------------------------------------- paths of other files

ELSEWHERE = """\
nnc: 1
parts:
  one: {use: one.nn.yaml, wiring: {}}
  two: {use: ../two.nn.yaml, wiring: {}}
  three: {use: 3, repeat: /x}
  four: {use: [4], wiring: {}}
  five: five
layers:
  a: {wiring: b, weights: {file: a.npy}, thresholds: {file: t/t.npy, tensor: file}}
  b: {wiring: b, weights: {sparse: {indptr: {file: p.npy}, indices: {file: i.npy}, values: 5}}}
  c: {wiring: b, weights: {file: [a.npy]}, thresholds: 0}
  d: {wiring: b, weights: {sparse: [a]}, thresholds: file}
  e: e
"""


def test_paths_count_from_the_file_they_are_written_in(files: Files) -> None:
    whole = files(
        "nnc: 1\nextends: sub/base.nn.yaml\nparts: {one: {repeat: 2}, six: {use: 6, wiring: {}}}\n"
        "layers: {a: {weights: {file: mine.npy}}}\n",
        sub__base=ELSEWHERE,
    )
    value: Any = whole.value
    assert told(whole) == []
    assert value["parts"] == {
        "one": {"use": "sub/one.nn.yaml", "wiring": {}, "repeat": "2"},
        "two": {"use": "two.nn.yaml", "wiring": {}},
        "three": {"use": "sub/3", "repeat": "/x"},
        "four": {"use": ["4"], "wiring": {}},
        "five": "five",
        "six": {"use": "6", "wiring": {}},
    }
    assert value["layers"]["a"] == {
        "wiring": "b",
        "weights": {"file": "mine.npy"},
        "thresholds": {"file": "sub/t/t.npy", "tensor": "file"},
    }
    assert value["layers"]["b"]["weights"]["sparse"] == {
        "indptr": {"file": "sub/p.npy"}, "indices": {"file": "sub/i.npy"}, "values": "5",
    }  # fmt: skip
    assert value["layers"]["c"]["weights"] == {"file": ["a.npy"]}
    assert value["layers"]["d"] == {
        "wiring": "b", "weights": {"sparse": ["a"]}, "thresholds": "file"
    }  # fmt: skip
    assert whole.documents[1].value == read_document(ELSEWHERE.encode(), "f").value
    assert place(whole, "parts", "one", "use") == "sub/base.nn.yaml:3: one.nn.yaml"


def test_a_chain_through_folders(files: Files) -> None:
    whole = files(
        "nnc: 1\nextends: one/middle.nn.yaml\n",
        one__middle="nnc: 1\nextends: ../two/base.nn.yaml\nparts: {a: {use: a, wiring: {}}}\n",
        two__base="nnc: 1\nparts: {b: {use: b, wiring: {}}}\n",
    )
    value: Any = whole.value
    assert told(whole) == []
    assert [one.file for one in whole.documents] == [
        "top.nn.yaml", "one/middle.nn.yaml", "two/base.nn.yaml",
    ]  # fmt: skip
    assert {name: part["use"] for name, part in value["parts"].items()} == {
        "b": "two/b", "a": "one/a",
    }  # fmt: skip


def test_a_missing_file_is_spoken_of_as_the_base_writes_it(files: Files) -> None:
    files(
        "nnc: 1\nextends: sub/base.nn.yaml\n",
        sub__base="nnc: 1\nparts: {one: {use: on.nn.yaml, wiring: {}}}\n",
        sub__one="nnc: 1\n",
    )
    library = Library(Path())
    value: Any = extended("top.nn.yaml", library).value
    one = library.find(value["parts"]["one"]["use"], Path(), ("parts", "one", "use"), "part")
    assert isinstance(one, Diagnostic)
    assert one.message == "there is no part file `on.nn.yaml`"
    assert one.help == "did you mean `one.nn.yaml`?"


# ------------------------------------------------------------------ what overrides nothing


@pytest.mark.parametrize(
    ("overlay", "lacking", "fix"),
    [
        ("neurons: {scor: {weights: {a: 1}}}", "no `threshold`", "did you mean `score`?"),
        ("neurons: {quorum: {fires: above}}", "no `weights` and no `threshold`",
         "to declare a new neuron, add `weights` and `threshold`"),
        ("neurons: {quorum: {fires: all}}", "no `weights`",
         "to declare a new neuron, add `weights`"),
        ("neurons: {map: {threshold: 1}}", "no `weights`",
         "it is a layer there: write it below `layers`"),
        ("neurons: {a: {threshold: 1}}", "no `weights`",
         "it is an input there: write it below `inputs`"),
        ("inputs: {d: bit}\nneurons: {d: {threshold: 1}}", "no `weights`",
         "to declare a new neuron, add `weights`"),
        ("outputs: {score: {labels: [x]}}", "no `sum`, `level` or `largest`",
         "to declare a new output, add `sum`, `level` or `largest`"),
        ("layers: {mapp: {size: 3}}", "no `wiring` and no `thresholds`", "did you mean `map`?"),
        ("parts: {ader: {repeat: 3}}", "no `use` and no `wiring`", "did you mean `adder`?"),
        ("inputs: {quorum: {default: 3}}", "no `type`", "to declare a new input, add `type`"),
        ("outputs: {verdikt: {labels: [x]}}", "no `sum`, `level` or `largest`",
         "did you mean `verdict`?"),
    ],
)  # fmt: skip
def test_what_overrides_nothing(overlay: str, lacking: str, fix: str, files: Files) -> None:
    whole = files(f"nnc: 1\nextends: base.nn.yaml\n{overlay}\n")
    (one,) = whole.diagnostics
    kind, name = one.path
    assert (one.rule, one.help) == ("overrides-nothing", fix)
    assert one.message == (
        f"{str(kind)[:-1]} `{name}` overrides nothing in base.nn.yaml, "
        f"and as a new one it has {lacking}"
    )
    assert one.span is not None
    assert one.file == "top.nn.yaml"
    line = overlay.splitlines()[one.span.line - 3]
    assert line[one.span.column - 1 : one.span.end_column - 1] == name
    value: Any = whole.value
    assert value[kind].pop(name) is UNREADABLE
    base: Any = whole.documents[1].value
    assert value[kind] == base[kind]


@pytest.mark.parametrize(
    "overlay",
    [
        "neurons: {n: {wieghts: {a: 1}, threshold: 0}}",
        "neurons: {n: 5, m: [], k: text}",
        "layers: {l: {wiring: [], threshold: 0}}",
        "inputs: {d: bitt, e: {Type: bit}}",
        "outputs: {o: {lagrest: map}}",
        "neurons: {n: *x}",
    ],
)
def test_what_is_wrong_otherwise_is_left_for_the_next_stage(overlay: str, files: Files) -> None:
    whole = files(f"nnc: 1\nextends: base.nn.yaml\n{overlay}\n")
    assert [one.rule for one in whole.diagnostics if one.rule != "anchor"] == []
    mine: Any = whole.documents[0].value
    value: Any = whole.value
    (kind,) = mine.keys() - {"nnc", "extends"}
    assert {name: value[kind][name] for name in mine[kind]} == mine[kind]


def test_names_that_may_have_been_refused_in_the_base(files: Files) -> None:
    whole = files(
        "nnc: 1\nextends: base.nn.yaml\nneurons: {n: {threshold: 1}}\n",
        base="nnc: 1\nneurons: {}\nneurons: {n: {weights: {}, threshold: 0}}\n",
    )
    assert [one.rule for one in whole.diagnostics] == ["duplicate-key"]
    value: Any = whole.value
    assert value["neurons"] == {"n": UNREADABLE}


def test_the_base_that_is_named_is_the_next_one(files: Files) -> None:
    whole = files(
        "nnc: 1\nextends: middle.nn.yaml\nneurons: {n: {threshold: 1}}\n",
        middle="nnc: 1\nextends: base.nn.yaml\nneurons: {m: {threshold: 1}}\n",
    )
    assert [one.split(",")[0] for one in told(whole)] == [
        ("top.nn.yaml:3:11: error[NNC115] overrides-nothing: neuron `n` overrides nothing in "
        "middle.nn.yaml"),
        ("middle.nn.yaml:3:11: error[NNC115] overrides-nothing: neuron `m` overrides nothing in "
        "base.nn.yaml"),
    ]  # fmt: skip


# ------------------------------------------------------------------- bases that are not help


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("bas.nn.yaml", "cannot-open: there is no base file `bas.nn.yaml`"),
        ("sub", "cannot-open: the base file `sub` is a directory"),
        ("../x", "outside-project: the base file `../x` is outside the project root"),
        ("[a, b]", "wrong-type: `extends`: expected the name of a file, found a list"),
        ("{a: b}", "wrong-type: `extends`: expected the name of a file, found a mapping"),
        ("", "empty-value: `extends` has no value"),
        ("*x", "anchor: the alias `*x` is not allowed"),
    ],
)
def test_a_base_that_is_not_there(name: str, found: str, files: Files) -> None:
    Path("sub").mkdir()
    whole = files(f"nnc: 1\nextends: {name}\nneurons: {{n: {{threshold: 1}}}}\n")
    (one,) = whole.diagnostics
    assert f"{one.rule}: {one.message}" == found
    assert one.span is not None
    assert (one.file, one.span.line) == ("top.nn.yaml", 2)
    assert whole.value is None
    assert whole.complete
    assert place(whole, "neurons", "n") == "top.nn.yaml:3: {threshold: 1}"


@pytest.mark.parametrize(
    ("base", "found", "complete"),
    [
        ("nnc: 2\nnnc: 3\n", "1:6: error[NNC101] unsupported-version: the file has format", True),
        ('nnc: "\u2028"\n', "1:7: error[NNC004] line-separator: the line separator U+2028", True),
        ("a: {\n", "1:5: error[NNC001] syntax-error", False),
        ("", "1:1: error[NNC017] empty-file: the file holds no network", True),
        ("- a\n", "1:1: error[NNC104] wrong-type: a network is a mapping, not a list", True),
        ("\udcff\udcfe", "1:1: error[NNC002] bad-encoding: the file is UTF-16", False),
        ("\udcff\udcfe\0\0", "1:1: error[NNC002] bad-encoding: the file is UTF-32", False),
    ],
)  # fmt: skip
def test_a_base_that_is_no_network(base: str, found: str, complete: bool, files: Files) -> None:
    files("nnc: 1\nextends: base.nn.yaml\n")
    Path("base.nn.yaml").write_bytes(base.encode("utf-8", "surrogateescape"))
    whole = extended("top.nn.yaml")
    (one,) = told(whole)
    assert one.startswith(f"base.nn.yaml:{found}")
    assert whole.value is None
    assert whole.complete is complete


def test_a_base_that_does_not_say_its_version(files: Files) -> None:
    whole = files("nnc: 1\nextends: base.nn.yaml\n", base="# a\nname: x\n")
    assert told(whole) == [
        "base.nn.yaml:2:1: error[NNC103] missing-key: the file has no `nnc`",
    ]
    assert whole.value == {"name": "x", "nnc": "1"}
    whole = files("nnc: 1\nextends: base.nn.yaml\n", base="nmc: 1\n")
    assert told(whole) == []  # the key that is wrong is told by the next stage
    whole = files("extends: base.nn.yaml\n")
    assert told(whole) == []
    assert isinstance(whole.value, dict)
    assert "nnc" not in whole.value


def test_mistakes_in_both_files_are_told(files: Files) -> None:
    whole = files("nnc: 1\nextends: base.nn.yaml\nname: a\nname: b\n", base=BASE + "name: c\n")
    assert [one.partition(" ")[0] for one in told(whole)] == [
        "top.nn.yaml:4:1:",
        "base.nn.yaml:23:1:",
    ]
    assert isinstance(whole.value, dict)
    assert whole.value["name"] == "a"


# --------------------------------------------------------------------------------- circles


def circle(whole: Extended) -> Diagnostic:
    (one,) = whole.diagnostics
    assert one.rule == "use-cycle"
    assert one.help == "a network cannot start from itself: extend another file"
    assert whole.value is None
    return one


def test_a_file_that_extends_itself(files: Files) -> None:
    one = circle(files("nnc: 1\nextends: top.nn.yaml\n"))
    assert str(one) == (
        "top.nn.yaml:2:10: error[NNC318] use-cycle: "
        "the file extends itself: top.nn.yaml -> top.nn.yaml"
    )
    assert one.labels == ()


def test_files_that_extend_each_other(files: Files) -> None:
    others = {
        "a": "nnc: 1\nname: a\nextends: sub/b.nn.yaml\n",
        "sub__b": "nnc: 1\n\n\nextends: ../c.nn.yaml\n",
        "c": "nnc: 1\nextends: ./a.nn.yaml\n",
    }
    one = circle(files("nnc: 1\nextends: a.nn.yaml\n", **others))
    assert str(one) == (
        "c.nn.yaml:2:10: error[NNC318] use-cycle: files extend each other: "
        "a.nn.yaml -> sub/b.nn.yaml -> c.nn.yaml -> a.nn.yaml"
    )
    assert one.labels == (
        Label("here it extends sub/b.nn.yaml", ("extends",), file="a.nn.yaml",
              span=Span(3, 10, 3, 23), excerpt="extends: sub/b.nn.yaml"),
        Label("here it extends c.nn.yaml", ("extends",), file="sub/b.nn.yaml",
              span=Span(4, 10, 4, 22), excerpt="extends: ../c.nn.yaml"),
    )  # fmt: skip


def test_a_circle_is_seen_through_links(files: Files) -> None:
    files("nnc: 1\nextends: link.nn.yaml\n")
    Path("link.nn.yaml").symlink_to("top.nn.yaml")
    assert "the file extends itself" in circle(extended("top.nn.yaml")).message


# ---------------------------------------------------------------------------------- places


@pytest.fixture
def whole(files: Files) -> Extended:
    return files("""\
nnc: 1
extends: base.nn.yaml
inputs: [a, d]
neurons:
  score: {weights: {a: 3}, threshold: 1}
  mine: {weights: {a: 3}}
  new: {wiring: a, threshold: 1}
outputs: {points: score, verdict: {labels: [x]}, new: [a, d]}
""")


@pytest.mark.parametrize(
    ("path", "key", "found"),
    [
        ((), True, "top.nn.yaml:1: nnc"),
        (("inputs", "a"), False, "top.nn.yaml:3: a"),
        (("inputs", "a", "type"), False, "top.nn.yaml:3: a"),
        (("inputs", "b"), True, "base.nn.yaml:7: b"),
        (("inputs", "d"), True, "top.nn.yaml:3: d"),
        (("inputs",), True, "top.nn.yaml:3: inputs"),
        (("neurons", "score"), True, "top.nn.yaml:5: score"),
        (("neurons", "score", "fires"), True, "top.nn.yaml:5: score"),
        (("neurons", "score", "weights"), True, "top.nn.yaml:5: weights"),
        (("neurons", "score", "weights", "a"), True, "top.nn.yaml:5: a"),
        (("neurons", "score", "weights", "c"), True, "base.nn.yaml:10: c"),
        (("neurons", "score", "weights", "c", "6"), False, "base.nn.yaml:10: 2"),
        (("neurons", "score", "threshold"), False, "top.nn.yaml:5: 1"),
        (("neurons", "votes"), True, "base.nn.yaml:11: votes"),
        (("neurons", "votes", "weights"), True, "base.nn.yaml:11: votes"),
        (("neurons", "mine", "weights", "a"), True, "top.nn.yaml:6: a"),
        (("neurons", "nothing"), True, "top.nn.yaml:4: neurons"),
        (("layers", "map", "size"), False, "base.nn.yaml:14: 4"),
        (("outputs", "points"), False, "top.nn.yaml:8: score"),
        (("outputs", "verdict", "level"), False, "base.nn.yaml:19: score"),
        (("outputs", "verdict", "labels", 0), False, "top.nn.yaml:8: x"),
        (("outputs", "verdict", "labels", 2), False, "top.nn.yaml:8: [x]"),
        (("outputs", "new", 1), False, "top.nn.yaml:8: d"),
        (("meta", "source", "book"), False, "base.nn.yaml:22: 1"),
        (("nowhere",), True, "top.nn.yaml:1: nnc"),
    ],
)  # fmt: skip
def test_each_part_has_its_place(path: KeyPath, key: bool, found: str, whole: Extended) -> None:
    assert place(whole, *path, key=key) == found
    assert whole.origin(path).file == found.partition(":")[0]


def test_diagnostics_keep_their_order_and_labels_their_files(whole: Extended) -> None:
    already = whole.located([Diagnostic("wrong-type", "0", ("outputs", "most"))])
    label = Label("of the base", ("neurons", "votes"), key=True)
    found = whole.located(
        [
            Diagnostic("wrong-type", "1", ("neurons", "new", "wiring"), labels=(label,)),
            *already,
            Diagnostic("wrong-type", "2", ("neurons", "votes"), key=True, labels=(
                Label("of the overlay", ("neurons", "new"), key=True), label)),
            Diagnostic("wrong-type", "3", ("inputs", "d"), part="d"),
        ]
    )  # fmt: skip
    assert [(one.message, one.file, one.span and one.span.line) for one in found] == [
        ("1", "top.nn.yaml", 7), ("0", "base.nn.yaml", 20), ("2", "base.nn.yaml", 11),
        ("3", "top.nn.yaml", 3),
    ]  # fmt: skip
    assert found[1] == already[0]
    labels = (*found[0].labels, *found[2].labels)
    assert [(one.file, one.span and one.span.line) for one in labels] == [
        ("base.nn.yaml", 11), ("top.nn.yaml", 7), ("base.nn.yaml", 11),
    ]  # fmt: skip
    assert found[2].labels[1].excerpt == "  votes: {wiring: b, threshold: 5, fires: above}"
    again = whole.located(found)
    assert again == found


def test_what_is_refused_in_one_file_is_told_once(files: Files) -> None:
    whole = files(
        "nnc: 1\nextends: base.nn.yaml\nneurons: {n: {threshold: 2}}\n",
        base='nnc: 1\nneurons: {n: {weights: {}, description: "\x01"}}\n',
    )
    assert [one.rule for one in whole.diagnostics] == ["control-character"]
    paths: list[KeyPath] = [
        ("neurons", "n", "threshold"), ("neurons", "n", "description"), ("neurons", "n"),
    ]  # fmt: skip
    found = whole.located([Diagnostic("wrong-type", str(path), path) for path in paths])
    assert [one.message for one in found] == [str(paths[0]), str(paths[2])]


@pytest.mark.parametrize(
    ("overlay", "base", "merged"),
    [
        # mistakes of the overlay stand where they are written; those of the base stay
        ("neurons: [a]", "neurons: {}", {"neurons": ["a"]}),
        ("neurons: {n: 5}", "neurons: {n: {threshold: 0}}", {"neurons": {"n": "5"}}),
        ("neurons: {n: {threshold: 0}}", "neurons: {n: 5}", {"neurons": {"n": "5"}}),
        ("neurons: {n: {threshold: 0}}", "neurons: [n]", {"neurons": ["n"]}),
        ("inputs: [a, a]", "inputs: [b]", {"inputs": ["a", "a"]}),
        ("inputs: [a(0)]", "inputs: [b]", {"inputs": ["a(0)"]}),
        ("inputs: [b]", "inputs: [[]]", {"inputs": [[]]}),
        ("inputs: {a: [bit]}", "inputs: [a]", {"inputs": {"a": ["bit"]}}),
        ("inputs: {a: {default: 0}}", "inputs: {a: [bit]}", {"inputs": {"a": ["bit"]}}),
        ("inputs: a", "inputs: [b]", {"inputs": "a"}),
        ("outputs: [n.x]", "outputs: [b]", {"outputs": ["n.x"]}),
        # and nothing more is said of what was refused
        ("neurons: *x", "neurons: {}", {"neurons": UNREADABLE}),
        ("neurons: {n: {threshold: 0}}", "neurons: *x", {"neurons": UNREADABLE}),
        ("neurons: {n: {threshold: 0}}", "neurons: {n: *x}", {"neurons": {"n": UNREADABLE}}),
        ("neurons: {n: *x}", "neurons: {n: {threshold: 0}}", {"neurons": {"n": UNREADABLE}}),
        ("neurons: {n: {weights: {a: 1}}}", "neurons: {n: {weights: *x}}",
         {"neurons": {"n": {"weights": UNREADABLE}}}),
        ("outputs: {n: {sum: a}}", "outputs: {n: *x}", {"outputs": {"n": UNREADABLE}}),
        ("fires: *x", "fires: above", {"fires": "above"}),
    ],
)  # fmt: skip
def test_mistakes_of_shape(
    overlay: str, base: str, merged: Mapping[str, object], files: Files
) -> None:
    whole = files(f"nnc: 1\nextends: base.nn.yaml\n{overlay}\n", base=f"nnc: 1\n{base}\n")
    assert {one.rule for one in whole.diagnostics} <= {"anchor"}
    assert whole.value == {"nnc": "1", **merged}


# ------------------------------------------------------------------------------- mutations

FILES: tuple[dict[str, Any], ...] = tuple(
    read_document(text.encode(), "f").value  # type: ignore[misc]
    for text in (
        BASE,
        ELSEWHERE,
        (ROOT / "configs/mail/spam_score.nn.yaml").read_text("utf-8"),
        """\
nnc: 1
fires: below
states: [-1, 1]
inputs: [a, c, d]
neurons:
  score: {weights: {a: 2, c: {1: 5}}, threshold: 1}
  placed: {thresholds: {x: 1}, fires: any}
  new: {wiring: [a, d], threshold: 0}
layers: {map: {size: 3, weights: {file: w.npy}}, a: {weights: {sparse: {indptr: {file: x}}}}}
parts: {adder: {first: {a: 0}, last: {b: 1}}, one: {repeat: 3}}
outputs: {points: {level: score}, verdict: [a, b], new: new}
cases: []
""",
    )
)
ODD: tuple[Any, ...] = ("x", "1", "", UNREADABLE, [], {}, ["a", "b"], {"a": "1"}, [["a"]],
                        {"sparse": {"file": "x"}}, "bit(4)", "all", {"type": "bit(3)"})  # fmt: skip


def nodes(value: Any) -> Iterator[tuple[Any, Any]]:
    """Give every collection with each of its keys or indices."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield value, key
        if isinstance(item, (dict, list)):
            yield from nodes(item)


def changed(rng: Random) -> dict[str, Any]:
    value = copy.deepcopy(rng.choice(FILES))
    for _ in range(rng.choice((0, 1, 1, 2, 5))):
        places = list(nodes(value))
        if places:
            parent, key = rng.choice(places)
            if rng.random() < 0.4:
                del parent[key]
            else:
                parent[key] = copy.deepcopy(
                    rng.choice(ODD) if rng.random() < 0.6 else rng.choice(FILES)
                )
    return value


def as_yaml(value: Any) -> str:
    """Write a value in flow style; a refused one as an alias."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_yaml(k)}: {as_yaml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_yaml, value)) + "]"
    if isinstance(value, Unreadable):
        return "*x"
    text = str(value)
    return text if re.fullmatch(r"[\w./-]+", text) else "'" + text.replace("'", "''") + "'"


def leaves(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    elif isinstance(value, str):
        yield path, value


def at(value: Any, path: KeyPath) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def test_no_shape_is_too_odd(chunk: int, files: Files) -> None:
    rng = Random(f"extending {chunk}")
    merged = 0
    for _ in range(IN_A_CHUNK):
        chain = [changed(rng) for _ in range(3)]
        chain[0]["nnc"] = "1"  # else it is given back as it is
        chain[0]["extends"] = rng.choice(("middle.nn.yaml", "middle.nn.yaml", UNREADABLE))
        chain[1]["extends"] = rng.choice(("sub/base.nn.yaml", "base.nn.yaml"))
        texts = [as_yaml(one) for one in chain]
        try:
            whole = files(texts[0], middle=texts[1], sub__base=texts[2])
            check_places(whole, rng)
        except AssertionError as error:
            raise AssertionError(texts) from error
        merged += whole.value is not None
    assert merged > IN_A_CHUNK // 3


def check_places(whole: Extended, rng: Random) -> None:
    """Check that every leaf of the merged value is what its file writes, the topmost that does."""
    found = []
    for path, leaf in leaves(whole.value):
        document = whole.origin(path)
        found.append(Diagnostic("wrong-type", str(path), path, key=rng.random() < 0.5))
        found.append(Diagnostic("wrong-type", str(path), (*path[:-1], "nothing"), key=True))
        written = at(document.value, path)
        if path[0] in ("inputs", "outputs") or path[-1] in ("use", "file"):
            continue  # short forms are written out, names of files are counted from elsewhere
        if written is None and {"fires", "states"} & set(path):
            written = at(document.value, path[2:]) or at({"fires": "above", "states": ["0", "1"]},
                                                         path[2:])  # fmt: skip
        assert written == leaf, path
        above = whole.documents[: whole.documents.index(document)]
        if path[0] not in ("fires", "states"):
            assert not any(isinstance(at(one.value, path), str) for one in above), path
    placed = whole.located(found)
    assert len(placed) == len(found)
    for one in (*placed, *whole.diagnostics):
        assert one.file is not None
        assert one.span is not None
        assert one.excerpt is not None


@pytest.mark.parametrize(("key", "mistaken"), [("states", "[0, 0]"), ("fires", "abov")])
def test_a_mistake_in_a_base_is_reported_where_the_overlay_has_the_key_too(
    tmp_path: Path, key: str, mistaken: str
) -> None:
    below = "inputs: [a]\nneurons: {n: {weights: {a: 1}, threshold: 0}}\noutputs: [n]\n"
    (tmp_path / "base.nn.yaml").write_text("nnc: 1\nfires: above\n" + below)
    (tmp_path / "middle.nn.yaml").write_text(f"nnc: 1\nextends: base.nn.yaml\n{key}: {mistaken}\n")
    top = tmp_path / "top.nn.yaml"
    top.write_text("nnc: 1\nextends: middle.nn.yaml\nfires: above\nstates: [2, 5]\n")
    with pytest.raises(nnc.InvalidNetworkError) as raised:
        nnc.load(top)
    [diagnostic] = raised.value.diagnostics
    assert diagnostic.file == str(tmp_path / "middle.nn.yaml")
    assert diagnostic.span is not None
    assert diagnostic.span.line == 3
