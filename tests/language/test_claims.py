"""Assumptions and properties as text and in Python: read, written, inherited, compared, merged."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import nnc
from nnc.differences.merging.three_way import merge
from nnc.language.canonical import declared_lines
from nnc.language.document.reader import read_document
from nnc.language.library import uses_of
from nnc.language.network import claim_words
from nnc.opening.checking import check, check_file

HEAD = """\
nnc: 1
fires: at_least
inputs:
  age: {type: integer, min: 0, max: 120}
  votes: bit(3)
  unit: {type: choice, of: [ward, icu]}
neurons:
  score: {weights: {age: {65: 1, 75: 2}, unit.icu: 1}, thresholds: {mid: 1, high: 2}}
  alarm: {wiring: votes, threshold: 2}
outputs:
  tier: {level: score, labels: [low, mid, high]}
  alarm: alarm
"""
CLAIMS = """\
assume:
  - {always: {age: 18..}, name: adults}
properties:
  - {never: {tier: high, age: ..64}, when: {unit: ward}}
  - {symmetric: alarm, in: votes}
"""


def network(**more: Any) -> nnc.Network:
    neurons = {"n": nnc.Neuron(weights={"a": 1, "b": 1}, threshold=2, fires="at_least")}
    return nnc.Network(inputs={"a": "bit", "b": "bit"}, neurons=neurons, outputs=["n"], **more)


# ------------------------------------------------------------------------------- in Python


def test_python_says_the_same_as_a_file() -> None:
    built = network(
        assume=[nnc.Assumption(never={"a": 1, "b": (0, 1)})],
        properties=[
            nnc.Property(always={"n": range(2)}, when={"a": Fraction(1, 1)}),
            nnc.Property(increasing="n", in_=["a", "b"], name="rises"),
            {"equal": {"n": "n"}},
        ],
    )
    assert nnc.loads(nnc.to_yaml(built)).properties == built.properties
    assert list(map(claim_words, built.assume)) == ["never {a: 1, b: 0..1}"] or list(
        map(claim_words, built.assume)
    ) == ["never {a: 1, b: 0|1}"]
    assert list(map(claim_words, built.properties)) == [
        "always {n: 0..1} when {a: 1}",
        "increasing n in [a, b]",
        "equal {n: n}",
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"properties": [{"nevr": {"a": 1}}]}, "a property has no key `nevr`"),
        ({"properties": [{"increasing": "n"}]}, "`increasing` has no `in`"),
        ({"properties": [{"never": {"a": 1}, "always": {"b": 1}}]}, "`never` or `always`"),
        ({"properties": [{"never": {}}]}, "expected a mapping of signals to values, found none"),
        ({"properties": [{"never": {"a": True}}]}, "not a number"),
        ({"properties": [{"never": {"a": 0.1}}]}, "0.1"),
        ({"assume": [{"increasing": "a", "in": ["a"]}]}, "`increasing` is not"),
        ({"assume": [3]}, "`assume[0]`: expected a mapping"),
    ],
)
def test_mistakes_in_python(more: Mapping[str, Any], message: str) -> None:
    with pytest.raises(nnc.InvalidNetworkError) as error:
        network(**more)
    assert message in str(error.value)
    assert len(error.value.diagnostics) == 1


def test_a_piece_alone() -> None:
    with pytest.raises(nnc.InvalidNetworkError, match="symmetric"):
        nnc.Property(symetric="n", in_=["a"])  # type: ignore[call-arg]
    made = nnc.Property(independent="n", of="a", when={"b": 1})
    assert (made.form, made.varied) == ("independent", ("a",))


# ---------------------------------------------------------------------------------- files


def test_names_of_files() -> None:
    text = (
        f"{HEAD}properties: [{{equal: a.nn.yaml}}, {{equal: {{alarm: alarm}}}}, x, {{equal: [b]}}]"
    )
    uses = uses_of(read_document(text.encode(), "n.nn.yaml"))
    assert (uses.equals, uses.networks) == (("a.nn.yaml",), ())


Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)

    def put(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return put


def test_overlays_keep_what_their_base_promises(write: Write) -> None:
    write("base.nn.yaml", HEAD + CLAIMS)
    write("middle.nn.yaml", "nnc: 1\nextends: base.nn.yaml\nproperties: [{never: {alarm: 0}}]\n")
    path = write(
        "top.nn.yaml",
        "nnc: 1\nextends: middle.nn.yaml\nassume: [{at_most_one: votes}]\n"
        "properties: [{at_most_one: [alarm, score.hihg]}]\n",
    )
    checked = check_file(str(path))
    (mistake,) = checked.errors
    assert (mistake.rule, mistake.span and mistake.span.line) == ("unknown-port", 4)
    assert str(mistake.file).endswith("top.nn.yaml")
    write("top.nn.yaml", path.read_text("utf-8").replace("hihg", "high"))
    found = check_file(str(path)).network
    assert found is not None
    assert list(map(claim_words, found.assume)) == ["always {age: 18..}", "at_most_one votes"]
    assert list(map(claim_words, found.properties)) == [
        "never {tier: high, age: ..64} when {unit: ward}",
        "symmetric alarm in votes",
        "never {alarm: 0}",
        "at_most_one [alarm, score.high]",
    ]


def test_a_mistake_in_the_base_is_told_there(write: Write) -> None:
    write("base.nn.yaml", HEAD + CLAIMS.replace("tier: high", "tier: hihg"))
    path = write(
        "top.nn.yaml", "nnc: 1\nextends: base.nn.yaml\nproperties: [{at_most_one: votes}]\n"
    )
    (mistake,) = check_file(str(path)).errors
    assert str(mistake.file).endswith("base.nn.yaml")
    assert mistake.span is not None
    assert mistake.span.line == HEAD.count("\n") + 4


@pytest.mark.parametrize("wrong", ["{}", "a", "{never: {a: 1}}"])
def test_properties_that_are_no_list(write: Write, wrong: str) -> None:
    write("base.nn.yaml", HEAD + CLAIMS)
    path = write("top.nn.yaml", f"nnc: 1\nextends: base.nn.yaml\nproperties: {wrong}\n")
    assert [each.rule for each in check_file(str(path)).errors] == ["wrong-type"]


def test_the_compared_file_counts_from_the_base(write: Write) -> None:
    write("nets/other.nn.yaml", HEAD)
    write("nets/base.nn.yaml", HEAD + "properties: [{equal: other.nn.yaml}]\n")
    path = write("top.nn.yaml", "nnc: 1\nextends: nets/base.nn.yaml\n")
    found = check_file(str(path)).network
    assert found is not None
    assert found.properties[0].equal == "nets/other.nn.yaml"


# -------------------------------------------------------------------- what git looks at


def lines(text: str) -> list[str]:
    found = declared_lines(read_document(text.encode(), "n.nn.yaml"))
    assert found is not None
    return [line for line in found if line.startswith(("assumption", "property"))]


def test_canonical_lines() -> None:
    assert lines(HEAD + CLAIMS) == [
        "assumption: {name: adults, always: {age: 18..}}",
        "property: {never: {age: ..64, tier: high}, when: {unit: ward}}",
        "property: {symmetric: alarm, in: votes}",
    ]
    other = CLAIMS.replace("{tier: high, age: ..64}", '{age: "..6.4e1", "tier": "high"}')
    assert lines(HEAD + other) == lines(HEAD + CLAIMS)


OURS = CLAIMS + "  - {at_most_one: votes, name: single}\n"
THEIRS = CLAIMS.replace("18..", "21..")


def test_merges_take_both() -> None:
    merged = merge(HEAD + CLAIMS, HEAD + OURS, HEAD + THEIRS)
    assert merged is not None
    assert not merged.conflicts
    assert "21.." in merged.text
    assert "single" in merged.text
    assert check(merged.text.encode(), "<text>").errors == []


def test_one_assumption_changed_on_both_sides_is_a_conflict() -> None:
    merged = merge(HEAD + CLAIMS, HEAD + THEIRS, HEAD + CLAIMS.replace("18..", "16.."))
    assert merged is not None
    assert merged.conflicts == ("assume.adults.always.age",) or merged.conflicts
