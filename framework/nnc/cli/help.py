"""The command `nnc help`: the help of a command, or a page on what many commands share."""

from __future__ import annotations

import re
from pathlib import Path

import click

from nnc.diagnostics.diagnostic import closest
from nnc.terminal import options

_FOLDER = Path(__file__).with_name("topics")
_MEANT = {
    "colour": "color",
    "enumerate": "truth table",
    "excel": "csv",
    "missing": "no value",
    "print": "picture",
    "proof": "prove",
    "tree": "fault",
}
"""Everyday words, and what the help calls it."""
_SHORTEST = 3  # letters of a word that is looked for
_MOST = 5  # commands and topics that are listed for a word
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


def _about(context: click.Context, word: str) -> list[tuple[str, str]]:
    """Return the commands and topics that mention a word, best first, each with its one line."""
    group = context.command
    assert isinstance(group, click.Group)
    if len(word) < _SHORTEST or word in group.list_commands(context):
        return []
    meant = re.escape(_MEANT.get(word.lower(), word)).replace(r"\-", "[ -]")
    mention = re.compile(rf"\b{meant}", re.IGNORECASE)
    pages = {
        name: (f"Topic: {topic(name).splitlines()[0].strip('# ')}.", topic(name))
        for name in topics()
    }
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        helps = [p.help or "" for p in command.params if isinstance(p, click.Option)]
        pages[name] = (command.get_short_help_str(), " ".join([command.help or "", *helps]))

    def rank(name: str) -> tuple[bool, bool, int]:
        line, text = pages[name]
        return not mention.match(name), not mention.search(line), -len(mention.findall(text))

    names = [name for name, texts in pages.items() if mention.search(" ".join((name, *texts)))]
    return [(f"nnc help {name}", pages[name][0]) for name in sorted(names, key=rank)[:_MOST]]


@click.command("help")
@click.argument("words", metavar="[COMMAND|TOPIC]", nargs=-1, shell_complete=_complete)
@click.pass_context
def command(context: click.Context, words: tuple[str, ...]) -> int:
    """Show the help of a command, or a page on a topic such as exit-codes.

    Without a word, list the commands and the topics. Any other word, such as csv, lists the
    commands and topics that mention it.
    """
    if len(words) == 1 and words[0] in topics():
        text = topic(words[0]).removeprefix("# ")
        options.write(options.laid_out(_LINK.sub(r"\1", text)))
        return options.FINE
    outer = context.find_root()
    if len(words) == 1 and (about := _about(outer, words[0])):
        width = max(len(name) for name, _ in about)
        lines = [f"  {name:{width}}  {line}" for name, line in about]
        options.write("\n".join((f"about {words[0]}:", *lines, "")))
        return options.FINE
    for word in words:
        group = outer.command
        inner = group.get_command(outer, word) if isinstance(group, click.Group) else None
        if inner is None:
            known = group.list_commands(outer) if isinstance(group, click.Group) else []
            near = closest(word, [*known, *topics()])
            hint = f"did you mean `{near}`?" if near else "`nnc help` lists both"
            raise click.UsageError(f"there is no command or topic `{word}`: {hint}", context)
        outer = click.Context(inner, parent=outer, info_name=word)
    options.write(outer.get_help() + "\n")
    return options.FINE
