"""Importing subscribers from CSV files of many programs, including invalid files."""

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
from newsletter.subscribers.csv.column_mapping import ColumnMapping
from newsletter.subscribers.csv.csv_file import CsvFile
from newsletter.subscribers.csv.import_list import ImportCallbacks, ListImport
from newsletter.subscribers.csv.merge import Change, MergeOutcome
from newsletter.subscribers.csv.programs import PROGRAMS, recognise
from newsletter.subscribers.queries import add_subscriber
from tests.conftest import REPOSITORY, Run
from tests.publications import write_publication
from tests.subscribers.people import NOW, people, states, subscriber

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
    "constant contact": """\
"Email address","First name","Last name","Email status","Email permission status","Email Lists","Tags","Created At"
ann@example.org,Ann,Lee,Active,Express,General,"beta, early bird",2020-01-02 03:05:06
bob@example.org,Bob,,Unsubscribed,Implied,General,,
""",
    "hubspot": """\
"Record ID","First Name","Last Name","Email","Create Date","Unsubscribed from all email","Email hard bounce reason"
1,Ann,Lee,ann@example.org,2020-01-02 03:05:06,false,
2,Bob,,bob@example.org,2020-01-02 03:05,true,
3,Cid,,cid@example.org,2020-01-02 03:05,,UNKNOWN_USER
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
    "constant contact": {"ann": "active", "bob": "unsubscribed"},
    "hubspot": {"ann": "active", "bob": "unsubscribed", "cid": "bounced"},
    "revue": {"ann": "active"},
}


@pytest.mark.parametrize("program", EXPORTS)
def test_exports_of_other_programs_are_recognised(run: Run, import_csv: Run, program: str) -> None:
    """State, name, tags and the date of consent are imported from the export."""
    status = import_csv(EXPORTS[program]).stderr
    assert program.partition(",")[0] in status.lower()
    assert states(run) == STATES[program]
    (ann,) = (one for one in people(run) if one["email"] == "ann@example.org")
    assert ann["name"] == ("" if program in ("substack", "buttondown") else "Ann Lee")
    assert ann["consent_source"] == "moved"
    if program != "revue":
        assert ann["consent_at"] == "2020-01-02T03:05:06Z"
    if program in ("mailchimp", "ghost", "buttondown", "constant contact"):
        assert ann["tags"] == ["beta", "early bird"]


def test_contacts_who_never_subscribed_are_not_imported(run: Run, folder: Path) -> None:
    """Mailchimp's export contains a file of other contacts with the same columns as that of subscribers."""
    write_publication(folder)
    name = "nonsubscribed_members_export_1.csv"
    (folder / name).write_text(EXPORTS["mailchimp"])
    error = run("subscribers", "import", name, "--consent", "moved", code=1).stderr
    assert "contacts who never subscribed" in error
    assert people(run) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_are_detected(run: Run, import_csv: Run, encoding: str, delimiter: str) -> None:
    """With and without a byte order mark, and with any line endings."""
    rows = [["Email", "Name", "Tags"], ["jose@example.org", "José Müller", "beta"], ["b@example.org", "Zoë", "vip"]]
    end = "\r\n" if encoding == "cp1252" else "\n"
    import_csv("".join(delimiter.join(row) + end for row in rows).encode(encoding))
    assert [(one["name"], one["tags"]) for one in people(run)] == [("José Müller", ["beta"]), ("Zoë", ["vip"])]


def test_a_stray_byte_skips_its_line_only(run: Run, import_csv: Run) -> None:
    """The 2,000 other names stay UTF-8, and the line of the byte is reported, also within quotes."""
    lines = [f"r{number}@example.org,Zoë Müller".encode() for number in range(2_000)]
    lines[700:700] = [b"bad@example.org,Zo\xeb", 'ok@example.org,"�"'.encode(), b'long@example.org,"first\nZo\xeb"']
    content = b"\n".join([b"email,name", *lines])
    stderr = import_csv(content, code=1).stderr
    assert "in utf-8" in stderr
    assert "people.csv:702:1: error: the line is not valid utf-8" in stderr
    assert "people.csv:705:1: error: the line is not valid utf-8" in stderr
    assert stderr.count("not valid utf-8") == 2
    found = {one["email"]: one["name"] for one in people(run)}
    assert len(found) == 2_001
    assert found.pop("ok@example.org") == "�"
    assert set(found.values()) == {"Zoë Müller"}


