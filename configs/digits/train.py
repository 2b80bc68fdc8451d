"""Train the digit recogniser beside this file and write it down: pixels to a category, in small.

It is written twice: neuron by neuron, and as layers whose weights are a file.

Source: the 1,797 pictures of 8 x 8 pixels (0 to 16) in scikit-learn's `load_digits`, the test part
of E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998. A bit is
pixel >= 7. In the order of the data, every fourth picture of each digit is held back.

Method: one layer of threshold neurons trained with a straight-through estimator. The forward pass
is the network as written, integer weights and all-or-none neurons; the backward pass takes a
triangle around the threshold for the slope of the step. The loss is the multi-class hinge of
J. Weston and C. Watkins (1999), the optimiser Adam (D. Kingma and J. Ba, 2014), and an L1 pull
leaves most weights zero. Each visit draws the pixels' cut-off anew from 3 to 11 and flips one bit
in fifty. The settings were chosen by cross-validation within the training part alone.

Every matrix product is of integers, hence exact in any order, and the rest is single additions,
products, quotients and roots: the network does not depend on BLAS or the number of threads.

    python configs/digits/train.py      # about ten seconds; needs numpy and scikit-learn
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pictures import DIGITS, Labels, load

from nnc.language.document import read_document
from nnc.language.formatting.formatted import formatted

Array = NDArray[np.float64]

HERE = Path(__file__).parent
SIDE = 8
CUT_OFF = 7
HIDDEN = 40
LARGEST_WEIGHT = 3
PIXELS = [f"p{row}{column}" for row in range(SIDE) for column in range(SIDE)]
OUTPUTS = [f"is_{digit}" for digit in range(DIGITS)]


class Trained(NamedTuple):
    """Integers: hidden [64, 40] and its thresholds [40], output [40, 10] and its biases [10]."""

    hidden: Array
    thresholds: Array
    output: Array
    biases: Array


def rounded(hidden: Array, thresholds: Array, output: Array, biases: Array) -> Trained:
    """Give the integer network that the real-valued parameters stand for."""
    return Trained(np.rint(hidden), np.rint(thresholds), np.rint(output), np.rint(biases))


def train(
    pictures: Array,
    labels: Labels,
    seed: int = 0,
    epochs: int = 2500,
    batch: int = 64,
    rate: float = 0.02,
    margin: float = 4,
    reach: float = 4,
    pull: float = 0.02,
    flipped: float = 0.02,
) -> Trained:
    """Fit the integer network; `reach` is the triangle's half width, `pull` the strength of L1."""
    random = np.random.RandomState(seed)  # its stream is frozen, a Generator's is not
    parameters = [
        (random.random_sample((SIDE * SIDE, HIDDEN)) * 2 - 1) * 1.5,
        np.zeros(HIDDEN),
        (random.random_sample((HIDDEN, DIGITS)) * 2 - 1) * 2,
        np.zeros(DIGITS),
    ]
    means = [np.zeros_like(parameter) for parameter in parameters]
    squares = [np.zeros_like(parameter) for parameter in parameters]
    mean_decay = square_decay = 1.0
    rows = np.arange(batch)
    batches = len(pictures) // batch
    for epoch in range(epochs):
        order = random.permutation(len(pictures))
        for number in range(batches):
            chosen = order[number * batch : (number + 1) * batch]
            cut_offs = CUT_OFF - 4 + np.floor(random.random_sample((batch, 1)) * 9)
            bits = pictures[chosen] >= cut_offs
            x = (bits ^ (random.random_sample(bits.shape) < flipped)).astype(np.float64)
            y = labels[chosen]

            now = rounded(*parameters)
            excess = x @ now.hidden - now.thresholds
            fired = (excess >= 0).astype(np.float64)
            scores = fired @ now.output + now.biases

            wrong = (scores - scores[rows, y][:, None] + margin > 0).astype(np.float64)
            wrong[rows, y] = 0
            wrong[rows, y] = -wrong.sum(axis=1)
            slope = np.maximum(0, 2 * reach - np.abs(2 * excess + 1))
            back = (wrong @ now.output.T) * slope
            gradients = [x.T @ back, -back.sum(axis=0), fired.T @ wrong, wrong.sum(axis=0)]

            mean_decay, square_decay = mean_decay * 0.9, square_decay * 0.999
            step = rate * (1 - (epoch * batches + number) / (epochs * batches))
            for i, gradient in enumerate(gradients):
                means[i] = 0.9 * means[i] + 0.1 * gradient
                squares[i] = 0.999 * squares[i] + 0.001 * (gradient * gradient)
                root = np.sqrt(squares[i] / (1 - square_decay)) + 1e-8
                parameters[i] -= step * (means[i] / (1 - mean_decay)) / root
            parameters[0] -= step * pull * np.sign(parameters[0])
            for i in (0, 2):
                np.clip(parameters[i], -LARGEST_WEIGHT, LARGEST_WEIGHT, out=parameters[i])
    return rounded(*parameters)


