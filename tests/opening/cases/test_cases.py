"""Cases: checked as text with the file, and run."""

# ruff: noqa: E501

import json
from pathlib import Path

import pytest

import nnc
from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, Span
from nnc.numbers.exact import Quoted, Refused, shorten
from nnc.opening.cases.checking import expected_value
from nnc.opening.cases.coverage import Coverage
from nnc.opening.cases.running import Row, run_cases
from nnc.opening.checking import check, check_file
from nnc.rows.output import shown_inputs

HEAD = """\
nnc: 1
fires: at_least
inputs: {a: bit, b: bit, x: {type: integer, min: 0, max: 9, default: 2}}
neurons:
  m: {weights: {a: 1, b: 1}, thresholds: {one: 1, two: 2}}
  n: {weights: {a: 0.1, b: 1/3, x: 1}, threshold: 2}
outputs:
  n: n
  bus: [a, m]
  total: {sum: n}
  level: {level: m}
  label: {level: m, labels: [none, one, '2']}
cases:
"""


def found(case: str) -> list[Diagnostic]:
    return check(f"{HEAD}  - {case}\n".encode(), "f").diagnostics


def sound(ran: list[Row | Diagnostic]) -> list[Row]:
    assert not any(isinstance(one, Diagnostic) for one in ran), ran
    return [one for one in ran if isinstance(one, Row)]


def rows(case: str) -> list[Row]:
    network = nnc.loads(f"{HEAD}  - {case}\n")
    return sound(list(run_cases(network, nnc.compile(network))))


@pytest.mark.parametrize(
    "case",
    [
        "{given: {a: 1, b: 0}, expect: {}}",
        "{given: {a: 1, b: 0, x: 9}, expect: {n: 1, bus: 3, level: 1, label: one}}",
        "{given: {a: 1.0, b: 0, x: 3.0}, expect: {bus: [1, 1, 0], n: 1}}",
        "{given: {a: 1, b: 0}, expect: {bus(1): 1, 'bus(2)': 0}}",
        "{given: {a: 1, b: 1}, expect: {total: 73/30, label: 2}}",
        "{given: {a: 1, b: 1}, expect: {total: '146/60', label: '2'}}",
        "{given: {a: 0, b: 0}, expect: {total: 2, n: 1.0, label: none}}",
        "{name: 'a, b', description: why, given: {a: 0, b: 0}, expect: {n: 1}}",
    ],
)
def test_cases_that_hold(case: str) -> None:
    assert found(case) == []
    (row,) = rows(case)
    assert row.wrong == []


@pytest.mark.parametrize(
    ("case", "rule", "column", "fix"),
    [
        ("{given: {a: 1}, expect: {}}", "bad-case", 6, "add a value for `b`"),
        ("{given: {a: 1, bb: 0}, expect: {}}", "bad-case", 20, "`b`"),
        (
            "{file: n.csv, given: {a: 1, b: 0}, expect: {n: 1}}",
            "exclusive-keys",
            19,
            "separate case",
        ),
        ("{given: {a: 1, b: 0, zzz: 1}, expect: {}}", "bad-case", 26, "the inputs are a, b, x"),
        ("{given: {a: 2, b: 0}, expect: {}}", "bad-value", 17, ""),
        ("{given: {a: 1, b: 0, x: 10}, expect: {}}", "bad-value", 29, ""),
        ("{given: {a: 1, b: 0, x: 0.5}, expect: {}}", "bad-value", 29, ""),
        ("{given: {a: 1, b: 0x1}, expect: {}}", "number-in-other-base", 23, "write 1"),
        ("{given: {a: 1, b: '0'}, expect: {}}", "quoted-number", 23, ""),
        ("{given: {a: 1, b: true}, expect: {}}", "boolean-as-number", 23, ""),
        ("{given: {a: 1, b: 0}, expect: {nn: 1}}", "bad-case", 36, "`n`"),
        ("{given: {a: 1, b: 0}, expect: {m: 1}}", "bad-case", 36, ""),
        ("{given: {a: 1, b: 0}, expect: {n: 2}}", "bad-case", 39, ""),
        ("{given: {a: 1, b: 0}, expect: {n: yes}}", "boolean-as-number", 39, "write 1"),
        ("{given: {a: 1, b: 0}, expect: {level: 3}}", "bad-case", 43, ""),
        ("{given: {a: 1, b: 0}, expect: {level: one}}", "not-a-number", 43, ""),
        ("{given: {a: 1, b: 0}, expect: {label: on}}", "bad-case", 43, "`one`"),
        ("{given: {a: 1, b: 0}, expect: {bus: 8}}", "bad-case", 41, ""),
        ("{given: {a: 1, b: 0}, expect: {bus: -1}}", "bad-case", 41, ""),
        ("{given: {a: 1, b: 0}, expect: {bus: [1, 0]}}", "bad-case", 41, "3 bits"),
        ("{given: {a: 1, b: 0}, expect: {bus: [1, 0, 2]}}", "bad-case", 48, "0 or 1"),
        ("{given: {a: 1, b: 0}, expect: {bus(3): 1}}", "bad-case", 36, "bus(0) to bus(2)"),
        ("{given: {a: 1, b: 0}, expect: {n(0): 1}}", "bad-case", 36, "bus"),
        ("{given: {a: 1, b: 0}, expect: {bus: 3, bus(0): 1}}", "bad-case", 44, ""),
    ],
)
def test_cases_that_cannot_hold(case: str, rule: str, column: int, fix: str) -> None:
    (one,) = found(case)
    assert one.rule == rule
    assert one.span is not None
    assert (one.span.line, one.span.column) == (14, column)
    assert fix in (one.help or "")


