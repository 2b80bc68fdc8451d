"""Writing a trained network: an overlay of the open network, and a file of numbers."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError
from nnc.files.opening import as_file_error
from nnc.files.weights.saving import tensor_file, tensors_of
from nnc.files.writing import open_atomically, write_whole
from nnc.language.formatting.networks import to_overlay
from nnc.language.network import AnyLayer, TensorFile, is_array
from nnc.lazy import np
from nnc.numbers.exact import rounded_percent
from nnc.numbers.integers import Array
from nnc.opening.checking import Checked
from nnc.training.answer import Judged, Training
from nnc.training.samples import Samples
from nnc.training.settings import AUGMENT, TrainSettings
from nnc.version import VERSION


def tensors_file(output: str) -> Path:
    """Return the path of the file of numbers beside an overlay."""
    path = Path(output)
    stem = path.name.removesuffix(".yaml").removesuffix(".yml").removesuffix(".nn")
    return path.with_name(f"{stem}.safetensors")


def checkpoint_file(output: str) -> Path:
    """Return the path of the checkpoint beside an overlay."""
    return tensors_file(output).with_suffix(".checkpoint")


def write_checkpoint(training: Training, output: str) -> None:
    """Write the checkpoint of a stopped training, or remove an old one. Raises FileError."""
    file = checkpoint_file(output)
    if training.checkpoint is None:
        with as_file_error(file):
            file.unlink(missing_ok=True)
        return
    key = np.frombuffer(_key(training.digest, training.settings).encode(), np.uint8)
    with open_atomically(file) as stream:
        stream.write(tensor_file({**training.checkpoint, "key": key}))


def read_checkpoint(output: str, train: Samples, settings: TrainSettings) -> dict[str, Array]:
    """Read the checkpoint beside an overlay.

    Raises FileError where there is none, and InvalidRowsError where it is of other rows.
    """
    file = checkpoint_file(output)
    if not file.exists():
        message = "there is no training to go on with"
        hint = "leave out --resume; a training that is ended writes its checkpoint here"
        raise FileError([Diagnostic("cannot-open", message, file=str(file), help=hint)])
    with as_file_error(file):
        data = file.read_bytes()
    arrays = tensors_of(data, str(file))
    if arrays.pop("key", np.zeros(0)).tobytes() != _key(train.digest, settings).encode():
        message = "the training to go on with had other rows, or another seed"
        hint = "give the same ROWS and --seed, or leave out --resume"
        raise InvalidRowsError([Diagnostic("wrong-usage", message, file=str(file), help=hint)])
    return arrays


def _key(digest: str, settings: TrainSettings) -> str:
    return f"{digest} {settings.seed} {settings.device}"


def write_training(checked: Checked, training: Training, output: str) -> int:
    """Write the overlay and its numbers, each completely or not at all, and return their size.

    Raises FileError.
    """
    assert checked.network is not None
    before, layers = checked.network, dict(training.network.layers)
    tensors: dict[str, Array] = {}
    for name, layer in layers.items():
        if layer is not before.layers[name]:
            arrays = {
                key: getattr(layer, key)
                for key in ("weights", "thresholds")
                if is_array(getattr(layer, key)) and not is_array(getattr(before.layers[name], key))
            }
            tensors |= {f"{name}.{key}": np.asarray(array) for key, array in arrays.items()}
    file = tensors_file(output)
    data = tensor_file(tensors)
    digest = hashlib.sha256(data).hexdigest()
    for name, layer in layers.items():
        layers[name] = _in_file(layer, name, tensors, file.name, digest)
    base = os.path.relpath(Path(checked.file).resolve(), Path(output).resolve().parent)
    after = training.network.model_copy(update={"layers": layers})
    meta = {"training": provenance(training)}
    text = to_overlay(Path(base).as_posix(), before, after, meta=meta)
    if tensors:
        with open_atomically(file) as stream:
            stream.write(data)
    write_whole(output, text)
    return len(text.encode()) + (len(data) if tensors else 0)


def _in_file(
    layer: AnyLayer, name: str, tensors: dict[str, Array], file: str, digest: str
) -> AnyLayer:
    """Return a layer that reads its numbers from a file of tensors."""
    new = {
        key: TensorFile(file=file, tensor=f"{name}.{key}", sha256=digest)
        for key in ("weights", "thresholds")
        if f"{name}.{key}" in tensors
    }
    return layer.model_copy(update=new) if new else layer


def provenance(training: Training) -> dict[str, object]:
    """Return the record of a training: the settings to repeat it, and its results."""
    augment = training.settings.augment
    return {
        "nnc": VERSION,
        **training.versions,
        "method": training.method,
        "rows": training.digest,
        "labels": [judged.comparison.column for judged in training.train],
        "seed": training.settings.seed,
        "epochs": training.epochs,
        **({"augment": list(augment)} if augment != AUGMENT else {}),
        "train": _accuracy(training.train),
        **({"test": _accuracy(training.test)} if training.test else {}),
    }


def _accuracy(judged: tuple[Judged, ...]) -> list[str]:
    return [
        f"{each.right} of {each.rows} right, {rounded_percent(each.right, each.rows)} %"
        for each in judged
    ]
