"""The command `nnc help`: the help of a command, or a page on what many commands share."""

from __future__ import annotations

import re
from pathlib import Path

import click

from nnc.diagnostics.diagnostic import closest
from nnc.terminal import options

_FOLDER = Path(__file__).with_name("topics")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


def topics() -> list[str]:
    """Return the names of the pages, in their order."""
    return sorted(page.stem for page in _FOLDER.glob("*.md"))


def topic(name: str) -> str:
    """Return the page of a topic, as Markdown."""
    return (_FOLDER / f"{name}.md").read_text("utf-8")


def _complete(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    group = context.find_root().command
    assert isinstance(group, click.Group)
    names = [*group.list_commands(context), *topics()]
    return [name for name in names if name.startswith(incomplete)]


@click.command("help")
@click.argument("words", metavar="[COMMAND|TOPIC]", nargs=-1, shell_complete=_complete)
@click.pass_context
def command(context: click.Context, words: tuple[str, ...]) -> int:
    """Show the help of a command, or a page on a topic such as exit-codes.

    Without a word, list the commands and the topics.
    """
    if len(words) == 1 and words[0] in topics():
        text = topic(words[0]).removeprefix("# ")
        options.write(options.laid_out(_LINK.sub(r"\1", text)))
        return options.FINE
    outer = context.find_root()
    for word in words:
        group = outer.command
        inner = group.get_command(outer, word) if isinstance(group, click.Group) else None
        if inner is None:
            known = group.list_commands(outer) if isinstance(group, click.Group) else []
            near = closest(word, [*known, *topics()])
            hint = f"did you mean `{near}`?" if near else "`nnc help` lists both"
            if page := next((name for name in topics() if f"`{word}`" in topic(name)), None):
                hint = f"`nnc help {page}` has it"
            raise click.UsageError(f"there is no command or topic `{word}`: {hint}", context)
        outer = click.Context(inner, parent=outer, info_name=word)
    options.write(outer.get_help() + "\n")
    return options.FINE