def test_an_alias_of_any_letters_has_elements() -> None:
    case = "{given: {a: 0, b: 1}, expect: {a·b(0): 0, a·b(1): 1}}"
    text = f"nnc: 1\ninputs: [a, b]\noutputs: {{a·b: [a, b]}}\ncases: [{case}]\n"
    assert check(text.encode(), "f").diagnostics == []


def test_a_failing_case_tells_what_it_got() -> None:
    (row,) = rows("{name: mine, given: {a: 1, b: 1}, expect: {n: 0, total: 2.4, label: '2'}}")
    assert row.name == "mine"
    assert row.path == ("cases", 0)
    assert row.wrong == ["n", "total"]
    assert row.given == {"a": 1, "b": 1, "x": 2}
    assert row.got["label"] == "2"
    assert row.got["bus"] == 7


@pytest.fixture
def plan() -> Plan:
    return nnc.compile(nnc.loads(f"{HEAD}  - {{given: {{a: 0, b: 0}}, expect: {{}}}}\n"))


def test_expected_values(plan: Plan) -> None:
    taps = {tap.alias: tap for tap in plan.outputs}
    assert expected_value(taps["bus"], ["1", "0", "1"]) == 5
    assert expected_value(taps["label"], Quoted("2")) == "2"
    assert expected_value(taps["total"], "1e400") == 10**400
    for alias, value in (("bus", "1/2"), ("label", "3"), ("level", "0.5"), ("n", [1])):
        with pytest.raises(Refused):
            expected_value(taps[alias], value)


# -------------------------------------------------------------- buses, choices, states, places

KINDS = """\
nnc: 1
fires: at_least
inputs:
  a: bit(4)
  v: {type: integer, size: 2, min: 0, max: 9, default: 3}
  c: {type: choice, of: [alert, voice, pain]}
  s: {type: bit, states: [-1, 1], default: -1}
neurons:
  m: {weights: {a: 1}, thresholds: {one: 1, two: 2}}
  p: {weights: {s: 1}, threshold: 0, states: [-1, 1]}
layers:
  h: {wiring: a, weights: [[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 5]], thresholds: 1}
outputs:
  a: a
  c: c
  mix: [m, s]
  spins: [s, p]
  v: v
  s: s
  sums: {sum: h}
  best: {largest: h}
  word: {largest: h, labels: [first, second, third]}
cases:
"""
A10 = "{given: {a: 10, c: voice}, expect: "


def kinds(case: str) -> list[str]:
    found = check(f"{KINDS}  - {case}\n".encode(), "f").diagnostics
    return [f"{one.span and one.span.column}: {one.message} | {one.help}" for one in found]


def rows_of_kinds(case: str) -> list[Row]:
    network = nnc.loads(f"{KINDS}  - {case}\n")
    return sound(list(run_cases(network, nnc.compile(network))))


