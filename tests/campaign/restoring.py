"""Campaigns whose database is replaced with an older copy of it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from newsletter.campaign.receipt_writer import STEP
from newsletter.database.engine import database_file, parse_url
from tests.campaign.attacked import RESUME, SEND, AttackedCampaign, Outcome, attacked
from tests.own_postgresql import copy_database, replace_database


def campaign_with_restore(folder: Path, recipients: int, connections: int, seed: int, database: str = "") -> Outcome:
    """Kill a campaign, copy its database, resume and kill it again, restore the copy, and send the rest.

    Sending must be refused until `newsletter db adopt`. After it, what was sent since the copy must be uncertain, and
    at most one step of the receipt beyond. The arguments are those of `attacked`.
    """
    with attacked(folder, recipients, connections, seed, database=database) as campaign:
        _send_part(campaign, SEND)
        sent_before = len(campaign.server.accepted())
        with _restored(campaign):
            _send_part(campaign, RESUME)
        sent = len(campaign.server.accepted())
        faults = []
        code, output = campaign.run(*RESUME)
        if code != 1 or "newsletter db adopt" not in output:
            faults.append(f"sending was not refused: {output}")
        if len(campaign.server.accepted()) != sent:
            faults.append("messages were sent before the ledger was adopted")
        code, output = campaign.run("db", "adopt")
        if code or "are now uncertain" not in output:
            faults.append(f"the ledger was not adopted: {output}")
        campaign.finish()
        limit = sent - sent_before + STEP + 2 * connections
        return campaign.outcome(1, limit, faults)


def _send_part(campaign: AttackedCampaign, command: tuple[str, ...]) -> None:
    """Send between a tenth and four tenths of the messages, then kill the sender."""
    with campaign.process(*command) as process:
        part = campaign.chance.uniform(0.1, 0.4) * len(campaign.recipients)
        assert campaign.wait_for_messages(process, part), "the campaign ended before it was killed"
        process.kill()


@contextmanager
def _restored(campaign: AttackedCampaign) -> Iterator[None]:
    """Copy the database before the block, and replace it with the copy after it."""
    file = database_file(parse_url(campaign.url))
    if file is None:
        copy = copy_database(campaign.url, f"{make_url(campaign.url).database}_copy")
        yield
        replace_database(campaign.url, copy)
        return
    backup = campaign.folder / "backup"
    backup.mkdir()
    for each in _files(file):
        shutil.copy(each, backup)
    yield
    for each in _files(file):
        each.unlink()
    for each in _files(backup / file.name):
        shutil.copy(each, file.parent)


def _files(database: Path) -> list[Path]:
    """The files of a SQLite database: a killed process leaves its log, which is part of it."""
    return [path for suffix in ("", "-wal", "-shm") if (path := database.with_name(database.name + suffix)).exists()]
