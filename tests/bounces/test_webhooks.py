"""Webhooks of mail providers: real requests to the real pages, signed with keys made in the test."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import event, func, select, update

from newsletter.database.database import Database
from newsletter.database.states import SubscriberState, SuppressionReason
from newsletter.database.tables import subscriber, webhook_token
from newsletter.errors import FetchError
from newsletter.mail.issue_mail import settings_head
from newsletter.mail.message import Recipient, compose
from newsletter.subscribers.events import Event
from tests.bounces.provider_requests import (
    CERTIFICATE_URL,
    HAPPENED,
    KEYS,
    REQUESTS,
    SECRET,
    TOPIC,
    ProviderRequests,
    Sent,
    sendgrid_event,
    ses_event,
    sign_mailgun,
    sign_sendgrid,
    sign_sns,
    sns_message,
)
from tests.bounces.sent_campaign import SentCampaigns
from tests.publications import PUBLICATION, write_publication
from tests.web.running import running
from tests.web.serving import Answer, Pages, served

ANN, BOB = "ann@example.com", "bob@example.com"
ACTIVE, BOUNCED, COMPLAINED = SubscriberState.ACTIVE, SubscriberState.BOUNCED, SubscriberState.COMPLAINED
UNSUBSCRIBED = SubscriberState.UNSUBSCRIBED
SES, POSTMARK, MAILGUN, SENDGRID, BREVO, RESEND, SPARKPOST, STANDARD = REQUESTS
DELIVERY = f"""\
delivery:
  transport: folder
  folder: outbox
  bounces:
    webhooks:
      - {{provider: ses, topic: "{TOPIC}"}}
