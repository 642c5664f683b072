"""The HTML file of a report: what it replaces, and what authors' and servers' texts can do in it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.database.states import BounceKind
from newsletter.reports.bar_chart import draw_bars
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication
from tests.reports.ledger import ACCEPTED, FAILED, ReportedLedger
from tests.terminal import terminal

HOSTILE = '<script>alert(1)</script> & {{unsubscribe_url}} "quoted"'


@pytest.fixture
def ledger(folder: Path) -> Iterator[ReportedLedger]:
    """The ledger of a publication."""
    write_publication(
        folder, publication=PUBLICATION, _029=ISSUE.replace("How lenses are ground", "'<b>{{x}}</b> & I'")
    )
    with open_database(Workspace(folder)) as database:
        yield ReportedLedger(database)


def test_texts_are_escaped(ledger: ReportedLedger, run: Run) -> None:
    """Subjects, titles and domains are no markup and no merge fields."""
    ledger.send({"<i>.example": {ACCEPTED: 3}}, "029")
    ledger.click("029", "lens", certain=2)
    with ledger.database.write() as connection:
        connection.exec_driver_sql("UPDATE campaign SET subject = ?", (HOSTILE,))
    run("campaign", "report", "029", "--html", "report.html", code=0)
    html = Path("report.html").read_text(encoding="utf-8")
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "&lt;i&gt;.example" in html
    assert "<i>" not in html
    assert "{{" not in html


def test_an_earlier_report_is_replaced_and_no_other_file(ledger: ReportedLedger, run: Run) -> None:
    """A mistyped name does not cost the author a file."""
    ledger.send({"a.example": {ACCEPTED: 3}}, "029")
    issue = Path("issues/029.yaml").read_bytes()
    refused = run("campaign", "report", "029", "--html", "issues/029.yaml", code=1)
    assert "issues/029.yaml already exists, and is not a report" in refused.stderr
    assert Path("issues/029.yaml").read_bytes() == issue
    assert "issues is a folder" in run("campaign", "report", "029", "--html", "issues", code=1).stderr
    run("campaign", "report", "029", "--html", "reports/029.html", code=0)
    before = Path("reports/029.html").read_bytes()
    run("campaign", "report", "029", "--html", "reports/029.html", code=0)
    assert Path("reports/029.html").read_bytes() == before
    ledger.send({"a.example": {ACCEPTED: 1}}, "029")
    run("campaign", "report", "029", "--html", "reports/029.html", code=0)
    html = Path("reports/029.html").read_text(encoding="utf-8")
    assert html.index("Campaign #2 of 029") < html.index("Campaign #1 of 029")
    assert [path.name for path in Path("reports").iterdir()] == ["029.html"]


def test_a_dash_prints_the_file(ledger: ReportedLedger, run: Run) -> None:
    """As with `newsletter render`; no file of that name is created."""
    ledger.send({"a.example": {ACCEPTED: 3}}, "029")
    ledger.click("029", "lens", certain=2)
    run("campaign", "report", "029", "--html", "report.html", code=0)
    assert run("campaign", "report", "029", "--html", "-", code=0).stdout == Path("report.html").read_text()
    assert not Path("-").exists()
    note = "Shares of complaints, unsubscribes and clicks are of accepted messages, the others of recipients."
    assert note in Path("report.html").read_text()
    # Without doubtful clicks, no range is shown.
    assert "range" not in Path("report.html").read_text()
    assert "range" not in run("campaign", "report", "029", code=0).stdout


def test_a_report_fits_a_narrow_terminal(
    ledger: ReportedLedger, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sentences are wrapped at words, and bars left out. Elsewhere, each sentence is a line and bars are shown."""
    ledger.send({"a.example": {ACCEPTED: 60}, "b.example": {ACCEPTED: 1, FAILED: 40}}, "029")
    ledger.click("029", "lens", certain=2, doubtful=1)
    monkeypatch.setenv("COLUMNS", "40")
    with terminal(folder, "campaign", "report", "029") as narrow:
        assert narrow.finish() == 0
    assert "█" not in narrow.shown
    sentences = narrow.shown[narrow.shown.index("The number of readers") :].splitlines()
    assert max(len(line) for line in sentences if "Not delivered" not in line and ".example  " not in line) <= 40
    plain = run("campaign", "report", "029", code=0).stdout
    assert "█" in plain
    assert "40 failed: no reply" in plain
    words = " ".join(narrow.shown.split())
    for line in plain.splitlines():
        if line.startswith(("The number", "warning: ", "  = ")):
            assert " ".join(line.split()) in words


