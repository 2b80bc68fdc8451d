"""Lower a plan to a netlist: integer sums with limits, and outputs as values of bits.

Order: cells, netlist.
"""

from nnc.compiler.netlist.cells import (
    Affine,
    Argmax,
    Cell,
    Comparison,
    Net,
    OneHot,
    Port,
    Value,
    integer_comparison,
)
from nnc.compiler.netlist.netlist import Netlist

__all__ = [
    "Affine",
    "Argmax",
    "Cell",
    "Comparison",
    "Net",
    "Netlist",
    "OneHot",
    "Port",
    "Value",
    "integer_comparison",
]