@pytest.mark.parametrize("first", ["sep=;", "SEP=;"])
def test_the_first_line_may_set_the_delimiter(run: Run, import_csv: Run, first: str) -> None:
    """Excel writes `sep=;` above the header. A column may have the name `sep=x`."""
    import_csv(f"{first}\nEmail;Last, first, or full name\nann@example.org;Ann\n")
    assert [one["email"] for one in people(run)] == ["ann@example.org"]
    assert "Not used: `sep=x`." in import_csv("sep=x,email\nx,bob@example.org\n").stderr
    assert set(states(run)) == {"ann", "bob"}


@pytest.mark.parametrize(
    ("name", "encoding"), [("山田太郎、東京のニュース", "shift_jis"), ("Иван Петрович Сидоров", "cp1251")]
)
def test_the_encoding_can_be_set(run: Run, import_csv: Run, name: str, encoding: str) -> None:
    """For files whose encoding is not detected correctly. An unknown encoding is an error."""
    content = f"email,name\na@example.org,{name}\n".encode(encoding)
    assert "unknown encoding `klingon`" in import_csv(content, "--encoding", "klingon", code=1).stderr
    import_csv(content, "--encoding", encoding)
    assert people(run)[0]["name"] == name


def test_columns_can_be_mapped(run: Run, import_csv: Run) -> None:
    """Unused columns are listed, and an error about an unknown column suggests a similar one."""
    content = "Kontakt,Vor,Nach,Sprache,type\nann@example.org,Ann,Lee,EN_us,x\n"
    assert "--map email=COLUMN" in import_csv(content, code=1).stderr
    assert "Did you mean `Kontakt`?" in import_csv(content, "--map", "email=Kontakte", code=1).stderr
    assert "Write FIELD=COLUMN" in import_csv(content, "--map", "phone=Vor", code=2).stderr
    mapped = ("email=kontakt", "first_name=Vor", "last_name=Nach", "language=Sprache")
    status = import_csv(content, *(part for one in mapped for part in ("--map", one))).stderr
    assert "Not used: `type`." in status
    assert [(one["email"], one["name"], one["language"]) for one in people(run)] == [
        ("ann@example.org", "Ann Lee", "en-US")
    ]


def test_an_unknown_state_is_not_guessed(run: Run, import_csv: Run) -> None:
    """An unknown state stops the import, unless the author maps it or ignores the states."""
    content = "email,status\nann@example.org,gratis\nbob@example.org,Active\ncid@example.org,\n"
    errors = import_csv(content, code=1).stderr
    assert "(`gratis` in line 2, a blank value in line 4)" in errors
    options = ["status:gratis=unsubscribed", "status:=unsubscribed", "ignore=status"]
    assert "".join(f"\n  --map {option}" for option in options) in errors
    assert states(run) == {}
    import_csv(content, "--map", "status:gratis=pending", "--map", "status:=unsubscribed")
    assert states(run) == {"ann": "pending", "bob": "active", "cid": "unsubscribed"}


def test_states_can_be_ignored(run: Run, import_csv: Run) -> None:
    """With an empty column, words for states are not read. Other columns about consent are."""
    content = "email,status,opt-out\nann@example.org,gratis,\nbob@example.org,unsubscribed,\ncid@example.org,,yes\n"
    import_csv(content, "--map", "state=")
    assert states(run) == {"bob": "active", "ann": "active", "cid": "unsubscribed"}


