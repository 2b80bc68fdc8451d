"""An independent check of what `nnc repair --certificate` claims, with nothing of `nnc`.

The oracle evaluates the network for values of one number. The sum of its neuron is linear in it, so
two evaluations tell where each row meets a threshold; all these points, and a value between each
two, are tried.
"""

import json
from copy import deepcopy
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.support import oracle


def wrong_claims(certificate: Path, folder: Path) -> list[str]:
    """Return every claim of a certificate that does not hold; of numbers in the network itself."""
    record = json.loads(certificate.read_text("utf-8"))
    network = oracle.load(folder / record["network"])
    wrong = []
    for number in record["numbers"]:
        for value in points(network, folder, number, record["rows"]):
            other = changed(network, number["path"], value)
            does = ascends(other, number["path"]) and holds(other, folder, record["rows"])
            says = any(is_in(value, each) for each in number["values"])
            if does != says:
                wrong.append(f"{number['name']} = {value}: {'holds' if does else 'fails'}")
    return wrong


def changed(network: Any, path: list[Any], value: Fraction) -> Any:
    """Return the file with another number at a path."""
    network = deepcopy(network)
    at = network
    for step in path[:-1]:
        at = at[step]
    old = str(at[path[-1]])
    rule = f"{old.split(maxsplit=1)[0]} " if " " in old else ""
    at[path[-1]] = f"{rule}{value}"
    return network


def ascends(network: Any, path: list[Any]) -> bool:
    """Whether thresholds that a level counts still ascend, else the file is not valid."""
    if path[2] != "thresholds" or "level" not in str(network["outputs"]):
        return True
    limits = network["neurons"][path[1]]["thresholds"].values()
    values = [Fraction(str(limit).split()[-1]) for limit in limits]
    return values == sorted(set(values))


def holds(network: Any, folder: Path, rows: list[Any]) -> bool:
    """Whether every row gives what it expects."""
    evaluator = oracle.Oracle(network, folder)
    for row in rows:
        given = evaluator.evaluate(row["given"])
        for alias, value in row["expect"].items():
            expected = Fraction(value) if isinstance(given[alias], (int, Fraction)) else value
            if given[alias] != expected:
                return False
    return True


def points(network: Any, folder: Path, number: Any, rows: list[Any]) -> list[Fraction]:
    """Return the values at which a bit of the neuron may flip, and one between each two."""
    neuron = number["path"][1]
    declared = network["neurons"][neuron]
    limits = declared.get("thresholds") or {"": declared["threshold"]}
    watched = {**network, "outputs": {"sum": {"sum": neuron}}}
    found = {Fraction(number["old"])}
    is_weight = number["path"][2] == "weights"
    sums = [
        [Fraction(evaluator.evaluate(row["given"])["sum"]) for row in rows]
        for value in (0, 1)
        for evaluator in [oracle.Oracle(changed(watched, number["path"], Fraction(value)), folder)]
    ]
    wanted = {Fraction(v) for row in rows for v in row["expect"].values() if is_number(v)}
    for zero, one in zip(*sums, strict=True):
        if not is_weight:
            found.add(zero)
        elif one != zero:
            ends = {Fraction(str(limit).split()[-1]) for limit in limits.values()}
            found |= {(end - zero) / (one - zero) for end in ends | wanted}
    for each in number["values"]:
        found |= {Fraction(each[end]) for end in ("low", "high") if each[end] is not None}
    ordered = sorted(found)
    between = [(low + high) / 2 for low, high in pairwise(ordered)]
    return sorted([*ordered, *between, ordered[0] - 1, ordered[-1] + 1])


def is_number(text: str) -> bool:
    try:
        Fraction(text)
    except ValueError:
        return False
    return True


def is_in(value: Fraction, interval: dict[str, Any]) -> bool:
    """Whether a value is one of those claimed."""
    low, high = interval["low"], interval["high"]
    over = low is None or value > Fraction(low) or (interval["has_low"] and value == Fraction(low))
    under = high is None or value < Fraction(high)
    return over and (under or (interval["has_high"] and value == Fraction(high)))
