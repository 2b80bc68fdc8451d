"""The wiring of parts: every form of index, `first` and `last`, types, sizes, defaults."""

from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

import nnc
from nnc.diagnostics.diagnostic import Diagnostic
from tests.support.networks import errors, graph_of, place, plan_of, signals

WIRE = "inputs: {{x: {}}}\noutputs: {{o: x}}\n"
"""A part that passes on what is wired to it: its output names the wire."""
CELL = """\
inputs: [x]
neurons:
  n: {weights: {x: 1}, threshold: 0}
  m: {weights: {x: -1}, threshold: -1}
outputs: {s: n, pair: [n, m]}
"""
USER = """\
inputs:
  a: bit(16)
  b: bit
  v: integer(6)
  c: {{type: choice, of: [x, y, z]}}
neurons:
  two: {{wiring: a, thresholds: {{x: 0, y: 1}}}}
layers:
  h: {{wiring: a, thresholds: 0, size: 6}}
parts:
  p: {{use: cell.nn.yaml, wiring: {{x: b}}}}
  r: {{use: cell.nn.yaml, repeat: 6, wiring: {{x: a(i)}}}}
  q: {{use: wire.nn.yaml, {}}}
outputs: {{o: q.o}}
"""


def wires(folder: Path, part: str, port: str = "bit") -> list[str]:
    """Name what is wired to each element of the port of each instance, end to end."""
    files = {"wire": WIRE.format(port), "cell": CELL}
    return signals(plan_of(folder, USER.format(part), files), "o")


def mistakes(folder: Path, part: str, port: str = "bit") -> list[Diagnostic]:
    return errors(folder, USER.format(part), {"wire": WIRE.format(port), "cell": CELL})


def bits(*places: int) -> list[str]:
    return [f"a({i})" for i in places]


# ---------------------------------------------------------------------------------- wiring


