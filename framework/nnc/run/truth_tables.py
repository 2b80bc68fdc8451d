"""The truth table of a network: every row of its bits and choices, kept packed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.exact import counted, names_and_more
from nnc.language.network import Input
from nnc.lazy import np
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.inputs.row import values_from
from nnc.rows.inputs.truth_table import row_count, truth_table, value_count, value_of
from nnc.run.assumptions import Assumptions
from nnc.run.engines import How
from nnc.run.evaluation import AUTO, calculate, count_bits, evaluate_batch, in_chunks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

_BATCH = 1 << 24  # rows


@dataclass(frozen=True)
class TruthTable:
    """The bits that a network gives for every row, the first input slowest.

    `packed` has for each output of bits its elements x words: row r is bit r % 64 of word r // 64.
    Bits beyond the last row are 0. `inputs` are those that vary, the slowest first, and `fixed` has
    the values of the others. Rows that break assumptions are left out, `left_out` of them.
    `numbers` are then the places of the others among all rows. Where only `counts` of ones were
    kept, `packed` is empty.
    """

    rows: int
    packed: Mapping[str, NDArray[np.uint64]]
    inputs: Mapping[str, Input]
    fixed: Mapping[str, Any]
    left_out: int = 0
    numbers: NDArray[np.uint32] | None = None
    counts: Mapping[str, list[int]] | None = None

    def __repr__(self) -> str:
        inputs = f" of {names_and_more(self.inputs, quote='')}" if self.inputs else ""
        outputs = names_and_more(self.packed if self.counts is None else self.counts, quote="")
        left_out = f", {self.left_out:,} left out" if self.left_out else ""
        return f"<TruthTable: {counted(self.rows, 'row')}{inputs}{left_out}; outputs {outputs}>"

    def row(self, number: int) -> dict[str, Any]:
        """Return the inputs of a row, from 0, as `nnc.evaluate` takes them.

        Raises IndexError where there is no such row.
        """
        if not 0 <= number < self.rows:
            raise IndexError(f"the truth table has {counted(self.rows, 'row')}, counted from 0")
        if self.numbers is not None:
            number = int(self.numbers[number])
        values = {}
        for name, input_ in reversed(list(self.inputs.items())):
            number, value = divmod(number, value_count(input_))
            values[name] = value_of(input_, value)
        return {name: values[name] for name in self.inputs} | dict(self.fixed)

    def ones(self) -> dict[str, list[int]]:
        """Count for each element of each output in how many rows it is 1."""
        if self.counts is not None:
            return {alias: list(counts) for alias, counts in self.counts.items()}
        return {alias: _ones(words) for alias, words in self.packed.items()}

    def bits(self, alias: str) -> NDArray[np.uint8]:
        """Return an output as elements x rows. Raises ValueError where bits were not kept."""
        if self.counts is not None:
            raise ValueError("the bits were not kept; call nnc.truth_table without keep=False")
        words = self.packed[alias]
        return np.unpackbits(words.view(np.uint8), axis=1, bitorder="little", count=self.rows)


def whole_table(
    plan: Plan,
    fixed: Mapping[str, object],
    how: How = AUTO,
    *,
    keep: bool = True,
    out: object = None,
) -> TruthTable:
    """Evaluate every row; outputs that are not bits are left out, inputs in `fixed` held constant.

    Without `keep`, bits are counted, and not kept; they are written into the arrays of `out`.
    Raises InvalidRowsError where another input is a number, or where there are over 2**30 rows, and
    as `destinations.for_table`.
    """
    values = values_from(fixed, plan.inputs, where=(), complete=False)
    taps = [tap for tap in plan.outputs if _is_bits(tap)]
    total = row_count(plan.inputs, values)
    free = {name: input_ for name, input_ in plan.inputs.items() if name not in values}
    assumed = Assumptions(plan, how)
    if out is not None and (assumed or not keep):
        why = "a network with assumptions, which leave rows out" if assumed else "keep=False"
        raise ValueError(f"out cannot be used with {why}")
    batches = truth_table(plan.inputs, _BATCH, fixed=values)
    if assumed:
        numbers, tables, counts = _assumed(plan, taps, batches, assumed, how, keep=keep)
        left_out = total - len(numbers)
        return TruthTable(len(numbers), tables, free, fixed, left_out, numbers, counts)
    if not keep:
        return TruthTable(total, {}, free, fixed, counts=_counted(plan, taps, batches, how))
    if out is not None:
        from nnc.run.destinations import for_table

        tables = for_table(taps, out, total)
    else:
        words = -(-total // 64)
        tables = {tap.alias: np.empty((tap.width, words), np.uint64) for tap in taps}
    _fill(tables, plan, taps, batches, how)
    return TruthTable(total, tables, free, fixed)


def _fill(
    tables: Mapping[str, Array], plan: Plan, taps: list[Tap], batches: Iterable[Batch], how: How
) -> None:
    """Write the bits of every row into the words of the outputs."""
    bits = _bits_of(taps)
    first = 0  # word of the batch
    for batch in batches if taps else ():
        for rows, signals in in_chunks(plan, batch, bits, how):
            own = slice(first + rows.start // 64, first - (-rows.stop // 64))
            for tap in taps:
                tables[tap.alias][:, own] = signals.words_of(tap.signals)
        first += batch.count // 64


def _counted(
    plan: Plan, taps: list[Tap], batches: Iterable[Batch], how: How
) -> dict[str, list[int]]:
    counts = {tap.alias: [0] * tap.width for tap in taps}
    bits = _bits_of(taps)
    for batch in batches:
        ones = count_bits(plan, batch, bits, how) if taps else {}
        _add(counts, {tap.alias: [ones[signal] for signal in tap.signals] for tap in taps})
    return counts


def _assumed(
    plan: Plan,
    taps: list[Tap],
    batches: Iterable[Batch],
    assumed: Assumptions,
    how: How,
    *,
    keep: bool,
) -> tuple[NDArray[np.uint32], dict[str, Array], dict[str, list[int]] | None]:
    """Return the numbers of the rows that break no assumption, and their bits, kept or counted."""
    packed = {tap.alias: _Packing(tap.width) for tap in taps if keep}
    counts = {tap.alias: [0] * tap.width for tap in taps}
    kept: list[NDArray[np.uint32]] = []
    done = 0
    for batch in batches:
        results = calculate(plan, batch, _bits_of(taps), frozenset(), how)
        rows = np.flatnonzero(assumed.broken(batch) < 0)
        kept.append((rows + done).astype(np.uint32))
        for tap in taps:
            packing = packed[tap.alias] if keep else _Packing(tap.width)
            packing.add(results.words_of(tap.signals), batch.count, rows)
            if not keep:
                _add(counts, {tap.alias: _ones(packing.words())})
        done += batch.count
    tables = {alias: each.words() for alias, each in packed.items()}
    return np.concatenate(kept), tables, None if keep else counts


def _bits_of(taps: Iterable[Tap]) -> frozenset[int]:
    return frozenset(signal for tap in taps for signal in tap.signals)


def _add(counts: dict[str, list[int]], more: Mapping[str, list[int]]) -> None:
    for alias, ones in more.items():
        counts[alias] = [a + b for a, b in zip(counts[alias], ones, strict=True)]


class _Packing:
    """The bits of an output, elements x words, of which some rows are taken."""

    def __init__(self, width: int) -> None:
        self._parts: list[NDArray[np.uint64]] = []
        self._rest = np.zeros((width, 0), np.uint8)  # fewer rows than a word has

    def add(self, words: NDArray[np.uint64], count: int, rows: NDArray[Any]) -> None:
        """Add those of `count` rows that have some numbers."""
        bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little", count=count)
        bits = np.concatenate([self._rest, bits[:, rows]], axis=1)
        whole = bits.shape[1] // 64 * 64
        self._parts.append(_words(bits[:, :whole]))
        self._rest = bits[:, whole:]

    def words(self) -> NDArray[np.uint64]:
        """Return all that was added."""
        if self._rest.shape[1]:
            room = 64 - self._rest.shape[1]
            self._parts.append(_words(np.pad(self._rest, ((0, 0), (0, room)))))
        return _joined(self._parts)


def _words(bits: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Pack bits, elements x rows, of which there are a multiple of 64."""
    packed = np.packbits(bits, axis=1, bitorder="little")
    return np.ascontiguousarray(packed).view("<u8").astype(np.uint64, copy=False)


