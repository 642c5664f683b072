"""`newsletter completion`: print a completion script for a shell."""

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

_SHELLS: dict[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command(epilog="Example: newsletter completion bash >> ~/.bashrc")
@click.argument("shell", type=click.Choice(list(_SHELLS)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a completion script for your shell.

    The script completes commands, options and the slugs of issues.
    """
    script = _SHELLS[shell](ctx.find_root().command, {}, "newsletter", "_NEWSLETTER_COMPLETE")
    click.echo(script.source())