@pytest.mark.parametrize("given_", [
    "{a: 10, c: voice}", "{a: [0, 1, 0, 1], c: voice, s: -1.0, v: [3, 3]}",
    "{a(0): 0, a(1): 1, a(2): 0, a(3): 1, c: 'voice', v(1): 3, v(0): 3.0}",
])  # fmt: skip
@pytest.mark.parametrize("expect", [
    "{}", "{a: 10, c: 2, mix: [1, 1, -1], spins: [-1, -1], v: [3, 3], s: -1}",
    "{a: [0, 1, 0, 1], c: [0, 1, 0], mix(0): 1, mix(2): -1, v(1): 3.0, spins(1): -1}",
    "{a(3): 1, a(0): 0, c(1): 1, sums: [0, 1, 5]}",
    "{sums(2): 5, sums(0): 0.0, best: 2, word: third}",
])  # fmt: skip
def test_every_form_that_holds(given_: str, expect: str) -> None:
    case = f"{{given: {given_}, expect: {expect}}}"
    assert kinds(case) == []
    [row] = rows_of_kinds(case)
    assert row.wrong == []
    assert row.given == {"a": 10, "v(0)": 3, "v(1)": 3, "c": "voice", "s": -1}


def test_a_failing_list_names_its_elements() -> None:
    [row] = rows_of_kinds(A10 + "{spins: [1, -1], sums: [0, 2, 5], a(1): 0, a(2): 0, c: 3}}")
    assert row.wrong == ["spins(0)", "sums(1)", "a(1)", "c"]
    assert [row.got[alias] for alias in row.wrong] == [-1, 1, 1, 2]
    assert [row.where(alias) for alias in row.wrong] == [
        ("cases", 0, "expect", "spins", 0), ("cases", 0, "expect", "sums", 1),
        ("cases", 0, "expect", "a(1)"), ("cases", 0, "expect", "c"),
    ]  # fmt: skip
    one = row.one_row()
    assert one.count == 1
    assert shown_inputs("a", row.inputs["a"], one.columns[0])["a"].values() == [10]


