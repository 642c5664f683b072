"""One campaign from the sending to the reports: a real mail server, all providers' events, readers and scanners.

Other tests read the same numbers elsewhere: call `run_campaign`, then compare with `EXPECTED`.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.bounces.provider_requests import CERTIFICATE_URL, KEYS, REQUESTS, TOPIC, ProviderRequests, Sent
from tests.campaign.publication import delivery, publish
from tests.transports.mail_server import MailServer, mail_server
from tests.web.serving import Clock, Pages, served

_WEBHOOKS = f"bounces: {{webhooks: [{{provider: ses, topic: '{TOPIC}'}}" + "".join(
    f", {{provider: {one.name}}}" for one in REQUESTS if one.name != "ses"
)
_SETTINGS = f"pages_url: https://news.example.org/\n{_WEBHOOKS}]}}"
_UNSUBSCRIBING = [one for one in REQUESTS if one.unsubscribe]
# Readers who unsubscribe by one click in their mail program, who click, and who do nothing; and rejected recipients.
_ONE_CLICK, _READERS, _SILENT, _REJECTED = 3, 5, 60, 2
_READER, _SCANNER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Barracuda Sentinel (EE)"

RECIPIENTS = 2 * len(REQUESTS) + len(_UNSUBSCRIBING) + _ONE_CLICK + _READERS + _SILENT + _REJECTED
EXPECTED = {
    "accepted": RECIPIENTS - _REJECTED,
    "hard_bounces": len(REQUESTS),
    "soft_bounces": 0,
    "policy_bounces": _REJECTED,
    "complaints": len(REQUESTS),
    "unsubscribed": len(_UNSUBSCRIBING) + _ONE_CLICK,
    "clicks": _READERS,
}
"""The number of each figure of the report."""
CLICKS = (_READERS, _READERS + 2)
"""The least and the most readers who clicked on the only entry."""


def run_campaign(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send issue 029 in a folder, and let everything happen that reports count."""
    for one in REQUESTS:
        monkeypatch.setenv(f"NEWSLETTER_WEBHOOK_{one.name.upper()}", one.secret)
    with _mail_server() as server:
        publish(root, delivery(server.port, _SETTINGS) + "clicks: true\n", _addresses())
        command = [sys.executable, "-m", "newsletter", "send", "029", "--yes", "--untested"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    sent = _sent(server)
    clock = Clock()
    clock.now = time.time()
    with served(root, clock=clock) as pages:
        pages.context.fetch = lambda url: _fetch(url, clock.now)
        for provider in REQUESTS:
            _report_events(pages, provider, sent)
        for number in range(_ONE_CLICK):
            path = urlsplit(sent[f"oneclick{number}@b.example"].unsubscribe.strip("<>")).path
            answer = pages.post(path, b"List-Unsubscribe=One-Click")
            assert answer.status == 200, answer
        _click(pages, clock)


@contextmanager
def _mail_server() -> Iterator[MailServer]:
    """Run a mail server. A thread starts and stops its event loop: a browser may already have one in this thread."""
    running = mail_server()
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(running.__enter__).result()
        thread.submit(running.__exit__, None, None, None).result()


def _addresses() -> list[str]:
    return [
        *(f"bounce-{one.name}@a.example" for one in REQUESTS),
        *(f"complaint-{one.name}@a.example" for one in REQUESTS),
        *(f"unsubscribe-{one.name}@b.example" for one in _UNSUBSCRIBING),
        *(f"oneclick{number}@b.example" for number in range(_ONE_CLICK)),
        *(f"reader{number}@b.example" for number in range(_READERS)),
        *(f"silent{number}@c.example" for number in range(_SILENT)),
        *(f"rcpt-550.{number}@c.example" for number in range(_REJECTED)),
    ]


def _sent(server: MailServer) -> dict[str, Sent]:
    """The messages that the server accepted, by recipient."""
    found = {}
    for one in server.received:
        message = message_from_bytes(one.content)
        url = re.sub(r"\s+", "", message["List-Unsubscribe"]).split(",")[0]
        found[one.recipient] = Sent(one.recipient, message["Message-ID"].strip(), url)
    return found


def _fetch(url: str, now: float) -> bytes:
    assert url == CERTIFICATE_URL
    return KEYS.certificate(now)


def _report_events(pages: Pages, provider: ProviderRequests, sent: dict[str, Sent]) -> None:
    """Report a hard bounce, a complaint, and an unsubscribe if the provider has such an event; each of them twice."""
    events = [("bounce", provider.bounce, "101"), ("complaint", provider.complaint, "102")]
    if provider.unsubscribe:
        events.append(("unsubscribe", provider.unsubscribe, "103"))
    for kind, build, id in events:
        domain = "b.example" if kind == "unsubscribe" else "a.example"
        body = build(sent[f"{kind}-{provider.name}@{domain}"], id)
        for _ in range(2):
            headers, content = provider.sign(body, pages.clock.now)
            typed = {"content-type": "application/json", **headers}
            assert pages.ask("POST", provider.path, content, typed).status == 200, (provider.name, kind)


def _click(pages: Pages, clock: Clock) -> None:
    """Let a scanner click as soon as the mail arrives, then readers from their networks, one of them twice."""
    clock.now += 30
    _follow(pages, "192.0.2.1", _READER)
    # A reader who clicks in two hours would count twice.
    clock.now = (clock.now // 3600 + 1) * 3600 + 120
    _follow(pages, "198.51.100.7", _SCANNER)
    for number in (*range(_READERS), 0):
        clock.now += 20
        _follow(pages, f"203.0.{number}.7", _READER)


def _follow(pages: Pages, address: str, agent: str) -> None:
    answer = pages.get("/go/029/lens", **{"x-forwarded-for": address, "user-agent": agent})
    assert answer.status == 302, answer
    assert answer.headers["location"].startswith("https://example.com/lenses")
