"""The site generators that the archive is compared with: Hugo of the system, and Pelican, which is installed here."""

import os
import shutil
import subprocess
import sys

from benchmarks.clock import ROOT

PELICAN = "4.12.0"
NO_HUGO = "hugo is missing: run `apt-get install hugo`, or set $HUGO"
_FOLDER = ROOT / "build/pelican"


def find_hugo() -> str | None:
    """Return the path of Hugo: $HUGO, or on the PATH. None if it is missing."""
    return os.environ.get("HUGO") or shutil.which("hugo")


def find_pelican() -> tuple[str, str]:
    """Install Pelican in an environment in `build/pelican` if it is missing there.

    Returns:
        The path of the program and "", or "" and the reason if it cannot be installed.
    """
    program = _FOLDER / "bin/pelican"
    try:
        if not _is_installed(str(program)):
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(_FOLDER)], check=True, capture_output=True)
            pip = [str(_FOLDER / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            command = [*pip, f"pelican[markdown]=={PELICAN}"]
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        output = (getattr(error, "stderr", None) or "").strip().splitlines()
        return "", f"Pelican cannot be installed: {output[-1] if output else error}"
    return str(program), ""


def _is_installed(program: str) -> bool:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return False
    return done.stdout.strip() == PELICAN
