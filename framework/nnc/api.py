"""What `import nnc` gives: networks loaded, compiled, evaluated and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nnc.checking import Checked, check, check_built, check_file
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError

if TYPE_CHECKING:
    from nnc.comparison.comparison import Comparison
    from nnc.compiler.plan import Plan
    from nnc.language.network import Network
    from nnc.run.truth_tables import TruthTable


def load(file: str | Path, *, root: str | Path | None = None) -> Network:
    """Load a network from a file.

    Raises FileError where it cannot be opened, and InvalidNetworkError, with every mistake, where
    it is not valid. Warnings are not told; see `nnc.check_file`.
    """
    checked = check_file(str(file), root=Path(root) if root is not None else None)
    if checked.network is None:
        raise InvalidNetworkError(checked.errors)
    return checked.network


def loads(text: str) -> Network:
    """Read a network from a text, as `load` does from a file."""
    checked = check(text.encode("utf-8", "surrogatepass"), "<text>")
    if checked.network is None:
        raise InvalidNetworkError(checked.errors)
    return checked.network


def compile(network: Network) -> Plan:  # noqa: A001
    """Compile a network into a plan. Raises InvalidNetworkError where its wiring is wrong."""
    from nnc.compiler.plan import build_plan

    checked = check_built(network)
    if checked.graph is None or checked.diagnostics:
        raise InvalidNetworkError(checked.diagnostics)
    return build_plan(checked.graph, checked.file)


def evaluate(
    network: Network | Plan,
    rows: Mapping[str, Any] | None = None,
    *,
    engine: Literal["auto", "native", "numpy"] = "auto",
    threads: int = 0,
) -> dict[str, Any]:
    """Evaluate a network for some rows, exactly.

    `rows` has for each input a scalar, or a list or array with one value a row; scalars go with
    every row. Gives for each output an array with one value a row, or, where all was scalar, one
    value: bits as uint8, integers as int64, other numbers as int or Fraction, labels as str; a
    bus has a second dimension, its size. A float means exactly the number stored. Every engine
    gives the same; `threads` is how many cores may work, 0 for all.

    Raises InvalidRowsError where a value means nothing, InvalidNetworkError as `compile` does, and
    TypeError where `rows` is no mapping: `dict(frame)` is one of a pandas DataFrame.
    """
    from nnc.language.network import Network
    from nnc.rows.inputs.arrays import batch_from_arrays
    from nnc.run.engines import How
    from nnc.run.evaluation import evaluate_arrays

    plan = compile(network) if isinstance(network, Network) else network
    batch, scalar = batch_from_arrays(_as_mapping(rows, plan.inputs), plan.inputs)
    outputs = evaluate_arrays(plan, batch, How(engine, threads))
    if not scalar:
        return outputs
    return {alias: _plain(array[0]) for alias, array in outputs.items()}


def _as_mapping(rows: object, inputs: Iterable[str]) -> Mapping[str, Any]:
    """Give rows that are a mapping; say of others what they are, and how to make one of them."""
    if rows is None:
        return {}
    if isinstance(rows, Mapping):
        return rows
    kind = type(rows)
    name = (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else (f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}")
    )
    fix = "give a mapping of each input to its values"
    if hasattr(rows, "to_pydict"):
        fix = "write rows.to_pydict()"
    elif hasattr(rows, "to_dict") and hasattr(rows, "get_columns"):
        fix = "write rows.to_dict()"
    elif hasattr(rows, "columns") and hasattr(rows, "keys"):
        fix = "write dict(rows)"
    elif getattr(rows, "ndim", 0) == 2:
        fix = "write dict(zip(network.inputs, rows.T))"
    elif isinstance(rows, (list, tuple)) and rows and isinstance(rows[0], Mapping):
        fix = "write {name: [row[name] for row in rows] for name in rows[0]}"
    one = next(iter(inputs), "a")
    raise TypeError(
        f"rows are a mapping of inputs to values, as {{{one!r}: [0, 1]}}, not {name}: {fix}"
    )


def truth_table(
    network: Network | Plan,
    fixed: Mapping[str, Any] | None = None,
    *,
    engine: Literal["auto", "native", "numpy"] = "auto",
    threads: int = 0,
) -> TruthTable:
    """Evaluate every row of the bits and choices of a network, the first input slowest.

    Inputs in `fixed` are held constant; numbers have to be. The outputs stay packed, 64 rows a
    word. Raises InvalidRowsError where another input is a number, or beyond 2**30 rows.
    """
    from nnc.language.network import Network
    from nnc.run.engines import How
    from nnc.run.truth_tables import whole_table

    plan = compile(network) if isinstance(network, Network) else network
    return whole_table(plan, fixed or {}, How(engine, threads))


def digest(network: Network | Plan, of: Literal["structure", "behaviour"] = "structure") -> str:
    """Give the digest of what a network says, or of what it does: `sha256:…`.

    The digest of the structure is the same however a network is laid out, ordered and named
    inside; that of the behaviour is the same for all networks that give the same for every row.
    Raises InvalidRowsError where the inputs are not bits and choices of at most 2**20 rows.
    """
    from nnc.comparison.digests import behaviour_digest, structure_digest
    from nnc.language.network import Network

    plan = compile(network) if isinstance(network, Network) else network
    return f"sha256:{structure_digest(plan) if of == 'structure' else behaviour_digest(plan)}"


def compare_checked(
    before: Checked,
    after: Checked,
    *,
    within: Iterable[str] | Mapping[str, object] = (),
    budget: float = 10.0,
    context: int = 0,
    rows: str | None = None,
    report: Callable[[Diagnostic], None] | None = None,
) -> Comparison:
    """Say what changed between two network files, and for which inputs they differ.

    `within` and `budget` are those of `nnc.proving.behaviour.compare_behaviour`; with `context` up
    to so many rows of each layer are told. `rows` is a file whose rows are evaluated with both, of
    which `report` takes warnings. Raises InvalidNetworkError with the mistakes of both, and
    FileError and InvalidRowsError for the rows.
    """
    from nnc.comparison.comparison import Comparison
    from nnc.comparison.digests import structure_digest
    from nnc.comparison.row_changes import compare_rows
    from nnc.comparison.structure import compare_structure
    from nnc.compiler.plan import build_plan
    from nnc.proving.behaviour import compare_behaviour

    wrong = [one for side in (before, after) for one in side.errors]
    if wrong:
        raise InvalidNetworkError(wrong)
    assert before.graph is not None
    assert after.graph is not None
    assert before.linked is not None
    assert after.linked is not None
    old, new = build_plan(before.graph), build_plan(after.graph)
    is_same = structure_digest(old) == structure_digest(new)
    structure = compare_structure(before.linked, after.linked, is_same=is_same, context=context)
    behaviour = compare_behaviour(old, new, within=within, budget=budget)
    if rows is None:
        return Comparison(structure, behaviour)
    changes = compare_rows(old, new, rows, report=report or (lambda _: None))
    return Comparison(structure, behaviour, changes)


def lone_comparison(checked: Checked, kind: Literal["added", "removed"]) -> Comparison:
    """Tell a network file that is new, or gone. Raises InvalidNetworkError with its mistakes."""
    from nnc.comparison.comparison import Comparison
    from nnc.comparison.structure import lone_structure
    from nnc.proving.verdicts import Behaviour, Verdict

    if checked.errors:
        raise InvalidNetworkError(checked.errors)
    assert checked.linked is not None
    how = "only after" if kind == "added" else "only before"
    verdicts = tuple(Verdict(alias, kind, how) for alias in checked.linked.network.outputs)
    return Comparison(lone_structure(checked.linked, kind), Behaviour(verdicts))


def compare(
    before: Network,
    after: Network,
    *,
    within: Iterable[str] | Mapping[str, object] = (),
    budget: float = 10.0,
) -> Comparison:
    """Say what changed between two networks, and for which inputs their outputs differ.

    `within` limits inputs: `{"age": "0..64"}`; `budget` is how many seconds may be spent where not
    all inputs can be tried at once. Raises InvalidNetworkError as `compile` does, and
    InvalidRowsError where a limit means nothing.
    """
    sides = (check_built(one) for one in (before, after))
    return compare_checked(*sides, within=within, budget=budget)


def _plain(value: Any) -> Any:
    """Give a NumPy scalar as Python's own number; a bus stays an array."""
    return value.item() if getattr(value, "ndim", None) == 0 else value
