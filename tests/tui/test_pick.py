"""The list that `pick` shows: letters filter it, Enter gives a name."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from textual.pilot import Pilot

from ollama_tui.config import Settings
from ollama_tui.core.cache import KnownLibrary, LibraryCache
from ollama_tui.core.connection import Connection
from ollama_tui.core.errors import NoSuchModel, Unreachable
from ollama_tui.core.library import Library
from ollama_tui.core.models import Model
from ollama_tui.core.preferences import Preferences
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.transport import EmulatorTransport
from ollama_tui.tui.pick import LEFT, PickApp
from tests.tui.dashboard import DEADLINE, remove, strips_of

KNOWN = KnownLibrary(Library((Model("known:1b"), Model("known:2b"))), 1_800_000_000.0)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + DEADLINE
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to that"
        await asyncio.sleep(0.01)


@dataclass(frozen=True)
class Picker:
    """A list that runs without a terminal."""

    app: PickApp
    pilot: Pilot[str]

    @property
    def text(self) -> str:
        """What is on the screen."""
        strips = strips_of(self.app)
        return "\n".join(strip.text.rstrip() for strip in strips)

    @property
    def names(self) -> list[str]:
        """The models in sight."""
        return list(self.app.models._names)

    async def shows(self, words: str) -> None:
        """Wait until these words are on the screen."""
        await until(lambda: words in self.text)

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)

    async def ends(self) -> None:
        """Wait until it is left."""
        await until(lambda: self.app._exit)


class Opener:
    """Opens lists of one server's models."""

    def __init__(self, emulator: Emulator, settings: Settings) -> None:
        self.emulator, self.settings = emulator, settings

    def made(self, current: str | None = None, *words: str, **changes: Any) -> PickApp:
        """Make one that is not running yet."""
        settings = replace(self.settings, **changes)
        transport = EmulatorTransport(self.emulator)
        service = OllamaService(Connection(settings.url, transport=transport))
        return PickApp(settings, service, Preferences(), current, words)

    @asynccontextmanager
    async def __call__(
        self,
        current: str | None = None,
        *words: str,
        keys: str = "",
        size: tuple[int, int] = (80, 24),
        **changes: Any,
    ) -> AsyncIterator[Picker]:
        """Start one, wait for the first answer, and press some keys."""
        app = self.made(current, *words, **changes)
        async with app.run_test(size=size) as pilot:
            picker = Picker(app, pilot)
            if "*" not in self.emulator.faults and "/api/tags" not in self.emulator.faults:
                await picker.shows("running" if size[0] >= 120 else "loaded")
                await picker.shows("of 24")
            await pilot.press(*keys.split())
            yield picker
        await app.service.aclose()


