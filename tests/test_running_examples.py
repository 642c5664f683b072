"""The files in docs/examples/running are valid for the programs that read them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "docs/examples/running"


def validate(*command: str) -> None:
    """Run a validator, and fail with its output if it reports anything."""
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["newsletter-worker.service", "newsletter-pages.service"])
def test_systemd_accepts_the_units(name: str, tmp_path: Path) -> None:
    """`systemd-analyze verify` reports nothing, with the paths of a program and a folder that exist."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = (FOLDER / name).read_text().replace("/srv/newsletter/.venv/bin/newsletter", sys.executable)
    (tmp_path / name).write_text(unit.replace("/srv/newsletter", str(tmp_path)))
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_compose_file_is_valid() -> None:
    """It follows the schema of the Compose specification."""
    validate("check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FOLDER / "compose.yaml"))


def test_the_kubernetes_manifest_is_valid() -> None:
    """It follows the schemas of Kubernetes, without unknown keys."""
    validate("kubernetes_validate", "--strict", str(FOLDER / "kubernetes.yaml"))


def test_the_examples_run_commands_that_exist() -> None:
    """Every command in the files is accepted by the program."""
    for file in FOLDER.iterdir():
        text = file.read_text()
        commands = [line.split()[1:] for line in re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)]
        commands += [re.findall(r'"([^"]+)"', found) for found in re.findall(r"(?:command|args): \[(.*)\]", text)]
        for command in commands:
            words = [word for word in command if not re.search(r"[/\d]", word)]
            groups = [word for word in words if not word.startswith("-")]
            options = [word for word in words if word.startswith("--")]
            done = subprocess.run(
                [sys.executable, "-m", "newsletter", *groups, "--help"], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, (file.name, command, done.stderr)
            assert [option for option in options if option not in done.stdout] == [], (file.name, command)
