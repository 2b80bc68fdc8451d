"""Monotonicity by the signs of weights: raising an input never lowers a number."""

from __future__ import annotations

from nnc.proofs.certificates.circuit import Cell, Circuit, Linear


def never_falls(circuit: Circuit, raised: int, number: Linear, *, rising: bool) -> bool:
    """Return whether every way from a signal to a number has signs that never lower it.

    With `rising` off, that never raise it.
    """
    ways: dict[int, set[int]] = {raised: {1}}
    for signal in circuit.cone(signal for signal, _ in number.terms):
        cell = circuit.signals[signal]
        if isinstance(cell, Cell):
            ways[signal] = {
                sign * (1 if weight > 0 else -1) * (-1 if cell.turned else 1)
                for source, weight in cell.terms
                for sign in ways.get(source, ())
            }
    signs = {
        sign * (1 if weight > 0 else -1)
        for signal, weight in number.terms
        for sign in ways.get(signal, ())
    }
    return signs <= {1 if rising else -1}