@pytest.fixture
def open_list(emulator: Emulator, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Opener:
    monkeypatch.setattr("ollama_tui.tui.pick.ASKED_EVERY", 0.05)
    return Opener(emulator, settings)


class TestPicking:
    async def test_enter_gives_the_name_under_the_cursor(self, open_list: Opener) -> None:
        async with open_list(keys="down enter") as picker:
            await picker.ends()

        assert picker.app.return_value == "codestral:22b"
        assert not picker.app.return_code

    @pytest.mark.parametrize("key", ["escape", "ctrl+c", "ctrl+q"])
    async def test_leaving_gives_none_and_says_so_by_its_code(
        self, key: str, open_list: Opener
    ) -> None:
        async with open_list(keys=f"g e {key}") as picker:
            await picker.ends()

        assert (picker.app.return_value, picker.app.return_code) == (None, LEFT)

    async def test_it_begins_at_the_current_model(self, open_list: Opener) -> None:
        async with open_list("phi4:14b", keys="enter") as picker:
            await picker.ends()

        assert picker.app.return_value == "phi4:14b"

    async def test_a_current_model_that_is_gone_is_no_row(self, open_list: Opener) -> None:
        async with open_list("gone:1b") as picker:
            assert picker.app.models.selected == "assistant:latest"
            assert "missing" in picker.text

    @pytest.mark.parametrize(
        ("keys", "name"),
        [
            ("down down up", "codestral:22b"),
            ("ctrl+n ctrl+n ctrl+p", "codestral:22b"),
            ("end", "starcoder2:15b"),
            ("end home", "assistant:latest"),
            ("end pageup", "codestral:22b"),
            ("pagedown", "smollm2:135m"),
        ],
    )
    async def test_the_cursor_moves_without_letters(
        self, keys: str, name: str, open_list: Opener
    ) -> None:
        async with open_list(keys=keys, size=(80, 27)) as picker:
            assert picker.app.models.selected == name

    async def test_a_model_that_goes_meanwhile_is_no_more_under_the_cursor(
        self, open_list: Opener, emulator: Emulator
    ) -> None:
        async with open_list("phi4:14b") as picker:
            remove(emulator, "phi4:14b")
            await picker.shows("23 of 23")

            assert picker.app.models.selected == "qwen2.5:14b"


class TestFilter:
    async def test_letters_filter_also_those_that_move_in_the_dashboard(
        self, open_list: Opener
    ) -> None:
        async with open_list(keys="g e m") as picker:
            assert picker.names == ["gemma3:27b", "gemma3:4b"]
            assert "/gem" in picker.text
            assert "2 of 24" in picker.text

    async def test_it_begins_with_the_words_of_the_command(self, open_list: Opener) -> None:
        app = open_list.made(None, "3", "gem")
        async with app.run_test() as pilot:
            await Picker(app, pilot).shows("2 of 24")

            assert Picker(app, pilot).names == ["gemma3:27b", "gemma3:4b"]

    async def test_where_the_row_is_filtered_away_the_first_is_chosen(
        self, open_list: Opener
    ) -> None:
        async with open_list("phi4:14b", keys="g e m enter") as picker:
            await picker.ends()

        assert picker.app.return_value == "gemma3:27b"

    async def test_backspace_takes_a_letter_back_and_ctrl_u_all(self, open_list: Opener) -> None:
        async with open_list(keys="g e m x backspace") as picker:
            assert len(picker.names) == 2
            await picker.press("ctrl+u")
            assert len(picker.names) == 24

    async def test_enter_where_nothing_matches_does_nothing(self, open_list: Opener) -> None:
        async with open_list(keys="x x x enter") as picker:
            assert "no name matches" in picker.text
            assert not picker.app._exit


class TestServer:
    async def test_the_last_known_library_is_there_before_any_answer(
        self, open_list: Opener, emulator: Emulator, settings: Settings
    ) -> None:
        LibraryCache(settings.paths.cache, settings.server_key).save(KNOWN)
        emulator.faults["*"] = Fault(delay=math.inf)

        async with open_list("known:2b", keys="enter") as picker:
            await picker.ends()

        assert picker.app.return_value == "known:2b"

    async def test_the_list_does_not_wait_for_what_is_loaded(
        self, open_list: Opener, emulator: Emulator
    ) -> None:
        emulator.faults["/api/ps"] = Fault(delay=math.inf)
        app = open_list.made()

        async with app.run_test() as pilot:
            await Picker(app, pilot).shows("of 24")
        await app.service.aclose()

    async def test_while_the_server_is_down_it_says_so_and_how_old_the_list_is(
        self, open_list: Opener, emulator: Emulator, settings: Settings
    ) -> None:
        LibraryCache(settings.paths.cache, settings.server_key).save(KNOWN)
        emulator.faults["*"] = Fault(unreachable=True)

        async with open_list(size=(120, 24)) as picker:
            await picker.shows("not reachable")
            await picker.shows("as of")

    async def test_with_nothing_known_a_server_that_is_down_ends_it(
        self, open_list: Opener, emulator: Emulator
    ) -> None:
        emulator.faults["*"] = Fault(unreachable=True)

        async with open_list() as picker:
            await picker.ends()

        assert isinstance(picker.app.failure, Unreachable)

    async def test_without_models_it_ends_and_says_how_to_get_one(self, settings: Settings) -> None:
        app = Opener(Emulator(), settings).made()

        async with app.run_test() as pilot:
            await Picker(app, pilot).ends()

        assert isinstance(app.failure, NoSuchModel)
        assert "ollama-tui pull" in str(app.failure)

    async def test_what_the_server_showed_is_kept(
        self, open_list: Opener, settings: Settings
    ) -> None:
        async with open_list() as picker:
            cache = LibraryCache(settings.paths.cache, settings.server_key)
            await until(lambda: cache.load() is not None)

            known = cache.load()
            assert known is not None
            assert known.library == picker.app.models.library


class TestLooks:
    async def test_a_row_shows_name_size_what_is_loaded_and_the_current_one(
        self, open_list: Opener
    ) -> None:
        async with open_list("gemma3:27b") as picker:
            (row,) = (line for line in picker.text.splitlines() if "gemma3:27b  " in line)

            assert row.split()[:4] == ["●★", "gemma3:27b", "17.4", "GB"]

    @pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 10), (20, 5)])
    async def test_it_works_at_every_size(self, size: tuple[int, int], open_list: Opener) -> None:
        app = open_list.made("gemma3:4b")
        async with app.run_test(size=size) as pilot:
            await Picker(app, pilot).shows("gemma3:4b")

            assert "↵" in Picker(app, pilot).text.splitlines()[-1]

    async def test_ascii_only_draws_ascii(self, open_list: Opener) -> None:
        async with open_list("gemma3:27b", size=(120, 40), ascii=True) as picker:
            assert picker.text.isascii()

    async def test_the_demo_says_that_it_is_one(self, open_list: Opener) -> None:
        async with open_list(demo=True) as picker:
            assert "DEMO" in picker.text
