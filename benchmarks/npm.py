"""npm's mjml, the peer of a cold start: kept in the user's cache, outside of the project."""

import os
import shutil
import subprocess
from pathlib import Path

VERSION = "5.4.1"


def mjml_command(layout: Path, page: Path) -> tuple[list[str], str]:
    """The command that lays a file out, and what to note of it; or nothing, and why it cannot be had."""
    npm = shutil.which("npm")
    if not npm:
        return [], "no npm"
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
        return [], f"npm mjml cannot be had: {error}"
    complaints = [line for line in done.stderr.splitlines() if line.strip()]
    return command, f"mjml {VERSION}" + (f"; it complains: {complaints[0][:80]}" if complaints else "")
