"""Programs that are killed while they write one of our files: it is the old one or the new one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.killing import kinds


@pytest.mark.skipif(sys.platform == "win32", reason="nothing forks there")
def test_no_file_is_damaged(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.faults.killing", str(tmp_path), "7"]

    killing = subprocess.run(command, capture_output=True, text=True, timeout=50, check=True)

    harm = json.loads(killing.stdout)
    assert set(harm) == {*kinds(tmp_path), "set aside"}
    assert not any(harm.values())


@pytest.mark.parametrize("name", ["current.json", "preferences.json", "pins.json"])
def test_what_is_left_of_a_killed_writer_goes_with_time(tmp_path: Path, name: str) -> None:
    fragment, fresh = tmp_path / f".{name}.abcd_123", tmp_path / f".{name}.abcd_124"
    fragment.write_text("{")
    fresh.write_text("{")
    os.utime(fragment, (1.0, 1.0))
    kind = next(kind for key, kind in kinds(tmp_path).items() if name.startswith(key))

    kind.write(True)

    assert not fragment.exists()
    assert fresh.exists()
