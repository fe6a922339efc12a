"""What loads took, kept for the next program."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ollama_tui.core.memory.estimate import KvType
from ollama_tui.core.memory.learned import Learned, Load, Taken, is_told_truly

LOAD = Load("a1", 8192, gpus=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "memory.json"


def test_the_last_load_is_known_to_the_next_program(path: Path) -> None:
    Learned(path, "box").keep(LOAD, 5_000)
    Learned(path, "box").keep(LOAD, 6_000)

    assert Learned(path, "box").last(LOAD) == Taken(6_000, 1)


@pytest.mark.parametrize(
    "other",
    [
        replace(LOAD, digest="b2"),
        replace(LOAD, context=4096),
        replace(LOAD, kv=KvType.Q8_0),
        replace(LOAD, parallel=4),
        replace(LOAD, gpus=2),
    ],
)
def test_another_kind_of_load_took_something_else(path: Path, other: Load) -> None:
    Learned(path, "box").keep(LOAD, 5_000)

    assert Learned(path, "box").last(other) is None


def test_a_load_is_found_by_its_cache_and_slots_and_by_the_servers_settings(path: Path) -> None:
    Learned(path, "box").keep(replace(LOAD, kv=KvType.Q8_0, parallel=2), 5_000)

    learned = Learned(path, "box")
    for asked in (LOAD, replace(LOAD, kv=KvType.Q8_0), replace(LOAD, parallel=2)):
        assert learned.last(asked) == Taken(5_000, 1)
    assert learned.last(replace(LOAD, kv=KvType.F16)) is None
    assert learned.last(replace(LOAD, kv=KvType.Q8_0, parallel=1)) is None


def test_another_server_is_another_machine(path: Path) -> None:
    Learned(path, "box").keep(LOAD, 5_000)

    assert Learned(path, "attic").last(LOAD) is None


def test_without_a_word_on_gpus_any_load_will_do(path: Path) -> None:
    Learned(path, "box").keep(replace(LOAD, gpus=0), 5_000)

    assert Learned(path, "box").last(replace(LOAD, gpus=None)) == Taken(5_000, 0)


def test_the_oldest_go_when_there_are_many(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ollama_tui.core.memory.learned._AT_MOST", 2)
    learned = Learned(path, "box")
    for size, digest in enumerate(("a", "b", "a", "c"), start=1):
        learned.keep(replace(LOAD, digest=digest), size)

    assert learned.last(replace(LOAD, digest="b")) is None
    assert learned.last(replace(LOAD, digest="a")) == Taken(3, 1)


@pytest.mark.parametrize(
    ("version", "is_true"),
    [("0.24.0", False), ("0.30.0", True), ("0.32.15", True), ("v1.0.0-rc1", True), ("0.0.0", False),
     ("", False), ("dev", False)],
)  # fmt: skip
def test_what_older_servers_tell_is_a_forecast(version: str, is_true: bool) -> None:
    assert is_told_truly(version) is is_true


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00", '{"box a1 8192 server server 1": "x"}'])
def test_a_damaged_file_counts_as_empty(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)

    assert Learned(path, "box").last(LOAD) is None
    Learned(path, "box").keep(LOAD, 5_000)
    assert Learned(path, "box").last(LOAD) == Taken(5_000, 1)


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    Learned(tmp_path / "file" / "memory.json", "box").keep(LOAD, 5_000)
