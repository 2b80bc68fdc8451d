"""The table of commands; nothing is imported to read it."""

from __future__ import annotations

from typing import NamedTuple


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
        "cuts": Entry("cut_sets.command", "Find the smallest sets of inputs that fire an output."),
        "stats": Entry("statistics.command", "Print how large networks are, and of what shape."),
        "explain": Entry("terminal.commands.explain", "Explain a diagnostic by its code or name."),
        "schema": Entry("cli.schema", "Print the JSON Schema of network files or of a report."),
        "lsp": Entry("lsp.command", "Serve an editor, by the Language Server Protocol."),
        "completion": Entry("terminal.commands.completion", "Print a shell completion script."),
        "help": Entry("cli.help", "Show help on a command, or on a topic such as exit-codes."),
    },
}
COMMANDS = {name: entry for group in GROUPS.values() for name, entry in group.items()}
