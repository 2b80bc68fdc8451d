"""Numbers left open, in every command: what takes them for a value, and what refuses them."""

import json
import re
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from hypothesis import given

import nnc as package
from nnc.compiler.blanks import count_open, open_numbers
from nnc.differences.answer import compare_checked
from nnc.differences.merging import merge
from nnc.language.canonical import declared_lines
from nnc.language.document.reader import read_document
from nnc.language.formatting.formatted import formatted
from nnc.language.network import Open
from nnc.opening.checking import check
from tests.support.digest_by_the_page import list_of, of_lines
from tests.support.opened import Opened, open_examples, opened
from tests.support.repositories import Repo
from tests.support.running import Nnc, rules
from tests.support.strategies import example

HEAD = "nnc: 1\nfires: at_least\n"
CARD = (
    HEAD
    + """\
inputs:
  age:       {type: integer, min: 0}
  confused:  bit
  urea_high: bit
  resp_rate: {type: integer, min: 0}
neurons:
  risk:
    weights:
      age:       {65: 1.., 80: 1..}
      confused:  _
      urea_high: 2
      resp_rate: {25: 0..2}
    threshold: _
outputs:
  risk:   risk
  points: {sum: risk}
unknown: {range: -5..5, terms: 4}
cases:
  - {given: {age: 85, confused: 1, urea_high: 0, resp_rate: 30}, expect: {risk: 1}}
"""
)
INPUTS = "inputs: {{a: bit, n: integer, votes: bit(3)}}\n"
NEURON = HEAD + INPUTS + "neurons:\n  x: {{{0}}}\noutputs: [x]\n"
LAYER = HEAD + INPUTS + "layers:\n  x: {{{0}}}\noutputs: [x]\n"
OPEN = [
    *(NEURON.format(f"weights: {{{weight}}}, threshold: 1") for weight in (
        "a: _", "a: 0..", "a: ..5", "a: -5..5", "a: 0.5..1.5", "a: -1/3..1/3", "a: 1e-3..2E+3",
        'a: "_"', "a: '0..5'", "n: {0: _, 10: 1..}", "n: {above 5: 0..2}", "votes: _",
        "votes: [1, _, 0..2]", "a: 2..2", "a: _, 1: 0..",
    )),
    *(NEURON.format(f"weights: {{a: 1}}, {limit}") for limit in (
        "threshold: _", "threshold: 0..3", "threshold: '..3'", "thresholds: {low: _, high: 3}",
        "thresholds: {low: 0..1, high: 2..3}", "thresholds: {low: 1, high: _}, fires: above",
    )),
    NEURON.format("wiring: [a, votes], weights: _, threshold: 1"),
    NEURON.format("wiring: [a, votes], weights: [1, _, 0..1, 2], threshold: _"),
    NEURON.format("wiring: votes, threshold: 1..3"),
    *(LAYER.format(f"wiring: [a, votes], {numbers}") for numbers in (
        "size: 2, weights: _, thresholds: _",
        "weights: [[_, 1, 2, 3], [0..1, 1, _, 2]], thresholds: 1",
        "size: 2, weights: 1, thresholds: [_, 0..3]", "size: 3, thresholds: _",
        "weights: [_, [0..1, 1, _, 2]], thresholds: 1",
        "weights: [[1, 1, 1, 1], 0..2], thresholds: _",
    )),
    HEAD + "inputs: [_]\nneurons: {__: {weights: {_: _}, threshold: _}}\noutputs: [__]\n",
    (HEAD + "inputs: [a]\nlayers: {h: {wiring: a, size: 1..6, weights: _, thresholds: 0..}}\n"
     "neurons: {x: {weights: {h: _}, threshold: _}}\noutputs: [x]\n"),
    ('{"nnc": 1, "fires": "above", "inputs": ["a"], "neurons": {"x": {"weights": {"a": "_"}, '
     '"threshold": "0..1"}}, "outputs": ["x"], "unknown": {"decimals": 1}}'),
]  # fmt: skip


@pytest.fixture
def card(nnc: Nnc) -> str:  # noqa: ARG001 - which goes to a folder of its own
    Path("card.nn.yaml").write_text(CARD)
    Path("rows.csv").write_text("age,confused,urea_high,resp_rate\n1,0,0,1\n")
    return "card.nn.yaml"


def test_there_are_thirty_others() -> None:
    assert len(OPEN) >= 30


