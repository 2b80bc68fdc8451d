"""The result of an import: a network, its exactness, notes, and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nnc.diagnostics.diagnostic import Diagnostic
from nnc.interchange.importing.ties import Ties
from nnc.interchange.importing.writing import TENSORS, texts_of, write_all
from nnc.language.network import Network
from nnc.printable import line
from nnc.version import VERSION

__all__ = ["EXACT", "TENSORS", "Imported"]

EXACT = "exact on every row"


@dataclass(frozen=True, slots=True, repr=False)
class Imported:
    """A network that was read from a file of another tool.

    `exactness` says on which rows it gives what the other tool gives. `notes` tell what was left
    out or called otherwise. `tensors` are arrays by name, that layers name as
    `TensorFile(file=TENSORS, tensor=name)`. `files` are the texts of files that go beside the
    network, by what their names end in: `probabilities.csv`. `source` is the name of the file that
    was read, without its folder, `sha256` the digest of its bytes, `kind` its format in words.
    `ties` are where rounding in the other tool may decide, if it rounds.
    """

    network: Network
    exactness: str = EXACT
    notes: tuple[Diagnostic, ...] = ()
    tensors: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    sha256: str = ""
    kind: str = ""
    ties: Ties | None = None

    def __repr__(self) -> str:
        return f"<Imported {self.network!r}: {self.exactness}>"

    def save(self, file: str) -> None:
        """Write the network, and the files that go beside it: all of them or none.

        Raises FileError where a file cannot be written.
        """
        write_all(self.texts(file))

    def texts(self, file: str) -> dict[str, bytes]:
        """Return the bytes of each file by its name, that of the network first."""
        head = f"Read from {self.source}, {self.kind}, by nnc {VERSION}: {self.exactness}."
        comments = [head, *([f"sha256 {self.sha256}"] if self.sha256 else [])]
        comment = "".join(f"# {line(each)}\n" for each in comments)
        return texts_of(self.network, self.tensors, self.files, comment, file)
