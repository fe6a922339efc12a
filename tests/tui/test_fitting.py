"""Which models fit, in the table and in the details."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import pytest

from ollama_tui.core.gpus import Reading
from ollama_tui.core.library import Library
from ollama_tui.core.memory.estimate import Estimate, RunnerOptions
from ollama_tui.core.memory.fit import Fit
from ollama_tui.core.memory.verdict import Verdict
from ollama_tui.core.start_log import StartLog
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.tui.lines import plain
from ollama_tui.tui.widgets.model_details import fit_facts
from tests.tui.dashboard import Dashboard, Opener, asked, remove
from tests.tui.test_gpus import CARD, Cards

GIB = 2**30


def _start(context: int) -> str:
    """The line in the server's log with the context that it gives unasked."""
    return f'msg="server config" env="map[OLLAMA_CONTEXT_LENGTH:{context}]"'


def _log(context: int) -> StartLog:
    return StartLog(lambda: (_start(context),))


def _fit_of(tui: Dashboard, name: str) -> str:
    """What stands in the row of a model under FIT."""
    heading = tui.line_with(" NAME ")
    at = heading.index("FIT")
    row = next(line for line in tui.lines[2:] if f" {name} " in line[:at])
    return row[at:].split()[0]


def _shown(emulator: Emulator) -> list[str]:
    """The models that were asked about, but those that are loaded, which others ask about too."""
    loaded = {runner.name for runner in emulator.runners.loaded}
    bodies = [json.loads(one.body) for one in emulator.requests if one.path == "/api/show"]
    return [body["model"] for body in bodies if body["model"] not in loaded]


async def _judged(tui: Dashboard) -> None:
    await tui.until(lambda: set(tui.app.in_sight) - {"qwen3-coder:480b-cloud"} <= _known(tui))


def _is_wide(tui: Dashboard, width: int) -> bool:
    return len(tui.lines[1]) == width


def _known(tui: Dashboard) -> set[str]:
    library = tui.app.library or Library()
    return {model.name for model in library if model.key in tui.app.verdicts}


