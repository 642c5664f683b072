"""Rules on what the addresses of an issue answer, on request only; read by `answers`."""

from newsletter.checks.network import reach

SETS = (reach.rules,)