@pytest.mark.parametrize(
    ("repeat", "port", "source", "names"),
    [
        (4, "bit", "a(i)", bits(0, 1, 2, 3)),
        (4, "bit", "a(i+3)", bits(3, 4, 5, 6)),
        (4, "bit", "a(i+0)", bits(0, 1, 2, 3)),
        (4, "bit", "a(i-0)", bits(0, 1, 2, 3)),
        (4, "bit", "a(2*i)", bits(0, 2, 4, 6)),
        (4, "bit", "a(2*i+1)", bits(1, 3, 5, 7)),
        (4, "bit", "a(1*i)", bits(0, 1, 2, 3)),
        (4, "bit", "a(5*i)", bits(0, 5, 10, 15)),
        (1, "bit", "a(i)", bits(0)),
        (1, "bit", "a(999*i)", bits(0)),
        (3, "bit", "b", ["b"] * 3),
        (3, "bit", "a(7)", bits(7, 7, 7)),
        (3, "bit", "1", ["1"] * 3),
        (3, "bit(1)", "a(i)", bits(0, 1, 2)),
        (3, "bit", "a(i:i+1)", bits(0, 1, 2)),
        (3, "bit(2)", "a(2*i:2*i+2)", bits(0, 1, 2, 3, 4, 5)),
        (3, "bit(2)", "a(i:i+2)", bits(0, 1, 1, 2, 2, 3)),
        (2, "bit(3)", "a(i+1:i+6:2)", bits(1, 3, 5, 2, 4, 6)),
        (2, "bit(2)", "a(4*i+1:4*i+5:3)", bits(1, 4, 5, 8)),
        (3, "bit(2)", "a(0:2)", bits(0, 1) * 3),
        (2, "bit(4)", "[a(i), b, 0, a(i+8)]", ["a(0)", "b", "0", "a(8)", "a(1)", "b", "0", "a(9)"]),
        (2, "bit(2)", "1", ["1"] * 4),
        (2, "bit(2)", "[1]", ["1"] * 4),
        (2, "bit(3)", "[a(2*i:2*i+2), 1]", ["a(0)", "a(1)", "1", "a(2)", "a(3)", "1"]),
        (3, "bit", "h(2*i)", ["h(0)", "h(2)", "h(4)"]),
        (2, "bit", "two(i)", ["two.x", "two.y"]),
        (3, "bit", "c(i)", ["c.x", "c.y", "c.z"]),
        (3, "integer", "v(i+3)", ["v(3)", "v(4)", "v(5)"]),
        (2, "real(3)", "v(3*i:3*i+3)", [f"v({i})" for i in range(6)]),
        (3, "bit", "p.pair(0)", ["p.n"] * 3),
        (2, "bit", "p.pair(i)", ["p.n", "p.m"]),
        (3, "bit", "r(i).s", ["r(0).n", "r(1).n", "r(2).n"]),
        (3, "bit", "r(2*i+1).s", ["r(1).n", "r(3).n", "r(5).n"]),
        (3, "bit", "r.s(i+2)", ["r(2).n", "r(3).n", "r(4).n"]),
        (2, "bit(2)", "r(i).pair", ["r(0).n", "r(0).m", "r(1).n", "r(1).m"]),
        (2, "bit", "r(i).pair(1)", ["r(0).m", "r(1).m"]),
        (2, "bit", "r(4).pair(i)", ["r(4).n", "r(4).m"]),
        (2, "bit", "r(i).pair(i)", ["r(0).n", "r(1).m"]),
        (4, "bit", "r.pair(i+1)", ["r(0).m", "r(1).n", "r(1).m", "r(2).n"]),
        (2, "bit(2)", "r.pair(i:i+3:2)", ["r(0).n", "r(1).n", "r(0).m", "r(1).m"]),
        (2, "bit(2)", "r(i:i+2).s", ["r(0).n", "r(1).n", "r(1).n", "r(2).n"]),
        (2, "bit(4)", "r(2*i:2*i+2).pair", [f"r({i}).{n}" for i in range(4) for n in "nm"]),
        (2, "bit", "r(2*i:2*i+2).pair(2)", ["r(1).n", "r(3).n"]),
        (2, "bit(2)", "r(i:i+3:2).pair(1:3)", ["r(0).m", "r(2).n", "r(1).m", "r(3).n"]),
        (4, "bit", "r(0:4:2).pair(i)", ["r(0).n", "r(0).m", "r(2).n", "r(2).m"]),
        (2, "bit(2)", "r(0:5:2).pair(2*i:2*i+2)", ["r(0).n", "r(0).m", "r(2).n", "r(2).m"]),
        (2, "bit", "r(i:i+4:3).pair(2*i+1)", ["r(0).m", "r(4).m"]),
    ],
)  # fmt: skip
def test_every_form_of_wiring(
    repeat: int, port: str, source: str, names: list[str], tmp_path: Path
) -> None:
    assert wires(tmp_path, f"repeat: {repeat}, wiring: {{x: {source}}}", port) == names


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("repeat: 3, wiring: {x: a(i)}, first: {x: b}", ["b", "a(1)", "a(2)"]),
        ("repeat: 3, wiring: {x: a(i)}, last: {x: b}", ["a(0)", "a(1)", "b"]),
        ("repeat: 3, wiring: {x: a(i)}, first: {x: 1}, last: {x: b}", ["1", "a(1)", "b"]),
        ("repeat: 1, wiring: {x: a(i)}, first: {x: 1}", ["1"]),
        ("repeat: 1, wiring: {x: a(i)}, last: {x: b}", ["b"]),
        ("repeat: 1, wiring: {x: a(i)}, first: {x: 1}, last: {x: b}", ["1"]),
        ("repeat: 2, wiring: {x: a(i)}, first: {x: 1}, last: {x: b}", ["1", "b"]),
        ("repeat: 2, wiring: {}, first: {x: 1}, last: {x: b}", ["1", "b"]),
        ("repeat: 1, wiring: {}, first: {x: b}", ["b"]),
        ("repeat: 3, wiring: {x: a(i-1)}, first: {x: b}", ["b", "a(0)", "a(1)"]),
        ("repeat: 3, wiring: {x: a(2*i-2)}, first: {x: b}", ["b", "a(0)", "a(2)"]),
        ("repeat: 3, wiring: {x: a(i+14)}, last: {x: b}", ["a(14)", "a(15)", "b"]),
        ("repeat: 3, wiring: {x: a(i)}, first: {x: a(i+9)}, last: {x: a(5*i)}",
         ["a(9)", "a(1)", "a(10)"]),
        ("repeat: 2, wiring: {x: gone(i).s}, first: {x: b}, last: {x: b}", ["b", "b"]),
        ("wiring: {x: a(5)}", ["a(5)"]),
    ],
)  # fmt: skip
def test_first_and_last(part: str, names: list[str], tmp_path: Path) -> None:
    """`first` wins over `last`; where both stand, `wiring` is not looked up."""
    assert wires(tmp_path, part) == names


