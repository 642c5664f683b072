"""`newsletter completion`: the script that a shell needs."""

import click
from click.shell_completion import get_completion_class


@click.command(epilog="Example: newsletter completion bash >> ~/.bashrc")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands, options and issues in a shell."""
    shell_class = get_completion_class(shell)
    assert shell_class is not None
    root = ctx.find_root()
    click.echo(shell_class(root.command, {}, "newsletter", "_NEWSLETTER_COMPLETE").source())
