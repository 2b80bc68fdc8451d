"""Numbers left open: which there are, how they are filled in, and what is told of broken ones."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import nnc
from nnc.compiler.blanks import OpenNumber, count_open, open_numbers
from nnc.language.network import Blank, Network, Open
from nnc.opening.checking import check, check_built

CARD = """\
nnc: 1
fires: at_least
inputs: {age: {type: integer, min: 0}, confused: bit, urea_high: bit, resp_rate: {type: integer, min: 0}}
neurons:
  risk:
    weights:
      age: {65: 1.., 80: 1..}
      confused: _
      resp_rate: {25: 0..2}
      urea_high: 2
    threshold: _
outputs: {risk: risk, points: {sum: risk}}
unknown: {range: -5..5, terms: 4}
cases:
  - {given: {age: 85, confused: 1, urea_high: 0, resp_rate: 30}, expect: {risk: 1}}
"""  # noqa: E501
MANY = """\
nnc: 1
fires: at_least
inputs: {a: bit, votes: bit(3), n: integer}
neurons:
  whole: {wiring: [a, votes], weights: _, threshold: 0..}
  bus: {weights: {votes: 0..1, a: 1}, threshold: 1}
  list: {weights: {votes: [1, _, 2]}, threshold: 1}
  several: {wiring: [a], thresholds: {low: 1, high: _}}
layers:
  hidden: {wiring: [a, votes], weights: _, thresholds: [_, 1, "0..3"]}
  open: {wiring: [a], size: 1..6, weights: _, thresholds: _}
