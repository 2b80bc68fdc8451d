"""The command `nnc train`, which finds the open numbers of layers from rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nnc.activity import Activity
from nnc.diagnostics.diagnostic import Diagnostic, NncError
from nnc.files.opening import STDIN
from nnc.filling.blanks import check_open
from nnc.numbers.exact import shorten
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
from nnc.training.answer import Question
from nnc.training.report import as_json, as_text
from nnc.training.samples import read_samples
from nnc.training.settings import AUGMENT, AUGMENTATIONS, TrainSettings
from nnc.training.writing import (
    checkpoint_file,
    read_checkpoint,
    tensors_file,
    write_checkpoint,
    write_training,
)

if TYPE_CHECKING:
    from nnc.training.samples import Samples
    from nnc.training.settings import Augmentation


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
