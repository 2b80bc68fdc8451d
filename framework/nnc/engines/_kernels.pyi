"""The functions of `kernels.c`; arrays are C-contiguous, rows packed 64 a word."""

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]

def best() -> int: ...
def run(
    kind: int,
    ops: Array,
    bank: Array,
    load_rows: Array,
    load_slots: Array,
    store_rows: Array,
    store_slots: Array,
    slots: int,
    first: int,
    last: int,
    start: int,
    /,
) -> None: ...
def dense(
    kind: int,
    weights: Array,
    bits: Array,
    limits: Array,
    outputs: Array,
    turned: bool,
    first: int,
    last: int,
    /,
) -> None: ...
def decide(
    totals: Array,
    limits: Array,
    slack: Array,
    sizes: Array,
    norms: Array,
    rule: int,
    out: Array,
    /,
) -> None: ...
def dots(
    weights: Array,
    values: Array,
    places: Array,
    rows: Array,
    totals: Array,
    sizes: Array,
    fan_in: int,
    /,
) -> None: ...
def split(weights: Array, planes: Array, size: int, plane_count: int, /) -> None: ...
def few(
    kind: int,
    weights: Array,
    plane_count: int,
    bits: Array,
    limits: Array,
    out: Array,
    turned: bool,
    rows: int,
    /,
) -> None: ...
def pack(kind: int, rows: Array, words: Array, count: int, first: int, last: int, /) -> None: ...
def unpack(kind: int, rows: Array, words: Array, count: int, first: int, last: int, /) -> None: ...