outputs: {w: whole, b: bus, l: list, s: {level: several}, h: hidden, o: out}
"""


def linked_of(text: str) -> Any:
    checked = check(text.encode(), "card.nn.yaml")
    assert checked.errors == []
    return checked.linked


def numbers(text: str) -> list[OpenNumber]:
    return list(open_numbers(linked_of(text)))


def test_the_open_numbers_of_a_score() -> None:
    path = ("neurons", "risk", "weights")
    assert [(one.path, one.kind, one.low, one.high) for one in numbers(CARD)] == [
        ((*path, "age", "65"), "points", 1, None),
        ((*path, "age", "80"), "points", 1, None),
        ((*path, "confused"), "weight", -5, 5),
        ((*path, "resp_rate", "25"), "points", 0, 2),
        (("neurons", "risk", "threshold"), "threshold", None, None),
    ]
    assert all(one.is_integer and one.place == one.path for one in numbers(CARD))
    decimal = numbers(CARD.replace("terms: 4", "decimals: 2"))
    assert {one.decimals for one in decimal} == {2}


def test_a_blank_is_one_for_each_number_that_it_stands_for() -> None:
    text = MANY.replace("outputs:", "  out_: {wiring: [open], weights: _, thresholds: 1, size: 1}\n"
                        "outputs:").replace("o: out", "o: out_")  # fmt: skip
    counts: dict[str, int] = {}
    for one in numbers(text):
        counts[".".join(map(str, one.place))] = counts.get(".".join(map(str, one.place)), 0) + 1
    assert counts == {
        "neurons.whole.weights": 4,
        "neurons.whole.threshold": 1,
        "neurons.bus.weights.votes": 3,
        "neurons.list.weights.votes.1": 1,
        "neurons.several.thresholds.high": 1,
        "layers.hidden.weights": 12,
        "layers.hidden.thresholds.0": 1,
        "layers.hidden.thresholds.2": 1,
        "layers.open.weights": 6,
        "layers.open.thresholds": 6,
        "layers.open.size": 1,
        "layers.out_.weights": 6,
    }
    assert count_open(linked_of(text)) == sum(counts.values())


def test_nothing_but_the_blanks_is_filled() -> None:
    network = nnc.loads(CARD)
    paths = [blank.path for blank in network.open]
    filled = network.filled(dict(zip(paths, (1, 2, "0.5", 0, Fraction(5, 2)), strict=True)))
    assert filled.open == ()
    by_hand = (
        CARD.replace("1..,", "1,").replace("1..}", "2}").replace("confused: _", "confused: .5")
    )
    assert filled == nnc.loads(by_hand.replace("0..2", "0").replace("d: _", "d: 2.5"))
    assert network.filled({}) == network
    assert network.filled({paths[0]: 1}).open == network.open[1:]


def test_numbers_of_a_bus_are_filled_together_or_one_by_one() -> None:
    text = MANY.replace("open:", "shut:").replace("1..6", "2").replace("o: out", "o: shut")
    network = nnc.loads(text)
    path = ("neurons", "bus", "weights", "votes")
    for values in ({path: 1}, {path: (1, 1, 1)}, {(*path, i): 1 for i in range(3)}):
        filled = network.filled(values).neurons["bus"]
        assert nnc.compile(Network(inputs=network.inputs, neurons={"bus": filled}, outputs=["bus"]))
    hidden = ("layers", "hidden", "weights")
    rows = {(*hidden, i, j): i + j for i in range(3) for j in range(4)}
    assert network.filled(rows).layers["hidden"].weights == (
        (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5))  # fmt: skip
    every = {one.path: 2 if "high" in one.path else 1 for one in numbers(text)}
    assert nnc.compile(network.filled(every))
    with pytest.raises(ValueError, match="give all of them"):
        network.filled({(*path, 2): 1})


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("neurons", "risk", "weights", "urea_high"), 1, "no number is left open"),
        (("neurons", "risk", "weights", "confuse"), 1, "did you mean `neurons.risk.weights.conf"),
        (("neurons", "risk", "weights", "resp_rate", "25"), 3, "out of the bounds"),
        (("neurons", "risk", "threshold"), 0.1, "float 0.1"),
        (("neurons", "risk", "threshold"), "_", "the blank `_`"),
        (("neurons", "risk", "threshold"), [1, 2], "expected a number"),
    ],
)
def test_what_does_not_fill_a_blank(path: Any, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nnc.loads(CARD).filled({path: value})


def test_a_blank_may_stand_for_a_row_of_a_layer() -> None:
    rows = "[_, [1, 2, 3, 0..9], -1..1]"
    text = MANY.replace("votes], weights: _, thresholds", f"votes], weights: {rows}, thresholds")
    text = text.replace("open:", "shut:").replace("1..6", "2").replace("o: out", "o: shut")
    path = ("layers", "hidden", "weights")
    found = [one for one in numbers(text) if one.path[:3] == path]
    assert [(one.path[3:], one.place[3:], one.low, one.high) for one in found] == [
        *(((0, i), (0,), None, None) for i in range(4)),
        ((1, 3), (1, 3), 0, 9),
        *(((2, i), (2,), -1, 1) for i in range(4)),
    ]
    network = nnc.loads(text)
    every = {**{(*path, 0, i): 7 for i in range(4)}, (*path, 1, 3): 4, (*path, 2): [1, 0, 0, -1]}
    filled = network.filled(every).layers["hidden"]
    assert filled.weights == ((7, 7, 7, 7), (1, 2, 3, 4), (1, 0, 0, -1))
    assert nnc.loads(nnc.to_yaml(network)) == network
    with pytest.raises(ValueError, match="out of the bounds"):
        network.filled({(*path, 2): [1, 0, 2, 0]})
    with pytest.raises(ValueError, match="give all of them"):
        network.filled({(*path, 0, 1): 1})
    narrow = nnc.loads(text.replace("wiring: [a, votes], weights: [_, [1, 2, 3, 0..9], -1..1]",
                                    "wiring: a, weights: [_, [1], -1..1]"))  # fmt: skip
    assert narrow.filled({(*path, 0): 5, (*path, 2): 1}).layers["hidden"].weights == (
        (5,), (1,), (1,))  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "place", "rule", "fix"),
    [
        ("[_, 1]", "4:36", "wrong-type", "write a list for each neuron"),
        ("[_, 1..0]", "4:36", "bad-range", "write `0..1`"),
        ("[_, ..]", "4:36", "bad-range", "write `_`"),
        ("[_, [1]]", "4:36", "weight-count", "write 2 numbers"),
        ("[_, _], size: 3", "4:32", "weight-count", "write a row for each neuron"),
        ("[_, _], size: 1..3", "4:46", "misplaced-blank", "write `weights: _`"),
    ],
)
def test_what_is_no_row(rows: str, place: str, rule: str, fix: str) -> None:
    text = (
        f"nnc: 1\ninputs: [a, b]\nlayers:\n  h: {{wiring: [a, b], weights: {rows}, thresholds: _}}"
    )
    (found,) = [one for one in check(f"{text}\noutputs: [h]\n".encode(), "f").diagnostics
                if one.is_error]  # fmt: skip
    assert found.span is not None
    assert (f"{found.span.line}:{found.span.column}", found.rule) == (place, rule)
    assert fix in (found.help or "")


def test_a_network_of_python_leaves_numbers_open() -> None:
    neuron = nnc.Neuron(weights={"a": nnc.Open(), "b": nnc.Open("0.5", 2)}, threshold="_")
    network = Network(inputs=["a", "b"], neurons={"n": neuron}, outputs=["n"])
    assert network.open == (
        Blank(("neurons", "n", "weights", "a"), "weight", None, None),
        Blank(("neurons", "n", "weights", "b"), "weight", Fraction(1, 2), 2),
        Blank(("neurons", "n", "threshold"), "threshold", None, None),
    )
    assert check_built(network).diagnostics == []
    for use in (nnc.compile, nnc.truth_table, nnc.run_cases):
        with pytest.raises(nnc.InvalidNetworkError) as refused:
            use(network)
        (one,) = refused.value.diagnostics
        assert one.rule == "open-number"
        assert one.message.startswith("3 numbers are left open, first `n.a`")
    assert nnc.loads(nnc.to_yaml(network)) == network
    with pytest.raises(nnc.InvalidNetworkError, match="empty"):
        nnc.Neuron(weights={"a": nnc.Open(2, 1)}, threshold=1)


def test_open_layers_without_cases_are_trained() -> None:
    text = (
        "nnc: 1\nfires: at_least\ninputs: {a: bit(2)}\n"
        "layers: {h: {wiring: a, size: 2, weights: _, thresholds: _}}\noutputs: {h: h}\n"
    )
    (note,) = check(text.encode(), "net.nn.yaml").diagnostics
    assert note.message.endswith("; `nnc train` fills them")
    assert note.help == "find them from rows: nnc train net.nn.yaml ROWS --label COLUMN -o FILE"
    with_cases = f"{text}cases:\n  - {{given: {{a: 1}}, expect: {{h: 1}}}}\n"
    (note,) = check(with_cases.encode(), "net.nn.yaml").diagnostics
    assert note.help == "find them: nnc solve net.nn.yaml"


def test_a_file_tells_how_many_numbers_are_open_and_where() -> None:
    checked = check(CARD.encode(), "card.nn.yaml")
    (note,) = checked.diagnostics
    assert note.message == "5 numbers are left open, first `risk.age.65`; `nnc solve` fills them"
    assert (note.rule, note.span and (note.span.line, note.span.column)) == (
        "open-numbers", (7, 17))  # fmt: skip
    (error,) = checked.obstacles
    assert (error.rule, error.span) == ("open-number", note.span)
    assert error.help == "find them: nnc solve card.nn.yaml"
    assert checked.graph is None
    assert checked.network is not None
    assert checked.linked is not None
    (one,) = check(CARD.replace("1..,", "1,").replace("1..}", "2}").replace("0..2", "0")
                   .replace("d: _\nout", "d: 1\nout").encode(), "c").diagnostics  # fmt: skip
    assert one.message.startswith("1 number is left open: `risk.confused`")


def test_spans_lead_to_the_tokens_alone() -> None:
    checked = check(CARD.encode(), "card.nn.yaml")
    assert checked.network is not None
    places = checked.document.locate((blank.path, False) for blank in checked.network.open)
    texts = [place.document.text[place.start : place.end] for place in places]
    assert texts == ["1..", "1..", "_", "0..2", "_"]


BROKEN = [
    # (what stands in CARD, what is written instead, place, rule, fix)
    ("confused: _", "confused: ..", "8:17", "bad-range", "write `_`"),
    ("confused: _", "confused: 5..1", "8:17", "bad-range", "write `1..5`"),
    ("confused: _", 'confused: "5..1"', "8:17", "bad-range", "write `1..5`"),
    ("confused: _", "confused: __", "8:17", "bad-range", "write `_`"),
    ("confused: _", 'confused: "?"', "8:17", "bad-range", "write `_`"),
    ("confused: _", "confused: 1 to 5", "8:17", "bad-range", "write `1..5`"),
    ("confused: _", "confused: 1\u20265", "8:17", "bad-range", "write `1..5`"),
    ("confused: _", "confused: 1..2|4", "8:17", "bad-range", "write 0..5"),
    ("confused: _", "confused: +1..5", "8:17", "plus-sign", "write `1..5`"),
    ("confused: _", "confused: 00..5", "8:17", "leading-zero", "write `0..5`"),
    ("confused: _", "confused: 1..x", "8:17", "not-a-number", "write an integer"),
    ("confused: _", "confused: [_, 1]", "8:17", "weight-count", "write 1 number"),
    ("confused: _", "confused: [5..1]", "8:18", "bad-range", "write `1..5`"),
    ("65: 1..", "_: 1..", "7:13", "misplaced-blank", "write the number"),
    ("65: 1..", "60..65: 1..", "7:13", "misplaced-blank", "write `60: 1..`"),
    ("65: 1..", "above _: 1..", "7:13", "misplaced-blank", "write the number"),
    ("threshold: _", "threshold: ..", "11:16", "bad-range", "write `_`"),
    ("threshold: _", "threshold: above _", "11:16", "not-a-number", "`fires: above`"),
    ("threshold: _", "thresholds: {a: above _}", "11:21", "misplaced-blank", "write `_`"),
    ("threshold: _", "thresholds: {a: 3..1}", "11:21", "bad-range", "write `1..3`"),
    ("threshold: _", "threshold: 1\n    states: [_, 1]", "12:14", "misplaced-blank", "the number"),
    ("min: 0}, c", "min: _}, c", "3:36", "misplaced-blank", "write the number"),
    ("min: 0}, c", "max: 0..9}, c", "3:36", "misplaced-blank", "write the number"),
    ("min: 0}, c", "default: _}, c", "3:40", "misplaced-blank", "write the number"),
    ("min: 0}, c", "size: 1..4}, c", "3:37", "misplaced-blank", "write the number"),
    ("range: -5..5", "range: 5..-5", "13:18", "bad-range", "write `-5..5`"),
    ("range: -5..5", "range: 5", "13:18", "bad-range", "write 5..5"),
    ("range: -5..5", "range: ..", "13:18", "bad-range", "write `_`"),
    ("range: -5..5", "rang: -5..5", "13:11", "unknown-key", "did you mean `range`?"),
    ("range: -5..5", "goal: loss", "13:11", "unknown-key", "takes range, decimals, terms"),
    ("terms: 4", "terms: 0", "13:32", "unknown-value", "write for example 4"),
    ("terms: 4", "terms: _", "13:32", "misplaced-blank", "write the number"),
    ("terms: 4", "decimals: -1", "13:35", "unknown-value", "write for example 1"),
    ("terms: 4", "decimals: 0.5", "13:35", "unknown-value", "write for example 1"),
    ("terms: 4", "minimize: weight", "13:35", "unknown-value", "did you mean `weights`?"),
    ("terms: 4", "margin: maximum", "13:33", "not-a-number", "or max"),
    ("terms: 4", "margin: 0", "13:33", "unknown-value", "`margin: 1`"),
    ("outputs: {risk: risk,", "outputs: {risk: risk(_),", "12:17", "bad-source", "write a number"),
    ("age: 85", "age: _", "15:19", "misplaced-blank", "write the number; a case for each"),
    ("age: 85", "age: 80..", "15:19", "misplaced-blank", "write the number; a case for each"),
    ("{risk: 1}", "{risk: _}", "15:81", "misplaced-blank", "leave it out"),
    ("{risk: 1}", "{points: 1..5}", "15:83", "misplaced-blank", "leave it out"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "rule", "fix"), BROKEN, ids=lambda x: str(x)[:20])
def test_a_broken_blank_is_one_finding_with_its_fix(
    old: str, new: str, place: str, rule: str, fix: str
) -> None:
    text = CARD.replace(old, new, 1)
    assert text != CARD
    found = [one for one in check(text.encode(), "f").diagnostics if one.is_error]
    assert [(one.rule, one.span and f"{one.span.line}:{one.span.column}") for one in found] == [
        (rule, place)]  # fmt: skip
    assert fix in (found[0].help or "")


LAYER = """\
nnc: 1
fires: at_least
inputs: [a, b]
layers:
  hidden: {wiring: [a, b], size: 1..6, weights: _, thresholds: _}
