"""`nnc diff`: the meaning of a change, and the inputs for which it matters."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from nnc.activity import Activity
from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import FileError, InvalidNetworkError, InvalidRowsError, NncError
from nnc.differences.answer import compare_checked, lone_comparison
from nnc.differences.diffs import DIFFS, Compared
from nnc.differences.pairs import Networks
from nnc.differences.row_changes import Comparison, compare_rows
from nnc.differences.structure import Structure
from nnc.files.opening import STDIN
from nnc.files.writing import write_whole
from nnc.proofs.certification import certified_outputs
from nnc.proofs.comparison import Behaviour
from nnc.proofs.plans import Budget
from nnc.rows.formats import FORMATS, READABLE, format_of
from nnc.terminal import options
from nnc.terminal.operands import Operands, read_operands
from nnc.terminal.options import Reporter

if TYPE_CHECKING:
    from nnc.diagnostics.diagnostic import Diagnostic
    from nnc.differences.diffs import Named
    from nnc.differences.pairs import Pair
    from nnc.opening.checking import Checked
FORMS = (*options.FORMATS, "stat", "markdown")
_DAMAGES = {"git-failed", "missing-object"}
"""Failures that concern more than one network: nothing else is compared then."""


@click.command("diff", cls=options.WithFiles)
@click.argument("words", nargs=-1, metavar="[A B | [REV [REV]] [--] [FILE]...]")
@click.option(
    "--within",
    multiple=True,
    metavar="NAME=RANGE",
    help="Limit an input to these values: age=0..64, mode=on|off.",
)
@click.option(
    "--rows",
    metavar="FILE",
    type=click.Path(),
    help="Count the rows of FILE whose outputs change, with old and new values. FILE is read as it "
    "stands: `nnc eval A ROWS --decimal , --with-inputs -o FILE` writes it from an Excel export.",
)
@options.budget_option(is_counted=True)
@click.option(
    "--context",
    type=options.CountOrAll(min=0),
    default=0,
    metavar="N|all",
    help="Show up to N changed rows of each layer, and as many changes.",
)
@click.option(
    "--require-equal",
    is_flag=True,
    help="Exit with 1 unless every output is proved equal.",
)
@options.certificate_option("the proofs that outputs are equal")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if the meaning has changed.")
@options.form_options(FORMS)
@options.file_options
@click.pass_context
def command(
    ctx: click.Context,
    reporter: Reporter,
    words: tuple[str, ...],
    within: tuple[str, ...],
    budget: float,
    rows: str | None,
    context: int,
    claims: str | None,
    root: Path | None,
    max_bytes: int,
    *,
    exit_code: bool,
    require_equal: bool,
) -> int:
    """Show what changed between two networks, and its effect.

    A and B are two files, each of which may be one of a revision of git, REV:FILE, or a circuit in
    BLIF or AIGER. Otherwise two revisions are compared, or one (without any, HEAD) and the work
    tree: every network that is not the same, or just those of FILE, a file or a folder. A..B stands
    for two revisions, A...B for where B left A, and B. A word that is both a file and a revision is
    a file; before `--` it is a revision.

    First it lists changes in meaning; order, layout, comments, spelling and names of inner neurons
    never count. Then, for each output, whether it is proved equal, or an input for which it
    differs, traced in both networks.
    """
    files = options.files_of(ctx)
    form = reporter.form
    outputs = {"--certificate": claims, "--report-file": reporter.file}
    options.check_outputs(outputs, {"an input": [*words, *(files or ()), rows]})
    if rows == STDIN:
        raise click.UsageError("--rows needs a file, because it may be read twice")
    run = _Run(_Asked(within, budget, context, rows, claims), outputs)
    failing = Reporter(form if form in options.FORMATS else "full", color=reporter.color)
    try:
        _check_format(rows)
        operands = read_operands(words, files)
        pairs = Networks(root, max_bytes).pairs(operands)
        with Activity(run.words):
            for pair in pairs if claims is None else _only(list(pairs)):
                run.add(pair)
    except NncError as error:
        failing.fail(error)
        return options.code_of(error)
    if run.warnings:
        Reporter(color=reporter.color).report(run.warnings, 1, to=sys.stderr)
    if run.failures:
        failing.fail(InvalidNetworkError(run.mistakes), run.files)
        if failing.is_machine or not run.compared:
            return run.code
    elif not run.compared:
        options.say(_no_difference(operands), sys.stderr)
    _write(reporter, run.compared, form)
    return run.code or _verdict(run.compared, exit_code=exit_code, require_equal=require_equal)


class _Asked(NamedTuple):
    """The settings of a comparison, described at the options of the same names."""

    within: tuple[str, ...]
    seconds: float
    context: int
    rows: str | None
    certificate: str | None


class _Run:
    """The pairs compared so far: their changes, and the errors that stopped some of them."""

    def __init__(self, asked: _Asked, outputs: Mapping[str, str | None]) -> None:
        self._asked, self._outputs = asked, outputs
        self._title = ""
        self._budget: Budget | None = None  # None while networks are read
        self.compared: list[Compared] = []
        self.failures: list[NncError] = []
        self.warnings: dict[Diagnostic, None] = {}
        self.files = 0

    def words(self) -> str:
        """Return the progress line that names the current pair of networks."""
        if self._budget is None:
            return f"reading {self._title}"
        return f"{self._title}: {self._budget.words()}"

    @property
    def code(self) -> int:
        """The exit code for the errors that stopped some pairs."""
        return max(map(options.code_of, self.failures), default=options.FINE)

    @property
    def mistakes(self) -> Iterable[Diagnostic]:
        """The mistakes in files, each once."""
        return dict.fromkeys(
            diagnostic for error in self.failures for diagnostic in error.diagnostics
        )

    def add(self, pair: Pair) -> None:
        """Compare two networks. Raises NncError for errors that concern other pairs too."""
        self._title, self._budget = pair.names[1].file, None
        try:
            before, after = pair.read()
        except FileError as error:
            if {diagnostic.rule for diagnostic in error.diagnostics} & _DAMAGES:
                raise
            self.failures.append(error)
            self.files += 1
            return
        networks = [network for network in (before, after) if network is not None]
        paired = (each for one in networks for each in one.diagnostics if each.rule == "renamed")
        self.warnings |= dict.fromkeys(paired)
        self.files += len(networks)
        for network in networks:
            options.check_made_of(self._outputs, network.files)
        try:
            compared = self._pair(pair.names, before, after)
        except InvalidNetworkError as error:
            self.failures.append(error)
            return
        self.compared.append(compared._replace(most=compared.most + self._asked.context))
        if before is not None and after is not None:  # else no behaviour is compared
            self.failures += [
                InvalidNetworkError(network.obstacles) for network in networks if network.obstacles
            ]

    def _pair(
        self, names: tuple[Named, Named], before: Checked | None, after: Checked | None
    ) -> Compared:
        """Compare two networks, or describe the only one that exists."""
        if before is None:
            assert after is not None
            return Compared(*names, lone_comparison(after, "added"), "added")
        if after is not None:
            return Compared(*names, self._two(before, after))
        if before.errors:  # which are gone too
            gone = Comparison(Structure(is_same=False), Behaviour(()))
            return Compared(*names, gone, "removed")
        return Compared(*names, lone_comparison(before, "removed"), "removed")

    def _two(self, before: Checked, after: Checked) -> Comparison:
        """Compare two networks, and write the certificate, if one is wanted."""
        asked = self._asked
        self._budget = Budget(asked.seconds)
        comparison = compare_checked(
            before, after, within=asked.within, budget=self._budget, context=asked.context
        )
        if asked.rows is not None and before.graph is not None and after.graph is not None:
            try:
                changes = compare_rows(
                    build_plan(before.graph),
                    build_plan(after.graph),
                    asked.rows,
                    report=lambda warning: self.warnings.setdefault(replace(warning, help=None)),
                )
            except InvalidRowsError as error:
                raise InvalidRowsError([_with_way(each) for each in error.diagnostics]) from None
            comparison = comparison._replace(rows=changes)
        if asked.certificate is not None:
            own = certified_outputs(before, after, comparison.behaviour, asked.within)
            self.warnings |= dict.fromkeys(own.warnings)
            if own.text is not None:
                write_whole(asked.certificate, own.text)
        return comparison


def _with_way(mistake: Diagnostic) -> Diagnostic:
    """Return a mistake in rows, with the way to rename a column, which `nnc diff` cannot do."""
    if mistake.rule != "missing-column" or not (mistake.help or "").endswith("?"):
        return mistake
    way = "`nnc eval A ROWS --rename COLUMN=NAME --with-inputs -o FILE` renames it"
    return replace(mistake, help=f"{mistake.help} {way}")


def _only(pairs: list[Pair]) -> list[Pair]:
    """Return the only pair of networks. Raises UsageError if there are more, or none."""
    if len(pairs) != 1:
        raise click.UsageError(f"--certificate is about two networks, not {len(pairs):,} pairs")
    return pairs


def _check_format(rows: str | None) -> None:
    """Refuse a file of rows whose name does not say its format. Raises InvalidRowsError."""
    try:
        format_of(rows or ".csv")
    except InvalidRowsError as error:
        readable = ", ".join(
            FORMATS[name].suffixes[0] for name in READABLE if FORMATS[name].suffixes
        )
        hint = f"rename it to end in {readable}"
        raise InvalidRowsError(
            replace(diagnostic, help=hint) for diagnostic in error.diagnostics
        ) from None


def _no_difference(operands: Operands) -> str:
    """Return the message for a comparison without any pair of networks."""
    old, new = (*operands.revisions, None)[:2]
    where = " there" if operands.paths else ""
    if new is None:
        return f"no network{where} has changed since {old}"
    if operands.from_base:
        return f"no network{where} has changed in {new} since it left {old}"
    return f"no network{where} differs between {old} and {new}"


def _write(reporter: Reporter, compared: list[Compared], form: str) -> None:
    reporter.write(DIFFS["full"](compared), DIFFS[form](compared), form)


def _verdict(compared: list[Compared], *, exit_code: bool, require_equal: bool) -> int:
    """Return the exit code of a comparison."""
    is_other = exit_code and not all(pair.comparison.structure.is_same for pair in compared)
    is_unproved = require_equal and not all(
        pair.kind == "changed" and pair.comparison.behaviour.is_equal for pair in compared
    )
    return options.FINDINGS if is_other or is_unproved else options.FINE
