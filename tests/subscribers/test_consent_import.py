"""Importing what a list says about consent: whoever left, or may have left, is never active."""

import shlex
from collections.abc import Iterable, Iterator
from contextlib import suppress as suppress_error
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from newsletter.database import tables
from newsletter.database.database import Database
from newsletter.database.states import SubscriberState, SuppressionReason
from newsletter.errors import NewsletterError
from newsletter.subscribers.csv import consent_words
from newsletter.subscribers.csv.column_mapping import ColumnMapping, parse_mapping
from newsletter.subscribers.csv.consent_columns import ColumnKind, find_meaning
from newsletter.subscribers.csv.import_list import ImportCallbacks, ListImport
from newsletter.subscribers.csv.read_tags import format_tags, read_tags
from newsletter.subscribers.csv.read_time import UnclearTime, read_time
from newsletter.subscribers.csv.text_key import text_key
from newsletter.subscribers.queries import add_subscriber
from newsletter.subscribers.suppressions import suppress
from tests.conftest import Run
from tests.subscribers.people import NOW, people, states, subscriber

LISTS = Path(__file__).parent / "lists"


def test_a_column_with_spaces_in_its_name_is_known(run: Run, import_csv: Run) -> None:
    """`Unsubscribed at` with a time is a withdrawal; without one, it is not."""
    import_csv((LISTS / "spaced-names.csv").read_bytes())
    assert states(run) == {"left": "unsubscribed", "stay": "active"}
    assert {one["consent_at"] for one in people(run)} == {"2023-01-02T10:00:00Z"}


def test_a_flag_for_unsubscribing_is_known(run: Run, import_csv: Run) -> None:
    """`Unsubscribed` with `Yes`."""
    import_csv((LISTS / "unsubscribed-flag.csv").read_bytes())
    assert states(run) == {"no": "unsubscribed"}


def test_dates_that_are_unclear_are_left_empty(run: Run, import_csv: Run) -> None:
    """Usual forms are read. What is ambiguous or in the future is reported with its line."""
    status = import_csv((LISTS / "dates.csv").read_bytes()).stderr
    assert [one["consent_at"] for one in people(run)] == [
        "2024-03-31T02:30:00Z",
        "2024-03-31T00:30:00Z",
        "",
        "2024-03-05T12:00:00Z",
        "2024-03-05T10:00:00Z",
        "",
    ]
    assert people(run)[0]["name"] == "Ann; of Kent"
    assert "people.csv:4:1: warning: the date `03/04/2024` is ambiguous" in status
    assert "people.csv:7:1: warning: the date `2999-01-01` is in the future" in status
    assert "6 added. Dates of consent left empty: 2." in status
    assert "consent: moved, date unknown" in run("subscribers", "show", "cy@kites.example.net", code=0).stdout


def test_a_tag_may_contain_a_comma(run: Run, import_csv: Run, folder: Path) -> None:
    """Mailchimp writes it in quotes. It can be filtered, exported and imported again."""
    import_csv((LISTS / "mailchimp.csv").read_bytes())
    (uma,) = people(run)
    assert uma["tags"] == ["Bristol, UK", "early"]
    assert (uma["name"], uma["consent_at"]) == ("Uma Ode", "2023-11-05T01:30:00Z")
    assert run("subscribers", "list", "--json", "--filter", 'tag:"Bristol, UK"', code=0).stdout.count("uma@") == 1
    exported = run("subscribers", "export", code=0).stdout
    for file in folder.glob("newsletter.db*"):
        file.unlink()
    import_csv(exported)
    assert people(run)[0]["tags"] == ["Bristol, UK", "early"]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("", []),
        ("beta", ["beta"]),
        ("beta, early bird;vip", ["beta", "early bird", "vip"]),
        ('"Bristol, UK","early"', ["Bristol, UK", "early"]),
        ('"a; b";c', ["a; b", "c"]),
        ('["Bristol, UK", "early"]', ["Bristol, UK", "early"]),
        ('[{"id": 1, "name": "VIP"}, null]', ["VIP"]),
        ("['a', 'b']", ["a", "b"]),
        ("[]", []),
        ("{}", []),
        ('beta,"unclosed', ["beta", "unclosed"]),
        ("beta,beta", ["beta"]),
    ],
)
def test_tags_are_read_in_the_forms_of_many_programs(text: str, tags: list[str]) -> None:
    """Separated or as JSON, with and without quotes."""
    assert read_tags(text) == tags


