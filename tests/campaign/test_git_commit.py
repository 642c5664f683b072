"""The git commit of a publication: git runs no program that the repository names."""

import subprocess
from pathlib import Path

import pytest

from newsletter.campaign.git_commit import current_commit


def test_git_runs_no_program_of_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a monitor of files nor a hook nor an alias, nor in another repository that a variable names."""
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\nenv >> {ran}\n")
    program.chmod(0o755)
    folder = tmp_path / "publication"
    folder.mkdir()

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", *arguments]
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()

    (folder / "newsletter.yaml").write_text("title: Lens\n")
    git("init")
    git("add", "newsletter.yaml")
    git("commit", "-m", "First")
    expected = git("rev-parse", "HEAD")
    for name, value in {"core.fsmonitor": str(program), "alias.status": f"!{program}"}.items():
        git("config", name, value)
    (folder / ".git/hooks").mkdir(exist_ok=True)
    (folder / ".git/hooks/post-index-change").symlink_to(program)
    # The index is out of date, so that git looks at the files.
    (folder / "newsletter.yaml").touch()
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    found = current_commit(folder)
    assert (found.hash, found.clean) == (expected, True)
    assert not ran.exists()