def test_random_wiring(tmp_path: Path) -> None:
    rng = Random(61)
    parts, expected = "", {}
    for k in range(120):
        repeat, factor, offset = rng.randint(1, 6), rng.randint(1, 4), rng.randint(-9, 9)
        width, step = rng.randint(1, 4), rng.randint(1, 3)
        starts = [factor * i + offset for i in range(repeat)]
        inside = [i for i in range(repeat) if 0 <= starts[i] <= 40 - width]
        ends = {}
        if inside != list(range(repeat)):
            left_out = sorted(set(range(repeat)) - set(inside))
            if left_out not in ([0], [repeat - 1], [0, repeat - 1]):
                continue
            ends = {"first" if i == 0 else "last": i for i in left_out}
        places = [range(start, start + width, step) for start in starts]
        size = len(places[0])
        names = [[f"a({at})" for at in one] for one in places]
        low, high = (f"{factor}*i{offset + more:+}" for more in (0, width))
        part = f"use: w{size}.nn.yaml, repeat: {repeat}, wiring: {{x: a({low}:{high}:{step})}}"
        for key, i in ends.items():
            part += f", {key}: {{x: 1}}"
            names[i] = ["1"] * size
        parts += f"  p{k}: {{{part}}}\n"
        expected[f"p{k}"] = [name for one in names for name in one]
    assert len(expected) > 50
    outputs = ", ".join(f"o{name}: {name}.o" for name in expected)
    files = {f"w{size}": WIRE.format(f"bit({size})") for size in range(1, 5)}
    text = f"inputs: {{a: bit(40)}}\nparts:\n{parts}outputs: {{{outputs}}}\n"
    plan = plan_of(tmp_path, text, files)
    assert {name: signals(plan, f"o{name}") for name in expected} == expected


def test_a_chain_up_and_a_chain_down(tmp_path: Path) -> None:
    """Two sweeps through the same instances: no circle between neurons, so none is told."""
    cell = """\
inputs: [a, up, down]
neurons:
  above: {weights: {up: 1, a: 1}, threshold: 0}
  below: {weights: {down: 1, a: 1}, threshold: 0}
outputs: {upward: above, downward: below}
"""
    text = """\
inputs: {a: bit(5)}
parts:
  q: {use: cell.nn.yaml, repeat: 5, wiring: {a: a(i), up: q(i-1).upward, down: q(i+1).downward},
      first: {up: 0}, last: {down: 0}}
outputs: {up: q.upward, down: q.downward}
"""
    plan = plan_of(tmp_path, text, {"cell": cell})
    assert plan.levels == 5
    found = nnc.evaluate(plan, {"a": [0b00100, 0b10000, 0]})
    assert found["up"].tolist() == [[0, 0, 1, 1, 1], [0, 0, 0, 0, 1], [0] * 5]
    assert found["down"].tolist() == [[1, 1, 1, 0, 0], [1] * 5, [0] * 5]