def recognised(network: Trained, bits: Array) -> Labels:
    """Give the digit of each picture that has ink: the greatest score, ties to the smaller one."""
    fired = (bits @ network.hidden >= network.thresholds).astype(np.float64)
    winners: Labels = np.argmax(fired @ network.output + network.biases, axis=1)
    return winners


def layers(network: Trained) -> dict[str, Array]:
    """Give the same neurons as weights [neurons, sources] and thresholds [neurons] of layers.

    The last that is seen is the ink. Of what is won, all nine pairs of a digit and the ink make it.
    """
    pairs = list(combinations(range(DIGITS), 2))
    first, second = np.array(pairs).T
    wins = np.array([[(digit == one) - (digit == other) for one, other in pairs]
                     for digit in range(DIGITS)], np.float64)  # fmt: skip
    return {
        "seen.weight": np.vstack([network.hidden.T, np.ones(SIDE * SIDE)]),
        "seen.threshold": np.append(network.thresholds, 1),
        "wins.weight": (network.output[:, first] - network.output[:, second]).T,
        "wins.threshold": network.biases[second] - network.biases[first],
        "digit.weight": np.hstack([np.ones((DIGITS, 1)), wins]),
        "digit.threshold": DIGITS - np.arange(DIGITS, dtype=np.float64),
    }


def as_safetensors(tensors: Mapping[str, NDArray[np.number]]) -> bytes:
    """Lay out small integers as a safetensors file: the header's length, the header, the numbers.

    The package of that name writes the same, but does not promise the same bytes for ever.
    """
    header, data = {}, b""
    for name, numbers in tensors.items():
        bits = 8 if np.abs(numbers).max() < 128 else 16
        values = numbers.astype(f"<i{bits // 8}")
        if (values != numbers).any():
            raise ValueError(f"{name} does not fit into int16")
        ends = [len(data), len(data) + values.nbytes]
        header[name] = {"dtype": f"I{bits}", "shape": list(values.shape), "data_offsets": ends}
        data += values.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


def wrapped(items: list[str], indent: int, each: int) -> str:
    """Lay out items in lines of `each`; an empty item is left out, its place stays blank."""
    width = max(map(len, items)) + 2
    last = max(i for i, item in enumerate(items) if item)
    commas = ["," if item and i < last else "" for i, item in enumerate(items)]
    cells = [(item + comma).ljust(width) for item, comma in zip(items, commas, strict=True)]
    lines = ["".join(cells[start : start + each]).rstrip() for start in range(0, last + 1, each)]
    return "\n".join(" " * indent + line for line in lines if line)


def synapses(sources: list[str], weights: Array, each: int) -> str:
    """Write the weights that are not zero as lines of `source: weight`."""
    pairs = zip(sources, weights, strict=True)
    items = [f"{source}: {weight:2.0f}" if weight else "" for source, weight in pairs]
    return wrapped(items, 6, each)


