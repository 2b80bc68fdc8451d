"""`nnc digest`: a digest of the structure or behaviour of networks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from nnc.diagnostics.diagnostic import NncError, in_file, in_file_order
from nnc.differences.digests import digest_checked, digest_of_plan
from nnc.files.opening import is_compiled
from nnc.opening.checking import check_file
from nnc.opening.loading import load_plan
from nnc.printable import line
from nnc.records import json_lines, json_text
from nnc.terminal import options
from nnc.terminal.findings import Report
from nnc.terminal.findings.json import DigestReport, FileDigest, finding
from nnc.terminal.options import Reporter


@click.command("digest")
@click.argument("networks", nargs=-1, required=True, metavar="NETWORKS...", type=click.Path())
@click.option(
    "--behaviour",
    is_flag=True,
    help="Digest of the behaviour for every row instead of the structure.",
)
@options.changed_option
@options.file_options
@options.report_options
def command(
    reporter: Reporter,
    networks: tuple[str, ...],
    root: Path | None,
    max_bytes: int,
    changed_since: str | None,
    *,
    behaviour: bool,
) -> int:
    """Print the digest of each network: equal digests, equal networks.

    The digest of the structure covers inputs, outputs, wiring, weights, thresholds and firing
    rules; not how the files are laid out, ordered and commented, the names of inner neurons, or
    whether parts are written out. With --behaviour it covers only the outputs for every row, of
    bits and choices with at most 2^20 rows.

    NETWORKS are files, compiled networks, directories or patterns. The digest does not depend on
    the machine or the version of nnc; docs/digest.md defines it.
    """
    of: Literal["behaviour", "structure"] = "behaviour" if behaviour else "structure"
    files, diagnostics = options.networks(networks, changed_since)
    reporter.protect(files)
    code = options.USAGE if diagnostics else options.FINE
    digests: list[FileDigest] = []
    for file in files:
        try:
            if is_compiled(file):
                loaded = load_plan(file, root=root, max_bytes=max_bytes)
                reporter.protect([], loaded.files)
                diagnostics += loaded.warnings
                with loaded.blaming_damage():
                    digest = digest_of_plan(loaded.plan, of)
            else:
                checked = check_file(file, root=root, max_bytes=max_bytes)
                reporter.protect([], checked.files)
                digest = digest_checked(checked, of)
            digests.append(FileDigest(file, of, digest))
        except NncError as error:
            diagnostics += in_file(file, error.diagnostics)
            if options.code_of(error) == options.USAGE:
                code = options.USAGE
    code = code or reporter.code_of(diagnostics)
    text = "".join(line(f"{digest.digest}  {digest.file}") + "\n" for digest in digests)
    if not reporter.is_data:
        if not reporter.is_machine or reporter.file is not None:
            options.write(text)
        if diagnostics or reporter.is_machine or reporter.file is not None:
            reporter.report(diagnostics, len(files), to=None if reporter.is_machine else sys.stderr)
        return code
    reporter.write(
        text,
        _as_json(digests, Report(tuple(in_file_order(diagnostics)), len(files)), reporter.form),
    )
    return code


def _as_json(digests: list[FileDigest], findings: Report, form: str) -> str:
    if form == "json-lines":
        return json_lines([*digests, *map(finding, findings.diagnostics)])
    return json_text(DigestReport.of(findings, digests=tuple(digests)))
