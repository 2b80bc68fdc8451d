"""`nnc explain`: explain a diagnostic and its fix."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter

import click

from nnc.diagnostics.diagnostic import did_you_mean
from nnc.diagnostics.explanation import as_text
from nnc.diagnostics.rules import RULES, Rule
from nnc.terminal import options
from nnc.terminal.options import Reporter
from nnc.terminal.rules import rules_as_json


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    return [word for word in (*_codes(), *RULES) if word.startswith(incomplete)]


def _codes() -> list[str]:
    return [rule.code for rule in RULES.values()]


@click.command("explain")
@click.argument("rule", metavar="[CODE|NAME]", required=False, shell_complete=_complete)
@options.form_options(("full", "json"))
def command(reporter: Reporter, rule: str | None) -> int:
    """Explain a diagnostic by its code (NNC301) or name (unknown-source).

    Without one, list them all.
    """
    rules = list(RULES.values()) if rule is None else [_asked_rule(rule)]
    text = _listed(rules) if rule is None else as_text(rules[0], options.terminal_width())
    report = text
    if reporter.form == "json":
        report = rules_as_json(rules)
    reporter.write(text, report, kinds={} if rule is None else {"full": "explain"})
    return options.FINE


def _asked_rule(word: str) -> Rule:
    """Return the rule with a code or name. Raises UsageError."""
    by_code = {about.code.lower(): about for about in RULES.values()}
    about = by_code.get(word.lower()) or by_code.get(f"nnc{word}") or RULES.get(word.lower())
    if about is None:
        near = did_you_mean(word, [*RULES, *_codes()], "`nnc explain` lists them all")
        raise click.UsageError(f"there is no diagnostic `{word}`: {near}")
    return about


def _listed(rules: list[Rule]) -> str:
    """Return a line for each rule, with a heading for each chapter."""
    width = max(len(about.name) for about in rules)
    chapters = (
        f"{chapter}:\n"
        + "".join(
            f"  {about.code}  {about.severity:<7}  {about.name:<{width}}  {about.summary}\n"
            for about in within
        )
        for chapter, within in groupby(rules, attrgetter("chapter"))
    )
    return "\n".join(chapters)