def neuron(name: str, lines: str, threshold: int) -> str:
    """Write one neuron, its synapses already laid out."""
    return f"  {name}:\n    weights: {{\n{lines}}}\n    threshold: {threshold}\n"


def neurons(network: Trained) -> str:
    """Write every neuron: what is seen, who wins against whom, which digit wins against all."""
    detectors = [f"h{i:02}" for i in range(HIDDEN)]
    text = "  # Is there any ink? An empty page is not a digit.\n  ink:\n    wiring: [\n"
    text += f"{wrapped(PIXELS, 6, SIDE)}]\n    threshold: 1\n"
    text += "\n  # What is seen: each detector's weights by pixel.\n"
    for i, name in enumerate(detectors):
        lines = synapses(PIXELS, network.hidden[:, i], SIDE)
        text += neuron(name, lines, int(network.thresholds[i]))
    text += "\n  # Who wins: beats_3_8 fires when 3 scores as much as 8 or more. A weight is\n"
    text += "  # how much more a detector counts for 3 than for 8, the threshold 8's head start.\n"
    for one, other in combinations(range(DIGITS), 2):
        lines = synapses(detectors, network.output[:, one] - network.output[:, other], 8)
        lead = int(network.biases[other] - network.biases[one])
        text += neuron(f"beats_{one}_{other}", lines, lead)
    text += "\n  # Which digit: there is ink, and it wins all its nine pairs.\n"
    for digit, name in enumerate(OUTPUTS):
        wins = ["ink: 1"]
        wins += [f"beats_{other}_{digit}: -1" for other in range(digit)]
        wins += [f"beats_{digit}_{other}: 1" for other in range(digit + 1, DIGITS)]
        text += neuron(name, wrapped(wins, 6, 5), DIGITS - digit)
    return text


def case(name: str, bits: Array, digit: int | None) -> str:
    """Write a picture and the outputs expected of it, all silent where it is not a digit."""
    given = [f"{pixel}: {bit:.0f}" for pixel, bit in zip(PIXELS, bits, strict=True)]
    expect = [f"{output}: {int(i == digit)}" for i, output in enumerate(OUTPUTS)]
    pixels, categories = wrapped(given, 6, SIDE), wrapped(expect, 6, 5)
    return f"  - name: {name}\n    given: {{\n{pixels}}}\n    expect: {{\n{categories}}}\n"


def write_rows(name: str, header: list[str], rows: list[list[str]]) -> None:
    """Write a table beside this file."""
    text = "\n".join(",".join(row) for row in [header, *rows])
    (HERE / name).write_text(text + "\n", encoding="utf-8", newline="\n")


def write_network(name: str, text: str) -> None:
    """Write a network beside this file, laid out as `nnc fmt` does."""
    text = formatted(read_document(text.encode(), name))
    (HERE / name).write_text(text, encoding="utf-8", newline="\n")


