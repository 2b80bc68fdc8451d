"""What each source stands for, in every form, and what is told where it stands for nothing."""

from pathlib import Path

import pytest

import nnc
from nnc.diagnostics.diagnostic import Diagnostic
from tests.support.networks import errors, place, plan_of, signals

CELL = """\
inputs: [x]
neurons:
  n: {weights: {x: 1}, threshold: 0}
  m: {weights: {x: -1}, threshold: -1}
  hidden: {weights: {x: 2}, threshold: 0}
outputs: {s: n, again: n, pair: [n, m], through: x, k: 1, points: {sum: n}, level: {level: m},
          top: {largest: [n, m]}}
"""
DECLARED = """\
inputs:
  a: bit(8)
  b: bit
  one: bit(1)
  v: integer(3)
  c: {type: choice, of: [x, y, z]}
neurons:
  n: {wiring: a, threshold: 0}
  two: {wiring: a, thresholds: {x: 0, y: 1}}
layers:
  h: {wiring: a, thresholds: 0, size: 4}
parts:
  p: {use: cell.nn.yaml, wiring: {x: b}}
  q: {use: cell.nn.yaml, repeat: 3, wiring: {x: a(i)}}
"""


def all_of(name: str, count: int) -> list[str]:
    return [f"{name}({i})" for i in range(count)]


