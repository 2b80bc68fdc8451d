"""What a case expects of an output, read from its text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nnc.cases.typos import Typos
from nnc.exact import Number, Refused, exact_number, kind_of, read_number, show_number
from nnc.graph import Tap

_ELEMENT = re.compile(r"([^\s()]+)\((0|[1-9][0-9]{0,8})\)")


def element_of(alias: str) -> int | None:
    """Give the index of `alias(3)`; None for a whole output."""
    match = _ELEMENT.fullmatch(alias)
    return int(match[2]) if match else None


def expected_of(
    taps: Mapping[str, Tap], alias: str, value: object, typos: Typos | None = None
) -> Number | str:
    """Read what is expected of an output, or of one element of a bus: `sum`, `sum(3)`."""
    if alias in taps:
        return expected_value(taps[alias], value, typos)
    match = _ELEMENT.fullmatch(alias)
    tap = taps.get(match[1]) if match else None
    if match is None or tap is None or tap.kind != "bus" or int(match[2]) >= len(tap.signals):
        raise Refused("bad-case", "there is no such element", "only a bus has elements, from 0 on")
    return expected_value(Tap(alias, "bit", ()), value)


def expected_of_text(
    taps: Mapping[str, Tap], alias: str, text: str, typos: Typos | None = None
) -> Number | str:
    """Read a cell of a case file, where leading zeros are fine.  Raises Refused."""
    tap = taps.get(alias)
    is_label = tap is not None and tap.labels
    value = text if is_label else read_number(text, lenient=True)
    return expected_of(taps, alias, value, typos)


def expected_value(tap: Tap, value: object, typos: Typos | None = None) -> Number | str:
    """Read what a case expects of an output; refuses what it can never give."""
    if tap.labels:
        if value in tap.labels:
            return str(value)
        raise Refused(
            "bad-case",
            f"expected a label, found {kind_of(value)}",
            (typos or Typos()).help(str(value), tap.labels, "labels"),
        )
    if tap.kind == "bus":
        return _expected_bus(tap, value)
    number = exact_number(value)
    if tap.kind == "bit" and number not in (0, 1):
        raise Refused("bad-case", f"expected 0 or 1, found {show_number(number)}")
    if tap.kind == "level" and (not isinstance(number, int) or not 0 <= number <= len(tap.signals)):
        raise Refused("bad-case", f"a level is 0 to {len(tap.signals)}, not {show_number(number)}")
    return number


def _expected_bus(tap: Tap, value: object) -> int:
    size = len(tap.signals)
    if isinstance(value, (list, tuple)):
        bits = [exact_number(bit) for bit in value]
        if len(bits) != size or any(bit not in (0, 1) for bit in bits):
            raise Refused("bad-case", f"the bus has {size} bits", f"write {size} bits, each 0 or 1")
        return sum(int(bit) << i for i, bit in enumerate(bits))
    number = exact_number(value)
    if not isinstance(number, int) or number < 0 or number.bit_length() > size:
        most = str((1 << size) - 1) if size <= 64 else f"2^{size} - 1"
        raise Refused("bad-case", f"a bus of {size} bits is 0 to {most}, not {show_number(number)}")
    return number
