"""The table of commands, and their group with its own options and help."""

from __future__ import annotations

import os
import shlex
import sys
from importlib import import_module
from typing import Any, NamedTuple

import click

from nnc.diagnostics.diagnostic import closest
from nnc.terminal import options
from nnc.version import VERSION


class Entry(NamedTuple):
    """A command: its module below `nnc`, and its line in the help."""

    module: str
    summary: str


GROUPS = {
    "Write": {
        "new": Entry("cli.new", "Write a first network file."),
        "check": Entry("cli.check", "Check mistakes, layout, cases and properties at once."),
        "validate": Entry(
            "terminal.commands.validate", "Check network files and report every mistake."
        ),
        "fmt": Entry("terminal.commands.fmt", "Format network files in the standard layout."),
        "test": Entry("terminal.commands.test", "Run the cases of network files."),
        "prove": Entry("proofs.command", "Prove that properties hold for every row."),
    },
    "Run": {
        "eval": Entry("jobs.eval", "Evaluate a network for rows of inputs."),
        "why": Entry("reasons.command", "Show what forces a decision, and what would change it."),
        "draw": Entry("drawing.draw", "Draw a network, or what it does for a row, as a picture."),
        "view": Entry("drawing.view", "Write a network as a page that evaluates it in a browser."),
    },
    "Decide": {
        "train": Entry("training.command", "Train the numbers that layers leave open, from rows."),
        "fit": Entry(
            "scores.command", "Find a score of few terms from rows, proved to be the best."
        ),
        "solve": Entry(
            "filling.command", "Find the numbers that a network leaves open, from its cases."
        ),
        "repair": Entry(
            "repairs.command", "Find the fewest numbers to change so that all cases hold."
        ),
    },
    "Exchange": {
        "import": Entry("interchange.import_", "Read a file of another tool as a network."),
        "export": Entry(
            "interchange.export", "Write a network in another language, or as a circuit."
        ),
    },
    "History": {
        "diff": Entry("differences.diff", "Show what changed between networks, and its effect."),
        "log": Entry(
            "differences.log", "List the commits that changed a network, and what each changed."
        ),
        "git": Entry("differences.git", "Let git show and merge networks by neuron."),
    },
    "More": {
        "compile": Entry("terminal.commands.compile", "Compile a network and print its plan."),
        "digest": Entry(
            "differences.digest", "Print a digest of the structure or behaviour of networks."
        ),
        "cuts": Entry(
            "cut_sets.command", "Find the minimal cut sets of a fault tree, or of any output."
        ),
        "stats": Entry("statistics.command", "Print how large networks are, and of what shape."),
        "explain": Entry("terminal.commands.explain", "Explain a diagnostic by its code or name."),
        "schema": Entry("cli.schema", "Print the JSON Schema of network files or of a report."),
        "lsp": Entry("lsp.command", "Serve an editor, by the Language Server Protocol."),
        "completion": Entry("terminal.commands.completion", "Print a shell completion script."),
        "help": Entry("cli.help", "Show help on a command, or on a topic such as exit-codes."),
    },
}
COMMANDS = {name: entry for group in GROUPS.values() for name, entry in group.items()}


_OTHER_WORDS = {"lint": "check", "fix": "check --fix", "run": "eval", "evaluate": "eval",
                "format": "fmt", "init": "new", "show": "draw", "plot": "draw", "graph": "draw",
                "trace": "eval", "learn": "train", "verify": "prove", "compare": "diff",
                "predict": "eval", "simulate": "eval", "convert": "export",
                "build": "compile"}  # fmt: skip
_SERVING = (
    "docs/serving.md shows how to answer rows over HTTP, or start from configs/fraud/serve.py"
)
_HELP = (
    "Check, compile and evaluate networks of threshold neurons, exactly.\n\n"
    "A network is a YAML file of neurons, weights and thresholds; a neuron is 1 when the "
    "weighted sum of its inputs passes its threshold, else 0.\n\n\b\n"
    "  nnc new xor.nn.yaml\n"
    "  nnc validate xor.nn.yaml\n"
    "  nnc eval xor.nn.yaml --all"
)
_COMMON = (
    "`nnc --help` lists the options of all commands, such as --report-file, --strict and --color."
)
_EPILOG = (
    "Exit codes: 0 success, 1 mistakes found, 2 wrong usage or files, 3 a bug in nnc.\n\n"
    "`nnc help TOPIC` explains environment, exit-codes, formats, network, output, reports, "
    "selecting and settings."
)


class Commands(click.Group):
    """All commands; the module of each is imported when the command is used."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the common options, wherever they stand."""
        return super().parse_args(ctx, options.common_first(args))

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; exit quietly if the reader of a pipe is gone."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            options.forget(sys.stdout)
            return 0

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names of all commands."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"nnc.{COMMANDS[cmd_name].module}")
        command: click.Command = module.command
        command.epilog = command.epilog or _COMMON
        command.short_help = COMMANDS[cmd_name].summary
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of a word. Raises UsageError, with the command that was meant."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            near = _OTHER_WORDS.get(args[0]) or closest(args[0], COMMANDS)
            near = f"did you mean `{near}`?" if near else "`nnc --help` lists the commands"
            if args[0] in ("serve", "server"):
                near = _SERVING
            if os.path.isfile(args[0]):  # noqa: PTH113 - which takes names of any length
                file = shlex.quote(args[0])
                near = f"did you mean `nnc validate {file}`, or `nnc eval {file} --all`?"
            raise click.UsageError(f"there is no command `{args[0]}`: {near}", ctx)
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands before the options."""
        self.format_commands(ctx, formatter)
        click.Command.format_options(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by group."""
        del ctx
        width = max(map(len, COMMANDS))  # the same column in all groups
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(name.ljust(width), entry.summary) for name, entry in commands.items()]
                )


@click.pass_context
def _keep_settings(ctx: click.Context, /, **values: Any) -> None:
    ctx.obj = options.CommonSettings(**values)


def group() -> click.Command:
    """Build the group of all commands."""
    return Commands(
        name="nnc",
        help=_HELP,
        epilog=_EPILOG,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
        params=[*options.COMMON_OPTIONS, _version_option(), _verbose_option()],
        callback=_keep_settings,
    )


def _version_option() -> click.Option:
    def show(ctx: click.Context, _: click.Parameter, is_asked: bool) -> None:
        is_verbose = ctx.meta.get("nnc.verbose", False)
        if is_asked:
            from nnc.cli import installation

            lines = installation.installation() if is_verbose else (f"nnc {VERSION}",)
            click.echo("\n".join(lines))
            ctx.exit()
        if is_verbose and not ctx.resilient_parsing:
            raise click.UsageError("--verbose goes with --version", ctx)

    return click.Option(
        ["-V", "--version"],
        is_flag=True,
        expose_value=False,
        callback=show,
        help="Show the version; with --verbose also what this installation supports.",
    )


def _verbose_option() -> click.Option:
    """Create the option that --version looks at: it is read first, wherever it stands."""

    def note(ctx: click.Context, _: click.Parameter, is_asked: bool) -> None:
        ctx.meta["nnc.verbose"] = is_asked

    return click.Option(
        ["--verbose"], is_flag=True, is_eager=True, expose_value=False, callback=note, hidden=True
    )
