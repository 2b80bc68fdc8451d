"""Plan -> Netlist: integer sums and their limits, and every output as a value of bits.

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
