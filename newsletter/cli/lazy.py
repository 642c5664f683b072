"""A group whose commands are imported when they are called, and whose errors are told once."""

import contextlib
import importlib
import io
import os
import sys
from typing import Any

import click

from newsletter.errors import NewsletterError

Targets = dict[str, tuple[str, str]]


class LazyGroup(click.Group):
    """`commands_in` names each command's `module:attribute` and the line that the help shows of it."""

    def __init__(self, *args: Any, commands_in: Targets, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands_in = commands_in

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which a newcomer needs them."""
        return list(self.commands_in)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self.commands_in:
            return None
        module, _, attribute = self.commands_in[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.commands_in.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A command by its name; an unknown one gets a did-you-mean."""
        if args and args[0] not in self.commands_in and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], self.commands_in, n=1, cutoff=0.5)
            ctx.fail(f"No such command '{args[0]}'." + (f" Did you mean '{near[0]}'?" if near else ""))
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run; what the user or the system can cause is one message on stderr, and exit 1."""
        for stream in (sys.stdout, sys.stderr):
            # A terminal that cannot show a letter shows its number.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            kwargs.setdefault("color", False)
        try:
            return super().main(*args, **kwargs)
        except NewsletterError as error:
            from newsletter.cli.terminal import print_error

            print_error(error)
        except OSError as error:
            from newsletter.cli.terminal import print_error

            name = f"{error.filename}: " if error.filename else ""
            advice = "Check the name, the permissions and the space that is left."
            print_error(NewsletterError(f"{name}{error.strerror or error}", advice))
            _let_go_of_stdout()
        sys.exit(1)


def _let_go_of_stdout() -> None:
    """What could not be written would be tried again at the end, and told by a traceback."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