""" + "".join(f"      - provider: {one.name}\n" for one in REQUESTS if one.name != "ses")

each = pytest.mark.parametrize("provider", REQUESTS, ids=lambda one: one.name)


class Received:
    """The running pages with a sent campaign, and the URLs that they requested."""

    def __init__(self, pages: Pages) -> None:
        self.pages, self.sent = pages, SentCampaigns(pages.context.database)
        self.requested: list[str] = []
        self.certificate = KEYS.certificate(pages.clock.now)
        pages.context.fetch = self._fetch

    def _fetch(self, url: str) -> bytes:
        self.requested.append(url)
        if url == CERTIFICATE_URL:
            return self.certificate
        if url.startswith("https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"):
            return b"<ConfirmSubscriptionResponse/>"
        raise FetchError(f"no such page: {url}")

    def message(self, address: str = ANN, number: int = 1) -> Sent:
        """Send a campaign to a new subscriber."""
        self.sent.add(address)
        return Sent.of(self.sent.send(address, number))

    def post(self, provider: ProviderRequests, body: object, *, late: float = 0) -> Answer:
        """Sign a body and send it."""
        headers, content = provider.sign(body, self.pages.clock.now - late)
        return self.send(provider, content, **headers)

    def send(self, provider: ProviderRequests, content: bytes, **headers: str) -> Answer:
        """Send a body with these header fields."""
        return self.pages.ask("POST", provider.path, content, {"content-type": "application/json"} | headers)

    def state(self, address: str = ANN) -> SubscriberState:
        """The state of a subscriber."""
        return self.sent.state(address)[0]

    def consent(self, at: int) -> None:
        """Set when all subscribers consented."""
        with self.pages.context.database.write() as connection:
            connection.execute(update(subscriber).values(consent_at=at))

    def events(self, address: str = ANN) -> list[Event]:
        """The history of a subscriber."""
        return self.sent.events(address)


@contextmanager
def receiving(folder: Path, delivery: str = DELIVERY) -> Iterator[Received]:
    """Run the pages with a webhook for every provider."""
    with served(folder, PUBLICATION + delivery) as pages:
        yield Received(pages)


@pytest.fixture
def received(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Received]:
    """The running pages."""
    for one in REQUESTS:
        monkeypatch.setenv(f"NEWSLETTER_WEBHOOK_{one.name.upper()}", one.secret)
    with receiving(tmp_path) as running:
        yield running


@each
def test_a_hard_bounce_suppresses(received: Received, provider: ProviderRequests) -> None:
    """The history has the campaign and the reply. A request that is sent again is accepted and changes nothing."""
    body = provider.bounce(received.message(), "7")
    for _ in range(2):
        answer = received.post(provider, body)
        assert (answer.status, answer.text) == (200, "ok\n")
    assert received.sent.state(ANN) == (BOUNCED, SuppressionReason.HARD_BOUNCE)
    (event,) = received.events()
    assert event.campaign_id is not None
    assert event.detail.startswith("hard, 5.1.1")
    assert received.pages.logged("request")["suppressed"] == 1


@each
def test_a_complaint_suppresses(received: Received, provider: ProviderRequests) -> None:
    """The subscriber is in the state `complained`."""
    assert received.post(provider, provider.complaint(received.message(), "7")).status == 200
    assert received.sent.state(ANN) == (COMPLAINED, SuppressionReason.COMPLAINT)


@pytest.mark.parametrize("provider", [one for one in REQUESTS if one.unsubscribe], ids=lambda one: one.name)
def test_an_unsubscribe_at_the_provider_counts(received: Received, provider: ProviderRequests) -> None:
    """The history says through which provider. One from before the consent changes nothing: it was overtaken."""
    assert provider.unsubscribe
    body = provider.unsubscribe(received.message(), "7")
    received.consent(HAPPENED + 1)
    assert received.post(provider, body).status == 200
    assert received.state() is ACTIVE
    received.consent(HAPPENED - 1)
    # Its token was used.
    body = provider.unsubscribe(received.message(BOB, 2), "8") if provider is MAILGUN else body
    assert received.post(provider, body).status == 200
    address = BOB if provider is MAILGUN else ANN
    assert received.state(address) is UNSUBSCRIBED
    assert f"through {provider.name}" in received.events(address)[-1].detail


@each
def test_the_order_of_events_does_not_matter(received: Received, provider: ProviderRequests) -> None:
    """A complaint after a bounce, and a bounce after a complaint, leave the same state."""
    states: list[SubscriberState] = []
    for address, order in ((ANN, (provider.bounce, provider.complaint)), (BOB, (provider.complaint, provider.bounce))):
        sent = received.message(address, len(address))
        for number, build in enumerate(order):
            assert received.post(provider, build(sent, f"{number}{len(states)}7")).status == 200
        states.append(received.state(address))
    assert states == [COMPLAINED, COMPLAINED]


@each
def test_a_request_that_proves_nothing_is_refused(received: Received, provider: ProviderRequests) -> None:
    """A forged one, one without a signature, half of one, an empty and a huge one change nothing."""
    headers, content = provider.sign(provider.bounce(received.message(), "7"), received.pages.clock.now)
    wrong = {name: value[:-6] + "AAAAA=" for name, value in headers.items() if not name.endswith(("timestamp", "-id"))}
    forged = content
    if provider is MAILGUN:
        forged = content.replace(b'"signature": "', b'"signature": "0')
    elif provider is SES:
        forged = content.replace(b"550 5.1.1", b"550 5.2.1")
    path = "/webhooks/brevo/wrong-secret-of-many-characters" if provider is BREVO else provider.path
    assert received.pages.ask("POST", path, forged, {**headers, **wrong}).status == 401
    if headers:
        assert received.send(provider, content).status == 401
    assert received.send(provider, content[: len(content) // 2], **headers).status in (400, 401)
    assert received.send(provider, b"", **headers).status in (400, 401)
    assert received.send(provider, b" " * 5_000_001, **headers).status == 413
    assert received.state() is ACTIVE


@pytest.mark.parametrize("provider", [SENDGRID, RESEND, STANDARD], ids=lambda one: one.name)
def test_a_changed_body_is_refused(received: Received, provider: ProviderRequests) -> None:
    """The signature covers every byte."""
    headers, content = provider.sign(provider.bounce(received.message(), "7"), received.pages.clock.now)
    assert received.send(provider, content.replace(ANN.encode(), BOB.encode()), **headers).status == 401
    assert received.send(provider, content + b" ", **headers).status == 401
    assert received.send(provider, content, **headers).status == 200


@pytest.mark.parametrize("provider", [SES, MAILGUN, SENDGRID, RESEND, STANDARD], ids=lambda one: one.name)
def test_a_late_request_is_refused(received: Received, provider: ProviderRequests) -> None:
    """A signature from last week, or from the future, proves nothing about now."""
    body = provider.bounce(received.message(), "7")
    assert received.post(provider, body, late=7 * 24 * 3600).status == 401
    assert received.post(provider, body, late=-3600).status == 401
    assert received.state() is ACTIVE


@each
def test_an_address_alone_proves_nothing(received: Received, provider: ProviderRequests) -> None:
    """An event without a Message-ID or a token of a sent message is logged and changes nothing."""
    received.message()
    unknown = Sent(ANN, "<unknown@example.com>", "<https://lens.example.org/unsubscribe/1-1-1-abcde.abc>")
    for build, id in (
        (provider.bounce, "7"),
        (provider.complaint, "8"),
        (provider.unsubscribe or provider.bounce, "9"),
    ):
        assert received.post(provider, build(unknown, id)).status == 200
    assert received.state() is ACTIVE
    assert received.events() == []
    assert received.pages.logged("request")["unproven"] == 1


@each
def test_the_log_says_why_a_request_changed_nothing(received: Received, provider: ProviderRequests) -> None:
    """A subscriber without a campaign is not the same as an address that is not on the list."""
    received.sent.add(BOB)
    for id, address, word in (("7", BOB, "sent_no_campaign"), ("8", "eve@example.com", "not_a_subscriber")):
        unknown = Sent(address, "<unknown@example.com>", "")
        assert received.post(provider, provider.bounce(unknown, id)).status == 200
        assert received.pages.logged("request")[word] == 1
    assert received.state(BOB) is ACTIVE


def test_a_request_without_events_is_logged_as_such(received: Received) -> None:
    """Its JSON may be meant for another program."""
    assert received.post(SENDGRID, []).status == 200
    assert received.pages.logged("request")["outcome"] == "no events"


@pytest.mark.parametrize("body", [{"_id": "7"}, {"_id": "7", "type": "", "data": {}}, {"_id": "7", "type": [1]}])
def test_a_signed_request_without_a_type_is_not_understood(received: Received, body: dict[str, object]) -> None:
    """An event of another type is understood, and changes nothing."""
    assert received.post(STANDARD, body).status == 400
    assert received.pages.logged("request")["outcome"] == "not understood"
    assert received.post(STANDARD, {"_id": "8", "type": "email.opened"}).status == 200
    assert received.pages.logged("request")["outcome"] == "no events"


def test_a_bounce_of_a_suppressed_address_is_noted(received: Received) -> None:
    """It was suppressed by the first. The second is another event, and is in the history."""
    sent = received.message()
    assert received.post(STANDARD, STANDARD.bounce(sent, "7")).status == 200
    assert received.pages.logged("request")["suppressed"] == 1
    assert received.post(STANDARD, STANDARD.bounce(sent, "8")).status == 200
    logged = received.pages.logged("request")
    assert (logged["noted"], "suppressed" in logged) == (1, False)


def test_the_id_in_the_reply_of_the_providers_server_proves_a_message(received: Received) -> None:
    """Amazon SES replaces the Message-ID, and returns its own id when it accepts a message."""
    sent = received.message()
    unknown = Sent(ANN, "", "")
    id = "0102018c1234abcd-0a1b2c3d-0000-0000"
    with received.pages.context.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE delivery SET text = 'Ok {id}' WHERE message_id = '{sent.message_id}'")
    assert received.post(SES, SES.bounce(unknown, "7")).status == 200
    assert received.state() is BOUNCED


def test_a_token_of_mailgun_is_accepted_once(received: Received) -> None:
    """Its signature does not cover the event: with a token that was used, another event changes nothing."""
    first, second = received.message(), received.message(BOB, 2)
    now = received.pages.clock.now
    for sent, id in ((first, "7"), (second, "8")):
        _, content = sign_mailgun(MAILGUN.bounce(sent, id), now, token="a" * 50)
        assert received.send(MAILGUN, content).status == 200
    assert (received.state(ANN), received.state(BOB)) == (BOUNCED, ACTIVE)
    # It is forgotten when the request would be too old.
    received.pages.clock.now += 4 * 24 * 3600
    assert received.post(MAILGUN, MAILGUN.bounce(second, "9")).status == 200
    with received.pages.context.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(webhook_token)).scalar() == 1


def test_amazon_sns_subscribes_only_the_topic_of_the_settings(received: Received) -> None:
    """The confirmation is requested from Amazon, and only for this topic."""
    at = received.pages.clock.now
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336"
    confirmation = {"Type": "SubscriptionConfirmation", "Token": "2336", "SubscribeURL": url}
    assert received.send(SES, sign_sns(sns_message({}, "1", at, **confirmation))).status == 200
    assert received.requested == [CERTIFICATE_URL, url]
    for changed in (
        {"TopicArn": TOPIC + "-of-somebody-else"},
        {"SubscribeURL": "https://sns.eu-west-1.amazonaws.com.example.net/?Action=ConfirmSubscription"},
        {"SubscribeURL": "http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"},
    ):
        assert received.send(SES, sign_sns(sns_message({}, "2", at, **confirmation | changed))).status == 401
    assert [one for one in received.requested if one not in (CERTIFICATE_URL, url)] == []


@pytest.mark.parametrize(
    "url",
    [
        "https://sns.eu-west-1.amazonaws.com@example.net/a.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/a.pem",
        "https://s3.eu-west-1.amazonaws.com/bucket/a.pem",
        "http://sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com/a.txt",
        "https://[::1/a.pem",
        "",
    ],
)
def test_a_certificate_of_another_host_is_not_requested(received: Received, url: str) -> None:
    """Only Amazon's own hosts are asked."""
    message = sns_message({}, "1", received.pages.clock.now, SigningCertURL=url)
    assert received.send(SES, sign_sns(message)).status == 401
    assert received.requested == []


