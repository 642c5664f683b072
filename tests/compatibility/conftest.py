"""Fixtures: a copy of the publication, and databases loaded from the dumps."""

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.compatibility.opened import HERE, Dump, execute


@pytest.fixture(scope="session")
def dkim_key() -> str:
    """A private key for DKIM, which the publication reads from the environment."""
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def publication(folder: Path, monkeypatch: pytest.MonkeyPatch, dkim_key: str) -> Path:
    """The folder of the publication, as the working folder."""
    shutil.copytree(HERE / "publication", folder, dirs_exist_ok=True)
    monkeypatch.setenv("HARBOUR_DKIM_KEY", dkim_key)
    return folder


@pytest.fixture
def outbox(publication: Path) -> Path:
    """The folder of the publication, set to write mail into files instead of sending it."""
    settings = publication / "newsletter.yaml"
    text = settings.read_text(encoding="utf-8")
    assert "transport: smtp" in text
    settings.write_text(text.replace("transport: smtp", "transport: folder"), encoding="utf-8")
    return publication


@pytest.fixture(params=["sqlite", "postgresql"])
def dump(request: pytest.FixtureRequest, publication: Path, monkeypatch: pytest.MonkeyPatch) -> Dump:
    """The database of 7cfa81f, on SQLite and PostgreSQL."""
    if request.param == "postgresql":
        url = request.getfixturevalue("empty_postgresql")
    else:
        url = f"sqlite:///{publication / 'harbour.db'}"
    execute(url, (HERE / f"{request.param}.sql").read_text(encoding="utf-8"))
    monkeypatch.setenv("NEWSLETTER_DATABASE", url)
    return Dump(request.param, url)
