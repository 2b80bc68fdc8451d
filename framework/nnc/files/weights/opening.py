"""Open the tensor that a network refers to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from nnc.diagnostics.diagnostic import Diagnostic, KeyPath
from nnc.files.opening import DISK, Files
from nnc.files.weights import npy, safetensors
from nnc.files.weights.files import Mistake, Subject, check_digest, digest_in, opened, suffix_of
from nnc.files.weights.stored import Tensor, check_numbers, mapped
from nnc.numbers.exact import shorten

if TYPE_CHECKING:
    from numpy.typing import NDArray


class TensorReference(Protocol):
    """A reference to a tensor in a network."""

    @property
    def file(self) -> str:
        """The path of the weight file, relative to the folder of the network."""

    @property
    def tensor(self) -> str | None:
        """The name of the tensor, in a safetensors file."""

    @property
    def sha256(self) -> str | None:
        """The SHA-256 digest that the file must have, in hexadecimal."""


def open_tensor(
    reference: TensorReference, path: KeyPath, folder: Path, root: Path, files: Files = DISK
) -> NDArray[Any] | Diagnostic:
    """Return the numbers of a weight file as a read-only array, or a diagnostic.

    The file is relative to `folder` and must be inside `root`. `path` leads to the reference; a
    mistake is reported at its `file`, `tensor` or `sha256`. The array has the shape, order and byte
    order of the file and may be unaligned. A large file is mapped: the array becomes invalid if the
    file is truncated.
    """
    try:
        return _open(reference, folder, root, files)
    except Mistake as mistake:
        return Diagnostic(
            mistake.rule,
            mistake.message,
            (*path, mistake.at) if mistake.at else path,
            key=mistake.key,
            help=mistake.help,
        )


def tensors_in(name: str, folder: Path, root: Path) -> Mapping[str, Tensor]:
    """Return the tensors of a weight file by name (`""` for NPY); none if it is unreadable.

    Paths are as for `open_tensor`.
    """
    try:
        is_npy = suffix_of(name) == ".npy"
        with opened(name, folder, root, DISK) as file:
            return {"": npy.read(file)} if is_npy else safetensors.read(file).tensors
    except Mistake:
        return {}


def wrong_array(array: NDArray[Any], path: KeyPath) -> Diagnostic | None:
    """Return an error if an array passed in Python cannot be used as weights, else None."""
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


def _open(reference: TensorReference, folder: Path, root: Path, files: Files) -> NDArray[Any]:
    is_npy = suffix_of(reference.file) == ".npy"
    if is_npy and reference.tensor is not None:
        raise Mistake(
            "a .npy file takes no `tensor`: it holds one array",
            "remove `tensor`",
            rule="exclusive-keys",
            at="tensor",
            key=True,
        )
    digest = None if reference.sha256 is None else digest_in(reference.sha256)
    with opened(reference.file, folder, root, files) as file:
        if is_npy:
            tensor = npy.read(file)
            check_digest(file, digest)
            subject = Subject(str(file), "file")
        else:
            header = safetensors.read(file)
            check_digest(file, digest)
            tensor = safetensors.find(reference.tensor, header, file)
            subject = Subject(f"tensor `{shorten(reference.tensor or '')}` of {file}", "tensor")
        array = mapped(tensor, file, subject)
    check_numbers(array, subject)
    return array
