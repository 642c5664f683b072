"""Rules on the responses of an issue's URLs, with `--online` only. They check `UrlResponses`.

`SETS` lists the files of rules in the order of docs/checks.md.
"""

from newsletter.check.rule import Rules, rule_sets
from newsletter.check.rules.network.url_responses import UrlResponses

SETS: tuple[Rules[UrlResponses], ...] = rule_sets(
    __name__,
    "reachability",
)
