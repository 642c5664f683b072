"""The cache of compiled templates: it is in the user's cache folder, and only there."""

import hashlib
import marshal
import os
import pickle
import stat
from pathlib import Path

import pytest
from jinja2.bccache import bc_magic

from newsletter import __version__
from newsletter.render.template_cache import cache_folder
from tests.conftest import Run
from tests.publications import ISSUE, write_publication


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of compiled templates below an empty cache folder."""
    base = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(base))
    return base / "newsletter" / "templates" / __version__


def fresh_render(run: Run, folder: Path) -> str:
    """Render an issue with templates that this process has not compiled, and return its text part."""
    templates = folder / "templates"
    templates.mkdir(exist_ok=True)
    (templates / "email.txt").write_text("{{ issue.title }}\n")
    return run("render", "text", "-o", "-", code=0).stdout


@pytest.fixture(autouse=True)
def _no_cached_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each render read the cache, as a new process does."""
    from newsletter.render import templates

    monkeypatch.setattr(templates, "_environment", templates._environment.__wrapped__)


def test_only_the_user_can_access_the_folder(run: Run, folder: Path, cache: Path) -> None:
    """Compiled templates are in a folder with mode 0700, regardless of the umask, and not in the publication."""
    write_publication(folder, _1=ISSUE)
    before = os.umask(0)
    try:
        fresh_render(run, folder)
    finally:
        os.umask(before)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert list(cache.iterdir())
    assert not (folder / ".newsletter" / "templates").exists()


def test_code_in_a_publication_is_not_run(run: Run, folder: Path, cache: Path) -> None:
    """Marshalled code in `.newsletter/templates` of a publication is not run. In the user's folder it would run."""
    write_publication(folder, _1=ISSUE)
    expected = fresh_render(run, folder)
    mark = folder / "ran"
    code = marshal.dumps(compile(f"open({str(mark)!r}, 'w').close()\nraise ValueError", "email.txt", "exec"))
    poisoned = {}
    for path in cache.iterdir():
        content = path.read_bytes()
        checksum = pickle.loads(content[len(bc_magic) :])
        poisoned[path.name] = bc_magic + pickle.dumps(checksum, 2) + code
        path.unlink()
    shipped = folder / ".newsletter" / "templates" / __version__
    (shipped / "txt").mkdir(parents=True)
    for name, content in poisoned.items():
        (shipped / name).write_bytes(content)
        # The format of an earlier version.
        (shipped / "txt" / name.rpartition("-")[2]).write_bytes(hashlib.sha256(content).digest() + content)
    assert fresh_render(run, folder) == expected
    assert not mark.exists()
    for name, content in poisoned.items():
        (cache / name).write_bytes(content)
    run("render", "text", code=1)
    assert mark.exists()


def test_a_truncated_file_is_replaced(run: Run, folder: Path, cache: Path) -> None:
    """If the file of a compiled template is truncated, the template is compiled again and the file is replaced."""
    write_publication(folder, _1=ISSUE)
    expected = fresh_render(run, folder)
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    for length in (0, 1, len(bc_magic), len(bc_magic) + 3, len(bc_magic) + 60, len(whole) // 2, len(whole) - 1):
        kept.write_bytes(whole[:length])
        assert fresh_render(run, folder) == expected
        assert kept.read_bytes() == whole


def test_a_folder_that_others_can_write_is_not_used(run: Run, folder: Path, cache: Path) -> None:
    """A folder with another mode, a link or a file is not used as the cache, and issues are rendered without one."""
    write_publication(folder, _1=ISSUE)
    cache.mkdir(parents=True)
    cache.chmod(0o770)
    expected = fresh_render(run, folder)
    assert not list(cache.iterdir())
    cache.chmod(0o700)
    cache.rename(cache.with_name("elsewhere"))
    cache.symlink_to("elsewhere")
    assert fresh_render(run, folder) == expected
    assert not list(cache.iterdir())
    cache.unlink()
    cache.write_text("a file")
    assert fresh_render(run, folder) == expected
    assert cache.read_text() == "a file"


def test_where_the_folder_is(tmp_path: Path) -> None:
    """The folder is below XDG_CACHE_HOME, or below ~/.cache if XDG_CACHE_HOME is not set or is relative."""
    name = Path("newsletter", "templates", __version__)
    home = {"HOME": str(tmp_path)}
    assert cache_folder(home) == tmp_path / ".cache" / name
    assert cache_folder({**home, "XDG_CACHE_HOME": "here"}) == tmp_path / ".cache" / name
    assert cache_folder({**home, "XDG_CACHE_HOME": str(tmp_path / "x")}) == tmp_path / "x" / name
    assert cache_folder({"XDG_CACHE_HOME": "/dev/null"}) is None
