"""The locked dependencies of a release, and the scripts that use them."""

import re
from importlib.metadata import requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import REPOSITORY

LOCK, CONSTRAINTS = (REPOSITORY / name for name in ("requirements.lock", "constraints.txt"))
_ENTRY = re.compile(
    r"^([a-z0-9._-]+)==(\S+)(?: ;.*?)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


def locked() -> dict[str, str]:
    """The versions in requirements.lock, by name."""
    return {canonicalize_name(name): version for name, version, _ in _ENTRY.findall(LOCK.read_text())}


def needed(name: str, extras: tuple[str, ...], seen: set[str]) -> set[str]:
    """The distributions that one needs on this system, directly and indirectly."""
    for text in requires(name) or []:
        one = Requirement(text)
        if one.marker and not any(one.marker.evaluate({"extra": extra}) for extra in (*extras, "")):
            continue
        if (own := canonicalize_name(one.name)) not in seen:
            seen.add(own)
            needed(own, tuple(one.extras), seen)
    return seen


def test_the_lock_contains_each_dependency_with_hashes() -> None:
    """With those of the extras, in the versions of constraints.txt, and no address of a registry."""
    versions = locked()
    assert needed("newsletter-press", ("dkim", "postgresql", "webhooks"), set()) <= versions.keys()
    pinned = dict(line.split("==") for line in CONSTRAINTS.read_text().splitlines() if "==" in line)
    tested: dict[str, str] = {canonicalize_name(name): version for name, version in pinned.items()}
    assert {name: tested.get(name, version) for name, version in versions.items()} == versions
    entries = _ENTRY.sub("", LOCK.read_text()).splitlines()
    assert [line for line in entries if not line.startswith("#")] == []
    assert "://" not in LOCK.read_text()


def test_a_release_installs_the_lock_first_and_then_the_wheel_alone() -> None:
    """The workflow checks the locked versions for known vulnerabilities before it builds."""
    script = (REPOSITORY / ".ci/release").read_text()
    assert 0 < script.index("--require-hashes -r requirements.lock") < script.index('--no-deps "$file"')
    workflow = (REPOSITORY / ".github/workflows/release.yml").read_text()
    assert 0 < workflow.index("--require-hashes --disable-pip -r requirements.lock") < workflow.index(".ci/release")
