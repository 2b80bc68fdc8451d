"""Train the network of ones beside this file: states, weights and pixels are all 1 or -1.

Source and split: those of `train.py`. A picture of 8 x 8 pixels is scaled up to 28 x 28, each new
pixel that of the old one it lies in; a bit is 1 where the pixel (0 to 16) is at least 7, else -1.

Method: a binarised network after M. Courbariaux et al., "Binarized Neural Networks", 2016. Each
weight is the sign of a real number from -1 to 1 that is trained, without thresholds. The forward
pass is the network as written; the backward pass takes a neuron's output for its sum where that is
within +-28 (the straight-through estimator). The loss is the multi-class hinge of J. Weston and
C. Watkins (1999), the optimiser Adam (D. Kingma and J. Ba, 2014). Each visit draws the pixels'
cut-off anew from 4 to 10. The settings were chosen by cross-validation within the training part
alone.

Every matrix product is of small integers, hence exact in any order, and the rest is single
additions, products, quotients and roots: the network does not depend on BLAS or the number of
threads.

    python configs/digits/train_binarised.py    # about ten seconds; needs numpy and scikit-learn
"""

from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits  # type: ignore[import-untyped]
from train import CUT_OFF, DIGITS, HERE, Labels, as_safetensors, split, write_network, write_rows

Array = NDArray[np.float32]

SIDE = 28
HIDDEN = 256
EACH = 4  # cases of each digit
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def signs(numbers: Array) -> Array:
    """Give 1 where a number is 0 or more, else -1: a neuron that fires at_least 0."""
    return np.where(numbers >= 0, np.float32(1), np.float32(-1))


def train(
    pictures: Array,
    labels: Labels,
    seed: int = 0,
    epochs: int = 150,
    batch: int = 64,
    rate: float = 0.01,
    margin: float = 32,
    reach: float = 28,
) -> tuple[Array, Array]:
    """Fit weights of 1 and -1, [784, 256] and [256, 10], to pictures [n, 784] of 0 to 16."""
    random = np.random.RandomState(seed)  # its stream is frozen, a Generator's is not
    parameters = [
        (random.random_sample(shape) * 2 - 1).astype(np.float32)
        for shape in ((SIDE * SIDE, HIDDEN), (HIDDEN, DIGITS))
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
            cut_offs = CUT_OFF - 3 + np.floor(random.random_sample((batch, 1)) * 7)
            x = signs(pictures[chosen] - cut_offs.astype(np.float32))
            y = labels[chosen]

            hidden, output = signs(parameters[0]), signs(parameters[1])
            sums = x @ hidden
            fired = signs(sums)
            scores = fired @ output

            wrong = (scores - scores[rows, y][:, None] + margin > 0).astype(np.float32)
            wrong[rows, y] = 0
            wrong[rows, y] = -wrong.sum(axis=1)
            back = (wrong @ output.T) * (np.abs(sums) <= reach)
            gradients = [x.T @ back, fired.T @ wrong]

            mean_decay, square_decay = mean_decay * 0.9, square_decay * 0.999
            step = rate * (1 - (epoch * batches + number) / (epochs * batches))
            for i, gradient in enumerate(gradients):
                means[i] = 0.9 * means[i] + 0.1 * gradient
                squares[i] = 0.999 * squares[i] + 0.001 * (gradient * gradient)
                root = np.sqrt(squares[i] / (1 - square_decay)) + 1e-8
                parameters[i] -= step * (means[i] / (1 - mean_decay)) / root
                np.clip(parameters[i], -1, 1, out=parameters[i])
    return signs(parameters[0]), signs(parameters[1])


def main() -> None:
    """Train, count, write `binarised.nn.yaml`, its weights and its cases."""
    data = load_digits()
    near = np.arange(SIDE) * 8 // SIDE
    pictures = data.images[:, near][:, :, near].reshape(-1, SIDE * SIDE).astype(np.float32)
    labels: Labels = data.target.astype(np.int64)
    learnt, held = split(labels)
    hidden, output = train(pictures[learnt], labels[learnt])

    bits = signs(pictures - CUT_OFF)
    right = np.argmax(signs(bits @ hidden) @ output, axis=1) == labels
    count, of = int(right[held].sum()), len(held)
    print(f"{count} of {of} held-back pictures right ({100 * count / of:.1f} %)")
    print(f"{int(right[learnt].sum())} of {len(learnt)} training pictures right")

    of_each = [[i for i in held if labels[i] == digit and right[i]] for digit in range(DIGITS)]
    shown = sorted(i for places in of_each for i in places[:EACH])
    write_rows(
        "binarised.cases.csv",
        [*(f"pixels({i})" for i in range(SIDE * SIDE)), "digit"],
        [[*(f"{bit:.0f}" for bit in bits[i]), WORDS[labels[i]]] for i in shown],
    )
    weights = as_safetensors({"hidden.weight": hidden.T, "output.weight": output.T})
    (HERE / "binarised.safetensors").write_bytes(weights)
    text = f"""\
# yaml-language-server: $schema=../../schemas/network.schema.json
# Generated by train_binarised.py, which tells the method and the source: do not edit, train anew.
# Cases: what is expected is the data set's label, not an answer of this network: of each digit the
# first {EACH} held back that the network has right (it has {of - count} of the {of} wrong).
nnc: 1
description: >-
  Recognises a handwritten digit of 28 x 28 pixels, scaled up from 8 x 8; ink is 1 and paper -1.
  A binarised network, every signal and every weight is 1 or -1. Of the {of} pictures it has not
  learnt from, {count} ({100 * count / of:.1f} %) are right.
fires: at_least
states: [-1, 1]
inputs:
  pixels: {{type: bit, size: {SIDE * SIDE}, description: 28 rows of 28 pixels from the top left}}
layers:
  hidden:
    wiring: pixels
    weights:
      file: binarised.safetensors
      tensor: hidden.weight
      sha256: {sha256(weights).hexdigest()}
    thresholds: 0
  output:
    wiring: hidden
    weights: {{file: binarised.safetensors, tensor: output.weight}}
    thresholds: 0
outputs:
  digit:
    largest: output
    labels: [{", ".join(WORDS)}]
cases:
  - {{file: binarised.cases.csv}}
"""
    write_network("binarised.nn.yaml", text)


if __name__ == "__main__":
    main()