@pytest.mark.parametrize(
    ("expect", "expected"),
    [
        ("{a: 16}", "44: output `a`: a bus of 4 bits is 0 to 15, not 16 | write an integer from 0 to 15"),
        ("{a: '3'}", '44: output `a`: "3" is text, not a number | remove the quotes: 3'),
        ("{a: [1, 0]}", "44: output `a`: the bus has 4 elements, found 2 bits | write 4 bits, element 0 first"),
        ("{a: [1, 0, 2, 1]}", "51: output `a(2)`: expected 0 or 1, found 2 | write 0 or 1"),
        ("{a(4): 1}", "41: the network has no output `a(4)` | `a` has the elements a(0) to a(3)"),
        ("{a: 1, a(0): 1}", "47: the output `a` is expected whole and by element | write one or the other"),
        ("{a(0): 1, a(1): 1, a: 1}", "59: the output `a` is expected whole and by element | write one or the other"),
        ("{mix: 3}", "46: output `mix`: expected a list for 3 elements, found `3` | write a list, or a key for each element: `mix(0)`"),
        ("{spins: [-1, 0]}", "53: output `spins(1)`: expected -1 or 1, found 0 | write -1 or 1"),
        ("{spins: [-1]}", "48: output `spins`: the bus has 2 elements, found 1 value | write 2 values, element 0 first"),
        ("{spins(0): 0}", "51: output `spins(0)`: expected -1 or 1, found 0 | write -1 or 1"),
        ("{s: 0}", "44: output `s`: expected -1 or 1, found 0 | write -1 or 1"),
        ("{s(0): 1}", "41: the network has no output `s(0)` | only a bus has elements, from 0 on"),
        ("{sums: [1, 2]}", "47: output `sums`: the bus has 3 elements, found 2 numbers | write 3 numbers, element 0 first"),
        ("{v: [1, x]}", "48: output `v(1)`: expected a number, found `x` | write an integer, a decimal such as 0.1, or a fraction such as 1/3"),
        ("{best: 3}", "47: output `best`: the place of the largest is 0 to 2, not 3 | places count from 0"),
        ("{best: 0.5}", "47: output `best`: the place of the largest is 0 to 2, not 0.5 | places count from 0"),
        ("{word: thrid}", "47: output `word`: expected a label, found `thrid` | did you mean `third`?"),
    ],
)  # fmt: skip
def test_what_an_output_can_never_give(expect: str, expected: str) -> None:
    assert kinds(A10 + expect + "}") == [expected]


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("{a: 16, c: pain}", ["17: input `a`: 16 is above 15, the largest value of 4 bits | write an integer from 0 to 15"]),
        ("{a: [1, 0], c: pain}", ["17: input `a`: the list has 2 values, the bus 4 elements | give one value for each element, element 0 first"]),
        ("{a: [1, 0, 2, 1], c: pain}", ["24: input `a(2)`: 2 is not 0 or 1 | write 0 or 1"]),
        ("{a: 1, c: vioce}", ["23: input `c`: `vioce` is not a value of the choice | did you mean `voice`?"]),
        ("{a: 1, c: pain, s: 0}", ["32: input `s`: 0 is not -1 or 1 | write -1 or 1"]),
        ("{a: 1, c: pain, v: 3}", ["32: input `v`: expected a list of 2 values, found `3` | write a list of 2 values, element 0 first"]),
        ("{a: 1, c: pain, v: [1, 10]}", ["36: input `v(1)`: 10 is above max 9 | write an integer from 0 to 9"]),
        ("{a(0): 1, c: pain}", ["14: input `a` has no value for `a(1)` and 2 more | add them, or one value `a` for all"]),
        ("{a: 1, c: pain, v(1): 1}", ["29: input `v` has no value for `v(0)` | add it; the default of `v` counts only where all are left out"]),
        ("{a(0): 1, a(1): 2, a(2): 1, a(3): 1, c: pain}", ["29: input `a(1)`: 2 is not 0 or 1 | write 0 or 1"]),
        ("{a: 1, a(0): 1, c: pain}", ["20: `a` is given whole and by element | keep the value `a`, or those of its elements"]),
        ("{a(0): 1, a: 1, a(1): 1, c: pain}", ["23: `a` is given whole and by element | keep the value `a`, or those of its elements"]),
        ("{a(4): 1, c: pain}", ["14: `a(4)` is not an input, and input `a` has no value | `a` has the elements a(0) to a(3)"]),
        ("{a(00): 1, c: pain}", [
            "14: `a(00)` is not an input, and `a(0)` has no value | did you mean `a(0)`?",
            "14: input `a` has no value for `a(1)` and 2 more | add them, or one value `a` for all",
        ]),
        ("{a: 1, c.pain: 1}", ["20: `c.pain` is not an input, and input `c` has no value | `c` is a choice: give `c` the value `pain`"]),
        ("{a: 1, c: pain, s(0): 1}", ["29: `s(0)` is not an input, and input `s` would take its default | write `s`; it has no elements"]),
        ("{s: 1}", ["6: 2 inputs have no value and no default: `a`, `c` | add a value for each"]),
    ],
)  # fmt: skip
def test_what_an_input_never_takes(given_: str, expected: list[str]) -> None:
    assert kinds(f"{{given: {given_}, expect: {{}}}}") == expected


def test_the_states_of_the_file_are_those_of_its_bits() -> None:
    head = (
        "nnc: 1\nfires: at_least\nstates: [-1, 1]\ninputs: {a: bit, b: bit(2)}\noutputs: [a, b]\n"
    )
    text = f"{head}cases: [{{given: {{a: -1, b: [1, -1]}}, expect: {{a: -1, b: [1, -1]}}}}]\n"
    assert check(text.encode(), "f").diagnostics == []
    found = check(text.replace("a: -1, b", "a: 0, b").encode(), "f").diagnostics
    assert [one.message for one in found] == [
        "input `a`: 0 is not -1 or 1", "output `a`: expected -1 or 1, found 0",
    ]  # fmt: skip


# ---------------------------------------------------------------------------- case files


@pytest.fixture
def network(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "nets").mkdir()
    file = tmp_path / "nets/n.nn.yaml"
    file.write_text(f"{HEAD}  - {{name: rows, file: n.csv}}\n  - {{given: {{a: 0, b: 0}}, "
                    "expect: {n: 1}}\n")  # fmt: skip
    return file


def ran(file: Path) -> list[Row | Diagnostic]:
    checked = check_file(str(file))
    assert checked.network is not None, checked.errors
    return list(
        run_cases(checked.network, nnc.compile(checked.network), checked.path, checked.root)
    )


def run(file: Path) -> list[Row]:
    return sound(ran(file))


def mistakes(file: Path) -> list[Diagnostic]:
    return [one for one in ran(file) if isinstance(one, Diagnostic)]


