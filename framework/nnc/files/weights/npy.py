"""NPY files: where the array lies, by a header that is read within limits and never run."""

from __future__ import annotations

import re

from nnc.exact import counted
from nnc.files.weights.files import File, begins
from nnc.files.weights.mistakes import COPY_AGAIN, Mistake
from nnc.files.weights.stored import Tensor, size_of, wrong_shape

_MOST_HEADER = 10_000
_ENTRY = re.compile(
    r"""\s*(['"])(?P<key>descr|fortran_order|shape)\1\s*:\s*"""
    r"""(?:(['"])(?P<text>[^'"\\]*)\3|(?P<flag>True|False)|\((?P<sizes>[0-9L,\s]*)\))\s*(?:,|\Z)""",
    re.ASCII,
)
_SIZE = r"\s*(?:0|[1-9][0-9]{0,18})L?\s*"
_SIZES = re.compile(rf"(?:{_SIZE},)+(?:{_SIZE})?\s*", re.ASCII)
_BLANK = " \t\n\r\f\v"  # of ASCII: str.strip takes more than NumPy does
_RECORDS = re.compile(r"""['"]descr['"]\s*:\s*[\[(]""")
_TYPE = re.compile(r"([<>=|]?)([A-Za-z?])([0-9]{0,9})(?:\[\w{1,20}\])?")
_TAKEN = {"?", "b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"}
_HOLDS = {
    "O": "Python objects",
    "U": "texts",
    "S": "texts",
    "a": "texts",
    "c": "complex numbers",
    "M": "dates",
    "m": "durations",
    "V": "raw bytes, as bfloat16 and records are stored",
    "f": "long doubles",
}
_AGAIN = "save it again with numpy.save"


def read(file: File) -> Tensor:
    """Find the one array of an NPY file."""
    stream = file.stream
    start = stream.read(12)
    if start[:6] != b"\x93NUMPY":
        raise Mistake(f"{file} is no NPY file", begins(start + stream.read(20), _AGAIN))
    if len(start) >= 8 and (start[6] not in (1, 2, 3) or start[7]):
        version = f"{start[6]}.{start[7]}"
        raise Mistake(f"{file} has NPY version {version}; expected 1.0, 2.0 or 3.0", _AGAIN)
    begin = 10 if start[6:7] == b"\1" else 12
    length = int.from_bytes(start[8:begin], "little")
    if length > _MOST_HEADER:
        raise Mistake(
            f"{file} has a header of {length:,} bytes; at most {_MOST_HEADER:,} are allowed",
            _AGAIN,
        )
    stream.seek(begin)
    written = stream.read(length)
    if len(start) < begin or len(written) < length:
        raise Mistake(f"{file} ends inside its header", COPY_AGAIN)
    return _parse(written.decode("latin-1").strip(_BLANK), begin + length, file)


def _parse(header: str, begin: int, file: File) -> Tensor:
    """Read the header, a Python mapping, without running it."""
    damaged = Mistake(f"{file} has a damaged header", _AGAIN)
    if header[:1] != "{" or header[-1:] != "}":
        raise damaged
    if _RECORDS.search(header):
        return Tensor(None, "records with named fields", (), begin, file.size)
    found: dict[str, re.Match[str]] = {}
    at, end = 1, len(header) - 1
    while match := _ENTRY.match(header, at, end):
        if match["key"] in found:
            raise damaged
        found[match["key"]], at = match, match.end()
    if header[at:end].strip(_BLANK) or len(found) < 3:
        raise damaged
    kind = _TYPE.fullmatch(found["descr"]["text"] or "")
    sizes = _shape(found["shape"]["sizes"])
    if kind is None or sizes is None or not found["fortran_order"]["flag"]:
        raise damaged
    if kind[2] + kind[3] not in _TAKEN:
        if kind[2] not in _HOLDS:
            raise damaged
        return Tensor(None, _HOLDS[kind[2]], sizes, begin, file.size)
    tensor = Tensor(
        kind[1] + kind[2] + kind[3], "", sizes, begin, file.size,
        is_fortran=found["fortran_order"]["flag"] == "True",
    )  # fmt: skip
    _check_size(tensor, file)
    return tensor


def _shape(sizes: str | None) -> tuple[int, ...] | None:
    """Read `3, 4` or `3,`; also `3L, 4L`, as Python 2 wrote it."""
    if sizes is None or (sizes.strip(_BLANK) and not _SIZES.fullmatch(sizes)):
        return None
    return tuple(map(int, re.findall("[0-9]+", sizes)))


def _check_size(tensor: Tensor, file: File) -> None:
    if wrong := wrong_shape(tensor.shape):
        raise Mistake(f"{file} {wrong}", _AGAIN)
    extra = tensor.stop - tensor.start - size_of(tensor)
    if extra < 0:
        raise Mistake(f"{file} ends {counted(-extra, 'byte')} early", COPY_AGAIN)
    if extra:
        raise Mistake(
            f"{file} has {counted(extra, 'byte')} after its array", "store one array a file"
        )
