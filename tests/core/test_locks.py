"""Programs that change one file take turns."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ollama_tui.core.errors import StateUnwritable
from ollama_tui.core.locks import locked


class TestTakingTurns:
    def test_the_folder_is_made_for_the_lock(self, tmp_path: Path) -> None:
        with locked(tmp_path / "x" / "a.json"):
            assert (tmp_path / "x").is_dir()

        with locked(tmp_path / "x" / "a.json"):
            assert not (tmp_path / "x" / "a.json").exists()

    def test_without_a_place_for_the_lock_the_work_goes_on(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")

        with locked(tmp_path / "file" / "a.json"):
            reached = True

        assert reached


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
class TestALockThatIsHeld:
    def test_it_is_not_waited_for_without_end(self, tmp_path: Path) -> None:
        path = tmp_path / "current.json"

        with locked(path), pytest.raises(StateUnwritable, match="held by another"), locked(path):
            pass