# -------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("part", "rule", "message", "fix"),
    [
        ("repeat: 4, wiring: {x: a(i-1)}", "index-out-of-range",
         "for i = 0 `a(i-1)`: `a` has 16 elements, 0 to 15; this is `(-1)`", "first: {x: source}"),
        ("repeat: 17, wiring: {x: a(i)}", "index-out-of-range", "for i = 16 ", "last: {x: source}"),
        ("repeat: 20, wiring: {x: a(i)}", "index-out-of-range", "for i = 16 ",
         "count the elements"),
        ("repeat: 20, wiring: {x: a(2*i+1)}", "index-out-of-range", "for i = 8 ", "count"),
        ("repeat: 4, wiring: {x: a(i-2)}, first: {x: 1}", "index-out-of-range", "for i = 1 ", ""),
        ("repeat: 4, wiring: {x: q(i+1).o}", "index-out-of-range", "for i = 3 ", "last:"),
        ("repeat: 4, wiring: {x: q(i-1).o}", "index-out-of-range", "for i = 0 ", "first:"),
        ("repeat: 4, wiring: {x: r.s(2*i)}", "index-out-of-range", "`r.s` has 6 elements", "last:"),
        ("repeat: 3, wiring: {x: r(0).pair(i)}", "index-out-of-range", "`r(0).pair` has 2",
         "last:"),
        ("repeat: 4, wiring: {x: a(i:i)}", "index-out-of-range", "is empty", ""),
        ("repeat: 2, wiring: {x: a(i:1)}", "index-out-of-range", "for i = 1 `a(i:1)` is empty", ""),
        ("repeat: 2, wiring: {x: a(i:2*i+1)}", "size-mismatch", "another size for each", "factor"),
        ("repeat: 2, wiring: {x: a(0:i+1)}", "size-mismatch", "another size for each", "factor"),
        ("repeat: 2, wiring: {x: b(i)}", "no-index", "", ""),
        ("repeat: 2, wiring: {x: p(i).s}", "no-index", "is not repeated", "write `p.s`"),
        ("repeat: 2, wiring: {x: a(i).x}", "no-index", "before a name", ""),
        ("repeat: 2, wiring: {x: r(i)}", "unknown-port", "`r(i)` is a part", ".s`"),
        ("repeat: 2, wiring: {x: r(i).pear}", "unknown-port", "no output `pear`", "`pair`"),
        ("repeat: 2, wiring: {x: gone(i)}", "unknown-source", "part `q` reads `gone", ""),
        ("repeat: 2, wiring: {x: a}", "size-mismatch", "has 16 elements, but the input `x`", ""),
        ("repeat: 2, wiring: {x: [a(i), b]}", "size-mismatch", "the list has 2 elements",
         "1 element"),
        ("wiring: {x: a(i)}", "bad-source", "`i` is known only", "add `repeat`"),
        ("wiring: {x: b, y: b}", "unknown-port", "wires `y`, which is not an input",
         "its inputs are `x`"),
        ("wiring: {}", "missing-wire", "has no wire for the input `x`", "{x: source}"),
        ("repeat: 3, wiring: {}, first: {x: b}", "missing-wire", "`x`",
         "only some instances have it"),
        ("repeat: 3, wiring: {}, first: {x: b}, last: {x: b}", "missing-wire", "`x`", "only some"),
    ],
)  # fmt: skip
def test_what_does_not_fit(part: str, rule: str, message: str, fix: str, tmp_path: Path) -> None:
    (one,) = mistakes(tmp_path, part)
    assert one.rule == rule
    assert message in one.message
    assert fix in (one.help or "")
    assert one.path[:2] == ("parts", "q")
    assert place(one).startswith("main:15:")


def test_a_misspelt_port(tmp_path: Path) -> None:
    files = {"cell": "inputs: [left, right]\noutputs: {o: [left, right]}\n"}
    text = "inputs: [a]\nparts: {p: {use: cell.nn.yaml, wiring: {lefd: a}}}\noutputs: {o: p.o}\n"
    found = errors(tmp_path, text, files)
    assert [one.rule for one in found] == ["missing-wire", "unknown-port"]
    assert "input `right` of " in found[0].message
    assert found[1].help == "did you mean `left`?"
    assert place(found[1]) == "main:4:41"


