"""Compute the truth table of a network, packed 64 rows per word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nnc.compiler.graph import Tap
from nnc.compiler.plan import Plan
from nnc.language.network import BITS, INVERTED, Input
from nnc.lazy import np
from nnc.numbers.exact import counted, names_and_more, show_number
from nnc.numbers.integers import Array
from nnc.rows.columns import Batch, Column, Labels
from nnc.rows.inputs.row import values_from
from nnc.rows.inputs.truth_table import row_count, truth_table, value_count, value_of
from nnc.run.assumptions import Assumptions
from nnc.run.destinations import for_table
from nnc.run.engines import How
from nnc.run.evaluation import AUTO, calculate, count_bits, evaluate_batch, in_chunks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nnc.run.engines import Signals

_BATCH = 1 << 24  # rows


@dataclass(frozen=True)
class TruthTable:
    """The output bits of a network for every row, with the first input varying slowest.

    `packed` has an array, elements x words, for each output of bits: row r is bit r % 64 of word r
    // 64. It is the value of the output, so with `states: [1, 0]` it is 0 if the neuron fires. Bits
    beyond the last row are 0. Outputs with values other than 0 and 1 are not included. `inputs` are
    the varying inputs, slowest first, and `fixed` has the values of the others. `left_out` is the
    number of rows omitted because they violate assumptions; `numbers` are then the indices of the
    remaining rows. If only `counts` of ones were kept, `packed` is empty.
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
        left_out = f", {self.left_out:,} left out" if self.left_out else ""
        outputs = f"; outputs {names_and_more(self._names, quote='')}" if self._names else ""
        return f"<TruthTable: {counted(self.rows, 'row')}{inputs}{left_out}{outputs}>"

    @property
    def _names(self) -> list[str]:
        return list(self.packed if self.counts is None else self.counts)

    def row(self, number: int) -> dict[str, Any]:
        """Return the inputs of row `number`, from 0, as `nnc.evaluate` accepts them.

        Raises IndexError if there is no such row.
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
        """Return, for each element of each output, the number of rows in which it is 1."""
        if self.counts is not None:
            return {alias: list(counts) for alias, counts in self.counts.items()}
        return {alias: _ones(words) for alias, words in self.packed.items()}

    def bits(self, alias: str) -> NDArray[np.uint8]:
        """Return an output's bits, elements x rows. Raises ValueError if they are not stored."""
        if self.counts is not None:
            raise ValueError("the bits were not kept; call nnc.truth_table without keep=False")
        if alias not in self.packed:
            listed = names_and_more(self._names)
            has = f"it has those of {listed}" if listed else "no output has the values 0 and 1"
            hint = "nnc.evaluate gives the values of other outputs"
            raise ValueError(f"the truth table has no bits of `{alias}`; {has}; {hint}")
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
    """Return the truth table of a plan, with inputs in `fixed` held constant.

    Outputs with values other than 0 and 1 are not included. Without `keep`, bits are counted but
    not stored; with `out`, they are written to its arrays. Raises InvalidRowsError if an input that
    is not fixed is a number or there are more than 2**30 rows, and the errors of
    `destinations.for_table`.
    """
    values = values_from(fixed, plan.inputs, where=(), complete=False)
    taps = [tap for tap in plan.outputs if tap.is_binary]
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
        tables = for_table(taps, out, total)
    else:
        words = -(-total // 64)
        tables = {tap.alias: np.empty((tap.width, words), np.uint64) for tap in taps}
    _fill(tables, plan, taps, batches, how)
    return TruthTable(total, tables, free, fixed)


def _fill(
    tables: Mapping[str, Array], plan: Plan, taps: list[Tap], batches: Iterable[Batch], how: How
) -> None:
    """Write the bits of every row to the words of the outputs."""
    bits = _bits_of(taps)
    first = 0  # first word of the batch
    for batch in batches if taps else ():
        for rows, signals in in_chunks(plan, batch, bits, how):
            own = slice(first + rows.start // 64, first - (-rows.stop // 64))
            for tap in taps:
                tables[tap.alias][:, own] = _values(signals, tap, rows.stop - rows.start)
        first += batch.count // 64


def _counted(
    plan: Plan, taps: list[Tap], batches: Iterable[Batch], how: How
) -> dict[str, list[int]]:
    counts = {tap.alias: [0] * tap.width for tap in taps}
    bits = _bits_of(taps)
    for batch in batches:
        firing = count_bits(plan, batch, bits, how) if taps else {}
        ones = {tap.alias: [firing[signal] for signal in tap.signals] for tap in taps}
        for tap in taps:
            for i in tap.inverted:
                ones[tap.alias][i] = batch.count - ones[tap.alias][i]
        _add(counts, ones)
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
    """Return the indices of the allowed rows, and their bits, stored or counted."""
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
            packing.add(_values(results, tap, batch.count), batch.count, rows)
            if not keep:
                _add(counts, {tap.alias: _ones(packing.words())})
        done += batch.count
    tables = {alias: each.words() for alias, each in packed.items()}
    return np.concatenate(kept), tables, None if keep else counts


def _values(signals: Signals, tap: Tap, rows: int) -> Array:
    """Return the packed values of an output of bits; bits beyond the last row are 0."""
    words = signals.words_of(tap.signals)
    if inverted := tap.inverted:
        every = np.full(words.shape[1], -1, np.int64).view(np.uint64)
        if rows % 64:
            every[-1] = (1 << rows % 64) - 1
        words = words.copy()  # the engine's words are read again
        words[inverted] ^= every
    return words


def _bits_of(taps: Iterable[Tap]) -> frozenset[int]:
    return frozenset(signal for tap in taps for signal in tap.signals)


def _add(counts: dict[str, list[int]], more: Mapping[str, list[int]]) -> None:
    for alias, ones in more.items():
        counts[alias] = [a + b for a, b in zip(counts[alias], ones, strict=True)]


class _Packing:
    """Collect some rows of an output's bits, elements x words."""

    def __init__(self, width: int) -> None:
        self._parts: list[NDArray[np.uint64]] = []
        self._rest = np.zeros((width, 0), np.uint8)  # fewer rows than a word

    def add(self, words: NDArray[np.uint64], count: int, rows: Array) -> None:
        """Add the rows with the indices `rows` of `count` packed rows."""
        bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little", count=count)
        bits = np.concatenate([self._rest, bits[:, rows]], axis=1)
        whole = bits.shape[1] // 64 * 64
        self._parts.append(_words(bits[:, :whole]))
        self._rest = bits[:, whole:]

    def words(self) -> NDArray[np.uint64]:
        """Return the words of all added rows."""
        if self._rest.shape[1]:
            room = 64 - self._rest.shape[1]
            self._parts.append(_words(np.pad(self._rest, ((0, 0), (0, room)))))
        if len(self._parts) == 1:
            return self._parts[0]
        # single-word columns may be joined in Fortran order
        return np.ascontiguousarray(np.concatenate(self._parts, axis=1))


def _words(bits: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Pack bits, elements x rows; the number of rows must be a multiple of 64."""
    packed = np.packbits(bits, axis=1, bitorder="little")
    return np.ascontiguousarray(packed).view("<u8").astype(np.uint64, copy=False)


def count_ones(plan: Plan, batches: Iterable[Batch], how: How = AUTO) -> tuple[int, dict[str, int]]:
    """Count the rows in which each output bit is 1, and in which each other value occurs.

    Return the number of rows and the counts: by `alias`, or `alias(i)` for an element; for a level,
    an index, or a bit with other states, by `alias=value` for each value. Sums and numbers are not
    counted. Only the counts are stored.
    """
    names = {tap.alias: _counted_values(tap) for tap in plan.outputs}
    taps = [tap for tap in plan.outputs if tap.kind in ("bit", "bus") and names[tap.alias]]
    valued = [tap for tap in plan.outputs if tap.kind in ("level", "largest")]
    signals = frozenset(tap.signals[i] for tap in taps for i, _ in names[tap.alias].values())
    counts = {name: 0 for own in names.values() for name in own}
    rows = 0
    for batch in batches:
        rows += batch.count
        firing = count_bits(plan, batch, signals, how) if taps else {}
        for tap in taps:
            for name, (place, is_on) in names[tap.alias].items():
                fired = firing[tap.signals[place]]
                counts[name] += fired if is_on else batch.count - fired
        if valued:
            results = evaluate_batch(replace(plan, outputs=tuple(valued)), batch, how=how)
            for tap in valued:
                column = results[tap.alias]
                codes = column.codes if isinstance(column, Labels) else column.numerators
                taken = np.bincount(codes, minlength=len(names[tap.alias])).tolist()
                for name, (value, _) in names[tap.alias].items():
                    counts[name] += taken[value]
    return rows, counts


def counts_as_table(rows: int, counts: Mapping[str, int]) -> dict[str, Any]:
    """Return counts as columns, with one row per count."""
    return {
        "output": list(counts),
        "ones": Column(np.array(list(counts.values()), np.int64)),
        "rows": Column(np.full(len(counts), rows)),
    }


def _counted_values(tap: Tap) -> dict[str, tuple[int, bool]]:
    """Return the names of an output's counts.

    Each maps to a level or index, or to an element and whether it counts if the element fires.
    """
    if tap.kind in ("level", "largest"):
        values = range(tap.width + (tap.kind == "level"))
        return {f"{tap.alias}={name}": (i, True) for i, name in enumerate(tap.labels or values)}
    if tap.kind not in ("bit", "bus"):
        return {}
    names: dict[str, tuple[int, bool]] = {}
    for i in range(tap.width):
        name = f"{tap.alias}({i})" if tap.is_bus else tap.alias
        states = tap.states_of(i)
        if states in (BITS, INVERTED):
            names[name] = (i, states == BITS)
        elif states is not None:
            names |= {f"{name}={show_number(state)}": (i, state == states[1]) for state in states}
    return names


def _ones(words: Array) -> list[int]:
    from nnc.run.engines import ones_of

    counts: list[int] = ones_of(words).tolist()
    return counts