@given(st.lists(st.text(st.characters(codec="ascii", categories=["L", "N"], include_characters=",;'[] "), min_size=1)))
def test_formatted_tags_are_read_again(tags: list[str]) -> None:
    """All tags without a double quote, whatever separators they contain."""
    tags = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip() and len(tag) < 60))
    tags = [tag for tag in tags if tag.strip("' ") == tag]
    assert read_tags(format_tags(tags)) == tags


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2024-03-05 12:00:00", 1709640000),
        ("2024-03-05T12:00:00.000Z", 1709640000),
        ("2024-03-05T13:00:00+01:00", 1709640000),
        ("2024-03-05 12:00:00 +0000 UTC", 1709640000),
        ("1709640000", 1709640000),
        ("1709640000123", 1709640000),
        ("1709640000123456", 1709640000),
        ("1709640000.25", 1709640000),
        ("Tue, 05 Mar 2024 12:00:00 GMT", 1709640000),
        ("Tue, 5 Mar 2024 07:00:00 EST", 1709640000),
        ("Mar 5, 2024 12:00 PM", 1709640000),
        ("March 5th, 2024 at 12:00", 1709640000),
        ("5 March 2024, 12:00", 1709640000),
        ("05-Mar-2024 12:00:00", 1709640000),
        ("3/25/2024", 1711324800),
        ("25/03/2024", 1711324800),
        ("25.03.2024", 1711324800),
        ("20240325", 1711324800),
        ("2024/3/25", 1711324800),
        ("03/03/2024", 1709424000),
        ("3/25/2024 12:00 AM", 1711324800),
        ("03/04/2024", UnclearTime.AMBIGUOUS),
        ("3-4-2024 10:00", UnclearTime.AMBIGUOUS),
        ("31/31/2024", UnclearTime.UNKNOWN),
        ("2024-02-30", UnclearTime.UNKNOWN),
        ("3/25/2024 13:00 PM", UnclearTime.UNKNOWN),
        ("soon", UnclearTime.UNKNOWN),
        ("3/4/24", UnclearTime.UNKNOWN),
        ("", UnclearTime.BLANK),
        ("0000-00-00 00:00:00", UnclearTime.BLANK),
        ("0001-01-01T00:00:00Z", UnclearTime.BLANK),
        ("1970-01-01 00:00:00", UnclearTime.BLANK),
        ("1980-05-05", UnclearTime.TOO_EARLY),
    ],
)
def test_times_are_read_in_usual_forms(text: str, seconds: object) -> None:
    """What is ambiguous or no time is not guessed."""
    assert read_time(text) == seconds


@given(st.text(max_size=30) | st.text("0123456789-/:., TZapmMr+", max_size=25))
def test_any_text_is_a_time_or_unclear(text: str) -> None:
    """Arbitrary text never causes an exception."""
    assert isinstance(read_time(text), int | UnclearTime)