def test_common_words_for_a_state_are_known(run: Run, import_csv: Run) -> None:
    """In the column `status` of any list, in any case."""
    words = {
        "active": ("active", "subscribed", "confirmed", "enabled", " Enabled "),
        "pending": ("pending", "unconfirmed"),
        "unsubscribed": ("unsubscribed", "disabled", "blocklisted", "removed"),
        "bounced": ("bounced", "cleaned"),
        "complained": ("complained", "spam"),
    }
    rows = [f"{state}{number}@example.org,{word}" for state in words for number, word in enumerate(words[state])]
    import_csv("\n".join(["email,status", *rows]))
    assert states(run) == {f"{state}{number}": state for state in words for number in range(len(words[state]))}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ann@,Ann", "not a valid email address"),
        ("ann@example.org,Ann,extra", "expected 2 columns, found 3"),
        ("ann@example.org", "expected 2 columns, found 1"),
        ('ann@example.org,"Ann', "the quotes do not match"),
        ('"ann@example.org,Ann', "the quotes do not match"),
        ('"ann"@example.org,Ann', "the quotes do not match"),
        ('ann@example.org,"Ann\r\nBcc: evil@example.org"', "the name contains a line break"),
        ("ann@example.org,Ann\x0bBcc", "the name contains a line break"),
        ("ann@example.org,Ann\u202e", "the name contains U+202E"),
        ("ann@example.org,Ann\x07", "the name contains U+0007"),
        (f"ann@example.org,{'A' * 300}", "the name has 300 characters"),
        (f"ann@example.org,{'A,' * 60_000}", "the line has more than 100,000 characters"),
        ("ann@gmaіl.com,Ann", "mixes Cyrillic and Latin letters"),
        (",Ann", "the email address is missing"),
    ],
)
def test_an_invalid_row_is_reported_and_the_others_are_imported(
    run: Run, import_csv: Run, line: str, message: str
) -> None:
    """With its line number. A wrong quote skips only one row, and the command exits with 1."""
    content = f'email,name\nfirst@example.org,First\n{line}\nnext@example.org,Next\n\nlast@example.org,"La, st"\n'
    done = import_csv(content, code=1)
    assert "people.csv:3:1: error: " in done.stderr
    assert message in done.stderr
    assert "3 added, 1 row skipped." in done.stderr
    assert states(run) == {"first": "active", "next": "active", "last": "active"}


def test_a_quoted_field_may_span_lines(run: Run, import_csv: Run) -> None:
    """The line numbers of the following rows are correct."""
    import_csv('email,notes\nann@example.org,"one\ntwo, ""three""\n"\nbob@,x\ncid@example.org,\n', code=1)
    assert "people.csv:5:1" in import_csv('email,notes\nann@example.org,"one\ntwo\n"\nbob@,x\n', code=1).stderr
    assert states(run) == {"ann": "active", "cid": "active"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "people.csv is empty"),
        (b"\xef\xbb\xbf", "people.csv is empty"),
        (b"\n\n", "begins with an empty line"),
        (b"PK\x03\x04zip", "is a zip archive or a spreadsheet"),
        (b"SQLite format 3\0", "is not a text file"),
        (("a," * 1_000_000).encode(), "has more than 1,000 columns"),
        (("a," * 2000 + "email\n").encode(), "has more than 1,000 columns"),
        (b"name;street\nAnn;Main", "no email address column was found"),
        (b"ann@example.org\nbob@example.org\n", "no email address column was found"),
        (b"email\n" + b"nothing\n" * 5000, "the first 1,000 rows are all invalid"),
    ],
)
def test_a_file_that_is_not_a_list_changes_nothing(run: Run, import_csv: Run, content: bytes, message: str) -> None:
    """It is reported in one message."""
    assert message in import_csv(content, code=1).stderr
    assert people(run) == []


def test_a_file_that_cannot_be_read_is_reported(run: Run, folder: Path) -> None:
    """With the reason of the system. The list is unchanged."""
    write_publication(folder)
    failed = run("subscribers", "import", f"{'a' * 300}.csv", "--consent", "moved", code=1).stderr
    assert "cannot be read: File name too long" in failed
    assert people(run) == []