MEANT: list[tuple[str, list[str]]] = [
    ("a", all_of("a", 8)),
    ("a(3)", ["a(3)"]),
    ("a(0:4)", all_of("a", 4)),
    ("a(0:8:3)", ["a(0)", "a(3)", "a(6)"]),
    ("a(5:8:9)", ["a(5)"]),
    ("a(7:8)", ["a(7)"]),
    ("b", ["b"]),
    ("b(0)", ["b"]),
    ("b(0:1)", ["b"]),
    ("one", ["one(0)"]),
    ("one(0)", ["one(0)"]),
    ("v", all_of("v", 3)),
    ("v(2)", ["v(2)"]),
    ("c", ["c.x", "c.y", "c.z"]),
    ("c.y", ["c.y"]),
    ("c(1)", ["c.y"]),
    ("c(0:3:2)", ["c.x", "c.z"]),
    ("n", ["n"]),
    ("n(0)", ["n"]),
    ("two", ["two.x", "two.y"]),
    ("two.y", ["two.y"]),
    ("two.y(0)", ["two.y"]),
    ("two(1)", ["two.y"]),
    ("h", all_of("h", 4)),
    ("h(3)", ["h(3)"]),
    ("h(1:4:2)", ["h(1)", "h(3)"]),
    ("p.s", ["p.n"]),
    ("p.s(0)", ["p.n"]),
    ("p.again", ["p.n"]),
    ("p.pair", ["p.n", "p.m"]),
    ("p.pair(1)", ["p.m"]),
    ("p.through", ["b"]),
    ("p.k", ["1"]),
    ("q.s", ["q(0).n", "q(1).n", "q(2).n"]),
    ("q.s(2)", ["q(2).n"]),
    ("q.s(0:3:2)", ["q(0).n", "q(2).n"]),
    ("q(1).s", ["q(1).n"]),
    ("q(1).s(0)", ["q(1).n"]),
    ("q(1:3).s", ["q(1).n", "q(2).n"]),
    ("q(0:3:2).pair", ["q(0).n", "q(0).m", "q(2).n", "q(2).m"]),
    ("q(0:3:2).pair(1:4)", ["q(0).m", "q(2).n", "q(2).m"]),
    ("q.pair(3)", ["q(1).m"]),
    ("q.pair(0:6:2)", ["q(0).n", "q(1).n", "q(2).n"]),
    ("q(2).pair(0)", ["q(2).n"]),
    ("q.through", ["a(0)", "a(1)", "a(2)"]),
    ("q(1:3).k", ["1", "1"]),
    ("1", ["1"]),
    ("0", ["0"]),
]
IS_BUS = {
    **dict.fromkeys(("a", "a(7:8)", "b(0:1)", "one", "v", "c", "two", "h", "q.s", "p.pair"), True),
    **dict.fromkeys(("a(3)", "b", "b(0)", "one(0)", "v(2)", "c.y", "c(1)", "two.y", "two(1)"),
                    False),
    **dict.fromkeys(("h(3)", "p.s", "p.s(0)", "q(1).s", "q.s(2)", "1", "q(2).pair(0)"), False),
    "q(1:3).s": True,
    "q(2:3).s": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sources")


@pytest.fixture(scope="module")
def every(home: Path) -> nnc.Plan:
    sources = dict.fromkeys([*(text for text, _ in MEANT), *IS_BUS])
    lines = "".join(f"  o{k}: '{text}'\n" for k, text in enumerate(sources))
    return plan_of(home, f"{DECLARED}outputs:\n{lines}", {"cell": CELL})


def test_every_form_of_a_source(every: nnc.Plan) -> None:
    sources = list(dict.fromkeys([*(text for text, _ in MEANT), *IS_BUS]))
    for text, names in MEANT:
        assert signals(every, f"o{sources.index(text)}") == names, text
    for text, is_bus in IS_BUS.items():
        tap = every.outputs[sources.index(text)]
        assert tap.is_bus == is_bus, text
        assert (tap.kind == "bus") == is_bus, text


def wired(home: Path, wiring: str) -> list[Diagnostic]:
    """Tell the mistakes of a neuron with this wiring."""
    text = f"{DECLARED}outputs: [a]\n".replace(
        "neurons:\n", f"neurons:\n  new: {{wiring: {wiring}, threshold: 0}}\n"
    )
    return errors(home, text, {"cell": CELL})


@pytest.mark.parametrize(
    ("source", "rule", "message", "fix"),
    [
        ("a(8)", "index-out-of-range", "`a` has 8 elements, 0 to 7", "from 0"),
        ("a(0:9)", "index-out-of-range", "8 elements", "at most 8"),
        ("a(8:9)", "index-out-of-range", "8 elements", "at most 8"),
        ("a(4:4)", "index-out-of-range", "is empty", "beyond the start"),
        ("a(4:2)", "index-out-of-range", "is empty", "beyond the start"),
        ("one(1)", "index-out-of-range", "1 element, 0", ""),
        ("b(1)", "no-index", "is one value, not a bus", "`b`"),
        ("b(0:2)", "no-index", "is one value", "`b`"),
        ("n(1)", "no-index", "is one value", "`n`"),
        ("two.y(1)", "no-index", "`two.y` is one value", "`two.y`"),
        ("two(2)", "index-out-of-range", "2 elements", ""),
        ("two.z", "unknown-port", "neuron `two` has no threshold `z`", "`x`"),
        ("n.x", "unknown-port", "one threshold, without a name", "write `n`"),
        ("c.w", "unknown-port", "input `c` has no value `w`", "`x`"),
        ("c(3)", "index-out-of-range", "3 elements", ""),
        ("v.x", "unknown-port", "`v`", "`v`"),
        ("h.x", "unknown-port", "`h`", "`h`"),
        ("h(4)", "index-out-of-range", "`h` has 4 elements", ""),
        ("a(1).x", "no-index", "before a name", "write `a.x`"),
        ("two(0).x", "no-index", "before a name", "write `two.x`"),
        ("p", "unknown-port", "`p` is a part, not a source", "`p.s`"),
        ("q", "unknown-port", "`q` is a part, not a source", "`q.s`"),
        ("q(1)", "unknown-port", "is a part, not a source", "`q(1).s`"),
        ("p(0).s", "no-index", "is not repeated", "write `p.s`"),
        ("p(0)", "no-index", "is not repeated", "write `p.output`"),
        ("q(3).s", "index-out-of-range", "`q` has 3 elements", ""),
        ("q(1:4).s", "index-out-of-range", "`q` has 3 elements", "at most 3"),
        ("q.s(3)", "index-out-of-range", "`q.s` has 3 elements", ""),
        ("q(0).s(1)", "no-index", "`q(0).s` is one value", "write `q(0).s`"),
        ("q(0).pair(2)", "index-out-of-range", "`q(0).pair` has 2 elements", ""),
        ("p.pear", "unknown-port", "has no output `pear`", "did you mean `pair`?"),
        ("q(1).z", "unknown-port", "part `q`", "its outputs are `s`, `again`, `pair`"),
        ("p.points", "no-source", "`p.points` is a sum", "under `outputs`"),
        ("q(1).level", "no-source", "is a level", ""),
        ("q.top", "no-source", "is a place", ""),
        ("nothing", "unknown-source", "not an input, neuron, layer or part", "declare it"),
        ("nothing(3)", "unknown-source", "reads `nothing(3)`", ""),
        ("nothing.x", "unknown-source", "reads `nothing.x`", ""),
        ("tow", "unknown-source", "", "did you mean `two`?"),
        ("a(i)", "bad-source", "`i` is known only in the wiring of a repeated part", ""),
        ("a[3]", "square-bracket-index", "", "a(3)"),
        ("a(-1)", "bad-source", "", "never negative"),
    ],
)  # fmt: skip
def test_what_stands_for_nothing(
    source: str, rule: str, message: str, fix: str, home: Path
) -> None:
    (one,) = wired(home, f"'{source}'")
    assert one.rule == rule
    assert message in one.message
    assert fix in (one.help or "")
    assert place(one).startswith("main:10:")


@pytest.mark.parametrize(
    ("wiring", "twice"),
    [
        ("[a, a(3)]", "a(3)"), ("[a(0:4), a(4:8)]", None), ("[a(0), a(0:1)]", "a(0:1)"),
        ("[a(0:8:2), a(1:8:2)]", None), ("[a(0:8:2), a(0:8:3)]", "a(0:8:3)"),
        ("[1, 1, 0, 0, b]", None), ("[b, b(0)]", "b(0)"), ("[c, c.y]", "c.y"),
        ("[c.x, c(1:3)]", None), ("[two, two.x]", "two.x"), ("[two.x, two(1)]", None),
        ("[h, h(0)]", "h(0)"), ("[h(0), h(1:4)]", None), ("[p.s, p.s]", "p.s"),
        ("[p.s, p.again]", None), ("[p.s, p.pair]", None), ("[p.pair, p.pair(0)]", "p.pair(0)"),
        ("[q.s, q(1).s]", "q(1).s"), ("[q.s(1), q(1).s]", "q(1).s"), ("[q(0:2).s, q(2).s]", None),
        ("[q.pair(3), q(1).pair(1)]", "q(1).pair(1)"), ("[q(0).pair, q(1:3).pair]", None),
        ("[q.s, q.again]", None), ("[b, p.through]", None),
    ],
)  # fmt: skip
def test_the_same_element_twice(wiring: str, twice: str | None, home: Path) -> None:
    """Constants may repeat; two outputs of a part are two, also where one signal is behind both."""
    found = wired(home, wiring)
    layer = errors(
        home,
        DECLARED.replace("layers:\n",
                         f"layers:\n  g: {{wiring: {wiring}, thresholds: 0, size: 2}}\n")
        + "outputs: [a]\n",
        {"cell": CELL},
    )  # fmt: skip
    assert [one.rule for one in layer] == [one.rule for one in found]
    if twice is None:
        assert found == []
        return
    (one,) = found
    assert one.rule == "duplicate-source"
    assert one.message == f"neuron `new` reads `{twice}` twice"
    assert [label.message for label in one.labels] == ["first here"]
    assert layer[0].message == f"layer `g` reads `{twice}` twice"


def test_the_same_element_twice_by_name(home: Path) -> None:
    text = (
        "inputs: {a: bit(4)}\nneurons: {n: {weights: {a: 1, a(2): 5}, threshold: 0}}\n"
        "outputs: [n]\n"
    )
    (one,) = errors(home, text)
    assert (one.rule, place(one)) == ("duplicate-source", "main:4:31")
    assert [place(label) for label in one.labels] == ["main:4:25"]


@pytest.mark.parametrize(
    ("weights", "given"),
    [
        ("{a: 2}", [2] * 8), ("{a(0:4): [1, 2, 4, 8]}", [1, 2, 4, 8]), ("{a(3): 5, b: 1}", [5, 1]),
        ("{a(3): [5]}", [5]), ("{b: [5]}", [5]), ("{c: [1, 2, 3]}", [1, 2, 3]), ("{c.y: 4}", [4]),
        ("{v: [1, 2, 3], v2: 1}", None), ("{two: [3, 4]}", [3, 4]), ("{h(0:4:3): [7, 8]}", [7, 8]),
        ("{q.s: [1, 2, 3]}", [1, 2, 3]), ("{q(1).pair: [1, 2], p.s: 3}", [1, 2, 3]),
        ("{v(1): {5: 1, 7: 3}}", [1, 2]), ("{1: 3, 0: 4}", [3, 4]),
    ],
)  # fmt: skip
def test_weights_by_name(weights: str, given: list[int] | None, home: Path) -> None:
    text = DECLARED.replace(
        "neurons:\n", f"neurons:\n  new: {{weights: {weights}, threshold: 0}}\n"
    )
    if given is None:
        (one,) = errors(home, f"{text}outputs: [new]\n", {"cell": CELL})
        assert one.rule == "unknown-source"
        return
    plan = plan_of(home, f"{text}outputs: [new]\n", {"cell": CELL})
    (step,) = [one for one in plan.steps if one.name == "new"]
    assert list(step.weights) == given


@pytest.mark.parametrize(
    ("neuron", "rule", "message"),
    [
        ("{weights: {a: [1, 2]}, threshold: 0}", "weight-count", "8 elements, but 2 weights"),
        ("{weights: {a(0:2): [1, 2, 3]}, threshold: 0}", "weight-count", "2 elements, but 3"),
        ("{weights: {q.pair: [1]}, threshold: 0}", "weight-count", "6 elements, but 1 weight"),
        ("{weights: {v: {1: 1}}, threshold: 0}", "steps-need-number", "`v` is a bus"),
        ("{weights: {v(0:2): {1: 1}}, threshold: 0}", "steps-need-number", "is a bus"),
        ("{weights: {h(1): {1: 1}}, threshold: 0}", "steps-need-number", "is a bit"),
        ("{weights: {p.s: {1: 1}}, threshold: 0}", "steps-need-number", "is a bit"),
        ("{wiring: [a(0:3), b], weights: [1, 2, 3], threshold: 0}", "weight-count", "4 wires"),
        ("{wiring: [a, v(0)], fires: all}", "gate-needs-bits", "`v(0)` is not a bit"),
        ("{wiring: v, fires: any}", "gate-needs-bits", "`v` is not a bit"),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit(neuron: str, rule: str, message: str, home: Path) -> None:
    text = DECLARED.replace("neurons:\n", f"neurons:\n  new: {neuron}\n")
    (one,) = errors(home, f"{text}outputs: [new]\n", {"cell": CELL})
    assert one.rule == rule
    assert message in one.message


def test_one_name_space(home: Path) -> None:
    text = """\
inputs: [a, b, c, d]
neurons: {b: {weights: {}, threshold: 0}, e: {weights: {}, thresholds: {a: 0, e: 1}}}
layers: {c: {wiring: a, thresholds: 0, size: 1}, e: {wiring: a, thresholds: 0, size: 1}}
parts: {d: {use: cell.nn.yaml, wiring: {x: a}}}
outputs: {x: e.a, e: e, y: a}
"""
    found = errors(home, text, {"cell": CELL})
    assert [one.rule for one in found] == ["duplicate-name"] * 4
    assert [one.message for one in found] == [
        "`b` is declared as an input and as a neuron",
        "`c` is declared as an input and as a layer",
        "`e` is declared as a neuron and as a layer",
        "`d` is declared as an input and as a part",
    ]
    assert [place(one.labels[0]) for one in found] == [
        "main:3:13", "main:3:16", "main:4:43", "main:3:19"]  # fmt: skip


def test_states_ask_for_fires(home: Path) -> None:
    """Where states are not 0 and 1 the rule has to be written, once for the file or at each."""
    for states, neuron, wrong in (
        ("states: [-1, 1]\n", "", True), ("states: [0, 1]\n", "", False), ("", "", False),
        ("states: [-1, 1]\nfires: below\n", "", False), ("states: [-1, 1]\n", ", fires: below",
                                                         False),
        ("", ", states: [2, 1]", True), ("", ", states: [2, 1], fires: above", False),
    ):  # fmt: skip
        text = (f"nnc: 1\n{states}inputs: [a]\nneurons: {{n: {{wiring: a, threshold: "
                f"0{neuron}}}}}\n"
                "outputs: [n]\n")  # fmt: skip
        assert [one.rule for one in errors(home, text)] == ["states-need-fires"] * wrong
    text = ("nnc: 1\ninputs: {a: {type: bit, states: [1, 0]}}\n"
            "layers: {h: {wiring: a, thresholds: 0, size: 1}}\noutputs: [h]\n")  # fmt: skip
    (one,) = errors(home, text)
    assert (one.rule, one.path) == ("states-need-fires", ("inputs", "a", "states"))
    assert [label.path for label in one.labels] == [("layers", "h")]


def test_defaults_of_bits_are_judged_by_the_states_of_the_file(home: Path) -> None:
    for default, rules in (("-1", []), ("1", []), ("0", ["default-out-of-bounds"])):
        text = ("states: [-1, 1]\nfires: above\n"
                f"inputs: {{a: {{type: bit, default: {default}}}}}\noutputs: [a]\n")  # fmt: skip
        assert [one.rule for one in errors(home, text)] == rules


@pytest.mark.parametrize("name", ["bias", "biases"])
def test_a_gate_that_reads_a_bias(name: str, tmp_path: Path) -> None:
    """The types of its sources are asked for again, without a report and without its name."""
    text = f"inputs: [x]\nneurons: {{n: {{wiring: [{name}, x], fires: any}}}}\noutputs: [n]\n"
    assert [error.rule for error in errors(tmp_path, text)] == ["unknown-source"]
