"""A SQLite file that can be reached by a second path: mounted as a single file, linked, or moved."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.campaign.sending_lock import sending_lock
from newsletter.database.database import Database
from newsletter.database.file_identity import host_lock
from newsletter.errors import CampaignError, DatabaseError
from tests.campaign.publication import delivery, publish
from tests.conftest import Run

MESSAGE = "mounted as a single file"


def in_namespace(script: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run a shell script in a mount namespace of its own, whose mounts disappear with it."""
    environment = os.environ | {"PYTHON": sys.executable}
    kept = "--preserve-env=PYTHON,PYTHONPATH,NEWSLETTER_DATABASE"
    # As root, as a user who is allowed to, or in CI as a user who may become root.
    for beginning in (["unshare"], ["unshare", "--user", "--map-root-user"], ["sudo", "-n", kept, "unshare"]):
        command = [*beginning, "--mount", "--propagation", "private", "sh", "-ec"]
        # It must be allowed to mount, too.
        allowed = shutil.which(command[0]) and subprocess.run(
            [*command, "mount --bind /tmp /tmp"], capture_output=True, timeout=100
        )
        if allowed and allowed.returncode == 0:
            break
    else:
        pytest.skip("mount namespaces are not permitted here")
    return subprocess.run(
        [*command, script, "sh", *map(str, arguments)], capture_output=True, text=True, env=environment, timeout=100
    )


@pytest.mark.parametrize("name", ["newsletter.db", "a b\\c.db"])
@pytest.mark.parametrize(
    "command", ["send 029 --yes --untested", "serve --port 0", "subscribers list", "db upgrade", "db backup copy.db"]
)
def test_a_file_that_is_mounted_alone_is_refused(
    run: Run, folder: Path, name: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the command, by its own name and by a symbolic link. The message says to mount the folder."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", f"sqlite:///{name}")
    publish(folder, delivery(1), ["ann@example.org"])
    other = folder / "other"
    shutil.copytree(folder, other)
    script = 'mount --bind "$1/$3" "$2/$3"; cd "$2"; exec "$PYTHON" -m newsletter ' + command
    done = in_namespace(script, folder, other, name)
    assert done.returncode == 1, done.stderr
    assert MESSAGE in done.stderr
    assert "Mount the folder" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(other.glob("copy.db"))


def test_a_folder_that_is_mounted_is_accepted(run: Run, folder: Path) -> None:
    """Its log and its lock are those of the other path."""
    publish(folder, delivery(1), ["ann@example.org"])
    other = folder.parent / "mounted"
    other.mkdir()
    script = 'mount --bind "$1" "$2"; cd "$2"; exec "$PYTHON" -m newsletter subscribers list'
    done = in_namespace(script, folder, other)
    assert (done.returncode, "ann@example.org" in done.stdout) == (0, True), done.stderr


def test_two_senders_by_two_paths_do_not_both_send(run: Run, folder: Path) -> None:
    """One process sends; the other, which sees the file mounted in another folder, does not."""
    publish(folder, delivery(1), ["ann@example.org"])
    other = folder.parent / "other"
    shutil.copytree(folder, other)
    script = (
        'mount --bind "$1/newsletter.db" "$2/newsletter.db"; cd "$2"; '
        'exec "$PYTHON" -m newsletter send 029 --yes --untested'
    )
    with Database.open(f"sqlite:///{folder / 'newsletter.db'}") as database, sending_lock(database):
        done = in_namespace(script, folder, other)
    assert (done.returncode, MESSAGE in done.stderr) == (1, True), done.stderr
    assert not (other / "newsletter.db-wal").exists()


def test_a_moved_file_keeps_its_lock(tmp_path: Path) -> None:
    """The lock of the host is named by the file's device and inode. It ends with the block."""
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    with Database.open(f"sqlite:///{one}") as database:
        with sending_lock(database):
            one.rename(two)
            moved = Database(database.url.set(database=str(two)))
            with moved, pytest.raises(CampaignError, match="another process is sending"), sending_lock(moved):
                pass
        with moved, sending_lock(moved):
            pass


def test_a_lock_of_the_host_does_not_drop_the_locks_of_sqlite(tmp_path: Path) -> None:
    """The file is not opened for it, since closing it would drop the locks of this process."""
    file = tmp_path / "newsletter.db"
    with Database.open(f"sqlite:///{file}") as database, database.write() as connection:
        connection.exec_driver_sql("UPDATE subscriber SET name = ''")
        with host_lock(file) as held:
            assert held
        code = f"import sqlite3; sqlite3.connect({str(file)!r}, timeout=0).execute('BEGIN IMMEDIATE')"
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert "database is locked" in other.stderr


def test_a_second_hard_link_is_refused_for_sending(tmp_path: Path) -> None:
    """It is a second path, too."""
    file = tmp_path / "newsletter.db"
    with Database.open(f"sqlite:///{file}") as database:
        (tmp_path / "second.db").hardlink_to(file)
        with pytest.raises(DatabaseError, match="second hard link"), sending_lock(database):
            pass
        assert sqlite3.connect(file).execute("PRAGMA quick_check").fetchone() == ("ok",)