def test_what_has_no_campaign_is_named(ledger: ReportedLedger, run: Run) -> None:
    """A number may be an issue or a campaign. A receipt says that an issue was sent from another database."""
    assert "neither an issue 7 nor a campaign #7 exists" in run("campaign", "report", "7", code=1).stderr
    assert "029 has not been sent" in run("campaign", "report", "029", code=1).stderr
    receipt = {"database": "x", "campaign": 1, "content": "c", "started": 1, "correction": False, "recipients": 9}
    receipt |= {"attempted": 5, "up_to_delivery": 5, "up_to_subscriber": 5, "generation": 1}
    Path("receipts").mkdir()
    Path("receipts/029.json").write_text(json.dumps({"campaigns": [receipt]}))
    stderr = run("campaign", "report", "029", code=1).stderr
    assert "has not been sent" not in stderr
    assert "by receipts/029.json up to 5 subscribers may have received 029" in stderr
    assert "newsletter db adopt" in stderr


@pytest.mark.parametrize("other", ["--json", "--csv"])
def test_html_is_an_output_of_its_own(ledger: ReportedLedger, run: Run, other: str) -> None:
    """It cannot be combined with another one."""
    assert "--html cannot be used" in run("campaign", "report", "029", "--html", "a.html", other, code=2).stderr


def test_json_keeps_its_keys_and_has_the_report(ledger: ReportedLedger, run: Run) -> None:
    """Those of campaigns come first; `refused` and `policy_bounces` are the same number."""
    sent = ledger.send({"a.example": {ACCEPTED: 1000, FAILED: 1}, "b.example": {FAILED: 40}}, "029")
    ledger.bounce(sent, BounceKind.COMPLAINT)
    ledger.bounce(sent, BounceKind.POLICY, 2)
    found = json.loads(run("campaign", "report", "029", "--json", code=0).stdout)
    assert found["counts"]["accepted"] == found["figures"]["accepted"]["number"] == 1000
    assert found["bounces"]["refused"] == found["figures"]["policy_bounces"]["number"] == 2
    assert found["figures"]["accepted"] == {
        "number": 1000,
        "of": "recipients",
        "share": 0.960615,
        "median": None,
        "median_share": None,
    }
    assert found["domains"][1] == {
        "domain": "b.example",
        "recipients": 40,
        "accepted": 0,
        "rejected": 40,
        "returned": 0,
    }
    assert (found["other_domains"], found["compared_campaigns"], found["clicks"]) == (None, 0, [])
    assert [(one["about"], one["severity"]) for one in found["warnings"]] == [
        ("complaints", "warning"),
        ("domain", "warning"),
    ]
    text = run("campaign", "report", "029", code=0).stdout
    for one in found["warnings"]:
        assert f"warning: {one['message']}" in text
        assert one["advice"] in text


def test_growth_is_printed_as_text_json_and_csv(ledger: ReportedLedger, run: Run) -> None:
    """All three have the same numbers."""
    run("subscribers", "add", "new@a.example", "--consent", "asked", code=0)
    found = json.loads(run("subscribers", "growth", "--json", "--weeks", "2", code=0).stdout)
    assert (found["active"], len(found["weeks"]), found["total"]["joined"]) == (1, 2, 1)
    assert found["sources"]["author"]["joined"] == 1
    week = found["weeks"][-1]["week"]
    head, row = run("subscribers", "growth", "--csv", code=0).stdout.splitlines()
    assert (head, row) == (
        "week,source,joined,confirmed,unsubscribed,bounced,complained",
        f"{week},author,1,0,0,0,0",
    )
    lines = run("subscribers", "growth", code=0).stdout.splitlines()
    assert [line.split() for line in lines if line.startswith(week)] == [[week, "1", "█" * 16]]
    assert "1 subscriber is active now." in lines
    assert run("subscribers", "growth", "--csv", "--json", code=2).stderr
    assert run("subscribers", "growth", "--weeks", "0", code=2).stderr


def test_the_same_numbers_are_the_same_plot() -> None:
    """Nothing in it is random, and characters that XML does not allow are replaced."""
    plots = {draw_bars("p", "T\x00", "D\x0b", ["\x01 <&", "b" * 90], [("n", [1, 0])]) for _ in range(3)}
    (svg,) = plots
    assert "\ufffd &lt;&amp;" in svg
    assert "b" * 20 + "…" in svg


@pytest.mark.parametrize(
    ("numbers", "ticks"),
    [
        ([0, 0], ["0", "1"]),
        ([3, 0], ["0", "1", "2", "3"]),
        ([3, 4], ["0", "2", "4", "6", "8"]),
        ([1_000, 10_000], ["0", "5,000", "10,000", "15,000"]),
        ([900_000, 0], ["0", "500,000", "1,000,000"]),
    ],
)
@pytest.mark.parametrize("horizontal", [True, False])
def test_scales_have_whole_numbers(numbers: list[float], ticks: list[str], horizontal: bool) -> None:
    """Each number is on the scale once, and the highest bar ends within it."""
    svg = draw_bars("p", "T", "D", ["x"], [("a", numbers[:1]), ("b", numbers[1:])], horizontal=horizontal)
    assert re.findall(r"<text[^>]*>([\d,]+)</text>", svg) == ticks
