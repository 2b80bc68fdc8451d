"""Plan -> the digest of its behaviour: every output for every row; docs/digest.md defines it."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import numpy as np

from nnc.comparison.digests.numbers import column_digest
from nnc.comparison.digests.structure import input_line, output_line
from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidRowsError
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.inputs.truth_table import row_count, truth_table
from nnc.run.engines import How
from nnc.run.evaluation import AUTO, calculate, evaluate_batch

MOST_ROWS = 1 << 20
"""The most rows whose outputs are hashed: those of 20 bits."""


def behaviour_digest(plan: Plan, how: How = AUTO) -> str:
    """Give the digest of what a network of bits and choices does, as 64 hexadecimal digits.

    Raises InvalidRowsError, no-truth-table, where it has other inputs, or over 2**20 rows.
    """
    inputs = {name: plan.inputs[name] for name in sorted(plan.inputs)}
    wrong = _why_not(plan)
    if wrong is not None:
        raise InvalidRowsError([wrong])
    (batch,) = truth_table(inputs, MOST_ROWS)
    columns = dict(zip(inputs, batch.columns, strict=True))
    in_order = Batch(tuple(columns[name] for name in plan.inputs), batch.count)
    whole = sha256(b"nnc behaviour 1\n")
    for name, one in inputs.items():
        line = input_line(name, one.model_copy(update={"default": None}))
        whole.update(f"{line}\n".encode())
    whole.update(f"rows {batch.count}\n".encode())
    for tap in sorted(plan.outputs, key=lambda one: one.alias):
        digest = _values(plan, tap, in_order, how)
        whole.update(f"{output_line(tap, digest)}\n".encode())
    return whole.hexdigest()


def _values(plan: Plan, tap: Tap, batch: Batch, how: How) -> str:
    """Hash what an output gives: bits of 0 and 1 packed, eight rows a byte; all else as numbers."""
    if tap.is_integer or (tap.kind == "bit" and tap.states is None):
        words = calculate(plan, batch, frozenset(tap.signals), frozenset(), how).words_of(
            tap.signals
        )
        octets = words.astype("<u8", copy=False).view(np.uint8)
        return sha256(octets[:, : -(-batch.count // 8)].tobytes()).hexdigest()
    results = evaluate_batch(replace(plan, outputs=(tap,)), batch, how=how).values()
    columns = [Column(one.codes) if isinstance(one, Labels) else one for one in results]
    return column_digest(columns).hex()


def _why_not(plan: Plan) -> Diagnostic | None:
    """Say why not every row of the inputs can be tried; None where it can."""
    why = ""
    for name, one in plan.inputs.items():
        if one.type not in ("bit", "choice"):
            kind = "an integer" if one.type == "integer" else "a real"
            why = f"input `{name}` is {kind}{' bus' if one.is_bus else ''}"
            break
    else:
        if (rows := row_count(plan.inputs, ())) > MOST_ROWS:
            power = rows.bit_length() - 1
            told = f"2^{power}" if rows == 1 << power else f"over 2^{power}"
            why = f"the inputs have {told} rows"
    if not why:
        return None
    message = f"{why}; a digest of behaviour needs bits and choices of at most 2^20 rows"
    return Diagnostic("no-truth-table", message, help="take the digest of the structure")