@pytest.mark.parametrize("text", [CARD, *OPEN], ids=range(len(OPEN) + 1))
def test_an_open_network_is_valid_and_formatted_and_refused_once(text: str, nnc: Nnc) -> None:
    document = read_document(text.encode(), "f")
    once = formatted(document)
    assert formatted(read_document(once.encode(), "f")) == once
    assert '"_"' not in once
    before, after = (package.loads(one) for one in (text, once))
    assert before == after == package.loads(package.to_yaml(before))
    Path("f.nn.yaml").write_text(text)
    code, out, _ = nnc("validate", "f.nn.yaml", "--report", "json")
    assert code == 0
    found = [one["name"] for one in json.loads(out)["diagnostics"]]
    assert found.count("open-numbers") == 1
    for words in (["eval", "f.nn.yaml", "--all"], ["test", "f.nn.yaml"]):
        code, out, err = nnc(*words)
        assert (code, (out + err).count("error[NNC219]")) == (1, 1)


@pytest.mark.parametrize(
    "words",
    [
        ["eval", "card.nn.yaml", "rows.csv"],
        ["eval", "card.nn.yaml", "rows.csv", "--trace"],
        ["test", "card.nn.yaml"],
        ["compile", "card.nn.yaml"],
        ["compile", "card.nn.yaml", "-o", "card.nnc"],
        ["digest", "--behaviour", "card.nn.yaml"],
        ["view", "card.nn.yaml", "rows.csv", "-o", "card.html"],
        ["view", "card.nn.yaml", "--against", "card.nn.yaml", "-o", "card.html"],
        ["draw", "card.nn.yaml", "-o", "card.svg", "rows.csv"],
        ["diff", "card.nn.yaml", "card.nn.yaml"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_evaluates_refuses_with_the_command_that_fills(
    words: list[str], card: str, nnc: Nnc
) -> None:
    code, out, err = nnc(*words)
    assert code == 1
    assert (out + err).count("error[NNC219]") == 1
    assert "5 numbers are left open, first `risk.age.65`" in out + err
    assert f"--> {card}:11:23" in out + err
    assert f"find them: nnc solve {card}" in out + err
    assert not {"card.nnc", "card.html", "card.svg"} & {path.name for path in Path().iterdir()}


def test_a_folder_is_tested_without_networks_that_are_open(card: str, nnc: Nnc) -> None:
    code, out, _ = nnc("test", ".")
    assert (code, rules(out)) == (0, ["no-cases"])
    assert "the cases are not run: 5 numbers are left open" in out
    assert nnc("test", ".", "--strict").code == 1
    assert nnc("test", card).code == 1


def test_a_blank_is_a_value_of_the_structure(nnc: Nnc) -> None:
    Path("a.nn.yaml").write_text(CARD)
    filled = CARD.replace("confused:  _", "confused:  2").replace("1.., 80", "1, 80")
    Path("b.nn.yaml").write_text(filled)
    out = nnc("diff", "a.nn.yaml", "b.nn.yaml").out
    assert "step    age>=65   1.. -> 1\n" in out
    assert "weight  confused  _ -> 2\n" in out
    assert "unknown: numbers are left open" in out
    digests = [package.digest(package.load(f"{name}.nn.yaml")) for name in "ab"]
    assert digests[0] != digests[1]
    assert [line.split()[0] for line in nnc("digest", ".").out.splitlines()] == digests


def test_layers_with_blanks_are_compared(nnc: Nnc) -> None:
    old = LAYER.format("wiring: [a, votes], size: 2, weights: _, thresholds: [_, 1]")
    rows = "[[1, _, 0..1, 2], [_, _, _, _]]"
    new = LAYER.format(f"wiring: [a, votes], weights: {rows}, thresholds: [_, 0..2]")
    Path("a.nn.yaml").write_text(old)
    Path("b.nn.yaml").write_text(new)
    out = nnc("diff", "a.nn.yaml", "b.nn.yaml", "--context", "all").out
    assert "weights     3 of 8  most in x(0) from a: _ -> 1\n" in out
    assert "thresholds  1 of 2  x(1): 1 -> 0..2\n" in out
    assert "no change in meaning" in nnc("diff", "a.nn.yaml", "a.nn.yaml").out


def test_the_digest_by_the_page() -> None:
    text = (
        HEAD
        + """\
inputs: {a: bit, n: integer}
neurons:
  x: {weights: {a: 0..1/2, n: {1: _, 5: 3}}, thresholds: {low: 2, high: _}}
outputs: {y: x.high, s: {sum: x}}
"""
    )

    def one(*lines: str) -> bytes:
        return of_lines(lines)

    def hexed(*hashes: bytes) -> str:
        return sha256(b"".join(hashes)).hexdigest()

    a, n = one("input a 0"), one("input n 0")
    steps = []
    for cutoff in "15":
        step = one("neuron", "fires at_least", "states 0 1", f"thresholds {cutoff}",
                   f"sources {hexed(n)}", f"weights {list_of([1])}")  # fmt: skip
        steps.append(one(f"signal {step.hex()} {cutoff}"))
    pairs = sorted([(a, 0), (steps[0], 0), (steps[1], 3)])
    lines = [
        f"open weight {a.hex()} 0..1/2", f"open weight {steps[0].hex()} _", "open threshold 1 _",
    ]  # fmt: skip
    neuron = one(
        "neuron", "fires at_least", "states 0 1", "thresholds 0 2",
        f"sources {hexed(*(pair[0] for pair in pairs))}",
        f"weights {list_of([pair[1] for pair in pairs])}",
        *sorted(lines),
    )  # fmt: skip
    whole = one(
        "nnc structure 1", "input a bit", "input n integer", f"neurons 1 {hexed(neuron)}",
        f"output s sum 1 {hexed(neuron)}",
        f"output y value 1 {hexed(one(f'signal {neuron.hex()} _ 1'))}",
    )  # fmt: skip
    assert package.digest(package.loads(text)) == f"sha256:{whole.hex()}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("confused:  _", "confused:  0.."),
        ("confused:  _", "confused:  -5..5"),
        ("80: 1..", "80: 2.."),
        ("threshold: _", "threshold: 0"),
        ("threshold: _", "threshold: ..9"),
        ("urea_high: 2", "urea_high: _"),
    ],
)
def test_every_blank_counts_in_the_digest(old: str, new: str) -> None:
    assert package.digest(package.loads(CARD)) != package.digest(
        package.loads(CARD.replace(old, new))
    )


def test_what_does_not_count_in_the_digest() -> None:
    digest = package.digest(package.loads(CARD))
    for old, new in (
        ("1..,", "1.0..,"),
        ("risk", "danger"),
        ("terms: 4", "terms: 2"),
        ("_\n", '"_"\n'),
    ):
        text = CARD.replace(old, new)
        if old == "risk":  # aliases count
            text = text.replace("danger:   danger", "risk: danger").replace(
                "{danger: 1}", "{risk: 1}"
            )
        assert package.digest(package.loads(text)) == digest


def test_lines_for_git_write_blanks_in_one_way() -> None:
    lines = declared_lines(read_document(CARD.replace("0..2", '"0.0..4/2"').encode(), "f"))
    assert lines is not None
    assert any("resp_rate: {25: 0..2}" in line and "threshold: _" in line for line in lines)
    assert "unknown: {range: -5..5, terms: 4}" in lines


def test_git_merges_blanks_as_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nnc: Nnc
) -> None:
    repo = Repo(tmp_path / "repo", monkeypatch)
    monkeypatch.chdir(repo.folder)
    repo.write("card.nn.yaml", CARD)
    repo.commit("Leave the points open")
    repo.git("checkout", "--quiet", "-b", "side")
    repo.write("card.nn.yaml", CARD.replace("confused:  _", "confused:  2"))
    repo.commit("Fill one")
    repo.git("checkout", "--quiet", "main")
    repo.write("card.nn.yaml", CARD.replace("urea_high: 2", "urea_high: 0..3"))
    repo.commit("Open another")
    merged = merge(CARD, *(repo.git("show", f"{name}:card.nn.yaml") for name in ("main", "side")))
    assert merged is not None
    assert merged.conflicts == ()
    assert merged.text == CARD.replace("confused:  _", "confused:  2").replace(
        "high: 2", "high: 0..3"
    )
    code, out, _ = nnc("log", "card.nn.yaml")
    assert code == 0
    assert "weight  urea_high  2 -> 0..3" in out
    conflict = merge(
        CARD,
        CARD.replace("confused:  _", "confused:  1"),
        CARD.replace("confused:  _", "confused:  2.."),
    )
    assert conflict is not None
    assert conflict.conflicts


