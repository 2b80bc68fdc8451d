"""An evaluator of netlists for one row, in plain numbers."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from nnc.compiler.netlist import Affine, Argmax, Net, Netlist, OneHot, Port, Value

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}


def nets_of(netlist: Netlist, row: Mapping[str, list[Fraction]]) -> dict[Net, Fraction]:
    """Return the value of every net; a row has the elements of each input, of a choice its bits."""
    nets = {0: Fraction(0), 1: Fraction(1)}
    for port in netlist.inputs:
        for place, element in enumerate(row[port.name]):
            (value,) = port.values[:1] if len(port.values) == 1 else port.values[place : place + 1]
            if isinstance(value, OneHot):
                nets[value.of[place]] = element
            else:
                assert isinstance(value, Affine)
                ((net, factor),) = value.terms
                nets[net] = (element * value.unit - value.constant) / factor
    for cell in netlist.cells():
        total = sum((factor * nets[net] for net, factor in cell.terms), Fraction())
        nets[-cell.first] = total
        compared = total if cell.operand is None else nets[cell.operand]
        for net, test in zip(cell.nets, cell.tests, strict=True):
            nets[net] = Fraction(COMPARE[test.op](compared, test.limit))
    return nets


def number_of(number: Affine, nets: Mapping[Net, Fraction]) -> Fraction:
    """Return a number in one row."""
    total = sum((factor * nets[net] for net, factor in number.terms), Fraction())
    return (total + number.constant) / number.unit


def value_of(value: Value, nets: Mapping[Net, Fraction]) -> Fraction:
    """Return a value in one row."""
    if isinstance(value, Affine):
        return number_of(value, nets)
    if isinstance(value, Argmax):
        numbers = [number_of(number, nets) for number in value.of]
        return Fraction(numbers.index(max(numbers)))
    return Fraction([nets[net] for net in value.of].index(Fraction(1)))


def given_by(port: Port, nets: Mapping[Net, Fraction]) -> Any:
    """Return what an output gives in one row: a number, a label, or a list."""
    values = [value_of(value, nets) for value in port.values]
    if port.shape == "word":
        assert number_of(port.number, nets) == sum(bit * 2**i for i, bit in enumerate(values))
        return number_of(port.number, nets)
    if port.shape == "vector":
        return values
    (value,) = values
    return port.labels[int(value)] if port.labels else value
