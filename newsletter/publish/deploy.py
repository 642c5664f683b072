"""Run the author's command that uploads the archive."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from newsletter.errors import DeployError


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
