"""`nnc.run_cases`: results of cases, with expected and actual values of the same types."""

import pickle
import warnings
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnc
from nnc.language.network import Case, Network
from nnc.opening.testing import open_suite
from tests.support.everywhere import expected
from tests.support.oracle import Oracle, load
from tests.support.running import XOR, started
from tests.support.strategies import ALL, Example, examples
from tests.test_oracle import converted, csv_text, number

CASES = """\
cases:
  - {given: {a: 0, b: 1}, expect: {xor: 1}}
  - {name: both on, given: {a: 1, b: 1}, expect: {xor: 1}}
"""

KINDS = """\
nnc: 1
fires: at_least
inputs:
  a: bit(4)
  v: {type: integer, size: 2, min: 0, max: 9, default: 3}
  c: {type: choice, of: [alert, voice, pain]}
  s: {type: bit, states: [-1, 1], default: -1}
neurons:
  m: {weights: {a: 0.1, c.pain: 1/3}, thresholds: {one: 0.1, two: 0.2}}
  p: {weights: {s: 1}, threshold: 0, states: [-1, 1]}
outputs:
  a: a
  m: m
  spins: [s, p]
  v: v
  s: s
  total: {sum: m}
  level: {level: m}
  word: {level: m, labels: [none, one, '2']}
cases:
"""


def file_of(folder: Path, text: str, **files: str) -> str:
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content)
    (folder / "n.nn.yaml").write_text(text)
    return str(folder / "n.nn.yaml")


def test_results_of_a_file(tmp_path: Path) -> None:
    file = file_of(tmp_path, XOR + CASES)
    first, second = nnc.run_cases(file)
    assert (first.holds, first.name, first.file, first.line, first.row) == (
        True, "case 1", file, 9, None,
    )  # fmt: skip
    assert first.inputs == {"a": 0, "b": 1}
    assert first.expected == first.actual == {"xor": 1}
    assert type(first.expected["xor"]) is type(nnc.evaluate(nnc.load(file), first.inputs)["xor"])
    assert (second.holds, second.name, second.expected, second.actual) == (
        False, "both on", {"xor": 1}, {"xor": 0},
    )  # fmt: skip
    assert nnc.run_cases(Path(file)) == [first, second]
    with pytest.raises(AttributeError):
        first.name = "other"  # type: ignore[misc]
    assert pickle.loads(pickle.dumps([first, second])) == [first, second]


def test_the_text_of_a_result(tmp_path: Path) -> None:
    file = file_of(tmp_path, XOR + CASES)
    first, second = nnc.run_cases(file)
    assert str(first) == "case 1 holds"
    assert repr(second) == (
        "CaseResult(name='both on', inputs={'a': 1, 'b': 1}, expected={'xor': 1}, "
        f"actual={{'xor': 0}}, file={file!r}, line=10, row=None)"
    )
    lines = str(second).splitlines()
    assert lines[:5] == [
        "error[NNC601] case-failed: both on: `xor` is 0, expected 1",
        f"  --> {file}:10:56",
        "    |",
        " 10 |   - {name: both on, given: {a: 1, b: 1}, expect: {xor: 1}}",
        "    |                                                        ^ got 0",
    ]
    assert lines[6:8] == ["   given a=1, b=1", "     both = 1  fires: sum 2, needs > 1, margin 1"]
    assert str(second) in started("test", file).stdout.decode()


def test_values_have_the_types_of_outputs() -> None:
    case = (
        "{given: {a: 5, c: voice}, expect: {a: [1, 0, 1, 0], m: 3, spins: [-1, -1.0], v: [3, 3], "
        "s: -1, total: 0.20, level: 2.0, word: '2', 'v(1)': 3, m(0): 1}}"
    )
    case = case.replace("v: [3, 3], ", "").replace("m: 3, ", "")
    [result] = nnc.run_cases(nnc.loads(f"{KINDS}  - {case}\n"))
    assert result.holds
    assert result.inputs == {"a": 5, "v": [3, 3], "c": "voice", "s": -1}
    assert result.expected == {
        "a": 5, "spins": [-1, -1], "s": -1, "total": Fraction(1, 5), "level": 2, "word": "2",
        "v(1)": 3, "m(0)": 1,
    }  # fmt: skip
    assert list(map(type, result.expected.values())) == list(map(type, result.actual.values()))


