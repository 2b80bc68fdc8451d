"""`nnc completion`: print a shell completion script."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from nnc.terminal import options


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print a shell completion script.

    \b
      bash:  nnc completion bash > ~/.local/share/bash-completion/completions/nnc
      zsh:   nnc completion zsh > "${fpath[1]}/_nnc"
      fish:  nnc completion fish > ~/.config/fish/completions/nnc.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    completion = kind(context.find_root().command, {}, "nnc", "_NNC_COMPLETE")
    options.write(completion.source())
    return options.FINE
