"""Lists of people from CSV files: whoever wrote them, and whatever is wrong with them."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from newsletter.cli.subscribers.import_ import import_subscribers
from newsletter.database import tables
from newsletter.database.database import Database
from newsletter.database.states import SubscriberState
from newsletter.subscribers.csv.csv_file import CsvFile
from newsletter.subscribers.csv.import_list import ImportCallbacks, ListImport
from newsletter.subscribers.csv.merge import Change, MergeOutcome, merge_batch, newest_id
from newsletter.subscribers.csv.programs import PROGRAMS, recognise
from newsletter.subscribers.queries import add_subscriber
from tests.conftest import REPOSITORY, Result, Run
from tests.publications import write_publication
from tests.subscribers.people import NOW, imported, subscriber

EXPORTS = {
    "mailchimp": '''\
"Email Address","First Name","Last Name","MEMBER_RATING","OPTIN_TIME","CONFIRM_TIME","LEID","EUID","NOTES","TAGS"
ann@example.org,Ann,Lee,2,"2020-01-02 03:04:05","2020-01-02 03:05:06",1,a,,"""beta"",""early bird"""
''',
    "mailchimp, unsubscribed": """\
"Email Address","First Name","Last Name","OPTIN_TIME","CONFIRM_TIME","UNSUB_TIME","UNSUB_REASON","LEID","EUID","TAGS"
ann@example.org,Ann,Lee,,"2020-01-02 03:05:06","2021-01-01 00:00:00",,1,a,
""",
    "mailchimp, cleaned": """\
"Email Address","First Name","Last Name","CONFIRM_TIME","CLEAN_TIME","LEID","EUID","TAGS"
ann@example.org,Ann,Lee,"2020-01-02 03:05:06","2021-01-01 00:00:00",1,a,
""",
    "substack": """\
email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at
ann@example.org,false,,other,false,2020-01-02T03:05:06.000Z,
bob@example.org,true,2027-07-01T00:00:00.000Z,yearly,true,2020-01-02T03:05:06.000Z,
""",
    "ghost": """\
id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers
1,ann@example.org,Ann Lee,"VIP, early",true,true,cus,2020-01-02T03:05:06.000Z,,"beta,early bird",
2,bob@example.org,Bob,,false,,,2020-01-02T03:05:06.000Z,,,
""",
    "listmonk": """\
uuid,email,name,attributes,status,created_at,updated_at
u1,ann@example.org,Ann Lee,"{""city"": ""Ulm""}",enabled,2020-01-02 03:05:06 +0000 UTC,x
u2,bob@example.org,Bob,{},blocklisted,2020-01-02 03:05:06 +0000 UTC,x
""",
    "buttondown": """\
