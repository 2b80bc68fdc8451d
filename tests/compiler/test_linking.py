"""Networks and what they use: each file read once, told once, and no circles of files."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnc
from nnc.compiler import linking
from nnc.compiler.linking import MAX_DEPTH, Linked, Linker
from nnc.diagnostics.diagnostic import Diagnostic
from nnc.language import library
from nnc.language.network import Layer, Network, Part, TensorFile
from tests.support.networks import errors, place, plan_of, put, signals, whole

GATE = "inputs: [x, y]\nneurons: {g: {weights: {x: 1, y: 1}, threshold: 1}}\noutputs: {o: g}\n"
PASS = "inputs: [x]\noutputs: {o: x}\n"


def loads(text: str) -> Network:
    return nnc.loads(whole(text))


def link(network: Network, folder: Path = Path()) -> tuple[Linked, list[Diagnostic]]:
    linker = Linker(library.Library(folder))
    return linker.link(network, folder), linker.diagnostics


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often each network file is parsed and each weight file opened."""
    found: Counter[str] = Counter()
    read, open_tensor = library.read_document, linking.open_tensor

    def counted_read(data: bytes, file: str) -> Any:
        found[Path(file).name] += 1
        return read(data, file)

    def counted_open(reference: TensorFile, *rest: Any) -> Any:
        found[reference.file] += 1
        return open_tensor(reference, *rest)

    monkeypatch.setattr(library, "read_document", counted_read)
    monkeypatch.setattr(linking, "open_tensor", counted_open)
    return found


# -------------------------------------------------------------------------------- one network


def test_a_network_that_uses_nothing() -> None:
    network = loads("inputs: [a]\noutputs: [a]\n")
    one, found = link(network)
    assert found == []
    assert (one.network, one.file, one.document, one.valid) == (network, None, None, None)
    assert (dict(one.parts), dict(one.arrays), one.broken) == ({}, {}, frozenset())
    assert list(one.all()) == [one]


def test_every_network_once_and_what_is_used_first(tmp_path: Path) -> None:
    files = {
        "gate": GATE,
        "pair": "inputs: [u]\nparts: {a: {use: gate.nn.yaml, wiring: {x: u, y: u}}, "
                "b: {use: gate.nn.yaml, wiring: {x: u, y: u}}}\noutputs: {o: a.o}\n",
    }  # fmt: skip
    text = """\
inputs: [i]
parts:
  p: {use: pair.nn.yaml, wiring: {u: i}}
  g: {use: gate.nn.yaml, wiring: {x: i, y: p.o}}
  q: {use: ./pair.nn.yaml, wiring: {u: i}}
outputs: {o: g.o, v: q.o}
"""
    network = nnc.load(put(tmp_path, text, files), root=tmp_path)
    one, found = link(network, tmp_path)
    assert found == []
    assert one.parts["p"] is one.parts["q"]
    assert one.parts["g"] is one.parts["p"].parts["a"] is one.parts["p"].parts["b"]
    assert [Path(each.file).stem if each.file else "" for each in one.all()] == [
        "gate.nn", "pair.nn", ""]  # fmt: skip


def test_each_file_is_read_once(tmp_path: Path, opened: Counter[str]) -> None:
    files = {
        "gate": GATE,
        "row": "inputs: {a: bit(3)}\nparts: {g: {use: gate.nn.yaml, repeat: 3, wiring: {x: a(i), "
               "y: 1}}}\n"
               "outputs: {o: g.o}\n",
        "net": "inputs: {a: bit(2)}\nlayers: {h: {wiring: a, weights: {file: w.npy}, thresholds: "
               "0}}\n"
               "outputs: {o: h}\n",
        "w": np.ones((2, 2)),
    }  # fmt: skip
    text = """\
inputs: {a: bit(9)}
parts:
  row: {use: row.nn.yaml, repeat: 3, wiring: {a: a(3*i:3*i+3)}}
  more: {use: sub/../row.nn.yaml, repeat: 2, wiring: {a: a(0:3)}}
  gate: {use: gate.nn.yaml, repeat: 1000, wiring: {x: a(0), y: gate(i-1).o}, first: {y: 1}}
  net: {use: net.nn.yaml, repeat: 5, wiring: {a: a(i:i+2)}}
  again: {use: net.nn.yaml, wiring: {a: [1, 0]}}
outputs: {o: row.o}
"""
    (tmp_path / "sub").mkdir()
    assert errors(tmp_path, text, files) == []
    assert opened == {"gate.nn.yaml": 1, "row.nn.yaml": 1, "net.nn.yaml": 1, "w.npy": 1}


