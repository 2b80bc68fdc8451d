"""Compiled networks, changed in structure with all digests made anew: refused, or calculated.

A forged file may say anything of its numbers, and gives what it says; but no engine may read or
write out of bounds, or take long. Some files are read as large ones are, whose tensors nobody looks
at when they are loaded.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import tempfile
import time
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

import nnc
from nnc.compiler.artifact import Provenance, load, load_compiled, write_compiled
from nnc.compiler.plan import Plan
from nnc.language.network import Input
from nnc.rows.inputs.arrays import batch_from_arrays
from nnc.run.engines import ENGINES, Wanted, native
from nnc.run.evaluation import evaluate_batch
from tests.support.strategies import EVERY, example

SECONDS = 20
"""No file may take longer to be refused, or to be loaded and calculated for a few rows."""
ROWS = 30
MOST_WIDTH = 2_000
"""Networks with more elements are loaded, and not calculated."""
POOL = 40
FAILURES = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError)

NETWORKS = (
    """\
nnc: 1
fires: at_least
states: [-1, 1]
inputs:
  a: bit
  plain: {type: bit, states: [0, 1], default: 1}
  odd: {type: bit(3), states: [1/3, 2.5], default: [1/3, 2.5, 2.5]}
  bus: {type: bit(40), states: [0, 1], default: 0}
  whole: {type: integer, min: -9999999999999999999999, max: 100, default: 7}
  some: {type: integer(2), default: [1, 2]}
  real: {type: real, min: -1/3, max: 1e-3, default: 0.0005}
  mood: {type: choice, of: [good, bad], default: bad}
neurons:
  huge: {weights: {a: 888888888888888888888888888888, plain: 1/7}, threshold: 1}
  tiny: {weights: {whole: 1/3, real: -2.5, mood.good: 3}, thresholds: {low: 0.1, high: 2}}
  odd_one: {weights: {odd: [1, -1, 0.5], huge: 1}, threshold: 0.25, states: [0, 1]}
  five: {weights: {odd_one: 1, huge: 1}, threshold: 0.25, states: [0, 5]}
  steps: {weights: {whole: {0: 1, 50: 2}, a: 1}, threshold: 2, fires: above}
  any_of: {wiring: [plain, odd_one, mood.bad], fires: any}
layers:
  same: {wiring: bus, weights: 1/3, thresholds: 7.5, size: 4}
  each: {wiring: same, weights: [[1, 2, 3, 0.5], [1, 1, 1, 1]], thresholds: [0.1, 1/3]}
  mixed: {wiring: [a, odd, plain], weights: [[1, 1, 1, 1, 77777777777777777777]], thresholds: [2]}
  free: {wiring: [some, real], weights: [[1, 2, 0.1], [0, 0, 1]], thresholds: 1/7}
outputs:
  a: a
  bits: [huge, tiny.high, each(1), 1]
  bus: bus
  numbers: [whole, real]
  real: real
  points: {sum: tiny}
  sums: {sum: free}
  verdict: {level: tiny, labels: [none, some, all]}
  largest: {largest: [each, huge], labels: [x, y, z]}
  mood: mood
""",
    """\
nnc: 1
fires: above
inputs: {x: bit(40), y: real, z: real}
neurons:
  n: {weights: {x(0): 1, x(1): -1, x(2): 4611686018427387904}, threshold: 0}
  m: {weights: {n: 1, x(3): 100, x(4): -100, x(5): 27}, threshold: 3}
layers:
  h: {wiring: x, weights: 2305843009213693952, thresholds: 1, size: 4}
  g: {wiring: [h, m], weights: [[1, -1, 1, -1, 1], [127, 1, 0, 0, -128]], thresholds: [0, 1]}
  f: {wiring: [z, y, n], weights: [[1, 1, 2], [2, -3, 1]], thresholds: [0, 1]}