def texts_of(svg: str) -> list[str]:
    return re.findall(">([^<]*)</text>", svg)


def test_a_picture_shows_blanks(card: str, nnc: Nnc) -> None:
    assert nnc("draw", card, "-o", "card.svg").code == 0
    shown = texts_of(Path("card.svg").read_text())
    assert "Σ ≥ _" in shown
    assert [shown.count(text) for text in ("1..", "0..2", "_", "+2")] == [2, 1, 1, 1]
    Path("old.nn.yaml").write_text(CARD.replace("confused:  _", "confused:  3"))
    assert nnc("draw", card, "--against", "old.nn.yaml", "-o", "both.svg").code == 0
    assert {"+3", "_"} <= set(texts_of(Path("both.svg").read_text()))
    network = package.load(card)
    assert "Σ ≥ _" in package.draw(network).svg
    for use in (package.draw, package.view, package.trace):
        with pytest.raises(package.InvalidNetworkError, match="5 numbers are left open"):
            use(network, {"age": 1, "confused": 0, "urea_high": 0, "resp_rate": 1})


@pytest.mark.parametrize("text", OPEN, ids=range(len(OPEN)))
def test_every_form_is_drawn(text: str) -> None:
    network = package.loads(text)
    blank = network.open[0]
    if blank.kind != "size" and network.neurons:
        svg = package.draw(network).svg
        assert any(str(Open(blank.low, blank.high)) in shown for shown in texts_of(svg)), svg