def test_a_link_to_a_file_is_that_file(tmp_path: Path, opened: Counter[str]) -> None:
    path = put(tmp_path, "inputs: [a]\nparts: {p: {use: gate.nn.yaml, wiring: {x: a, y: a}}, "
               "q: {use: link.nn.yaml, wiring: {x: a, y: a}}}\noutputs: {o: p.o, v: q.o}\n",
               {"gate": GATE})  # fmt: skip
    (tmp_path / "link.nn.yaml").symlink_to("gate.nn.yaml")
    assert nnc.check_file(str(path), root=tmp_path).errors == []
    assert sum(opened.values()) == 1


# ---------------------------------------------------------------------------------- mistakes


def test_mistakes_of_a_used_file_are_told_once_and_there(tmp_path: Path) -> None:
    for bad, rule, where in (
        ("inputs: [x]\nneurons: {n: {wiring: z, threshold: 0}}\noutputs: {o: n}\n",
         "unknown-source", "bad:4:23"),
        ("inputs: [x]\nneurons: {n: {wiring: x, threshold: yes}}\noutputs: {o: n}\n",
         "boolean-as-number", "bad:4:37"),
        ("inputs: [x]\nneurons: {n: {wiring: x}}\noutputs: {o: n}\n", "missing-key", "bad:4:11"),
        ("inputs: [x\n", "syntax-error", "bad:3:"),
        (("inputs: [x]\nlayers: {n: {wiring: x, weights: {file: w.npy}, thresholds: 0}}\n"
          "outputs: {o: n}\n"), "cannot-open", "bad:4:41"),
        ("nnc: 2\ninputs: [x]\n", "unsupported-version", "bad:1:6"),
        ("", "missing-key", "bad:"),
        ("- a\n- b\n", None, "bad:"),
    ):  # fmt: skip
        text = """\
inputs: [a]
neurons: {k: {wiring: [p.o, q.whatever, r.o(5)], threshold: 0}}
parts:
  p: {use: bad.nn.yaml, wiring: {x: a}}
  q: {use: bad.nn.yaml, repeat: 3, wiring: {y: a(i)}}
  r: {use: outer.nn.yaml, wiring: {x: a}}
outputs: {o: p.o, k: k, s: q(7).points}
"""
        files = {
            "outer": "inputs: [x]\nparts: {p: {use: bad.nn.yaml, wiring: {x: x}}}\noutputs: {o: "
            "p.o}\n",
        }
        path = put(tmp_path, text, files)
        (tmp_path / "bad.nn.yaml").write_text(whole(bad) if bad[:1] != "-" else bad)
        found = nnc.check_file(str(path), root=tmp_path).errors
        assert found, bad
        if rule is not None and bad:
            assert [one.rule for one in found] == [rule], bad
        assert all(place(one).startswith(where) for one in found), (bad, found)


def test_every_mistake_of_a_used_file_is_told_in_one_run(tmp_path: Path) -> None:
    """Those in its keys and those in its wiring, also of files that it uses in turn."""
    bad = """\
inputs: [x]
neurons: {n: {wiring: z, treshold: 0}, m: {wiring: x, threshold: 0x1}}
parts: {i: {use: inner.nn.yaml, wiring: {x: n, z: x}}}
outputs: {o: i.oo, m: m, k: k}
"""
    files = {
        "bad": bad,
        "inner": "inputs: [x]\nneurons: {n: {wiring: [x, y], threshold: 1_0}}\noutputs: {o: n}\n",
        "outer": "inputs: [x]\nparts: {p: {use: bad.nn.yaml, wiring: {x: x}}}\noutputs: {o: p.o}\n",
    }
    text = """\
inputs: [a]
parts: {p: {use: bad.nn.yaml, wiring: {x: a}}, q: {use: outer.nn.yaml, wiring: {x: b}}}
outputs: {o: p.whatever, q: q.o, c: c}
"""
    found = [(place(one), one.rule) for one in errors(tmp_path, text, files)]
    assert found == [
        ("bad:4:23", "unknown-source"),
        ("bad:4:26", "unknown-key"),
        ("bad:4:66", "number-in-other-base"),
        ("bad:6:29", "unknown-source"),
        ("inner:4:27", "unknown-source"),
        ("inner:4:42", "underscore-in-number"),
        ("main:4:84", "unknown-source"),
        ("main:5:37", "unknown-source"),
    ]


