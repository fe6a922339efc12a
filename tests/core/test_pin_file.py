"""The file of pins: shared, atomic, and no harm where it is damaged."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from ollama_tui.core.errors import ServerFailed
from ollama_tui.core.models import RunningModel
from ollama_tui.core.pin_ends import Break, Ending
from ollama_tui.core.pin_file import PinFile
from ollama_tui.core.pins import Change, Pin, Pins

BOX = "http://box:11434"
CHAT = RunningModel("chat:8b", "aa" * 32, context_length=4096)
LOST = replace(
    Pin("chat:8b", "aa" * 32, 4096, is_ours=True, is_seen=True, renewed_at=5.0),
    broken=Break(Ending.PUSHED_OUT, 7.0, "other:latest", was_watched=False),
)


def changed(file: PinFile, change: Change) -> Pins:
    """The pins after a change."""
    return asyncio.run(file.change(change))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "pins.json"


class TestKeeping:
    def test_nothing_is_pinned_before_there_is_a_file(self, path: Path) -> None:
        assert PinFile(path, BOX).read() == Pins()

    def test_another_program_reads_all_of_it(self, path: Path) -> None:
        pins = Pins((LOST,), ours=("bb" * 32,))
        changed(PinFile(path, BOX), lambda _: pins)

        assert PinFile(path, BOX).read() == pins

    def test_each_server_has_its_own(self, path: Path) -> None:
        changed(PinFile(path, BOX), lambda pins: pins.pinned(CHAT))
        changed(PinFile(path, "http://other:11434"), lambda pins: pins.loaded(CHAT))

        assert PinFile(path, BOX).read() == Pins().pinned(CHAT)

    def test_what_another_program_changed_is_built_upon(self, path: Path) -> None:
        one, other = PinFile(path, BOX), PinFile(path, BOX)
        one.read()
        changed(other, lambda pins: pins.pinned(CHAT))
        changed(one, lambda pins: pins.loaded(CHAT))

        assert other.read() == Pins().pinned(CHAT).loaded(CHAT)

    def test_an_unchanged_file_gives_the_very_same(self, path: Path) -> None:
        file = PinFile(path, BOX)
        changed(file, lambda pins: pins.pinned(CHAT))

        assert file.read() is file.read()

    def test_a_change_that_changes_nothing_writes_nothing(self, path: Path) -> None:
        changed(PinFile(path, BOX), lambda pins: pins.without(CHAT))

        assert not path.exists()

    def test_it_is_readable_by_its_owner_alone(self, path: Path) -> None:
        changed(PinFile(path, BOX), lambda pins: pins.pinned(CHAT))

        assert stat.S_IMODE(path.stat().st_mode) == 0o600


class TestDamage:
    @pytest.mark.parametrize("text", ["{", "[]", '{"servers": []}', '{"version": "x"}'])
    def test_a_damaged_file_is_set_aside(self, path: Path, text: str) -> None:
        path.parent.mkdir()
        path.write_text(text)
        told: list[str] = []

        assert PinFile(path, BOX, told.append).read() == Pins()
        assert "damaged" in told[0]
        assert [file.name for file in path.parent.glob("pins.json.damaged-*")]

    @pytest.mark.parametrize(
        "entry",
        [
            7,
            {"pins": 7, "ours": {}},
            {"pins": [7, {}, {"name": 7}, {"name": ""}]},
            {"ours": [None, ""]},
        ],
    )
    def test_an_entry_that_cannot_be_one_counts_for_nothing(
        self, path: Path, entry: object
    ) -> None:
        path.parent.mkdir()
        path.write_text(json.dumps({"version": 1, "servers": {BOX: entry}}))

        assert PinFile(path, BOX).read() == Pins()

    @pytest.mark.parametrize("broken", [7, {"how": "pushed out"}, {"how": "x", "since": 7.0}])
    def test_an_end_that_cannot_be_one_is_none(self, path: Path, broken: object) -> None:
        path.parent.mkdir()
        entry = {"pins": [{"name": "a\x1b[2J", "context_length": True, "broken": broken}]}
        path.write_text(json.dumps({"version": 1, "servers": {BOX: entry}}))

        assert PinFile(path, BOX).read().pins == (Pin("a[2J"),)

    def test_a_newer_ones_file_stays_as_it_is(self, path: Path) -> None:
        path.parent.mkdir()
        path.write_text('{"version": 2}')
        told: list[str] = []

        changed(PinFile(path, BOX, told.append), lambda pins: pins.pinned(CHAT))

        assert path.read_text() == '{"version": 2}'
        assert "newer" in told[-1]

    def test_the_same_trouble_is_told_once(self, path: Path) -> None:
        path.parent.mkdir()
        path.write_text('{"version": 2}')
        told: list[str] = []
        file = PinFile(path, BOX, told.append)

        for _ in range(3):
            changed(file, lambda pins: pins.pinned(CHAT))

        assert len([words for words in told if words.startswith("Pins are not watched.")]) == 1

    @pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
    def test_a_folder_that_cannot_be_written_is_told(self, path: Path) -> None:
        path.parent.mkdir(mode=0o500)
        told: list[str] = []

        changed(PinFile(path, BOX, told.append), lambda pins: pins.pinned(CHAT))

        assert told[0].startswith("Pins are not watched.")


class TestLettingGo:
    async def test_a_pin_is_gone_before_its_model_is(self, path: Path) -> None:
        file = PinFile(path, BOX)
        await file.change(lambda pins: pins.pinned(CHAT))

        async with file.unpinned(CHAT):
            assert PinFile(path, BOX).read() == Pins()

    async def test_a_model_that_cannot_be_let_go_is_pinned_again(self, path: Path) -> None:
        file = PinFile(path, BOX)
        before = await file.change(lambda pins: pins.pinned(CHAT))

        with pytest.raises(ServerFailed):
            async with file.unpinned(CHAT):
                raise ServerFailed("no")

        assert file.read() == before

    async def test_who_gives_up_waiting_leaves_the_pin(self, path: Path) -> None:
        file = PinFile(path, BOX)
        before = await file.change(lambda pins: pins.pinned(CHAT))

        with pytest.raises(asyncio.CancelledError):
            async with file.unpinned(CHAT):
                raise asyncio.CancelledError

        assert file.read() == before
