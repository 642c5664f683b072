"""npm's mjml, with which a cold start is compared. It is installed in the user's cache folder."""

import os
import shutil
import subprocess
from pathlib import Path

VERSION = "5.4.1"


def find_mjml(layout: Path, page: Path) -> tuple[list[str], str]:
    """Install npm's mjml if it is missing.

    Args:
        layout: The MJML file.
        page: The HTML file that the command writes.

    Returns:
        The command and a note about it, or an empty list and the reason if it cannot be installed.
    """
    npm = shutil.which("npm")
    if not npm:
        return [], "npm is missing"
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / f"newsletter-press/mjml-{VERSION}"
    program = folder / "node_modules/.bin/mjml"
    try:
        if not program.exists():
            folder.mkdir(parents=True, exist_ok=True)
            install = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", f"mjml@{VERSION}"]
            subprocess.run(install, check=True, capture_output=True, timeout=300)
        command = [str(program), str(layout), "-o", str(page)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        return [], f"npm mjml cannot be installed or run: {error}"
    warnings = [line for line in done.stderr.splitlines() if line.strip()]
    return command, f"mjml {VERSION}" + (f"; it warns: {warnings[0][:80]}" if warnings else "")
