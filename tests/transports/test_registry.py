"""Opening transports from the settings and the environment, and errors for what is missing."""

from pathlib import Path

import pytest

from newsletter.errors import TransportError
from newsletter.publication.delivery_settings import DeliverySettings, Security, SmtpServer, TransportName
from newsletter.transports.base import Verdict
from newsletter.transports.eml_folder import FolderTransport
from newsletter.transports.maildir import MaildirTransport
from newsletter.transports.registry import TRANSPORTS, open_transports
from tests.transports.mail_server import mail_server
from tests.transports.samples import message

ADA = SmtpServer(host="smtp.example.org", username="ada")


def open_error(server: SmtpServer, environment: dict[str, str], root: Path) -> TransportError:
    """Return the error of opening a transport to a server."""
    with pytest.raises(TransportError) as caught:
        open_transports(DeliverySettings(smtp=(server,)), environment, root)
    return caught.value


def test_the_error_names_a_missing_password(tmp_path: Path) -> None:
    """It contains the variable, the username and the host."""
    error = open_error(ADA, {}, tmp_path)
    variable = "NEWSLETTER_SMTP_PASSWORD"
    assert (
        error.message
        == f"the password of ada at smtp.example.org is missing: neither {variable} nor {variable}_FILE is set"
    )
    other = ADA.model_copy(update={"password_variable": "OTHER"})
    assert "neither OTHER nor OTHER_FILE" in open_error(other, {"NEWSLETTER_SMTP_PASSWORD": "x"}, tmp_path).message


def test_the_error_names_an_invalid_password_file(tmp_path: Path) -> None:
    """The file does not exist, is empty, or is not text."""
    file = tmp_path / "password"
    environment = {"NEWSLETTER_SMTP_PASSWORD_FILE": str(file)}
    assert open_error(ADA, environment, tmp_path).message.endswith("No such file or directory")
    file.write_bytes(b"\n")
    assert open_error(ADA, environment, tmp_path).message.endswith("is empty")
    file.write_bytes(b"\xff\xfe")
    assert open_error(ADA, environment, tmp_path).message.endswith("it is not a text file")


def test_a_password_file_without_an_end_is_an_error(tmp_path: Path) -> None:
    """It is read up to a limit."""
    environment = {"NEWSLETTER_SMTP_PASSWORD_FILE": "/dev/zero"}
    assert open_error(ADA, environment, tmp_path).message.endswith("it has more than 100,000 characters")


def test_a_password_is_not_sent_unencrypted_to_another_machine(tmp_path: Path) -> None:
    """Without TLS, passwords are only sent to this machine."""
    environment = {"NEWSLETTER_SMTP_PASSWORD": "secret"}
    for host, opens in (("smtp.example.org", False), ("10.0.0.5", False), ("localhost", True), ("::1", True)):
        server = SmtpServer(host=host, username="ada", security=Security.NONE)
        if opens:
            assert open_transports(DeliverySettings(smtp=(server,)), environment, tmp_path)
        else:
            error = open_error(server, environment, tmp_path)
            assert error.message == f"the password for {host} would be sent unencrypted"


def test_a_password_from_a_file_is_read_for_each_connection(tmp_path: Path) -> None:
    """The line break at the end of the file is removed."""
    file = tmp_path / "password"
    file.write_text("first\n")
    with mail_server(login=("ada", "second")) as server:
        settings = SmtpServer(host="127.0.0.1", port=server.port, security=Security.NONE, username="ada")
        environment = {"NEWSLETTER_SMTP_PASSWORD_FILE": str(file)}
        (transport,) = open_transports(DeliverySettings(smtp=(settings,)), environment, tmp_path)
        file.write_text("second\n")
        connection = transport.connect()
        assert connection.send(message()).verdict is Verdict.ACCEPTED
        connection.close()
        file.unlink()
        with pytest.raises(TransportError, match="No such file"):
            transport.connect()


def test_the_default_port_depends_on_the_security(tmp_path: Path) -> None:
    """The defaults are 587, 465 and 25. The setting `port` has priority."""
    servers = tuple(SmtpServer(host="a.example", security=security) for security in Security)
    servers += (SmtpServer(host="a.example", port=2525, connections=7),)
    opened = open_transports(DeliverySettings(smtp=servers), {}, tmp_path)
    assert [transport.name for transport in opened] == [
        "a.example:587",
        "a.example:465",
        "a.example:25",
        "a.example:2525",
    ]
    assert opened[3].connections == 7


@pytest.mark.parametrize("name", TransportName)
def test_every_transport_of_the_settings_can_be_opened(name: TransportName, tmp_path: Path) -> None:
    """Each has a name and at least one connection. Only SMTP sends over a network."""
    settings = DeliverySettings(transport=name, smtp=(SmtpServer(host="a.example", rate=10),))
    (transport,) = open_transports(settings, {}, tmp_path)
    assert transport.name
    assert transport.connections >= 1
    assert TRANSPORTS[name].sends == (name is TransportName.SMTP)
    assert transport.rate == (10 if name is TransportName.SMTP else 0)


def test_a_missing_server_is_an_error(tmp_path: Path) -> None:
    """The error names the setting."""
    with pytest.raises(TransportError, match=r"`delivery\.smtp` is missing in newsletter\.yaml"):
        open_transports(DeliverySettings(), {}, tmp_path)


def test_a_relative_folder_is_below_the_publication(tmp_path: Path) -> None:
    """An error says why a folder cannot be created."""
    (folder,) = open_transports(DeliverySettings(transport=TransportName.FOLDER), {}, tmp_path)
    assert isinstance(folder, FolderTransport)
    assert folder.folder == tmp_path / "build/outbox"
    (tmp_path / "file").write_text("")
    for handover in (TransportName.FOLDER, TransportName.MAILDIR):
        (blocked,) = open_transports(DeliverySettings(transport=handover, folder="file/mail"), {}, tmp_path)
        with pytest.raises(TransportError, match="cannot be created: Not a directory"):
            blocked.connect()


def test_the_console_prints_text_without_control_characters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Headers and text are decoded. Other parts are not printed."""
    content = (
        b"Subject: =?utf-8?q?L=C3=A4nge?=\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"W=C3=B6rter=1B[31m\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n--b--\r\n"
    )
    (console,) = open_transports(DeliverySettings(transport=TransportName.CONSOLE), {}, tmp_path)
    assert console.connect().send(message(content=content)).verdict is Verdict.ACCEPTED
    shown = capsys.readouterr().out
    assert "--- <bounces@example.org> to <ada@example.com>\nSubject: Länge\n" in shown
    assert "Wörter\N{REPLACEMENT CHARACTER}[31m\n" in shown
    assert "<p>" not in shown


def test_the_same_message_twice_is_one_file(tmp_path: Path) -> None:
    """Files are named after recipient and content, so sending again changes nothing."""
    connection = FolderTransport(tmp_path).connect()
    for recipient in ("ada@example.com", "ada@example.com", "../../eve@example.com"):
        assert connection.send(message(recipient)).verdict is Verdict.ACCEPTED
    names = sorted(file.name.rpartition("-")[0] for file in tmp_path.iterdir())
    assert names == ["_.._eve@example.com", "ada@example.com"]


def test_a_message_that_cannot_be_written_is_unsent(tmp_path: Path) -> None:
    """No partial file is left."""
    connection = MaildirTransport(tmp_path / "mail").connect()
    (tmp_path / "mail/new").rmdir()
    answer = connection.send(message())
    assert (answer.verdict, answer.text) == (Verdict.UNSENT, "No such file or directory")
    assert list((tmp_path / "mail/tmp").iterdir()) == []
