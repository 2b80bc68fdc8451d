"""Write manual pages of all commands: `python docs/make_man.py FOLDER`, with the extra `site`.

For one person FOLDER is ~/.local/share/man/man1; `man nnc-eval` then shows that of `nnc eval`.
"""

import argparse
import re
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click
from click_man.man import ManPage

from nnc.cli.group import group
from nnc.version import VERSION


def main(folder: Path) -> None:
    """Write a page for `nnc`, and one for each command and its own commands."""
    folder.mkdir(parents=True, exist_ok=True)
    outer = group()
    for context in contexts(click.Context(outer, info_name="nnc", **outer.context_settings)):
        name = context.command_path.replace(" ", "-")
        (folder / f"{name}.1").write_text(manual(context), "utf-8")


def contexts(context: click.Context) -> Iterator[click.Context]:
    """Give the context of a command, and those of all commands within."""
    yield context
    if isinstance(context.command, click.Group):
        for _, command in within(context):
            yield from contexts(click.Context(command, parent=context, info_name=command.name))


def within(context: click.Context) -> Iterator[tuple[str, click.Command]]:
    """Give the commands of a group that are not hidden."""
    assert isinstance(context.command, click.Group)
    for name in context.command.list_commands(context):
        command = context.command.get_command(context, name)
        if command is not None and not command.hidden:
            yield name, command


def manual(context: click.Context) -> str:
    """Return the page of one command, in the language of man."""
    command, page = context.command, ManPage(context.command_path)
    text = cleandoc(command.help or "").replace("\b\n", "")
    text = re.sub(r"^(?=\.)", r"\&", text, flags=re.MULTILINE)  # or it would be a macro of roff
    page.version, page.description = VERSION, text
    page.short_help = text.partition("\n")[0].removesuffix(".")
    page.synopsis = " ".join(command.collect_usage_pieces(context))
    page.options = [
        record
        for each in command.params
        if isinstance(each, click.Option) and (record := each.get_help_record(context))
    ]
    if isinstance(command, click.Group):
        page.commands = [(name, one.get_short_help_str(80)) for name, one in within(context)]
    return str(page)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    main(parser.parse_args().folder)
