"""Load compiled networks: check the header, and map large files to read them on demand."""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nnc.compiler.artifact.checking import check_finite, check_plan
from nnc.compiler.artifact.decoding import Decoding
from nnc.compiler.artifact.provenance import Provenance
from nnc.compiler.artifact.texts import Damaged
from nnc.compiler.artifact.writing import (
    ALIGNED,
    FORMAT,
    MAX_PARTS,
    MAX_PLAN,
    ZEROS,
    header_of,
)
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError
from nnc.files.opening import as_file_error, open_to_read
from nnc.files.weights import SMALL, Index, held, read_index
from nnc.numbers.exact import shorten
from nnc.numbers.integers import Array

_SMALL = SMALL
"""A file of at most this many bytes is read, not mapped, and always verified completely."""
_MAX_LISTED = 8

Json = dict[str, object]


@dataclass(frozen=True, eq=False)
class Compiled:
    """A compiled network: its plan, whose arrays are in the file if it is large, and sources."""

    file: str
    plan: Plan
    provenance: Provenance
    _content: _Content = field(repr=False)

    def verify(self) -> None:
        """Read every tensor and check it. Raises InvalidNetworkError if one is damaged."""
        try:
            self._content.verify()
            check_finite(self.plan)
        except Damaged as damaged:
            raise _refused(self.file, damaged, self.provenance) from None

    def stale(self, root: Path | None = None) -> list[Diagnostic]:
        """Return a warning if the sources exist but have changed since compilation.

        They are searched for from the folder of the file up to `root`.
        """
        files = self.provenance.find_from(Path(self.file), root)
        changes = list(files.changes()) if files is not None else []
        if files is None or not changes:
            return []
        listing = ", ".join(map(shorten_path, changes[:_MAX_LISTED]))
        more = len(changes) - _MAX_LISTED
        listing += f", and {more:,} more" if more > 0 else ""
        message = f"the compiled network is older than its sources: {listing}"
        hint = f"compile it again: nnc compile {files.as_typed()} -o {self.file}"
        return [Diagnostic("stale-compiled", message, file=self.file, help=hint)]

    def compare(self, plan: Plan, provenance: Provenance) -> None:
        """Compare a verified network with a plan compiled from its sources.

        Equal headers imply equal files. Raises InvalidNetworkError if they differ.
        """
        index, header = self._content.index, header_of(plan, provenance)
        if header == index.header:
            return
        expected, stored = _entries(header), _entries(index.header)
        names = [name for name in {**expected, **stored} if expected.get(name) != stored.get(name)]
        what = f"its tensor `{shorten(names[0])}` differs" if names else "its header differs"
        message = f"the compiled network is not what its sources compile to: {what}"
        hint = f"{_again(self.file, self.provenance)}; another version of nnc may have written it"
        raise _refused(self.file, Damaged(message, hint), self.provenance)


def _entries(header: bytes) -> Json:
    """Return the entries of a header: the digest, type and shape of each tensor."""
    entries = json.loads(header)
    digests = json.loads(entries["__metadata__"]["nnc"])["tensors"]
    return {
        name: (digest, entries[name]["dtype"], entries[name]["shape"])
        for name, digest in digests.items()
    }


def shorten_path(text: str) -> str:
    """Shorten a path for a message."""
    return shorten(text, 200)


def load_compiled(file: str, *, verify: bool = False) -> Compiled:
    """Load a compiled network; check every byte if it is small, or with `verify`.

    A file of more than 1 MiB is mapped and must not be modified while the network is in use. Raises
    FileError if it cannot be opened, and InvalidNetworkError if it is not a compiled network, is
    damaged, or has another version.
    """
    provenance = Provenance()
    with open_to_read(file) as stream:
        try:
            content = _Content.of(stream, file)
            provenance = content.provenance
            compiled = Compiled(file, _plan_in(content), provenance, content)
        except Damaged as damaged:
            raise _refused(file, damaged, provenance) from None
    if verify or content.size <= _SMALL:
        compiled.verify()
    return compiled


def _refused(file: str, damaged: Damaged, provenance: Provenance) -> InvalidNetworkError:
    message, *hints = damaged.args
    hint = hints[0] if hints else _again(file, provenance)
    return InvalidNetworkError([Diagnostic("bad-compiled", message, file=file, help=hint)])


def _again(file: str, provenance: Provenance) -> str:
    files = provenance.find_from(Path(file), None)
    source = (
        files.as_typed()
        if files is not None
        else shorten_path(provenance.main or "NETWORK.nn.yaml")
    )
    return f"compile it again: nnc compile {source} -o {file}"


# ------------------------------------------------------------------------------------ file


