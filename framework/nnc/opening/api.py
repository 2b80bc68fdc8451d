"""The functions of `import nnc` that load, compile, evaluate and trace networks."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, InvalidRowsError, closest
from nnc.opening.checking import Checked, check, check_file, plan_of
from nnc.opening.loading import load_plan, require_compiled
from nnc.rows.options import DROPPING_ARGUMENTS, KEEPING_ARGUMENTS
from nnc.run.engines import input_values
from nnc.run.engines.engine import How
from nnc.run.truth_tables import whole_table

if TYPE_CHECKING:
    import pyarrow

    from nnc.language.network import Network
    from nnc.rows.options import Extra, Floats
    from nnc.run.destinations import OutputArrays
    from nnc.run.engine_names import EngineName
    from nnc.run.tables import Rows
    from nnc.run.trace import Trace
    from nnc.run.truth_tables import TruthTable


def load(file: str | Path, *, root: str | Path | None = None) -> Network:
    """Load a network from a file of YAML, laid over the network that it `extends`, if any.

    Other files that it names, of weights, parts and cases, are looked for beside it and have to lie
    in `root`, by default the nearest folder upward with `.git`, else its own. Warnings are not
    reported, see `nnc.check_file`, and cases are not run.

    Raises FileError where it cannot be opened, and InvalidNetworkError, with every mistake, where
    it is not valid. More in docs/python.md; docs/format.md says what may stand in a file.

    >>> import nnc
    >>> network = nnc.load("configs/gates/xor.nn.yaml")
    >>> list(network.inputs), list(network.outputs)
    (['a', 'b'], ['out'])
    """
    return _valid_network(check_file(str(file), root=Path(root) if root is not None else None))


def loads(text: str) -> Network:
    """Read a network from a text, as `load` does from a file in the current folder.

    Raises InvalidNetworkError, with every mistake and its line, where it is not valid.

    >>> import nnc
    >>> neurons = "neurons: {n: {weights: {a: 1, b: 1}, threshold: 2, fires: at_least}}"
    >>> network = nnc.loads(f"{{nnc: 1, inputs: [a, b], {neurons}, outputs: [n]}}")
    >>> network.neurons["n"].threshold
    2
    >>> nnc.loads(f"{{nnc: 1, inputs: [a], {neurons}, outputs: [n]}}")
    Traceback (most recent call last):
    ...
    nnc.InvalidNetworkError: error[NNC301] unknown-source: neuron `n` reads `b`, which is ...
    """
    return _valid_network(check(text.encode("utf-8", "surrogatepass"), "<text>"))


def _valid_network(checked: Checked) -> Network:
    """Return the network of a file. Raises InvalidNetworkError where it has errors."""
    if checked.network is None:
        raise InvalidNetworkError(checked.errors)
    return checked.network


def load_compiled(
    file: str | Path, *, root: str | Path | None = None, verify: bool = False
) -> Plan:
    """Load the plan of a compiled network, which `nnc compile -o` has written.

    A file of at most 1 MiB is checked to its last byte, a larger one is mapped, and checked so with
    `verify`; which also compiles its sources again, where they lie in its folder or further up to
    `root` and have not changed, and compares every byte. Sources that have changed are a Python
    warning, and so is, with `verify`, what could not be compared.

    Raises FileError where it cannot be opened, and InvalidNetworkError where it is not a compiled
    network, is damaged, is of another version, or is not what its sources compile to. More in
    docs/python.md.

    >>> import nnc
    >>> plan = nnc.load_compiled("xor.nnc")
    >>> nnc.evaluate(plan, {"a": [0, 1], "b": [1, 1]})["out"].tolist()
    [1, 0]
    """
    require_compiled(str(file))
    home = Path(root) if root is not None else None
    loaded = load_plan(str(file), root=home, verify=verify)
    for warning in loaded.warnings:
        warnings.warn(f"{warning}; {warning.help}", stacklevel=2)
    return loaded.plan


def compile(network: Network) -> Plan:
    """Compile a network into a plan, which is evaluated many times without compiling it again.

    A plan is inert data, equal to another when both compute the same in the same way. Its text is
    what `nnc compile` prints: integer weights over their least common denominator, by level.

    Raises InvalidNetworkError where the wiring is wrong, or a file that the network names cannot be
    opened. More in docs/python.md, under "Compile".

    >>> import nnc
    >>> print(nnc.compile(nnc.load("configs/gates/and.nn.yaml")), end="")
    plan and: 2 inputs, 1 neuron in 1 level, 1 output
    input a: bit
    input b: bit
    level 1
      out = a + b >= 2  [0, 2] int8
    output out = out
    """
    return plan_of(network)


def evaluate(
    network: Network | Plan,
    rows: Rows | None = None,
    *,
    extra: Literal["drop", "error"] | None = None,
    floats: Floats | None = None,
    engine: EngineName = "auto",
    threads: int = 0,
    out: OutputArrays | None = None,
) -> dict[str, Any]:
    """Evaluate a network for some rows, exactly.

    `rows` has for each input a scalar, or a list or array with one value a row; a bus has a second
    dimension, its size. Scalars go with every row, and an input with a default may be left out. A
    float means exactly the binary number stored, a text what is written in it, and a null, None or
    that of another library, the default of its input.

    A list of mappings, one a row, does as well; an array of two dimensions, rows x inputs in the
    order of the network, a bus as wide as it is, of bits also a sparse one of SciPy; and a frame of
    pandas, Polars, DuckDB or Arrow, anything with `__arrow_c_stream__`. Frames need pyarrow:
    `pip install pyarrow`. Columns that are not inputs are left out with a Python
    warning, with `extra="drop"` without one, or with `extra="error"` refused.

    With `floats="decimal"` a float means the shortest decimal that reads back as it, which is what
    was typed: 0.1, and not the number stored. Without `floats`, a Python warning counts the rows
    that depend on it.

    Returns for each output, by its alias, an array with one value a row; where all was scalar, one
    value. Bits are uint8, integers int64, other numbers objects, int or Fraction, and labels str; a
    bus is rows x size. Every engine gives the same; `threads` is how many cores may work, 0 for
    all.

    With `out`, a dict of an array for each output, as this would return it, they are written there;
    rows may lie in the same memory. Outputs of frames are made elsewhere and copied.

    Raises InvalidRowsError where a value means nothing, or `rows` is of another type, and
    InvalidNetworkError as `compile` does; TypeError and ValueError where an array of `out` does not
    fit its output, and ValueError for `out` where all values are scalars. More in
    docs/python.md, under "Evaluate" and "Outputs in your own arrays".

    >>> import nnc
    >>> network = nnc.load("configs/gates/xor.nn.yaml")
    >>> nnc.evaluate(network, {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1]})
    {'out': array([0, 1, 1, 0], dtype=uint8)}
    >>> nnc.evaluate(network, {"a": 1, "b": 0})
    {'out': 1}
    """
    from nnc.run.tables import Reading, arrays_of

    return arrays_of(
        plan_of(network), rows, Reading(extra, floats, KEEPING_ARGUMENTS), How(engine, threads), out
    )


def evaluate_frame(
    network: Network | Plan,
    rows: Rows,
    *,
    extra: Extra | None = None,
    floats: Floats | None = None,
    engine: EngineName = "auto",
    threads: int = 0,
) -> pyarrow.Table:
    """Evaluate a network for some rows, exactly, and return a table of Arrow.

    `rows` are as for `evaluate`, and the columns what `nnc eval --to arrow` writes, in their order:
    with `extra="keep"` first those that are not inputs, as they are. `polars.from_arrow(table)`,
    `table.to_pandas()` and DuckDB read it. Needs pyarrow: `pip install pyarrow`.

    Raises InvalidRowsError also for a sum that neither float64 nor a decimal of 38 digits holds,
    else as `evaluate`. More in docs/python.md, under "Frames".

    >>> import nnc
    >>> network = nnc.load("configs/gates/xor.nn.yaml")
    >>> frame = {"id": ["p1", "p2"], "a": [0, 1], "b": [1, 1]}
    >>> nnc.evaluate_frame(network, frame, extra="keep").to_pylist()
    [{'id': 'p1', 'out': 1}, {'id': 'p2', 'out': 0}]
    """
    return reader(
        network, rows, extra=extra, floats=floats, engine=engine, threads=threads
    ).read_all()


def reader(
    network: Network | Plan,
    rows: Rows,
    *,
    extra: Extra | None = None,
    floats: Floats | None = None,
    engine: EngineName = "auto",
    threads: int = 0,
) -> pyarrow.RecordBatchReader:
    """Evaluate a stream of any size, exactly, and return a reader of record batches of Arrow.

    Rows are read and evaluated as the reader is read; but all of them at first, with results kept
    on the disk, where an output is a sum of real numbers, whose type they settle. The columns are
    those of `evaluate_frame`.

    Raises InvalidRowsError and InvalidNetworkError as `evaluate_frame`; of rows that are read later
    while they are read.

    >>> import nnc, pyarrow
    >>> stream = pyarrow.table({"a": [0, 1], "b": [1, 1]}).to_reader()
    >>> for batch in nnc.reader(nnc.load("configs/gates/xor.nn.yaml"), stream):
    ...     print(batch.to_pydict())
    {'out': [1, 0]}
    """
    from nnc.run.tables import Reading, reader_of

    return reader_of(
        plan_of(network), rows, Reading(extra, floats, KEEPING_ARGUMENTS), How(engine, threads)
    )


def truth_table(
    network: Network | Plan,
    fixed: Mapping[str, Any] | None = None,
    *,
    keep: bool = True,
    engine: EngineName = "auto",
    threads: int = 0,
    out: OutputArrays | None = None,
) -> TruthTable:
    """Evaluate every row of the bits and choices of a network, the first input slowest.

    Inputs in `fixed` are held constant; numbers have to be, whatever their default. Rows that break
    assumptions of the network are left out, `left_out` counts them; outputs of other values than 0
    and 1 are left out, too. The others stay packed, 64 rows a word: `packed` is elements x words,
    `bits(alias)` elements x rows of uint8. With `keep=False` only `ones()` is kept, how often each
    element is 1: that is quicker, and needs no memory. `engine` and `threads` are as for
    `evaluate`; `out` has for each output of bits the array of `packed`, uint64, elements x words.

    Raises InvalidRowsError where another input is a number, or beyond 2**30 rows, and
    InvalidNetworkError as `compile` does; TypeError and ValueError as `evaluate` for `out`, and
    ValueError for `out` with `keep=False`, or where the network has assumptions. More in
    docs/python.md, under "Truth tables".

    >>> import nnc
    >>> table = nnc.truth_table(nnc.load("configs/gates/xor.nn.yaml"))
    >>> table.rows, table.ones(), table.bits("out").tolist()
    (4, {'out': [2]}, [[0, 1, 1, 0]])
    """
    return whole_table(plan_of(network), fixed or {}, How(engine, threads), keep=keep, out=out)


def trace(
    network: Network | Plan,
    row: Rows | None = None,
    *,
    only: str | Collection[str] = (),
    extra: Literal["drop", "error"] | None = None,
    floats: Floats | None = None,
) -> Trace:
    """Follow one row through a network: what each output gives, and why.

    `row` is one row in any form that `evaluate` takes, also a Series of pandas; `only` names the
    outputs to trace, by default all. `extra` and `floats` are as for `evaluate`. Printed, a trace
    is the text of `nnc eval --trace`, on one screen. As data it has `outputs` with their reasons,
    `neurons` with sums, thresholds, margins and contributions, and `way` and `decisive`: the
    neurons and inputs that were enough for that.

    Raises InvalidRowsError where a value means nothing, there is not one row, or there is no such
    output, and InvalidNetworkError as `compile` does. More in docs/python.md, under "Trace".

    >>> import nnc
    >>> network = nnc.load("configs/gates/xor.nn.yaml")
    >>> print(nnc.trace(network, {"a": 1, "b": 1}), end="")
    row 1: a=1, b=1
      out = 0  silent: sum 0, needs ≥ 1, margin 1
          either  +1  = 1 × 1
          both    -1  = -1 × 1
      both = 1  fires: sum 2, needs ≥ 2, margin 0
          a  +1  = 1 × 1
          b  +1  = 1 × 1
    """
    from nnc.run.tables import Reading, one_row
    from nnc.run.trace import follow

    plan = plan_of(network)
    names = [tap.alias for tap in plan.outputs]
    aliases = (only,) if isinstance(only, str) else tuple(only)
    if unknown := [name for name in aliases if name not in names]:
        raise InvalidRowsError([_unknown_output(name, names) for name in unknown])
    batch = one_row(plan, row, "a trace", Reading(extra, floats, DROPPING_ARGUMENTS))
    (values,) = input_values(plan, batch)
    followed = follow(plan, values, only=aliases)
    return followed if isinstance(network, Plan) else replace(followed, network=network)


def _unknown_output(name: str, names: list[str]) -> Diagnostic:
    near = closest(name, names)
    hint = f"did you mean `{near}`?" if near else f"the outputs are {', '.join(names[:10])}"
    return Diagnostic("unknown-source", f"there is no output `{name}`", help=hint)
