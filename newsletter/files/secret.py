"""Secrets: from an environment variable, or from the file that the variable with `_FILE` after it names."""

from collections.abc import Mapping
from pathlib import Path

from newsletter.errors import AccessError, NotFoundError


def read_secret(variable: str, environment: Mapping[str, str], what: str) -> str:
    """The secret, without the line break at its end; `what` it is for stands in the error, the secret never does.

    Raises:
        NotFoundError: neither variable is set, or what is set is empty.
        AccessError: the file cannot be read.
    """
    if secret := environment.get(variable):
        return secret
    file = environment.get(f"{variable}_FILE")
    if not file:
        raise NotFoundError(
            f"{what} is in neither {variable} nor {variable}_FILE",
            f"Set the environment variable {variable}, or {variable}_FILE to the path of a file that holds it.",
        )
    try:
        secret = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it is no text"
        message = f"{what} cannot be read from {file}, which {variable}_FILE names: {reason}"
        raise AccessError(message, "Check the path, and who may read it.") from error
    if not secret:
        raise NotFoundError(f"{what} is missing: {file}, which {variable}_FILE names, is empty", "Write it there.")
    return secret
