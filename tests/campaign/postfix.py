"""A real Postfix on loopback, with its own configuration, queue and mailboxes."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from tempfile import TemporaryDirectory

POSTFIX = shutil.which("postfix", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")
DOMAIN = "readers.example"
# The user who delivers into mailboxes, which must not be root.
_NOBODY = "nobody"

_MAIN = """\
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.postfix.example
mydestination =
mynetworks = 127.0.0.0/8
maillog_file = {root}/postfix.log
maillog_file_prefixes = {root}
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {root}/boxes
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{group}
smtpd_recipient_restrictions = check_recipient_access regexp:{root}/conf/access, permit_mynetworks, reject
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup   unix n - n 60    1 pickup
cleanup  unix n - n -     0 cleanup
qmgr     unix n - n 300   1 qmgr
rewrite  unix - - n -     - trivial-rewrite
bounce   unix - - n -     0 bounce
defer    unix - - n -     0 bounce
trace    unix - - n -     0 bounce
proxymap unix - - n -     - proxymap
error    unix - - n -     - error
retry    unix - - n -     - error
virtual  unix - n n -     - virtual
anvil    unix - - n -     1 anvil
postlog  unix-dgram n - n - 1 postlogd
"""
# `full@` is deferred, and `gone@` is rejected.
_ACCESS = "/^full@/ 452 4.2.2 Mailbox full\n/^gone@/ 550 5.1.1 No such user\n"


@dataclass(frozen=True)
class Postfix:
    """A running Postfix."""

    port: int
    root: Path

    def mail(self) -> dict[str, list[Message]]:
        """Return the delivered messages by address."""
        delivered: dict[str, list[Message]] = {}
        for file in self.root.glob("boxes/all/new/*"):
            message = message_from_bytes(file.read_bytes())
            delivered.setdefault(message["Delivered-To"], []).append(message)
        return delivered

    def log(self) -> str:
        """Return the log."""
        return (self.root / "postfix.log").read_text()


@contextmanager
def postfix(more: str = "") -> Iterator[Postfix]:
    """Run a Postfix with optional settings. Only root can start it."""
    import pwd

    assert POSTFIX
    nobody = pwd.getpwnam(_NOBODY)
    with TemporaryDirectory() as name, socket.socket() as taken:
        root = Path(name)
        # The processes of Postfix run as several users, who all need access.
        root.chmod(0o755)
        for folder in ("conf", "queue", "data", "boxes"):
            (root / folder).mkdir(mode=0o755)
        shutil.chown(root / "data", "postfix")
        shutil.chown(root / "boxes", _NOBODY)
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.close()
        settings = _MAIN.format(root=root, domain=DOMAIN, user=nobody.pw_uid, group=nobody.pw_gid)
        (root / "conf/main.cf").write_text(settings + more)
        (root / "conf/master.cf").write_text(_MASTER.format(port=port))
        (root / "conf/access").write_text(_ACCESS)
        command = [POSTFIX, "-c", str(root / "conf")]
        with subprocess.Popen([*command, "start-fg"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            try:
                while not _answers(port):
                    assert process.poll() is None, process.communicate()[0]
                yield Postfix(port, root)
            finally:
                subprocess.run([*command, "stop"], capture_output=True, check=False)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            return bool(connection.recv(100))
    except OSError:
        return False
