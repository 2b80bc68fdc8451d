"""Safetensors files, changed anywhere: refused, or the weights that the library itself reads."""

from __future__ import annotations

import json
import random
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from safetensors import safe_open

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.files.weights import open_tensor
from tests.fuzz.damage import mutant
from tests.fuzz.npy import Reference

TYPES = ("bool", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")
NAMES = ("w", "t", "layers.0.weights", "höher")
_NEW: tuple[Any, ...] = (
    None, True, -1, 0, 1, 3, 2**31, 2**63 - 1, 2**63, 2**64, 10**30, 0.5, "", "U8", "I64", "BF16",
    "F4", [], [0], [0, 8], [2**62, 2], [0] * 40, {}, {"a": "b"}, [[[]]],
)  # fmt: skip


def trial(random: random.Random) -> None:
    """Write some tensors, change the file, and read one with nnc and with the library."""
    data = changed(random, written(random))
    check(data, random.choice(NAMES))


def written(random: random.Random) -> bytes:
    """Write a few small tensors."""
    tensors = {}
    for name in random.sample(NAMES, random.randint(1, len(NAMES))):
        shape = tuple(random.randint(0, 3) for _ in range(random.randint(0, 3)))
        tensors[name] = np.full(shape, random.randint(0, 1)).astype(random.choice(TYPES))
    about = {"format": "pt"} if random.random() < 0.3 else None
    data: bytes = safetensors.numpy.save(tensors, about)
    return data


def changed(random: random.Random, data: bytes) -> bytes:
    """Change bytes, or something that the header says."""
    if random.random() < 0.4:
        return mutant(random, data)
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    for _ in range(random.choice((1, 1, 2))):
        name = random.choice(sorted(header))
        one = header[name]
        key = random.choice(sorted(one)) if isinstance(one, dict) and one else None
        what = random.random()
        if what < 0.1:
            del header[name]
        elif what < 0.2 or key is None:
            header[random.choice((*NAMES, "__metadata__"))] = deepcopy(random.choice((one, *_NEW)))
        elif what < 0.3:
            del one[key]
        elif what < 0.6 and isinstance(one[key], list) and one[key]:
            at = random.randrange(len(one[key]))
            near = (-1, 0, 1) if not isinstance(one[key][at], int) else (
                one[key][at] + 1, one[key][at] - 1, 2**63, 2**62)  # fmt: skip
            one[key][at] = random.choice(near)
        else:
            one[key] = deepcopy(random.choice(_NEW))  # trials change what they take
        if not header:
            break
    text = json.dumps(header).encode()
    size = len(text) if random.random() < 0.9 else random.choice((0, 7, len(text) + 1, 2**40))
    return size.to_bytes(8, "little") + text + data[8 + length :]


def check(data: bytes, name: str) -> None:
    """Read a tensor of a file; raises AssertionError where the library reads another."""
    with tempfile.TemporaryDirectory() as name_of_folder:
        folder = Path(name_of_folder).resolve()
        (folder / "w.safetensors").write_bytes(data)
        array = open_tensor(Reference("w.safetensors", name), (), folder, folder)
        if isinstance(array, Diagnostic):
            assert array.about.code.startswith(("NNC8", "NNC9")), array
            return
        with safe_open(folder / "w.safetensors", "np") as library:
            expected = library.get_tensor(name)
        assert array.dtype.newbyteorder("=") == expected.dtype
        assert array.shape == expected.shape
        assert array.tobytes() == expected.tobytes()