@pytest.mark.parametrize(
    ("column", "value", "state"),
    [
        ("unsubscribed_at", "2024-05-06 07:08:09", "unsubscribed"),
        ("Opt-out", "TRUE", "unsubscribed"),
        ("Opt-out", "F", "active"),
        ("optOut", "x", "unsubscribed"),
        ("ＯＰＴ　ＯＵＴ", "1", "unsubscribed"),
        ("Unsubscribed from all email", "true", "unsubscribed"),
        ("blocklisted", "ja", "unsubscribed"),
        ("EMAIL_BLACKLISTED", "oui", "unsubscribed"),
        ("deleted", "sí", "unsubscribed"),
        ("deleted_at", "0000-00-00 00:00:00", "active"),
        ("Removed", "はい", "unsubscribed"),
        ("Is Unsubscribed", "0", "active"),
        ("Is Unsubscribed", "not unsubscribed", "active"),
        ("unsubscribed", "bounced", "unsubscribed"),
        ("unsubscribe_reason", "too many", "unsubscribed"),
        ("Email hard bounce reason", "UNKNOWN_USER", "bounced"),
        ("Bounced on", "1/31/2024", "bounced"),
        ("Marked as spam", "yes", "complained"),
        ("Email marketing status", "Not subscribed", "unsubscribed"),
        ("status", "Désabonné", "unsubscribed"),
        ("status", "spam complaint", "complained"),
        ("subscribed", "no", "unsubscribed"),
        ("subscribed", "non", "unsubscribed"),
        ("subscribed", "✓", "active"),
        ("subscribed", "1/3/2024", "active"),
        ("subscribed_at", "never", "unsubscribed"),
        ("Not subscribed", "yes", "unsubscribed"),
        ("unconfirmed", "yes", "pending"),
        ("confirmed", "No", "pending"),
        ("confirmed_at", "", "pending"),
        ("confirmed_at", "2024-01-01", "active"),
        ("Abgemeldet am", "01.02.2024", "unsubscribed"),
        ("Abonniert", "nein", "unsubscribed"),
        ("Activated", "no", "pending"),
        ("last_open_date", "2024-01-01", "active"),
        ("undeliverability_date", "2024-01-01", "bounced"),
    ],
)
def test_columns_and_values_are_understood(run: Run, import_csv: Run, column: str, value: str, state: str) -> None:
    """Names count by their letters and digits. Values are words in several languages, flags or times."""
    import_csv(f'email,{column}\nann@example.org,"{value}"\n')
    assert states(run) == {"ann": state}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Opted out?", "maybe"),
        ("unsubscribed", "2"),
        ("unsubscribed", "-1"),
        ("unsubscribed", "active"),
        ("has left", "no"),
        ("Cancel date", ""),
        ("subscribed", ""),
        ("subscribed", "perhaps"),
        ("subscribed", "-1"),
        ("consent", "form"),
        ("status", "no"),
        ("gdpr ok", "yes"),
        ("退会日", ""),
    ],
)
def test_what_is_not_understood_stops_the_import(run: Run, import_csv: Run, column: str, value: str) -> None:
    """Before anything is written. The message has the options that explain the column."""
    content = f"email,{column}\nbob@example.org,{value}\n"
    error = import_csv(content, code=1).stderr
    assert f"about consent cannot be understood: `{column}` (" in error
    assert "Nothing was changed." in error
    assert "--map " in error
    assert states(run) == {}
    import_csv(content, "--map", f"ignore={column}")
    assert states(run) == {"bob": "active"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Segment", "Unsubscribed"),
        ("Type", "unsubscribed"),
        ("Reason", "unsubscribed"),
        ("List", "Unsubscribes"),
        ("Groups", "Do not mail"),
        ("Groups", "Gold; Do not mail"),
        ("Result", "undeliverable"),
        ("Comment", "unsubscribed 2020"),
        ("Comment", "Left on 3 May 2020"),
        ("Comment", "Has left"),
        ("Kommentar", "Abgemeldet, zu viel Post"),
        ("備考", "退会済み"),
        ("", "unsubscribed"),
        ("can_email", "false"),
        ("Receives newsletter", "no"),
        ("Wants mail", "no"),
        ("Mailing list", "no"),
        ("Mailings", "no"),
        ("Weekly newsletter", ""),
        ("Notifications", "off"),
        ("Emailable", "no"),
        ("Email valid", "false"),
        ("DNC", "1"),
        ("Never mail", "yes"),
        ("Frequency", "never"),
        ("Gekündigt", "ja"),
        ("Austritt", "ja"),
        ("配信", "停止"),
    ],
)
def test_other_columns_that_speak_against_a_subscriber(run: Run, import_csv: Run, column: str, value: str) -> None:
    """The import stops, or the subscriber is not active. The first option in the message for the value works."""
    content = f'email,"{column}"\nann@example.org,"{value}"\n'
    error = import_csv(content, code=None).stderr
    if not (found := states(run)):
        assert "about consent cannot be understood" in error
        options = [shlex.split(line)[1] for line in error.splitlines() if line.startswith("  --map ")]
        assert f"{column}:{value}=unsubscribed" in options
        import_csv(content, "--map", f"{column}:{value}=unsubscribed")
        found = states(run)
    assert found["ann"] in ("unsubscribed", "bounced")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Company", "Left Bank"),
        ("Company", "Stop & Shop"),
        ("Region", "Baja California"),
        ("Comment", "Reads everything; asked why a friend unsubscribed"),
        ("Note", "moved to Ulm, then unsubscribed from another list, then came back"),
        ("Frequency", "weekly"),
        ("Mailing list", "Kites"),
        ("Mailing address", ""),
        ("Department", "Complaints and Returns"),
        ("can_email", "true"),
        ("Email valid", "true"),
        ("DNC", "0"),
    ],
)
def test_columns_that_only_look_alike_do_not_stop_an_import(run: Run, import_csv: Run, column: str, value: str) -> None:
    """Names and ordinary texts with such a word, and values that say nothing against a subscriber."""
    import_csv(f'email,{column}\nann@example.org,"{value}"\n')
    assert states(run) == {"ann": "active"}


