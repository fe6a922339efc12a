"""Pins that somebody else ended: what the row says, and how they are renewed."""

from __future__ import annotations

import math

from ollama_tui.core.models import RunningModel
from ollama_tui.core.pin_ends import Ending
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.names import parse_name
from tests.tui.dashboard import Dashboard, Opener, asked
from tests.tui.test_loading import SMALL, bodies, changes, empty, loaded, select, select_running


async def pin(tui: Dashboard, name: str) -> None:
    """Load a model and keep it for ever, as one does it with keys."""
    await select(tui, name)
    tui.press_fast("l")
    await tui.until(lambda: any(one.name == name for one in tui.app.running or ()))
    await select_running(tui, name)
    await tui.press("t", *"jjjj", "enter")
    await tui.until(lambda: holds(tui, name))


def holds(tui: Dashboard, name: str) -> bool:
    """Whether a pin of that model was seen to hold."""
    return any(pin.name == name and pin.is_seen and not pin.broken for pin in tui.app.pins.pins)


def running(tui: Dashboard, name: str) -> RunningModel | None:
    """What the dashboard knows of a loaded model."""
    return next((one for one in tui.app.running or () if one.name == name), None)


async def request(emulator: Emulator, name: str, context: int, keep_alive: float | None) -> None:
    """Another program's request, behind the dashboard's back."""
    model = emulator.store.find(parse_name(name))
    assert model is not None
    await emulator.runners.load(model, context, keep_alive)


def context_of(emulator: Emulator, name: str) -> int:
    """The context length that a model is loaded with."""
    return next(one.context_length for one in emulator.runners.loaded if one.name == name)


async def sends_nothing(tui: Dashboard, emulator: Emulator) -> bool:
    """Whether a poll goes by without a request that changes something."""
    before = changes(emulator)
    await tui.polled_again()
    return changes(emulator) == before


