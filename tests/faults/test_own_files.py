"""Files of the program's own that are damaged, and folders that take nothing, row by row."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ollama_tui.config import Settings
from ollama_tui.core.cache import LibraryCache
from ollama_tui.demo.emulator import Emulator
from tests.faults.rows import Told, is_well, keys_answer
from tests.tui.dashboard import Dashboard, Opener

DAMAGE = {
    "half": '{"version": 1, "servers": {"http://box:114',
    "empty": "",
    "another kind": "[1, 2]",
    "nested": "[" * 100_000,
    "no text": "\udcff\udcfe\x00",
}
SIZE = (200, 40)
SET_ASIDE = ("is damaged and was set aside as ",)


@dataclass(frozen=True, slots=True)
class Row(Told):
    """A file that is damaged."""

    path: Callable[[Settings], Path]


def _library(settings: Settings) -> Path:
    return LibraryCache(settings.paths.cache, settings.server_key)._path


ROWS = (
    Row(
        "current.json", (*SET_ASIDE, "choose the current model again"), lambda of: of.paths.current
    ),
    Row("pins.json", (*SET_ASIDE, "pin again what is to stay"), lambda of: of.paths.pins),
    Row("preferences.json", (), lambda of: of.paths.preferences),
    Row("library", (), _library),
    Row("load-times.json", (), lambda of: of.paths.load_times),
    Row("memory.json", (), lambda of: of.paths.learned_memory),
)


async def works(tui: Dashboard) -> None:
    """Do what writes files: choose a model, sort, look at others."""
    await tui.press("enter")
    await tui.until(lambda: tui.app.current == "assistant:latest")
    await tui.press("S", "j", "j")
    await tui.until(lambda: tui.app.details is not None)


@pytest.mark.parametrize("damage", DAMAGE)
async def test_damaged_files_are_told_or_forgotten_and_the_next_are_whole(
    open_dashboard: Opener, emulator: Emulator, settings: Settings, damage: str
) -> None:
    paths = [row.path(settings) for row in ROWS]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(DAMAGE[damage], encoding="utf-8", errors="surrogateescape")

    async with open_dashboard(emulator, SIZE) as tui:
        await keys_answer(tui)
        await works(tui)

    async with open_dashboard(emulator, SIZE) as tui:
        assert is_well(tui)
        assert tui.app.current == "assistant:latest"
        assert tui.app.notice is None


@pytest.mark.parametrize("row", ROWS[:2], ids=[row.row for row in ROWS[:2]])
async def test_what_the_user_has_to_do_again_is_told(
    open_dashboard: Opener, emulator: Emulator, settings: Settings, row: Row
) -> None:
    path = row.path(settings)
    path.parent.mkdir(parents=True)
    path.write_text(DAMAGE["half"])

    async with open_dashboard(emulator, SIZE) as tui:
        await tui.until(lambda: tui.app.notice)

        assert all(words in tui.notice for words in row.words)
        assert len(list(path.parent.glob(f"{path.name}.damaged-*"))) == 1
        await keys_answer(tui)
        assert tui.app.notice is None


def full(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)


def read_only(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def mkstemp(*_: object, **__: object) -> tuple[int, str]:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("ollama_tui.core.files.tempfile.mkstemp", mkstemp)


def file_in_its_place(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.paths.state.parent.mkdir(parents=True, exist_ok=True)
    settings.paths.state.write_text("no folder")


@dataclass(frozen=True, slots=True)
class Place(Told):
    """A folder that takes nothing."""

    close: Callable[[Settings, pytest.MonkeyPatch], None]


PLACES = (
    Place("full disk", ("could not be written: no space left on device",), full),
    Place("read-only folder", ("could not be written: read-only file system",), read_only),
    Place("file in place of the folder", ("could not be written: ",), file_in_its_place),
)


@pytest.mark.parametrize("place", PLACES, ids=[place.row for place in PLACES])
async def test_what_cannot_be_kept_is_told_and_can_be_once_there_is_room(
    open_dashboard: Opener, emulator: Emulator, settings: Settings, place: Place
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        place.close(settings, patch)
        async with open_dashboard(emulator, SIZE) as tui:
            await tui.press("enter")
            await tui.until(lambda: tui.app.notice)
            assert all(words in tui.notice for words in place.words)
            assert tui.app.current is None

            await keys_answer(tui)
            await tui.press("S")
            assert is_well(tui)

            patch.undo()
            if settings.paths.state.is_file():
                settings.paths.state.unlink()
            await tui.press("S", "enter")
            await tui.until(lambda: tui.app.current == "assistant:latest")
            await tui.press("q")
    assert settings.paths.current.exists()
