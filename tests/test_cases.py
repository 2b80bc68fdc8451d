"""Cases: checked as text with the file, and run."""

import json
import time
from pathlib import Path

import pytest

import nnc
from nnc.cases import Coverage, Row, expected_value, run_cases
from nnc.diagnostics import Diagnostic, Span
from nnc.exact import Quoted, Refused
from nnc.graph import Tap
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


# ------------------------------------------------------------------------------ bounded work


def test_a_bus_of_any_size_is_told() -> None:
    wide = Tap("b", "bus", tuple(range(20_000)))
    with pytest.raises(Refused, match="0 to 2\\^20000 - 1, not -1"):
        expected_value(wide, -1)
    with pytest.raises(Refused, match="0 to 18446744073709551615, not 18446744073709551616"):
        expected_value(Tap("b", "bus", tuple(range(64))), 1 << 64)


def test_many_typos_are_told_fast() -> None:
    inputs = ", ".join(f"some_input_{i}" for i in range(3000))
    given = ", ".join(f"sone_inptu_{i}: 1" for i in range(3000))
    text = f"nnc: 1\ninputs: [{inputs}]\noutputs: [some_input_0]\n"
    start = time.process_time()
    *unknown, missing = check(
        f"{text}cases: [{{given: {{{given}}}, expect: {{}}}}]\n".encode(), "f"
    ).diagnostics
    assert time.process_time() - start < 20
    if "gives no value" not in missing.message:
        missing, *unknown = [*unknown, missing]
    assert sum("did you mean" in (one.help or "") for one in unknown) == 50
    assert len(unknown) == 3000
    assert (unknown[-1].help or "").endswith("some_input_7, …")
    assert missing.message.count("`") == 40
    assert missing.message.endswith(" more")


def test_coverage_sees_each_bit() -> None:
    network = nnc.loads(f"{HEAD}  - {{given: {{a: 1, b: 0}}, expect: {{}}}}\n"
                        "  - {given: {a: 0, b: 0}, expect: {}}\n")  # fmt: skip
    plan = nnc.compile(network)
    coverage = Coverage(plan)
    list(run_cases(network, plan, None, None, coverage))
    assert coverage.unseen() == [("m.two", 1), ("n", 0)]
