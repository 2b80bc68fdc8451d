"""`nnc new`: a first network file, ready to change."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from nnc.cli import options
from nnc.files.opening import PATTERNS

EXAMPLE = """\
{modeline}nnc: 1
description: 1 when exactly one of two bits is 1.
fires: at_least  # a neuron is 1 when its sum is at least its threshold
inputs: [a, b]
neurons:
  both: {{weights: {{a: 1, b: 1}},           threshold: 2}}
  xor:  {{weights: {{a: 1, b: 1, both: -2}}, threshold: 1}}
outputs: [xor]
cases:
  - {{given: {{a: 0, b: 0}}, expect: {{xor: 0}}}}
  - {{given: {{a: 0, b: 1}}, expect: {{xor: 1}}}}
  - {{given: {{a: 1, b: 0}}, expect: {{xor: 1}}}}
  - {{given: {{a: 1, b: 1}}, expect: {{xor: 0}}}}
"""


@click.command("new")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace an existing file.")
def command(file: Path, *, force: bool) -> int:
    """Write a first network to FILE, by convention NAME.nn.yaml.

    The file is a small complete network with cases to edit. Also writes network.schema.json, which
    editors use to complete keys, if there is none.
    """
    from nnc.diagnostics.diagnostic import Diagnostic, FileError
    from nnc.files.writing import open_atomically
    from nnc.reports.json_schema import schema_text

    if str(file) == "-":
        raise click.UsageError("`-` is not a file: nnc new NAME.nn.yaml")
    if os.path.exists(file) and not force:  # noqa: PTH110 - which takes names of any length
        raise FileError(
            [
                Diagnostic(
                    "cannot-open",
                    "the file already exists",
                    file=str(file),
                    help="choose another name, or replace it with --force",
                )
            ]
        )
    modeline = "# yaml-language-server: $schema=network.schema.json\n"
    with open_atomically(file, before=None if force else b"") as stream:
        stream.write(EXAMPLE.format(modeline=modeline).encode())
    lines = [f"wrote {file}"]
    schema = file.parent / "network.schema.json"
    if force or not schema.exists():
        with open_atomically(schema, before=None if force else b"") as stream:
            stream.write(schema_text("network").encode())
        lines.append(f"wrote {schema}, which editors use to complete keys")
    name = shlex.quote(str(file))
    lines.append(f"next: nnc validate {name}; nnc eval {name} --all")
    if not any(file.match(pattern) for pattern in PATTERNS):
        lines.append("note: in a directory nnc looks for *.nn.yaml; give this file by its name")
    for line in lines:
        options.say(line)
    return options.FINE
