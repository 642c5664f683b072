"""`newsletter worker`: send scheduled issues and transactional mail, and read bounces."""

from pathlib import Path

import click


@click.command(epilog="Examples: newsletter worker; newsletter worker --only campaigns,mail --connections 10")
@click.option(
    "--connections",
    type=click.IntRange(1, 500),
    show_default="as in newsletter.yaml",
    help="The number of connections of a campaign to each server.",
)
@click.option(
    "--only",
    metavar="PARTS",
    default="campaigns,mail,bounces",
    show_default=True,
    help="Do only these, with commas between them.",
)
@click.option(
    "--health-port",
    type=click.IntRange(0, 65535),
    help="Serve /live, /ready and /metrics on this port.",
)
@click.option("--health-host", default="127.0.0.1", show_default=True, help="Serve them on this address.")
@click.pass_context
def worker(ctx: click.Context, connections: int | None, only: str, health_port: int | None, health_host: str) -> None:
    """Send scheduled issues and transactional mail, and read bounces.

    Runs until it is stopped: starts due schedules and sends their campaigns, sends the mail that subscribers request,
    reads the bounce mailbox every five minutes, and removes subscribers who did not confirm. On SQLite, one worker can
    run. Events are logged as lines of JSON on stderr.

    SIGTERM or Ctrl-C finishes the messages in progress and stops; the next worker continues. A second one stops at
    once. Exits with 1 if a campaign is not complete.
    """
    import signal
    import sys
    from contextlib import ExitStack

    from newsletter.campaign.run_options import RunOptions
    from newsletter.web.access_log import access_log, log_event
    from newsletter.worker.health import serve_health
    from newsletter.worker.parts import Part
    from newsletter.worker.worker import Worker, worker_lock
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    try:
        parts = [Part(name.strip()) for name in only.split(",")]
    except ValueError as error:
        message = f"{only!r} is not a list of campaigns, mail and bounces. Write one or more, such as campaigns,mail."
        raise click.BadParameter(message, param_hint="--only") from error
    workspace = Workspace(Path())
    with open_database(workspace) as database, worker_lock(database), access_log(sys.stderr):
        running = Worker(workspace.root, database, parts, RunOptions(connections=connections))
        signals = (signal.SIGTERM, signal.SIGINT)
        before = {number: signal.signal(number, lambda *_: running.stop()) for number in signals}
        try:
            with ExitStack() as stack:
                if health_port is not None:
                    health = serve_health(health_host, health_port, database, running.metrics, lambda: running.alive)
                    log_event("health served", port=stack.enter_context(health))
                code = running.run()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    ctx.exit(code)
