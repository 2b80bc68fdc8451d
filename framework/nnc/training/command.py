"""The command `nnc train`, which finds the open numbers of layers from rows."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nnc.activity import Activity
from nnc.diagnostics.diagnostic import Diagnostic, FileError, InvalidRowsError, NncError
from nnc.files.opening import STDIN, as_file_error
from nnc.files.weights.safetensors import tensor_file, tensors_of
from nnc.files.writing import open_atomically, write_whole
from nnc.filling.blanks import check_open
from nnc.language.formatting.networks import to_overlay
from nnc.language.network import AnyLayer, TensorFile, is_array
from nnc.lazy import np
from nnc.numbers.exact import rounded_percent, shorten
from nnc.numbers.integers import Array
from nnc.opening.checking import Checked
from nnc.scores.command import LIMIT, cost_option, goal_of, goal_option, limit_option, share_of
from nnc.terminal import options
from nnc.terminal.options import Reporter
from nnc.terminal.row_settings import (
    RowSettings,
    check_standard_input,
    row_options,
    settings_of,
    source_of,
)
from nnc.training.answer import Judged, Question, Training
from nnc.training.report import as_json, as_text
from nnc.training.samples import Samples, read_samples
from nnc.training.settings import AUGMENT, AUGMENTATIONS, TrainSettings
from nnc.version import VERSION

if TYPE_CHECKING:
    from nnc.training.samples import Samples
    from nnc.training.settings import Augmentation


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


@click.command("train")
@click.argument("network", type=click.Path())
@click.argument("rows", type=click.Path())
@click.option(
    "--label",
    "labels",
    required=True,
    multiple=True,
    metavar="COLUMN[=OUTPUT]",
    help="Column to predict; OUTPUT is its name in the network. There may be several.",
)
@click.option(
    "-o",
    "output",
    required=True,
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write an overlay that extends NETWORK to FILE, and its numbers beside it.",
)
@click.option(
    "--test",
    metavar="ROWS | SHARE",
    help="Judge the network on other rows: a file, or a share of these, such as 0.2.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    metavar="N",
    help="How often each row is visited; by default 30 to 1,000 times, the fewer the more rows.",
)
@click.option(
    "--budget",
    "seconds",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Stop after this time, with the best network so far.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    metavar="N",
    help="Seed of the random numbers (0): the same seed gives the same network.",
)
@click.option(
    "--augment",
    metavar="WORDS",
    help="How rows are changed at each visit: some of noise, shift and mirror, with commas "
    "(noise,shift), or none. The last two are for pictures.",
)
@click.option(
    "--method",
    type=click.Choice(["exact", "gradient"]),
    help="Decide one neuron exactly, with a proof, or layers by gradients; by default what fits.",
)
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda"]),
    default="cpu",
    help="Where PyTorch calculates (cpu).",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Continue a training to the same FILE that Ctrl-C or --budget stopped.",
)
@goal_option
@cost_option
@limit_option(f"{LIMIT}.")
@row_options()
@options.file_options
@options.report_options
def command(
    reporter: Reporter, network: str, rows: str, labels: tuple[str, ...], output: str,
    test: str | None, root: Path | None, max_bytes: int, **values: Any,
) -> int:  # fmt: skip
    """Train the numbers that layers of NETWORK leave open, from ROWS.

    \b
      nnc train digits.nn.yaml rows.csv --label digit --test 0.2 -o out.nn.yaml

    Every reported answer, for the rows to learn from and for the test, comes from the network of
    integers that is written. Ctrl-C ends the training and writes the best network so far.
    """
    check_standard_input(network, rows)
    if STDIN in (network, rows, output):
        raise click.UsageError("name files: NETWORK is extended, and ROWS are named by a digest")
    goal = goal_of(values.pop("goal"), values.pop("costs"), values.pop("limits"))
    if any(limit.column is not None for limit in goal.limits):
        raise click.UsageError("--limit gap(…) is for `nnc fit`, which builds a score")
    settings = TrainSettings(
        epochs=values.pop("epochs"), seconds=values.pop("seconds"), seed=values.pop("seed"),
        method=values.pop("method"), device=values.pop("device"), goal=goal,
        augment=_augmentations(values.pop("augment")),
    )  # fmt: skip
    resume = values.pop("resume")
    row_settings = settings_of(rows, (), values)
    share = share_of(test)
    outputs = {
        "-o": output, "the numbers": str(tensors_file(output)),
        "the checkpoint": str(checkpoint_file(output)), "--report-file": reporter.file,
    }  # fmt: skip
    read = [rows, network, *([test] if test is not None and share is None else [])]
    options.check_outputs(outputs, {"ROWS": read})
    notes: list[Diagnostic] = []
    try:
        checked = check_open(network, root=root, max_bytes=max_bytes)
        options.check_made_of(outputs, checked.files)
        question = Question(checked, dict(map(_label, labels)))
        with Activity(lambda: question.progress):
            train = _read(question, row_settings, notes)
            tested: Samples | None = None
            if share is not None:
                train, tested = train.split(share, settings.seed)
            elif test is not None:
                tested = _read(question, row_settings._replace(file=test, source=None), notes)
            checkpoint = read_checkpoint(output, train, settings) if resume else None
            training = question.trained(train, tested, settings, checkpoint)
        size = write_training(checked, training, output)
        write_checkpoint(training, output)
    except NncError as error:
        reporter.fail(type(error)([*notes, *error.diagnostics]))
        return options.code_of(error)
    reporter.wrote(output)
    if reporter.is_data:
        reporter.write(as_text(training, size), as_json(training, size, reporter.form))
    else:
        reporter.report_warnings([*notes, *training.notes])
        options.write(as_text(training, size), sys.stderr if reporter.is_machine else None)
    if training.is_interrupted:
        return options.INTERRUPTED
    return options.FINDINGS if any(note.is_error for note in training.notes) else options.FINE


def _read(question: Question, settings: RowSettings, notes: list[Diagnostic]) -> Samples:
    source = source_of(settings, question.plan.inputs, notes.append)
    return read_samples(source, question.plan, question.columns)


def _label(text: str) -> tuple[str, str | None]:
    """Split COLUMN=OUTPUT. Raises UsageError."""
    column, _, output = text.partition("=")
    if not column or (text.endswith("=")):
        raise click.UsageError(f"--label {text}: write COLUMN or COLUMN=OUTPUT")
    return column, output or None


def _augmentations(text: str | None) -> tuple[Augmentation, ...]:
    """Return the changes of rows that are named, in their order. Raises UsageError."""
    words = [] if text == "none" else [word.strip() for word in (text or "").split(",")]
    if text is not None and (strange := set(words).difference(AUGMENTATIONS)):
        listed = ", ".join(AUGMENTATIONS)
        raise click.UsageError(
            f"--augment {shorten(min(strange))}: write some of {listed}, or none"
        )
    return AUGMENT if text is None else tuple(word for word in AUGMENTATIONS if word in words)
