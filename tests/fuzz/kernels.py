"""The C extension: programs right and wrong, products, packing; all beside plain NumPy.

What is wrong has to end in a ValueError or TypeError, and to leave every array as it was.
"""

from __future__ import annotations

import random as randoms
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.run.engines import native
from nnc.run.engines.program import FUNCTIONS, SUM

Array = NDArray[Any]
Random = randoms.Random
REFUSED = (ValueError, TypeError)
PLANES = 44
TABLES = {code: table for table, (code, _) in FUNCTIONS.items()}
EXTREMES = (
    -(2**31),
    -129,
    -65,
    -64,
    -1,
    0,
    1,
    2,
    5,
    26,
    27,
    31,
    32,
    43,
    44,
    45,
    48,
    100,
    2**31 - 1,
)
UNWRITTEN = 7
BYTES, BITS, ANY = range(3)
_kernels = native.kernels


def trial(random: Random) -> None:
    """Try one program, or one of the other functions."""
    if native.KIND is None:
        return
    kind = random.randrange(native.KIND + 1)
    ways = (
        _program,
        _program,
        _program,
        _single,
        _dense,
        _few,
        _packed,
        _scattered,
        _added,
        _decided,
        _dotted,
        _tallied,
        _windowed,
    )
    tried = random.choice(ways)
    tried(random, kind)


# -------------------------------------------------------------------------------- programs


def _program(random: Random, kind: int) -> None:
    """Try a drawn program, half of the time with a few numbers of it changed."""
    loads, ops, slots = _drawn(random)
    load_slots = list(range(2, 2 + loads))
    store_slots = [random.randrange(slots) for _ in range(random.randrange(6))]
    if random.random() < 0.5:
        for numbers in random.choices((ops, ops, ops, load_slots, store_slots), k=2):
            _spoil(random, numbers)
        slots = random.choice((slots, slots, slots - 1, slots + 1, 0, -1, 2, 1 << 40))
    arrays = [np.array(numbers, np.int32) for numbers in (ops, load_slots, store_slots)]
    is_right = _is_right(ops, load_slots, store_slots, slots)
    try:
        checked = _kernels.check(*arrays, slots)
    except ValueError:
        assert not is_right, f"refused: {ops}, {load_slots}, {store_slots}, {slots}"
        return
    assert is_right, f"taken: {ops}, {load_slots}, {store_slots}, {slots}"
    for array in arrays:
        array[:] = -1  # what was checked is a copy
    _run(random, kind, checked, ops, load_slots, store_slots)


