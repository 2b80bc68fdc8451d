"""What `import nnc` gives: networks loaded, compiled, evaluated and compared."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

from nnc.checking import Checked, check, check_built, check_file, load_plan, require_compiled
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, InvalidRowsError, closest

if TYPE_CHECKING:
    import pyarrow

    from nnc.answers.refits import Refit
    from nnc.comparison.row_changes import Comparison
    from nnc.compiler.plan import Plan
    from nnc.drawing.charts import Chart, ChartKind
    from nnc.drawing.drawings import Drawing, DrawingOptions, Subject
    from nnc.language.network import Network
    from nnc.proving.behaviour import Behaviour
    from nnc.proving.budget import Budget
    from nnc.rows.columns import Batch
    from nnc.rows.options import Extra, Floats
    from nnc.run.engine_names import EngineName
    from nnc.run.tables import Rows
    from nnc.run.trace import Trace
    from nnc.run.truth_tables import TruthTable
    from nnc.solving.scorecards.fitting import Fit
    from nnc.solving.scorecards.settings import FitSettings


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


def compile(network: Network) -> Plan:  # noqa: A001
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
    from nnc.compiler.plan import build_plan

    checked = _checked(network)
    assert checked.graph is not None
    return build_plan(checked.graph, checked.file)


def _checked(network: Network) -> Checked:
    """Return a network with all it uses. Raises InvalidNetworkError where it has mistakes."""
    checked = check_built(network)
    if checked.graph is None or checked.diagnostics:
        raise InvalidNetworkError(checked.diagnostics or checked.obstacles)
    return checked


def _drawable(network: Network) -> Checked:
    """Return a network with all it uses, whose numbers may be open. Raises as `_checked`."""
    checked = check_built(network)
    if checked.diagnostics:
        raise InvalidNetworkError(checked.diagnostics)
    return checked


def _plan_of(network: Network | Plan) -> Plan:
    """Return a plan as it is, and that of a network. Raises InvalidNetworkError as `compile`."""
    from nnc.compiler.plan import Plan

    return network if isinstance(network, Plan) else compile(network)


def evaluate(
    network: Network | Plan,
    rows: Rows | None = None,
    *,
    extra: Literal["drop", "error"] = "drop",
    floats: Floats | None = None,
    engine: EngineName = "auto",
    threads: int = 0,
) -> dict[str, Any]:
    """Evaluate a network for some rows, exactly.

    `rows` has for each input a scalar, or a list or array with one value a row; a bus has a second
    dimension, its size. Scalars go with every row, and an input with a default may be left out. A
    float means exactly the binary number stored, a text what is written in it, and a null, None or
    that of another library, the default of its input.

    A list of mappings, one a row, does as well; an array of two dimensions, rows x inputs in the
    order of the network, a bus as wide as it is; and a frame of pandas, Polars, DuckDB or Arrow,
    anything with `__arrow_c_stream__`. Frames need pyarrow: `pip install "nnc-networks[data]"`.
    Columns that are not inputs are left out with a Python warning, or with `extra="error"` refused.

    With `floats="decimal"` a float means the shortest decimal that reads back as it, which is what
    was typed: 0.1, and not the number stored. Without `floats`, a Python warning counts the rows
    that depend on it.

    Returns for each output, by its alias, an array with one value a row; where all was scalar, one
    value. Bits are uint8, integers int64, other numbers objects, int or Fraction, and labels str; a
    bus is rows x size. Every engine gives the same; `threads` is how many cores may work, 0 for
    all.

    Raises InvalidRowsError where a value means nothing, or `rows` is of another type, and
    InvalidNetworkError as `compile` does. More in docs/python.md, under "Evaluate".

    >>> import nnc
    >>> network = nnc.load("configs/gates/xor.nn.yaml")
    >>> nnc.evaluate(network, {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1]})
    {'out': array([0, 1, 1, 0], dtype=uint8)}
    >>> nnc.evaluate(network, {"a": 1, "b": 0})
    {'out': 1}
    """
    from nnc.run.engines import How
    from nnc.run.tables import Reading, arrays_of

    return arrays_of(_plan_of(network), rows, Reading(extra, floats), How(engine, threads))


def evaluate_frame(
    network: Network | Plan,
    rows: Rows,
    *,
    extra: Extra = "drop",
    floats: Floats | None = None,
    engine: EngineName = "auto",
    threads: int = 0,
) -> pyarrow.Table:
    """Evaluate a network for some rows, exactly, and return a table of Arrow.

    `rows` are as for `evaluate`, and the columns what `nnc eval --to arrow` writes, in their order:
    with `extra="keep"` first those that are not inputs, as they are. `polars.from_arrow(table)`,
    `table.to_pandas()` and DuckDB read it. Needs pyarrow: `pip install "nnc-networks[data]"`.

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
    extra: Extra = "drop",
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
    from nnc.run.engines import How
    from nnc.run.tables import Reading, reader_of

    return reader_of(_plan_of(network), rows, Reading(extra, floats), How(engine, threads))


