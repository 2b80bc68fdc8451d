"""The command `nnc new`: write a first network file, ready to change."""

from __future__ import annotations

import os
import re
import shlex
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.opening import as_file_error, project_root
from nnc.files.selection import is_network_name
from nnc.files.writing import open_atomically
from nnc.opening.settings import Projects
from nnc.terminal import options
from nnc.terminal.row_settings import RowSettings, dialect_of, dialect_options

_FEW_ROWS = ("xor", "fault-tree", "adder")  # templates whose truth table is short
_SCHEMA = "network.schema.json"
TEMPLATES = ("xor", "score", "classifier", "fault-tree", "adder")


@click.command("new")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--like",
    type=click.Choice(TEMPLATES),
    help="What the example is (xor): a gate, a score of points, a classifier, and so on.",
)
@click.option(
    "--rows",
    metavar="ROWS",
    help="Write a network with open layers, for `nnc train`, that reads the columns of ROWS.",
)
@click.option("--label", metavar="COLUMN", help="With --rows: the column to predict.")
@dialect_options
def command(
    file: Path, *, like: str | None, rows: str | None, label: str | None, **dialect: Any
) -> int:
    """Write a first network to FILE, by convention NAME.nn.yaml.

    The file is a small complete network with cases to edit, or with --rows a network whose weights
    `nnc train` finds. Its first line names the JSON Schema with which editors complete keys:
    network.schema.json in its folder or above it. If there is none, it is written to the root of
    the git repository, or beside FILE.

    \b
      nnc new first.nn.yaml
      nnc new ward.nn.yaml --like score
      nnc new digits.nn.yaml --rows digits.csv --label digit
    """
    _check(file, like, rows, label)
    if rows is None:
        dialect_of(RowSettings(None, (), **dialect), "")
    like = like or TEMPLATES[0]
    text = (files("nnc.cli") / "templates" / f"{like}.nn.yaml").read_text("utf-8")
    notes = list[Diagnostic]()
    if rows is not None and label is not None:
        from nnc.training.skeletons import skeleton_of

        settings = RowSettings(rows, (), **dialect)
        csv = dialect_of(settings, settings.format)
        skeleton = skeleton_of(rows, label, notes.append, csv)
        text, notes = skeleton.text, [*notes, *skeleton.notes]
    projects = Projects()
    fires = projects.of(str(file)).fires
    if wrong := projects.mistakes([str(file)]):
        raise FileError(wrong)
    if fires == "above":
        text = _with_above(text)
    with as_file_error(str(file)):
        schema = _schema_for(file)
    with open_atomically(file, before=b"") as stream:
        stream.write(f"# yaml-language-server: $schema={schema}\n{text}".encode())
    lines = [f"wrote {file}", *(f"note: {note.message}" for note in notes)]
    lines += _provide(file.parent / schema)
    name = shlex.quote(str(file))
    first = f"nnc validate {name}; nnc {'eval' if like in _FEW_ROWS else 'test'} {name}"
    first += " --all" if like in _FEW_ROWS else ""
    if rows is not None and label is not None:
        first = f"nnc train {name} {shlex.quote(rows)} --label {shlex.quote(label)} --test 0.2"
        for name, value in dialect.items():
            for word in value if isinstance(value, tuple) else (value,) if value else ():
                first += f" --{name} {shlex.quote(word)}"
        first += f" -o {shlex.quote(_trained(file))}"
    lines.append(f"next: {first}")
    if not is_network_name(file.name):
        lines.append("note: in a directory nnc looks for *.nn.yaml; give this file by its name")
    for line in lines:
        options.say(line)
    return options.FINE


def _check(file: Path, like: str | None, rows: str | None, label: str | None) -> None:
    """Refuse an existing file, and options that cannot be combined."""
    if str(file) in ("-", "."):  # `.` is what an empty name becomes
        name = "-" if str(file) == "-" else ""
        raise click.UsageError(f"`{name}` is not a file: nnc new NAME.nn.yaml")
    if os.path.exists(file):  # noqa: PTH110 - which takes names of any length
        message, hint = "the file already exists", "choose another name, or remove the file first"
        raise FileError([Diagnostic("cannot-open", message, file=str(file), help=hint)])
    if (rows is None) != (label is None):
        raise click.UsageError("--rows ROWS and --label COLUMN go together: give both")
    if rows is not None and like is not None:
        raise click.UsageError("--like and --rows each say what to write; remove one")


def _with_above(text: str) -> str:
    """Let neurons fire above their thresholds, which are integers, as their sums are."""
    text = text.replace("fires: at_least", "fires: above").replace("at least its", "above its")

    def lowered(match: re.Match[str]) -> str:
        return re.sub(r"\d+", lambda number: str(int(number[0]) - 1), match[0])

    return re.sub(r"\bthresholds?: (?:\d+|\{.*?\})", lowered, text)


def _trained(file: Path) -> str:
    """Return a name for the network that is trained."""
    name = file.name
    stem = next(
        (name.removesuffix(end) for end in (".nn.yaml", ".yaml") if name.endswith(end)), name
    )
    return str(file.with_name(f"{stem}_trained.nn.yaml"))


def _schema_for(file: Path) -> str:
    """Return the path of the schema, from the folder of the file."""
    folder, root = file.parent.resolve(), project_root(file).resolve()
    above = [folder, *folder.parents]
    within = above[: above.index(root) + 1] if root in above else above[:1]
    places = [place / name for place in within for name in (_SCHEMA, f"schemas/{_SCHEMA}")]
    schema = next((place for place in places if place.is_file()), within[-1] / _SCHEMA)
    return Path(os.path.relpath(schema, folder)).as_posix()


def _provide(schema: Path) -> list[str]:
    """Write the schema if it is missing; return a line about it."""
    from nnc.cli.schema import schema_text

    text, name = schema_text("network").encode(), os.path.relpath(schema)
    if not schema.exists():
        with open_atomically(schema, before=b"") as stream:
            stream.write(text)
        return [f"wrote {name}, with which editors complete keys; one is enough for all networks"]
    if schema.read_bytes() == text:
        return []
    renew = f"nnc schema > {shlex.quote(name)}"
    return [f"note: {name} is not the schema of this version of nnc; to renew it: {renew}"]
