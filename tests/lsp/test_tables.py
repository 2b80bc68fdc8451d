"""Truth tables of neurons, as hovers show them."""

from nnc.lsp.hover import truth_table
from nnc.lsp.texts import Text

TABLES = """\
nnc: 1
fires: at_least
inputs: {a: bit, b: {type: bit, size: 5, states: [-1, 1]}, age: {type: integer, min: 0}}
neurons:
  both: {weights: {a: 2, b(1): 1/2}, threshold: 2.5}
  some: {weights: {both: 1}, thresholds: {low: 0, high: 1}, fires: at_most}
  old: {weights: {age: 1}, threshold: 65}
  many: {wiring: b, weights: [1, 1, 1, 1, 1], threshold: 2}
  wrong: {weights: {nobody: 1}, threshold: 65}
"""


def test_truth_table_of_a_neuron_of_few_bits() -> None:
    text = Text("untitled:1", TABLES, 1)
    section = text.outline.section("neurons")
    assert section is not None
    tables = {entry.name: truth_table(text, entry, {}) for entry in text.outline.entries(section)}
    assert tables["both"] == (
        "| a | b(1) | both |\n|---|---|---|\n"
        "| 0 | -1 | 0 |\n| 0 | 1 | 0 |\n| 1 | -1 | 0 |\n| 1 | 1 | 1 |"
    )
    rows = ["| both | some.low | some.high |", "|---|---|---|", "| 0 | 1 | 1 |", "| 1 | 0 | 1 |"]
    assert tables["some"].splitlines() == rows
    assert tables["old"] == tables["wrong"] == tables["many"] == ""
