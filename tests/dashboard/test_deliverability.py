"""The dashboard's API for deliverability: the checks of the doctor in groups, and what leaves the machine."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from newsletter.dashboard.views.deliverability import RunChecks, run_checks
from newsletter.database.states import BounceKind
from newsletter.doctor.dns_lookup import parse_name_server
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.dashboard.api_client import ApiClient
from tests.dashboard.previewing import run_preview
from tests.name_server import name_server
from tests.publications import PUBLICATION, write_publication
from tests.reports.ledger import ACCEPTED, ReportedLedger
from tests.transports.mail_server import mail_server

SETTINGS = PUBLICATION.replace("example.org", "weekly-lens.org")


def messages(found: dict[str, Any]) -> list[str]:
    return [result["message"] for group in found["groups"] for result in group["results"]]


def test_the_checks_are_those_of_the_doctor(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are in groups, and none is missing. Looking at them looks up nothing, and creates no database."""
    monkeypatch.delenv("NEWSLETTER_DATABASE", raising=False)
    write_publication(folder, publication=SETTINGS)
    printed = json.loads(run("doctor", "--json").stdout)
    with run_preview(folder) as preview:
        client = ApiClient(preview)
        status, found = client.get("/api/deliverability")
        assert client.get("/api/deliverability/suppressions") == (200, {})
        assert client.get("/api/deliverability/campaigns") == (200, [])
    assert status == 200
    assert sorted(messages(found)) == sorted(each["message"] for each in printed["diagnoses"])
    assert [group["title"] for group in found["groups"]] == [
        "Settings",
        "Mail servers",
        "Bounces, complaints and unsubscribing",
        "Authentication",
        "Database",
    ]
    assert [each["value"] for each in found["records"]] == [each["value"] for each in printed["records"]]
    assert not (folder / "newsletter.db").exists()


def test_dns_is_asked_on_request(folder: Path) -> None:
    """The records are looked up and compared. The advice names no options of commands."""
    write_publication(folder, publication=SETTINGS)
    with name_server({("weekly-lens.org", "TXT"): ['"v=spf1 -all"']}) as address:
        server = parse_name_server(address)
        found = run_checks(Workspace(folder), RunChecks(dns=True), server)
        silent = run_checks(Workspace(folder), RunChecks(), server)
    authentication = {group["title"]: group["results"] for group in found["groups"]}["Authentication"]
    assert {"DNS, SPF", "DNS, MX", "DNS, DMARC"} <= {result["about"] for result in authentication}
    results = [result for group in silent["groups"] for result in group["results"]]
    assert not any(result["about"].startswith("DNS") for result in results)
    assert not any("--" in json.dumps(each) for each in (found, silent))


def test_servers_are_connected_to_on_request(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request connects to the mail server. Before, the page offers it."""
    monkeypatch.delenv("NEWSLETTER_DATABASE", raising=False)
    with mail_server() as server:
        smtp = f"{{host: 127.0.0.1, port: {server.port}, security: none}}"
        write_publication(folder, publication=f"{SETTINGS}delivery:\n  smtp:\n    - {smtp}\n")
        with run_preview(folder) as preview:
            client = ApiClient(preview)
            before = messages(client.get("/api/deliverability")[1])
            after = messages(client.post("/api/deliverability", {"connect": True})[1])
    assert f"127.0.0.1:{server.port} is configured; connect to test it" in before
    assert f"connected to 127.0.0.1:{server.port}" in after


def test_warnings_of_the_last_campaigns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reports on the last three say if complaints stand out, newest first."""
    monkeypatch.delenv("NEWSLETTER_DATABASE", raising=False)
    write_publication(folder, publication=SETTINGS)
    with open_database(Workspace(folder)) as database:
        ledger = ReportedLedger(database)
        sent = [ledger.send({"a.example": {ACCEPTED: 20}}, slug) for slug in ("001", "002", "003", "004")]
        for campaign in (sent[0], sent[2]):
            ledger.bounce(campaign, BounceKind.COMPLAINT)
    with run_preview(folder) as preview:
        _, found = ApiClient(preview).get("/api/deliverability/campaigns")
    assert [(each["issue"], len(each["warnings"])) for each in found] == [("004", 0), ("003", 1), ("002", 0)]
    (warning,) = found[1]["warnings"]
    assert (warning["severity"], warning["message"].partition(" (")[0]) == (
        "error",
        "5.0 % of the accepted messages were marked as spam",
    )


@pytest.mark.slow
def test_the_sum_counts_warnings_of_campaigns(folder: Path, view: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """The summary of the view has the errors of the checks and those of the last campaigns."""
    monkeypatch.delenv("NEWSLETTER_DATABASE", raising=False)
    write_publication(folder, publication=SETTINGS)
    with open_database(Workspace(folder)) as database:
        ledger = ReportedLedger(database)
        ledger.bounce(ledger.send({"a.example": {ACCEPTED: 20}}, "001"), BounceKind.COMPLAINT)
    with run_preview(folder) as preview:
        view.goto(f"{preview.url}/deliverability")
        expect(view.locator("#campaigns .error")).to_have_count(1)
        errors = view.locator("#campaigns .error, #groups .error").count()
        expect(view.locator("#check-sum")).to_contain_text(re.compile(rf"^{errors} errors?\b"))


def test_errors(folder: Path) -> None:
    """Settings that cannot be read are a message. A database that is away is a result like others."""
    write_publication(folder, publication=SETTINGS + "database: postgresql://lens:geheim@127.0.0.1:1/lens\n")
    with run_preview(folder) as preview:
        client = ApiClient(preview)
        status, found = client.get("/api/deliverability")
        assert status == 200
        (database,) = {group["title"]: group["results"] for group in found["groups"]}["Database"]
        assert (database["state"], "geheim" in json.dumps(found)) == ("error", False)
        assert client.get("/api/deliverability/suppressions")[0] == 422
        write_publication(folder, publication=SETTINGS.replace("name:", "nam:"))
        status, error = client.get("/api/deliverability")
    assert (status, bool(error["message"])) == (422, True)
