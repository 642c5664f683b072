"""`newsletter`: the root of the command tree."""

import gc
import os

import click

from newsletter import __version__
from newsletter.cli.lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    commands_in={
        "init": ("newsletter.cli.init:init", "Start a publication in a new folder."),
        "new-issue": ("newsletter.cli.new_issue:new_issue", "Scaffold the next issue and print its path."),
        "add": ("newsletter.cli.add:add", "Add URLs as draft entries."),
        "import": ("newsletter.cli.import_:import_group", "Turn issues published elsewhere into YAML."),
        "check": ("newsletter.cli.check:check", "Say exactly what is wrong with an issue."),
        "render": ("newsletter.cli.render:render", "Render issues to email, text and Medium."),
        "preview": ("newsletter.cli.preview:preview", "Show an issue in the browser, live as it is saved."),
        "build": ("newsletter.cli.build:build", "Build the web archive and its feeds."),
        "subscribers": (
            "newsletter.cli.subscribers:subscribers",
            "Keep the list: who gets the newsletter, and why.",
        ),
        "bounces": ("newsletter.cli.bounces:bounces", "Take in bounces and complaints: who is not to be written to."),
        "serve": ("newsletter.cli.serve:serve", "Serve the pages for subscribing and leaving."),
        "db": ("newsletter.cli.db:db", "Look after the database."),
        "keys": ("newsletter.cli.keys:keys", "Change the keys that sign links."),
        "send": ("newsletter.cli.send:send", "Send an issue to its subscribers, each once."),
        "campaigns": ("newsletter.cli.campaigns:campaigns", "List all campaigns, newest first."),
        "campaign": ("newsletter.cli.campaign:campaign", "Show, pause, cancel and report campaigns."),
        "list": ("newsletter.cli.list:list_issues", "List the issues, newest first."),
        "doctor": ("newsletter.cli.doctor:doctor", "Say whether the settings can send, and what DNS needs."),
        "schema": ("newsletter.cli.schema:schema", "Print or write the JSON Schemas for editors."),
        "completion": (
            "newsletter.cli.completion:completion",
            "Print the script that completes commands and issues in a shell.",
        ),
    },
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with `newsletter init my-newsletter`, then `cd my-newsletter` and `newsletter new-issue`.",
)
@click.option("-C", "folder", metavar="DIR", help="Run as if started in DIR.")
@click.version_option(__version__, message="newsletter-press %(version)s")
def main(folder: str | None) -> None:
    """The publishing tool for a curated newsletter.

    An issue is one YAML file; from it come an email, its text part, a Medium story and a web archive.
    """
    # A command is a short life: looking for cyclic garbage while it imports would cost a tenth of it.
    gc.set_threshold(100_000)
    # Pydantic would look through every installed package for plugins of its own, and we have none.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")
    if folder is not None:
        try:
            os.chdir(folder)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise click.UsageError(f"-C {folder}: {reason}.") from error
