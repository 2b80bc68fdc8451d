"""Networks, as files say them, with another number somewhere."""

from copy import deepcopy
from fractions import Fraction
from typing import Any


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
