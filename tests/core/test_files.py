"""Files of the program's own."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ollama_tui.core.errors import StateUnwritable
from ollama_tui.core.files import open_private, read_json, read_text, write_atomically


@pytest.fixture
def open_umask() -> Iterator[None]:
    """A user who lets everybody read everything."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


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

    def test_its_owner_can_read_it_whatever_the_umask(self, tmp_path: Path) -> None:
        path, before = tmp_path / "state" / "folder" / "a.json", os.umask(0o777)
        try:
            write_atomically(path, "new")
        finally:
            os.umask(before)

        assert [mode(each) for each in (path, path.parent, path.parent.parent)] == [
            0o600,
            0o700,
            0o700,
        ]

    def test_nothing_is_left_beside_it(self, tmp_path: Path) -> None:
        write_atomically(tmp_path / "a.json", "new")

        assert os.listdir(tmp_path) == ["a.json"]

    def test_a_link_is_replaced_and_what_it_leads_to_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").write_text("theirs")
        link = tmp_path / "a.json"
        link.symlink_to(tmp_path / "elsewhere")

        write_atomically(link, "new")

        assert (link.is_symlink(), link.read_text()) == (False, "new")
        assert (tmp_path / "elsewhere").read_text() == "theirs"

    def test_all_folders_that_are_made_for_it_are_closed_to_others(
        self, tmp_path: Path, open_umask: None
    ) -> None:
        write_atomically(tmp_path / "cache" / "shapes" / "a.json", "new")

        assert mode(tmp_path / "cache") == mode(tmp_path / "cache" / "shapes") == 0o700

    def test_a_folder_that_others_could_look_into_is_closed_to_them(self, tmp_path: Path) -> None:
        (tmp_path / "state").mkdir()
        (tmp_path / "state").chmod(0o755)

        write_atomically(tmp_path / "state" / "a.json", "new")

        assert mode(tmp_path / "state") == 0o700


class TestAFileThatGrows:
    def test_only_its_owner_can_read_it(self, tmp_path: Path, open_umask: None) -> None:
        path = tmp_path / "folder" / "a.log"

        open_private(path).close()

        assert (mode(path), mode(path.parent)) == (0o600, 0o700)

    def test_one_that_others_could_read_is_closed_to_them(self, tmp_path: Path) -> None:
        path = tmp_path / "a.log"
        path.write_text("old")
        path.chmod(0o644)

        with open_private(path) as file:
            file.write("new")

        assert (mode(path), path.read_text()) == (0o600, "oldnew")

    def test_a_link_is_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").write_text("theirs")
        (tmp_path / "a.log").symlink_to(tmp_path / "elsewhere")

        with pytest.raises(OSError, match="symbolic links"):
            open_private(tmp_path / "a.log", truncates=True)

        assert (tmp_path / "elsewhere").read_text() == "theirs"

    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a.log")

        with pytest.raises(OSError, match="No such device"):
            open_private(tmp_path / "a.log")

    def test_a_pipe_that_somebody_reads_is_told_nothing(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a.log")
        reader = os.open(tmp_path / "a.log", os.O_RDONLY | os.O_NONBLOCK)

        with pytest.raises(PermissionError, match="not a file of yours"):
            open_private(tmp_path / "a.log")

        os.close(reader)


class TestWhatBelongsToSomebodyElse:
    @pytest.fixture(autouse=True)
    def _somebody_else(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "theirs").mkdir()
        (tmp_path / "theirs").chmod(0o755)
        (tmp_path / "a.log").write_text("theirs")
        (tmp_path / "a.log").chmod(0o666)
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)

    def test_a_file_is_not_written_to(self, tmp_path: Path) -> None:
        with pytest.raises(PermissionError, match="not a file of yours"):
            open_private(tmp_path / "a.log", truncates=True)

        assert (tmp_path / "a.log").read_text() == "theirs"

    def test_no_folder_is_closed_that_their_link_leads_to(self, tmp_path: Path) -> None:
        (tmp_path / "state").symlink_to(tmp_path / "theirs")

        write_atomically(tmp_path / "state" / "a.json", "new")

        assert mode(tmp_path / "theirs") == 0o755


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

    def test_a_link_leads_to_a_file_or_to_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "there").write_text("text")
        (tmp_path / "a.toml").symlink_to(tmp_path / "there")
        (tmp_path / "b.toml").symlink_to(os.devnull)

        assert read_text(tmp_path / "a.toml") == "text"
        assert read_text(tmp_path / "b.toml") == ""

    def test_one_that_cannot_be_read_is_not_taken_for_none(self, tmp_path: Path) -> None:
        with pytest.raises(OSError, match="directory"):
            read_json(tmp_path)

    @pytest.mark.parametrize("put", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
    def test_what_has_no_end_is_not_waited_for(
        self, tmp_path: Path, put: Callable[[Path], None]
    ) -> None:
        put(tmp_path / "a.json")

        with pytest.raises(OSError, match="not a file"):
            read_json(tmp_path / "a.json")

    def test_one_that_fills_the_disk_is_damaged(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").touch()
        os.truncate(tmp_path / "a.json", 2**40)

        with pytest.raises(ValueError, match="too long"):
            read_json(tmp_path / "a.json")

    def test_a_link_of_its_owners_is_followed(self, tmp_path: Path) -> None:
        (tmp_path / "dotfiles.json").write_text('{"a": 1}')
        (tmp_path / "a.json").symlink_to(tmp_path / "dotfiles.json")

        assert read_json(tmp_path / "a.json") == {"a": 1}

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
