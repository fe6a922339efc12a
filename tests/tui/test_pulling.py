from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

from textual import events

from ollama_tui.core.acts import Panel
from ollama_tui.core.library import Library
from ollama_tui.core.models import Model
from ollama_tui.core.pulls import PullState
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.registry import PullFault, PullFaultKind
from ollama_tui.tui.screens.pull import suggestions
from tests.core.leasing import become_true
from tests.tui.dashboard import Dashboard, Opener, asked

LONG = "llama3.3:70b"
SHORT = "all-minilm:latest"
FULL = PullFault(PullFaultKind.ERROR, 0.5, "write /models/x: no space left on device")
FULL_SAID = "he server's disk is full"


async def begin(tui: Dashboard, name: str) -> None:
    """Pull a model and see its progress."""
    await tui.press("p")
    await tui.type(name)
    await tui.press("enter")
    await tui.shows(f"Pulling {name}")


async def begin_behind(tui: Dashboard, name: str) -> None:
    """Pull a model, and close the dialog while it goes on."""
    await begin(tui, name)
    await tui.press("escape")
    await tui.shows("4 Downloads", name)


async def fail_and_look(tui: Dashboard, emulator: Emulator) -> None:
    """Let a download fail that would not fail again, and open its dialog."""
    emulator.registry.faults["*"] = replace(FULL, at=0.01)
    await begin_behind(tui, LONG)
    await tui.shows(FULL_SAID)
    emulator.registry.faults.clear()
    await tui.press("4", "enter")
    await tui.shows("Failed: ", "P pull it again")


def state_of(tui: Dashboard, name: str) -> PullState | None:
    """How that download is; None if it is not in the list."""
    return next((pull.state for pull in tui.app.pulls if pull.name == name), None)