def test_a_file_of_cases(network: Path) -> None:
    (network.parent / "n.csv").write_text(
        "label,a,b,n,bus,x\none,1,0,1,3,2\n2,1,1,,7,\n,0,0,0,,5\n"
    )
    got = run(network)
    assert [row.wrong for row in got] == [[], [], ["n"], []]
    assert [row.expected for row in got] == [
        {"label": "one", "n": 1, "bus": 3},
        {"label": "2", "bus": 7},
        {"n": 0},
        {"n": 1},
    ]
    places = [row.place(alias) for row, alias in zip(got, ["label", "bus", "n"], strict=False)]
    assert places == [
        (Span(2, 1, 2, 4), "one,1,0,1,3,2"),
        (Span(3, 8, 3, 9), "2,1,1,,7,"),
        (Span(4, 6, 4, 7), ",0,0,0,,5"),
    ]
    assert got[3].place("n") is None
    assert got[1].given == {"a": 1, "b": 1, "x": 2}
    assert [(row.name, row.row) for row in got[:2]] == [("rows, row 1", 1), ("rows, row 2", 2)]
    assert got[0].file == str(network.parent / "n.csv")


@pytest.mark.parametrize(
    ("csv", "rule"),
    [
        ("a,n\n1,1\n", "missing-column"), ("a,b,n\n1,2,1\n", "bad-value"),
        ("a,b,q\n1,1,1\n", "column-not-input"), ("a,b,n\n1,1,5\n", "bad-case"),
        ("a,b,label\n1,1,three\n", "bad-case"), ("a,b,n\n1,1,0x1\n", "number-in-other-base"),
    ],
)  # fmt: skip
def test_mistakes_in_a_file_of_cases(csv: str, rule: str, network: Path) -> None:
    (network.parent / "n.csv").write_text(csv)
    (one,) = mistakes(network)
    assert (one.rule, one.file) == (rule, str(network.parent / "n.csv"))
    assert one.span is not None
    assert one.excerpt == csv.splitlines()[one.span.line - 1]
    assert isinstance(ran(network)[-1], Row)  # the case after the file is run all the same


@pytest.mark.parametrize(
    ("name", "rule", "fix"),
    [
        ("m.csv", "cannot-open", "`n.csv`"), ("sub/n.csv", "cannot-open", ""),
        ("../../n.csv", "outside-project", "--root"), ("/etc/passwd", "outside-project", ""),
        ("../nets", "cannot-open", ""),
    ],
)  # fmt: skip
def test_where_a_file_of_cases_may_lie(name: str, rule: str, fix: str, network: Path) -> None:
    (network.parent / "n.csv").write_text("a,b\n")
    network.write_text(network.read_text().replace("n.csv", name))
    (one,) = check_file(str(network)).diagnostics
    assert one.rule == rule
    assert fix in (one.help or "")
    assert one.span is not None
    assert one.span.line == 14


def test_a_file_of_cases_elsewhere_in_the_project(network: Path) -> None:
    (network.parents[1] / "n.csv").write_text("a,b,n\n0,0,1\n")
    network.write_text(network.read_text().replace("n.csv", "../n.csv"))
    assert [row.wrong for row in run(network)] == [[], []]


@pytest.mark.parametrize("name", ["l/../../secret.csv", "l/../n.csv", "link.csv"])
def test_links_lead_no_way_out_of_the_project(name: str, network: Path) -> None:
    nets, root = network.parent, network.parents[1]
    (root.parent / f"{root.name}-out").mkdir()
    (root / "deep").mkdir()
    outside = root.parent / f"{root.name}-out"
    (outside / "n.csv").write_text("a,b,n\n0,0,1\n")
    (outside / "d").mkdir()
    (nets / "l").symlink_to(outside / "d")
    (nets / "link.csv").symlink_to(outside / "n.csv")
    network.write_text(network.read_text().replace("n.csv", json.dumps(name)))
    (one,) = check_file(str(network)).diagnostics
    assert one.rule == "outside-project"


def test_the_file_that_was_checked_is_the_one_that_is_read(network: Path) -> None:
    nets, root = network.parent, network.parents[1]
    (root / "d/e").mkdir(parents=True)
    (nets / "l").symlink_to(root / "d/e")
    (root / "n.csv").write_text("a,b,n\n0,0,1\n")  # l/../../n.csv, links followed
    (root.parent / "n.csv").write_text("secret\n")
    network.write_text(network.read_text().replace("n.csv", "l/../../n.csv"))
    row, _ = run(network)
    assert (row.wrong, row.file) == ([], f"{nets}/l/../../n.csv")