def test_a_mapped_withdrawal_leaves_other_texts_as_they_are(run: Run, import_csv: Run) -> None:
    """A column of comments needs an option for each withdrawal, not for each comment. It may be ignored."""
    content = "email,Comment\nann@example.org,unsubscribed 2020\nbob@example.org,met in Ulm\n"
    assert "(`unsubscribed 2020` in line 2)" in import_csv(content, code=1).stderr
    import_csv(content, "--map", "Comment:unsubscribed 2020=unsubscribed")
    assert states(run) == {"ann": "unsubscribed", "bob": "active"}
    import_csv(content.replace("ann", "cid"), "--map", "ignore=Comment")
    assert states(run) == {"ann": "unsubscribed", "bob": "active", "cid": "active"}


def test_tags_and_names_are_not_words_for_withdrawals(run: Run, import_csv: Run) -> None:
    """A tag may be any word, and so may a name."""
    import_csv("email,name,tags\nann@example.org,Left,unsubscribed\n")
    assert states(run) == {"ann": "active"}


def test_the_options_in_the_message_work(run: Run, import_csv: Run) -> None:
    """They can be copied into a shell. The first that fits is the strict one; many values are not all listed."""
    content = "email,it's gone,status\n" + "".join(f"p{n}@example.org,$(x) {n % 2},{n}\n" for n in range(7))
    error = import_csv(content, code=1).stderr
    assert "`4` in line 6 and 2 more values" in error
    options = [part for line in error.splitlines() if line.startswith("  --map") for part in shlex.split(line)[:2]]
    assert options[1] == "unsubscribed=it's gone"
    strict = [option for option in options if not option.startswith(("ignore", "unsubscribed=", "--map"))]
    mapped = [*strict, "status:5=unsubscribed", "status:6=active"]
    import_csv(content, *(part for one in mapped for part in ("--map", one)))
    assert set(states(run).values()) == {"unsubscribed"}


def test_the_author_explains_columns(run: Run, import_csv: Run) -> None:
    """The meaning of a column, or the state of a value. Both may contain colons, quotes and equals signs."""
    content = "email,gone?,a:b=c\nann@example.org,yes,x:y\nbob@example.org,no,x:y\ncid@example.org,,z\n"
    mapped = ("--map", "unsubscribed=gone?", "--map", "a:b=c:x:y=pending")
    assert "`a:b=c` (`z` in line 4)" in import_csv(content, *mapped, code=1).stderr
    assert states(run) == {}
    import_csv(content, *mapped, "--map", "a:b=c:z=active")
    assert states(run) == {"ann": "unsubscribed", "bob": "pending", "cid": "active"}