def _joined(parts: list[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """Lay chunks of words end to end; one alone is not copied."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def count_ones(plan: Plan, batches: Iterable[Batch], how: How = AUTO) -> tuple[int, dict[str, int]]:
    """Count the rows in which each bit of each output is 1, and each level or place is taken.

    Return the number of rows, and the counts: of `alias`, of an element `alias(i)`, of a level or
    place `alias=value`. Sums and numbers are left out. Nothing but the counts is kept.
    """
    taps = [tap for tap in plan.outputs if _is_bits(tap)]
    valued = [tap for tap in plan.outputs if tap.kind in ("level", "largest")]
    signals = frozenset(signal for tap in taps for signal in tap.signals)
    counts = {name: 0 for tap in plan.outputs for name in _counted_names(tap)}
    rows = 0
    for batch in batches:
        rows += batch.count
        if taps:
            ones = count_bits(plan, batch, signals, how)
            for tap in taps:
                for name, signal in zip(_counted_names(tap), tap.signals, strict=True):
                    counts[name] += ones[signal]
        if valued:
            results = evaluate_batch(replace(plan, outputs=tuple(valued)), batch, how=how)
            for tap in valued:
                column = results[tap.alias]
                codes = column.codes if isinstance(column, Labels) else column.numerators
                names = _counted_names(tap)
                taken = np.bincount(codes, minlength=len(names)).tolist()
                for name, count in zip(names, taken, strict=True):
                    counts[name] += count
    return rows, counts


def counts_as_table(rows: int, counts: Mapping[str, int]) -> dict[str, Any]:
    """Return counts as columns, one row for each thing counted."""
    return {
        "output": list(counts),
        "ones": Column(np.array(list(counts.values()), np.int64)),
        "rows": Column(np.full(len(counts), rows)),
    }


def _counted_names(tap: Tap) -> list[str]:
    """Name what is counted of an output."""
    if tap.kind in ("level", "largest"):
        values = range(tap.width + (tap.kind == "level"))
        return [f"{tap.alias}={value}" for value in tap.labels or values]
    if not _is_bits(tap):
        return []
    return [f"{tap.alias}({i})" for i in range(tap.width)] if tap.is_bus else [tap.alias]


def _is_bits(tap: Tap) -> bool:
    return tap.kind in ("bit", "bus") and (
        tap.states is None or all(states is not None for states in tap.states)
    )


def _ones(words: Array) -> list[int]:
    from nnc.run.engines import ones_of

    counts: list[int] = ones_of(words).tolist()
    return counts
