"""The functions of the module of kernels; arrays are C-contiguous, rows packed 64 a word.

What does not fit together is a ValueError, an array of another type a TypeError.
"""

from typing import Any, NewType

from numpy.typing import NDArray

Array = NDArray[Any]
Checked = NewType("Checked", object)
Single = NewType("Single", object)

PLANES: int
MOST_FAN_IN: int
MOST_SLOTS: int

def best() -> int: ...
def check(ops: Array, load_slots: Array, store_slots: Array, slots: int, /) -> Checked: ...
def emit(kind: int, program: Checked, /) -> int: ...
def run(
    kind: int,
    program: Checked,
    bank: Array,
    load_rows: Array,
    store_rows: Array,
    first: int,
    last: int,
    start: int,
    /,
) -> None: ...
def dense(
    kind: int,
    weights: Array,
    largest: int,
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
    /,
) -> None: ...
def split(weights: Array, planes: Array, /) -> None: ...
def few(
    kind: int,
    weights: Array,
    is_split: bool,
    bits: Array,
    limits: Array,
    out: Array,
    turned: bool,
    rows: int,
    /,
) -> None: ...
def single(height: int, load_lines: Array, store_lines: Array, /) -> Single: ...
def add_program(
    single: Single, program: Checked, load_lines: Array, store_lines: Array, /
) -> None: ...
def add_product(
    single: Single,
    planes: Array,
    limits: Array,
    sources: Array,
    turned: bool,
    first: int,
    /,
) -> None: ...
def run_single(
    kind: int, single: Single, inputs: tuple[Array, ...], outputs: tuple[Array, ...], /
) -> bool: ...
def pack(kind: int, rows: Array, words: Array, first: int, last: int, /) -> None: ...
def unpack(kind: int, rows: Array, words: Array, first: int, last: int, /) -> None: ...
def scatter(starts: Array, places: Array, words: Array, first: int, last: int, /) -> None: ...
def ones(kind: int, words: Array, counts: Array, /) -> None: ...
def sparse(
    kind: int,
    is_wide: bool,
    starts: Array,
    places: Array,
    ones: Array,
    one: Array,
    weights: Array,
    limit: int,
    turned: bool,
    out: Array,
    first: int,
    last: int,
    /,
) -> bool: ...
def tally(
    bank: Array,
    sources: Array,
    weights: Array,
    starts: Array,
    out: Array,
    first: int,
    last: int,
    /,
) -> None: ...
def fail_allocation(n: int, /) -> int: ...
