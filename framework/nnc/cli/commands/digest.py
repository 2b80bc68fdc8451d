"""`nnc digest`: a digest of what networks say, or of what they do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnc.cli import options
from nnc.cli.options import Reporter
from nnc.diagnostics.diagnostic import Diagnostic, NncError, in_file, in_file_order
from nnc.files.opening import find_networks
from nnc.printable import line

if TYPE_CHECKING:
    from nnc.checking import Loaded
    from nnc.reports.findings.json import FileDigest


@click.command("digest")
@click.argument("networks", nargs=-1, required=True, metavar="NETWORKS...", type=click.Path())
@click.option(
    "--behaviour", is_flag=True, help="Of what they do for every row, not of what they say."
)
@options.reading
@options.reports
def command(
    reporter: Reporter,
    networks: tuple[str, ...],
    root: Path | None,
    max_bytes: int,
    *,
    behaviour: bool,
) -> int:
    """Print the digest of each network: equal digests, equal networks.

    The digest of the structure heeds inputs, outputs, wiring, weights, thresholds and firing
    rules; not how the files are laid out, ordered and commented, the names of inner neurons, or
    whether parts are written out. With --behaviour it heeds just the outputs for every row, of
    bits and choices with at most 2^20 rows.

    NETWORKS are files, compiled networks, directories or patterns. The digest does not depend on
    the machine or the version of nnc; docs/digest.md defines it.
    """
    from nnc.checking import load_plan

    files, found = find_networks(networks)
    reporter.spare(files)
    code = options.USAGE if found else options.FINE
    digests: list[FileDigest] = []
    for file in files:
        try:
            loaded = load_plan(file, root=root, max_bytes=max_bytes)
            reporter.spare([], loaded.files)
            found += loaded.warnings
            digests.append(_digest_of(file, loaded, behaviour=behaviour))
        except NncError as error:
            found += in_file(file, error.diagnostics)
            code = max(code, options.code_of(error))
    text = "".join(f"{line(one['digest'] + '  ' + one['file'])}\n" for one in digests)
    if reporter.form not in ("json", "json-lines"):
        if reporter.form != "sarif" or reporter.file is not None:
            options.write(text)
        if found or reporter.is_machine or reporter.file is not None:
            reporter.tell(found, len(files), to=None if reporter.is_machine else sys.stderr)
        return code
    reporter.write(text, _as_json(digests, found, len(files), reporter.form))
    return code


def _digest_of(file: str, loaded: Loaded, *, behaviour: bool) -> FileDigest:
    from nnc.api import digest

    with loaded.blaming_damage():
        found = digest(loaded.plan, "behaviour" if behaviour else "structure")
    return {"file": file, "of": "behaviour" if behaviour else "structure", "digest": found}


def _as_json(digests: list[FileDigest], found: list[Diagnostic], files: int, form: str) -> str:
    from nnc.reports.findings import Report
    from nnc.reports.findings.json import DigestReport, finding, report_record

    report = Report(tuple(in_file_order(found)), files)
    if form == "json-lines":
        lines = [*digests, *map(finding, report.diagnostics)]
        return "".join(json.dumps(one) + "\n" for one in lines)
    whole: DigestReport = {**report_record(report), "digests": digests}
    return json.dumps(whole, indent=2) + "\n"
