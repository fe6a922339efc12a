"""The file that is edited, and the editor."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ollama_tui.core.drafts import Draft, editor_command
from ollama_tui.core.errors import InvalidInput, OllamaTuiError, StateUnwritable


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    return Draft(tmp_path / "drafts", "hf.co/acme/tiny:Q4", "PARAMETER seed 1\n")


class TestTheFile:
    def test_it_is_its_owners_alone_and_tells_what_it_is(self, draft: Draft) -> None:
        assert draft.path.stat().st_mode & 0o777 == 0o600
        assert draft.path.parent.stat().st_mode & 0o777 == 0o700
        assert draft.path.name.startswith("hf.co-acme-tiny-Q4-")
        assert draft.path.suffix == ".Modelfile"
        assert draft.read() == "PARAMETER seed 1\n"

    def test_given_up_untouched_it_goes(self, draft: Draft) -> None:
        assert draft.given_up() == ""
        assert not draft.path.exists()

    @pytest.mark.parametrize("typed", [b"PARAMETER seed 2\n", b"\xff\xfe"])
    def test_what_was_typed_is_kept_and_named(self, draft: Draft, typed: bytes) -> None:
        draft.path.write_bytes(typed)

        assert draft.given_up() == f"What you typed is kept in {draft.path}."
        assert draft.path.read_bytes() == typed

    def test_blanks_at_its_end_are_not_typed(self, draft: Draft) -> None:
        draft.path.write_text("PARAMETER seed 1\n\n ")

        assert draft.given_up() == ""

    def test_blanks_within_a_text_count(self, tmp_path: Path) -> None:
        draft = Draft(tmp_path, "m", 'SYSTEM """a\n  b"""\n')
        draft.path.write_text('SYSTEM """a\nb"""\n')

        assert draft.is_touched

    def test_what_is_no_text_is_refused(self, draft: Draft) -> None:
        draft.path.write_bytes(b"\xff\xfe")

        with pytest.raises(InvalidInput, match="is not UTF-8"):
            draft.read()

    @pytest.mark.parametrize(
        "put", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")]
    )
    def test_what_has_no_end_is_not_waited_for(
        self, draft: Draft, put: Callable[[Path], None]
    ) -> None:
        draft.path.unlink()
        put(draft.path)

        with pytest.raises(OllamaTuiError, match="is no file any more"):
            draft.read()
        assert draft.given_up() == ""

    def test_one_that_fills_the_disk_is_kept_and_not_read(self, draft: Draft) -> None:
        os.truncate(draft.path, 2**40)

        with pytest.raises(InvalidInput, match="is longer than any"):
            draft.read()
        assert "is kept in" in draft.given_up()

    def test_a_file_that_the_editor_took_away_is_told(self, draft: Draft) -> None:
        draft.path.unlink()

        with pytest.raises(OllamaTuiError, match="cannot be read: no such file"):
            draft.read()
        assert draft.given_up() == ""

    def test_a_folder_that_cannot_be_made_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")

        with pytest.raises(StateUnwritable, match="No file for the editor"):
            Draft(tmp_path / "file", "m", "")

    def test_of_a_text_that_cannot_be_written_nothing_is_left(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match="half a character"):
            Draft(tmp_path, "m", "\ud800")

        assert list(tmp_path.iterdir()) == []


def here(*programs: str) -> dict[str, str]:
    return {program: f"/usr/bin/{program}" for program in programs}


class TestTheEditor:
    @pytest.mark.parametrize(
        ("environment", "command"),
        [
            ({"VISUAL": "code --wait", "EDITOR": "vi"}, ("code", "--wait")),
            ({"VISUAL": " ", "EDITOR": "vi"}, ("vi",)),
            ({"EDITOR": "'my editor' -c \"set tw=0\""}, ("my editor", "-c", "set tw=0")),
            ({}, ("nano",)),
        ],
    )
    def test_it_is_the_users_own_with_its_arguments(
        self, environment: dict[str, str], command: tuple[str, ...]
    ) -> None:
        find = here("code", "vi", "nano", "my editor").get

        assert editor_command(environment, find) == command

    def test_without_one_the_first_that_is_there_is_taken(self) -> None:
        assert editor_command({}, here("vi").get) == ("vi",)

    def test_without_any_it_says_what_to_set(self) -> None:
        with pytest.raises(OllamaTuiError, match="There is no editor") as failed:
            editor_command({}, here().get)

        assert "EDITOR" in failed.value.remedy

    @pytest.mark.parametrize(
        ("value", "why"),
        [
            ("ed 'x", "EDITOR cannot be read"),
            ("gone --wait", "names gone, which is not there"),
            ("''", "EDITOR names"),
        ],
    )
    def test_one_that_cannot_be_started_is_told_and_no_other_is_taken(
        self, value: str, why: str
    ) -> None:
        with pytest.raises(InvalidInput, match=why):
            editor_command({"EDITOR": value}, here("nano", "vi").get)
