"""Copying and renaming with keys."""

from __future__ import annotations

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.wire import json_answer
from tests.tui.dashboard import Dashboard, Opener, asked
from tests.tui.test_deleting import has
from tests.tui.test_loading import select

PHI = "phi4:14b"


async def name(tui: Dashboard, key: str, new_name: str) -> None:
    """Give the model another name."""
    await select(tui, PHI)
    await tui.press(key)
    await tui.shows(f" {PHI} ─")
    await tui.press("ctrl+u")
    await tui.type(new_name)
    await tui.press("enter")


@pytest.mark.parametrize("key", ["c", "R"])
class TestTheName:
    async def test_its_own_name_stands_there_and_is_taken(
        self, open_dashboard: Opener, emulator: Emulator, key: str
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, PHI)
            await tui.press(key, "enter")

            await tui.shows(f"{PHI} is there already.")

    async def test_what_is_typed_takes_its_place(
        self, open_dashboard: Opener, emulator: Emulator, key: str
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, PHI)
            # They come before the dialog is drawn.
            tui.press_fast(key, *"mine", "enter")

            await tui.until(lambda: has(emulator, "mine:latest"))

    @pytest.mark.parametrize("kept_by", ["right", "end"])
    async def test_an_arrow_keeps_it_to_be_changed_from_its_end(
        self, open_dashboard: Opener, emulator: Emulator, key: str, kept_by: str
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, PHI)
            await tui.press(key, kept_by)
            await tui.type("-mine")
            await tui.press("enter")

            await tui.until(lambda: has(emulator, f"{PHI}-mine"))

    @pytest.mark.parametrize(
        ("new_name", "said"),
        [
            ("gemma3:4b", "gemma3:4b is there already."),
            ("GEMMA3:4B", "gemma3:4b is there already."),
            ("assistant", "assistant:latest is there already."),
            ("two words", "it has a blank in it"),
            ("", "A model name is missing"),
            ("mine:cloud", ":cloud"),
            ("mine:local", ":local"),
        ],
    )
    async def test_one_that_cannot_be_given_says_why(
        self, open_dashboard: Opener, emulator: Emulator, key: str, new_name: str, said: str
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await name(tui, key, new_name)

            await tui.shows(said)
            assert len(tui.app.screen_stack) == 2
            assert not asked(emulator, "/api/copy")

    async def test_escape_gives_none(
        self, open_dashboard: Opener, emulator: Emulator, key: str
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, PHI)
            await tui.press(key)
            await tui.type("x")
            await tui.press("escape")

            await tui.until(lambda: len(tui.app.screen_stack) == 1)
            assert not asked(emulator, "/api/copy")

    async def test_a_failure_is_told(
        self, open_dashboard: Opener, emulator: Emulator, key: str
    ) -> None:
        emulator.faults["/api/copy"] = Fault(answer=json_answer({"error": "oops"}, 500))
        async with open_dashboard(emulator) as tui:
            await name(tui, key, "mine")

            await tui.shows("oops", f"{PHI} is not ")
            assert has(emulator, PHI)

    async def test_the_dialog_fits_a_small_screen(
        self, open_dashboard: Opener, emulator: Emulator, key: str
    ) -> None:
        async with open_dashboard(emulator, (40, 12)) as tui:
            await name(tui, key, "gemma3:4b")

            await tui.shows("gemma3:4b is there already.", "esc close")


async def test_the_copy_is_in_the_table(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator) as tui:
        await name(tui, "c", "mine")

        await tui.shows(f"mine:latest is a copy of {PHI}", "it takes no disk")
        await tui.until(lambda: {"mine:latest", PHI} <= set(tui.names))


async def test_a_renamed_model_has_the_new_name_only(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await name(tui, "R", "mine")

        await tui.shows(f"{PHI} is now mine:latest")
        await tui.until(lambda: "mine:latest" in tui.names and PHI not in tui.names)
        assert tui.app.current is None


async def test_the_current_model_follows(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator) as tui:
        await select(tui, PHI)
        await tui.press("enter")
        await tui.shows(f"{PHI} is the current model")
        await name(tui, "R", "mine")

        await tui.shows(f"{PHI} is now mine:latest")
        assert tui.app.current == "mine:latest"


async def test_a_delete_that_fails_tells_that_both_are_there(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    emulator.faults["/api/delete"] = Fault(answer=json_answer({"error": "oops"}, 500))
    async with open_dashboard(emulator) as tui:
        await name(tui, "R", "mine")

        await tui.shows(f"{PHI} is not renamed. ", "mine:latest is there")
        await tui.until(lambda: {"mine:latest", PHI} <= set(tui.names))
