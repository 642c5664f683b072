"""The pattern of slugs and of the ids of entries."""

import re

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
