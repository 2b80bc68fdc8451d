"""`nnc import`: a file of another tool as a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from nnc.diagnostics.diagnostic import NncError
from nnc.files.opening import read_bytes
from nnc.interchange.importing.settings import FormatName, Settings, UnfitSettingError
from nnc.numbers.exact import Number, Refused, read_unsigned
from nnc.terminal import options
from nnc.terminal.options import Reporter

if TYPE_CHECKING:
    from nnc.interchange.importing.imported import Imported
    from nnc.interchange.importing.settings import CutOffs

_FORMS = get_args(FormatName)


@click.command("import")
@click.argument("file", metavar="FILE", type=click.Path())
@click.argument("more", metavar="[MORE]...", nargs=-1, type=click.Path())
@options.output_option("the network", file="OUT")
@click.option(
    "--from",
    "form",
    type=click.Choice(_FORMS),
    metavar="FORMAT",
    help=f"Format of FILE: {', '.join(_FORMS)}; by default from its name or first bytes.",
)
@click.option(
    "--top",
    metavar="NAME",
    help="The model of BLIF or PMML to read, by default the first; the gate of a fault tree to "
    "be the output, by default each that no other reads.",
)
@click.option(
    "--output",
    "value",
    metavar="NAME",
    help="The output of a model of ONNX that is read, or a value inside of it; by default all.",
)
@click.option(
    "--cut-latches",
    is_flag=True,
    help="Make an input of each latch of a circuit, and an output of its next state.",
)
@click.option(
    "--mission-time",
    metavar="HOURS",
    help="The mission time of a fault tree, by default 8760 hours.",
)
@click.option(
    "--within",
    "inputs",
    metavar="NAME=RANGE",
    multiple=True,
    help="Which integers an input of ONNX may be, where its type does not say it: 0..255, or the "
    "two values of a bit: '-1|1'.",
)
@click.option(
    "--floats",
    "cutoffs",
    type=click.Choice(("binary", "decimal")),
    help="Cut-offs of trees: the binary numbers stored, or the shortest decimals between the same "
    "floats.",
)
@click.option("--names", metavar="NAMES", help="Names of the columns of a model: a,b,c.")
@click.option("--classes", metavar="LABELS", help="Labels of the classes of a model: no,yes.")
@options.report_options
def command(
    reporter: Reporter,
    file: str,
    output: str | None,
    form: str | None,
    inputs: tuple[str, ...],
    more: tuple[str, ...],
    **asked: Any,
) -> int:
    """Read FILE, of another tool, as a network.

    \b
      nnc import adder.aig -o adder.nn.yaml
      nnc import plant.xml probabilities.xml -o plant.nn.yaml
      nnc import circuit.txt --from aiger
      nnc import digits.onnx --within pixels=0..255 -o digits.nn.yaml
      nnc import model.json --names age,dose --classes no,yes

    The network is written in the standard layout; its first lines say where it comes from, and for
    which rows it agrees with the other tool. Long lists of numbers go into a file beside OUT. If
    FILE has something that a network cannot express, the error names it and nothing is written.
    """
    from nnc.interchange.imports import beside, imported_of  # which --help does not need

    read = {"FILE": [file, *more]}
    options.check_outputs({"-o": output, "--report-file": reporter.file}, read)
    if reporter.is_machine and reporter.file is None and output is None:
        raise click.UsageError(
            f"the network and the report as {reporter.form} both go to standard output: "
            "name a file with -o, or with --report-file"
        )
    settings = replace(_settings(asked), inputs=_ranges(inputs))
    reporter.protect([file, *more])
    max_bytes = options.common_settings().max_bytes
    try:
        settings = replace(settings, beside=beside(file, more, max_bytes))
        imported = imported_of(file, read_bytes(file, max_bytes), form, settings)
        _write(reporter, imported, output)
    except UnfitSettingError as error:
        raise click.UsageError(str(error)) from None
    except NncError as error:
        reporter.fail(error)
        code = options.code_of(error)
        return reporter.code_of(error.diagnostics) if code == options.FINDINGS else code
    if reporter.is_machine:
        reporter.report(imported.notes, 1)
    else:
        reporter.report_warnings(imported.notes)
    return reporter.code_of(imported.notes)


def _settings(asked: dict[str, Any]) -> Settings:
    lists = {
        name: tuple(text.split(",")) if (text := asked[name]) is not None else None
        for name in ("names", "classes")
    }
    words: Mapping[str, CutOffs] = {"binary": "exact", "decimal": "short"}
    cutoffs = words.get(asked["cutoffs"])
    return Settings(
        top=asked["top"],
        mission_time=_hours(asked["mission_time"]),
        cut_latches=asked["cut_latches"] or None,
        output=asked["value"],
        cutoffs=cutoffs,
        names=lists["names"],
        classes=lists["classes"],
    )


def _hours(text: str | None) -> Number | None:
    """Read the mission time. Raises UsageError."""
    if text is None:
        return None
    try:
        return read_unsigned(text, lenient=True)
    except Refused as refused:
        raise click.UsageError(f"--mission-time: {refused.message}") from None


def _ranges(inputs: tuple[str, ...]) -> dict[str, str] | None:
    """Parse the ranges of inputs. Raises UsageError."""
    pairs = [text.rpartition("=") for text in inputs]
    for text, (name, _, _) in zip(inputs, pairs, strict=True):
        if not name:
            raise click.UsageError(f"--within takes NAME=RANGE, such as pixels=0..255, not {text}")
    ranges = {name: words for name, _, words in pairs}
    if len(ranges) < len(inputs):
        raise click.UsageError("--within names an input twice")
    return ranges or None


def _write(reporter: Reporter, imported: Imported, output: str | None) -> None:
    """Write the network, and what goes beside it. Raises FileError, UsageError."""
    texts = imported.texts(output or "network.nn.yaml")
    if output is not None:
        imported.save(output)
    elif len(texts) > 1:
        reporter.report_warnings(imported.notes)
        names = ", ".join(Path(name).name for name in list(texts)[1:])
        raise click.UsageError(f"name the network with -o: beside it goes a file such as {names}")
    else:
        options.write("".join(data.decode() for data in texts.values()))
        return
    for name in texts:
        reporter.wrote(name, *([imported.exactness] if name == output else []))
