"""An act meets the row that was on screen, or nothing."""

from __future__ import annotations

import math

from ollama_tui.core.pulls import PullState
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.store import installed
from tests.tui.dashboard import Opener, asked, remove
from tests.tui.test_pulling import LONG, begin_behind, state_of


async def test_nothing_loaded_is_no_other_panels_model(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    for runner in emulator.runners.loaded:
        model = emulator.store.find(parse_name(runner.name))
        assert model is not None
        emulator.runners.unload(model)

    async with open_dashboard(emulator) as tui:
        await tui.press("2", "enter")

        assert tui.app.current is None
        assert "Nothing is loaded." in tui.notice


async def test_the_palette_acts_on_the_model_it_was_opened_over(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.press("colon")
        remove(emulator, "assistant:latest")
        tui.app.refresh_now()
        await tui.until(lambda: tui.app.selected != "assistant:latest")

        await tui.press("enter")

        assert tui.app.current is None
        assert "assistant:latest is gone" in tui.notice


async def test_the_palette_acts_on_the_download_it_was_opened_over(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await begin_behind(tui, LONG)
        await begin_behind(tui, "qwen3:32b")
        await tui.press("4", "colon")
        await tui.type("pause or")
        await tui.app.downloads.cancel(LONG)
        await tui.until(lambda: tui.app.selected_pull == "qwen3:32b")

        await tui.press("enter")

        assert f"{LONG} is gone" in tui.notice
        assert state_of(tui, "qwen3:32b") is PullState.PULLING


async def test_a_slow_answer_to_inspect_holds_up_no_key(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        emulator.faults["/api/show"] = Fault(delay=math.inf)
        await tui.press("down", "down", "i")

        # The first leaves the dialog, which is there already.
        assert await tui.leaves("q", "q")


async def test_read_only_does_not_talk_either(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator, read_only=True) as tui:
        await tui.press("o")

        assert "Read-only mode" in tui.notice


async def test_a_list_that_cannot_be_read_says_why(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    emulator.faults["/api/tags"] = Fault(closes=True)

    async with open_dashboard(emulator, is_ready=False) as tui:
        await tui.until(lambda: "closed the connection" in tui.line_with("1 Models"))


async def test_a_notice_waits_behind_a_dialog(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.press("p")
        tui.app.tell_failure("Something failed meanwhile.")

        await tui.press("q", "w", "escape")

        await tui.shows("Something failed meanwhile.")


async def test_a_success_does_not_cover_a_failure_that_nobody_has_seen(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        tui.app.tell_failure("This failed.")

        tui.app.tell("That went well.")

        assert "This failed." in tui.notice


async def test_a_server_without_ps_is_not_asked_its_version_at_each_poll(
    open_dashboard: Opener, clock: FastClock
) -> None:
    old = Emulator([installed("llama2:7b")], version="0.1.30", now=clock.now, sleep=clock.sleep)

    async with open_dashboard(old, is_ready=False) as tui:
        await tui.shows("limited", "0.1.30")
        await tui.until(lambda: asked(old, "/api/ps") > 3)

        assert asked(old, "/api/version") == 1
