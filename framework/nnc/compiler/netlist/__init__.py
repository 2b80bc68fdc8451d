"""Plan -> Netlist: integer sums and their limits, and every output as a value of bits.

Order: values, cells, netlist.
"""

from nnc.compiler.netlist.cells import Cell, Comparison, integer_comparison
from nnc.compiler.netlist.netlist import Netlist, Violation
from nnc.compiler.netlist.values import Affine, Argmax, Net, OneHot, Port, Value, affine

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
    "Violation",
    "affine",
    "integer_comparison",
]