def draw(
    network: Network,
    row: Mapping[str, Any] | None = None,
    *,
    against: Network | None = None,
    **settings: Unpack[DrawingOptions],
) -> Drawing:
    """Draw a network, or what it does for a row, as `nnc draw` does; a notebook shows the result.

    `row` has a value for each input without a default. `against` is a network that the picture
    shows the changes since; without `row`, for inputs whose outputs differ, if any are known.
    `settings` are `unfold`, names of parts; `depth`, how deep all of them are unfolded; `around` a
    name, with `radius`; `to_output`; `hide`, of `inputs`, `outputs`, `lines` and `legend`; `wires`,
    `few` or `all`; `shape`, how many columns the grid of a bus has, by its name; `theme`, `auto`,
    `light` or `dark`; and `max_boxes`, beyond which an overview is drawn.

    The result has `svg`, the text of the picture, and `save(file)`, whose suffix says the form. A
    number that is left open is drawn as it is written, `_`, without a row.

    Raises InvalidNetworkError as `compile` does, InvalidRowsError for a row that cannot be, and
    ValueError where a setting names something that is not there. More in docs/drawing.md.

    >>> import nnc
    >>> nnc.draw(nnc.load("configs/gates/xor.nn.yaml"), {"a": 1, "b": 0}).svg[:4]
    '<svg'
    """
    from nnc.drawing import drawings

    checked = _drawable(network)
    drawn = drawings.DrawingSettings(**settings)
    if against is None:
        return drawings.draw(_allowed(subject_of(checked, row)), drawn)
    before = _drawable(against)
    remark = ""
    if row is not None:
        _allowed(subject_of(checked, row, before))
        _allowed(subject_of(before, row, checked))
    else:
        row, remark = differing_row(before, checked)
    subjects = subject_of(checked, row, before), subject_of(before, row, checked)
    return drawings.draw(subjects[0], drawn, subjects[1], remark)


def _allowed(subject: Subject) -> Subject:
    """Return what is drawn. Raises InvalidRowsError for a row that breaks an assumption."""
    from nnc.run.assumptions import check_rows

    if subject.batch is not None:
        list(check_rows(subject.graph, [subject.batch]))
    return subject


