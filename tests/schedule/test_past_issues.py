"""Issues that are published meanwhile do not change the content of schedules and campaigns."""

import re

import pytest
from sqlalchemy import update

from newsletter.campaign.preparation import Preparation
from newsletter.database.tables import campaign
from newsletter.database.tables import schedule as table
from newsletter.workspace.workspace import Workspace
from tests.campaign.publication import DRAFT, Recording
from tests.schedule.scheduled import AT, ZONE, Scheduled

_EARLIER = DRAFT.replace("Issue 1", "Issue 0").replace("2024-05-05", "2024-04-28").replace("number: 1", "number: 7")
_OLDEST = DRAFT.replace("Issue 1", "Issue X").replace("2024-05-05", "2024-04-21").replace("number: 1\n", "")


@pytest.fixture
def two(scheduled: Scheduled) -> Scheduled:
    """The publication with a draft of an earlier date, and an issue that is published."""
    (scheduled.folder / "issues/028.yaml").write_text(_EARLIER)
    (scheduled.folder / "issues/027.yaml").write_text(_OLDEST.replace("status: draft", "status: published"))
    return scheduled


def _schedule_earlier(two: Scheduled) -> None:
    two.run("send", "028", "--at", AT, "--zone", ZONE, "--yes", "--untested", code=0)


def _whole_digest(two: Scheduled, slug: str) -> str:
    """Return the digest as the version before database 0014 stored it."""
    workspace = Workspace(two.folder)
    return Preparation(workspace, two.database).compose(workspace.issue(slug)).whole_digest


def _change(two: Scheduled) -> None:
    issue = two.folder / "issues/029.yaml"
    issue.write_text(issue.read_text().replace("polished.", "polished twice."))


def _listed_in_mail(two: Scheduled) -> dict[str, set[str]]:
    """Return the past issues that each file in the outbox lists, by recipient."""
    found = {}
    for file in (two.folder / "outbox").glob("*.eml"):
        text = file.read_text().replace("=\n", "")
        found[file.name.rpartition("-")[0]] = set(re.findall(r"https://lens\.example\.org/(02[78])/", text))
    return found


def _send_to_folder(two: Scheduled) -> None:
    settings = two.folder / "newsletter.yaml"
    before, _, _ = settings.read_text().partition("delivery:")
    settings.write_text(f"{before}delivery:\n  transport: folder\n  folder: outbox\n")


def test_of_two_schedules_the_second_starts_after_the_first(two: Scheduled, server: Recording) -> None:
    """The first is published and listed by the second, which is sent as it was checked."""
    _schedule_earlier(two)
    two.schedule()
    assert [one.slug for one in two.start().started] == ["028", "029"]
    two.run("send", "028", "--resume", code=0)
    assert "status: published" in (two.folder / "issues/028.yaml").read_text()
    two.run("send", "029", "--resume", code=0)
    assert len(server.accepted()) == 12


def test_the_second_schedule_starts_when_the_first_was_sent(two: Scheduled) -> None:
    """It lists the first, since its campaign is created afterwards."""
    two.schedule()
    _send_to_folder(two)
    two.run("send", "028", "--yes", "--untested", code=0)
    for file in (two.folder / "outbox").iterdir():
        file.unlink()
    assert len(two.start().started) == 1
    two.run("send", "029", "--resume", code=0)
    assert set(map(frozenset, _listed_in_mail(two).values())) == {frozenset({"027", "028"})}


def test_a_resumed_campaign_lists_the_past_issues_of_its_creation(two: Scheduled, server: Recording) -> None:
    """All recipients get the same list, whatever was published since, even if the issue was unpublished."""
    two.schedule()
    two.start()
    assert "status: draft" in (two.folder / "issues/028.yaml").read_text()
    _send_to_folder(two)
    two.run("send", "028", "--yes", "--untested", code=0)
    for file in (two.folder / "outbox").iterdir():
        file.unlink()
    oldest = two.folder / "issues/027.yaml"
    oldest.write_text(oldest.read_text().replace("status: published", "status: draft"))
    two.run("send", "029", "--resume", code=0)
    mailed = _listed_in_mail(two)
    assert (len(mailed), set(map(frozenset, mailed.values()))) == (6, {frozenset({"027"})})


def test_changed_content_is_refused_whatever_was_published(two: Scheduled) -> None:
    """Neither a schedule nor a campaign sends it."""
    two.schedule()
    _send_to_folder(two)
    two.run("send", "028", "--yes", "--untested", code=0)
    _change(two)
    assert "its content has changed" in two.start().paused[0].reason


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("changed", [False, True])
def test_a_schedule_of_the_version_before_is_accepted(two: Scheduled, *, sent: bool, changed: bool) -> None:
    """Its digest contains the list of past issues. It is accepted with the list of then, and only unchanged."""
    two.schedule()
    digest = _whole_digest(two, "029")
    with two.database.write() as connection:
        connection.execute(update(table).values(content=digest))
    if sent:
        _send_to_folder(two)
        two.run("send", "028", "--yes", "--untested", code=0)
    if changed:
        _change(two)
    result = two.start()
    assert (len(result.started), len(result.paused)) == (not changed, changed)


@pytest.mark.parametrize("changed", [False, True])
def test_a_campaign_of_the_version_before_is_resumed(two: Scheduled, *, changed: bool) -> None:
    """It sends the list of past issues that its digest contains, although an earlier issue was published since."""
    two.schedule()
    digest = _whole_digest(two, "029")
    two.start()
    with two.database.write() as connection:
        connection.execute(update(campaign).values(content=digest, past_issues=None, created_at=1))
    _send_to_folder(two)
    two.run("send", "028", "--yes", "--untested", code=0)
    for file in (two.folder / "outbox").iterdir():
        file.unlink()
    if changed:
        _change(two)
    output = two.run("send", "029", "--resume", code=int(changed)).stderr
    assert ("has changed since campaign #1 started" in output) == changed
    mailed = _listed_in_mail(two)
    assert (len(mailed), set(map(frozenset, mailed.values()))) == ((0, set()) if changed else (6, {frozenset({"027"})}))


@pytest.mark.parametrize("count", [0, 1])
def test_the_number_of_past_issues_is_content(two: Scheduled, count: int) -> None:
    """The author sets it, so another number is a change."""
    two.schedule()
    settings = two.folder / "newsletter.yaml"
    settings.write_text(f"past_issues: {count}\n{settings.read_text()}")
    assert "its content has changed" in two.start().paused[0].reason
