"""`nnc schema`: the JSON Schemas, for editors and for programs that read reports."""

from __future__ import annotations

import click

from nnc.cli.json_schema import SCHEMAS, schema_text
from nnc.diagnostics.diagnostic import did_you_mean
from nnc.terminal import options


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in SCHEMAS if name.startswith(incomplete)]


@click.command("schema")
@click.argument("name", default="network", metavar="[NAME]", shell_complete=_complete)
def command(name: str) -> int:
    """Print the JSON Schema NAME: network (the default), or that of a report.

    `network` describes the files that nnc reads: name it in the first line of a file, and an
    editor completes keys and shows what they mean. The others describe what nnc writes as JSON.
    """
    if name not in SCHEMAS:
        near = did_you_mean(name, SCHEMAS, "the schemas are " + ", ".join(SCHEMAS))
        raise click.UsageError(f"there is no schema `{name}`: {near}")
    options.write(schema_text(name))
    return options.FINE
