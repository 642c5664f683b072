"""What all tests share: a command line in a folder of its own, and no skip in CI."""

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
# A property states no time: how long an example takes depends on what else the machine does.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
# It would take two seconds at every check; the test that it is asked asks it.
os.environ["NEWSLETTER_SPAMASSASSIN"] = ""
# Compiled templates stay out of the user's cache folder; playwright's browsers are still found there.
if sys.platform == "linux":
    os.environ.setdefault(
        "PLAYWRIGHT_BROWSERS_PATH",
        str(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "ms-playwright")),
    )
# A shell starts what runs in the background with SIGINT ignored, and nohup ignores SIGHUP. The commands that tests
# start would inherit that, and those that a test stops with such a signal would never end. A handler is not inherited.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)
_cache = tempfile.TemporaryDirectory(prefix="newsletter-cache-")
os.environ["XDG_CACHE_HOME"] = _cache.name


@dataclass(frozen=True)
class Result:
    """What a command printed, and its exit code."""

    exit_code: int
    stdout: str
    stderr: str


Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    """Run a command in the folder; an exception that it does not handle fails the test."""

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
    """In CI a test that is skipped has failed: what was not run was not seen."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate for 127.0.0.1, from an authority that is believed."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context
