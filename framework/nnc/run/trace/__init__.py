"""Trace one row: why a network gives its outputs, and which neurons decide them.

Order: values, contributions, neurons, way, outputs, text, traces.
"""

from __future__ import annotations

from nnc.run.trace.contributions import Contribution, Contributions
from nnc.run.trace.neurons import FollowedRow, Limit, NeuronTrace, trace
from nnc.run.trace.outputs import OutputTrace, Ranked, output_trace
from nnc.run.trace.text import neuron_lines
from nnc.run.trace.traces import Trace, follow
from nnc.run.trace.values import PlainValue, given_inputs, show_value
from nnc.run.trace.way import on_the_way

__all__ = [
    "Contribution",
    "Contributions",
    "FollowedRow",
    "Limit",
    "NeuronTrace",
    "OutputTrace",
    "PlainValue",
    "Ranked",
    "Trace",
    "follow",
    "given_inputs",
    "neuron_lines",
    "on_the_way",
    "output_trace",
    "show_value",
    "trace",
]