email_address,notes,metadata,tags,source,creation_date,type
ann@example.org,,{},"beta,early bird",organic,2020-01-02 03:05:06,regular
bob@example.org,,{},,organic,2020-01-02 03:05:06,unsubscribed
cid@example.org,,{},,organic,2020-01-02 03:05:06,unactivated
""",
    "revue": "id,email,first_name,last_name,last_changed\n1,ann@example.org,Ann,Lee,2020-01-02 03:05:06\n",
}
STATES = {
    "mailchimp": {"ann": "active"},
    "mailchimp, unsubscribed": {"ann": "unsubscribed"},
    "mailchimp, cleaned": {"ann": "bounced"},
    "substack": {"ann": "active", "bob": "unsubscribed"},
    "ghost": {"ann": "active", "bob": "unsubscribed"},
    "listmonk": {"ann": "active", "bob": "unsubscribed"},
    "buttondown": {"ann": "active", "bob": "unsubscribed", "cid": "pending"},
    "revue": {"ann": "active"},
}


@pytest.fixture
def bring_in(run: Run, folder: Path) -> Run:
    """Import a text or bytes as a CSV file into a publication's list."""
    write_publication(folder)

    def bring_in(content: str | bytes, *arguments: str, code: int | None = 0) -> Result:
        (folder / "people.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
        return run("subscribers", "import", "people.csv", "--consent", "moved", *arguments, code=code)

    return bring_in


def people(run: Run) -> list[dict[str, object]]:
    """Everybody on the list."""
    listed: list[dict[str, object]] = json.loads(run("subscribers", "list", "--json", code=0).stdout)
    return listed


def states(run: Run) -> dict[str, object]:
    """The states by the names before the @."""
    return {str(one["email"]).partition("@")[0]: one["state"] for one in people(run)}


@pytest.mark.parametrize("program", EXPORTS)
def test_the_exports_of_other_programs_are_known(run: Run, bring_in: Run, program: str) -> None:
    """Who is written to, their name, their tags, and since when: as the program that exported them knew it."""
    said = bring_in(EXPORTS[program]).stderr
    assert program.partition(",")[0] in said.lower()
    assert states(run) == STATES[program]
    ann = people(run)[0]
    assert ann["name"] == ("" if program in ("substack", "buttondown") else "Ann Lee")
    assert ann["consent_source"] == "moved"
    if program != "revue":
        assert ann["consent_at"] == "2020-01-02T03:05:06Z"
    if program in ("mailchimp", "ghost", "buttondown"):
        assert ann["tags"] == ["beta", "early bird"]


def test_people_who_never_asked_are_not_taken(run: Run, folder: Path) -> None:
    """Mailchimp's export has a file of people who are no subscribers, with the columns of those who are."""
    write_publication(folder)
    name = "nonsubscribed_members_export_1.csv"
    (folder / name).write_text(EXPORTS["mailchimp"])
    told = run("subscribers", "import", name, "--consent", "moved", code=1).stderr
    assert "never asked for a newsletter" in told
    assert people(run) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_are_found(run: Run, bring_in: Run, encoding: str, delimiter: str) -> None:
    """What Excel and others write, with and without a byte order mark, on lines with any end."""
    rows = [["Email", "Name", "Tags"], ["jose@example.org", "José Müller", "beta"], ["b@example.org", "Zoë", "vip"]]
    end = "\r\n" if encoding == "cp1252" else "\n"
    bring_in("".join(delimiter.join(row) + end for row in rows).encode(encoding))
    assert [(one["name"], one["tags"]) for one in people(run)] == [("José Müller", ["beta"]), ("Zoë", ["vip"])]


@pytest.mark.parametrize("first", ["sep=;", "SEP=;"])
def test_excels_first_line_names_the_delimiter(run: Run, bring_in: Run, first: str) -> None:
    """The header is below it, and may have more of another delimiter; `sep=` alone is the name of a column."""
    bring_in(f"{first}\nEmail;Last, first, or full name\nann@example.org;Ann\n")
    assert [one["email"] for one in people(run)] == ["ann@example.org"]
    assert "Not used: `sep=x`." in bring_in("sep=x,email\nx,bob@example.org\n").stderr
    assert set(states(run)) == {"ann", "bob"}


@pytest.mark.parametrize(
    ("name", "encoding"), [("山田太郎、東京のニュース", "shift_jis"), ("Иван Петрович Сидоров", "cp1251")]
)
def test_an_encoding_can_be_named(run: Run, bring_in: Run, name: str, encoding: str) -> None:
    """Where it is not found right, it is said; a wrong name is told."""
    content = f"email,name\na@example.org,{name}\n".encode(encoding)
    assert "no encoding" in bring_in(content, "--encoding", "klingon", code=1).stderr
    bring_in(content, "--encoding", encoding)
    assert people(run)[0]["name"] == name


def test_columns_can_be_mapped(run: Run, bring_in: Run) -> None:
    """Any list will do; what is not used is said, and a column that is not there gets a did-you-mean."""
    content = "Kontakt,Vor,Nach,Sprache,type\nann@example.org,Ann,Lee,EN_us,x\n"
    assert "--map email=COLUMN" in bring_in(content, code=1).stderr
    assert "Did you mean `Kontakt`?" in bring_in(content, "--map", "email=Kontakte", code=1).stderr
    assert "Write FIELD=COLUMN" in bring_in(content, "--map", "phone=Vor", code=2).stderr
    mapped = ("email=kontakt", "first_name=Vor", "last_name=Nach", "language=Sprache")
    told = bring_in(content, *(part for one in mapped for part in ("--map", one))).stderr
    assert "Not used: `type`." in told
    assert [(one["email"], one["name"], one["language"]) for one in people(run)] == [
        ("ann@example.org", "Ann Lee", "en-US")
    ]


def test_a_state_in_unknown_words_is_not_guessed(run: Run, bring_in: Run) -> None:
    """Nobody is taken for active because a word is not known; the author may say that there is no state."""
    content = "email,status\nann@example.org,abgemeldet\nbob@example.org,Active\ncid@example.org,\n"
    told = bring_in(content, code=1).stderr
    assert "people.csv:2:1: error: `abgemeldet` in `status` does not say" in told
    assert "people.csv:4:1:" in told
    assert states(run) == {"bob": "active"}
    bring_in(content, "--map", "state=")
    assert states(run) == {"bob": "active", "ann": "active", "cid": "active"}


def test_the_usual_words_for_a_state_are_known(run: Run, bring_in: Run) -> None:
    """Any list may have them in its column `status`, in any case."""
    words = {
        "active": ("active", "subscribed", "confirmed", "enabled", " Enabled "),
        "pending": ("pending", "unconfirmed"),
        "unsubscribed": ("unsubscribed", "disabled", "blocklisted", "removed"),
        "bounced": ("bounced", "cleaned"),
        "complained": ("complained", "spam"),
    }
    rows = [f"{state}{number}@example.org,{word}" for state in words for number, word in enumerate(words[state])]
    bring_in("\n".join(["email,status", *rows]))
    assert states(run) == {f"{state}{number}": state for state in words for number in range(len(words[state]))}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ann@,Ann", "not a valid email address"),
        ("ann@example.org,Ann,extra", "this line has 3 columns, and the header 2"),
        ("ann@example.org", "this line has 1 column, and the header 2"),
        ('ann@example.org,"Ann', "the quotes on this line do not match"),
        ('"ann@example.org,Ann', "the quotes on this line do not match"),
        ('"ann"@example.org,Ann', "the quotes on this line do not match"),
        ('ann@example.org,"Ann\r\nBcc: evil@example.org"', "the name holds a line break"),
        ("ann@example.org,Ann\x0bBcc", "the name holds a line break"),
        ("ann@example.org,Ann\u202e", "the name holds U+202E"),
        ("ann@example.org,Ann\x07", "the name holds U+0007"),
        (f"ann@example.org,{'A' * 300}", "the name has 300 characters"),
        (f"ann@example.org,{'A,' * 60_000}", "this line has more than 100,000 characters"),
        ("ann@gmaіl.com,Ann", "mixes Cyrillic and Latin letters"),
        (",Ann", "the email address is missing"),
    ],
)
def test_a_line_at_fault_is_told_and_the_others_are_taken(run: Run, bring_in: Run, line: str, told: str) -> None:
    """With its number; however a quote slips, it costs one person. The command exits 1."""
    content = f'email,name\nfirst@example.org,First\n{line}\nnext@example.org,Next\n\nlast@example.org,"La, st"\n'
    done = bring_in(content, code=1)
    assert "people.csv:3:1: error: " in done.stderr
    assert told in done.stderr
    assert "3 added, 1 row skipped." in done.stderr
    assert states(run) == {"first": "active", "next": "active", "last": "active"}


