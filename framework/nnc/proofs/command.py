"""`nnc prove`: prove the properties of network files, or that an output is robust near rows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from nnc.compiler.plan import build_plan
from nnc.diagnostics.diagnostic import (
    Diagnostic,
    FileError,
    InvalidNetworkError,
    InvalidRowsError,
    NncError,
    in_file,
    in_file_order,
)
from nnc.files.writing import write_whole
from nnc.language.network import Property, Within
from nnc.numbers.exact import Number, Refused, counted, read_number
from nnc.opening.checking import check_built
from nnc.printable import line
from nnc.proofs.answer import (
    ProofResult,
    ProofSuite,
    no_properties,
    open_proofs,
    unknown_properties,
)
from nnc.proofs.certification import (
    CheckedCertificate,
    certified_properties,
    check_certificate,
    nothing_certified,
)
from nnc.rows.compressions import without_suffix
from nnc.rows.formats import FORMATS
from nnc.run.engines import input_values
from nnc.run.trace import given_inputs
from nnc.terminal import options
from nnc.terminal.findings import Report
from nnc.terminal.options import NetworkPaths, Reporter
from nnc.terminal.pictures import picture_lines
from nnc.terminal.result_settings import open_chosen
from nnc.terminal.row_settings import RowSettings, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nnc.proofs.answer import ProofResult

_HELP_BROKEN = "train or correct the network, or name a shorter distance with --within"


@dataclass(frozen=True)
class NearRows:
    """The question whether an output is the same in all rows near those of a file."""

    file: str
    output: str
    within: Within

    def suite(self, suite: ProofSuite) -> ProofSuite:
        """Return the properties of a network that say so, one for each row.

        Raises FileError and InvalidRowsError where the rows cannot be read, and InvalidNetworkError
        where the output is not a name.
        """
        plan = build_plan(suite.graph)
        source = source_of(RowSettings(file=self.file, extra="drop"), plan.inputs, lambda _: None)
        properties: list[Property] = []
        with open_chosen(source, plan.inputs) as opened:
            for batch in opened.batches:
                for values in input_values(plan, batch):
                    name, row = f"row {len(properties) + 1}", given_inputs(plan, values)
                    properties.append(
                        Property(name=name, unchanged=self.output, given=row, within=self.within)
                    )
        checked = check_built(suite.network.model_copy(update={"properties": tuple(properties)}))
        return ProofSuite(replace(checked, file=suite.checked.file), budget=suite.budget)

    def refusal(self, error: Diagnostic) -> str:
        """Describe a mistake in the output or the distance, which are options here."""
        if error.rule == "bad-source":
            return f"--output {line(self.output)} is not a name: name one output, or an input"
        if error.rule != "unknown-source":
            return f"--output {line(self.output)}: {error.message}"
        hint = f"; {error.help}" if error.help else ""
        return f"--output {line(self.output)} is neither an output nor declared{hint}"

    def results(self, suite: ProofSuite) -> Iterator[ProofResult]:
        """Prove the property of each row; a result names the file of rows, and draws pictures."""
        for result in suite.run(["*"]):
            failure = result.failure
            if failure is not None:
                pictures = picture_lines(suite.graph.inputs, *result.rows) if result.rows else ()
                hint = failure.help if result.kind == "unknown" else _HELP_BROKEN
                failure = replace(
                    failure, path=(), file=self.file, details=tuple(pictures), help=hint
                )
            yield replace(result, file=self.file, failure=failure)


def rate_of(results: list[ProofResult]) -> str:
    """Write how many rows are robust: `17 of 20 rows robust (85 %), 2 broken, 1 unknown`."""
    robust, broken, unknown = (
        sum(result.kind == kind for result in results) for kind in ("proved", "refuted", "unknown")
    )
    rows, percent = counted(len(results), "row"), round(100 * robust / max(1, len(results)))
    return f"{robust:,} of {rows} robust ({percent} %), {broken:,} broken, {unknown:,} unknown"


_INCOMPLETE = ("not-in-certificate", "limited-certificate")
"""Rules about what a certificate does not show."""
_OF_ROWS = tuple(s for each in FORMATS.values() for s in each.suffixes if s != ".json")
"""The suffixes of files of rows; a network may be written in JSON."""


@click.command("prove")
@click.option(
    "--property",
    "names",
    metavar="NAME",
    multiple=True,
    help="Prove only the property NAME, or those that match it as a pattern (`*`, `?`); may be "
    "repeated.",
)
@click.option(
    "--allow-unknown",
    is_flag=True,
    help="Report only what is refuted, not what is neither proved nor refuted.",
)
@options.budget_option(" proving a property, or a row,", is_counted=True)
@options.certificate_option("the proofs of the properties of one network, or of its rows,")
@click.option(
    "--verify",
    is_flag=True,
    help="Do not prove, but check the certificate; PATHS are the one network it is about, the two "
    "of `nnc diff`, or the network and the rows of --output.",
)
@click.option(
    "--output",
    metavar="OUTPUT",
    help="PATHS are a network and a file of rows: prove for each row that OUTPUT is the same in "
    "all rows --within a distance.",
)
@click.option(
    "--within",
    metavar="NAME=VALUES",
    multiple=True,
    help="Which rows count. With --output: those in which up to K elements of inputs differ "
    "(changes=K), or each differs by up to D (each=D). With --verify of two networks: those within "
    "limits, such as age=0..120. May be repeated.",
)
@options.path_options
@options.report_options
def command(
    reporter: Reporter,
    where: NetworkPaths,
    names: tuple[str, ...],
    budget: float,
    claims: str | None,
    within: tuple[str, ...],
    output: str | None,
    *,
    verify: bool,
    allow_unknown: bool,
) -> int:
    """Prove that the properties in network files hold for every row, or find one that breaks them.

    A refuted property shows the smallest row found, replayed, and what the neurons do for it. What
    used networks assume is proved for each part. Without --property, neurons and inputs that are
    proved never to matter are warnings. PATHS are files, directories, patterns or - for standard
    input; without them, this directory.
    """
    if verify and claims is None:
        raise click.UsageError("--verify checks a certificate: name it with --certificate")
    if verify and _is_given("budget"):
        raise click.UsageError("--verify proves nothing: remove --budget")
    rows = [path for path in where.paths if without_suffix(path).endswith(_OF_ROWS)]
    if rows and output is None:
        raise click.UsageError(
            f"{line(rows[0])} has rows: to prove that an output is the same near them, write "
            f"nnc prove NETWORK {line(rows[0])} --output NAME --within changes=1"
        )
    run = _Run(reporter, names, allows_unknown=allow_unknown)
    files, diagnostics = (list(where.paths), []) if output is not None else where.networks(reporter)
    outputs = {"--certificate": None if verify else claims, "--report-file": reporter.file}
    options.check_outputs(outputs, {"PATHS": files, "--certificate": [claims] if verify else []})
    if output is not None:
        if names:
            raise click.UsageError("--output takes a network and a file of rows, no --property")
        if len(where.paths) != 2:
            raise click.UsageError(
                "--output is about the rows of a file: name the network, then that file, as in "
                f"nnc prove NETWORK ROWS --output {line(output)} --within changes=1"
            )
        near = NearRows(where.paths[1], output, _distance(within))
        return _rows(run, where, near, budget, claims, verify=verify)
    if verify and claims is not None:
        return _check(run, claims, where, within)
    if within:
        raise click.UsageError(
            "--within goes with --verify, or with --output and rows: state properties with `when` "
            "or `assume`"
        )
    if claims is not None and len(files) != 1:
        raise click.UsageError(f"--certificate is about one network file, not {len(files):,}")
    is_unreadable = bool(diagnostics)
    for file in files:
        try:
            suite = open_proofs(file, **where.reading, budget=budget)
            options.check_made_of(outputs, suite.checked.files)
            own = run.add(suite)
            diagnostics += own
            if claims is not None and not any(each.rule == "nothing-allowed" for each in own):
                diagnostics += _write(suite, run.results, claims)
        except NncError as error:
            diagnostics += in_file(file, error.diagnostics)
            is_unreadable |= isinstance(error, FileError)
    if files and not any(diagnostic.is_error for diagnostic in diagnostics):
        missing = run.missing(files)
        is_unreadable |= any(each.rule == "unknown-property" for each in missing)
        diagnostics += missing
    run.report(diagnostics, len(files))
    return options.USAGE if is_unreadable else reporter.code_of(diagnostics)


def _is_given(option: str) -> bool:
    """Return whether an option stands on the command line."""
    source = click.get_current_context().get_parameter_source(option)
    return source is not ParameterSource.DEFAULT


def _distance(words: tuple[str, ...]) -> Within:
    """Return how far near rows are: `changes=3`, `each=1`, or both. Raises UsageError."""
    distances: dict[str, Number] = {}
    for word in words:
        name, _, text = word.partition("=")
        try:
            number = read_number(text)
        except Refused as error:
            raise click.UsageError(f"--within {line(word)}: {error.message}") from None
        is_count = name == "changes" and isinstance(number, int)
        if number < 0 or not (is_count or name == "each"):
            raise click.UsageError(
                f"--within {line(word)}: with --output, write changes=K or each=D"
            )
        if name in distances:
            raise click.UsageError(f"--within {name} is given twice")
        distances[name] = number
    if not distances:
        raise click.UsageError("--output needs a distance: write --within changes=K or each=D")
    changes = distances.get("changes")
    return Within(None if changes is None else int(changes), distances.get("each"))


def _rows(
    run: _Run,
    where: NetworkPaths,
    near: NearRows,
    budget: float,
    certificate: str | None,
    *,
    verify: bool,
) -> int:
    """Prove for every row of a file that an output is unchanged near it, or check the proofs."""
    network, rate = where.paths[0], ""
    try:
        suite = open_proofs(network, **where.reading, budget=budget)
        diagnostics = suite.errors
        if not diagnostics:
            try:
                suite = near.suite(suite)
            except InvalidNetworkError as error:
                raise click.UsageError(near.refusal(error.diagnostics[0])) from None
            if suite.errors:  # every row has the same: they are about the output and the distance
                raise click.UsageError(near.refusal(suite.errors[0]))
            if not suite.names():
                raise click.UsageError(f"{line(near.file)} has no rows")
            if verify and certificate is not None:
                checked = check_certificate(
                    certificate, [suite], rows=near.file, max_bytes=where.max_bytes
                )
                diagnostics = run.add_checked(checked)
            else:
                diagnostics = run.add_rows(near.results(suite))
                rate = rate_of(run.results)
                if certificate is not None:
                    diagnostics += _write(suite, run.results, certificate)
    except NncError as error:
        diagnostics = in_file(network, error.diagnostics)
        run.report(diagnostics, 1)
        return options.code_of(error)
    run.report(diagnostics, 1, rate)
    return run.reporter.code_of(diagnostics)


def _write(suite: ProofSuite, results: list[ProofResult], path: str) -> list[Diagnostic]:
    """Write the certificate of proved properties; return warnings about what it leaves out."""
    if suite.errors:
        return []
    own = certified_properties(suite, results)
    if own.text is None:
        return [*own.warnings, nothing_certified(path)]
    write_whole(path, own.text)
    return own.warnings


def _check(run: _Run, certificate: str, where: NetworkPaths, within: tuple[str, ...]) -> int:
    """Check a certificate, and report the claims that it shows."""
    paths = where.paths
    if not 1 <= len(paths) <= 2:
        raise click.UsageError(
            "--verify needs the network that the certificate is about, or the two"
        )
    if len(paths) == 2 and run.wanted:
        raise click.UsageError("--property is about one network, and PATHS are two")
    if len(paths) == 1 and within:
        raise click.UsageError("--within is about two networks, and PATHS are one")
    try:
        suites = [open_proofs(path, **where.reading) for path in paths]
        checked = check_certificate(
            certificate, suites, only=run.wanted, within=within, max_bytes=where.max_bytes
        )
    except (FileError, InvalidRowsError) as error:
        run.report(list(error.diagnostics), len(paths))
        return options.code_of(error)
    diagnostics = run.add_checked(checked)
    run.report(diagnostics, len(paths))
    is_unknown = any(each.rule == "unknown-property" for each in diagnostics)
    return options.USAGE if is_unknown else run.reporter.code_of(diagnostics)


class _Run:
    """The properties of all files, and their results."""

    def __init__(self, reporter: Reporter, names: tuple[str, ...], *, allows_unknown: bool) -> None:
        self.reporter, self.wanted, self._allows_unknown = reporter, names, allows_unknown
        self._names: list[str] = []
        self._lints: set[Diagnostic] = set()
        self.results: list[ProofResult] = []

    def add(self, suite: ProofSuite) -> list[Diagnostic]:
        """Prove the wanted properties of a file, and return everything that is wrong with it."""
        if suite.errors:
            return suite.errors
        self._names += suite.names()
        results = list(suite.run(self.wanted))
        diagnostics = suite.wrong_assumptions() if results or not self.wanted else []
        if not self.wanted and not diagnostics:
            lints = suite.lints()  # those of a used network are found for each file that uses it
            diagnostics += [each for each in lints if each not in self._lints]
            self._lints.update(lints)
        self.results += results
        for result in results:
            is_allowed = result.kind == "unknown" and self._allows_unknown
            if result.failure is not None and not is_allowed:
                diagnostics.append(result.failure)
        return diagnostics

    def add_rows(self, results: Iterator[ProofResult]) -> list[Diagnostic]:
        """Add the results of rows, and return a diagnostic for each row that is not robust."""
        self.results += results
        return [
            result.failure
            for result in self.results
            if result.failure is not None
            and not (result.kind == "unknown" and self._allows_unknown)
        ]

    def add_checked(self, checked: CheckedCertificate) -> list[Diagnostic]:
        """Take what a certificate shows, and return what is wrong with it, or left out."""
        self.results += checked.results
        return [
            each
            for each in checked.diagnostics
            if not (self._allows_unknown and each.rule in _INCOMPLETE)
        ]

    def missing(self, files: list[str]) -> list[Diagnostic]:
        """Return diagnostics where there are no properties, or none of the wanted names."""
        unknown = unknown_properties(self.wanted, self._names)
        return unknown or ([] if self.results else [no_properties(files)])

    def report(self, diagnostics: list[Diagnostic], files: int, rate: str = "") -> None:
        """List the result of each property, and write the reports."""
        is_aside = self.reporter.is_machine and self.reporter.file is None
        aside = sys.stderr if is_aside else sys.stdout
        if self.results:
            options.write("".join(map(_listed, self.results)) + "\n", aside)
        if rate:
            options.write(f"{rate}\n\n", aside)
        findings = Report(
            tuple(in_file_order(diagnostics)),
            files,
            proofs=tuple(each.record() for each in self.results),
        )
        if self.reporter.form == "junit":
            findings = findings._replace(outcomes=tuple(each.outcome() for each in self.results))
        self.reporter.report_findings(findings)


def _listed(result: ProofResult) -> str:
    """Return the line of a property: its result, location, name, and how it was decided."""
    index = result.file if result.line is None else f"{result.file}:{result.line}"
    return f"{line(f'{result.kind:7}  {index}: {result.name} ({result.how})')}\n"