outputs: {h: h, g: g, f: f, s: {sum: h}, t: {sum: f}, u: {sum: g}, n: n, v: {sum: m}}
""",
)


def trial(random: random.Random) -> None:
    """Change a compiled network somewhere, and calculate it if it is still taken."""
    forged = deepcopy(base(random))
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        change(random, forged)
    check(forged.together(), random, is_large=random.random() < 0.5)


def check(data: bytes, random: random.Random, *, is_large: bool) -> bool:
    """Load a file, as a large one or a small one; tell whether it was taken, and calculated."""
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "x.nnc")
        file.write_bytes(data)
        before = load._SMALL
        load._SMALL = 0 if is_large else before
        try:
            plan = load_compiled(str(file)).plan
            list(plan.neurons.names)
            list(plan.neurons.ports.values())
        except nnc.InvalidNetworkError as error:
            if [one.rule for one in error.diagnostics] != ["bad-compiled"]:
                raise
            return False
        finally:
            load._SMALL = before
            assert time.process_time() - start < SECONDS, "it takes too long to be loaded"
        assert str(plan)
        calculate(plan, random)
        assert time.process_time() - start < SECONDS, "it takes too long to be calculated"
    return True


# ------------------------------------------------------------------------------- calculating


def calculate(plan: Plan, random: random.Random) -> None:
    """Calculate some rows with each engine, which may fail on forged numbers, but not crash."""
    drawn = rows_for(plan, random, ROWS)
    if drawn is None or plan.signals > MOST_WIDTH:
        return
    batch, _ = batch_from_arrays(drawn, plan.inputs)
    made = frozenset(range(plan.first_made, plan.signals))
    firsts = {int(first) for first in plan.neurons.first}
    firsts.update(first for layer in plan.layers for first in layer.firsts)
    wanted = Wanted(made, frozenset(firsts), threads=1, native=False)
    for name, run in ENGINES.items():
        for is_native in {False, name == "packed" and native.KIND is not None}:
            with suppress(*FAILURES):
                run(plan, batch, wanted._replace(native=is_native))
    with suppress(*FAILURES):
        evaluate_batch(plan, batch, bits=True)


def rows_for(plan: Plan, random: random.Random, count: int) -> dict[str, list[Any]] | None:
    """Draw rows: what each input is given; None where none fit."""
    given: dict[str, list[Any]] = {}
    if sum(one.width for one in plan.inputs.values()) > MOST_WIDTH:
        return None
    for name, one in plan.inputs.items():
        values = _values(one)
        if not values:
            return None
        is_bus = one.is_bus and one.of is None
        rows = [random.choices(values, k=one.width if is_bus else 1) for _ in range(count)]
        given[name] = [row if is_bus else row[0] for row in rows]
    return given


def _values(one: Input) -> list[Any]:
    """Give some values that an input may have; of a bit both, off first."""
    if one.of is not None:
        return list(one.of)
    if one.type == "bit":
        return list(one.state_values)
    ends = [end for end in (one.min, one.max) if end is not None]
    near = [end + step for end in ends for step in (0, Fraction(1, 3), -Fraction(1, 3), 1, -1)]
    numbers = [*near, 0, 1, -1, 3, 100, Fraction(1, 7), 10**20]
    if one.type == "integer":
        numbers = [int(number) for number in numbers]
    return [number for number in numbers if not one.refuses(number)]


# ------------------------------------------------------------------------------- forging


@dataclass
class Forgery:
    """A compiled network taken apart, to be put together again with the right digests."""

    plan: Any
    arrays: dict[str, np.ndarray[Any, Any]]
    about: dict[str, Any]

    @classmethod
    def of(cls, data: bytes) -> Forgery:
        """Take a file apart."""
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        about = json.loads(header["__metadata__"]["nnc"])
        arrays = {name: array.copy() for name, array in safetensors.numpy.load(data).items()
                  if not name.startswith("pad.")}  # fmt: skip
        return cls(json.loads(arrays.pop("plan").tobytes()), arrays, about)

    def together(self) -> bytes:
        """Put it together again."""
        text = np.frombuffer(json.dumps(self.plan, separators=(",", ":")).encode(), np.uint8)
        header: dict[str, Any] = {"__metadata__": {"nnc": ""}}
        data, digests = b"", {}
        for name, array in {"plan": text, **self.arrays}.items():
            if padding := -len(data) % 64:
                ends = [len(data), len(data) + padding]
                header[f"pad.{len(header)}"] = {"dtype": "U8", "shape": [padding],
                                                "data_offsets": ends}  # fmt: skip
                data += bytes(padding)
            kind, ends = array.dtype.kind.upper(), [len(data), len(data) + array.nbytes]
            dtype = "BOOL" if kind == "B" else f"{kind}{8 * array.dtype.itemsize}"
            header[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": ends}
            data += array.tobytes()
            digests[name] = hashlib.sha256(array.tobytes()).hexdigest()
        about = {"digest": "0" * 64, "format": 1, "sources": [], "tensors": digests, **self.about}
        return sealed(header, about | {"tensors": digests, "digest": "0" * 64}, data)


def sealed(header: dict[str, Any], about: object, data: bytes) -> bytes:
    """Put a file together, with the digest of its header."""
    header["__metadata__"] = {"nnc": json.dumps(about, separators=(",", ":"))}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 64)
    digest = hashlib.sha256(text).hexdigest().encode()
    return len(text).to_bytes(8, "little") + text.replace(b"0" * 64, digest, 1) + data


def base(random: random.Random) -> Forgery:
    """Take a compiled network apart: one of those above, or one that is drawn."""
    place = random.randrange(len(NETWORKS) + POOL)
    return _base(place)


@cache
def _base(place: int) -> Forgery:
    stream = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        if place < len(NETWORKS):
            plan = nnc.compile(nnc.loads(NETWORKS[place]))
        else:
            drawn = example(random.Random(f"base {place}"), features=dict.fromkeys(EVERY, 0.7))
            plan = nnc.compile(nnc.load(drawn.put(Path(folder))))
        write_compiled(plan, Provenance(), stream)
    return Forgery.of(stream.getvalue())


_NUMBERS = (
    0, 1, -1, 2, 3, 7, 127, 128, -128, 2**15, 2**24, 2**31 - 1, 2**31, 2**40, 2**53, 2**62,
    2**63 - 1, -(2**63), 10**6,
)  # fmt: skip
_FLOATS = (0.0, -0.0, 1.0, -1.5, 1e-320, 1e308, float("inf"), float("-inf"), float("nan"))
_ARITHMETICS = ("float32", "float64", "int64", "object", "bounded", "numbers")
_FIRES = ("above", "at_least", "below", "at_most")
_KINDS = ("bit", "bus", "number", "sum", "level", "largest")
_TYPES = ("i1", "i2", "i4", "i8", "u1", "u8", "f2", "f4", "f8")


def change(random: random.Random, forged: Forgery) -> None:
    """Change a number, a word, a size, a type or a name somewhere."""
    if forged.arrays and random.random() < 0.5:
        with np.errstate(all="ignore"):
            _change_array(random, forged)
    else:
        _change_plan(random, forged)


def _change_array(random: random.Random, forged: Forgery) -> None:
    name = random.choice(sorted(forged.arrays))
    array = forged.arrays[name]
    what = random.random()
    if what < 0.1 or not array.size:
        forged.arrays[name] = array[: max(0, len(array) - 1)]
    elif what < 0.15:
        forged.arrays[name] = array.astype(random.choice(_TYPES))
    elif what < 0.2:
        forged.arrays[name] = array.reshape(-1, 1) if array.ndim == 1 else array.reshape(-1)
    elif what < 0.25:
        forged.arrays[name] = np.concatenate([array, array[-1:]])
    elif what < 0.3:
        forged.arrays[name] = deepcopy(forged.arrays[random.choice(sorted(forged.arrays))])
    elif what < 0.5:
        flat = array.reshape(-1).view(np.uint8)
        flat[random.randrange(len(flat))] ^= random.choice((1, 2, 4, 128, 255))
    elif array.dtype == np.uint8:  # numbers, or names, as text
        lines = array.tobytes().split(b"\n")
        line = random.choice((*map(str, _NUMBERS), "1/3", "x", "0x" + "f" * 2000, "", "a\nb"))
        lines[random.randrange(len(lines))] = line.encode()
        forged.arrays[name] = np.frombuffer(b"\n".join(lines), np.uint8).copy()
    else:
        flat = array.reshape(-1)
        place = random.randrange(len(flat))
        old = flat[place]
        if array.dtype.kind == "f":
            flat[place] = random.choice((*_FLOATS, old * 2, -old))
            return
        ends = np.iinfo(array.dtype)
        number = random.choice((*_NUMBERS, int(old) + 1, int(old) - 1, -int(old)))
        if not ends.min <= number <= ends.max:
            number = max(-(2**63), min(2**63 - 1, number))
            forged.arrays[name] = array = array.astype(np.int64)
        array.reshape(-1)[place] = number


def _change_plan(random: random.Random, forged: Forgery) -> None:
    places: list[tuple[Any, Any]] = []

    def walk(place: Any) -> None:
        for key in place if isinstance(place, dict) else range(len(place)):
            places.append((place, key))
            if isinstance(place[key], (dict, list)):
                walk(place[key])

    walk(forged.plan)
    if not places:
        return
    place, key = random.choice(places)
    old = place[key]
    new: list[Any] = [None, True, -1, 0, 1, 2, 10**6, "", "1/2", [], {}, 0.5]
    other, at = random.choice(places)
    new.append(deepcopy(other[at]))
    if isinstance(old, bool):
        new += [not old] * 9
    elif isinstance(old, int):
        new += [old + 1, old - 1, -old] * 4 + list(map(str, _NUMBERS)) + list(_NUMBERS)
    if isinstance(old, str):
        for words in (_ARITHMETICS, _FIRES, _KINDS):
            new += [*words] * 3 if old in words else []
        new += [old[1:], old + "x", old.replace("\n", "", 1), *sorted(forged.arrays)]
    place[key] = random.choice(new)