def test_a_list_of_those_who_unsubscribed(run: Run, import_csv: Run) -> None:
    """Listmonk's export does not say who unsubscribed, which is reported; a second export does, with --state."""
    content = "uuid,email,name,attributes,status,created_at,updated_at\nu1,ann@example.org,,{},enabled,2020-01-02,x\n"
    assert "warning: listmonk's export of subscribers does not say who unsubscribed" in import_csv(content).stderr
    assert states(run) == {"ann": "active"}
    assert "warning" not in import_csv(content, "--state", "unsubscribed").stderr
    assert states(run) == {"ann": "unsubscribed"}
    import_csv("email,opt out\nbob@example.org,?!x\ncid@example.org,spam\n", "--state", "unsubscribed")
    assert states(run) == {"ann": "unsubscribed", "bob": "unsubscribed", "cid": "complained"}


def test_two_columns_of_one_name_both_count(run: Run, import_csv: Run) -> None:
    """The stricter wins, as with two columns of different names."""
    import_csv("email,Opt-Out,opt out,status\nann@example.org,no,yes,active\nbob@example.org,,,spam\n")
    assert states(run) == {"ann": "unsubscribed", "bob": "complained"}


def test_the_words_are_keys() -> None:
    """A word that is not its own key would never be found."""
    tables_of_words: Iterable[Iterable[str]] = (
        consent_words.YES,
        consent_words.NO,
        consent_words.BLANK,
        consent_words.STATE_WORDS,
        consent_words.WITHDRAWALS,
        consent_words.GRANTS,
        consent_words.REASONS,
        consent_words.STATES,
        consent_words.SINCE,
        consent_words.HARMLESS,
        consent_words.SUSPICIOUS,
        consent_words.CHOICES,
        consent_words.CHOICE_NAMES,
    )
    for words in tables_of_words:
        assert [word for word in words if (text_key(word) or word) != word] == []
    assert not consent_words.YES & (consent_words.NO | consent_words.BLANK)
    assert not consent_words.HARMLESS & (consent_words.WITHDRAWALS.keys() | consent_words.GRANTS.keys())


@pytest.mark.parametrize("text", ["x", "email", "unsubscribed=", "status:x=gone", "=x", "phone=x"])
def test_an_invalid_mapping_is_reported(text: str) -> None:
    """With the forms that are valid."""
    with pytest.raises(NewsletterError, match="is not valid"):
        parse_mapping([text])


@pytest.mark.parametrize("name", ["Name", "Company", "Urban area", "Household", "Country", "Last activity", "Notes"])
def test_other_columns_are_not_about_consent(name: str) -> None:
    """Even if a word for leaving is part of another word."""
    assert find_meaning(name) is None


LEAVING = (
    *("unsubscribed", "unsubscribe", "opt out", "opted out", "block list", "blocked", "black listed", "deleted"),
    *("removed", "complained", "spam", "marked as spam", "bounced", "hard bounce", "suppressed", "do not email"),
    *("cancelled", "has left", "not subscribed", "unconfirmed", "disabled", "no mail", "abgemeldet", "désinscrit"),
    *("withdrawn", "consent revoked", "quit", "banned", "invalid email", "paused", "dado de baja", "解除", "停止"),
)
JOINING = (
    "subscribed",
    "opt in",
    "confirmed",
    "active",
    "consent",
    "accepts marketing",
    "newsletter",
    "permission",
    "activated",
    "abonniert",
    "receive emails",
)
EXTRA = ("", "{} at", "{} on", "date {}", "is {}", "email {}", "{} date", "{} flag", "{}?", "{} status", "user {}")
YES = ("yes", "TRUE", "1", "x", "Oui", "ja", "sí", "sim", "はい", "2024-01-05", "01/02/2024", "1709640000", "да", "T")
ODD = ("maybe", "2", "-1", "1.5", "gone", "left", "unsubscribed", "not subscribed", "spam", "??", "x y", "opted out")
NO = ("no", "FALSE", "0", "non", "nein", "não", "いいえ", "never", "none", "F", "N")


