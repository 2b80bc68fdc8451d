"""A trained network as files: an overlay of the one that was trained, and its numbers beside it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from nnc.files.weights.saving import tensor_file
from nnc.files.writing import open_atomically, write_whole
from nnc.language.formatting.networks import to_overlay
from nnc.language.network import Layer, TensorFile, is_array
from nnc.numbers.exact import rounded_percent
from nnc.opening.checking import Checked
from nnc.training.answer import Judged, Training
from nnc.version import VERSION


def tensors_file(output: str) -> Path:
    """Return the file of numbers that lies beside an overlay."""
    path = Path(output)
    stem = path.name.removesuffix(".yaml").removesuffix(".yml").removesuffix(".nn")
    return path.with_name(f"{stem}.safetensors")


def write_training(checked: Checked, training: Training, output: str) -> None:
    """Write the overlay and its numbers, each completely or not at all. Raises FileError."""
    assert checked.network is not None
    before, layers = checked.network, dict(training.network.layers)
    tensors: dict[str, Any] = {}
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


def _in_file(layer: Layer, name: str, tensors: dict[str, Any], file: str, digest: str) -> Layer:
    """Return a layer that reads its numbers from a file of tensors."""
    new = {
        key: TensorFile(file=file, tensor=f"{name}.{key}", sha256=digest)
        for key in ("weights", "thresholds")
        if f"{name}.{key}" in tensors
    }
    return layer.model_copy(update=new) if new else layer


def provenance(training: Training) -> dict[str, Any]:
    """Return how a network was trained: what is needed to train it again, and what came of it."""
    return {
        "nnc": VERSION,
        **training.versions,
        "method": training.method,
        "rows": training.digest,
        "labels": [judged.comparison.column for judged in training.train],
        "seed": training.settings.seed,
        "epochs": training.epochs,
        "train": _accuracy(training.train),
        **({"test": _accuracy(training.test)} if training.test else {}),
    }


def _accuracy(judged: tuple[Judged, ...]) -> list[str]:
    return [
        f"{each.right} of {each.rows} right, {rounded_percent(each.right, each.rows)} %"
        for each in judged
    ]
