"""A certificate: what a search has claimed, with the rows, for another program to check.

Whoever reads it needs nothing of nnc but the format of networks. With every other number as it is,
the sums of a neuron are linear in one of its numbers; so its value matters only by the points where
a sum meets a threshold, and between two of them one value stands for all.

That no fewer numbers are enough is told by reasons: a few inequalities, added up with factors,
contradict each other as long as certain bits are as they are and certain numbers do not rise or
fall. No choice of fewer numbers avoids all reasons, and no smaller change of as many.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction

from nnc.language.network import Input
from nnc.numbers.exact import Number, show_number, simplest
from nnc.repairs.problem.demands import Example
from nnc.repairs.problem.intervals import Interval
from nnc.repairs.problem.numbers import WrittenNumber
from nnc.repairs.problem.problem import Problem
from nnc.repairs.repair import Answer
from nnc.repairs.several.reasons import Asked, Reason
from nnc.rows.output import shown_inputs


def certificate(
    file: str,
    digests: Mapping[str, str],
    inputs: Mapping[str, Input],
    example: Example,
    problem: Problem,
    answer: Answer,
) -> str:
    """Return the certificate of a search, as JSON.

    `digests` are the SHA-256 of the files; every number that has no values is claimed to be not
    enough by itself.
    """
    intervals = {id(remedy.number): remedy.intervals for remedy in answer.fixes}
    record = {
        "format_version": 1,
        "claim": "all repairs by one number",
        "network": file,
        "sha256": dict(digests),
        "numbers": [
            {
                "name": number.name,
                "file": number.linked.file,
                "path": list(number.path),
                "old": show_number(number.value),
                "values": [_ends(each) for each in intervals.get(id(number), ())],
            }
            for number in problem.numbers
        ],
        "rows": _rows(inputs, example),
        "several": _several(problem, answer),
    }
    return json.dumps(record, indent=1) + "\n"


def _several(problem: Problem, answer: Answer) -> dict[str, object] | None:
    """Return what is claimed of several numbers; None where one is enough, or none was tried."""
    if answer.refuted is None:
        return None
    return {
        "fewest": answer.fewest if answer.changed or answer.proof != "proved" else None,
        "is_least": answer.proof == "proved",
        "changes": [
            {"name": change.number.name, "new": show_number(simplest(change.value))}
            for change in answer.changed or ()
        ],
        "decimals": {n.name: problem.decimals_for(n) for n in answer.refuted.numbers},
        "reasons": [
            _reason(problem, answer.refuted.numbers, reason) for reason in answer.refuted.reasons
        ],
    }


def _reason(
    problem: Problem, numbers: Sequence[WrittenNumber], reason: Reason
) -> dict[str, object]:
    circuit = problem.circuit
    bits = []
    for (signal, row), fires in reason.bits.items():
        unit = circuit.units[circuit.makers[signal]]
        bits.append(
            {"neuron": unit.name, "threshold": signal - unit.first, "row": row, "fires": fires}
        )
    return {
        "numbers": [
            {"name": numbers[k].name, "rises": sign > 0} for k, sign in sorted(reason.directions)
        ],
        "bits": bits,
        "limit": _end(reason.limit),
        "asked": [_asked(problem, each) for each in reason.asked],
        "by_branching": reason.by_branching,
    }


def _asked(problem: Problem, asked: Asked) -> dict[str, object]:
    """Return one inequality: `sign` times what is on the left, at least 0 or above it."""
    units = problem.circuit.units
    return {
        "neuron": units[asked.unit].name,
        "threshold": asked.threshold if asked.threshold >= 0 else None,
        "other": units[asked.other].name if asked.other >= 0 else None,
        "ascend": list(asked.names),
        "sign": asked.sign,
        "strict": asked.is_strict,
        "row": asked.row,
        "factor": asked.factor,
    }


def _ends(interval: Interval) -> dict[str, object]:
    low, high, has_low, has_high = interval
    return {"low": _end(low), "has_low": has_low, "high": _end(high), "has_high": has_high}


def _end(end: Fraction | None) -> str | None:
    return None if end is None else show_number(simplest(end))


def _rows(inputs: Mapping[str, Input], example: Example) -> list[dict[str, object]]:
    """Return what each row gives and expects, as people write it."""
    rows: list[dict[str, dict[str, str]]] = [
        {"given": {}, "expect": {}} for _ in range(example.batch.count)
    ]
    for (name, input_), column in zip(inputs.items(), example.batch.columns, strict=True):
        for element, values in shown_inputs(name, input_, column).items():
            for row, value in zip(rows, values.values(), strict=True):
                row["given"][element] = _text(value)
    for alias, wanted in example.wanted.items():
        for place, value in wanted.items():
            rows[place]["expect"][alias] = _text(value)
    return list(map(dict, rows))


def _text(value: Number | str) -> str:
    return value if isinstance(value, str) else show_number(value)
