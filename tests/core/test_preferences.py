"""What is remembered of the user's ways."""

from __future__ import annotations

from pathlib import Path

import pytest

from ollama_tui.core.library import Column
from ollama_tui.core.preferences import Preferences, load_preferences, save_preferences


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    chosen = Preferences("size", True, "ansi-light", ("Running", "Downloads"))

    save_preferences(tmp_path / "state" / "preferences.json", chosen)

    assert load_preferences(tmp_path / "state" / "preferences.json") == chosen


def test_without_a_file_they_are_the_defaults(tmp_path: Path) -> None:
    assert load_preferences(tmp_path / "preferences.json") == Preferences()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff", pytest.param(b"[" * 100_000, id="deep")]
)
def test_a_damaged_file_means_the_defaults(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "preferences.json").write_bytes(content)

    assert load_preferences(tmp_path / "preferences.json") == Preferences()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('{"sort": "age"}', Preferences("age")),
        ('{"sort": 7, "reverse": "yes", "theme": null}', Preferences()),
        ('{"reverse": true, "more": 1}', Preferences(reverse=True)),
        ('{"folded": ["Running", 7, null]}', Preferences(folded=("Running",))),
        ('{"folded": "Running"}', Preferences()),
        ('{"folded": {"Running": true}}', Preferences()),
    ],
)
def test_each_value_is_taken_or_left_by_itself(
    tmp_path: Path, content: str, found: Preferences
) -> None:
    (tmp_path / "preferences.json").write_text(content)

    assert load_preferences(tmp_path / "preferences.json") == found


def test_an_unknown_column_means_the_name() -> None:
    assert Preferences("colour").column is Column.NAME
    assert Preferences("size").column is Column.SIZE


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    save_preferences(tmp_path / "file" / "preferences.json", Preferences())

    assert load_preferences(tmp_path / "file" / "preferences.json") == Preferences()