def test_mistakes_in_the_wiring_of_a_part_whose_file_is_bad(tmp_path: Path) -> None:
    """What does not depend on the used file is told all the same."""
    text = "inputs: [a]\nparts: {p: {use: gone.nn.yaml, wiring: {x: b, y: a}}}\noutputs: {o: p.o}\n"
    found = errors(tmp_path, text)
    assert [one.rule for one in found] == ["cannot-open", "unknown-source"]


@pytest.mark.parametrize(
    ("use", "rule"),
    [
        ("gone.nn.yaml", "cannot-open"), ("../outside.nn.yaml", "outside-project"),
        ("/etc/passwd", "outside-project"), ("sub", "cannot-open"), ("a\\b", "cannot-open"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used(use: str, rule: str, tmp_path: Path) -> None:
    (tmp_path / "root" / "sub").mkdir(parents=True)
    (tmp_path / "outside.nn.yaml").write_text(whole(PASS))
    text = f"inputs: [a]\nparts: {{p: {{use: {use}, wiring: {{x: a}}}}}}\noutputs: {{o: p.o}}\n"
    (one,) = errors(tmp_path / "root", text)
    assert (one.rule, one.path, place(one)) == (rule, ("parts", "p", "use"), "main:4:18")


# ----------------------------------------------------------------------------------- circles


def circle(*uses: str) -> dict[str, str]:
    """Give files f0, f1, … that use each other as said."""
    return {
        f"f{k}": f"inputs: [x]\nparts: {{p: {{use: {use}.nn.yaml, wiring: {{x: x}}}}}}\noutputs: "
        f"{{o: p.o}}\n"
        for k, use in enumerate(uses)
    }


@pytest.mark.parametrize(
    ("uses", "message", "hops"),
    [
        (["main"], "files use each other: {0}main.nn.yaml -> {0}f0.nn.yaml -> {0}main.nn.yaml",
         ["f0:4:18", "main:4:18"]),
        (["f0"], "the file uses itself: {0}f0.nn.yaml -> {0}f0.nn.yaml", ["f0:4:18"]),
        (["f1", "f2", "f1"],
         "files use each other: {0}f1.nn.yaml -> {0}f2.nn.yaml -> {0}f1.nn.yaml",
         ["f2:4:18", "f1:4:18"]),
        (["f1", "f2", "f0"],
         "files use each other: {0}f0.nn.yaml -> {0}f1.nn.yaml -> {0}f2.nn.yaml -> {0}f0.nn.yaml",
         ["f2:4:18", "f0:4:18", "f1:4:18"]),
    ],
)  # fmt: skip
def test_files_that_use_each_other(
    uses: list[str], message: str, hops: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path, "inputs: [a]\nparts: {p: {use: f0.nn.yaml, wiring: {x: a}}}\noutputs: {o: p.o}\n",
        circle(*uses))  # fmt: skip
    (one,) = nnc.check_file("main.nn.yaml", root=tmp_path).errors
    assert one.rule == "use-cycle"
    assert one.message == message.format("")
    assert [place(one), *map(place, one.labels)] == hops


def test_a_circle_through_the_base_of_an_overlay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    used = "inputs: [x]\nparts: {p: {use: main.nn.yaml, wiring: {x: x}}}\noutputs: {o: p.o}\n"
    put(tmp_path, "extends: f0.nn.yaml\n", {**circle("f1"), "f1": used})
    (one,) = nnc.check_file("main.nn.yaml", root=tmp_path).errors
    assert [place(one), *map(place, one.labels)] == ["f1:4:18", "f0:4:18"]


def test_a_file_that_uses_itself_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "f1.nn.yaml").symlink_to("f0.nn.yaml")
    put(tmp_path, "inputs: [a]\nparts: {p: {use: f0.nn.yaml, wiring: {x: a}}}\noutputs: {o: p.o}\n",
        circle("f1"))  # fmt: skip
    (one,) = nnc.check_file(str(tmp_path / "main.nn.yaml"), root=tmp_path).errors
    assert one.rule == "use-cycle"


def test_how_deep_networks_may_use_each_other(tmp_path: Path) -> None:
    def files(depth: int) -> dict[str, str]:
        return {**circle(*(f"f{k + 1}" for k in range(depth - 1))), f"f{depth - 1}": PASS}

    text = "inputs: [a]\nparts: {p: {use: f0.nn.yaml, wiring: {x: a}}}\noutputs: {o: p.o}\n"
    assert errors(tmp_path, text, files(MAX_DEPTH)) == []
    assert signals(plan_of(tmp_path, text, files(MAX_DEPTH)), "o") == ["a"]
    (one,) = errors(tmp_path, text, files(MAX_DEPTH + 1))
    assert one.rule == "network-too-large"
    assert "64 deep" in one.message


# ---------------------------------------------------------------------------------- in Python


def test_a_network_used_as_such() -> None:
    gate = loads(GATE)
    pair = Network(
        inputs={"a": "bit(2)"},
        parts={
            "left": Part(use=gate, wiring={"x": "a(0)", "y": "1"}),
            "right": Part(use=gate, wiring={"x": "a(1)", "y": "left.o"}),
        },
        outputs={"o": "right.o", "both": ["left.o", "right.o"]},
    )
    network = Network(
        inputs={"a": "bit(4)"},
        parts={
            "q": Part(use=pair, repeat=2, wiring={"a": "a(2*i:2*i+2)"}),
            "g": {"use": gate, "wiring": {"x": "q(0).o", "y": "q(1).o"}},
        },
        outputs={"o": "g.o", "all": "q.both"},
    )
    one, found = link(network)
    assert found == []
    assert len(list(one.all())) == 3
    assert one.parts["g"] is one.parts["q"].parts["left"]
    plan = nnc.compile(network)
    assert signals(plan, "all") == [
        "q(0).left.g", "q(0).right.g", "q(1).left.g", "q(1).right.g"]  # fmt: skip
    assert nnc.evaluate(plan, {"a": [15, 7, 0]})["o"].tolist() == [1, 0, 0]
    assert nnc.compile(network) == plan


def test_a_network_that_holds_itself() -> None:
    network = Network(
        inputs=["x"], parts={"p": Part(use=loads(PASS), wiring={"x": "x"})}, outputs={"o": "p.o"}
    )
    network.parts["p"] = Part(use=network, wiring={"x": "x"})
    with pytest.raises(nnc.InvalidNetworkError) as error:
        nnc.compile(network)
    (one,) = error.value.diagnostics
    assert (one.rule, one.path) == ("use-cycle", ("parts", "p", "use"))
    assert "itself" in one.message


def test_mistakes_of_a_network_in_python() -> None:
    bad = Network(
        inputs=["x"], neurons={"n": {"weights": {"z": 1}, "threshold": 0}}, outputs={"o": "n"}
    )
    network = Network(
        inputs=["a"],
        parts={
            "p": Part(use=bad, wiring={"x": "a"}),
            "q": Part(use=bad, repeat=4, wiring={"x": "a"}),
        },
        outputs={"o": "p.o", "v": "q.o"},
    )
    with pytest.raises(nnc.InvalidNetworkError) as error:
        nnc.compile(network)
    (one,) = error.value.diagnostics
    assert one.rule == "unknown-source"
    assert one.span is None


def test_a_file_used_from_python(tmp_path: Path) -> None:
    put(tmp_path, PASS, {"gate": GATE, "w": np.array([[2.5, -1.0]])})
    network = Network(
        inputs=["a", "b"],
        parts={"p": Part(use="gate.nn.yaml", wiring={"x": "a", "y": "b"})},
        layers={"h": Layer(wiring=["a", "b"], weights={"file": "w.npy"}, thresholds=0)},
        outputs={"o": "p.o", "h": "h", "s": {"sum": "h(0)"}},
        folder=tmp_path,
    )
    found = nnc.evaluate(network, {"a": [1, 1], "b": [0, 1]})
    assert (found["o"].tolist(), found["h"].tolist()) == ([0, 1], [[1], [1]])
    assert list(map(float, found["s"])) == [2.5, 1.5]
    gone = network.model_copy(update={"folder": tmp_path / "nowhere"})
    with pytest.raises(nnc.InvalidNetworkError) as error:
        nnc.compile(gone)
    assert {one.rule for one in error.value.diagnostics} == {"cannot-open"}
    assert {one.path for one in error.value.diagnostics} == {
        ("parts", "p", "use"), ("layers", "h", "weights", "file")}  # fmt: skip


def test_a_loaded_network_used_from_python_keeps_its_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    files = {"gate": GATE, "w": np.array([[1, 1]])}
    inner = nnc.load(put(tmp_path / "sub", """\
inputs: [u]
parts: {g: {use: gate.nn.yaml, wiring: {x: u, y: h(0)}}}
layers: {h: {wiring: [u, 1], weights: {file: w.npy}, thresholds: 0}}
outputs: {o: g.o}
""", files), root=tmp_path)  # fmt: skip
    network = Network(
        inputs=["a"], parts={"p": Part(use=inner, wiring={"u": "a"})}, outputs={"o": "p.o"}
    )
    assert nnc.evaluate(network, {"a": [0, 1]})["o"].tolist() == [0, 1]


# ------------------------------------------------------------------------------- weight files


def test_arrays_by_the_path_of_their_reference(tmp_path: Path, opened: Counter[str]) -> None:
    put(tmp_path, PASS, {
        "w": np.arange(6).reshape(2, 3), "t": np.array([1.5, 2.5]),
        "p": np.array([0, 1, 1]), "i": np.array([2]), "v": np.array([7]),
    })  # fmt: skip
    network = loads("""\
inputs: {a: bit(3)}
outputs: [a]
""").model_copy(update={"layers": {
        "dense": Layer(wiring="a", weights={"file": "w.npy"}, thresholds={"file": "t.npy"}),
        "sparse": Layer(wiring="a", thresholds=0, weights={"sparse": {
            key: {"file": f"{key[0]}.npy"} for key in ("indptr", "indices", "values")}}),
        "list": Layer(wiring="a", weights=[[1, 2, 3]], thresholds=[0]),
    }})  # fmt: skip
    (tmp_path / "i.npy").rename(tmp_path / "kept.npy")
    np.save(tmp_path / "i.npy", np.array([0, 1, 1]))
    one, found = link(network, tmp_path)
    assert found == []
    assert set(one.arrays) == {
        ("layers", "dense", "weights"), ("layers", "dense", "thresholds"),
        *(("layers", "sparse", "weights", "sparse", key) for key in ("indptr", "indices",
                                                                     "values")),
    }  # fmt: skip
    assert one.arrays[("layers", "dense", "weights")].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert opened == {"w.npy": 1, "t.npy": 1, "i.npy": 2, "v.npy": 1}


def test_every_weight_file_that_is_wrong_is_told(tmp_path: Path) -> None:
    np.save(tmp_path / "nan.npy", np.array([[np.nan]]))
    found = errors(tmp_path, """\
inputs: [a]
layers:
  g: {wiring: a, weights: {file: gone.npy}, thresholds: {file: gone2.npy}}
  h: {wiring: a, weights: {file: nan.npy}, thresholds: 0}
  k: {wiring: [g, h], thresholds: 0, size: 1}
outputs: {o: g(5)}
""")  # fmt: skip
    assert [(one.rule, place(one)) for one in found] == [
        ("cannot-open", "main:5:34"), ("cannot-open", "main:5:64"),
        ("tensor-not-finite", "main:6:34")]  # fmt: skip
