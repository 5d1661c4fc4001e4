"""`oncall-tui completion`: what a shell loads to complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from oncall_tui.commands.output import put


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what SHELL loads to complete commands and options.

    \b
    bash  oncall-tui completion bash > ~/.local/share/bash-completion/completions/oncall-tui
    zsh   oncall-tui completion zsh > "${fpath[1]}/_oncall-tui"
    fish  oncall-tui completion fish > ~/.config/fish/completions/oncall-tui.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None, "click knows all three"
    put(kind(context.find_root().command, {}, "oncall-tui", "_ONCALL_TUI_COMPLETE").source())
