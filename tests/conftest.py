"""Fixtures of all tests: a working folder, a command runner and a TLS certificate. In CI, skipped tests fail."""

import os
import signal
import ssl
import sys
import tempfile
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner
from hypothesis import HealthCheck, settings

from newsletter.cli.main import main

pytest_plugins = ["tests.run_folder", "tests.browser", "tests.databases"]
REPOSITORY = Path(__file__).parent.parent
# No deadlines for property tests, since times depend on the load of the machine.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
# SpamAssassin would take two seconds per check. The tests of it enable it.
os.environ["NEWSLETTER_SPAMASSASSIN"] = ""
# Compiled templates must not be written to the cache folder of the user, but Playwright still finds its browsers there.
if sys.platform == "linux":
    os.environ.setdefault(
        "PLAYWRIGHT_BROWSERS_PATH",
        str(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "ms-playwright")),
    )
# Shells start background jobs with SIGINT ignored, and nohup ignores SIGHUP. Commands that tests start would inherit
# this, so that tests could not stop them with these signals. Handlers are not inherited.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)
_cache = tempfile.TemporaryDirectory(prefix="newsletter-cache-")
os.environ["XDG_CACHE_HOME"] = _cache.name


@dataclass(frozen=True)
class Result:
    """The output and exit code of a command."""

    exit_code: int
    stdout: str
    stderr: str


Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, as the working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    """Run a command in the folder. Unhandled exceptions fail the test."""

    def run(*arguments: str | Path, code: int | None = None) -> Result:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)
        os.chdir(folder)
        if code is not None:
            assert result.exit_code == code, result.output
        return Result(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Report skipped tests as failed in CI."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A TLS context with a certificate for 127.0.0.1, from an authority that clients trust."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context