def test_a_list_that_was_imported_before_changes_nothing(run: Run, import_csv: Run) -> None:
    """A row with the current name, language and tags is unchanged, and records no event."""
    content = "email,name,language,tags\nann@example.org,Ann,ja,beta\nbob@example.org,Bob,,\n"
    for outcome in ("added", "same"):
        assert json.loads(import_csv(content, "--json").stdout)[outcome] == 2
    run("subscribers", "tag", "vip", "ann@example.org", code=0)
    assert json.loads(import_csv("email,language\nann@example.org,\n", "--json").stdout)["same"] == 1
    shown = json.loads(run("subscribers", "show", "ann@example.org", "--json", code=0).stdout)
    assert [event["detail"] for event in shown["events"]] == ["+vip"]


@pytest.mark.parametrize("between", [0, 6000])
def test_the_stricter_of_two_rows_counts(run: Run, import_csv: Run, between: int) -> None:
    """In any order and at any distance. A state that was imported from another list before stays."""
    import_csv("email,status\ncid@example.org,active\n")
    others = "".join(f"{number}@example.org,active\n" for number in range(between))
    first = "ann@example.org,active\nbob@example.org,pending\neve@example.org,unsubscribed\n"
    second = "ann@example.org,pending\nbob@example.org,active\neve@example.org,pending\ncid@example.org,pending\n"
    import_csv(f"email,status\n{first}{others}{second}")
    found = states(run)
    assert {name: found[name] for name in ("ann", "bob", "cid", "eve")} == {
        "ann": "pending",
        "bob": "pending",
        "cid": "active",
        "eve": "unsubscribed",
    }


def test_a_dry_run_does_not_block_writers(folder: Path, database_url: str) -> None:
    """During the dry run, the same subscribers can be added and unsubscribed by other connections."""
    write_publication(folder)
    (folder / "people.csv").write_text(
        "email,name\nann@example.org,Ann\nnew@example.org,New\nann@example.org,Ann Lee\n"
    )
    seen: list[str] = []
    with Database.open(database_url) as database, Database.open(database_url) as pages:
        with database.write() as connection:
            add_subscriber(connection, subscriber("ann@example.org"))

        def change(found: Change) -> None:
            seen.append(f"{found.row.address} {found.outcome}")
            with pages.write() as connection:
                if connection.dialect.name == "postgresql":
                    connection.exec_driver_sql("SET LOCAL lock_timeout = 1000")
                add_subscriber(connection, subscriber(found.row.address))
                connection.execute(update(tables.subscriber).values(state="unsubscribed"))

        callbacks = ImportCallbacks(lambda problem: seen.append(problem.message), lambda _done, _size: None, change)
        with ListImport(folder / "people.csv", ColumnMapping(), callbacks) as people:
            done = people.merge_into(database, "moved", now=NOW, dry_run=True)
        with database.read() as connection:
            states = connection.execute(select(tables.subscriber.c.address, tables.subscriber.c.state)).all()
    assert done.outcomes == {MergeOutcome.ADDED: 1, MergeOutcome.CHANGED: 1, MergeOutcome.SAME: 1}
    assert seen == ["new@example.org added", "ann@example.org changed"]
    assert dict(states) == {"ann@example.org": "unsubscribed", "new@example.org": "unsubscribed"}


def test_a_dry_run_shows_the_changes_and_changes_nothing(run: Run, import_csv: Run, folder: Path) -> None:
    """One line for each row that adds, changes or deactivates a subscriber, or is suppressed; active ones are last."""
    first = "email,name,status\nann@example.org,Ann,active\nbob@example.org,,active\ngone@example.org,,active\n"
    assert import_csv(first, "--dry-run").stdout.splitlines() == [
        "+ ann@example.org  active",
        "+ bob@example.org  active",
        "+ gone@example.org  active",
    ]
    assert not (folder / "newsletter.db").exists()
    import_csv(first)
    run("subscribers", "remove", "gone@example.org", "--yes", code=0)
    before = people(run)
    second = first.replace("Ann,", "Ann Lee,").replace("bob@example.org,,active", "BOB@example.org,,unsubscribed")
    done = import_csv(second + "new@example.org,,pending\n", "--dry-run")
    assert done.stdout.splitlines() == [
        "+ new@example.org  pending",
        "- BOB@example.org  active → unsubscribed",
        "~ ann@example.org  name `Ann` → `Ann Lee`",
        "! gone@example.org  erased",
    ]
    assert "Dry run: nothing was changed." in done.stderr
    assert people(run) == before


