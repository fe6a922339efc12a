"""What the Running panel shows beyond what the server says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ollama_tui.core.gpus import Gpu, GpuProcess, Reading
from ollama_tui.core.looker import Looker
from ollama_tui.core.memory.fits import Fits
from ollama_tui.core.occupancies import Figures, Occupancies, Sources
from ollama_tui.core.runners import Runner
from ollama_tui.core.service import OllamaService
from ollama_tui.core.start_log import StartLog
from ollama_tui.core.witness import Witness
from ollama_tui.demo.emulator import Emulator
from tests.core.engine_lines import SLIDING_WINDOWS
from tests.tui.dashboard import Opener
from tests.tui.test_gpus import GIB, Cards
from tests.tui.test_running import running_row

_SERVER = 20
_NO_GPU = (
    'level=INFO msg="server config" env="map[OLLAMA_CONTEXT_LENGTH:0]"',
    'level=INFO msg="inference compute" id=cpu library=cpu name=cpu total="23.6 GiB"',
)


@pytest.fixture
def machine(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> list[Runner]:
    """The runners that are seen on the server's machine: one for each loaded model."""
    loaded = emulator.runners.loaded
    runners = [
        Runner(at, "m", one.key.removeprefix("sha256:"), port=f"{45123 + at}", parent=_SERVER)
        for at, one in enumerate(loaded)
    ]
    lines: Sequence[str] = [line.replace("a" * 64, runners[0].digest) for line in SLIDING_WINDOWS]
    sources = Sources(
        servers=lambda url: frozenset({_SERVER}),
        runners=lambda: tuple(runners),
        log=lambda: lines,
    )

    def made(service: OllamaService, figures: Figures, fits: Fits | None, log: StartLog) -> Looker:
        log = StartLog(lambda: _NO_GPU)
        return Looker(Occupancies(service, sources, figures), Witness(service, log, fits))

    monkeypatch.setattr("ollama_tui.core.looker.looker_of", made)
    return runners


def shrink(emulator: Emulator, name: str, size: int, vram: int) -> None:
    """Let a loaded model be so large by the server's own words."""
    emulator.runners.put(
        replace(one, size=size, size_vram=vram)
        for one in emulator.runners.loaded
        if one.name == name
    )


async def test_a_runner_that_died_is_gone_and_its_model_is_not_loaded(
    open_dashboard: Opener, emulator: Emulator, machine: list[Runner]
) -> None:
    async with open_dashboard(emulator) as tui:
        assert "3 loaded" in tui.text
        name = emulator.runners.loaded[0].name
        del machine[0]

        await tui.shows("└ its runner is gone · the next request loads it")

        await tui.until(lambda: running_row(tui, name).endswith("gone"))
        await tui.shows("2 loaded")
        assert "●" not in tui.lines[tui.names.index(name) + 3]


async def test_a_model_whose_runner_died_holds_no_memory_of_a_gpu(
    open_dashboard: Opener, emulator: Emulator, machine: list[Runner]
) -> None:
    card = Gpu(0, uuid="GPU-0", total=48 * GIB, used=0, free=48 * GIB)
    name = next(one.name for one in emulator.runners.loaded if one.size_vram)

    async with replace(open_dashboard, gpus=Cards(Reading((card,))))(emulator) as tui:

        def holders() -> set[str]:
            assert tui.app.gpus is not None
            return {one.name for one in tui.app.gpus.shares.of[card.key]}

        await tui.until(lambda: tui.app.gpus is not None and name in holders())
        machine.clear()

        await tui.until(lambda: name not in holders())


async def test_a_runner_that_comes_back_is_loaded_again(
    open_dashboard: Opener, emulator: Emulator, machine: list[Runner]
) -> None:
    async with open_dashboard(emulator) as tui:
        runner = machine.pop(0)
        await tui.shows("its runner is gone")
        machine.insert(0, runner)

        await tui.hides("its runner is gone")
        await tui.shows("3 loaded")


