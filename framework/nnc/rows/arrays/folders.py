"""Folders of pictures: the files in their order, and their digest."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nnc.files.opening import as_file_error
from nnc.rows.options import PICTURES


def files_of(folder: str) -> list[Path]:
    """Return the pictures of a folder, and of the folders in it. Raises FileError."""
    with as_file_error(folder):
        within = sorted(Path(folder).iterdir())
        return [
            file
            for each in within
            for file in (sorted(each.iterdir()) if each.is_dir() else [each])
            if file.suffix.lower() in PICTURES and file.is_file()
        ]


def digest_of(folder: str) -> str:
    """Return the SHA-256 of the names and the bytes of all pictures. Raises FileError."""
    digest = hashlib.sha256()
    for file in files_of(folder):
        with as_file_error(file), file.open("rb") as stream:
            inner = hashlib.file_digest(stream, "sha256").hexdigest()
        digest.update(f"{file.relative_to(folder).as_posix()} {inner}\n".encode())
    return digest.hexdigest()
