from __future__ import annotations

from functools import partial

from ollama_tui.core.models import ServerState
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.store import installed
from ollama_tui.demo.wire import json_answer
from ollama_tui.tui import polls
from tests.tui.dashboard import Dashboard, Opener, asked, copy

REFUSED = Fault(unreachable=True)
FAILED = Fault(answer=json_answer({"error": "out of memory"}, 500))


async def test_a_server_that_answers_is_called_running(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        assert tui.app.server.state is ServerState.ALIVE
        assert "● running 0.32.15" in tui.lines[0]
        assert "3 loaded" in tui.lines[0]


async def test_a_server_without_ps_is_limited_but_works(
    open_dashboard: Opener, clock: FastClock
) -> None:
    old = Emulator([installed("llama2:7b")], version="0.1.30", now=clock.now, sleep=clock.sleep)

    async with open_dashboard(old, is_ready=False) as tui:
        await tui.shows("limited", "llama2:7b", "0.1.30")

        assert "unknown: this server has no ps" in tui.text
        assert tui.app.server.state is ServerState.LIMITED
        assert "Ollama does not answer" not in tui.text


class TestOneQuestionFailsAlone:
    async def test_tags_failing_leaves_the_server_alive_and_the_list_dated(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["/api/tags"] = FAILED
            await tui.shows("as of")

            assert "● running" in tui.lines[0]
            assert "gemma3:27b" in tui.text
            assert "12 min" in tui.line_with("27.1 GiB")

    async def test_ps_failing_leaves_the_list_right(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["/api/ps"] = FAILED
            await tui.shows("● not reachable", "unknown while the server is down")

            copy(emulator, "phi4:14b", "aardvark:1b")
            await tui.shows("aardvark:1b")

            assert tui.app.stale_as_of is None
            assert tui.app.running is None


class TestGoingDownAndComingBack:
    async def test_the_server_panel_says_all_there_is_to_know(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["*"] = REFUSED
            await tui.shows("Ollama does not answer")

            assert "─ Server ─" in tui.text
            assert "tried      http://127.0.0.1:11434" in tui.text
            assert "got        " in tui.text
            assert "since      15:42" in tui.text
            assert "next try   within" in tui.text
            assert "to do" in tui.text
            assert "ollama serve" in tui.text
            assert "! looks for what is wrong." in tui.text

    async def test_the_last_known_models_stay_but_are_dim(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("G")
            assert not is_dim(tui, "gemma3:27b")

            emulator.faults["*"] = REFUSED
            await tui.shows("not reachable", "as of")

            assert is_dim(tui, "gemma3:27b")
            assert is_dim(tui, "smollm2:135m")

    async def test_nothing_is_said_to_be_loaded(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["*"] = REFUSED
            await tui.shows("unknown while the server is down")

            table_row = next(line for line in tui.lines if "gemma3:27b" in line)
            assert "●" not in table_row
            assert "loaded" not in tui.lines[0]

    async def test_since_stays_while_it_is_down(
        self, open_dashboard: Opener, emulator: Emulator, clock: FastClock
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["*"] = REFUSED
            await tui.shows("Ollama does not answer")
            since = tui.app.server.since

            clock.advance(600)
            await tui.press("r")
            await tui.shows("since      15:42, 10 minutes")

            assert tui.app.server.since == since

    async def test_the_tries_become_rarer_with_time_up_to_half_a_minute(
        self, open_dashboard: Opener, emulator: Emulator, clock: FastClock
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["*"] = REFUSED
            await tui.shows("Ollama does not answer", "within 2 s")

            clock.advance(9)
            await tui.press("r")
            await tui.shows("within 9 s")
            clock.advance(600)
            await tui.press("r")

            await tui.shows("within 30 s")
            assert polls.pause_between(tui.app, tui.app.settings.poll_seconds) == 30
            assert polls.pause_between(tui.app, polls.LIBRARY_SECONDS) == 30

    async def test_those_that_are_asked_for_make_the_others_no_rarer(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["*"] = REFUSED
            await tui.shows("Ollama does not answer")

            for _ in range(6):
                tries = asked(emulator, "/api/ps") + 1
                await tui.press("r")
                await tui.until(partial(has_asked, emulator, tries))

            assert "within 2 s" in tui.text

    async def test_r_tries_again_at_once(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["*"] = REFUSED
            await tui.shows("Ollama does not answer", "as of")

            emulator.faults.clear()
            await tui.press("r")
            await tui.shows("● running", "12 min")
            await tui.hides("as of")

            assert tui.app.server.since is None
            assert "Ollama does not answer" not in tui.text

    async def test_it_comes_back_by_itself(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, poll_seconds=0.1) as tui:
            emulator.faults["*"] = REFUSED
            await tui.shows("Ollama does not answer", "as of")

            emulator.faults.clear()
            await tui.shows("● running")
            await tui.hides("as of")

            assert not tui.notice

    async def test_a_failed_poll_is_no_notice(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["*"] = REFUSED
            await tui.shows("Ollama does not answer")

            assert tui.app.notice is None

    async def test_another_version_after_the_update_is_seen(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["*"] = REFUSED
            await tui.shows("Ollama does not answer")

            emulator.faults = {"/api/version": Fault(answer=json_answer({"version": "0.40.1"}))}
            await tui.press("r")

            await tui.shows("● running 0.40.1")


async def test_unchanged_answers_change_no_value(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        library, running = tui.app.library, tui.app.running
        before = asked(emulator, "/api/tags")

        await tui.until(lambda: asked(emulator, "/api/tags") > before + 2)

        assert tui.app.library is library
        assert tui.app.running is running


async def test_polls_do_not_multiply_when_answers_change(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        copy(emulator, "phi4:14b", "aardvark:1b")
        await tui.shows("aardvark:1b")
        emulator.runners.put(())
        await tui.polled_again()

        groups = [worker.group for worker in tui.app.workers]
        assert groups.count("running") == 1
        assert groups.count("library") == 1


async def test_the_setting_says_how_often_it_is_asked(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator, poll_seconds=60) as tui:
        # The first answer of `ps` asks for the models once more.
        pacer = tui.app.library_pacer
        await tui.until(lambda: pacer._is_resting and not pacer.is_hurried)
        first = asked(emulator, "/api/ps"), asked(emulator, "/api/tags")
        await tui.pilot.pause(0.4)

        # What is installed is not asked for more often than what is loaded.
        assert (asked(emulator, "/api/ps"), asked(emulator, "/api/tags")) == first
        assert polls.pause_between(tui.app, tui.app.settings.poll_seconds) == 60


async def test_without_the_focus_polls_are_rarer(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator) as tui:
        tui.app.is_watched = False

        assert polls.pause_between(tui.app, 2.0) == polls.UNWATCHED_SECONDS


def has_asked(emulator: Emulator, times: int) -> bool:
    """Whether the server was asked `ps` that often."""
    return asked(emulator, "/api/ps") >= times


def is_dim(tui: Dashboard, words: str) -> bool:
    """Whether the first text on the screen with these words is drawn in the quiet ink."""
    for strip in tui.strips:
        for segment in strip:
            if words in segment.text:
                return bool(segment.style and segment.style.dim)
    raise AssertionError(f"{words} is not on the screen")
