"""The options of reading rows; importing this imports nothing, for `--help`."""

from typing import Literal, get_args

Extra = Literal["drop", "keep", "error"]
"""What becomes of a column that is not an input."""
EXTRAS: tuple[Extra, ...] = get_args(Extra)

Floats = Literal["binary", "decimal"]
"""Whether a float means the number stored, or the shortest decimal that reads back as it."""
FLOATS: tuple[Floats, ...] = get_args(Floats)
