"""`nnc new`: a first network file, ready to change."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from nnc.files.opening import as_file_error, project_root
from nnc.files.selection import is_network_name
from nnc.terminal import options

_SCHEMA = "network.schema.json"
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
@click.option(
    "--no-schema", is_flag=True, help="Write the network alone, without a schema for editors."
)
def command(file: Path, *, force: bool, no_schema: bool) -> int:
    """Write a first network to FILE, by convention NAME.nn.yaml.

    The file is a small complete network with cases to edit. Its first line names the JSON Schema
    with which editors complete keys: network.schema.json in its folder or above it. If there is
    none, it is written to the root of the git repository, or beside FILE.
    """
    from nnc.diagnostics.diagnostic import Diagnostic, FileError
    from nnc.files.writing import open_atomically

    if str(file) in ("-", "."):  # `.` is what an empty name becomes
        name = "-" if str(file) == "-" else ""
        raise click.UsageError(f"`{name}` is not a file: nnc new NAME.nn.yaml")
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
    with as_file_error(str(file)):
        schema = None if no_schema else _schema_for(file)
    modeline = "" if schema is None else f"# yaml-language-server: $schema={schema}\n"
    with open_atomically(file, before=None if force else b"") as stream:
        stream.write(EXAMPLE.format(modeline=modeline).encode())
    lines = [f"wrote {file}"]
    if schema is not None:
        lines += _provide(file.parent / schema)
    name = shlex.quote(str(file))
    lines.append(f"next: nnc validate {name}; nnc eval {name} --all")
    if not is_network_name(file.name):
        lines.append("note: in a directory nnc looks for *.nn.yaml; give this file by its name")
    for line in lines:
        options.say(line)
    return options.FINE


def _schema_for(file: Path) -> str:
    """Return the path of the schema, from the folder of the file."""
    folder, root = file.parent.resolve(), project_root(file).resolve()
    above = [folder, *folder.parents]
    within = above[: above.index(root) + 1] if root in above else above[:1]
    places = [place / name for place in within for name in (_SCHEMA, f"schemas/{_SCHEMA}")]
    schema = next((place for place in places if place.is_file()), within[-1] / _SCHEMA)
    return Path(os.path.relpath(schema, folder)).as_posix()


def _provide(schema: Path) -> list[str]:
    """Write the schema where there is none; return what to tell."""
    from nnc.cli.json_schema import schema_text
    from nnc.files.writing import open_atomically

    text, name = schema_text("network").encode(), os.path.relpath(schema)
    if not schema.exists():
        with open_atomically(schema, before=b"") as stream:
            stream.write(text)
        return [f"wrote {name}, with which editors complete keys; one is enough for all networks"]
    if schema.read_bytes() == text:
        return []
    renew = f"nnc schema > {shlex.quote(name)}"
    return [f"note: {name} is not the schema of this version of nnc; to renew it: {renew}"]
