"""Check and run the author's command that uploads the archive."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from newsletter.errors import DeployError, DocumentError
from newsletter.workspace.workspace import Workspace

# The first word of a command, if the shell does nothing with it but run it. `2>log` redirects a file descriptor, and
# `upload () {` defines a function.
_PROGRAM = re.compile(r"\s*(?!\d+[<>])(?P<program>[\w./+@%:,-]+)(?=[\s;&|<>]|$)(?!\s*\()")
# Ends with 0 if the shell knows the program, also one of its own.
_KNOWS = 'command -v -- "$1" >/dev/null 2>&1'


def check_program(workspace: Workspace, root: Path, environment: Mapping[str, str]) -> None:
    """Check that the program of the deploy command exists, before the archive is built. Runs nothing of the author.

    Only the first program of the command is checked, and only if its name stands there: `cd website && make upload` may
    still fail.

    Args:
        workspace: The publication.
        root: Its folder.
        environment: The environment of the command.

    Raises:
        DocumentError: It does not exist.
        DeployError: The shell could not be started.
    """
    found = _PROGRAM.match(workspace.publication.archive.deploy or "")
    if found is None:
        return
    program = found["program"]
    try:
        known = subprocess.run(  # noqa: S603 (the shell looks for the program, and does not run it)
            ["/bin/sh", "-c", _KNOWS, "sh", program], cwd=root, check=False, env=environment
        )
    except OSError as error:
        raise DeployError(f"the deploy command could not be started: {error.strerror or error}") from error
    if known.returncode:
        message = f"the program `{program}` of the deploy command was not found"
        advice = "Install it, or correct `archive.deploy`."
        raise DocumentError([workspace.document.problem(("archive", "deploy"), message, advice)])


def run_deploy(command: str, root: Path, environment: Mapping[str, str]) -> None:
    """Run a shell command in the publication's folder. Its output is shown immediately.

    Args:
        command: The command.
        root: The publication's folder.
        environment: The environment of the command. It should not contain the passwords of newsletter.

    Raises:
        DeployError: It could not be started, or ended with another exit code than 0.
    """
    try:
        code = subprocess.run(  # noqa: S602 (the author's command)
            command, shell=True, cwd=root, check=False, env=environment
        ).returncode
    except OSError as error:
        raise DeployError(f"the deploy command could not be started: {error.strerror or error}") from error
    if code:
        reason = f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
        raise DeployError(f"the deploy command {reason}: {command}", "Its output is above.")
