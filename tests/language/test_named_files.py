"""The files that a text names, also where it is not a valid network."""

import pytest

from nnc.language.document.reader import read_document
from nnc.language.library import Uses, uses_of

WHOLE = """\
nnc: 1
extends: base.nn.yaml
inputs: [a]
parts:
  one: {use: parts/xor.nn.yaml, wiring: {a: a, b: a}}
  two: {use: parts/xor.nn.yaml, wiring: {a: a, b: a}}
  three: {use: ../or.nn.yaml, wiring: {}}
layers:
  dense: {wiring: a, weights: {file: w.npy}, thresholds: {file: t.safetensors, tensor: t}}
  sparse:
    wiring: a
    thresholds: 0
    weights: {sparse: {indptr: {file: p.npy}, indices: {file: i.npy}, values: {file: v.npy}}}
  inline: {wiring: a, weights: [[1]], thresholds: [0]}
outputs: [a]
cases:
  - {given: {a: 1}, expect: {a: 1}}
  - {file: cases.csv}
"""


def uses(text: str) -> Uses:
    return uses_of(read_document(text.encode(), "a.nn.yaml"))


def test_every_place_that_names_a_file() -> None:
    assert uses(WHOLE) == Uses(
        ("base.nn.yaml", "parts/xor.nn.yaml", "../or.nn.yaml"),
        ("w.npy", "t.safetensors", "p.npy", "i.npy", "v.npy"),
        ("cases.csv",),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just text",
        "[a, b]",
        "parts: [a]",
        "parts: {a: b}",
        "parts: {a: {use: [x]}}",
        "layers: text",
        "layers: {a: {weights: {sparse: x}, thresholds: 1}}",
        "cases: {a: 1}",
        "extends: [a]",
        "extends:\n",
        'a: "',
    ],
)
def test_what_is_no_name_of_a_file_is_passed_over(text: str) -> None:
    assert uses(text) == Uses()


def test_the_text_need_not_be_valid() -> None:
    assert uses("extends: a.nn.yaml\nunknown: 1\nneurons: {x: {weights: {}}}").networks == (
        "a.nn.yaml",
    )
