"""Issues that were renamed or deleted after they were sent: the warnings of a build, and how campaigns are found."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert

from newsletter.database.database import Database
from newsletter.database.states import CampaignState, DeliveryState
from newsletter.database.tables import campaign, delivery
from newsletter.ledger.sent_slugs import SentSlug, find_slugs_without_issue, slugs_without_issue
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication

PLAIN = PUBLICATION + "site: {search: false, cards: false}\n"
# 2026-11-01 and 2026-11-08, at noon UTC.
FIRST, SECOND = 1793534400, 1794139200
BROKEN = (
    "029 was sent on 2026-11-01, but no issue has this slug now, so links in that mail will break."
    " Add `aliases: [029]` to the issue that replaced it.\n"
)


def record(database: Database, slug: str, at: int, state: DeliveryState = DeliveryState.ACCEPTED) -> int:
    """Record a campaign of an issue with one delivery. Returns the number of the campaign."""
    values = {"slug": slug, "content": "0" * 64, "subject": slug, "state": CampaignState.COMPLETE.value}
    with database.write() as connection:
        new = insert(campaign).values(**values, git_clean=True, created_at=at, finished_at=at).returning(campaign.c.id)
        id: int = connection.execute(new).scalar_one()
        row = {"campaign_id": id, "address": "a@example.org", "domain": "example.org", "state": state.value}
        connection.execute(insert(delivery).values(row))
    return id


def send(root: Path, slug: str, at: int, state: DeliveryState = DeliveryState.ACCEPTED) -> None:
    """Record a campaign in the database of a publication."""
    with open_database(Workspace(root)) as database:
        record(database, slug, at, state)


@pytest.fixture
def sent(folder: Path) -> Path:
    """A publication whose issue 029 was sent twice."""
    write_publication(folder, publication=PLAIN, _029=ISSUE)
    send(folder, "029", FIRST)
    send(folder, "029", SECOND)
    return folder


def rename(root: Path, more: str = "") -> None:
    """Rename the issue 029, and insert a line."""
    (root / "issues/029.yaml").unlink()
    (root / "issues/lens.yaml").write_text(ISSUE.replace("number: 1\n", f"number: 1\n{more}"))


def test_a_build_warns_of_a_renamed_issue(run: Run, sent: Path) -> None:
    """A build warns until the new issue has the old slug as an alias, also if it has nothing to do."""
    assert "029" not in run("build", code=0).stderr
    rename(sent)
    for _ in range(3):
        assert run("build", code=0).stderr.endswith(f".\n{BROKEN}")
    (sent / "issues/lens.yaml").write_text(ISSUE.replace("number: 1\n", "number: 1\naliases: [029]\n"))
    for _ in range(2):
        assert "links in that mail" not in run("build", code=0).stderr


def test_a_build_warns_of_a_deleted_issue(run: Run, sent: Path) -> None:
    """Every deleted issue has its warning, the first sent first. A draft with the slug is no reason for one."""
    (sent / "issues/029.yaml").unlink()
    send(sent, "028", SECOND)
    lines = run("build", code=0).stderr.splitlines(keepends=True)
    assert lines[1] == BROKEN
    assert lines[2].startswith("028 was sent on 2026-11-08")
    (sent / "issues/029.yaml").write_text(ISSUE.replace("published", "draft"))
    (sent / "issues/lens.yaml").write_text(ISSUE.replace("published", "draft\naliases: [028]").replace("r: 1", "r: 2"))
    for _ in range(2):
        assert "was sent" not in run("build", code=0).stderr


def test_a_campaign_that_reached_no_recipient_is_no_reason_to_warn(run: Run, folder: Path) -> None:
    """Only deliveries that were accepted, or may have been, contain links."""
    write_publication(folder, publication=PLAIN, _1=ISSUE)
    for state in (DeliveryState.PENDING, DeliveryState.FAILED):
        send(folder, "029", FIRST, state)
    assert "was sent" not in run("build", code=0).stderr
    send(folder, "029", FIRST, DeliveryState.UNCERTAIN)
    assert "was sent" in run("build", code=0).stderr


def test_a_campaign_after_the_last_build_is_noticed(run: Run, sent: Path) -> None:
    """The cache of sent slugs belongs to one state of the database, also while another program has it open."""
    os.utime(sent / "newsletter.db", (FIRST, FIRST))
    for _ in range(2):
        assert "was sent" not in run("build", code=0).stderr
    assert (sent / ".newsletter/sent-slugs.json").exists()
    with open_database(Workspace(sent)) as database:
        record(database, "028", SECOND)
        assert (sent / "newsletter.db-wal").exists()
        assert "028 was sent" in run("build", code=0).stderr
        record(database, "027", SECOND)
        assert "027 was sent" in run("build", code=0).stderr
    assert "027 was sent" in run("build", code=0).stderr


@pytest.mark.parametrize("damage", [b"", b"[]", b"[1", b'{"settings": 1}'])
def test_a_damaged_cache_is_replaced(run: Run, sent: Path, damage: bytes) -> None:
    """If the cache of sent slugs is damaged, the database is read again."""
    os.utime(sent / "newsletter.db", (FIRST, FIRST))
    rename(sent)
    run("build", code=0)
    (sent / ".newsletter/sent-slugs.json").write_bytes(damage)
    assert BROKEN in run("build", code=0).stderr


def test_another_database_is_read(run: Run, sent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache belongs to the database that is set, in `newsletter.yaml` or in the environment."""
    rename(sent)
    os.utime(sent / "newsletter.db", (FIRST, FIRST))
    assert BROKEN in run("build", code=0).stderr
    (sent / "newsletter.yaml").write_text(f"{PLAIN}database: sqlite:///other.db\n")
    assert "was sent" not in run("build", code=0).stderr
    monkeypatch.setenv("NEWSLETTER_DATABASE", f"sqlite:///{sent}/newsletter.db?timeout=1")
    assert BROKEN in run("build", code=0).stderr
    monkeypatch.delenv("NEWSLETTER_DATABASE")
    assert "was sent" not in run("build", code=0).stderr


