"""A group that imports a command when it is called, and prints an error as one message."""

import contextlib
import importlib
import io
import os
import sys
from typing import Any

import click

from newsletter.errors import NewsletterError

Targets = dict[str, tuple[str, str]]
"""By the name of a command: its `module:attribute`, and its summary for the help."""


class LazyGroup(click.Group):
    """A group of the commands in `commands_in`, whose order is that of the help."""

    def __init__(self, *args: Any, commands_in: Targets, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands_in = commands_in

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of `commands_in`."""
        return list(self.commands_in)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command. Returns None for an unknown name."""
        if cmd_name not in self.commands_in:
            return None
        module, _, attribute = self.commands_in[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.commands_in.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command by its name. Suggests a similar name for an unknown one."""
        if args and args[0] not in self.commands_in and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], self.commands_in, n=1, cutoff=0.5)
            ctx.fail(f"No such command '{args[0]}'." + (f" Did you mean '{near[0]}'?" if near else ""))
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command. An error of the user or the system is printed as one message on stderr, with exit code 1."""
        for stream in (sys.stdout, sys.stderr):
            # Characters that the terminal cannot encode are printed as escapes.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            kwargs.setdefault("color", False)
        try:
            return super().main(*args, **kwargs)
        except NewsletterError as error:
            self._print_error(error, kwargs.get("color"))
        except OSError as error:
            name = f"{error.filename}: " if error.filename else ""
            advice = "Check the name, the permissions and the free disk space."
            self._print_error(NewsletterError(f"{name}{error.strerror or error}", advice), kwargs.get("color"))
            _discard_stdout()
        sys.exit(1)

    def _print_error(self, error: NewsletterError, color: bool | None) -> None:
        from newsletter.cli.terminal import print_error

        # The command's context, which has the setting for colours, has ended.
        with click.Context(self, color=color):
            print_error(error)


def _discard_stdout() -> None:
    """Redirect stdout to the null device. Python writes its buffer again at exit, which would print a traceback."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