def test_a_quoted_field_may_run_over_lines(run: Run, bring_in: Run) -> None:
    """A note of several lines is one field, and the lines are counted."""
    bring_in('email,notes\nann@example.org,"one\ntwo, ""three""\n"\nbob@,x\ncid@example.org,\n', code=1)
    assert "people.csv:5:1" in bring_in('email,notes\nann@example.org,"one\ntwo\n"\nbob@,x\n', code=1).stderr
    assert states(run) == {"ann": "active", "cid": "active"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "people.csv is empty"),
        (b"\xef\xbb\xbf", "people.csv is empty"),
        (b"\n\n", "begins with an empty line"),
        (b"PK\x03\x04zip", "is a zip or a spreadsheet"),
        (b"SQLite format 3\0", "is no text"),
        (("a," * 1_000_000).encode(), "has more than 1,000 columns"),
        (("a," * 2000 + "email\n").encode(), "has more than 1,000 columns"),
        (b"name;street\nAnn;Main", "no column is known to hold the address"),
        (b"ann@example.org\nbob@example.org\n", "no column is known to hold the address"),
        (b"email\n" + b"nothing\n" * 5000, "every one of its first 1,000 lines is at fault"),
    ],
)
def test_what_is_no_list_changes_nothing(run: Run, bring_in: Run, content: bytes, told: str) -> None:
    """It is told in one message."""
    assert told in bring_in(content, code=1).stderr
    assert people(run) == []


def test_a_file_that_cannot_be_read_is_reported(run: Run, folder: Path) -> None:
    """With the system's reason; the list stays as it was."""
    write_publication(folder)
    failed = run("subscribers", "import", f"{'a' * 300}.csv", "--consent", "moved", code=1).stderr
    assert "cannot be read: File name too long" in failed
    assert people(run) == []


