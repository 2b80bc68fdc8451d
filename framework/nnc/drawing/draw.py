"""The command `nnc draw`: draw a network, or its run for one row."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import (
    Diagnostic,
    InvalidNetworkError,
    InvalidRowsError,
    NncError,
)
from nnc.differences.answer import differing_row
from nnc.differences.pairs import Networks, read_before
from nnc.drawing.drawings import MERMAID_EDGES, SUFFIXES, DrawingSettings, draw
from nnc.drawing.pictures import subject_of
from nnc.files.opening import STDIN
from nnc.files.writing import open_atomically
from nnc.numbers.exact import Refused, counted
from nnc.opening.checking import check_file
from nnc.opening.testing import cases_that_ran
from nnc.run.engines import How
from nnc.run.streaming import watched
from nnc.terminal import options
from nnc.terminal.operands import against_option, compared_with
from nnc.terminal.options import Reporter
from nnc.terminal.result_settings import case_of, case_option, open_chosen
from nnc.terminal.row_settings import (
    RowSettings,
    check_standard_input,
    check_unread,
    row_arguments,
    row_option,
    row_options,
    rows_and_settings,
    set_option,
    settings_of,
    source_of,
)

if TYPE_CHECKING:
    from nnc.drawing.drawings import Drawing, Form, Subject
    from nnc.opening.checking import Checked
    from nnc.rows.columns import Batch

_FORMS = ("svg", "png", "dot", "mermaid")


def _neighbourhood(
    context: click.Context, param: click.Parameter, text: str | None
) -> tuple[str | None, int | None]:
    """Split NAME,WIRES. Raises BadParameter."""
    if text is None:
        return None, None
    name, comma, wires = text.partition(",")
    if not name.strip("+") or (
        comma and not (wires.isascii() and wires.isdigit() and int(wires[:9]) > 0)
    ):
        message = f"write NAME or NAME,WIRES, such as {name.strip('+') or 'sum'},2"
        raise click.BadParameter(message, context, param)
    return name, int(wires[:9]) if comma else None


@click.command("draw", context_settings={"allow_extra_args": True})
@row_arguments
@options.output_option(more="; its suffix says the format", name="file")
@click.option(
    "--to",
    "target",
    type=click.Choice(_FORMS),
    help="Format: a picture (svg, png), or a graph for other tools (dot, mermaid). By default from "
    "the name of the output, else svg.",
)
@set_option(
    "Draw what the network does for this value of an input; with ROWS, of one without a column."
)
@row_option("Draw row N of ROWS, from 1; the first by default.")
@case_option("Draw the row")
@row_options()
@against_option(
    "Draw what has changed since this network, a file, REV:FILE, or NETWORK at the git revision "
    "REV; for a row that is decided otherwise, if there is one."
)
@click.option(
    "--unfold",
    multiple=True,
    metavar="PART|N",
    help="Show what is in a part: `row`, an instance of it `row(3)`, a part in it `row.adder`; or "
    "in all parts, N levels deep.",
)
@click.option(
    "--around",
    metavar="NAME[,WIRES]",
    callback=_neighbourhood,
    help="Draw only what is near this neuron, input or part: within one wire, or WIRES; of +NAME "
    "all that it reads, of NAME+ all that reads it.",
)
@click.option(
    "--output",
    metavar="OUTPUT",
    help="Draw only what this output depends on, or those that match a pattern (`*`, `?`); -o "
    "names a file.",
)
@click.option(
    "--hide",
    multiple=True,
    type=click.Choice(["inputs", "outputs", "lines", "legend"]),
    help="Leave these out; `lines` are the number lines of neurons.",
)
@click.option(
    "--shape",
    multiple=True,
    metavar="BUS=WIDTHxHEIGHT",
    help="Draw a bus of bits as a grid, and what a layer makes of it: `pixels=28x28`.",
)
@click.option(
    "--theme",
    type=click.Choice(["auto", "light", "dark"]),
    default="auto",
    help="Colours; `auto` follows the reader's system, and prints light.",
)
@click.option(
    "--max-count",
    type=click.IntRange(min=1),
    default=150,
    metavar="N",
    help="Draw at most N boxes (150); a picture of more is refused.",
)
@options.file_options
@options.report_options
def command(
    reporter: Reporter,
    network: str,
    rows: str | None,
    file: str | None,
    target: Form | None,
    root: Path | None,
    max_bytes: int,
    **values: Any,
) -> int:
    """Draw NETWORK as a picture: inputs, neurons, layers and parts as they are declared.

    \b
      nnc draw adder.nn.yaml -o adder.svg
      nnc draw news2.nn.yaml patients.csv --row 7 -o patient.svg
      nnc draw adder.nn.yaml a=1 b=0 -o run.png
      nnc draw multiplier.nn.yaml --unfold 'row(3).adder' -o row.svg

    The number line of a neuron runs from its smallest to its largest sum, with a dot for each
    threshold (hollow if that sum itself does not fire), and is thick where it fires. With a row,
    it shows the sum and what each source adds to it. The same network gives the same bytes.
    """
    file = None if file == STDIN else file
    form = _form(file, target)
    case = values.pop("case")
    other = compared_with(network, values.pop("against"))
    rows, fixed = rows_and_settings(rows, values.pop("settings"))
    row_settings = settings_of(rows, fixed, values)
    _check(network, row_settings, case)
    outputs = {"-o": file, "--report-file": reporter.file}
    options.check_outputs(outputs, {"NETWORK": [network], "ROWS": [rows]})
    warnings: list[Diagnostic] = []
    shapes = dict(map(options.read_shape, values.pop("shape")))
    widths = {bus: width for bus, (width, _) in shapes.items()}
    values["unfold"] = [name for words in values["unfold"] for name in words.split(",")]
    around, depth = values.pop("around")
    settings = DrawingSettings(**values, around=around, depth=depth, shape=widths)
    try:
        checked = check_file(network, root=root, max_bytes=max_bytes)
        if checked.linked is None:
            raise InvalidNetworkError(checked.errors)
        _check_shapes(checked, shapes)
        options.check_made_of(outputs, checked.files)
        files = Networks(root, max_bytes)
        before = None if other is None else read_before(files, other)
        subject, old, remark = _subjects(checked, before, row_settings, case, warnings)
        drawing = _draw(subject, old, settings, remark)
        _write(drawing, file, form)
        reporter.wrote(file)
    except NncError as error:
        reporter.fail(type(error)([*warnings, *error.diagnostics]))
        return options.code_of(error)
    reporter.report_warnings(warnings)
    return options.FINE


def _check_shapes(checked: Checked, shapes: Mapping[str, tuple[int, int]]) -> None:
    """Refuse a grid whose number of cells differs from the number of bits of the bus.

    A name that is not a bus is refused later, when it is drawn.
    """
    graph = checked.wiring
    assert graph is not None
    sizes = {name: input_.width for name, input_ in graph.inputs.items()}
    sizes |= {tap.alias: tap.width for tap in graph.outputs}
    for bus, (width, height) in shapes.items():
        if bus in sizes and sizes[bus] != width * height:
            message = f"--shape {bus}={width}x{height}: {width * height:,} cells, and the bus has "
            raise click.UsageError(f"{message}{counted(sizes[bus], 'bit')}")


def _form(file: str | None, target: Form | None) -> Form:
    """Return the format of an option, or that of the file's suffix."""
    if target is not None:
        return target
    suffix = "" if file is None else Path(file).suffix.lower()
    if suffix and suffix not in SUFFIXES:
        raise click.UsageError(
            f"-o {file}: `{suffix}` is no format of a picture; use {', '.join(SUFFIXES)}, or --to"
        )
    return SUFFIXES.get(suffix, "svg")