def chart(
    network: Network | Plan,
    rows: Rows,
    kind: ChartKind = "margins",
    *,
    expected: Mapping[str, Sequence[Any]] | None = None,
    floats: Floats | None = None,
    engine: EngineName = "auto",
    threads: int = 0,
) -> Chart:
    """Draw what a network gives for many rows, as `nnc eval --chart` does; a notebook shows it.

    `margins` are the sums of the neurons that outputs read, beside their thresholds; `sums` are the
    outputs that are sums; and `confusion` is how often an output had each value where each was
    `expected`: `{"digit": labels}`, one value a row, None where there is none. `rows`, `floats`,
    `engine` and `threads` are as for `evaluate`.

    The result has `svg`, the text of the chart, and `save(file)`, for `.svg` or `.png`.

    Raises ValueError where there is nothing to draw or `expected` does not fit, else as `evaluate`.

    >>> import nnc
    >>> network = nnc.load("configs/gates/xor.nn.yaml")
    >>> nnc.chart(network, {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1]})
    Chart(title='xor: sums of 4 rows')
    """
    from nnc.cases.confusion import compare_values
    from nnc.drawing import charts
    from nnc.run.engines import How
    from nnc.run.histograms import collect, margins_of, sums_of
    from nnc.run.tables import Reading, watched_batches

    if kind not in charts.CHARTS:
        raise ValueError(f"{kind!r} is no chart; write {', '.join(map(repr, charts.CHARTS))}")
    if (expected is not None) != (kind == "confusion"):
        raise ValueError('expected={"output": values} goes with kind="confusion"')
    plan, how = _plan_of(network), How(engine, threads)
    batches = watched_batches(plan, rows, Reading(floats=floats), how)
    if expected is not None:
        return charts.confusion_chart(plan.name, compare_values(plan, batches, expected, how))
    histograms = (sums_of if kind == "sums" else margins_of)(plan)
    if not histograms:
        raise ValueError(f"no output of the network has {kind}")
    drawn = dict(list(histograms.items())[: charts.MAX_PANELS])
    count = collect(plan, batches, drawn, how)
    more = len(histograms) - len(drawn)
    return charts.sums_chart(plan.name, list(drawn.values()), count, more=more)


def differing_row(before: Checked, after: Checked) -> tuple[Mapping[str, Any] | None, str]:
    """Return inputs for which an output of two networks differs, as `example_of` does."""
    return example_of(compare_checked(before, after).behaviour)


def example_of(behaviour: Behaviour) -> tuple[Mapping[str, Any] | None, str]:
    """Return inputs for which an output differs, None where none are known; and what to say."""
    verdicts = behaviour.verdicts
    row = next((each.counterexample.inputs for each in verdicts if each.counterexample), None)
    if row is not None:
        return row, "For these inputs an output gives something else."
    if behaviour.is_equal:
        return None, "Every output gives the same as before, for all inputs: this is proved."
    if all(each.kind in ("added", "removed") for each in verdicts):
        return None, "No output is in both networks."
    return None, "No inputs are known for which an output gives something else."


def subject_of(
    checked: Checked, row: Mapping[str, Any] | Batch | None = None, other: Checked | None = None
) -> Subject:
    """Return a valid network as it is drawn, with a row, or a batch of one, where a run is drawn.

    A row may have inputs that only the `other` network has. Raises InvalidRowsError, and
    InvalidNetworkError for a run of a network that leaves numbers open.
    """
    from nnc.drawing.drawings import Subject
    from nnc.rows.inputs.arrays import row_from_values

    graph = checked.graph or checked.wiring
    assert checked.linked is not None
    assert graph is not None
    assert checked.network is not None
    if row is not None and checked.graph is None:
        raise InvalidNetworkError(checked.obstacles)
    if isinstance(row, Mapping):
        inputs = graph.inputs
        foreign = other.graph.inputs.keys() - inputs if other and other.graph else set[str]()
        values = {name: value for name, value in row.items() if name not in foreign}
        row = row_from_values(values, inputs)
    return Subject(checked.linked, graph, row, checked.network.name)


def truth_table(
    network: Network | Plan,
    fixed: Mapping[str, Any] | None = None,
    *,
    engine: EngineName = "auto",
    threads: int = 0,
) -> TruthTable:
    """Evaluate every row of the bits and choices of a network, the first input slowest.

    Inputs in `fixed` are held constant; numbers have to be, whatever their default. Rows that break
    assumptions of the network are left out, `left_out` counts them; outputs that are not bits are
    left out, too. The others stay packed, 64 rows a word: `packed` is elements x words,
    `bits(alias)` elements x rows of uint8. `engine` and `threads` are as for `evaluate`.

    Raises InvalidRowsError where another input is a number, or beyond 2**30 rows, and
    InvalidNetworkError as `compile` does. More in docs/python.md, under "Truth tables".

    >>> import nnc
    >>> table = nnc.truth_table(nnc.load("configs/gates/xor.nn.yaml"))
    >>> table.rows, table.ones(), table.bits("out").tolist()
    (4, {'out': [2]}, [[0, 1, 1, 0]])
    """
    from nnc.run.engines import How
    from nnc.run.truth_tables import whole_table

    return whole_table(_plan_of(network), fixed or {}, How(engine, threads))