def _drawn(random: Random) -> tuple[int, list[int], int]:
    """Draw so many loads, operations, and the number of slots."""
    loads, ops = random.randrange(6), list[int]()
    slots = 2 + loads
    for _ in range(random.randrange(8)):
        if random.random() < 0.5:
            ops += [random.randrange(27), slots, random.randrange(32)]
            ops += random.choices(range(slots), k=4)
            slots += 1
            continue
        planes = random.choice((4, 5, 8, 20, 43, PLANES))
        room, groups = (1 << planes) - 1, list[int]()
        count = random.randrange(4)
        for _ in range(count):
            plane = random.choice((0, planes - 4, random.randrange(planes - 3)))
            most = max(0, (room >> plane) + (random.random() < 0.03))  # rarely one too many
            members = min(random.choice((0, 1, 2, 7, 8, 9, 40)), most)
            room -= members << plane
            groups += [plane, random.randrange(2), members]
            groups += random.choices(range(slots), k=members)
        limits, sources = list[int](), slots
        largest = (1 << planes) - 1 - room
        for _ in range(random.randrange(4)):
            beyond = 1 << planes if random.random() < 0.1 else (1 << planes) - 1
            limit = random.choice((0, 1, largest, random.randrange(largest + 1), beyond))
            to = random.choice((slots, random.randrange(2, sources) if sources > 2 else slots))
            slots = max(slots, to + 1)
            limits += [to, random.randrange(2), _low(limit), limit >> 32]
        length = 5 + len(groups) + len(limits)
        ops += [SUM, length, planes, count, len(limits) // 4, *groups, *limits]
    return loads, ops, slots


def _low(limit: int) -> int:
    low = limit & 0xFFFFFFFF
    return low - (1 << 32) if low >= 1 << 31 else low


def _spoil(random: Random, numbers: list[int]) -> None:
    """Change, cut or double one number; or nothing, if there is none."""
    if not numbers:
        return
    place = random.randrange(len(numbers))
    how = random.randrange(5)
    if how == 0:
        numbers[place] = random.choice(EXTREMES)
    elif how == 1:
        numbers[place] = max(-(2**31), min(2**31 - 1, numbers[place] + random.choice((-1, 1))))
    elif how == 2:
        del numbers[place:]
    elif how == 3:
        numbers.insert(place, numbers[place])
    else:
        del numbers[place]


def _operations(ops: list[int]) -> Iterator[list[int]]:
    """Give the operations one by one; raises ValueError where one is cut."""
    at = 0
    while at < len(ops):
        length = 7
        if ops[at] == SUM:
            length = ops[at + 1] if at + 1 < len(ops) else 0
            if length < 5:
                raise ValueError
        if at + length > len(ops):
            raise ValueError
        yield ops[at : at + length]
        at += length


def _groups(op: list[int]) -> tuple[list[tuple[int, int, list[int]]], list[list[int]]]:
    """Give the groups and the limits of a sum; raises ValueError where they do not fit."""
    at, groups = 5, []
    for _ in range(op[3]):
        if len(op) - at < 3 or not 0 <= op[at + 2] <= len(op) - at - 3:
            raise ValueError
        plane, turned, count = op[at : at + 3]
        groups.append((plane, turned, op[at + 3 : at + 3 + count]))
        at += 3 + count
    if min(op[3], op[4]) < 0 or len(op) - at != 4 * op[4]:
        raise ValueError
    return groups, [op[i : i + 4] for i in range(at, len(op), 4)]


def _is_right(ops: list[int], load_slots: list[int], store_slots: list[int], slots: int) -> bool:
    filled = {0, 1}

    def fill(slot: int) -> None:
        if not 2 <= slot < slots:
            raise ValueError
        filled.add(slot)

    def check(is_true: bool) -> None:
        if not is_true:
            raise ValueError

    try:
        check(2 <= slots <= 2 + len(ops) + len(load_slots) + len(store_slots))
        for slot in load_slots:
            fill(slot)
        for op in _operations(ops):
            if op[0] != SUM:
                check(op[0] in TABLES and 0 <= op[2] < 32 and filled.issuperset(op[3:]))
                fill(op[1])
                continue
            groups, limits = _groups(op)
            check(1 <= op[2] <= PLANES)
            for plane, turned, sources in groups:
                check(0 <= plane <= op[2] - 4 and turned in (0, 1) and filled.issuperset(sources))
            check(sum(len(sources) << plane for plane, _, sources in groups) < 1 << op[2])
            for to, turned, low, high in limits:
                check(turned in (0, 1) and 0 <= _limit(low, high) < 1 << op[2])
                fill(to)
        check(filled.issuperset(store_slots))
    except ValueError:
        return False
    return True


def _limit(low: int, high: int) -> int:
    return (low & 0xFFFFFFFF) + (high << 32)


def _run(
    random: Random,
    kind: int,
    checked: Any,
    ops: list[int],
    load_slots: list[int],
    store_slots: list[int],
) -> None:
    """Run a checked program, for arrays that fit or do not."""
    height, words = random.randrange(1, 6), random.choice((0, 1, 2, 3, 8, 9, 31, 32, 33, 70))
    is_apart = random.random() < 0.7
    if is_apart:
        height = 1 + len(load_slots) + len(store_slots)
    bank = _words(random, height, words)
    first = random.randrange(words + 1)
    last = random.randrange(first, words + 1)
    start = random.choice((0, 1, 1000))
    load_rows = [random.randrange(-64, height) for _ in load_slots]
    store_rows = [random.randrange(height) for _ in store_slots]
    if is_apart:  # machine code is for rows that are loaded or stored, and once
        places = random.sample(range(height), height)
        load_rows = [random.choice((row, row, -1 - row)) for row in places[: len(load_slots)]]
        store_rows = places[-len(store_slots) :] if store_slots else []
        _kernels.emit(kind, checked)
    rows = [np.array(numbers, np.int32) for numbers in (load_rows, store_rows)]
    before = bank.copy()
    spoilt = _spoilt_call(random, kind, bank, *rows, first, last)
    if spoilt is not None:
        _refused(lambda: _kernels.run(spoilt[0], checked, *spoilt[1:], start))
        assert np.array_equal(bank, before)
        return
    _kernels.run(kind, checked, bank, *rows, first, last, start)
    right = _bits(before)
    values = _meaning(ops, dict(zip(load_slots, load_rows, strict=True)), _bits(before), start)
    stretch = slice(64 * first, 64 * last)
    for row, slot in zip(store_rows, store_slots, strict=True):
        right[row, stretch] = values[slot][stretch]
    assert np.array_equal(_bits(bank), right), f"{ops}, {load_rows}, {store_rows}, {kind}"


def _spoilt_call(
    random: Random, kind: int, bank: Array, loads: Array, stores: Array, first: int, last: int
) -> tuple[Any, ...] | None:
    """Give the arguments of a run with one that is wrong; None most of the time."""
    height, words = bank.shape
    wrong = random.choice((-(2**31), -65, height, 2**31 - 1))
    if random.random() < 0.7:
        return None
    ways: list[tuple[Any, ...]] = [
        (random.choice((-1, 4, 2**31, 2**70)), bank, loads, stores, first, last),
        (kind, bank.view(np.int64), loads, stores, first, last),
        (kind, bank.reshape(-1), loads, stores, first, last),
        (kind, bank.view(">u8"), loads, stores, first, last),
        (kind, bank, loads.astype(np.int64), stores, first, last),
        (kind, bank, np.append(loads, np.int32(0)), stores, first, last),
        (kind, bank, loads, np.append(stores, np.int32(0)), first, last),
        (kind, bank, loads, stores, first, words + 1),
        (kind, bank, loads, stores, -1, last),
        (kind, bank, loads, stores, last + 1, last),
    ]
    if len(loads):
        ways.append((kind, bank, np.full_like(loads, wrong), stores, first, last))
    if len(stores):
        ways.append((kind, bank, loads, np.full_like(stores, wrong), first, last))
    return random.choice(ways)


def _meaning(ops: list[int], load_of: dict[int, int], rows: Array, start: int) -> dict[int, Array]:
    """Give the bits of each slot, a row each, by truth tables and sums of integers."""
    count = rows.shape[1]
    numbers = 64 * start + np.arange(count)
    values = {0: np.zeros(count, bool), 1: np.ones(count, bool)}
    for slot, row in load_of.items():
        values[slot] = rows[row] if row >= 0 else (numbers >> (-row - 1) & 1).astype(bool)
    for op in _operations(ops):
        if op[0] != SUM:
            code, to, turned, *sources = op
            place = np.zeros(count, np.int64)
            for i, source in enumerate(sources):
                place |= (values[source] ^ bool(turned >> i & 1)).astype(np.int64) << i
            values[to] = (TABLES[code] >> place & 1).astype(bool) ^ bool(turned >> 4)
            continue
        groups, limits = _groups(op)
        total = np.zeros(count, np.int64)
        for plane, turned, sources in groups:
            for source in sources:
                total += (values[source] ^ bool(turned)).astype(np.int64) << plane
        for to, turned, low, high in limits:
            values[to] = (total >= _limit(low, high)) ^ bool(turned)
    return values


def _single(random: Random, kind: int) -> None:
    """Try a program, a product and a program for one row, with lines that fit."""
    height, inputs = random.randrange(3, 90), random.randrange(4)
    load_lines = np.array([random.randrange(-1, height) for _ in range(inputs)], np.int32)
    store_lines = np.array([random.randrange(height) for _ in range(3)], np.int32)
    single = _kernels.single(height, load_lines, store_lines)
    values = np.zeros((height, 1), bool)
    values[1] = True
    bits = np.array([random.randrange(2) for _ in range(inputs)], np.uint8)
    for line, bit in zip(load_lines.tolist(), bits.tolist(), strict=True):
        if line >= 0:
            values[line] = bool(bit)
    for step in range(3):
        if step == 1:
            _add_product(random, single, values)
        else:
            _add_program(random, single, values)
    out = np.zeros(3, np.uint8)
    assert _kernels.run_single(kind, single, (bits,), (out,))
    assert np.array_equal(out, values[store_lines, 0]), kind


def _add_program(random: Random, single: Any, values: Array) -> None:
    height = len(values)
    loads, ops, slots = _drawn(random)
    load_slots = list(range(2, 2 + loads))
    store_slots = [random.randrange(slots) for _ in range(4)]
    if not _is_right(ops, load_slots, store_slots, slots):
        return
    numbers = [np.array(each, np.int32) for each in (ops, load_slots, store_slots)]
    checked = _kernels.check(*numbers, slots)
    load_lines = [random.randrange(height) for _ in load_slots]
    store_lines = [random.randrange(2, height) for _ in store_slots]
    lines = [np.array(each, np.int32) for each in (load_lines, store_lines)]
    _kernels.add_program(single, checked, *lines)
    found = _meaning(ops, dict(zip(load_slots, load_lines, strict=True)), values, 0)
    made = [found[slot].copy() for slot in store_slots]
    for line, bits in zip(store_lines, made, strict=True):
        values[line] = bits


def _add_product(random: Random, single: Any, values: Array) -> None:
    height = len(values)
    size, fan_in = random.randrange(height - 1), random.choice((1, 5, 64, 513))
    weights, limits, _, _ = _layer(random, size, fan_in, 1)
    planes = random.randrange(1, 9)
    weights >>= 8 - planes
    table = np.full((fan_in, -(-size // 512), planes, 8), 7, np.uint64)
    _kernels.split(weights, table)
    sources = np.array([random.randrange(height) for _ in range(fan_in)], np.int32)
    turned, first = bool(random.randrange(2)), random.randrange(2, height - size + 1)
    _kernels.add_product(single, table, limits, sources, turned, first)
    totals = weights.astype(int) @ values[sources].astype(int)
    values[first : first + size] = (totals >= limits[:, None]) ^ turned


# ------------------------------------------------------------------------------ the others


def _dense(random: Random, kind: int) -> None:
    size, fan_in = (
        random.choice((0, 1, 4, 5, 31, 32, 33, 67)),
        random.choice((1, 2, 16, 31, 64, 65)),
    )
    words = random.choice((0, 1, 2, 5))
    weights, limits, bits, out = _layer(random, size, fan_in, words)
    weights >>= random.randrange(5)
    largest = int(np.abs(weights.astype(int)).max(initial=0))
    turned, first = bool(random.randrange(2)), random.randrange(words + 1)
    last = random.randrange(first, words + 1)
    arrays = [weights, bits, limits, out]
    if random.random() < 0.4:
        _spoil_one(random, arrays)
        table, *others = arrays
        _refused(lambda: _kernels.dense(kind, table, largest, *others, turned, first, last))
        return
    right = _bits(out)
    fired = weights.astype(int) @ _bits(bits).astype(int) >= limits[:, None]
    right[:, 64 * first : 64 * last] = (fired ^ turned)[:, 64 * first : 64 * last]
    _kernels.dense(kind, weights, largest, bits, limits, out, turned, first, last)
    assert np.array_equal(_bits(out), right), f"{size} x {fan_in}, {first} to {last}, {kind}"


def _few(random: Random, kind: int) -> None:
    size, fan_in = random.choice((0, 1, 5, 40, 513)), random.choice((1, 31, 32, 33, 64, 65, 513))
    rows, turned = random.choice((0, 1, 4, 64)), bool(random.randrange(2))
    weights, limits, bits, out = _layer(random, size, fan_in, 1)
    planes = random.randrange(1, 9)
    is_split = bool(random.randrange(2))
    table: Array = weights
    if is_split:
        weights >>= 8 - planes
        table = np.full((fan_in, -(-size // 512), planes, 8), 7, np.uint64)
        _kernels.split(weights, table)
    arrays = [table, bits, limits, out]
    if random.random() < 0.4:
        _spoil_one(random, arrays)
        table, *others = arrays
        _refused(lambda: _kernels.few(kind, table, is_split, *others, turned, rows))
        return
    _kernels.few(kind, table, is_split, bits, limits, out, turned, rows)
    right = (weights.astype(int) @ _bits(bits).astype(int) >= limits[:, None]) ^ turned
    right[:, rows:] = False
    assert np.array_equal(_bits(out), right), f"{size} x {fan_in}, {planes}, {is_split}, {kind}"


def _tallied(random: Random, kind: int) -> None:
    """Try sums of bits with weights of any number of words, which no kind of kernel changes."""
    del kind
    height, words = random.randrange(1, 6), random.choice((0, 1, 7, 8, 9, 20))
    limbs, fan_ins = random.randrange(4), random.choices((0, 1, 2, 3, 9), k=random.randrange(4))
    bank, count = _words(random, height, words), sum(fan_ins)
    sources = np.array([random.randrange(-height, height) for _ in range(count)], np.int32)
    room = (1 << 64 * limbs) // (count + 1)
    weights = [
        random.choice((0, min(1, room), room, room >> random.randrange(64))) for _ in range(count)
    ]
    data = b"".join(weight.to_bytes(8 * limbs, "little") for weight in weights)
    table = np.frombuffer(data, "<u8").reshape(count, limbs).copy()
    starts = np.cumsum([0, *fan_ins], dtype=np.int64)
    out = np.full((len(fan_ins), limbs, words * 64), 7, np.uint64)
    first = random.randrange(words + 1)
    last = random.randrange(first, words + 1)
    arrays = [bank, sources, table, starts, out]
    if random.random() < 0.4:
        _spoil_one(random, arrays)
        _refused(lambda: _kernels.tally(*arrays, first, last))
        return
    _kernels.tally(*arrays, first, last)
    stretch, bits = slice(64 * first, 64 * last), _bits(bank).astype(object)
    values = np.concatenate([bits, 1 - bits[::-1]])[sources]
    for k, own in enumerate(out.astype(object)):
        right = np.full(words * 64, sum(7 << 64 * i for i in range(limbs)), object)
        terms = (weights[i] * values[i] for i in range(starts[k], starts[k + 1]))
        right[stretch] = sum(terms, np.zeros(words * 64, object))[stretch]
        total = sum((limb << 64 * i for i, limb in enumerate(own)), np.zeros(words * 64, object))
        assert (total == right).all(), f"{weights}, {sources}, {first} to {last}"


def _layer(random: Random, size: int, fan_in: int, words: int) -> tuple[Array, ...]:
    rng = np.random.default_rng(random.getrandbits(32))
    weights = rng.integers(-128, 128, (size, fan_in)).astype(np.int8)
    limits = rng.integers(-200, 200, size).astype(np.int32)
    return weights, limits, _words(random, fan_in, words), _words(random, size, words)


def _packed(random: Random, kind: int) -> None:
    rows, width = random.choice((0, 1, 63, 64, 65, 700)), random.choice((0, 1, 7, 64, 65, 130))
    words, more = -(-rows // 64), random.choice((0, 0, 1, 9))
    bits = _bits(_words(random, width, words))[:, :rows].T.copy()
    packed, again = _words(random, width, words + more), np.full((rows, width), 7, np.uint8)
    if random.random() < 0.4:
        arrays: list[Any] = [bits, packed]
        if words and random.randrange(2):
            arrays[1] = np.zeros((width, words - 1), np.uint64)
        else:
            arrays[random.randrange(2)] = np.zeros((rows, width), np.float32)
        _refused(lambda: _kernels.pack(kind, *arrays, 0, words))
        _refused(lambda: _kernels.unpack(kind, *arrays, 0, words))
        return
    beyond = packed[:, words:].copy()
    _kernels.pack(kind, bits, packed, 0, words)
    assert np.array_equal(_bits(packed)[:, :rows], bits.T)
    assert not _bits(packed)[:, rows : 64 * words].any()
    assert np.array_equal(packed[:, words:], beyond)
    _kernels.unpack(kind, again, packed, 0, words)
    assert np.array_equal(again, bits)


def _added(random: Random, kind: int) -> None:
    """Try sums of sparse rows: right ones, and such as have one number changed to any other."""
    rows, width = random.choice((0, 1, 8, 9, 63, 65, 200)), random.choice((1, 5, 64, 130))
    bits = _bits(_words(random, width, -(-rows // 64)))[:, :rows].T
    bits = bits & np.array([random.randrange(3) > 0 for _ in range(rows)], bool)[:, None]
    is_wide, size = random.random() < 0.3, random.choice((1, 2, 4, 8))
    places: Array = np.nonzero(bits)[1].astype(np.int64 if is_wide else np.int32)
    starts = np.cumsum([0, *bits.sum(1)]).astype(places.dtype)
    ones = np.ones(len(places), f"i{size}")
    given = [starts, places, ones]
    weights = np.array([random.randrange(-(2**50), 2**50) for _ in range(width)])
    limit, turned = random.randrange(-(2**55), 2**55), random.random() < 0.5
    out, first = np.full(rows, 7, np.uint8), random.randint(0, -(-rows // 64))
    last, is_changed = random.randint(first, -(-rows // 64)), random.random() < 0.5
    if is_changed:
        one = random.choice(given)
        value = random.choice((-1, 0, 1, 2, width, len(places) + 1, 2**31, -(2**31), 2**63 - 1))
        one[random.choices(range(len(one)), k=1) if len(one) else []] = np.array(value).astype(
            one.dtype
        )
    here = slice(64 * first, min(64 * last, rows))
    stored = ones.view(np.uint8).reshape(len(ones), size), np.ones(8 // size, ones.dtype).view("u8")
    cut = weights, limit, turned, out, first, last
    if _kernels.sparse(kind, is_wide, starts, places, *stored, *cut):
        for row in range(here.start, here.stop):
            own = slice(int(starts[row]), int(starts[row + 1]))
            assert 0 <= own.start <= own.stop <= len(places)
            assert (ones[own] == 1).all()
            assert (np.diff(places[own]) > 0).all()
            assert ((places[own] >= 0) & (places[own] < width)).all()
            assert out[row] == ((int(weights[places[own]].sum()) >= limit) != turned)
        assert (out[: here.start] == 7).all()
        assert (out[here.stop :] == 7).all()
    else:
        assert is_changed


def _scattered(random: Random, kind: int) -> None:
    del kind
    rows, width = random.choice((0, 1, 63, 64, 65, 700)), random.choice((0, 1, 7, 64, 130))
    count, more = -(-rows // 64), random.choice((0, 0, 1, 9))
    bits = _bits(_words(random, width, count))[:, :rows].T
    starts = np.cumsum([0, *bits.sum(1)], dtype=np.int64)
    arrays: list[Any] = [starts, np.nonzero(bits)[1].astype(np.int32)]
    packed = _words(random, width, count + more)
    first = random.randint(0, count)
    last, before = random.randint(first, count), packed.copy()
    if rows and random.random() < 0.4:
        place = random.randrange(2)
        one, size = arrays[place], len(arrays[1])
        wrong = random.choice(((-1, size + 1), (-(2**31), -1, width, 2**31 - 1))[place])
        if len(one) and random.randrange(2):
            one[random.randrange(len(one))], first, last = wrong, 0, count
        else:
            arrays[place] = random.choice((None, one[None], one.astype(np.float32)))
        _refused(lambda: _kernels.scatter(*arrays, packed, first, last))
        assert np.array_equal(packed, before)
        return
    _kernels.scatter(*arrays, packed, first, last)
    here = slice(64 * first, min(64 * last, rows))
    assert np.array_equal(_bits(packed)[:, here], bits.T[:, here])
    assert not _bits(packed)[:, max(rows, 64 * first) : 64 * last].any()
    packed[:, first:last] = before[:, first:last]
    assert np.array_equal(packed, before)


def _decided(random: Random, kind: int) -> None:
    del kind
    rng = np.random.default_rng(random.getrandbits(32))
    size, rows = random.choice((0, 1, 9)), random.choice((0, 1, 40))
    totals, limits, slack, sizes, norms = (
        np.round(rng.normal(size=shape), 1).astype(np.float32)
        for shape in ((size, rows), size, size, size, rows)
    )
    slack, sizes, norms = np.abs(slack), np.abs(sizes), np.abs(norms)
    out, rule = np.full((size, rows), 9, np.uint8), random.randrange(4)
    if random.random() < 0.4:
        arrays: list[Any] = [totals, limits, slack, sizes, norms, out]
        _spoil_one(random, arrays)
        *given, out = arrays
        _refused(lambda: _kernels.decide(*given, rule, out))
        return
    _kernels.decide(totals, limits, slack, sizes, norms, rule, out)
    difference = totals.astype(float) - limits[:, None]
    bound = sizes[:, None].astype(float) * norms + slack[:, None]
    is_up = rule < 2
    for place in np.ndindex(size, rows):
        near = 1e-5 * (abs(difference[place]) + bound[place])
        if abs(abs(difference[place]) - bound[place]) > near:
            is_sure = abs(difference[place]) > bound[place]
            assert out[place] == (int((difference[place] > 0) == is_up) if is_sure else 2)
        assert out[place] in (0, 1, 2)


def _dotted(random: Random, kind: int) -> None:
    del kind
    rng = np.random.default_rng(random.getrandbits(32))
    size, rows, fan_in = random.randrange(4), random.randrange(4), random.choice((0, 1, 7, 8, 30))
    weights, values = rng.normal(size=(size, fan_in)), rng.normal(size=(rows, fan_in))
    count = random.randrange(6) if size and rows else 0
    places, columns = rng.integers(0, max(size, 1), count), rng.integers(0, max(rows, 1), count)
    totals, sizes = np.empty(count), np.empty(count)
    arrays = [weights, values, places, columns, totals, sizes]
    if random.random() < 0.4:
        way = random.randrange(2)
        if way and count:
            arrays[2 + random.randrange(2)][-1] = random.choice((-1, 4, 2**62, -(2**63)))
        else:
            _spoil_one(random, arrays)
        _refused(lambda: _kernels.dots(*arrays))
        return
    _kernels.dots(*arrays)
    products = weights[places] * values[columns]
    assert np.allclose(totals, products.sum(1))
    assert np.allclose(sizes, np.abs(products).sum(1))


# ---------------------------------------------------------------------------------- shared


def _refused(call: Callable[[], None]) -> None:
    try:
        call()
    except REFUSED:
        return
    raise AssertionError("was taken")


def _spoil_one(random: Random, arrays: list[Any]) -> None:
    """Put an array of another type, shape or layout in the place of one."""
    place = random.randrange(len(arrays))
    one = arrays[place]
    wrong = [
        None,
        one[None],
        np.zeros(one.shape, np.float16),
        np.zeros(one.shape, np.int16),
        np.zeros(one.shape, one.dtype.newbyteorder() if one.itemsize > 1 else bool),
        np.zeros((*one.shape[:-1], one.shape[-1] + 1), one.dtype),
    ]
    if one.size > 1:
        wrong.append(np.repeat(one, 2, -1)[..., ::2])
    if one.size and one.itemsize > 1:
        shifted = np.zeros(one.nbytes + 1, np.uint8)[1:].view(one.dtype)
        wrong.append(shifted.reshape(one.shape))
    if one.dtype == np.uint8:
        del wrong[4]  # bytes may be bool
    arrays[place] = random.choice(wrong)


def _words(random: Random, height: int, count: int) -> Array:
    data = random.randbytes(8 * height * count)
    return np.frombuffer(data, np.uint64).reshape(height, count).copy()


def _bits(words: Array) -> Array:
    """Give packed bits, signals x rows."""
    bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")
    return bits.reshape(len(words), 64 * words.shape[1]).astype(bool)


# ------------------------------------------------------------------------------- pictures


def _windowed(random: Random, kind: int) -> None:
    """Try one or two stages: a window of bytes or bits, and often a pool or a window behind it."""
    count, last = random.choice((0, 1, 2, 9)), 0
    shape = (random.randint(1, 5), random.randint(1, 6), random.choice((1, 3, 4, 31, 33, 70)))
    rng = np.random.default_rng(random.randrange(1 << 30))
    mode = random.randrange(2)
    pictures = rng.integers(0, 2 if mode else 256, (count, *shape), np.uint8)
    stages: list[tuple[Array, ...]] = []
    right: list[tuple[Array, Array]] = []
    seen = pictures
    for source in range(-1, random.randrange(2)):
        mode = mode if source < 0 else random.randrange(3)
        stage, bits, sums = _stage(random, rng, (source, mode), seen)
        stages.append(stage)
        right.append((bits, sums))
        seen = bits
    first = random.randrange(count + 1)
    last = random.randrange(first, count + 1)
    flat = pictures.reshape(count, shape[0] * shape[1] * shape[2])
    if random.random() < 0.4:
        place = random.randrange(len(stages))
        arrays = list(stages[place])
        _spoil_one(random, arrays)
        stages[place] = tuple(arrays)
        with suppress(*REFUSED):
            _kernels.windows(kind, flat, tuple(stages), first, last)
        return
    _kernels.windows(kind, flat, tuple(stages), first, last)
    for (*_, packed, totals), (bits, sums) in zip(stages, right, strict=True):
        features, some = bits.shape[-1], slice(first, last)
        if packed.size:
            found = packed.reshape(*bits.shape[:3], -1)
            assert np.array_equal(
                np.unpackbits(found[some], axis=3, bitorder="little", count=features), bits[some]
            )
            assert not np.unpackbits(found[some], axis=3, bitorder="little")[..., features:].any()
            assert (np.delete(found, range(first, last), 0) == UNWRITTEN).all()
        if totals.size:
            found = totals.reshape(*sums.shape[:3], -1)
            assert np.array_equal(found[some][..., :features], sums[some])
            assert (np.delete(found, range(first, last), 0) == UNWRITTEN).all()


def _stage(
    random: Random, rng: np.random.Generator, what: tuple[int, int], seen: Array
) -> tuple[tuple[Array, ...], Array, Array]:
    """Draw a stage of a source and mode for pictures; return its arrays, its bits and its sums."""
    source, mode = what
    count, rows, columns, channels = seen.shape
    padding = [random.randrange(3) for _ in range(2)]
    sizes = [size + 2 * more for size, more in zip((rows, columns), padding, strict=True)]
    kernel = [random.choice((1, size, random.randint(1, size))) for size in sizes]
    stride = [random.randint(1, 3) for _ in range(2)]
    features = channels if mode == ANY else random.choice((1, 2, 16, 17, 32, 64, 65))
    outside = random.choice((0, 128, 255)) if mode == BYTES else 0
    turned, low = random.randrange(2), random.randrange(-2, 2) if mode == BITS else 0
    shifts = random.sample(range(8), random.randrange(4)) if mode == BITS else [0]
    places = [(size - k) // s + 1 for size, k, s in zip(sizes, kernel, stride, strict=True)]
    taps = rng.integers(-128, 128, (features, *kernel, channels))
    if mode == BITS:
        planes = rng.integers(0, 2, (len(shifts), *taps.shape), np.uint8)
        taps = low + sum(
            (p.astype(int) << s for p, s in zip(planes, shifts, strict=True)), 0 * taps
        )
        lines = np.packbits(planes, axis=-1, bitorder="little")
        wide = kernel[1] * (-channels % 32 + channels) // 8
        lines = _padded(lines, 4).reshape(len(shifts), features, kernel[0], wide)
    else:
        lines = taps.astype(np.int8).view(np.uint8).reshape(1, features, kernel[0], -1)
    words = _padded(lines, 4).view(np.int32)
    units = kernel[0] * words.shape[-1]
    wide = -features % 16 + features
    weights = np.zeros((len(words), units, wide), np.int32)
    weights[:, :, :features] = words.reshape(len(words), features, units).transpose(0, 2, 1)
    classes = rng.integers(0, 2, places[0] * places[1]).astype(np.int32)
    limits = rng.integers(-300, 300, (2, wide)).astype(np.int32)
    around = [(0, 0), *((p, p) for p in padding), (0, 0)]
    picture = np.pad(seen.astype(int), around, constant_values=outside)
    sums = np.zeros((count, *places, features), int)
    bits = np.zeros(sums.shape, np.uint8)
    for y in range(places[0]):
        for x in range(places[1]):
            top, left = y * stride[0], x * stride[1]
            under = picture[:, top : top + kernel[0], left : left + kernel[1]]
            if mode == ANY:
                bits[:, y, x] = under.any((1, 2)) ^ turned
                continue
            sums[:, y, x] = np.tensordot(under, taps, ((1, 2, 3), (1, 2, 3)))
            reached = sums[:, y, x] >= limits[classes[y * places[1] + x], :features]
            bits[:, y, x] = reached ^ bool(turned)
    numbers = [source, rows, columns, channels, *kernel, *stride, features, *padding, outside, mode]
    size, keeps = places[0] * places[1], random.randrange(1, 4)
    packed = np.full((count, size * (-features % 32 + features) // 8), UNWRITTEN, np.uint8)
    totals = np.full((count, size * wide), UNWRITTEN, np.int32)
    arrays = (
        np.array([*numbers, turned, low, *(shifts if mode != ANY else [])], np.int32),
        weights if mode != ANY else np.zeros((0, 0, 0), np.int32),
        limits,
        classes,
        packed if keeps & 1 else packed[:, :0].copy(),
        totals if keeps & 2 and mode != ANY else totals[:, :0].copy(),
    )
    return arrays, bits, sums


def _padded(array: Array, multiple: int) -> Array:
    """Put zeros behind the last axis, to a multiple of some size."""
    more = -array.shape[-1] % multiple
    return np.ascontiguousarray(np.pad(array, [*[(0, 0)] * (array.ndim - 1), (0, more)]))
