"""Why no repair exists: which numbers affect the rows, and why they do not change."""

from pathlib import Path

import numpy as np
import pytest

import nnc
from tests.support.running import Nnc, rules

HEAD = """\
nnc: 1
fires: at_least
inputs: [a, b]
layers:
  h: {wiring: [a, b], weights: WEIGHTS, thresholds: LIMITS}
neurons:
  n: {weights: {h(0): 1, h(1): 1}, threshold: 2}
  m: {weights: {a: 1, b: 1}, threshold: 2}
outputs: {o: h(0), p: h(1), q: n, r: m, s: {sum: h(0)}}
"""
USER = """\
nnc: 1
inputs: [x, y]
parts: {u: {use: net.nn.yaml, wiring: {a: x, b: y}}}
outputs: {o: u.o}
cases: [{given: {x: 1, y: 0}, expect: {o: 0}}]
"""
INLINE = {"WEIGHTS": "[[1, 1], [1, -1]]", "LIMITS": "[1, 1]"}
FILES = {"WEIGHTS": "{file: w.npy}", "LIMITS": "{file: t.npy}"}
ONLY = "the only numbers that affect it are in weight files, which repair does not change"
OTHERS = "others that affect them are in weight files, which repair does not change"
TOGETHER = (
    "`case 1` and `case 2` cannot be satisfied together by the numbers that may change: " + OTHERS
)
HELP = "correct the rows, or write the weights and thresholds of the layer in the network file"
MORE = ", or let other numbers change too"


@pytest.fixture
def folder(nnc: Nnc) -> Nnc:
    np.save("w.npy", np.array([[1, 1], [1, -1]]))
    np.save("t.npy", np.array([1, 1]))
    return nnc


def write(name: str, words: dict[str, str], rows: str, *, is_sparse: bool = False) -> None:
    text = HEAD
    for word, value in words.items():
        text = text.replace(word, value)
    if is_sparse:
        for key, values in {"i": [0, 2, 4], "j": [0, 1, 0, 1], "v": [1, 1, 1, -1]}.items():
            np.save(f"{key}.npy", np.array(values))
        sparse = "indptr: {file: i.npy}, indices: {file: j.npy}, values: {file: v.npy}"
        text = text.replace("{file: w.npy}", f"{{sparse: {{{sparse}}}}}")
    Path(name).write_text(f"{text}cases:\n{rows}")


def cases(*rows: tuple[int, int, str]) -> str:
    return "".join(f"  - {{given: {{a: {a}, b: {b}}}, expect: {{{e}}}}}\n" for a, b, e in rows)


@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize(
    ("rows", "words", "message", "more"),
    [
        ([(1, 0, "o: 0")], "", f"`case 1` cannot be satisfied: {ONLY}", ""),
        ([(1, 0, "s: 7")], "", f"`case 1` cannot be satisfied: {ONLY}", ""),
        ([(1, 0, "o: 0, r: 1")], "", f"`case 1` cannot be satisfied: {ONLY}", ""),
        ([(1, 0, "o: 0")], "--change m", f"`case 1` cannot be satisfied: {ONLY}", ""),
        (
            [(1, 1, "q: 1"), (0, 1, "q: 0")],
            "",
            TOGETHER,
            "",
        ),
        (
            [(1, 1, "q: 1")],
            "--change m",
            f"`case 1` cannot be satisfied: {ONLY}, or are excluded",
            MORE,
        ),
    ],
)
def test_numbers_in_weight_files(
    folder: Nnc, rows: list[tuple[int, int, str]], words: str, message: str, more: str,
    is_sparse: bool,
) -> None:  # fmt: skip
    write("net.nn.yaml", FILES, cases(*rows), is_sparse=is_sparse)
    code, out, err = folder("repair", "net.nn.yaml", *words.split())
    assert (code, out) == (1, "")
    assert rules(err) == ["no-repair"]
    assert f"no-repair: {message}\n" in err
    assert f"{HELP}{more}" in err
    write("net.nn.yaml", INLINE, cases(*rows))
    assert folder("repair", "net.nn.yaml").code == 0  # the same numbers in the network file


