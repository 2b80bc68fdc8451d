"""Evaluate one row of bits in one kernel call, for plans that are evaluated row by row.

No Python objects are created between the input and output arrays, so that the neurons dominate the
time. Lines are those of the bank laid out by `packed`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from nnc.compiler.graph import Tap
from nnc.compiler.plan import LayerStep, Plan
from nnc.language.network import BITS, Input
from nnc.numbers.integers import Array
from nnc.run.engines import native
from nnc.run.engines.engine import Wanted
from nnc.run.engines.packed import Packed, kept_packed
from nnc.run.engines.parts import Part, Programs
from nnc.run.engines.windows import ExactSums, PictureResults, Pictures

_DTYPES = "?B"  # the letters of bool and uint8
_LARGEST_BYTE = 255
_OF_DIGITS = bytes.maketrans(b"01", b"\0\1")


class Single:
    """A plan of bits for single rows: its inputs, outputs and steps, which the kernels keep.

    Nothing refers to mapped files: weights are split into planes, limits are copied.
    """

    def __init__(self, packed: Packed) -> None:
        self._packed = packed
        plan = packed.plan
        self._inputs = {name: _shape(input_) for name, input_ in plan.inputs.items()}
        self._outputs = [
            (tap.alias, (1, tap.width) if tap.is_bus else (1,)) for tap in plan.outputs
        ]
        self._built: Any = self._build()

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_built": None}  # the kernels' data cannot be copied

    def run(self, values: Mapping[str, Any]) -> tuple[dict[str, Array], bool] | None:
        """Evaluate one row, with an array of bits or an integer for each input.

        Return the outputs and whether all inputs were integers, or None for any other form.
        """
        if native.KIND is None or len(values) != len(self._inputs):
            return None  # a copy may run without kernels
        row: list[Any] = []
        integers = 0
        for name, shape in self._inputs.items():
            value = values.get(name)
            if type(value) is int:
                if value < 0 or value.bit_length() > shape[-1]:
                    return None
                integers += 1
                row.append(f"{value:0{shape[-1]}b}"[::-1].encode().translate(_OF_DIGITS))
                continue
            if (
                type(value) is not np.ndarray
                or value.shape != shape
                or value.dtype.char not in _DTYPES
                or not value.flags.c_contiguous
            ):
                return None
            row.append(value)
        if self._built is None:
            self._built = self._build()
        outputs = {alias: np.empty(shape, np.uint8) for alias, shape in self._outputs}
        is_bits = native.kernels.run_single(
            native.KIND, self._built, tuple(row), tuple(outputs.values())
        )
        return (outputs, integers == len(row)) if is_bits else None

    def _build(self) -> Any:
        """Pass the steps to the kernels."""
        packed, plan, kernels = self._packed, self._packed.plan, native.kernels
        stored = [signal for tap in plan.outputs for signal in tap.signals]
        loads = packed.line_of[2 : plan.first_made]
        built = kernels.single(packed.height, _lines(loads), _lines(packed.line_of[stored]))
        for part in packed.parts:
            if isinstance(part, Programs):
                assert part.program is not None
                assert part.kernel is not None
                lines = (part.program.loaded, part.program.stored)
                load, store = (_lines(packed.line_of[signals]) for signals in lines)
                kernels.add_program(built, part.kernel.checked(), load, store)
                continue
            assert isinstance(part, LayerStep)
            product = packed.products[part.first]
            assert product.sources is not None
            kernel = product.kernel
            assert isinstance(kernel, native.Product)
            sources, first = _lines(product.sources.places), product.out.start
            planes = kernel.planes()
            kernels.add_product(built, planes, kernel.limits, sources, kernel.turned, first)
        return built


def _lines(lines: Array) -> Array:
    return lines.astype(np.int32)


def _shape(input_: Input) -> tuple[int, ...]:
    return (1, input_.width) if input_.is_bus else (1,)


class SinglePicture:
    """A plan of layers over one picture, for single rows of bytes."""

    def __init__(self, plan: Plan, part: Pictures, outputs: Sequence[tuple[str, _Output]]) -> None:
        self._part, self._outputs = part, outputs
        [(self._name, input_)] = plan.inputs.items()
        self._shape = (1, input_.width)
        is_bit = input_.type == "bit"
        self._lowest = 0 if is_bit else int(input_.min or 0)
        self._highest = 1 if is_bit else int(input_.max or 0)

    def run(self, values: Mapping[str, Any]) -> tuple[dict[str, Array], bool] | None:
        """Evaluate one row given as a uint8 array; return None for any other form."""
        value = values.get(self._name)
        if native.KIND is None or len(values) != 1 or type(value) is not np.ndarray:
            return None
        if value.shape != self._shape or value.dtype != np.uint8:
            return None
        if self._lowest > 0 and value.min() < self._lowest:
            return None
        if self._highest < _LARGEST_BYTE and value.max() > self._highest:
            return None
        results = self._part.run(value, 1)
        return {alias: output.of(results) for alias, output in self._outputs}, False


class _Output(NamedTuple):
    """An output of layers over a picture: bits, sums, or the index of the largest sum."""

    tap: Tap
    part: Pictures
    at: int
    sums: ExactSums | None

    def of(self, results: PictureResults) -> Array:
        """Return the output from the kernel's results: rows, or rows x size for a bus."""
        if self.sums is None:
            values = self.part.bits(results, self.tap.signals)
        else:
            values = self.sums.of(results.sums[self.at])
            if self.tap.kind == "largest":
                values = np.argmax(values, axis=1)[:, None]
        return values if self.tap.is_bus else values[:, 0]


