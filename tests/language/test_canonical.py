"""What git compares: one line a declaration, the same in any layout, different for any change."""

import random
from pathlib import Path

import pytest

from nnc.language.canonical import declared_lines
from nnc.language.document.reader import read_document
from tests.support.running import MAIL, XOR

CONFIGS = sorted((Path(__file__).parents[2] / "configs").rglob("*.nn.yaml"))


def lines(text: str) -> list[str]:
    found = declared_lines(read_document(text.encode(), "n.nn.yaml"))
    assert found is not None
    return found


def network(neuron: str, *, head: str = "", inputs: str = "[a, b, c]") -> str:
    return f"nnc: 1\n{head}inputs: {inputs}\nneurons:\n  n: {neuron}\noutputs: [n]\n"


def line(neuron: str, *, head: str = "", inputs: str = "[a, b, c]") -> str:
    (found,) = (one for one in lines(network(neuron, head=head, inputs=inputs)) if "neurons" in one)
    return found


def test_a_network() -> None:
    weights = "{bayes: 3.5, blacklisted: 1.7, links: {10: 0.5, 50: 1}}"
    thresholds = "thresholds: {suspicious: 3, spam: 5}"
    assert lines(MAIL) == [
        "nnc: 1",
        "inputs.blacklisted: bit",
        "inputs.bayes: bit",
        "inputs.links: {type: integer, min: 0, max: 100, default: 0}",
        f"neurons.score: {{fires: at_least, weights: {weights}, {thresholds}}}",
        "outputs.points: {sum: score}",
        "outputs.verdict: {level: score, labels: [ham, suspicious, spam]}",
        "outputs.flags: [score.suspicious, score.spam]",
    ]


@pytest.mark.parametrize(
    "same",
    [
        "{weights: {b: 1.0, a: 0.50, c: -2}, threshold: 1/2}",
        "{threshold: '1/2', weights: {a: 1/2, b: 1, c: -2}}",
        "{wiring: [c, a, b], weights: [-2, .5, 1], threshold: 5e-1}",
        "{weights: {a: 2/4, b: 1, c: -2}, threshold: 0.5, fires: above}",
        "\n    weights:\n      a: 0.5   # half\n      b: 1\n      c: -2\n    threshold: 0.5",
    ],
)
def test_layout_order_and_spelling_do_not_count(same: str) -> None:
    assert line(same) == "neurons.n: {fires: above, weights: {a: 0.5, b: 1, c: -2}, threshold: 0.5}"


def test_the_firing_rule_and_the_states_of_the_file_stand_at_each_neuron() -> None:
    neuron = "{weights: {a: 1}, threshold: 0}"
    assert line(neuron, head="fires: below\nstates: [-1, 1]\n") == (
        "neurons.n: {states: [-1, 1], fires: below, weights: {a: 1}, threshold: 0}"
    )
    overlay = line(neuron, head="extends: base.nn.yaml\n")
    assert overlay == "neurons.n: {weights: {a: 1}, threshold: 0}"


def test_gates_have_their_wiring() -> None:
    assert line("{wiring: [c, a], fires: any}") == "neurons.n: {fires: any, wiring: [c, a]}"


@pytest.mark.parametrize(
    ("neuron", "inputs"),
    [
        ("{wiring: a, threshold: 1}", "{a: bit(3)}"),
        ("{wiring: [a, b], weights: [1, 2], threshold: 1}", "{a: bit(1), b: bit}"),
        ("{wiring: [b, 1, 1], weights: [1, 2, 3], threshold: 1}", "{b: bit}"),
    ],
)
def test_weights_by_place_stay_so_where_the_text_alone_does_not_tell(
    neuron: str, inputs: str
) -> None:
    assert "wiring:" in line(neuron, inputs=inputs)


