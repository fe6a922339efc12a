"""What each context takes, and saving one as a model of its own."""

from __future__ import annotations

import math
from dataclasses import replace

from textual.content import Content

from ollama_tui.core.start_log import StartLog
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from tests.tui.dashboard import Dashboard, Opener

GIB = 2**30


async def _open(tui: Dashboard) -> None:
    tui.app.free_vram = 24 * GIB
    await tui.press("j", "m")
    await tui.shows("Memory of codestral:22b by context", "the largest that fits")


def _inks(tui: Dashboard, words: str) -> set[str]:
    """How these words in the dialog's lower border are drawn."""
    keys = tui.app.screen.query_one(".dialog")._border_subtitle
    assert isinstance(keys, Content)
    start = keys.plain.index(words)
    within = range(start, start + len(words))
    return {str(of.style) for of in keys.spans if of.start in within}


async def test_each_context_tells_what_it_takes_and_whether_that_fits(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await _open(tui)

        assert "13.1 GiB · fits" in tui.line_with(" 4096 ")
        assert "the largest that fits" in tui.line_with(" 32768 ")


async def test_it_begins_at_the_context_that_it_would_get_though_that_is_no_usual_one(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    log = StartLog(lambda: ('msg="server config" env="map[OLLAMA_CONTEXT_LENGTH:3072]"',))
    async with replace(open_dashboard, log=log)(emulator) as tui:
        await tui.until(lambda: tui.app.server_context == 3072)
        await _open(tui)
        await tui.press("enter")

        await tui.shows("Make a model of codestral:22b with num_ctx 3072")


async def test_the_arrows_move_along_and_enter_saves_the_context_after_asking(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await _open(tui)
        await tui.press("right", "down", "left", "enter")
        await tui.shows("Make a model of codestral:22b with num_ctx 8192", "codestral:22b-8k")
        assert "codestral:22b-8k" not in tui.names

        await tui.press("enter")

        await tui.shows("codestral:22b-8k is codestral:22b with num_ctx 8192")
        await tui.until(lambda: "codestral:22b-8k" in tui.names)


async def test_the_name_may_be_typed_before_it_is_asked_for(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await _open(tui)
        tui.press_fast("enter", *"mine", "enter")

        await tui.until(lambda: "mine:latest" in tui.names)


async def test_escape_leaves_it_without_an_act(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator) as tui:
        await _open(tui)
        await tui.press("escape")
        await tui.until(lambda: len(tui.app.screen_stack) == 1)

        assert len(tui.names) == 24


async def test_in_read_only_mode_saving_is_dim_and_says_why(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator, read_only=True) as tui:
        await _open(tui)
        assert _inks(tui, "↵ save as a model") == {"dim"}

        await tui.press("enter")
        await tui.shows("Memory of", "Read-only mode: nothing is sent that changes the server.")

        await tui.press("escape")
        await tui.hides("Memory of")


async def test_it_opens_at_once_and_takes_the_keys_while_it_reads(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        emulator.faults["/api/show"] = Fault(delay=math.inf)
        await tui.press("j", "j", "j", "m")
        assert "Reading…" in tui.text

        await tui.press("enter", "down", "q")

        await tui.hides("Memory of")
        assert len(tui.app.screen_stack) == 1


async def test_it_says_why_it_cannot_be_read(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator) as tui:
        emulator.faults["/api/show"] = Fault(unreachable=True)
        await tui.press("j", "m")

        await tui.shows("Memory of codestral:22b", "Connection refused")


async def test_a_failure_is_told(open_dashboard: Opener, emulator: Emulator) -> None:
    async with open_dashboard(emulator) as tui:
        await _open(tui)
        emulator.faults["/api/create"] = Fault(unreachable=True)
        await tui.press("enter")
        await tui.shows("Make a model of")
        await tui.press("enter")

        await tui.until(lambda: tui.app.notice is not None and tui.app.notice.is_failure)


async def test_a_cloud_model_has_nothing_to_show(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.type("/480b")
        await tui.press("enter", "m")

        assert "runs in the cloud" in tui.notice
