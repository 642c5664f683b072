"""Rules on what the addresses of an issue answer, on request only; read by `answers`."""

from newsletter.check.rules.network import reachability

SETS = (reachability.rules,)
