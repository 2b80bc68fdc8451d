"""A folder of pictures, by Pillow: one folder for each class, whose name is the column `label`.

A picture gives the elements of the inputs in the order of the network: its pixels line by line, 0
to 255; of a colour picture red, green and blue of each. Pictures of the class folders come in the
order of their names.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from nnc.files.opening import as_file_error
from nnc.files.weights import Mistake
from nnc.numbers.exact import shorten
from nnc.numbers.integers import Array
from nnc.rows.arrays.folders import files_of
from nnc.rows.arrays.tables import (
    LABEL,
    Table,
    batches_of,
    check_choices,
    check_only_shape,
    rows_at_a_time,
    split,
)
from nnc.rows.columns import Batch
from nnc.rows.session import RowFindings, Session

_FORMATS = ("PNG", "JPEG", "PPM")
_COLOURS = 3
_DEEP = ("I", "F")  # modes of more than 8 bits begin so


def read(stream: BinaryIO, session: Session) -> Iterator[Batch]:
    """Read pictures; see `nnc.rows.formats.read_rows`, also for what it raises."""
    del stream
    findings = RowFindings(session.file)
    try:
        check_choices(session, "a picture")
        files = files_of(session.file)
        if session.expect is not None:
            session.expect(len(files))
        yield from batches_of(_tables(files, session), session, findings)
    except Mistake as mistake:
        findings.add("bad-npy", mistake.message, help=mistake.help)
    findings.stop()


def shape_of(file: Path) -> tuple[int, ...]:
    """Return the shape of a picture: rows, columns and, if any, colours.

    Raises Mistake and FileError.
    """
    with as_file_error(file), file.open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(stream, formats=_FORMATS) as image:
                colours = () if image.mode in ("1", "L") else (_COLOURS,)
                return (image.height, image.width, *colours)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            message = f"`{shorten(file.name)}` is not a PNG, JPEG or PGM picture"
    raise Mistake(message, "convert or remove it")


def _tables(files: list[Path], session: Session) -> Iterator[Table]:
    """Read the pictures, some at a time; all have the size of the first."""
    step, width = rows_at_a_time(session, session.width), session.width
    folder = Path(session.file)
    if LABEL in session.also and any(file.parent == folder for file in files):
        loose = next(file for file in files if file.parent == folder)
        message = f"`{shorten(loose.name)}` lies in no folder of a class"
        raise Mistake(message, "make a folder for each class, and name it after the class")
    size: tuple[int, int] | None = None
    for first in range(0, len(files), step):
        some = files[first : first + step]
        table: Array = np.empty((len(some), width), np.uint8)
        for row, file in enumerate(some):
            name = shorten(file.relative_to(folder).as_posix())
            is_first = size is None
            table[row], size = _pixels(file, name, session, size)
            if is_first:
                colours = () if size[0] * size[1] == width else (_COLOURS,)
                check_only_shape(session, f"`{name}`", (size[1], size[0], *colours))
        kept = {}
        if session.keeps(LABEL):
            kept[LABEL] = np.array([file.parent.name for file in some])
        yield Table(split(table, session.inputs, "the pictures"), len(some), kept)


def _pixels(
    file: Path, name: str, session: Session, expected: tuple[int, int] | None
) -> tuple[Array, tuple[int, int]]:
    """Return the pixels of a picture, and its size. Raises Mistake and FileError."""
    with as_file_error(file), file.open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(stream, formats=_FORMATS) as image:
                _check(image, name, session, expected)
                mode = "L" if image.width * image.height == session.width else "RGB"
                if image.mode == "1" and mode == "L":
                    return np.asarray(image, np.uint8).reshape(-1), image.size
                return np.asarray(image.convert(mode), np.uint8).reshape(-1), image.size
        except (UnidentifiedImageError, Image.DecompressionBombError):
            message, hint = f"`{name}` is not a PNG, JPEG or PGM picture", "convert or remove it"
        except (OSError, SyntaxError, ValueError, EOFError):
            message, hint = f"`{name}` is damaged", "copy or write it again"
    raise Mistake(message, hint)


def _check(image: Any, name: str, session: Session, expected: tuple[int, int] | None) -> None:
    """Raise Mistake for a picture of another size or of a kind that is not read."""
    size = f"`{name}` is {image.width} x {image.height} pixels"
    if expected is not None and image.size != expected:
        message = f"{size}, and the pictures before {expected[0]} x {expected[1]}"
        raise Mistake(message, "scale all pictures to one size")
    pixels = image.width * image.height
    if session.width not in (pixels, pixels * _COLOURS):
        wanted = f"the network has {session.width:,} elements of inputs"
        shapes = [input_.shape or () for input_ in session.inputs.values()]
        if len(shapes) == 1 and (len(shapes[0]) == 2 or shapes[0][2:] == (_COLOURS,)):
            wanted = f"the network reads {shapes[0][1]} x {shapes[0][0]}"
        raise Mistake(f"{size}; {wanted}", "scale the pictures to the size that the network reads")
    if image.mode.startswith(_DEEP):
        raise Mistake(f"`{name}` has more than 8 bits for each pixel", "convert it to 8 bits")
    if image.mode in ("LA", "RGBA", "PA") or "transparency" in image.info:
        raise Mistake(f"`{name}` has transparent pixels", "give it a background")
