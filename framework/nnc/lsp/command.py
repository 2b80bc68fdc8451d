"""`nnc lsp`: the language server, for editors."""

from __future__ import annotations

import click

from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.extras import install_line
from nnc.terminal import options


@click.command("lsp")
def command() -> int:
    """Serve an editor over standard input and output, by the Language Server Protocol.

    Editors start it themselves: see docs/editors.md. It needs the extra `lsp`.
    """
    try:
        from nnc.lsp.features import serve
    except ModuleNotFoundError as error:
        if error.name not in ("pygls", "lsprotocol"):
            raise
        message = "the language server needs pygls, which is not installed"
        missing = Diagnostic("missing-library", message, help=install_line("lsp"))
        raise FileError([missing]) from None
    serve()
    return options.FINE