neurons:
  out: {weights: {hidden: _}, threshold: _}
outputs: [out]
"""


@pytest.mark.parametrize(
    ("old", "new", "place", "why"),
    [
        ("weights: _, t", "weights: 1, t", "5:34", "not all weights are"),
        ("thresholds: _", "thresholds: [_]", "5:34", "not all thresholds are"),
        ("1..6", "1..", "5:34", "has no limit"),
        ("1..6", "_", "5:34", "has no limit"),
        ("1..6", "0..6", "5:34", "not a size"),
        ("{hidden: _}", "{hidden: [1, _]}", "5:34", "does not read it with one weight"),
        ("{hidden: _}", "{hidden(0): _}", "5:34", "reads `hidden(0)` of it"),
        ("{weights: {hidden: _}", "{wiring: hidden(0:2), weights: _", "5:34", "hidden(0:2)"),
        ("{weights: {hidden: _}", "{wiring: [hidden, a], weights: [1, _]", "5:34", "one weight"),
        ("outputs: [out]", "outputs: {o: out, h: hidden}", "5:34", "output `h` gives it"),
        ("outputs: [out]", "outputs: {o: out, h: {largest: hidden}}", "5:34", "output `h` gives"),
    ],
)
def test_a_size_is_open_only_where_the_layer_is_read_as_a_whole(
    old: str, new: str, place: str, why: str
) -> None:
    assert check(LAYER.encode(), "f").errors == []
    (one,) = (d for d in check(LAYER.replace(old, new).encode(), "f").diagnostics if d.is_error)
    assert one.span is not None
    assert (f"{one.span.line}:{one.span.column}", why in one.message) == (place, True), one


def test_wiring_is_judged_though_numbers_are_open() -> None:
    text = CARD.replace("confused: _", "confuse: _").replace("sum: risk", "sum: rsk")
    assert [one.rule for one in check(text.encode(), "f").diagnostics] == ["unknown-source"] * 2
    circle = (
        "{nnc: 1, inputs: [a], outputs: [x], neurons: "
        "{x: {weights: {y: _}, threshold: _}, y: {weights: {x: 1}, threshold: 0}}}"
    )
    assert [one.rule for one in check(circle.encode(), "f").diagnostics] == ["cycle"]


def test_a_level_needs_those_thresholds_to_ascend_that_are_known() -> None:
    text = (
        "{nnc: 1, fires: at_least, inputs: [a], outputs: {l: {level: LEVEL}}, "
        "neurons: {x: {weights: {a: 1}, thresholds: {a1: FIRST, a2: _, a3: LAST}}}}"
    )

    def level_of(case: tuple[object, object, str]) -> str:
        first, last, level = map(str, case)
        return text.replace("FIRST", first).replace("LAST", last).replace("LEVEL", level)

    fine = [(1, 3, "x"), (-3, -1, "x"), ("_", "_", "x"), (3, 1, "[x.a3, x.a2, x.a1]")]
    for case in fine:
        assert check(level_of(case).encode(), "f").errors == []
    for case in [(3, 1, "x"), (1, 3, "[x.a3, x.a2, x.a1]")]:
        (one,) = check(level_of(case).encode(), "f").errors
        assert one.rule == "thresholds-not-ascending"
        assert "low to high" in (one.help or "") or "ascend" in (one.help or ""), one.help


def test_a_part_may_not_use_a_network_with_blanks(tmp_path: Path) -> None:
    (tmp_path / "card.nn.yaml").write_text(CARD)
    wiring = "{age: n, confused: a, urea_high: a, resp_rate: n}"
    main = (
        "nnc: 1\ninputs: {n: {type: integer, min: 0}, a: bit}\nparts:\n  p:\n"
        f"    use: card.nn.yaml\n    wiring: {wiring}\noutputs: {{r: p.risk}}\n"
    )
    path = tmp_path / "main.nn.yaml"
    (one,) = check(main.encode(), "main.nn.yaml", path=path, root=tmp_path).diagnostics
    assert (one.rule, one.span and (one.span.line, one.span.column)) == (
        "misplaced-blank", (5, 10))  # fmt: skip
    assert one.labels[0].span is not None
    assert one.help is not None
    assert one.help.startswith("find them first: nnc solve")


def test_an_overlay_fills_blanks_and_opens_numbers(tmp_path: Path) -> None:
    (tmp_path / "card.nn.yaml").write_text(CARD)
    path = tmp_path / "fit.nn.yaml"
    overlay = (
        "nnc: 1\nextends: card.nn.yaml\nneurons:\n"
        "  risk: {weights: {confused: 3, urea_high: 0..3}}\nunknown: {decimals: 1, terms: 2}\n"
    )
    checked = check(overlay.encode(), "fit.nn.yaml", path=path, root=tmp_path)
    assert checked.errors == []
    assert checked.network is not None
    unknown = checked.network.unknown
    assert unknown == nnc.Unknown(range=Open(-5, 5), decimals=1, terms=2)
    assert [blank.path[3:] for blank in checked.network.open] == [
        ("age", "65"), ("age", "80"), ("resp_rate", "25"), ("urea_high",), ()]  # fmt: skip
    assert [one.rule for one in checked.diagnostics] == ["open-numbers"]