def trace(
    network: Network | Plan,
    row: Rows | None = None,
    *,
    only: str | Collection[str] = (),
) -> Trace:
    """Follow one row through a network: what each output gives, and why.

    `row` has a value for each input, or is one row in any form that `evaluate` takes; `only` names
    the outputs to trace, by default all. Printed, a trace is the text of `nnc eval --trace`, on one
    screen. As data it has `outputs` with their reasons, `neurons` with sums, thresholds, margins
    and contributions, and `way` and `decisive`: the neurons and inputs that were enough for that.

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
    from nnc.compiler.plan import Plan
    from nnc.run.assumptions import Assumptions
    from nnc.run.engines import input_values
    from nnc.run.tables import Reading, batches_of
    from nnc.run.trace import follow

    plan = _plan_of(network)
    names = [tap.alias for tap in plan.outputs]
    aliases = (only,) if isinstance(only, str) else tuple(only)
    if unknown := [name for name in aliases if name not in names]:
        raise InvalidRowsError([_unknown_output(name, names) for name in unknown])
    batches = list(Assumptions(plan).checked(batches_of(plan, row, Reading())))
    count = sum(batch.count for batch in batches)
    if count != 1:
        message = f"a trace is of one row, not of {count:,}"
        hint = "give one value for each input"
        raise InvalidRowsError([Diagnostic("wrong-type", message, help=hint)])
    (values,) = (values for batch in batches for values in input_values(plan, batch))
    followed = follow(plan, values, only=aliases)
    return followed if isinstance(network, Plan) else replace(followed, network=network)


def _unknown_output(name: str, names: list[str]) -> Diagnostic:
    near = closest(name, names)
    hint = f"did you mean `{near}`?" if near else f"the outputs are {', '.join(names[:10])}"
    return Diagnostic("unknown-source", f"there is no output `{name}`", help=hint)


@overload
def fit(network: None, rows: Rows, label: str, **settings: Unpack[FitSettings]) -> Fit: ...


@overload
def fit(
    network: Network | str | Path, rows: Rows, label: str, **settings: Unpack[FitSettings]
) -> Refit: ...


def fit(
    network: Network | str | Path | None, rows: Rows, label: str, **settings: Unpack[FitSettings]
) -> Fit | Refit:
    """Find a score of few terms for rows, proved to be the best, as `nnc fit` does.

    `rows` are a mapping of columns, a list of mappings, an array, whose columns are `x0`, `x1` and
    so on, or a frame; `label` is the column to predict. With None as `network` a score is built
    anew; a network, or a file, leaves numbers of one neuron open, which are found: its cases hold,
    and rows as far as can be.
    `settings` are `positive`, the value of the label that counts as 1; `output`, its name;
    `goal`, `loss`, `accuracy` or `auc`; `terms`, how many at most, and `points`, (-5, 5);
    `cutoffs`, how many of a number, or `{"age": [65, 80]}`; `cost`, `{"miss": 5}`; `signs`,
    `{"age": "+"}`; `keep`, `{"age >= 65": 2}`; `limits`, `["false_alarms<=0.05"]`; `leave_out`,
    columns; `test`, a share or other rows, and `seed`; `pool`, how many of the best; `proof`, False
    to search only; `seconds`, when the proof ends; `threads`, 0 for all.

    The result has `network`, `card` with its terms, points, threshold, odds and quality, `cards`
    where there is a pool, and `proof`. Floats count as the shortest decimal that reads back. For a
    network the settings are `positive`, `output`, `goal`, `cost`, `limits`, `points`, the bounds
    that the file does not write, `test`, `seed`, `proof` and `seconds`; the result has `network`,
    `values` by their paths, `threshold`, `train`, `test` and `proof`.

    Raises InvalidRowsError where the rows, or columns that are named, do not allow a score, or no
    score keeps the limits; InvalidNetworkError where a network leaves other numbers open, or none
    give its cases; ValueError and TypeError for settings that mean nothing. More in
    docs/deciding.md.

    >>> import nnc
    >>> rows = {"age": [70, 66, 71, 30, 31, 45], "sick": [1, 1, 1, 0, 0, 0]}
    >>> found = nnc.fit(None, rows, "sick", cutoffs=5)
    >>> [(term.label, points) for term, points in zip(found.card.terms, found.card.points)]
    [('age >= 60', 1)]
    >>> found.proof.status, nnc.evaluate(found.network, {"age": 60})
    ('proved', {'sick': 1, 'points': 1})
    """
    from nnc.solving.scorecards.fitting import fit_table
    from nnc.solving.scorecards.settings import options_of
    from nnc.solving.scorecards.table import table_of

    if network is None:
        return fit_table(table_of(rows), options_of(label, settings))
    from nnc.answers.filled import checked_of
    from nnc.answers.refits import BUILDING, refit

    odd = next((name for name in settings if name in BUILDING), None)
    if odd is not None:
        raise TypeError(f"{odd!r} is for scores that are built; the network says it itself")
    return refit(checked_of(network), table_of(rows), options_of(label, settings))


def digest(network: Network | Plan, of: Literal["structure", "behaviour"] = "structure") -> str:
    """Return the digest of what a network says, or of what it does: `sha256:…`.

    The digest of the structure is the same however a network is laid out, ordered and named
    inside; that of the behaviour is the same for all networks that give the same for every row.

    A number left open is a part of what a network says; of what it does there is no digest then.

    Raises InvalidRowsError where the inputs are not bits and choices of at most 2**20 rows, and the
    behaviour is asked for; InvalidNetworkError as `compile` does. docs/digest.md defines both.

    >>> import nnc
    >>> xor, xnor = (nnc.load(f"configs/gates/{name}.nn.yaml") for name in ("xor", "xnor"))
    >>> nnc.digest(xor, "behaviour") == nnc.digest(xnor, "behaviour")
    False
    """
    from nnc.compiler.plan import Plan

    if isinstance(network, Plan):
        return digest_of_plan(network, of)
    checked = check_built(network)
    if checked.diagnostics:
        raise InvalidNetworkError(checked.diagnostics)
    return digest_checked(checked, of)


def digest_of_plan(plan: Plan, of: Literal["structure", "behaviour"]) -> str:
    """Return the digest of a plan. Raises InvalidRowsError as `digest`."""
    from nnc.comparison.digests import behaviour_digest, structure_digest

    return f"sha256:{structure_digest(plan) if of == 'structure' else behaviour_digest(plan)}"


def digest_checked(checked: Checked, of: Literal["structure", "behaviour"]) -> str:
    """Return the digest of a network that was checked; of its structure also with open numbers.

    Raises InvalidRowsError as `digest`, and InvalidNetworkError where it has errors.
    """
    from nnc.compiler.plan import build_plan

    if of == "structure" and checked.wiring is not None:
        return f"sha256:{_structure_of(checked)}"
    if checked.graph is None:
        raise InvalidNetworkError(checked.obstacles)
    return digest_of_plan(build_plan(checked.graph), of)


def _structure_of(checked: Checked) -> str:
    """Return the digest of the structure of a valid network, whose numbers may be open."""
    from nnc.comparison.digests import structure_digest
    from nnc.compiler.blanks import open_neurons
    from nnc.compiler.plan import build_plan, plan_signals

    graph = checked.graph or checked.wiring
    assert graph is not None
    assert checked.linked is not None
    open_ = None
    if checked.graph is None:
        signals = plan_signals(graph)
        open_ = {
            signals[first]: neuron._replace(
                weights=tuple((signals[source], blank) for source, blank in neuron.weights)
            )
            for first, neuron in open_neurons(checked.linked, graph).items()
        }
    return structure_digest(build_plan(graph), open_)


def compare(
    before: Network,
    after: Network,
    *,
    within: Iterable[str] | Mapping[str, object] = (),
    budget: float = 10.0,
) -> Comparison:
    """Say what changed between two networks, and for which inputs their outputs differ.

    The result has in `structure` every change of a declaration, whatever the layout and the order,
    and in `behaviour` a verdict for each output: `equal`, which is proved, `differs`, with a
    counterexample that was replayed on both, or `unknown`. `within` limits inputs:
    `{"age": "0..64"}`; `budget` is how much work may be done beyond about a second, in seconds of
    one fixed machine, so that the verdicts are the same on all.

    Where a network leaves numbers open, all is unknown of what its outputs do.

    Raises InvalidNetworkError as `compile` does, and InvalidRowsError where a limit means nothing.
    More in docs/python.md, under "Compare", and in docs/comparing.md.

    >>> import nnc
    >>> before, after = (nnc.load(f"configs/gates/{name}.nn.yaml") for name in ("and", "or"))
    >>> comparison = nnc.compare(before, after)
    >>> [(change.name, change.details[0].after) for change in comparison.structure.changes]
    [('out', '1')]
    >>> verdict = comparison.behaviour.verdicts[0]
    >>> verdict.kind, verdict.differing, verdict.total, verdict.counterexample.inputs
    ('differs', 2, 4, {'a': 0, 'b': 1})
    """
    checked = map(check_built, (before, after))
    comparison = compare_checked(*checked, within=within, budget=budget)
    return comparison._replace(networks=(before, after))


def compare_checked(
    before: Checked,
    after: Checked,
    *,
    within: Iterable[str] | Mapping[str, object] = (),
    budget: float | Budget = 10.0,
    context: int = 0,
    rows: str | None = None,
    report: Callable[[Diagnostic], None] | None = None,
) -> Comparison:
    """Say what changed between two network files, and for which inputs they differ.

    `within` and `budget` are those of `nnc.proving.behaviour.compare_behaviour`; with `context` up
    to so many rows of each layer are told. `rows` is a file whose rows are evaluated with both, of
    which `report` takes warnings. Raises InvalidNetworkError with the mistakes of both, and
    FileError and InvalidRowsError for the rows.

    Where one leaves numbers open, only the structure is compared, and the behaviour is unknown.
    """
    from nnc.comparison.digests import structure_digest
    from nnc.comparison.row_changes import Comparison, compare_rows
    from nnc.comparison.structure import compare_structure
    from nnc.compiler.plan import build_plan
    from nnc.proving.behaviour import compare_behaviour, unknown_behaviour
    from nnc.proving.properties import within_assumptions

    errors = [*before.errors, *after.errors]
    if errors:
        raise InvalidNetworkError(errors)
    assert before.linked is not None
    assert after.linked is not None
    if before.graph is None or after.graph is None:
        is_same = _structure_of(before) == _structure_of(after)
        structure = compare_structure(before.linked, after.linked, is_same=is_same, context=context)
        return Comparison(structure, unknown_behaviour(before.linked.network, after.linked.network))
    old, new = build_plan(before.graph), build_plan(after.graph)
    is_same = structure_digest(old) == structure_digest(new)
    structure = compare_structure(before.linked, after.linked, is_same=is_same, context=context)
    behaviour = within_assumptions(
        (before.graph, old),
        (after.graph, new),
        compare_behaviour(old, new, within=within, budget=budget),
        within=within,
        budget=budget,
    )
    if rows is None:
        return Comparison(structure, behaviour)
    changes = compare_rows(old, new, rows, report=report or (lambda _: None))
    return Comparison(structure, behaviour, changes)


def lone_comparison(checked: Checked, kind: Literal["added", "removed"]) -> Comparison:
    """Compare a network file that is new, or gone, with nothing.

    Raises InvalidNetworkError with its mistakes.
    """
    from nnc.comparison.row_changes import Comparison
    from nnc.comparison.structure import lone_structure
    from nnc.proving.behaviour import Behaviour, Verdict

    if checked.errors:
        raise InvalidNetworkError(checked.errors)
    assert checked.linked is not None
    where = "only after" if kind == "added" else "only before"
    verdicts = tuple(Verdict(alias, kind, where) for alias in checked.linked.network.outputs)
    return Comparison(lone_structure(checked.linked, kind), Behaviour(verdicts))
