"""Networks to trace: one small, and one with layers, parts, states, buses and choices."""

from pathlib import Path
from typing import Any

import numpy as np

import nnc
from nnc.compiler.plan import Plan
from nnc.rows.inputs.arrays import batch_from_arrays
from nnc.run.engines import input_values
from nnc.run.trace import Trace, follow
from tests.support.networks import Files, plan_of

MAIL = """\
nnc: 1
fires: at_least
inputs: {listed: bit, bayes: real, unused: bit}
neurons:
  score: {weights: {listed: 1.7, bayes: 1/3}, thresholds: {suspicious: 2, spam: 5.0}}
  alarm: {weights: {score.spam: 1, bayes: {9: 2}}, threshold: 1}
  other: {wiring: unused, threshold: 1}
outputs: {spam: score.spam, alarm: alarm, points: {sum: score}, other: other, in: listed}
"""

FILES: Files = {
    "cell": """\
inputs: {x: bit(2), more: {type: integer, default: 7}}
neurons: {n: {weights: {x: [1, 2], more: 0.5}, thresholds: {lo: 1, hi: 6}}}
outputs: {lo: n.lo, hi: n.hi, x: x}
""".replace("x: x}", "same: x}"),
    "w": np.array([[0.5, -1.0, 2.0], [0.0, 1.0, 1.0]]),
}
WHOLE = """\
fires: at_least
states: [-1, 1]
inputs:
  a: {type: bit(4), states: [0, 1]}
  s: {type: bit(2), default: [-1, 1]}
  c: {type: choice, of: [red, green]}
  r: real(2)
layers: {h: {wiring: [s, p(1).hi], weights: {file: w.npy}, thresholds: [0, 1/2], states: [0, 5]}}
parts: {p: {use: cell.nn.yaml, repeat: 2, wiring: {x: a(2*i:2*i+2)}, last: {more: 1}}}
neurons:
  n: {weights: {h: [1, 1], c: [1, 2], r(1): {3: 4}}, threshold: 3}
  aside: {wiring: [r(0)], threshold: 0}
outputs: {n: n, p0: p(0).lo, h0: h(0), sums: {sum: h}, through: p(1).same, aside: aside}
"""


def inputs_of(plan: Plan, row: dict[str, Any]) -> tuple[Any, ...]:
    """Give the constants and the elements of the inputs for one row."""
    batch, _ = batch_from_arrays(row, plan.inputs)
    (values,) = input_values(plan, batch)
    return values


def whole_plan(folder: Path) -> Plan:
    return plan_of(folder, WHOLE, FILES)


ROW = {"a": 0b1101, "c": "green", "r": ("0.1", 3)}


def trace_of(network: nnc.Network | Plan | str, row: dict[str, Any], **settings: Any) -> Trace:
    """Follow a row of arrays through a network, or through its text."""
    network = nnc.loads(network) if isinstance(network, str) else network
    plan = nnc.compile(network) if isinstance(network, nnc.Network) else network
    return follow(plan, inputs_of(plan, row), **settings)
