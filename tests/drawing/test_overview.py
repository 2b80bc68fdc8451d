"""The overview: counts of what is too much for boxes."""

import re
from pathlib import Path
from xml.etree import ElementTree

from nnc.drawing.overview import counts, overview
from tests.support.networks import graph_of

NETWORK = """\
nnc: 1
inputs: {a: bit, b: bit(3)}
neurons:
  x: {weights: {a: 1, b: 2}, threshold: 1}
  y: {weights: {x: 1, a: 1}, threshold: 1}
layers:
  hidden: {wiring: [b, x], weights: [[1, 2, 3, 4], [0, 0, 0, 1]], thresholds: 1}
outputs: {y: y, hidden: hidden}
"""


def test_counts(tmp_path: Path) -> None:
    found = counts(graph_of(tmp_path, NETWORK))
    assert (found.inputs, found.neurons) == (4, [0, 1, 3])
    assert found.synapses.tolist() == [[0, 0, 0], [4, 0, 0], [7, 3, 0]]
    assert found.fan_in == {4: 3, 2: 1}
    assert found.weights == {1: 5, 2: 4, 3: 1, 4: 1, 0: 3}


def test_a_picture(tmp_path: Path) -> None:
    svg = overview(graph_of(tmp_path, NETWORK), "all & sundry")
    root = ElementTree.fromstring(svg)
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert texts[0] == "all & sundry"
    assert texts[texts.index("synapses by weight") + 1 :][:4] == ["0", "3", "1", "5"]
    assert texts[1] == "4 inputs, 4 neurons in 2 levels, 14 synapses, 2 outputs"


def test_a_chain_has_as_many_levels_as_neurons(tmp_path: Path) -> None:
    links = "".join(f"  n{i}: {{weights: {{n{i - 1}: 1}}, threshold: 0}}\n" for i in range(1, 2000))
    text = (
        f"inputs: [a]\nneurons:\n  n0: {{weights: {{a: 1}}, threshold: 0}}\n{links}"
        "outputs: [n1999]\n"
    )
    graph = graph_of(tmp_path, text)
    bars = re.findall(r">(\d+) to (\d+)<", overview(graph, "chain"))
    assert {int(last) - int(first) for first, last in bars} == {49}  # as many levels in each bar
    found = counts(graph)
    assert (len(found.neurons), max(found.neurons)) == (2001, 1)
    assert found.synapses.shape == (501, 501)  # four levels together
    assert found.synapses.sum() == 2000
    assert found.synapses.diagonal().sum() == 1500