def test_inputs_can_be_evaluated_again() -> None:
    network = nnc.loads(f"{KINDS}  - {{given: {{a: 7, c: pain, s: 1, v: [0, 9]}}, expect: {{}}}}\n")
    [result] = nnc.run_cases(network)
    again = nnc.evaluate(network, result.inputs)
    assert (again["v"].tolist(), again["spins"].tolist()) == ([0, 9], [1, 1])
    assert (again["total"], again["word"]) == (Fraction(19, 30), "2")


def test_rows_of_a_case_file(tmp_path: Path) -> None:
    text = XOR + "cases: [{name: table, file: t.csv}, {file: t.csv}]\n"
    file = file_of(tmp_path, text, t="a,b,xor\n0,0,0\n1,1,1\n")
    results = nnc.run_cases(file)
    assert [(each.name, each.holds, each.line, each.row) for each in results] == [
        ("table, row 1", True, 2, 1), ("table, row 2", False, 3, 2),
        ("row 1", True, 2, 1), ("row 2", False, 3, 2),
    ]  # fmt: skip
    assert {each.file for each in results} == {str(tmp_path / "t.csv")}
    assert str(results[1]).startswith("error[NNC601] case-failed: table, row 2: `xor` is 0")
    assert "t.csv:3:5\n" in str(results[1])
    loaded = nnc.load(file)
    assert [each.holds for each in nnc.run_cases(loaded)] == [True, False] * 2


def test_a_network_built_in_python() -> None:
    network = Network(
        inputs=["a", "b"],
        neurons={"both": nnc.Neuron(weights={"a": 1, "b": 1}, threshold=1)},
        outputs=["both"],
        cases=[Case(given={"a": 1, "b": 1}, expect={"both": 0})],
    )
    [result] = nnc.run_cases(network)
    assert (result.holds, result.file, result.line) == (False, None, None)
    assert str(result).startswith("error[NNC601] case-failed: case 1: `both` is 1")
    assert "  --> cases[0].expect.both\n" in str(result)
    wrong = network.model_copy(update={"cases": (Case(given={"a": 1}, expect={"boht": 0}),)})
    with pytest.raises(nnc.InvalidNetworkError) as caught:
        nnc.run_cases(wrong)
    assert [each.rule for each in caught.value.diagnostics] == ["bad-case"] * 2
    assert caught.value.diagnostics[1].help == "did you mean `both`?"
    bad = network.model_copy(update={"outputs": {"x": nnc.Output(sources=["nothing"])}})
    with pytest.raises(nnc.InvalidNetworkError, match="nothing"):
        nnc.run_cases(bad)


def test_a_compiled_network_runs_the_cases_of_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnc.cli.main import run

    monkeypatch.chdir(tmp_path)
    file_of(tmp_path, XOR + CASES)
    assert run(["compile", "n.nn.yaml", "-o", "n.nnc"]) == 0
    assert [each.holds for each in nnc.run_cases("n.nnc")] == [True, False]
    with pytest.raises(nnc.InvalidNetworkError) as caught:
        nnc.run_cases(nnc.load_compiled("n.nnc"))  # type: ignore[arg-type]
    assert "wrong-type: a plan has no cases" in str(caught.value)
    file_of(tmp_path, XOR + CASES + "# changed\n")
    with pytest.warns(UserWarning, match="stale-compiled"):
        nnc.run_cases("n.nnc")


def test_mistakes_are_raised(tmp_path: Path) -> None:
    with pytest.raises(nnc.FileError):
        nnc.run_cases(tmp_path / "none.nn.yaml")
    with pytest.raises(nnc.InvalidNetworkError):
        nnc.run_cases(file_of(tmp_path, XOR + CASES.replace("b: 1", "c: 1")))
    file = file_of(tmp_path, XOR + "cases: [{file: t.csv}]\n", t="a,b,xor\n0,2,0\n0,x,0\n")
    with pytest.raises(nnc.InvalidRowsError) as caught:
        nnc.run_cases(file)
    assert [each.rule for each in caught.value.diagnostics] == ["bad-value", "not-a-number"]


