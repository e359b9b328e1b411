"""The checks check: what CI relies on is itself seen to fail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param("def test_it(): pass", 0, id="nothing skipped"),
        pytest.param("import pytest\ndef test_it(): pytest.skip('no time')", 1, id="skipped in the test"),
        pytest.param("import pytest\npytest.skip('no time', allow_module_level=True)", 1, id="skipped whole"),
        pytest.param("import pytest\n@pytest.mark.skip('no time')\ndef test_it(): pass", 1, id="skipped by mark"),
        pytest.param("import pytest\ndef test_it(): pytest.skip('../shared is absent')", 0, id="excused"),
        pytest.param("def test_it(): assert False", 1, id="failed"),
    ],
)
def test_a_skip_fails_the_run_in_ci(body: str, status: int, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(body)
    command = (sys.executable, "-m", "pytest", "-p", "tests.unskipped", "-p", "no:cacheprovider", "-c", "/dev/null")
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = subprocess.run(
        (*command, tmp_path), cwd=HOUSE, env=alone, capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == status, ran.stdout + ran.stderr


def test_the_lock_names_no_place_to_fetch_from() -> None:
    assert "://" not in (HOUSE / "requirements.lock").read_text()


def test_every_target_is_explained() -> None:
    help_ = subprocess.run(
        ("make", "--silent", "--no-print-directory", "help"), cwd=HOUSE, capture_output=True, text=True, check=True
    ).stdout
    [phony] = [line for line in (HOUSE / "Makefile").read_text().splitlines() if line.startswith(".PHONY:")]
    assert [line.split()[1] for line in help_.splitlines()] == phony.split()[1:]
