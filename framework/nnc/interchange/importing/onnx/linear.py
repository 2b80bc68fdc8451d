"""Products of matrices and convolutions: constant weights, and sums that depend on the row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from nnc.interchange.importing.onnx.convolutions import outside_of, without_border
from nnc.interchange.importing.onnx.graph import SMALLER, Array, Node
from nnc.interchange.importing.onnx.values import FLOATS, Sums, Tensor, Value, in_integers, joined
from nnc.interchange.importing.onnx.windows import MAX_ELEMENTS, sliding_windows, window_over

_ONE_WAY = ("Add", "Sub", "Mul", "Div", "Neg", "Identity", "Cast", "BatchNormalization", "Scaler")
"""Operators that turn a sum into a sum, with constants as their other operands."""
_MATRIX = 2


def product(node: Node, operands: Sequence[Any]) -> tuple[Tensor, Array | None]:
    """Return the sums of MatMul, Gemm or MatMulInteger with a constant matrix, and the bias.

    The bias has the shape of the sums.
    """
    a, b = operands[:2]
    bias = None
    alpha = beta = 1.0
    if node.op == "Gemm":
        alpha, beta = node.attributes.get("alpha", 1.0), node.attributes.get("beta", 1.0)
        a = _transposed(a, node, "transA")
        b = _transposed(b, node, "transB")
        bias = operands[2] if len(operands) > 2 else None
    if node.op == "MatMulInteger":
        points = [each for each in operands[2:] if each is not None]
        if any(isinstance(point, Tensor) or np.any(point) for point in points):
            raise node.refused("its zero points are not 0")
    if isinstance(a, Tensor) == isinstance(b, Tensor):
        raise node.refused("it multiplies what depends on the row with itself")
    if isinstance(bias, Tensor):
        raise node.refused("what it adds depends on the row")
    for each in (a, b, bias):
        _check_numbers(node, each)
    if isinstance(b, Tensor):
        sums, shape, dtype = _turned(node, a, b)
    else:
        sums, shape = _of_rows(node, a, b)
        dtype = b.dtype.name
    if node.op == "MatMulInteger":
        dtype = "int32"
    if alpha != 1:
        sums = scaled(sums, np.full(len(sums), alpha))
    name = node.outputs[0]
    tensor = Tensor(name, shape, dtype, sums, name)
    if bias is None or beta == 0:
        return tensor, None
    try:
        return tensor, np.broadcast_to((bias * beta).astype(bias.dtype), shape)
    except ValueError:
        raise node.refused("the shapes of its operands do not fit") from None


def _check_numbers(node: Node, value: object) -> None:
    """Refuse constants that are no finite numbers."""
    if isinstance(value, np.ndarray) and (
        value.dtype.kind not in "fiub" or not np.isfinite(value.astype(np.float64)).all()
    ):
        raise node.refused("it has constants that are no finite numbers")


def _transposed(value: Any, node: Node, key: str) -> Any:
    if not node.attributes.get(key, 0):
        return value
    if isinstance(value, Tensor):
        return value.moved(value.name, value.places.T)
    return value.T


def _turned(node: Node, a: Array, b: Tensor) -> tuple[Sums, tuple[int, ...], str]:
    """Return the product of a constant and a tensor: that of both turned round."""
    if a.ndim > _MATRIX or len(b.shape) > _MATRIX:
        raise node.refused("it multiplies more than two dimensions")
    turned = b.moved(b.name, b.places.T)
    sums, shape = _of_rows(node, turned, a.T)
    order = np.arange(len(sums)).reshape(shape).T
    return sums.take(order.reshape(-1)), order.shape, a.dtype.name


def _of_rows(node: Node, tensor: Tensor, matrix: Array) -> tuple[Sums, tuple[int, ...]]:
    """Return the product of rows of a tensor with a matrix, or with a vector."""
    vector = matrix.ndim == 1
    matrix = matrix[:, None] if vector else matrix
    if matrix.ndim != _MATRIX or not tensor.shape or tensor.shape[-1] != matrix.shape[0]:
        raise node.refused("the shapes of its operands do not fit")
    width, size = matrix.shape
    rows = tensor.places.reshape(-1, width)
    if len(rows) * size * width > MAX_ELEMENTS:
        raise node.refused(f"its sums have over {MAX_ELEMENTS:,} weights", SMALLER)
    parts = [weighted(tensor.sums.take(row), matrix.T) for row in rows]
    shape = tensor.shape[:-1] + (() if vector else (size,))
    return joined(parts), shape


def weighted(sums: Sums, matrix: Array) -> Sums:
    """Return weighted sums of sums: a row of the matrix for each."""
    whole, sums = _in_one_form(matrix, sums)
    base = (whole * sums.base).sum(1)
    if sums.weights.shape[1] == 1:
        ids, weights = sums.rows()[:, 0][None], whole * sums.weights[:, 0]
    else:
        ids = sums.rows().reshape(1, -1)
        weights = (whole[:, :, None] * sums.weights).reshape(len(whole), -1)
    return Sums(ids, weights, base, sums.unit, sums.is_exact)


def _in_one_form(matrix: Array, sums: Sums) -> tuple[Array, Sums]:
    """Return weights as integers, and their unit in that of the sums; both as floats if need be."""
    result = in_integers(matrix) if sums.is_exact else None
    if result is None or not _fits(result[0], sums):
        return matrix.astype(np.float64), as_floats(sums)
    return result[0], replace(sums, unit=sums.unit * 2.0 ** result[1])


def _fits(whole: Array, sums: Sums) -> bool:
    """Check if the sum of all products of integers and sums fits 64 bits."""
    largest = max(int(np.abs(each).max(initial=0)) for each in (sums.weights, sums.base))
    most = int(np.abs(whole).max(initial=0)) * largest * max(int(whole.shape[-1]), 1)
    return bool(most < 1 << 62)


def as_floats(sums: Sums) -> Sums:
    """Return sums as those of real numbers."""
    if not sums.is_exact:
        return sums
    return Sums(sums.ids, sums.weights * sums.unit, sums.base * sums.unit, 1.0, is_exact=False)


def scaled(sums: Sums, factors: Array) -> Sums:
    """Return sums times a constant each."""
    whole, sums = _in_one_form(factors, sums)
    return replace(sums, weights=sums.weights * whole[:, None], base=sums.base * whole)


def shifted(sums: Sums, numbers: Array) -> Sums:
    """Return sums plus a constant each."""
    result = in_integers(numbers / sums.unit) if sums.is_exact else None
    if result is None or result[1] < -40:
        sums = as_floats(sums)
        return replace(sums, base=sums.base + numbers)
    whole, exponent = result
    if exponent >= 0:
        return replace(sums, base=sums.base + (whole << exponent))
    base = (sums.base << -exponent) + whole
    weights = sums.weights << -exponent
    return replace(sums, weights=weights, base=base, unit=sums.unit * 2.0**exponent)


def is_affine(tensor: Tensor) -> bool:
    """Check if a chain turns sums into sums, unless it rounds: nothing is cut to an integer."""
    before, is_float = tensor.root, tensor.dtype.startswith("float")
    for node in tensor.chain:
        if node.op not in _ONE_WAY or node.inputs.count(before) != 1:
            return False
        if node.op == "Div" and not is_float:
            return False
        before = node.outputs[0]
        if node.op == "Cast":
            is_float = node.attributes.get("to") in FLOATS
            if not is_float:
                return False
    return True


def in_floats(sums: Sums, shape: tuple[int, ...], node: Node, values: Mapping[str, Value]) -> Sums:
    """Apply a node of an affine chain to sums of real numbers. Raises InvalidNetworkError."""
    sums = as_floats(sums)
    if node.op in ("Identity", "Cast"):
        return sums
    if node.op == "Neg":
        return scaled(sums, np.full(len(sums), -1.0))
    if node.op == "Scaler":
        offset, scale = (_columns(node, shape, key) for key in ("offset", "scale"))
        return scaled(shifted(sums, -offset), scale)
    operands = [values.get(name) for name in node.inputs]
    if node.op == "BatchNormalization":
        scale, bias, mean, variance = (_channels(node, shape, each) for each in operands[1:5])
        factor = scale / np.sqrt(variance + node.attributes.get("epsilon", 1e-5))
        return shifted(scaled(sums, factor), bias - mean * factor)
    other = next((operand for operand in operands if isinstance(operand, np.ndarray)), None)
    if other is None:
        raise node.refused("it reads two sums that depend on the row")
    _check_numbers(node, other)
    numbers = np.broadcast_to(other.astype(np.float64), shape).reshape(-1)
    is_first = isinstance(operands[0], np.ndarray)
    if node.op == "Add":
        return shifted(sums, numbers)
    if node.op == "Sub":
        turned = scaled(sums, np.full(len(sums), -1.0)) if is_first else sums
        return shifted(turned, numbers if is_first else -numbers)
    if node.op == "Mul":
        return scaled(sums, numbers)
    if is_first or not numbers.all():
        raise node.refused("it divides by what depends on the row, or by 0")
    return scaled(sums, 1 / numbers)


def _columns(node: Node, shape: tuple[int, ...], key: str) -> Array:
    """Return the numbers of columns, or one for all, for each element."""
    numbers = np.asarray(node.attributes.get(key) or [key == "scale"], np.float64)
    if numbers.ndim != 1 or len(numbers) not in (1, shape[-1] if shape else 1):
        raise node.refused("its numbers are not those of the columns")
    _check_numbers(node, numbers)
    return np.broadcast_to(numbers, shape).reshape(-1)


def _channels(node: Node, shape: tuple[int, ...], value: object) -> Array:
    """Return the numbers of channels, those of the second dimension, for each element."""
    if not isinstance(value, np.ndarray) or len(shape) < _MATRIX or value.shape != shape[1:2]:
        raise node.refused("its numbers are not those of the channels")
    _check_numbers(node, value)
    spread = value.astype(np.float64).reshape(1, -1, *[1] * (len(shape) - _MATRIX))
    return np.broadcast_to(spread, shape).reshape(-1)


def conv(node: Node, tensor: Tensor, more: Sequence[Array | None]) -> tuple[Tensor, Array | None]:
    """Return the sums of a convolution, and the bias."""
    kernel, bias = more[0], more[1] if len(more) > 1 else None
    if kernel is None or kernel.ndim != len(tensor.shape) or kernel.ndim < 3:
        raise node.refused("the shapes of its operands do not fit")
    if node.op == "ConvInteger":
        if any(each is not None and np.any(each) for each in more[1:]):
            raise node.refused("its zero points are not 0")
        bias = None
    for each in (kernel, bias):
        _check_numbers(node, each)
    spatial = kernel.shape[2:]
    rank = len(spatial)
    group, count = node.attributes.get("group", 1), kernel.shape[0]
    if group < 1 or tensor.shape[1] != kernel.shape[1] * group or count % group:
        raise node.refused("the shapes of its operands do not fit")
    windows = sliding_windows(node, tensor, spatial)
    outer = windows.shape[1 : rank + 1]
    width = kernel.shape[1] * prod(spatial)
    if count * prod(outer) * width > MAX_ELEMENTS:
        raise node.refused(f"its sums have over {MAX_ELEMENTS:,} weights", SMALLER)
    # group, place, elements of the window
    gathered = np.moveaxis(windows, 0, rank).reshape(prod(outer), group, width).swapaxes(0, 1)
    flat = kernel.reshape(group, count // group, width)
    window = window_over(node, tensor, spatial, count, outside_of(tensor.sums))
    if window is not None:
        window = without_border(window, tensor.sums)
    sums = replace(_windowed(tensor.sums, gathered, flat), window=window)
    name = node.outputs[0]
    dtype = "int32" if node.op == "ConvInteger" else kernel.dtype.name
    made = Tensor(name, (1, count, *outer), dtype, sums, name)
    if bias is None:
        return made, None
    if bias.shape != (count,):
        raise node.refused("the shapes of its operands do not fit")
    return made, np.broadcast_to(bias.reshape(1, count, *[1] * rank), made.shape)


def _windowed(sums: Sums, gathered: Array, kernel: Array) -> Sums:
    """Return weighted sums of the elements in windows, for each filter and place."""
    whole, sums = _in_one_form(kernel, sums)
    groups, filters, width = whole.shape
    places = gathered.shape[1]
    inside = gathered >= 0
    held = np.where(inside, gathered, 0)
    spread = whole[:, :, None, :] * inside[:, None]
    base = (spread * sums.base[held][:, None]).sum(-1).reshape(-1)
    deep = sums.weights.shape[1]
    ids = np.where(inside[..., None], sums.rows()[held], -1)[:, None]
    ids = np.broadcast_to(ids, (groups, filters, places, width, deep)).reshape(-1, width * deep)
    weights = (spread[..., None] * sums.weights[held][:, None]).reshape(-1, width * deep)
    return Sums(ids, weights, base, sums.unit, sums.is_exact)