def test_neurons_stand_in_order_of_name_and_inputs_in_their_own() -> None:
    neurons = "".join(f"  n{k}: {{weights: {{}}, threshold: 0}}\n" for k in (10, 2, 1))
    text = f"nnc: 1\ninputs: [b, a]\nneurons:\n{neurons}outputs: [n1]\n"
    names = [one.partition(":")[0] for one in lines(text)]
    assert names == [
        "nnc", "inputs.b", "inputs.a", "neurons.n1", "neurons.n2", "neurons.n10", "outputs.n1",
    ]  # fmt: skip


def test_a_layer_has_a_line_for_each_row() -> None:
    text = "nnc: 1\ninputs: {x: bit(2)}\nlayers:\n  h: {wiring: x, weights: [[1, 2.0], [3, 4]], "
    assert lines(f"{text}thresholds: 0}}\noutputs: [h]\n")[2:5] == [
        "layers.h: {fires: above, wiring: x, thresholds: 0}",
        "layers.h.weights(0): [1, 2]",
        "layers.h.weights(1): [3, 4]",
    ]


def test_cases_and_texts() -> None:
    text = XOR + (
        "description: Says so, twice.\n"
        "cases:\n  - {given: {a: 1, b: 0.0}, expect: {xor: 1}}\n  - {file: 007.csv}\n"
    )
    found = lines(text)
    assert 'description: "Says so, twice."' in found
    assert found[-2:] == [
        "case: {given: {a: 1, b: 0}, expect: {xor: 1}}", "case: {file: 007.csv}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "shown"),
    [("[a, a]", "[a, a]"), ("[a, {sum: b}]", "[a, {sum: b}]"), ("{}", "{}"), ("a", "a")],
)
def test_sections_that_are_wrong_are_shown_whole(wrong: str, shown: str) -> None:
    found = lines(f"nnc: 1\ninputs: {wrong}\noutputs: {wrong}\n")
    assert found == ["nnc: 1", f"inputs: {shown}", f"outputs: {shown}"]


@pytest.mark.parametrize(
    "text", ["", "- a\n", "a: [\n", "nnc: 2\n", "inputs: [a]\n", "nnc: 1\nnnc: 1\n"]
)
def test_what_is_no_network_has_no_lines(text: str) -> None:
    assert declared_lines(read_document(text.encode(), "n.nn.yaml")) is None


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.name)
def test_each_declaration_is_a_line_of_its_own(file: Path) -> None:
    document = read_document(file.read_bytes(), str(file))
    found = declared_lines(document)
    assert found is not None
    assert all("\n" not in one for one in found)
    assert isinstance(document.value, dict)
    neurons = document.value.get("neurons", {})
    assert sum(one.startswith("neurons.") for one in found) == len(neurons)


def test_any_changed_number_is_one_changed_line() -> None:
    draw = random.Random(7)
    for _ in range(200):
        numbers = [draw.randint(-9, 9) for _ in range(7)]
        before, place = written(numbers), draw.randrange(7)
        numbers[place] += draw.choice([-1, 1])
        pairs = zip(before, written(numbers), strict=True)
        assert sum(one != other for one, other in pairs) == 1


def written(numbers: list[int]) -> list[str]:
    *weights, threshold = numbers
    pairs = ", ".join(f"a({k}): {weight}" for k, weight in enumerate(weights))
    neuron = f"{{weights: {{{pairs}}}, threshold: {threshold}}}"
    return lines(network(neuron, inputs="{a: bit(6)}"))


def test_long_and_short_forms_are_one_text() -> None:
    sized = network("{wiring: [a], threshold: 0}", inputs="{a: {type: bit, size: 3}}")
    assert lines(sized)[1] == "inputs.a: bit(3)"
    one_for_all = line("{wiring: [c, a], weights: 2, threshold: 1}")
    assert one_for_all == "neurons.n: {fires: above, weights: {a: 2, c: 2}, threshold: 1}"


def test_networks_with_mistakes_are_written_too() -> None:
    for file in (Path(__file__).parents[1] / "invalid").glob("*.yaml"):
        declared_lines(read_document(file.read_bytes(), file.name))
