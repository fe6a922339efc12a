"""Deleting where room is needed: at once is the way then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ollama_tui.config import Settings
from ollama_tui.core.connection import Connection
from ollama_tui.core.forecast import Forecast
from ollama_tui.core.model_folder import ModelFolders
from ollama_tui.core.preflight import Preflight
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.emulator import Emulator
from tests.core.test_model_folder import folder_of_models
from tests.tui.dashboard import Dashboard, Opener
from tests.tui.test_deleting import (
    AN_HOUR,
    HELD,
    SMALL,
    deletes,
    mark_four,
    row,
)
from tests.tui.test_loading import select

GB = 10**9
WHY = "2.1 GB are free on the disk of the models"


@dataclass
class Disk:
    """The disk of the model folder."""

    free: int = 2_100_000_000
    looks: int = 0

    def left(self, folder: Path) -> int:
        self.looks += 1
        return self.free


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def open_dashboard(
    open_dashboard: Opener, emulator: Emulator, disk: Disk, tmp_path: Path
) -> Opener:
    """Opens dashboards whose server keeps its models on that disk, with an undo of an hour."""
    written = {
        f"{name.host}/{name.namespace}/{name.model}/{name.tag}": model.modified_at.timestamp()
        for model in emulator.store.models
        for name in (model.name,)
    }
    folder = folder_of_models(tmp_path / "models", written)

    def look(settings: Settings, connection: Connection, service: OllamaService) -> Preflight:
        folders = ModelFolders(lambda: [folder], disk.left, lambda _: 1000 * GB)
        return Preflight(connection, None, service, folders)

    settings = replace(open_dashboard.settings, undo_seconds=AN_HOUR)
    return replace(open_dashboard, preflight=look, settings=settings)


async def ask(tui: Dashboard, name: str = SMALL) -> None:
    """Let it be asked whether a model is to be deleted."""
    await select(tui, name)
    await tui.press("d")
    await tui.shows(f"Delete {name}?")


class TestTheQuestion:
    async def test_it_says_why_and_y_deletes_at_once(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await ask(tui)
            await tui.shows(WHY, "n no", "y at once", "u later")
            await tui.press("y")

            await tui.until(lambda: deletes(emulator) == [SMALL])

    async def test_enter_alone_keeps_it_and_the_undo_stays_the_other_choice(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await ask(tui)
            # The first is the letter of no button.
            await tui.press("o", "enter")
            await tui.hides("Delete")
            assert not tui.app.deleting

            await ask(tui)
            await tui.press("u")
            await tui.until(lambda: "deleting · z undoes" in row(tui, SMALL))
            assert not deletes(emulator)

    @pytest.mark.parametrize(("moves", "is_at_once"), [(1, True), (2, False)])
    async def test_the_buttons_stand_in_that_order(
        self, open_dashboard: Opener, emulator: Emulator, moves: int, is_at_once: bool
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await ask(tui)
            await tui.press(*["right"] * moves, "enter")

            await tui.until(lambda: bool(deletes(emulator)) is is_at_once)
            await tui.until(lambda: bool(tui.app.deleting) is not is_at_once)

    async def test_a_download_that_lacks_space_is_named(
        self, open_dashboard: Opener, emulator: Emulator, disk: Disk
    ) -> None:
        disk.free = 50 * GB
        async with open_dashboard(emulator) as tui:
            tui.app.forecasts = {"qwen3:32b": Forecast(62_300_000_000, free=disk.free)}
            await ask(tui)

            await tui.shows("qwen3:32b lacks 12.3 GB", "y at once")

    async def test_once_there_is_room_it_is_asked_as_ever(
        self, open_dashboard: Opener, emulator: Emulator, disk: Disk
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await ask(tui)
            await tui.shows("y at once")
            await tui.press("escape")
            disk.free = 300 * GB
            await ask(tui)

            await tui.shows("y delete", "o at once")
            assert "are free" not in tui.text

    async def test_without_an_undo_there_is_nothing_to_hurry(
        self, open_dashboard: Opener, emulator: Emulator, disk: Disk
    ) -> None:
        async with open_dashboard(emulator, undo_seconds=0) as tui:
            await ask(tui)

            await tui.shows("y delete")
            assert WHY not in tui.text
            assert not disk.looks


class TestTheNumber:
    async def test_it_deletes_at_once(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await mark_four(tui)
            await tui.press("d")
            await tui.shows(WHY, "type 4 to delete at once", "4u deletes later, with undo")
            await tui.press("4", "enter")

            await tui.until(lambda: len(deletes(emulator)) == 4)

    async def test_with_a_u_it_can_be_taken_back(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await ask(tui, HELD)
            await tui.press("1", "u", "enter")

            await tui.shows("z undoes")
            assert not deletes(emulator)


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_it_fits_a_small_screen(
    open_dashboard: Opener, emulator: Emulator, size: tuple[int, int]
) -> None:
    async with open_dashboard(emulator, size) as tui:
        await ask(tui)
        await tui.shows("2.1 GB are free", "n no", "y at once", "u later", "esc close")
        await tui.press("escape")
        await tui.press("g", *["space"] * 12, "d")

        await tui.shows("2.1 GB are free", "type 12 to delete at once")
