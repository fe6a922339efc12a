"""Loading, unloading and keeping, as one does it with keys."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from ollama_tui.demo.clock import Clock, FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.manifests import composed
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.wire import Answer, json_answer
from ollama_tui.tui.lines import plain, width
from ollama_tui.tui.screens.asking import Choices
from ollama_tui.tui.widgets.choice_list import ChoiceList
from tests.tui.dashboard import Dashboard, Opener, asked
from tests.tui.test_keys import loud_keys
from tests.tui.test_running import running_row

SMALL = "smollm2:135m"
EMBEDDER = "nomic-embed-text:latest"
CLOUD = "qwen3-coder:480b-cloud"
CHANGING = {"/api/generate", "/api/chat", "/api/embed", "/api/delete", "/api/copy", "/api/pull"}


async def select(tui: Dashboard, name: str) -> None:
    """Put the cursor of Models on a model."""
    tui.press_fast("1", "g", *"j" * tui.names.index(name))
    await tui.until(lambda: tui.app.selected == name)


async def select_running(tui: Dashboard, name: str) -> None:
    """Put the cursor of Running on a model."""
    names = [one.name for one in tui.app.loads]
    names += [one.name for one in tui.app.running or ()]
    await tui.press("2", "g", *"j" * names.index(name))
    assert tui.app.selected_running == name


def empty(emulator: Emulator, *names: str) -> None:
    """Let go of what is loaded, of all of it where no names are given."""
    for runner in [one for one in emulator.runners.loaded if not names or one.name in names]:
        model = emulator.store.find(parse_name(runner.name))
        assert model is not None
        emulator.runners.unload(model)


def loaded(emulator: Emulator) -> set[str]:
    """The names of what is in the server's memory."""
    return {runner.name for runner in emulator.runners.loaded}


def bodies(emulator: Emulator, path: str) -> list[dict[str, object]]:
    """What the server was asked at that path."""
    return [json.loads(request.body) for request in emulator.requests if request.path == path]


def changes(emulator: Emulator) -> list[str]:
    """The paths of the requests that change something."""
    return [request.path for request in emulator.requests if request.path in CHANGING]


class SlowDisk:
    """Lets a load take until it is told to be done."""

    def __init__(self, emulator: Emulator) -> None:
        self.is_read = asyncio.Event()
        self.was_asked = self.was_given_up = False
        emulator.runners._clock = Clock(emulator.clock.now, self._read)

    async def _read(self, _: float) -> None:
        self.was_asked = True
        try:
            await self.is_read.wait()
        except asyncio.CancelledError:
            self.was_given_up = True
            raise