def test_a_publication_without_a_database(run: Run, folder: Path) -> None:
    """Without a database there is no warning, and none is created."""
    write_publication(folder, publication=PLAIN, _1=ISSUE)
    for _ in range(2):
        assert len(run("build", code=0).stderr.splitlines()) == 1
    assert list(folder.glob("*.db*")) == []
    send(folder, "029", FIRST)
    assert BROKEN in run("build", code=0).stderr


@pytest.mark.parametrize(
    ("database", "content", "message"),
    [
        ("postgresql://127.0.0.1:1/letter?connect_timeout=1", None, "Connection refused"),
        ("sqlite:///other.db", b"not a database" * 100, "other.db is not a database"),
        ("mysql://a/b", None, "unsupported database `mysql`"),
        ("sqlite:///", None, "the file is missing in the database URL"),
    ],
)
def test_a_database_that_cannot_be_read(
    run: Run, folder: Path, database: str, content: bytes | None, message: str
) -> None:
    """The archive is built, with one line about what was not checked."""
    write_publication(folder, publication=f"{PLAIN}database: {database}\n", _1=ISSUE)
    if content is not None:
        (folder / "other.db").write_bytes(content)
    for _ in range(2):
        built, warning = run("build", code=0).stderr.splitlines()
        assert built.startswith("Built 1 issue")
        assert warning.startswith("The links in sent mail were not checked: ")
        assert message in warning
    assert (folder / "build/site/1/index.html").exists()


def test_sent_slugs_are_found(database: Database) -> None:
    """The first campaign of each slug counts, on SQLite and PostgreSQL."""
    for slug, at in (("b", SECOND), ("b", FIRST), ("a", SECOND), ("kept", FIRST)):
        record(database, slug, at)
    expected = [SentSlug("b", FIRST), SentSlug("a", SECOND)]
    assert find_slugs_without_issue(database, {"kept", "new"}) == expected
    assert slugs_without_issue({"a": SECOND, "kept": 1, "b": FIRST}, {"kept"}) == expected


def test_the_names_of_issues(folder: Path) -> None:
    """The names are the slugs of all files, readable or not, and the aliases of those that can be read."""
    write_publication(folder, _1=ISSUE.replace("number: 1", "aliases: [a, b]"), _2="title: [", _3=ISSUE)
    assert Workspace(folder).issues.names() == {"1", "2", "3", "a", "b"}


def test_campaigns_are_found_by_the_old_and_the_new_name(run: Run, sent: Path) -> None:
    """The newest campaign of an issue is found by its slug and by each alias, whichever slug it was sent with."""

    def reported(name: str) -> int:
        id: int = json.loads(run("campaign", "report", name, "--json", code=0).stdout)["campaign"]
        return id

    rename(sent, "aliases: [028, 029]\n")
    assert [reported(name) for name in ("029", "028", "lens", "1", "issues/lens.yaml")] == [2] * 5
    send(sent, "lens", SECOND)
    assert [reported(name) for name in ("029", "lens")] == [3, 3]
    assert [found["issue"] for found in json.loads(run("campaigns", "--json", code=0).stdout)] == ["lens", "029", "029"]


def test_a_report_counts_sponsored_entries(run: Run, sent: Path) -> None:
    """As they are in the file of the issue now, also if it was renamed. Without any, or a file, there is no count."""
    report = ("campaign", "report", "#1")
    assert "sponsored" not in run(*report, code=0).stdout + run(*report, "--json", code=0).stdout
    entry = "      sponsored: Acme\n      comment:"
    (sent / "issues/029.yaml").write_text(ISSUE.replace("      comment:", entry))
    assert "\nsponsored: 1 entry\n" in run(*report, code=0).stdout
    rename(sent, "aliases: [029]\n")
    lens = (sent / "issues/lens.yaml").read_text()
    (sent / "issues/lens.yaml").write_text(lens.replace("      comment:", entry) if entry not in lens else lens)
    assert json.loads(run(*report, "--json", code=0).stdout)["sponsored"] == 1
    (sent / "issues/lens.yaml").write_text("title: [")
    assert "sponsored" not in run(*report, code=0).stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("exists", "expected"), [(True, ["True True", "False False"]), (False, ["False True", "False False"])]
)
def test_a_build_with_nothing_to_do_opens_no_database(sent: Path, exists: bool, expected: list[str]) -> None:
    """A build imports the database library only if the database exists, and has changed since the last build."""
    if exists:
        os.utime(sent / "newsletter.db", (FIRST, FIRST))
    else:
        (sent / "newsletter.db").unlink()
    program = (
        "import sys\nfrom newsletter.cli.main import main\nmain(['build'], standalone_mode=False)\n"
        "print('sqlalchemy' in sys.modules, 'yaml' in sys.modules)"
    )
    found = [
        subprocess.run([sys.executable, "-c", program], cwd=sent, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert [done.stdout.splitlines()[-1] for done in found] == expected
