"""Texts of JSON and JSON Lines: every value is the fraction that is written, or told at its place.

The reader of many values of one kind and the one that reads each alone give the same. Whatever
bytes stand in a file, there is no other exception than the one that tells of mistakes.
"""

import json
from fractions import Fraction
from random import Random
from unittest.mock import patch

import nnc
from tests.fuzz.cells import Place, Rows, Told, drawn_rows, read
from tests.fuzz.mutants import mutated
from tests.support.reading import INPUTS

COUNTS = (0, 1, 2, 5, 30, 70)
BROKEN = ('"x"', '"2"', '"0.5"', "[]", "{}", "[[1]]", '"1/0"', '""', '"nan"')
"""Values that mean nothing to any input of these."""


def trial(rng: Random) -> None:
    rows = drawn_rows(rng, COUNTS, broken=False)
    form = rng.choice(("json", "jsonl"))
    text, places = _written(rows, form, rng, broken=rng.random() < 0.3)
    try:
        found = _agreed(text, form, rows.inputs)
        if places:
            assert found[2] == places, (found[1:], places)
        else:
            wanted = [rows.row(place) for place in range(len(rows.cells))]
            assert found[:2] == (wanted, []), (found, wanted)
        for _ in range(2):
            text = mutated(text, rng)
            _agreed(text, form, rows.inputs)
    except BaseException as error:
        error.add_note(f"the inputs: {rows.inputs!r}\nthe file: {text!r}")
        raise


def replay(data: bytes) -> None:
    for form in ("json", "jsonl"):
        _agreed(data, form, INPUTS)


def _agreed(data: bytes, form: str, inputs: dict[str, nnc.Input]) -> Told:
    """Read a file in every way; all have to be the same."""
    found = read(data, form, inputs)
    with patch("nnc.rows.json.objects.fast_column", lambda *_: None):
        assert read(data, form, inputs) == found
    assert read(data, form, inputs, batch_size=3) == found
    return found


# ------------------------------------------------------------------------------- writing


class _Writer:
    """Writes a text, and knows where it is."""

    def __init__(self, rng: Random, blanks: tuple[str, ...]) -> None:
        self._rng, self._blanks = rng, blanks
        self._pieces: list[str] = []
        self._line, self._column = 1, 1

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(self._pieces)

    def put(self, piece: str) -> Place:
        """Write a piece behind some blanks; give where it starts."""
        self.add(self._rng.choice(self._blanks))
        place = self._line, self._column
        self.add(piece)
        return place

    def add(self, piece: str) -> None:
        """Write a piece as it is."""
        self._pieces.append(piece)
        self._line += piece.count("\n")
        _, end, rest = piece.rpartition("\n")
        self._column = len(rest) + (1 if end else self._column)


def _written(rows: Rows, form: str, rng: Random, *, broken: bool) -> tuple[bytes, set[Place]]:
    """Write rows in one of the many ways of JSON; tell where the values stand that are refused."""
    is_array = form == "json"
    blanks = rng.choice((("",), ("", " "), ("", "", "\n", "\t", " \n")))
    writer = _Writer(rng, blanks if is_array else tuple(one for one in blanks if "\n" not in one))
    count = len(rows.cells)
    bad = set()
    if broken and count:
        bad = {(rng.randrange(count), rng.randrange(len(rows.columns))) for _ in range(3)}
    places: set[Place] = set()
    if is_array:
        writer.put("[")
    for number in range(count):
        order = list(range(len(rows.columns)))
        rng.shuffle(order)
        members = [
            (at, *_member(rows, number, at, rng)) for at in order
        ]  # fmt: skip
        members = [one for one in members if one[2] is not None or (number, one[0]) in bad]
        writer.put("{")
        for place, (at, name, value) in enumerate(members):
            writer.put(_key(name, rng))
            writer.put(":")
            if (number, at) in bad:
                places.add(writer.put(_broken(rows.columns[at][1], rng)))
            else:
                writer.put(str(value))
            if place < len(members) - 1:
                writer.put(",")
        writer.put("}")
        if number < count - 1:
            if is_array:
                writer.put(",")
            else:
                writer.add("\n")
    if is_array:
        writer.put("]")
    text = writer.text + rng.choice(("", "\n"))
    if rng.random() < 0.2:
        text = text.replace("\n", "\r\n")
    return rng.choice(("", "", "", "\ufeff")).encode() + text.encode(), places


def _member(rows: Rows, number: int, at: int, rng: Random) -> tuple[str, str | None]:
    """Give a name and how its value is written; nothing where the key is left out."""
    name, one = rows.columns[at]
    value = rows.meant[number][at]
    if not rows.cells[number][at]:
        return name, None if one.default is not None else '""'
    if one.of is not None:
        return name, _key(value, rng)
    return name, _number(Fraction(value), one, rng)


def _number(value: Fraction, one: nnc.Input, rng: Random) -> str:
    """Write a number as JSON does; as a text of a fraction where it has no end."""
    places = next((p for p in range(40) if 10**p % value.denominator == 0), None)
    if places is None:
        return f'"{value.numerator}/{value.denominator}"'
    if one.size is None and one.type == "bit" and value in one.state_values and rng.random() < 0.1:
        return "true" if value == one.state_values[1] else "false"
    scaled = value.numerator * 10**places // value.denominator
    ways = [f"{scaled}e-{places}", f"{scaled}E-0{places}"]
    if not places:
        ways += [str(scaled)] * 4 + [f"{scaled}.0", f"{scaled}e0", f"{scaled}.000E+00"]
        if not scaled:
            ways += ["-0", "0e400", "-0.0"]
    else:
        digits = str(abs(scaled)).rjust(places + 1, "0")
        point = len(digits) - places
        ways += [f"{'-' * (scaled < 0)}{digits[:point]}.{digits[point:]}"] * 4
    if one.size is not None:  # the unsigned integer of a bus
        ways = [str(scaled)]
    return rng.choice(ways)


def _key(text: str, rng: Random) -> str:
    """Write a text in quotes; here and there with escapes."""
    if rng.random() < 0.1:
        return '"' + "".join(f"\\u{one:04x}" for one in _units(text)) + '"'
    return json.dumps(text, ensure_ascii=rng.random() < 0.2)


def _units(text: str) -> list[int]:
    data = text.encode("utf-16-be")
    return [data[i] << 8 | data[i + 1] for i in range(0, len(data), 2)]


def _broken(one: nnc.Input, rng: Random) -> str:
    """Draw a value that is refused."""
    kinds: list[str] = [*BROKEN]
    if one.default is None:
        kinds.append("null")
    if one.of is not None:
        kinds = ["1", "true", "[]", "{}", '"no value"', '""']
    elif one.size is not None:
        if one.size == 1:  # the list is right, what it holds is wrong: that is one place later
            kinds.remove("[[1]]")
        kinds += ["-1", "1.5", str(1 << one.size), "true"]
    elif one.type == "bit":
        kinds += ["7", "-7", "0.7", "1e3"]
    else:
        kinds += ["true", "false"]
        if one.type == "integer":
            kinds += ["0.1", "1e-3", '"1/3"']
    if one.max is not None:
        kinds.append(_number(Fraction(one.max) + 1, one, rng))
    if one.min is not None:
        kinds.append(_number(Fraction(one.min) - 1, one, rng))
    return rng.choice(kinds)