def test_a_list_that_was_imported_before_changes_nothing(run: Run, bring_in: Run) -> None:
    """Name, language and tags that a subscriber has already are no change, and leave no event."""
    content = "email,name,language,tags\nann@example.org,Ann,ja,beta\nbob@example.org,Bob,,\n"
    for outcome in ("added", "same"):
        assert json.loads(bring_in(content, "--json").stdout)[outcome] == 2
    run("subscribers", "tag", "vip", "ann@example.org", code=0)
    assert json.loads(bring_in("email,language\nann@example.org,\n", "--json").stdout)["same"] == 1
    shown = json.loads(run("subscribers", "show", "ann@example.org", "--json", code=0).stdout)
    assert [event["detail"] for event in shown["events"]] == ["+vip"]


def test_the_first_subscriber_of_all_belongs_to_the_list_that_adds_them(database: Database) -> None:
    """A later batch of the same list makes them pending, though the database was empty before."""
    with database.write() as connection:
        newest = newest_id(connection)
        for state in (SubscriberState.ACTIVE, SubscriberState.PENDING):
            row = imported("ann@example.org", state)
            merge_batch(connection, {row.compared: row}, NOW, newest=newest)
        assert connection.execute(select(tables.subscriber.c.state)).scalars().all() == ["pending"]


@pytest.mark.parametrize("between", [0, 6000])
def test_of_two_lines_about_one_person_the_lower_counts(run: Run, bring_in: Run, between: int) -> None:
    """In whichever order they stand, and however far apart; what another list had said before stays as it was."""
    bring_in("email,status\ncid@example.org,active\n")
    others = "".join(f"{number}@example.org,active\n" for number in range(between))
    first = "ann@example.org,active\nbob@example.org,pending\neve@example.org,unsubscribed\n"
    second = "ann@example.org,pending\nbob@example.org,active\neve@example.org,pending\ncid@example.org,pending\n"
    bring_in(f"email,status\n{first}{others}{second}")
    found = states(run)
    assert {name: found[name] for name in ("ann", "bob", "cid", "eve")} == {
        "ann": "pending",
        "bob": "pending",
        "cid": "active",
        "eve": "unsubscribed",
    }


def test_a_dry_run_keeps_nobody_from_writing(folder: Path, database_url: str) -> None:
    """While it goes on, the very people that it would change can leave, and those whom it would add can come."""
    write_publication(folder)
    (folder / "people.csv").write_text(
        "email,name\nann@example.org,Ann\nnew@example.org,New\nann@example.org,Ann Lee\n"
    )
    seen: list[str] = []
    with Database.open(database_url) as database, Database.open(database_url) as pages:
        with database.write() as connection:
            add_subscriber(connection, subscriber("ann@example.org"))

        def change(told: Change) -> None:
            seen.append(f"{told.row.address} {told.outcome}")
            with pages.write() as connection:
                if connection.dialect.name == "postgresql":
                    connection.exec_driver_sql("SET LOCAL lock_timeout = 1000")
                add_subscriber(connection, subscriber(told.row.address))
                connection.execute(update(tables.subscriber).values(state="unsubscribed"))

        telling = ImportCallbacks(lambda problem: seen.append(problem.message), lambda _done, _size: None, change)
        with ListImport(folder / "people.csv", {}, telling) as people:
            done = people.merge_into(database, "moved", now=NOW, dry_run=True)
        with database.read() as connection:
            states = connection.execute(select(tables.subscriber.c.address, tables.subscriber.c.state)).all()
    assert done.outcomes == {MergeOutcome.ADDED: 1, MergeOutcome.CHANGED: 1, MergeOutcome.SAME: 1}
    assert seen == ["new@example.org added", "ann@example.org changed"]
    assert dict(states) == {"ann@example.org": "unsubscribed", "new@example.org": "unsubscribed"}


def test_a_dry_run_shows_the_difference_and_changes_nothing(run: Run, bring_in: Run, folder: Path) -> None:
    """A line a person: who comes, who changes, who is no longer written to, who is left out."""
    first = "email,name,status\nann@example.org,Ann,active\nbob@example.org,,active\ngone@example.org,,active\n"
    assert bring_in(first, "--dry-run").stdout.splitlines() == [
        "+ ann@example.org  active",
        "+ bob@example.org  active",
        "+ gone@example.org  active",
    ]
    assert not (folder / "newsletter.db").exists()
    bring_in(first)
    run("subscribers", "remove", "gone@example.org", "--yes", code=0)
    before = people(run)
    second = first.replace("Ann,", "Ann Lee,").replace("bob@example.org,,active", "BOB@example.org,,unsubscribed")
    done = bring_in(second + "new@example.org,,pending\n", "--dry-run")
    assert done.stdout.splitlines() == [
        "+ new@example.org  pending",
        "~ ann@example.org  name `Ann` → `Ann Lee`",
        "- BOB@example.org  active → unsubscribed",
        "! gone@example.org  erased",
    ]
    assert "Dry run: nothing was changed." in done.stderr
    assert people(run) == before


