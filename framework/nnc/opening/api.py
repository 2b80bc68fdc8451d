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
    """Load a network from a YAML file.

    If the file `extends` another network, both are merged. Weight files, parts and case files that
    it names are searched for next to it. They must be inside `root`, by default the nearest parent
    folder with `.git`, or else the folder of the file. Warnings are not reported (see
    `nnc.check_file`), and cases are not run.

    Raises FileError if the file cannot be opened, and InvalidNetworkError, listing every mistake,
    if it is not valid. See docs/python.md; docs/format.md describes the file format.

    >>> import nnc
    >>> network = nnc.load("configs/gates/xor.nn.yaml")
    >>> list(network.inputs), list(network.outputs)
    (['a', 'b'], ['out'])
    """
    return _valid_network(check_file(str(file), root=Path(root) if root is not None else None))


def loads(text: str) -> Network:
    """Read a network from a string, as `load` would from a file in the current folder.

    Raises InvalidNetworkError, listing every mistake with its line, if the network is not valid.

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
    """Return the network of a checked file. Raises InvalidNetworkError if it has errors."""
    if checked.network is None:
        raise InvalidNetworkError(checked.errors)
    return checked.network


def load_compiled(
    file: str | Path, *, root: str | Path | None = None, verify: bool = False
) -> Plan:
    """Load the plan of a compiled network, written by `nnc compile -o`.

    A file of at most 1 MiB is checked completely; a larger one is memory-mapped and checked
    completely only with `verify`. `verify` also recompiles the sources and compares every byte, if
    they are in the file's folder or in a parent folder up to `root` and have not changed. A Python
    warning reports sources that have changed and, with `verify`, anything that could not be
    compared.

    Raises FileError if the file cannot be opened, and InvalidNetworkError if it is not a compiled
    network, is damaged, has another version, or differs from what its sources compile to. See
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
    """Compile a network into a plan, which can be evaluated repeatedly without recompiling.

    A plan is immutable data. Two plans are equal if they compute the same function in the same way.
    `str(plan)` is what `nnc compile` prints: the neurons by level, with integer weights over their
    least common denominator.

    Raises InvalidNetworkError if the wiring is wrong or a file that the network names cannot be
    opened. See docs/python.md, "Compile".

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
    """Evaluate a network exactly for one or more rows.

    `rows` maps each input to a scalar, or to a list or array with one value per row; for a bus, the
    second dimension is its size. Scalars apply to every row, and an input with a default may be
    omitted. A float means exactly the binary number it stores, a string the number written in it,
    and a null (None, or the null of another library) the default of its input.

    `rows` may also be a list of mappings, one per row; a two-dimensional array, rows x inputs in
    the network's order, in which a bus takes as many columns as its size (for bits, a SciPy sparse
    array works too); or a data frame of pandas, Polars, DuckDB or Arrow, or any object with
    `__arrow_c_stream__`. Data frames need pyarrow: `pip install pyarrow`. Columns that are not
    inputs are ignored with a Python warning; `extra="drop"` ignores them silently, and
    `extra="error"` rejects them.

    With `floats="decimal"`, a float means the shortest decimal that converts back to it, which is
    what was typed: 0.1, not the binary number stored. Without `floats`, a Python warning counts the
    rows whose result depends on this.

    Returns a dict from the alias of each output to an array with one value per row, or to one value
    if all inputs were scalars. Bits are uint8, integers int64, other numbers objects (int or
    Fraction), and labels str; a bus is rows x size. All engines give the same results. `threads` is
    the maximum number of cores to use; 0 means all.

    `out` is a dict of arrays, one for each output and of the type and shape described above, to
    write the results to; they may share memory with `rows`. Outputs of data frames are computed
    elsewhere and copied.

    Raises InvalidRowsError if a value has no meaning or `rows` has an unsupported type;
    InvalidNetworkError as `compile` does; TypeError or ValueError if an array of `out` does not fit
    its output; and ValueError if `out` is used with scalars only. See docs/python.md, "Evaluate"
    and "Outputs in your own arrays".

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
    """Evaluate a network exactly and return an Arrow table.

    `rows` are as for `evaluate`. The columns are those that `nnc eval --to arrow` writes, in the
    same order; with `extra="keep"`, columns that are not inputs come first, unchanged.
    `polars.from_arrow(table)`, `table.to_pandas()` and DuckDB can read the result. Needs pyarrow:
    `pip install pyarrow`.

    Raises the same errors as `evaluate`, and InvalidRowsError for a sum that neither float64 nor a
    38-digit decimal can represent. See docs/python.md, "Frames".

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
    """Evaluate a stream of any size exactly and return a reader of Arrow record batches.

    Rows are read and evaluated while the reader is consumed. If an output is a sum of real numbers,
    all rows are evaluated first, with the results kept on disk, because they determine the type of
    its column. The columns are those of `evaluate_frame`.

    Raises InvalidRowsError and InvalidNetworkError as `evaluate_frame` does; for rows that are read
    later, while the reader is consumed.

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
    """Evaluate every combination of a network's bits and choices, the first input varying slowest.

    Inputs in `fixed` are held constant; number inputs must be fixed, even if they have a default.
    Rows that violate the assumptions of the network are omitted and counted in `left_out`. Only
    outputs whose values are 0 and 1 are included. They are packed, 64 rows per word: `packed` has
    the shape elements x words, and `bits(alias)` elements x rows, in uint8. With `keep=False` only
    `ones()` is available, the number of rows in which each element is 1; this is faster and needs
    no memory for the rows. `engine` and `threads` are as for `evaluate`. `out` maps each output of
    bits to a uint64 array, elements x words, that becomes its `packed`.

    Raises InvalidRowsError if an input that is not fixed is a number, or if there would be more
    than 2**30 rows; InvalidNetworkError as `compile` does; TypeError and ValueError for `out` as
    `evaluate` does; and ValueError if `out` is used with `keep=False` or if the network has
    assumptions. See docs/python.md, "Truth tables".

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
    """Trace one row through a network: the value of each output, and why.

    `row` is one row in any form that `evaluate` accepts, or a pandas Series; `only` names the
    outputs to trace, by default all. `extra` and `floats` are as for `evaluate`. Printing a trace
    gives the text of `nnc eval --trace`, which fits on one screen. Its data are `outputs` with
    their reasons, `neurons` with their sums, thresholds, margins and contributions, and `way` and
    `decisive`: the neurons and inputs that sufficed for the result.

    Raises InvalidRowsError if a value has no meaning, there is not exactly one row, or there is no
    such output, and InvalidNetworkError as `compile` does. See docs/python.md, "Trace".

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