class TestTheName:
    async def test_p_opens_a_dialog_with_well_known_names_after_installed_ones(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("p")

            await tui.shows("Pull a model", "name, command or address", "qwen3:0.6b", "523 MB")

            await tui.type("gemma3")
            await tui.until(lambda: dialog(tui)[3].startswith("gemma3:27b"))

            rows = dialog(tui)[3:7]
            assert [row.split()[0] for row in rows[:2]] == ["gemma3:27b", "gemma3:4b"]
            assert "installed" in rows[0]
            assert "installed" in rows[1]
            assert rows[2].endswith("815 MB")

    async def test_down_and_enter_pull_the_chosen_one_and_up_above_it_is_the_input_again(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("p")
            await tui.type("llama3.3")
            await tui.shows("42.5 GB")
            await tui.press("down", "enter")
            await tui.shows("Pulling llama3.3:70b")
            await tui.until(lambda: pulled(emulator) == ["llama3.3:70b"])

            await tui.press("escape", "p")
            await tui.type("minilm:22m")
            await tui.press("down", "down", "up", "up", "enter")
            await tui.until(lambda: pulled(emulator)[1:] == ["minilm:22m"])

    async def test_tab_completes_and_typing_goes_on(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("p")
            await tui.type("llama3.3")
            await tui.shows("42.5 GB")
            await tui.press("tab")
            await tui.until(lambda: dialog(tui)[1] == "llama3.3:70b")
            await tui.type("-x")

            await tui.until(lambda: dialog(tui)[1] == "llama3.3:70b-x")

    async def test_what_people_paste_is_understood(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("p")
            tui.app.post_message(events.Paste("$ ollama pull all-minilm:latest"))
            await tui.shows("$ ollama pull all-minilm:latest")
            await tui.press("enter")

            await tui.until(lambda: pulled(emulator) == [SHORT])

    async def test_an_invalid_name_is_refused_before_anything_is_sent(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("p", "enter")
            await tui.shows("A model name is missing")

            for name in ("two words", "a/b/c/d/e", ":", "x" * 300, "[/b]", "é"):
                await tui.press("ctrl+u")
                await tui.type(name)
                await tui.hides("looks like")
                await tui.press("enter")

                await tui.shows("Pull a model", "A name looks like qwen3:8b")
                assert not pulled(emulator), name
                assert not tui.app.pulls, name

    async def test_letters_that_are_keys_are_typed_those_ahead_of_the_dialog_too(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            tui.press_fast("p", "q", "x", "i")
            await tui.shows("Pull a model")
            await tui.type("pjk?/:")

            await tui.until(lambda: dialog(tui)[1] == "qxipjk?/:")

    async def test_escape_pulls_nothing(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("p")
            await tui.type(SHORT)
            await tui.press("escape")
            await tui.shows("1 Models")
            await tui.polled_again()

            assert not pulled(emulator)

    async def test_a_server_that_is_down_is_not_asked(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["*"] = Fault(unreachable=True)
            await tui.shows("not reachable")
            await tui.press("p")

            assert "does not answer" in tui.lines[-1]


class TestWatchingIt:
    async def test_the_dialog_shows_a_bar_and_bytes(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin(tui, LONG)
            await tui.shows("of 42.5 GB", "━", "84 MB/s", "min left", "%")

            assert "esc close, it goes on" in tui.text
            assert "x cancel" in tui.text

    async def test_its_share_never_goes_back(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        kind = PullFaultKind.BACKWARDS
        emulator.registry.faults["*"] = PullFault(kind, 0.02, lost=400_000_000)
        async with open_dashboard(emulator) as tui:
            await begin(tui, LONG)
            shares: list[float] = []

            def has_come_far() -> bool:
                shares.append(tui.app.pulls[0].share or 0.0)
                return shares[-1] > 0.04

            await tui.until(has_come_far)
            assert shares == sorted(shares)

    async def test_escape_closes_it_and_it_goes_on_in_downloads(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, LONG)

            await tui.until(lambda: "GB" in tui.line_with(LONG))
            assert "1 Models" in tui.text
            before = tui.app.pulls[0].completed
            await tui.until(lambda: tui.app.pulls[0].completed > before)

    async def test_several_run_side_by_side_each_name_once(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            for name in (LONG, "qwen3:32b", LONG):
                await begin_behind(tui, name)
            await tui.until(lambda: all(pull.completed for pull in tui.app.pulls))

            assert "4 Downloads  2" in tui.text
            assert len(emulator.downloads.running) == 2
            assert [pull.name for pull in tui.app.pulls] == [LONG, "qwen3:32b"]
            assert pulled(emulator) == [LONG, "qwen3:32b"]

    async def test_a_stalled_download_says_so(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.registry.faults["*"] = PullFault(PullFaultKind.STALL, 0.01)
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, LONG)

            await tui.until(lambda: state_of(tui, LONG) is PullState.STALLED)
            await tui.shows("stalled")

            await tui.press("4", "enter")
            await tui.shows("The server does not say why; its own log may.")

    async def test_done_is_said_and_the_library_is_listed_again(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin(tui, SHORT)

            await tui.shows("Pulled all-minilm:latest", "46 MB", "25 · 749 GB")
            assert SHORT in tui.names
            assert "4 Downloads" not in tui.text
            assert "Pulling" not in tui.text

    async def test_a_model_that_is_here_already_is_said_to_be(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("p")
            await tui.type("smollm2:135m")
            await tui.press("enter")

            await tui.shows("smollm2:135m was here already")

    async def test_the_end_of_one_leaves_another_dialog_alone(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.registry.rate = 20e6
            await begin_behind(tui, SHORT)
            await tui.press("question_mark")
            await tui.until(lambda: not tui.app.pulls)

            assert "─ Keys ─" in tui.text

    async def test_it_can_be_looked_at_again_and_4_folds_the_list(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, LONG)
            await tui.press("4", "enter")
            await tui.shows(f"Pulling {LONG}")
            await tui.press("q")
            await tui.hides("Pulling")
            assert tui.app.panel is Panel.DOWNLOADS

            await tui.press("4")
            await tui.hides(LONG)
            assert "4 Downloads" in tui.text

    async def test_4_without_downloads_says_what_to_press(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("4")

            assert "p pulls a model" in tui.lines[-1]

    async def test_the_focus_goes_back_to_the_models_when_the_list_is_gone(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.registry.rate = 20e6
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, SHORT)
            await tui.press("4")
            await tui.shows("Pulled all-minilm:latest")

            await tui.until(lambda: tui.app.panel is Panel.MODELS)
            assert tui.app.selected == "assistant:latest"
            await tui.press("j")
            assert tui.app.selected == "codestral:22b"


class TestCancelling:
    async def test_x_asks_first_and_the_default_is_no(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, LONG)
            await tui.press("4")
            for key in ("enter", "n", "escape", "q", "ctrl+c"):
                await tui.press("x")
                await tui.shows("Cancel the download?", LONG, "What arrived is kept")
                await tui.press(key)
                await tui.hides("Cancel the download?")

                assert state_of(tui, LONG) in (PullState.PULLING, PullState.STARTING), key
                assert not tui.app._exit, key

    async def test_a_yes_closes_the_stream_and_keeps_what_arrived(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            for keys in (("y",), ("tab", "enter"), ("right", "enter")):
                await begin_behind(tui, LONG)
                await tui.until(lambda: tui.app.pulls[0].completed > 0)
                listed = asked(emulator, "/api/tags")
                await tui.press("4", "x", *keys)

                await tui.shows(f"Cancelled {LONG}", "are kept")
                await tui.until(lambda: not emulator.downloads.running)
                assert sum(emulator.store.partials.values()) > 0, keys
                assert not tui.app.pulls, keys
                await tui.until(partial(has_listed_since, emulator, listed))

    async def test_x_in_its_dialog_asks_too(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin(tui, LONG)
            await tui.press("x")
            await tui.shows("Cancel the download?")
            await tui.press("y")

            await tui.shows(f"Cancelled {LONG}")

    async def test_pulling_it_again_goes_on_from_there(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, LONG)
            await tui.until(lambda: tui.app.pulls[0].completed > 200_000_000)
            await tui.press("4", "x", "y")
            await tui.until(lambda: not emulator.downloads.running)
            kept = sum(emulator.store.partials.values())
            await tui.press("1")
            await begin(tui, LONG)

            await tui.until(lambda: tui.app.pulls and tui.app.pulls[0].completed >= kept)
            assert kept > 200_000_000

    async def test_one_of_two_is_cancelled_alone(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, LONG)
            await begin_behind(tui, "qwen3:32b")
            await tui.press("4", "j", "x")
            await tui.shows("Cancel the download?", "qwen3:32b")
            await tui.press("y")

            await tui.shows("Cancelled qwen3:32b")
            assert [pull.name for pull in tui.app.pulls] == [LONG]


class TestFailing:
    async def test_it_stays_with_its_reason_and_what_to_do_until_x_takes_it_off_the_list(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.registry.faults["*"] = FULL
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, "qwen3:0.6b")
            await tui.shows(FULL_SAID)
            assert tui.app.notice is not None
            assert tui.app.notice.is_failure

            await tui.press("4", "enter")
            await tui.shows("Failed: ", FULL_SAID, "what arrived is kept")
            await tui.press("escape")
            await tui.hides("Failed:")
            await tui.press("x")
            await tui.hides("4 Downloads")
            assert not tui.app.pulls

    async def test_its_dialog_pulls_it_again(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await fail_and_look(tui, emulator)

            await tui.press("P")

            await tui.shows(f"Pulling {LONG}", "it goes on   x cancel", " of 42.5 GB")
            assert tui.app.pulls[0].state is PullState.PULLING

    async def test_its_dialog_offers_what_can_be_done_whoever_pulls_or_pauses_it(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await fail_and_look(tui, emulator)

            await tui.app.downloads.resume(LONG)
            await tui.shows("esc close, it goes on   x cancel", " of 42.5 GB")

            await tui.app.downloads.pause(LONG)
            await tui.shows("esc close   x cancel")

    async def test_it_is_told_once(self, open_dashboard: Opener, emulator: Emulator) -> None:
        emulator.registry.faults["qwen3:0.6b"] = FULL
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, "qwen3:0.6b")
            await tui.shows(FULL_SAID)
            await tui.press("1")
            assert tui.app.notice is None

            await begin_behind(tui, LONG)
            await tui.until(lambda: state_of(tui, LONG) is PullState.PULLING)
            assert tui.app.notice is None

    async def test_pulled_again_it_starts_anew(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.registry.faults["*"] = FULL
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, "qwen3:0.6b")
            await tui.shows(FULL_SAID)
            emulator.registry.faults.clear()
            await begin(tui, "qwen3:0.6b")

            await tui.shows("Pulled qwen3:0.6b")


class TestQuitting:
    async def test_it_asks_while_something_is_downloading(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, LONG)
            await tui.until(lambda: any(pull.completed for pull in tui.app.pulls))
            await tui.press("q")
            await tui.shows("Quit and end the download?", LONG, "What arrived is kept")

            await tui.press("enter")
            await tui.hides("Quit and end")
            assert not tui.app._exit

            await tui.press("q")
            await tui.shows("Quit and end")
            assert await tui.leaves("y")

        await become_true(lambda: sum(emulator.store.partials.values()) > 0)

    async def test_it_does_not_ask_where_all_have_failed(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await begin_behind(tui, "nosuch:1b")
            await tui.shows("no such model or tag")

            assert await tui.leaves("ctrl+c")


class TestSuggestions:
    library = Library((Model("gemma3:4b"), Model("zeta:1b"), Model("nomic-embed-text:latest")))

    def test_nothing_typed_offers_only_what_is_not_here(self) -> None:
        names = [name for name, _ in suggestions(self.library, "")]

        assert names[0] == "qwen3:0.6b"
        assert "gemma3:4b" not in names
        assert "nomic-embed-text" not in names
        assert "zeta:1b" not in names

    def test_what_is_typed_may_stand_anywhere_in_any_case(self) -> None:
        names = [name for name, _ in suggestions(self.library, "MMA")]

        assert names[0] == "gemma3:4b"
        assert all("mma" in name for name in names)

    def test_a_name_comes_once(self) -> None:
        names = [name for name, _ in suggestions(self.library, "nomic")]

        assert names == ["nomic-embed-text:latest"]


def dialog(tui: Dashboard) -> list[str]:
    """The lines inside the dialog, without its frame and the blank one at the top."""
    top = next(index for index, line in enumerate(tui.lines) if "Pull a model" in line)
    left = tui.lines[top].index("╭─ Pull a model")
    return [line[left + 1 :].split("│")[0].strip() for line in tui.lines[top + 1 : top + 14]]


def has_listed_since(emulator: Emulator, times: int) -> bool:
    """Whether the server was asked for its models once more."""
    return asked(emulator, "/api/tags") > times


def pulled(emulator: Emulator) -> list[str]:
    """The names that the server was asked to pull."""
    bodies = [json.loads(r.body) for r in emulator.requests if r.path == "/api/pull"]
    return [str(body["model"]) for body in bodies]
