"""The alias of the current model in the dashboard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ollama_tui.core.current import CurrentModel
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.manifests import manifest
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.wire import json_answer
from tests.tui.dashboard import Dashboard, Opener, asked, remove

ALIAS = "current:latest"


@pytest.fixture
def open_dashboard(open_dashboard: Opener) -> Opener:
    """Opens dashboards that keep the alias."""
    settings = replace(open_dashboard.settings, current_alias="current")
    return replace(open_dashboard, settings=settings)


def digest(emulator: Emulator, name: str) -> str | None:
    model = emulator.store.find(parse_name(name))
    return model.manifest.digest if model else None


def put(emulator: Emulator, name: str, content: str) -> None:
    """Install a model behind the dashboard's back."""
    emulator.store.install(parse_name(name), manifest(content, 9_000), emulator.clock.now())


async def select(tui: Dashboard, name: str) -> None:
    """Put the cursor on a model."""
    await tui.until(lambda: name in tui.names)
    await tui.press("g", *["j"] * tui.names.index(name))
    assert tui.app.selected == name


async def use(tui: Dashboard, name: str) -> None:
    """Choose a model, and wait for the alias."""
    await select(tui, name)
    await tui.press("enter")


class TestChoosing:
    async def test_it_follows_and_is_seen_among_the_models(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await use(tui, "gemma3:4b")
            # A poll that comes first tells of the copy in place of the choice.
            assert "gemma3:4b" in tui.notice
            await tui.until(lambda: ALIAS in tui.names)
            await use(tui, "phi4:14b")
            await tui.until(lambda: digest(emulator, ALIAS) == digest(emulator, "phi4:14b"))

    async def test_details_say_what_it_is(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await use(tui, "gemma3:4b")
            await select(tui, ALIAS)

            await tui.shows("alias      of the current model")

    async def test_one_whose_model_is_deleted_stays_and_is_told_as_such(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await use(tui, "gemma3:4b")
            await tui.until(lambda: ALIAS in tui.names)
            remove(emulator, "gemma3:4b")
            await tui.until(lambda: "gemma3:4b" not in tui.names)
            await select(tui, ALIAS)

            await tui.shows("alias      of gemma3:4b, which is gone")

    async def test_its_failure_is_told_beside_the_choice(
        self, open_dashboard: Opener, emulator: Emulator, other_process: CurrentModel
    ) -> None:
        put(emulator, ALIAS, "theirs")
        theirs = digest(emulator, ALIAS)
        async with open_dashboard(emulator) as tui:
            await use(tui, "gemma3:4b")

            await tui.until(lambda: "gemma3:4b is current. Alias" in tui.notice)
            assert "not made by this program" in tui.notice
            assert other_process.read() == "gemma3:4b"
            assert digest(emulator, ALIAS) == theirs

    async def test_the_alias_itself_is_refused(
        self, open_dashboard: Opener, emulator: Emulator, other_process: CurrentModel
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await use(tui, "gemma3:4b")
            await use(tui, ALIAS)

            assert "is the alias of the current model" in tui.notice
            assert other_process.read() == "gemma3:4b"

    async def test_a_server_that_hangs_holds_up_no_key(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["/api/copy"] = Fault(delay=float("inf"))
            await use(tui, "gemma3:4b")
            await tui.until(lambda: asked(emulator, "/api/copy") == 1)

            await tui.press("slash")
            await tui.type("phi")
            assert tui.app.view.filter == "phi"

    async def test_read_only_mode_chooses_leaves_it_and_says_so(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, read_only=True) as tui:
            await use(tui, "gemma3:4b")

            await tui.until(lambda: "Alias current:latest does not follow" in tui.notice)
            assert "gemma3:4b is" in tui.notice
            assert tui.app.current == "gemma3:4b"
            await tui.polled_again()
            assert asked(emulator, "/api/copy") == 0


class TestChanges:
    async def test_a_current_model_that_is_pulled_again_is_followed_once(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await use(tui, "gemma3:4b")
            await tui.until(lambda: ALIAS in tui.names)
            put(emulator, "gemma3:4b", "newer")

            await tui.until(lambda: digest(emulator, ALIAS) == digest(emulator, "gemma3:4b"))
            await tui.polled_again()
            assert asked(emulator, "/api/copy") == 2

    async def test_a_choice_of_another_program_is_followed(
        self, open_dashboard: Opener, emulator: Emulator, other_process: CurrentModel
    ) -> None:
        async with open_dashboard(emulator) as tui:
            other_process.choose("gemma3:4b", await tui.app.service.library())

            await tui.until(lambda: digest(emulator, ALIAS) == digest(emulator, "gemma3:4b"))

    async def test_what_may_pass_is_tried_at_each_poll_and_said_once(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.faults["/api/copy"] = Fault(answer=json_answer({"error": "busy"}, 503))
        async with open_dashboard(emulator) as tui:
            await use(tui, "gemma3:4b")
            await tui.until(lambda: "does not follow" in tui.notice)
            await tui.press("j")
            await tui.polled_again()
            await tui.until(lambda: asked(emulator, "/api/copy") > 1)
            assert tui.notice == ""

            emulator.faults.clear()
            await tui.polled_again()
            await tui.until(lambda: digest(emulator, ALIAS) == digest(emulator, "gemma3:4b"))

    async def test_what_cannot_be_done_is_said_once_for_each_change(
        self, open_dashboard: Opener, emulator: Emulator, other_process: CurrentModel
    ) -> None:
        put(emulator, ALIAS, "theirs")
        async with open_dashboard(emulator) as tui:
            other_process.choose("gemma3:4b", await tui.app.service.library())
            await tui.until(lambda: "does not follow" in tui.notice)

            await tui.press("j")
            await tui.polled_again()
            assert tui.notice == ""

    async def test_a_rename_of_the_current_model_sends_no_copy_for_it(
        self, open_dashboard: Opener, emulator: Emulator, other_process: CurrentModel
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await use(tui, "gemma3:4b")
            await tui.until(lambda: ALIAS in tui.names)
            await select(tui, "gemma3:4b")
            await tui.press("R")
            await tui.press(*["backspace"] * len("gemma3:4b"))
            await tui.type("mine")
            await tui.press("enter")

            await tui.until(lambda: other_process.read() == "mine:latest")
            await tui.polled_again()
            assert digest(emulator, ALIAS) == digest(emulator, "mine")
            assert asked(emulator, "/api/copy") == 2