def test_the_certificate_of_amazon_sns_must_be_valid(received: Received) -> None:
    """One that has expired, that is for another host, or that is none, proves nothing. If it is away, SNS retries."""
    event = SES.bounce(received.message(), "7")
    now = received.pages.clock.now
    for certificate in (KEYS.certificate(now - 99 * 86400), KEYS.certificate(now, "example.com"), b"no certificate"):
        received.certificate = certificate
        assert received.post(SES, event).status == 401
    away = sns_message(event, "1", now, SigningCertURL="https://sns.eu-west-1.amazonaws.com/away.pem")
    assert received.send(SES, sign_sns(away)).status == 503
    assert received.state() is ACTIVE


def test_both_versions_of_the_signature_of_amazon_sns(received: Received) -> None:
    """Version 1 uses SHA-1, version 2 SHA-256; others are refused."""
    event, at = SES.bounce(received.message(), "7"), received.pages.clock.now
    statuses = [received.send(SES, sign_sns(sns_message(event, "1", at, SignatureVersion=one))).status for one in "123"]
    assert statuses == [200, 200, 401]


def test_recipients_that_amazon_ses_joins_are_split(received: Received) -> None:
    """Only the recipient of the message is affected; the address of another subscriber proves nothing."""
    sent = received.message()
    received.message(BOB, 2)
    recipients = [{"emailAddress": one, "status": "5.1.1"} for one in (BOB, ANN)]
    detail = {"bounceType": "Permanent", "bouncedRecipients": recipients, "feedbackId": "7"}
    assert received.post(SES, ses_event("Bounce", "bounce", detail, sent)).status == 200
    assert (received.state(ANN), received.state(BOB)) == (BOUNCED, ACTIVE)


