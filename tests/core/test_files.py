"""Files of the program's own."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from ollama_tui.core.errors import StateUnwritable
from ollama_tui.core.files import locked, read_json, set_aside, write_atomically


class TestWriting:
    def test_the_file_is_replaced_as_a_whole(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_text("a much longer old content")

        write_atomically(path, "neü")

        assert path.read_text(encoding="utf-8") == "neü"

    def test_missing_folders_are_made(self, tmp_path: Path) -> None:
        write_atomically(tmp_path / "x" / "y" / "a.json", "new")

        assert (tmp_path / "x" / "y" / "a.json").read_text() == "new"

    def test_only_its_owner_can_read_it(self, tmp_path: Path) -> None:
        path = tmp_path / "folder" / "a.json"

        write_atomically(path, "new")

        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def test_a_file_that_others_could_read_is_closed_to_them(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_text("old")
        path.chmod(0o644)

        write_atomically(path, "new")

        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_nothing_is_left_beside_it(self, tmp_path: Path) -> None:
        write_atomically(tmp_path / "a.json", "new")

        assert os.listdir(tmp_path) == ["a.json"]

    def test_a_link_stays_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "dotfiles").mkdir()
        target = tmp_path / "dotfiles" / "a.json"
        target.write_text("old")
        link = tmp_path / "a.json"
        link.symlink_to(target)

        write_atomically(link, "new")

        assert link.is_symlink()
        assert target.read_text() == "new"

    def test_a_link_to_nothing_yet_makes_its_target(self, tmp_path: Path) -> None:
        link = tmp_path / "a.json"
        link.symlink_to(tmp_path / "target.json")

        write_atomically(link, "new")

        assert (tmp_path / "target.json").read_text() == "new"

    def test_a_link_in_a_circle_is_no_crash(self, tmp_path: Path) -> None:
        link = tmp_path / "a.json"
        link.symlink_to(link)

        write_atomically(link, "new")

        assert link.read_text() == "new"


class TestAWriteThatFails:
    def test_a_folder_that_cannot_be_made_is_told_in_words(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")

        with pytest.raises(StateUnwritable, match=r"a\.json could not be written: .*\. Make its"):
            write_atomically(tmp_path / "file" / "a.json", "new")

    def test_a_folder_in_the_files_place_is_told_in_words(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").mkdir()

        with pytest.raises(StateUnwritable):
            write_atomically(tmp_path / "a.json", "new")

        assert os.listdir(tmp_path) == ["a.json"]

    @pytest.mark.parametrize("step", ["replace", "fsync"])
    def test_the_old_file_stays_and_nothing_is_left_beside_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        path = tmp_path / "a.json"
        path.write_text("old")
        monkeypatch.setattr(os, step, fail)

        with pytest.raises(StateUnwritable, match="no space left on device"):
            write_atomically(path, "new")

        assert path.read_text() == "old"
        assert os.listdir(tmp_path) == ["a.json"]


class TestReading:
    def test_an_object_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_text('{"a": "ü"}', encoding="utf-8")

        assert read_json(tmp_path / "a.json") == {"a": "ü"}

    def test_no_file_is_nothing(self, tmp_path: Path) -> None:
        assert read_json(tmp_path / "a.json") is None

    def test_one_that_cannot_be_read_is_not_taken_for_none(self, tmp_path: Path) -> None:
        with pytest.raises(OSError, match="directory"):
            read_json(tmp_path)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{",
            b"[1]",
            b"7",
            b"null",
            b"\xff\xfe",
            b"\x00" * 100,
            pytest.param(b"[" * 100_000, id="deep"),
        ],
    )
    def test_a_damaged_one_is_a_value_error(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "a.json").write_bytes(content)

        with pytest.raises(ValueError):  # noqa: PT011 - its kind is all that callers know
            read_json(tmp_path / "a.json")


class TestSettingAside:
    def test_the_file_gets_another_name(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_text("damaged")

        aside = set_aside(path)

        assert aside is not None
        assert aside.name.startswith("a.json.damaged-")
        assert aside.read_text() == "damaged"
        assert not path.exists()

    def test_no_file_is_no_failure(self, tmp_path: Path) -> None:
        assert set_aside(tmp_path / "a.json") is None


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