TYPES = """\
inputs:
  b: bit
  s: {{type: bit, states: [-1, 1]}}
  half: {{type: bit, states: [0, 1/2]}}
  i: integer
  low: {{type: integer, min: 0, max: 9}}
  r: real
  unit: {{type: real, min: 0, max: 1}}
  c: {{type: choice, of: [x, y]}}
  d: {{type: choice, of: [y, x]}}
neurons:
  n: {{wiring: b, threshold: 0}}
  m: {{wiring: b, threshold: 0, states: [-1, 1]}}
layers:
  h: {{wiring: b, thresholds: 0, size: 2, states: [-1, 1]}}
parts:
  q: {{use: wire.nn.yaml, wiring: {{x: {}}}}}
outputs: {{o: q.o}}
"""
IN_FULL = {
    "bit": "bit", "signed": "{type: bit, states: [-1, 1]}", "integer": "integer", "real": "real",
    "from 0": "{type: integer, min: 0}", "to 0": "{type: integer, max: 0}",
    "unit": "{type: integer, min: 0, max: 1}", "half": "{type: real, max: 1/2}",
    "choice": "{type: choice, of: [x, y]}", "three": "bit(3)", "one": "bit(1)",
    "turned": "{type: bit, states: [1, -1]}", "wide": "{type: integer(2), min: -1}",
}  # fmt: skip
TAKEN = {
    "bit": ["b", "n", "1", "0", "c.x"],
    "signed": ["s", "m", "1", "h(1)"],
    "turned": ["1"],
    "integer": ["b", "s", "m", "i", "low", "1", "0", "c.y"],
    "real": ["b", "s", "half", "i", "low", "r", "unit", "1", "0", "h(0)"],
    "from 0": ["b", "low", "1", "0"],
    "to 0": ["0"],
    "unit": ["b", "n", "1", "0"],
    "half": ["half", "0"],
    "choice": ["c"],
    "three": ["1", "0", "[b, n, 1]", "[c, b]"],
    "one": ["b", "[n]", "1"],
    "wide": ["h", "[low, 1]", "1"],
}  # fmt: skip
REFUSED = {
    "bit": ["s", "m", "half", "i", "low", "r", "unit"],
    "signed": ["b", "n", "0", "i", "half"],
    "turned": ["s", "0", "m"],
    "integer": ["half", "r", "unit"],
    "from 0": ["s", "m", "i"],
    "to 0": ["b", "low", "i", "1"],
    "unit": ["s", "i", "low"],
    "half": ["b", "unit", "1", "r"],
    "choice": ["d", "[b, n]", "[c.x, c.y]", "1", "0", "c(0:2)"],
    "three": ["[b, n, s]", "[i, b, b]"],
    "wide": ["[s, i]", "[r, b]"],
}  # fmt: skip


@pytest.mark.parametrize("port", IN_FULL)
def test_what_a_port_takes(port: str, tmp_path: Path) -> None:
    """Bit fits integer fits real; states are equal; bounds of a port hold those of its source."""
    files = {"wire": WIRE.format(IN_FULL[port])}
    for source in TAKEN[port]:
        assert errors(tmp_path, TYPES.format(source), files) == [], source
    for source in REFUSED.get(port, ()):
        found = errors(tmp_path, TYPES.format(source), files)
        assert [one.rule for one in found] == ["port-type"], source
        assert [place(label) for label in found[0].labels] == ["wire:3:10"], source


def test_why_a_port_refuses(tmp_path: Path) -> None:
    for port, source, why in (
        ("bit", "i", "takes bits, but `i` is an integer"),
        ("bit", "s", "takes bits that are 0 or 1, but `s` is -1 or 1"),
        ("signed", "0", "takes bits that are -1 or 1, but `0` is always 0"),
        ("integer", "half", "takes integers, but `half` is 0 or 0.5"),
        ("integer", "r", "takes integers, but `r` is a real"),
        ("from 0", "i", "takes at least 0, but `i` has no "),
        ("from 0", "s", "takes at least 0, but `s` can be -1"),
        ("unit", "low", "takes at most 1, but `low` can be 9"),
        ("choice", "d", "is a choice of `x`, `y`; "),
    ):
        (one,) = errors(tmp_path, TYPES.format(source), {"wire": WIRE.format(IN_FULL[port])})
        assert why in one.message