def write_layers(network: Trained, accuracy: str) -> None:
    """Write `digits_layers.nn.yaml` and its weights."""
    weights = as_safetensors(layers(network))
    (HERE / "digits.safetensors").write_bytes(weights)
    categories = [f"{name}: digit({digit})" for digit, name in enumerate(OUTPUTS)]
    text = f"""\
# yaml-language-server: $schema=../../schemas/network.schema.json
# Generated by train.py, which tells the method and the source: do not edit, train anew.
# The network of digits.nn.yaml, its weights in a file; the two give the same for every picture.
# Cases: an empty page and the held-back pictures, the greatest score as train.py works it out.
# {accuracy}.
nnc: 1
description: >-
  Recognises a handwritten digit in 8 x 8 pixels, p00 at the top left, p07 at the top right;
  a bit is 1 where the pixel (0 to 16) is at least {CUT_OFF}.
  Exactly one category fires, none on an empty page.
fires: at_least

inputs: [
{wrapped(PIXELS, 2, SIDE)}]

layers:
  seen:
    description: What is seen. {HIDDEN} detectors, and last the ink; an empty page is not a digit.
    wiring: [
{wrapped(PIXELS, 6, SIDE)}]
    weights:
      file: digits.safetensors
      tensor: seen.weight
      sha256: {sha256(weights).hexdigest()}
    thresholds: {{file: digits.safetensors, tensor: seen.threshold}}
  wins:
    description: Who wins. The pairs 0 and 1, 0 and 2, to 8 and 9; the first wins a tie.
    wiring: seen(0:{HIDDEN})
    weights: {{file: digits.safetensors, tensor: wins.weight}}
    thresholds: {{file: digits.safetensors, tensor: wins.threshold}}
  digit:
    description: Which digit. There is ink, and it wins all its nine pairs.
    wiring: [seen({HIDDEN}), wins]
    weights: {{file: digits.safetensors, tensor: digit.weight}}
    thresholds: {{file: digits.safetensors, tensor: digit.threshold}}

outputs: {{
{wrapped(categories, 2, 5)}}}

cases:
  - {{file: digits.cases.csv}}
"""
    write_network("digits_layers.nn.yaml", text)


def main() -> None:
    """Split, train, count, write the networks `digits` and `digits_layers` and their rows."""
    digits = load()
    pictures: Array = digits.pictures.reshape(-1, SIDE * SIDE)
    labels, learnt, held = digits.labels, digits.learnt, digits.held
    network = train(pictures[learnt], labels[learnt])

    bits = (pictures >= CUT_OFF).astype(np.float64)
    winners = recognised(network, bits)
    right = winners == labels
    count, of = digits.counted(right), len(held)
    accuracy = f"{count} of {of} held-back pictures right ({100 * count / of:.1f} %)"

    rows = [[f"{bit:.0f}" for bit in bits[i]] for i in held]
    write_rows(
        "heldback.csv",
        [*PIXELS, "digit"],
        [[*row, str(labels[i])] for i, row in zip(held, rows, strict=True)],
    )
    fired = [[str(int(digit == winners[i])) for digit in range(DIGITS)] for i in held]
    write_rows(
        "digits.cases.csv",
        [*PIXELS, *OUTPUTS],
        [
            ["0"] * (SIDE * SIDE + DIGITS),
            *([*row, *categories] for row, categories in zip(rows, fired, strict=True)),
        ],
    )
    write_layers(network, accuracy)

    cases = case("an empty page", np.zeros(SIDE * SIDE), None)
    for digit in range(DIGITS):
        row = next(k for k, i in enumerate(held) if labels[i] == digit and right[i])
        cases += case(f"a {digit} (line {row + 2} of heldback.csv)", bits[held[row]], digit)
    text = f"""\
# yaml-language-server: $schema=../../schemas/network.schema.json
# Generated by train.py, which tells the method and the source: do not edit, train anew.
# {accuracy}.
# Right: the category that the data set's label names fires, and no other.
nnc: 1
description: >-
  Recognises a handwritten digit in 8 x 8 pixels, p00 at the top left, p07 at the top right;
  a bit is 1 where the pixel (0 to 16) is at least {CUT_OFF}.
  Exactly one category fires, none on an empty page.
fires: at_least

inputs: [
{wrapped(PIXELS, 2, SIDE)}]

neurons:
{neurons(network)}
outputs: [{", ".join(OUTPUTS)}]

# What is expected is the data set's label, not an answer of this network: of each digit the first
# held-back picture that the network has right (it has {of - count} of the {of} wrong).
# The file has an empty page and all {of}, with the digit of the greatest score, right or wrong, as
# train.py works it out.
cases:
{cases}  - {{file: digits.cases.csv}}
"""
    write_network("digits.nn.yaml", text)


if __name__ == "__main__":
    main()