@each
def test_unknown_events_and_fields_are_ignored(received: Received, provider: ProviderRequests) -> None:
    """Providers add fields and events. A value of another type counts as absent."""
    sent = received.message()
    body = json.dumps(provider.bounce(sent, "7"))
    for old, new in ((sent.message_id, "\\ud800\\u0000"), ('"ann@example.com"', "[1, {}]"), ("550", "9" * 400)):
        changed = json.loads(body.replace(old, new))
        assert received.post(provider, changed).status == 200
    assert received.post(provider, json.loads(body)).status == 200


def test_a_batch_is_one_transaction(received: Received) -> None:
    """1,000 events of SendGrid share a commit."""
    sent = [received.message(f"reader{number}@example.com", number) for number in range(20)]
    events = [
        sendgrid_event("bounce", sent[number % 20], f"id-{number}", status="5.1.1", type="bounce", reason="550 no user")
        for number in range(1000)
    ]
    commits = []

    def count(_: object) -> None:
        commits.append(1)

    engine = received.pages.context.database.engine
    event.listen(engine, "commit", count)
    headers, content = sign_sendgrid(events, received.pages.clock.now)
    assert received.send(SENDGRID, content, **headers).status == 200
    event.remove(engine, "commit", count)
    assert len(commits) == 1
    assert {received.state(f"reader{number}@example.com") for number in range(20)} == {BOUNCED}