@dataclass(frozen=True, slots=True)
class _Content:
    """The bytes of a file, its header, and the digests that the header states."""

    data: mmap.mmap
    index: Index
    provenance: Provenance
    digests: dict[str, str]

    @classmethod
    def of(cls, stream: BinaryIO, file: str) -> _Content:
        with as_file_error(file):
            size = os.fstat(stream.fileno()).st_size
            try:
                data, _ = held(stream, Path(file), 0, size, size)
            except ValueError:  # it has been truncated meanwhile
                size = 0
        if not size:
            raise Damaged("the compiled network is not a regular file, or is empty")
        index = read_index(data, "the compiled network")
        if isinstance(index, str):
            raise Damaged(index)
        provenance, digests = _about(index)
        names = {name for name in index.tensors if not name.startswith("pad.")}
        if names != digests.keys():
            raise Damaged("the header of the compiled network lacks the digest of a tensor")
        for name, tensor in index.tensors.items():
            if name.startswith("pad."):
                is_placed = tensor.stop - tensor.start < ALIGNED
            else:
                is_placed = (8 + len(index.header) + tensor.start) % ALIGNED == 0
            if not is_placed:
                raise Damaged(f"the tensor `{shorten(name)}` is in the wrong place")
        return cls(data, index, provenance, digests)

    @property
    def size(self) -> int:
        return len(self.data)

    def bytes_of(self, name: str) -> memoryview:
        """Return the bytes of a tensor."""
        begin, tensor = 8 + len(self.index.header), self.index.tensors[name]
        return memoryview(self.data)[begin + tensor.start : begin + tensor.stop]

    def verify(self) -> None:
        """Check the digest of every tensor, and that the padding is zero."""
        for name in self.index.tensors:
            if name.startswith("pad."):
                if any(self.bytes_of(name)):
                    raise Damaged("the compiled network is damaged between its tensors")
            else:
                self.verify_tensor(name)

    def verify_tensor(self, name: str) -> None:
        """Check the digest of one tensor."""
        if hashlib.sha256(self.bytes_of(name)).hexdigest() != self.digests[name]:
            raise Damaged(
                f"the compiled network is damaged: its tensor `{shorten(name)}` is "
                "not the one that was written"
            )


def _about(index: Index) -> tuple[Provenance, dict[str, str]]:
    """Return the sources and the digests in the header, after checking its own digest."""
    text = index.texts.get("nnc")
    if text is None:
        raise Damaged(
            "this file holds weights and is not a compiled network",
            "name the .nn.yaml file that uses them",
        )
    try:
        about = json.loads(text)
        version, digest = about["format"], about["digest"]
    except (ValueError, RecursionError, LookupError, TypeError):
        raise Damaged("the header of the compiled network is damaged") from None
    if type(version) is not int or version != FORMAT:
        raise Damaged(
            f"the compiled network has the format `{shorten(str(version))}`; "
            f"this nnc reads {FORMAT}"
        )
    if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
        raise Damaged("the header of the compiled network is damaged")
    plain = index.header.replace(digest.encode(), ZEROS.encode(), 1)
    if hashlib.sha256(plain).hexdigest() != digest:
        raise Damaged("the header of the compiled network is damaged: it has another digest")
    try:
        sources = tuple((str(name), str(digest)) for name, digest in about["sources"])
        digests = {name: str(digest) for name, digest in about["tensors"].items()}
    except (LookupError, TypeError, ValueError, AttributeError):
        raise Damaged("the header of the compiled network is damaged") from None
    return Provenance(sources), digests


def _plan_in(content: _Content) -> Plan:
    if "plan" not in content.index.tensors:
        raise Damaged("the compiled network has no tensor `plan`")
    if len(content.bytes_of("plan")) > MAX_PLAN:
        raise Damaged("the plan in the compiled network is too large")
    text = bytes(content.bytes_of("plan"))
    if sum(map(text.count, (b"[", b"{", b":"))) > MAX_PARTS:
        raise Damaged("the plan in the compiled network has too many parts")
    content.verify_tensor("plan")

    decoding = Decoding(_arrays(content))
    try:
        plan = decoding.plan(json.loads(text))
        check_plan(plan)
    except Damaged:
        content.verify()  # report a damaged tensor instead, if there is one
        raise
    except (ValueError, RecursionError, LookupError, TypeError, ArithmeticError, AttributeError):
        content.verify()
        raise Damaged("the plan in the compiled network does not fit together") from None
    return plan


def _arrays(content: _Content) -> dict[str, Array]:
    """Return the tensors as read-only arrays."""
    begin = 8 + len(content.index.header)
    arrays = {}
    for name, tensor in content.index.tensors.items():
        if name.startswith("pad.") or name == "plan":
            continue
        if tensor.dtype is None or tensor.dtype == "?":
            raise Damaged(f"the tensor `{shorten(name)}` has a type that no plan has")
        arrays[name] = np.ndarray(tensor.shape, tensor.dtype, content.data, begin + tensor.start)
        arrays[name].flags.writeable = False
    return arrays