def test_weights_in_a_file_and_thresholds_in_the_network(folder: Nnc) -> None:
    rows = cases((0, 0, "o: 1"), (1, 0, "o: 0"))
    write("net.nn.yaml", FILES | {"LIMITS": "1"}, rows)
    code, _, err = folder("repair", "net.nn.yaml")
    assert code == 1
    assert f"no-repair: {TOGETHER}\n" in err
    write("net.nn.yaml", FILES | {"LIMITS": "1"}, cases((1, 0, "o: 0")))
    code, out, err = folder("repair", "net.nn.yaml")
    assert (code, "4 numbers in weight files stay unchanged" in err) == (0, True)
    assert "h: {thresholds: 2}" in out


def test_a_part_and_an_overlay_of_it(folder: Nnc) -> None:
    write("net.nn.yaml", FILES, cases((1, 1, "o: 1")))
    Path("user.nn.yaml").write_text(USER)
    err = folder("repair", "user.nn.yaml").err
    assert f"no-repair: `case 1` cannot be satisfied: {ONLY}\n" in err
    Path("over.nn.yaml").write_text("nnc: 1\nextends: net.nn.yaml\nneurons: {m: {threshold: 1}}\n")
    Path("rows.csv").write_text("a,b,o\n1,0,0\n")
    err = folder("repair", "over.nn.yaml", "rows.csv").err
    assert f"no-repair: `row 1` cannot be satisfied: {ONLY}\n" in err
    Path("over.nn.yaml").write_text(
        "nnc: 1\nextends: net.nn.yaml\nlayers: {h: {thresholds: [1, 1]}}\n"
    )
    code, out, _ = folder("repair", "over.nn.yaml", "rows.csv")
    assert (code, "thresholds: [2, 1]" in out) == (0, True)


def test_arrays_of_python_are_no_files() -> None:
    network = nnc.Network(
        inputs=["a"],
        fires="at_least",
        layers={"h": nnc.Layer(wiring=["a"], weights=np.array([[1.0]]), thresholds=np.array([1]))},
        outputs={"o": "h"},
    )
    repair = nnc.repair(network, {"a": [1]}, labels={"o": [0]})
    assert repair.why == (
        "`row 1` cannot be satisfied: the only numbers that affect it are in arrays, which repair "
        "does not change"
    )


def test_what_no_number_affects(folder: Nnc) -> None:
    Path("net.nn.yaml").write_text(
        "nnc: 1\ninputs: [a, b]\nneurons:\n  n: {fires: all, wiring: [a, b]}\n"
        "  m: {weights: {a: 1}, threshold: 0}\noutputs: {i: a, n: n, m: m}\n"
    )
    for column in ("i", "n"):
        Path("rows.csv").write_text(f"a,b,{column}\n1,1,0\n")
        err = folder("repair", "net.nn.yaml", "rows.csv").err
        assert "no-repair: `row 1` cannot be satisfied: no number affects it\n" in err
        assert "= help: correct the rows   (nnc" in err


def test_many_rows_that_contradict_each_other(folder: Nnc) -> None:
    """The parity of four bits has no threshold neuron, whatever its numbers are."""
    Path("net.nn.yaml").write_text(
        "nnc: 1\ninputs: [a, b]\nneurons:\n  n: {weights: {a: 1, b: 1}, threshold: 0}\n"
        "outputs: {n: n}\n"
    )
    Path("rows.csv").write_text("a,b,n\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    err = folder("repair", "net.nn.yaml", "rows.csv").err
    assert "cannot be satisfied together, whatever the numbers are\n" in err
    err = folder("repair", "net.nn.yaml", "rows.csv", "--keep", "n.threshold").err
    assert " by the numbers that may change: others that affect them are excluded\n" in err
