"""Texts and bytes made a little wrong: what the targets that read files start from."""

import re
from random import Random

SPECIALS = (
    *"&*!|>%@`\"'{}[],:-?#~<=\\\t\r\n\0\x7f\x85\xa0\u2028\ufeff\U0001f600e\u0301",
    "---\n", "...\n", "<<: ", "? ", "- ", ": ", "!!int ", "&x ", "*x", "%YAML 1.1\n", "\r\n",
    "{a: 1}", "[a(0)]", "a[0]", "1e999", "0x1F", ".nan", "null", "''", "states: ", "size: 3",
    "\n  ", "\n\n", "#", " #", "\\ud800", '"\\ud800"', "a" * 1100, "9" * 401, "{" * 70, "[" * 70,
)  # fmt: skip
TOKEN = re.compile(rb"\w+|[^\w\s]+")


def mutated(data: bytes, rng: Random) -> bytes:
    """Make one to three changes of bytes, tokens or lines."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = rng.choice(MUTATIONS)(data, rng)
    return data


def flipped(data: bytes, rng: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def line_deleted(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if lines:
        del lines[rng.randrange(len(lines))]
    return b"".join(lines)


def line_doubled(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if lines:
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
    return b"".join(lines)


def swapped(data: bytes, rng: Random) -> bytes:
    tokens = list(TOKEN.finditer(data))
    if len(tokens) < 2:
        return data
    a, b = sorted(rng.sample(tokens, 2), key=re.Match.start)
    return b"".join((data[: a.start()], b[0], data[a.end() : b.start()], a[0], data[b.end() :]))


def token_replaced(data: bytes, rng: Random) -> bytes:
    tokens = list(TOKEN.finditer(data))
    if not tokens:
        return data
    one, other = rng.choice(tokens), rng.choice(tokens)
    return data[: one.start()] + other[0] + data[one.end() :]


def special_inserted(data: bytes, rng: Random) -> bytes:
    place = rng.randint(0, len(data))
    return data[:place] + rng.choice(SPECIALS).encode() + data[place:]


def truncated(data: bytes, rng: Random) -> bytes:
    return data[: rng.randint(0, len(data))]


def indented(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if lines:
        place = rng.randrange(len(lines))
        lines[place] = b" " * rng.randint(1, 3) + lines[place]
    return b"".join(lines)


def joined(data: bytes, rng: Random) -> bytes:
    return data + rng.choice((b"", b"---\n", b"\xef\xbb\xbf")) + data


MUTATIONS = (
    flipped, line_deleted, line_doubled, swapped, token_replaced, special_inserted,
    special_inserted, truncated, indented, joined,
)  # fmt: skip