async def test_what_the_engine_reserved_is_shown_where_the_server_says_less(
    open_dashboard: Opener, emulator: Emulator, machine: list[Runner]
) -> None:
    name = emulator.runners.loaded[0].name
    shrink(emulator, name, 175 * 2**20, 175 * 2**20)

    async with open_dashboard(emulator) as tui:
        await tui.shows("└ the server says 0.2 GiB less than it takes (engine log)")
        assert "0.4 GiB" in running_row(tui, name)
        await tui.press("tab", *["down"] * [one.name for one in tui.app.running or ()].index(name))
        await tui.press("u")
        await tui.shows("Unload which?")
        await tui.press("u")

        await tui.shows(f"Unloading {name}", "0.4 GiB will be free")


async def test_the_details_say_what_the_engine_reserved_and_how_far_the_estimate_was_off(
    open_dashboard: Opener, emulator: Emulator, machine: list[Runner]
) -> None:
    (name,) = (one.name for one in emulator.runners.loaded if one.key.endswith(machine[0].digest))
    shrink(emulator, name, 175 * 2**20, 0)

    async with open_dashboard(emulator, size=(140, 40)) as tui:
        await tui.press(*["down"] * tui.names.index(name))

        await tui.shows("seen when loaded, estimate +")
        assert "server says 0.2 GiB less" in tui.text
        assert "memory     0.4 GiB · 0 % on GPU" in tui.text


async def test_what_the_driver_counts_is_shown_by_the_reading_that_is_there(
    open_dashboard: Opener, emulator: Emulator, machine: list[Runner]
) -> None:
    name = emulator.runners.loaded[0].name
    shrink(emulator, name, 2**30, 2**30)
    held = GpuProcess("GPU-0", machine[0].pid, 3 * 2**30, is_ollama=True)
    cards = Cards(Reading((Gpu(0, uuid="GPU-0"),), (held,)))

    async with replace(open_dashboard, gpus=cards)(emulator) as tui:
        await tui.until(lambda: tui.app.gpus is not None)
        await tui.polled_again()

        await tui.shows("└ the server says 2.0 GiB less than it takes (measured)")
        assert "3.0 GiB" in running_row(tui, name)


async def test_of_sliding_windows_it_is_worked_out_what_the_engine_reserved(
    open_dashboard: Opener, emulator: Emulator, machine: list[Runner]
) -> None:
    shrink(emulator, "gemma3:27b", 2**30, 2**30)
    machine[:] = [replace(one, port="", slots=1) for one in machine]

    async with open_dashboard(emulator) as tui:
        await tui.shows("GiB less than it takes (estimate)")


async def test_no_gpu_is_told_with_what_to_look_at(
    open_dashboard: Opener, emulator: Emulator, machine: list[Runner]
) -> None:
    for one in emulator.runners.loaded:
        shrink(emulator, one.name, 2**30, 0)

    async with open_dashboard(emulator, size=(119, 40)) as tui:
        await tui.shows("└ all of it runs on the CPU: no GPU was seen by Ollama at its start")


async def test_the_details_tell_the_cause_whole_with_what_to_do(
    open_dashboard: Opener, emulator: Emulator
) -> None:
    async with open_dashboard(emulator, size=(120, 40)) as tui:
        await tui.press(*"j" * tui.names.index("deepseek-r1:32b"))
        await tui.shows("on CPU     ")

        words = " ".join(row[75:118].strip() for row in tui.lines[1:-1]).split("on CPU ")[1]
        assert "gemma3:27b holds 20.1 GiB of GPU memory. Unload gemma3:27b." in " ".join(
            words.split()
        )


async def test_the_panel_is_as_high_as_its_lines(
    open_dashboard: Opener, emulator: Emulator, machine: list[Runner]
) -> None:
    async with open_dashboard(emulator) as tui:
        panel = tui.app.screen.query_one("#running")
        before = panel.styles.height
        machine.clear()

        await tui.until(lambda: tui.text.count("its runner is gone") == 3)

        assert before is not None
        assert panel.styles.height is not None
        assert panel.styles.height.value == before.value + 2


async def test_nothing_is_looked_at_twice_for_nothing(
    open_dashboard: Opener, emulator: Emulator, machine: list[Runner]
) -> None:
    async with open_dashboard(emulator) as tui:
        await tui.until(lambda: tui.app.insights.known)
        first = tui.app.insights
        asked = sum(request.path == "/api/show" for request in emulator.requests)

        await tui.polled_again()

        assert tui.app.insights == first
        assert sum(request.path == "/api/show" for request in emulator.requests) == asked
