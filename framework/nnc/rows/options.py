"""The options of reading rows; importing this imports nothing, for `--help`."""

from typing import Literal, get_args

Extra = Literal["drop", "keep", "error"]
"""The fate of a column that is not an input; without one it is dropped, with a warning."""
EXTRAS: tuple[Extra, ...] = get_args(Extra)
OTHER_EXTRAS: tuple[Extra, ...] = ("drop", "error")  # where no rows are written

DROPPED_HELP = "remove {it}, or rename {it} to an input"
KEEPING_OPTIONS = "`--extra keep` writes {it} beside the outputs, `--extra error` refuses {it}"
COUNTING_OPTIONS = "`--extra drop` does so without this warning, `--extra error` refuses {it}"
DROPPING_OPTIONS = "`--rename` reads {it} as an input, `--strict` exits with 1"
KEEPING_IN_JOBS = 'extra="keep" keeps {it}, extra="error" refuses {it}'
KEEPING_ARGUMENTS = 'nnc.evaluate_frame(…, extra="keep") keeps {it}, extra="error" refuses {it}'
DROPPING_ARGUMENTS = 'extra="drop" drops {it} without a warning, extra="error" refuses {it}'

Floats = Literal["binary", "decimal"]
"""A float means the number stored, or the shortest decimal that reads back as it."""
FLOATS: tuple[Floats, ...] = get_args(Floats)

PICTURES = (".png", ".jpg", ".jpeg", ".pgm", ".ppm", ".pnm")
"""The endings of the files of pictures, in lower case."""
