"""Build a plan from a graph: exact integer weights, levels, bounds, and types of sums.

Order: neurons, totals, layers, plan.
"""

from nnc.compiler.plan.layers import LayerStep, one_each, to_float, to_integer
from nnc.compiler.plan.neurons import (
    COLUMNS,
    DTYPES,
    NO_NEURONS,
    NeuronTable,
    PlanNeuron,
    whole_neurons,
)
from nnc.compiler.plan.plan import (
    Plan,
    all_neurons,
    build_plan,
    formula,
    once_for_plan,
    plan_signals,
)
from nnc.compiler.plan.totals import (
    EXACT_IN,
    numbers,
    row_of,
    values_of,
)

__all__ = [
    "COLUMNS",
    "DTYPES",
    "EXACT_IN",
    "NO_NEURONS",
    "LayerStep",
    "NeuronTable",
    "Plan",
    "PlanNeuron",
    "all_neurons",
    "build_plan",
    "formula",
    "numbers",
    "once_for_plan",
    "one_each",
    "plan_signals",
    "row_of",
    "to_float",
    "to_integer",
    "values_of",
    "whole_neurons",
]