def test_duplicates_in_a_file_are_one_person(run: Run, bring_in: Run) -> None:
    """By case and Unicode form; of their states the lowest counts, wherever it stands."""
    lines = ["ANN@example.org,active", "ann@Example.org,unsubscribed", "ann@example.org,active"]
    lines += ["jörg@example.org,active", "jo\u0308rg@example.org,active"]
    done = bring_in("email,status\n" + "".join(f"{line}\n" for line in lines), "--json")
    assert json.loads(done.stdout) == {
        "dry_run": False,
        "added": 2,
        "changed": 0,
        "lowered": 0,
        "same": 3,
        "suppressed": 0,
        "faults": 0,
    }
    assert states(run) == {"ANN": "unsubscribed", "jörg": "active"}


def test_an_export_comes_back_whole(run: Run, bring_in: Run, folder: Path) -> None:
    """What `export` writes another list takes over: states, tags, consent and its date."""
    bring_in(EXPORTS["buttondown"])
    run("subscribers", "add", "x@bücher.example", "--consent", 'said, "yes"', "--name", 'X, "Y"', code=0)
    before = people(run)
    exported = run("subscribers", "export", code=0).stdout
    for file in folder.glob("newsletter.db*"):
        file.unlink()
    bring_in(exported)
    after = people(run)
    assert [one | {"created_at": ""} for one in after] == [one | {"created_at": ""} for one in before]


def test_consent_must_be_said(run: Run, bring_in: Run) -> None:
    """Without a word on where consent came from, nothing is imported."""
    assert "--consent" in run("subscribers", "import", "people.csv", code=2).stderr
    assert "where consent came from" in bring_in("email\na@example.org\n", "--consent", " ", code=1).stderr


fields = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=6)


@given(st.lists(st.tuples(fields, fields, fields), max_size=8), st.sampled_from(",;\t|"))
def test_whatever_a_writer_of_csv_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], delimiter: str
) -> None:
    """RFC 4180, with any delimiter: each row comes back with its line, and none is at fault."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(("email", "b", "c"))
    lines = []
    for row in rows:
        lines.append(text.getvalue().count("\n") + 1)
        writer.writerow(row)
    path = tmp_path_factory.getbasetemp() / "list.csv"
    path.write_bytes(text.getvalue().encode())
    faults: list[object] = []
    file = CsvFile(path, faults.append)
    assert [(line, tuple(row)) for line, row in file.rows()] == list(zip(lines, rows, strict=True))
    assert faults == []
    file.close()


@given(st.text('",\nab@', max_size=60))
def test_no_line_is_lost_without_a_word(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever the quotes do: each line is read, empty, part of a field, or at fault."""
    path = tmp_path_factory.getbasetemp() / "torn.csv"
    path.write_text(f"email,name\n{text}\n")
    faults: list[int] = []
    file = CsvFile(path, lambda problem: faults.append(problem.line))
    rows = list(file.rows())
    told = dict.fromkeys(faults, 1) | {line: 1 + "".join(row).count("\n") for line, row in rows}
    covered = {line + further for line, lines in told.items() for further in range(lines)}
    for number, line in enumerate(text.split("\n"), 2):
        assert number in covered or line.strip() == "" or line.strip(' "') == ""
    file.close()


def test_every_program_is_documented_and_has_a_sample() -> None:
    """Each entry of the registry is in the docs and in the command's help, and one of the files above is its export."""
    page = (REPOSITORY / "docs/subscribers.md").read_text()
    listed = " ".join((import_subscribers.help or "").split())
    for program in PROGRAMS:
        assert program.name in listed
        assert re.search(rf"^\| `?{program.name}\b", page, re.MULTILINE)
        if program is not PROGRAMS[0]:
            headers = [next(csv.reader([text.partition("\n")[0]])) for text in EXPORTS.values()]
            assert program in [recognise(header) for header in headers]
