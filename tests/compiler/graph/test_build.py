"""What only follows from a mistake is not told beside it."""

from pathlib import Path

import numpy as np
import pytest

import nnc
from nnc.opening.checking import check
from tests.support.networks import checked as check_in
from tests.support.networks import put

CELL = "inputs: {x: bit(2)}\nneurons: {n: {weights: {x: [1, 2]}, threshold: 1}}\noutputs: {o: n}\n"
FILES = {"cell": CELL, "w": np.array([[1, -1], [1, 1]])}

BROKEN = [
    ("inputs: {a: bit(0), b: bit}", "a", "bad-size"),
    ("inputs: {a: {type: bits}, b: bit}", "a", "unknown-value"),
    ("inputs: {a: {type: bit(3), size: 4}, b: bit}", "a", "exclusive-keys"),
    ("inputs: {a: {type: choice, of: x}, b: bit}", "a", "wrong-type"),
]
READERS = """\
neurons:
  n: {weights: {a: [1, 2, 3], b: 1}, threshold: 0}
  m: {wiring: [a(1), b], weights: [1, 2], threshold: 0}
  k: {weights: {a.x: 1}, threshold: 0}
  gate: {wiring: [a, b], fires: any}
layers:
  h: {wiring: [a, b], weights: [[1, 2, 3, 4]], thresholds: 0}
parts:
  p: {use: cell.nn.yaml, wiring: {x: a}}
  q: {use: cell.nn.yaml, repeat: 2, wiring: {x: a(2*i:2*i+2)}}
outputs: {o: a(2), n: n, m: m, k: k, h: h, p: p.o, q: q.o, bus: [a, b], gate: gate}
"""


@pytest.mark.parametrize(("inputs", "name", "rule"), BROKEN)
def test_what_reads_a_broken_input_is_not_judged(
    inputs: str, name: str, rule: str, tmp_path: Path
) -> None:
    text = READERS.replace("p: p.o, q: q.o", "po: p.o, qo: q.o")
    found = check_in(tmp_path, f"{inputs}\n{text}", FILES).errors
    assert [one.rule for one in found] == [rule]
    assert name in found[0].path


@pytest.mark.parametrize(
    ("neuron", "reader", "outputs", "rule"),
    [
        ("{weights: {a: 1}, thresholds: {x: 1, y: zwei}}", "{n: 1}",
         "{s: {sum: n}, l: {level: n}, o: n.y, t: n(1)}", "not-a-number"),
        ("{weights: {a: 1}, thresholds: 5}", "{n: [1, 2, 3]}",
         "{l: {level: n, labels: [p, q, r]}, o: n.z, t: n(4)}", "wrong-type"),
        ("5", "{n: [1, 2, 3]}", "{l: {largest: [n, m], labels: [p, q]}, o: n.x}", "wrong-type"),
        ("{weights: {a: 1}, threshold: 1, fires: maybe}", "{n: 1}", "{s: {sum: n}}",
         "unknown-value"),
    ],
)  # fmt: skip
def test_what_reads_a_broken_neuron_is_not_judged(
    neuron: str, reader: str, outputs: str, rule: str, tmp_path: Path
) -> None:
    text = f"""\
inputs: [a]
neurons: {{n: {neuron}, m: {{weights: {reader}, threshold: 0}}}}
outputs: {outputs}
"""
    assert [one.rule for one in check_in(tmp_path, text).errors] == [rule]


def test_what_reads_a_broken_layer_or_part_is_not_judged(tmp_path: Path) -> None:
    text = """\
inputs: {a: bit(2)}
neurons:
  n: {weights: {h: [1, 2], p.o: 3}, threshold: 0}
  m: {wiring: [h(9), p(7).z], threshold: 0}
layers:
  h: {wiring: a, weights: [[1, 2], [3, vier]], thresholds: 0}
  g: {wiring: [h, a], weights: [[1, 2, 3]], thresholds: 0}
parts:
  p: {use: cell.nn.yaml, wiring: {x: a}, repeat: 0}
  q: {use: cell.nn.yaml, wiring: {x: h}}
outputs: {n: n, m: m, g: g, q: q.o, s: {sum: h(5)}, l: {largest: h, labels: [x]}}
""".replace("q: q.o", "qo: q.o")
    found = check_in(tmp_path, text, FILES).errors
    assert sorted(one.rule for one in found) == ["bad-size", "not-a-number"]


def test_a_network_built_in_python_is_told_no_more(tmp_path: Path) -> None:
    text = """\
inputs: {x: bit}
neurons: {n: {weights: {x: 1}, thresholds: {low: 1, high: zwei}}, m: {wiring: q, threshold: 0}}
outputs: {o: n.high, l: {level: n}}
"""
    used = put(tmp_path, text, {})
    part = nnc.Part(use=used.name, wiring={"x": "a"})
    outputs = {"o": "p.o"}
    network = nnc.Network(inputs=["a"], parts={"p": part}, outputs=outputs, folder=tmp_path)
    with pytest.raises(nnc.InvalidNetworkError) as error:
        nnc.compile(network)
    assert [one.rule for one in error.value.diagnostics] == ["not-a-number", "unknown-source"]


def test_a_wrong_property_beside_a_wrong_value_is_reported() -> None:
    text = (
        "nnc: 1\nfires: at_least\ninputs: {c: {type: choice, of: [a, '~']}, b: bit}\n"
        "neurons: {alarm: {weights: {b: 1}, threshold: 1}}\noutputs: [alarm]\n"
        "properties: [{never: {alarm: 2}}]\n"
    )
    assert [one.rule for one in check(text.encode(), "f").diagnostics] == [
        "bad-name",
        "claim-value",
    ]
