"""A certificate: all repairs by one number, with the rows, for another program to check.

Whoever reads it needs nothing of nnc but the format of networks. With every other number as it is,
the sums of a neuron are linear in one of its numbers; so its value matters only by the points where
a sum meets a threshold, and between two of them one value stands for all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from nnc.exact import Number, show_number, simplest
from nnc.language.network import Input
from nnc.rows.output import shown_inputs
from nnc.solving.repairs.problem.demands import Example
from nnc.solving.repairs.problem.intervals import Interval
from nnc.solving.repairs.problem.numbers import WrittenNumber
from nnc.solving.repairs.problem.problem import Remedy


def certificate(
    file: str,
    digests: Mapping[str, str],
    inputs: Mapping[str, Input],
    example: Example,
    numbers: Iterable[WrittenNumber],
    remedies: Sequence[Remedy],
) -> str:
    """Return the certificate of a search for repairs by one number, as JSON.

    `digests` are the SHA-256 of the files; every number that is not among the remedies is claimed
    to be not enough by itself.
    """
    intervals = {id(remedy.number): remedy.intervals for remedy in remedies}
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
            for number in numbers
        ],
        "rows": _rows(inputs, example),
    }
    return json.dumps(record, indent=1) + "\n"


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
