"""SpamAssassin, where it is installed: it scores each text once, without the network."""

import contextlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from newsletter.check.rules.message.finished_message import SpamVerdict
from newsletter.errors import AccessError
from newsletter.files import write_whole

# The environment names another program, or with nothing none.
VARIABLE, PROGRAM = "NEWSLETTER_SPAMASSASSIN", "spamassassin"
# Local tests only, no file made in the home folder, and one line that is ours to read.
_OPTIONS = (
    "--local",
    "--nocreate-prefs",
    "--cf=clear_headers",
    "--cf=fold_headers 0",
    "--cf=add_header all Status score=_SCORE_ tests=_TESTSSCORES(,)_",
)
_STATUS = re.compile(rb"^X-Spam-Status: score=(-?[\d.]+) tests=(\S*)", re.MULTILINE)
# It takes two seconds; one that takes so long waits for something.
_SECONDS = 60

# Asked with an issue's slug, the digest of its message, and the message.
AskSpam = Callable[[str, str, bytes], SpamVerdict]


def spam_asker(folder: Path, environment: Mapping[str, str]) -> AskSpam | None:
    """What asks SpamAssassin, and keeps its last answer on each issue in a folder; none where it is not installed."""
    program = shutil.which(environment.get(VARIABLE, PROGRAM))
    if program is None:
        return None
    file = folder / "spam.json"

    def ask(slug: str, digest: str, content: bytes) -> SpamVerdict:
        kept = _kept(file)
        if kept.get(slug, {}).get("digest") != digest:
            kept[slug] = {"digest": digest, "status": _asked(program, content)}
            # Where nothing can be kept, it is asked again.
            with contextlib.suppress(AccessError):
                write_whole(file, json.dumps(kept, indent=1).encode())
        return parse_spam_score(kept[slug]["status"])

    return ask


def parse_spam_score(status: str) -> SpamVerdict:
    """Read the score from the line that SpamAssassin writes."""
    score, _, tests = status.removeprefix("score=").partition(" tests=")
    points = [(name, float(value)) for name, _, value in (test.partition("=") for test in tests.split(",")) if value]
    return SpamVerdict(float(score), tuple(sorted(points, key=lambda point: -point[1])))


def _asked(program: str, content: bytes) -> str:
    """The status line of a message.

    Raises:
        AccessError: SpamAssassin fails, or says something else.
    """
    advice = "Repair its installation, or write `message-spam` and `message-suspect` under `checks: ignore`."
    try:
        done = subprocess.run(  # noqa: S603 (no shell, and nothing of an author's in the command)
            (program, *_OPTIONS), input=content, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AccessError(f"{program} does not answer: {error}", advice) from error
    status = _STATUS.search(done.stdout)
    if done.returncode or not status:
        message = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise AccessError(f"{program} fails: {message or 'it gives the message no score'}", advice)
    return f"score={status[1].decode()} tests={status[2].decode(errors='replace')}"


def _kept(file: Path) -> dict[str, dict[str, str]]:
    """The answers that were kept; none where the file is missing or damaged."""
    try:
        kept = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
