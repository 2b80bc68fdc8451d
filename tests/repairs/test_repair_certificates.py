"""Certificates of several numbers, added up and searched anew by a checker without `nnc`."""

import json
import os
from collections.abc import Iterator
from copy import deepcopy
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.drawn_repairs import draw, rows_of
from tests.support.reason_checker import wrong_reasons
from tests.support.running import Nnc

EVERYDAY, ALL = 12, 150
SEED = int(os.environ.get("NNC_FUZZ_SEED", "0"))
FILE = Path("c.json")


def certify(nnc: Nnc, number: int, seed: int) -> dict[str, Any] | None:
    """Repair a drawn network, and return the certificate; None where one number is enough."""
    random = Random(f"{seed} certificate {number}")
    drawn = draw(random, neurons=random.choice([2, 3, 4]), inputs=2)
    if random.random() < 0.5:
        drawn.numbers = {name: Fraction(int(value)) for name, value in drawn.numbers.items()}
    if random.random() < 0.3:
        drawn.sums = list(drawn.rules)[-2:]
    rows = rows_of(random, drawn, random.randint(2, 3))
    Path("drawn.nn.yaml").write_text(drawn.text())
    names = list(rows[0][1])
    lines = [",".join([*drawn.inputs, *names])]
    lines += [
        ",".join(str(value) for value in (*row.values(), *expected.values()))
        for row, expected in rows
    ]
    Path("rows.csv").write_text("\n".join(lines) + "\n")
    FILE.unlink(missing_ok=True)
    nnc("repair", "drawn.nn.yaml", "rows.csv", "--certificate", str(FILE))
    record: dict[str, Any] | None = json.loads(FILE.read_text()) if FILE.exists() else None
    return record if record and record["several"] else None


@pytest.mark.parametrize("part", range(4))
def test_reasons_are_checked_by_other_means(nnc: Nnc, part: int, full: bool) -> None:
    size = ALL if full else EVERYDAY
    for number in range(size * part, size * part + size):
        if certify(nnc, number, SEED) is not None:
            assert wrong_reasons(FILE, Path()) == [], number


def spoilt(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield certificates that say a little more than is so."""
    reasons = record["several"]["reasons"]
    for i, reason in enumerate(reasons):
        for key in ("numbers", "bits"):
            if reason[key]:
                other = deepcopy(record)
                other["several"]["reasons"][i][key].pop()
                yield other
    other = deepcopy(record)
    other["several"]["reasons"] = reasons[: len(reasons) // 2]
    yield other


def test_a_wrong_certificate_is_told(nnc: Nnc) -> None:
    told = total = 0
    for number in range(40):
        record = certify(nnc, number, 0)
        if record is None or not 3 < len(record["several"]["reasons"]) < 40:
            continue
        for other in spoilt(record):
            FILE.write_text(json.dumps(other))
            told += bool(wrong_reasons(FILE, Path()))
            total += 1
    assert told > 0.9 * total > 0
