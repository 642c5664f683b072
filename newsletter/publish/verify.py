"""Wait until the pages of an issue are online: many hosts need a moment after a deploy."""

import time
from collections.abc import Callable, Sequence

from newsletter.errors import DeployError
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState

# Seconds between the attempts: a minute in all. GitHub Pages and Netlify need 5 to 40 seconds.
WAITS = (1, 2, 5, 10, 15, 30)


def verify_online(
    check: Callable[[], Sequence[Diagnosis]],
    waits: Sequence[float] = WAITS,
    sleep: Callable[[float], None] = time.sleep,
) -> Sequence[Diagnosis]:
    """Repeat a check of what readers open until it finds no error.

    Args:
        check: Requests the pages.
        waits: Seconds to wait after each failed attempt; after the last, the result counts.
        sleep: Waits.

    Returns:
        The results without errors.

    Raises:
        DeployError: The pages are still not online.
    """
    for wait in (*waits, None):
        found = check()
        errors = [diagnosis for diagnosis in found if diagnosis.state is DiagnosisState.ERROR]
        if not errors:
            return found
        if wait is not None:
            sleep(wait)
    raise DeployError("; ".join(error.message for error in errors), "Check the deploy command and `site_url`.")
