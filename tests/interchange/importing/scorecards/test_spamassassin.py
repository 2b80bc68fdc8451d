"""Rules of SpamAssassin: scores as weights, the required score as the threshold."""

from __future__ import annotations

from fractions import Fraction

import pytest

import nnc
from nnc.diagnostics.diagnostic import InvalidNetworkError
from nnc.interchange.importing.imported import Imported
from nnc.interchange.imports import read_bytes_as

RULES = """\
# a shop's own rules
required_score 6.5
header   SHOP_HELLO   Subject =~ /hello \\#1/i
describe SHOP_HELLO   Subject says hello
score    SHOP_HELLO   1.5   # not much
body     __LINK       /http/
meta     SHOP_LINKS   (__LINK > 3)
score    SHOP_LINKS   0.8 1.2 0.8 1.0
score    BAYES_00     0 0 -1.2 -1.9
score    BAYES_00     (-0.1)
uri      SHOP_BAD     /bad/
body     T_TRIED      /x/
body     SHOP_GOOD    /y/
tflags   SHOP_GOOD    nice
score    SHOP_OFF     0
ifplugin Mail::SpamAssassin::Plugin::Razor2
score    RAZOR2_CHECK 1.729
else
score    RAZOR2_CHECK 99
endif
"""


def imported(text: str | bytes) -> Imported:
    data = text if isinstance(text, bytes) else text.encode()
    return read_bytes_as(data, "local.cf", "spamassassin")


def test_rules_are_bits_with_weights() -> None:
    found = imported(RULES)
    assert found.network.neurons["score"] == nnc.Neuron(
        weights={
            "SHOP_HELLO": "1.5", "SHOP_LINKS": 1, "BAYES_00": -2, "RAZOR2_CHECK": "1.729",
            "SHOP_BAD": 1, "T_TRIED": "0.01", "SHOP_GOOD": -1,
        },
        threshold="6.5",
    )  # fmt: skip
    assert found.network.inputs["SHOP_HELLO"] == nnc.Input(
        type="bit", default=0, description="Subject says hello"
    )
    [note] = found.notes
    assert note.message == (
        "conditions are decided as by SpamAssassin 4 with every plugin: "
        "counted from line 16; left out from line 18"
    )


@pytest.mark.parametrize(
    ("condition", "weight"),
    [
        ("if (version >= 99)", 2),
        ("if (version >= 3.004001)", 1),
        ("if version < 3.4.2", 2),
        ("if (false)", 2),
        ("if !plugin(Mail::SpamAssassin::Plugin::DKIM)", 2),
        ("if (plugin(A) && (version < 3 || !can(b)))", 2),
        ("if (plugin(A)) || (false)", 1),
        ("if !(has(x) && false)", 1),
        ("ifplugin A", 1),
    ],
)
def test_a_condition_is_decided(condition: str, weight: int) -> None:
    found = imported(f"{condition}\nif (true)\nscore A 1\nendif\nelse\nscore A 2\nendif\n")
    assert found.network.neurons["score"].weights == {"A": weight}
    assert "decided as by SpamAssassin 4 with every plugin" in found.notes[0].message
    assert ("left out from line 1" in found.notes[0].message) == (weight == 2)


def test_sub_rules_have_no_score() -> None:
    found = imported("body __X /x/\nscore __X 5\nscore A 1\n")
    assert list(found.network.inputs) == ["A"]
    assert [note.message for note in found.notes] == [
        "left out, as a rule whose name begins with `__` has no score: __X"
    ]


def test_a_mail_is_decided_as_spamassassin_does() -> None:
    network = imported(RULES).network
    hits = {"RAZOR2_CHECK": [1, 1], "SHOP_HELLO": [1, 1], "SHOP_BAD": [1, 1], "BAYES_00": [0, 1]}
    answers = nnc.evaluate(network, hits)
    assert [Fraction(str(each)) for each in answers["points"]] == [
        Fraction("4.229"),
        Fraction("2.229"),
    ]
    assert answers["spam"].tolist() == [0, 0]
    assert imported("score A 5\n").network.neurons["score"].threshold == 5


def test_the_last_of_four_scores_counts() -> None:
    weights = imported(RULES).network.neurons["score"].weights
    assert isinstance(weights, dict)
    assert weights["SHOP_LINKS"] == 1


def test_texts_in_latin_1_can_be_read() -> None:
    network = imported(b"score A 1\ndescribe A Schl\xfcssel\n").network
    assert network.inputs["A"].description == "Schlüssel"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "NNC940 no rule of the file has a score"),
        ("score A\n", "1:1: NNC941 expected `score NAME n`, or four numbers"),
        ("score A 1 2\n", "1:1: NNC941 expected `score NAME n`, or four numbers"),
        ("score A one\n", "1:9: NNC941 expected a number, found `one`"),
        ("score A (1\n", "1:9: NNC941 expected a number, found `(1`"),
        ("score A-B 1\n", "1:7: NNC941 `A-B` is no name of a rule"),
        ("required_score\n", "1:1: NNC941 `required_score` needs one number"),
        ("score A 1\nif x\n", "2:1: NNC941 `if` without `endif`"),
        ("endif\n", "1:1: NNC941 `endif` without `if`"),
        ("include other.cf\n", "1:1: NNC940 the file includes another"),
    ],
)
def test_what_is_wrong_is_told(text: str, message: str) -> None:
    with pytest.raises(InvalidNetworkError) as caught:
        imported(text)
    [found] = caught.value.diagnostics
    place = f"{found.span.line}:{found.span.column}: " if found.span else ""
    assert message in f"{place}{found.about.code} {found.message}"
