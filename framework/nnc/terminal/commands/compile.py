"""`nnc compile`: print the plan of a network, or write it to a file."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnc.diagnostics.diagnostic import Diagnostic, InvalidNetworkError, NncError
from nnc.files.opening import STDIN, is_compiled, open_to_read
from nnc.files.writing import open_atomically
from nnc.language.formatting.moving import moved
from nnc.language.formatting.networks import to_yaml
from nnc.numbers.exact import counted
from nnc.opening.checking import check_file, sources_of
from nnc.records import plain
from nnc.terminal import options
from nnc.terminal.options import Reporter
from nnc.terminal.plans import plan_of
from nnc.terminal.reports.plan import PlanRecord, places_of, plan_as_json

if TYPE_CHECKING:
    from nnc.compiler.plan import Plan
    from nnc.opening.checking import Checked

TARGETS = ("text", "json", "yaml")
_BLOCK = 1 << 16  # characters per write


@click.command("compile")
@click.argument("network", type=click.Path())
@click.option(
    "--to",
    "target",
    type=click.Choice(TARGETS),
    help="What to print, or with -o to write: the plan as lines (text) or as data (json), or "
    "the network as one file, with what it extends (yaml).",
)
@options.output_option(more=": without --to the compiled network")
@options.file_options
@options.report_options
def command(
    reporter: Reporter,
    network: str,
    target: str | None,
    output: str | None,
    root: Path | None,
    max_bytes: int,
) -> int:
    """Compile NETWORK and print its plan: inputs, neurons by level, outputs.

    Weights and thresholds are integers over the neuron's least common denominator, `[1/10]`,
    followed by the exact bounds of each sum and the type that holds it. With --to json the plan is
    data: weights and thresholds as they are written, and the place of each declaration.

    With -o the plan is written to a file, such as adder.nnc, that eval, test, validate, compile and
    digest take as NETWORK: it loads at once, holds all weights, and records its source files. The
    same network gives the same bytes everywhere.
    """
    is_binary = output is not None and target is None
    if is_binary and output == STDIN:
        _check_stream(reporter)
    elif output == STDIN:
        output = None
    options.check_outputs({"-o": output, "--report-file": reporter.file}, {})
    is_plain = output is None and target in (None, "text")
    if output is None and target is not None and not is_plain:
        _check_report(reporter, target)
    reporter.protect([network])
    warnings: list[Diagnostic] = []
    about: tuple[str, ...] = ()
    try:
        if target == "yaml":
            texts, made_of = _merged(network, output, root, max_bytes)
        else:
            plan, checked = plan_of(network, root, max_bytes, warnings)
            made_of = (Path(network),) if checked is None else checked.files
            write_texts = _data if target == "json" else _lines
            texts = write_texts(plan, checked, reporter if output is None else Reporter())
        reporter.protect([], made_of)
        options.check_made_of({"-o": output}, made_of)
        if is_binary and output is not None:
            _write(output, network, plan, checked)
            about = _made_of(plan)
        elif output is not None:
            _write_texts(output, texts)
    except NncError as error:
        reporter.fail(type(error)([*warnings, *error.diagnostics]))
        code = options.code_of(error)
        return reporter.code_of(error.diagnostics) if code == options.FINDINGS else code
    if output is None and (not is_plain or reporter.is_data or not reporter.is_machine):
        for text in _in_blocks(texts):
            options.write(text)
    elif reporter.is_machine:
        reporter.report(warnings, 1)
        return reporter.code_of(warnings)
    else:
        reporter.wrote(output, *about)
    reporter.report_warnings(warnings)
    return reporter.code_of(warnings)


def _check_stream(reporter: Reporter) -> None:
    """Raise UsageError if binary output would go to a terminal or be mixed with a report."""
    if sys.stdout.isatty():
        raise click.UsageError("-o - writes bytes, not text: name a file, or send it into a pipe")
    if reporter.is_machine and reporter.file is None:
        raise click.UsageError("-o - and the report both go to standard output: name a file")


def _write(output: str, network: str, plan: Plan, checked: Checked | None) -> None:
    """Write the compiled network, or copy it if the input is already compiled."""
    from nnc.compiler.artifact import write_compiled

    if checked is None:
        with open_to_read(network) as source, open_atomically(output) as stream:
            shutil.copyfileobj(source, stream, 1 << 20)
        return
    sources = sources_of(checked)
    with open_atomically(output) as stream:
        write_compiled(plan, sources, stream)


def _made_of(plan: Plan) -> tuple[str, str]:
    weights = len(plan.neurons.weights) + sum(layer.synapses for layer in plan.layers)
    return counted(plan.count, "neuron"), counted(weights, "weight")


# -------------------------------------------------------------------------------- --to FORM


def _check_report(reporter: Reporter, target: str) -> None:
    """Raise UsageError if both a report and other text would go to standard output."""
    is_data = target == "json" and reporter.is_data
    if reporter.is_machine and reporter.file is None and not is_data:
        message = f"--to {target} and the report as {reporter.form} both go to standard output"
        raise click.UsageError(f"{message}: name a file with -o, or with --report-file")


def _data(plan: Plan, checked: Checked | None, reporter: Reporter) -> Iterator[str]:
    """Yield the plan as pieces of JSON, all on one line for JSON Lines."""
    pieces = plan_as_json(plan, {} if checked is None else places_of(checked))
    if reporter.form != "json-lines" or reporter.file is not None:
        return pieces
    return chain((piece.replace("\n", "") for piece in pieces), ["\n"])


def _lines(plan: Plan, checked: Checked | None, reporter: Reporter) -> Iterator[str]:
    """Yield the text of a plan, or its lines as JSON for a machine-readable report."""
    del checked
    text = str(plan)
    if reporter.is_machine:
        indent = None if reporter.form == "json-lines" else 2
        text = json.dumps(plain(PlanRecord(1, tuple(text.splitlines()))), indent=indent) + "\n"
    yield text


def _merged(
    network: str, output: str | None, root: Path | None, max_bytes: int
) -> tuple[Iterator[str], tuple[Path, ...]]:
    """Return a network merged into one file, and the files that it was read from."""
    if is_compiled(network):
        message = f"{network} is compiled, and does not hold what was written: name its source"
        raise click.UsageError(f"--to yaml takes a network file; {message}")
    checked = check_file(network, root=root, max_bytes=max_bytes)
    if checked.network is None or checked.path is None:
        raise InvalidNetworkError(checked.diagnostics)
    whole = checked.network
    if output is not None and (Path(output).is_file() or not Path(output).exists()):
        whole = moved(whole, checked.path.parent, Path(output), root)
    return iter([to_yaml(whole)]), checked.files


def _in_blocks(pieces: Iterator[str]) -> Iterator[str]:
    """Join pieces of text into blocks of at least `_BLOCK` characters."""
    block: list[str] = []
    size = 0
    for piece in pieces:
        block.append(piece)
        size += len(piece)
        if size > _BLOCK:
            yield "".join(block)
            block, size = [], 0
    yield "".join(block)


def _write_texts(output: str, pieces: Iterator[str]) -> None:
    """Write pieces of text to a file."""
    with open_atomically(output) as stream:
        stream.writelines(text.encode() for text in _in_blocks(pieces))
