"""What a notebook shows of a network, a trace and a comparison."""

from pathlib import Path

import pytest

import nnc
from nnc import notebooks
from tests.support.running import said_by

CONFIGS = Path(__file__).parents[1] / "configs"
AND, OR = (nnc.load(CONFIGS / f"gates/{name}.nn.yaml") for name in ("and", "or"))


def test_a_network() -> None:
    bundle = AND._repr_mimebundle_()
    assert bundle["text/plain"] == repr(AND)
    assert bundle["image/svg+xml"] == nnc.draw(AND).svg
    assert "image/png" in bundle


def test_a_network_that_is_not_valid_is_shown_as_text() -> None:
    wrong = nnc.Network(
        inputs=["a"], neurons={"n": {"weights": {"b": 1}, "threshold": 1}}, outputs=["n"]
    )
    assert wrong._repr_mimebundle_() == {"text/plain": repr(wrong)}


def test_a_network_with_too_many_neurons_is_shown_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    large = nnc.load(CONFIGS / "digits/digits.nn.yaml")
    assert "image/svg+xml" in large._repr_mimebundle_()
    monkeypatch.setattr(notebooks, "_MAX_DECLARED", 95)
    assert large._repr_mimebundle_() == {"text/plain": repr(large)}


TRACED = {
    "gates/and": {"a": 1, "b": 0},
    "arithmetic/adder_8bit": {"a": 200, "b": 55},
    "medicine/glasgow_coma_scale": {"eyes": "sound", "verbal": "words", "motor": "none"},
}


@pytest.mark.parametrize("name", TRACED)
def test_a_trace(name: str) -> None:
    network = nnc.load(CONFIGS / f"{name}.nn.yaml")
    trace = nnc.trace(network, TRACED[name])
    bundle = trace._repr_mimebundle_()
    assert bundle["text/plain"] == str(trace)
    assert bundle["image/svg+xml"] == nnc.draw(network, TRACED[name]).svg
    plan = nnc.trace(nnc.compile(network), TRACED[name])
    assert plan._repr_mimebundle_() == {"text/plain": str(plan)}


def test_a_comparison() -> None:
    comparison = nnc.compare(AND, OR)
    bundle = comparison._repr_mimebundle_()
    assert bundle["text/plain"] == repr(comparison)
    assert bundle["image/svg+xml"] == nnc.draw(OR, against=AND).svg
    assert "gives something else" in bundle["image/svg+xml"]
    same = nnc.compare(AND, AND)._repr_mimebundle_()
    assert same["image/svg+xml"] == nnc.draw(AND, against=AND).svg
    bare = comparison._replace(networks=None)
    assert bare._repr_mimebundle_() == {"text/plain": repr(comparison)}


# --------------------------------------------------------------------- what is a page of text

ROWS = {"age": [70, 66, 71, 30, 31, 45], "sick": [1, 1, 1, 0, 0, 0]}
FIT = nnc.fit(None, ROWS, "sick", cutoffs=5)
PAGES = {
    "reasons": (
        nnc.why(AND, {"a": 1, "b": 0}),
        "out = 0  silent: sum 1, needs",
        "<Reasons: row 1: a=1, b=0>",
    ),
    "fit": (
        FIT,
        "points for sick = 1, from 6 rows\n\n  age >= 60   +1\nsick is 1 from 1 point on",
        "<Fit: points for sick = 1, from 6 rows>",
    ),
    "card": (
        FIT.card,
        "  age >= 60   +1\nthe output is 1 from 1 point on",
        "<FittedCard: age >= 60 +1; the output is 1 from 1 point on>",
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_an_answer_is_the_text_of_its_command(name: str) -> None:
    answer, words, line = PAGES[name]
    assert words in str(answer)
    assert repr([answer]) == f"[{line}]"
    bundle = answer._repr_mimebundle_()
    assert bundle["text/plain"] == str(answer)
    assert bundle["text/html"].startswith("<pre>")
    assert "&gt;" in bundle["text/html"] or ">" not in str(answer)


def test_a_line_of_a_long_text_ends() -> None:
    network = nnc.loads(
        "{nnc: 1, inputs: [" + ", ".join(f"input_{i}" for i in range(40)) + "],"
        " neurons: {n: {weights: {input_0: 1}, threshold: 1, fires: at_least}}, outputs: {o: n}}"
    )
    line = repr(nnc.why(network, {f"input_{i}": 1 for i in range(40)}))
    assert line.endswith("…>")
    assert len(line) == len("<Reasons: >") + 100


def test_a_picture_of_a_network_needs_no_other_answers() -> None:
    code = (
        "import nnc, sys; nnc.loads('{nnc: 1, inputs: [a], outputs: {n: n}, neurons: {n: {weights:"
        " {a: 1}, threshold: 1, fires: at_least}}}')._repr_mimebundle_();"
        "print([m for m in sys.modules if m.startswith(('nnc.scores', 'nnc.reasons'))])"
    )
    assert said_by(code).strip() == "[]"


def test_a_network_and_a_fit_are_saved(tmp_path: Path) -> None:
    assert AND.to_yaml() == nnc.to_yaml(AND)
    AND.save(tmp_path / "and.nn.yaml")
    assert nnc.load(tmp_path / "and.nn.yaml").neurons == AND.neurons
    FIT.save(tmp_path / "sick.nn.yaml")
    assert (tmp_path / "sick.nn.yaml").read_text() == FIT.to_yaml() != FIT.network.to_yaml()
    assert nnc.evaluate(nnc.load(tmp_path / "sick.nn.yaml"), {"age": 60})["sick"] == 1
    with pytest.raises(nnc.FileError, match="cannot write the file"):
        AND.save(tmp_path / "nowhere/and.nn.yaml")


def test_files_that_a_saved_network_names_stay_where_they_are(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights/and.nn.yaml").write_text(
        "{nnc: 1, inputs: [a], outputs: {n: n}, cases: [{file: rows.csv}], neurons:"
        " {n: {weights: {a: 1}, threshold: 1, fires: at_least}}}"
    )
    (tmp_path / "weights/rows.csv").write_text("a,n\n1,1\n")
    nnc.load(tmp_path / "weights/and.nn.yaml").save(tmp_path / "copy.nn.yaml")
    assert "weights/rows.csv" in (tmp_path / "copy.nn.yaml").read_text()
    assert nnc.run_cases(tmp_path / "copy.nn.yaml")