class TestAPinThatIsLost:
    async def test_another_requests_keep_alive_is_told_in_its_row_of_every_dashboard(
        self, open_dashboard: Opener, emulator: Emulator, clock: FastClock
    ) -> None:
        empty(emulator)
        async with open_dashboard(emulator) as tui:
            await pin(tui, SMALL)

            await request(emulator, SMALL, context_of(emulator, SMALL), 300.0)
            tui.app.refresh_now()

            await tui.shows("pin lost", "another request keeps it for 5 minutes · n renews")
            lost = tui.app.pins.pins[0].broken
            assert lost is not None
            assert clock.now().timestamp() - lost.since < 5

            async with open_dashboard(emulator) as other:
                await other.shows("another request keeps it for 5 minutes")

    async def test_a_model_that_was_pushed_out_keeps_a_row_until_u_forgets_its_pin(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        empty(emulator)
        async with open_dashboard(emulator) as tui:
            await pin(tui, SMALL)

            empty(emulator)
            await request(emulator, "gemma3:27b", 8192, None)
            tui.app.refresh_now()

            await tui.shows("not loaded", "gemma3:27b was loaded in its place")
            await tui.press("2", "G")
            assert tui.app.selected_running == SMALL

            await tui.press("u")
            await tui.shows(f"{SMALL} is not to stay loaded any more")
            await tui.hides("pin lost")

    async def test_one_that_holds_says_so_and_what_one_lets_go_oneself_is_no_loss(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        empty(emulator)
        async with open_dashboard(emulator) as tui:
            await pin(tui, SMALL)
            await tui.press("n")
            assert tui.notice.strip() == f"The pin of {SMALL} holds."

            await tui.press("u")
            await tui.until(lambda: not loaded(emulator))
            await tui.polled_again()

            assert not tui.app.pins.pins
            assert "pin lost" not in tui.text


class TestRenewing:
    async def test_a_shortened_one_is_pinned_again_without_a_reload(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        empty(emulator)
        async with open_dashboard(emulator) as tui:
            await pin(tui, SMALL)
            await request(emulator, SMALL, 1024, 300.0)
            tui.app.refresh_now()
            await tui.shows("another request loaded it with 1k context")

            await tui.press("2", "n")

            await tui.until(lambda: holds(tui, SMALL))
            assert context_of(emulator, SMALL) == 1024
            assert bodies(emulator, "/api/generate")[-1]["options"] == {"num_ctx": 1024}

    async def test_it_asks_where_another_may_have_to_go(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        empty(emulator)
        async with open_dashboard(emulator) as tui:
            await pin(tui, SMALL)
            empty(emulator)
            await request(emulator, "gemma3:27b", 8192, None)
            tui.app.refresh_now()
            await tui.shows("pin lost")

            await tui.press("2", "G", "n")
            await tui.shows(f"Load {SMALL}?")
            await tui.press("y")

            await tui.until(lambda: holds(tui, SMALL))


class TestRenewingUnasked:
    async def test_unless_it_is_wanted_it_waits_for_n_which_loads_it_as_it_was(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        empty(emulator)
        async with open_dashboard(emulator) as tui:
            await pin(tui, SMALL)
            before = context_of(emulator, SMALL)
            empty(emulator)
            tui.app.refresh_now()
            await tui.shows("pin lost")
            assert await sends_nothing(tui, emulator)

            await tui.press("2", "n")
            await tui.until(lambda: holds(tui, SMALL))
            assert emulator.runners.loaded[0].keep_alive == math.inf
            assert context_of(emulator, SMALL) == before

    async def test_a_lost_model_comes_back_by_itself(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        empty(emulator)
        async with open_dashboard(emulator, renew_pins=True) as tui:
            await pin(tui, SMALL)
            empty(emulator)
            tui.app.refresh_now()

            await tui.until(lambda: loaded(emulator) == {SMALL} and holds(tui, SMALL))

    async def test_at_most_once_a_minute(
        self, open_dashboard: Opener, emulator: Emulator, clock: FastClock
    ) -> None:
        empty(emulator)
        async with open_dashboard(emulator, renew_pins=True) as tui:
            await pin(tui, SMALL)
            context = context_of(emulator, SMALL)
            await request(emulator, SMALL, context, 300.0)
            tui.app.refresh_now()
            await tui.until(lambda: tui.app.pins.pins[0].renewed_at and holds(tui, SMALL))

            await request(emulator, SMALL, context, 300.0)
            tui.app.refresh_now()
            await tui.shows("pin lost")
            sent = asked(emulator, "/api/generate")
            await tui.polled_again()
            assert asked(emulator, "/api/generate") == sent

            clock.advance(60)
            tui.app.refresh_now()
            await tui.until(lambda: holds(tui, SMALL))

    async def test_never_while_another_model_would_have_to_go(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        empty(emulator)
        async with open_dashboard(emulator, renew_pins=True) as tui:
            await pin(tui, SMALL)
            empty(emulator)
            await request(emulator, "gemma3:27b", 8192, None)
            tui.app.refresh_now()
            await tui.shows("pin lost")

            assert await sends_nothing(tui, emulator)

    async def test_never_a_model_that_somebody_else_loaded(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        empty(emulator)
        await request(emulator, SMALL, 2048, 300.0)
        async with open_dashboard(emulator, renew_pins=True) as tui:
            await select_running(tui, SMALL)
            await tui.press("t", *"jjjj", "enter")
            await tui.until(lambda: holds(tui, SMALL))
            await request(emulator, SMALL, 2048, 300.0)
            tui.app.refresh_now()
            await tui.shows("pin lost")

            assert await sends_nothing(tui, emulator)

    async def test_never_in_read_only_mode(
        self, open_dashboard: Opener, emulator: Emulator
    ) -> None:
        empty(emulator)
        async with open_dashboard(emulator) as tui:
            await pin(tui, SMALL)
        empty(emulator)
        before = changes(emulator)
        async with open_dashboard(emulator, renew_pins=True, read_only=True) as tui:
            await tui.shows("pin lost", "it was unloaded elsewhere")
            await tui.polled_again()

            assert changes(emulator) == before
            assert tui.app.pins.pins[0].broken is not None
            assert tui.app.pins.pins[0].broken.how is Ending.UNLOADED