def kinds_in(folder: Path, csv: str) -> Path:
    (folder / ".git").mkdir()
    (folder / "k.csv").write_text(csv)
    file = folder / "k.nn.yaml"
    file.write_text(f"{KINDS}  - {{file: k.csv}}\n")
    return file


@pytest.mark.parametrize(
    "csv",
    [
        "a,c,s,v(0),v(1),spins(0),spins(1),mix(2),sums(2),best,word\n10,voice,-1,3,3,-1,-1,-1,5,2,third\n010,voice,,,,,,,,,\n",
        "a(3),a(1),a(2),a(0),c,mix(0),mix(1),mix(2)\n1,1,0,0,voice,1,1,-1.0\n1,1,0,0,voice,,1,\n",
    ],
)
def test_a_case_file_in_every_form(csv: str, tmp_path: Path) -> None:
    got = run(kinds_in(tmp_path, csv))
    assert [row.wrong for row in got] == [[], []]
    assert all(row.given["a"] == 10 for row in got)


def test_outputs_of_a_case_file_whole_or_by_element(tmp_path: Path) -> None:
    text = KINDS.replace("  a: a\n", "  b: a\n")
    file = kinds_in(tmp_path, "a,c,b\n10,pain,10\n3,pain,0003\n1,pain,2\n")
    file.write_text(f"{text}  - {{file: k.csv}}\n")
    assert [row.wrong for row in run(file)] == [[], [], ["b"]]
    (tmp_path / "k.csv").write_text("a,c,b(3),b(0)\n10,pain,1,0\n1,pain,,0\n")
    assert [row.wrong for row in run(file)] == [[], ["b(0)"]]
    assert [row.got["b(0)"] for row in run(file)] == [0, 1]
    (tmp_path / "k.csv").write_text("a,c,b(3),b,b(0)\n10,pain,1,8,0\n")
    [one] = mistakes(file)
    assert one.message == "`b` is given whole and by element"
    assert one.span == Span(1, 10, 1, 11)


@pytest.mark.parametrize(
    ("csv", "expected"),
    [
        ("a,c,spins\n1,pain,3\n", "column `spins` is neither an input nor an output | `spins` has the elements spins(0) to spins(1)"),
        ("a,c,spins(2)\n1,pain,1\n", "column `spins(2)` is neither an input nor an output | `spins` has the elements spins(0) to spins(1)"),
        ("a,c,bset\n1,pain,1\n", "column `bset` is neither an input nor an output | did you mean `best`?"),
        ("a,c,zzz\n1,pain,1\n", "column `zzz` is neither an input nor an output | the outputs are a, c, mix, spins, v, s, sums, best, …"),
        ("a,c,s(0)\n1,pain,1\n", "column `s(0)` is neither an input nor an output, and input `s` would take its default | write `s`; it has no elements"),
        ("a,c,spins(0)\n1,pain,0\n", "output `spins(0)`: expected -1 or 1, found 0 | write -1 or 1"),
        ("a,c,best\n1,pain,3\n", "output `best`: the place of the largest is 0 to 2, not 3 | places count from 0"),
        ("a,c,word\n1,pain,thrid\n", "output `word`: expected a label, found `thrid` | did you mean `third`?"),
        ("a,c\n16,pain\n", "input `a`: 16 is above 15, the largest value of 4 bits | write an integer from 0 to 15"),
        ("a,c\n1,pian\n", "input `c`: `pian` is not a value of the choice | did you mean `pain`?"),
    ],
)  # fmt: skip
def test_every_mistake_in_a_case_file_of_buses(csv: str, expected: str, tmp_path: Path) -> None:
    [one] = mistakes(kinds_in(tmp_path, csv))
    assert f"{one.message} | {one.help}" == expected
    assert one.file == str(tmp_path / "k.csv")


