"""The demo's GPUs agree with its server."""

from __future__ import annotations

import pytest

from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.gpus import CARDS, DemoGpus
from ollama_tui.demo.library import demo_emulator
from ollama_tui.demo.names import parse_name

GIB = 2**30


@pytest.fixture
def clock() -> FastClock:
    return FastClock()


@pytest.fixture
def emulator(clock: FastClock) -> Emulator:
    return demo_emulator(clock.now, clock.sleep)


def on_cards(emulator: Emulator) -> dict[str, int]:
    """Bytes of each model on all cards."""
    held: dict[str, int] = {}
    for share in (share for look in DemoGpus(emulator).look() for share in look.shares):
        if share.model:
            held[share.model] = held.get(share.model, 0) + share.used
    return held


def test_each_model_holds_what_the_server_reports(emulator: Emulator) -> None:
    assert on_cards(emulator) == {one.name: one.size_vram for one in emulator.runners.loaded}


def test_one_of_them_had_to_spill_to_the_processor(emulator: Emulator) -> None:
    spilled = [one.name for one in emulator.runners.loaded if one.size_vram < one.size]

    assert spilled == ["deepseek-r1:32b"]


def test_somebody_else_is_at_work_too(emulator: Emulator) -> None:
    shares = [share for look in DemoGpus(emulator).look() for share in look.shares]

    assert [(one.user, one.command) for one in shares if not one.is_ollama] == [("bob", "python")]


async def test_no_card_is_ever_fuller_than_full(emulator: Emulator) -> None:
    for name in ("gpt-oss:20b", "phi4:14b", "llama3.1:8b", "deepseek-r1:70b", "smollm2:135m"):
        model = emulator.store.find(parse_name(name))
        assert model is not None
        await emulator.runners.load(model, 8192, None)

        looks = DemoGpus(emulator).look()
        assert all(look.used <= look.card.total for look in looks)
        assert on_cards(emulator)[name] == emulator.runners.seen()[-1].size_vram


def test_the_figures_stay_within_what_a_card_can_do(emulator: Emulator, clock: FastClock) -> None:
    for _ in range(200):
        clock.advance(2)
        for look in DemoGpus(emulator).look():
            assert 0 <= look.utilisation <= 1
            assert look.power <= look.card.watts
            assert 20 < look.temperature < 95


def test_what_is_unloaded_is_gone(emulator: Emulator, clock: FastClock) -> None:
    clock.advance(100 * 60)

    assert set(on_cards(emulator)) == {"nomic-embed-text:latest"}
    assert len(CARDS) == 2