def _output(tap: Tap, part: Pictures) -> _Output | None:
    """Return how an output is computed, or None if it has labels or no integer stage."""
    is_sum = tap.kind in ("sum", "largest")
    for at, stage in enumerate(part.stages):
        if all(signal in stage.layer.signals for signal in tap.signals):
            sums = stage.exact_sums(tap.signals) if is_sum else None
            is_fit = tap.is_bits or (sums and (tap.kind == "largest" or sums.unit == 1))
            return _Output(tap, part, at, sums) if is_fit and not tap.labels else None
    return None


def single_of(plan: Plan, wanted: Wanted) -> Single | SinglePicture | None:
    """Return an evaluator of single rows, or None if the plan has more than bits and kernels.

    The plan must have been laid out for `wanted`, its outputs' signals. Plans with assumptions are
    excluded, because they need more than outputs.
    """
    packed = kept_packed(plan, wanted, use_native=True)
    parts = [] if packed is None else packed.parts
    if len(plan.inputs) == len(parts) == 1 and isinstance(parts[0], Pictures) and parts[0].name:
        made = {tap.alias: _output(tap, parts[0]) for tap in plan.outputs}
        outputs = [(alias, value) for alias, value in made.items() if value is not None]
        is_fit = len(outputs) == len(made) and not _assumes(plan)
        return SinglePicture(plan, parts[0], outputs) if is_fit else None
    is_fit = (
        packed is not None
        and len(plan.inputs) > 0  # otherwise it is unclear whether to return a value or an array
        and not _assumes(plan)
        and all(i.type == "bit" and i.state_values == BITS for i in plan.inputs.values())
        and all(tap.is_bits for tap in plan.outputs)
        and all(_has_kernel(packed, part) for part in packed.parts)
    )
    return Single(packed) if is_fit and packed is not None else None


def _assumes(plan: Plan) -> bool:
    return any(claim.kind == "assume" for claim in plan.claims)


def _has_kernel(packed: Packed, part: Part) -> bool:
    if isinstance(part, Programs):
        return part.program is None or part.program.slots <= native.kernels.MOST_SLOTS
    if not isinstance(part, LayerStep):
        return False
    product = packed.products[part.first]
    return isinstance(product.kernel, native.Product) and product.sources is not None
