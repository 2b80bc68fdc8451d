"""`nnc explain`: what a diagnostic means, and how to fix it."""

from __future__ import annotations

import click

from nnc.cli import options
from nnc.diagnostics.diagnostic import did_you_mean
from nnc.diagnostics.rules import RULES


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    return [word for word in (*_codes(), *RULES) if word.startswith(incomplete)]


def _codes() -> list[str]:
    return [rule.code for rule in RULES.values()]


@click.command("explain")
@click.argument("rule", metavar="[CODE|NAME]", required=False, shell_complete=_complete)
@options.color_option
def command(rule: str | None, color: str) -> int:
    """Explain a diagnostic by its code (NNC301) or name (unknown-source).

    Without one, list them all.
    """
    if rule is None:
        width = max(len(name) for name in RULES)
        lines = [
            f"{about.code}  {about.severity:<7}  {about.name:<{width}}  {about.summary}"
            for about in RULES.values()
        ]
        options.write("\n".join(lines) + "\n")
        return options.FINE
    by_code = {about.code.lower(): about for about in RULES.values()}
    about = by_code.get(rule.lower()) or by_code.get(f"nnc{rule}") or RULES.get(rule.lower())
    if about is None:
        near = did_you_mean(rule, [*RULES, *_codes()], "`nnc explain` lists them all")
        raise click.UsageError(f"there is no diagnostic `{rule}`: {near}")
    from nnc.diagnostics.explanation import as_text

    text = as_text(about, options.terminal_width())
    options.Reporter(color=color).show(text, "explain")
    return options.FINE
