from __future__ import annotations

import json
from pathlib import Path

import pytest

from ollama_tui.core.load_times import LoadTimes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "load_times.json"


def test_the_last_time_is_known_to_the_next_program(path: Path) -> None:
    LoadTimes(path, "box").keep("a1", 12.34)
    LoadTimes(path, "box").keep("a1", 7.0)

    assert LoadTimes(path, "box").last("a1") == 7.0


def test_another_model_or_another_server_has_none(path: Path) -> None:
    LoadTimes(path, "box").keep("a1", 12.0)

    assert LoadTimes(path, "box").last("b2") is None
    assert LoadTimes(path, "attic").last("a1") is None


def test_the_oldest_go_when_there_are_many(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ollama_tui.core.load_times._AT_MOST", 2)
    times = LoadTimes(path, "box")
    for digest in ("a", "b", "a", "c"):
        times.keep(digest, 1.0)

    assert times.last("b") is None
    assert times.last("a") == times.last("c") == 1.0


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00", '"x"'])
def test_a_broken_file_is_as_none_and_is_written_anew(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    times = LoadTimes(path, "box")
    assert times.last("a1") is None

    times.keep("a1", 3.0)
    assert times.last("a1") == 3.0


@pytest.mark.parametrize("value", [True, "5", None, -1, 1e9, [1]])
def test_what_is_no_time_is_not_told(path: Path, value: object) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"box a1": value}))

    assert LoadTimes(path, "box").last("a1") is None


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    times = LoadTimes(tmp_path / "file" / "load_times.json", "box")
    times.keep("a1", 3.0)

    assert times.last("a1") is None