# ---------------------------------------------------------------------------- random ones


def check_open(one: Opened) -> None:
    """Check what must hold of every network with open numbers."""
    checked = check(one.text.encode(), "f.nn.yaml")
    if not one.blanks:
        return
    if checked.errors:  # a level's thresholds may be out of order without what was left out
        assert {error.rule for error in checked.errors} <= {"thresholds-not-ascending"}, one.text
        return
    assert checked.network is not None
    assert checked.linked is not None
    assert checked.graph is None
    assert len(checked.network.open) == one.blanks
    numbers = list(open_numbers(checked.linked))
    assert package.draw(checked.network).svg.startswith("<svg")
    assert len(numbers) == count_open(checked.linked) >= one.blanks
    once = formatted(read_document(one.text.encode(), "f"))
    assert formatted(read_document(once.encode(), "f")) == once
    assert package.loads(once).open == checked.network.open
    closed = check(one.closed.encode(), "g.nn.yaml")
    assert len(checked.obstacles) == 1
    comparison = compare_checked(checked, closed)
    assert not comparison.structure.is_same
    assert compare_checked(checked, check(once.encode(), "h")).structure.is_same
    values = {number.path: _within(number.low, number.high) for number in numbers}
    filled = checked.network.filled(values)
    assert filled.open == ()
    assert package.digest(checked.network) != package.digest(filled)
    for blank in checked.network.open:
        left = checked.network.filled(
            {p: v for p, v in values.items() if p[: len(blank.path)] != blank.path}
        )
        assert left.open == (blank,)
        break


def _within(low: object, high: object) -> object:
    return next((end for end in (low, high) if end is not None), 1)


@given(open_examples())
def test_random_networks_with_blanks(one: Opened) -> None:
    check_open(one)


def test_more_random_networks_with_blanks(chunk: int) -> None:
    rng = Random(f"open {chunk}")
    for _ in range(4):
        check_open(
            opened(rng, example(rng, features=("buses", "choice", "states", "layers", "rules")))
        )


def test_a_blank_is_not_a_name() -> None:
    network = package.loads(OPEN[-3])
    assert list(network.inputs) == ["_"]
    assert network.neurons["__"].weights == {"_": Open()}


def test_open_numbers_of_a_convolution_are_not_searched() -> None:
    network = package.loads(
        "{nnc: 1, fires: at_least, inputs: {image: {type: bit, shape: [2, 2]}}, layers: {c: "
        "{convolve: image, kernel: [1, 2], weights: [[[[_], [1]]]], thresholds: [_]}}, "
        "outputs: {x: c}, cases: [{given: {image: 1}, expect: {x: 1}}]}"
    )
    assert package.digest(network)
    assert [str(blank) for blank in network.open] == [
        "layers.c.weights[0][0][0][0]: _",
        "layers.c.thresholds[0]: _",
    ]
    with pytest.raises(
        package.InvalidNetworkError, match="the convolution `c` leaves numbers open"
    ):
        package.solve(network)