def test_webhooks_are_off_unless_they_are_set(tmp_path: Path) -> None:
    """No provider, and no name that is none, has a page."""
    with served(tmp_path) as pages:
        for name in ("ses", "brevo", "brevo/secret", "x", ""):
            assert pages.ask("POST", f"/webhooks/{name}", b"{}", {}).status == 404
        assert pages.get("/webhooks/ses").status in (404, 405)
    assert SECRET not in (tmp_path / "newsletter.yaml").read_text()


def test_messages_name_themselves_in_the_fields_of_the_providers(received: Received) -> None:
    """Postmark, SparkPost and Brevo copy a header field into their events; it contains the Message-ID."""
    head = settings_head(received.pages.context.publication, datetime.fromtimestamp(HAPPENED, UTC))
    message = compose("<p>Read.</p>", "Read.", head, received.pages.context.keys)
    content = message.to(Recipient(0, 1, 1, ANN, "Ann", "en"))
    parsed = message_from_bytes(content.content)
    assert parsed["X-PM-Metadata-message-id"] == parsed["X-Mailin-custom"] == content.message_id
    assert json.loads(parsed["X-MSYS-API"]) == {"metadata": {"message-id": content.message_id}}


@pytest.mark.slow
def test_nothing_is_lost_when_the_process_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request gets no answer before its events are in the database. The provider sends it again."""
    monkeypatch.setenv("NEWSLETTER_WEBHOOK_BREVO", SECRET)
    delivery = "delivery: {transport: folder, folder: outbox, bounces: {webhooks: [{provider: brevo}]}}\n"
    write_publication(tmp_path, publication=PUBLICATION + delivery)
    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database, ExitStack() as stack:
        campaigns = SentCampaigns(database)
        campaigns.add(ANN)
        _, body = BREVO.sign(BREVO.bounce(Sent.of(campaigns.send(ANN)), "7"), HAPPENED)

        def send(url: str) -> HTTPConnection:
            connection = HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=20)
            stack.callback(connection.close)
            connection.request("POST", BREVO.path, body)
            return connection

        with running(tmp_path, publication=PUBLICATION + delivery) as (process, url), database.write():
            # The request cannot be stored, because this test has locked the database.
            connection = send(url)
            process.kill()
            with pytest.raises((ConnectionError, HTTPException)):
                connection.getresponse()
        assert campaigns.state(ANN)[0] is ACTIVE
        with running(tmp_path, publication=PUBLICATION + delivery) as (_, url):
            assert send(url).getresponse().status == 200
        assert campaigns.state(ANN)[0] is BOUNCED
