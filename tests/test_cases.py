"""Cases: checked as text with the file, and run."""

from pathlib import Path

import pytest

import nnc
from nnc.cases import Row, expected_value, run_cases
from nnc.diagnostics import Diagnostic
from nnc.exact import Quoted, Refused
from nnc.pipeline import check, check_file
from nnc.plan import Plan

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


def rows(case: str) -> list[Row]:
    network = nnc.loads(f"{HEAD}  - {case}\n")
    return list(run_cases(network, nnc.compile(network), None))


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
        ("{given: {a: 1}, expect: {}}", "bad-case", 6, "default"),
        ("{given: {a: 1, bb: 0}, expect: {}}", "bad-case", 20, "`b`"),
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
        ("{given: {a: 1, b: 0}, expect: {bus: [1, 0, 2]}}", "bad-case", 41, "0 or 1"),
        ("{given: {a: 1, b: 0}, expect: {bus(3): 1}}", "bad-case", 44, "from 0"),
        ("{given: {a: 1, b: 0}, expect: {n(0): 1}}", "bad-case", 42, "bus"),
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


# ---------------------------------------------------------------------------- case files


@pytest.fixture
def network(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "nets").mkdir()
    file = tmp_path / "nets/n.nn.yaml"
    file.write_text(f"{HEAD}  - {{name: rows, file: n.csv}}\n  - {{given: {{a: 0, b: 0}}, "
                    "expect: {n: 1}}\n")  # fmt: skip
    return file


def run(file: Path) -> list[Row]:
    checked = check_file(str(file))
    assert checked.network is not None, checked.errors
    return list(run_cases(checked.network, nnc.compile(checked.network), file))


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
    assert [row.line for row in got[:3]] == [2, 3, 4]
    assert got[1].given == {"a": 1, "b": 1, "x": 2}
    assert got[0].name == "rows"
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
    with pytest.raises(nnc.InvalidRowsError) as error:
        run(network)
    assert [one.rule for one in error.value.diagnostics] == [rule]


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
