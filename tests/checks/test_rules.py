"""Every rule finds its bad case and passes its good one, and is described."""

from pathlib import Path

import pytest

from newsletter.checks.catalogue import catalogue, sets
from tests.checks.cases import Case, cases, lines_found, missing
from tests.conftest import Run


def test_every_rule_has_a_case() -> None:
    """A rule without a bad and a good case does not exist, nor a case without a rule."""
    assert missing() == set()


@pytest.mark.parametrize("case", cases().values(), ids=lambda case: case.rule)
def test_a_rule_finds_the_bad_and_passes_the_good(case: Case, run: Run, folder: Path) -> None:
    """A rule finds its bad case at one line, and nothing in its good one."""
    assert lines_found(case, case.bad, run, folder) == [case.line]
    assert lines_found(case, case.good, run, folder) == []


def test_every_rule_says_what_it_is() -> None:
    """An id is one rule's; each says in a sentence what it finds, why, and where that is known from."""
    assert len(catalogue()) == sum(len(rules.rules) for rules in sets())
    for rule in catalogue().values():
        assert rule.says.endswith("."), rule.id
        assert rule.reason.endswith("."), rule.id
        assert rule.source, rule.id
        assert "\n" not in rule.reason + rule.source, rule.id