def test_no_cases_are_a_warning(tmp_path: Path) -> None:
    file = file_of(tmp_path, XOR)
    with pytest.warns(UserWarning, match=r"n.nn.yaml: warning\[NNC603\] no-cases"):
        assert nnc.run_cases(file) == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nnc.run_cases("configs/gates/xor.nn.yaml")


def test_only_some_cases_are_run(tmp_path: Path) -> None:
    suite = open_suite(file_of(tmp_path, XOR + CASES))
    assert suite.run(lambda row: row.name, only={1}).entries[0][0] == "both on"
    assert suite.places == [(suite.checked.file, 9), (suite.checked.file, 10)]


@given(one=examples(ALL), rng=st.randoms(use_true_random=False))
def test_results_agree_with_the_oracle(
    one: Example, rng: Random, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = one.put(tmp_path_factory.mktemp("cases"))
    exact = Oracle(load(path), path.parent)
    network = nnc.load(path)
    plan = nnc.compile(network)
    columns = expected(exact, one.rows)
    rows = [_as_a_case_says(plan, columns, i) for i in range(len(one.rows))]
    givens = [
        {name: converted(value, number, one.kinds[name]) for name, value in row.items()}
        for row in one.rows
    ]
    pairs = list(zip(givens, rows, strict=True))
    spoiled, alias = rng.randrange(len(rows)), rng.choice(list(columns))
    for is_spoiled in (False, True):
        if is_spoiled:
            other = _another(plan, alias, rows[spoiled][alias])
            if other is None:
                return
            pairs[spoiled] = (givens[spoiled], rows[spoiled] | {alias: other})
        cases = tuple(Case(given=values, expect=expect) for values, expect in pairs)
        results = nnc.run_cases(network.model_copy(update={"cases": cases}))
        assert [each.holds for each in results] == [
            not is_spoiled or i != spoiled for i in range(len(rows))
        ]
        for result, expect in zip(results, rows, strict=True):
            assert {name: _exact(value) for name, value in result.actual.items()} == expect


def _exact(value: Any) -> Any:
    return list(map(Fraction, value)) if isinstance(value, list) else value


def _as_a_case_says(plan: nnc.Plan, columns: dict[str, list[Any]], row: int) -> dict[str, Any]:
    """Give what a case expects: a bus that is not an unsigned integer as a list."""
    values: dict[str, Any] = {}
    for tap in plan.outputs:
        value = columns[tap.alias][row]
        is_list = tap.is_bus and not tap.is_integer and not isinstance(value, list)
        values[tap.alias] = [value] if is_list else value
    return values


def _another(plan: nnc.Plan, alias: str, value: Any) -> Any:
    """Give another value that the output could give, as far as its kind tells; None for none."""
    [tap] = [each for each in plan.outputs if each.alias == alias]
    if tap.labels:
        return next((label for label in tap.labels if label != value), None)
    if tap.kind == "sum":
        return [value[0] + 1, *value[1:]] if isinstance(value, list) else value + 1
    if tap.is_integer:
        return value + 1 if value == 0 else value - 1
    if tap.kind in ("level", "largest"):
        return value - 1 if value else None if tap.kind == "largest" else 1
    return None


@given(one=examples({"buses", "choice", "states"}), rng=st.randoms(use_true_random=False))
def test_case_files_agree_with_the_oracle(
    one: Example, rng: Random, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = one.put(tmp_path_factory.mktemp("cases"))
    network = nnc.load(path)
    plan = nnc.compile(network)
    columns = expected(Oracle(load(path), path.parent), one.rows)
    lines = csv_text(plan, one.rows, rng).decode().splitlines()
    scalars = [tap for tap in plan.outputs if tap.is_integer or not tap.is_bus]
    scalars = [tap for tap in scalars if tap.alias not in plan.inputs]
    if not one.rows[0] or not scalars:
        return
    for tap in scalars:
        cells = [f'"{v}"' if isinstance(v, str) else str(v) for v in columns[tap.alias]]
        lines = [f"{line},{cell}" for line, cell in zip(lines, [tap.alias, *cells], strict=True)]
    (path.parent / "rows.csv").write_text("\n".join(lines) + "\n")
    update = {"cases": (Case(file="rows.csv"),), "folder": path.parent}
    results = nnc.run_cases(network.model_copy(update=update))
    assert [(each.row, each.holds) for each in results] == [
        (i + 1, True) for i in range(len(one.rows))
    ]