class TestColumn:
    async def test_what_is_worked_out_yet_has_a_sign_of_its_own_and_the_cloud_has_none(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            tui.app.free_vram = 24 * GIB
            await _judged(tui)
            model = (tui.app.library or Library()).installed("codestral:22b")
            tui.app.verdicts = {
                key: verdict for key, verdict in tui.app.verdicts.items() if key != model.key
            }

            await tui.until(lambda: _fit_of(tui, model.name) == "…")
            assert _fit_of(tui, "qwen3-coder:480b-cloud") == "—"

    async def test_it_is_there_at_every_width_from_80(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=(80, 40)) as tui:
            tui.app.free_vram = 24 * GIB
            for width in (80, 100, 120, 160):
                await tui.pilot.resize_terminal(width, 40)
                await _judged(tui)
                await tui.until(partial(_is_wide, tui, width))

                assert _fit_of(tui, "codestral:22b") == "fits"
                assert _fit_of(tui, "deepseek-r1:70b") == "spills"

    async def test_without_knowing_what_is_free_nobody_is_asked_and_there_is_none(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.until(lambda: tui.app.details)
            await tui.press("f")

            assert "How much video memory is free is not known here." in tui.notice
            assert not tui.app.view.hides_unfit
            assert " FIT " not in tui.text
            assert _shown(emulator) == ["assistant:latest"]

    async def test_an_old_server_is_asked_for_the_contexts_of_the_rows_in_sight(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        names = ("gemma3:27b", "phi4:14b")
        models = (one for one in emulator.store.models if one.name.shown in names)
        old = Emulator(models, version="0.24.0")

        async with open_dashboard(old) as tui:
            await tui.until(lambda: "16k" in tui.lines[4])

            assert "128k" in tui.lines[3]
            assert sum(request.path == "/api/show" for request in old.requests) <= 3

    async def test_only_rows_in_sight_are_asked_about(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=(80, 24)) as tui:
            tui.app.free_vram = 24 * GIB
            await _judged(tui)

            assert len(tui.app.in_sight) < 20
            assert set(_shown(emulator)) <= set(tui.app.in_sight)

    async def test_each_digest_is_asked_about_once(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        for _ in range(2):
            async with open_dashboard(emulator, size=(120, 60)) as tui:
                tui.app.free_vram = 24 * GIB
                await _judged(tui)

        # The second one asks for the details of the model under the cursor.
        others = [name for name in _shown(emulator) if name != "assistant:latest"]
        assert len(others) == len(set(others))

    async def test_more_free_memory_changes_the_verdicts_without_a_question(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            tui.app.free_vram = 2 * GIB
            await _judged(tui)
            before = asked(emulator, "/api/show")
            # What is loaded shows by itself whether it fits.
            assert _fit_of(tui, "gemma3:27b") == "fits"
            assert _fit_of(tui, "deepseek-r1:32b") == "spills"
            assert _fit_of(tui, "codestral:22b") == "spills"

            tui.app.free_vram = 80 * GIB
            await tui.until(lambda: _fit_of(tui, "deepseek-r1:70b") == "fits")

            assert asked(emulator, "/api/show") == before

    async def test_a_slow_answer_holds_up_no_key(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["/api/show"] = Fault(delay=3600)
            tui.app.free_vram = 24 * GIB
            await tui.press("j", "j")

            assert tui.app.selected == tui.names[2]


class TestSorting:
    async def test_what_fits_comes_first_and_all_are_judged(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=(80, 24)) as tui:
            tui.app.free_vram = 24 * GIB
            await tui.until(lambda: tui.app.verdicts)
            await tui.press(*"sssss")
            await tui.until(lambda: len(tui.app.verdicts) == 22)

            await tui.until(lambda: "FIT" in tui.line_with("▴"))
            order = list(Verdict)
            verdicts, library = tui.app.verdicts, tui.app.library or Library()
            shown = tui.app.view.shown(library, verdicts)
            ranks = [order.index(verdicts[one.key]) for one in shown if one.key in verdicts]
            assert ranks == sorted(ranks)


class TestHiding:
    async def test_f_hides_what_does_not_fit_and_shows_it_again(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            tui.app.free_vram = 24 * GIB
            await tui.press("f")
            await tui.until(lambda: len(tui.app.verdicts) == 22)
            await tui.hides("deepseek-r1:70b")

            assert "what fits" in tui.line_with("1 Models")
            assert "codestral:22b" in tui.text
            assert "qwen3-coder:480b-cloud" in tui.text

            await tui.press("f")
            await tui.shows("deepseek-r1:70b")

    async def test_where_nothing_fits_it_says_which_key_shows_all(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        remove(emulator, "qwen3-coder:480b-cloud")
        for runner in emulator.runners.loaded:
            remove(emulator, runner.name)
        async with open_dashboard(emulator) as tui:
            tui.app.free_vram = 1
            await tui.press("f")

            await tui.shows("nothing fits", "f shows all")


class TestLoading:
    async def test_the_details_and_the_question_tell_what_it_takes_and_what_is_free(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            tui.app.free_vram = 2 * GIB
            await tui.press("j")
            await tui.shows("13.1 GiB at 4k · spills", "2.0 GiB free: gemma3:27b would")
            assert "└ 13.1 GiB" not in tui.text
            await tui.press("l")

            await tui.shows("It takes 13.1 GiB at 4k (estimate)")
            assert "2.0 GiB free: gemma3:27b would go" in tui.text

    async def test_where_nothing_else_is_loaded_it_asks_only_if_it_would_spill(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            tui.app.free_vram = 2 * GIB
            await tui.press("U", "y")
            await tui.until(lambda: tui.app.running == ())
            await tui.press("j")
            await tui.shows("13.1 GiB at 4k · spills")
            await tui.press("l")
            await tui.shows("Load codestral:22b?", "2.0 GiB free: a part of it would be on the CPU")
            assert not tui.app.loads
            await tui.press("escape")

            tui.app.free_vram = 24 * GIB
            await tui.shows("13.1 GiB at 4k · fits")
            await tui.press("l")

            await tui.shows("Loaded codestral:22b")


class TestBeforeALoad:
    async def test_the_row_under_the_cursor_says_who_would_go_where_there_are_no_details(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, size=(80, 24)) as tui:
            tui.app.free_vram = 2 * GIB
            await tui.press("j")

            words = "└ 13.1 GiB at 4k · 2.0 GiB free: gemma3:27b would go"
            await tui.shows(words)
            rows = tui.lines
            at = next(y for y, row in enumerate(rows) if words in row)
            assert "codestral:22b" in rows[at - 1]

            # One that is loaded has nothing to tell.
            await tui.press("j")
            await tui.until(lambda: "deepseek-r1:70b" in tui.lines[at + 1])
            assert "would go" not in tui.text


class TestDetails:
    async def test_they_tell_what_it_would_take_and_whether_that_fits_once_that_is_known(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("j")
            await tui.shows("13.1 GiB at 4k", "estimate · by context (m)")
            assert " fits" not in tui.text

            tui.app.free_vram = 24 * GIB
            await tui.shows("13.1 GiB at 4k · fits", "estimate · up to 32k fits (m)")

    async def test_the_servers_own_context_counts_where_it_is_known(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        gpus = Cards(Reading((CARD,)))
        async with replace(open_dashboard, gpus=gpus, log=_log(16384))(emulator) as tui:
            await tui.press("j")
            await tui.shows("GiB at 16k · spills")
            read = gpus.asked
            await tui.until(lambda: gpus.asked > read + 1)

            # By the memory of the card it would be 32k.
            assert tui.app.server_context == 16384

    async def test_the_log_is_read_again_once_the_server_was_away(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        contexts = [16384, 8192]
        log = StartLog(lambda: (_start(contexts.pop(0)),))
        async with replace(open_dashboard, log=log)(emulator) as tui:
            await tui.until(lambda: tui.app.server_context == 16384)
            emulator.faults["/api/ps"] = Fault(unreachable=True)
            await tui.until(lambda: tui.app.server.is_down)
            emulator.faults.clear()
            tui.app.refresh_now()

            await tui.until(lambda: tui.app.server_context == 8192)

    async def test_of_what_is_loaded_they_tell_the_estimate_for_the_same_context(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            tui.app.free_vram = 2 * GIB
            await tui.type("/gemma3:27b")

            await tui.shows("20.1 GiB · 100 % on GPU · 32k", "estimate ", "up to")
            fit = tui.app.fit
            assert fit is not None
            assert (fit.name, fit.options.context) == ("gemma3:27b", 32768)

    async def test_what_a_load_took_replaces_the_estimate(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with replace(open_dashboard, log=_log(8192))(emulator) as tui:
            await tui.press("j")
            await tui.shows("GiB at 8k", "estimate")
            before = tui.app.fit

            await tui.press("l", "right", "enter")

            await tui.shows("seen when loaded, estimate ")
            assert before is not None
            assert tui.app.fit is not None
            assert tui.app.fit.source == "measured"


@pytest.mark.parametrize(
    ("error", "words"), [(0.002, "seen when loaded, as estimated"), (0.1, "estimate +10%")]
)
def test_the_details_say_in_words_that_the_estimate_was_met(error: float, words: str) -> None:
    fit = Fit("m", RunnerOptions(4096), Estimate(GIB, 0, 0, 0, 0), measured=GIB, error=error)

    assert any(words in plain(row) for row in fit_facts(fit, None, 60, ""))