def _check(network: str, rows: RowSettings, case: str | None) -> None:
    """Refuse options that have no effect on this picture."""
    check_standard_input(network, rows.file)
    if rows.file is None:
        check_unread(rows)
    wrong = (
        (rows.number is not None and rows.file is None, "--row takes one of many rows: name ROWS"),
        (
            case is not None and rows.has_values,
            "--case draws what a case gives: remove ROWS and --set",
        ),
    )
    for is_wrong, message in wrong:
        if is_wrong:
            raise click.UsageError(message)


def _subjects(
    checked: Checked,
    before: Checked | None,
    rows: RowSettings,
    case: str | None,
    warnings: list[Diagnostic],
) -> tuple[Subject, Subject | None, str]:
    """Return the subject, its earlier version and a remark; by default with a row that differs.

    Raises InvalidNetworkError and InvalidRowsError.
    """
    row: Mapping[str, object] | Batch | None = _batch(checked, rows, case, warnings)
    if before is None:
        return subject_of(checked, row), None, ""
    if before.linked is None:
        raise InvalidNetworkError(before.errors)
    if row is not None:
        old_row = _batch(before, rows, case, warnings)
        return subject_of(checked, row), subject_of(before, old_row), ""
    row, remark = differing_row(before, checked)
    return subject_of(checked, row, before), subject_of(before, row, checked), remark


def _batch(
    checked: Checked, rows: RowSettings, case: str | None, warnings: list[Diagnostic]
) -> Batch | None:
    """Return the row to draw as a batch of one, or None without one."""
    if checked.graph is None and (case is not None or rows.has_values):
        raise InvalidNetworkError(checked.obstacles)
    if case is not None:
        return case_of(cases_that_ran(checked), case).one_row()
    if not rows.has_values:
        return None
    assert checked.graph is not None
    plan = build_plan(checked.graph)
    rows = rows._replace(number=rows.number or 1)
    source = source_of(rows, plan.inputs, warnings.append)
    with open_chosen(source, plan.inputs) as opened:
        (batch,) = watched(plan, opened.batches, source, How())
    return batch


def _draw(
    subject: Subject, before: Subject | None, settings: DrawingSettings, remark: str
) -> Drawing:
    """Draw, and suggest how to reach what is missing. Raises UsageError."""
    try:
        return draw(subject, settings, before, remark)
    except Refused as error:
        raise click.UsageError(f"{error.message}{error.help and f'; {error.help}'}") from None


def _write(drawing: Drawing, file: str | None, form: Form) -> None:
    """Write the picture to a file, or to standard output. Raises UsageError for a terminal."""
    if file is None and form in ("svg", "png") and sys.stdout.isatty():
        message = f"{form} is not for a terminal: name a file with -o, or send it into a pipe"
        raise click.UsageError(message)
    try:
        data = drawing.data(form)
    except Refused as error:  # PNG without its library
        diagnostic = Diagnostic(error.rule, error.message, help=error.help)
        raise InvalidRowsError([diagnostic]) from None
    if file is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        with open_atomically(file) as stream:
            stream.write(data)
    wires = len(drawing.picture.wires)
    if form == "mermaid" and wires > MERMAID_EDGES:
        note = f"Mermaid draws at most {MERMAID_EDGES} wires, and there are {wires}"
        options.say(note, sys.stderr)