def test_every_bad_cell_is_told_and_the_other_rows_are_run(network: Path) -> None:
    (network.parent / "n.csv").write_text(
        'a,b,label,n\n1,1,2,1\n1,0,"thr\nee",7\n0,0,"none",x\n0,0,none,1\n'
    )
    got = ran(network)
    assert [(one.span, one.excerpt) for one in got if isinstance(one, Diagnostic)] == [
        (Span(3, 5, 4, 4), '1,0,"thr'), (Span(4, 5, 4, 6), 'ee",7'),
        (Span(5, 12, 5, 13), '0,0,"none",x'),
    ]  # fmt: skip
    good = [one for one in got if isinstance(one, Row)]
    assert [row.wrong for row in good] == [[], [], []]
    assert good[1].place("n") == (Span(6, 10, 6, 11), "0,0,none,1")


def test_bad_cells_are_told_beside_bad_inputs(network: Path) -> None:
    (network.parent / "n.csv").write_text("a,b,n\n2,1,1\n1,1,7\n1,1,\n0,0,1\n")
    assert [(one.rule, one.span) for one in mistakes(network)] == [
        ("bad-value", Span(2, 1, 2, 2)), ("bad-case", Span(3, 5, 3, 6)),
    ]  # fmt: skip


def test_mistakes_end_after_a_thousand(network: Path) -> None:
    (network.parent / "n.csv").write_text("a,b,n\n" + "0,0,7\n" * 70000)
    assert 1000 <= len(mistakes(network)) <= 65536


@pytest.mark.parametrize("text", ["a,b,n\n", "a,b,n", "a,b,n\n\n"])
def test_a_case_file_without_rows(text: str, network: Path) -> None:
    (network.parent / "n.csv").write_text(text)
    (one,) = mistakes(network)
    assert (one.rule, one.path) == ("bad-case", ("cases", 0, "file"))
    assert one.message == "the case file `n.csv` has no rows"


def test_a_case_file_that_expects_nothing(network: Path) -> None:
    (network.parent / "n.csv").write_text("a,b\n0,1\n1,1\n")
    (one,) = mistakes(network)
    assert (one.rule, one.path) == ("bad-case", ("cases", 0, "file"))
    assert one.message == "the case file `n.csv` has no column of an output"
    assert "the outputs are n" in (one.help or "")


# ------------------------------------------------------------------------------ bounded work


def test_a_bus_of_any_size_is_told() -> None:
    wide = Tap("b", "bus", range(20_000), is_bus=True, is_integer=True)
    with pytest.raises(Refused, match="0 to 2\\^20000 - 1, not -1"):
        expected_value(wide, -1)
    with pytest.raises(Refused, match="0 to 18446744073709551615, not 18446744073709551616"):
        expected_value(Tap("b", "bus", range(64), is_bus=True, is_integer=True), 1 << 64)


def test_many_typos_are_told_fast() -> None:
    inputs = ", ".join(f"some_input_{i}" for i in range(3000))
    given = ", ".join(f"sone_inptu_{i}: 1" for i in range(2000))
    text = f"nnc: 1\ninputs: [{inputs}]\noutputs: [some_input_0]\n"
    unknown = check(
        f"{text}cases: [{{given: {{{given}}}, expect: {{}}}}]\n".encode(), "f"
    ).diagnostics
    assert sum("did you mean" in (one.help or "") for one in unknown) == 100
    assert len(unknown) == 2000
    assert (unknown[-1].help or "").endswith("some_input_7, …")


def test_coverage_sees_each_bit() -> None:
    network = nnc.loads(f"{HEAD}  - {{given: {{a: 1, b: 0}}, expect: {{}}}}\n"
                        "  - {given: {a: 0, b: 0}, expect: {}}\n")  # fmt: skip
    plan = nnc.compile(network)
    coverage = Coverage(plan)
    list(run_cases(network, plan, None, None, coverage))
    assert coverage.unseen() == [("m.two", 1), ("n", 0)]


@pytest.mark.parametrize("name", ["x" * 300 + ".csv", f"{'x' * 300}/a.csv", "xx/" * 2000 + "a.csv"])
def test_a_case_file_of_a_long_name(tmp_path: Path, name: str) -> None:
    file = tmp_path / "a.nn.yaml"
    file.write_text(f"nnc: 1\ninputs: [a]\noutputs: [a]\ncases: [{{file: {name}}}]\n")
    (found,) = check_file(str(file)).diagnostics
    assert found.rule == "cannot-open"
    assert found.message == f"there is no case file `{shorten(name)}`"
    assert found.help == "paths are relative to the folder of a.nn.yaml"
