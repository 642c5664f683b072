"""`newsletter`: the root of the command tree."""

import atexit
import gc
import os

import click

from newsletter import __version__
from newsletter.cli.lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    commands_in={
        "init": ("newsletter.cli.init:init", "Create a publication in a new folder."),
        "new-issue": ("newsletter.cli.new_issue:new_issue", "Create the next issue and print its path."),
        "add": ("newsletter.cli.add:add", "Add URLs as draft entries."),
        "import": ("newsletter.cli.import_:import_group", "Import issues that were published elsewhere."),
        "check": ("newsletter.cli.check:check", "Check an issue for problems."),
        "render": ("newsletter.cli.render:render", "Render issues to email, text and Medium."),
        "dashboard": ("newsletter.cli.dashboard:dashboard", "Write and send issues in the browser."),
        "preview": ("newsletter.cli.preview:preview", "Show a live preview of an issue in the browser."),
        "build": ("newsletter.cli.build:build", "Build the web archive and its feeds."),
        "subscribers": ("newsletter.cli.subscribers:subscribers", "Manage the list of subscribers."),
        "bounces": ("newsletter.cli.bounces:bounces", "Process bounces and complaints."),
        "serve": ("newsletter.cli.serve:serve", "Serve the public pages for subscribing and unsubscribing."),
        "worker": (
            "newsletter.cli.worker:worker",
            "Send scheduled issues and transactional mail, and read bounces.",
        ),
        "db": ("newsletter.cli.db:db", "Upgrade, copy or back up the database."),
        "keys": ("newsletter.cli.keys:keys", "Manage the keys that sign links."),
        "publish": (
            "newsletter.cli.publish:publish",
            "Publish a finished issue on the web and by email.",
        ),
        "preflight": (
            "newsletter.cli.preflight:preflight",
            "Run the checks that must pass before an issue is sent.",
        ),
        "send": ("newsletter.cli.send:send", "Send an issue to the subscribers."),
        "schedule": ("newsletter.cli.schedule:schedule", "List, cancel and move scheduled issues."),
        "campaigns": ("newsletter.cli.campaigns:campaigns", "List all campaigns, newest first."),
        "campaign": ("newsletter.cli.campaign:campaign", "Show, pause, cancel and report on campaigns."),
        "list": ("newsletter.cli.list:list_issues", "List the issues, newest first."),
        "doctor": (
            "newsletter.cli.doctor:doctor",
            "Check the sending setup and print the DNS records it needs.",
        ),
        "schema": ("newsletter.cli.schema:schema", "Print or write the JSON Schemas for editors."),
        "completion": ("newsletter.cli.completion:completion", "Print a completion script for your shell."),
    },
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with `newsletter init my-newsletter`, then `cd my-newsletter` and `newsletter new-issue`.",
)
@click.option("-C", "folder", metavar="DIR", help="Run as if started in DIR.")
@click.version_option(__version__, message="newsletter-press %(version)s")
def main(folder: str | None) -> None:
    """Publish a curated newsletter.

    An issue is one YAML file. From it, newsletter renders an email, its text part, a Medium story and a web archive.
    """
    # The system frees the memory of a process that ends. Collecting its garbage before would take up to a quarter of
    # the time of a command.
    atexit.register(gc.freeze)
    # Pydantic would search every installed package for plugins, and newsletter uses none.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")
    if folder is not None:
        try:
            os.chdir(folder)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise click.UsageError(f"-C {folder}: {reason}.") from error