# -------------------------------------------------------------------------------- defaults

DEFAULTS: list[tuple[str, str, Any]] = [
    ("bit", "1", 1), ("bit", "0", 0), ("{type: bit(4), default: %s}", "10", [0, 1, 0, 1]),
    ("{type: bit(3), default: %s}", "[1, 1, 0]", [1, 1, 0]), ("integer", "7", 7),
    ("integer", "-3", -3), ("integer", "1", 1), ("real", "0.1", Fraction(1, 10)),
    ("real", "1/3", Fraction(1, 3)), ("integer", str(10**30), 10**30),
    ("{type: bit, states: [-1, 1], default: %s}", "-1", -1),
    ("{type: bit, states: [-1, 1], default: %s}", "1", 1),
    ("{type: bit, states: [1, 0], default: %s}", "0", 0),
    ("{type: bit, states: [2.5, 1/3], default: %s}", "1/3", Fraction(1, 3)),
    ("{type: choice, of: [x, y, z], default: %s}", "y", [0, 1, 0]),
    ("{type: integer(3), default: %s}", "[1, 0, 5]", [1, 0, 5]),
    ("{type: real(2), default: %s}", "0.5", [Fraction(1, 2)] * 2),
    ("{type: bit(2), states: [-1, 1], default: %s}", "[-1, 1]", [-1, 1]),
]  # fmt: skip


@pytest.mark.parametrize("rows", [1, 40])
def test_the_default_of_an_input_that_is_not_wired(rows: int, tmp_path: Path) -> None:
    """It is a constant there: as a value, in a sum, and through another part."""
    parts, outputs, files = "", [], {}
    for k, (kind, default, _) in enumerate(DEFAULTS):
        port = kind % default if "%s" in kind else f"{{type: {kind}, default: {default}}}"
        files[f"wire{k}"] = (f"inputs: {{x: {port}, y: bit}}\n"
                             "neurons: {n: {weights: {x: 3, y: 1/7}, threshold: 0}}\n"
                             "outputs: {o: x, s: {sum: n}, y: y}\n")  # fmt: skip
        files[f"outer{k}"] = (f"inputs: [y]\nparts: {{p: {{use: wire{k}.nn.yaml, wiring: {{y: "
                              f"y}}}}}}\n"
                              "outputs: {o: p.o, s: p.s}\n")  # fmt: skip
        parts += (f"  p{k}: {{use: wire{k}.nn.yaml, wiring: {{y: a}}}}\n"
                  f"  q{k}: {{use: outer{k}.nn.yaml, repeat: 2, wiring: {{y: a}}}}\n")  # fmt: skip
        outputs += [f"o{k}: p{k}.o", f"s{k}: p{k}.s", f"oo{k}: q{k}(1).o", f"ss{k}: q{k}(1).s"]
    text = f"inputs: [a]\nparts:\n{parts}outputs: {{{', '.join(outputs)}}}\n"
    found = nnc.evaluate(plan_of(tmp_path, text, files), {"a": [1] * rows})
    for k, (_, _, value) in enumerate(DEFAULTS):
        total = 3 * (sum(value) if isinstance(value, list) else value) + Fraction(1, 7)
        for alias, wanted in (("o", value), ("oo", value), ("s", total), ("ss", total)):
            assert found[f"{alias}{k}"].tolist() == [wanted] * rows, (alias, DEFAULTS[k])


def test_a_default_for_some_instances(tmp_path: Path) -> None:
    files = {"wire": WIRE.format("{type: integer, default: 5}")}
    for part, wanted in (
        ("first: {x: v}", [9, 5, 5]), ("last: {x: v}", [5, 5, 9]),
        ("first: {x: 1}, last: {x: v}", [1, 5, 9]), ("first: {x: v}, wiring: {x: 0}", [9, 0, 0]),
    ):  # fmt: skip
        wiring = "" if "wiring" in part else ", wiring: {}"
        text = (f"inputs: {{v: integer}}\nparts: {{q: {{use: wire.nn.yaml, repeat: 3, "
                f"{part}{wiring}}}}}\n"
                "outputs: {o: q.o}\n")  # fmt: skip
        assert nnc.evaluate(plan_of(tmp_path, text, files), {"v": 9})["o"].tolist() == wanted


