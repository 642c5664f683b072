"""DMARC as in RFC 9989: the tree walk, organisations, policies, and what `newsletter doctor --dns` says about them."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from newsletter.doctor.dmarc import common_parent, walk_tree, walked_domains
from tests.conftest import Run
from tests.doctor.test_doctor_command import KEY, PUBLIC
from tests.name_server import Zone, name_server
from tests.publications import PUBLICATION, write_publication

LONG = "a.b.c.d.e.f.g.h.i.j.mail.example.com"


def test_a_walk_has_at_most_8_queries() -> None:
    """A long name continues with its last seven labels, and the top-level domain is the last."""
    assert walked_domains(LONG) == [
        LONG,
        "g.h.i.j.mail.example.com",
        "h.i.j.mail.example.com",
        "i.j.mail.example.com",
        "j.mail.example.com",
        "mail.example.com",
        "example.com",
        "com",
    ]
    assert walked_domains("a.b.c.d.e.f.example.com")[:3] == [
        "a.b.c.d.e.f.example.com",
        "b.c.d.e.f.example.com",
        "c.d.e.f.example.com",
    ]
    assert walked_domains("example.com") == ["example.com", "com"]
    assert walked_domains("localhost") == ["localhost"]


@pytest.mark.parametrize(
    ("records", "organisation", "asked"),
    [
        ({}, "a.mail.example.com", 4),
        ({"mail.example.com": "v=DMARC1", "example.com": "v=DMARC1"}, "example.com", 4),
        ({"a.mail.example.com": "v=DMARC1"}, "a.mail.example.com", 4),
        ({"com": "v=DMARC1; psd=y"}, "example.com", 4),
        ({"com": "v=DMARC1; psd=y", "mail.example.com": "v=DMARC1"}, "example.com", 4),
        ({"mail.example.com": "v=DMARC1; psd=n", "example.com": "v=DMARC1"}, "mail.example.com", 2),
        ({"example.com": "v=DMARC1; psd=y"}, "mail.example.com", 3),
        ({"a.mail.example.com": "v=DMARC1; psd=y", "example.com": "v=DMARC1"}, "a.mail.example.com", 1),
        ({"example.com": "v=DMARC1; psd=u"}, "example.com", 4),
        # These are not DMARC records.
        ({"example.com": "v=DMARC12; p=none"}, "a.mail.example.com", 4),
        ({"example.com": "v=dmarc1; p=none"}, "a.mail.example.com", 4),
        ({"example.com": "p=none; v=DMARC1"}, "a.mail.example.com", 4),
        ({"example.com": "v = DMARC1 ;p=none"}, "example.com", 4),
    ],
)
def test_the_organisation_of_a_domain(records: Mapping[str, str], organisation: str, asked: int) -> None:
    """It is the shortest name with a record, or follows from `psd`, which ends the walk."""
    queries: list[str] = []

    def look_up(name: str) -> list[str]:
        queries.append(name)
        return [records[domain]] if (domain := name.removeprefix("_dmarc.")) in records else []

    assert walk_tree("A.mail.example.com.", look_up).organisation == organisation
    assert len(queries) == asked


@pytest.mark.parametrize(
    ("one", "other", "parent"),
    [
        ("news.example.org", "example.org", "example.org"),
        ("news.example.org", "mail.example.org", "example.org"),
        ("example.org", "other.org", ""),
        ("example.org", "notexample.org", ""),
        ("example.org", "example.org", "example.org"),
    ],
)
def test_the_common_parent_of_two_domains(one: str, other: str, parent: str) -> None:
    """A top-level domain is none."""
    assert common_parent(one, other) == parent


SENDER = PUBLICATION.replace("lens@example.org", "lens@news.weekly-lens.org").replace("example.org", "weekly-lens.org")
RECORD = f'"v=DKIM1; k=rsa; p={PUBLIC[:200]}" "{PUBLIC[200:]}"'


def diagnoses(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, zone: Zone, *, dkim: str = "", envelope: str = ""
) -> dict[str, list[tuple[str, str]]]:
    """Run `doctor --dns` for mail from news.weekly-lens.org. Returns states and texts about DMARC, by subject."""
    monkeypatch.setenv("NEWSLETTER_DKIM_KEY", KEY)
    settings = "delivery:\n  smtp:\n    - {host: 127.0.0.1, security: none}\n"
    settings += f"  dkim: {{domain: {dkim}, selector: s}}\n" if dkim else ""
    settings += f"  envelope_sender: bounces@{envelope}\n" if envelope else ""
    write_publication(folder, publication=SENDER + settings)
    with name_server(zone) as address:
        found = json.loads(run("doctor", "--json", "--dns", "--nameserver", address).stdout)["diagnoses"]
    by_subject: dict[str, list[tuple[str, str]]] = {}
    for each in found:
        if each["about"] in ("DNS, DMARC", "DNS, alignment"):
            text = f"{each['message']}. {each['advice']}"
            by_subject.setdefault(each["about"].removeprefix("DNS, "), []).append((each["state"], text))
    return by_subject


def dmarc(**records: str) -> dict[tuple[str, str], list[str]]:
    """Return the zone of DMARC records, by the name of their domain below weekly-lens.org; `top` is itself."""
    return {
        (f"_dmarc.{name}.weekly-lens.org" if name != "top" else "_dmarc.weekly-lens.org", "TXT"): [f'"{text}"']
        for name, text in records.items()
    }


def test_the_record_of_a_parent_applies_to_a_subdomain(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `sp`, and with `np` for a subdomain that does not exist."""
    zone: dict[tuple[str, str], list[str]] = dmarc(top="v=DMARC1; p=none; sp=quarantine; np=reject")
    found = diagnoses(run, folder, monkeypatch, zone)
    assert found["DMARC"] == [("good", "the policy of weekly-lens.org applies to news.weekly-lens.org: reject. ")]
    zone["news.weekly-lens.org", "MX"] = ["0 ."]
    found = diagnoses(run, folder, monkeypatch, zone)
    assert found["DMARC"] == [("good", "the policy of weekly-lens.org applies to news.weekly-lens.org: quarantine. ")]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=DMARC1; p=none; pct=50", [("warning", "the tag `pct`, which RFC 9989 removed"), ("warning", "`t=y`")]),
        ("v=DMARC1; p=none; rf=afrf; ri=3600", [("warning", "the tag `rf`"), ("warning", "the tag `ri`")]),
        ("v=DMARC1; p=reject; t=y", [("note", "`t=y` asks receivers not to apply it")]),
        ("v=DMARC1; p=rejct", [("error", "has no policy: v=DMARC1; p=rejct"), ("warning", "`p=rejct`")]),
        ("v=DMARC1; p=none; np=all", [("warning", "has `np=all`, which receivers ignore. Write one of `np=none`")]),
        ("v=DMARC1; p=none; psd=y", [("warning", "each subdomain of news.weekly-lens.org is an organisation of its")]),
        ("v=DMARC1; p=None; adkim=R; PSD=u; t=N", [("good", "_dmarc.news.weekly-lens.org is correct")]),
    ],
)
def test_tags_of_the_record(
    record: str, expected: list[tuple[str, str]], run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removed tags, tests, and values that do not exist are reported."""
    found = diagnoses(run, folder, monkeypatch, dmarc(news=record))["DMARC"]
    for state, text in expected:
        assert any(state == each and text in message for each, message in found)
    assert {state for state, _ in found} == {state for state, _ in expected}


def test_without_any_record_the_advice_is_to_add_one(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where SPF and DKIM are aligned with it: at the domain above the sender's, if that one signs."""
    found = diagnoses(run, folder, monkeypatch, {}, dkim="weekly-lens.org")
    ((state, text),) = found["DMARC"]
    assert state == "error"
    assert "_dmarc.news.weekly-lens.org has no DMARC record, nor has a domain above it" in text
    assert "Add it to _dmarc.weekly-lens.org: v=DMARC1; p=none" in text


def test_two_records_are_ignored(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record of the parent applies, but the error is reported."""
    zone = dmarc(top="v=DMARC1; p=reject", news="v=DMARC1; p=none")
    zone["_dmarc.news.weekly-lens.org", "TXT"] *= 2
    zone["_dmarc.news.weekly-lens.org", "TXT"][1] = '"v=DMARC1; p=quarantine"'
    found = diagnoses(run, folder, monkeypatch, zone)["DMARC"]
    assert [state for state, _ in found] == ["error", "good"]
    assert "_dmarc.news.weekly-lens.org has 2 DMARC records" in found[0][1]


def test_a_subdomain_whose_parent_has_no_record_is_its_own_organisation(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signature of the parent is not aligned with it. The advice says which record is missing, and it helps."""
    zone = dmarc(news="v=DMARC1; p=reject")
    settings = {"dkim": "weekly-lens.org", "envelope": "bounces.weekly-lens.org"}
    found = diagnoses(run, folder, monkeypatch, zone, **settings)
    assert found["DMARC"][0][0] == "good"
    spf, dkim = found["alignment"]
    assert spf[0] == dkim[0] == "error"
    assert "SPF (bounces.weekly-lens.org) is not aligned with news.weekly-lens.org: their parent" in spf[1]
    assert "DKIM (weekly-lens.org) is not aligned with news.weekly-lens.org: weekly-lens.org has no DMARC" in dkim[1]
    assert "Add a DMARC record to _dmarc.weekly-lens.org, such as v=DMARC1; p=none, or sign with a key of" in dkim[1]
    zone |= dmarc(top="v=DMARC1; p=none")
    ((state, text),) = diagnoses(run, folder, monkeypatch, zone, **settings)["alignment"]
    assert (state, text[:73]) == ("good", "SPF (bounces.weekly-lens.org) and DKIM (weekly-lens.org) are aligned with")


@pytest.mark.parametrize(
    ("record", "parent", "dkim", "expected"),
    [
        ("v=DMARC1; p=none; adkim=s", "v=DMARC1; p=none", "weekly-lens.org", "asks for the same domain (`adkim=s`)"),
        ("v=DMARC1; p=none; psd=n", "v=DMARC1; p=none", "weekly-lens.org", "news.weekly-lens.org to news.weekly-lens"),
        ("v=DMARC1; p=none", "v=DMARC1; p=none", "mailer.example.net", "they belong to different organisations"),
    ],
)
def test_a_signature_that_is_not_aligned_is_a_warning_if_spf_is(
    record: str, parent: str, dkim: str, expected: str, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DMARC passes with either of them, but forwarding breaks SPF."""
    zone = dmarc(news=record, top=parent)
    found = diagnoses(run, folder, monkeypatch, zone, dkim=dkim)["alignment"]
    assert [state for state, _ in found] == ["good", "warning"]
    assert "SPF (news.weekly-lens.org) is aligned" in found[0][1]
    assert expected in found[1][1]


def test_without_a_signature_of_its_own_spf_that_is_not_aligned_is_a_warning(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mail server may sign for the sender's domain."""
    zone = dmarc(news="v=DMARC1; p=none")
    ((state, _),) = diagnoses(run, folder, monkeypatch, zone, envelope="mailer.example.net")["alignment"]
    assert state == "warning"
