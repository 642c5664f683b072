"""Runs SpamAssassin, if it is installed, once for each text of an issue and without network access."""

import contextlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from newsletter.check.rules.message.finished_message import SpamVerdict
from newsletter.documents.sealed_file import read_regular, require_replaceable
from newsletter.errors import AccessError
from newsletter.files import minimal_environment, write_inside

# The environment variable names another program; an empty value turns SpamAssassin off.
VARIABLE, PROGRAM = "NEWSLETTER_SPAMASSASSIN", "spamassassin"
# Local tests only, no files in the home folder, and one line in a format that we can parse.
_OPTIONS = (
    "--local",
    "--nocreate-prefs",
    "--cf=clear_headers",
    "--cf=fold_headers 0",
    "--cf=add_header all Status score=_SCORE_ tests=_TESTSSCORES(,)_",
)
_STATUS = re.compile(rb"^X-Spam-Status: score=(-?[\d.]+) tests=(\S*)", re.MULTILINE)
# A run takes about two seconds.
_SECONDS = 60

# Takes an issue's slug, the digest of its message, and the message.
ScoreSpam = Callable[[str, str, bytes], SpamVerdict]


def spam_scorer(folder: Path, environment: Mapping[str, str]) -> ScoreSpam | None:
    """Return a function that runs SpamAssassin, or None if it is not installed.

    Args:
        folder: caches the last score of each issue.
        environment: the environment variables.
    """
    program = shutil.which(environment.get(VARIABLE, PROGRAM))
    if program is None:
        return None
    file = folder / "spam.json"

    def score(slug: str, digest: str, content: bytes) -> SpamVerdict:
        cache = _read_cache(file)
        if cache.get(slug, {}).get("digest") != digest:
            cache[slug] = {"digest": digest, "status": _run(program, content, environment)}
            # Without a cache, it runs again the next time.
            with contextlib.suppress(AccessError):
                require_replaceable(file)
                write_inside(folder, file, json.dumps(cache, indent=1).encode())
        return parse_spam_score(cache[slug]["status"])

    return score


def parse_spam_score(status: str) -> SpamVerdict:
    """Parse `score=… tests=…`, from the header line that SpamAssassin adds."""
    score, _, tests = status.removeprefix("score=").partition(" tests=")
    points = [(name, float(value)) for name, _, value in (test.partition("=") for test in tests.split(",")) if value]
    return SpamVerdict(float(score), tuple(sorted(points, key=lambda point: -point[1])))


def _run(program: str, content: bytes, environment: Mapping[str, str]) -> str:
    """Return the status line of a message.

    Raises:
        AccessError: SpamAssassin fails, or its output has no score.
    """
    advice = "Reinstall it, or add `message-spam` and `message-suspect` to `checks.ignore` in newsletter.yaml."
    try:
        done = subprocess.run(  # noqa: S603 (no shell, and no input in the command)
            (program, *_OPTIONS),
            input=content,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env=minimal_environment(environment),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AccessError(f"cannot run {program}: {error}", advice) from error
    status = _STATUS.search(done.stdout)
    if done.returncode or not status:
        message = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise AccessError(f"{program} failed: {message or 'its output has no score'}", advice)
    return f"score={status[1].decode()} tests={status[2].decode(errors='replace')}"


def _read_cache(file: Path) -> dict[str, dict[str, str]]:
    """Return the cached scores by slug; {} if the file is missing or damaged, or is not a regular file."""
    try:
        cache = json.loads(read_regular(file))
    except (OSError, ValueError):
        return {}
    return cache if isinstance(cache, dict) else {}