def test_duplicates_in_a_file_are_one_subscriber(run: Run, import_csv: Run) -> None:
    """Regardless of case and Unicode form. The strictest state counts, in any order."""
    lines = ["ANN@example.org,active", "ann@Example.org,unsubscribed", "ann@example.org,active"]
    lines += ["jörg@example.org,active", "jo\u0308rg@example.org,active"]
    done = import_csv("email,status\n" + "".join(f"{line}\n" for line in lines), "--json")
    assert json.loads(done.stdout) == {
        "dry_run": False,
        "added": 2,
        "changed": 0,
        "lowered": 0,
        "same": 3,
        "suppressed": 0,
        "faults": 0,
        "unclear_dates": 0,
    }
    assert states(run) == {"ANN": "unsubscribed", "jörg": "active"}


def test_an_export_can_be_imported_unchanged(run: Run, import_csv: Run, folder: Path) -> None:
    """States, tags, consent and its date are the same after importing the export into an empty database."""
    import_csv(EXPORTS["buttondown"])
    run("subscribers", "add", "x@bücher.example", "--consent", 'replied, "yes"', "--name", 'X, "Y"', code=0)
    before = people(run)
    exported = run("subscribers", "export", code=0).stdout
    for file in folder.glob("newsletter.db*"):
        file.unlink()
    import_csv(exported)
    after = people(run)
    assert [one | {"created_at": ""} for one in after] == [one | {"created_at": ""} for one in before]


def test_the_source_of_consent_is_required(run: Run, import_csv: Run) -> None:
    """Without it, nothing is imported."""
    assert "--consent" in run("subscribers", "import", "people.csv", code=2).stderr
    assert "the source of consent is missing" in import_csv("email\na@example.org\n", "--consent", " ", code=1).stderr


fields = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=6)


@given(st.lists(st.tuples(fields, fields, fields), max_size=8), st.sampled_from(",;\t|"))
def test_any_valid_csv_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], delimiter: str
) -> None:
    """RFC 4180 with any delimiter: all rows are returned with their line numbers, without problems."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(("email", "b", "c"))
    lines = []
    for row in rows:
        lines.append(text.getvalue().count("\n") + 1)
        writer.writerow(row)
    path = tmp_path_factory.getbasetemp() / "list.csv"
    path.write_bytes(text.getvalue().encode())
    problems: list[object] = []
    file = CsvFile(path, problems.append)
    assert [(line, tuple(row)) for line, row in file.rows()] == list(zip(lines, rows, strict=True))
    assert problems == []
    file.close()


@given(st.text('",\nab@', max_size=60))
def test_every_line_is_read_or_reported(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """With any quotes, each line is a row, part of a field, empty, or reported."""
    path = tmp_path_factory.getbasetemp() / "torn.csv"
    path.write_text(f"email,name\n{text}\n")
    problems: list[int] = []
    file = CsvFile(path, lambda problem: problems.append(problem.line))
    rows = list(file.rows())
    lengths = dict.fromkeys(problems, 1) | {line: 1 + "".join(row).count("\n") for line, row in rows}
    covered = {line + offset for line, lines in lengths.items() for offset in range(lines)}
    for number, line in enumerate(text.split("\n"), 2):
        assert number in covered or line.strip() == "" or line.strip(' "') == ""
    file.close()


def test_every_program_is_documented_and_has_a_sample() -> None:
    """Each program of the registry is in the docs and in the help, and one of `EXPORTS` is recognised as its export."""
    page = (REPOSITORY / "docs/subscribers.md").read_text()
    listed = " ".join((import_subscribers.help or "").split())
    for program in PROGRAMS:
        assert program.name in listed
        assert re.search(rf"^\| `?{program.name}\b", page, re.MULTILINE)
        if program is not PROGRAMS[0]:
            headers = [next(csv.reader([text.partition("\n")[0]])) for text in EXPORTS.values()]
            assert program in [recognise(header) for header in headers]