def test_steps_on_a_default_and_on_a_bit(tmp_path: Path) -> None:
    """A step of a port looks at what is wired to it: a constant, a bit or a number."""
    cell = """\
inputs: {x: {type: integer, default: 7}}
neurons: {n: {weights: {x: {1: 2, 5: 10, 8: 50}}, threshold: 0}}
outputs: {s: {sum: n}}
"""
    text = """\
inputs: {v: integer, b: bit, t: {type: bit, states: [-1, 9]}}
parts:
  none: {use: cell.nn.yaml, wiring: {}}
  bit: {use: cell.nn.yaml, wiring: {x: b}}
  number: {use: cell.nn.yaml, wiring: {x: v}}
  constant: {use: cell.nn.yaml, wiring: {x: 1}}
  states: {use: cell.nn.yaml, wiring: {x: t}}
outputs: {o0: none.s, o1: bit.s, o2: number.s, o3: constant.s, o4: states.s}
"""
    plan = plan_of(tmp_path, text, {"cell": cell})
    for rows in (1, 20):
        found = nnc.evaluate(plan, {"v": [8, 4] * rows, "b": [0, 1] * rows, "t": [-1, 9] * rows})
        assert {alias: values.tolist()[:2] for alias, values in found.items()} == {
            "o0": [10, 10], "o1": [0, 2], "o2": [50, 2], "o3": [2, 2], "o4": [0, 50]}  # fmt: skip


# ------------------------------------------------------------------------------- instances


def test_one_file_used_by_two_parts_and_three_deep(tmp_path: Path) -> None:
    files = {
        "gate": "inputs: [x, y]\nneurons: {g: {wiring: [x, y], threshold: 1}}\noutputs: [g]\n",
        "pair": """\
inputs: {a: bit(2)}
neurons: {n: {wiring: [left.g, right.g], threshold: 0}}
parts:
  left: {use: gate.nn.yaml, wiring: {x: a(0), y: 1}}
  right: {use: gate.nn.yaml, wiring: {x: a(1), y: 0}}
outputs: {o: n}
""",
        "row": """\
inputs: {a: bit(6)}
parts: {pair: {use: pair.nn.yaml, repeat: 3, wiring: {a: a(2*i:2*i+2)}}}
outputs: {o: pair.o}
""",
    }  # fmt: skip
    text = """\
inputs: {a: bit(12)}
parts:
  row: {use: row.nn.yaml, repeat: 2, wiring: {a: a(6*i:6*i+6)}}
  gate: {use: gate.nn.yaml, wiring: {x: row(0).o(2), y: row.o(5)}}
outputs: {o: gate.g, all: row.o}
"""
    graph = graph_of(tmp_path, text, files)
    assert len(graph.nodes) == 2 * 3 * 3 + 1
    by_name = {node.name: node for node in graph.nodes}
    inner = by_name["row(1).pair(2).left.g"]
    assert Path(inner.origin.file or "").name == "gate.nn.yaml"
    assert inner.origin.path == ("neurons", "g")
    assert inner.origin.instance == "row(1).pair(2).left."
    assert by_name["gate.g"].origin.instance == "gate."
    assert by_name["row(0).pair(0).n"].origin.path == ("neurons", "n")
    plan = plan_of(tmp_path, text, files)
    assert [plan.name_of(s) for s in plan.maker[signal_of(plan, "row(1).pair(2).left.g")].sources] \
        == ["a(10)", "1"]  # fmt: skip
    found = nnc.evaluate(plan, {"a": [0b010000_010000, 0b000001_000001, 0b111111_111111]})
    assert found["all"].tolist() == [[0, 0, 1, 0, 0, 1], [1, 0, 0, 1, 0, 0], [1] * 6]
    assert found["o"].tolist() == [1, 0, 1]


def signal_of(plan: nnc.Plan, name: str) -> int:
    return next(step.first for step in plan.steps if step.name == name)
