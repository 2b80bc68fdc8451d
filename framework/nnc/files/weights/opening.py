"""A reference to a tensor -> its numbers; or what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath
from nnc.exact import shown
from nnc.files.opening import DISK, Files
from nnc.files.weights import npy, safetensors
from nnc.files.weights.files import check_digest, digest_in, opened, suffix_of
from nnc.files.weights.mistakes import Mistake, Subject
from nnc.files.weights.numbers import check_numbers
from nnc.files.weights.stored import mapped


class TensorReference(Protocol):
    """What a network says of a tensor."""

    @property
    def file(self) -> str:
        """The weight file, from the folder of the network."""

    @property
    def tensor(self) -> str | None:
        """The name of the tensor, in a safetensors file."""

    @property
    def sha256(self) -> str | None:
        """The SHA-256 digest that the file must have, in hexadecimal."""


def open_tensor(
    one: TensorReference, path: KeyPath, folder: Path, root: Path, files: Files = DISK
) -> NDArray[Any] | Diagnostic:
    """Give the numbers of a weight file, read-only; or say why not.

    Paths count from `folder`, the file must lie in `root`, and `path` leads to the reference: the
    mistake stands at its `file`, `tensor` or `sha256`. The array has the shape, order and byte
    order of the file, and may be unaligned. That of a large file is mapped: it breaks if the file
    is cut short later.
    """
    try:
        return _open(one, folder, root, files)
    except Mistake as mistake:
        return Diagnostic(
            mistake.rule,
            mistake.message,
            (*path, mistake.at) if mistake.at else path,
            key=mistake.key,
            help=mistake.help,
        )


def wrong_array(array: NDArray[Any], path: KeyPath) -> Diagnostic | None:
    """Say why the numbers of an array given in Python cannot be weights; None where they can."""
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        return Diagnostic(
            "tensor-type",
            f"the array holds {array.dtype}; expected bool, int8 to int64, uint8 to uint64, or "
            "float16, 32 or 64",
            path,
            help="give an array of one of these types, or a list of exact numbers",
        )
    try:
        check_numbers(array, Subject("the array", "file"))
    except Mistake as mistake:
        return Diagnostic(mistake.rule, mistake.message, path, help=mistake.help)
    return None


def _open(one: TensorReference, folder: Path, root: Path, files: Files) -> NDArray[Any]:
    is_npy = suffix_of(one.file) == ".npy"
    if is_npy and one.tensor is not None:
        raise Mistake(
            "a .npy file takes no `tensor`: it holds one array",
            "leave `tensor` out",
            rule="exclusive-keys",
            at="tensor",
            key=True,
        )
    digest = None if one.sha256 is None else digest_in(one.sha256)
    with opened(one.file, folder, root, files) as file:
        if is_npy:
            tensor = npy.read(file)
            check_digest(file, digest)
            subject = Subject(str(file), "file")
        else:
            header = safetensors.read(file)
            check_digest(file, digest)
            tensor = safetensors.find(one.tensor, header, file)
            subject = Subject(f"tensor `{shown(one.tensor or '')}` of {file}", "tensor")
        array = mapped(tensor, file, subject)
    check_numbers(array, subject)
    return array