class TestLoading:
    async def test_it_begins_at_once_where_nothing_is_loaded(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        empty(emulator)
        async with open_dashboard(emulator) as tui:
            await select(tui, SMALL)
            await tui.press("l")

            await tui.shows(f"Loaded {SMALL}")
            await tui.until(lambda: running_row(tui, SMALL))
            assert loaded(emulator) == {SMALL}
            assert asked(emulator, "/api/generate") == 1

    async def test_it_names_what_may_have_to_go_and_enter_does_not_load(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, SMALL)
            await tui.press("l")
            await tui.shows(f"Load {SMALL}?", "the server unloads one of these")
            assert dialog_line(tui, "gemma3:27b").split("gemma3:27b")[1].strip().startswith("20.1")
            assert "12 min" in dialog_line(tui, "deepseek-r1:32b")
            assert "pinned" in dialog_line(tui, "nomic-embed-text:latest")

            await tui.press("enter")
            await tui.hides(f"Load {SMALL}?")
            assert not changes(emulator)

    async def test_with_the_limit_reached_one_has_to_go_the_likeliest_first(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, max_loaded_models=3) as tui:
            await select(tui, SMALL)
            await tui.press("l")

            await tui.shows(f"Load {SMALL}?", "The server keeps 3 models loaded; one goes")
            names = ("gemma3:27b", "deepseek-r1:32b", "nomic-embed-text")
            places = [tui.lines.index(dialog_line(tui, name)) for name in names]
            assert places == sorted(places)

    async def test_below_the_limit_memory_may_be_short_all_the_same(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator, max_loaded_models=4) as tui:
            await select(tui, SMALL)
            await tui.press("l")

            await tui.shows(f"Load {SMALL}?", "Where memory is short")

    async def test_where_it_is_not_known_what_is_loaded_it_says_so_and_asks(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            emulator.faults["/api/ps"] = Fault(answer=Answer(404, (), b"404 page not found"))
            await tui.until(lambda: tui.app.running is None)
            await select(tui, SMALL)
            await tui.press("l")

            await tui.shows(f"Load {SMALL}?", "What is loaded is not known")
            await tui.press("enter")
            assert not changes(emulator)

    async def test_what_is_being_loaded_may_have_to_go_too(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        empty(emulator)
        SlowDisk(emulator)
        async with open_dashboard(emulator) as tui:
            await select(tui, SMALL)
            await tui.press("l")
            await tui.until(lambda: asked(emulator, "/api/generate"))
            await select(tui, "gemma3:27b")
            await tui.press("l")

            await tui.shows("Load gemma3:27b?", "the server unloads one of these")
            assert "is being loaded" in dialog_line(tui, SMALL)

    async def test_yes_loads_it(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, SMALL)
            await tui.press("l", "y")

            await tui.shows(f"Loaded {SMALL}")
            assert SMALL in loaded(emulator)

    async def test_what_is_said_to_be_loaded_can_be_unloaded(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        empty(emulator)
        async with open_dashboard(emulator, poll_seconds=60) as tui:
            await select(tui, SMALL)
            await tui.press("l")
            await tui.until(lambda: tui.notice.startswith(f"Loaded {SMALL}"))

            await tui.press("u")

            await tui.shows(f"Unloading {SMALL}")

    async def test_its_row_says_that_it_is_loading(
        self, open_dashboard: Opener, emulator: Emulator, clock: FastClock
    ) -> None:
        empty(emulator)
        disk = SlowDisk(emulator)
        async with open_dashboard(emulator) as tui:
            await select(tui, SMALL)
            await tui.press("l")
            await tui.until(lambda: "loading 1 s" in row_line(tui, SMALL))
            assert "the last time" not in row_line(tui, SMALL)

            clock.advance(7)
            await tui.until(lambda: "loading 7 s" in row_line(tui, SMALL))

            disk.is_read.set()
            await tui.shows(f"Loaded {SMALL}", "7 s")
            await tui.until(lambda: "loading" not in row_line(tui, SMALL))

    async def test_how_long_it_took_the_last_time_is_told_by_the_next_dashboard(
        self, open_dashboard: Opener, emulator: Emulator, clock: FastClock
    ) -> None:
        empty(emulator)
        disk = SlowDisk(emulator)
        async with open_dashboard(emulator) as tui:
            await select(tui, SMALL)
            await tui.press("l")
            await tui.until(lambda: "loading" in row_line(tui, SMALL))
            clock.advance(12)
            disk.is_read.set()
            await tui.shows(f"Loaded {SMALL}")

        empty(emulator)
        disk.is_read.clear()
        async with open_dashboard(emulator) as tui:
            await select(tui, SMALL)
            await tui.press("l")

            await tui.until(lambda: "12 s the last time" in row_line(tui, SMALL))

    async def test_x_on_its_row_aborts_it(self, open_dashboard: Opener, emulator: Emulator) -> None:
        empty(emulator)
        disk = SlowDisk(emulator)
        async with open_dashboard(emulator) as tui:
            await select(tui, SMALL)
            await tui.press("l")
            await tui.until(lambda: "loading" in row_line(tui, SMALL))
            await select_running(tui, SMALL)
            await tui.press("u")
            await tui.shows(f"{SMALL} is not loaded yet.")
            await tui.press("x")

            await tui.shows(f"{SMALL} is not loaded: aborted")
            await tui.until(lambda: disk.was_given_up)
            await tui.until(lambda: not tui.app.loads)
            assert not loaded(emulator)

    async def test_l_again_and_other_keys_leave_it_loading_once(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        empty(emulator)
        disk = SlowDisk(emulator)
        async with open_dashboard(emulator) as tui:
            await select(tui, SMALL)
            tui.press_fast("l", "l", "l")
            await tui.until(lambda: asked(emulator, "/api/generate"))
            await tui.press("l")
            await tui.shows(f"{SMALL} is being loaded")
            await tui.press("escape", "x", "2", "escape", "1", "j", "slash", "escape")
            assert [one.name for one in tui.app.loads] == [SMALL]
            assert asked(emulator, "/api/generate") == 1

            disk.is_read.set()
            await tui.shows(f"Loaded {SMALL}")
            assert not disk.was_given_up

    async def test_an_embedding_model_is_loaded_too(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        empty(emulator)
        async with open_dashboard(emulator) as tui:
            await select(tui, EMBEDDER)
            await tui.press("l")

            await tui.shows(f"Loaded {EMBEDDER}")
            assert loaded(emulator) == {EMBEDDER}
            assert asked(emulator, "/api/embed") == 1

    async def test_a_cloud_model_cannot_be_and_says_why(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        empty(emulator)
        async with open_dashboard(emulator) as tui:
            await select(tui, SMALL)
            assert "l" in loud_keys(tui.strips[-1])
            await select(tui, CLOUD)
            assert "l" not in loud_keys(tui.strips[-1])

            await tui.press("l")
            await tui.shows("runs in the cloud")
            assert not changes(emulator)

    async def test_what_is_loaded_already_says_so(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, "gemma3:27b")
            await tui.press("l")

            await tui.shows("gemma3:27b is loaded already", "t changes")
            assert not changes(emulator)

    async def test_a_failure_is_told_and_the_row_goes(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        empty(emulator)
        answer = json_answer({"error": "model requires more system memory (9 GiB)"}, 500)
        emulator.faults["/api/generate"] = Fault(answer=answer)
        async with open_dashboard(emulator) as tui:
            await select(tui, SMALL)
            await tui.press("l")

            await tui.shows(f"{SMALL} is not loaded", "more system memory")
            assert tui.app.notice is not None
            assert tui.app.notice.is_failure
            assert not tui.app.loads

    async def test_it_says_that_the_context_was_cut_to_the_trained_one(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        found = emulator.store.find(parse_name("smollm2:135m"))
        assert found is not None
        config = replace(found.manifest.config, parameters=(("num_ctx", 65536),))
        long = composed(found.manifest.weights, config)
        emulator.store.install(parse_name("aaa:1b"), long, emulator.clock.now())
        async with open_dashboard(emulator) as tui:
            await select(tui, "aaa:1b")
            await tui.shows("at 8k")
            await tui.press("l", "right", "enter")

            await tui.shows("its context is 8192 tokens, not 65536")


class TestUnloading:
    async def test_u_in_models_unloads_the_selected_one(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, "gemma3:27b")
            await tui.press("u")

            await tui.shows("Unloading gemma3:27b", "20.1 GiB will be free")
            await tui.until(lambda: not running_row(tui, "gemma3:27b"))
            assert "gemma3:27b" not in loaded(emulator)
            assert not tui.app.unloading

    async def test_u_in_running_unloads_its_own_row(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select_running(tui, EMBEDDER)
            await tui.press("u")

            await tui.until(lambda: EMBEDDER not in loaded(emulator))
            assert len(loaded(emulator)) == 2

    @pytest.mark.parametrize(("key", "gone"), [("y", "gemma3:27b"), ("u", "deepseek-r1:32b")])
    async def test_where_its_row_names_another_it_asks_which_is_to_go(
        self, open_dashboard: Opener, emulator: Emulator, key: str, gone: str
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.shows("unload gemma3:27b (u)")
            before = loaded(emulator)
            await select_running(tui, "deepseek-r1:32b")
            for answer in ("n", "enter", key):
                assert loaded(emulator) == before
                await tui.press("u")
                await tui.shows(
                    "deepseek-r1:32b is partly on the CPU:", "y gemma3:27b", "u deepseek-r1:32b"
                )
                await tui.press(answer)
                await tui.hides("Unload which?")

            await tui.until(lambda: loaded(emulator) == before - {gone})

    async def test_what_is_not_loaded_says_so(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, SMALL)
            for key in ("u", "t"):
                await tui.press(key)
                await tui.shows(f"{SMALL} is not loaded")
                await tui.press("j", "k")
            await tui.press("2", "x")

            await tui.shows("Nothing is being loaded here.")
            assert not changes(emulator)

    async def test_one_that_waits_for_requests_says_so_after_a_minute(
        self, open_dashboard: Opener, emulator: Emulator, clock: FastClock
    ) -> None:
        make_busy(emulator, "gemma3:27b")
        async with open_dashboard(emulator) as tui:
            await select(tui, "gemma3:27b")
            await tui.press("u")
            await tui.shows("└ unloading")
            assert "waits for requests" not in tui.text

            clock.advance(120)
            await tui.shows("└ unloading for 2 minutes: it waits for requests in flight")

    async def test_one_that_another_client_loads_again_is_not_unloading_any_more(
        self, open_dashboard: Opener, emulator: Emulator, clock: FastClock
    ) -> None:
        name = "gemma3:27b"
        make_busy(emulator, name)
        async with open_dashboard(emulator) as tui:
            await select(tui, name)
            await tui.press("u")
            await tui.shows("└ unloading")
            await tui.polled_again()
            assert "└ unloading" in tui.text

            model = emulator.store.find(parse_name(name))
            assert model is not None
            await emulator.runners.load(model, 8192, 60.0)

            await tui.until(lambda: not tui.app.unloading)
            assert running_row(tui, name)
            await tui.hides("└ unloading")

    async def test_the_row_says_no_more_of_it_when_it_failed(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        emulator.faults["/api/generate"] = Fault(answer=json_answer({"error": "oops"}, 500))
        async with open_dashboard(emulator) as tui:
            await select(tui, "gemma3:27b")
            await tui.press("u")

            await tui.shows("oops")
            assert "unloading" not in tui.text
            assert not tui.app.unloading

    async def test_all_are_listed_enter_keeps_them_and_y_unloads_them(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await tui.press("U")
            await tui.shows("Unload all 3?", "Requests in flight are finished first.")
            assert "20.1 GiB" in dialog_line(tui, "gemma3:27b")
            assert "pinned" in dialog_line(tui, "nomic-embed-text")

            await tui.press("enter")
            await tui.hides("Unload all 3?")
            assert not changes(emulator)

            await tui.press("U")
            empty(emulator, EMBEDDER)
            await tui.until(lambda: len(tui.app.running or ()) == 2)
            await tui.press("y")
            await tui.shows("nothing is loaded")
            assert not loaded(emulator)
            assert tui.app.notice is None or not tui.app.notice.is_failure

            await tui.press("U")
            await tui.shows("Nothing is loaded.")


class TestKeeping:
    async def test_each_choice_is_sent_with_the_context_that_it_has(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select_running(tui, "deepseek-r1:32b")
            for number, said in enumerate(("5 min", "30 min", "2 h", "1 day")):
                await tui.press("t")
                await tui.shows("Keep deepseek-r1:32b for", "30 minutes", "unload now")
                await tui.press(*["up"] * 5, *["down"] * number, "enter")

                await tui.shows(f"stays for {said}")
            sent = bodies(emulator, "/api/generate")
            assert [body["keep_alive"] for body in sent] == [300, 1800, 7200, 86400]
            assert all(body["options"] == {"num_ctx": 32768} for body in sent)

    async def test_the_model_is_not_loaded_anew(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        disk = SlowDisk(emulator)
        async with open_dashboard(emulator) as tui:
            await select(tui, "deepseek-r1:32b")
            await tui.press("t", "enter")

            await tui.until(lambda: "30 min" in running_row(tui, "deepseek-r1:32b"))
            assert "32k" in running_row(tui, "deepseek-r1:32b")
            assert not disk.was_asked

    async def test_for_ever_is_shown_as_pinned(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, "gemma3:27b")
            await tui.press("t", *["down"] * 4, "enter")

            await tui.shows("Pinned gemma3:27b")
            await tui.until(lambda: "pinned" in running_row(tui, "gemma3:27b"))

    async def test_unload_now_unloads(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, "gemma3:27b")
            await tui.press("t", *["down"] * 5, "enter")

            await tui.shows("Unloading gemma3:27b")
            await tui.until(lambda: "gemma3:27b" not in loaded(emulator))

    async def test_an_embedding_model_is_kept_too(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            await select_running(tui, EMBEDDER)
            await tui.press("t", *["up"] * 4, "enter")

            await tui.until(lambda: "5 min" in running_row(tui, "nomic-embed-text"))
            (body,) = bodies(emulator, "/api/embed")
            assert body["options"] == {"num_ctx": 2048}

    async def test_the_cursor_begins_near_to_what_holds_now(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        async with open_dashboard(emulator) as tui:
            for name, words in (("deepseek-r1:32b", "30 minutes"), (EMBEDDER, "for ever")):
                await select_running(tui, name)
                await tui.press("t")
                await tui.until(lambda: len(tui.app.screen_stack) == 2)
                assert tui.app.screen.query_one(ChoiceList).selected == words
                await tui.press("escape")

    async def test_the_settings_say_what_can_be_chosen(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        choices = (90.0, 5400.0)
        async with open_dashboard(emulator, keep_alive_choices=choices) as tui:
            await select_running(tui, "deepseek-r1:32b")
            await tui.press("t")
            await tui.shows("1 minute and 30 seconds", "1 hour and 30 minutes", "unload now")
            assert "for ever" not in tui.text
            await tui.press("enter")

            await tui.shows("deepseek-r1:32b stays for 1 hour and 30 minutes")
            (body,) = bodies(emulator, "/api/generate")
            assert body["keep_alive"] == 5400

    async def test_escape_changes_nothing(self, open_dashboard: Opener, emulator: Emulator) -> None:
        async with open_dashboard(emulator) as tui:
            await select(tui, "gemma3:27b")
            await tui.press("t", "down", "escape")

            await tui.hides("Keep gemma3:27b for")
            assert not changes(emulator)

    async def test_a_failure_is_told(self, open_dashboard: Opener, emulator: Emulator) -> None:
        emulator.faults["/api/generate"] = Fault(answer=json_answer({"error": "oops"}, 500))
        async with open_dashboard(emulator) as tui:
            await select(tui, "gemma3:27b")
            await tui.press("t", "enter")

            await tui.shows("oops")


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_questions_and_rows_fit_a_small_screen(
    open_dashboard: Opener, emulator: Emulator, size: tuple[int, int]
) -> None:
    SlowDisk(emulator)
    async with open_dashboard(emulator, size) as tui:
        await select(tui, "gemma3:27b")
        await tui.press("t")
        await tui.shows("Keep gemma3:27b for", "5 minutes", "for ever", "unload now", "↵ keep")
        await tui.press("escape", "U")
        await tui.shows("esc close", "n no", "y unload")
        await tui.pilot.resize_terminal(40, 10)
        await tui.shows("… 4 lines more", "n no", "y unload")
        await tui.pilot.resize_terminal(*size)
        await tui.press("escape")

        await select(tui, SMALL)
        await tui.press("l")
        await tui.shows("esc close", "n no", "y load")
        await tui.press("y")
        await tui.until(lambda: "loading 1 s" in row_line(tui, "smollm2"))


def test_names_on_buttons_are_shortened_so_that_all_are_seen() -> None:
    long = "127.0.0.1:5555/acme/a-very-long-name:8b"

    (row,) = Choices((("n", "no"), ("y", "gemma3:27b"), ("u", long))).picture(40, 1)

    assert width(row) == 40
    assert plain(row).split(" u ")[0].strip() == "n no  y gemma3:27b"
    assert plain(row).rstrip().endswith("…:8b")


async def test_the_time_under_the_cursor_is_seen_where_not_all_have_room(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    choices = tuple(60.0 * minutes for minutes in range(1, 10))
    async with open_dashboard(emulator, (40, 12), keep_alive_choices=choices) as tui:
        await select(tui, "gemma3:27b")
        await tui.press("t", *["up"] * 9)
        await tui.shows("1 minute ")
        assert "unload now" not in tui.text

        await tui.press(*["down"] * 9)
        await tui.shows("unload now")


def dialog_line(tui: Dashboard, name: str) -> str:
    """The line of a model in the question on the screen."""
    top = next(index for index, of in enumerate(tui.lines) if "?" in of and "╭" in of)
    return next(of for of in tui.lines[top:] if name in of)


def row_line(tui: Dashboard, name: str) -> str:
    """The whole line of a model in Running; empty if it is not there."""
    at = next(index for index, line in enumerate(tui.lines) if "2 Running" in line)
    return next((line for line in tui.lines[at + 1 :] if name in line), "")


def make_busy(emulator: Emulator, name: str) -> None:
    """Let a model have a request in flight that does not end."""
    emulator.runners.put(
        replace(runner, is_busy=True) for runner in emulator.runners.loaded if runner.name == name
    )