@st.composite
def names(draw: st.DrawFn, words: tuple[str, ...]) -> str:
    """Draw the name of a column with one of the words, in any case, with any separators and any width."""
    name = (draw(st.sampled_from(EXTRA)) or "{}").format(draw(st.sampled_from(words)))
    name = name.replace(" ", draw(st.sampled_from(["", " ", "_", "-", ".", " - ", "\u3000", "\u00a0"])))
    forms = (name, name.lower(), name.upper(), name.title())
    name = draw(st.sampled_from(forms))
    if draw(st.booleans()):
        name = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in name)
    return name


ROWS = st.tuples(names(LEAVING), st.sampled_from(YES + ODD)) | st.tuples(
    names(JOINING), st.sampled_from(NO + ODD) | st.just("")
)
# A blank time of sign-up says nothing.
SAYS_NOTHING = {ColumnKind.SINCE, None}


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database without subscribers, for dry runs."""
    with Database.open(f"sqlite:///{tmp_path_factory.mktemp('empty')}/newsletter.db") as database:
        yield database


@settings(deadline=None, max_examples=400)
@given(ROWS, st.sampled_from(["", "ann@example.org,,\n", "ANN@Example.org,,yes\n"]))
@example(("Unsubscribed at", "2024-05-06"), "")
def test_whoever_left_is_never_active(
    tmp_path_factory: pytest.TempPathFactory, empty_database: Database, row: tuple[str, str], other: str
) -> None:
    """For any name of a column and any value that says that a subscriber left, or is not understood.

    The import stops, or the subscriber is not active; also if another row of the address says nothing.
    """
    name, value = row
    path = tmp_path_factory.getbasetemp() / "left.csv"
    path.write_text(f'email,{name},note\nann@example.org,"{value}",\n{other}')
    found = find_meaning(name)
    if value == "" and (found.kind if found else None) in SAYS_NOTHING:
        return
    seen: list[SubscriberState] = []
    callbacks = ImportCallbacks(lambda _: None, lambda _a, _b: None, lambda change: seen.append(change.row.state))
    with suppress_error(NewsletterError), ListImport(path, ColumnMapping(), callbacks) as opened:
        opened.merge_into(empty_database, "moved", now=NOW, dry_run=True)
    assert SubscriberState.ACTIVE not in seen, (name, value, found)


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from([("status", "active"), ("subscribed", "yes"), ("Opt-out", "no"), ("name", "Ann"), ("tags", "a")])
)
def test_an_import_restores_nobody(tmp_path_factory: pytest.TempPathFactory, column: tuple[str, str]) -> None:
    """Unsubscribed, bounced, complained and suppressed addresses in the database do not become active."""
    folder = tmp_path_factory.mktemp("restored")
    stricter = (SubscriberState.UNSUBSCRIBED, SubscriberState.BOUNCED, SubscriberState.COMPLAINED)
    addresses = [*(f"{state.value}@example.org" for state in stricter), "erased@example.org"]
    content = "".join(f"{address.upper()},{column[1]}\n" for address in addresses)
    (folder / "people.csv").write_text(f"email,{column[0]}\n{content}")
    with Database.open(f"sqlite:///{folder}/newsletter.db") as database:
        with database.write() as connection:
            for state in stricter:
                add_subscriber(connection, subscriber(f"{state.value}@example.org", state))
            suppress(connection, "erased@example.org", SuppressionReason.ERASED, NOW)
        callbacks = ImportCallbacks(lambda _: None, lambda _a, _b: None)
        with ListImport(folder / "people.csv", ColumnMapping(), callbacks) as opened:
            opened.merge_into(database, "moved", now=NOW)
        with database.read() as connection:
            rows = connection.execute(select(tables.subscriber.c.address, tables.subscriber.c.state)).all()
    assert dict(rows) == {f"{state.value}@example.org": state.value for state in stricter}
